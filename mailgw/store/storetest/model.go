package storetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// state is all that a Reader shows.
type state struct {
	Tickets   []ticket.Ticket // highest first
	Entries   []ticket.Entry  // of these tickets
	Events    []ticket.Event
	Receipts  []ticket.Receipt
	Raw       map[ticket.ID]string // of the ids that tests use
	Outgoing  []ticket.Outgoing
	Promises  []promise.Promise
	Drawers   []ticket.DrawerItem
	Timers    []store.Timer // of the outbox, then of promises, then of drawers, then those that stand for themselves
	Counts    map[ticket.Outcome]uint64
	Clues     []store.Clue
	Unreached []ticket.Unreachable
	Customers customerState
	Places    placeState
	Open      [][2]uint64 // customer, number
	LastID    ticket.ID
	Meta      map[string]string // of the names that tests use
}

// equal compares two states: an empty list is as good as none.
var equal = gocmp.Options{cmpopts.EquateEmpty()}

// metaNames and rawIDs are what dump looks for, as a Reader cannot list them.
var metaNames = []string{"a", "b", "c"}

const rawIDs = 40

// dump reads all that there is.
func dump(t testing.TB, r store.Reader) state {
	t.Helper()
	s := state{Raw: map[ticket.ID]string{}, Meta: map[string]string{}}
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	note(r.Tickets(0, func(v ticket.Ticket) bool { s.Tickets = append(s.Tickets, v); return true }))
	for _, v := range s.Tickets {
		entries, err := r.Entries(v.Number)
		note(err)
		s.Entries = append(s.Entries, entries...)
		for i := range entries { // those before the i-th, and the last i+1 of all
			before, err := r.LastEntries(v.Number, entries[i].ID, len(entries))
			note(err)
			last, err := r.LastEntries(v.Number, 0, i+1)
			note(err)
			slices.Reverse(before)
			slices.Reverse(last)
			if d := gocmp.Diff(entries[:i], before, equal) + gocmp.Diff(entries[len(entries)-i-1:], last, equal); d != "" {
				t.Errorf("the last entries of ticket %d:\n%s", v.Number, d)
			}
		}
		events, err := r.Events(v.Number)
		note(err)
		s.Events = append(s.Events, events...)
	}
	note(r.Receipts(func(v ticket.Receipt) bool { s.Receipts = append(s.Receipts, v); return true }))
	for id := range ticket.ID(rawIDs) {
		raw, err := r.Raw(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		note(err)
		s.Raw[id] = string(raw)
	}
	note(r.OutgoingRows(func(v ticket.Outgoing) bool { s.Outgoing = append(s.Outgoing, v); return true }))
	note(r.Promises(func(v promise.Promise) bool { s.Promises = append(s.Promises, v); return true }))
	note(r.DrawerItems(func(v ticket.DrawerItem) bool { s.Drawers = append(s.Drawers, v); return true }))
	for _, kind := range store.TimerKinds() {
		note(r.Timers(kind, time.UnixMilli(math.MaxInt64), func(v store.Timer) bool { s.Timers = append(s.Timers, v); return true }))
	}
	note(r.AllClues(func(c store.Clue) bool { s.Clues = append(s.Clues, c); return true }))
	note(r.AllUnreachable(func(u ticket.Unreachable) bool { s.Unreached = append(s.Unreached, u); return true }))
	var err error
	s.Customers, err = dumpCustomers(r)
	s.Places = dumpPlaces(t, r)
	for of := range uint64(4) {
		note(r.OpenTickets(of, 0, func(n uint64) bool { s.Open = append(s.Open, [2]uint64{of, n}); return true }))
	}
	note(err)
	s.Counts, err = r.Counts()
	note(err)
	s.LastID, err = r.LastID()
	note(err)
	for _, name := range metaNames {
		v, err := r.Meta(name)
		note(err)
		if v != nil {
			s.Meta[name] = string(v)
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	return s
}

// model is a store.Tx in memory, as simple as can be: what an engine must agree with.
type model struct {
	last        uint64
	tickets     map[uint64]ticket.Ticket
	entries     map[ticket.ID]ticket.Entry
	events      map[[2]uint64][]ticket.Event // by ticket and first ID
	receipts    map[ticket.ID]ticket.Receipt
	raw         map[ticket.ID]string
	outgoing    map[ticket.ID]ticket.Outgoing
	promises    map[ticket.ID]promise.Promise
	drawers     map[ticket.ID]ticket.DrawerItem
	clues       map[store.Clue]bool
	unreachable map[string]ticket.Unreachable
	counts      map[ticket.Outcome]uint64
	meta        map[string]string
	alone       map[store.Timer]bool // timers that stand for themselves
	*customers
	*places
}

func newModel() *model {
	return &model{tickets: map[uint64]ticket.Ticket{}, entries: map[ticket.ID]ticket.Entry{}, events: map[[2]uint64][]ticket.Event{},
		receipts: map[ticket.ID]ticket.Receipt{}, raw: map[ticket.ID]string{}, outgoing: map[ticket.ID]ticket.Outgoing{},
		promises: map[ticket.ID]promise.Promise{}, drawers: map[ticket.ID]ticket.DrawerItem{}, clues: map[store.Clue]bool{}, unreachable: map[string]ticket.Unreachable{}, counts: map[ticket.Outcome]uint64{}, meta: map[string]string{}, alone: map[store.Timer]bool{}, customers: newCustomers(), places: newPlaces()}
}

// copy returns a model that can be changed apart from m.
func (m *model) copy() *model {
	return &model{last: m.last, tickets: maps.Clone(m.tickets), entries: maps.Clone(m.entries), events: maps.Clone(m.events),
		receipts: maps.Clone(m.receipts), raw: maps.Clone(m.raw), outgoing: maps.Clone(m.outgoing),
		promises: maps.Clone(m.promises), drawers: maps.Clone(m.drawers), clues: maps.Clone(m.clues), unreachable: maps.Clone(m.unreachable), counts: maps.Clone(m.counts), meta: maps.Clone(m.meta), alone: maps.Clone(m.alone), customers: m.customers.copy(), places: m.places.copy()}
}

// kept returns a value as a store keeps it: apart from the caller's.
func kept[T any](v T) T {
	var out T
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	if err == nil {
		err = json.Unmarshal(b.Bytes(), &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

func found[K comparable, V any](m map[K]V, k K) (V, error) {
	v, ok := m[k]
	if !ok {
		return v, store.ErrNotFound
	}
	return v, nil
}

// inOrder calls fn with the values in order of key until it returns false.
func inOrder[K cmp.Ordered, V any](m map[K]V, fn func(V) bool) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !fn(m[k]) {
			break
		}
	}
	return nil
}

func (m *model) Ticket(number uint64) (ticket.Ticket, error) { return found(m.tickets, number) }

func (m *model) Tickets(before uint64, fn func(ticket.Ticket) bool) error {
	numbers := slices.Sorted(maps.Keys(m.tickets))
	slices.Reverse(numbers)
	for _, n := range numbers {
		if (before == 0 || n < before) && !fn(m.tickets[n]) {
			break
		}
	}
	return nil
}

func (m *model) Entries(number uint64) ([]ticket.Entry, error) {
	var out []ticket.Entry
	err := inOrder(m.entries, func(e ticket.Entry) bool {
		if e.Ticket == number {
			out = append(out, e)
		}
		return true
	})
	return out, err
}

func (m *model) LastEntries(number uint64, before ticket.ID, limit int) ([]ticket.Entry, error) {
	out, err := m.Entries(number)
	out = slices.DeleteFunc(out, func(e ticket.Entry) bool { return before != 0 && e.ID >= before })
	slices.Reverse(out)
	return out[:min(limit, len(out))], err
}

func (m *model) Entry(id ticket.ID) (ticket.Entry, error) { return found(m.entries, id) }

func (m *model) Events(number uint64) ([]ticket.Event, error) {
	var out []ticket.Event
	keys := slices.SortedFunc(maps.Keys(m.events), func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		if k[0] == number {
			out = append(out, m.events[k]...)
		}
	}
	return out, nil
}

func (m *model) Receipt(id ticket.ID) (ticket.Receipt, error) { return found(m.receipts, id) }

func (m *model) Repeated(messageID, author string, hash []byte) (ticket.Receipt, error) {
	found, err := ticket.Receipt{}, store.ErrNotFound
	failed := inOrder(m.receipts, func(r ticket.Receipt) bool {
		if err != nil && r.MessageID == messageID && r.Author == author && bytes.Equal(r.Hash, hash) {
			found, err = r, nil
		}
		return true
	})
	return found, errors.Join(failed, err)
}

func (m *model) ReceiptsByMessageID(messageID string, limit int) ([]ticket.Receipt, error) {
	var out []ticket.Receipt
	err := inOrder(m.receipts, func(r ticket.Receipt) bool {
		if r.MessageID == messageID && len(out) < limit {
			out = append(out, r)
		}
		return true
	})
	return out, err
}

func (m *model) Receipts(fn func(ticket.Receipt) bool) error { return inOrder(m.receipts, fn) }

func (m *model) Raw(id ticket.ID) ([]byte, error) {
	v, err := found(m.raw, id)
	return []byte(v), err
}

func (m *model) Outgoing(id ticket.ID) (ticket.Outgoing, error) { return found(m.outgoing, id) }

func (m *model) OutgoingRows(fn func(ticket.Outgoing) bool) error { return inOrder(m.outgoing, fn) }

func (m *model) Timers(kind store.TimerKind, until time.Time, fn func(store.Timer) bool) error {
	var all []store.Timer
	add := func(at time.Time, id ticket.ID, lane string) {
		all = append(all, store.Timer{At: at.Truncate(time.Millisecond), Kind: kind, Ref: id, Lane: lane})
	}
	switch kind {
	case store.TimerOutbox:
		for _, o := range m.outgoing {
			add(o.NextAt, o.ID, o.Lane)
		}
	case store.TimerPromise:
		for _, p := range m.promises {
			if p.State == promise.Open && !p.Alarm().IsZero() {
				add(p.Alarm(), p.ID, "")
			}
		}
	case store.TimerSender, store.TimerTicket:
		for x := range m.alone {
			if x.Kind == kind {
				add(x.At, x.Ref, "")
			}
		}
	case store.TimerDrawer:
		for _, d := range m.drawers {
			if !d.DueAt.IsZero() {
				add(d.DueAt, d.ID, "")
			}
		}
	}
	slices.SortFunc(all, func(a, b store.Timer) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ref, b.Ref)) })
	for _, x := range all {
		if x.At.After(until) || !fn(x) {
			break
		}
	}
	return nil
}

func (m *model) Promise(id ticket.ID) (promise.Promise, error) { return found(m.promises, id) }

func (m *model) Promises(fn func(promise.Promise) bool) error { return inOrder(m.promises, fn) }

func (m *model) TicketPromises(number uint64) ([]promise.Promise, error) {
	var out []promise.Promise
	err := inOrder(m.promises, func(p promise.Promise) bool {
		if p.Ticket == number {
			out = append(out, p)
		}
		return true
	})
	return out, err
}

func (m *model) DrawerItem(id ticket.ID) (ticket.DrawerItem, error) { return found(m.drawers, id) }

func (m *model) DrawerItems(fn func(ticket.DrawerItem) bool) error { return inOrder(m.drawers, fn) }

// sortedClues are all clues by kind, key and id.
func (m *model) sortedClues() []store.Clue {
	return slices.SortedFunc(maps.Keys(m.clues), func(a, b store.Clue) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Key[:], b.Key[:]), cmp.Compare(a.ID, b.ID))
	})
}

