package threading

import (
	_ "embed" // the table of prefixes
	"strings"
	"unicode/utf8"
)

// prefixText is the table of reply and forward prefixes of all languages.
//
//go:embed prefixes.txt
var prefixText string

// prefixes holds the table's words in folded form; gateways' marks come in
// brackets of their own and need no colon.
var prefixes, marks = readPrefixes(prefixText)

// maxPrefixBytes is how far into a subject a prefix's colon is looked for.
const maxPrefixBytes = 64

// readPrefixes reads prefixes.txt.
func readPrefixes(text string) (words map[string]bool, marks []string) {
	words = map[string]bool{}
	for line := range strings.Lines(text) {
		tag, list, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for w := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '|' || r == '\n' }) {
			w = strings.TrimSpace(w)
			switch {
			case w == "":
			case tag == "marks":
				marks = append(marks, w)
			default:
				words[strings.ToLower(w)] = true
			}
		}
	}
	return words, marks
}

// BareSubject returns what a subject says without the prefixes that mail
// programs add when they reply or forward, in some forty languages, repeated,
// counted or not ("Re: AW: RE[2]: 回复：", "[Fwd: …]", "… (fwd)"), and without
// the marks of gateways ("[EXTERNAL]"). White space is folded to single spaces.
// Tags of ticket systems stay. Compare bare subjects with [SameSubject].
func BareSubject(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	for {
		before := len(s)
		s = strings.TrimSpace(cutFwdBrackets(cutPrefix(cutMark(s))))
		// RFC 5256 §2.1: "(fwd)" at the end is a mark of a forward.
		if n := len(s) - len("(fwd)"); n >= 0 && strings.EqualFold(s[n:], "(fwd)") {
			s = strings.TrimSpace(s[:n])
		}
		if len(s) == before {
			return s
		}
	}
}

// SameSubject tells whether two bare subjects say the same, in any case of
// letters. Two empty subjects say nothing, so they are not the same.
func SameSubject(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// cutMark removes one gateway's mark.
func cutMark(s string) string {
	for _, m := range marks {
		if len(s) >= len(m) && s[0] == m[0] && strings.EqualFold(s[:len(m)], m) {
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
	colon := strings.IndexByte(head, ':')
	width := 1
	if i := strings.Index(head, "："); i >= 0 && (colon < 0 || i < colon) {
		colon, width = i, len("：")
	}
	if colon <= 0 {
		return s
	}
	word := cutCount(strings.TrimRight(s[:colon], " "))
	if !prefixes[strings.ToLower(strings.TrimRight(word, " "))] {
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
