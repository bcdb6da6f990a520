package notify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/rules/hours"
)

// zurich is Mon-Fri 09:00-12:00 and 13:00-17:30, east is the same in Helsinki, an hour ahead.
func calendar(t testing.TB, zone string, week map[string][]string) *hours.Calendar {
	t.Helper()
	c, problems := hours.Compile(hours.Spec{Zone: zone, Week: week})
	if problems != nil {
		t.Fatal(problems)
	}
	return c
}

func zurich(t testing.TB) *hours.Calendar {
	return calendar(t, "Europe/Zurich", map[string][]string{"mon-fri": {"09:00-12:00", "13:00-17:30"}})
}

// at reads a time of the week of Monday 13 July 2026 in Zurich: "mon 10:00", "fri 22:00",
// "mon+ 09:00" is the week after.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	loc := zurich(t).Location()
	day, clock, _ := strings.Cut(s, " ")
	next := strings.HasSuffix(day, "+")
	n := slices.Index([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, strings.TrimSuffix(day, "+"))
	if next {
		n += 7
	}
	c, err := time.Parse("15:04", clock)
	if n < 0 || err != nil {
		t.Fatalf("no time: %q", s)
	}
	return time.Date(2026, 7, 13+n, c.Hour(), c.Minute(), 0, 0, loc)
}

const (
	anna = "anna@example.com"
	ben  = "ben@example.com"
	cleo = "cleo@example.com"
)

