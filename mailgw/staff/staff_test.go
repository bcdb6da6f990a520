package staff

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/rules/hours"
)

var (
	friday = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

func calendar(t *testing.T, week map[string][]string) *hours.Calendar {
	t.Helper()
	cal, problems := hours.Compile(hours.Spec{Zone: "UTC", Week: week})
	if problems != nil {
		t.Fatal(problems)
	}
	return cal
}

func house() []Member {
	return []Member{
		{Address: "anna@example.com", StandIn: "ben@example.com", Skills: []string{"sap", "network"}, Languages: []string{"de", "en"}},
		{Address: "ben@example.com", StandIn: "cleo@example.com", Skills: []string{"sap"}, Languages: []string{"en"}},
		{Address: "cleo@example.com", StandIn: "anna@example.com", Languages: []string{"fr-CH"}},
		{Address: "dan@example.com"},
	}
}

var all = []string{"anna@example.com", "ben@example.com", "cleo@example.com", "dan@example.com"}

func away(agent string, until time.Time) Absence {
	return Absence{Agent: agent, From: friday.Add(-time.Hour), Until: until, Why: "#away"}
}

func TestAway(t *testing.T) {
	s := New(house(), []Absence{away("Anna@example.com", monday), away("ben@example.com", time.Time{}), away("gone@example.com", monday)})
	for _, tt := range []struct {
		who  string
		at   time.Time
		away bool
	}{
		{"anna@example.com", friday, true},
		{"ANNA@example.com", monday.Add(-time.Nanosecond), true},
		{"anna@example.com", monday, false},
		{"anna@example.com", friday.Add(-time.Hour), true},
		{"anna@example.com", friday.Add(-time.Hour - 1), false},
		{"ben@example.com", friday.Add(Unended - time.Hour - 1), true},
		{"ben@example.com", friday.Add(Unended - time.Hour), false},
		{"cleo@example.com", friday, false},
		{"gone@example.com", friday, false},
	} {
		if got := s.Away(tt.who, tt.at) != nil; got != tt.away {
			t.Errorf("%s at %s: away is %t, want %t", tt.who, tt.at, got, tt.away)
		}
	}
	if got := s.In(all, friday); !slices.Equal(got, all[2:]) {
		t.Errorf("in are %v", got)
	}
	if (*Staff)(nil).Away("anna@example.com", friday) != nil {
		t.Error("without staff somebody is away")
	}
}

func TestStandIn(t *testing.T) {
	named := away("anna@example.com", monday)
	named.StandIn = "dan@example.com"
	for _, tt := range []struct {
		name string
		who  string
		away []Absence
		on   []string
		want string
	}{
		{"nobody is away", "anna@example.com", nil, all, "anna@example.com"},
		{"the one of the configuration", "anna@example.com", []Absence{away("anna@example.com", monday)}, all, "ben@example.com"},
		{"the one that was named", "anna@example.com", []Absence{named}, all, "dan@example.com"},
		{"a chain", "anna@example.com", []Absence{away("anna@example.com", monday), away("ben@example.com", monday)}, all, "cleo@example.com"},
		{"a chain that goes round", "anna@example.com", []Absence{away("anna@example.com", monday), away("ben@example.com", monday), away("cleo@example.com", monday)}, all, ""},
		{"not on the desk", "anna@example.com", []Absence{away("anna@example.com", monday)}, []string{"anna@example.com", "dan@example.com"}, ""},
		{"none is named", "dan@example.com", []Absence{away("dan@example.com", monday)}, all, ""},
		{"over", "anna@example.com", []Absence{away("anna@example.com", friday)}, all, "anna@example.com"},
	} {
		if got := New(house(), tt.away).StandIn(tt.who, tt.on, friday); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWorking(t *testing.T) {
	members := house()
	members[3].Hours = calendar(t, map[string][]string{"sat-sun": {"09:00-17:00"}})
	desk := calendar(t, map[string][]string{"mon-fri": {"09:00-17:00"}})
	s := New(members, []Absence{away("anna@example.com", monday.Add(-48*time.Hour))})
	saturday := friday.AddDate(0, 0, 1)
	for _, tt := range []struct {
		who     string
		at      time.Time
		working bool
		back    time.Time
	}{
		{"ben@example.com", friday, true, friday},
		{"ben@example.com", saturday, false, monday},
		{"dan@example.com", saturday, true, saturday},
		{"dan@example.com", friday, false, saturday.Add(-time.Hour)},
		{"anna@example.com", friday, false, monday},
	} {
		if got := s.Working(tt.who, desk, tt.at); got != tt.working {
			t.Errorf("%s at %s: working is %t", tt.who, tt.at, got)
		}
		if got := s.Back(tt.who, desk, tt.at); !got.Equal(tt.back) {
			t.Errorf("%s at %s: back %s, want %s", tt.who, tt.at, got, tt.back)
		}
	}
}

func TestChoose(t *testing.T) {
	loads := map[string]Load{
		"anna@example.com": {Open: 2, Last: friday.Add(-3 * time.Hour)}, "ben@example.com": {Open: 1, Last: friday.Add(-time.Hour)},
		"cleo@example.com": {Open: 1, Last: friday.Add(-2 * time.Hour)}, "dan@example.com": {Open: 9},
	}
	night := calendar(t, map[string][]string{"sat": {"09:00-17:00"}})
	members := house()
	for _, tt := range []struct {
		name string
		wish Wish
		away []Absence
		want string
		why  string
	}{
		{"fewest open, then the longest wait", Wish{By: LeastLoaded, Among: all}, nil, "cleo@example.com", "fewest open tickets (1)"},
		{"turn: never had one", Wish{By: RoundRobin, Among: all}, nil, "dan@example.com", "the turn of dan"},
		{"turn of those in the list", Wish{By: RoundRobin, Among: all[:3]}, nil, "anna@example.com", "of 3 who could take it"},
		{"both skills", Wish{By: LeastLoaded, Among: all, Skills: []string{"sap", "network"}}, nil, "anna@example.com", "of 1 who"},
		{"language, by what stands before the region", Wish{Among: all, Language: "fr"}, nil, "cleo@example.com", "of 1 who"},
		{"skill before language", Wish{Among: all, Skills: []string{"sap"}, Language: "fr"}, nil, "ben@example.com", "nobody who is in speaks fr"},
		{"who knows it is away", Wish{Among: all, Skills: []string{"network"}, Language: "en"}, []Absence{away("anna@example.com", monday)}, "ben@example.com", "nobody who is in knows network"},
		{"nobody knows it", Wish{Among: all, Skills: []string{"cobol"}}, nil, "cleo@example.com", "nobody who is in knows cobol"},
		{"the rest is away", Wish{Among: all}, []Absence{away("ben@example.com", monday), away("cleo@example.com", monday), away("dan@example.com", monday)}, "anna@example.com", ""},
		{"all are away", Wish{Among: all[:1]}, []Absence{away("anna@example.com", monday)}, "", "all 1 to choose from are away"},
		{"nobody is to choose from", Wish{}, nil, "", "all 0"},
		{"none of them works before Saturday", Wish{Among: all, Hours: night}, nil, "cleo@example.com", "of 4 who"},
	} {
		got, why := New(members, tt.away).Choose(tt.wish, func(addr string) Load { return loads[addr] }, friday)
		if got != tt.want || !strings.Contains(why, tt.why) {
			t.Errorf("%s: %q (%s), want %q (%s)", tt.name, got, why, tt.want, tt.why)
		}
	}
}

// TestChooseWhoWorks: at a time when some work and others do not, those who work get it,
// however much they have.
func TestChooseWhoWorks(t *testing.T) {
	members := house()
	members[0].Hours = calendar(t, map[string][]string{"mon-fri": {"13:00-17:00"}})
	members[1].Hours = calendar(t, map[string][]string{"mon-fri": {"09:00-12:00"}})
	load := func(addr string) Load { return Load{Open: len(addr)} }
	s := New(members, nil)
	if got, _ := s.Choose(Wish{Among: all[:2]}, load, friday); got != "ben@example.com" {
		t.Errorf("in the morning %q", got)
	}
	if got, _ := s.Choose(Wish{Among: all[:2]}, load, friday.Add(150*time.Minute)); got != "anna@example.com" {
		t.Errorf("at noon %q, who is the first to come back", got)
	}
}
