package hours

import (
	"testing"
	"time"
)

func compile(t testing.TB, spec Spec) *Calendar {
	t.Helper()
	cal, errs := Compile(spec)
	for _, err := range errs {
		t.Error(err)
	}
	if cal == nil {
		t.FailNow()
	}
	return cal
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// spec of one week: day keys and their intervals in pairs.
func weekOf(zone string, pairs ...string) Spec {
	s := Spec{Zone: zone, Week: map[string][]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Week[pairs[i]] = append(s.Week[pairs[i]], pairs[i+1])
	}
	return s
}

func office(zone string, holidays ...string) Spec {
	s := weekOf(zone, "mon-fri", "09:00-12:00", "mon-fri", "13:00-17:30")
	s.Holidays = holidays
	return s
}

// The zones of these cases: Zurich jumps 02:00 to 03:00 on 2026-03-29 and back
// 03:00 to 02:00 on 2026-10-25; Havana jumps at midnight; Lord Howe moves by half
// an hour; St. John's fell back at 00:01 to the day before; Apia left out
// 2011-12-30; Casablanca's clock moves for Ramadan.
var addCases = []struct {
	name  string
	spec  Spec
	start string
	d     time.Duration
	want  string
}{
	{"inside a day", office("Europe/Zurich"), "2026-07-14T09:30:00+02:00", 2 * time.Hour, "2026-07-14T11:30:00+02:00"},
	{"over lunch", office("Europe/Zurich"), "2026-07-14T11:30:00+02:00", time.Hour, "2026-07-14T13:30:00+02:00"},
	{"just fills the morning", office("Europe/Zurich"), "2026-07-14T09:00:00+02:00", 3 * time.Hour, "2026-07-14T12:00:00+02:00"},
	{"from the end of the morning", office("Europe/Zurich"), "2026-07-14T12:00:00+02:00", time.Second, "2026-07-14T13:00:01+02:00"},
	{"in the night", office("Europe/Zurich"), "2026-07-14T03:00:00.5+02:00", time.Hour, "2026-07-14T10:00:00+02:00"},
	{"keeps the fraction", office("Europe/Zurich"), "2026-07-14T09:00:00.25+02:00", time.Hour, "2026-07-14T10:00:00.25+02:00"},
	{"fraction over the end", office("Europe/Zurich"), "2026-07-14T17:29:59.75+02:00", time.Second, "2026-07-15T09:00:00.75+02:00"},
	{"a nanosecond", office("Europe/Zurich"), "2026-07-14T17:30:00+02:00", time.Nanosecond, "2026-07-15T09:00:00.000000001+02:00"},
	{"over a weekend", office("Europe/Zurich"), "2026-07-17T17:00:00+02:00", time.Hour, "2026-07-20T09:30:00+02:00"},
	{"over a holiday", office("Europe/Zurich", "2026-12-25"), "2026-12-24T17:00:00+01:00", time.Hour, "2026-12-28T09:30:00+01:00"},
	{"asked from another zone", office("Europe/Zurich"), "2026-07-14T00:30:00-07:00", time.Hour, "2026-07-14T10:30:00+02:00"},
	{"a weekend with a spring jump", office("Europe/Zurich"), "2026-03-27T17:00:00+01:00", time.Hour, "2026-03-30T09:30:00+02:00"},
	{"nothing to add", office("Europe/Zurich"), "2026-07-18T10:00:00+02:00", 0, "2026-07-18T10:00:00+02:00"},
	{"less than nothing", office("Europe/Zurich"), "2026-07-18T10:00:00+02:00", -time.Hour, "2026-07-18T10:00:00+02:00"},

	{"on the day of the jump", weekOf("Europe/Zurich", "sun", "00:00-24:00"), "2026-03-29T00:00:00+01:00", 23 * time.Hour, "2026-03-30T00:00:00+02:00"},
	{"on the day of 25 hours", weekOf("Europe/Zurich", "sun", "00:00-24:00"), "2026-10-25T00:00:00+02:00", 25 * time.Hour, "2026-10-26T00:00:00+01:00"},
	{"start bound in the gap", weekOf("Europe/Zurich", "sun", "02:30-04:00"), "2026-03-29T00:00:00+01:00", time.Minute, "2026-03-29T03:01:00+02:00"},
	{"end bound in the gap", weekOf("Europe/Zurich", "sun", "01:00-02:30", "sun", "05:00-06:00"), "2026-03-29T00:00:00+01:00", 61 * time.Minute, "2026-03-29T05:01:00+02:00"},
	{"wholly in the gap", weekOf("Europe/Zurich", "sun", "02:10-02:50"), "2026-03-29T00:00:00+01:00", time.Minute, "2026-04-05T02:11:00+02:00"},
	{"twice in the overlap", weekOf("Europe/Zurich", "sun", "02:10-02:50"), "2026-10-25T00:00:00+02:00", 50 * time.Minute, "2026-10-25T02:20:00+01:00"},
	{"start bound in the overlap", weekOf("Europe/Zurich", "sun", "02:30-04:00"), "2026-10-25T00:00:00+02:00", 31 * time.Minute, "2026-10-25T02:31:00+01:00"},
	{"from the second 02:15", weekOf("Europe/Zurich", "sun", "02:00-03:00"), "2026-10-25T02:15:00+01:00", 45 * time.Minute, "2026-10-25T03:00:00+01:00"},
	{"jump at midnight", weekOf("America/Havana", "sun", "00:00-02:00"), "2026-03-07T12:00:00-05:00", time.Hour, "2026-03-08T02:00:00-04:00"},
	{"half an hour twice", weekOf("Australia/Lord_Howe", "sun", "01:00-03:00"), "2026-04-05T00:00:00+11:00", 150 * time.Minute, "2026-04-05T03:00:00+10:30"},
	{"a day that never was", weekOf("Pacific/Apia", "fri", "09:00-10:00"), "2011-12-29T09:00:00-10:00", time.Hour, "2012-01-06T10:00:00+14:00"},
	{"back to the day before", weekOf("America/St_Johns", "sat", "23:00-24:00"), "2009-10-31T22:00:00-02:30", 118 * time.Minute, "2009-10-31T23:59:00-03:30"},
	{"the holiday's repeated hour", Spec{Zone: "Europe/Zurich", Week: map[string][]string{"mon-sun": {"00:00-24:00"}}, Holidays: []string{"2026-10-25"}},
		"2026-10-24T23:00:00+02:00", 2 * time.Hour, "2026-10-26T01:00:00+01:00"},
	{"the clock of Ramadan", weekOf("Africa/Casablanca", "sun", "00:00-24:00"), "2026-02-15T00:00:00+01:00", 25 * time.Hour, "2026-02-16T00:00:00+00:00"},

	{"always open, spring", Spec{Zone: "Europe/Zurich", AlwaysOpen: true}, "2026-03-28T12:00:00+01:00", 24 * time.Hour, "2026-03-29T13:00:00+02:00"},
	{"a whole week, no holiday", weekOf("Europe/Zurich", "mon-sun", "00:00-24:00"), "2026-10-24T12:00:00+02:00", 24 * time.Hour, "2026-10-25T11:00:00+01:00"},
	{"before 1970", office("Europe/Zurich"), "1969-07-18T17:00:00+01:00", time.Hour, "1969-07-21T09:30:00+01:00"},
	{"far ahead", office("Europe/Zurich"), "2399-07-16T17:00:00+02:00", time.Hour, "2399-07-19T09:30:00+02:00"},
}

func TestAdd(t *testing.T) {
	for _, c := range addCases {
		t.Run(c.name, func(t *testing.T) {
			cal := compile(t, c.spec)
			got, ok := cal.Add(at(t, c.start), c.d)
			if want := at(t, c.want); !ok || !got.Equal(want) {
				t.Fatalf("Add(%s, %v) = %v, %v; want %s", c.start, c.d, got, ok, c.want)
			}
			if got.Location() != cal.Location() {
				t.Errorf("given in %v, not in the calendar's zone", got.Location())
			}
			if back := cal.Between(at(t, c.start), got); back != max(c.d, 0) {
				t.Errorf("Between counts %v of %v", back, c.d)
			}
		})
	}
}

// Where the zone's data list no more changes (after 2037 in full data, after the
// zone's last change of law in slim data), the time package computes them.
func TestLastDayOfALeapYear(t *testing.T) {
	for _, zone := range []string{"Europe/Zurich", "America/New_York", "Australia/Sydney", "Africa/Cairo", "Asia/Tokyo"} {
		cal := compile(t, weekOf(zone, "mon-sun", "09:00-10:00"))
		for _, year := range []int{2024, 2028, 2040, 2096} {
			start := time.Date(year, 12, 30, 12, 0, 0, 0, cal.Location())
			want := time.Date(year+1, 1, 1, 10, 0, 0, 0, cal.Location())
			if got, ok := cal.Add(start, 2*time.Hour); !ok || !got.Equal(want) {
				t.Errorf("Add(%v, 2h) = %v, %v; want %v", start, got, ok, want)
			}
		}
	}
}

func TestAddBeyondTheHorizon(t *testing.T) {
	start := at(t, "2026-07-14T09:30:00+02:00")
	// Every day until 2050 is a holiday.
	rare := weekOf("Europe/Zurich", "mon", "09:00-10:00")
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2050; day = day.AddDate(0, 0, 1) {
		rare.Holidays = append(rare.Holidays, DateOf(day).String())
	}
	cases := []struct {
		name string
		cal  *Calendar
		d    time.Duration
	}{
		{"closed for decades", compile(t, rare), time.Second},
		{"more than ten years", AroundTheClock(nil), 11 * 366 * 24 * time.Hour},
		{"ten years of Mondays", compile(t, weekOf("UTC", "mon", "09:00-10:00")), 600 * time.Hour},
		{"the longest duration", compile(t, office("Europe/Zurich")), 1<<63 - 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := c.cal.Add(start, c.d); ok || !got.IsZero() {
				t.Errorf("Add = %v, %v; want false", got, ok)
			}
			if s := c.cal.Explain(start, c.d); s != nil {
				t.Errorf("Explain = %v", s)
			}
		})
	}
	if got, ok := cases[0].cal.NextOpen(start); ok {
		t.Errorf("NextOpen = %v, want false", got)
	}
	if got, ok := cases[0].cal.Add(at(t, "2049-12-31T00:00:00Z"), time.Hour); !ok {
		t.Errorf("does not open again: %v", got)
	}
}

