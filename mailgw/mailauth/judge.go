package mailauth

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"supportgw/mailgw/letter"
)

// Limits on what one mail makes us read and say.
const (
	maxFields = 50       // Authentication-Results fields that are read
	maxField  = 16 << 10 // bytes of a field; what is longer counts for nothing
	maxSaid   = 100      // bytes of a reason that come from the mail
	maxWhy    = 20       // reasons
)

// Judge judges a mail that a peer handed over. raw is what the peer sent, without
// the lines that we put on top, and m is what was read from it. The zero Addr is
// the peer of a Unix socket.
//
// A field of Authentication-Results counts when the peer is an upstream, the
// field's id is trusted, and the field stands above the first Received that our
// upstream did not write; all of this only for a mail that came to the upstream
// from outside. The upstream says fail when it says dmarc=fail. It says
// pass when it says dkim=pass or spf=pass for a domain that is aligned with From,
// or dmarc=pass for the domain of From. Results that contradict each other count
// for nothing, except dmarc=fail.
func (c *Checker) Judge(peer netip.Addr, raw []byte, m *letter.Mail) Verdict {
	if !c.upstream(peer) || m.Received == 0 && c.Trusts(peer) {
		v := c.Check(peer, m.Received)
		if !c.upstream(peer) && c.claimed(raw) {
			v.Reasons = append(v.Reasons, notUpstream)
		}
		return v
	}
	r := reading{c: c, from: domainOf(m.Author().Addr), walk: c.newWalk(peer)}
	for name, value := range header(raw) {
		switch strings.ToLower(name) {
		case fieldReceived:
			r.walk.received(value)
		case fieldResults:
			r.field(value)
		}
	}
	v := Verdict{Result: None, Client: r.walk.client}
	switch {
	case r.walk.zone == above:
		r.say("no Received field of the upstream says that the mail came from outside, so its results prove nothing")
	case r.dmarc["fail"]:
		v.Result = Fail
	case !r.pass():
	// RFC 7489 §6.6.1: with several authors, whom a result is about is not known.
	case len(m.From) != 1 || len(m.Header.Values("From")) != 1:
		r.say("From does not name exactly one author, so the results prove nobody")
	default:
		v.Result = Pass
	}
	if len(r.why) == 0 {
		r.say("the upstream says nothing: no Authentication-Results field with an id of sender.trusted_authserv_ids")
	}
	v.Reasons = r.why
	return v
}

// notUpstream is the reason when a stranger writes as an upstream does.
const notUpstream = "an Authentication-Results field claims one of sender.trusted_authserv_ids, but the peer is not in sender.upstream_networks: it counts for nothing"

// claimed reports whether a field claims a trusted id.
func (c *Checker) claimed(raw []byte) bool {
	if len(c.AuthservIDs) == 0 {
		return false
	}
	for name, value := range header(raw) {
		if strings.EqualFold(name, fieldResults) && c.believes(readID(&scanner{text: value})) {
			return true
		}
	}
	return false
}

// reading collects what the fields of one mail say.
type reading struct {
	c      *Checker
	walk   *walk
	from   string // the author's domain, "" for none
	fields int
	why    []string

	dmarc     map[string]bool // all results of the method
	dmarcPass bool            // one is pass, for the author's domain
	spf       map[string]bool // result and domain of each
	spfPass   bool            // one is pass and aligned
	dkimPass  bool            // one is pass and aligned
	dkimNone  bool            // one says that there is no signature
}

func (r *reading) say(format string, args ...any) {
	if len(r.why) < maxWhy {
		r.why = append(r.why, fmt.Sprintf(format, args...))
	}
}

// field reads one Authentication-Results field.
func (r *reading) field(v string) {
	if r.fields++; r.fields > maxFields {
		return
	}
	id := readID(&scanner{text: v})
	name := clip(id)
	if id == noID {
		name = "a server without a name"
	}
	switch {
	case !r.c.believes(id):
		r.say("results of %s count for nothing: the id is not in sender.trusted_authserv_ids", name)
		return
	case !r.walk.counts():
		r.say("results in the name of %s count for nothing: they stand below what the upstream wrote", name)
		return
	}
	f, ok := parseResults(v)
	// An id with quoted bytes in it is none that a server writes, and one that its
	// filter may not have known as its own.
	plain := id == noID || strings.Contains(strings.ToLower(v), id)
	if !ok || !plain || len(v) > maxField {
		r.say("results of %s count for nothing: the field is malformed", name)
		return
	}
	for i := range f.list {
		r.result(name, &f.list[i])
	}
}

