package mailgw

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// standing is what is counted of the people of a ticket.
func (h *house) standing(number uint64) (c customer.Counts, w customer.Wait) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		t, err := r.Ticket(number)
		if err != nil {
			return err
		}
		history, err := historyOf(r, &t)
		c = history.Counts(h.clock.Now())
		w, _ = history.Waited(0)
		return err
	})
	return c, w
}

// TestWaitsLongTwice: a promise breaks, the answer comes days later; the next matter of
// the same company, of another person, says so to the agent, and a rule raises it.
func TestWaitsLongTwice(t *testing.T) {
	h := newHouse(t, rule("waits-long", `broken_promises={at_least=2}`, `priority="high"`))
	first := h.deliver(mail{})
	n := h.noticeTo("anna@example.com")
	if strings.Contains(n.read.Text, "Promises broken") || strings.Contains(n.read.Text, "mails in 7") {
		t.Errorf("of a first contact the agent reads:\n%s", n.read.Text)
	}
	h.tickTo(monday.AddDate(0, 0, 1))
	before, _ := h.standing(1)
	if before.BrokenPromises < 1 || before.Mails != 1 || before.Reopened != 0 {
		t.Fatalf("counts %+v", before)
	}
	h.at(monday.AddDate(0, 0, 5))
	h.deliver(n.reply(anna, "Here it is."))
	h.flush()
	after, waited := h.standing(1)
	if waited.Ticket != 1 || waited.Took != 5*24*time.Hour || !waited.Late {
		t.Errorf("waited %+v", waited)
	}
	second := h.deliver(mail{from: "Noah <noah@acme.example>", subject: "Another matter"})
	text := h.noticeTo("anna@example.com").read.Text
	want := fmt.Sprintf("Last time (ticket %d) they waited 5 days for our answer · Promises broken in 90 days: %d\n", first.ticket.Number, after.BrokenPromises)
	if !strings.Contains(text, want) {
		t.Errorf("the agent reads:\n%s\nwant %q", text, want)
	}
	if _, said := ackText(t, h, second); strings.Contains(said, "Last time") || strings.Contains(said, "roken") {
		t.Errorf("the customer reads:\n%s", said)
	}
	high := ticket.Normal
	if after.BrokenPromises < 2 {
		t.Errorf("%d promises broken: the rule is not tried", after.BrokenPromises)
	} else {
		high = ticket.High
	}
	if second.ticket.Priority != high {
		t.Errorf("with %d broken promises the priority is %s", after.BrokenPromises, second.ticket.Priority)
	}
	if other := h.deliver(mail{from: globexMan}); other.ticket.Priority != ticket.Normal || strings.Contains(h.noticeTo("anna@example.com").read.Text, "Last time") {
		t.Error("another company's history counts")
	}
	h.at(monday.AddDate(0, 0, 5+91))
	if old, _ := h.standing(1); old.BrokenPromises != 0 || old.Mails != 0 {
		t.Errorf("after 91 days: %+v", old)
	}
}

// TestRulesAskCounts: each count, in explain with what it is, of new tickets and later mails.
func TestRulesAskCounts(t *testing.T) {
	h := newHouse(t, rule("often", `contacts={at_least=3}`, `tags=["often"]`))
	for i := 1; i <= 2; i++ {
		if a := h.deliver(mail{}); len(a.ticket.Tags) != 0 {
			t.Fatalf("mail %d: tags %q", i, a.ticket.Tags)
		}
	}
	v := h.explain(h.arrival(mail{}))
	if last := v.Rules[len(v.Rules)-1]; !last.Matched || fmt.Sprint(last.Why) != "[contacts at_least 3: true, it is 3]" {
		t.Errorf("explain: %+v", last)
	}
	if c, _ := h.standing(1); c.Mails != 2 {
		t.Errorf("explaining counted: %+v", c)
	}
	third := h.deliver(mail{from: "Noah <noah@acme.example>"})
	if fmt.Sprint(third.ticket.Tags) != "[often]" || !strings.Contains(h.noticeTo("anna@example.com").read.Text, "Their mails in 7 days: 3") {
		t.Errorf("tags %q", third.ticket.Tags)
	}
	h.at(monday.AddDate(0, 0, 7))
	if a := h.deliver(mail{}); len(a.ticket.Tags) != 0 {
		t.Errorf("a week later: tags %q", a.ticket.Tags)
	}
}

