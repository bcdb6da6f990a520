package customer

// The bounds of what is suggested for a mail.
const (
	maxSuspected = 2 << 10 // bytes of a text that are searched
	maxSuggested = 3       // customers
)

// companySaid returns the first name, folded, that a text gives as the author's
// company: in lines, what stands before a legal form; in sentences, the capitals
// behind words such as "I work for".
func (f *finder) companySaid(text string) string {
	if text == "" || f.manner == subject {
		return ""
	}
	f.w.reset(len(text))
	f.w.fold(compose(text))
	w := &f.w
	for i := 1; i < len(w.list); i++ {
		if f.manner == lines {
			if from := f.nameBefore(i); from < i && w.formAt(i) > 0 {
				return string(w.phrase(from, i))
			}
			continue
		}
		if word := w.phrase(i, i+1); vocab.groupBefore[string(word)] || vocab.article[string(word)] {
			continue
		}
		if w.list[i].upper && vocab.ours.endsAt(w, i) {
			j := i + 1
			for j < len(w.list) && j < i+4 && w.list[j].upper && w.list[j].before <= joinGap {
				j++
			}
			return string(w.phrase(i, j))
		}
	}
	return ""
}

// nameBefore returns where the name begins that ends before word i.
func (f *finder) nameBefore(i int) int {
	w := &f.w
	if w.list[i].before > softGap || w.list[i].line {
		return i
	}
	from := i - 1
	for from > 0 && i-from < maxWords && w.list[from].before <= joinGap && !vocab.before[string(w.phrase(from-1, from))] {
		from--
	}
	return from
}
