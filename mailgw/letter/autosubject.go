package letter

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AutoSubject tells subjects that programs put before what they answer to. Alone it
// proves nothing: a person may answer such a mail.
func AutoSubject(s string) bool {
	const longest = 40 // bytes that may say it
	var buf [2 * longest]byte
	low := lowerInto(buf[:0], cutRunes(s, longest))
	for _, w := range machine.autoSubject.list {
		if bytes.HasPrefix(low, []byte(w)) {
			return true
		}
	}
	return false
}

// autoSubjectEnds tells whether a subject of AutoSubject stops behind the words of
// the program, or goes on with the subject that it answers. A person goes on in the
// sentence: "Automatic reply does not work".
func autoSubjectEnds(s string) bool {
	low := flatLower(s)
	for _, w := range machine.autoSubject.list {
		rest, ok := strings.CutPrefix(low, w)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		first, _ := utf8.DecodeRuneInString(rest)
		if rest == "" || !unicode.IsLetter(first) && !unicode.IsDigit(first) || strings.ContainsAny(rest, ":：") || strings.HasSuffix(w, ":") || strings.HasSuffix(w, "]") {
			return true
		}
	}
	return false
}

// bounceSubject tells subjects that say that a mail was not delivered.
func bounceSubject(s string) bool {
	s = flatLower(s)
	if machine.bounceSubject.in(s) != "" {
		return true
	}
	return strings.Contains(s, "fail") && (strings.Contains(s, "deliver") || strings.Contains(s, "return"))
}
