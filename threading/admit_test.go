package threading

import (
	"os"
	"strings"
	"testing"
)

func TestAdmit(t *testing.T) {
	people := []string{"eve@acme.example", "max@acme.example"}
	const onTicket, colleague, stranger = "Eve@Acme.example", "new@acme.example", "joe@evil.example"
	byID := Decision{Ticket: 1, Ref: Ref{Purpose: MessageID, Ticket: 1}}
	byToken := Decision{Ticket: 1, Proof: true, Ref: Ref{Purpose: Reply, Ticket: 1}}
	byAgents := Decision{Ticket: 1, Proof: true, Ref: Ref{Purpose: AgentReply, Ticket: 1, Person: 5}}
	byPrivate := Decision{Ticket: 1, Proof: true, Ref: Ref{Purpose: Private, Ticket: 1, Person: 5}}
	byBounce := Decision{Ticket: 1, Ref: Ref{Purpose: Bounce, Ticket: 1}}
	byClue := Decision{Ticket: 1, Weak: true}
	for _, c := range []struct {
		name   string
		d      Decision
		s      Sender
		domain bool // of the ticket's customer
		want   Admission
	}{
		{"no ticket", Decision{}, Sender{Address: onTicket, Authenticated: true}, true, ""},
		{"linked only", Decision{NewLinkedTo: 1}, Sender{Address: onTicket, Authenticated: true}, true, ""},
		{"A and B", byToken, Sender{Address: onTicket, Authenticated: true}, false, Append},
		{"A and B by domain", byToken, Sender{Address: colleague, Authenticated: true}, true, Append},
		{"B alone", byID, Sender{Address: onTicket, Authenticated: true}, false, Append},
		{"B alone by domain", byID, Sender{Address: colleague, Authenticated: true}, true, Append},
		{"A, a person's address, not authenticated", byToken, Sender{Address: onTicket}, false, Append},
		{"A, a stranger", byToken, Sender{Address: stranger}, false, AppendFlagged},
		{"A, an authenticated stranger", byToken, Sender{Address: stranger, Authenticated: true}, false, AppendFlagged},
		{"A, the domain claimed", byToken, Sender{Address: colleague}, true, AppendFlagged},
		{"A, no From", byToken, Sender{}, false, AppendFlagged},
		{"neither: a person's address, not authenticated", byID, Sender{Address: onTicket}, false, Hold},
		{"neither: the domain claimed", byID, Sender{Address: colleague}, true, Hold},
		{"neither: an authenticated stranger", byID, Sender{Address: stranger, Authenticated: true}, false, Hold},
		{"neither: no From, said to be authenticated", byID, Sender{Authenticated: true}, true, Hold},
		{"forged, with a token", byToken, Sender{Address: onTicket, Failed: true}, true, Hold},
		{"forged, said to be authenticated too", byToken, Sender{Address: onTicket, Authenticated: true, Failed: true}, true, Hold},
		{"an agent's token, a stranger", byAgents, Sender{Address: stranger}, false, Hold},
		{"an agent's token, a person's address, not authenticated", byAgents, Sender{Address: onTicket}, false, Hold},
		{"an agent's token, an authenticated person", byAgents, Sender{Address: onTicket, Authenticated: true}, false, Append},
		{"a private token, a stranger", byPrivate, Sender{Address: stranger, Authenticated: true}, false, Hold},
		{"a bounce token", byBounce, Sender{Address: stranger}, false, Hold},
		{"weak, a stranger", byClue, Sender{Address: stranger, Authenticated: true}, false, Suggest},
		{"weak, a person's address, not authenticated", byClue, Sender{Address: onTicket}, false, Suggest},
		{"weak, the domain claimed", byClue, Sender{Address: colleague}, true, Suggest},
		{"weak, an authenticated person", byClue, Sender{Address: onTicket, Authenticated: true}, false, Append},
		{"weak, an authenticated colleague", byClue, Sender{Address: colleague, Authenticated: true}, true, Append},
		{"weak, forged", byClue, Sender{Address: onTicket, Failed: true}, true, Hold},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := Admit(c.d, c.s, people, c.domain)
			if got != c.want || why == "" {
				t.Errorf("Admit = %q because %q, want %q", got, why, c.want)
			}
		})
	}
}

// TestAdmitWorld tries every combination: nobody writes on a ticket without a
// customer's token or an authenticated address that belongs there, nobody forged
// ever does, and weak evidence holds nobody up.
func TestAdmitWorld(t *testing.T) {
	people := []string{"eve@acme.example"}
	for world := range 1 << 5 {
		on := func(bit int) bool { return world>>bit&1 == 1 }
		proof, authenticated, failed, domain, weak := on(0), on(1), on(2), on(3), on(4)
		if weak && proof {
			continue // a token is not weak
		}
		for purpose := range purposes {
			for _, address := range []string{"", "eve@acme.example", "joe@evil.example"} {
				d := Decision{Ticket: 1, Proof: proof, Weak: weak, Ref: Ref{Purpose: purpose, Ticket: 1}}
				s := Sender{Address: address, Authenticated: authenticated, Failed: failed}
				got, _ := Admit(d, s, people, domain)
				a := proof && purpose == Reply
				b := authenticated && address != "" && (domain || address == people[0])
				joins := got == Append || got == AppendFlagged
				if joins != (!failed && (a || b)) {
					t.Errorf("%+v %+v domain %v: %q", d, s, domain, got)
				}
				if got == Append && !b && address != people[0] {
					t.Errorf("%+v %+v domain %v: a stranger is not flagged", d, s, domain)
				}
				if (got == Suggest) != (!joins && weak && !failed) {
					t.Errorf("%+v %+v domain %v: %q", d, s, domain, got)
				}
			}
		}
	}
}

func TestGateTableIsInTheDocs(t *testing.T) {
	doc, err := os.ReadFile("../docs/threading.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), GateTable()) {
		t.Errorf("docs/threading.md does not hold the table as it is now:\n%s", GateTable())
	}
}

func TestApart(t *testing.T) {
	d := Decision{Ticket: 1, Weak: true, Evidence: []string{"a", "b"}, Suggestions: []Suggestion{{2, "c"}}}
	d.Apart()
	if d.Ticket != 0 || d.Weak || len(d.Evidence) != 0 || len(d.Suggestions) != 2 || d.Suggestions[0] != (Suggestion{1, "a; b"}) {
		t.Errorf("%+v", d)
	}
	before := len(d.Suggestions)
	if d.Apart(); len(d.Suggestions) != before {
		t.Error("a new matter suggests itself")
	}
}
