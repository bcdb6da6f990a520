package mailgw

import (
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

const eve = "Eve <eve@evil.example>"

// The matter of a ticket that is over goes on where the ticket that follows it went.
func TestFollowUpMergedElsewhere(t *testing.T) {
	h := newHouse(t, `desk.support.reopen_within="7d"`)
	old := h.closed(mail{})
	h.at(monday.AddDate(0, 0, 15))
	late := h.want(h.deliver(answers(old, mail{body: "It is broken once more."})), ticket.OutcomeNew)
	other := h.want(h.deliver(mail{subject: "Export again"}), ticket.OutcomeNew)
	h.do("ticket.merge", MergeArgs{From: late.Ticket, To: other.Ticket})
	if a := h.want(h.deliver(answers(old, mail{body: "And one more detail."})), ticket.OutcomeAppended); a.Ticket != other.Ticket {
		t.Errorf("the late reply went to ticket %d, which was merged into %d", a.Ticket, other.Ticket)
	}
	h.at(monday.AddDate(0, 0, 40)) // longer than the window after the merge
	if a := h.want(h.deliver(answers(old, mail{body: "Is there any news?"})), ticket.OutcomeAppended); a.Ticket != other.Ticket {
		t.Errorf("weeks later a reply went to ticket %d", a.Ticket)
	}
}

// When the follow-up was merged into the very ticket that it follows, a reply after
// that is over again opens a new one.
func TestFollowUpMergedBack(t *testing.T) {
	h := newHouse(t, `desk.support.reopen_within="7d"`)
	old := h.closed(mail{})
	h.at(monday.AddDate(0, 0, 15))
	late := h.want(h.deliver(answers(old, mail{body: "It is broken once more."})), ticket.OutcomeNew)
	h.do("ticket.merge", MergeArgs{From: late.Ticket, To: old.Ticket})
	h.do("ticket.set", SetArgs{Number: old.Ticket, Status: "closed"})
	h.at(monday.AddDate(0, 0, 30))
	a := h.want(h.deliver(answers(old, mail{body: "Is it back?"})), ticket.OutcomeNew)
	if a.Ticket == old.Ticket || a.Ticket == late.Ticket || a.ack == nil {
		t.Errorf("the reply is on ticket %d, acknowledged %t", a.Ticket, a.ack != nil)
	}
}

// The token of a ticket that is over opens none that follows it.
func TestFollowUpIsNotForOldTokens(t *testing.T) {
	for _, client := range []string{stranger, "127.0.0.1"} {
		h := newHouse(t, `desk.support.reopen_within="7d"`)
		old := h.closed(mail{})
		h.at(monday.AddDate(0, 0, 15))
		late := h.want(h.deliver(answers(old, mail{body: "It is broken once more."})), ticket.OutcomeNew)
		a := h.want(h.deliver(mail{from: eve, client: client, rcpt: []string{old.ack.ReplyTo}, subject: "Re: Printer portal"}), ticket.OutcomeNew)
		if a.Ticket == late.Ticket {
			t.Errorf("from %s: words of a stranger with an old token are on the new ticket", client)
		}
	}
}

// Who saw a mail before us, or saw that it will come, must not draw it to a ticket
// of their own: its writer would not be acknowledged there.
func TestSquattedClues(t *testing.T) {
	root := "Thread-Index: AdcA1dHM0mC3m0c2QXuCZ7m1pV0n3Q=="
	for name, c := range map[string]struct{ from, client string }{
		"in her own name":              {eve, "127.0.0.1"},
		"unproven":                     {eve, stranger},
		"in the victim's name":         {"", stranger},
		"in the name of a colleague":   {"Tom Acme <tom@acme.example>", stranger},
		"saying she is of the company": {"Acme Instruments AG <eve@evil.example>", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			hers := h.want(h.deliver(mail{from: c.from, client: c.client, subject: "Offer 77", head: []string{
				"References: <later@acme.example>", "Cc: mia@acme.example", "Reply-To: eve@evil.example", root}}), ticket.OutcomeNew)
			mine := h.want(h.deliver(mail{id: "later@acme.example", subject: "Offer 77", head: []string{root}}), ticket.OutcomeNew)
			if mine.Ticket == hers.Ticket || mine.ack == nil {
				t.Errorf("the victim's mail is on ticket %d, acknowledged %t", mine.Ticket, mine.ack != nil)
			}
			if !strings.Contains(strings.Join(h.events(mine.Ticket), "\n"), "may be one matter with ticket 1") {
				t.Error("the agents are not told of the other ticket")
			}
		})
	}
}

