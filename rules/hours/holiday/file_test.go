package holiday

import (
	"strings"
	"testing"
)

// ics is a calendar of events, each a few lines divided by |.
func ics(list ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
	for _, e := range list {
		b.WriteString("BEGIN:VEVENT\r\n" + strings.ReplaceAll(e, "|", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

func TestParseFile(t *testing.T) {
	cases := []struct {
		name, text string
		want       string // "date name", divided by |; of rules up to 2031
	}{
		{"one day", ics("DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:20261226|SUMMARY:Christmas"), "2026-12-25 Christmas"},
		{"the end is not in it", ics("DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20270102|SUMMARY:Shut"),
			"2026-12-24 Shut|2026-12-25 Shut|2026-12-26 Shut|2026-12-27 Shut|2026-12-28 Shut|2026-12-29 Shut|2026-12-30 Shut|2026-12-31 Shut|2027-01-01 Shut"},
		{"no end", ics("DTSTART;VALUE=DATE:20261225|SUMMARY:X"), "2026-12-25 X"},
		{"the end is the day itself", ics("DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:20261225|SUMMARY:X"), "2026-12-25 X"},
		{"a duration", ics("DTSTART;VALUE=DATE:20281228|DURATION:P2D|SUMMARY:X"), "2028-12-28 X|2028-12-29 X"},
		{"weeks", ics("DTSTART;VALUE=DATE:20281228|DURATION:P1W|SUMMARY:X"), "2028-12-28 X|2028-12-29 X|2028-12-30 X|2028-12-31 X|2029-01-01 X|2029-01-02 X|2029-01-03 X"},
		{"without VALUE", ics("DTSTART:20261225|SUMMARY:X"), "2026-12-25 X"},
		{"over the change of the clock", ics("DTSTART;VALUE=DATE:20260328|DTEND;VALUE=DATE:20260331|SUMMARY:X"), "2026-03-28 X|2026-03-29 X|2026-03-30 X"},
		{"every year", ics("DTSTART;VALUE=DATE:20290801|RRULE:FREQ=YEARLY|SUMMARY:X"), "2029-08-01 X|2030-08-01 X|2031-08-01 X"},
		{"every second year, two times", ics("DTSTART;VALUE=DATE:20260801|RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2|SUMMARY:X"), "2026-08-01 X|2028-08-01 X"},
		{"until a day, that one too", ics("DTSTART;VALUE=DATE:20260801|RRULE:FREQ=YEARLY;UNTIL=20280801|SUMMARY:X"), "2026-08-01 X|2027-08-01 X|2028-08-01 X"},
		{"the fourth Thursday", ics("DTSTART;VALUE=DATE:20281123|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH|SUMMARY:X"), "2028-11-23 X|2029-11-22 X|2030-11-28 X|2031-11-27 X"},
		{"the last Monday", ics("DTSTART;VALUE=DATE:20300527|RRULE:freq=yearly;bymonth=5;byday=-1MO|SUMMARY:X"), "2030-05-27 X|2031-05-26 X"},
		{"a leap day", ics("DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY;UNTIL=20301231|SUMMARY:X"), "2024-02-29 X|2028-02-29 X"},
		{"several days every year", ics("DTSTART;VALUE=DATE:20301231|DTEND;VALUE=DATE:20310102|RRULE:FREQ=YEARLY;COUNT=1|SUMMARY:X"), "2030-12-31 X|2031-01-01 X"},
		{"not in one year", ics("DTSTART;VALUE=DATE:20290801|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20300801|SUMMARY:X"), "2029-08-01 X|2031-08-01 X"},
		{"not in several", ics("DTSTART;VALUE=DATE:20280801|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20300801, 20280801|EXDATE:20310801|SUMMARY:X"), "2029-08-01 X"},
		{"all days of an event that is not", ics("DTSTART;VALUE=DATE:20300101|DTEND;VALUE=DATE:20300103|RRULE:FREQ=YEARLY|EXDATE:20310101|SUMMARY:X"), "2030-01-01 X|2030-01-02 X"},
		{"one day is moved", ics("UID:a|DTSTART;VALUE=DATE:20290801|RRULE:FREQ=YEARLY|SUMMARY:X", "UID:a|RECURRENCE-ID;VALUE=DATE:20300801|DTSTART;VALUE=DATE:20300802|SUMMARY:Y"),
			"2029-08-01 X|2030-08-02 Y|2031-08-01 X"},
		{"one day is cancelled", ics("UID:a|RECURRENCE-ID:20300801|DTSTART:20300801|STATUS:CANCELLED", "UID:a|DTSTART;VALUE=DATE:20290801|RRULE:FREQ=YEARLY|SUMMARY:X"), "2029-08-01 X|2031-08-01 X"},
		{"further days", ics("DTSTART:20260801|RDATE;VALUE=DATE:20260803,20260805|SUMMARY:X"), "2026-08-01 X|2026-08-03 X|2026-08-05 X"},
		{"cancelled", ics("DTSTART:20260801|STATUS:cancelled", "DTSTART:20260802|STATUS:CONFIRMED|SUMMARY:X"), "2026-08-02 X"},
		{"free in the owner's calendar", ics("DTSTART;VALUE=DATE:20261225|TRANSP:TRANSPARENT|SUMMARY:X"), "2026-12-25 X"},
		{"folded, escaped, in other words", ics(`DTSTART;X-A="a:b;c",d;value=date:20261225|summary;LANGUAGE=de:Weihnachten\, Stephans|` + " tag\\n und\\; mehr"), "2026-12-25 Weihnachten, Stephanstag und; mehr"},
		{"an alarm in it", ics("DTSTART:20261225|SUMMARY:X|BEGIN:VALARM|TRIGGER:-PT15M|SUMMARY:Y|DTSTART:20200101|END:VALARM"), "2026-12-25 X"},
		{"no name", ics("DTSTART:20261225"), "2026-12-25 an event without SUMMARY"},
		{"other components, two calendars, bare line ends", "\ufeffBEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n\n" +
			strings.ReplaceAll(ics("DTSTART:20261225|SUMMARY:X"), "\r", ""), "2026-12-25 X"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			days, errs := ParseFile("days.ics", []byte(c.text))
			var got []string
			for _, d := range days {
				if d.Source != "days.ics" {
					t.Errorf("%+v", d)
				}
				if d.Date.Year <= 2031 {
					got = append(got, d.Date.String()+" "+d.Name)
				}
			}
			if strings.Join(got, "|") != c.want || errs != nil {
				t.Errorf("got\n%s\n%v\nwant\n%s", strings.Join(got, "|"), errs, c.want)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string // the start of each error
	}{
		{"empty", "", []string{"line 0: has no event; write BEGIN:VEVENT"}},
		{"no event", ics(), []string{"line 0: has no event"}},
		{"a page instead", "<!DOCTYPE html>\n<html>", []string{`line 1: is no line of an iCalendar file (got "<!DOCTYPE html>"); write`}},
		{"a parameter without a value", ics("DTSTART;A"), []string{`line 4: is no line of`}},
		{"a parameter without an end", ics(`DTSTART;A="b:c`), []string{`line 4: is no line of`}},
		{"an event alone", "BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\n", []string{"line 2: stands outside of a calendar; write BEGIN:VCALENDAR"}},
		{"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n", []string{`line 2: "VEVENT" has no END, so the file is cut off`}},
		{"crossed", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", []string{`line 3: ends "VCALENDAR", but "VEVENT" of line 2 is open; write its END`}},
		{"too deep", strings.Repeat("BEGIN:VCALENDAR\n", 9), []string{"line 9: is the 8th component inside of another"}},
		{"a meeting", ics("SUMMARY:Lunch|DTSTART;TZID=Europe/Zurich:20261224T120000|DTEND;TZID=Europe/Zurich:20261224T130000"),
			[]string{`line 5: Lunch has a time of day (got "20261224T120000"), and only whole days are holidays; write DTSTART;VALUE=DATE:20261224, or take the event out and write a short day`}},
		{"it ends at a time", ics("DTSTART:20261224|DTEND:20261225T120000Z"), []string{`line 5: an event without SUMMARY has a time of day (got "20261225T120000Z"), and only whole days are holidays; write DTEND;VALUE=DATE:20261225`}},
		{"no start", ics("SUMMARY:X"), []string{"line 3: X has no DTSTART"}},
		{"no such day", ics("DTSTART;VALUE=DATE:20260230"), []string{`line 4: DTSTART is no date (got "20260230"); write DTSTART;VALUE=DATE:20261225`}},
		{"another no such day", ics("DTSTART:20260229|EXDATE:2026", "DTSTART:20260228|EXDATE:2026"), []string{`line 4: DTSTART is no date`, `line 9: EXDATE is no date (got "2026")`}},
		{"ends before it starts", ics("SUMMARY:X|DTSTART:20261225|DTEND:20261224"), []string{"line 6: X does not last from 1 to 366 days"}},
		{"two years", ics("SUMMARY:X|DTSTART:20261225|DTEND:20281224"), []string{"line 6: X does not last from 1 to 366 days"}},
		{"hours", ics("SUMMARY:X|DTSTART:20261225|DURATION:PT8H"), []string{"line 6: X does not last from 1 to 366 days"}},
		{"every week", ics("DTSTART:20261225|RRULE:FREQ=WEEKLY;BYDAY=FR"), []string{`line 5: the rule is not understood ("FREQ=WEEKLY": only YEARLY is understood; got "FREQ=WEEKLY;BYDAY=FR"); write FREQ=YEARLY`}},
		{"every second", ics("DTSTART:20261225|RRULE:FREQ=YEARLY;BYSECOND=1,2,3"), []string{`line 5: the rule is not understood ("BYSECOND=1,2,3": is not understood; got`}},
		{"no rule", ics("DTSTART:20261225|RRULE:"), []string{`line 5: the rule is not understood ("": is not understood; got "")`}},
		{"only a part", ics("DTSTART:20261225|RRULE:BYMONTH=1"), []string{`line 5: the rule is not understood (`}},
		{"another start", ics("DTSTART:20261225|RRULE:FREQ=YEARLY;DTSTART=00010101"), []string{`line 5: the rule is not understood ("DTSTART=00010101": is not understood`}},
		{"backwards", ics("DTSTART:20261225|RRULE:FREQ=YEARLY;INTERVAL=-1"), []string{`line 5: the rule is not understood ("INTERVAL=-1": "-1" is no number from 1 to 100; got`}},
		{"long ago", ics("DTSTART:00010101|RRULE:FREQ=YEARLY"), []string{`line 5: the rule is not understood (it begins before 1900`}},
		{"a day that never comes", ics("DTSTART:20261225|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "DTSTART:20261225|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
			[]string{`line 5: the rule names no day from its DTSTART to 2099 (got "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")`, `line 9: the rule names no day`}},
		{"two rules", ics("SUMMARY:X|DTSTART:20261225|RRULE:FREQ=YEARLY|RRULE:FREQ=YEARLY"), []string{`line 7: is the second RRULE of X`}},
		{"a long rule", ics("DTSTART:20261225|RRULE:FREQ=YEARLY;BYMONTHDAY=1" + strings.Repeat(",1", 100)), []string{`line 5: the rule is not understood (it has more than 200 bytes;`}},
		{"all days of all years", ics("DTSTART:20000101|DTEND:20001231|RRULE:FREQ=YEARLY"), []string{`line 3: closes more than the 20000 days`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			days, errs := ParseFile("days.ics", []byte(c.text))
			ok := len(errs) == len(c.want) && days == nil
			for i := range errs {
				ok = ok && strings.HasPrefix(errs[i].Error(), c.want[i])
			}
			if !ok {
				t.Errorf("%d days, errors %v\nwant %q", len(days), errs, c.want)
			}
		})
	}
}

// A file with more rules than anybody has is not read to its end.
func TestTooManyRules(t *testing.T) {
	list := make([]string, 1000)
	for i := range list {
		list[i] = "DTSTART:20980801|RRULE:FREQ=YEARLY"
	}
	_, errs := ParseFile("days.ics", []byte(ics(list...)))
	if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "line 2005: is one RRULE more than the 500") {
		t.Error(errs)
	}
}

// A file with a thousand wrong events tells of twenty.
func TestFileErrorsEnd(t *testing.T) {
	list := make([]string, 1000)
	for i := range list {
		list[i] = "SUMMARY:X|RECURRENCE-ID:tomorrow"
	}
	if _, errs := ParseFile("days.ics", []byte(ics(list...))); len(errs) != maxErrors {
		t.Errorf("%d errors", len(errs))
	}
}

// FuzzParseFile: whatever the file is, it is read in bounded work, and what is closed has a date and a name.
func FuzzParseFile(f *testing.F) {
	f.Add(ics("DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20270102|RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=1,12;BYDAY=-1MO,SU;WKST=SU|EXDATE:20280101|SUMMARY:a\\,b"))
	f.Add(ics("UID:1|DTSTART:20260801|RRULE:FREQ=YEARLY;BYYEARDAY=-1,366;BYSETPOS=1;COUNT=9", "UID:1|RECURRENCE-ID:20271231|DTSTART:20280101|DURATION:P3D|RDATE:20290101"))
	f.Add(ics("DTSTART;X=\"y:z\";V:20261225T000000Z|RRULE:FREQ=YEARLY;BYWEEKNO=53;UNTIL=20300101T000000Z"))
	f.Add("BEGIN:VCALENDAR\nX\n Y:1\nEND:VCALENDAR")
	f.Fuzz(func(t *testing.T, text string) {
		days, errs := ParseFile("f", []byte(text))
		if len(errs) > maxErrors || len(days) > maxDays || len(errs) > 0 && days != nil || len(errs)+len(days) == 0 && !strings.Contains(strings.ToUpper(text), "VEVENT") {
			t.Fatalf("%d days, %d errors", len(days), len(errs))
		}
		for _, d := range days {
			if d.Name == "" || d.Source != "f" || strings.ContainsAny(d.Name, "\r\n\x00") {
				t.Fatalf("%+v", d)
			}
		}
		for _, err := range errs {
			if strings.ContainsAny(err.Error(), "\r\n\x00\x1b") {
				t.Fatalf("%q", err)
			}
		}
	})
}
