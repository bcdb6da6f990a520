package promise

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/rules/hours"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func calendar(t testing.TB, zone string, week map[string][]string, holidays ...string) *hours.Calendar {
	t.Helper()
	cal, errs := hours.Compile(hours.Spec{Zone: zone, Week: week, Holidays: holidays})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return cal
}

func office(t testing.TB) *hours.Calendar {
	return calendar(t, "Europe/Zurich", map[string][]string{"mon-fri": {"09:00-17:30"}}, "2026-12-25", "2027-01-01")
}

func TestDue(t *testing.T) {
	odd := map[string][]string{"mon-fri": {"08:50-12:10", "13:05-17:00"}}
	night := map[string][]string{"mon-sun": {"22:00-24:00", "00:00-06:00"}}
	whole := map[string][]string{"mon-sun": {"00:00-24:00"}}
	cases := []struct {
		name    string
		week    map[string][]string // nil is the office's, Mon-Fri 09:00-17:30
		now     string
		answer  time.Duration
		urgent  bool
		want    string
		exact   string // "" is want
		nextDay bool
	}{
		{name: "on the quarter already", now: "2026-07-14T09:00:00+02:00", answer: 2 * time.Hour, want: "2026-07-14T11:00:00+02:00"},
		{name: "down to the quarter", now: "2026-07-14T09:14:59+02:00", answer: 2 * time.Hour, want: "2026-07-14T11:00:00+02:00", exact: "2026-07-14T11:14:59+02:00"},
		{name: "an hour away is a quarter", now: "2026-07-14T09:14:00+02:00", answer: time.Hour, want: "2026-07-14T10:00:00+02:00", exact: "2026-07-14T10:14:00+02:00"},
		{name: "under an hour is five minutes", now: "2026-07-14T09:14:00+02:00", answer: 59 * time.Minute, want: "2026-07-14T10:10:00+02:00", exact: "2026-07-14T10:13:00+02:00"},
		{name: "under an hour of work, over a night", now: "2026-07-14T17:19:00+02:00", answer: 40 * time.Minute, want: "2026-07-15T09:15:00+02:00", exact: "2026-07-15T09:29:00+02:00", nextDay: true},
		{name: "before opening", now: "2026-07-14T03:12:00+02:00", answer: 2 * time.Hour, want: "2026-07-14T11:00:00+02:00"},
		{name: "weekend", now: "2026-07-18T12:00:00+02:00", answer: 8 * time.Hour, want: "2026-07-20T17:00:00+02:00", nextDay: true},
		{name: "fills the day", now: "2026-07-14T09:30:00+02:00", answer: 8 * time.Hour, want: "2026-07-14T17:30:00+02:00"},
		{name: "Christmas", now: "2026-12-24T16:10:00+01:00", answer: 2 * time.Hour, want: "2026-12-28T09:30:00+01:00", exact: "2026-12-28T09:40:00+01:00", nextDay: true},
		{name: "over the change of the clock", now: "2026-10-23T16:40:00+02:00", answer: 2 * time.Hour, want: "2026-10-26T10:00:00+01:00", exact: "2026-10-26T10:10:00+01:00", nextDay: true},
		{name: "sent from another day", now: "2026-07-14T22:30:00-07:00", answer: 2 * time.Hour, want: "2026-07-15T11:00:00+02:00"},

		{name: "to the start of the interval", now: "2026-07-14T17:18:00+02:00", answer: 20 * time.Minute, want: "2026-07-15T09:00:00+02:00", exact: "2026-07-15T09:08:00+02:00", nextDay: true},
		{name: "not across the start", week: odd, now: "2026-07-14T16:00:00+02:00", answer: 64 * time.Minute, want: "2026-07-15T08:50:00+02:00", exact: "2026-07-15T08:54:00+02:00", nextDay: true},
		{name: "not across lunch", week: odd, now: "2026-07-14T10:00:00+02:00", answer: 135 * time.Minute, want: "2026-07-14T13:05:00+02:00", exact: "2026-07-14T13:10:00+02:00"},
		{name: "midnight is no start", week: night, now: "2026-07-14T22:07:00+02:00", answer: 2 * time.Hour, want: "2026-07-15T00:00:00+02:00", exact: "2026-07-15T00:07:00+02:00", nextDay: true},
		{name: "down across midnight", week: whole, now: "2026-07-14T23:18:00+02:00", answer: 44 * time.Minute, want: "2026-07-15T00:00:00+02:00", exact: "2026-07-15T00:02:00+02:00", nextDay: true},

		{name: "half: a quarter takes too much", now: "2026-07-14T17:28:00+02:00", answer: 10 * time.Minute, want: "2026-07-15T09:05:00+02:00", exact: "2026-07-15T09:08:00+02:00", nextDay: true},
		{name: "half: just half is left", now: "2026-07-14T17:25:00+02:00", answer: 10 * time.Minute, want: "2026-07-15T09:00:00+02:00", exact: "2026-07-15T09:05:00+02:00", nextDay: true},
		{name: "half: nothing would be left", now: "2026-07-14T03:00:00+02:00", answer: 10 * time.Minute, want: "2026-07-14T09:10:00+02:00"},
		{name: "half: five minutes take too much", now: "2026-07-14T10:04:00+02:00", answer: 4 * time.Minute, want: "2026-07-14T10:08:00+02:00"},
		{name: "half: seconds", now: "2026-07-14T10:04:30+02:00", answer: 4 * time.Minute, want: "2026-07-14T10:08:00+02:00", exact: "2026-07-14T10:08:30+02:00"},
		{name: "half: a minute takes too much", now: "2026-07-14T10:04:59+02:00", answer: time.Minute, want: "2026-07-14T10:05:59+02:00"},

		{name: "urgent at night", urgent: true, now: "2026-07-18T02:07:00+02:00", answer: 30 * time.Minute, want: "2026-07-18T02:35:00+02:00", exact: "2026-07-18T02:37:00+02:00"},
		{name: "urgent over midnight", urgent: true, now: "2026-07-18T23:50:00+02:00", answer: 30 * time.Minute, want: "2026-07-19T00:20:00+02:00", nextDay: true},
		{name: "urgent in the repeated hour", urgent: true, now: "2026-10-25T02:45:00+02:00", answer: 30 * time.Minute, want: "2026-10-25T02:15:00+01:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cal := office(t)
			if c.week != nil {
				cal = calendar(t, "Europe/Zurich", c.week)
			}
			if c.exact == "" {
				c.exact = c.want
			}
			got, err := Due(cal, at(t, c.now), Target{Answer: c.answer, AroundTheClock: c.urgent})
			if err != nil || !got.At.Equal(at(t, c.want)) || !got.Exact.Equal(at(t, c.exact)) || got.NextDay != c.nextDay {
				t.Errorf("got %v, exactly %v, next day %v, %v", got.At, got.Exact, got.NextDay, err)
			}
			if got.At.Location() != cal.Location() {
				t.Errorf("given in %v", got.At.Location())
			}
		})
	}
}

