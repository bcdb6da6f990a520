package heard

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed impact/*.toml
var impactFiles embed.FS

// impactKind is a set of what a phrase can be.
type impactKind uint64

// What a phrase can be.
const (
	impactNumber  impactKind = 1 << iota // a number word; its value
	impactTens                           // one that a number word below ten may follow
	impactPerson                         // "users"
	impactAll                            // "everyone", "the whole team"
	impactNobody                         // "nobody"
	impactMe                             // "just me"; its value is how many
	impactWe                             // "we", "I"
	impactCan                            // "can", "has"
	impactCant                           // "cannot"
	impactNot                            // "not"
	impactWork                           // "work", "continue"
	impactUse                            // "log in": what stops work when nobody can
	impactDo                             // "print": what does not
	impactHurt                           // "affected"
	impactHits                           // "affects"
	impactThing                          // "production"
	impactStill                          // "stands still"
	impactBlocked                        // of people: "blocked"
	impactStop                           // says by itself that work has stopped
	impactGoes                           // says by itself that it has not
	impactOn                             // "keep working"
	impactCond                           // "if"
	impactPast                           // "last week"
	impactOver                           // "works again"
	impactAbout                          // "about"
	impactYes
	impactNo
	impactNope   // "not completely": no, wherever it stands
	impactPartly // "partly": neither yes nor no
	impactAsk    // our question: 1 how many, 2 whether it stops work
	impactBye    // a farewell
	impactSoft   // says nothing
	impactSplit  // "and", "because": begins another clause
	impactOf     // "of" between two numbers
	impactRange  // "to" between two numbers
	impactIn     // "in": may follow a number of people
	impactPlus   // "me and" 2 colleagues
	impactAndMe  // 2 colleagues "and me"
	impactWith   // "with" behind "work": of one thing only
	impactSelf   // "me", when nothing else is said
	impactSeems  // "it seems", before "just me"
	impactEnds   // like impactStill, at the end of its clause
	impactOnEnd  // like impactOn, at the end of its clause
	impactAccess // "has access"
	impactWorks  // "can still work"
)

var impactKinds = map[string]impactKind{
	"person": impactPerson, "all": impactAll, "nobody": impactNobody, "we": impactWe, "can": impactCan, "cant": impactCant, "not": impactNot,
	"work": impactWork, "use": impactUse, "do": impactDo, "hurt": impactHurt, "hits": impactHits, "thing": impactThing, "still": impactStill, "blocked": impactBlocked,
	"stop": impactStop, "goes": impactGoes, "on": impactOn, "cond": impactCond, "past": impactPast, "over": impactOver, "about": impactAbout, "yes": impactYes,
	"no": impactNo, "nope": impactNope, "partly": impactPartly, "bye": impactBye, "soft": impactSoft, "split": impactSplit, "of": impactOf, "range": impactRange,
	"in": impactIn, "plus": impactPlus, "and_me": impactAndMe, "with": impactWith, "self": impactSelf, "seems": impactSeems, "ends": impactEnds, "on_end": impactOnEnd,
	"access": impactAccess, "works": impactWorks,
}

// impactFile is the form of impact/*.toml. "(a|b)" in a phrase is one of them, "[a|b]"
// one of them or none.
type impactFile struct {
	Join   string              `toml:"join"`   // how a tens' word follows a unit's in one word: "und"; or "it"
	Units  []string            `toml:"units"`  // from one; "a|b"
	Tens   []string            `toml:"tens"`   // from twenty
	Number map[string][]string `toml:"number"` // other numbers, and vague ones
	Me     map[string][]string `toml:"me"`     // how many the writer speaks of, with themselves
	Ask    map[string][]string `toml:"ask"`
	Words  map[string][]string `toml:"words"`
}

// impactEntry is what a phrase is in one language.
type impactEntry struct {
	langs uint32
	kind  impactKind
	value int64
}

// impactNode is a place in the tree of phrases.
type impactNode struct {
	next    map[string]*impactNode
	entries []impactEntry
}

// impactTable is the phrases of all languages.
type impactTable struct {
	root  impactNode
	langs map[string]uint32
}

// loadImpact reads the languages, once. It depends on nothing but the embedded
// files: it is a constant that Go cannot write as one.
var loadImpact = sync.OnceValues(func() (*impactTable, error) {
	files, err := impactFiles.ReadDir("impact")
	if err != nil {
		return nil, fmt.Errorf("list impact words: %w", err)
	}
	t := &impactTable{langs: map[string]uint32{}}
	for i, f := range files {
		tag, bit := strings.TrimSuffix(f.Name(), ".toml"), uint32(1)<<i
		t.langs[tag] = bit
		if err := t.read(f.Name(), bit); err != nil {
			return nil, fmt.Errorf("impact words of %s: %w", tag, err)
		}
	}
	return t, nil
})

func (t *impactTable) read(name string, bit uint32) error {
	raw, err := impactFiles.ReadFile("impact/" + name)
	if err != nil {
		return err
	}
	var f impactFile
	md, err := toml.Decode(string(raw), &f)
	if err != nil {
		return err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return fmt.Errorf("%w: %v", errUnknownClass, extra)
	}
	t.numbers(&f, bit)
	for _, m := range []struct {
		kind  impactKind
		words map[string][]string
	}{{impactNumber, f.Number}, {impactMe, f.Me}, {impactAsk, f.Ask}} {
		for key, phrases := range m.words {
			var value int64
			if _, err := fmt.Sscan(key, &value); err != nil {
				return fmt.Errorf("%q: %w", key, err)
			}
			for _, p := range phrases {
				if err := t.add(p, impactEntry{bit, m.kind, value}); err != nil {
					return err
				}
			}
		}
	}
	for key, phrases := range f.Words {
		kind, ok := impactKinds[key]
		if !ok {
			return fmt.Errorf("%w: words.%s", errUnknownClass, key)
		}
		for _, p := range phrases {
			if err := t.add(p, impactEntry{bit, kind, 0}); err != nil {
				return err
			}
		}
	}
	return nil
}

// numbers adds the number words, with those that are joined to one word.
func (t *impactTable) numbers(f *impactFile, bit uint32) {
	each := func(s string, do func(string)) {
		for w := range strings.SplitSeq(s, "|") {
			if w != "" {
				do(w)
			}
		}
	}
	for i, u := range f.Units {
		each(u, func(u string) { t.insert(u, impactEntry{bit, impactNumber, int64(i + 1)}) })
	}
	for i, ten := range f.Tens {
		value := int64(20 + 10*i)
		each(ten, func(ten string) {
			t.insert(ten, impactEntry{bit, impactNumber | impactTens, value})
			if f.Join == "" {
				return
			}
			for k, u := range f.Units[:min(len(f.Units), 9)] {
				each(u, func(u string) {
					joined := u + f.Join + ten
					if f.Join == "it" {
						joined = ten + u
						if u[0] == 'u' || u[0] == 'o' {
							joined = ten[:len(ten)-1] + u
						}
					}
					t.insert(joined, impactEntry{bit, impactNumber, value + int64(k+1)})
				})
			}
		})
	}
}

// add puts a phrase and its choices into the tree.
func (t *impactTable) add(p string, e impactEntry) error {
	at := strings.IndexAny(p, "([")
	if at < 0 {
		t.insert(p, e)
		return nil
	}
	choices, rest, ok := impactChoices(p[at:])
	if !ok {
		return fmt.Errorf("a bracket that is not closed: %q", p)
	}
	if p[at] == '[' {
		choices = append(choices, "")
	}
	for _, one := range choices {
		if err := t.add(p[:at]+one+rest, e); err != nil {
			return err
		}
	}
	return nil
}

// impactChoices are those in the bracket that a text begins with; rest is what follows it.
func impactChoices(p string) (choices []string, rest string, ok bool) {
	depth, from := 0, 1
	for i := range len(p) {
		switch p[i] {
		case '(', '[':
			depth++
		case '|':
			if depth == 1 {
				choices, from = append(choices, p[from:i]), i+1
			}
		case ')', ']':
			if depth--; depth == 0 {
				return append(choices, p[from:i]), p[i+1:], true
			}
		}
	}
	return nil, "", false
}

func (t *impactTable) insert(phrase string, e impactEntry) {
	t.insertWords(phrase, e)
	if u := umlauts.Replace(phrase); u != phrase {
		t.insertWords(u, e)
	}
}

func (t *impactTable) insertWords(phrase string, e impactEntry) {
	at := &t.root
	for _, w := range (&impactText{text: phrase}).cut().tokens {
		if at.next == nil {
			at.next = map[string]*impactNode{}
		}
		to := at.next[w.low]
		if to == nil {
			to = &impactNode{}
			at.next[w.low] = to
		}
		at = to
	}
	if at != &t.root {
		at.entries = append(at.entries, e)
	}
}
