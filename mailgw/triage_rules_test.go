package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// ruleFor is an override that adds a rule with own effects on follow-ups.
func ruleFor(name, condition, then, followUp string) string {
	return fmt.Sprintf(`rule[1]={name=%q, if={%s}, then={%s}, follow_up={%s}}`, name, condition, then, followUp)
}

// drawer are the items that wait.
func (h *house) drawer() (out []ticket.DrawerItem) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		return r.DrawerItems(func(d ticket.DrawerItem) bool { out = append(out, d); return true })
	})
	return out
}

// Own effects on follow-ups do what those of a new ticket may not: move, lower, give away.
func TestOwnEffectsOnFollowUps(t *testing.T) {
	h := newHouse(t, ruleFor("bill", `words="invoice"`, `tags=["new-one"]`, `priority="low", desk="billing", assignee="ben@example.com", tags=["again"], page=true`))
	first := h.deliver(mail{})
	token := []string{letterAddr(first.ack.ReplyTo)}
	next := h.want(h.deliver(mail{rcpt: token, body: "And the invoice is wrong, too."}), ticket.OutcomeAppended)
	if x := next.ticket; x.Priority != ticket.Low || x.Desk != "billing" || x.Assignee != "ben@example.com" || fmt.Sprint(x.Tags) != "[again]" || len(next.pages) != 1 {
		t.Errorf("ticket %+v, %d pages", x, len(next.pages))
	}
	got := strings.Join(h.events(1), "; ")
	for _, want := range []string{"rule bill: priority normal to low", "rule bill: desk support to billing", "rule bill: assigned to ben@example.com"} {
		if !strings.Contains(got, want) {
			t.Errorf("events: %s", got)
		}
	}
}

// Each rule takes effect once for a ticket and a kind of mail, over a restart too; what an
// agent has set since stays.
func TestRulesTakeEffectOnce(t *testing.T) {
	h := newHouse(t, ruleFor("bill", `words="invoice"`, `priority="high"`, `priority="high", page=true`))
	first := h.deliver(mail{body: "The invoice is wrong."})
	token := []string{letterAddr(first.ack.ReplyTo)}
	if fmt.Sprint(first.ticket.RulesDone) != "[new bill]" || first.ticket.Priority != ticket.High {
		t.Errorf("done %q", first.ticket.RulesDone)
	}
	for i, pages := range []int{1, 0, 0} {
		h.set(SetArgs{Number: 1, Priority: "normal"})
		a := h.deliver(mail{rcpt: token, body: "The invoice is wrong."})
		want := ticket.Normal
		if i == 0 {
			want = ticket.High
		}
		if a.ticket.Priority != want || len(a.pages) != pages || fmt.Sprint(a.ticket.RulesDone) != "[new bill follow-up bill]" {
			t.Errorf("mail %d: priority %s, %d pages, done %q", i, a.ticket.Priority, len(a.pages), a.ticket.RulesDone)
		}
		h.reopen()
	}
}

// A rule that had nothing to raise may still raise later.
func TestRuleThatChangedNothingIsNotDone(t *testing.T) {
	h := newHouse(t, rule("vip", `words="dringend"`, `priority="high"`))
	first := h.deliver(mail{})
	token := []string{letterAddr(first.ack.ReplyTo)}
	h.set(SetArgs{Number: 1, Priority: "urgent"})
	h.deliver(mail{rcpt: token, body: "Es ist dringend."})
	h.set(SetArgs{Number: 1, Priority: "normal"})
	if a := h.deliver(mail{rcpt: token, body: "Es ist dringend."}); a.ticket.Priority != ticket.High {
		t.Errorf("priority %s, done %q", a.ticket.Priority, a.ticket.RulesDone)
	}
}

func TestRuleGivesALevel(t *testing.T) {
	h := newHouse(t, ruleFor("gold", `words="gold"`, `level="premium"`, `level="premium"`))
	a := h.deliver(mail{from: "x@stranger.example", body: "We have gold."})
	plain := h.deliver(mail{from: "y@stranger.example"})
	if a.ticket.Level != "premium" || a.ticket.LevelWhy != "rule gold" || plain.ticket.Level == "premium" || !a.ticket.PromiseDue.Before(plain.ticket.PromiseDue) {
		t.Errorf("level %s by %q, due %s; others %s, due %s", a.ticket.Level, a.ticket.LevelWhy, a.ticket.PromiseDue, plain.ticket.Level, plain.ticket.PromiseDue)
	}
	next := h.deliver(mail{from: "y@stranger.example", rcpt: []string{letterAddr(plain.ack.ReplyTo)}, body: "We have gold."})
	if next.ticket.Level != "premium" || !next.ticket.PromiseDue.Before(plain.ticket.PromiseDue) || next.ack == nil {
		t.Errorf("later: level %s, due %s after %s", next.ticket.Level, next.ticket.PromiseDue, plain.ticket.PromiseDue)
	}
}