func (m *model) Clues(kind byte, key [16]byte, limit int) (out []ticket.ID, err error) {
	for _, c := range slices.Backward(m.sortedClues()) {
		if c.Kind == kind && c.Key == key && len(out) < limit {
			out = append(out, c.ID)
		}
	}
	return out, nil
}

func (m *model) AllClues(fn func(store.Clue) bool) error {
	for _, c := range m.sortedClues() {
		if !fn(c) {
			break
		}
	}
	return nil
}

func (m *model) PutClue(kind byte, key [16]byte, id ticket.ID) error {
	m.clues[store.Clue{Kind: kind, Key: key, ID: id}] = true
	return nil
}

func (m *model) Counts() (map[ticket.Outcome]uint64, error) { return maps.Clone(m.counts), nil }

func (m *model) LastID() (ticket.ID, error) {
	var last ticket.ID
	for _, ids := range [][]ticket.ID{slices.Collect(maps.Keys(m.entries)), slices.Collect(maps.Keys(m.receipts)), slices.Collect(maps.Keys(m.raw)), slices.Collect(maps.Keys(m.outgoing)), slices.Collect(maps.Keys(m.promises)), slices.Collect(maps.Keys(m.drawers))} {
		for _, id := range ids {
			last = max(last, id)
		}
	}
	return last, nil
}

