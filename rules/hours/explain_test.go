package hours

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestExplain(t *testing.T) {
	night := weekOf("Europe/Zurich", "sat", "22:00-24:00", "sun", "00:00-06:00")
	cases := []struct {
		name  string
		spec  Spec
		start string
		d     time.Duration
		want  []string
	}{
		{"lunch and weekend", office("Europe/Zurich"), "2026-07-17T11:30:00+02:00", 5*time.Hour + 30*time.Minute, []string{
			"Fri 2026-07-17 11:30 to 12:00 CEST (30m0s)",
			"Fri 2026-07-17 13:00 to 17:30 CEST (4h30m0s)",
			"Mon 2026-07-20 09:00 to 09:30 CEST (30m0s)",
		}},
		{"just fills an interval", office("Europe/Zurich"), "2026-07-17T08:00:00+02:00", 3 * time.Hour, []string{
			"Fri 2026-07-17 09:00 to 12:00 CEST (3h0m0s)",
		}},
		{"a night and the clock put back", night, "2026-10-24T12:00:00+02:00", 9 * time.Hour, []string{
			"Sat 2026-10-24 22:00 CEST to Sun 2026-10-25 06:00 CET (9h0m0s)",
		}},
		{"around the clock", Spec{Zone: "Europe/Zurich", AlwaysOpen: true}, "2026-07-17T23:30:00+02:00", time.Hour, []string{
			"Fri 2026-07-17 23:30 to Sat 2026-07-18 00:30 CEST (1h0m0s)",
		}},
		{"nothing", office("Europe/Zurich"), "2026-07-17T11:30:00+02:00", 0, nil},
		{"fractions of seconds", office("Europe/Zurich"), "2026-07-17T11:59:59.5+02:00", time.Second, []string{
			"Fri 2026-07-17 11:59 to 12:00 CEST (500ms)",
			"Fri 2026-07-17 13:00 to 13:00 CEST (500ms)",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range compile(t, c.spec).Explain(at(t, c.start), c.d) {
				got = append(got, s.String())
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
