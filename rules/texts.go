package rules

import "strings"

// texts are those of one field: most fields have one, of some any may hold.
type texts struct {
	raw    []string
	folded [][]byte // of each; those behind len(raw) are there to be used again
	bytes  int      // of all, each with one more, at most MaxTextBytes
	wide   int      // the same of those that were folded, which can make them longer
}

// take takes a field's texts from the facts, cut to what is looked at of all of them
// together. There is always one: a field without any has an empty text.
func (t *texts) take(f field, facts *Facts) {
	t.raw, t.bytes, t.wide = t.raw[:0], 0, 0
	switch f {
	case fieldRecipient:
		t.addAll(facts.Recipients)
	case fieldTags:
		t.addAll(facts.Tags)
	case fieldHeader:
		t.addLines(facts.Header)
	case fieldScanner:
		t.addLines(facts.Scanner)
	case fieldFileName, fieldFileType:
		for i := range facts.Attachments {
			if f == fieldFileName {
				t.add(facts.Attachments[i].Name)
			} else {
				t.add(facts.Attachments[i].Type)
			}
		}
	default:
		t.add(f.one(facts))
		if f == fieldCustomer {
			t.addAll(facts.CustomerAlso)
		}
	}
	if len(t.raw) == 0 {
		t.add("")
	}
}

func (t *texts) addAll(list []string) {
	for _, text := range list {
		t.add(text)
	}
}

func (t *texts) addLines(text string) {
	for line := range strings.Lines(cut(text, MaxTextBytes)) {
		t.add(strings.TrimRight(line, "\r\n"))
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
	t.wide += t.size(i, true)
	return t.folded[i]
}

// size is how much of what a pattern may see one text takes.
func (t *texts) size(i int, folded bool) int {
	if folded {
		return max(len(t.raw[i]), len(t.folded[i])) + 1
	}
	return len(t.raw[i]) + 1
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

// shown is what a line of the trace shows of texts of which none was found: the one, or
// all of them, one behind the other.
func (t *texts) shown() string {
	if len(t.raw) == 1 {
		return t.raw[0]
	}
	return cut(strings.Join(t.raw, "; "), MaxTextBytes)
}
