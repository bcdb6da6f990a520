package rules

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern of the whole text. Matching goes once over the
// text: the parts between two stars are taken at their first place, which is
// never worse than a later one.
type glob struct {
	parts []globPart // what stands before, between and behind the stars
}

// globPart is a run without a star.
type globPart struct {
	text  []byte // with ? for any one character
	runes []rune
	wild  bool // has a ?
	// For a part with ?: bit i of mask[r] says that place i takes r, anyOne
	// the same for every character.
	mask   map[rune][]uint64
	anyOne []uint64
}

// globWords bounds the state of one search: 64 characters in each.
const globWords = (MaxPatternRunes + 63) / 64

// newGlob compiles a folded pattern of at most MaxPatternRunes.
func newGlob(pattern string) *glob {
	g := &glob{}
	for part := range strings.SplitSeq(pattern, "*") {
		g.parts = append(g.parts, newGlobPart(part))
	}
	return g
}

func newGlobPart(text string) globPart {
	p := globPart{text: []byte(text), runes: []rune(text), wild: strings.Contains(text, "?")}
	if !p.wild {
		return p
	}
	width := (len(p.runes) + 63) / 64
	p.anyOne = make([]uint64, width)
	p.mask = make(map[rune][]uint64)
	for i, r := range p.runes {
		bit := uint64(1) << (i % 64)
		if r == '?' {
			p.anyOne[i/64] |= bit
			continue
		}
		if p.mask[r] == nil {
			p.mask[r] = make([]uint64, width)
		}
		p.mask[r][i/64] |= bit
	}
	for _, mask := range p.mask {
		for i := range mask {
			mask[i] |= p.anyOne[i]
		}
	}
	return p
}

// match reports whether the whole folded text fits.
func (g *glob) match(text []byte) bool {
	first, last := &g.parts[0], &g.parts[len(g.parts)-1]
	n := first.prefix(text)
	if n < 0 {
		return false
	}
	text = text[n:]
	if len(g.parts) == 1 {
		return len(text) == 0
	}
	for i := 1; i < len(g.parts)-1; i++ {
		end := g.parts[i].find(text)
		if end < 0 {
			return false
		}
		text = text[end:]
	}
	return last.suffix(text)
}

// prefix returns the length of the part at the start of text, or -1.
func (p *globPart) prefix(text []byte) int {
	if !p.wild {
		if bytes.HasPrefix(text, p.text) {
			return len(p.text)
		}
		return -1
	}
	i := 0
	for _, want := range p.runes {
		r, n := utf8.DecodeRune(text[i:])
		if n == 0 || want != '?' && want != r {
			return -1
		}
		i += n
	}
	return i
}

// suffix reports whether the part stands at the end of text.
func (p *globPart) suffix(text []byte) bool {
	if !p.wild {
		return bytes.HasSuffix(text, p.text)
	}
	for i := len(p.runes) - 1; i >= 0; i-- {
		r, n := utf8.DecodeLastRune(text)
		if n == 0 || p.runes[i] != '?' && p.runes[i] != r {
			return false
		}
		text = text[:len(text)-n]
	}
	return true
}

// find returns where the first place of the part in text ends, or -1.
func (p *globPart) find(text []byte) int {
	if !p.wild {
		at := bytes.Index(text, p.text)
		if at < 0 {
			return -1
		}
		return at + len(p.text)
	}
	// Shift-and: bit i of state says that the first i+1 characters of the
	// part have just gone by.
	var room [globWords]uint64
	state := room[:len(p.anyOne)]
	last := len(p.runes) - 1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		mask := p.mask[r]
		if mask == nil {
			mask = p.anyOne
		}
		carry := uint64(1)
		for j, word := range state {
			state[j] = (word<<1 | carry) & mask[j]
			carry = word >> 63
		}
		if state[last/64]>>(last%64)&1 == 1 {
			return i
		}
	}
	return -1
}

// literals returns what must stand in each folded text that fits: the longest run
// without * and ?; nil when there is none.
func (g *glob) literals() []string {
	longest := ""
	for i := range g.parts {
		for run := range strings.SplitSeq(string(g.parts[i].text), "?") {
			if len(run) > len(longest) {
				longest = run
			}
		}
	}
	if longest == "" {
		return nil
	}
	return []string{longest}
}

// steps is how much is done at most for each byte of a text.
func (g *glob) steps() int {
	n := globSteps
	for i := range g.parts {
		if p := &g.parts[i]; p.wild {
			n = max(n, wildGlobSteps+len(p.anyOne))
		}
	}
	return n
}
