package mailauth

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// macroPart is text, or one macro. RFC 7208 §7.1.
type macroPart struct {
	text    string // of text, and of an escape: what it stands for
	escaped bool   // "%%", "%_" or "%-"
	letter  byte   // of a macro, in lower case; 0 for text
	url     bool   // the letter was a capital: what is not safe in a URL is escaped
	digits  int    // how many parts count, from the right; 0 for all
	reverse bool
	marks   string // where it is split
}

// cutMacros takes a macro-string apart; false when it is not well made.
func cutMacros(s string) (parts []macroPart, ok bool) {
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return append(parts, macroPart{text: s}), true
		}
		if i > 0 {
			parts = append(parts, macroPart{text: s[:i]})
		}
		if s = s[i+1:]; s == "" {
			return nil, false
		}
		switch s[0] {
		case '%':
			parts, s = append(parts, macroPart{text: "%", escaped: true}), s[1:]
		case '_':
			parts, s = append(parts, macroPart{text: " ", escaped: true}), s[1:]
		case '-':
			parts, s = append(parts, macroPart{text: "%20", escaped: true}), s[1:]
		case '{':
			body, rest, closed := strings.Cut(s[1:], "}")
			p, good := parseMacro(body)
			if !closed || !good {
				return nil, false
			}
			parts, s = append(parts, p), rest
		default:
			return nil, false
		}
	}
	return parts, true
}

// parseMacro reads what stands between the braces: letter, digits, "r", delimiters.
// The letters c, r and t are for explanations, which are not made here.
func parseMacro(s string) (p macroPart, ok bool) {
	if s == "" || !strings.Contains("slodiphv", strings.ToLower(s[:1])) {
		return p, false
	}
	p.letter, p.url = s[0]|0x20, s[0] < 'a'
	s = s[1:]
	if n := len(s) - len(strings.TrimLeft(s, "0123456789")); n > 0 {
		digits, err := strconv.Atoi(s[:n])
		if err != nil || digits == 0 {
			return p, false
		}
		p.digits, s = digits, s[n:]
	}
	if s != "" && s[0]|0x20 == 'r' {
		p.reverse, s = true, s[1:]
	}
	if p.marks = s; s == "" {
		p.marks = "."
	}
	return p, strings.Trim(s, ".-+,/_=") == ""
}

// expand makes a name of a domain-spec, which is well made; of "" the record's own
// domain. RFC 7208 §7.3: of what is too long labels are cut off on the left.
func (s *spfCheck) expand(spec, domain string) string {
	if spec == "" {
		return domain
	}
	parts, _ := cutMacros(spec)
	var b strings.Builder
	for _, p := range parts {
		if p.letter == 0 {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(p.of(s.macro(p.letter, domain)))
	}
	name := strings.TrimSuffix(b.String(), ".")
	for len(name) > maxName {
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	return name
}

// macro is the value of a letter. RFC 7208 §7.2.
func (s *spfCheck) macro(letter byte, domain string) string {
	switch letter {
	case 's':
		return s.local + "@" + s.origin
	case 'l':
		return s.local
	case 'o':
		return s.origin
	case 'i':
		return dotted(s.client)
	case 'p':
		return s.validatedName(domain)
	case 'h':
		return s.helo
	case 'v':
		if s.client.Is4() {
			return "in-addr"
		}
		return "ip6"
	}
	return domain
}

// of applies what stands behind the letter to its value.
func (p *macroPart) of(value string) string {
	parts := []string{""}
	for _, c := range []byte(value) {
		if strings.IndexByte(p.marks, c) >= 0 {
			parts = append(parts, "")
			continue
		}
		parts[len(parts)-1] += string([]byte{c})
	}
	if p.reverse {
		slices.Reverse(parts)
	}
	if p.digits > 0 && p.digits < len(parts) {
		parts = parts[len(parts)-p.digits:]
	}
	value = strings.Join(parts, ".")
	if !p.url {
		return value
	}
	var b strings.Builder
	for _, c := range []byte(value) {
		// RFC 3986 §2.3: unreserved.
		if isLetter(c) || isDigit(c) || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// dotted is an address as %{i} shows it: of IPv6 each digit for itself.
func dotted(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	b := a.As16()
	return strings.Join(strings.Split(fmt.Sprintf("%x", b[:]), ""), ".")
}