func (m *model) Meta(name string) ([]byte, error) {
	if v, ok := m.meta[name]; ok {
		return []byte(v), nil
	}
	return nil, nil
}

func (m *model) NewTicketNumber() (uint64, error) { m.last++; return m.last, nil }

func (m *model) PutTicket(t *ticket.Ticket) error { m.tickets[t.Number] = kept(*t); return nil }

func (m *model) PutEntry(e *ticket.Entry) error { m.entries[e.ID] = kept(*e); return nil }

func (m *model) PutEvents(events []ticket.Event) error {
	k := [2]uint64{events[0].Ticket, uint64(events[0].ID)}
	if _, taken := m.events[k]; taken {
		return store.ErrExists
	}
	m.events[k] = kept(events)
	return nil
}

func (m *model) PutReceipt(r *ticket.Receipt) error {
	if _, taken := m.receipts[r.ID]; taken {
		return store.ErrExists
	}
	m.receipts[r.ID] = kept(*r)
	m.counts[r.Outcome]++
	return nil
}

func (m *model) MoveEntry(id ticket.ID, to uint64, seq uint32) error {
	e, err := m.Entry(id)
	if err != nil {
		return err
	}
	e.Ticket, e.Seq = to, seq
	m.entries[id] = e
	if rc, err := m.Receipt(id); err == nil {
		return m.MoveReceipt(id, rc.Outcome, to)
	}
	return nil
}

