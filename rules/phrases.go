package rules

// phrases finds all phrases of one field in one pass over the words of a
// text (Aho and Corasick, with whole words as its letters), so that the time
// depends on the text and hardly on the number of rules.
type phrases struct {
	// filter has a bit for each known word, chosen by a cheap hash: most
	// words of a mail stand in no rule and end here.
	filter [64]uint64
	words  map[string]int32
	next   map[step]int32
	// For each node; node 0 is the start.
	fail []int32   // where the longest proper suffix stands
	link []int32   // the next shorter suffix that ends a phrase, 0 for none
	out  [][]int32 // the atoms whose phrase ends here
}

// step is an edge of the word trie.
type step struct{ node, word int32 }

func newPhrases() *phrases {
	p := &phrases{words: make(map[string]int32), next: make(map[step]int32)}
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
		word := text[start:end]
		id, ok := p.words[string(word)]
		if !ok {
			id = int32(len(p.words))
			p.words[string(word)] = id
			h := wordHash(word)
			p.filter[h/64] |= 1 << (h % 64)
		}
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
	kids := make([][]step, len(p.out)) // of each node: the word, and where it leads
	for from, to := range p.next {
		kids[from.node] = append(kids[from.node], step{node: to, word: from.word})
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
	for {
		if to, ok := p.next[step{at, word}]; ok {
			return to
		}
		if at == 0 {
			return 0
		}
		at = p.fail[at]
	}
}

// scan sets known[atom] to yes for each phrase in the folded text. seen has
// room for each node, all false.
func (p *phrases) scan(text []byte, known []truth, seen []bool) {
	at := int32(0)
	for start, end := nextWord(text, 0); start < len(text); start, end = nextWord(text, end) {
		word := text[start:end]
		if h := wordHash(word); p.filter[h/64]>>(h%64)&1 == 0 {
			at = 0
			continue
		}
		id, ok := p.words[string(word)]
		if !ok {
			at = 0
			continue
		}
		at = p.follow(at, id)
		// Where a node was seen all behind it was too.
		for n := at; n != 0 && !seen[n]; n = p.link[n] {
			seen[n] = true
			for _, atom := range p.out[n] {
				known[atom] = yes
			}
		}
	}
}

// wordHash mixes a few bytes of a non-empty word into 12 bits.
func wordHash(word []byte) uint {
	h := uint(len(word))*0x9e5 + uint(word[0])*0x61 + uint(word[len(word)-1])*0x1f3
	return (h + uint(word[len(word)/2])*0x2b5) & 4095
}
