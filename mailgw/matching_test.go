package mailgw

import (
	"context"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
)

// byRoute is a mail as it comes by a route of its own: the same mail, another trace.
func byRoute(m mail, rcpt string) mail {
	m.rcpt = []string{rcpt}
	return m
}

// The same mail to two desks in two copies is one ticket on the first; the other
// desk is told, once.
func TestSameMailToTwoDesks(t *testing.T) {
	h := newHouse(t, `desk.support.agents=["anna@example.com"]`, `desk.billing.agents=["ben@example.com"]`)
	m := mail{id: "two@acme.example", head: []string{"Cc: billing@example.com"}, subject: "Invoice and printer"}
	first := h.want(h.deliver(byRoute(m, "support@example.com")), ticket.OutcomeNew)
	if len(to(h.flush(), "ben@example.com")) != 0 {
		t.Error("billing was told before its copy came")
	}
	copied := h.want(h.deliver(sameBytes(h, first, "billing@example.com")), ticket.OutcomeDuplicate)
	if copied.Ticket != first.Ticket || copied.ack != nil || len(copied.notices) != 1 || !slices.Equal(copied.notices[0].EnvelopeTo, []string{"ben@example.com"}) {
		t.Fatalf("the copy: ticket %d, acknowledged %t, notices %v", copied.Ticket, copied.ack != nil, copied.notices)
	}
	if again := h.want(h.deliver(sameBytes(h, first, "billing@example.com")), ticket.OutcomeDuplicate); len(again.notices) != 0 {
		t.Error("billing was told twice")
	}
	if again := h.want(h.deliver(sameBytes(h, first, "support@example.com")), ticket.OutcomeDuplicate); len(again.notices) != 0 {
		t.Error("a retry to the first desk tells somebody")
	}
	if n := h.do("ticket.show", NumberArgs{first.Ticket}).(TicketView); len(n.Entries) != 2 { // the mail and the acknowledgement
		t.Errorf("%d entries", len(n.Entries))
	}
}

// sameBytes is a mail that came before, to another recipient of the envelope.
func sameBytes(h *house, a arrived, rcpt string) mail {
	return mail{from: a.entry.From, rcpt: []string{rcpt}, subject: a.entry.Subject, id: a.MessageID, body: "The export button does nothing since this morning."}
}

// Two mails that answer a mail which we never saw are one matter when their
// writers belong together, and two when they do not.
func TestSharedAncestor(t *testing.T) {
	h := newHouse(t)
	root := []string{"In-Reply-To: <internal@acme.example>", "References: <internal@acme.example>"}
	first := h.want(h.deliver(mail{subject: "Fwd: leaking valve", head: root}), ticket.OutcomeNew)
	mate := h.want(h.deliver(mail{from: "Tom Acme <tom@acme.example>", subject: "Re: leaking valve", head: root, body: "I see it, too."}), ticket.OutcomeAppended)
	if mate.Ticket != first.Ticket {
		t.Errorf("the colleague's mail went to ticket %d", mate.Ticket)
	}
	other := h.want(h.deliver(mail{from: "Gil Globex <gil@globex.example>", subject: "Re: leaking valve", head: root, body: "What is this newsletter?"}), ticket.OutcomeNew)
	if other.Ticket == first.Ticket || len(other.ticket.Linked) != 0 || other.ack == nil {
		t.Errorf("another company's mail: ticket %d, linked %v, acknowledged %t", other.Ticket, other.ticket.Linked, other.ack != nil)
	}
	for _, m := range h.flush() {
		if slices.Contains(m.To, "gil@globex.example") && strings.Contains(m.read.Text, "Acme") {
			t.Errorf("another company is told of the first one:\n%s", m.read.Text)
		}
	}
}

// Outlook's Thread-Index joins when Exchange has dropped the other fields.
func TestThreadIndex(t *testing.T) {
	h := newHouse(t)
	root := "AdcA1dHM0mC3m0c2QXuCZ7m1pV0n3Q=="
	first := h.want(h.deliver(mail{subject: "Toner", head: []string{"Thread-Index: " + root}}), ticket.OutcomeNew)
	if a := h.deliver(mail{subject: "RE: Toner", head: []string{"Thread-Index: " + root[:28] + "3QAAAAAB"}, body: "Any news?"}); a.Ticket != first.Ticket {
		t.Errorf("the reply went to ticket %d: %v", a.Ticket, a.entry.Evidence)
	}
	if a := h.want(h.deliver(mail{subject: "Paper", head: []string{"Thread-Index: " + root}}), ticket.OutcomeNew); a.Ticket == first.Ticket {
		t.Error("another subject joined")
	}
}

