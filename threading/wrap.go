package threading

import "strings"

// maxWraps is how many wrappings one address may have around it.
const maxWraps = 4

// UnwrapAddress returns the address that forwarders and senders have wrapped into
// another to vouch for their bounces: SRS0 and SRS1, prvs=TAG=… (BATV) and the
// older prvs=…/TAG, btv1==TAG==…. What is not wrapped is returned as it is, and
// nothing wrapped is checked: only a token in what is returned proves anything.
// Whoever takes mail only for domains of his own looks at the domain of addr, too.
func UnwrapAddress(addr string) string {
	for range maxWraps {
		inner, ok := unwrapOnce(addr)
		if !ok {
			break
		}
		addr = inner
	}
	return addr
}

// unwrapOnce takes one wrapping off.
func unwrapOnce(addr string) (string, bool) {
	local, domain, ok := cutLast(addr, '@')
	if !ok || len(local) < 6 {
		return "", false
	}
	local = unquote(local)
	if len(local) < 6 {
		return "", false
	}
	switch head := strings.ToLower(local[:5]); {
	case head[:4] == "srs0" && isSRSSeparator(local[4]):
		return unwrapSRS0(local[5:])
	case head[:4] == "srs1" && isSRSSeparator(local[4]):
		// SRS1=HHH=first.hop==HHH=TT=domain=local, where the second of the two "=" is SRS0's separator
		if parts := strings.SplitN(local[5:], "=", 3); len(parts) == 3 && parts[2] != "" && isSRSSeparator(parts[2][0]) {
			return unwrapSRS0(parts[2][1:])
		}
	case head == "prvs=":
		// prvs=TAG=local, before it was changed: prvs=local/TAG
		if before, after, ok := strings.Cut(local[5:], "="); ok {
			return joinAddress(after, domain, isBATVTag(before))
		}
		if before, after, ok := cutLast(local[5:], '/'); ok {
			return joinAddress(before, domain, isBATVTag(after))
		}
	case head == "btv1=" || head == "msprv":
		if _, rest, ok := strings.Cut(local, "="); ok {
			if _, inner, ok := strings.Cut(strings.TrimPrefix(rest, "="), "="); ok {
				return joinAddress(strings.TrimPrefix(inner, "="), domain, true)
			}
		}
	}
	return "", false
}

// unwrapSRS0 reads HHH=TT=domain=local. The local part may hold more "=".
func unwrapSRS0(s string) (string, bool) {
	parts := strings.SplitN(s, "=", 4)
	if len(parts) < 4 || strings.IndexByte(parts[2], '.') <= 0 {
		return "", false
	}
	return joinAddress(parts[3], parts[2], true)
}

// joinAddress puts an address together again.
func joinAddress(local, domain string, ok bool) (string, bool) {
	if !ok || local == "" || domain == "" {
		return "", false
	}
	return local + "@" + domain, true
}

func isSRSSeparator(c byte) bool { return c == '=' || c == '+' || c == '-' }

// isBATVTag tells whether s can be a tag of BATV: letters and digits.
func isBATVTag(s string) bool {
	if len(s) < 6 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}
