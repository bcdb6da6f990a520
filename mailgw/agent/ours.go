package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"supportgw/threading"
)

// ours finds addresses and ids of ours in a line.
type ours struct {
	desks   map[string]string // address in lower case: as configured
	domains map[string]bool   // of desks
	replies map[string]bool   // whose local parts are tokens
	agent   string            // lower case; "" when it is the desk's
	plain   string            // put in the place of the rest
}

func newOurs(c CleanContext) ours {
	o := ours{desks: map[string]string{}, domains: map[string]bool{}, replies: map[string]bool{}, plain: c.DeskAddress, agent: strings.ToLower(c.AgentAddress)}
	for _, list := range [][]string{c.DeskAddresses, {c.DeskAddress}} {
		for _, a := range list {
			a = strings.ToLower(a)
			if i := strings.LastIndexByte(a, '@'); i >= 0 {
				o.desks[a], o.domains[a[i+1:]] = a, true
			}
		}
	}
	for _, d := range c.ReplyDomains {
		o.replies[strings.ToLower(d)] = d != ""
	}
	if _, desk := o.desks[o.agent]; desk {
		o.agent = ""
	}
	return o
}

// clean writes a line anew without what is ours.
func (o ours) clean(line string) string {
	if !strings.Contains(line, "@") && !strings.Contains(line, "%40") && !strings.Contains(line, "＠") {
		return line
	}
	for from := 0; from < len(line); {
		at, end := nextAt(line, from)
		if at < 0 {
			break
		}
		a := addressAt(line, at, end)
		said, mine := o.instead(a)
		if !mine {
			from = end
			continue
		}
		start, stop := a.start, a.stop
		if said == "" { // an id goes with its brackets
			if start > 0 && stop < len(line) && line[start-1] == '<' && line[stop] == '>' {
				start, stop = start-1, stop+1
			}
			said = " "
		}
		// What stands there now is looked at again: it may be the end of another.
		line, from = line[:start]+said+line[stop:], start
		if said != " " {
			from = start + len(said)
		}
	}
	return line
}

// instead tells whether an address is one that must not be seen, and what stands
// in its place: "" for an id, which nobody writes to.
func (o ours) instead(a address) (said string, mine bool) {
	local, domain := strings.ToLower(plainLocal(a.local)), strings.ToLower(a.domain)
	if o.agent != "" && agentLocal(local)+"@"+domain == o.agent {
		return o.plain, true
	}
	base, token := splitToken(local)
	switch {
	case token == "":
		return "", false
	case o.replies[domain]:
		return o.plain, true
	case !o.domains[domain]:
		return "", false
	case base == "":
		return "", true
	}
	if desk, ok := o.desks[firstBase(base)+"@"+domain]; ok {
		return desk, true
	}
	return o.plain, true
}

// agentLocal is a local part without a tag, and without what a link's query says
// before it.
func agentLocal(local string) string {
	local = local[strings.LastIndexByte(local, '=')+1:]
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	return local
}

// firstBase is a local part up to its first separator of a token.
func firstBase(base string) string {
	if i := strings.IndexByte(base, '+'); i > 0 {
		return base[:i]
	}
	return base
}

// splitToken finds a token in a local part: the whole of it, or what stands
// behind a separator.
func splitToken(local string) (base, token string) {
	if threading.TokenShaped(local) {
		return "", local
	}
	for i := 0; i < len(local); i++ {
		if local[i] != '+' && local[i] != '-' && local[i] != '=' {
			continue
		}
		rest := local[i+1:]
		if j := strings.IndexAny(rest, "+-="); j >= 0 {
			rest = rest[:j]
		}
		if threading.TokenShaped(rest) {
			return local[:i], rest
		}
	}
	return "", ""
}

// plainLocal undoes the percent codes of links.
func plainLocal(s string) string {
	s = strings.NewReplacer("%2B", "+", "%2b", "+", "%3D", "=", "%3d", "=", "%2D", "-", "%2d", "-").Replace(s)
	return strings.Trim(s, ".'")
}

// address is where an address lies in a line.
type address struct {
	start, stop   int
	local, domain string // without invisible characters
}

// nextAt returns where the next at sign begins and ends, at or after from; -1
// when there is none. Links write it %40.
func nextAt(line string, from int) (at, end int) {
	for i := from; i < len(line); i++ {
		switch {
		case line[i] == '@':
			return i, i + 1
		case strings.HasPrefix(line[i:], "%40"):
			return i, i + len("%40")
		case strings.HasPrefix(line[i:], "＠"):
			return i, i + len("＠")
		}
	}
	return -1, -1
}

// addressAt reads the address around an at sign.
func addressAt(line string, at, end int) address {
	a := address{start: at, stop: end}
	var local, domain []rune
	for a.start > 0 {
		r, n := utf8.DecodeLastRuneInString(line[:a.start])
		if !invisible(r) && !inLocal(r) {
			break
		}
		if strings.HasSuffix(line[:a.start], "%40") {
			break
		}
		a.start -= n
		if !invisible(r) {
			local = append(local, r)
		}
	}
	for i, j := 0, len(local)-1; i < j; i, j = i+1, j-1 {
		local[i], local[j] = local[j], local[i]
	}
	for a.stop < len(line) {
		r, n := utf8.DecodeRuneInString(line[a.stop:])
		if !invisible(r) && !inDomain(r) {
			break
		}
		a.stop += n
		if !invisible(r) {
			domain = append(domain, r)
		}
	}
	// A sentence's period is not the domain's.
	for len(domain) > 0 && (domain[len(domain)-1] == '.' || domain[len(domain)-1] == '-') {
		r, n := utf8.DecodeLastRuneInString(line[:a.stop])
		a.stop -= n
		if !invisible(r) {
			domain = domain[:len(domain)-1]
		}
	}
	a.local, a.domain = string(local), string(domain)
	return a
}

// inLocal tells what a local part is made of, as far as people write it: more is
// allowed (RFC 5322 §3.2.3), but stands around addresses rather than in them.
func inLocal(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r < utf8.RuneSelf && strings.ContainsRune("._+-=%'", r)
}

// inDomain tells what a domain is made of.
func inDomain(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' }
