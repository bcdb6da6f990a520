package threading

import (
	"strconv"
	"strings"
)

// Tag is a mark in a subject by which a ticket system finds its ticket.
type Tag struct {
	Text       string // as it stands in the subject, with its brackets
	Key        string // the same however it is written: upper case, without brackets and white space
	start, end int    // where Text stands
}

// Limits of a tag in bytes, and of how many one subject has.
const (
	maxTagBytes   = 80
	maxKeyBytes   = 40
	maxSubjectTag = 8
)

// SubjectTag writes the tag of a ticket of ours for the subjects of a desk's
// mail: [SUP-1234].
func SubjectTag(prefix string, ticket uint64) string {
	return "[" + prefix + "-" + strconv.FormatUint(ticket, 10) + "]"
}

// Tags finds the tags of ticket systems in a subject, ours among them, in order
// and each once, at most eight: "[#123]", "[Ticket#2024…]", "[CASE-99]",
// "[rt.example.com #123]", "##77##", "(Ref: …)", "[JIRA] (ABC-123)",
// "INC0012345", "ref:…:ref". It reads what looks like a tag: "[COVID-19]" does,
// too, so a tag alone joins nothing. Time is linear in len(subject).
func Tags(subject string) []Tag {
	s := tagScanner{text: subject}
	s.run()
	var out []Tag
	seen := map[string]bool{}
	for _, t := range s.tags {
		if !seen[t.Key] {
			seen[t.Key] = true
			out = append(out, t)
		}
	}
	return out
}

