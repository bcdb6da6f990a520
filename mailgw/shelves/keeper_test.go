package shelves

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

var errNone = errors.New("not there")

// memory is a transaction on records in memory, which counts what is read and written.
type memory struct {
	tickets map[uint64]ticket.Ticket
	entries map[ticket.ID]ticket.Entry
	places  []view.Place
	uid     uint32
	forgot  []view.MailRef
	rows    int // read or written
}

func newMemory() *memory {
	return &memory{tickets: map[uint64]ticket.Ticket{}, entries: map[ticket.ID]ticket.Entry{}}
}

func (m *memory) Ticket(n uint64) (ticket.Ticket, error) {
	m.rows++
	t, ok := m.tickets[n]
	if !ok {
		return t, errNone
	}
	return t, nil
}

func (m *memory) Entry(id ticket.ID) (ticket.Entry, error) {
	m.rows++
	e, ok := m.entries[id]
	if !ok {
		return e, errNone
	}
	return e, nil
}

func (m *memory) Entries(n uint64) (out []ticket.Entry, err error) {
	for _, e := range m.entries {
		if e.Ticket == n {
			m.rows++
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b ticket.Entry) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (m *memory) TicketPlaces(n uint64) (out []view.Place, err error) {
	for _, p := range m.places {
		if p.Ticket == n {
			m.rows++
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b view.Place) int {
		return cmp.Or(strings.Compare(a.Shelf, b.Shelf), cmp.Compare(a.UID, b.UID))
	})
	return out, nil
}

func (m *memory) ItemPlaces(id ticket.ID) (out []view.Place, err error) {
	for _, p := range m.places {
		if p.Item == id {
			out = append(out, p)
		}
	}
	return out, nil
}

func (m *memory) NewUIDs(n uint32) (uint32, error) {
	first := m.uid + 1
	m.uid += n
	return first, nil
}

func (m *memory) PutPlace(p *view.Place) error {
	m.rows++
	m.places = slices.DeleteFunc(m.places, func(q view.Place) bool { return q.Shelf == p.Shelf && q.UID == p.UID })
	m.places = append(m.places, *p)
	return nil
}

func (m *memory) DeletePlace(shelf string, uid uint32) error {
	m.rows++
	before := len(m.places)
	m.places = slices.DeleteFunc(m.places, func(q view.Place) bool { return q.Shelf == shelf && q.UID == uid })
	if len(m.places) == before {
		return errNone
	}
	return nil
}

func (m *memory) DeleteShown(ref view.MailRef) error {
	m.forgot = append(m.forgot, ref)
	return nil
}

func (m *memory) DeleteItem(id ticket.ID) error {
	m.places = slices.DeleteFunc(m.places, func(q view.Place) bool { return q.Item == id })
	return nil
}

// write is one transaction, as its function writes tickets and entries.
func (m *memory) write(t *testing.T, things ...any) {
	t.Helper()
	k := NewKeeper(m, errNone)
	for _, thing := range things {
		var err error
		switch v := thing.(type) {
		case ticket.Ticket:
			err = k.Ticket(&v)
			m.tickets[v.Number] = v
		case ticket.Entry:
			err = k.Entry(&v)
			m.entries[v.ID] = v
		case ticket.DrawerItem:
			k.Item(&v)
		case func(*Keeper) error:
			err = v(k)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Settle(); err != nil {
		t.Fatal(err)
	}
	for n := range m.tickets {
		tk, rows := m.tickets[n], m.rows
		entries, _ := m.Entries(n)
		places, _ := m.TicketPlaces(n)
		m.rows = rows
		for _, p := range Problems(&tk, entries, places) {
			t.Fatal(p)
		}
	}
}

func entry(seq uint32, kind ticket.Kind, by string) ticket.Entry {
	return ticket.Entry{ID: ticket.ID(seq), Ticket: 1, Seq: seq, Kind: kind, ByAgent: by}
}

func left(e ticket.Entry) ticket.Entry {
	e.SentAt = time.Unix(1, 0)
	return e
}

// What a mail costs does not grow with its ticket.
func TestKeeperCost(t *testing.T) {
	t.Parallel()
	cost := map[string][]int{}
	for _, n := range []uint32{10, 2000} {
		m := newMemory()
		tk := ticket.Ticket{Number: 1, Desk: "support", Status: ticket.Open}
		first := []any{tk}
		for seq := range n {
			first = append(first, entry(seq+1, ticket.MailIn, ""))
		}
		m.write(t, first...)
		count := func(what string, things ...any) {
			m.rows = 0
			m.write(t, things...)
			cost[what] = append(cost[what], m.rows)
		}
		count("a mail", tk, entry(n+1, ticket.MailIn, ""))
		waits := tk
		waits.Status = ticket.Pending
		count("an answer is written", waits, entry(n+2, ticket.MailOut, "anna@example.com"))
		count("it leaves", left(entry(n+2, ticket.MailOut, "anna@example.com")))
		count("the customer writes again", tk, entry(n+3, ticket.MailIn, ""))
		urgent := tk
		urgent.Priority = ticket.Urgent
		count("it is urgent", urgent)
	}
	for what, rows := range cost {
		if rows[0] != rows[1] || rows[0] > 20 {
			t.Errorf("%s: %d rows on a ticket of 10 mails, %d on one of 2000", what, rows[0], rows[1])
		}
	}
}

// table of what happens to a ticket with four mails, which of them keep their UIDs, and
// what is forgotten of how they were shown.
func TestKeeperUIDs(t *testing.T) {
	t.Parallel()
	const anna = "Anna@example.com"
	tk := ticket.Ticket{Number: 1, Desk: "support", Status: ticket.Open}
	set := func(change func(*ticket.Ticket)) ticket.Ticket {
		t := tk
		change(&t)
		return t
	}
	erased := entry(2, ticket.MailIn, "")
	erased.ErasedAt = time.Unix(1, 0)
	back := entry(5, ticket.Note, anna)
	for name, c := range map[string]struct {
		then          []any
		want          string // entry=UID on the ticket's shelf
		sent          string
		shelf, forgot string
	}{
		"nothing":  {nil, "1=1 2=2 3=3 4=4", "", "active", ""},
		"a mail":   {[]any{tk, entry(5, ticket.MailIn, "")}, "1=1 2=2 3=3 4=4 5=5", "", "active", ""},
		"urgent":   {[]any{set(func(t *ticket.Ticket) { t.Priority = ticket.Urgent })}, "1=1 2=2 3=3 4=4", "", "active", ""},
		"assigned": {[]any{set(func(t *ticket.Ticket) { t.Assignee = anna })}, "1=5 2=6 3=7 4=8", "", "active", ""},
		"solved":   {[]any{set(func(t *ticket.Ticket) { t.Status = ticket.Solved })}, "1=5 2=6 3=7 4=8", "", "solved", ""},
		"closed": {[]any{set(func(t *ticket.Ticket) {
			t.Status, t.ClosedAt = ticket.Closed, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		})}, "1=5 2=6 3=7 4=8", "", "2025", ""},
		"other desk":               {[]any{set(func(t *ticket.Ticket) { t.Desk = "billing" })}, "1=5 2=6 3=7 4=8", "", "active", ""},
		"renewed":                  {[]any{func(k *Keeper) error { k.Renew(1); return nil }}, "1=5 2=6 3=7 4=8", "", "active", ""},
		"shown anew":               {[]any{func(k *Keeper) error { return k.Reshow(1) }}, "1=5 2=6 3=7 4=8", "", "active", "1/0"},
		"one erased":               {[]any{erased}, "1=1 3=3 4=4", "", "active", "1/2"},
		"an acknowledgement waits": {[]any{entry(5, ticket.MailOut, "")}, "1=1 2=2 3=3 4=4", "", "active", ""},
		"it leaves":                {[]any{left(entry(5, ticket.MailOut, ""))}, "1=1 2=2 3=3 4=4 5=5", "", "active", ""},
		"an answer waits":          {[]any{entry(5, ticket.MailOut, anna)}, "1=1 2=2 3=3 4=4", "5=5", "active", ""},
		"it is written again":      {[]any{entry(5, ticket.MailOut, anna), func(k *Keeper) error { return k.Settle() }, entry(5, ticket.MailOut, anna)}, "1=1 2=2 3=3 4=4", "5=5", "active", ""},
		"a note is written again":  {[]any{entry(3, ticket.Note, anna)}, "1=1 2=2 3=3 4=4", "", "active", ""},
		"an answer leaves at once": {[]any{left(entry(5, ticket.MailOut, anna))}, "1=1 2=2 3=3 4=4 5=5", "5=6", "active", ""},
		"its mail is not shown":    {[]any{func() ticket.Entry { e := entry(5, ticket.MailIn, anna); e.Became = 6; return e }(), left(entry(6, ticket.MailOut, anna))}, "1=1 2=2 3=3 4=4 6=5", "6=6", "active", ""},
		"an answer is taken back":  {[]any{entry(5, ticket.MailOut, anna), func(k *Keeper) error { return k.Settle() }, back}, "1=1 2=2 3=3 4=4 5=6", "", "active", "1/5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			m.write(t, tk, entry(1, ticket.MailIn, ""), entry(2, ticket.MailIn, ""), entry(3, ticket.Note, anna), entry(4, ticket.MailIn, ""))
			m.write(t, c.then...)
			var on, sent, forgot []string
			places, _ := m.TicketPlaces(1)
			for _, p := range places {
				s, _ := view.ParseShelf(p.Shelf)
				for n := range p.Count {
					at := fmt.Sprintf("%d=%d", p.Seq+n, p.UID+n)
					if s.Kind == view.OfSent {
						sent = append(sent, at)
						continue
					}
					if on = append(on, at); string(s.Phase) != c.shelf {
						t.Errorf("it stands on %q", p.Shelf)
					}
				}
			}
			for _, ref := range m.forgot {
				forgot = append(forgot, fmt.Sprintf("%d/%d", ref.Ticket, ref.Seq))
			}
			got := strings.Join(on, " ") + "; " + strings.Join(sent, " ") + "; " + strings.Join(forgot, " ")
			if want := c.want + "; " + c.sent + "; " + c.forgot; got != want {
				t.Errorf("%s, not %s", got, want)
			}
		})
	}
}

// A drawer item stands in its desk's folder for as long as it waits.
func TestKeeperItems(t *testing.T) {
	t.Parallel()
	m := newMemory()
	item := ticket.DrawerItem{ID: 9, Kind: ticket.DrawerHeld, Desk: "support"}
	m.write(t, item)
	m.write(t, item) // again: it stays where it is
	if p, _ := m.ItemPlaces(9); len(p) != 1 || p[0].UID != 1 || ItemProblems(&item, p) != nil {
		t.Errorf("%+v", p)
	}
	item.Desk = "billing"
	m.write(t, item)
	if p, _ := m.ItemPlaces(9); len(p) != 1 || p[0].UID != 2 || ItemProblems(&item, p) != nil {
		t.Errorf("%+v", p)
	}
	m.write(t, item, func(k *Keeper) error { k.NoItem(9); return nil })
	if p, _ := m.ItemPlaces(9); len(p) != 0 {
		t.Errorf("%+v", p)
	}
	m.write(t, ticket.DrawerItem{ID: 9, Kind: ticket.DrawerUnsent, Desk: "support"})
	if p, _ := m.ItemPlaces(9); len(p) != 0 {
		t.Errorf("%+v", p)
	}
}

// A mail that two agents have put away goes to another ticket, and on to a third one in the
// same transaction: it stands in their Trash there, on that ticket's desk, and nowhere else.
func TestKeeperTrashGoesAlong(t *testing.T) {
	t.Parallel()
	m := newMemory()
	first := ticket.Ticket{Number: 1, Desk: "support", Status: ticket.Open}
	second, third := first, first
	second.Number, third.Number, third.Desk = 2, 3, "billing"
	m.write(t, first, second, third, entry(1, ticket.MailIn, ""), entry(2, ticket.MailIn, ""))
	for _, agent := range []string{"anna@example.com", "ben@example.com"} {
		m.uid++
		m.places = append(m.places, view.Place{Shelf: view.Shelf{Kind: view.OfTrash, Desk: "support", Agent: agent}.String(), UID: m.uid, Seq: 2, Count: 1, Ticket: 1})
	}
	on, further := entry(2, ticket.MailIn, ""), entry(2, ticket.MailIn, "")
	on.Ticket, on.Seq = 2, 1
	further.Ticket, further.Seq = 3, 1
	m.write(t, on, further)
	var got []string
	for _, p := range m.places {
		if s, _ := view.ParseShelf(p.Shelf); s.Kind == view.OfTrash {
			got = append(got, fmt.Sprintf("%d.%d+%d %s %s", p.Ticket, p.Seq, p.Count, s.Desk, s.Agent))
		}
	}
	if want := []string{"3.1+1 billing anna@example.com", "3.1+1 billing ben@example.com"}; !slices.Equal(got, want) {
		t.Errorf("Trash has %q, must have %q", got, want)
	}
}
