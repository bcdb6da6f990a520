package config

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/rules"
)

// Warnings is what is right, but can hardly be meant. The problems are in the
// order of the file; nil when there are none. Nothing outside of the
// configuration is looked at; see CheckFiles for that.
func (c *Config) Warnings() []Problem {
	w := &warner{Config: c}
	w.included()
	w.listeners()
	w.networks()
	w.clients()
	w.people()
	w.agreements()
	w.unsigned()
	w.rules()
	if strings.HasPrefix(c.Data, "~") {
		w.at("data", "~ is no home folder here, but a folder of that name (got %s); write the whole path", show(c.Data))
	}
	sortProblems(w.Path, w.all)
	return w.all
}

// warner collects warnings.
type warner struct {
	*Config
	all []Problem
}

func (w *warner) at(path, format string, args ...any) {
	w.all = append(w.all, w.problem(path, format, args...))
}

// problem is one about the key at path, with the place where that was written.
func (c *Config) problem(path, format string, args ...any) Problem {
	r := newReporter(c.Path)
	if c.source != nil {
		r.lines, r.parts, r.origin = c.source.lines, c.source.parts, c.source.origin
	}
	r.at(path, format, args...)
	return r.all[0]
}

// listeners looks for none at all, and for doors that strangers should not find.
func (w *warner) listeners() {
	if len(w.SMTP.Listen)+len(w.LMTP.Listen) == 0 {
		w.at("smtp.listen", `there is no listener, so no mail comes in; write listen = ["127.0.0.1:2525"] or, for the world, ["0.0.0.0:25"]`)
	}
	for i, addr := range w.LMTP.Listen {
		if isPublic(addr) {
			w.at(element("lmtp.listen", i), `strangers can reach it, and LMTP is for a mail server of your own (got %q); write unix: and the path of a socket, or an address of your own network`, addr)
		}
	}
	for i, addr := range w.HTTP.Listen {
		if isPublic(addr) {
			w.at(element("http.listen", i), `strangers can read the figures there (got %q); write an address that only your monitoring reaches, like "127.0.0.1:2580"`, addr)
		}
	}
}

// isPublic says whether an address to listen on is open to other networks than
// one's own; names are not looked up.
func isPublic(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && !isOwn(netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
}

// isOwn says whether all of a network is the machine itself or a private one.
func isOwn(p netip.Prefix) bool {
	return slices.ContainsFunc([]string{
		"127.0.0.0/8", "::1/128",
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", // RFC 1918 §3, RFC 4193 §3.1
		"169.254.0.0/16", "fe80::/10",
	}, func(text string) bool {
		own := netip.MustParsePrefix(text)
		return own.Bits() <= p.Bits() && own.Contains(p.Addr().WithZone(""))
	})
}

// included warns of patterns that no file has matched: a misspelt folder looks like one
// that is still empty.
func (w *warner) included() {
	for _, i := range w.NoFile {
		w.at(element("include", i), "no file yet (got %s); write one with [[rule]] and [[test]] there, or leave it out", show(w.Include[i]))
	}
}

func (w *warner) networks() {
	for i, p := range w.SMTP.TrustedNetworks {
		if !isOwn(p) {
			w.at(element("smtp.trusted_networks", i), "is neither loopback nor private, and whoever connects from there can write as anybody (got %q); remove it, unless all of it is yours", p)
		}
	}
	switch up, ids := len(w.Sender.UpstreamNetworks), len(w.Sender.TrustedAuthservIDs); {
	case up > 0 && ids == 0:
		w.at("sender.upstream_networks", `nothing that these servers say is believed, since sender.trusted_authserv_ids is empty; write the first word of their Authentication-Results there`)
	case up == 0 && ids > 0:
		w.at("sender.trusted_authserv_ids", `nobody is believed under these names, since sender.upstream_networks is empty; write the addresses of your mail servers there`)
	}
}

// people looks for agents without a desk, and for pages that nobody is on call for.
func (w *warner) people() {
	for i, a := range w.Agents {
		if !slices.ContainsFunc(w.Desks, func(d Desk) bool { return d.HasAgent(a.Address) }) {
			w.at(element("agent", i)+".address", "is on no desk, so this agent gets no mail (got %q); write it in the agents of a desk", a.Address)
		}
	}
	for i, r := range w.Rules {
		if r.Then.Page {
			w.onCall(element("rule", i)+".then.page", &r)
		}
	}
}

// agreements looks for those that help nobody.
func (w *warner) agreements() {
	best := w.BestLevels()
	for i := range w.Customers {
		for _, p := range customer.Doubts(&w.Customers[i], best) {
			w.at(join(element("customer", i), p.Field), "%s", p.Text)
		}
	}
}

// onCall looks who is woken by a rule that pages. A rule for all desks is fine as
// soon as one of them has somebody on call; the others have chosen their agents.
func (w *warner) onCall(path string, r *rules.Rule) {
	var meant, without []string
	for _, d := range w.Desks {
		if r.Then.Desk != "" && r.Then.Desk != d.Name || r.Then.Desk == "" && r.If != nil && r.If.Desk != nil && !holds(rules.Condition{Desk: r.If.Desk}, rules.Facts{Desk: d.Name}) {
			continue
		}
		meant = append(meant, d.Name)
		if len(d.OnCall) == 0 {
			without = append(without, strconv.Quote(d.Name))
		}
	}
	one := r.Then.Desk != "" || r.If != nil && r.If.Desk != nil
	if len(without) > 0 && (one || len(without) == len(meant)) {
		w.at(path, "nobody is on call at %s, so the page is one more mail to the desk's agents (got true); write on_call in [[desk]]", list(without))
	}
}
