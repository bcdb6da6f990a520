package mailgw

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// A rehearsal reads what is stored in pages, each in a View of its own that ends before
// anything is sent: whoever reads slowly must not hold a state of the store, and the
// gateway can start at any time. The rest is done by who asks (rehearse.go), so that
// a daemon goes on with its mail.
const (
	pageBytes   = 2 << 20 // of mails on one page, beside the one that exceeds it
	pageMails   = 512     // on one page
	pageTickets = 5000    // looked at for one page, most of them too old
	pageEntries = 400     // customers on one page
)

// StoredArgs of "rehearse.mails": where the page begins, and which mails.
type StoredArgs struct {
	Ticket uint64    `json:"ticket"` // the first ticket that is looked at; 0 = the first one
	After  ticket.ID `json:"after"`  // of that ticket the entries behind this one; zero = all
	Since  time.Time `json:"since"`  // tickets with a mail from then on; zero = all
	Until  time.Time `json:"until"`  // mails before then; zero = all
	Desk   string    `json:"desk"`   // tickets that are on it now; "" = all
}

// StoredView is one line of the answer: one of its fields is set.
type StoredView struct {
	Ticket   *ticket.Ticket `json:"ticket,omitempty"`   // what follows is of it
	Mail     *StoredMail    `json:"mail,omitempty"`     // a mail that came onto it
	Answered *time.Time     `json:"answered,omitempty"` // an agent answered it then
	End      *StoredEnd     `json:"end,omitempty"`      // the last line of a page
}

// StoredMail is an accepted mail.
type StoredMail struct {
	Entry   ticket.Entry   `json:"entry"`
	Receipt ticket.Receipt `json:"receipt"`
	Raw     []byte         `json:"raw,omitempty"` // nil when it could not be read
	Bad     string         `json:"bad,omitempty"` // why it could not be
}

// StoredEnd says where the next page begins, and how far this one came.
type StoredEnd struct {
	Done   bool      `json:"done"` // there is no next page
	Ticket uint64    `json:"ticket"`
	After  ticket.ID `json:"after"`
	Last   uint64    `json:"last"` // the newest ticket's number
	Junk   int       `json:"junk"` // of the first page: mails of the time in the junk drawer
}

// mailPage collects one.
type mailPage struct {
	r     store.Reader
	a     StoredArgs
	lines []StoredView
	mails int
	bytes int
	end   StoredEnd
}

func (g *Gateway) storedMails(a StoredArgs, emit func(any) error) error {
	p := &mailPage{}
	err := g.store.View(func(r store.Reader) error {
		*p = mailPage{r: r, a: a, end: StoredEnd{Ticket: max(a.Ticket, 1), After: a.After}}
		return p.read()
	})
	p.lines = append(p.lines, StoredView{End: &p.end})
	return emitAll(p.lines, err, emit)
}

func (p *mailPage) read() error {
	err := p.r.Tickets(0, func(t ticket.Ticket) bool { p.end.Last = t.Number; return false })
	if err == nil && p.a.Ticket == 0 {
		err = p.r.DrawerItems(func(d ticket.DrawerItem) bool {
			if d.Kind == ticket.DrawerJunk && p.asked(d.Since) && (p.a.Desk == "" || d.Desk == p.a.Desk) {
				p.end.Junk++
			}
			return true
		})
	}
	for looked := 0; err == nil && p.end.Ticket <= p.end.Last; looked++ {
		if looked == pageTickets || p.full() {
			return nil
		}
		var all bool
		if all, err = p.ticket(p.end.Ticket); !all {
			return err
		}
		p.end.Ticket, p.end.After = p.end.Ticket+1, 0
	}
	p.end.Done = err == nil && p.end.Ticket > p.end.Last
	return err
}

func (p *mailPage) full() bool { return p.bytes >= pageBytes || p.mails >= pageMails }

func (p *mailPage) asked(at time.Time) bool {
	return !at.Before(p.a.Since) && (p.a.Until.IsZero() || at.Before(p.a.Until))
}

// ticket reads one, as far as the page takes it, and reports whether that was all of it.
func (p *mailPage) ticket(number uint64) (all bool, err error) {
	t, err := p.r.Ticket(number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return true, nil
	case err != nil:
		return false, err
	case t.UpdatedAt.Before(p.a.Since), p.a.Desk != "" && t.Desk != p.a.Desk:
		return true, nil
	}
	entries, err := p.r.Entries(number)
	if err != nil {
		return false, err
	}
	hit := false
	for i := range entries {
		hit = hit || entries[i].Kind == ticket.MailIn && p.asked(entries[i].At)
	}
	if !hit {
		return true, nil
	}
	p.lines = append(p.lines, StoredView{Ticket: &t})
	for i := range entries {
		e := &entries[i]
		if e.ID <= p.end.After || !p.a.Until.IsZero() && !e.At.Before(p.a.Until) {
			continue
		}
		if p.full() {
			return false, nil
		}
		p.end.After = e.ID
		switch {
		case e.Kind == ticket.MailIn:
			p.mail(e)
		case e.Kind == ticket.MailOut && e.Outgoing != nil && e.Outgoing.Kind == ticket.Answer:
			p.lines = append(p.lines, StoredView{Answered: &e.At})
		}
	}
	return true, nil
}

// mail reads one; that it cannot be read is told in its place.
func (p *mailPage) mail(e *ticket.Entry) {
	m := &StoredMail{Entry: *e}
	var err, rerr error
	m.Receipt, err = p.r.Receipt(e.ID)
	if e.ErasedAt.IsZero() && m.Receipt.Erased == nil {
		m.Raw, rerr = p.r.Raw(e.ID)
	}
	if err = cmp.Or(err, rerr); err != nil {
		m.Raw, m.Bad = nil, err.Error()
	}
	p.bytes += len(m.Raw)
	p.mails++
	p.lines = append(p.lines, StoredView{Mail: m})
}

// storedCustomers answers "rehearse.customers" with a page of customers.
func (g *Gateway) storedCustomers(a NumberArgs, emit func(any) error) error {
	var rows []customer.Customer
	err := g.store.View(func(r store.Reader) error {
		rows = rows[:0]
		return r.Customers(a.Number, func(c customer.Customer) bool {
			rows = append(rows, c)
			return len(rows) < pageEntries
		})
	})
	if err != nil {
		return fmt.Errorf("read the customers: %w", err)
	}
	return emitAll(rows, nil, emit)
}
