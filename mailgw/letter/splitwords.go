package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// label returns the role of a line "Von: …", also when it is bold ("*Von:* …"),
// and what stands behind the colon.
func label(line string) (role headerLabel, value string) {
	const longest = 48
	line = trimmedLeft(line, "*> \t\u00a0\ufeff\u200b\u200e\u200f\u202a\u202b")
	head := line[:min(len(line), longest)]
	i, n := strings.IndexByte(head, ':'), 1
	const wide = "："
	if strings.IndexByte(head, wide[0]) >= 0 {
		if j := strings.Index(head, wide); j >= 0 && (i < 0 || j < i) {
			i, n = j, len(wide)
		}
	}
	if i <= 0 {
		return labelNone, ""
	}
	name := head[:i]
	if last := name[i-1]; !isLetter(last) && !isDigit(last) { // most end with one
		name = strings.TrimRight(name, "* \t\u00a0\u202f\u200e\u200f")
	}
	if strings.Count(name, " ") > 2 {
		return labelNone, ""
	}
	var buf [2 * longest]byte
	role = quoteWords.labels[string(lowerInto(buf[:0], name))]
	if role == labelNone {
		return labelNone, ""
	}
	return role, strings.Trim(line[i+n:], "* \t\u00a0\u200e\u200f\u202c")
}

// lowerInto appends s in lower case to buf; a no-break space becomes a space.
func lowerInto(buf []byte, s string) []byte {
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r == '\u00a0' || r == '\u202f':
			r = ' '
		case r >= utf8.RuneSelf:
			r = unicode.ToLower(r)
		}
		buf = utf8.AppendRune(buf, r)
	}
	return buf
}

// trimmedLeft is [strings.TrimLeft] for signs that are neither letters nor digits:
// most lines begin with one of these.
func trimmedLeft(s, signs string) string {
	if s != "" && (isLetter(s[0]) || isDigit(s[0])) {
		return s
	}
	return strings.TrimLeft(s, signs)
}

// trimmedBlanks returns a line without the [blankSigns] around it. Most have none.
func trimmedBlanks(s string) string {
	if s != "" && isVisible(s[0]) && isVisible(s[len(s)-1]) {
		return s
	}
	return strings.Trim(s, blankSigns)
}

// isVisible tells the printable signs of ASCII but the space.
func isVisible(c byte) bool { return ' ' < c && c < 0x7f }

// dashes are what rules are drawn with.
const dashes = "-_=*‐‑–—―─━═＿"

// separator reads "-----Original Message-----", which may have the first field of
// the earlier mail behind it. words is what stands between the dashes, "" for a
// bare line; rest what follows.
func separator(t string) (words, rest string, ok bool) {
	const shortest, far = 5, 120
	if t == "" || t[0] < utf8.RuneSelf && strings.IndexByte(dashes, t[0]) < 0 {
		return "", "", false
	}
	inner := strings.TrimLeft(t, dashes)
	if inner == "" {
		return "", "", len(t) >= shortest
	}
	if len(t)-len(inner) < 2 {
		return "", "", false
	}
	head := inner[:min(len(inner), far)]
	for from := 0; ; {
		i := strings.IndexAny(head[from:], dashes)
		if i < 0 {
			return "", "", false
		}
		i += from
		after := strings.TrimLeft(inner[i:], dashes)
		if len(inner)-i-len(after) >= 2 {
			return strings.TrimSpace(inner[:i]), strings.TrimLeft(after, " \t\u00a0"), true
		}
		from = len(inner) - len(after)
		if from >= len(head) {
			return "", "", false
		}
	}
}

// isForwardLine tells a line that stands above a mail that is passed on, such as
// "Begin forwarded message:".
func isForwardLine(t string) bool {
	const longest = 80
	t = trimmedLeft(t, "> \t*\ufeff")
	if len(t) > longest || !quoteWords.forwarded.mayOpen(t) {
		return false
	}
	return quoteWords.forwarded.are(strings.TrimRight(t, ":：* \u00a0"))
}

// IsDeviceLine tells a line that phones and mail programs add by themselves, such
// as "Sent from my iPhone": it names a thing, in capitals, with a number, or one
// that we know. With a comma it is a sentence of somebody's, unless that asks to
// pardon mistakes.
func IsDeviceLine(line string) bool {
	const longest = 200 // whole mails are asked about, too
	if len(line) > longest || strings.IndexByte(line, '\n') >= 0 {
		return false
	}
	line = strings.Trim(line, "*_- \t<>[]()\u00a0")
	if !quoteWords.device.mayOpen(line) {
		return false
	}
	low := strings.ToLower(line)
	if strings.IndexByte(line, ',') >= 0 && quoteWords.pardon.in(low) == "" {
		return false
	}
	for _, w := range quoteWords.device.list {
		if tail, ok := strings.CutPrefix(low, w); ok {
			return quoteWords.gear.in(low) != "" || quoteWords.pardon.in(low) != "" || namesThing(line[max(0, len(line)-len(tail)):])
		}
	}
	return false
}

// namesThing tells whether a word of s begins with a capital letter or has a
// digit, or is of a script without capitals; so that "from my desk" is no device.
func namesThing(s string) bool {
	for _, r := range s {
		if unicode.IsUpper(r) || '0' <= r && r <= '9' || r > utf8.RuneSelf && unicode.IsLetter(r) && !unicode.IsLower(r) {
			return true
		}
	}
	return false
}

// directions are the signs that only say in which direction a text runs, or nothing.
var directions = strings.NewReplacer("\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u202d", "", "\u202e", "",
	"\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "\u200b", "", "\ufeff", "")

// visible takes the invisible signs from a line.
func visible(s string) string {
	if strings.IndexByte(s, 0xe2) < 0 && strings.IndexByte(s, 0xef) < 0 {
		return s
	}
	return directions.Replace(s)
}

// IsForward tells whether a subject says that the mail passes another one on.
func IsForward(subject string) bool {
	subject = strings.ReplaceAll(cutRunes(strings.TrimLeft(subject, " ["), 30), "：", ":")
	first, _, ok := strings.Cut(subject, ":")
	return ok && quoteWords.fwd[strings.ToLower(strings.TrimSpace(first))]
}

// boundaryBefore tells whether s[i] begins a word.
func boundaryBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	first, _ := utf8.DecodeRuneInString(s[i:])
	return !isWordRune(r) || first >= 0x3000 // Chinese, Japanese and Korean have no spaces
}

// isWordRune tells letters, roughly.
func isWordRune(r rune) bool {
	return 'a' <= r && r <= 'z' || r >= 0xc0 && r != '»' && r < 0x2000
}

func makeSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
