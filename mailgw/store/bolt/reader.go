package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// reader is a store.Reader over a bbolt transaction.
type reader struct {
	tx      *bolt.Tx
	dir     string
	buckets [bucketCount]*bolt.Bucket // those looked up already
}

// bucket returns a bucket, looked up once.
func (r *reader) bucket(in bucket) *bolt.Bucket {
	if r.buckets[in] == nil {
		r.buckets[in] = r.tx.Bucket([]byte(bucketNames[in]))
	}
	return r.buckets[in]
}

func (r *reader) Ticket(number uint64) (ticket.Ticket, error) {
	return get[ticket.Ticket](r.bucket(inTicket), numberKey(number))
}

func (r *reader) Tickets(before uint64, fn func(ticket.Ticket) bool) error {
	c := r.bucket(inTicket).Cursor()
	k, raw := c.Last()
	if before > 0 {
		if k, raw = c.Seek(numberKey(before)); k == nil {
			k, raw = c.Last()
		}
		for k != nil && bytes.Compare(k, numberKey(before)) >= 0 {
			k, raw = c.Prev()
		}
	}
	for ; k != nil; k, raw = c.Prev() {
		var t ticket.Ticket
		if err := decode(raw, &t); err != nil {
			return fmt.Errorf("ticket %x: %w", k, err)
		}
		if !fn(t) {
			return nil
		}
	}
	return nil
}

func (r *reader) Entries(number uint64) ([]ticket.Entry, error) {
	var out []ticket.Entry
	err := r.underTicket(inEntry, number, func(raw []byte) error {
		var e ticket.Entry
		err := decode(raw, &e)
		out = append(out, e)
		return err
	})
	return out, err
}

// underTicket calls fn with each value whose key begins with the ticket's number.
func (r *reader) underTicket(in bucket, number uint64, fn func([]byte) error) error {
	prefix := numberKey(number)
	c := r.bucket(in).Cursor()
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		if err := fn(raw); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) Entry(id ticket.ID) (ticket.Entry, error) {
	n := r.bucket(inEntryTicket).Get(idKey(id))
	if n == nil {
		return ticket.Entry{}, store.ErrNotFound
	}
	return get[ticket.Entry](r.bucket(inEntry), append(bytes.Clone(n), idKey(id)...))
}

func (r *reader) Events(number uint64) ([]ticket.Event, error) {
	var out []ticket.Event
	err := r.underTicket(inEvent, number, func(raw []byte) error {
		var e []ticket.Event
		err := decode(raw, &e)
		out = append(out, e...)
		return err
	})
	return out, err
}

func (r *reader) Receipt(id ticket.ID) (ticket.Receipt, error) {
	return get[ticket.Receipt](r.bucket(inReceipt), idKey(id))
}

func (r *reader) ReceiptsByMessageID(messageID string, limit int) ([]ticket.Receipt, error) {
	prefix := messageIDKey(messageID)
	var out []ticket.Receipt
	c := r.bucket(inMessageID).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(out) < limit; k, _ = c.Next() {
		rc, err := get[ticket.Receipt](r.bucket(inReceipt), k[len(prefix):])
		if err != nil {
			return nil, fmt.Errorf("index of %q: %w", messageID, err)
		}
		out = append(out, rc)
	}
	return out, nil
}

func (r *reader) Receipts(fn func(ticket.Receipt) bool) error { return each(r.bucket(inReceipt), fn) }

// A raw value begins with a byte that says how the bytes are kept.
const (
	rawInline  = 0 // the mail follows
	rawSegment = 1 // a place follows, as JSON
)

func (r *reader) Raw(id ticket.ID) ([]byte, error) {
	v := r.bucket(inRaw).Get(idKey(id))
	if len(v) == 0 {
		return nil, store.ErrNotFound
	}
	if v[0] == rawInline {
		return bytes.Clone(v[1:]), nil
	}
	var p place
	if err := decode(v[1:], &p); err != nil {
		return nil, err
	}
	return readPlace(r.dir, p)
}

func (r *reader) Outgoing(id ticket.ID) (ticket.Outgoing, error) {
	return get[ticket.Outgoing](r.bucket(inOutgoing), idKey(id))
}

func (r *reader) OutgoingRows(fn func(ticket.Outgoing) bool) error {
	return each(r.bucket(inOutgoing), fn)
}

func (r *reader) Timers(kind store.TimerKind, until time.Time, fn func(store.Timer) bool) error {
	c := r.bucket(inTimer).Cursor()
	for k, _ := c.Seek([]byte{byte(kind)}); len(k) > 0 && k[0] == byte(kind); k, _ = c.Next() {
		if len(k) != timerLength {
			return fmt.Errorf("timer %x: %w", k, errDamaged)
		}
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(k[1:]) ^ signBit))
		if at.After(until) || !fn(store.Timer{At: at, Kind: kind, Ref: ticket.ID(binary.BigEndian.Uint64(k[9:]))}) {
			return nil
		}
	}
	return nil
}

func (r *reader) Promise(id ticket.ID) (promise.Promise, error) {
	return get[promise.Promise](r.bucket(inPromise), idKey(id))
}

func (r *reader) Promises(fn func(promise.Promise) bool) error {
	return each(r.bucket(inPromise), fn)
}

func (r *reader) Counts() (map[ticket.Outcome]uint64, error) {
	out := map[ticket.Outcome]uint64{}
	err := r.bucket(inCount).ForEach(func(k, v []byte) error {
		n, err := number(v)
		out[ticket.Outcome(k)] = n
		return err
	})
	return out, err
}

func (r *reader) LastID() (ticket.ID, error) {
	var last uint64
	for _, in := range []bucket{inReceipt, inOutgoing, inPromise, inEntryTicket} {
		k, _ := r.bucket(in).Cursor().Last()
		if k == nil {
			continue
		}
		n, err := number(k)
		if err != nil {
			return 0, fmt.Errorf("last key of %s: %w", bucketNames[in], err)
		}
		last = max(last, n)
	}
	return ticket.ID(last), nil
}

func (r *reader) Meta(name string) ([]byte, error) {
	return bytes.Clone(r.bucket(inMeta).Get([]byte(name))), nil
}
