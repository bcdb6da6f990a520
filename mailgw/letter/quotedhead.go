package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotedHead is the header of an earlier mail as mail programs repeat it in a
// text, one "From: …" a line. The values are as they came.
type quotedHead struct {
	from, sent, to, subject string
	found                   int // how many of those four stand there
	first                   headerLabel
	bare                    bool // the fields have no colons
	end                     int  // where the text behind it begins
	looked                  int  // bytes that were looked at, for the tests
}

// maxHeadLines is how many lines such a header has, and maxHeadLine how long a
// line of it may be.
const (
	maxHeadLines = 24
	maxHeadLine  = 4 << 10
)

// blankSigns is what stands at the front of a line and says nothing.
const blankSigns = " \t\r\u00a0\ufeff\u200b\u200e\u200f"

// readQuotedHead reads the header that begins at text[pos:], behind empty lines.
// announced says that a line above told of an earlier mail. ok is false when there is none: it
// has to name its author and two more fields, of which one is a subject unless the
// author has an address; or one more when it was announced.
func readQuotedHead(text string, pos int, announced bool) (h quotedHead, ok bool) {
	last, gap := labelNone, false
	for range maxHeadLines {
		if pos >= len(text) {
			break
		}
		raw, next := nextLine(text, pos)
		h.looked += next - pos
		line := strings.TrimLeft(raw, "> \t\u00a0\ufeff\u200b")
		if line = strings.TrimRight(line, " \t\r\u00a0"); line == "" {
			gap, pos = true, next
			continue
		}
		role, value := labelNone, ""
		if len(line) <= maxHeadLine {
			role, value = label(line)
		}
		if role == labelNone && announced && (h.found == 0 || h.bare && !gap) {
			role, value = bareLabel(line)
			h.bare = h.bare || role != labelNone
		}
		switch {
		case role != labelNone:
			if h.first == labelNone {
				h.first = role
			}
			last = h.take(role, value)
		case last == labelNone || gap || !continues(text[:pos], raw, last):
			return h, h.complete(announced)
		default:
			h.more(last, line)
		}
		gap, pos = false, next
		h.end = pos
	}
	return h, h.complete(announced)
}

// bareLabel reads a field without a colon, as eM Client writes it: "From Jane
// <jane@example.com>". It is one only below a line that announces a mail.
func bareLabel(line string) (role headerLabel, value string) {
	const longest = 48
	name, value, ok := strings.Cut(line, " ")
	if !ok || len(name) > longest {
		return labelNone, ""
	}
	var buf [2 * longest]byte
	role = quoteWords.labels[string(lowerInto(buf[:0], name))]
	return role, strings.TrimLeft(value, " \t\u00a0")
}

// complete tells whether enough fields were found.
func (h *quotedHead) complete(announced bool) bool {
	if h.from == "" {
		return false
	}
	address := strings.IndexByte(h.from, '@') >= 0
	if h.bare {
		return h.found >= 3 && address
	}
	if announced {
		return h.found >= 2 || address
	}
	return h.found >= 3 && (address || h.subject != "" || h.first == labelFrom && h.found == 4)
}

// continues tells whether a line without a label goes on with the field above: a
// list of people that ended with a comma, or a line that is indented.
func continues(above, raw string, last headerLabel) bool {
	above = strings.TrimRight(above, " \t\r\n")
	if address := strings.Trim(raw, "> \t\r\u00a0,;"); last != labelSent && strings.HasPrefix(address, "<") && !strings.HasSuffix(above, ">") && strings.IndexByte(address, ' ') < 0 && strings.IndexByte(address, '@') >= 0 {
		return true // Gmail breaks its lines before an address
	}
	return last != labelSent && (strings.HasSuffix(above, ",") || strings.HasSuffix(above, ";")) && strings.IndexByte(raw, '@') >= 0 ||
		(last == labelTo || last == labelOther) && raw != "" && (raw[0] == ' ' || raw[0] == '\t') && strings.IndexByte(raw, '@') >= 0
}

// more adds a line to the field above.
func (h *quotedHead) more(role headerLabel, line string) {
	switch role {
	case labelSubject:
		h.subject += " " + line
	case labelFrom:
		h.from += " " + line
	}
}

// take keeps a field's value, the first of its kind. Some programs write several
// fields into one line; those are taken apart. It returns the last role.
func (h *quotedHead) take(role headerLabel, value string) headerLabel {
	for range labels {
		h.looked += len(value)
		head, next, rest := value, labelNone, ""
		if role != labelSubject {
			head, next, rest = innerLabel(value)
		}
		h.set(role, head)
		if next == labelNone {
			break
		}
		role, value = next, rest
	}
	return role
}

func (h *quotedHead) set(role headerLabel, value string) {
	var field *string
	switch role {
	case labelFrom:
		field = &h.from
	case labelSent:
		field = &h.sent
	case labelTo:
		field = &h.to
	case labelSubject:
		field = &h.subject
	}
	if field == nil || *field != "" {
		return
	}
	if value == "" {
		value = " " // it stands there, and is empty
	}
	*field = value
	h.found++
}

// innerLabel finds the first field inside of a value, as in
// "Jane <jane@example.com>To: …": a name that begins with a capital letter or has
// none, behind a space, a bracket or glued to the word before.
func innerLabel(value string) (head string, role headerLabel, rest string) {
	for from := 0; ; {
		i := strings.IndexByte(value[from:], ':')
		if i < 0 {
			return value, labelNone, ""
		}
		i += from
		from = i + 1
		if at, role := labelBefore(value, i); role != labelNone {
			return strings.TrimRight(value[:at], " \t\u00a0"), role, strings.TrimLeft(value[from:], " \t\u00a0")
		}
	}
}

// labelBefore returns where the longest field name begins that ends at end.
func labelBefore(s string, end int) (at int, role headerLabel) {
	const longest = 40
	name := strings.TrimRight(s[max(0, end-longest):end], " \u00a0")
	var buf [2 * longest]byte
	base := max(0, end-longest)
	for i, r := range name {
		if !unicode.IsLetter(r) || unicode.IsLower(r) || r == utf8.RuneError {
			continue
		}
		if l := quoteWords.labels[string(lowerInto(buf[:0], name[i:]))]; l != labelNone && base+i > 0 {
			return base + i, l
		}
	}
	return 0, labelNone
}

// quotedAuthor reads who wrote an earlier mail: a name and an address in whatever
// brackets, of which the first address counts. A name alone has no address.
func quotedAuthor(value string) Address {
	value = strings.ReplaceAll(strings.ReplaceAll(value, "<mailto:", "<"), "[mailto:", "<")
	at := strings.IndexByte(value, '@')
	if at < 0 {
		return Address{Name: cleanLine(strings.Trim(value, " \"'«»„“”<>[]()*"))}
	}
	from, to := at, at
	for from > 0 && !strings.ContainsRune(" \t<>()[]\"',;:", rune(value[from-1])) && value[from-1] < utf8.RuneSelf {
		from--
	}
	for to < len(value) && !strings.ContainsRune(" \t<>()[]\"',;:", rune(value[to])) && value[to] < utf8.RuneSelf {
		to++
	}
	a := ParseAddress(strings.TrimRight(value[from:to], "."))
	if a.Addr != "" {
		a.Name = cleanLine(strings.Trim(value[:from], " \t\"'«»„“”<>[]()*,;:\u00a0"))
	}
	return a
}
