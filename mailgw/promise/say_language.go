package promise

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// languageFiles are what each language needs to say a time, one file a language;
// en.toml explains the keys.
//
//go:embed lang/*.toml
var languageFiles embed.FS

// fallback is the language of those that we do not have.
const fallback = "en"

// languageFile is the form of lang/*.toml.
type languageFile struct {
	Today    string   `toml:"today"`
	Tomorrow string   `toml:"tomorrow"`
	Later    string   `toml:"later"`
	Midnight string   `toml:"midnight"`
	Clock    string   `toml:"clock"`
	One      string   `toml:"one"`
	Date     string   `toml:"date"`
	DateYear string   `toml:"date_year"`
	First    string   `toml:"first"`
	Weekdays []string `toml:"weekdays"`
	Before   []string `toml:"before"`
	After    []string `toml:"after"`
	Months   []string `toml:"months"`
}

// language is a file, read. Nothing changes it.
type language struct {
	today, tomorrow, later, midnight form
	clock, one                       form // {time}, and from 01:00 to 01:59
	date, dateYear                   form
	first                            string   // {day} on the first of a month
	weekdays, before, after          []string // from Sunday; in midnight, the old and the new day
	months                           []string
}

// languages are all that we have, by tag, read at the first use. They depend on
// nothing but the embedded files: they are a constant that Go cannot write as one.
var languages = sync.OnceValue(func() map[string]*language {
	all, err := readLanguages()
	if err != nil {
		panic("promise: " + err.Error()) // TestLanguageFiles reads the same files
	}
	return all
})

// Languages are the tags of the languages in which a time can be said, sorted.
func Languages() []string { return slices.Sorted(maps.Keys(languages())) }

// languageOf returns the language of a tag such as "de" or "de-CH"; English where
// there is none.
func languageOf(tag string) *language {
	all := languages()
	if l := all[tag]; l != nil {
		return l
	}
	base := tag
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		base = tag[:i]
	}
	if l := all[strings.ToLower(base)]; l != nil {
		return l
	}
	return all[fallback]
}

func readLanguages() (map[string]*language, error) {
	files, err := languageFiles.ReadDir("lang")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	all := make(map[string]*language)
	for _, f := range files {
		raw, err := languageFiles.ReadFile("lang/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read a language: %w", err)
		}
		if all[strings.TrimSuffix(f.Name(), ".toml")], err = readLanguage(string(raw)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return all, nil
}

// readLanguage reads a file. It must say everything that makes a time clear.
func readLanguage(raw string) (*language, error) {
	var f languageFile
	md, err := toml.Decode(raw, &f)
	if err != nil {
		return nil, err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %s", extra[0])
	}
	l := &language{first: f.First, weekdays: f.Weekdays, before: f.Before, after: f.After, months: f.Months}
	if l.first == "" {
		l.first = "1"
	}
	if f.One == "" {
		f.One = f.Clock
	}
	if l.before == nil {
		l.before = l.weekdays
	}
	if l.after == nil {
		l.after = l.weekdays
	}
	for _, r := range []struct {
		key    string
		text   string
		form   *form
		values []string
	}{
		{"today", f.Today, &l.today, []string{"time", "weekday", "date", "zone"}},
		{"tomorrow", f.Tomorrow, &l.tomorrow, []string{"time", "weekday", "date", "zone"}},
		{"later", f.Later, &l.later, []string{"time", "weekday", "date", "zone"}},
		{"midnight", f.Midnight, &l.midnight, []string{"time", "before", "date_before", "weekday", "date", "zone"}},
		{"clock", f.Clock, &l.clock, []string{"clock"}},
		{"one", f.One, &l.one, []string{"clock"}},
		{"date", f.Date, &l.date, []string{"day", "month"}},
		{"date_year", f.DateYear, &l.dateYear, []string{"day", "month", "year"}},
	} {
		if *r.form, err = readForm(r.text, r.values...); err != nil {
			return nil, fmt.Errorf("%s: %w", r.key, err)
		}
	}
	return l, l.complete()
}

// complete wants a name of its own for each day and each month.
func (l *language) complete() error {
	for _, list := range []struct {
		key   string
		names []string
		want  int
	}{{"weekdays", l.weekdays, 7}, {"before", l.before, 7}, {"after", l.after, 7}, {"months", l.months, 12}} {
		seen := make(map[string]bool)
		for _, name := range list.names {
			seen[name] = true
		}
		if len(list.names) != list.want || len(seen) != list.want || seen[""] {
			return fmt.Errorf("%s: must be %d different names (got %q)", list.key, list.want, list.names)
		}
	}
	return nil
}
