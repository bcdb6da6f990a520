package ticket

import (
	"os"
	"strings"
	"testing"
)

// The whole table, written out: a change of the life of a ticket is a change here.
func TestLife(t *testing.T) {
	const refused = Status("")
	want := map[Deed][5]Status{ // new, open, pending, solved, closed
		CustomerWrote: {New, Open, Open, Open, Open},
		AgentAnswered: {Pending, Pending, Pending, Pending, Pending},
		NotDelivered:  {New, Open, Open, Open, Open},
		Solve:         {Solved, Solved, Solved, Solved, refused},
		Close:         {Closed, Closed, Closed, Closed, Closed},
		Wait:          {Pending, Pending, Pending, refused, refused},
		Reopen:        {Open, Open, Open, Open, Open},
		Confirmed:     {refused, refused, refused, Closed, Closed},
		Silence:       {refused, refused, refused, Closed, refused},
	}
	if len(want) != len(Deeds()) {
		t.Fatalf("%d deeds are tested of %d", len(want), len(Deeds()))
	}
	for _, d := range Deeds() {
		for i, s := range Statuses() {
			got, ok := s.After(d)
			if w := want[d][i]; ok != (w != refused) || ok && got != w || !ok && got != s {
				t.Errorf("%s after %q: %s, %v, want %s", s, d, got, ok, w)
			}
		}
		if _, ok := Status("gone").After(d); ok {
			t.Errorf("an unknown status takes %q", d)
		}
	}
	if s, ok := Open.After("dance"); ok || s != Open {
		t.Errorf("an unknown deed leads to %s", s)
	}
}

// Whatever a person may set leads to what they set, where it is allowed at all.
func TestDeedFor(t *testing.T) {
	for _, to := range Statuses() {
		d, ok := DeedFor(to)
		if ok == (to == New) {
			t.Errorf("%s: %q, %v", to, d, ok)
		}
		for _, from := range Statuses() {
			if then, allowed := from.After(d); ok && allowed && then != to {
				t.Errorf("%s set to %s is %s", from, to, then)
			}
		}
	}
}

func TestLifeTableIsInTheDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/life-of-a-ticket.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), LifeTable()) {
		t.Errorf("docs/life-of-a-ticket.md does not hold the table as it is now:\n%s", LifeTable())
	}
}
