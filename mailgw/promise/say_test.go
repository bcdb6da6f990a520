package promise

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSay reads testdata/said.txt.
func TestSay(t *testing.T) {
	raw, err := os.ReadFile("testdata/said.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, block := range strings.Split(string(raw), "\n= ")[1:] {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		t.Run(lines[0], func(t *testing.T) {
			times := strings.Fields(lines[1])
			loc, err := time.LoadLocation(times[2])
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines[2:] {
				lang, want, _ := strings.Cut(line, " ")
				count[lang]++
				if got := Say(at(t, times[0]), at(t, times[1]), loc, lang); got != want {
					t.Errorf("%s: got %q, want %q", lang, got, want)
				}
			}
		})
	}
	for _, lang := range Languages() {
		if count[lang] < 25 {
			t.Errorf("%s has %d cases", lang, count[lang])
		}
	}
}

func TestSayLanguageTags(t *testing.T) {
	due, now := at(t, "2026-07-14T15:00:00Z"), at(t, "2026-07-14T09:12:00Z")
	for tag, start := range map[string]string{
		"": "by ", "en-GB": "by ", "sv": "by ", "deu": "by ", "-": "by ", "de-CH": "bis ", "DE": "bis ", "de_AT": "bis ", "fr-CA": "au plus tard ",
		"it-CH": "entro ", "es-419": "a más tardar ", "pt-BR": "até ", "pt_PT": "até ", "nl-BE": "uiterlijk ", "PL": "do godziny ",
	} {
		if got := Say(due, now, time.UTC, tag); !strings.HasPrefix(got, start) {
			t.Errorf("%q: %q", tag, got)
		}
	}
}

func TestLanguageFiles(t *testing.T) {
	if _, err := readLanguages(); err != nil {
		t.Fatal(err)
	}
	if got := Languages(); !slices.Equal(got, []string{"de", "en", "es", "fr", "it", "nl", "pl", "pt"}) {
		t.Errorf("languages %q", got)
	}
}

// A file that cannot say every time clearly is not read.
func TestReadLanguageRefuses(t *testing.T) {
	english, err := languageFiles.ReadFile("lang/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(english), "") // the comments name the values too
	for name, c := range map[string]struct{ old, new, says string }{
		"no toml":              {`clock = `, `clock `, "expected"},
		"unknown key":          {`clock = `, `hour = "x"` + "\nclock = ", "unknown key hour"},
		"no zone":              {`{date} ({zone})`, `{date}`, "today: "},
		"no weekday":           {`on {weekday}, `, ``, "lacks {weekday}"},
		"twice":                {`today, {weekday} {date}`, `today, {date} {date}`, "stands there twice"},
		"no such thing":        {`today, {weekday}`, `today, {day} {weekday}`, "{day}, which is unknown"},
		"left open":            {`{clock}"`, `{clock"`, "clock: "},
		"never opened":         {`{clock}"`, `{clock}}"`, "that nothing opens"},
		"no year":              {`{day} {month} {year}`, `{day} {month}`, "date_year: "},
		"a year too many":      {`"{day} {month}"`, `"{day} {month} {year}"`, "date: "},
		"no old day":           {`from {before} {date_before} to`, `to`, "lacks {before}"},
		"a missing day":        {`"Sunday", `, ``, "weekdays: must be 7"},
		"a day twice":          {`"Sunday"`, `"Monday"`, "weekdays: must be 7"},
		"a month without":      {`"May"`, `""`, "months: must be 12"},
		"days in a wrong form": {`clock = `, `before = ["Sunday"]` + "\nclock = ", "before: must be 7"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(plain, c.old, c.new, 1)
			if changed == plain {
				t.Fatal("nothing is changed")
			}
			if _, err := readLanguage(changed); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}
