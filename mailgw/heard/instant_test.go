package heard

import (
	"testing"
	"time"

	"supportgw/rules/hours"
)

func calendar(t testing.TB, zone string, week map[string][]string, holidays ...string) *hours.Calendar {
	t.Helper()
	cal, errs := hours.Compile(hours.Spec{Zone: zone, Week: week, Holidays: holidays})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return cal
}

// The same words at other times, in other zones, and with other working hours.
func TestInstants(t *testing.T) {
	shop := calendar(t, "Europe/Zurich", map[string][]string{"mon-fri": {"08:00-12:00", "13:30-18:30"}, "sat": {"09:00-12:00"}}, "2026-12-25", "2027-01-01")
	bank := calendar(t, "America/New_York", map[string][]string{"mon-fri": {"09:00-17:30"}}, "2026-11-26")
	always := hours.AroundTheClock(zone(t, "UTC"))
	for _, c := range []struct {
		name, zone, now, lang, text, want string
		cal                               *hours.Calendar
	}{
		{"a clock behind the desk's closing", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll call you by 8pm.", "2026-11-18 20:00 call", nil},
		{"closing of the calendar", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll reply by end of day.", "2026-11-18 18:30", shop},
		{"a Saturday that is worked", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll reply by Saturday.", "2026-11-21 12:00", shop},
		{"end of a week with Saturday", "Europe/Zurich", "2026-11-18 10:30", "de", "Ich melde mich bis Ende der Woche.", "2026-11-21 12:00", shop},
		{"a Sunday", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll reply by Sunday.", "?", shop},
		{"a holiday", "Europe/Zurich", "2026-12-22 10:30", "en", "I'll reply by Friday.", "?", shop},
		{"a holiday with its hour", "Europe/Zurich", "2026-12-22 10:30", "en", "I'll reply by Friday 3 pm.", "2026-12-25 15:00", shop},
		{"working days over Christmas", "Europe/Zurich", "2026-12-23 10:30", "de", "Ich melde mich innerhalb von 2 Werktagen.", "2026-12-26 12:00", shop},
		{"working days over Thanksgiving", "America/New_York", "2026-11-25 10:30", "en", "We will reply within 1 business day.", "2026-11-27 17:30", bank},
		{"working hours over night", "America/New_York", "2026-11-18 16:30", "en", "We will reply within 2 business hours.", "2026-11-19 10:00", bank},
		{"working hours without a calendar", "Europe/Berlin", "2026-11-20 16:30", "en", "We will reply within 2 working hours.", "2026-11-23 10:30", nil},
		{"first thing, by the calendar", "Europe/Zurich", "2026-11-18 19:30", "en", "I'll call you first thing tomorrow.", "2026-11-19 09:00 call", shop},
		{"first thing, said in the night", "Europe/Zurich", "2026-11-18 02:30", "en", "I'll call you first thing.", "2026-11-18 09:00 call", shop},
		{"by 8 opens", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll call you tomorrow at 8.", "2026-11-19 08:00 call", shop},
		{"by 6 is the evening", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll call you by 6.", "2026-11-18 18:00 call", shop},
		{"by 1 in the lunch break", "Europe/Zurich", "2026-11-18 10:30", "en", "I'll call you by 1.", "?", shop},
		{"by 3, both work", "UTC", "2026-11-18 01:30", "en", "I'll call you by 3.", "?", always},
		{"by 3, one has passed", "UTC", "2026-11-18 10:30", "en", "I'll call you by 3.", "2026-11-18 15:00 call", always},
		{"an hour that has passed", "Europe/Berlin", "2026-11-18 16:30", "en", "I'll call you by 3pm.", "?", nil},
		{"today behind closing", "Europe/Berlin", "2026-11-18 18:30", "en", "I'll reply today.", "?", nil},
		{"this morning in the afternoon", "Europe/Berlin", "2026-11-18 14:30", "en", "I'll reply this morning.", "?", nil},
		{"a Friday's Friday", "Europe/Berlin", "2026-11-20 10:30", "de", "Ich melde mich bis Freitag.", "?", nil},
		{"a Friday's Friday with an hour", "Europe/Berlin", "2026-11-20 10:30", "de", "Ich melde mich bis Freitag 15 Uhr.", "?", nil},
		{"today with its weekday", "Europe/Berlin", "2026-11-20 10:30", "de", "Ich melde mich heute, Freitag, bis 15 Uhr.", "2026-11-20 15:00", nil},
		{"end of week on a Saturday", "Europe/Berlin", "2026-11-21 10:30", "en", "I'll reply by the end of the week.", "?", nil},
		{"over the end of the year", "Europe/Berlin", "2026-12-30 10:30", "en", "I'll reply by 4 January.", "2027-01-04 17:00", nil},
		{"over the end of the year, in numbers", "Europe/Berlin", "2026-12-30 10:30", "de", "Ich melde mich bis zum 4.1.", "2027-01-04 17:00", nil},
		{"the last day of the year", "Europe/Berlin", "2026-12-30 10:30", "de", "Ich melde mich morgen bis 12 Uhr.", "2026-12-31 12:00", nil},
		{"midnight of the year", "Europe/Berlin", "2026-12-31 10:30", "en", "I'll reply by midnight.", "2027-01-01 00:00", nil},
		{"a leap day", "Europe/Berlin", "2028-02-28 10:30", "de", "Ich melde mich bis zum 29.2.", "2028-02-29 17:00", nil},
		{"no leap day", "Europe/Berlin", "2027-02-25 10:30", "de", "Ich melde mich bis zum 29.2.", "?", nil},
		{"a date that has just passed", "Europe/Berlin", "2026-11-18 10:30", "de", "Ich melde mich bis zum 17.11.", "?", nil},
		{"a date of this day", "Europe/Berlin", "2026-11-18 10:30", "de", "Ich melde mich bis zum 18.11.", "2026-11-18 17:00", nil},
		{"day and month with another weekday", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll reply by Thursday, 20 November.", "?", nil},
		{"a date with the month first", "America/New_York", "2026-11-18 10:30", "en-US", "I'll reply by 11/27.", "2026-11-27 17:30", bank},
		{"a date in two ways", "America/New_York", "2026-11-18 10:30", "en-US", "I'll reply by 12/11.", "?", bank},
		{"a date with one number twice", "America/New_York", "2026-11-18 10:30", "en-US", "I'll reply by 12/12 3 pm.", "2026-12-12 15:00", bank},
		{"a date in two ways, French", "Europe/Paris", "2026-11-18 10:30", "fr", "Je vous réponds avant le 3/12 à 15h.", "2026-12-03 15:00", nil},
		{"an hour of spring that is not", "Europe/Berlin", "2027-03-27 10:30", "en", "I'll reply tomorrow at 2:30 am.", "?", nil},
		{"an hour of autumn that is twice", "Europe/Berlin", "2026-10-24 10:30", "en", "I'll reply tomorrow at 2:30 am.", "?", nil},
		{"over the clock change, in hours", "Europe/Berlin", "2026-10-24 10:30", "en", "I'll reply in 24 hours.", "2026-10-25 09:30", nil},
		{"over the clock change, by the clock", "Europe/Berlin", "2026-10-24 10:30", "en", "I'll reply tomorrow at 3pm.", "2026-10-25 15:00", nil},
		{"a zone to the west", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll call you at 10 am EST.", "2026-11-18 16:00 call", nil},
		{"summer's name in winter", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll call you at 10 am EDT.", "?", nil},
		{"winter's name in summer", "Europe/Berlin", "2026-07-15 10:30", "de", "Ich rufe Sie um 15 Uhr MEZ an.", "?", nil},
		{"summer's name in summer", "America/New_York", "2026-07-15 07:30", "en", "I'll call you at 3 pm CEST.", "2026-07-15 09:00 call", nil},
		{"between two clock changes", "Europe/Berlin", "2026-10-28 10:30", "en", "I'll call you at 10 am ET.", "2026-10-28 15:00 call", nil},
		{"a zone in which it is another day", "Asia/Tokyo", "2026-11-18 10:30", "en", "I'll call you at 3 pm EST.", "?", nil},
		{"UTC", "Europe/Berlin", "2026-11-18 10:30", "en", "We will post an update at 14:00 UTC.", "2026-11-18 15:00", nil},
		{"the desk's zone is not the writer's", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll reply by end of day.", "2026-11-18 23:30", bank},
		{"a week away", "Europe/Berlin", "2026-11-18 10:30", "it", "La ricontatto tra una settimana.", "2026-11-25 17:00", nil},
		{"half an hour over midnight", "Europe/Berlin", "2026-11-18 23:45", "es", "Le llamo en media hora.", "2026-11-19 00:15 call", nil},
		{"an hour and a half", "Europe/Berlin", "2026-11-18 10:30", "fr", "Je vous rappelle dans une heure et demie.", "2026-11-18 12:00 call", nil},
		{"tonight with an hour", "Europe/Berlin", "2026-11-18 10:30", "en", "I'll email you tonight at 8.", "2026-11-18 20:00", nil},
		{"end of the month", "Europe/Zurich", "2026-12-15 10:30", "en", "I'll send it by the end of the month.", "2026-12-31 18:30", shop},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := wall(t, c.now, zone(t, c.zone))
			ps := Promises(c.text, Context{Now: now, Lang: c.lang, Hours: c.cal})
			if got := said(ps); got != c.want {
				t.Errorf("%q gives %s, must be %s; %+v", c.text, got, c.want, ps)
			}
			for _, p := range ps {
				lawful(t, c.text, p)
				if p.Sure && p.At.Location() != now.Location() {
					t.Errorf("the time is in the zone %v", p.At.Location())
				}
			}
		})
	}
}

// Where the words stand, and what is shown of them.
func TestWhere(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC)
	text := "Hello Anna,\n\nthank you. I'll get back to you\nby 3 pm today; sorry.\n\nBob"
	ps := Promises(text, Context{Now: now, Lang: "en"})
	if len(ps) != 1 || text[ps[0].Start:ps[0].End] != "by 3 pm today" || ps[0].Words != "I'll get back to you\nby 3 pm today; sorry." {
		t.Fatalf("got %+v", ps)
	}
	if ps[0].Why == "" || ps[0].Callback {
		t.Errorf("got %+v", ps[0])
	}
}

// What others wrote, and what the customer is asked to do.
func TestNotTheWriters(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"Thanks!\n\n> I'll get back to you by 3 pm.\n> I'll call by Friday.\nI'll send it by 4 pm.": "2026-11-18 16:00",
		"> I'll get back to you by 3 pm.":                       "-",
		"I'll send you the form, please return it by Friday.":   "-",
		"I'll send you the form; please return it by Friday.":   "-",
		"I'll send the form and please return it by Friday.":    "-",
		"He wrote \"I'll call by 3 pm\" and left.":              "-",
		"Monday to Friday 9-17, phone 030 315 1500, v3.15, $15": "-",
		"":          "-",
		"\n\n.\n!?": "-",
	} {
		if got := said(Promises(text, Context{Now: now, Lang: "en"})); got != want {
			t.Errorf("%q gives %s, must be %s", text, got, want)
		}
	}
}
