package mailauth

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// spfRecord is an SPF record. RFC 7208 §4.6: an error anywhere in it is an error of
// the whole, before any of it is looked at.
type spfRecord struct {
	mechanisms []mechanism
	redirect   string // with its macros; "" for none
}

// mechanism is one term that can match.
type mechanism struct {
	text   string // as it is written
	result string // when it matches
	name   string // in lower case
	domain string // with its macros; "" for the domain of the record
	bits4  int    // of an IPv4 network
	bits6  int    // of an IPv6 network
	net    netip.Prefix
}

// Errors of a record.
var (
	errSPFTerm     = errors.New("is no term of SPF")
	errSPFDomain   = errors.New("names no domain")
	errSPFNetwork  = errors.New("is no network")
	errSPFModifier = errors.New("stands twice")
)

// isSPF reports a TXT record that is one of SPF. RFC 7208 §4.5.
func isSPF(txt string) bool {
	const version = "v=spf1"
	return len(txt) >= len(version) && strings.EqualFold(txt[:len(version)], version) && (len(txt) == len(version) || txt[len(version)] == ' ')
}

// parseSPF reads a record. On an error it says in which term.
func parseSPF(txt string) (r spfRecord, term string, err error) {
	seen := map[string]bool{}
	for _, term = range strings.Split(txt, " ")[1:] {
		if term == "" {
			continue
		}
		if strings.ContainsFunc(term, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return r, term, errSPFTerm
		}
		if i := strings.IndexAny(term, "=:/"); i >= 0 && term[i] == '=' {
			err = r.modifier(seen, strings.ToLower(term[:i]), term[i+1:])
		} else {
			var m mechanism
			m, err = parseMechanism(term)
			r.mechanisms = append(r.mechanisms, m)
		}
		if err != nil {
			return r, term, err
		}
	}
	return r, "", nil
}

// modifier reads name=value. RFC 7208 §6: redirect and exp stand once at most, others
// mean nothing but must be well made.
func (r *spfRecord) modifier(seen map[string]bool, name, value string) error {
	for i, c := range []byte(name) {
		if !isLetter(c) && (i == 0 || !isDigit(c) && strings.IndexByte("-_.", c) < 0) {
			return errSPFTerm
		}
	}
	switch name {
	case "":
		return errSPFTerm
	case "redirect", "exp":
		if seen[name] {
			return errSPFModifier
		}
		seen[name] = true
		if !isDomainSpec(value) {
			return errSPFDomain
		}
		if name == "redirect" {
			r.redirect = value
		}
		return nil
	}
	if _, ok := cutMacros(value); !ok {
		return errSPFTerm
	}
	return nil
}

// parseMechanism reads [qualifier]name[:domain][/bits][//bits]. RFC 7208 §4.6.1, §5.
func parseMechanism(term string) (m mechanism, err error) {
	m = mechanism{text: term, result: resultPass, bits4: 32, bits6: 128}
	switch term[0] {
	case '-':
		m.result = resultFail
	case '~':
		m.result = resultSoftFail
	case '?':
		m.result = resultNeutral
	}
	term = strings.TrimLeft(term[:1], "+-~?") + term[1:]
	rest := ""
	if i := strings.IndexAny(term, ":/"); i >= 0 {
		term, rest = term[:i], term[i:]
	}
	m.name = strings.ToLower(term)
	switch m.name {
	case "all":
		if rest != "" {
			err = errSPFTerm
		}
	case "ip4", "ip6":
		m.net, err = parseNetwork(m.name, rest)
	case "a", "mx":
		if rest, err = m.cutBits(rest); err == nil {
			err = m.readDomain(rest, false)
		}
	case "ptr":
		err = m.readDomain(rest, false)
	case "include", "exists":
		err = m.readDomain(rest, true)
	default:
		err = errSPFTerm
	}
	return m, err
}

// readDomain reads :domain.
func (m *mechanism) readDomain(rest string, required bool) error {
	if rest == "" && !required {
		return nil
	}
	domain, ok := strings.CutPrefix(rest, ":")
	if !ok || !isDomainSpec(domain) {
		return errSPFDomain
	}
	m.domain = domain
	return nil
}

// cutBits takes /bits and //bits off the end. RFC 7208 §5.6: dual-cidr-length.
func (m *mechanism) cutBits(rest string) (string, error) {
	for _, length := range []struct {
		mark string
		bits *int
	}{{"//", &m.bits6}, {"/", &m.bits4}} {
		i := strings.LastIndex(rest, length.mark)
		if i < 0 || strings.Trim(rest[i+len(length.mark):], "0123456789") != "" {
			continue
		}
		n, ok := parseBits(rest[i+len(length.mark):], *length.bits)
		if !ok {
			return "", errSPFNetwork
		}
		*length.bits, rest = n, rest[:i]
	}
	return rest, nil
}

// parseBits reads a prefix length, which has no zeros in front.
func parseBits(s string, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= most && strconv.Itoa(n) == s
}

// parseNetwork reads :address[/bits]. RFC 7208 §5.6.
func parseNetwork(name, rest string) (netip.Prefix, error) {
	address, bits, sized := strings.Cut(strings.TrimPrefix(rest, ":"), "/")
	a, err := netip.ParseAddr(address)
	if err != nil || !strings.HasPrefix(rest, ":") || a.Zone() != "" || a.Is4() != (name == "ip4") {
		return netip.Prefix{}, errSPFNetwork
	}
	n := a.BitLen()
	if sized {
		var ok bool
		if n, ok = parseBits(bits, n); !ok {
			return netip.Prefix{}, errSPFNetwork
		}
	}
	return netip.PrefixFrom(a, n).Masked(), nil
}

// isDomainSpec reports a well-made domain-spec: macros and text that end with a macro
// or with a dot and a top label. RFC 7208 §7.1.
func isDomainSpec(s string) bool {
	parts, ok := cutMacros(s)
	if !ok || len(parts) == 0 {
		return false
	}
	last := parts[len(parts)-1]
	if last.letter != 0 || last.escaped {
		return true
	}
	text := strings.TrimSuffix(last.text, ".")
	i := strings.LastIndexByte(text, '.')
	return i >= 0 && isTopLabel(text[i+1:])
}

// isTopLabel reports letters, digits and inner hyphens, not all of them digits.
func isTopLabel(s string) bool {
	plain := false
	for _, c := range []byte(s) {
		if !isLetter(c) && !isDigit(c) && c != '-' {
			return false
		}
		plain = plain || !isDigit(c)
	}
	return plain && s[0] != '-' && s[len(s)-1] != '-'
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
