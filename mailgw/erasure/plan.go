package erasure

import (
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// Reader is what is kept; the store's Reader is one.
type Reader interface {
	// Ticket returns a ticket.
	Ticket(number uint64) (ticket.Ticket, error)
	// Tickets calls fn for each ticket with a number below before (0: all), highest first.
	Tickets(before uint64, fn func(ticket.Ticket) bool) error
	// Entries returns a ticket's entries in order.
	Entries(number uint64) ([]ticket.Entry, error)
	// Events returns a ticket's events in order.
	Events(number uint64) ([]ticket.Event, error)
	// TicketPromises returns a ticket's promises.
	TicketPromises(number uint64) ([]promise.Promise, error)
	// Receipts calls fn for each accepted mail.
	Receipts(fn func(ticket.Receipt) bool) error
	// OutgoingRows calls fn for each row that waits to leave.
	OutgoingRows(fn func(ticket.Outgoing) bool) error
	// DrawerItems calls fn for each thing that waits for a person.
	DrawerItems(fn func(ticket.DrawerItem) bool) error
}

// Asked is what is to be erased.
type Asked struct {
	Who      *Who
	Customer uint64             // the company that goes with all of its people; 0: none
	Until    time.Time          // what came later stays; zero: all goes
	Tickets  map[uint64]bool    // besides, these, whoever wrote on them
	Mails    map[ticket.ID]bool // besides, these mails
}

// Plan is what is erased. Lists are in the order of the store.
type Plan struct {
	Whole   []uint64    `json:"whole,omitempty"`   // tickets that are all theirs
	Parts   []uint64    `json:"parts,omitempty"`   // tickets that others have something on, too, or that name them
	Entries []ticket.ID `json:"entries,omitempty"` // that go
	Mails   []ticket.ID `json:"mails,omitempty"`   // accepted mails that go, with those that are on no ticket and duplicates
	Rows    []ticket.ID `json:"rows,omitempty"`    // that do not leave any more
	Named   []ticket.ID `json:"named,omitempty"`   // rows of others that name them
	Drawer  []ticket.ID `json:"drawer,omitempty"`  // that wait for nobody any more
	Listed  []ticket.ID `json:"listed,omitempty"`  // drawer items of others that name them

	MessageIDs []string `json:"message_ids,omitempty"` // of the mails that go, and of ours to them
	Names      []string `json:"names,omitempty"`       // "Name <addr>" as mails showed them
}

// Empty reports whether there is nothing to erase.
func (p *Plan) Empty() bool {
	return len(p.Whole)+len(p.Parts)+len(p.Entries)+len(p.Mails)+len(p.Rows)+len(p.Named)+len(p.Drawer)+len(p.Listed) == 0
}

// span are entries that came to a ticket with the one that was merged into it.
type span struct {
	first, last uint32 // their numbers
	from        uint64 // the ticket that they came from
	as          uint32 // the first one's number there
}

// selection is a Select under way.
type selection struct {
	r         Reader
	asked     Asked
	plan      Plan
	own       map[uint64]bool   // tickets that they opened
	came      map[uint64][]span // by the ticket that they came to
	all       []uint64          // all tickets, lowest first, but for those that are erased
	goes      map[ticket.ID]bool
	mails     map[ticket.ID]bool
	ofCompany map[uint64]bool // tickets of the company that goes
	names     map[string]bool
	midSet    map[string]bool
}

// Select reads all that is kept, and returns what is to be erased of it. Its work
// grows with the whole store.
func Select(r Reader, asked Asked) (*Plan, error) {
	s := &selection{
		r: r, asked: asked, own: map[uint64]bool{}, came: map[uint64][]span{}, goes: map[ticket.ID]bool{}, mails: map[ticket.ID]bool{}, ofCompany: map[uint64]bool{},
		names: map[string]bool{}, midSet: map[string]bool{},
	}
	for _, step := range []func() error{s.tickets, s.entries, s.receipts, s.rows, s.drawers, s.others} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("look for what is to be erased: %w", err)
		}
	}
	return &s.plan, nil
}

func (s *selection) late(at time.Time) bool {
	return !s.asked.Until.IsZero() && at.After(s.asked.Until)
}

// tickets finds out who opened which ticket, and where its entries went by merges.
func (s *selection) tickets() error {
	err := s.r.Tickets(0, func(t ticket.Ticket) bool {
		if t.ErasedAt.IsZero() {
			s.all = append(s.all, t.Number)
		}
		if s.asked.Who.Is(t.Address) && !s.late(t.CreatedAt) || s.asked.Tickets[t.Number] {
			s.own[t.Number] = true
		}
		if s.asked.Customer != 0 && t.CustomerID == s.asked.Customer {
			s.ofCompany[t.Number] = true
		}
		for _, m := range t.Moves {
			if m.To == t.MovedTo {
				s.came[m.To] = append(s.came[m.To], span{m.As, m.As + m.Last - m.First, t.Number, m.First})
			}
		}
		return true
	})
	slices.Sort(s.all)
	return err
}

