package mailgw

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/passed"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// sourcePassed is the Source of a mail that an agent passed on: the agent is proven,
// who wrote the mail is not.
const sourcePassed = "passed on"

// voucher is by whom a customer's mail came to the desk, and how.
type voucher struct {
	agent  string // the agent's address
	whole  bool   // it was attached: author and address are as its author's program wrote them
	byRule bool   // a program of the agent's passed it on: nobody has looked at it
	asked  bool   // the agent named the author
}

// verdict is what is known of who wrote a mail that was passed on: nothing. The agent
// tells where it came from, and can have been deceived as anybody else; so it
// opens no door that its author's own mail without proof would not open.
func (v *voucher) verdict() mailauth.Verdict {
	return mailauth.Verdict{Result: mailauth.None, Reasons: []string{"passed on by " + v.agent + ", who is an agent; nothing proves who wrote it"}}
}

// readPassed finds the customers' mails that an agent's mail to a desk's plain address
// passes on.
func (g *Gateway) readPassed(in *incoming) {
	if !in.mayPassOn() || g.hasToken(in) {
		return
	}
	if who, ok := in.sayWho(); ok && in.mail.Forwarded != nil {
		m := passed.Named(in.Raw[in.Body:], in.mail, who)
		if p := g.passedMail(in, &m, voucher{agent: in.author, asked: true, byRule: passedByRule(in.mail)}); p != nil {
			in.passed = []*incoming{p}
			return
		}
	}
	found := passed.Reader{IsHouse: in.s.isOurs}.Read(in.Raw[in.Body:], in.mail)
	for i := range found.Mails {
		if p := g.passedMail(in, &found.Mails[i], voucher{agent: in.author, whole: found.Mails[i].Whole, byRule: passedByRule(in.mail)}); p != nil {
			in.passed = append(in.passed, p)
		}
	}
	if len(found.Mails) == 0 && found.Unsure != passed.OurOwn && !passedByRule(in.mail) {
		in.unsure = found
	}
}

// mayPassOn reports whether a mail's writer is believed to pass on what others wrote: an
// agent, proven and on the desk, and nobody outside gets the mail.
func (in *incoming) mayPassOn() bool {
	return in.mail.Kind == letter.Person && in.isAgent() && len(in.mail.From) == 1 && in.s.desk(in.desk.Name) != nil &&
		in.s.deskHas(in.desk.Name, in.author) && len(in.outside()) == 0
}

// outside are the addressees of the mail who are not of the house, each once.
func (in *incoming) outside() (out []letter.Address) {
	if in.isSubmission() {
		shown, blind := in.addressed()
		for _, addr := range blind {
			if len(shown) == 0 {
				shown = append(shown, letter.Address{Addr: addr})
			}
		}
		return shown
	}
	for _, list := range [][]letter.Address{in.mail.To, in.mail.Cc} {
		for _, a := range list {
			same := func(o letter.Address) bool { return strings.EqualFold(o.Addr, a.Addr) }
			if sendable(a.Addr) && !in.s.isOurs(a.Addr) && !slices.ContainsFunc(out, same) && len(out) < maxPeople {
				out = append(out, a)
			}
		}
	}
	return out
}

// hasToken reports whether a mail was sent to an address with a token of ours, whatever
// it is for.
func (g *Gateway) hasToken(in *incoming) bool {
	m := threading.Match(threading.Mail{Recipients: in.recipients()}, in.s.addresses, g.keys, in.s.domains, anyTicket{})
	return m.Ref.Ticket != 0
}

// isOurs reports whether an address is of the house, or in a domain of the desks and no
// customer's: who writes from there is a colleague, if not of the desk's.
func (s *settings) isOurs(addr string) bool {
	return s.isHouse(addr) || s.ours(domainOf(addr)) && s.customers.Identify(addr, true).Customer == ""
}

// passedByRule reports whether a program passed the mail on, as a rule of a mailbox does.
func passedByRule(m *letter.Mail) bool {
	auto := strings.ToLower(strings.TrimSpace(m.Header.Get("Auto-Submitted")))
	return auto != "" && auto != "no" || m.Header.Has("X-MS-Exchange-Inbox-Rules-Loop") || m.Header.Has("X-Forwarded-For") ||
		strings.EqualFold(strings.TrimSpace(m.Header.Get("X-MS-Exchange-Generated-Message-Source")), "Mailbox Rules Agent")
}