func TestWhen(t *testing.T) {
	cal := zurich(t)
	night := []Span{{22 * 60, 7 * 60}}
	part := calendar(t, "Europe/Zurich", map[string][]string{"tue": {"14:00-18:00"}})
	helsinki := calendar(t, "Europe/Helsinki", map[string][]string{"mon-fri": {"09:00-17:00"}})
	for _, c := range []struct {
		name   string
		p      Person
		now    string
		due    string // "" for none
		paged  bool
		want   string
		digest bool
	}{
		{name: "nothing asked for", now: "sat 03:00", want: "sat 03:00"},
		{name: "in working time", p: Person{Hours: cal, Working: true}, now: "mon 10:00", due: "tue 09:30", want: "mon 10:00"},
		{name: "at the last instant of the day", p: Person{Hours: cal, Working: true}, now: "fri 17:30", want: "mon+ 09:00"},
		{name: "in the lunch break", p: Person{Hours: cal, Working: true}, now: "mon 12:10", want: "mon 13:00"},
		{name: "at the weekend", p: Person{Hours: cal, Working: true}, now: "sat 11:00", due: "mon+ 17:00", want: "mon+ 09:00"},
		{name: "the first to be told", p: Person{Hours: cal, Working: true}, now: "fri 22:00", due: "mon+ 09:00", want: "fri 22:00"},
		{name: "due around the clock", p: Person{Hours: cal, Working: true}, now: "sat 11:00", due: "sat 11:30", want: "sat 11:00"},
		{name: "due was yesterday", p: Person{Hours: cal, Working: true}, now: "fri 20:00", due: "thu 10:00", want: "fri 20:00"},
		{name: "pages", p: Person{Hours: cal, Working: true, Digest: true, Every: time.Hour, Quiet: night}, now: "sat 23:00", due: "mon+ 17:00", paged: true, want: "sat 23:00"},
		{name: "works on Tuesdays only, and it is due on Monday", p: Person{Hours: part, Working: true}, now: "fri 22:00", due: "mon+ 11:00", want: "fri 22:00"},
		{name: "works on Tuesdays only, and it has time", p: Person{Hours: part, Working: true}, now: "fri 22:00", due: "thu+ 11:00", want: "tue+ 14:00"},
		{name: "less than half of the time would be left", p: Person{Hours: part, Working: true}, now: "fri 22:00", due: "tue+ 16:00", want: "fri 22:00"},
		{name: "in their own zone", p: Person{Hours: helsinki, Working: true}, now: "mon 17:00", want: "tue 08:00"},

		{name: "quiet at night", p: Person{Hours: cal, Quiet: night}, now: "mon 23:30", want: "tue 07:00"},
		{name: "quiet after midnight", p: Person{Hours: cal, Quiet: night}, now: "tue 02:00", want: "tue 07:00"},
		{name: "quiet ends now", p: Person{Hours: cal, Quiet: night}, now: "tue 07:00", want: "tue 07:00"},
		{name: "quiet begins now", p: Person{Hours: cal, Quiet: night}, now: "mon 22:00", want: "tue 07:00"},
		{name: "quiet, but due in the night", p: Person{Hours: cal, Quiet: night}, now: "mon 23:30", due: "tue 01:00", want: "mon 23:30"},
		{name: "quiet in working time", p: Person{Hours: cal, Working: true, Quiet: []Span{{9 * 60, 10*60 + 30}}}, now: "tue 08:00", want: "tue 10:30"},
		{name: "quiet for all of the working time", p: Person{Hours: cal, Working: true, Quiet: []Span{{8 * 60, 18 * 60}}}, now: "tue 08:00", want: "tue 08:00"},
		{name: "two quiet times that touch", p: Person{Hours: cal, Quiet: []Span{{6 * 60, 7 * 60}, {22 * 60, 6 * 60}}}, now: "mon 23:30", want: "tue 07:00"},

		{name: "the list of the morning", p: Person{Hours: cal, Working: true, Digest: true, Every: 2 * time.Hour}, now: "mon 10:10", want: "mon 11:00", digest: true},
		{name: "what comes with a list waits for the next", p: Person{Hours: cal, Working: true, Digest: true, Every: 2 * time.Hour}, now: "mon 11:00", want: "mon 13:00", digest: true},
		{name: "a list in the lunch break comes after it", p: Person{Hours: cal, Working: true, Digest: true, Every: 90 * time.Minute}, now: "mon 11:00", want: "mon 13:00", digest: true},
		{name: "after the last list of the day", p: Person{Hours: cal, Working: true, Digest: true, Every: 2 * time.Hour}, now: "mon 17:05", want: "tue 09:00", digest: true},
		{name: "over the weekend", p: Person{Hours: cal, Working: true, Digest: true, Every: 2 * time.Hour}, now: "fri 20:00", due: "mon+ 17:00", want: "mon+ 09:00", digest: true},
		{name: "a list at any hour", p: Person{Hours: cal, Digest: true, Every: 6 * time.Hour}, now: "sat 13:00", want: "sat 18:00", digest: true},
		{name: "a list not in quiet hours", p: Person{Hours: cal, Digest: true, Every: 6 * time.Hour, Quiet: night}, now: "sat 19:00", want: "sun 07:00", digest: true},
		{name: "a list would take half of the time", p: Person{Hours: cal, Working: true, Digest: true, Every: 4 * time.Hour}, now: "mon 09:10", due: "mon 15:00", want: "mon 09:10"},
		{name: "a list just in time", p: Person{Hours: cal, Working: true, Digest: true, Every: 2 * time.Hour}, now: "mon 09:10", due: "mon 14:00", want: "mon 11:00", digest: true},
	} {
		e := Event{Now: at(t, c.now), People: []string{anna}, Hours: cal, Waits: true}
		if c.due != "" {
			e.Due = at(t, c.due)
		}
		if c.paged {
			e.Paged = []string{"oncall@example.com"}
		}
		got := Plan(e, func(string) Person { return c.p })
		if len(got) != 1 || !got[0].At.Equal(at(t, c.want)) || got[0].Digest != c.digest {
			t.Errorf("%s: %v, want %s, in a list: %v", c.name, got, at(t, c.want), c.digest)
		}
	}
}