// theirs reports whether an entry belongs to a ticket of theirs: what a merge brought
// belongs to the ticket that it came from.
func (s *selection) theirs(number uint64, seq uint32) bool {
	for range 100 { // steps, should records lead in a circle
		i := slices.IndexFunc(s.came[number], func(c span) bool { return c.first <= seq && seq <= c.last })
		if i < 0 {
			break
		}
		c := s.came[number][i]
		number, seq = c.from, c.as+seq-c.first
	}
	return s.own[number]
}

// entries finds what goes of the tickets.
func (s *selection) entries() error {
	for _, number := range s.all {
		list, err := s.r.Entries(number)
		if err != nil {
			return err
		}
		some, kept := false, false
		for i := range list {
			e := &list[i]
			if !e.ErasedAt.IsZero() {
				continue
			}
			if !s.goesOf(e) {
				kept = true
				continue
			}
			some = true
			s.goes[e.ID] = true
			s.plan.Entries = append(s.plan.Entries, e.ID)
			s.know(e)
		}
		switch {
		case s.own[number] && !kept:
			s.plan.Whole = append(s.plan.Whole, number)
		case s.own[number] || some || s.ofCompany[number]:
			s.plan.Parts = append(s.plan.Parts, number)
		}
	}
	return nil
}

// goesOf reports whether an entry goes: it is theirs, or to them alone.
func (s *selection) goesOf(e *ticket.Entry) bool {
	if s.asked.Mails[e.ID] || s.theirs(e.Ticket, e.Seq) {
		return true
	}
	if s.late(e.At) {
		return false
	}
	return s.asked.Who.In(e.From) || e.Kind == ticket.MailOut && s.asked.Who.All(slices.Concat(e.To, e.Cc))
}

// know remembers by what an entry could be named elsewhere.
func (s *selection) know(e *ticket.Entry) {
	add := func(id string) {
		if id != "" && !s.midSet[id] {
			s.midSet[id] = true
			s.plan.MessageIDs = append(s.plan.MessageIDs, id)
		}
	}
	add(e.MessageID)
	if e.Outgoing != nil {
		add(e.Outgoing.MessageID)
	}
	for _, text := range slices.Concat([]string{e.From}, e.To, e.Cc) {
		s.name(text)
	}
}

// name remembers how they are called.
func (s *selection) name(text string) {
	if a := letter.ParseAddress(text); a.Name != "" && s.asked.Who.Is(a.Addr) && !s.names[text] {
		s.names[text] = true
		s.plan.Names = append(s.plan.Names, text)
	}
}

// receipts finds the mails that go: of those entries, on no ticket, and duplicates.
func (s *selection) receipts() error {
	var again []ticket.Receipt
	err := s.r.Receipts(func(rc ticket.Receipt) bool {
		if rc.Erased != nil {
			return true
		}
		theirs := (s.asked.Who.Is(rc.Author) || s.asked.Who.Is(rc.MailFrom)) && !s.late(rc.At)
		switch {
		case s.goes[rc.ID] || s.asked.Mails[rc.ID] || theirs && rc.Outcome != ticket.OutcomeDuplicate:
			s.mail(&rc)
		case rc.Outcome == ticket.OutcomeDuplicate:
			again = append(again, ticket.Receipt{ID: rc.ID, Original: rc.Original, MessageID: rc.MessageID})
			if theirs {
				s.mail(&rc)
			}
		}
		return true
	})
	for i := range again {
		if s.mails[again[i].Original] && !s.mails[again[i].ID] {
			s.mail(&again[i])
		}
	}
	return err
}

func (s *selection) mail(rc *ticket.Receipt) {
	s.mails[rc.ID] = true
	s.plan.Mails = append(s.plan.Mails, rc.ID)
	if rc.MessageID != "" && !s.midSet[rc.MessageID] {
		s.midSet[rc.MessageID] = true
		s.plan.MessageIDs = append(s.plan.MessageIDs, rc.MessageID)
	}
}

// gone reports whether a mail or entry goes.
func (s *selection) gone(id ticket.ID) bool { return id != 0 && (s.goes[id] || s.mails[id]) }

// Take puts an entry into the plan that came after it was made.
func (p *Plan) Take(e *ticket.Entry) {
	p.Entries = append(p.Entries, e.ID)
	if e.MessageID != "" && !slices.Contains(p.MessageIDs, e.MessageID) {
		p.MessageIDs = append(p.MessageIDs, e.MessageID)
	}
}
