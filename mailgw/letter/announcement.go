package letter

import "strings"

// longestAnnouncement is how many bytes an announcement may have.
const longestAnnouncement = 400

// IsAttribution tells whether a line, with those that follow it when a client
// broke it, announces a quotation: "On Monday, X wrote:" in any language that we
// know.
func IsAttribution(line string, more ...string) bool {
	line = visible(strings.TrimSpace(line))
	if len(line) > longestAnnouncement || !startsAnnouncement(line) {
		return false
	}
	for _, m := range more {
		line += " " + visible(strings.TrimSpace(m))
	}
	return len(line) <= longestAnnouncement && endsAnnouncement(line)
}

// announcement recognises "On Monday, X wrote:", which may be broken over a few
// lines. It returns where it ends, 0 when t begins none.
func (s *quoteSplitter) announcement(t string, next int) int {
	if isGlued(t) {
		return next
	}
	if len(t) > longestAnnouncement || !s.colonSoon() {
		return 0
	}
	t = visible(t)
	weak := !startsAnnouncement(t)
	if weak && !s.mayBegin(t, next) {
		return 0
	}
	const longest = 8 // lines
	end, gaps := next, false
	for range longest {
		s.steps += len(t)
		if endsAnnouncement(t) {
			if (gaps || weak) && !strings.Contains(t, "@") || s.byFormOnly(t, end) {
				return 0
			}
			return end
		}
		if s.isNameOnly(t, end) {
			return end
		}
		if strings.HasSuffix(t, ":") || strings.HasSuffix(t, "：") { // it ended, and was none
			return 0
		}
		line, after := nextLine(s.text, min(end, len(s.text)))
		line = visible(strings.TrimSpace(line))
		if line == "" && after < len(s.text) && isDated(t) { // some programs leave lines empty
			gaps, end = true, after
			continue
		}
		if line == "" || line[0] == '>' && !(gaps && endsAnnouncement(t+line)) || len(t)+len(line) > longestAnnouncement {
			return 0
		}
		t, end = t+" "+line, after
	}
	return 0
}

// isGlued tells an announcement behind which, on the same line, the earlier mail
// begins: Yahoo on phones writes "On Mon, 2 Mar 2026 at 10:14, X<x@example.com> wrote:   Hello".
func isGlued(t string) bool {
	i := strings.Index(t[:min(len(t), longestAnnouncement)], ":  ")
	if i < 0 {
		return false
	}
	t = visible(t[:i+1])
	return strings.Contains(t, "@") && isDated(t) && hasVerb(t) && startsAnnouncement(t) && endsAnnouncement(t)
}

// mayBegin tells whether a line with none of the words may begin an announcement:
// it begins a paragraph and has a date, or an address behind it.
func (s *quoteSplitter) mayBegin(t string, next int) bool {
	if !s.paragraph() {
		return false
	}
	return isDated(t) || strings.HasSuffix(t, "<") || strings.HasPrefix(strings.TrimLeft(s.text[min(next, len(s.text)):], " \t"), "<") || strings.HasSuffix(t, ":") && strings.Contains(t, "@")
}

// paragraph tells whether the line at s.pos stands below an empty line or nothing.
func (s *quoteSplitter) paragraph() bool {
	above := strings.TrimRight(s.text[:s.pos], " \t\r")
	if !strings.HasSuffix(above, "\n") {
		return above == ""
	}
	above = strings.TrimRight(above[:len(above)-1], " \t\r>")
	s.steps += s.pos - len(above)
	return above == "" || strings.HasSuffix(above, "\n")
}

// isNameOnly tells "Quoting X <x@example.com>:", few words and an address, with
// quoted lines below it.
func (s *quoteSplitter) isNameOnly(t string, end int) bool {
	const longest, words = 120, 5
	return len(t) <= longest && strings.HasSuffix(t, ">:") && strings.Contains(t, "@") && strings.Count(t, " ") <= words &&
		s.paragraph() && s.quotesFollow(end)
}

// byFormOnly tells whether an announcement that no verb proves stands among
// other words: then it is part of them, such as a line of a log.
func (s *quoteSplitter) byFormOnly(t string, end int) bool {
	if s.quotesFollow(end) {
		return false
	}
	if hasVerb(t) {
		return !strings.ContainsAny(t, "0123456789@")
	}
	below, _ := nextLine(s.text, min(end, len(s.text)))
	return !s.paragraph() || strings.TrimSpace(below) != ""
}