func (m *model) MoveReceipt(id ticket.ID, outcome ticket.Outcome, number uint64) error {
	rc, err := m.Receipt(id)
	if err != nil {
		return err
	}
	if rc.Outcome != outcome {
		m.counts[rc.Outcome]--
		m.counts[outcome]++
	}
	rc.Outcome, rc.Ticket = outcome, number
	m.receipts[id] = rc
	return nil
}

func (m *model) PutRaw(id ticket.ID, raw []byte, bodies []store.Range) error {
	if err := store.CheckRanges(len(raw), bodies); err != nil {
		return err
	}
	m.raw[id] = string(raw)
	return nil
}

func (m *model) PutOutgoing(o *ticket.Outgoing) error { m.outgoing[o.ID] = kept(*o); return nil }

func (m *model) DeleteOutgoing(id ticket.ID) error {
	if _, err := m.Outgoing(id); err != nil {
		return err
	}
	delete(m.outgoing, id)
	return nil
}

func (m *model) PutPromise(p *promise.Promise) error { m.promises[p.ID] = kept(*p); return nil }

func (m *model) PutDrawerItem(d *ticket.DrawerItem) error { m.drawers[d.ID] = kept(*d); return nil }

func (m *model) DeleteDrawerItem(id ticket.ID) error {
	if _, err := m.DrawerItem(id); err != nil {
		return err
	}
	delete(m.drawers, id)
	return nil
}

func (m *model) PutMeta(name string, value []byte) error { m.meta[name] = string(value); return nil }
