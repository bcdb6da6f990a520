package letter

import (
	"strings"
	"unicode"
)

// formHead reads the header of an earlier mail in a language that we have no words
// for, by its form: lines without a gap, each a few words, a colon and a value; the
// first value ends with an address in brackets, one of the next two has a date, and
// the last is the subject of this mail. The order is that of Outlook in all languages.
func (s *quoteSplitter) formHead(t string) (h quotedHead, ok bool) {
	const lines = 7
	if s.pos < s.fieldsEnd { // one of the lines that were looked at in vain
		return h, false
	}
	if s.topic == "" || strings.IndexByte(t, '>') < 0 { // most lines
		return h, false
	}
	from, ok := formField(t)
	if !ok || !strings.HasSuffix(from, ">") || strings.LastIndexByte(from, '@') < strings.LastIndexByte(from, '<') {
		return h, false
	}
	_, pos := nextLine(s.text, s.pos)
	for i := 1; i < lines && pos < len(s.text); i++ {
		line, next := nextLine(s.text, pos)
		h.looked += next - pos
		value, ok := formField(strings.Trim(line, ">*"+blankSigns))
		if !ok {
			break
		}
		if i <= 2 && h.sent == "" && isDated(value) {
			h.sent = value
		}
		if h.sent != "" && i >= 2 && topicOf(value) == s.topic {
			h.from, h.subject, h.end = from, value, next
			break
		}
		pos = next
	}
	s.steps += h.looked
	s.fieldsEnd = pos
	return h, h.end > 0
}

// formField returns the value of a line that has the form of a field.
func formField(line string) (value string, ok bool) {
	const longest, words = 60, 3
	if len(line) > maxHeadLine {
		return "", false
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" || len(name) > longest || strings.Count(strings.TrimSpace(name), " ") >= words || strings.ContainsAny(name, "<>@.,/0123456789") {
		return "", false
	}
	return strings.Trim(value, " \t\u00a0*"), true
}

// topicOf returns a subject in small letters without the marks before it, such as
// "Re:" and "AW:" in any language.
func topicOf(subject string) string {
	const marks, longest = 8, 24
	subject = strings.Join(strings.Fields(subject), " ")
	for range marks {
		mark, _, ok := strings.Cut(strings.ReplaceAll(cutRunes(subject, longest), "：", ":"), ":")
		if !ok || mark == "" || len(mark) > longest || strings.ContainsFunc(mark, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '.' }) {
			break
		}
		subject = strings.TrimLeft(subject[strings.IndexAny(subject, ":："):], ":： ")
	}
	return strings.ToLower(subject)
}
