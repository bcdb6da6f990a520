package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// How full a page is left when it splits. Where keys only grow, a half-empty page
// would never be filled again; where they come in between, a full one would split
// again at once, and leave crumbs.
const (
	appendFill = 0.95
	insertFill = 0.5
)

// tx is a store.Tx: the bbolt transaction that a group shares.
type tx struct {
	reader
	s        *Store
	wrote    bool  // the function that runs has written
	dirty    bool  // an earlier one has
	placed   bool  // the function that runs has written places
	broken   error // of the segments: the function that met it fails, whatever it makes of it
	rawBytes int
	fresh    uint64                    // the first number that this transaction can give to a ticket
	older    bool                      // it has written to a ticket before that
	counts   map[ticket.Outcome]uint64 // of this group; added to the database's in flush
	moves    []store.PromiseMove       // of this group, for Stats
}

func newTx(btx *bolt.Tx, s *Store) *tx {
	s.arena.reset()
	t := &tx{reader: reader{tx: btx, dir: s.o.Dir}, s: s, counts: map[ticket.Outcome]uint64{}}
	t.fresh = t.bucket(inTicket).Sequence() + 1
	return t
}

// put writes a value as JSON.
func (t *tx) put(in bucket, key []byte, v any) error {
	raw, err := t.s.arena.encode(v)
	if err != nil {
		return fmt.Errorf("store: encode %s: %w", bucketNames[in], err)
	}
	return t.putBytes(in, key, raw)
}

// putBytes writes a value, which must not change before the transaction has ended.
func (t *tx) putBytes(in bucket, key, value []byte) error {
	t.wrote = true
	b := t.bucket(in)
	switch in {
	case inMessageID, inClue, inFile, inErased, inCustomerKey, inOpen, inLoad, inShelf, inMarks: // their keys are random
		b.FillPercent = insertFill
	case inTicket:
		t.older = t.older || bytes.Compare(key, numberKey(t.fresh)) < 0
		b.FillPercent = appendFill
		if t.older {
			b.FillPercent = insertFill
		}
	case inShown:
		b.FillPercent = appendFill
		if t.older {
			b.FillPercent = insertFill
		}
	default:
		b.FillPercent = appendFill
	}
	if err := b.Put(key, value); err != nil {
		return fmt.Errorf("store: write %s: %w", bucketNames[in], err)
	}
	return nil
}

func (t *tx) delete(in bucket, key []byte) error {
	t.wrote = true
	if err := t.bucket(in).Delete(key); err != nil {
		return fmt.Errorf("store: delete %s: %w", bucketNames[in], err)
	}
	return nil
}

func (t *tx) NewTicketNumber() (uint64, error) {
	t.wrote = true
	n, err := t.bucket(inTicket).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("store: next ticket number: %w", err)
	}
	return n, nil
}

func (t *tx) PutTicket(v *ticket.Ticket) error {
	if err := errors.Join(t.openUnder(v), t.loadOn(v)); err != nil {
		return err
	}
	return t.put(inTicket, ticketKey(v.Number), v)
}

// putPart writes a part of a ticket, and that its id names it.
func (t *tx) putPart(part, what byte, id ticket.ID, n uint64, v any) error {
	if old, err := t.ticketOf(id, what); err == nil && old != n { // it goes to another ticket
		if err := t.delete(inTicket, partKey(old, part, id)); err != nil {
			return err
		}
	}
	if err := t.putBytes(inID, nameKey(id, what), numberKey(n)); err != nil {
		return err
	}
	return t.put(inTicket, partKey(n, part, id), v)
}

func (t *tx) PutEntry(e *ticket.Entry) error { return t.putPart(partEntry, idEntry, e.ID, e.Ticket, e) }

func (t *tx) PutEvents(events []ticket.Event) error {
	if len(events) == 0 {
		return nil
	}
	for i := range events {
		if events[i].Ticket == 0 || events[i].Ticket != events[0].Ticket {
			return fmt.Errorf("store: events of ticket %d together with one of %d", events[0].Ticket, events[i].Ticket)
		}
	}
	key := partKey(events[0].Ticket, partEvents, events[0].ID)
	if t.bucket(inTicket).Get(key) != nil {
		return fmt.Errorf("event %s: %w", events[0].ID, store.ErrExists)
	}
	return t.put(inTicket, key, events)
}

func (t *tx) PutReceipt(r *ticket.Receipt) error {
	key := nameKey(r.ID, idReceipt)
	if t.bucket(inID).Get(key) != nil {
		return fmt.Errorf("receipt %s: %w", r.ID, store.ErrExists)
	}
	if err := t.put(inID, key, r); err != nil {
		return err
	}
	t.counts[r.Outcome]++
	if r.MessageID == "" {
		return nil
	}
	return t.putBytes(inMessageID, append(contentKey(r.MessageID, r.Author, r.Hash), idKey(r.ID)...), numberKey(r.Ticket))
}

