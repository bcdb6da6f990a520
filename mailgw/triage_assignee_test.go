package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
)

const threeAgents = `agent=[{ name = "Anna Keller", address = "anna@example.com", stand_in = "ben@example.com", skills = ["sap"], languages = ["de"] },
	{ name = "Ben Ortiz", address = "ben@example.com", skills = ["sap"], languages = ["en"] }, { name = "Cleo", address = "cleo@example.com", languages = ["fr"] }]`

// byRule is a house of three agents with one rule that gives each new ticket to somebody.
func byRule(t *testing.T, assignee string) *house {
	t.Helper()
	return newHouse(t, threeAgents, `desk.support.agents=["anna@example.com", "ben@example.com", "cleo@example.com"]`,
		fmt.Sprintf(`rule=[{ name = "give", then = { assignee = %s } }]`, assignee))
}

// goesAway lets somebody be away.
func (h *house) goesAway(addr string, until time.Time) {
	h.t.Helper()
	h.update(func(tx store.Tx) error {
		return (&absenceChange{agent: addr, now: &staff.Absence{Agent: addr, From: h.clock.Now(), Until: until}}).record(tx)
	})
}

// assignees delivers so many new matters and says who got each.
func (h *house) assignees(n int, body string) (out []string) {
	h.t.Helper()
	for i := range n {
		a := h.deliver(mail{from: fmt.Sprintf("P%d <p%d@mail.example>", i, i), subject: fmt.Sprintf("Matter %d of %s", i, body), body: body})
		name, _, _ := strings.Cut(a.ticket.Assignee, "@")
		out = append(out, name)
	}
	return out
}

func TestAssigneeIsFound(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		prepare    func(*house)
		n          int
		body       string
		want       string
	}{
		{"turns", `{ by = "round_robin" }`, nil, 4, "hello", "anna ben cleo anna"},
		{"turns among two", `{ by = "round_robin", among = ["ben@example.com", "cleo@example.com"] }`, nil, 3, "hello", "ben cleo ben"},
		{"the least loaded", `{ by = "least_loaded" }`, func(h *house) {
			for i, who := range []string{"anna", "anna", "ben"} {
				h.deliver(mail{from: fmt.Sprintf("Q%d <q%d@mail.example>", i, i), subject: fmt.Sprintf("Old %d", i)})
				h.set(SetArgs{Number: uint64(i + 1), Assignee: who + "@example.com"})
			}
		}, 4, "hello", "cleo ben cleo anna"},
		{"what is closed is no load", `{ by = "least_loaded" }`, func(h *house) {
			for i, who := range []string{"anna", "ben", "cleo"} {
				h.deliver(mail{from: fmt.Sprintf("Q%d <q%d@mail.example>", i, i), subject: fmt.Sprintf("Old %d", i)})
				h.set(SetArgs{Number: uint64(i + 1), Assignee: who + "@example.com"})
			}
			h.set(SetArgs{Number: 1, Status: "closed"})
		}, 1, "hello", "anna"},
		{"who knows it", `{ by = "round_robin", skills = ["sap"] }`, nil, 3, "hello", "anna ben anna"},
		{"who speaks it", `{ by = "round_robin", language = true }`, nil, 2, "Guten Tag, der Drucker geht nicht mehr, können Sie bitte helfen?", "anna anna"},
		{"nobody who is away", `{ by = "round_robin" }`, func(h *house) { h.goesAway("ben@example.com", time.Time{}) }, 3, "hello", "anna cleo anna"},
		{"all are away", `{ by = "round_robin", among = ["ben@example.com"] }`, func(h *house) { h.goesAway("ben@example.com", time.Time{}) }, 1, "hello", ""},
		{"who stands in", `"anna@example.com"`, func(h *house) { h.goesAway("anna@example.com", time.Time{}) }, 1, "hello", "ben"},
		{"nobody stands in", `"anna@example.com"`, func(h *house) {
			h.goesAway("anna@example.com", time.Time{})
			h.goesAway("ben@example.com", time.Time{})
		}, 1, "hello", "anna"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := byRule(t, c.rule)
			if c.prepare != nil {
				c.prepare(h)
			}
			if got := strings.Join(h.assignees(c.n, c.body), " "); got != c.want {
				t.Errorf("given to %q, want %q\n%s", got, c.want, h.dump(1))
			}
			h.verify()
		})
	}
}

// The turn goes on where it was after a restart, and an event says who was found and why;
// a ticket that somebody has is not taken away by a mail on it.
func TestAssigneeOverRestart(t *testing.T) {
	h := byRule(t, `{ by = "round_robin" }`)
	h.assignees(1, "hello")
	h.reopen()
	if got := h.assignees(1, "again"); got[0] != "ben" {
		t.Errorf("after a restart %q", got)
	}
	if events := h.events(2); !slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "assigned to ben@example.com") }) {
		t.Errorf("events %q", events)
	}
	h.set(SetArgs{Number: 1, Assignee: "cleo@example.com"})
	first := h.ticket(1)
	ack := to(h.flush(), first.Address)
	if got := h.deliver(mail{from: "P0 <p0@mail.example>", rcpt: []string{ack[0].read.ReplyTo[0].Addr}, subject: "Re: Matter", body: "More words on it."}); got.Ticket != 1 || got.ticket.Assignee != "cleo@example.com" {
		t.Errorf("%s on %d: %s", got.Outcome, got.Ticket, got.ticket.Assignee)
	}
}
