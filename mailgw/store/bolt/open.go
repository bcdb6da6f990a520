package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/ticket"
)

// What a key of inOpen begins with.
const (
	openOf    = 'c' // customer, number of the ticket
	openUnder = 'n' // number of the ticket; the value are the customers that it is under
)

func openKey(customer, n uint64) []byte {
	k := binary.BigEndian.AppendUint64(append(make([]byte, 0, 17), openOf), customer)
	return binary.BigEndian.AppendUint64(k, n)
}

func openTicketKey(n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), openUnder), n)
}

// under are the customers under which a ticket is to be found while it is open:
// numbers of 8 bytes, one after the other.
func under(v *ticket.Ticket) []byte {
	if v.Status == ticket.Closed {
		return nil
	}
	var out []byte
	if v.CustomerID != 0 {
		out = numberKey(v.CustomerID)
	}
	if v.Unsure() {
		out = binary.BigEndian.AppendUint64(out, 0)
	}
	return out
}

// openUnder keeps in step where a ticket is found that is written now.
func (t *tx) openUnder(v *ticket.Ticket) error {
	at := openTicketKey(v.Number)
	old, now := bytes.Clone(t.bucket(inOpen).Get(at)), under(v) // a clone: what follows moves pages
	if bytes.Equal(old, now) {
		return nil
	}
	for i := 0; i+8 <= len(old); i += 8 {
		if err := t.delete(inOpen, openKey(binary.BigEndian.Uint64(old[i:]), v.Number)); err != nil {
			return err
		}
	}
	if len(now) == 0 {
		return t.delete(inOpen, at)
	}
	for i := 0; i < len(now); i += 8 {
		if err := t.putBytes(inOpen, openKey(binary.BigEndian.Uint64(now[i:]), v.Number), []byte{}); err != nil {
			return err
		}
	}
	return t.putBytes(inOpen, at, now)
}

func (r *reader) OpenTickets(customer, after uint64, fn func(uint64) bool) error {
	prefix := openKey(customer, 0)[:9]
	c := r.bucket(inOpen).Cursor()
	for k, _ := c.Seek(openKey(customer, after+1)); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n, err := number(k[9:])
		if err != nil {
			return fmt.Errorf("open ticket of customer %d: %w", customer, err)
		}
		if !fn(n) {
			return nil
		}
	}
	return nil
}

// findOpen fills the bucket of the open tickets, in a database of before there was one.
func findOpen(tx *bolt.Tx, open *bolt.Bucket) error {
	c := tx.Bucket([]byte(bucketNames[inTicket])).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		if len(k) != 9 || k[8] != partTicket {
			continue
		}
		var v ticket.Ticket
		if err := decode(raw, &v); err != nil {
			return fmt.Errorf("ticket %x: %w", k, err)
		}
		where := under(&v)
		for i := 0; i < len(where); i += 8 {
			if err := open.Put(openKey(binary.BigEndian.Uint64(where[i:]), v.Number), []byte{}); err != nil {
				return err
			}
		}
		if where == nil {
			continue
		}
		if err := open.Put(openTicketKey(v.Number), where); err != nil {
			return err
		}
	}
	return nil
}