// passedMail makes a mail that came in of one that an agent passed on; nil when no person
// wrote it. Its peer is nobody: what trusts a network must not trust it for that.
func (g *Gateway) passedMail(in *incoming, m *passed.Mail, v voucher) *incoming {
	a := &letter.Arrival{ID: g.ids.Next(), Source: sourcePassed, ReversePath: m.From.Addr, Recipients: []string{in.desk.Address}, ClientIP: netip.Addr{}, At: in.At, Raw: m.Raw}
	for _, d := range in.others {
		a.Recipients = append(a.Recipients, d.Address)
	}
	p := &incoming{Arrival: a, s: in.s, mail: letter.Parse(m.Raw, m.From.Addr, letter.DefaultLimits()), vouched: &v, auth: v.verdict()}
	if k := p.mail.Kind; k != letter.Person && k != letter.List || g.cameBack(p) {
		return nil
	}
	p.author = p.mail.Author().Addr
	p.hash = p.sameness()
	p.excerpt = letter.Excerpt(p.mail.Matter(), maxExcerpt)
	p.route()
	p.know()
	return p
}

// takePassed decides about the mails that this one passes on, before it comes to stand on
// their first one's ticket. What is decided about one is written before the next is
// looked at: they may be of one matter.
func (d *decision) takePassed() error {
	if d.outcome != "" || d.released {
		return nil
	}
	for _, p := range d.in.passed {
		one := &decision{g: d.g, in: p, r: d.r, now: d.now, newNumber: d.newNumber, explain: d.explain, keep: d.keep}
		if err := d.passOne(one); err != nil {
			return err
		}
	}
	if d.keep == nil && d.onto != nil { // nothing was written that the rest could read
		d.outcome, d.ticket, d.final = ticket.OutcomeAppended, *d.onto, true
		d.desk = d.in.s.desk(d.ticket.Desk)
		d.ack.why = "it goes onto the ticket of the mail that it passes on"
	}
	return nil
}

func (d *decision) passOne(one *decision) error {
	if err := one.run(); err != nil {
		return err
	}
	d.passing = append(d.passing, one)
	if d.keep != nil {
		if err := d.keep(one); err != nil {
			return fmt.Errorf("mail %s passed on by mail %s: %w", one.in.ID, d.in.ID, err)
		}
	}
	t := one.ticket
	if t.Number == 0 || d.onto != nil && d.onto.Number != t.Number {
		return nil
	}
	if one.outcome == ticket.OutcomeDuplicate { // it was here already
		p, err := locate(d.r, t.Number, 1)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		t = p.ticket
	}
	d.onto = &t
	return nil
}

// matchPassed puts the agent's own mail onto the ticket of what it passes on, as a note.
func (d *decision) matchPassed() bool {
	if d.onto == nil {
		return false
	}
	d.asked = d.in.question(d.now)
	d.matched = threading.Decision{Ticket: d.onto.Number, Evidence: []string{fmt.Sprintf("it passes on a mail that is on ticket %d", d.onto.Number)}}
	d.before, d.admitted, d.why = *d.onto, threading.Append, "its writer is an agent of the desk, who passes a customer's mail on: what is new in it is a note"
	d.agent.note = cmp.Or(strings.TrimSpace(d.in.mail.NewText), d.in.mail.Subject, "Fwd:")
	return true
}

// vouchedFor reports whether a mail that proves nothing may go onto a ticket all the same:
// an agent of its desk passes it on, and its author is one of the ticket's people.
func (in *incoming) vouchedFor(t *ticket.Ticket) bool {
	return in.vouched != nil && !in.vouched.byRule && belongs(t, in.author) && in.s.deskHas(t.Desk, in.vouched.agent)
}

// notAcknowledged says why nothing is sent to the author of a mail that was passed on; ""
// when the usual reasons decide, as they do about any mail that proves nothing. A mail to
// somebody who wrote us none is worse than a promise that is not told: so the author
// must stand in the mail's own header, be known, or be named by the agent.
func (in *incoming) notAcknowledged() string {
	v := in.vouched
	switch {
	case v == nil:
		return ""
	case v.byRule:
		return "a program of " + v.agent + " passed it on: nobody has looked at it"
	case !v.whole && !v.asked && !in.isKnown(in.author):
		return "who wrote it stands in the text of a mail that " + v.agent + " passed on, and is not known"
	}
	return ""
}

// saidPassed says how the mail came here. The time that it gives for itself starts no
// clock: it is only said.
func (in *incoming) saidPassed() []string {
	out := slices.Clone(in.auth.Reasons)
	if !in.mail.Date.IsZero() {
		out = append(out, "it says that it was written on "+in.mail.Date.In(in.s.zone(in.desk)).Format(timeFormat)+"; the clock runs since it is here")
	}
	return out
}

// eventPassed puts into the audit trail who passed the mail on.
func (d *decision) eventPassed() {
	v := d.in.vouched
	if v == nil {
		return
	}
	how := "in the text"
	switch {
	case v.whole:
		how = "attached"
	case v.asked:
		how = "its author is who the agent says"
	}
	d.event(v.agent, "passed on a mail of "+d.in.author, how)
}