// ownTicket reads the number in a tag of ours.
func (t *Tag) ownTicket(prefixes []string) (number uint64, ok bool) {
	prefix, digits, ok := cutLast(t.Key, '-')
	if !ok || !containsFold(prefixes, prefix) {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil && n > 0 && n <= MaxTicket
}

// tagScanner walks over one subject.
type tagScanner struct {
	text  string
	pos   int
	tags  []Tag
	steps int // bytes looked at: a test holds them to be linear
}

func (s *tagScanner) run() {
	for s.pos < len(s.text) && len(s.tags) < maxSubjectTag {
		s.steps++
		switch c := s.text[s.pos]; {
		case c == '[', c == '(':
			s.bracket(c)
		case c == '#':
			s.hash()
		case isWordByte(c):
			s.word()
		default:
			s.pos++
		}
	}
}

// add keeps the tag from start to end and goes on behind it.
func (s *tagScanner) add(start, end int, key string) {
	s.tags = append(s.tags, Tag{Text: s.text[start:end], Key: strings.ToUpper(key), start: start, end: end})
	s.pos = end
}

// bracket reads "[…]" or "(…)". What is none is looked into.
func (s *tagScanner) bracket(open byte) {
	start := s.pos
	closing := byte(']')
	if open == '(' {
		closing = ')'
	}
	near := clip(s.text[start+1:], maxTagBytes)
	n := strings.IndexByte(near, closing)
	s.steps += len(near)
	s.pos++
	if n < 0 || strings.IndexByte(near[:n], open) >= 0 {
		return
	}
	key := tagKey(strings.TrimSpace(near[:n]), open == '[')
	if key == "" {
		return
	}
	end := start + 1 + n + 1
	if open == '(' {
		start = s.beforeJira(start)
	}
	s.add(start, end, key)
}

// beforeJira finds the "[JIRA] " that stands before "(ABC-123)" and returns where it begins.
func (s *tagScanner) beforeJira(start int) int {
	before := strings.TrimRight(s.text[:start], " ")
	from := max(0, len(before)-20)
	if i := strings.LastIndexByte(before[from:], '['); i >= 0 && strings.HasSuffix(before, "]") && allLetters(before[from+i+1:len(before)-1]) {
		return from + i
	}
	return start
}

// hash reads "##77##".
func (s *tagScanner) hash() {
	start := s.pos
	s.pos++
	if !strings.HasPrefix(s.text[start:], "##") {
		return
	}
	near := clip(s.text[start+2:], maxTagBytes)
	n := strings.Index(near, "##")
	s.steps += len(near)
	if n > 0 && isKey(strings.TrimSpace(near[:n])) {
		s.add(start, start+2+n+2, "##"+strings.TrimSpace(near[:n])+"##")
		return
	}
	s.pos++
}

// word reads the tags that stand without brackets: "INC0012345", "Ticket #12",
// "ref:_00D.500:ref".
func (s *tagScanner) word() {
	start := s.pos
	for s.pos < len(s.text) && isWordByte(s.text[s.pos]) {
		s.pos++
		s.steps++
	}
	w := s.text[start:s.pos]
	rest := s.text[s.pos:]
	s.steps += min(len(rest), maxTagBytes)
	switch {
	case isRecordNumber(w):
		s.add(start, s.pos, w)
	case strings.EqualFold(w, "ref") && strings.HasPrefix(rest, ":"):
		near := clip(rest[1:], maxTagBytes)
		if n := strings.Index(near, ":ref"); n > 4 && !strings.ContainsAny(near[:n], " []()") {
			s.add(start, s.pos+1+n+len(":ref"), "REF#"+near[:n])
		}
	case isTagWord(w):
		gap := 0
		for gap < min(len(rest), 2) && rest[gap] == ' ' {
			gap++
		}
		if id := leadingKey(rest[gap:]); id != "" {
			s.add(start, s.pos+gap+1+len(id), w+"#"+id)
		}
	}
}

// leadingKey reads the key behind a "#" that s begins with.
func leadingKey(s string) string {
	if s == "" || s[0] != '#' {
		return ""
	}
	n := 1
	for n < min(len(s), maxKeyBytes) && isKeyByte(s[n]) {
		n++
	}
	if id := strings.TrimRight(s[1:n], "-._/"); isKey(id) {
		return id
	}
	return ""
}

// tagKey reads what stands in brackets, "" when it is no tag. Square brackets
// hold a tag more often than round ones, so they need less.
func tagKey(inner string, square bool) string {
	if inner == "" || strings.HasPrefix(inner, "##") || strings.HasSuffix(inner, "##") {
		return ""
	}
	if before, id, ok := cutLast(inner, '#'); ok {
		id = strings.TrimSpace(id)
		before = strings.TrimRight(before, " :")
		if !isKey(id) || len(before) > maxKeyBytes || !square && before != "" && !isTagWord(firstWord(before)) {
			return ""
		}
		return strings.Join(strings.Fields(before), "") + "#" + id
	}
	if isProjectKey(inner, square) || isRecordNumber(inner) {
		return inner
	}
	return wordAndKey(inner)
}

// wordAndKey reads "Ref: X12", "Case No. 5", "Ticket-ID: 77".
func wordAndKey(inner string) string {
	fields := strings.FieldsFunc(inner, func(r rune) bool { return r == ' ' || r == ':' })
	if len(fields) < 2 || len(fields) > 3 {
		return ""
	}
	word, id := firstWord(fields[0]), fields[len(fields)-1]
	if !isTagWord(word) || !isKey(id) || len(fields[0]) > len(word) && !isNumberWord(fields[0][len(word)+1:]) || len(fields) == 3 && !isNumberWord(fields[1]) {
		return ""
	}
	return word + "#" + id
}

// firstWord is the run of letters that s begins with.
func firstWord(s string) string {
	n := 0
	for n < len(s) && (isWordByte(s[n]) || s[n] >= 0x80) {
		n++
	}
	return s[:n]
}

// isTagWord tells whether a word announces a ticket's key.
func isTagWord(w string) bool {
	switch strings.ToLower(w) {
	case "ticket", "case", "request", "issue", "incident", "ref", "reference", "helpdesk", "bug",
		"vorgang", "fall", "anfrage", "aktenzeichen", "demande", "dossier", "incidente", "caso", "richiesta", "solicitud", "chamado",
		"sak", "sag", "ärende", "zaak", "zgłoszenie", "sprawa":
		return true
	}
	return false
}

// isNumberWord tells whether a word only says that a number follows.
func isNumberWord(w string) bool {
	switch strings.ToLower(strings.TrimRight(w, ".")) {
	case "id", "no", "nr", "number", "nummer", "num", "n°", "nº":
		return true
	}
	return false
}

// isProjectKey tells whether s is like "CASE-99": a word, perhaps more, and a
// number. Round brackets need upper case.
func isProjectKey(s string, anyCase bool) bool {
	word, digits, ok := cutLast(s, '-')
	if !ok || len(word) < 2 || len(word) > 24 || len(digits) == 0 || len(digits) > 18 || !isLetter(word[0]) {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	for i := range len(word) {
		if c := word[i]; !isWordByte(c) && c != '-' || !anyCase && c >= 'a' && c <= 'z' {
			return false
		}
	}
	return true
}

// isRecordNumber tells whether s is like ServiceNow's "INC0012345".
func isRecordNumber(s string) bool {
	letters := strings.TrimRight(s, "0123456789")
	if n := len(s) - len(letters); n < 5 || n > 18 {
		return false
	}
	switch strings.ToUpper(letters) {
	case "INC", "REQ", "RITM", "CHG", "PRB", "CS", "SR", "TASK", "SCTASK", "TKT", "HD":
		return true
	}
	return false
}

// isKey tells whether s can be a ticket's key: a digit in it, and nothing that
// keys do not have.
func isKey(s string) bool {
	if s == "" || len(s) > maxKeyBytes {
		return false
	}
	digit := false
	for i := range len(s) {
		if !isKeyByte(s[i]) {
			return false
		}
		digit = digit || s[i] >= '0' && s[i] <= '9'
	}
	return digit
}

func isKeyByte(c byte) bool {
	return isWordByte(c) || c == '-' || c == '.' || c == '_' || c == '/'
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isWordByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

// allLetters tells whether s is a word of letters and nothing else.
func allLetters(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) {
			return false
		}
	}
	return s != ""
}
