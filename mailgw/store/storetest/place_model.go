package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// placeState is all that a Reader shows of places, of the tickets, items, agents and
// UIDs that tests use.
type placeState struct {
	Version  uint64
	LastUID  uint32
	Tops     []string
	Places   []view.Place // by shelf
	OfTicket []view.Place
	OfItem   []view.Place
	Shown    map[view.MailRef]string
	Marks    map[marked]string
}

// marked is what an agent marked on: a ticket, or a mail on none.
type marked struct {
	agent string
	of    view.MailRef
}

// markers are the agents that mark.
var markers = []string{"anna@example.net", "anna@example.net.nz", "ben@example.net"}

// dumpPlaces reads them. A list that says otherwise than another fails the test.
func dumpPlaces(t testing.TB, r store.Reader) placeState {
	t.Helper()
	s := placeState{Shown: map[view.MailRef]string{}, Marks: map[marked]string{}}
	var err error
	note := func(e error) { err = errors.Join(err, e) }
	var e error
	s.Version, e = r.PlaceVersion()
	note(e)
	s.LastUID, e = r.LastUID()
	note(e)
	note(r.Shelves("", func(shelf string, top uint32) bool {
		s.Tops = append(s.Tops, fmt.Sprintf("%q %d", shelf, top))
		note(r.Places(shelf, 0, func(p view.Place) bool { s.Places = append(s.Places, p); return true }))
		return true
	}))
	keep := func(into *[]view.Place) func([]view.Place, error) {
		return func(p []view.Place, err error) { *into = append(*into, p...); note(err) }
	}
	for n := range uint64(10) {
		keep(&s.OfTicket)(r.TicketPlaces(n))
		note(r.ShownFrom(n, 0, func(seq uint32, v []byte) bool {
			s.Shown[view.MailRef{Ticket: n, Seq: seq}] = string(v)
			return true
		}))
	}
	for id := range ticket.ID(rawIDs) {
		keep(&s.OfItem)(r.ItemPlaces(id))
		if v, err := r.Shown(view.MailRef{Item: id}); err == nil {
			s.Shown[view.MailRef{Item: id}] = string(v)
		}
	}
	for ref, v := range s.Shown {
		if got, err := r.Shown(ref); err != nil || string(got) != v {
			t.Errorf("shown of %+v: %q in the list, %q alone: %v", ref, v, got, err)
		}
	}
	for _, agent := range markers {
		note(r.Marks(agent, func(of view.MailRef, v []byte) bool { s.Marks[marked{agent, of}] = string(v); return true }))
	}
	for m, v := range s.Marks {
		if got, err := r.MarksOf(m.agent, m.of); err != nil || string(got) != v {
			t.Errorf("marks of %+v: %q in the list, %q alone: %v", m, v, got, err)
		}
	}
	if err != nil {
		t.Error(err)
	}
	return s
}

// places is the model of places.
type places struct {
	version uint64
	last    uint32
	wrote   bool // the update that runs, of which this is a copy
	at      map[shelfUID]view.Place
	tops    map[string]uint32
	shown   map[view.MailRef]string
	marks   map[marked]string
}

type shelfUID struct {
	shelf string
	uid   uint32
}

func newPlaces() *places {
	return &places{at: map[shelfUID]view.Place{}, tops: map[string]uint32{}, shown: map[view.MailRef]string{}, marks: map[marked]string{}}
}

func (m *places) copy() *places {
	return &places{version: m.version, last: m.last, at: maps.Clone(m.at), tops: maps.Clone(m.tops), shown: maps.Clone(m.shown), marks: maps.Clone(m.marks)}
}

// these returns the places that are such, by shelf and UID.
func (m *places) these(such func(view.Place) bool) []view.Place {
	var out []view.Place
	for _, p := range m.at {
		if such(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b view.Place) int { return cmp.Or(strings.Compare(a.Shelf, b.Shelf), cmp.Compare(a.UID, b.UID)) })
	return out
}

