package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// A question mark alone is answered with why the ticket is as it is, and nothing reaches
// the customer; it changes nothing.
func TestQuestionMarkExplains(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "Production down", body: "production down since 7:40, outage everywhere"})
	notice := h.noticeTo("anna@example.com")
	before := h.ticket(1)
	for _, words := range []string{"?", "Why?"} {
		a := h.want(h.deliver(notice.reply(anna, words)), ticket.OutcomeAppended)
		if after := h.ticket(1); after.Status != before.Status || after.Assignee != before.Assignee || after.PromiseIs != before.PromiseIs {
			t.Errorf("%q: %+v", words, a.ticket)
		}
		sent := h.flush()
		if got := customers(sent); len(got) != 0 {
			t.Fatalf("%q: the customer gets\n%s", words, got[0].read.Text)
		}
		got := toldIn(to(sent, "anna@example.com"), "Why")
		for _, want := range []string{"Mia", "sender_auth trusted", "Acme Instruments AG (domain), premium", "urgent", "rule production-down", "around the clock", "told to the customer"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q: %q is not said:\n%s", words, want, got)
			}
		}
	}
}

// Help lists each command, with the form in which it is written.
func TestHelp(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#help"))
	sent := h.flush()
	if got := customers(sent); len(got) != 0 {
		t.Fatalf("the customer gets\n%s", got[0].read.Text)
	}
	got := to(sent, "anna@example.com")
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	for _, c := range []string{"note", "close", "solve", "assign", "only", "promise", "away", "back", "left", "take", "wait", "priority", "tag", "desk", "merge", "split", "customer", "cc", "call", "called", "workaround", "update", "solution", "use", "undo", "help"} {
		if !strings.Contains(got[0].read.Text, "#"+c) {
			t.Errorf("#%s is missing", c)
		}
	}
}

// What a notice says of the matter so far leaves out an answer that waits for a person's
// word: it has told the customer nothing.
func TestUnsentIsNoHistory(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "We look at the flux capacitor as soon as possible."))
	if got := customers(h.flushDue()); len(got) != 0 {
		t.Fatal("it has left")
	}
	h.deliver(mail{subject: "Re: x", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Any news?"})
	got := to(h.flushDue(), "ben@example.com")
	if len(got) == 0 || strings.Contains(got[len(got)-1].read.Text, "flux capacitor") {
		t.Errorf("%d notices; the last tells of what nobody was told", len(got))
	}
}