func TestRuleNotifies(t *testing.T) {
	h := newHouse(t, `desk.support.agents=["anna@example.com"]`, ruleFor("tell", `words="pump"`, `notify=["ben@example.com", "anna@example.com"]`, `notify=["ben@example.com"]`))
	a := h.deliver(mail{body: "The pump is broken."})
	told := func(a arrived) (out []string) {
		for _, n := range a.notices {
			out = append(out, n.EnvelopeTo...)
		}
		slices.Sort(out)
		return out
	}
	if got := fmt.Sprint(told(a)); got != "[anna@example.com ben@example.com]" {
		t.Errorf("notices to %s", got)
	}
	if b := h.deliver(mail{rcpt: []string{letterAddr(a.ack.ReplyTo)}, body: "The pump still is."}); fmt.Sprint(told(b)) != "[anna@example.com ben@example.com]" {
		t.Errorf("later notices to %s", told(b))
	}
	if c := h.deliver(mail{subject: "Another", body: "The other export."}); fmt.Sprint(told(c)) != "[anna@example.com]" {
		t.Errorf("other notices to %s", told(c))
	}
	// A program's mail and an agent's own tell nobody more.
	if p := h.deliver(mail{subject: "Out of office", body: "The pump.", head: []string{"Auto-Submitted: auto-replied"}}); slices.Contains(told(p), "ben@example.com") {
		t.Errorf("a program's mail: %s", told(p))
	}
}

// What a rule tells the agents is on the ticket and in their notice, and in no mail to a
// customer, also not in later ones.
func TestNotesOfRulesStayInside(t *testing.T) {
	const secret = "Zebra clause: credit is bad"
	h := newHouse(t, ruleFor("credit", `words="pump"`, fmt.Sprintf("note=%q", secret), fmt.Sprintf("note=%q", secret+", again")))
	a := h.deliver(mail{body: "The pump is broken."})
	h.deliver(mail{rcpt: []string{letterAddr(a.ack.ReplyTo)}, body: "The pump still is."})
	n := h.noticeTo("anna@example.com")
	if !strings.Contains(n.read.Text, "credit: "+secret) {
		t.Errorf("the agent reads:\n%s", n.read.Text)
	}
	var notes []string
	h.view(func(r store.Reader) error {
		list, err := r.Entries(1)
		for _, e := range list {
			if e.Kind == ticket.Note {
				notes = append(notes, e.From+": "+e.Text)
			}
		}
		return err
	})
	if fmt.Sprint(notes) != "[rule credit: "+secret+" rule credit: "+secret+", again]" {
		t.Errorf("notes %q", notes)
	}
	h.deliver(n.reply(anna, "We will look at it."))
	h.tickTo(monday.Add(8 * time.Hour))
	h.flush()
	for _, m := range h.sent {
		if slices.ContainsFunc(m.To, func(a string) bool { return strings.HasSuffix(a, "@acme.example") }) && strings.Contains(string(m.Bytes)+m.read.Text, "Zebra") {
			t.Errorf("the customer reads:\n%s", m.read.Text)
		}
	}
}

