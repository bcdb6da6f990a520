package threading

import (
	"embed"
	"strings"
	"unicode/utf8"
)

// prefixFiles are the reply and forward prefixes, one file a language. A line
// is "reply:" or "forward:" and the words that stand before the colon, between
// commas. Case does not matter.
//
//go:embed prefixes/*.txt
var prefixFiles embed.FS

// markText lists what gateways put before the subjects of outside mail.
//
//go:embed marks.txt
var markText string

// prefixes are the words of all languages in lower case, marks the marks as they stand.
var (
	prefixes = readPrefixes(prefixFiles)
	marks    = readMarks(markText)
	maxWord  = longest(prefixes)
)

// maxPrefixBytes is how far into a subject a prefix's colon is looked for.
const maxPrefixBytes = 64

// readPrefixes reads the files of all languages. A file that cannot be read has
// no words, which the tests exclude.
func readPrefixes(files embed.FS) map[string]bool {
	words := map[string]bool{}
	list, _ := files.ReadDir("prefixes")
	for _, f := range list {
		text, _ := files.ReadFile("prefixes/" + f.Name())
		for line := range strings.Lines(string(text)) {
			kind, list, _ := strings.Cut(line, ":")
			if kind != "reply" && kind != "forward" {
				continue
			}
			for w := range strings.SplitSeq(list, ",") {
				if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
					words[w] = true
				}
			}
		}
	}
	return words
}

// readMarks reads the marks, one a line.
func readMarks(text string) (marks []string) {
	for line := range strings.Lines(text) {
		if m := strings.TrimSpace(line); m != "" && m[0] != '#' {
			marks = append(marks, m)
		}
	}
	return marks
}

// longest is the length of the longest word in bytes.
func longest(words map[string]bool) (n int) {
	for w := range words {
		n = max(n, len(w))
	}
	return n
}

// cutMark removes one gateway's mark.
func cutMark(s string) string {
	for _, m := range marks {
		// Setting the bit 0x20 makes ASCII letters lower case: a quick look at the first.
		if len(s) >= len(m) && s[0]|0x20 == m[0]|0x20 && strings.EqualFold(s[:len(m)], m) {
			return s[len(m):]
		}
	}
	return s
}

// cutPrefix removes one reply or forward prefix.
func cutPrefix(s string) string {
	head := s
	if len(head) > maxPrefixBytes {
		head = head[:maxPrefixBytes]
	}
	colon := strings.IndexAny(head, ":：﹕")
	if colon <= 0 {
		return s
	}
	_, width := utf8.DecodeRuneInString(s[colon:])
	word := cutCount(strings.TrimRight(s[:colon], " "))
	if word = strings.TrimRight(word, " "); len(word) > 2*maxWord || !prefixes[strings.ToLower(word)] {
		return s
	}
	return s[colon+width:]
}

// cutCount removes the counter of a prefix: "Re[2]", "Re(2)", "Re^2", "Re*2", "Re2".
func cutCount(word string) string {
	n := len(word)
	if n == 0 {
		return word
	}
	closed := word[n-1] == ']' || word[n-1] == ')'
	end := n
	if closed {
		end--
	}
	start := end
	for start > 0 && word[start-1] >= '0' && word[start-1] <= '9' {
		start--
	}
	if start == end {
		return word
	}
	if start > 0 {
		switch c := word[start-1]; {
		case closed && (c == '[' || c == '('), !closed && (c == '^' || c == '*' || c == '#'):
			return word[:start-1]
		case closed:
			return word
		}
	}
	return word[:start]
}

// cutFwdBrackets takes the subject out of "[Fwd: …]".
//
// RFC 5256 §2.1: subj-fwd-hdr is "[fwd:" and subj-fwd-trl is "]".
func cutFwdBrackets(s string) string {
	if len(s) < 3 || s[0] != '[' || s[len(s)-1] != ']' {
		return s
	}
	inner := s[1 : len(s)-1]
	if r, _ := utf8.DecodeRuneInString(inner); r == ' ' {
		return s
	}
	if rest := cutPrefix(inner); len(rest) < len(inner) {
		return rest
	}
	return s
}