func TestWho(t *testing.T) {
	mine, high := Person{OnlyMine: true}, Person{From: Rank("high")}
	for _, c := range []struct {
		name   string
		e      Event
		people map[string]Person
		want   []string
	}{
		{name: "all of the desk", e: Event{People: []string{anna, ben}}, want: []string{anna, ben}},
		{name: "on two desks, in another case", e: Event{People: []string{anna, ben, "Anna@Example.com"}}, want: []string{anna, ben}},
		{name: "the page wins", e: Event{People: []string{anna, ben}, Paged: []string{"BEN@example.com"}}, want: []string{anna}},
		{name: "the page wins over a rule that names them", e: Event{People: []string{anna}, Named: []string{ben}, Paged: []string{ben}}, want: []string{anna}},
		{name: "named and on the desk", e: Event{People: []string{anna, ben}, Named: []string{ben, cleo}}, want: []string{anna, ben, cleo}},
		{name: "has it", e: Event{Waits: true, People: []string{anna, ben}, Have: []string{"Anna@Example.com"}}, want: []string{ben}},
		{name: "has it, and the ticket", e: Event{Waits: true, People: []string{anna, ben}, Have: []string{anna}, Assignees: []string{anna}}, want: []string{anna, ben}},
		{name: "all have it", e: Event{Waits: true, People: []string{anna, ben}, Have: []string{anna, ben}}, want: []string{anna, ben}},
		{name: "all have it, and nobody waits", e: Event{People: []string{anna, ben}, Have: []string{anna, ben}}},
		{name: "has it, and a rule names them", e: Event{Waits: true, People: []string{anna, ben}, Named: []string{anna}, Have: []string{anna}}, want: []string{anna, ben}},
		{name: "the other one is away", e: Event{Waits: true, People: []string{anna, ben}, Have: []string{anna}}, people: map[string]Person{ben: {Away: true}}, want: []string{ben, anna}},
		{name: "only mine, of a colleague", e: Event{Waits: true, People: []string{anna, ben}, Assignees: []string{ben}}, people: map[string]Person{anna: mine}, want: []string{ben}},
		{name: "only mine, and mine", e: Event{Waits: true, People: []string{anna, ben}, Assignees: []string{anna}}, people: map[string]Person{anna: mine, ben: mine}, want: []string{anna}},
		{name: "only mine, nobody's", e: Event{Waits: true, People: []string{anna, ben}}, people: map[string]Person{anna: mine}, want: []string{ben}},
		{name: "all only mine, nobody's", e: Event{Waits: true, People: []string{anna, ben}}, people: map[string]Person{anna: mine, ben: mine}, want: []string{anna, ben}},
		{name: "all only mine, nobody's, a note of the house", e: Event{People: []string{anna, ben}}, people: map[string]Person{anna: mine, ben: mine}},
		{name: "only mine, and the only one in", e: Event{Waits: true, People: []string{anna, ben}}, people: map[string]Person{anna: mine, ben: {Away: true}}, want: []string{ben, anna}},
		{name: "only mine, named", e: Event{People: []string{ben}, Named: []string{anna}}, people: map[string]Person{anna: mine}, want: []string{ben, anna}},
		{name: "only mine, and somebody is paged", e: Event{Waits: true, People: []string{anna, ben}, Paged: []string{"oncall@example.com"}}, people: map[string]Person{anna: mine}, want: []string{anna, ben}},
		{name: "too low", e: Event{Waits: true, Rank: Rank("normal"), People: []string{anna, ben}}, people: map[string]Person{anna: high}, want: []string{ben}},
		{name: "high enough", e: Event{Waits: true, Rank: Rank("high"), People: []string{anna, ben}}, people: map[string]Person{anna: high}, want: []string{anna, ben}},
		{name: "too low, but mine", e: Event{Waits: true, Rank: Rank("low"), People: []string{anna, ben}, Assignees: []string{anna}}, people: map[string]Person{anna: high}, want: []string{anna, ben}},
		{name: "too low for all", e: Event{Waits: true, Rank: Rank("low"), People: []string{anna, ben}}, people: map[string]Person{anna: high, ben: high}, want: []string{anna, ben}},
		{name: "nobody", e: Event{Waits: true}},
	} {
		c.e.Now = at(t, "mon 10:00")
		var got []string
		for _, d := range Plan(c.e, func(a string) Person { return c.people[strings.ToLower(a)] }) {
			got = append(got, d.To)
			if !d.At.Equal(c.e.Now) || d.Digest {
				t.Errorf("%s: %v", c.name, d)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseSpan(t *testing.T) {
	for s, ok := range map[string]bool{
		"22:00-07:00": true, "12:00-13:00": true, "18:00-24:00": true, "00:00-06:30": true,
		"": false, "22-7": false, "22:00-7:00": false, "24:00-06:00": false, "10:60-11:00": false, "10:00-10:00": false, "00:00-24:00": false, "22:00-07:00 ": false, "-1:00-02:00": false, "01:00-24:30": false,
	} {
		span, err := ParseSpan(s)
		switch {
		case (err == nil) != ok:
			t.Errorf("%q: %v, %v", s, span, err)
		case ok && span.String() != s:
			t.Errorf("%q: %v", s, span)
		case !ok && !strings.Contains(err.Error(), "write"):
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"22:00-07:00", "00:00-24:00", "7-8", "99:99-99:99", "１:00-2:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		span, err := ParseSpan(s)
		if err != nil {
			return
		}
		var minutes [MinutesOfDay]bool
		span.Mark(&minutes)
		if n := len(slices.DeleteFunc(minutes[:], func(quiet bool) bool { return !quiet })); span.String() != s || n == 0 || n == MinutesOfDay {
			t.Errorf("%q: %v, quiet for %d minutes", s, span, n)
		}
	})
}

// Whatever people want: nobody is told before it happened or twice, somebody is told
// who is there, nobody so late that the told time could not be kept, and what waits
// comes at a time at which it may.
func TestPlanHolds(t *testing.T) {
	cal := zurich(t)
	rapid.Check(t, func(t *rapid.T) {
		all := []string{anna, ben, cleo, "Ben@Example.com"}
		start := time.Date(2026, 7, 11, 0, 0, 0, 0, cal.Location())
		e := Event{
			Now: start.Add(time.Duration(rapid.IntRange(0, 8*MinutesOfDay).Draw(t, "now")) * time.Minute), Waits: true, Hours: cal,
			People: rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "people"), Named: rapid.SliceOfN(rapid.SampledFrom(all), 0, 1).Draw(t, "named"),
			Paged: rapid.SliceOfN(rapid.SampledFrom(all), 0, 1).Draw(t, "paged"), Have: rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, "have"),
			Assignees: rapid.SliceOfN(rapid.SampledFrom(all), 0, 1).Draw(t, "assignee"), Rank: rapid.IntRange(0, 3).Draw(t, "rank"),
		}
		if rapid.Bool().Draw(t, "promised") {
			e.Due = e.Now.Add(time.Duration(rapid.IntRange(1, 4*MinutesOfDay).Draw(t, "due")) * time.Minute)
		}
		people := map[string]Person{}
		for _, a := range []string{anna, ben, cleo} {
			p := Person{
				Hours: cal, Working: rapid.Bool().Draw(t, "working"), Digest: rapid.Bool().Draw(t, "digest"),
				Every: time.Duration(rapid.IntRange(1, 20).Draw(t, "every")) * 15 * time.Minute, OnlyMine: rapid.Bool().Draw(t, "mine"),
				From: rapid.IntRange(0, 3).Draw(t, "from"), Away: rapid.Bool().Draw(t, "away"),
			}
			if rapid.Bool().Draw(t, "quiet") {
				p.Quiet = []Span{{22 * 60, 7 * 60}}
			}
			people[a] = p
		}
		got := Plan(e, func(a string) Person { return people[strings.ToLower(a)] })
		seen := keys(e.Paged)
		if len(got) == 0 && len(seen) == 0 {
			t.Fatalf("nobody is told")
		}
		for _, d := range got {
			p, key := people[strings.ToLower(d.To)], strings.ToLower(d.To)
			if seen[key] {
				t.Fatalf("%s twice", d.To)
			}
			seen[key] = true
			if wrong := misplaced(&e, &p, d); wrong != "" {
				t.Fatalf("%v: %s", d, wrong)
			}
		}
	})
}

// misplaced says what is wrong with when somebody is told; "" for nothing.
func misplaced(e *Event, p *Person, d Delivery) string {
	if d.At.Equal(e.Now) && !d.Digest {
		return ""
	}
	local := d.At.In(p.Hours.Location())
	switch {
	case !d.At.After(e.Now):
		return "before it happened"
	case len(e.Paged) > 0:
		return "it pages, and waits"
	case !e.Due.IsZero() && e.Hours.Between(d.At, e.Due)*2 < e.Hours.Between(e.Now, e.Due):
		return "too late for " + e.Due.String()
	case p.Working && !p.Hours.Open(d.At):
		return "not in working time"
	case len(p.Quiet) > 0 && (local.Hour() >= 22 || local.Hour() < 7):
		return "in the quiet hours"
	case d.Digest && (local.Minute()%15 != 0 || !p.Digest):
		return fmt.Sprintf("a list at %s", local)
	}
	return ""
}

func TestSays(t *testing.T) {
	for want, p := range map[string]Person{
		"each thing at once, at any hour":         {},
		"each thing at once, in working time":     {Working: true},
		"all in a list every 2h, in working time": {Working: true, Digest: true, Every: 2 * time.Hour},
		"all in a list every 15m, at any hour, quiet 22:00-07:00, only their own tickets, from priority high on": {Digest: true, Quiet: []Span{{22 * 60, 7 * 60}}, OnlyMine: true, From: 2},
		"all in a list every 1h30m, at any hour": {Digest: true, Every: 90 * time.Minute},
	} {
		if got := p.Says(); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
