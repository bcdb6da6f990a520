package promise

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSay(t *testing.T) {
	cases := []struct {
		name, due, now, zone string
		en, de, fr           string
	}{
		{"today", "2026-07-14T15:00:00+02:00", "2026-07-14T09:12:00+02:00", "Europe/Zurich",
			"by 15:00 today, Tuesday 14 July (CEST)",
			"bis heute, Dienstag, 14. Juli, 15:00 Uhr (CEST)",
			"au plus tard aujourd’hui, mardi 14 juillet, à 15:00 (CEST)"},
		{"tomorrow", "2026-07-15T10:30:00+02:00", "2026-07-14T16:12:00+02:00", "Europe/Zurich",
			"by 10:30 tomorrow, Wednesday 15 July (CEST)",
			"bis morgen, Mittwoch, 15. Juli, 10:30 Uhr (CEST)",
			"au plus tard demain, mercredi 15 juillet, à 10:30 (CEST)"},
		{"later", "2026-07-20T11:00:00+02:00", "2026-07-17T16:12:00+02:00", "Europe/Zurich",
			"by 11:00 on Monday, 20 July (CEST)",
			"bis Montag, 20. Juli, 11:00 Uhr (CEST)",
			"au plus tard lundi 20 juillet à 11:00 (CEST)"},
		{"the first of a month", "2026-09-01T09:05:00+02:00", "2026-08-28T16:12:00+02:00", "Europe/Zurich",
			"by 09:05 on Tuesday, 1 September (CEST)",
			"bis Dienstag, 1. September, 09:05 Uhr (CEST)",
			"au plus tard mardi 1er septembre à 09:05 (CEST)"},
		{"next year", "2027-01-04T11:00:00+01:00", "2026-12-30T16:12:00+01:00", "Europe/Zurich",
			"by 11:00 on Monday, 4 January 2027 (CET)",
			"bis Montag, 4. Januar 2027, 11:00 Uhr (CET)",
			"au plus tard lundi 4 janvier 2027 à 11:00 (CET)"},
		{"tomorrow is next year", "2027-01-01T10:30:00+01:00", "2026-12-31T16:12:00+01:00", "Europe/Zurich",
			"by 10:30 tomorrow, Friday 1 January 2027 (CET)",
			"bis morgen, Freitag, 1. Januar 2027, 10:30 Uhr (CET)",
			"au plus tard demain, vendredi 1er janvier 2027, à 10:30 (CET)"},
		{"another year there, not here", "2026-12-31T23:30:00Z", "2026-12-31T22:30:00Z", "Europe/Zurich",
			"by 00:30 tomorrow, Friday 1 January 2027 (CET)", "bis morgen, Freitag, 1. Januar 2027, 00:30 Uhr (CET)", ""},
		{"midnight belongs to the new day", "2026-07-15T00:00:00+02:00", "2026-07-14T23:20:00+02:00", "Europe/Zurich",
			"by 00:00 tomorrow, Wednesday 15 July (CEST)", "", ""},
		{"the clock changes before it is due", "2026-10-26T10:00:00+01:00", "2026-10-23T16:40:00+02:00", "Europe/Zurich",
			"by 10:00 on Monday, 26 October (CET)", "", ""},
		{"tomorrow after a day of 23 hours", "2026-03-30T00:10:00+02:00", "2026-03-29T00:20:00+01:00", "Europe/Zurich",
			"by 00:10 tomorrow, Monday 30 March (CEST)", "", ""},
		{"the first 02:15 of two", "2026-10-25T02:15:00+02:00", "2026-10-25T01:45:00+02:00", "Europe/Zurich",
			"by 02:15 today, Sunday 25 October (CEST)", "", ""},
		{"the second 02:15 of two", "2026-10-25T02:15:00+01:00", "2026-10-25T02:45:00+02:00", "Europe/Zurich",
			"by 02:15 today, Sunday 25 October (CET)", "", ""},
		{"seconds are cut off", "2026-07-14T15:04:59+02:00", "2026-07-14T15:04:00+02:00", "Europe/Zurich",
			"by 15:04 today, Tuesday 14 July (CEST)", "", ""},
		{"already past", "2026-07-13T15:00:00+02:00", "2026-07-14T15:04:00+02:00", "Europe/Zurich",
			"by 15:00 on Monday, 13 July (CEST)", "", ""},
		{"tomorrow there, today here", "2026-07-14T17:00:00+02:00", "2026-07-14T16:00:00+02:00", "Asia/Tokyo",
			"by 00:00 tomorrow, Wednesday 15 July (JST)", "", ""},
		{"a zone without letters", "2026-07-14T15:00:00+02:00", "2026-07-14T09:12:00+02:00", "Europe/Istanbul",
			"by 16:00 today, Tuesday 14 July (UTC+3)", "bis heute, Dienstag, 14. Juli, 16:00 Uhr (UTC+3)", ""},
		{"with a quarter of an hour", "2026-07-14T15:00:00Z", "2026-07-14T09:12:00Z", "Asia/Kathmandu",
			"by 20:45 today, Tuesday 14 July (UTC+5:45)", "", ""},
		{"letters that mean two places", "2026-07-14T15:00:00+08:00", "2026-07-14T09:12:00+08:00", "Asia/Shanghai",
			"by 15:00 today, Tuesday 14 July (CST, UTC+8)", "", ""},
		{"universal time", "2026-07-14T15:00:00Z", "2026-07-14T09:12:00Z", "UTC",
			"by 15:00 today, Tuesday 14 July (UTC)", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			loc, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			for lang, want := range map[string]string{"en": c.en, "de": c.de, "fr": c.fr} {
				if got := Say(at(t, c.due), at(t, c.now), loc, lang); want != "" && got != want {
					t.Errorf("%s: got %q, want %q", lang, got, want)
				}
			}
		})
	}
}

func TestSayLanguageTags(t *testing.T) {
	due, now := at(t, "2026-07-14T15:00:00Z"), at(t, "2026-07-14T09:12:00Z")
	for tag, start := range map[string]string{
		"": "by ", "en-GB": "by ", "pl": "by ", "deu": "by ", "de-CH": "bis ", "DE": "bis ", "de_AT": "bis ", "fr-CA": "au plus tard ",
	} {
		if got := Say(due, now, time.UTC, tag); !strings.HasPrefix(got, start) {
			t.Errorf("%q: %q", tag, got)
		}
	}
}

// Whatever the time and zone, what is said has a clock time, a weekday, a date
// and a zone, nothing is left unfilled, and every day has its own words.
func TestSayIsComplete(t *testing.T) {
	form := regexp.MustCompile(`^[^{}]*\b\d\d:\d\d\b[^{}]*\(([A-Z]+|UTC[+-]\d+(:\d\d)?|[A-Z]+, UTC([+-]\d+(:\d\d)?)?)\)$`)
	zones := []string{"Europe/Zurich", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"}
	base := at(t, "2026-01-01T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := base.Add(time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "now")) * time.Minute)
		due := now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ahead")) * time.Minute)
		for _, tag := range []string{"en", "de", "fr"} {
			got, l := Say(due, now, loc, tag), languageOf(tag)
			local := due.In(loc)
			if !form.MatchString(got) || !strings.Contains(got, l.weekdays[local.Weekday()]) ||
				!strings.Contains(got, l.months[local.Month()-1]) || !strings.Contains(got, local.Format("15:04")) {
				t.Fatalf("%s: %q", tag, got)
			}
			if later := Say(due.AddDate(0, 0, 1), now, loc, tag); later == got {
				t.Fatalf("%s: two days are both %q", tag, got)
			}
		}
	})
}
