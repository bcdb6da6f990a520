package heard

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"supportgw/rules/hours"
)

// Whatever the words are: nothing panics, places lie in the text, and what is sure lies ahead.
func FuzzPromises(f *testing.F) {
	for _, s := range []string{
		"I'll get back to you by 3 pm.", "Bis Freitag, 27.11.2026, 12:00 Uhr melde ich mich!", "d'ici vendredi, je vous rappelle à 15h30", "> quoted\nI'll call",
		"le llamo el 31/2 a las 24:61", "entro le 15.30", "\xff I'll send it by \xc3", "by by by by at at 3", "I'll call you 99999999999 days in 3", "„I'll call by 3“", "half half past past 3",
		"in 1000000 working days I'll write", "I'll write by 27.11..2026", "next next friday i'll write", "between 3 and", "I will i will by 3 i'll",
	} {
		f.Add(s, uint8(0), int64(1763462100))
		f.Add(s, uint8(9), int64(1792893600))
	}
	zones := []*time.Location{time.UTC, zone(f, "Europe/Berlin"), zone(f, "Asia/Kolkata"), zone(f, "America/New_York")}
	week := calendar(f, "Europe/Zurich", map[string][]string{"mon-fri": {"08:00-12:00", "13:30-18:30"}}, "2026-12-25")
	f.Fuzz(func(t *testing.T, text string, how uint8, unix int64) {
		now := time.Unix(unix%(1<<33), 0).In(zones[how%4])
		var cal *hours.Calendar
		if how&4 != 0 {
			cal = week
		}
		c := Context{Now: now, Hours: cal, Lang: append(languages[:], "")[int(how>>3)%(len(languages)+1)]}
		for _, ps := range [][]Promise{Promises(text, c), Needs(text, c)} {
			if len(ps) > maxPromises {
				t.Errorf("%d promises", len(ps))
			}
			for _, p := range ps {
				lawful(t, text, p)
				if p.Sure && !p.At.After(now) {
					t.Errorf("%q at %v: sure of %v", text, now, p.At)
				}
				if utf8.ValidString(text) && !utf8.ValidString(p.Words) {
					t.Errorf("%q: Words is cut within a letter: %q", text, p.Words)
				}
			}
		}
		if at, err := Time(text, c); err == nil && !at.After(now) {
			t.Errorf("Time(%q) at %v = %v", text, now, at)
		} else if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("Time(%q): the error is more than a line", text)
		}
	})
}

// A text that is made to be costly costs no more than its length: steps are not counted
// here but bounded by reading 64 KiB of each kind.
func TestLongTexts(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC)
	for _, piece := range []string{"by ", "I'll ", "I'll call you by 3 pm. ", "and ", "\"", "> ", "27.", "no later ", "end of the ", "Friday ", "I'll call you on Friday, ", "3 ", "until no later than ", "ü"} {
		text := strings.Repeat(piece, (70<<10)/len(piece))
		for _, lang := range []string{"en", "de", ""} {
			if n := len(Promises(text, Context{Now: now, Lang: lang})); n > maxPromises {
				t.Errorf("%q: %d promises", piece, n)
			}
			Needs(text, Context{Now: now, Lang: lang})
		}
	}
}

// answer is 2 KiB of an agent's words.
var answer = strings.Repeat("Hello Ms Berger, thank you for your patience. I have looked at the logs of Tuesday and found that the import of your file stopped at line 312. "+
	"The 3 records that failed are in the attached list; please correct them when you have time. ", 8) + "I'll call you back by 3 pm today and we will send the corrected version by Friday noon. "

func BenchmarkPromises(b *testing.B) {
	now := time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC)
	for _, lang := range []string{"en", ""} {
		name := lang
		if lang == "" {
			name = "every"
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				if len(Promises(answer, Context{Now: now, Lang: lang})) != 2 {
					b.Fatal(Promises(answer, Context{Now: now, Lang: lang}))
				}
			}
		})
	}
}
