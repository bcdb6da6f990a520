package bolt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// What a key of inShelf begins with. Those of a ticket's places are a part of it (see
// partPlace): they cost no page of their own there.
const (
	shelfRow  = 's' // shelf, 0, UID -> the place; behind the places of a shelf a row as if of the greatest UID, one byte longer -> its top
	shelfItem = 'i' // id of a mail on no ticket, UID, shelf -> nothing
)

// placeKey is where a place is.
func placeKey(shelf string, uid uint32) []byte {
	k := append(append(make([]byte, 0, len(shelf)+7), shelfRow), shelf...)
	return binary.BigEndian.AppendUint32(append(k, 0), uid)
}

// topKey is where it stands which UID is the highest that was ever given on a shelf.
func topKey(shelf string) []byte { return append(placeKey(shelf, math.MaxUint32), 0) }

// shelfOf reads the key of a place or of a top.
func shelfOf(k []byte) (shelf []byte, uid uint32, isTop bool, err error) {
	i := bytes.IndexByte(k, 0)
	if i < 2 || k[0] != shelfRow || len(k) != i+5 && string(k[i+1:]) != "\xff\xff\xff\xff\x00" {
		return nil, 0, false, fmt.Errorf("%w: row %x of a shelf", errDamaged, k)
	}
	return k[1:i], binary.BigEndian.Uint32(k[i+1:]), len(k) == i+6, nil
}

// mailPlaceKey is where it stands that a ticket's mails, or a mail on none, have a place.
func mailPlaceKey(p *view.Place) (bucket, []byte) {
	in, k := mailPlaces(p.Ticket, p.Item)
	return in, append(binary.BigEndian.AppendUint32(k, p.UID), p.Shelf...)
}

// mailPlaces is what all keys of the places of a ticket's mails, or of one, begin with.
func mailPlaces(number uint64, item ticket.ID) (bucket, []byte) {
	if item != 0 {
		return inShelf, binary.BigEndian.AppendUint64([]byte{shelfItem}, uint64(item))
	}
	return inTicket, append(numberKey(number), partPlace)
}

// What the first byte of a place's value says.
const (
	placeOfItem = 1 << iota
	placeUrgent
	placeOverdue
)

// appendValue appends the value of a place: a byte of the above, then numbers of as
// many bytes as they need.
func appendValue(b []byte, p *view.Place) []byte {
	var is byte
	if p.Urgent {
		is |= placeUrgent
	}
	if p.Overdue {
		is |= placeOverdue
	}
	if p.Item != 0 {
		b = binary.AppendUvarint(append(b, is|placeOfItem), uint64(p.Item))
	} else {
		b = binary.AppendUvarint(append(b, is), p.Ticket)
		b = binary.AppendUvarint(b, uint64(p.Seq))
		b = binary.AppendUvarint(b, uint64(p.Count))
	}
	b = binary.AppendUvarint(b, p.Customer)
	return binary.AppendUvarint(b, uint64(p.Answered))
}

// readValue reads what appendValue wrote, and nothing else.
func readValue(v []byte, p *view.Place) error {
	if len(v) == 0 || v[0] >= placeOverdue<<1 {
		return fmt.Errorf("%w: place %x", errDamaged, v)
	}
	is, rest, bad := v[0], v[1:], false
	next := func(most uint64) uint64 {
		n, length := binary.Uvarint(rest)
		if length <= 0 || n > most {
			bad, rest = true, nil
			return 0
		}
		rest = rest[length:]
		return n
	}
	p.Urgent, p.Overdue, p.Count = is&placeUrgent != 0, is&placeOverdue != 0, 1
	if is&placeOfItem != 0 {
		p.Item = ticket.ID(next(math.MaxUint64))
	} else {
		p.Ticket, p.Seq, p.Count = next(math.MaxUint64), uint32(next(math.MaxUint32)), uint32(next(math.MaxUint32))
	}
	p.Customer, p.Answered = next(math.MaxUint64), uint32(next(math.MaxUint32))
	if bad || len(rest) > 0 || store.CheckPlace(p) != nil {
		return fmt.Errorf("%w: place %x", errDamaged, v)
	}
	return nil
}

// placeAt returns the place under a shelf and UID, or store.ErrNotFound.
func (r *reader) placeAt(shelf string, uid uint32) (view.Place, error) {
	p := view.Place{Shelf: shelf, UID: uid}
	v := r.bucket(inShelf).Get(placeKey(shelf, uid))
	if v == nil {
		return p, store.ErrNotFound
	}
	return p, readValue(v, &p)
}

func (r *reader) Places(shelf string, from uint32, fn func(view.Place) bool) error {
	prefix := placeKey(shelf, 0)
	prefix = prefix[:len(prefix)-4]
	c := r.bucket(inShelf).Cursor()
	at := placeKey(shelf, from)
	k, v := c.Seek(at)
	if k != nil && !bytes.Equal(k, at) {
		if k, v = c.Prev(); !bytes.HasPrefix(k, prefix) { // else it may reach as far
			k, v = c.Seek(at)
		}
	}
	for ; bytes.HasPrefix(k, prefix); k, v = c.Next() {
		_, uid, isTop, err := shelfOf(k)
		if err != nil {
			return err
		}
		if isTop {
			break
		}
		p := view.Place{Shelf: shelf, UID: uid}
		if err := readValue(v, &p); err != nil {
			return fmt.Errorf("UID %d: %w", uid, err)
		}
		if p.UID+(p.Count-1) >= from && !fn(p) {
			break
		}
	}
	return nil
}