// TestWhatIsNoContact: what a program, an agent or a forger writes, and the same mail again.
func TestWhatIsNoContact(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{id: "one@client.example"})
	token := []string{letterAddr(first.ack.ReplyTo)}
	h.deliver(mail{id: "one@client.example"})
	h.deliver(mail{rcpt: token, head: []string{"Auto-Submitted: auto-replied"}})
	n := h.noticeTo("anna@example.com")
	h.deliver(n.reply(anna, "Which version?"))
	if c, _ := h.standing(1); c.Mails != 1 {
		t.Errorf("%d mails", c.Mails)
	}
	h.deliver(mail{rcpt: token})
	if c, _ := h.standing(1); c.Mails != 2 {
		t.Errorf("%d mails after a reply", c.Mails)
	}
}

// TestReopenedCounts: by the customer's words, once for each time.
func TestReopenedCounts(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{from: "Jo <jo@nowhere.example>"}) // of no customer: by their address
	token := []string{letterAddr(first.ack.ReplyTo)}
	for want := 1; want <= 2; want++ {
		h.set(SetArgs{Number: 1, Status: "solved"})
		h.deliver(mail{from: "Jo <jo@nowhere.example>", rcpt: token, body: "It still does not work."})
		h.deliver(mail{from: "Jo <jo@nowhere.example>", rcpt: token, body: "And it is slow, too."})
		if c, _ := h.standing(1); c.Reopened != want {
			t.Errorf("reopened %d times, want %d", c.Reopened, want)
		}
	}
	h.set(SetArgs{Number: 1, Status: "solved"})
	h.deliver(mail{from: "Jo <jo@nowhere.example>", rcpt: token, body: "Thank you!"})
	if c, _ := h.standing(1); c.Reopened != 2 {
		t.Errorf("thanks counted: %d", c.Reopened)
	}
	if strangers := h.deliver(mail{from: "Jo <jo@elsewhere.example>"}); strangers.ticket.Number != 2 {
		t.Fatal(strangers.ticket.Number)
	}
	if c, _ := h.standing(2); c.Reopened != 0 || c.Mails != 1 {
		t.Errorf("a namesake has %+v", c)
	}
}

// TestMergedCustomersHaveOneHistory, until that is taken back.
func TestMergedCustomersHaveOneHistory(t *testing.T) {
	h := newHouse(t)
	a, b := h.deliver(mail{}), h.deliver(mail{from: globexMan})
	h.deliver(mail{from: globexMan})
	join := func(undo bool) (mails int) {
		err := h.store.Update(store.Background, func(tx store.Tx) error {
			return joinStandings(tx, a.ticket.CustomerID, b.ticket.CustomerID, undo)
		})
		if err != nil {
			t.Fatal(err)
		}
		c, _ := h.standing(b.ticket.Number)
		return c.Mails
	}
	if got := join(false); got != 3 {
		t.Errorf("together %d mails", got)
	}
	if got := join(true); got != 2 {
		t.Errorf("apart again %d mails", got)
	}
}

// TestErasedLeaveNoHistory: of an address no customer is known for, and of a company.
func TestErasedLeaveNoHistory(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: "Jo <jo.secret@nowhere.example>"})
	acme := h.deliver(mail{})
	h.flush()
	kept := func(name string) (b []byte) {
		h.view(func(r store.Reader) (err error) { b, err = r.Meta(name); return err })
		return b
	}
	own, company := standingName(0, "jo.secret@nowhere.example"), standingName(acme.ticket.CustomerID, "")
	if kept(own) == nil || kept(company) == nil {
		t.Fatal("nothing was counted")
	}
	h.erase(EraseArgs{Who: "jo.secret@nowhere.example"})
	if got := h.found([]string{"jo.secret"}); kept(own) != nil || len(got) > 0 {
		t.Errorf("after the person: %q, found %q", kept(own), got)
	}
	if kept(company) == nil {
		t.Error("another's history went, too")
	}
	h.erase(EraseArgs{Who: acme.ticket.Customer})
	if kept(company) != nil {
		t.Error("the company's history stays")
	}
}
