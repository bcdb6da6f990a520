package guard

import "strings"

const (
	// shingle is how many words of a note in a row an answer must not have.
	shingle = 6
	// shortLine is how many words the shortest line of a note has that counts as a whole:
	// "Thanks a lot" is everybody's.
	shortLine = 4
)

// notes looks for the words of internal notes: some in a row, or a short line as a whole.
// What the customer wrote or was sent before is no secret.
func (c *checker) notes() {
	if len(c.known.Notes) == 0 || len(c.text.list) < shortLine {
		return
	}
	stands := map[string]int{} // words in a row -> where in the answer
	for n := shortLine; n <= shingle; n++ {
		for i := 0; i+n <= len(c.text.list); i++ {
			s := strings.Join(c.text.list[i:i+n], " ")
			if _, there := stands[s]; !there {
				stands[s] = i
			}
		}
	}
	for _, note := range c.known.Notes {
		lines := strings.Split(note, "\n")
		whole := foldLines(lines)
		at := -1 // where in the note what was found ends
		for i := 0; i+shingle <= len(whole.list); i++ {
			if i >= at {
				at = max(at, c.found6(stands, whole.list, i))
			}
		}
		for i := range lines {
			line := foldLines(lines[i : i+1]).list
			if n := len(line); n < shortLine || n >= shingle {
				continue
			}
			if s := strings.Join(line, " "); c.secret(stands, s) {
				c.add(Note, strings.TrimSpace(lines[i]), c.text.line[stands[s]])
			}
		}
	}
}

// found6 notes the words of a note from i on, as far as the answer has them in a row, and
// returns where they end; -1 when it does not have them.
func (c *checker) found6(stands map[string]int, note []string, i int) int {
	s := strings.Join(note[i:i+shingle], " ")
	if !c.secret(stands, s) {
		return -1
	}
	from, n := stands[s], shingle
	for i+n < len(note) && from+n < len(c.text.list) && note[i+n] == c.text.list[from+n] {
		n++
	}
	c.add(Note, strings.Join(c.text.list[from:from+min(n, 2*shingle)], " "), c.text.line[from])
	return i + n
}

// secret reports whether words of a note stand in the answer, and nowhere else.
func (c *checker) secret(stands map[string]int, s string) bool {
	_, there := stands[s]
	return there && !c.wasSaid(" "+s+" ")
}
