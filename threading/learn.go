package threading

import "strings"

// LearnID reads in a relay's reply to our mail which Message-ID the relay gave it
// instead of ours (without brackets). It knows Amazon SES ("250 Ok 0102…-000000",
// the local part of the id) and Exchange ("250 2.6.0 <id@host> [InternalId=…]").
// The number under which a relay has queued a mail is no Message-ID, and anything
// not known for sure returns false.
func LearnID(reply string) (id string, ok bool) {
	fields := strings.Fields(clip(reply, maxReply))
	if len(fields) < 3 || fields[0] != "250" {
		return "", false
	}
	switch id := fields[2]; {
	case len(fields) == 3 && strings.EqualFold(fields[1], "ok") && sesShaped(id):
		return strings.ToLower(id), true
	case len(fields) > 3 && fields[1] == "2.6.0" && strings.HasPrefix(fields[3], "[InternalId="):
		return bracketedID(id)
	}
	return "", false
}

// maxReply is how much of a reply is worth reading: an id and some words.
const maxReply = 2 * maxIDBytes

// clip cuts s to at most n bytes.
func clip(s string, n int) string { return s[:min(n, len(s))] }

// bracketedID reads "<local@domain>" and nothing else.
func bracketedID(s string) (string, bool) {
	n := len(s)
	if n < 5 || n > maxIDBytes || s[0] != '<' || s[n-1] != '>' || strings.ContainsAny(s[1:n-1], "<>") {
		return "", false
	}
	local, domain, ok := cutLast(s[1:n-1], '@')
	if !ok || local == "" || domain == "" {
		return "", false
	}
	return s[1 : n-1], true
}

// sesShaped tells whether s looks like Amazon's: 16 hexadecimal digits, of which
// the first is 0, groups of letters and digits, and a last one of six digits.
func sesShaped(s string) bool {
	const head, tail = 16, 6
	if len(s) < 40 || len(s) > 100 || s[0] != '0' || s[head] != '-' || s[len(s)-tail-1] != '-' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', i == head: // a "-", looked at above
		case i >= len(s)-tail:
			return false
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		case i > head && (c == '-' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
		default:
			return false
		}
	}
	return true
}

// learnedKey is the form of an id in which what a relay said and what a client
// names are the same: Amazon's without the domain that it adds.
func learnedKey(id string) string {
	local, domain, ok := cutLast(id, '@')
	if !ok {
		local = id
	}
	if sesShaped(local) && (!ok || isOrUnder(domain, "amazonses.com")) {
		return strings.ToLower(local)
	}
	return id
}

// isOrUnder tells whether a domain is parent or below it.
func isOrUnder(domain, parent string) bool {
	n := len(domain) - len(parent)
	return n >= 0 && strings.EqualFold(domain[n:], parent) && (n == 0 || domain[n-1] == '.')
}
