package smtpd

import (
	"strings"
	"unicode/utf8"
)

// maxPath is how long an address may be. RFC 5321 §4.5.3.1.3 asks for 256
// octets; more is taken, but no more than fits on a line of our own.
const maxPath = 900

// bareName returns the name of a mailbox that needs no domain, in lower case,
// "" for other words.
func bareName(s string) string {
	for _, name := range []string{"postmaster", "abuse"} {
		if strings.EqualFold(s, name) {
			return name
		}
	}
	return ""
}

// address returns an address from go-smtp as it stands between brackets in a
// mail, or ok = false if it is none.
//
// Workaround: go-smtp v0.25.1 takes the quotes off a local part, so that it may
// hold any character, also @. It is split at the last one and quoted again if
// it must be (TestAddress).
func address(s string) (addr string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > maxPath || !utf8.ValidString(s) {
		return "", false
	}
	local, domain := s[:at], s[at+1:]
	if domain == "" || strings.ContainsFunc(domain, notInDomain) {
		return "", false
	}
	if local != "" && !strings.ContainsFunc(local, notInAtom) {
		return s, true
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range local {
		if r < ' ' || r == 0x7f {
			return "", false
		}
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteString(`"@`)
	b.WriteString(domain)
	return b.String(), true
}

// notInDomain says whether r cannot stand in a domain or an address literal.
func notInDomain(r rune) bool {
	return !(alphanumeric(r) || r >= utf8.RuneSelf || strings.ContainsRune("-._[]:", r))
}

// notInAtom says whether a local part with r must be quoted. RFC 5321 §4.1.2:
// dots are taken wherever they stand, since real addresses have them so.
func notInAtom(r rune) bool {
	return !(alphanumeric(r) || r >= utf8.RuneSelf || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r))
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// isASCII says whether s can be sent without SMTPUTF8.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