// Kathmandu is 5:45 ahead, Calcutta was 5:53:28 ahead until 1906: quarters are
// those of the clock on the wall there.
func TestDueRoundsTheLocalClock(t *testing.T) {
	cases := []struct{ zone, now, want string }{
		{"Asia/Kathmandu", "2026-07-14T10:07:00+05:45", "2026-07-14T12:00:00+05:45"},
		{"Asia/Kolkata", "1890-07-14T04:21:00Z", "1890-07-14T06:06:32Z"},
	}
	for _, c := range cases {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Due(hours.AroundTheClock(loc), at(t, c.now), Target{Answer: 2 * time.Hour})
		if err != nil || got.At.Minute()%15 != 0 || got.At.Second() != 0 || got.At.After(got.Exact) || got.Exact.Sub(got.At) >= step {
			t.Errorf("%s: %v, exactly %v, %v", c.zone, got.At, got.Exact, err)
		}
		if c.zone == "Asia/Kathmandu" && !got.At.Equal(at(t, c.want)) {
			t.Errorf("%s: %v, want %s", c.zone, got.At, c.want)
		}
	}
}

func TestDueErrors(t *testing.T) {
	now := at(t, "2026-07-14T10:00:00+02:00")
	for _, d := range []time.Duration{0, -time.Hour} {
		if _, err := Due(office(t), now, Target{Answer: d}); !errors.Is(err, ErrNoTarget) {
			t.Errorf("%v: %v", d, err)
		}
	}
	weekly := calendar(t, "UTC", map[string][]string{"mon": {"09:00-10:00"}})
	if got, err := Due(weekly, now, Target{Answer: 1000 * time.Hour}); !errors.Is(err, ErrNeverOpen) || !got.At.IsZero() {
		t.Errorf("%v, %v", got, err)
	}
}

// A due time is never after the end of the target, never leaves less than half
// of it, lies in open time or ends it, and no interval starts in what was cut off.
func TestDueLaws(t *testing.T) {
	cals := []*hours.Calendar{
		office(t),
		calendar(t, "Europe/Zurich", map[string][]string{"mon-fri": {"08:50-12:10", "13:05-17:01"}}),
		calendar(t, "America/Havana", map[string][]string{"sat-sun": {"00:00-02:07", "22:00-24:00"}}),
		calendar(t, "Australia/Lord_Howe", map[string][]string{"mon-sun": {"01:10-02:20"}}),
		calendar(t, "Africa/Casablanca", map[string][]string{"mon-sun": {"00:00-24:00"}}, "2026-05-01"),
		hours.AroundTheClock(time.UTC),
	}
	base := at(t, "2026-01-01T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		cal := cals[rapid.IntRange(0, len(cals)-1).Draw(t, "calendar")]
		now := base.Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "now")))
		target := Target{
			Answer:         time.Duration(rapid.Int64Range(1, int64(20*time.Hour)).Draw(t, "answer")),
			AroundTheClock: rapid.Bool().Draw(t, "urgent"),
		}
		if rapid.Bool().Draw(t, "short") {
			target.Answer = target.Answer/40 + 1
		}
		got, err := Due(cal, now, target)
		if err != nil {
			t.Fatal(err)
		}
		if target.AroundTheClock {
			cal = hours.AroundTheClock(cal.Location())
		}
		if cal.Between(now, got.Exact) != target.Answer {
			t.Fatalf("exactly %v is not the end of the target", got.Exact)
		}
		if got.At.After(got.Exact) || got.Exact.Sub(got.At) >= step {
			t.Fatalf("%v is not just before %v", got.At, got.Exact)
		}
		if left := cal.Between(now, got.At); 2*left < target.Answer {
			t.Fatalf("%v leaves %v of %v", got.At, left, target.Answer)
		}
		if cal.Between(got.At, got.Exact) != got.Exact.Sub(got.At) {
			t.Fatalf("closed time between %v and %v", got.At, got.Exact)
		}
	})
}
