package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
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
	return get[ticket.Ticket](r.bucket(inTicket), ticketKey(number))
}

func (r *reader) Tickets(before uint64, fn func(ticket.Ticket) bool) error {
	c := r.bucket(inTicket).Cursor()
	k, _ := c.Last()
	if before > 0 {
		if k, _ = c.Seek(numberKey(before)); k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
	}
	for ; k != nil; k, _ = c.Prev() { // k is the last part of a ticket
		if len(k) <= 8 {
			return fmt.Errorf("%w: key %x", errDamaged, k)
		}
		first, raw := c.Seek(k[:8])
		if len(first) != 9 || first[8] != partTicket {
			continue // parts without their ticket: verify says so
		}
		var t ticket.Ticket
		if err := decode(raw, &t); err != nil {
			return fmt.Errorf("ticket %x: %w", first, err)
		}
		if !fn(t) {
			return nil
		}
	}
	return nil
}

func (r *reader) Entries(number uint64) ([]ticket.Entry, error) {
	var out []ticket.Entry
	err := r.parts(number, partEntry, func(raw []byte) error {
		var e ticket.Entry
		err := decode(raw, &e)
		out = append(out, e)
		return err
	})
	return out, err
}

func (r *reader) LastEntries(number uint64, before ticket.ID, limit int) ([]ticket.Entry, error) {
	prefix := append(numberKey(number), partEntry)
	behind := append(numberKey(number), partEntry+1)
	if before != 0 {
		behind = partKey(number, partEntry, before)
	}
	c := r.bucket(inTicket).Cursor()
	var raw []byte
	k, _ := c.Seek(behind)
	if k == nil {
		k, raw = c.Last()
	} else {
		k, raw = c.Prev()
	}
	var out []ticket.Entry
	for ; len(out) < limit && bytes.HasPrefix(k, prefix); k, raw = c.Prev() {
		var e ticket.Entry
		if err := decode(raw, &e); err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

// parts calls fn with each part of a ticket that is of one sort.
func (r *reader) parts(number uint64, part byte, fn func([]byte) error) error {
	prefix := append(numberKey(number), part)
	c := r.bucket(inTicket).Cursor()
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		if err := fn(raw); err != nil {
			return err
		}
	}
	return nil
}

// ticketOf returns the number of the ticket that the thing with an id is on.
func (r *reader) ticketOf(id ticket.ID, what byte) (uint64, error) {
	v := r.bucket(inID).Get(nameKey(id, what))
	if v == nil {
		return 0, store.ErrNotFound
	}
	return number(v)
}

func (r *reader) Entry(id ticket.ID) (ticket.Entry, error) {
	n, err := r.ticketOf(id, idEntry)
	if err != nil {
		return ticket.Entry{}, err
	}
	return get[ticket.Entry](r.bucket(inTicket), partKey(n, partEntry, id))
}

func (r *reader) Events(number uint64) ([]ticket.Event, error) {
	var out []ticket.Event
	err := r.parts(number, partEvents, func(raw []byte) error {
		var e []ticket.Event
		err := decode(raw, &e)
		out = append(out, e...)
		return err
	})
	return out, err
}

func (r *reader) Receipt(id ticket.ID) (ticket.Receipt, error) {
	return get[ticket.Receipt](r.bucket(inID), nameKey(id, idReceipt))
}

// ids calls fn with each id that names a certain sort of thing, in order, until it returns false.
func (r *reader) ids(what byte, fn func(id ticket.ID, value []byte) (bool, error)) error {
	c := r.bucket(inID).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(k) != idLength {
			return fmt.Errorf("%w: id %x", errDamaged, k)
		}
		if k[8] != what {
			continue
		}
		if more, err := fn(ticket.ID(binary.BigEndian.Uint64(k)), v); err != nil || !more {
			return err
		}
	}
	return nil
}

// scanned is how many rows of one Message-ID are looked at for the oldest ones,
// when not more are asked for: some devices give all their mails the same.
const scanned = 4096

func (r *reader) ReceiptsByMessageID(messageID string, limit int) ([]ticket.Receipt, error) {
	prefix := messageIDKey(messageID)
	var keys [][]byte // of one Message-ID, by content; ordered by ID below
	c := r.bucket(inMessageID).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(keys) < max(limit, scanned); k, _ = c.Next() {
		keys = append(keys, k[min(messageIDHash+contentHash, len(k)):])
	}
	slices.SortFunc(keys, bytes.Compare)
	var out []ticket.Receipt
	for _, id := range keys {
		if len(out) == limit {
			break
		}
		rc, err := r.indexed(id)
		if err != nil {
			return nil, fmt.Errorf("index of %q: %w", messageID, err)
		}
		if rc.MessageID == asKept(messageID) {
			out = append(out, rc)
		}
	}
	return out, nil
}