func (m *places) Places(shelf string, from uint32, fn func(view.Place) bool) error {
	for _, p := range m.these(func(p view.Place) bool { return p.Shelf == shelf && p.UID+p.Count-1 >= from }) {
		if !fn(p) {
			break
		}
	}
	return nil
}

func (m *places) TicketPlaces(number uint64) ([]view.Place, error) {
	return m.these(func(p view.Place) bool { return p.Item == 0 && p.Ticket == number }), nil
}

func (m *places) ItemPlaces(id ticket.ID) ([]view.Place, error) {
	return m.these(func(p view.Place) bool { return id != 0 && p.Item == id }), nil
}

func (m *places) Shelves(prefix string, fn func(string, uint32) bool) error {
	for _, shelf := range slices.Sorted(maps.Keys(m.tops)) {
		if strings.HasPrefix(shelf, prefix) && !fn(shelf, m.tops[shelf]) {
			break
		}
	}
	return nil
}

func (m *places) LastUID() (uint32, error) { return m.last, nil }

func (m *places) PlaceVersion() (uint64, error) { return m.version, nil }

func (m *places) Shown(ref view.MailRef) ([]byte, error) {
	v, err := found(m.shown, ref)
	return []byte(v), err
}

func (m *places) ShownFrom(number uint64, seq uint32, fn func(uint32, []byte) bool) error {
	of := map[uint32]string{}
	for ref, v := range m.shown {
		if ref.Item == 0 && ref.Ticket == number && ref.Seq >= seq {
			of[ref.Seq] = v
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(of)) {
		if !fn(seq, []byte(of[seq])) {
			break
		}
	}
	return nil
}

func (m *places) Marks(agent string, fn func(view.MailRef, []byte) bool) error {
	var of []view.MailRef
	for k := range m.marks {
		if k.agent == agent {
			of = append(of, k.of)
		}
	}
	slices.SortFunc(of, func(a, b view.MailRef) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.Ticket, b.Ticket))
	})
	for _, ref := range of {
		if !fn(ref, []byte(m.marks[marked{agent, ref}])) {
			break
		}
	}
	return nil
}

func (m *places) MarksOf(agent string, of view.MailRef) ([]byte, error) {
	of.Seq = 0
	if v, ok := m.marks[marked{agent, of}]; ok {
		return []byte(v), nil
	}
	return nil, nil
}

func (m *places) NewUIDs(n uint32) (uint32, error) {
	if n == 0 || n > math.MaxUint32-m.last {
		return 0, store.ErrNoUIDs
	}
	m.last += n
	return m.last - n + 1, nil
}

// writes counts the update that runs, once.
func (m *places) writes() {
	if !m.wrote {
		m.wrote = true
		m.version++
	}
}

func (m *places) PutPlace(p *view.Place) error {
	if err := store.CheckPlace(p); err != nil {
		return err
	}
	m.writes()
	m.at[shelfUID{p.Shelf, p.UID}] = *p
	m.tops[p.Shelf] = max(m.tops[p.Shelf], p.UID+p.Count-1)
	return nil
}

func (m *places) DeletePlace(shelf string, uid uint32) error {
	if _, err := found(m.at, shelfUID{shelf, uid}); err != nil {
		return err
	}
	m.writes()
	delete(m.at, shelfUID{shelf, uid})
	return nil
}

func (m *places) PutShown(ref view.MailRef, value []byte) error {
	m.shown[ref] = string(value)
	return nil
}

func (m *places) DeleteShown(ref view.MailRef) error {
	maps.DeleteFunc(m.shown, func(k view.MailRef, _ string) bool {
		return k == ref || ref.Seq == 0 && ref.Item == 0 && k.Ticket == ref.Ticket && k.Item == 0
	})
	return nil
}

