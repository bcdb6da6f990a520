package mailgw

import (
	"testing"
	"time"

	"supportgw/mailgw/store"
)

// What is kept of how it went with an address goes with its last ticket that is not
// kept any longer; what was counted since is of a later one.
func TestKeepForgetsAddress(t *testing.T) {
	h := newHouse(t, "desk[0].keep=\"5d\"")
	write := func(id, from string) uint64 {
		return h.deliver(mail{from: from, id: id, subject: "The pump of " + id, body: "It does not run, and nobody knows why."}).Ticket
	}
	gone, still := write("a@gone.example", "old@gone.example"), write("a@still.example", "new@still.example")
	h.flush()
	h.set(SetArgs{Number: gone, Status: "closed"})
	h.set(SetArgs{Number: still, Status: "closed"})
	h.at(monday.Add(3 * 24 * time.Hour))
	later := write("b@still.example", "new@still.example")
	h.flush()
	h.at(monday.Add(6 * 24 * time.Hour))
	if _, err := h.letGo(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := h.endErasure(); err != nil {
		t.Fatal(err)
	}
	if h.ticket(gone).ErasedAt.IsZero() || h.ticket(still).ErasedAt.IsZero() || !h.ticket(later).ErasedAt.IsZero() {
		t.Fatal("the wrong tickets were erased")
	}
	kept := func(address string) (there bool) {
		h.view(func(r store.Reader) error {
			b, err := r.Meta(standingName(0, address))
			there = b != nil
			return err
		})
		return there
	}
	if kept("old@gone.example") || !kept("new@still.example") {
		t.Errorf("kept of who is gone: %t, of who wrote since: %t", kept("old@gone.example"), kept("new@still.example"))
	}
	if got := h.found([]string{"old@gone.example"}); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
