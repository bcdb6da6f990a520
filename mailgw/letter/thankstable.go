package letter

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// thanksFiles are the phrases, one file a language; en.txt says how they are read.
//
//go:embed thanks/*.txt
var thanksFiles embed.FS

// thanksKind is what a phrase does in a mail that says thank you.
type thanksKind int

const (
	kindHello  thanksKind = iota + 1 // opens it; a name may follow
	kindThanks                       // thanks
	kindSolved                       // says that all is well; without thanks it proves nothing
	kindAlso                         // may stand beside, proves nothing
	kindBye                          // closes it
)

// thanksKinds are the kinds as the files call them.
var thanksKinds = map[string]thanksKind{"hello": kindHello, "thanks": kindThanks, "solved": kindSolved, "also": kindAlso, "bye": kindBye}

// thanksPhrase is what has to stand one behind the other.
type thanksPhrase []thanksPart

// thanksPart is a word, or one of a list of phrases.
type thanksPart struct {
	word     string
	list     []thanksPhrase // nil for a word
	optional bool
}

// thanksEntry is a phrase with its kind.
type thanksEntry struct {
	kind   thanksKind
	phrase thanksPhrase
}

// thanksTable is what one language has, and what all have.
type thanksTable struct {
	lang   string
	first  map[string][]thanksEntry // by each word that a phrase can begin with
	titles map[string]bool
}

// The tables of all languages in the order of their tags; words that are no names; and the
// pictures that are friendly.
var thanksTables, neverNames, thanksSigns = mustReadThanks()

func mustReadThanks() ([]thanksTable, map[string]bool, map[rune]bool) {
	tables, never, signs, err := readThanks(embedded(thanksFiles, "thanks"))
	if err != nil {
		panic("letter: " + err.Error()) // TestThanksFiles reads the same files
	}
	return tables, never, signs
}

// readThanks makes tables of files by language. The phrases of "any" and of
// English are in each table.
func readThanks(files map[string]string) (tables []thanksTable, never map[string]bool, signs map[rune]bool, err error) {
	never, signs = map[string]bool{}, map[rune]bool{}
	parsed := map[string]*thanksFile{}
	for lang, text := range files {
		f := &thanksFile{lists: map[string][]thanksPhrase{}, never: never, signs: signs, titles: map[string]bool{}}
		if err := f.read(text); err != nil {
			return nil, nil, nil, fmt.Errorf("thanks/%s.txt: %w", lang, err)
		}
		parsed[lang] = f
	}
	for _, lang := range slices.Sorted(maps.Keys(parsed)) {
		if lang == "any" {
			continue
		}
		t := thanksTable{lang: lang, first: map[string][]thanksEntry{}, titles: map[string]bool{}}
		for _, from := range []string{lang, "any", "en"} {
			if from == "en" && lang == "en" || parsed[from] == nil {
				continue
			}
			t.add(parsed[from])
		}
		tables = append(tables, t)
	}
	return tables, never, signs, nil
}

// add puts the phrases of a file into the table.
func (t *thanksTable) add(f *thanksFile) {
	for _, e := range f.entries {
		words := map[string]bool{}
		firstWords(e.phrase, words)
		for w := range words {
			t.first[w] = append(t.first[w], e)
		}
	}
	for w := range f.titles {
		t.titles[w] = true
	}
}

// firstWords collects the words that a phrase can begin with, and tells whether it
// can be empty.
func firstWords(p thanksPhrase, words map[string]bool) (empty bool) {
	for _, part := range p {
		skip := part.optional
		for _, alternative := range part.list {
			skip = firstWords(alternative, words) || skip
		}
		if part.list == nil {
			words[part.word] = true
		}
		if !skip {
			return false
		}
	}
	return true
}

// thanksFile is a file while it is read.
type thanksFile struct {
	lists   map[string][]thanksPhrase
	entries []thanksEntry
	titles  map[string]bool
	never   map[string]bool
	signs   map[rune]bool
	waiting []waitingLine // phrases; lists may stand below them
}

// waitingLine is a line that is read when all lists are known.
type waitingLine struct {
	number     int
	kind       thanksKind
	name, text string // of a list when kind is 0
}

var errNoLine = errors.New(`must be "name = phrases" or "kind: phrases"`)

// read reads all lines: first the lists, in an order in which each stands on those
// that it uses, then the phrases.
func (f *thanksFile) read(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := f.line(number, strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	for len(f.waiting) > 0 {
		var later []waitingLine
		var missing error
		for _, w := range f.waiting {
			phrases, err := f.phrases(w.text)
			switch {
			case errors.Is(err, errNoList):
				later, missing = append(later, w), fmt.Errorf("line %d: %w", w.number, err)
			case err != nil:
				return fmt.Errorf("line %d: %w", w.number, err)
			case w.kind == 0:
				f.lists[w.name] = phrases
			default:
				for _, p := range phrases {
					f.entries = append(f.entries, thanksEntry{w.kind, p})
				}
			}
		}
		if len(later) == len(f.waiting) {
			return missing // nothing was left that could make it known
		}
		f.waiting = later
	}
	return nil
}

// line reads what needs no list, and keeps the rest.
func (f *thanksFile) line(number int, line string) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	i := strings.IndexAny(line, "=:")
	if i <= 0 {
		return errNoLine
	}
	name, text := strings.TrimSpace(line[:i]), strings.TrimSpace(line[i+1:])
	kind := thanksKinds[name]
	switch {
	case line[i] == '=' || kind != 0:
		if line[i] == '=' {
			kind = 0
		}
		f.waiting = append(f.waiting, waitingLine{number, kind, name, text})
	case name == "title" || name == "never":
		into := f.titles
		if name == "never" {
			into = f.never
		}
		for token := range strings.FieldsSeq(strings.ReplaceAll(text, ",", " ")) {
			for _, w := range foldWords(token) {
				into[w] = true
			}
		}
	case name == "sign":
		for _, c := range text {
			if c > 0x7f {
				f.signs[c] = true
			}
		}
	default:
		return fmt.Errorf("there is no kind %q: %w", name, errNoLine)
	}
	return nil
}

var (
	errNoList = errors.New("there is no list of that name")
	errEmpty  = errors.New("may be no word at all")
	errWord   = errors.New("is no word")
)

// phrases reads phrases that are divided by commas.
func (f *thanksFile) phrases(text string) (all []thanksPhrase, err error) {
	for one := range strings.SplitSeq(text, ",") {
		var p thanksPhrase
		for token := range strings.FieldsSeq(one) {
			word, optional := strings.CutSuffix(token, "?")
			if name, ok := strings.CutPrefix(word, "{"); ok {
				list := f.lists[strings.TrimSuffix(name, "}")]
				if list == nil {
					return nil, fmt.Errorf("%s: %w", token, errNoList)
				}
				p = append(p, thanksPart{list: list, optional: optional})
				continue
			}
			words := foldWords(word)
			if len(words) == 0 {
				return nil, fmt.Errorf("%q: %w", token, errWord)
			}
			for _, w := range words {
				p = append(p, thanksPart{word: w, optional: optional})
			}
		}
		if firstWords(p, map[string]bool{}) {
			return nil, fmt.Errorf("%q: %w", one, errEmpty)
		}
		all = append(all, p)
	}
	return all, nil
}
