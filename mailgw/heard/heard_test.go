package heard

import (
	"errors"
	"testing"
)

// Each language has the words without which it would be sure of too much, or see nothing.
func TestLanguages(t *testing.T) {
	all, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(languages) {
		t.Fatalf("%d languages", len(all))
	}
	for _, l := range all {
		f := l.file
		if len(f.Weekday) != 7 || len(f.WeekdayAbbr) != 7 || len(f.Month) != 12 || len(f.Number) != 12 {
			t.Errorf("%s: %d weekdays, %d short, %d months, %d numbers", l.tag, len(f.Weekday), len(f.WeekdayAbbr), len(f.Month), len(f.Number))
		}
		for _, name := range []string{"by", "at", "on", "in", "around", "after", "of", "for", "between", "range", "glue", "latest", "subject", "will", "weak", "verb", "phrase", "not", "if", "hedge",
			"that", "please", "and", "idle", "colleague", "every", "correct", "need", "event", "other", "neutral", "news", "fuzzy", "next", "last", "next_workday"} {
			if len(f.Words[name]) == 0 {
				t.Errorf("%s: no words.%s", l.tag, name)
			}
		}
		for _, unit := range units[1:] {
			if len(f.Unit[unit]) == 0 {
				t.Errorf("%s: no unit.%s", l.tag, unit)
			}
		}
		for _, part := range parts[1:] {
			if len(f.Part[part]) == 0 {
				t.Errorf("%s: no part.%s", l.tag, part)
			}
		}
	}
}

// A name that is not known does not pass for a word of no meaning.
func TestLanguageFileIsStrict(t *testing.T) {
	for _, data := range []string{"[words]\nbuy = [\"by\"]\n", "[part]\ntea = [\"tea\"]\n", "[unit]\nfortnight = [\"fortnight\"]\n", "[day]\nsoon = [\"soon\"]\n", "weekdays = []\n"} {
		if err := new(lexicon).read(data); !errors.Is(err, errUnknownClass) {
			t.Errorf("%q gives %v", data, err)
		}
	}
}
