package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testUnreachable keeps what is known of addresses, however they are written.
func testUnreachable(t *testing.T, h *house) {
	h.everywhere(func(tx store.Tx) error {
		if err := tx.DeleteUnreachable("nobody@example.net"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("forget what is not known: %v", err)
		}
		return errors.Join(
			tx.PutUnreachable(&ticket.Unreachable{Address: "b@example.net", Since: start, Reply: "first"}),
			tx.PutUnreachable(&ticket.Unreachable{Address: "a@example.net", Since: start, Status: "5.1.1"}),
			tx.PutUnreachable(&ticket.Unreachable{Address: "B@example.net", Since: start, Reply: "again"}),
		)
	}, func(t testing.TB, r store.Reader) {
		for address, want := range map[string]string{"b@example.net": "again", "B@EXAMPLE.net": "again", "a@example.net": ""} {
			if u, err := r.Unreachable(address); err != nil || u.Reply != want || !u.Since.Equal(start) {
				t.Errorf("%s: %+v %v", address, u, err)
			}
		}
		if u, err := r.Unreachable("c@example.net"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown one: %+v %v", u, err)
		}
		var seen []string
		if err := r.AllUnreachable(func(u ticket.Unreachable) bool { seen = append(seen, u.Address); return len(seen) < 2 }); err != nil || len(seen) != 2 || seen[0] != "a@example.net" {
			t.Errorf("all: %v %v", seen, err)
		}
	})
	h.everywhere(func(tx store.Tx) error { return tx.DeleteUnreachable("A@example.net") }, func(t testing.TB, r store.Reader) {
		if _, err := r.Unreachable("a@example.net"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a forgotten one: %v", err)
		}
		if _, err := r.Unreachable("b@example.net"); err != nil {
			t.Errorf("the other one: %v", err)
		}
	})
}

// unreachableOps are operations on few addresses.
func unreachableOps(number uint64, word string) []func(store.Tx) string {
	address := fmt.Sprintf("a%d@example.net", number)
	return []func(store.Tx) string{
		func(tx store.Tx) string {
			return say("unreachable", tx.PutUnreachable(&ticket.Unreachable{Address: address, Reply: word, Ticket: number}))
		},
		func(tx store.Tx) string { return say("reachable", tx.DeleteUnreachable(address)) },
		func(tx store.Tx) string {
			u, err := tx.Unreachable(address)
			return say("unreachable for "+u.Reply, err)
		},
	}
}

func (m *model) Unreachable(address string) (ticket.Unreachable, error) {
	if u, ok := m.unreachable[strings.ToLower(address)]; ok {
		return u, nil
	}
	return ticket.Unreachable{}, store.ErrNotFound
}

func (m *model) AllUnreachable(fn func(ticket.Unreachable) bool) error {
	for _, address := range slices.Sorted(maps.Keys(m.unreachable)) {
		if !fn(m.unreachable[address]) {
			break
		}
	}
	return nil
}

func (m *model) PutUnreachable(u *ticket.Unreachable) error {
	m.unreachable[strings.ToLower(u.Address)] = kept(*u)
	return nil
}

func (m *model) DeleteUnreachable(address string) error {
	if _, err := m.Unreachable(address); err != nil {
		return err
	}
	delete(m.unreachable, strings.ToLower(address))
	return nil
}