func (m *places) PutMarks(agent string, of view.MailRef, value []byte) error {
	of.Seq = 0
	if len(value) == 0 {
		delete(m.marks, marked{agent, of})
		return nil
	}
	m.marks[marked{agent, of}] = string(value)
	return nil
}

func (m *places) DeleteItem(id ticket.ID) error {
	for _, p := range m.these(func(p view.Place) bool { return p.Item == id }) {
		if err := m.DeletePlace(p.Shelf, p.UID); err != nil {
			return err
		}
	}
	maps.DeleteFunc(m.marks, func(k marked, _ string) bool { return k.of.Item == id })
	return m.DeleteShown(view.MailRef{Item: id})
}

func (m *model) PutDraft(id ticket.ID, raw []byte) error {
	if _, err := m.Receipt(id); err == nil {
		return store.ErrExists
	}
	return m.PutRaw(id, raw, nil)
}

func (m *model) DeleteDraft(id ticket.ID) error {
	if _, err := m.Receipt(id); err == nil {
		return store.ErrExists
	}
	delete(m.raw, id)
	return m.DeleteItem(id)
}

// placeOps are operations on few places, of few UIDs so that they meet.
func placeOps(id ticket.ID, number uint64, size int) []func(store.Tx) string {
	shelf := []string{"t\x1fa", "t\x1fab", "t\x1fb", "d"}[size%4]
	uid, count, word := uint32(1+10*(size%30)), uint32(1+size%10), fmt.Sprint(size)
	ref, agent := view.MailRef{Ticket: number, Seq: uint32(1 + size%5)}, markers[size%3]
	of := view.MailRef{Ticket: number}
	p := view.Place{Shelf: shelf, UID: uid, Count: count, Ticket: number, Seq: uint32(1 + size%7), Customer: uint64(size % 300), Answered: uint32(size % 200), Urgent: size%2 == 0, Overdue: size%5 == 0}
	if size%3 == 0 {
		p.Item, p.Ticket, p.Seq, p.Count = id, 0, 0, 1
		ref, of = view.MailRef{Item: id}, view.MailRef{Item: id}
	}
	return []func(store.Tx) string{
		func(tx store.Tx) string { first, err := tx.NewUIDs(count); return say(fmt.Sprint("uids ", first), err) },
		func(tx store.Tx) string { return say("place", tx.PutPlace(&p)) },
		func(tx store.Tx) string { return say("place", tx.PutPlace(&p)) },
		func(tx store.Tx) string { return say("no place", tx.DeletePlace(shelf, uid)) },
		func(tx store.Tx) string {
			var seen []uint32
			err := tx.Places(shelf, uid+uint32(size%13), func(p view.Place) bool {
				seen = append(seen, p.UID, p.Count)
				return len(seen) < size%20
			})
			return say(fmt.Sprint("places ", seen), err)
		},
		func(tx store.Tx) string {
			found, err := tx.TicketPlaces(number)
			items, more := tx.ItemPlaces(id)
			v, bad := tx.PlaceVersion()
			return say(fmt.Sprint("places ", found, items, v), errors.Join(err, more, bad))
		},
		func(tx store.Tx) string { return say("shown", tx.PutShown(ref, []byte(word))) },
		func(tx store.Tx) string { return say("not shown", tx.DeleteShown(ref)) },
		func(tx store.Tx) string { return say("none shown", tx.DeleteShown(of)) },
		func(tx store.Tx) string { return say("marks", tx.PutMarks(agent, of, []byte(word))) },
		func(tx store.Tx) string { return say("no marks", tx.PutMarks(agent, of, nil)) },
		func(tx store.Tx) string { return say("draft", tx.PutDraft(id, []byte(strings.Repeat(word, size%500)))) },
		func(tx store.Tx) string { return say("no draft", tx.DeleteDraft(id)) },
		func(tx store.Tx) string { return say("no item", tx.DeleteItem(id)) },
	}
}