func TestRuleJunks(t *testing.T) {
	h := newHouse(t, ruleFor("spam", `words="cheap pills"`, `junk=true`, `junk=true`))
	first := h.deliver(mail{})
	for _, rcpt := range [][]string{nil, {letterAddr(first.ack.ReplyTo)}} {
		before := h.dump(1)
		a := h.want(h.deliver(mail{rcpt: rcpt, body: "Buy cheap pills."}), ticket.OutcomeQuarantined)
		if a.Ticket != 0 || a.ack != nil || len(a.notices) != 0 || h.dump(1) != before {
			t.Errorf("junk: %+v", a.Receipt)
		}
		items := h.drawer()
		if last := items[len(items)-1]; last.Kind != ticket.DrawerJunk || last.Why != "rule spam" || last.Desk != "support" {
			t.Errorf("item %+v", last)
		}
		var v ReleasedView
		if err := h.releaseJunk(DrawerArgs{ID: a.ID.String()}, func(x any) error { v = x.(ReleasedView); return nil }); err != nil || v.Ticket == 0 {
			t.Errorf("released: %+v, %v", v, err)
		}
	}
	if next := h.deliver(mail{from: "z@other.example", subject: "Other"}); next.Ticket != 3 {
		t.Errorf("mails in the junk used up numbers: the next ticket is %d", next.Ticket)
	}
	// A program's mail is filed, whatever it says.
	if a := h.deliver(mail{subject: "Away", body: "cheap pills", head: []string{"Auto-Submitted: auto-replied"}}); a.Outcome == ticket.OutcomeQuarantined {
		t.Error("a program's mail is in the junk")
	}
}

func TestRuleHoldsAFollowUp(t *testing.T) {
	h := newHouse(t, ruleFor("law", `words="lawyer"`, `tags=["law"]`, `hold=true, tags=["law"]`))
	first := h.deliver(mail{})
	token := []string{letterAddr(first.ack.ReplyTo)}
	held := h.want(h.deliver(mail{rcpt: token, body: "My lawyer will write to you."}), ticket.OutcomeHeld)
	if held.Ticket == 1 || held.ack != nil || fmt.Sprint(held.ticket.Linked) != "[1]" || fmt.Sprint(held.ticket.Tags) != "[law]" {
		t.Fatalf("held: %+v, ack %v", held.ticket, held.ack)
	}
	if items := h.drawer(); len(items) != 1 || items[0].Kind != ticket.DrawerHeld || items[0].Ticket != 1 || items[0].Why != "rule law holds it" {
		t.Fatalf("drawer %+v", items)
	}
	if err := h.admitHeld(DrawerArgs{ID: held.ID.String()}, func(any) error { return nil }); err != nil {
		t.Fatal(err)
	}
	again := h.want(h.deliver(mail{rcpt: token, body: "My lawyer insists."}), ticket.OutcomeAppended)
	if fmt.Sprint(again.ticket.RulesDone) != "[follow-up law]" {
		t.Errorf("done %q", again.ticket.RulesDone)
	}
}

// A new ticket that a rule holds: nothing goes to its customer until an agent has
// answered, and the desk is reminded.
func TestRuleHoldsANewTicket(t *testing.T) {
	h := newHouse(t, ruleFor("law", `words="lawyer"`, `hold=true`, `tags=["law"]`))
	a := h.want(h.deliver(mail{body: "My lawyer will write to you."}), ticket.OutcomeNew)
	if a.ack != nil || a.ticket.Told || len(a.notices) == 0 {
		t.Fatalf("held: ack %v, told %t", a.ack, a.ticket.Told)
	}
	if items := h.drawer(); len(items) != 1 || items[0].Kind != ticket.DrawerUnacknowledged || !strings.Contains(items[0].Why, "rule law") {
		t.Fatalf("drawer %+v", items)
	}
	if b := h.want(h.deliver(mail{head: []string{"In-Reply-To: <" + a.MessageID + ">"}, body: "Do you hear?"}), ticket.OutcomeAppended); b.ack != nil {
		t.Error("the next mail is acknowledged, and nobody has looked")
	}
	h.flush()
	h.tickTo(monday.Add(time.Hour))
	for _, m := range h.flushDue() {
		if slices.Contains(m.To, "mia@acme.example") {
			t.Errorf("the customer gets %s", m.read.Subject)
		}
	}
	for _, m := range h.sent {
		if slices.Contains(m.To, "mia@acme.example") {
			t.Errorf("the customer gets %s", m.read.Subject)
		}
	}
}

// A rule that took effect before is shown as such.
func TestExplainSaysDone(t *testing.T) {
	h := newHouse(t, ruleFor("bill", `words="invoice"`, `tags=["bill"]`, `tags=["again"]`))
	first := h.deliver(mail{})
	m := mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}, body: "The invoice is wrong."}
	for i := range 2 {
		v := h.explain(h.arrival(m))
		r := v.Rules[slices.IndexFunc(v.Rules, func(r RuleView) bool { return r.Name == "bill" })]
		if !r.Matched || r.Done != (i == 1) || len(r.Why) == 0 {
			t.Errorf("mail %d: %+v", i, r)
		}
		h.deliver(m)
	}
}