// A mail that says the Message-ID of somebody else's, and comes before that, draws
// no replies to it: those go to the mail of the author's own people.
func TestSquattedMessageID(t *testing.T) {
	for name, c := range map[string]struct{ from, client string }{
		"in her own name":      {eve, "127.0.0.1"},
		"in the victim's name": {"", stranger},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			hers := h.want(h.deliver(mail{from: c.from, client: c.client, id: "x@acme.example", subject: "Hello", body: "We are Acme Instruments AG.", head: []string{"Cc: mia@acme.example"}}), ticket.OutcomeNew)
			first := h.want(h.deliver(mail{id: "x@acme.example"}), ticket.OutcomeNew)
			for _, from := range []string{"", "Tom Acme <tom@acme.example>"} {
				a := h.deliver(mail{from: from, subject: "Re: Printer portal", body: "One more thing.", head: []string{"In-Reply-To: <x@acme.example>"}})
				if a.Ticket != first.Ticket {
					t.Errorf("%s: the reply is on ticket %d, the stranger's is %d", a.entry.From, a.Ticket, hers.Ticket)
				}
			}
		})
	}
}

// Who is not admitted to a ticket learns by no "thank you" whether it is closed.
func TestStrangersThanks(t *testing.T) {
	for name, how := range map[string]func(*arrived) mail{
		"by an id": func(a *arrived) mail { return answers(*a, mail{}) },
		"by a tag": func(*arrived) mail { return mail{subject: "Thank you [SUP-1]"} },
	} {
		for _, status := range []string{"open", "solved", "closed"} {
			h := newHouse(t, `desk.support.subject_tag="SUP"`)
			first := h.want(h.deliver(mail{}), ticket.OutcomeNew)
			h.do("ticket.set", SetArgs{Number: first.Ticket, Status: status})
			m := how(&first)
			m.from, m.client, m.body = eve, stranger, "Thank you!"
			if a := h.deliver(m); a.Ticket == first.Ticket || a.ack == nil || a.ticket.PromiseIs != "open" {
				t.Errorf("%s, %s: on ticket %d, acknowledged %t, promise %s", name, status, a.Ticket, a.ack != nil, a.ticket.PromiseIs)
			}
		}
	}
}

// Only the server in front proves that it delivers reply addresses: the token may
// be any that somebody was sent, and the port may be open to others.
func TestReplyAddressProvenByOthers(t *testing.T) {
	h := newHouse(t, behindUpstream[:3]...)
	first := h.want(h.deliver(mail{client: stranger}), ticket.OutcomeNew)
	to := "support+" + first.ack.MessageID[:32] + "@example.com"
	h.deliver(mail{from: eve, client: stranger, rcpt: []string{to}})
	if a := h.deliver(mail{subject: "Second", client: stranger}); a.ack.ReplyTo != "" {
		t.Errorf("a peer that is no upstream has turned on %s", a.ack.ReplyTo)
	}
	h.deliver(mail{from: eve, client: upstreamIP, rcpt: []string{to}})
	if a := h.deliver(mail{subject: "Third", client: stranger}); a.ack.ReplyTo == "" {
		t.Error("the upstream's proof does not count")
	}
}

