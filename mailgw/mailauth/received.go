package mailauth

import (
	"net/netip"
	"strings"
)

// hop is what a Received field says about a handover.
type hop struct {
	client    netip.Addr // who handed the mail over; invalid when that is not clean to read
	within    bool       // the field names no client: one program handed to the next
	submitted bool       // the client had logged in
}

// parseReceived reads a Received field as mail servers write it. The name that the
// client gives itself stands in it too and is never read as an address.
//
// RFC 5321 §4.4: From-domain and TCP-info; the address stands in the comment.
// Microsoft and qmail write it without brackets, Exim outside when it has no name.
func parseReceived(v string) hop {
	p := &scanner{text: v}
	p.skip()
	first := strings.ToLower(p.word(""))
	if len(p.comments) > 0 || first != "from" && first != "by" {
		return hop{}
	}
	var h hop
	helo := ""
	if first == "from" {
		p.skip()
		helo = p.word("") // also when it is "by"
		for p.skip(); !p.done() && !p.at(';') && !strings.EqualFold(p.word(""), "by"); {
			p.skip()
		}
	}
	about := p.comments // who the client is; those that follow are about us
	with := ""
	for p.skip(); !p.done() && !p.at(';'); p.skip() {
		if strings.EqualFold(p.word(""), "with") {
			p.skip()
			with = strings.ToUpper(p.word(""))
		}
	}
	if p.bad {
		return hop{}
	}
	if first == "by" {
		// "by host (Postfix, from userid 1000)" is a local user's mail.
		h.within = strings.HasSuffix(with, "SMTP") || strings.HasSuffix(with, "LMTP")
		h.within = h.within && !strings.Contains(strings.ToLower(strings.Join(p.comments, " ")), "from")
		return h
	}
	h.client = clientIn(about, helo)
	// RFC 3848 §3: an A at the end is a client that has logged in.
	h.submitted = strings.HasSuffix(with, "MTPA") || strings.HasSuffix(with, "MTPSA")
	for _, c := range p.comments {
		h.submitted = h.submitted || strings.HasPrefix(strings.ToLower(c), "authenticated sender")
	}
	return h
}

// clientIn returns the only address in the comments about a client; the zero Addr
// when there is none, or two.
func clientIn(comments []string, helo string) (client netip.Addr) {
	exim := false
	for _, c := range comments {
		words := strings.FieldsFunc(c, func(r rune) bool { return strings.ContainsRune(" \t\r\n()", r) })
		for i, w := range words {
			low := strings.ToLower(w)
			exim = exim || strings.HasPrefix(low, "helo=")
			if i > 0 && (strings.EqualFold(words[i-1], "helo") || strings.EqualFold(words[i-1], "ehlo")) {
				continue
			}
			a := literal(low)
			switch {
			case !a.IsValid():
			case client.IsValid() && a != client:
				return netip.Addr{}
			default:
				client = a
			}
		}
	}
	if !client.IsValid() && exim && strings.HasPrefix(helo, "[") {
		return literal(strings.ToLower(helo))
	}
	return client
}

// literal reads [192.0.2.1], [192.0.2.1]:25, [ipv6:2001:db8::1] or a bare address.
func literal(w string) netip.Addr {
	if rest, ok := strings.CutPrefix(w, "["); ok {
		if w, _, ok = strings.Cut(rest, "]"); !ok {
			return netip.Addr{}
		}
	}
	a, err := netip.ParseAddr(strings.TrimPrefix(w, "ipv6:"))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	return a.Unmap()
}
