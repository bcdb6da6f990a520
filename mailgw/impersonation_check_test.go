package mailgw

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// state is what an agent's power could change of a ticket.
func (s *stage) state(number uint64) string {
	t := s.ticket(number)
	j, _ := json.Marshal([]any{t.Desk, t.Priority, t.Assignee, t.Tags, t.Customer, t.CustomerID, t.PromiseIs, t.MovedTo, t.WaitUntil, t.Workaround, t.Solution, t.Status == ticket.Closed, t.Status == ticket.Solved})
	return string(j)
}

// Nobody gets an agent's power who has not all of it, and nobody a place on a ticket by
// knowing its number: after each attack nothing has changed, nobody outside reads its
// words, and no word of it counts as an agent's.
func TestImpostors(t *testing.T) {
	for group, list := range impostors() {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			for i, c := range list {
				if group == repeated && i > 0 {
					s = newStage(t)
				}
				s.attack(t, c)
			}
		})
	}
}

// repeated is the group of attacks that come after something that has been done.
const repeated = "What was said once, again"

// attack tries one attack, and looks at everything.
func (s *stage) attack(t *testing.T, c impostor) {
	m := c.try(s)
	s.flush()
	s.sent = nil
	before, other := s.state(1), s.state(2)
	known := s.entries()
	a := s.deliver(m)
	s.flush()
	if after := s.state(1); after != before {
		t.Errorf("%s: %s: the ticket was\n%s and is\n%s", c.name, a.Outcome, before, after)
	}
	if after := s.state(2); after != other {
		t.Errorf("%s: %s: the other ticket was\n%s and is\n%s", c.name, a.Outcome, other, after)
	}
	for _, sent := range toOutside(s.sent) {
		t.Errorf("%s: %s: %s gets\n%s", c.name, a.Outcome, sent.To, sent.read.Text)
	}
	for _, sent := range s.sent {
		outside := !strings.HasSuffix(sent.To[0], "@example.com")
		if outside && strings.Contains(readings(sent.Bytes), strings.ToLower(secret)) && !strings.EqualFold(sent.To[0], letterAddr(m.from)) {
			t.Errorf("%s: %s: %s reads the words", c.name, a.Outcome, sent.To)
		}
		if outside && strings.Contains(sent.To[0], "evil") && strings.Contains(readings(sent.Bytes), "acme") {
			t.Errorf("%s: %s: %s reads of Acme\n%s", c.name, a.Outcome, sent.To, sent.read.Text)
		}
	}
	for id, e := range s.entries() {
		if _, old := known[id]; old {
			continue
		}
		if e.Kind == ticket.Note || e.Kind == ticket.MailOut && e.ByAgent != "" {
			t.Errorf("%s: %s: there is a %s of %s: %q", c.name, a.Outcome, e.Kind, e.ByAgent, e.Text)
		}
		if e.ByAgent != "" && !(a.Outcome == ticket.OutcomeAppended || a.Outcome == ticket.OutcomeAutomatic) {
			t.Errorf("%s: %s: it counts as %s's", c.name, a.Outcome, e.ByAgent)
		}
		if e.Ticket == 1 && strings.Contains(letterAddr(e.From), "evil") && a.Outcome != ticket.OutcomeAppended && a.Outcome != ticket.OutcomeAutomatic {
			t.Errorf("%s: %s: it is on the ticket", c.name, a.Outcome)
		}
	}
	for _, p := range s.ticket(1).People {
		if strings.Contains(p, "evil") {
			t.Errorf("%s: %s belongs to the ticket", c.name, p)
		}
	}
}

// entries are all entries of all tickets.
func (s *stage) entries() map[ticket.ID]ticket.Entry {
	out := map[ticket.ID]ticket.Entry{}
	s.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool {
			list, _ := r.Entries(t.Number)
			for _, e := range list {
				out[e.ID] = e
			}
			return true
		})
	})
	return out
}

// What must not get through does when nothing is missing: else the table would prove
// nothing.
func TestImpostorsWouldBeSeen(t *testing.T) {
	s := newStage(t)
	before := s.state(1)
	s.want(s.deliver(s.act(anna, threading.ActTake)), ticket.OutcomeAppended)
	if after := s.state(1); after == before || s.ticket(1).Assignee != "anna@example.com" {
		t.Errorf("the agent's own press does nothing: %s", after)
	}
	s.want(s.deliver(s.bens.reply(ben, "#solve\r\n\r\nHello Mia.")), ticket.OutcomeAppended)
	if len(toOutside(s.flush())) == 0 || s.ticket(1).Status != ticket.Solved {
		t.Error("the agent's own answer does nothing")
	}
}

// The documentation has the table of attacks as it is.
func TestImpostorsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for group, list := range impostors() {
		var names []string
		for _, c := range list {
			names = append(names, c.name)
		}
		row := "| " + group + " | " + strings.Join(names, "; ") + " |\n"
		if rows++; !bytes.Contains(doc, []byte(row)) {
			t.Errorf("docs/testing.md lacks\n%s", row)
		}
	}
	_, table, _ := strings.Cut(string(doc), "| who or what is not what it seems | attacks |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if n := strings.Count(table+"\n", "\n"); n != rows {
		t.Errorf("the table in docs/testing.md has %d rows, must have %d", n, rows)
	}
}