func TestBetween(t *testing.T) {
	cal := compile(t, office("Europe/Zurich", "2026-12-25"))
	cases := []struct {
		name, from, to string
		want           time.Duration
	}{
		{"a day", "2026-07-14T00:00:00+02:00", "2026-07-15T00:00:00+02:00", 7*time.Hour + 30*time.Minute},
		{"a week", "2026-07-13T00:00:00+02:00", "2026-07-20T00:00:00+02:00", 37*time.Hour + 30*time.Minute},
		{"Christmas week", "2026-12-21T00:00:00+01:00", "2026-12-28T00:00:00+01:00", 30 * time.Hour},
		{"nothing", "2026-07-14T10:00:00+02:00", "2026-07-14T10:00:00+02:00", 0},
		{"only lunch", "2026-07-14T12:00:00+02:00", "2026-07-14T13:00:00+02:00", 0},
		{"fractions", "2026-07-14T09:00:00.25+02:00", "2026-07-14T09:00:00.75+02:00", 500 * time.Millisecond},
		{"fraction before opening", "2026-07-14T08:59:59.25+02:00", "2026-07-14T09:00:00.75+02:00", 750 * time.Millisecond},
		{"fraction after closing", "2026-07-14T11:59:59.25+02:00", "2026-07-14T12:00:00.75+02:00", 750 * time.Millisecond},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			from, to := at(t, c.from), at(t, c.to)
			if got := cal.Between(from, to); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := cal.Between(to, from); got != -c.want {
				t.Errorf("backwards got %v, want %v", got, -c.want)
			}
		})
	}
	always := AroundTheClock(cal.Location())
	if got := always.Between(at(t, "2026-10-25T00:00:00+02:00"), at(t, "2026-10-26T00:00:00+01:00")); got != 25*time.Hour {
		t.Errorf("around the clock, a day of 25 hours has %v", got)
	}
	week := compile(t, weekOf("UTC", "mon-sun", "00:00-24:00"))
	if got := week.Between(at(t, "0001-01-01T00:00:00Z"), at(t, "0400-01-01T00:00:00Z")); got != 1<<63-1 {
		t.Errorf("399 years open came to %v", got)
	}
}

