package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testClues finds the mails that left a clue, newest first, and no other's: the
// keys beside it are those that an engine could take for it.
func testClues(t *testing.T, h *house) {
	h.loose = true // clues of mails that are not there
	full := [16]byte(bytes.Repeat([]byte{0xff}, 16))
	const newest = ^ticket.ID(0)
	h.everywhere(func(tx store.Tx) error { return nil }, func(t testing.TB, r store.Reader) {
		if got, err := r.Clues('a', full, 5); len(got) > 0 || err != nil {
			t.Errorf("in an empty store: %v %v", got, err)
		}
	})
	put := []store.Clue{
		{Kind: 'a', Key: [16]byte{1}, ID: 256}, {Kind: 'a', Key: [16]byte{1}, ID: 3}, {Kind: 'a', Key: [16]byte{1}, ID: 70000},
		{Kind: 'a', Key: [16]byte{1}, ID: 255}, {Kind: 'a', Key: [16]byte{1, 15: 1}, ID: 4}, {Kind: 'a', Key: [16]byte{0: 1, 14: 1}, ID: 5},
		{Kind: 'b', Key: [16]byte{1}, ID: 6}, {Kind: 'a', Key: full, ID: newest}, {Kind: 'a', Key: full, ID: 7},
		{Kind: 0xff, Key: full, ID: 8}, {Kind: 0, Key: [16]byte{}, ID: 9},
	}
	put = append(put, put...) // again changes nothing
	write := func(tx store.Tx) error {
		var errs []error
		for _, c := range put {
			errs = append(errs, tx.PutClue(c.Kind, c.Key, c.ID))
		}
		return errors.Join(errs...)
	}
	h.everywhere(write, func(t testing.TB, r store.Reader) {
		t.Helper()
		for _, c := range []struct {
			kind  byte
			key   [16]byte
			limit int
			want  []ticket.ID
		}{
			{'a', [16]byte{1}, 9, []ticket.ID{70000, 256, 255, 3}},
			{'a', [16]byte{1}, 2, []ticket.ID{70000, 256}},
			{'a', [16]byte{1}, 0, nil},
			{'a', [16]byte{1, 15: 1}, 9, []ticket.ID{4}},
			{'a', [16]byte{0: 1, 14: 1}, 9, []ticket.ID{5}},
			{'b', [16]byte{1}, 9, []ticket.ID{6}},
			{'a', full, 9, []ticket.ID{newest, 7}},
			{0xff, full, 9, []ticket.ID{8}},
			{0, [16]byte{}, 9, []ticket.ID{9}},
			{'a', [16]byte{2}, 9, nil},
			{'a', [16]byte{}, 9, nil},
			{'c', [16]byte{1}, 9, nil},
		} {
			if got, err := r.Clues(c.kind, c.key, c.limit); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("kind %c, key %x, at most %d: %d, must be %d: %v", c.kind, c.key, c.limit, got, c.want, err)
			}
		}
		var all []string
		err := r.AllClues(func(c store.Clue) bool {
			all = append(all, fmt.Sprintf("%c %d %d", c.Kind, c.Key[0], c.ID))
			return len(all) < 3
		})
		if want := "[\x00 0 9 a 1 3 a 1 255]"; err != nil || fmt.Sprint(all) != want {
			t.Errorf("all, told to stop at three: %v, must be %s: %v", all, want, err)
		}
	})
}