func (r *reader) Repeated(messageID, author string, hash []byte) (ticket.Receipt, error) {
	prefix := contentKey(messageID, author, hash)
	c := r.bucket(inMessageID).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		rc, err := r.indexed(k[len(prefix):])
		if err != nil {
			return rc, fmt.Errorf("index of %q: %w", messageID, err)
		}
		if rc.MessageID == asKept(messageID) && rc.Author == asKept(author) && bytes.Equal(rc.Hash, hash) {
			return rc, nil
		}
	}
	return ticket.Receipt{}, store.ErrNotFound
}

// indexed returns the receipt whose ID the index gives.
func (r *reader) indexed(id []byte) (ticket.Receipt, error) {
	return get[ticket.Receipt](r.bucket(inID), append(id[:len(id):len(id)], idReceipt))
}

func (r *reader) Receipts(fn func(ticket.Receipt) bool) error {
	return r.ids(idReceipt, func(id ticket.ID, v []byte) (bool, error) {
		var rc ticket.Receipt
		if err := decode(v, &rc); err != nil {
			return false, fmt.Errorf("receipt %s: %w", id, err)
		}
		return fn(rc), nil
	})
}

// A raw value begins with a byte that says how the bytes are kept.
const (
	rawInline  = 0 // the mail follows
	rawSegment = 1 // a place follows, as JSON
	rawPieces  = 2 // pieces follow, as JSON: some of its bytes are kept for several mails
)

func (r *reader) Raw(id ticket.ID) ([]byte, error) {
	v := r.bucket(inRaw).Get(idKey(id))
	if len(v) == 0 {
		return nil, store.ErrNotFound
	}
	switch v[0] {
	case rawInline:
		return bytes.Clone(v[1:]), nil
	case rawPieces:
		return r.readPieces(id, v)
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
	c := r.bucket(inOutgoing).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		var o ticket.Outgoing
		if err := decode(raw, &o); err != nil {
			return fmt.Errorf("outgoing %x: %w", k, err)
		}
		if !fn(o) {
			return nil
		}
	}
	return nil
}

func (r *reader) Timers(kind store.TimerKind, until time.Time, fn func(store.Timer) bool) error {
	var lanes lanes
	c := r.bucket(inTimer).Cursor()
	for k, v := c.Seek([]byte{byte(kind)}); len(k) > 0 && k[0] == byte(kind); k, v = c.Next() {
		if len(k) != timerLength {
			return fmt.Errorf("timer %x: %w", k, errDamaged)
		}
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(k[1:]) ^ signBit))
		if at.After(until) || !fn(store.Timer{At: at, Kind: kind, Ref: ticket.ID(binary.BigEndian.Uint64(k[9:])), Lane: lanes.text(v)}) {
			return nil
		}
	}
	return nil
}

// lanes makes texts of lanes, one for all timers of a lane: rows are many, and
// their destinations few.
type lanes struct {
	last string
	seen map[string]string // at most maxLanes
}

// maxLanes bounds the lanes that are remembered.
const maxLanes = 1024

func (l *lanes) text(lane []byte) string {
	if string(lane) == l.last {
		return l.last
	}
	s, ok := l.seen[string(lane)]
	if !ok {
		s = string(lane)
		if l.seen == nil {
			l.seen = map[string]string{}
		}
		if len(l.seen) < maxLanes {
			l.seen[s] = s
		}
	}
	l.last = s
	return s
}

func (r *reader) Promise(id ticket.ID) (promise.Promise, error) {
	n, err := r.ticketOf(id, idPromise)
	if err != nil {
		return promise.Promise{}, err
	}
	return get[promise.Promise](r.bucket(inTicket), partKey(n, partPromise, id))
}

func (r *reader) Promises(fn func(promise.Promise) bool) error {
	return r.ids(idPromise, func(id ticket.ID, _ []byte) (bool, error) {
		p, err := r.Promise(id)
		if err != nil {
			return false, fmt.Errorf("promise %s: %w", id, err)
		}
		return fn(p), nil
	})
}

func (r *reader) TicketPromises(number uint64) ([]promise.Promise, error) {
	var out []promise.Promise
	err := r.parts(number, partPromise, func(raw []byte) error {
		var p promise.Promise
		err := decode(raw, &p)
		out = append(out, p)
		return err
	})
	return out, err
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
	for _, in := range []bucket{inID, inRaw, inOutgoing, inDrawer} {
		k, _ := r.bucket(in).Cursor().Last()
		if k == nil {
			continue
		}
		n, err := number(k[:min(len(k), 8)])
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
