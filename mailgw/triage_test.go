package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// rule is an override that adds a rule behind those of config.example.toml.
func rule(name, condition, then string) string {
	return fmt.Sprintf(`rule[3]={name=%q, if={%s}, then={%s}}`, name, condition, then)
}

func TestProductionDownPages(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "Production DOWN!"})
	if a.ticket.Priority != ticket.Urgent || len(a.pages) != 1 || fmt.Sprint(a.pages[0].EnvelopeTo) != "[oncall@example.com]" {
		t.Fatalf("priority %s, pages %+v", a.ticket.Priority, a.pages)
	}
	if got := a.ticket.PromiseDue.Sub(monday); got != 30*time.Minute {
		t.Errorf("due after %s", got)
	}
	if got := strings.Join(h.events(1), "; "); !strings.Contains(got, "rule production-down: paged oncall@example.com") || !strings.Contains(got, "rule production-down: priority normal to urgent") {
		t.Errorf("events: %s", got)
	}
	page := to(h.flush(), "oncall@example.com")
	if len(page) != 1 || !strings.Contains(page[0].read.Text, "10:30") || !strings.Contains(page[0].read.Text, "Acme") {
		t.Errorf("the page: %v", page)
	}
}

// Nobody is on call at the desk: its agents are woken.
func TestPageWithoutOnCall(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "outage", rcpt: []string{"billing@example.com"}})
	if len(a.pages) != 1 || fmt.Sprint(a.pages[0].EnvelopeTo) != "[anna@example.com ben@example.com]" {
		t.Errorf("pages %+v", a.pages)
	}
}

// A follow-up can raise the priority, which pages once; nothing lowers it.
func TestPriorityIsRaisedOnce(t *testing.T) {
	h := newHouse(t, rule("calm", `words="no hurry"`, `priority="low"`))
	first := h.deliver(mail{})
	token := []string{letterAddr(first.ack.ReplyTo)}
	for _, c := range []struct {
		body     string
		priority ticket.Priority
		pages    int
	}{
		{"Any news?", ticket.Normal, 0},
		{"It is an outage now.", ticket.Urgent, 1},
		{"The outage goes on.", ticket.Urgent, 0},
		{"No hurry any more.", ticket.Urgent, 0},
	} {
		a := h.want(h.deliver(mail{rcpt: token, body: c.body}), ticket.OutcomeAppended)
		if a.ticket.Priority != c.priority || len(a.pages) != c.pages {
			t.Errorf("%q: %s, %d pages; want %s, %d", c.body, a.ticket.Priority, len(a.pages), c.priority, c.pages)
		}
	}
}

func TestRulesMoveANewTicket(t *testing.T) {
	h := newHouse(t, rule("invoices", `subject="invoice"`, `desk="billing", assignee="ben@example.com", target="30m", tags=["b", "a", "b"]`))
	a := h.deliver(mail{from: "gus@globex.example", subject: "Invoice 7"})
	if a.ticket.Desk != "billing" || a.ticket.Assignee != "ben@example.com" || fmt.Sprint(a.ticket.Tags) != "[a b]" || a.ticket.PromiseDue.Sub(monday) != 30*time.Minute {
		t.Errorf("ticket %+v", a.ticket)
	}
	if a.ack.From != "Example Billing <billing@example.com>" || !strings.HasPrefix(letterAddr(a.ack.ReplyTo), "billing+") {
		t.Errorf("answered from %s, Reply-To %s", a.ack.From, a.ack.ReplyTo)
	}
	got := strings.Join(h.events(1), "; ")
	for _, want := range []string{"rule invoices: desk support to billing", "rule invoices: assigned to ben@example.com"} {
		if !strings.Contains(got, want) {
			t.Errorf("events: %s", got)
		}
	}
	// On a ticket that exists, a rule moves nothing.
	later := h.deliver(mail{from: "gus@globex.example", subject: "Lunch"})
	later = h.deliver(mail{from: "gus@globex.example", subject: "Invoice again", rcpt: []string{letterAddr(later.ack.ReplyTo)}})
	if later.ticket.Desk != "support" || later.ticket.Assignee != "" {
		t.Errorf("moved later: %+v", later.ticket)
	}
}

func TestAgentsMail(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	a := h.deliver(mail{from: "Anna <ANNA@example.com>", subject: "outage"})
	if a.ack != nil || len(a.pages) != 0 || a.ticket.PromiseID != 0 || a.ticket.Priority != ticket.Low {
		t.Errorf("ticket %+v", a.ticket)
	}
	if len(a.notices) != 1 || fmt.Sprint(a.notices[0].EnvelopeTo) != "[ben@example.com]" {
		t.Errorf("notices %+v", a.notices)
	}
	h.set(SetArgs{Number: 1, Status: "solved"})
	// What an agent writes on a ticket stays there: it is nobody's answer, and starts no clock.
	reply := h.want(h.deliver(mail{from: "anna@example.com", head: []string{"In-Reply-To: <" + first.MessageID + ">"}}), ticket.OutcomeAppended)
	if reply.ticket.Number != 1 || reply.ticket.Status != ticket.Solved || strings.Contains(strings.Join(reply.ticket.People, " "), "anna") || reply.ticket.LastIn != first.MessageID {
		t.Errorf("an agent's mail counts as the customer's: %+v", reply.ticket)
	}
	// Her name alone is no proof: such a mail is a stranger's.
	forged := h.deliver(mail{from: "anna@example.com", client: stranger, subject: "outage"})
	if forged.ticket.Priority != ticket.Urgent || len(forged.pages) != 1 || forged.ack != nil {
		t.Errorf("a forged agent silences the page, or is answered: %+v", forged.ticket)
	}
}

