package staff

import (
	"testing"
	"time"

	"supportgw/mailgw/heard"
	"supportgw/rules/hours"
)

// zurich is a Friday, 10:00, at a desk that works from Monday to Friday, 09:00 to 17:30.
func zurich(t *testing.T, lang string) heard.Context {
	t.Helper()
	cal, problems := hours.Compile(hours.Spec{Zone: "Europe/Zurich", Week: map[string][]string{"mon-fri": {"09:00-17:30"}}})
	if problems != nil {
		t.Fatal(problems)
	}
	return heard.Context{Now: time.Date(2026, 11, 20, 10, 0, 0, 0, cal.Location()), Lang: lang, Hours: cal}
}

const layout = "Mon 2006-01-02 15:04"

func TestReadAway(t *testing.T) {
	for _, tt := range []struct{ arg, until, who string }{
		{"", "", ""},
		{"until mon", "Mon 2026-11-23 09:00", ""},
		{"mon", "Mon 2026-11-23 09:00", ""},
		{"until monday 14:00", "Mon 2026-11-23 14:00", ""},
		{"bis montag", "Mon 2026-11-23 09:00", ""},
		{"bis zum 12.12.", "Sat 2026-12-12 00:00", ""},
		{"until 14 December", "Mon 2026-12-14 09:00", ""},
		{"jusqu'à lundi", "Mon 2026-11-23 09:00", ""},
		{"hasta el lunes", "Mon 2026-11-23 09:00", ""},
		{"fino a lunedì", "Mon 2026-11-23 09:00", ""},
		{"today", "Mon 2026-11-23 09:00", ""},
		{"until tomorrow", "Sat 2026-11-21 00:00", ""},
		{"in 2h", "Fri 2026-11-20 12:00", ""},
		{"until 2026-11-27 12:00", "Fri 2026-11-27 12:00", ""},
		{"until mon, ben stands in", "Mon 2026-11-23 09:00", "ben"},
		{"until mon, stand-in Ben Ortiz", "Mon 2026-11-23 09:00", "Ben Ortiz"},
		{"bis mo, ben vertritt", "Mon 2026-11-23 09:00", "ben"},
		{"ben stands in", "", "ben"},
		{"off", "back", ""}, {"wieder da", "back", ""},
		{"until soon", "?", ""}, {"until the cows come home", "?", ""}, {"until yesterday", "?", ""},
	} {
		got, err := ReadAway(tt.arg, zurich(t, ""))
		until := ""
		switch {
		case err != nil:
			until = "?"
		case got.Back:
			until = "back"
		case !got.Until.IsZero():
			until = got.Until.In(zurich(t, "").Now.Location()).Format(layout)
		}
		if until != tt.until || got.StandIn != tt.who {
			t.Errorf("#away %s: until %q, stand-in %q, %v; want %q, %q", tt.arg, until, got.StandIn, err, tt.until, tt.who)
		}
	}
}

func TestReadAbsence(t *testing.T) {
	for _, tt := range []struct{ lang, text, until string }{
		{"en", "I am out of the office until Wednesday, 25 November. In urgent cases call Ben.", "Thu 2026-11-26 09:00"},
		{"en", "Thank you for your mail. I'll be back on Monday, 30 November.", "Mon 2026-11-30 09:00"},
		{"en", "I am out of office from 20 November until 27 November 2026 and will be back on 30 November 2026.", "Mon 2026-11-30 09:00"},
		{"en", "I am on holiday and will read your mail when I return.", ""},
		{"en", "I was out of the office until 10 November.", ""},
		{"en", "Our office is open from 9 to 5.", ""},
		{"de", "Ich bin bis zum 27.11. nicht im Büro. In dringenden Fällen hilft Herr Ortiz.", "Mon 2026-11-30 09:00"},
		{"de", "Ich bin bis einschließlich 27.11.2026 abwesend.", "Mon 2026-11-30 09:00"},
		{"de", "Ab dem 30. November bin ich wieder erreichbar.", "Mon 2026-11-30 09:00"},
		{"de", "Vielen Dank für Ihre Nachricht. Ich bin am Montag wieder im Büro.", "Mon 2026-11-23 09:00"},
		{"fr", "Je suis absente jusqu'au 27 novembre. En cas d'urgence, appelez Ben.", "Mon 2026-11-30 09:00"},
		{"fr", "Je suis en congé et serai de retour le 30 novembre.", "Mon 2026-11-30 09:00"},
		{"es", "Estoy fuera de la oficina hasta el 27 de noviembre.", "Mon 2026-11-30 09:00"},
		{"it", "Sono assente fino al 27 novembre.", "Mon 2026-11-30 09:00"},
		{"it", "Rientro in ufficio il 30 novembre.", "Mon 2026-11-30 09:00"},
	} {
		got, ok := ReadAbsence(tt.text, zurich(t, tt.lang))
		until := ""
		if ok {
			until = got.In(zurich(t, "").Now.Location()).Format(layout)
		}
		if until != tt.until {
			t.Errorf("%s: %q, want %q", tt.text, until, tt.until)
		}
	}
}

// FuzzReadAway: whatever is written, an end lies ahead, and is no end when it is none.
func FuzzReadAway(f *testing.F) {
	for _, s := range []string{"until mon", "bis 12.12., ben vertritt", "back on 30 November", "İ until mon", "", "off"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := zurich(t, "")
		if said, err := ReadAway(s, c); err != nil && (said != Said{}) || said.Back && !said.Until.IsZero() {
			t.Errorf("%q: %+v, %v", s, said, err)
		}
		if until, ok := ReadAbsence(s, c); ok && !until.After(c.Now) {
			t.Errorf("%q: back at %s", s, until)
		}
	})
}
