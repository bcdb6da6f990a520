package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// clueKeyLength is the length of a kind and key, clueLength that of a row: the id follows.
const (
	clueKeyLength = 1 + 16
	clueLength    = clueKeyLength + 8
)

// clueKey is where the ids of one clue are, with room for one.
func clueKey(kind byte, key [16]byte) []byte {
	return append(append(make([]byte, 0, clueLength), kind), key[:]...)
}

// PutClue writes one row, and nothing when it is there: the page is not touched.
func (t *tx) PutClue(kind byte, key [16]byte, id ticket.ID) error {
	k := append(clueKey(kind, key), idKey(id)...)
	if t.bucket(inClue).Get(k) != nil {
		return nil
	}
	return t.putBytes(inClue, k, []byte{})
}

func (t *tx) DeleteClues(clues []store.Clue) error {
	for _, c := range clues {
		k := append(clueKey(c.Kind, c.Key), idKey(c.ID)...)
		if t.bucket(inClue).Get(k) == nil {
			continue
		}
		if err := t.delete(inClue, k); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) Clues(kind byte, key [16]byte, limit int) ([]ticket.ID, error) {
	prefix := clueKey(kind, key)
	c := r.bucket(inClue).Cursor()
	k, _ := c.Seek(append(prefix[:clueKeyLength:clueKeyLength], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	switch {
	case k == nil:
		k, _ = c.Last()
	case !bytes.HasPrefix(k, prefix): // else it is the greatest id that there can be
		k, _ = c.Prev()
	}
	var out []ticket.ID
	for ; len(out) < limit && bytes.HasPrefix(k, prefix); k, _ = c.Prev() {
		clue, err := readClue(k)
		if err != nil {
			return nil, err
		}
		out = append(out, clue.ID)
	}
	return out, nil
}

func (r *reader) AllClues(fn func(store.Clue) bool) error {
	c := r.bucket(inClue).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		clue, err := readClue(k)
		if err != nil {
			return err
		}
		if !fn(clue) {
			return nil
		}
	}
	return nil
}

func readClue(k []byte) (store.Clue, error) {
	if len(k) != clueLength {
		return store.Clue{}, fmt.Errorf("clue %x: %w", k, errDamaged)
	}
	return store.Clue{Kind: k[0], Key: [16]byte(k[1:clueKeyLength]), ID: ticket.ID(binary.BigEndian.Uint64(k[clueKeyLength:]))}, nil
}
