package mailgw

import (
	"sync"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// What an agent marks on a mail are bits as of [imapd.Flags]. Some of these follow from
// elsewhere and are never marked: their bits say where she does not want to see the mail.
const (
	hiddenMark = uint64(imapd.Answered) // in folders of tickets, and in drawers
	hiddenSent = uint64(imapd.Flagged)  // in Sent
)

// settable are the flags that a client can put on a mail for good.
const settable = ^uint64(imapd.Answered | imapd.Flagged | imapd.Deleted)

// pageSize is how many tickets share a page of marks.
const pageSize = 256

// marks are what an agent has marked, in memory: as they are stored, see [view.Marks].
type marks struct {
	loaded  bool
	version uint64 // counts the changes
	tickets map[uint64]*[pageSize]string
	items   map[ticket.ID]string

	mu    sync.Mutex
	stale []view.MailRef // written since; a ticket's have no Seq
}

// outdate says that what is marked on a ticket, or on a mail on none, was written.
func (m *marks) outdate(of view.MailRef) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stale = append(m.stale, of)
}

// refresh brings them up to what is stored. Of what is written from now on it says nothing.
func (m *marks) refresh(s store.Store, agent string) error {
	m.mu.Lock()
	stale := m.stale
	m.stale = nil
	m.mu.Unlock()
	if m.loaded && len(stale) == 0 {
		return nil
	}
	m.version++
	err := s.View(func(r store.Reader) error {
		if !m.loaded {
			m.tickets, m.items = map[uint64]*[pageSize]string{}, map[ticket.ID]string{}
			return r.Marks(agent, func(of view.MailRef, value []byte) bool {
				m.put(of, value)
				return true
			})
		}
		for _, of := range stale {
			value, err := r.MarksOf(agent, of)
			if err != nil {
				return err
			}
			m.put(of, value)
		}
		return nil
	})
	m.loaded = err == nil // else all is read next time
	return err
}

func (m *marks) put(of view.MailRef, value []byte) {
	if of.Item != 0 {
		m.items[of.Item] = string(value)
		if len(value) == 0 {
			delete(m.items, of.Item)
		}
		return
	}
	page := m.tickets[of.Ticket/pageSize]
	if page == nil {
		page = new([pageSize]string)
		m.tickets[of.Ticket/pageSize] = page
	}
	page[of.Ticket%pageSize] = string(value)
}

// drop forgets what is in memory.
func (m *marks) drop() { m.loaded, m.tickets, m.items = false, nil, nil }

// marksReader reads marks of mails of which those of one ticket tend to lie together.
type marksReader struct {
	m     *marks
	of    view.MailRef // whose marks has holds
	value string       // and from what they were read
	has   view.Marks
	bad   error
}

// read returns what is marked on a ticket, or on a mail on none.
func (r *marksReader) read(ticket uint64, item ticket.ID) *view.Marks {
	if r.of.Ticket == ticket && r.of.Item == item {
		return &r.has
	}
	r.of = view.MailRef{Ticket: ticket, Item: item}
	value := ""
	if item != 0 {
		value = r.m.items[item]
	} else if page := r.m.tickets[ticket/pageSize]; page != nil {
		value = page[ticket%pageSize]
	}
	if value == r.value { // as usual: most are marked alike
		return &r.has
	}
	r.value = value
	if err := view.ReadMarks(&r.has, value); err != nil {
		r.bad = err
	}
	return &r.has
}

// moveMarks lets what agents marked on an entry go with it to another ticket: a mail that
// gets its number there later must not be taken for marked, let alone hidden.
func (t *followedTx) moveMarks(id ticket.ID, to uint64, seq uint32) error {
	e, err := t.Entry(id)
	if err != nil || e.Ticket == to && e.Seq == seq {
		return nil // the transaction says what is wrong
	}
	for _, agent := range t.agents() {
		var bits uint64
		err := changeMarks(t, agent, view.MailRef{Ticket: e.Ticket}, func(m *view.Marks) error {
			bits = m.Get(e.Seq)
			m.Set(e.Seq, 0)
			return nil
		})
		if err == nil {
			err = changeMarks(t, agent, view.MailRef{Ticket: to}, func(m *view.Marks) error { m.Set(seq, bits); return nil })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
