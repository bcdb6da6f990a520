package heard

import (
	"embed"
	"fmt"
	"maps"
	"math/bits"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed verdict/*.toml
var verdictFiles embed.FS

// phraseKind is what a phrase says.
type phraseKind byte

const (
	kindNone     phraseKind = iota
	kindPlain               // nothing: thanks, praise, small words
	kindHello               // a greeting, which a name may follow
	kindFarewell            // a farewell, which a name may follow
	kindYes                 // yes
	kindAlone               // yes, when something separates it from what follows
	kindSolved              // good news
	kindBut                 // something is wrong all the same
	kindPartly              // not really
	kindNo                  // no, when it begins the text
	kindUnsolved            // bad news, wherever it stands
)

// verdictFile is the form of verdict/*.toml. "(a|b)" in a phrase is one of them,
// "[a|b]" one of them or none.
type verdictFile struct {
	Hello    []string `toml:"hello"`
	Yes      []string `toml:"yes"`
	Alone    []string `toml:"alone"`
	Solved   []string `toml:"solved"`
	No       []string `toml:"no"`
	Unsolved []string `toml:"unsolved"`
	Partly   []string `toml:"partly"`
	But      []string `toml:"but"`
	Plain    []string `toml:"plain"`
	Farewell []string `toml:"farewell"`
}

// verdictTable is the phrases of a language, by each word that they can begin with.
type verdictTable struct{ first map[string][]phrase }

// phrase is a pattern, and what it says.
type phrase struct {
	kind    phraseKind
	pattern pattern
}

// readVerdicts reads the languages, once. It depends on nothing but the embedded
// files: it is a constant that Go cannot write as one.
var readVerdicts = sync.OnceValues(func() (map[string]*verdictTable, error) {
	files, err := verdictFiles.ReadDir("verdict")
	if err != nil {
		return nil, fmt.Errorf("list verdicts: %w", err)
	}
	all := make(map[string]*verdictTable)
	for _, f := range files {
		t, err := readVerdict(f.Name())
		if err != nil {
			return nil, fmt.Errorf("verdicts of %s: %w", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] = t
	}
	return all, nil
})

// verdictTables are the languages by tag; none when they are broken, which tests exclude.
func verdictTables() map[string]*verdictTable {
	all, err := readVerdicts()
	if err != nil {
		return nil
	}
	return all
}

// verdictLanguages are the tags, sorted.
func verdictLanguages() []string { return slices.Sorted(maps.Keys(verdictTables())) }

func readVerdict(name string) (*verdictTable, error) {
	raw, err := verdictFiles.ReadFile("verdict/" + name)
	if err != nil {
		return nil, err
	}
	var f verdictFile
	md, err := toml.Decode(string(raw), &f)
	if err != nil {
		return nil, err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %s", extra[0])
	}
	t := &verdictTable{first: map[string][]phrase{}}
	for kind, list := range map[phraseKind][]string{
		kindHello: f.Hello, kindYes: f.Yes, kindAlone: f.Alone, kindSolved: f.Solved, kindNo: f.No, kindUnsolved: f.Unsolved, kindPartly: f.Partly,
		kindBut: f.But, kindPlain: f.Plain, kindFarewell: f.Farewell,
	} {
		for _, text := range list {
			p, err := parsePattern(text)
			if err != nil {
				return nil, err
			}
			if p.canBeEmpty() {
				return nil, fmt.Errorf("it may be no word at all: %q", text)
			}
			for _, word := range p.firsts() {
				t.first[word] = append(t.first[word], phrase{kind, p})
			}
		}
	}
	return t, nil
}

// pattern is a sequence of choices between sequences of words.
type pattern []choice

type choice struct {
	of       [][]verdictWord
	optional bool
}

// parsePattern reads a phrase of a file.
func parsePattern(s string) (p pattern, err error) {
	for s != "" {
		at := strings.IndexAny(s, "([")
		if at < 0 {
			at = len(s)
		}
		if words := verdictWords(s[:at]); len(words) > 0 {
			p = append(p, choice{of: [][]verdictWord{words}})
		}
		if s = s[at:]; s == "" {
			break
		}
		optional, closing := s[0] == '[', ")"
		if optional {
			closing = "]"
		}
		inner, rest, ok := strings.Cut(s[1:], closing)
		if !ok || strings.ContainsAny(inner, "()[]") {
			return nil, fmt.Errorf("a bracket in a bracket, or one that is not closed: %q", s)
		}
		c := choice{optional: optional}
		for word := range strings.SplitSeq(inner, "|") {
			if words := verdictWords(word); len(words) > 0 {
				c.of = append(c.of, words)
			}
		}
		p, s = append(p, c), rest
	}
	return p, nil
}

// canBeEmpty tells whether all of it is optional.
func (p pattern) canBeEmpty() bool {
	return !slices.ContainsFunc(p, func(c choice) bool { return !c.optional })
}

// firsts are the words that it can begin with.
func (p pattern) firsts() []string {
	words := map[string]bool{}
	for _, c := range p {
		for _, of := range c.of {
			words[of[0].text] = true
		}
		if !c.optional {
			break
		}
	}
	return slices.Collect(maps.Keys(words))
}

// places is a set of places between words: bit i is the place before word i.
type places uint64

// ends are the places that a pattern leads to from the place before word i. It does
// not lead across a comma or a full stop.
func (p pattern) ends(words []verdictWord, i int) places {
	at := places(1) << i
	for _, c := range p {
		var next places
		if c.optional {
			next = at
		}
		for left := at; left != 0; left &= left - 1 {
			from := bits.TrailingZeros64(uint64(left))
			for _, of := range c.of {
				if standsAt(words, from, i, of) {
					next |= 1 << (from + len(of))
				}
			}
		}
		if at = next; at == 0 {
			break
		}
	}
	return at
}

// standsAt tells whether some words stand at a place, in a phrase that began at start.
func standsAt(words []verdictWord, at, start int, some []verdictWord) bool {
	if at+len(some) > len(words) {
		return false
	}
	for j := range some {
		if w := words[at+j]; w.text != some[j].text || w.apart && at+j > start {
			return false
		}
	}
	return true
}

// each calls fn for each phrase that begins at word i.
func (t *verdictTable) each(words []verdictWord, i int, fn func(kind phraseKind, end int)) {
	if i >= len(words) {
		return
	}
	for _, p := range t.first[words[i].text] {
		for at := p.pattern.ends(words, i) &^ (1 << i); at != 0; at &= at - 1 {
			fn(p.kind, bits.TrailingZeros64(uint64(at)))
		}
	}
}

// longest is the longest phrase that begins at word i, and of two the one that is
// less good news; kindNone when none does.
func (t *verdictTable) longest(words []verdictWord, i int) (kind phraseKind, end int) {
	t.each(words, i, func(k phraseKind, e int) {
		if e > end || e == end && k > kind {
			kind, end = k, e
		}
	})
	return kind, end
}

// starts tells whether a phrase begins at word i.
func (t *verdictTable) starts(words []verdictWord, i int) bool {
	kind, _ := t.longest(words, i)
	return kind != kindNone
}
