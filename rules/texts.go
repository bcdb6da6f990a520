package rules

// texts are those of one field: most fields have one, of some any may hold.
type texts struct {
	raw    []string
	folded [][]byte // of each; those behind len(raw) are there to be used again
	bytes  int      // of all, each with one more, at most MaxTextBytes
}

// take takes a field's texts from the facts, cut to what is looked at of all of them
// together.
func (t *texts) take(f field, facts *Facts) {
	t.raw, t.bytes = t.raw[:0], 0
	t.add(f.text(facts))
	if f == fieldCustomer {
		for _, name := range facts.CustomerAlso {
			t.add(name)
		}
	}
}

// add takes one more text.
func (t *texts) add(text string) {
	if left := MaxTextBytes - t.bytes; left > 0 {
		text = cut(text, left)
		t.raw = append(t.raw, text)
		t.bytes += len(text) + 1
	}
}

// fold folds one of the texts; those before it have been.
func (t *texts) fold(i int, f *folder) []byte {
	if i == len(t.folded) {
		t.folded = append(t.folded, nil)
	}
	t.folded[i] = f.append(t.folded[i][:0], t.raw[i])
	return t.folded[i]
}

// keptBytes is how large a buffer may be that waits for the next mail.
const keptBytes = 64 << 10

// drop lets go of the mail's texts, and of what would hold much memory.
func (t *texts) drop() {
	clear(t.raw)
	if t.bytes > keptBytes {
		t.folded = nil
	}
}
