package mailgw

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The ledger can be asked by desk, agent, customer, state, kind and ticket; each row
// names the mail that made it and those that kept it.
func TestPromiseList(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "Export"})
	h.deliver(mail{subject: "Invoice", from: "Gil Globe <gil@globex.example>", rcpt: []string{"billing@example.com"}})
	h.flush()
	h.mustReply(t, "I'll get back to you by 3 pm.")
	h.flush()
	a := &Admin{local: h.Gateway}
	for name, c := range map[string]struct {
		args PromiseArgs
		want string // tickets and kinds
	}{
		"all":           {PromiseArgs{}, "1 first, 2 first, 1 agent"},
		"a desk":        {PromiseArgs{Desk: "billing"}, "2 first"},
		"an agent":      {PromiseArgs{Agent: "anna@example.com"}, "1 agent"},
		"an agent name": {PromiseArgs{Agent: "Anna"}, "1 agent"},
		"who has left":  {PromiseArgs{Agent: "zoe@example.com"}, ""},
		"a customer":    {PromiseArgs{Customer: "globex"}, "2 first"},
		"a state":       {PromiseArgs{State: "kept"}, "1 first"},
		"a kind":        {PromiseArgs{Kind: "agent"}, "1 agent"},
		"a ticket":      {PromiseArgs{Ticket: 2}, "2 first"},
		"two of them":   {PromiseArgs{Ticket: 1, State: "open"}, "1 agent"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := ask(t, a, "promise.list", c.args)
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%v %v", r["ticket"], r["kind"]))
			}
			if err != nil || strings.Join(got, ", ") != c.want {
				t.Errorf("%v: %q, want %q", err, got, c.want)
			}
		})
	}
	rows, err := ask(t, a, "promise.list", PromiseArgs{Ticket: 1})
	if err != nil || rows[0]["made_by"] != first.ack.MessageID || rows[0]["by"] != "mailgw" || fmt.Sprint(rows[0]["kept_by"]) != fmt.Sprintf("[%v]", rows[1]["made_by"]) || rows[1]["by"] != "anna@example.com" ||
		!strings.Contains(rows[1]["words"].(string), "3 pm") || rows[1]["announced_at"] != nil {
		t.Errorf("%v %+v", err, rows)
	}
	for name, c := range map[string]struct {
		args PromiseArgs
		says string
	}{
		"a state":  {PromiseArgs{State: "late"}, `"late" is not a state of a promise; write open, kept, broken or withdrawn`},
		"a kind":   {PromiseArgs{Kind: "call"}, `"call" is not a kind of promise; write first`},
		"a desk":   {PromiseArgs{Desk: "sales"}, `there is no desk "sales"`},
		"an agent": {PromiseArgs{Agent: "zoe"}, `"zoe" is not one agent`},
		"a ticket": {PromiseArgs{Ticket: 7}, "there is no ticket 7"},
	} {
		t.Run("wrong: "+name, func(t *testing.T) {
			if _, err := ask(t, a, "promise.list", c.args); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

// By when a customer needs something is shown to the desk, and promised by nobody.
func TestNeededBy(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "Export", body: "The export button does nothing. We need it by Friday noon."})
	if len(h.owed(1, "agent", "callback", "update")) != 0 {
		t.Error("it became a promise")
	}
	friday := time.Date(2026, 7, 17, 10, 0, 0, 0, time.UTC)
	v := h.explain(h.arrival(mail{body: "We need it by Friday noon."}))
	if len(v.NeededBy) != 1 || !v.NeededBy[0].Sure || !v.NeededBy[0].At.Equal(friday) {
		t.Errorf("explain: %+v", v.NeededBy)
	}
	for _, m := range h.flush() {
		if house := strings.HasSuffix(m.To[0], "@example.com"); strings.Contains(m.read.Text, "by 12:00 on Friday, 17 July") != house {
			t.Errorf("%s reads\n%s", m.To, m.read.Text)
		}
	}
	out, err := ask(t, &Admin{local: h.Gateway}, "ticket.show", NumberArgs{Number: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range out[0]["entries"].([]any) {
		if needs := e.(map[string]any)["needed_by"].([]any); (i == 0) != (len(needs) == 1) {
			t.Errorf("entry %d: %v", i, needs)
		}
	}
	if a.ticket.PromiseDue.Equal(friday) {
		t.Error("the customer's time is promised")
	}
}

// A mail is read by the hours of the desk that its ticket is on, wherever it came in.
func TestNeededByTheTicketsDesk(t *testing.T) {
	h := newHouse(t, `calendar=[{name="zurich", zone="Europe/Zurich", week={mon-fri=["09:00-17:30"]}}, {name="early", zone="Europe/Zurich", week={mon-fri=["06:00-13:00"]}}]`, `desk.billing.calendar="early"`)
	first := h.deliver(mail{})
	h.flush()
	m := h.arrival(mail{rcpt: []string{"billing@example.com"}, subject: "Re: " + first.ticket.Subject, head: []string{"In-Reply-To: <" + first.MessageID + ">"}, body: "We need it by close of business on Friday."})
	v := h.explain(m)
	if len(v.NeededBy) != 1 || v.Desk == nil || *v.Desk != "support" || v.NeededBy[0].At == nil || v.NeededBy[0].At.Hour()*60+v.NeededBy[0].At.Minute() != 17*60+30 {
		t.Errorf("on desk %v: %+v", v.Desk, v.NeededBy)
	}
}
