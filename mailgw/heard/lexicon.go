package heard

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/unicode/norm"
)

//go:embed lang/*.toml
var languageFiles embed.FS

// languages are those that we read, in the order in which they are tried.
var languages = [...]string{"en", "de", "fr", "es", "it"}

// languageFile is the form of lang/*.toml. Phrases are words as tokens: "p.m",
// "o'clock". One with accents is read without them, too, unless "=" stands before it.
type languageFile struct {
	Reach       int                 `toml:"reach"`         // how many words may stand between an auxiliary and its verb
	Strict      bool                `toml:"strict"`        // the word behind an auxiliary is its verb
	DotClock    bool                `toml:"dot_clock"`     // 15.30 is a clock
	SlashDay    bool                `toml:"slash_day"`     // 3/4 is 3 April
	TwentyFour  bool                `toml:"twenty_four"`   // 8:30 is in the morning
	FormAlone   bool                `toml:"form_alone"`    // a verb's form says who: "enviaremos"
	Umlauts     bool                `toml:"umlauts"`       // ae is ä
	JoinsParts  bool                `toml:"joins_parts"`   // "freitagmittag"
	OrdinalDot  bool                `toml:"ordinal_dot"`   // "27." is a day
	BareDay     bool                `toml:"bare_day"`      // "le 27" is a day
	InfinitiveP []string            `toml:"infinitive"`    // endings of verbs behind a word of class purpose
	Weekday     []string            `toml:"weekday"`       // from Monday; forms with | between them
	WeekdayAbbr []string            `toml:"weekday_short"` // the same
	Month       []string            `toml:"month"`         // from January
	Number      []string            `toml:"number"`        // from one
	Day         map[string][]string `toml:"day"`           // days from today
	Part        map[string][]string `toml:"part"`          // of the day, see parts
	Unit        map[string][]string `toml:"unit"`          // of time, see units
	Minutes     map[string][]string `toml:"minutes"`       // a length of time that is said in one phrase
	WeekEnd     map[string][]string `toml:"week_end"`      // weeks from now
	MonthEnd    map[string][]string `toml:"month_end"`     // months from now
	Before      map[string][]string `toml:"clock_before"`  // minutes that a phrase before the hour adds
	Behind      map[string][]string `toml:"clock_behind"`  // and behind it
	Zone        map[string][]string `toml:"zone"`          // see zones
	Words       map[string][]string `toml:"words"`         // by class, see wordClasses
}

// entry is one meaning of a phrase.
type entry struct {
	class class
	value int
}

// node is a place in the tree of phrases.
type node struct {
	next    map[string]*node
	entries []entry
	mask    class
}

// lexicon is one language, ready to be looked up. It never changes.
type lexicon struct {
	tag    string
	file   languageFile
	days   []string // names of days that may be misspelt
	events []string // things that have a time of their own, as they stand within longer words
	root   node
}

// loaded are the languages, read at the first use from what is embedded: a constant
// that Go cannot write as one.
var loaded = sync.OnceValues(readAll)

// readAll reads the languages in their order.
func readAll() ([]*lexicon, error) {
	var out []*lexicon
	for _, tag := range languages {
		data, err := languageFiles.ReadFile("lang/" + tag + ".toml")
		if err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", tag, err)
		}
		l := &lexicon{tag: tag}
		if err := l.read(string(data)); err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", tag, err)
		}
		out = append(out, l)
	}
	return out, nil
}

func (l *lexicon) read(data string) error {
	meta, err := toml.Decode(data, &l.file)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return fmt.Errorf("%w: %v", errUnknownClass, extra)
	}
	f := &l.file
	l.list(f.Weekday, weekdayWord, 1)
	for _, names := range append(f.Weekday, f.Day["1"]...) {
		for one := range strings.SplitSeq(names, "|") {
			if one = strings.TrimPrefix(one, "="); !strings.Contains(one, " ") && len(one) >= 5 && len(one) <= 13 {
				l.days = append(l.days, one)
			}
		}
	}
	l.list(f.WeekdayAbbr, weekdayShort, 1)
	l.list(f.Month, monthWord, 1)
	l.list(f.Number, numberWord, 1)
	for _, m := range []struct {
		class class
		words map[string][]string
		names []string
	}{
		{dayWord, f.Day, nil}, {partWord, f.Part, parts}, {unitWord, f.Unit, units}, {minutesWord, f.Minutes, nil}, {weekEnd, f.WeekEnd, nil},
		{monthEnd, f.MonthEnd, nil}, {clockBefore, f.Before, nil}, {clockBehind, f.Behind, nil}, {zoneWord, f.Zone, zoneNames},
	} {
		if err := l.table(m.words, m.class, m.names); err != nil {
			return err
		}
	}
	for name, phrases := range f.Words {
		c, ok := wordClasses[name]
		if !ok {
			return fmt.Errorf("%w: words.%s", errUnknownClass, name)
		}
		for _, p := range phrases {
			l.add(p, entry{c, 0})
		}
	}
	for _, e := range f.Words["event"] {
		if !strings.Contains(e, " ") && len(e) >= 6 {
			l.events = append(l.events, e)
		}
	}
	if f.JoinsParts {
		l.joinParts()
	}
	return nil
}

// list adds phrases that are numbered by their place.
func (l *lexicon) list(phrases []string, c class, first int) {
	for i, p := range phrases {
		for one := range strings.SplitSeq(p, "|") {
			if one != "" {
				l.add(one, entry{c, first + i})
			}
		}
	}
}

// table adds phrases by the number, or the name, that they stand under.
func (l *lexicon) table(words map[string][]string, c class, names []string) error {
	for key, phrases := range words {
		value, err := strconv.Atoi(key)
		if names != nil {
			value, err = indexOf(names, key)
		}
		if err != nil {
			return fmt.Errorf("%w: %q", errUnknownClass, key)
		}
		for _, p := range phrases {
			l.add(p, entry{c, value})
		}
	}
	return nil
}

func indexOf(names []string, name string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, errUnknownClass
}

// joinParts adds "freitagmittag" and its like.
func (l *lexicon) joinParts() {
	for i, day := range l.file.Weekday {
		for name, phrases := range l.file.Part {
			part, err := indexOf(parts, name)
			if err != nil {
				continue
			}
			for _, p := range phrases {
				if !strings.Contains(p, " ") {
					l.add(day+strings.TrimPrefix(p, "="), entry{weekdayWord, part<<8 | (i + 1)})
				}
			}
		}
	}
}

// add puts a phrase into the tree, also without its accents.
func (l *lexicon) add(phrase string, e entry) {
	exact := strings.HasPrefix(phrase, "=")
	phrase = strings.TrimPrefix(phrase, "=")
	l.insert(phrase, e)
	if exact {
		return
	}
	if f := fold(phrase); f != phrase {
		l.insert(f, e)
	}
	if l.file.Umlauts {
		if f := umlauts.Replace(phrase); f != phrase {
			l.insert(f, e)
		}
	}
}

func (l *lexicon) insert(phrase string, e entry) {
	at := &l.root
	for _, t := range tokenize(phrase) {
		if at.next == nil {
			at.next = map[string]*node{}
		}
		to := at.next[t.low]
		if to == nil {
			to = &node{}
			at.next[t.low] = to
		}
		at = to
	}
	for _, have := range at.entries {
		if have == e {
			return
		}
	}
	at.entries = append(at.entries, e)
	at.mask |= e.class
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// fold takes the accents off.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