func (r *reader) TicketPlaces(number uint64) ([]view.Place, error) {
	return r.placesOf(mailPlaces(number, 0))
}

func (r *reader) ItemPlaces(id ticket.ID) ([]view.Place, error) {
	if id == 0 {
		return nil, nil
	}
	return r.placesOf(mailPlaces(0, id))
}

// placesOf returns the places that rows with a prefix name.
func (r *reader) placesOf(in bucket, prefix []byte) ([]view.Place, error) {
	var out []view.Place
	c := r.bucket(in).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		k = k[len(prefix):]
		if len(k) < 5 {
			return nil, fmt.Errorf("%w: place %x of a mail", errDamaged, k)
		}
		p, err := r.placeAt(string(k[4:]), binary.BigEndian.Uint32(k))
		if inBucket, at := mailPlaces(p.Ticket, p.Item); err == nil && (in != inBucket || !bytes.Equal(at, prefix)) {
			err = fmt.Errorf("%w: it says that it is of another", errDamaged)
		}
		if err != nil {
			return nil, fmt.Errorf("place %d of a mail on shelf %q: %w", p.UID, p.Shelf, err)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b view.Place) int {
		return cmp.Or(strings.Compare(a.Shelf, b.Shelf), cmp.Compare(a.UID, b.UID))
	})
	return out, nil
}

func (r *reader) Shelves(prefix string, fn func(shelf string, top uint32) bool) error {
	c := r.bucket(inShelf).Cursor()
	from := append([]byte{shelfRow}, prefix...)
	for k, _ := c.Seek(from); bytes.HasPrefix(k, from); k, _ = c.Next() {
		name, _, _, err := shelfOf(k)
		if err != nil {
			return err
		}
		shelf := string(name)
		at, v := c.Seek(topKey(shelf))
		if !bytes.Equal(at, topKey(shelf)) || len(v) != 4 {
			return fmt.Errorf("%w: shelf %q has no top", errDamaged, shelf)
		}
		if !fn(shelf, binary.BigEndian.Uint32(v)) {
			return nil
		}
	}
	return nil
}

func (r *reader) LastUID() (uint32, error) { return uint32(r.bucket(inShelf).Sequence()), nil }

func (r *reader) PlaceVersion() (uint64, error) { return r.bucket(inPlaceVersion).Sequence(), nil }

func (t *tx) NewUIDs(n uint32) (uint32, error) {
	last := t.bucket(inShelf).Sequence()
	if n == 0 || uint64(n) > math.MaxUint32-last {
		return 0, fmt.Errorf("%d UIDs behind %d: %w", n, last, store.ErrNoUIDs)
	}
	t.wrote = true
	if err := t.bucket(inShelf).SetSequence(last + uint64(n)); err != nil {
		return 0, fmt.Errorf("store: next UID: %w", err)
	}
	return uint32(last) + 1, nil
}

// writesPlaces counts the Update that runs, once.
func (t *tx) writesPlaces() error {
	if t.placed {
		return nil
	}
	t.wrote, t.placed = true, true
	if _, err := t.bucket(inPlaceVersion).NextSequence(); err != nil {
		return fmt.Errorf("store: count places: %w", err)
	}
	return nil
}

func (t *tx) PutPlace(p *view.Place) error {
	if err := store.CheckPlace(p); err != nil {
		return err
	}
	if err := t.writesPlaces(); err != nil {
		return err
	}
	in, of := mailPlaceKey(p)
	switch old, err := t.placeAt(p.Shelf, p.UID); {
	case err == nil && old.Ticket == p.Ticket && old.Item == p.Item:
	case err == nil:
		if err := t.forgetPlace(&old); err != nil {
			return err
		}
		fallthrough
	default: // there is none, or it is damaged and on its way out
		if err := t.putBytes(in, of, []byte{}); err != nil {
			return err
		}
	}
	if err := t.raiseTop(p.Shelf, p.UID+(p.Count-1)); err != nil {
		return err
	}
	v := appendValue(t.s.arena.keep(placeLength)[:0], p)
	return t.putBytes(inShelf, placeKey(p.Shelf, p.UID), v)
}

// placeLength is how long a place's value can be: a byte and five numbers.
const placeLength = 1 + 5*binary.MaxVarintLen64

// raiseTop notes that a shelf has had a UID.
func (t *tx) raiseTop(shelf string, uid uint32) error {
	k := topKey(shelf)
	if v := t.bucket(inShelf).Get(k); len(v) == 4 && binary.BigEndian.Uint32(v) >= uid {
		return nil
	}
	v := t.s.arena.keep(4)
	binary.BigEndian.PutUint32(v, uid)
	return t.putBytes(inShelf, k, v)
}

// forgetPlace removes that a mail has a place.
func (t *tx) forgetPlace(p *view.Place) error {
	in, k := mailPlaceKey(p)
	return t.delete(in, k)
}

func (t *tx) DeletePlace(shelf string, uid uint32) error {
	p, err := t.placeAt(shelf, uid)
	if err != nil {
		return err
	}
	if err := t.writesPlaces(); err != nil {
		return err
	}
	if err := t.forgetPlace(&p); err != nil {
		return err
	}
	return t.delete(inShelf, placeKey(shelf, uid))
}