// The id that a relay gives our mail instead of ours is learned from its reply.
func TestLearnedID(t *testing.T) {
	const given = "0102019a5b7c8d9e-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000"
	h := newHouse(t, `desk.support.reply_token="off"`)
	first := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	relay := &memoryRelay{reply: func(*outbox.Mail) string { return "250 Ok " + given }}
	h.leave(relay)
	m := mail{subject: "Re: something else", body: "It works again after all, but slowly.", head: []string{"In-Reply-To: <" + given + "@eu-west-1.amazonses.com>"}}
	if a := h.deliver(m); a.Ticket != first.Ticket {
		t.Errorf("the reply went to ticket %d: %v", a.Ticket, h.explain(h.arrival(m)).Match)
	}
	if a := h.want(h.deliver(mail{head: []string{"In-Reply-To: <0102019a5b7c8d9e-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6e-000000@eu-west-1.amazonses.com>"}}), ticket.OutcomeNew); a.Ticket == first.Ticket {
		t.Error("an id that nobody gave joined")
	}
}

// Behind another server customers get reply addresses once one has come in; an
// agent's answer to a notice is the proof. Agents have theirs from the start.
func TestReplyTokenByProof(t *testing.T) {
	h := newHouse(t, `sender.upstream_networks=["127.0.0.1/32"]`, `sender.trusted_authserv_ids=["mx.example.com"]`)
	first := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	if first.ack.ReplyTo != "" {
		t.Fatalf("before any proof the customer is told to answer to %s", first.ack.ReplyTo)
	}
	notice := h.noticeTo("anna@example.com")
	forged := notice.reply(anna, "hello")
	forged.rcpt = []string{"support+00000000000000000000000000000000@example.com"}
	h.deliver(forged)
	if a := h.want(h.deliver(mail{subject: "Second"}), ticket.OutcomeNew); a.ack.ReplyTo != "" {
		t.Fatal("a token of nobody's counted as proof")
	}
	h.want(h.deliver(notice.reply(anna, "Please try again.")), ticket.OutcomeAppended)
	if a := h.want(h.deliver(mail{subject: "Third"}), ticket.OutcomeNew); !strings.HasPrefix(a.ack.ReplyTo, "support+") {
		t.Errorf("after the proof the customer is told to answer to %q", a.ack.ReplyTo)
	}
	h.reopen()
	if a := h.want(h.deliver(mail{subject: "Fourth"}), ticket.OutcomeNew); !strings.HasPrefix(a.ack.ReplyTo, "support+") {
		t.Error("the proof was forgotten")
	}
	if a := h.want(h.deliver(mail{rcpt: []string{"billing@example.com"}, subject: "Fifth"}), ticket.OutcomeNew); a.ack.ReplyTo != "" {
		t.Error("one desk's proof counts for another one")
	}
}

// A desk's tag stands in the subjects that customers get, and brings a mail home
// that has lost everything else; it proves nothing.
func TestSubjectTag(t *testing.T) {
	h := newHouse(t, `desk.support.subject_tag="SUP"`, `desk.support.reply_token="off"`)
	first := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	ack := to(h.flush(), "mia@acme.example")[0]
	if !strings.HasSuffix(ack.read.Subject, " [SUP-1]") {
		t.Fatalf("the acknowledgement's subject is %q", ack.read.Subject)
	}
	if a := h.deliver(mail{subject: "Re: " + ack.read.Subject, body: "More about it."}); a.Ticket != first.Ticket {
		t.Errorf("the reply went to ticket %d", a.Ticket)
	}
	other := h.deliver(mail{from: "Gil Globex <gil@globex.example>", subject: "Question [SUP-1]"})
	if other.Ticket == first.Ticket || other.ack == nil {
		t.Errorf("another company came in by a number: ticket %d, %s", other.Ticket, other.Outcome)
	}
	h.do("ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: "Done."})
	out := to(h.flush(), "mia@acme.example")
	if got := out[len(out)-1].read.Subject; strings.Count(got, "[SUP-1]") != 1 {
		t.Errorf("the answer's subject is %q", got)
	}
}

// What may be one matter is put in front of the agent, and joins nothing.
func TestSuggestedTicket(t *testing.T) {
	h := newHouse(t)
	first := h.want(h.deliver(mail{subject: "Toner"}), ticket.OutcomeNew)
	second := h.want(h.deliver(mail{subject: "Toner", body: "Still no toner here."}), ticket.OutcomeNew)
	if second.Ticket == first.Ticket {
		t.Fatal("the subject alone joined")
	}
	if n := h.noticeTo("anna@example.com"); !strings.Contains(n.read.Text, "ticket merge 2") || !strings.Contains(n.read.Text, "#1: ") {
		t.Errorf("the notice does not suggest the first ticket:\n%s", n.read.Text)
	}
	if events := strings.Join(h.events(2), "\n"); !strings.Contains(events, "may be one matter with ticket 1") {
		t.Errorf("the audit trail has no suggestion:\n%s", events)
	}
	j := newHouse(t, `desk.support.join_same_subject=true`)
	a := j.want(j.deliver(mail{subject: "Toner"}), ticket.OutcomeNew)
	if b := j.deliver(mail{subject: "Re: Toner", body: "Still no toner."}); b.Ticket != a.Ticket {
		t.Error("a desk that turned it on does not join")
	}
	if b := j.deliver(mail{from: "Gil Globex <gil@globex.example>", subject: "Toner"}); b.Ticket == a.Ticket {
		t.Error("another company joined by the subject")
	}
}

func TestOnlyLonger(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"It fails.", "It fails.", true},
		{"It fails.\nSince today.", "It  fails.", true},
		{"It fails.", "It fails.\n___\nTeam list", true},
		{"reading 1", "reading 10", false},
		{"It fails.", "Oh, it fails.", false},
		{"It fails.\nNot.", "It fails.\nIndeed.", false},
		{"It fails.", "It fails.\n" + strings.Repeat("x", maxFooter), false},
		{"", "Team list", false},
	} {
		if onlyLonger(c.a, c.b) != c.want || onlyLonger(c.b, c.a) != c.want {
			t.Errorf("%q and %q: not %t", c.a, c.b, c.want)
		}
	}
}