// result takes one result in.
func (r *reading) result(id string, x *result) {
	switch x.method {
	case "dmarc":
		r.takeDMARC(id, x)
	case "spf":
		r.takeSPF(id, x)
	case "dkim":
		r.takeDKIM(id, x)
	}
}

func (r *reading) takeDMARC(id string, x *result) {
	note(&r.dmarc, x.value)
	from := domainOf(x.get("header.from"))
	switch {
	case x.value == "pass" && from != "" && from == r.from:
		r.dmarcPass = true
		r.say("%s says dmarc=pass for %s, the domain of From", id, from)
	case x.value == "pass":
		r.say("%s says dmarc=pass for %s, which is not the domain of From", id, orNobody(from))
	default:
		r.say("%s says dmarc=%s%s", id, clip(x.value), policy(x))
	}
}

// takeSPF reads a result about the envelope's sender; one about the HELO name
// alone says nothing about an author.
func (r *reading) takeSPF(id string, x *result) {
	path := x.get("smtp.mailfrom")
	if path == "" {
		path = x.get("smtp.mail") // RFC 5451 §2.3: older servers wrote any SMTP parameter
	}
	domain := domainOf(path)
	if domain == "" && (x.value == "pass" || x.get("smtp.helo") != "") {
		r.say("%s says spf=%s, but not for an envelope sender", id, clip(x.value))
		return
	}
	note(&r.spf, x.value+" "+domain)
	r.spfPass = r.identified(id, x, domain) || r.spfPass
}

func (r *reading) takeDKIM(id string, x *result) {
	domain := domainOf(x.get("header.d"))
	if domain == "" {
		domain = domainOf(x.get("header.i"))
	}
	r.dkimNone = r.dkimNone || x.value == "none"
	r.dkimPass = r.identified(id, x, domain) || r.dkimPass
}

// identified reports a pass that is aligned, and says what was found.
func (r *reading) identified(id string, x *result, domain string) bool {
	switch {
	case x.value != "pass":
		r.say("%s says %s=%s for %s", id, x.method, clip(x.value), orNobody(domain))
	case !aligned(domain, r.from):
		r.say("%s says %s=pass for %s, which is not aligned with From (%s)", id, x.method, orNobody(domain), orNobody(r.from))
	default:
		r.say("%s says %s=pass for %s, aligned with From (%s)", id, x.method, domain, r.from)
		return true
	}
	return false
}

// pass reports whether the results prove the author. An upstream that leaves
// fields in its own name in a mail that comes in shows by a contradiction.
func (r *reading) pass() bool {
	ok := false
	for _, m := range []struct {
		method   string
		pass     bool
		disputed bool
	}{
		{"dkim", r.dkimPass, r.dkimNone},
		{"spf", r.spfPass, len(r.spf) > 1},
		{"dmarc", r.dmarcPass, len(r.dmarc) > 1},
	} {
		if m.pass && m.disputed {
			r.say("the results of %s contradict each other, so they count for nothing", m.method)
		}
		ok = ok || m.pass && !m.disputed
	}
	return ok
}

// policy is what a DMARC result says about the policy, as written.
func policy(x *result) string {
	for _, c := range x.comments {
		if strings.Contains(strings.ToLower(c), "p=") {
			return " (" + clip(c) + ")"
		}
	}
	for _, name := range []string{"policy.published-domain-policy", "policy.dmarc", "action"} {
		if p := x.get(name); p != "" {
			return " (" + name + "=" + clip(p) + ")"
		}
	}
	return ""
}

// note puts a value in a set.
func note(set *map[string]bool, value string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[value] = true
}

// clip makes what a mail says fit for a reason: short, and in one line.
func clip(s string) string {
	cut := len(s) > maxSaid
	if cut {
		s = s[:maxSaid]
	}
	s = strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(s, "?"))), " ")
	if cut {
		s += "…"
	}
	return s
}

// visible replaces what does not show, or turns the direction of writing.
func visible(r rune) rune {
	if !unicode.IsGraphic(r) && !unicode.IsSpace(r) {
		return '?'
	}
	return r
}

func orNobody(domain string) string {
	if domain == "" {
		return "no domain"
	}
	return domain
}
