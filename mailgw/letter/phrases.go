package letter

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// phrases are in lower case, each once.
type phrases struct {
	list []string
	// Phrases are found in one pass over a text, however many there are: heads holds,
	// by a hash of three bytes, which phrase begins so, plus 1; next which other one.
	heads [1 << headBits]uint16
	next  []uint16
	first []uint32 // of each phrase its first bytes, see bytesAt
}

// headBits is the size of the hash of a phrase's first bytes, in bits.
const headBits = 11

// shortestPhrase is how many bytes a phrase has at least.
const shortestPhrase = 3

// headOf hashes the three low bytes of v.
func headOf(v uint32) uint32 { return v * 2654435769 >> (32 - headBits) }

// bytesAt returns the three bytes at i, the last one in the highest place of the four.
func bytesAt[T string | []byte](s T, i int) uint32 {
	return uint32(s[i])<<8 | uint32(s[i+1])<<16 | uint32(s[i+2])<<24
}

// add appends a phrase that is not there yet.
func (p *phrases) add(phrase string) {
	if slices.Contains(p.list, phrase) {
		return
	}
	p.list, p.next, p.first = append(p.list, phrase), append(p.next, 0), append(p.first, bytesAt(phrase, 0))
	// The chain is in the order of the list.
	at := &p.heads[headOf(bytesAt(phrase, 0))]
	for *at != 0 {
		at = &p.next[*at-1]
	}
	*at = uint16(len(p.list))
}

// in returns the first phrase of the list that stands in low, a text in lower case,
// else "".
func (p *phrases) in(low string) string {
	if len(low) < shortestPhrase {
		return ""
	}
	found := len(p.list)
	window := bytesAt(low, 0)
	for i := 0; ; i++ {
		for k := int(p.heads[headOf(window)]); k > 0 && k <= found; k = int(p.next[k-1]) {
			if p.first[k-1] == window && strings.HasPrefix(low[i:], p.list[k-1]) {
				found = k - 1
				break
			}
		}
		if i+shortestPhrase >= len(low) {
			break
		}
		window = window>>8&0xffff00 | uint32(low[i+shortestPhrase])<<24
	}
	if found == len(p.list) {
		return ""
	}
	return p.list[found]
}

// each calls found with the number of each phrase that stands in low, for each
// place where it does.
func (p *phrases) each(low []byte, found func(k int)) {
	if len(low) < shortestPhrase {
		return
	}
	window := bytesAt(low, 0)
	for i := 0; ; i++ {
		for k := int(p.heads[headOf(window)]); k > 0; k = int(p.next[k-1]) {
			if p.first[k-1] != window {
				continue
			}
			if w := p.list[k-1]; len(low)-i >= len(w) && string(low[i:i+len(w)]) == w {
				found(k - 1)
			}
		}
		if i+shortestPhrase >= len(low) {
			return
		}
		window = window>>8&0xffff00 | uint32(low[i+shortestPhrase])<<24
	}
}

// mayOpen tells whether one of the phrases may begin s, whatever its case: false is
// sure, and cheap.
func (p *phrases) mayOpen(s string) bool {
	count := 0
	for i := range s {
		if count++; count > shortestPhrase { // so many characters are bytes enough
			s = s[:i]
			break
		}
	}
	var buf [shortestPhrase * utf8.UTFMax]byte
	low := lowerInto(buf[:0], s)
	return len(low) >= shortestPhrase && p.heads[headOf(bytesAt(low, 0))] != 0
}

// open tells whether one of the phrases begins s, whatever its case.
func (p *phrases) open(s string) bool {
	if !p.mayOpen(s) {
		return false
	}
	const longest = 60
	var buf [2 * longest]byte
	low := lowerInto(buf[:0], cutRunes(s, longest))
	for _, w := range p.list {
		if len(low) >= len(w) && string(low[:len(w)]) == w {
			return true
		}
	}
	return false
}

// are tells whether s, of few bytes, is one of the phrases, whatever its case.
func (p *phrases) are(s string) bool {
	if !p.mayOpen(s) {
		return false
	}
	var buf [160]byte
	low := lowerInto(buf[:0], s)
	for _, w := range p.list {
		if string(low) == w {
			return true
		}
	}
	return false
}

// begin tells whether one of the phrases begins s, without regard to the case of ASCII letters.
func (p *phrases) begin(s string) bool {
	for _, w := range p.list {
		if hasPrefixFold(s, w) {
			return true
		}
	}
	return false
}
