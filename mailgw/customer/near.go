package customer

import "strings"

// nearIndex finds names that may be like another one. Each name stands under its two
// halves with its length (one letter that is another leaves one half as it is), its
// words, and its initials. With 100,000 customers it takes about 25 MB.
type nearIndex struct {
	names []string         // folded
	spare []int32          // names that are not used
	heads map[uint32]int32 // hash of a key -> its first link
	links []nearLink       // from 1
	free  int32            // the first link that is not used
}

// nearLink is a customer's name under a key.
type nearLink struct{ slot, name, next int32 }

// The kinds of keys.
const (
	headKey    = 'h' // the first half of a name, with the name's length
	tailKey    = 't' // the second half
	wordKey    = 'w'
	initialKey = 'i'
)

// nearKey hashes a key (FNV-1a): that two are one costs a comparison only.
func nearKey(kind byte, size int, text string) uint32 {
	h := (2166136261 ^ uint32(kind)) * 16777619
	h = (h ^ uint32(size)) * 16777619
	for i := range len(text) {
		h = (h ^ uint32(text[i])) * 16777619
	}
	return h
}

// nameKeys are the keys under which a folded name stands.
func nameKeys(folded string) []uint32 {
	n := len(folded)
	keys := []uint32{nearKey(headKey, n, folded[:n/2]), nearKey(tailKey, n, folded[n/2:])}
	list := strings.Fields(folded)
	for i, w := range list {
		if i < maxWords && len(list) > 1 {
			keys = append(keys, nearKey(wordKey, 0, w))
		}
	}
	if len(list) >= 3 {
		keys = append(keys, nearKey(initialKey, 0, initials(list)))
	}
	return append(keys, nearKey(wordKey, 1, folded))
}

// searchKeys are the keys under which names stand that are like a folded name. A
// letter has up to four bytes.
func searchKeys(folded string) (keys []uint32) {
	n := len(folded)
	list := strings.Fields(folded)
	keys = append(keys, nearKey(wordKey, 1, folded), nearKey(initialKey, 0, folded))
	for m := max(1, n-4); m <= n+4; m++ {
		if m/2 <= n {
			keys = append(keys, nearKey(headKey, m, folded[:m/2]))
		}
		if m-m/2 <= n {
			keys = append(keys, nearKey(tailKey, m, folded[n-(m-m/2):]))
		}
	}
	if len(list) >= 3 {
		keys = append(keys, nearKey(wordKey, 1, initials(list)))
	}
	for i, w := range list {
		if i < maxWords {
			keys = append(keys, nearKey(wordKey, 0, w), nearKey(wordKey, 1, w))
		}
	}
	for i := range list { // a word too many
		if len(list) > 1 && i < maxWords {
			rest := strings.Join(append(append([]string(nil), list[:i]...), list[i+1:]...), " ")
			keys = append(keys, nearKey(wordKey, 1, rest))
		}
	}
	return keys
}

// foldedNames are the folded forms under which a name stands.
func foldedNames(name string) (list []string) {
	for _, plain := range []bool{false, true} {
		w, from, to := core(name, plain)
		if from == to {
			continue
		}
		if s := string(w.phrase(from, to)); len(list) == 0 || list[0] != s {
			list = append(list, s)
		}
	}
	return list
}

// add puts a customer under the keys of a name.
func (x *nearIndex) add(name string, slot int) {
	if x.heads == nil {
		x.heads, x.links = map[uint32]int32{}, make([]nearLink, 1)
	}
	for _, folded := range foldedNames(name) {
		at := int32(len(x.names))
		if n := len(x.spare); n > 0 {
			at, x.spare = x.spare[n-1], x.spare[:n-1]
			x.names[at] = folded
		} else {
			x.names = append(x.names, folded)
		}
		for _, key := range nameKeys(folded) {
			l := x.free
			if l == 0 {
				l = int32(len(x.links))
				x.links = append(x.links, nearLink{})
			} else {
				x.free = x.links[l].next
			}
			x.links[l] = nearLink{int32(slot), at, x.heads[key]}
			x.heads[key] = l
		}
	}
}

// remove takes a customer from under the keys of a name.
func (x *nearIndex) remove(name string, slot int) {
	for _, folded := range foldedNames(name) {
		at := int32(-1)
		for _, key := range nameKeys(folded) {
			if was := x.unlink(key, int32(slot), folded); was >= 0 {
				at = was
			}
		}
		if at >= 0 {
			x.names[at] = ""
			x.spare = append(x.spare, at)
		}
	}
}

// unlink takes a customer's name from a key, and returns where the name stands; -1
// when it is not there.
func (x *nearIndex) unlink(key uint32, slot int32, folded string) int32 {
	before := int32(0)
	for l := x.heads[key]; l != 0; l = x.links[l].next {
		at := x.links[l].name
		if x.links[l].slot != slot || x.names[at] != folded {
			before = l
			continue
		}
		switch next := x.links[l].next; {
		case before != 0:
			x.links[before].next = next
		case next == 0:
			delete(x.heads, key)
		default:
			x.heads[key] = next
		}
		x.links[l] = nearLink{0, 0, x.free}
		x.free = l
		return at
	}
	return -1
}