func TestOpenAndNextOpen(t *testing.T) {
	cases := []struct {
		name, at string
		next     string // "" when open
	}{
		{"before opening", "2026-07-14T08:59:59.999+02:00", "2026-07-14T09:00:00+02:00"},
		{"first instant", "2026-07-14T09:00:00+02:00", ""},
		{"last instant", "2026-07-14T11:59:59.999+02:00", ""},
		{"lunch", "2026-07-14T12:00:00+02:00", "2026-07-14T13:00:00+02:00"},
		{"evening before the weekend", "2026-07-17T17:30:00+02:00", "2026-07-20T09:00:00+02:00"},
		{"holiday", "2026-12-25T10:00:00+01:00", "2026-12-28T09:00:00+01:00"},
		{"eve of the holiday", "2026-12-24T23:59:59+01:00", "2026-12-28T09:00:00+01:00"},
		{"holiday elsewhere, not here", "2026-12-24T16:30:00-08:00", "2026-12-28T09:00:00+01:00"},
	}
	cal := compile(t, office("Europe/Zurich", "2026-12-25"))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now, want := at(t, c.at), c.next
			if want == "" {
				want = c.at
			}
			if got := cal.Open(now); got != (c.next == "") {
				t.Errorf("Open = %v", got)
			}
			if got, ok := cal.NextOpen(now); !ok || !got.Equal(at(t, want)) {
				t.Errorf("NextOpen = %v, %v; want %s", got, ok, want)
			}
		})
	}
}

