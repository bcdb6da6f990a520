package heard

import (
	"errors"
	"strings"
	"testing"
	"time"

	"supportgw/rules/hours"
)

func TestTime(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	shop := calendar(t, "Europe/Berlin", map[string][]string{"mon-fri": {"08:00-12:00", "13:30-18:30"}})
	const wed, fri = "2026-11-18 10:30", "2026-11-20 10:30"
	for _, c := range []struct {
		text, lang, now string
		cal             *hours.Calendar
		want            string // or what the error says
	}{
		{"fri 12:00", "", wed, nil, "2026-11-20 12:00"},
		{"Fri 12:00.", "en", wed, nil, "2026-11-20 12:00"},
		{"  friday   noon ", "en", wed, nil, "2026-11-20 12:00"},
		{"friday", "en", wed, nil, "2026-11-20 17:00"},
		{"friday", "en", wed, shop, "2026-11-20 18:30"},
		{"tomorrow 9", "", wed, nil, "2026-11-19 09:00"},
		{"tomorrow at 9am", "", wed, nil, "2026-11-19 09:00"},
		{"tomorrow", "", wed, nil, "2026-11-19 17:00"},
		{"tomorrow morning", "", wed, nil, "2026-11-19 12:00"},
		{"eod", "en", wed, nil, "2026-11-18 17:00"},
		{"14:00", "", wed, nil, "2026-11-18 14:00"},
		{"3pm", "", wed, nil, "2026-11-18 15:00"},
		{"by 3pm", "", wed, nil, "2026-11-18 15:00"},
		{"3:00", "", wed, nil, "2026-11-18 15:00"},
		{"2026-11-27 12:00", "", wed, nil, "2026-11-27 12:00"},
		{"2026-11-27T12:00", "", wed, nil, "2026-11-27 12:00"},
		{"2026-11-27", "", wed, nil, "2026-11-27 17:00"},
		{"27.11. 12 Uhr", "", wed, nil, "2026-11-27 12:00"},
		{"27.11.2026 12:00", "", wed, nil, "2026-11-27 12:00"},
		{"27.11. 12:00", "en", wed, nil, "2026-11-27 12:00"},
		{"27 Nov 3pm", "en", wed, nil, "2026-11-27 15:00"},
		{"Nov 27 15:00", "en", wed, nil, "2026-11-27 15:00"},
		{"27/11 15:00", "fr", wed, nil, "2026-11-27 15:00"},
		{"in 2h", "", wed, nil, "2026-11-18 12:30"},
		{"in 90 minutes", "", wed, nil, "2026-11-18 12:00"},
		{"in 2 Stunden", "de", wed, nil, "2026-11-18 12:30"},
		{"in 2 Werktagen", "de", wed, nil, "2026-11-20 17:00"},
		{"morgen mittag", "", wed, nil, "2026-11-19 12:00"},
		{"morgen 12 Uhr", "de", wed, nil, "2026-11-19 12:00"},
		{"Freitagmittag", "de", wed, nil, "2026-11-20 12:00"},
		{"heute halb vier", "de", wed, nil, "2026-11-18 15:30"},
		{"Fr 12:00", "de", wed, nil, "2026-11-20 12:00"},
		{"vendredi midi", "", wed, nil, "2026-11-20 12:00"},
		{"ven 12:00", "", wed, nil, "2026-11-20 12:00"},
		{"demain 15h", "fr", wed, nil, "2026-11-19 15:00"},
		{"mañana a las 10", "", wed, nil, "2026-11-19 10:00"},
		{"viernes 12:00", "es", wed, nil, "2026-11-20 12:00"},
		{"domani alle 15", "", wed, nil, "2026-11-19 15:00"},
		{"fri 12:00", "de", wed, nil, "2026-11-20 12:00"}, // English in an answer in German
		{"fri 9:00", "en", fri, nil, "2026-11-27 09:00"},
		{"12.12. 12:12", "de", wed, nil, "2026-12-12 12:12"},
		{"tomorrow 8:15", "en", wed, nil, "2026-11-19 08:15"},
		{"24:00", "", wed, nil, "2026-11-19 00:00"},
		{"18:00 CET", "", wed, nil, "2026-11-18 18:00"},
		{"3pm EST", "", wed, nil, "2026-11-18 21:00"},
		{"fri 08:00", "en", fri, nil, "2026-11-27 08:00"},

		{"9:00", "en", wed, nil, "has passed today"},
		{"9am", "en", wed, nil, "has passed today"},
		{"today 9am", "en", wed, nil, "has passed"},
		{"2026-11-17 12:00", "", wed, nil, "has passed"},
		{"yesterday", "", wed, nil, "no time"},
		{"last friday", "en", wed, nil, "has passed"},
		{"fri 15:00", "en", fri, nil, "today is Friday"},
		{"friday", "en", fri, nil, "today is Friday"},
		{"next friday", "en", wed, nil, "next"},
		{"3/4", "", wed, nil, "two ways"},
		{"12/11 15:00", "en", wed, nil, "two ways"},
		{"12", "", wed, nil, "no time"},
		{"7", "", wed, nil, "no time"},
		{"tomorrow 7", "en", wed, nil, "morning or the afternoon"},
		{"2h", "", wed, nil, "different"},
		{"soon", "", wed, nil, "no time"},
		{"next week", "en", wed, nil, "no hour"},
		{"tonight", "en", wed, nil, "no hour"},
		{"saturday", "en", wed, nil, "no working day"},
		{"31 february", "en", wed, nil, "no such date"},
		{"friday or monday", "en", wed, nil, "no time"},
		{"around 3pm", "en", wed, nil, "about"},
		{"no", "", wed, nil, "no time"},
		{"", "", wed, nil, "no time"},
		{"\n", "", wed, nil, "no time"},
		{strings.Repeat("fri ", 40), "", wed, nil, "no time"},
	} {
		at, err := Time(c.text, Context{Now: wall(t, c.now, berlin), Lang: c.lang, Hours: c.cal})
		switch {
		case err != nil && (!strings.Contains(err.Error(), c.want) || !errors.Is(err, ErrNoTime) || strings.Contains(err.Error(), "\n")):
			t.Errorf("Time(%q): %v; must say %q", c.text, err, c.want)
		case err == nil && at.Format(stamp) != c.want:
			t.Errorf("Time(%q) = %s, must be %q", c.text, at.Format(stamp), c.want)
		}
	}
}

// What the error says to write can be written.
func TestTimeHint(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC)
	for i, part := range strings.Split(ErrNoTime.Error(), `"`) {
		if i%2 == 0 {
			continue
		}
		if _, err := Time(part, Context{Now: now}); err != nil {
			t.Errorf("the hint %q gives %v", part, err)
		}
	}
}
