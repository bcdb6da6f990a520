package customer

import (
	"strings"
	"unicode/utf8"
)

// Said is where a mail's author may name the company. All of it may be empty.
type Said struct {
	// Display is the author's display name: "Anna Meier (Acme AG)".
	Display string
	// Signature is what stands below "-- ".
	Signature string
	// Words are the new words, with a signature that nothing marks.
	Words string
	// Passed are the words of a mail that the author passes on, or only quotes: who
	// signs there is somebody else.
	Passed string
	// Disclaimer is the legal text below a mail.
	Disclaimer string
	// Subject is the mail's subject.
	Subject string
}

// IdentifyMail is [Directory.Identify] for a mail. Who stands in a display name or
// signs is the author's company; in running words a name is, when the words beside it
// say so ("I work for Globex"); else it is only a candidate, as is who stands in a mail that is passed on.
func (d *Directory) IdentifyMail(address string, authenticated bool, said Said) Identity {
	if d == nil {
		return unknown
	}
	if id, ok := d.byAddress(address, authenticated); ok {
		return id
	}
	signed, slogans := shortLines(said.Signature)
	words, signedBelow := splitSigned(ends(said.Words), said.Display)
	below, rest := shortLines(signedBelow)
	return d.claimed(said.Display, []text{
		{lines, said.Display}, {lines, signed}, {lines, below}, {running, unwrap(words + "\n" + rest)},
		{lines, unwrap(slogans + "\n" + said.Disclaimer)}, {subject, said.Subject},
		{passed, ends(said.Passed)},
	})
}

// namedIn is how much of a mail's words, at each end, is searched for a company's
// name: people name it where they begin or where they sign.
const namedIn = 1 << 10

// ends are the ends of a text in which a company is looked for.
func ends(s string) string {
	if len(s) <= 2*namedIn {
		return s
	}
	return strings.ToValidUTF8(s[:namedIn], "") + "\n\n" + strings.ToValidUTF8(s[len(s)-namedIn:], "")
}

// maxSignedWords is how many words a line of a signature has at most; longer ones
// are sentences.
const maxSignedWords = 8

// shortLines divides a text into lines of a signature and sentences.
func shortLines(s string) (short, long string) {
	if s == "" {
		return "", ""
	}
	var a, b strings.Builder
	for line := range strings.Lines(s) {
		out := &a
		if len(line) > 160 || signedWords(line) > maxSignedWords || isItem(line) {
			out = &b
		}
		out.WriteString(line)
	}
	return a.String(), b.String()
}

// signedWords is how many words stand between the bars of a line ("Anna | Acme AG | Bern").
func signedWords(line string) (n int) {
	if strings.IndexByte(line, '|') < 0 {
		return len(strings.Fields(line))
	}
	for part := range strings.SplitSeq(line, "|") {
		n = max(n, len(strings.Fields(part)))
	}
	return n
}

// isItem tells whether a line is one of a list, or quoted.
func isItem(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 1 && strings.ContainsRune("-*•>+", rune(line[0])) && line[1] == ' ' || strings.HasPrefix(line, "•") || strings.HasPrefix(line, ">")
}

// The lines that a signature has at most: below words that end a mail, and without.
const (
	maxSignedLines  = 14
	maxUnmarkedSign = 5
)

// splitSigned divides a mail's words at the signature that nothing marks: below the
// last line that ends a mail ("Best regards,"), or that is the author's name, or else
// its last short lines.
func splitSigned(s, display string) (words, signed string) {
	starts := lineStarts(s)
	for k := len(starts) - 1; k >= 0 && k >= len(starts)-1-maxSignedLines; k-- {
		line := lineAt(s, starts, k)
		if rest, ok := signsOff(line); ok && (rest || k < len(starts)-1) {
			return s[:starts[k]], s[starts[k]:]
		}
	}
	for k := len(starts) - 1; k > 0 && k >= len(starts)-1-maxSignedLines; k-- {
		if isNameOf(lineAt(s, starts, k), display) {
			return s[:starts[k]], s[starts[k]:]
		}
	}
	k, n := len(starts), 0
	for k > 1 && n < maxUnmarkedSign {
		line := lineAt(s, starts, k-1)
		if strings.TrimSpace(line) == "" || signedWords(line) > maxSignedWords || isSentence(line) || isItem(line) {
			break
		}
		k--
		n++
	}
	if n == 0 || k == 0 {
		return s, ""
	}
	return s[:starts[k]], s[starts[k]:]
}

// isSentence tells whether a line ends as sentences do, and not with a legal form.
func isSentence(line string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(line))
	if !strings.ContainsRune(".!?。！？:：", r) || len(strings.Fields(line)) <= 3 {
		return false
	}
	var w words
	w.fold(compose(line))
	return w.formBehind(0, len(w.list)) == 0
}

// lineStarts returns where the lines of a text begin that are not empty.
func lineStarts(s string) (starts []int) {
	at := 0
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) != "" {
			starts = append(starts, at)
		}
		at += len(line)
	}
	return starts
}

func lineAt(s string, starts []int, k int) string {
	line, _, _ := strings.Cut(s[starts[k]:], "\n")
	return line
}

// signsOff tells whether a line ends a mail, and whether more stands behind the words
// that do ("Thanks, Anna, Acme AG").
func signsOff(line string) (rest, ok bool) {
	if len(line) > 120 {
		return false, false
	}
	if !mayEnd(line) {
		return false, false
	}
	var w words
	w.fold(compose(line))
	if len(w.list) == 0 || len(w.list) > maxSignedWords+2 {
		return false, false
	}
	for n := min(vocab.longest, len(w.list)); n > 0; n-- {
		if !vocab.signOff[string(w.phrase(0, n))] {
			continue
		}
		for k := n; k < len(w.list); k++ {
			if w.list[k].before >= softGap {
				rest = true
			}
		}
		// "Thanks for the quick answer" ends nothing.
		return rest, rest || len(w.list) <= 5 && !isSentenceBehind(&w, n)
	}
	return false, false
}

// mayEnd tells, fast, whether a line can be one that ends a mail.
func mayEnd(line string) bool {
	var first [24]byte
	n := 0
	for line = strings.TrimLeft(line, " \t"); n < len(line) && n < len(first); n++ {
		c := line[n]
		if c >= utf8.RuneSelf {
			return true
		}
		if first[n] = asciiLower[c]; first[n] == 0 {
			break
		}
	}
	return n == 0 || n == len(first) || vocab.signOffFirst[string(first[:n])]
}

// isSentenceBehind tells whether a sentence goes on behind the words that end a mail.
func isSentenceBehind(w *words, n int) bool {
	if n == len(w.list) {
		return false
	}
	switch string(w.phrase(n, n+1)) {
	case "for", "fuer", "pour", "por", "per", "voor", "za", "foer", "in", "if", "that", "to":
		return len(w.list)-n > 2
	}
	return false
}

// wrapAt is the length in bytes from which on a line is taken to go on in the next.
const wrapAt = 50

// unwrap joins lines that were broken for their length, so that a sentence is one.
func unwrap(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	last := 0
	for line := range strings.Lines(s) {
		words := strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(words)
		switch {
		case b.Len() == 0:
		case last >= wrapAt && trimmed != "" && !isItem(line):
			b.WriteByte(' ')
		default:
			b.WriteByte('\n')
		}
		b.WriteString(words)
		last = len(words)
	}
	return b.String()
}
