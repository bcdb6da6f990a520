package customer

import (
	_ "embed" // words around names
	"strings"
)

// nameWordText lists words around company names.
//
//go:embed namewords.txt
var nameWordText string

// vocabulary is namewords.txt, folded.
type vocabulary struct {
	article, groupBehind, groupBefore map[string]bool
	kin, house, before, department    map[string]bool
	hanAround, label                  map[string]bool
	ordinary, title                   map[string]bool
	outsider, of, we                  map[string]bool
	notOurs, ours, oursBehind         cues
	signOff, signOffFirst             map[string]bool
	longest                           int // words of the longest group word or sign-off
}

// vocab is namewords.txt.
var vocab = readVocabulary(nameWordText)

// readVocabulary reads namewords.txt.
func readVocabulary(text string) *vocabulary {
	v := &vocabulary{
		article: map[string]bool{}, groupBehind: map[string]bool{}, groupBefore: map[string]bool{},
		kin: map[string]bool{}, house: map[string]bool{}, before: map[string]bool{}, department: map[string]bool{},
		hanAround: map[string]bool{}, label: map[string]bool{}, ordinary: map[string]bool{}, title: map[string]bool{}, outsider: map[string]bool{}, of: map[string]bool{}, we: map[string]bool{}, signOff: map[string]bool{}, signOffFirst: map[string]bool{},
		notOurs: cues{}, ours: cues{}, oursBehind: cues{},
	}
	sets := map[string]map[string]bool{
		"article": v.article, "group-behind": v.groupBehind, "group-before": v.groupBefore, "kin": v.kin, "house": v.house,
		"before": v.before, "department": v.department, "han-around": v.hanAround, "sign-off": v.signOff,
		"label": v.label, "ordinary": v.ordinary, "title": v.title, "outsider": v.outsider, "of": v.of, "we": v.we,
	}
	lists := map[string]cues{"not-ours": v.notOurs, "ours": v.ours}
	for use, list := range uses(text) {
		for _, item := range list {
			for _, plain := range []bool{false, true} {
				w := words{plain: plain}
				w.fold(compose(item))
				switch {
				case sets[use] != nil:
					sets[use][string(w.text)] = true
					if use == "sign-off" {
						v.signOffFirst[string(w.phrase(0, 1))] = true
					}
					v.longest = max(v.longest, len(w.list))
				case lists[use] != nil:
					lists[use].add(item, plain)
				case use == "ours-behind":
					v.oursBehind.addBehind(item, plain)
				}
			}
		}
	}
	return v
}

// uses reads lines of a use, a colon and a list.
func uses(text string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		use, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || use[0] == '#' {
			continue
		}
		for item := range strings.SplitSeq(list, ",") {
			out[use] = append(out[use], strings.TrimSpace(item))
		}
	}
	return out
}

// maxConnective is the length in bytes of the longest connective.
const maxConnective = 6

// connectiveWords are the words that are "and": those of more letters, and the single
// letters that are when they are small.
type connectiveWords struct {
	long, short map[string]bool
	starts      [256]uint64 // first byte -> bit n: there is one of n bytes; most words end here
}

// connectives are those of namewords.txt.
var connectives = readConnectives(nameWordText)

func readConnectives(text string) *connectiveWords {
	c := &connectiveWords{long: map[string]bool{}, short: map[string]bool{}}
	list := uses(text)
	for use, set := range map[string]map[string]bool{"and": c.long, "and-small": c.short} {
		for _, s := range list[use] {
			word := appendAllFolded(s)
			set[word] = true
			c.starts[word[0]] |= startBit(len(word))
		}
	}
	return c
}

// has tells whether a folded word is "and"; single means that it may be a single letter.
func (c *connectiveWords) has(word []byte, single bool) bool {
	return c.starts[word[0]]&startBit(len(word)) != 0 && (c.long[string(word)] || single && c.short[string(word)])
}

// appendAllFolded folds one word without looking for connectives.
func appendAllFolded(word string) string {
	var out []byte
	for _, r := range word {
		if r < 0x80 {
			out = append(out, byte(r))
			continue
		}
		out = appendFolded(out, r, false)
	}
	return string(out)
}
