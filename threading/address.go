package threading

import "strings"

// MessageID makes the Message-ID of a mail of ours, without brackets: a token
// in our domain, so that nobody can guess the id of a mail that he was not sent.
// Use the purposes [MessageID] and [Pseudo].
func (k *Keyring) MessageID(ref Ref, domain string) string {
	return k.Seal(ref) + "@" + domain
}

// OpenMessageID reads an id (without brackets) that [Keyring.MessageID] made for
// one of our domains. Ids that others made, also in our domains, and tokens of
// other purposes return false.
func (k *Keyring) OpenMessageID(id string, domains ...string) (Ref, bool) {
	token, domain, ok := cutLast(id, '@')
	if !ok || !TokenShaped(token) || !containsFold(domains, domain) {
		return Ref{}, false
	}
	ref, ok := k.Open(token)
	if !ok || (ref.Purpose != MessageID && ref.Purpose != Pseudo) {
		return Ref{}, false
	}
	return ref, true
}

// ReplyAddress writes the address that a reply with the token comes to:
// support+token@example.com. A desk address without an @ is returned as it is.
func ReplyAddress(desk, token string) string {
	local, domain, ok := cutLast(desk, '@')
	if !ok {
		return desk
	}
	return local + "+" + token + "@" + domain
}

// SplitReply takes a local part, written plainly, apart where a token may begin: after the first
// "+", whatever follows; else after the last "-" or "=" (which some hosts make
// of the "+") when a token-shaped word follows. Without such a place it returns
// the local part as base, and sep 0.
func SplitReply(local string) (base, token string, sep byte) {
	local = unquote(local)
	if i := strings.IndexByte(local, '+'); i >= 0 {
		return local[:i], local[i+1:], '+'
	}
	if i := strings.LastIndexAny(local, "-="); i >= 0 && TokenShaped(local[i+1:]) {
		return local[:i], local[i+1:], local[i]
	}
	return local, "", 0
}

// ParseReply tells whether local is a reply form of the desk's local part, in
// any case of letters: "support+…" whatever follows (which may be no token, or
// nothing), "support-…" and "support=…" only when what follows is token-shaped.
// It returns what follows.
func ParseReply(local, deskLocal string) (token string, ok bool) {
	local = unquote(local)
	n := len(deskLocal)
	if n == 0 || len(local) <= n || !strings.EqualFold(local[:n], deskLocal) {
		return "", false
	}
	rest := local[n+1:]
	switch local[n] {
	case '+':
		return rest, true
	case '-', '=':
		if TokenShaped(rest) {
			return rest, true
		}
	}
	return "", false
}

// unquote writes a local part plainly: without the quotes and backslashes that
// it does not need, and with a "+" that came as "%2B" or "=2B" before a token.
func unquote(local string) string {
	if n := len(local); n >= 2 && local[0] == '"' && local[n-1] == '"' {
		local = local[1 : n-1]
		if strings.IndexByte(local, '\\') >= 0 {
			local = unescape(local)
		}
	}
	for _, n := range [...]int{shortToken, longToken} {
		at := len(local) - n - len("=2B")
		if at > 0 && (local[at] == '%' || local[at] == '=') && strings.EqualFold(local[at+1:at+3], "2b") && TokenShaped(local[at+3:]) {
			return local[:at] + "+" + local[at+3:]
		}
	}
	return local
}

// unescape removes the backslashes of a quoted string.
//
// RFC 5322 §3.2.1: a quoted-pair stands for the character behind its backslash.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// cutLast cuts s at the last sep: a quoted local part may hold one too.
func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// containsFold tells whether list has s, in any case of letters.
func containsFold(list []string, s string) bool {
	for _, have := range list {
		if strings.EqualFold(have, s) {
			return true
		}
	}
	return false
}
