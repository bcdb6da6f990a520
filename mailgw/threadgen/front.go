package threadgen

import (
	"strings"

	"supportgw/mailgw/letter"
)

// handOn is a mail as the honest server in front of the gateway hands it on: it
// takes out results that claim its name, and puts its own on top. The author of an
// honest mail is proven; of an attack only the domain of the reverse path is, and
// a forged domain publishes a policy or, every second time, none. An attack claims
// in the name of some other server to be proven.
func handOn(raw, from string, honest, policy bool) []byte {
	m := letter.Parse([]byte(raw), from, letter.DefaultLimits())
	author, path := domain(m.Author().Addr), domain(from)
	var said []string
	if path != "" {
		said = append(said, "spf=pass smtp.mailfrom="+from)
	}
	switch {
	case len(m.From) != 1 || len(m.Header.Values("From")) != 1:
		said = append(said, "dkim=none", "dmarc=permerror")
	case honest:
		said = append(said, "dkim=pass header.d="+author, "dmarc=pass header.from="+author)
	case author == path:
		said = append(said, "dkim=none", "dmarc=pass header.from="+author)
	case policy:
		said = append(said, "dkim=none", "dmarc=fail (p=reject) header.from="+author)
	default:
		said = append(said, "dkim=none", "dmarc=none header.from="+author)
	}
	if raw = stripped(raw); !honest { // what he can write himself, in another's name
		raw = strings.Replace(raw, "\r\nFrom: ", "\r\nAuthentication-Results: mx.google.example; dkim=pass header.d="+author+"; spf=pass smtp.mailfrom=x@"+author+"; dmarc=pass header.from="+author+"\r\nFrom: ", 1)
	}
	return []byte("Authentication-Results: " + Upstream + ";\r\n\t" + strings.Join(said, ";\r\n\t") + "\r\n" + raw)
}

// stripped is a mail without the fields that claim the server's name.
func stripped(raw string) string {
	head, body, found := strings.Cut(raw, "\r\n\r\n")
	var keep []string
	out := false
	for _, line := range strings.Split(head, "\r\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if !out {
				keep = append(keep, line)
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		id, _, _ := strings.Cut(strings.TrimSpace(value), ";")
		out = strings.EqualFold(strings.TrimSpace(name), "Authentication-Results") && strings.EqualFold(strings.TrimSpace(id), Upstream)
		if !out {
			keep = append(keep, line)
		}
	}
	if !found {
		return strings.Join(keep, "\r\n")
	}
	return strings.Join(keep, "\r\n") + "\r\n\r\n" + body
}

// domain is what follows the last @, in lower case; "" when there is none.
func domain(addr string) string {
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return strings.ToLower(addr[i+1:])
	}
	return ""
}
