package promise

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/rules/hours"
)

func TestDueByHistory(t *testing.T) {
	lunch := map[string][]string{"mon-fri": {"08:50-12:10", "13:05-17:00"}}
	for _, c := range []struct {
		name string
		week map[string][]string
		now  string
		took time.Duration
		all  bool
		want string
	}{
		{"up to the quarter", nil, "2026-07-14T09:14:00+02:00", 2 * time.Hour, false, "2026-07-14T11:15:00+02:00"},
		{"on the quarter already", nil, "2026-07-14T09:15:00+02:00", 2 * time.Hour, false, "2026-07-14T11:15:00+02:00"},
		{"under an hour is five minutes", nil, "2026-07-14T09:11:00+02:00", 20 * time.Minute, false, "2026-07-14T09:35:00+02:00"},
		{"under an hour of work, over a night", nil, "2026-07-14T17:20:00+02:00", 21 * time.Minute, false, "2026-07-15T09:15:00+02:00"},
		{"not beyond the end of the interval", lunch, "2026-07-14T10:00:00+02:00", 128 * time.Minute, false, "2026-07-14T12:10:00+02:00"},
		{"to the end of the day", nil, "2026-07-14T09:16:00+02:00", 8*time.Hour + 13*time.Minute, false, "2026-07-14T17:30:00+02:00"},
		{"urgent at night", nil, "2026-07-14T02:14:00+02:00", 25 * time.Minute, true, "2026-07-14T02:40:00+02:00"},
		{"urgent, a second too much", nil, "2026-07-14T02:14:01+02:00", 26 * time.Minute, true, "2026-07-14T02:45:00+02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := office(t)
			if c.week != nil {
				cal = calendar(t, "Europe/Zurich", c.week)
			}
			got, err := DueByHistory(cal, at(t, c.now), Target{Answer: c.took, AroundTheClock: c.all})
			if err != nil || !got.At.Equal(at(t, c.want)) {
				t.Errorf("%v %v, want %s", got.At, err, c.want)
			}
		})
	}
	if _, err := DueByHistory(office(t), historyNow, Target{}); err == nil {
		t.Error("no time is no time to promise")
	}
}

// It is never before the time that history tells, and not more than a quarter of an hour behind it.
func TestDueByHistoryLaws(t *testing.T) {
	cals := []*hours.Calendar{office(t), calendar(t, "Australia/Lord_Howe", map[string][]string{"mon-sun": {"01:10-02:20", "05:00-12:01"}}), hours.AroundTheClock(time.UTC)}
	rapid.Check(t, func(t *rapid.T) {
		cal := rapid.SampledFrom(cals).Draw(t, "calendar")
		now := historyNow.Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "now")))
		took := time.Duration(rapid.Int64Range(1, int64(30*time.Hour)).Draw(t, "took"))
		got, err := DueByHistory(cal, now, Target{Answer: took})
		if err != nil || cal.Between(now, got.Exact) != took {
			t.Fatalf("%v %v", got, err)
		}
		if late := got.At.Sub(got.Exact); late < 0 || late >= step || cal.Between(got.Exact, got.At) != late && cal.Open(got.At) && cal.Between(got.Exact, got.At) == 0 {
			t.Fatalf("%v for %v", got.At, got.Exact)
		}
	})
}
