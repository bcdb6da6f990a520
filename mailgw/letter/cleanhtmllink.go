package letter

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/idna"
)

// maxHref is the longest link that is written, in bytes.
const maxHref = 2000

// cleanHref returns a link as it is written, "" for one that leads nowhere we let
// anybody go. A user's name before the host is dropped (it is there to be taken for
// the host), and so is what a mailto link would write for its reader.
func cleanHref(href string) string {
	href = strings.TrimSpace(href)
	if href == "" || len(href) > maxHref || strings.ContainsAny(href, " \t\r\n\x00\\") {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.User = nil; !plainHost(u) {
			return ""
		}
	case "mailto":
		u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = "", "", "", false
		if !strings.Contains(u.Opaque, "@") {
			return ""
		}
	case "tel":
		if u.Opaque == "" || strings.Trim(u.Opaque, "+0123456789-.()*#;=abcdefghijklmnopqrstuvwxyz") != "" {
			return ""
		}
	default:
		return ""
	}
	said := u.String()
	if again, err := url.Parse(said); err != nil || again.String() != said || len(said) > maxHref {
		return ""
	}
	return said
}

// plainHost writes the host of a link in letters that cannot be taken for others.
func plainHost(u *url.URL) bool {
	host := u.Hostname()
	if host == "" || strings.ContainsAny(host, "%<>\"'") {
		return false
	}
	if isASCII(host) {
		return true
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return false
	}
	if port := u.Port(); port != "" {
		ascii += ":" + port
	}
	u.Host = ascii
	return true
}

// leadsTo returns what is written behind the words of a link that look like another
// address than its own: where it leads, in brackets; "" for other links.
func leadsTo(href, shown string) string {
	const enough = 4 << 10
	words := strings.ToLower(strings.Map(unturned, plainOf(cutRunes(shown, enough))))
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	target, looksOther := strings.ToLower(u.Hostname()), false
	switch u.Scheme {
	case "mailto":
		target = strings.ToLower(u.Opaque)
		if un, err := url.PathUnescape(target); err == nil {
			target = un
		}
		looksOther = namesOther(words, target[strings.LastIndexByte(target, '@')+1:]) || strings.Contains(words, "@") && !strings.Contains(words, target)
	case "tel":
		target = u.Opaque
		looksOther = otherNumber(words, target) || namesOther(words, "")
	default:
		looksOther = namesOther(words, target)
	}
	said := "[" + target + "]"
	if !looksOther || strings.HasSuffix(strings.TrimSpace(words), said) {
		return ""
	}
	return html.EscapeString(said)
}

// plainOf takes the tags from HTML that we wrote.
func plainOf(s string) string {
	var b strings.Builder
	for s != "" {
		text, rest, _ := strings.Cut(s, "<")
		b.WriteString(text)
		rest, s, _ = strings.Cut(rest, ">")
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), " ")
		if !isInline(atom.Lookup([]byte(name))) {
			b.WriteByte(' ')
		}
	}
	return html.UnescapeString(b.String())
}

// namesOther tells whether words name a host other than this one: a name with a dot
// that ends with letters, as they stand after "//", "@" or alone.
func namesOther(words, host string) bool {
	host = strings.TrimPrefix(host, "www.")
	for _, w := range strings.FieldsFunc(words, func(r rune) bool {
		return r <= ' ' || r == 0xa0 || strings.ContainsRune("/\\@,;:!?()<>[]{}\"'`|=&#%+*", r)
	}) {
		w = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(w)
		w = strings.TrimPrefix(strings.Trim(w, ".-_"), "www.")
		i := strings.LastIndexByte(w, '.')
		if i <= 0 || !isTopDomain(w[i+1:]) {
			continue
		}
		if w != host || !isASCII(w) {
			return true
		}
	}
	return false
}

// isTopDomain tells what a host can end with.
func isTopDomain(s string) bool {
	if len(s) < 2 {
		return false
	}
	for _, r := range s {
		if '0' <= r && r <= '9' && !strings.HasPrefix(s, "xn--") {
			return false
		}
	}
	return true
}

// otherNumber tells whether words show a phone number that is not this one. The
// same number may be shown without the code of its country.
func otherNumber(words, number string) bool {
	const short = 6
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	number, _, _ = strings.Cut(number, ";")
	shown := strings.TrimLeft(digits(words), "0")
	return len(shown) >= short && !strings.HasSuffix(digits(number), shown)
}
