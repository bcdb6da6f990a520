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
	line = strings.TrimLeft(line, "*> \t\u00a0\ufeff\u200b\u200e\u200f\u202a\u202b")
	head := line[:min(len(line), longest)]
	i, n := strings.IndexByte(head, ':'), 1
	if j := strings.Index(head, "："); j >= 0 && (i < 0 || j < i) {
		i, n = j, len("：")
	}
	if i <= 0 {
		return labelNone, ""
	}
	name := strings.TrimRight(head[:i], "* \t\u00a0\u202f\u200e\u200f")
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

// separator reads "-----Original Message-----", which may have the first field of
// the earlier mail behind it. words is what stands between the dashes, "" for a
// bare line; rest what follows.
func separator(t string) (words, rest string, ok bool) {
	const marks, far = "-_=*", 120
	if len(t) < 4 || strings.IndexByte(marks, t[0]) < 0 || t[1] != t[0] {
		return "", "", false
	}
	inner := strings.TrimLeft(t, marks)
	if inner == "" {
		return "", "", len(t) >= 5
	}
	head := inner[:min(len(inner), far)]
	end := strings.Index(head, "--")
	if t[0] != '-' {
		end = strings.Index(head, t[:2])
	}
	if end < 0 {
		return "", "", false
	}
	return strings.TrimSpace(inner[:end]), strings.TrimLeft(inner[end:], marks+" \t\u00a0"), true
}

// beginsWith tells whether s begins with one of the phrases, whatever their case.
func beginsWith(s string, phrases []string) bool {
	const longest = 60
	var buf [2 * longest]byte
	low := lowerInto(buf[:0], cutRunes(s, longest))
	for _, p := range phrases {
		if len(low) >= len(p) && string(low[:len(p)]) == p {
			return true
		}
	}
	return false
}

// isForwardLine tells a line that stands above a mail that is passed on, such as
// "Begin forwarded message:".
func isForwardLine(t string) bool {
	const longest = 80
	t = strings.TrimLeft(t, "> \t*\ufeff")
	if len(t) > longest || !strings.HasSuffix(strings.TrimRight(t, "* \u00a0"), ":") {
		return false
	}
	var buf [2 * longest]byte
	low := string(lowerInto(buf[:0], strings.TrimRight(t, ":* \u00a0")))
	for _, p := range quoteWords.forwarded {
		if low == p {
			return true
		}
	}
	return false
}

// startsAnnouncement tells whether a line may begin an announcement: with its
// first word, with a date, or by being one in itself ("X wrote:").
func startsAnnouncement(t string) bool {
	t = strings.TrimLeft(t, "\ufeff\u200b\u200e\u200f")
	if strings.HasPrefix(t, "在") || t != "" && '0' <= t[0] && t[0] <= '9' && isDated(t) {
		return true
	}
	const longest = 16
	first := t[:min(len(t), longest+1)]
	if i := strings.IndexByte(first, ' '); i > 0 {
		first = first[:i]
	}
	var buf [2 * longest]byte
	if len(first) <= longest && quoteWords.on[string(lowerInto(buf[:0], strings.Trim(first, "*,.\"'")))] {
		return true
	}
	if strings.HasSuffix(t, ":") || strings.HasSuffix(t, "：") {
		return endsAnnouncement(t)
	}
	return strings.Contains(t, "@") && hasVerb(t)
}

// endsAnnouncement tells whether the text, joined so far, is a whole
// announcement: it ends with a colon and says that somebody wrote at some time or
// from some address; or it is a time and an address and hardly more.
func endsAnnouncement(t string) bool {
	t = strings.TrimRight(t, "*_ \u00a0\u200e\u200f")
	if !strings.HasSuffix(t, ":") && !strings.HasSuffix(t, "：") {
		return false
	}
	dated := strings.ContainsAny(t, "0123456789@")
	if !dated && strings.Count(t, " ") > 4 {
		return false
	}
	low := strings.ToLower(t)
	for _, w := range quoteWords.wrote {
		i := strings.LastIndex(low, w)
		if i < 0 || (i > 0 && !boundaryBefore(low, i)) || wordAt(low, i+len(w)) {
			continue
		}
		rest := strings.Trim(low[i+len(w):], ":： *_\u00a0(a)")
		// A name, and perhaps an address with a token in it.
		if rest == "" || dated && (len(rest) < 80 || len(rest) < 200 && strings.Contains(rest, "@")) {
			return true
		}
	}
	return dated && isDateAndAddress(t)
}

// wordAt tells whether a word of the same script goes on at i: "wroten" is no
// verb. Scripts without spaces have no such ends.
func wordAt(s string, i int) bool {
	return i < len(s) && 'a' <= s[i] && s[i] <= 'z'
}

// isDateAndAddress tells an announcement of any language by its form alone: a
// time, a name and an address in brackets, before which and behind which stand few
// words.
func isDateAndAddress(t string) bool {
	const longest, words = 200, 4
	if len(t) > longest {
		return false
	}
	open := strings.LastIndexAny(t, "<(")
	if open < 0 {
		return false
	}
	end := strings.IndexAny(t[open:], ">)")
	if end < 0 || strings.Count(t[open:open+end], "@") != 1 || strings.ContainsAny(t[open:open+end], "=/ ") {
		return false
	}
	return isDated(t[:open]+t[open+end:]) && strings.Count(strings.TrimSpace(t[open+end:]), " ") <= words && strings.Count(t[:open], " ") <= 12
}

// isDated tells whether a text has a year or a time of day: four digits that
// begin with 19 or 20, or digits on both sides of a colon or a full stop.
func isDated(t string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(t) && '0' <= t[i] && t[i] <= '9' }
	for i := 0; i < len(t); i++ {
		switch {
		case t[i] == ':' && digit(i-1) && digit(i+1) && digit(i+2):
			return true
		case (t[i] == '/' || t[i] == '.' || t[i] == '-') && digit(i-1) && digit(i+1) && digit(i+2):
			return true
		case digit(i) && !digit(i-1) && digit(i+1) && digit(i+2) && digit(i+3) && !digit(i+4) && (t[i:i+2] == "20" || t[i:i+2] == "19"):
			return true
		}
	}
	return false
}

// hasVerb tells whether a line says that somebody wrote.
func hasVerb(t string) bool {
	low := strings.ToLower(t)
	for _, w := range quoteWords.wrote {
		if i := strings.LastIndex(low, w); i > 0 && boundaryBefore(low, i) {
			return true
		}
	}
	return false
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
	low := strings.ToLower(line)
	if strings.IndexByte(line, ',') >= 0 && !hasAny(low, quoteWords.pardon) {
		return false
	}
	for _, w := range quoteWords.device {
		if tail, ok := strings.CutPrefix(low, w); ok {
			return hasAny(low, quoteWords.gear) || hasAny(low, quoteWords.pardon) || namesThing(line[max(0, len(line)-len(tail)):])
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

// hasAny tells whether s has one of the phrases in it.
func hasAny(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
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

// longestAnnouncement is how many bytes an announcement may have.
const longestAnnouncement = 400

// IsAttribution tells whether a line, with those that follow it when a client
// broke it, announces a quotation: "On Monday, X wrote:" in any language that we
// know.
func IsAttribution(line string, more ...string) bool {
	line = strings.TrimSpace(line)
	if len(line) > longestAnnouncement || !startsAnnouncement(line) {
		return false
	}
	for _, m := range more {
		line += " " + strings.TrimSpace(m)
	}
	return len(line) <= longestAnnouncement && endsAnnouncement(line)
}

func makeSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
