package erasure

import (
	"cmp"
	"slices"
	"strings"
)

// minNeedle is the shortest text that is looked for: shorter ones are everywhere.
const minNeedle = 4

// Finder finds any of some texts. The case of ASCII letters does not matter.
type Finder struct {
	needles []string           // folded, longest first
	at      map[uint32][]int32 // first four bytes -> needles
	maybe   []uint64           // a bit for each pair of bytes with which one begins
	people  *Finder            // finds those that stand for people; nil: all do
}

// NewRedactor makes a finder of people, as addresses and "Name <addr>", and of the ids of
// mails. An id is no person: where an address stands, it is not looked for, for
// anybody can write a mail whose Message-ID is somebody else's address.
func NewRedactor(people, ids []string) *Finder {
	f := NewFinder(slices.Concat(people, ids))
	f.people = NewFinder(people)
	return f
}

// NewFinder makes one; texts shorter than four bytes are left out.
func NewFinder(texts []string) *Finder {
	f := &Finder{at: map[uint32][]int32{}, maybe: make([]uint64, 1<<16/64)}
	for _, t := range texts {
		if len(t) >= minNeedle {
			f.needles = append(f.needles, fold(t))
		}
	}
	slices.SortFunc(f.needles, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	f.needles = slices.Compact(f.needles)
	for i, n := range f.needles {
		head := uint32(n[0])<<24 | uint32(n[1])<<16 | uint32(n[2])<<8 | uint32(n[3])
		f.at[head] = append(f.at[head], int32(i))
		pair := head >> 16
		f.maybe[pair/64] |= 1 << (pair % 64)
	}
	return f
}

// Len is how many texts it looks for.
func (f *Finder) Len() int { return len(f.needles) }

// lower folds one byte.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// fold folds ASCII letters only, so that no length changes.
func fold(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

// find returns the first place from a position on where one of the texts stands, the
// longest of those there; ok is false when none does.
func find[T string | []byte](f *Finder, in T, from int) (start, end int, ok bool) {
	for i := from; i+minNeedle <= len(in); i++ {
		pair := uint32(lower(in[i]))<<8 | uint32(lower(in[i+1]))
		if f.maybe[pair/64]&(1<<(pair%64)) == 0 {
			continue
		}
		for _, n := range f.at[pair<<16|uint32(lower(in[i+2]))<<8|uint32(lower(in[i+3]))] {
			if hasPrefix(in[i:], f.needles[n]) {
				return i, i + len(f.needles[n]), true
			}
		}
	}
	return 0, 0, false
}

func hasPrefix[T string | []byte](in T, folded string) bool {
	if len(in) < len(folded) {
		return false
	}
	for i := range len(folded) {
		if lower(in[i]) != folded[i] {
			return false
		}
	}
	return true
}

// word finds as find does, but only what stands alone: an address within a longer one
// is another one's.
func (f *Finder) word(s string, from int) (start, end int, ok bool) {
	for {
		if start, end, ok = find(f, s, from); !ok || alone(s, start, end) {
			return start, end, ok
		}
		from = start + 1
	}
}

// alone reports whether a part of a text is no part of a longer word or address.
func alone(s string, start, end int) bool {
	if start > 0 && inAddress(s[start]) && inAddress(s[start-1]) {
		return false
	}
	if end == len(s) || !inAddress(s[end-1]) {
		return true
	}
	if s[end] == '.' { // the end of a sentence, or a longer domain
		return end+1 == len(s) || !inAddress(s[end+1]) || s[end+1] == '.'
	}
	return !inAddress(s[end]) && s[end] != '@'
}

// inAddress reports whether a byte may be one of an address.
func inAddress(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || '0' <= c && c <= '9' || c >= 0x80 || strings.IndexByte("._-+%", c) >= 0
}

// In reports whether one of the texts stands in s, alone.
func (f *Finder) In(s string) bool {
	_, _, ok := f.word(s, 0)
	return ok
}

// Replace puts with in the place of each of the texts.
func (f *Finder) Replace(s, with string) string {
	var b strings.Builder
	last := 0
	for {
		start, end, ok := f.word(s, last)
		if !ok {
			break
		}
		b.WriteString(s[last:start] + with)
		last = end
	}
	if last == 0 {
		return s
	}
	return b.String() + s[last:]
}

// First returns the first of the texts that stands in s, alone; "" when none does.
func (f *Finder) First(s string) string {
	start, end, ok := f.word(s, 0)
	if !ok {
		return ""
	}
	return s[start:end]
}
