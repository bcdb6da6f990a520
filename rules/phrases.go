package rules

import "math/bits"

// phrases finds all phrases of one field in one pass over the words of a
// text (Aho and Corasick, with whole words as its letters), so that the time
// depends on the text and hardly on the number of rules.
type phrases struct {
	words vocabulary
	next  map[step]int32
	first []int32 // of each word: where it leads from the start, 0 for nowhere
	// For each node; node 0 is the start.
	fail []int32   // where the longest proper suffix stands
	link []int32   // the next shorter suffix that ends a phrase, 0 for none
	leaf []bool    // no word leads on from here
	out  [][]int32 // the atoms whose phrase ends here
}

// step is an edge of the word trie.
type step struct{ node, word int32 }

func newPhrases() *phrases {
	p := &phrases{words: vocabulary{ids: make(map[string]int32)}, next: make(map[step]int32)}
	p.node()
	return p
}

func (p *phrases) node() int32 {
	p.fail, p.link, p.out = append(p.fail, 0), append(p.link, 0), append(p.out, nil)
	return int32(len(p.out) - 1)
}

// add puts in the words of a folded phrase.
func (p *phrases) add(phrase string, atom int32) {
	text := []byte(phrase)
	at := int32(0)
	for start, end := nextWord(text, 0); start < len(text); start, end = nextWord(text, end) {
		id := p.words.add(text[start:end])
		to, ok := p.next[step{at, id}]
		if !ok {
			to = p.node()
			p.next[step{at, id}] = to
		}
		at = to
	}
	p.out[at] = append(p.out[at], atom)
}

// finish computes the links, nodes nearer to the start first.
func (p *phrases) finish() {
	p.words.finish()
	p.first = make([]int32, len(p.words.list))
	kids := make([][]step, len(p.out)) // of each node: the word, and where it leads
	for from, to := range p.next {
		kids[from.node] = append(kids[from.node], step{node: to, word: from.word})
		if from.node == 0 {
			p.first[from.word] = to
		}
	}
	p.leaf = make([]bool, len(p.out))
	for i := range p.leaf {
		p.leaf[i] = len(kids[i]) == 0
	}
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, kid := range kids[at] {
			queue = append(queue, kid.node)
			if at != 0 {
				p.fail[kid.node] = p.follow(p.fail[at], kid.word)
			}
			suffix := p.fail[kid.node]
			p.link[kid.node] = suffix
			if len(p.out[suffix]) == 0 {
				p.link[kid.node] = p.link[suffix]
			}
		}
	}
}

// follow goes from a node by a word, by way of shorter suffixes if needed.
func (p *phrases) follow(at, word int32) int32 {
	for at != 0 {
		if !p.leaf[at] {
			if to, ok := p.next[step{at, word}]; ok {
				return to
			}
		}
		at = p.fail[at]
	}
	return p.first[word]
}

// scan sets known[atom] to yes for each phrase in the folded text. seen has
// room for each node, false but for what earlier texts have set.
func (p *phrases) scan(text []byte, known []truth, seen []bool) {
	at := int32(0)
	for i := 0; i < len(text); {
		if words, ok := plainWords(text[i:]); ok {
			stop := i + 64
			block := text[i : i+64]
			for words != 0 {
				start := bits.TrailingZeros64(words) & 63 // saves a question before each shift
				end := start + bits.TrailingZeros64(^(words >> start))
				if end == 64 { // it may go on: looked at again with what follows
					stop = i + start
					break
				}
				words &= ^uint64(0) << (end & 63)
				if p.words.lengths[block[start]]>>((end-start)&63)&1 == 0 {
					at = 0 // as most words of a mail, it stands in no rule
					continue
				}
				at = p.take(at, text, i+start, i+end, known, seen)
			}
			if stop > i {
				i = stop
				continue
			}
		}
		start, end := nextWord(text, i)
		if start < len(text) {
			at = p.take(at, text, start, end, known, seen)
		}
		i = end
	}
}

// take goes on by one word of the text.
func (p *phrases) take(at int32, text []byte, start, end int, known []truth, seen []bool) int32 {
	id := p.words.find(text, start, end)
	if id < 0 {
		return 0
	}
	at = p.follow(at, id)
	// Where a node was seen all behind it was too.
	for n := at; n != 0 && !seen[n]; n = p.link[n] {
		seen[n] = true
		for _, atom := range p.out[n] {
			known[atom] = yes
		}
	}
	return at
}
