package letter

import (
	"strings"
	"unicode"
)

// maxFieldBytes caps a header value before any parser sees it.
const maxFieldBytes = 16 << 10

// Address is a mailbox: a name to show and where it is. The zero Address is
// nobody.
type Address struct {
	Name string // decoded, one line; "" when there is none
	Addr string // local@domain, the domain in lower case and otherwise as it came; never holds white space outside of a quoted local part
}

// String returns "Name <addr>" with the name quoted where it must be, or the
// bare address when there is no name. The name is not encoded for transport.
func (a Address) String() string {
	switch {
	case a.Name == "":
		return a.Addr
	case needsQuotes(a.Name):
		return quote(a.Name) + " <" + a.Addr + ">"
	}
	return a.Name + " <" + a.Addr + ">"
}

// ParseAddress returns the first address in s; the zero Address when there is
// none. It is as lenient as mail is.
func ParseAddress(s string) Address {
	if as, _ := parseAddresses(s, 1, ""); len(as) > 0 {
		return as[0]
	}
	return Address{}
}

// ParseAddresses returns all addresses in s, in order, at most 500.
func ParseAddresses(s string) []Address {
	as, _ := parseAddresses(s, DefaultLimits().Addresses, "")
	return as
}

// needsQuotes tells whether a display name is more than RFC 5322 §3.2.3 atoms and
// spaces (letters beyond ASCII are atoms, RFC 6532 §3.2).
func needsQuotes(name string) bool {
	return strings.ContainsAny(name, "()<>[]:;@\\,.\"") || strings.TrimSpace(name) != name || strings.Contains(name, "  ")
}

// quote makes a quoted string (RFC 5322 §3.2.4).
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// parseAddresses reads an address field. Whatever holds no address is skipped;
// rest is true when the field was longer than the limits allow.
func parseAddresses(v string, limit int, hint string) (as []Address, rest bool) {
	if len(v) > maxFieldBytes {
		v, rest = v[:maxFieldBytes], true
	}
	p := newAddressScanner(v)
	for p.pos < len(p.text) {
		piece := p.next()
		if strings.TrimSpace(piece) == "" {
			continue
		}
		m := mailboxReader{text: piece}
		a := m.run(hint)
		if a.Addr == "" {
			continue
		}
		if len(as) == limit {
			return as, true
		}
		if as == nil {
			as = make([]Address, 0, 1+min(limit-1, strings.Count(p.text[p.pos:], "@")))
		}
		as = append(as, a)
	}
	return as, rest
}

// addressScanner cuts an address field at its commas.
type addressScanner struct {
	text     string
	pos      int
	last     int  // the last "@", -1 for none
	at       int  // the first "@" behind where a piece begins; -1: not looked for
	noQuotes bool // a quote was never closed: quotes mean nothing any more
	noParens bool // a parenthesis was never closed
	steps    int  // bytes that were looked at, for the tests
}

func newAddressScanner(v string) addressScanner {
	return addressScanner{text: v, at: -1, last: strings.LastIndexByte(v, '@')}
}

// atFrom returns the first "@" at or after start, which only grows; the text's end
// when there is none.
func (p *addressScanner) atFrom(start int) int {
	if p.at < start {
		p.at = len(p.text)
		if i := strings.IndexByte(p.text[start:], '@'); i >= 0 {
			p.at = start + i
		}
		p.steps += p.at - start
	}
	return p.at
}

// next returns the text up to the next comma or semicolon outside of quotes,
// comments and brackets, and steps over it. A group's name (RFC 5322 §3.4,
// "undisclosed-recipients:;") is left out.
func (p *addressScanner) next() string {
	start, angle := p.pos, false
	closed, after := false, 0 // a "<…>" is complete, and where it ends
	for i := p.pos; i < len(p.text); i++ {
		p.steps++
		switch c := p.text[i]; {
		case c == '\\':
			i++
		case c == '"' && !p.noQuotes:
			end := closingQuote(p.text, i)
			if end < 0 {
				p.noQuotes = true
				p.steps += len(p.text) - i
				continue
			}
			p.steps += end - i
			i = end
		case c == '(' && !p.noParens && !angle:
			end := closingParen(p.text, i)
			if end < 0 {
				p.noParens = true
				p.steps += len(p.text) - i
				continue
			}
			p.steps += end - i
			i = end
		case c == '<' && closed && p.last > i:
			// "A <a@b> C <c@d>": the comma is missing.
			p.pos = after
			return p.text[start:after]
		case c == '<':
			angle = true
		case c == '>':
			if angle {
				angle, closed, after = false, true, i+1
			}
		case c == ':' && !angle && p.atFrom(start) > i:
			start, closed = i+1, false
		case (c == ',' && !(angle && routeAhead(p.text[i:]))) || c == ';':
			p.pos = i + 1
			return p.text[start:i]
		}
	}
	p.pos = len(p.text)
	return p.text[start:]
}

// routeAhead tells whether a comma within brackets belongs to a source route,
// "<@a,@b:c@d>" (RFC 5322 §4.4).
func routeAhead(s string) bool { return strings.HasPrefix(s, ",@") }