func (t *tx) PutRaw(id ticket.ID, raw []byte, bodies []store.Range) error {
	if t.broken != nil {
		return t.broken
	}
	if err := store.CheckRanges(len(raw), bodies); err != nil {
		return err
	}
	if err := t.forgetFiles(id); err != nil {
		return err
	}
	t.rawBytes += len(raw)
	if len(raw) <= t.s.o.InlineBytes {
		v := t.s.arena.keep(1 + len(raw))
		v[0] = rawInline
		copy(v[1:], raw)
		return t.putBytes(inRaw, idKey(id), v)
	}
	t.wrote = true
	if files, text := t.cut(raw, bodies); len(files) > 0 {
		return t.putPieces(id, files, text)
	}
	p, err := t.s.segments.append(id, raw)
	if err != nil {
		return t.breaks(err)
	}
	return t.putPlace(inRaw, idKey(id), []byte{rawSegment}, p)
}

// breaks notes that the storage failed.
func (t *tx) breaks(err error) error {
	t.broken = storageError(err)
	return t.broken
}

// putPlace writes where bytes are, as JSON behind what the value begins with.
func (t *tx) putPlace(in bucket, key, begin []byte, where any) error {
	j, err := json.Marshal(where)
	if err != nil {
		return fmt.Errorf("store: encode place: %w", err)
	}
	return t.putBytes(in, key, append(begin, j...))
}

func (t *tx) PutOutgoing(o *ticket.Outgoing) error {
	old, err := t.outgoingTimer(o.ID)
	if err == nil {
		err = t.delete(inTimer, timerKey(old))
	} else if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	if err := t.put(inOutgoing, idKey(o.ID), o); err != nil {
		return err
	}
	return t.putBytes(inTimer, timerKey(outgoingTimer(o)), t.s.arena.text(asKept(o.Lane)))
}

func outgoingTimer(o *ticket.Outgoing) store.Timer {
	return store.Timer{At: o.NextAt, Kind: store.TimerOutbox, Ref: o.ID}
}

// outgoingTimer returns the timer of a stored row; of the row it reads no more.
func (t *tx) outgoingTimer(id ticket.ID) (store.Timer, error) {
	raw := t.bucket(inOutgoing).Get(idKey(id))
	if raw == nil {
		return store.Timer{}, store.ErrNotFound
	}
	at, err := nextAt(raw)
	return store.Timer{At: at, Kind: store.TimerOutbox, Ref: id}, err
}

// nextAt finds when a stored row is due. Its facts come before, and within a text
// every quote has a backslash, so the last such name is the row's own.
func nextAt(raw []byte) (at time.Time, err error) {
	const name = `"next_at":"`
	i := bytes.LastIndex(raw, []byte(name))
	if i < 0 {
		return at, fmt.Errorf("%w: a row without a time", errDamaged)
	}
	text, _, _ := bytes.Cut(raw[i+len(name):], []byte(`"`))
	if err := at.UnmarshalText(text); err != nil {
		return at, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return at, nil
}

func (t *tx) DeleteOutgoing(id ticket.ID) error {
	timer, err := t.outgoingTimer(id)
	if err != nil {
		return err
	}
	if err := t.delete(inTimer, timerKey(timer)); err != nil {
		return err
	}
	return t.delete(inOutgoing, idKey(id))
}

func (t *tx) PutPromise(p *promise.Promise) error {
	old, err := t.Promise(p.ID)
	if err == nil && old.State == promise.Open && !old.Alarm().IsZero() {
		err = t.delete(inTimer, timerKey(promiseTimer(old.ID, old.Alarm())))
	} else if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	t.moved(old.State, p)
	if err := t.putPart(partPromise, idPromise, p.ID, p.Ticket, p); err != nil || p.State != promise.Open || p.Alarm().IsZero() {
		return err
	}
	return t.putBytes(inTimer, timerKey(promiseTimer(p.ID, p.Alarm())), []byte{})
}

func promiseTimer(id ticket.ID, due time.Time) store.Timer {
	return store.Timer{At: due, Kind: store.TimerPromise, Ref: id}
}

func (t *tx) PutMeta(name string, value []byte) error {
	if name == formatKey || name == purgeKey {
		return fmt.Errorf("store: the name %q is the engine's own", name)
	}
	return t.putBytes(inMeta, []byte(name), t.s.arena.copyOf(value))
}

// Counts includes what this group has counted.
func (t *tx) Counts() (map[ticket.Outcome]uint64, error) {
	out, err := t.reader.Counts()
	for o, n := range t.counts {
		out[o] += n
	}
	return out, err
}

// flush writes what is kept once per commit: the counters and the segments' ends.
func (t *tx) flush() error {
	for o, n := range t.counts {
		var old uint64
		if v := t.bucket(inCount).Get([]byte(o)); v != nil {
			var err error
			if old, err = number(v); err != nil {
				return fmt.Errorf("counter of %s: %w", o, err)
			}
		}
		if err := t.putBytes(inCount, []byte(o), numberKey(old+n)); err != nil {
			return err
		}
	}
	for n, end := range t.s.segments.fresh {
		k := binary.BigEndian.AppendUint32(nil, n)
		if err := t.putBytes(inSegment, k, numberKey(uint64(end))); err != nil {
			return err
		}
	}
	for n := range t.s.segments.gone {
		if err := t.delete(inSegment, binary.BigEndian.AppendUint32(nil, n)); err != nil {
			return err
		}
	}
	return nil
}
