package rules

import (
	"cmp"
	"encoding/binary"
	"slices"
)

const (
	// gramBytes is how much of a literal is looked for.
	gramBytes = 8
	// literalBytes is how much of a literal's end that is chosen from.
	literalBytes = 128
)

// grams finds which patterns of one field may match a text: each pattern has
// literals of which one must stand in the folded text, and of each literal a part of
// 8, 4, 2 or 1 bytes is looked for, all in one pass for each of these lengths. The
// part is the one that the fewest literals have in common, so that "*[case 7]*" and
// "*[case 8]*" are told apart.
type grams struct {
	sizes []gramSize
	atoms [][]int32 // of each part that is looked for: whose literal it is of
}

// gramSize has the parts of one length.
type gramSize struct {
	mask   uint64   // the bytes of eight that count
	filter []uint64 // a bit for each part, chosen by its hash
	shift  uint     // from a hash to its bit
	at     map[uint64]int32
}

// wanted is what an atom's pattern cannot match without: one of these literals.
type wanted struct {
	atom     int32
	literals []string
}

// newGrams builds the index of all patterns that have literals; nil for none.
func newGrams(list []wanted) *grams {
	if len(list) == 0 {
		return nil
	}
	common := make(map[gram]int)
	for _, w := range list {
		for _, s := range w.literals {
			for g := range gramsOf(s) {
				common[g]++
			}
		}
	}
	out := &grams{}
	known := make(map[gram]int32)
	for _, w := range list {
		for _, s := range w.literals {
			g := rarest(s, common)
			id, ok := known[g]
			if !ok {
				id = int32(len(out.atoms))
				known[g], out.atoms = id, append(out.atoms, nil)
			}
			if on := out.atoms[id]; len(on) == 0 || on[len(on)-1] != w.atom {
				out.atoms[id] = append(on, w.atom)
			}
		}
	}
	for _, size := range [...]int{8, 4, 2, 1} {
		if s := newGramSize(size, known); s != nil {
			out.sizes = append(out.sizes, *s)
		}
	}
	return out
}

// gram is a part of a literal: its bytes, the first one lowest, and how many.
type gram struct {
	bytes uint64
	size  int
}

// gramsOf yields all parts of a literal that could be looked for.
func gramsOf(s string) func(yield func(gram) bool) {
	s = s[max(0, len(s)-literalBytes):]
	size := gramBytes
	for size > len(s) {
		size /= 2
	}
	return func(yield func(gram) bool) {
		for i := 0; i+size <= len(s); i++ {
			var b [gramBytes]byte
			copy(b[:size], s[i:])
			if !yield(gram{binary.LittleEndian.Uint64(b[:]), size}) {
				return
			}
		}
	}
}

// rarest chooses the part of a literal that is in the fewest others.
func rarest(s string, common map[gram]int) gram {
	return slices.MinFunc(slices.Collect(gramsOf(s)), func(a, b gram) int { return cmp.Compare(common[a], common[b]) })
}

func newGramSize(size int, known map[gram]int32) *gramSize {
	s := &gramSize{mask: ^uint64(0) >> (64 - 8*size), at: make(map[uint64]int32)}
	for g, id := range known {
		if g.size == size {
			s.at[g.bytes] = id
		}
	}
	if len(s.at) == 0 {
		return nil
	}
	s.shift = 64 - 12 // at least 4096 bits, and 16 for each part
	for 1<<(64-s.shift) < 16*len(s.at) {
		s.shift--
	}
	s.filter = make([]uint64, 1<<(64-s.shift)/64)
	for bytes := range s.at {
		bit := gramHash(bytes) >> s.shift
		s.filter[bit/64] |= 1 << (bit % 64)
	}
	return s
}

// gramHash has its best bits at the top.
func gramHash(bytes uint64) uint64 { return bytes * 0x9e3779b97f4a7c15 }

// scan makes known[atom] unknown where it is no, for each pattern of which something
// stands in the folded text. seen has room for each part, false but for what earlier
// texts have set.
func (g *grams) scan(text []byte, known []truth, seen []bool) {
	for i := range g.sizes {
		s := &g.sizes[i]
		at, mask, shift, filter := 0, s.mask, s.shift&63, s.filter
		for ; at+gramBytes <= len(text); at++ {
			bytes := binary.LittleEndian.Uint64(text[at:at+gramBytes]) & mask
			bit := gramHash(bytes) >> shift
			if filter[bit/64]>>(bit%64)&1 == 1 {
				g.found(s, bytes, known, seen)
			}
		}
		// No folded text has a zero byte, so what lies behind the end is never found.
		var end [2 * gramBytes]byte
		n := copy(end[:], text[at:])
		for at := range n {
			g.found(s, binary.LittleEndian.Uint64(end[at:at+gramBytes])&s.mask, known, seen)
		}
	}
}

// found notes one part, if it is one that is looked for.
func (g *grams) found(s *gramSize, bytes uint64, known []truth, seen []bool) {
	id, ok := s.at[bytes]
	if !ok || seen[id] {
		return
	}
	seen[id] = true
	for _, atom := range g.atoms[id] {
		if known[atom] == no {
			known[atom] = unknown
		}
	}
}