func TestMailToTheAdministrator(t *testing.T) {
	for _, addr := range []string{"postmaster", "abuse@example.com"} {
		t.Run(addr, func(t *testing.T) {
			h := newHouse(t)
			a := h.want(h.deliver(mail{rcpt: []string{addr}}), ticket.OutcomeNew)
			if a.ticket.Desk != "postmaster" || a.ack != nil || a.ticket.PromiseID != 0 || len(a.notices) != 1 || fmt.Sprint(a.notices[0].EnvelopeTo) != "[admin@example.com]" {
				t.Errorf("ticket %+v, notices %+v", a.ticket, a.notices)
			}
			if m := h.flush(); len(m) != 1 || len(to(m, "admin@example.com")) != 1 {
				t.Errorf("%d mails left", len(m))
			}
		})
	}
}

// The same mail to two desks is one ticket on the first; each agent of both gets one notice.
func TestSeveralDesks(t *testing.T) {
	for _, c := range []struct {
		rcpt         []string
		desk, notice string
	}{
		{[]string{"billing@example.com", "support@example.com"}, "billing", "[anna@example.com ben@example.com]"},
		{[]string{"support@example.com", "billing@example.com"}, "support", "[anna@example.com ben@example.com]"},
		{[]string{"support@example.com", "help@example.com"}, "support", "[anna@example.com]"},
		{[]string{"postmaster@example.com", "support@example.com"}, "support", "[admin@example.com anna@example.com]"},
		{[]string{"support@example.com", "abuse@example.com"}, "support", "[admin@example.com anna@example.com]"},
	} {
		h := newHouse(t, `desk.support.agents=["anna@example.com"]`, `desk.billing.agents=["ben@example.com", "Anna@example.com"]`)
		a := h.deliver(mail{rcpt: c.rcpt})
		var told []string
		for _, n := range a.notices { // who has no power on the ticket's desk gets no address to answer to
			told = append(told, strings.Fields(strings.ToLower(strings.Join(n.EnvelopeTo, " ")))...)
			if able := h.settings.Load().deskHas(a.ticket.Desk, n.EnvelopeTo[0]); able != (n.ReplyTo != "") {
				t.Errorf("%q: %s answer to %q", c.rcpt, n.EnvelopeTo, n.ReplyTo)
			}
		}
		slices.Sort(told)
		if a.Ticket != 1 || a.ticket.Desk != c.desk || fmt.Sprint(told) != c.notice {
			t.Errorf("%q: desk %s, notices to %s; want %s", c.rcpt, a.ticket.Desk, told, c.notice)
		}
	}
}

// A desk was taken out of the configuration while its tickets live on.
func TestTicketOfARemovedDesk(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{rcpt: []string{"billing@example.com"}})
	c := houseConfig(t, h.c.Data)
	c.Desks = c.Desks[:1]
	h.settings.Store(h.derive(c, h.dns))
	h.set(SetArgs{Number: 1, Status: "solved"})
	again := h.want(h.deliver(mail{head: []string{"In-Reply-To: <" + first.ack.MessageID + ">"}}), ticket.OutcomeAppended)
	if again.Ticket != 1 || again.ticket.Desk != "support" || again.ack == nil || again.ack.From != "Example Support <support@example.com>" {
		t.Errorf("ticket %+v, ack %+v", again.ticket, again.ack)
	}
	h.flush()
}

// References alone, with another subject, on a ticket closed long ago: a new, linked ticket.
func TestReferencesToALongClosedTicket(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	h.set(SetArgs{Number: 1, Status: "closed"})
	h.at(monday.Add(31 * 24 * time.Hour))
	refs := []string{"References: <" + first.ack.MessageID + ">"}
	if a := h.want(h.deliver(mail{subject: "Something else", head: refs}), ticket.OutcomeNew); fmt.Sprint(a.ticket.Linked) != "[1]" {
		t.Errorf("linked %v", a.ticket.Linked)
	}
	again := h.want(h.deliver(mail{subject: "Re: Printer portal", head: refs}), ticket.OutcomeNew) // its matter goes on, on a ticket of its own
	if next := h.want(h.deliver(mail{subject: "Re: Printer portal", head: refs}), ticket.OutcomeAppended); next.Ticket != again.Ticket {
		t.Errorf("the matter goes on as ticket %d and as ticket %d", again.Ticket, next.Ticket)
	}
}