func TestIntervalStart(t *testing.T) {
	night := weekOf("Europe/Zurich", "mon-sun", "00:00-06:00", "mon-sun", "22:00-24:00")
	all := weekOf("Europe/Zurich", "mon-sun", "00:00-24:00")
	withHoliday := all
	withHoliday.Holidays = []string{"2026-05-01"}
	longAgo := all
	longAgo.Holidays = []string{"2020-05-01"}
	gap := weekOf("Europe/Zurich", "sun", "01:00-02:00", "sun", "03:00-04:00")
	cases := []struct {
		name     string
		spec     Spec
		at, want string // want "" is the zero time
	}{
		{"inside", office("Europe/Zurich"), "2026-07-14T14:00:00.5+02:00", "2026-07-14T13:00:00+02:00"},
		{"at the start", office("Europe/Zurich"), "2026-07-14T13:00:00+02:00", "2026-07-14T13:00:00+02:00"},
		{"at the end", office("Europe/Zurich"), "2026-07-14T12:00:00+02:00", "2026-07-14T09:00:00+02:00"},
		{"just past the end", office("Europe/Zurich"), "2026-07-14T12:00:00.5+02:00", "2026-07-14T12:00:00.5+02:00"},
		{"closed", office("Europe/Zurich"), "2026-07-18T12:00:00+02:00", "2026-07-18T12:00:00+02:00"},
		{"over midnight", night, "2026-07-14T03:00:00+02:00", "2026-07-13T22:00:00+02:00"},
		{"two weeks open", withHoliday, "2026-05-16T03:00:00+02:00", "2026-05-02T00:00:00+02:00"},
		{"over the jump", gap, "2026-03-29T03:30:00+02:00", "2026-03-29T01:00:00+01:00"},
		{"without the jump", gap, "2026-04-05T03:30:00+02:00", "2026-04-05T03:00:00+02:00"},
		{"no start in sight", longAgo, "2026-05-16T03:00:00+02:00", ""},
		{"never closed", Spec{Zone: "UTC", AlwaysOpen: true}, "2026-05-16T03:00:00+02:00", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := compile(t, c.spec).IntervalStart(at(t, c.at))
			if c.want == "" {
				if !got.IsZero() {
					t.Errorf("got %v, want the zero time", got)
				}
				return
			}
			if !got.Equal(at(t, c.want)) {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestAroundTheClockWithoutZone(t *testing.T) {
	if got := AroundTheClock(nil).Location(); got != time.UTC {
		t.Errorf("the zone is %v", got)
	}
}
