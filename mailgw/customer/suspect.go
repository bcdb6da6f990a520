package customer

// maxSuggested is how many customers are suggested for a mail.
const maxSuggested = 3

// companySaid returns the first name, folded, that the text gives as the author's
// company: in lines, what stands before a legal form; in sentences, the capitals
// behind words such as "I work for".
func (f *finder) companySaid() string {
	w := &f.w
	for i := 1; i < len(w.list) && f.manner != subject; i++ {
		if f.manner == lines {
			if w.formAt(i) > 0 {
				if from := f.nameBefore(i); from < i {
					return string(w.phrase(from, i))
				}
			}
			continue
		}
		if !w.list[i].upper {
			continue
		}
		if word := w.phrase(i, i+1); vocab.ours.endsAt(f, i) && !vocab.groupBefore[string(word)] && !vocab.article[string(word)] {
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
