package letter

import "strings"

// The lines that PGP puts around words which it signs, and around those that it
// encrypts (RFC 9580 §6.2, §7).
const (
	armourSigned    = "-----BEGIN PGP SIGNED MESSAGE-----"
	armourSignature = "-----BEGIN PGP SIGNATURE-----"
	armourEnd       = "-----END PGP SIGNATURE-----"
	armourMessage   = "-----BEGIN PGP MESSAGE-----"
)

// armour returns where the lines end that PGP put here, the first of which is t; 0
// when it is none of them. RFC 9580 §7: above the words these are a line, fields and
// an empty line; below them the signature.
func (s *quoteSplitter) armour(t string, next int) int {
	const fields = 8 // that are looked at
	switch {
	case t == armourSigned:
		s.signed = true
		for range fields {
			line, after := nextLine(s.text, next)
			blank := isBlank(line)
			if !blank && !strings.Contains(line, ": ") {
				break
			}
			if next = after; blank {
				break
			}
		}
		return next
	case s.signed && !s.noArmour && t == armourSignature:
		s.signed, s.inSignature = false, false
		at := strings.Index(s.text[next:], armourEnd)
		if at < 0 {
			s.noArmour = true // nor is there one further down
			s.steps += len(s.text) - next
			return 0
		}
		_, end := nextLine(s.text, next+at)
		return end
	}
	return 0
}

// closed notes that the mail is encrypted: no words of it can be read here.
func (w *walker) closed(how string) { w.note("encrypted (" + how + "): nobody has read it here") }

// isEnveloped tells a CMS message that is encrypted (RFC 5652 §6.1, RFC 5083 §2.1).
func isEnveloped(b []byte) bool {
	const (
		enveloped     = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03" // id-envelopedData
		authenticated = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
		near          = 32
	)
	top := string(b[:min(len(b), near)])
	return strings.Contains(top, enveloped) || strings.Contains(top, authenticated)
}