// closingQuote returns the index of the quote that closes the one at i, or -1.
func closingQuote(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// closingParen returns the index of the parenthesis that closes the one at i, or
// -1 (RFC 5322 §3.2.2: comments nest).
func closingParen(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// mailboxReader reads one address with its name: "Name <a@b>", "a@b (Name)", "a@b".
type mailboxReader struct {
	text  string
	steps int // bytes that were looked at, for the tests
}

func (m *mailboxReader) run(hint string) Address {
	s := m.text
	lt := m.openAngle()
	if lt < 0 {
		plain, comment := m.splitComment(s)
		addr := cleanAddr(plain)
		if addr == "" {
			return salvage(s, hint)
		}
		return Address{Name: displayName(comment, hint), Addr: addr}
	}
	inner := s[lt+1:]
	if gt := strings.IndexByte(inner, '>'); gt >= 0 {
		inner = inner[:gt]
	}
	// RFC 5322 §4.4: a source route is read and ignored.
	if strings.HasPrefix(strings.TrimSpace(inner), "@") {
		if colon := strings.IndexByte(inner, ':'); colon >= 0 {
			inner = inner[colon+1:]
		}
	}
	inner, _ = m.splitComment(inner)
	addr := cleanAddr(strings.TrimPrefix(strings.TrimSpace(inner), "mailto:"))
	if addr == "" {
		return salvage(s, hint)
	}
	plain, comment := m.splitComment(s[:lt])
	name := displayName(plain, hint)
	if name == "" {
		name = displayName(comment, hint)
	}
	return Address{Name: name, Addr: addr}
}

// openAngle returns the index of the last "<" outside of quotes that has an "@"
// after it, else of the last one, else -1.
func (m *mailboxReader) openAngle() int {
	s := m.text
	last, at := -1, strings.LastIndexByte(s, '@')
	for i := 0; i < len(s); i++ {
		m.steps++
		switch s[i] {
		case '\\':
			i++
		case '"':
			end := closingQuote(s, i)
			if end < 0 {
				m.steps += len(s) - i
				continue
			}
			m.steps += end - i
			i = end
		case '<':
			if last < 0 || i < at {
				last = i
			}
		}
	}
	return last
}

// splitComment takes the comments out of s.
func splitComment(s string) (plain, comment string) {
	var m mailboxReader
	return m.splitComment(s)
}

func (m *mailboxReader) splitComment(s string) (plain, comment string) {
	if strings.IndexByte(s, '(') < 0 {
		return s, ""
	}
	var b, c strings.Builder
	noQuotes := false
	for i := 0; i < len(s); i++ {
		m.steps++
		end := -1
		switch s[i] {
		case '"':
			if noQuotes {
				break
			}
			q := closingQuote(s, i)
			if m.steps += max(q, i) - i; q > 0 {
				b.WriteString(s[i : q+1])
				i = q
				continue
			}
			noQuotes, m.steps = true, m.steps+len(s)-i // nor does any behind it close
		case '(':
			end = closingParen(s, i)
			if end < 0 { // never closed: from here on nothing is a comment
				b.WriteString(s[i:])
				return b.String(), strings.TrimSpace(c.String())
			}
		}
		if end < 0 {
			b.WriteByte(s[i])
			continue
		}
		c.WriteString(s[i+1:end] + " ")
		b.WriteByte(' ')
		i = end
	}
	return b.String(), strings.TrimSpace(c.String())
}

// displayName unquotes and decodes a name.
func displayName(s, hint string) string {
	s = strings.Trim(s, " \t\r\n")
	if strings.IndexByte(s, '"') >= 0 || strings.IndexByte(s, '\\') >= 0 {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s):
				i++
				b.WriteByte(s[i])
			case s[i] != '"':
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	s = decodeWords(s, hint)
	if n := len(s); n > 2 && s[0] == '\'' && s[n-1] == '\'' {
		s = s[1 : n-1] // Outlook writes 'name' within the quotes
	}
	return strings.TrimSpace(s)
}

// cleanAddr returns s as local@domain, "" when it is none.
func cleanAddr(s string) string {
	s = strings.Trim(s, " \t\r\n<>")
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 {
		return ""
	}
	local, domain := s[:at], s[at+1:]
	spaced := strings.ContainsAny(s, " \t\r\n")
	if spaced && strings.IndexByte(local, '@') > 0 {
		return "" // several addresses without commas
	}
	quoted := len(local) >= 2 && local[0] == '"' && closingQuote(local, 0) == len(local)-1
	if spaced && !quoted {
		local = joinAtoms(local)
	}
	if spaced {
		domain = joinAtoms(domain)
	}
	if spaced && (strings.IndexByte(domain, ' ') >= 0 || !quoted && strings.IndexByte(local, ' ') >= 0) {
		return "" // words around an address that has no brackets
	}
	domain = strings.TrimRight(domain, ".")
	if !quoted && strings.ContainsAny(local, "<>()[]:;,\\\"") {
		return ""
	}
	if local == "" || local[0] == '@' || domain == "" || strings.ContainsAny(domain, "<>(),;\"\\") {
		return ""
	}
	addr := s
	if low := strings.ToLower(domain); len(local)+1+len(low) != len(s) || low != s[at+1:] {
		addr = local + "@" + low
	}
	if isClean(addr) {
		return addr
	}
	clean := strings.Map(invisible, textOf([]byte(addr), ""))
	if clean != addr {
		return cleanAddr(clean)
	}
	return addr
}

// joinAtoms takes out the white space around the dots of an address, which RFC 5322
// §4.4 knows as obsolete, and at its ends.
func joinAtoms(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.ReplaceAll(strings.ReplaceAll(s, " .", "."), ". ", ".")
}

// invisible drops what cannot be seen in an address: controls, spaces beyond the
// ASCII one, and the characters that turn the direction of writing.
func invisible(r rune) rune {
	if r != ' ' && (unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)) {
		return -1
	}
	return r
}

// salvage finds the first word with an "@" in a text that is no proper address.
func salvage(s, hint string) Address {
	s = decodeWords(s, hint)
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>()[]\"',;:\\", r)
	}) {
		if at := strings.IndexByte(w, '@'); at > 0 && at == strings.LastIndexByte(w, '@') {
			if addr := cleanAddr(w); addr != "" {
				return Address{Addr: addr}
			}
		}
	}
	return Address{}
}
