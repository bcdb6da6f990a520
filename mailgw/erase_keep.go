package mailgw

import (
	"time"

	"supportgw/mailgw/erasure"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// How the desks' keep is looked after.
const (
	keepEvery = 24 * time.Hour // between two looks at all tickets
	keepBusy  = time.Minute    // behind another erasure
	keepBatch = 200            // tickets that one erasure takes
)

// keeping is where the look at all tickets is. The scheduler alone has it.
type keeping struct {
	next   time.Time // of the next look; zero: at once
	before uint64    // tickets from here on were looked at; 0: none
	erased bool      // something was erased by this look, and its bytes are there
}

// letGo erases what desks do not keep any longer: of tickets that have been closed for
// so long the mails and words, a batch at a time. It returns when it has to look again.
func (g *Gateway) letGo(now time.Time) (time.Time, error) {
	k, s := &g.erasing.keeping, g.settings.Load()
	if !s.keepsForSomeTime() {
		return time.Time{}, nil
	}
	if k.next.After(now) {
		return k.next, nil
	}
	if !g.erasing.one.TryLock() {
		return now.Add(keepBusy), nil
	}
	defer g.erasing.one.Unlock()
	if under, err := g.jobUnderWay(); err != nil || under != nil { // its bytes go first
		g.wantPurge()
		return now.Add(keepBusy), err
	}
	job := &eraseJob{ID: g.ids.Next(), At: now, Kind: kindRetention, By: "mailgw"}
	var last uint64
	err := g.store.View(func(r store.Reader) (err error) {
		job.Plan = erasure.Plan{}
		last, err = s.overdueIn(r, k.before, now, &job.Plan)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	if len(job.Plan.Whole) > 0 {
		if err := g.beginErasure(job); err != nil {
			return time.Time{}, err
		}
		if err := g.eraser(job).run(); err != nil {
			return time.Time{}, err
		}
		g.log.Info("erased what is not kept any longer", "id", job.ID, "tickets", len(job.Plan.Whole), "mails", len(job.Plan.Mails))
		k.erased = true
	}
	if k.before = last; last != 0 {
		if k.erased { // one mark is enough for all batches: this one's has to go before the next
			g.wantPurge()
			return now.Add(keepBusy), nil
		}
		return now, nil
	}
	k.next = now.Add(keepEvery)
	if k.erased {
		k.erased = false
		g.wantPurge()
	}
	return k.next, nil
}

// keepsForSomeTime reports whether a desk lets go of anything.
func (s *settings) keepsForSomeTime() bool {
	for i := range s.Desks {
		if s.Desks[i].Keep > 0 {
			return true
		}
	}
	return false
}

// overdueIn plans the erasure of what is below a number and not kept any longer. It
// returns where to go on, 0 at the end.
func (s *settings) overdueIn(r store.Reader, before uint64, now time.Time, plan *erasure.Plan) (last uint64, err error) {
	busy, err := waited(r)
	if err != nil {
		return 0, err
	}
	var found []ticket.Ticket
	seen := 0
	err = r.Tickets(before, func(t ticket.Ticket) bool {
		last = t.Number
		if seen++; !busy[t.Number] && s.overdue(&t, now) {
			found = append(found, t)
		}
		return len(found) < keepBatch && seen < keepBatch*50
	})
	if err != nil {
		return 0, err
	}
	if last == 1 || seen == 0 || len(found) < keepBatch && seen < keepBatch*50 {
		last = 0
	}
	for i := len(found) - 1; i >= 0; i-- {
		if err := planTicket(r, found[i].Number, plan); err != nil {
			return last, err
		}
	}
	return last, nil
}

// overdue reports whether a ticket has been closed for longer than its desk keeps.
func (s *settings) overdue(t *ticket.Ticket, now time.Time) bool {
	d := s.desk(t.Desk)
	return d != nil && d.Keep > 0 && t.Status == ticket.Closed && t.ErasedAt.IsZero() && !t.ClosedAt.IsZero() && !t.ClosedAt.Add(d.Keep).After(now)
}

// waited are the tickets of which something waits: to leave, or for a person.
func waited(r store.Reader) (map[uint64]bool, error) {
	busy := map[uint64]bool{}
	err := r.OutgoingRows(func(o ticket.Outgoing) bool {
		busy[o.Ticket] = true
		return true
	})
	if err != nil {
		return nil, err
	}
	return busy, r.DrawerItems(func(d ticket.DrawerItem) bool {
		busy[d.Ticket], busy[d.Own] = true, true
		return true
	})
}

// planTicket puts all of one ticket into a plan, unless something is owed on it.
func planTicket(r store.Reader, number uint64, plan *erasure.Plan) error {
	owed, err := r.TicketPromises(number)
	if err != nil {
		return err
	}
	for i := range owed {
		if owed[i].State == promise.Open {
			return nil
		}
	}
	entries, err := r.Entries(number)
	if err != nil {
		return err
	}
	plan.Whole = append(plan.Whole, number)
	for i := range entries {
		e := &entries[i]
		plan.Entries = append(plan.Entries, e.ID)
		if e.MessageID == "" {
			continue
		}
		same, err := r.ReceiptsByMessageID(e.MessageID, 1<<30)
		if err != nil {
			return err
		}
		for k := range same {
			if same[k].ID == e.ID || same[k].Original == e.ID {
				plan.Mails = append(plan.Mails, same[k].ID)
			}
		}
	}
	return nil
}