// colonSoon tells whether a line ends with a colon within the reach of an
// announcement. It looks at each byte of the text once.
func (s *quoteSplitter) colonSoon() bool {
	if s.colon < s.pos {
		s.colon = lastColon(s.text, s.pos)
		s.steps += min(s.colon, len(s.text)) - s.pos
	}
	return s.colon-s.pos <= longestAnnouncement || s.wide
}

// lastColon returns the end of the first colon at or after pos that is the last
// sign on its line; far behind the text's end when there is none.
func lastColon(text string, pos int) int {
	for {
		i := strings.IndexByte(text[pos:], ':')
		if i < 0 {
			return len(text) + longestAnnouncement + 1
		}
		pos += i + 1
		if rest := strings.TrimLeft(text[pos:], "*_ \t\r\u00a0\u200e\u200f\u202a\u202c\u2069"); rest == "" || rest[0] == '\n' {
			return pos
		}
	}
}

// startsAnnouncement tells whether a line may begin an announcement: with its
// first word, with a date, or by being one in itself ("X wrote:").
func startsAnnouncement(t string) bool {
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
	t = strings.TrimRight(t, "*_ \u00a0")
	const shortest = 4
	if len(t) < shortest || !strings.HasSuffix(t, ":") && !strings.HasSuffix(t, "：") {
		return false
	}
	dated := strings.ContainsAny(t, "0123456789@")
	if !dated && strings.Count(t, " ") > 4 {
		return false
	}
	low := strings.ToLower(t)
	for _, w := range quoteWords.wrote.list {
		if !strings.Contains(low, w) { // many times as fast as LastIndex, which mostly finds nothing
			continue
		}
		i := strings.LastIndex(low, w)
		if i > 0 && !boundaryBefore(low, i) || wordAt(low, i+len(w)) {
			continue
		}
		if rest := strings.Trim(low[i+len(w):], ":： *_\u00a0(a)"); rest == "" || dated && isWho(rest, t) {
			return true
		}
	}
	return dated && isDateAndAddress(t)
}

// isWho tells whether what stands behind the verb, in small letters, may say who
// wrote or when: a name, with capitals in t, and perhaps an address with a token
// in it.
func isWho(rest, t string) bool {
	if strings.IndexByte(rest, '@') >= 0 {
		return len(rest) < 200
	}
	return len(rest) < 80 && (strings.ContainsAny(rest, "0123456789") || namesThing(t[max(0, len(t)-len(rest)-2):]))
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
	const longest, words = 320, 4
	if len(t) > longest {
		return false
	}
	open := strings.LastIndexAny(t, "<(")
	if open < 0 {
		return false
	}
	end := strings.IndexAny(t[open:], ">)")
	if end < 0 {
		return false
	}
	if address := strings.TrimSpace(t[open+1 : open+end]); strings.Count(address, "@") != 1 || strings.ContainsAny(address, "=/ ") {
		return false
	}
	return isDated(t[:open]+t[open+end:]) && strings.Count(strings.TrimSpace(t[open+end:]), " ") <= words && strings.Count(t[:open], " ") <= 3*words+2
}

// isDated tells whether a text has a year or a time of day: four digits that
// begin with 19 or 20 and are no part of a code ("b1914m8"), or digits on both sides of
// a colon or a full stop.
func isDated(t string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(t) && '0' <= t[i] && t[i] <= '9' }
	letter := func(i int) bool { return i >= 0 && i < len(t) && 'a' <= t[i]|0x20 && t[i]|0x20 <= 'z' }
	for i := 0; i < len(t); i++ {
		switch {
		case t[i] == ':' && digit(i-1) && digit(i+1) && digit(i+2):
			return true
		case (t[i] == '/' || t[i] == '.' || t[i] == '-') && digit(i-1) && digit(i+1) && digit(i+2):
			return true
		case digit(i) && !digit(i-1) && !letter(i-1) && !letter(i+4) && digit(i+1) && digit(i+2) && digit(i+3) && !digit(i+4) && (t[i:i+2] == "20" || t[i:i+2] == "19"):
			return true
		}
	}
	return false
}

// hasVerb tells whether a line says that somebody wrote.
func hasVerb(t string) bool {
	low := strings.ToLower(t)
	for _, w := range quoteWords.wrote.list {
		if !strings.Contains(low, w) {
			continue
		}
		if i := strings.LastIndex(low, w); i > 0 && boundaryBefore(low, i) {
			return true
		}
	}
	return false
}
