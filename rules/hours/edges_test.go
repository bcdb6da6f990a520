package hours

import (
	"testing"
	"time"
)

func TestLastOpen(t *testing.T) {
	zurich := office("Europe/Zurich", "2026-12-25", "2026-12-28")
	cases := []struct {
		name, at, want string
		spec           Spec
	}{
		{"open", "2026-07-14T10:00:00.5+02:00", "2026-07-14T10:00:00.5+02:00", zurich},
		{"the first instant", "2026-07-14T09:00:00+02:00", "2026-07-14T09:00:00+02:00", zurich},
		{"the end itself", "2026-07-14T17:30:00+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"a nanosecond after the end", "2026-07-14T17:30:00.000000001+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"a nanosecond before the start", "2026-07-14T08:59:59.999999999+02:00", "2026-07-13T17:30:00+02:00", zurich},
		{"lunch", "2026-07-14T12:30:00+02:00", "2026-07-14T12:00:00+02:00", zurich},
		{"the weekend", "2026-07-19T12:30:00+02:00", "2026-07-17T17:30:00+02:00", zurich},
		{"four closed days", "2026-12-29T08:00:00+01:00", "2026-12-24T17:30:00+01:00", zurich},
		{"asked from another zone", "2026-07-19T12:30:00-07:00", "2026-07-17T17:30:00+02:00", zurich},
		{"the end was in the hour that the clock skipped", "2026-03-29T08:00:00+02:00", "2026-03-29T03:00:00+02:00", weekOf("Europe/Zurich", "sun", "01:00-02:30")},
		{"in the second of two hours", "2026-10-25T02:50:00+01:00", "2026-10-25T02:30:00+01:00", weekOf("Europe/Zurich", "sun", "02:00-02:30")},
		{"between the two hours", "2026-10-25T02:50:00+02:00", "2026-10-25T02:30:00+02:00", weekOf("Europe/Zurich", "sun", "02:00-02:30")},
		{"one day a week, most of them closed", "2026-02-04T12:00:00Z", "2025-12-22T10:00:00Z",
			Spec{Zone: "UTC", Week: map[string][]string{"mon": {"09:00-10:00"}},
				Holidays: []string{"2025-12-29", "2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"}}},
		{"around the clock", "2026-07-19T12:30:00Z", "2026-07-19T12:30:00Z", Spec{Zone: "Europe/Zurich", AlwaysOpen: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cal := compile(t, c.spec)
			got, ok := cal.LastOpen(at(t, c.at))
			if !ok || !got.Equal(at(t, c.want)) || got.Location() != cal.Location() {
				t.Errorf("got %v, %v; want %s", got, ok, c.want)
			}
		})
	}
}

// No description makes such a calendar today; the search must end all the same.
func TestLastOpenOfNone(t *testing.T) {
	never := &Calendar{loc: time.UTC}
	if got, ok := never.LastOpen(at(t, "2026-07-14T10:00:00Z")); ok {
		t.Errorf("got %v", got)
	}
}

func TestOpeningAndClosing(t *testing.T) {
	zurich := office("Europe/Zurich", "2026-12-25")
	night := weekOf("Europe/Zurich", "fri", "22:00-24:00", "sat", "00:00-06:00", "sat", "20:00-24:00", "sun", "00:00-24:00")
	cases := []struct {
		name, at      string
		opens, closes string // "" on a closed day
		spec          Spec
	}{
		{"before it opens", "2026-07-14T00:00:00+02:00", "2026-07-14T09:00:00+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"in the afternoon", "2026-07-14T15:00:00+02:00", "2026-07-14T09:00:00+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"after it has closed", "2026-07-14T23:59:59.9+02:00", "2026-07-14T09:00:00+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"the local day, not that of UTC", "2026-07-13T22:30:00Z", "2026-07-14T09:00:00+02:00", "2026-07-14T17:30:00+02:00", zurich},
		{"a Sunday", "2026-07-19T12:00:00+02:00", "", "", zurich},
		{"a holiday", "2026-12-25T12:00:00+01:00", "", "", zurich},
		{"a holiday in the zone, the day after in UTC", "2026-12-25T23:30:00-08:00", "", "", office("America/Los_Angeles", "2026-12-25")},
		{"over midnight, the evening", "2026-07-17T12:00:00+02:00", "2026-07-17T22:00:00+02:00", "2026-07-18T00:00:00+02:00", night},
		{"over midnight, the morning", "2026-07-18T12:00:00+02:00", "2026-07-18T00:00:00+02:00", "2026-07-19T00:00:00+02:00", night},
		{"a day of 23 hours", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", night},
		{"a day of 25 hours", "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", night},
		{"both bounds in the skipped hour", "2026-03-29T12:00:00+02:00", "", "", weekOf("Europe/Zurich", "sun", "02:10-02:50")},
		{"opens in the skipped hour", "2026-03-29T00:10:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00", weekOf("Europe/Zurich", "sun", "02:10-04:00")},
		{"twice the same hour", "2026-10-25T12:00:00+01:00", "2026-10-25T02:10:00+02:00", "2026-10-25T02:50:00+01:00", weekOf("Europe/Zurich", "sun", "02:10-02:50")},
		{"the clock goes back into the day before", "2009-11-01T12:00:00-03:30", "2009-11-01T00:00:00-02:30", "2009-11-01T01:00:00-03:30",
			weekOf("America/St_Johns", "sun", "00:00-01:00", "sat", "23:00-24:00")},
		{"the day that the clock goes back into", "2009-10-31T12:00:00-02:30", "2009-10-31T23:00:00-02:30", "2009-11-01T00:00:00-03:30",
			weekOf("America/St_Johns", "sun", "00:00-01:00", "sat", "23:00-24:00")},
		{"the day after one that never was", "2011-12-31T12:00:00+14:00", "2011-12-31T09:00:00+14:00", "2011-12-31T10:00:00+14:00", weekOf("Pacific/Apia", "sat", "09:00-10:00")},
		{"around the clock", "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", Spec{Zone: "Europe/Zurich", AlwaysOpen: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cal := compile(t, c.spec)
			for _, edge := range []struct {
				name string
				of   func(time.Time) (time.Time, bool)
				want string
			}{{"Opening", cal.Opening, c.opens}, {"Closing", cal.Closing, c.closes}} {
				got, ok := edge.of(at(t, c.at))
				if ok != (edge.want != "") || ok && (!got.Equal(at(t, edge.want)) || got.Location() != cal.Location()) {
					t.Errorf("%s is %v, %v; want %q", edge.name, got, ok, edge.want)
				}
			}
		})
	}
}

// Around the clock without a description is the same calendar.
func TestEdgesAroundTheClock(t *testing.T) {
	cal := AroundTheClock(time.UTC)
	noon := at(t, "2026-07-19T12:00:00Z")
	from, ok := cal.Opening(noon)
	to, ok2 := cal.Closing(noon)
	if !ok || !ok2 || !from.Equal(noon.Add(-12*time.Hour)) || !to.Equal(noon.Add(12*time.Hour)) {
		t.Errorf("from %v, %v to %v, %v", from, ok, to, ok2)
	}
}
