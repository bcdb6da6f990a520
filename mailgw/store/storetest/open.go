package storetest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testOpenTickets finds the tickets of a customer that are not closed, and those of
// which it is not certain whose they are.
func testOpenTickets(t *testing.T, h *house) {
	h.loose = false
	put := func(tx store.Tx, n, customer uint64, sure ticket.Confidence, status ticket.Status) error {
		err := tx.PutTicket(&ticket.Ticket{Number: n, CustomerID: customer, Confidence: sure, Status: status})
		if events, _ := tx.Events(n); len(events) == 0 {
			err = errors.Join(err, tx.PutEvents([]ticket.Event{{Ticket: n, ID: ticket.ID(n), What: "made"}}))
		}
		return err
	}
	list := func(t testing.TB, r store.Reader, customer, after uint64, want ...uint64) {
		t.Helper()
		var got []uint64
		if err := r.OpenTickets(customer, after, func(n uint64) bool { got = append(got, n); return len(got) < 3 }); err != nil || !slices.Equal(got, want) {
			t.Errorf("of %d behind %d: %v %v, want %v", customer, after, got, err, want)
		}
	}
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(put(tx, 1, 0, ticket.Unknown, ticket.New), put(tx, 2, 5, ticket.Claimed, ticket.Open), put(tx, 3, 5, ticket.Known, ticket.Solved),
			put(tx, 4, 5, ticket.Domain, ticket.Closed), put(tx, 5, 6, ticket.Domain, ticket.Pending), put(tx, 6, 0, ticket.Known, ticket.New), put(tx, 7, 0, ticket.Unknown, ticket.New))
	}, func(t testing.TB, r store.Reader) {
		list(t, r, 0, 0, 1, 2, 6) // and no more were asked for
		list(t, r, 0, 2, 6, 7)
		list(t, r, 5, 0, 2, 3)
		list(t, r, 6, 0, 5)
		list(t, r, 7, 0)
	})
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(put(tx, 1, 6, ticket.Domain, ticket.New), put(tx, 2, 5, ticket.Claimed, ticket.Closed), put(tx, 3, 6, ticket.Claimed, ticket.Solved), put(tx, 4, 5, ticket.Domain, ticket.Open))
	}, func(t testing.TB, r store.Reader) {
		list(t, r, 0, 0, 3, 6, 7)
		list(t, r, 5, 0, 4)
		list(t, r, 6, 0, 1, 3, 5)
	})
}

// someStatus and someConfidence are of a random ticket.
func someStatus(word string) ticket.Status {
	return []ticket.Status{ticket.New, ticket.Closed, ticket.Open}[len(word)-1]
}

func someConfidence(word string) ticket.Confidence {
	return []ticket.Confidence{ticket.Known, ticket.Claimed, ticket.Domain, ticket.Unknown}[word[0]%4]
}

func (m *model) OpenTickets(customer, after uint64, fn func(uint64) bool) error {
	for _, n := range slices.Sorted(maps.Keys(m.tickets)) {
		t := m.tickets[n]
		under := t.CustomerID == customer
		if customer == 0 {
			under = t.Unsure()
		}
		if n > after && under && t.Status != ticket.Closed && !fn(n) {
			break
		}
	}
	return nil
}

func (m *model) Assigned(agent string, most int) (n int, err error) {
	for _, t := range m.tickets {
		if agent != "" && t.Status != ticket.Closed && strings.EqualFold(t.Assignee, agent) {
			n++
		}
	}
	return min(n, most), nil
}

// testAssigned counts an agent's tickets that are not closed, through every change of them.
func testAssigned(t *testing.T, h *house) {
	h.loose = false
	put := func(tx store.Tx, n uint64, who string, status ticket.Status) error {
		err := tx.PutTicket(&ticket.Ticket{Number: n, Assignee: who, Status: status})
		if events, _ := tx.Events(n); len(events) == 0 {
			err = errors.Join(err, tx.PutEvents([]ticket.Event{{Ticket: n, ID: ticket.ID(n), What: "made"}}))
		}
		return err
	}
	counts := func(t testing.TB, r store.Reader, anna, ben int) {
		t.Helper()
		for who, want := range map[string]int{"anna@example.com": anna, "BEN@example.com": ben, "nna@example.com": 0, "": 0} {
			if got, err := r.Assigned(who, 100); err != nil || got != want {
				t.Errorf("%q has %d, %v; want %d", who, got, err, want)
			}
		}
		if got, err := r.Assigned("anna@example.com", 1); err != nil || got != min(anna, 1) {
			t.Errorf("at most one: %d, %v", got, err)
		}
	}
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(put(tx, 1, "Anna@example.com", ticket.New), put(tx, 2, "anna@example.com", ticket.Solved), put(tx, 3, "ben@example.com", ticket.Open),
			put(tx, 4, "ben@example.com", ticket.Closed), put(tx, 5, "", ticket.New))
	}, func(t testing.TB, r store.Reader) { counts(t, r, 2, 1) })
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(put(tx, 1, "ben@example.com", ticket.New), put(tx, 2, "anna@example.com", ticket.Closed), put(tx, 3, "", ticket.Open), put(tx, 4, "ben@example.com", ticket.Open))
	}, func(t testing.TB, r store.Reader) { counts(t, r, 0, 2) })
}
