package rules

import (
	"encoding/binary"
	"math/bits"
)

// vocabulary numbers the words of all phrases of one field.
type vocabulary struct {
	list []string
	ids  map[string]int32 // while words are added
	// Most words of a mail stand in no rule, and are left by two filters. lengths has
	// for each first byte a bit for each length of the known words, the highest one
	// for all longer ones too.
	lengths [256]uint64
	// filter has a bit for each known word, chosen by its hash.
	filter []uint64
	// slots is a hash table with a free place behind each run of taken ones.
	slots []slot
	shift uint // from a hash to its place in slots
}

// slot is a place of the table: number + 1, 0 when free.
type slot struct {
	tag  uint32 // the low bits of the hash
	word int32
}

// add gives the number of a word.
func (v *vocabulary) add(word []byte) int32 {
	id, ok := v.ids[string(word)]
	if !ok {
		id = int32(len(v.list))
		v.list = append(v.list, string(word))
		v.ids[v.list[id]] = id
	}
	return id
}

// finish builds the table.
func (v *vocabulary) finish() {
	v.ids = nil
	width := bits.Len(uint(2*len(v.list) + 1)) // at most half of the places are taken
	v.shift = uint(64 - width)
	v.slots = make([]slot, 1<<width)
	v.filter = make([]uint64, max(64, 1<<width/4)) // 16 bits and more for each word
	for id, word := range v.list {
		v.lengths[word[0]] |= 1 << min(len(word), 63)
		hash := wordHash([]byte(word), 0, len(word))
		bit := hash >> 32 & uint64(len(v.filter)*64-1)
		v.filter[bit/64] |= 1 << (bit % 64)
		at := hash >> v.shift
		for v.slots[at].word != 0 {
			at = (at + 1) & uint64(len(v.slots)-1)
		}
		v.slots[at] = slot{uint32(hash), int32(id + 1)}
	}
}

// find returns the number of the word that stands there in a text, or -1.
func (v *vocabulary) find(text []byte, start, end int) int32 {
	hash := wordHash(text, start, end)
	bit := hash >> 32 & uint64(len(v.filter)*64-1)
	if v.filter[bit/64]>>(bit%64)&1 == 0 {
		return -1
	}
	for at := hash >> v.shift; ; at = (at + 1) & uint64(len(v.slots)-1) {
		s := v.slots[at]
		if s.word == 0 {
			return -1
		}
		if s.tag == uint32(hash) && v.list[s.word-1] == string(text[start:end]) {
			return s.word - 1
		}
	}
}

// wordHash mixes the length of a non-empty word with its first eight bytes and its
// last eight. It asks as little as it can: lengths are hard to guess for the processor.
func wordHash(text []byte, start, end int) uint64 {
	const first, second = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	if start+8 > len(text) {
		var few [8]byte
		copy(few[:], text[start:end])
		text, start, end = few[:], 0, end-start
	}
	n := end - start
	mask := ^uint64(0) >> ((64 - 8*min(n, 8)) & 63)
	head := binary.LittleEndian.Uint64(text[start:]) & mask
	tail := binary.LittleEndian.Uint64(text[max(start, end-8):]) & mask
	h := (head ^ uint64(n)) * first
	h = (h ^ h>>29 ^ tail) * second
	return h ^ h>>32
}

// plainWords has a bit for each of the first 64 bytes of a folded text that belongs
// to a word. Not ok when there are fewer, or one is not ASCII.
func plainWords(text []byte) (words uint64, ok bool) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	if len(text) < 64 {
		return 0, false
	}
	text = text[:64]
	var other uint64
	for i := 0; i < 64; i += 8 {
		x := binary.LittleEndian.Uint64(text[i : i+8])
		other |= x
		// The high bit of each byte carries its answer, see foldEight.
		letter := (x + (0x80-'a')*ones) &^ (x + (0x80-'z'-1)*ones)
		digit := (x + (0x80-'0')*ones) &^ (x + (0x80-'9'-1)*ones)
		is := (letter | digit) & high
		// The eight answers side by side.
		words |= is >> 7 * 0x0102040810204080 >> 56 << (i & 63)
	}
	return words, other&high == 0
}