// A colleague in copy of our answer who answers all is no stranger: the token is
// that of a mail which went to her. To anybody else's address it was not sent.
func TestColleagueInCopyHoldsProof(t *testing.T) {
	h := newHouse(t)
	first := h.want(h.deliver(mail{client: stranger, from: "Gus <gus@elsewhere.example>"}), ticket.OutcomeNew)
	h.want(h.deliver(answers(first, mail{client: stranger, from: "Gus <gus@elsewhere.example>", rcpt: []string{first.ack.ReplyTo}, head: []string{"Cc: Lea <lea@elsewhere.example>"}, body: "My colleague knows more."})), ticket.OutcomeAppended)
	notice := h.noticeTo("anna@example.com")
	h.want(h.deliver(notice.reply(anna, "Hello both, which one is it?")), ticket.OutcomeAppended)
	var answer sentMail
	for _, m := range h.flush() {
		if slices.Contains(m.To, "lea@elsewhere.example") {
			answer = m
		}
	}
	if answer.read == nil {
		t.Fatal("no answer went to the colleague in copy")
	}
	reply := answer.reply("Lea <lea@elsewhere.example>", "It is the blue one.")
	reply.client = stranger
	if a := h.want(h.deliver(reply), ticket.OutcomeAppended); strings.Contains(strings.Join(a.entry.Evidence, " "), "not on the ticket") {
		t.Errorf("the colleague counts as a stranger: %v", a.entry.Evidence)
	}
	other := reply
	other.from, other.id = "Eve <eve@elsewhere.example>", "eve@elsewhere.example"
	if a := h.want(h.deliver(other), ticket.OutcomeAppended); !strings.Contains(strings.Join(a.entry.Evidence, " "), "not on the ticket") {
		t.Errorf("who was sent nothing counts as one of them: %v", a.entry.Evidence)
	}
}

// A Bcc counts as what it is: the envelope tells which desk a mail is for, whoever
// stands in To, and a copy to another desk by Bcc tells that desk.
func TestBcc(t *testing.T) {
	h := newHouse(t, `desk.support.agents=["anna@example.com"]`, `desk.billing.agents=["ben@example.com"]`)
	blind := func(m mail, desk string) arrived {
		m.rcpt = []string{"partner@elsewhere.example"} // of the header
		a := h.arrival(m)
		a.Recipients = []string{desk}
		before := h.rows()
		if err := h.Deliver(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		return h.stored(a.ID, before)
	}
	m := mail{id: "blind@acme.example"}
	first := h.want(blind(m, "billing@example.com"), ticket.OutcomeNew)
	if first.ticket.Desk != "billing" || first.ack == nil || first.ack.EnvelopeTo[0] != "mia@acme.example" || len(first.ack.Cc) != 0 {
		t.Errorf("desk %s, acknowledgement %+v", first.ticket.Desk, first.ack)
	}
	if again := h.want(blind(m, "support@example.com"), ticket.OutcomeDuplicate); again.Ticket != first.Ticket || len(again.notices) != 1 || again.notices[0].EnvelopeTo[0] != "anna@example.com" {
		t.Errorf("the copy to another desk: ticket %d, told %v", again.Ticket, again.notices)
	}
	reply := h.want(blind(answers(first, mail{body: "And one more thing."}), "billing@example.com"), ticket.OutcomeAppended)
	if reply.Ticket != first.Ticket {
		t.Errorf("a reply with the desk in Bcc is on ticket %d", reply.Ticket)
	}
}
