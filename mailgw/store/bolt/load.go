package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/ticket"
)

// What a key of inLoad begins with.
const (
	loadOf = 'a' // agent in lower case, 0, number of a ticket of theirs that is not closed
	loadAt = 'n' // number of the ticket; the value is the agent
)

func loadKey(agent string, n uint64) []byte {
	k := append(append(make([]byte, 0, len(agent)+10), loadOf), agent...)
	return binary.BigEndian.AppendUint64(append(k, 0), n)
}

func loadTicketKey(n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), loadAt), n)
}

// whose is the agent whom a ticket keeps busy; "" for none.
func whose(v *ticket.Ticket) string {
	if v.Status == ticket.Closed {
		return ""
	}
	return strings.ToLower(v.Assignee)
}

// loadOn keeps in step whom a ticket keeps busy that is written now.
func (t *tx) loadOn(v *ticket.Ticket) error {
	at := loadTicketKey(v.Number)
	old, now := string(t.bucket(inLoad).Get(at)), whose(v)
	if old == now {
		return nil
	}
	if old != "" {
		if err := t.delete(inLoad, loadKey(old, v.Number)); err != nil {
			return err
		}
	}
	if now == "" {
		return t.delete(inLoad, at)
	}
	if err := t.putBytes(inLoad, loadKey(now, v.Number), []byte{}); err != nil {
		return err
	}
	return t.putBytes(inLoad, at, []byte(now))
}

func (r *reader) Assigned(agent string, most int) (int, error) {
	prefix := loadKey(strings.ToLower(agent), 0)
	prefix = prefix[:len(prefix)-8]
	c, n := r.bucket(inLoad).Cursor(), 0
	for k, _ := c.Seek(prefix); n < most && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n++
	}
	return n, nil
}

// findLoad fills the bucket of who is kept busy, in a database of before there was one.
func findLoad(tx *bolt.Tx, load *bolt.Bucket) error {
	c := tx.Bucket([]byte(bucketNames[inTicket])).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		if len(k) != 9 || k[8] != partTicket {
			continue
		}
		var v ticket.Ticket
		if err := decode(raw, &v); err != nil {
			return fmt.Errorf("ticket %x: %w", k, err)
		}
		agent := whose(&v)
		if agent == "" {
			continue
		}
		if err := load.Put(loadKey(agent, v.Number), []byte{}); err != nil {
			return err
		}
		if err := load.Put(loadTicketKey(v.Number), []byte(agent)); err != nil {
			return err
		}
	}
	return nil
}