// A copy that somebody sends before the true mail comes, forged or unproven, does not
// make the true one a duplicate that nobody reads; a retry of the true one is one.
func TestCopyBeforeTheTrueMail(t *testing.T) {
	for _, says := range []string{saysFail, saysNothing} {
		h := newHouse(t, behindUpstream...)
		first := h.take(h.on(mail{client: upstreamIP}, fromOutside, saysPass+"acme.example"))
		reply := answers(first, mail{client: upstreamIP, id: "reply@acme.example", body: "It is the second floor's."})
		h.want(h.take(h.on(reply, fromElse, says+"acme.example")), ticket.OutcomeHeld)
		h.take(h.on(reply, fromElse, says+"acme.example"))
		mine := h.want(h.take(h.on(reply, fromOutside, saysPass+"acme.example")), ticket.OutcomeAppended)
		if mine.Ticket != first.Ticket {
			t.Errorf("%s: the true reply is on ticket %d", says, mine.Ticket)
		}
		if again := h.want(h.take(h.on(reply, fromOutside, saysPass+"acme.example")), ticket.OutcomeDuplicate); again.Ticket != first.Ticket {
			t.Errorf("%s: its retry is one of a mail on ticket %d", says, again.Ticket)
		}
	}
	h := newHouse(t, behindUpstream...)
	m := mail{client: upstreamIP, id: "new@acme.example"}
	forged := h.take(h.on(m, fromElse, saysFail+"acme.example"))
	if mine := h.want(h.take(h.on(m, fromOutside, saysPass+"acme.example")), ticket.OutcomeNew); mine.Ticket == forged.Ticket || mine.ack == nil {
		t.Errorf("a new matter, forged before: on ticket %d, acknowledged %t", mine.Ticket, mine.ack != nil)
	}
}

// Who only says to be of a company must not have its people's mail on his ticket.
func TestClaimedCustomerDrawsNobody(t *testing.T) {
	h := newHouse(t)
	eve := h.want(h.deliver(mail{from: "Eve <eve@elsewhere.example>", id: "internal@acme.example", subject: "Valve", body: "We at Acme Instruments AG have a leaking valve."}), ticket.OutcomeNew)
	if eve.ticket.Confidence != ticket.Claimed {
		t.Fatalf("the ticket's customer is %s %q", eve.ticket.Confidence, eve.ticket.Customer)
	}
	his := h.deliver(mail{from: "Tom Acme <tom@acme.example>", subject: "Re: Valve", head: []string{"In-Reply-To: <internal@acme.example>"}})
	if his.Ticket == eve.Ticket {
		t.Errorf("a true colleague's words are on the ticket of one who claims to be: %v", his.entry.Evidence)
	}
}

// reads counts the mails whose bytes are read.
type reads struct {
	store.Reader
	raws int
}

func (r *reads) Raw(id ticket.ID) ([]byte, error) {
	r.raws++
	return r.Reader.Raw(id)
}

// One id for many mails, or for large ones, does not keep the others waiting: few
// are read again inside of the transaction.
func TestCopiesAreReadOnce(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("The same words, again and again.\r\n", 20000)
	for i := range 10 {
		h.deliver(mail{from: eve, id: "one@evil.example", subject: fmt.Sprint("Matter ", i), body: long[:2000] + fmt.Sprint(i)})
		h.deliver(mail{from: eve, id: "large@evil.example", subject: fmt.Sprint("Matter ", i), body: long + fmt.Sprint(i)})
	}
	for name, m := range map[string]mail{
		"many":       {from: eve, id: "one@evil.example", subject: "Matter", body: long[:2000] + "else"},
		"large":      {from: eve, id: "large@evil.example", subject: "Matter", body: long},
		"large ones": {from: eve, id: "large@evil.example", subject: "Matter", body: long[:1000]},
	} {
		in := h.newIncoming(t.Context(), h.arrival(m))
		h.view(func(r store.Reader) error {
			counted := &reads{Reader: r}
			_, err := h.decide(counted, in, func() (uint64, error) { return 1000, nil })
			if counted.raws > maxCopies || name != "many" && counted.raws > 0 {
				t.Errorf("%s: %d mails are read again", name, counted.raws)
			}
			return err
		})
	}
}

// A customer's token, and an agent in Cc of the customer's mail, let nobody write in
// that agent's name.
func TestAgentInCopyIsNotImpersonated(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{head: []string{"Cc: anna@example.com"}})
	a := h.want(h.deliver(mail{from: anna, client: stranger, rcpt: []string{first.ack.ReplyTo}, subject: "Re: Printer portal", body: "A refund is approved."}), ticket.OutcomeHeld)
	if a.Ticket == first.Ticket {
		t.Error("the words are on the customer's ticket")
	}
}
