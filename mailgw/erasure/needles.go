package erasure

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
)

// How much is looked for afterwards, at most.
const (
	linesOfMail = 4    // of one mail's own words
	minLine     = 24   // bytes: shorter lines are anybody's
	maxLineLen  = 120  // bytes of a line that are looked for
	maxNeedles  = 4000 // in all, beside addresses
)

// Needles are texts that were a person's, and must not be found afterwards.
type Needles struct {
	Addresses []string `json:"addresses"`
	IDs       []string `json:"ids,omitempty"`   // Message-IDs
	Words     []string `json:"words,omitempty"` // subjects, names, names of files, lines of their own words

	have map[string]bool
}

// add keeps one text of their words, as long as there is room.
func (n *Needles) add(text string, least int) {
	text = strings.TrimSpace(text)
	if len(text) > maxLineLen {
		text = strings.ToValidUTF8(text[:maxLineLen], "")
	}
	if n.have == nil {
		n.have = map[string]bool{}
	}
	if len(text) < least || n.have[text] || len(n.Words) >= maxNeedles {
		return
	}
	n.have[text] = true
	n.Words = append(n.Words, text)
}

// Mail keeps what is looked for of one mail: its subject, the names of its files and
// the longest lines of its own words. own says that its author is who goes.
func (n *Needles) Mail(m *letter.Mail, own bool) {
	n.add(m.Subject, 12)
	for i := range m.Attachments {
		n.add(m.Attachments[i].Name, 10)
	}
	if own {
		n.Name(m.Author().Name)
	}
	var lines []string
	for line := range strings.Lines(m.NewText) {
		if line = strings.TrimSpace(line); len(line) >= minLine {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return len(b) - len(a) })
	for _, line := range lines[:min(len(lines), linesOfMail)] {
		n.add(line, minLine)
	}
}

// Name keeps the name of a person, when it is of two words or more: one is anybody's.
func (n *Needles) Name(name string) {
	if strings.Contains(name, " ") {
		n.add(name, 7)
	}
}

// All are the texts, each once.
func (n *Needles) All() []string {
	all := slices.Concat(n.Addresses, n.IDs, n.Words)
	slices.Sort(all)
	return slices.Compact(all)
}

// Forms are the texts as they can stand in a file: as they are, within JSON, as
// quoted-printable, and in base64 at each of the three places where they can begin.
// Line ends of an encoded body can hide a text from that: the mails that stay are read, too.
func Forms(texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t)
		if low := strings.ToLower(t); low != t {
			out = append(out, low)
		}
		if q := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t); q != t {
			out = append(out, q)
		}
		if q := quoted(t); q != t {
			out = append(out, q)
		}
		for skip := range 3 {
			if len(t) < 12 {
				break
			}
			e := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", skip) + t))
			from, to := (skip*8+5)/6, len(e)-4 // what its neighbours change is left out
			out = append(out, e[from:to])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// quoted writes bytes beyond ASCII and the equals sign as RFC 2045 §6.7 does.
func quoted(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c == '=' {
			fmt.Fprintf(&b, "=%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
