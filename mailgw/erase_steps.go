package mailgw

import (
	"errors"
	"slices"

	"supportgw/mailgw/erasure"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// log writes what is erased where a copy of the data folder has it not.
func (e *eraser) log() error {
	log, err := erasure.OpenLog(erasedLog(e.g.settings.Load().Config))
	if err != nil {
		return err
	}
	if err := log.Begin(); err != nil {
		return err
	}
	line := erasure.Line{
		ID: e.job.ID, At: e.job.At, Kind: e.job.Kind, Mails: e.job.Plan.Mails, Entries: e.job.Plan.Entries, Tickets: e.job.Plan.Whole,
		Parts: e.job.Plan.Parts, Customers: e.job.Customers,
	}
	for _, a := range e.job.Addresses {
		line.Addresses = append(line.Addresses, log.Hash(a))
	}
	return log.Add(line)
}

// company reports whether whose company it is goes, too.
func (e *eraser) company() bool { return e.job.Kind == kindCompany }

// isAgent knows the house's people.
func (e *eraser) isAgent(address string) bool { return e.g.settings.Load().Agent(address) != nil }

// tickets closes what is all theirs, so that no mail comes onto it any more. What came
// since the plan was made goes with it.
func (e *eraser) tickets() error {
	planned := map[ticket.ID]bool{}
	for _, id := range e.job.Plan.Entries {
		planned[id] = true
	}
	late := map[uint64][]ticket.Entry{}
	err := inPieces(e.g, e.job.Plan.Whole, ticketsAtOnce, func(tx store.Tx, number uint64) error {
		list, err := tx.Entries(number)
		if err != nil {
			return err
		}
		late[number] = slices.DeleteFunc(list, func(v ticket.Entry) bool { return !v.ErasedAt.IsZero() || planned[v.ID] })
		return e.closeTicket(tx, number)
	})
	if err != nil {
		return err
	}
	for _, n := range e.job.Plan.Whole {
		for i := range late[n] {
			e.job.Plan.Take(&late[n][i])
		}
	}
	e.f = e.job.Plan.Redactor(e.who)
	e.job.Counts["tickets"] = len(e.job.Plan.Whole)
	return e.g.store.View(e.tellOfLate)
}

// tellOfLate takes the rows and drawer items into the plan that came with late mail.
func (e *eraser) tellOfLate(r store.Reader) error {
	goes := map[ticket.ID]bool{}
	for _, id := range slices.Concat(e.job.Plan.Entries, e.job.Plan.Mails) {
		goes[id] = true
	}
	have := map[ticket.ID]bool{}
	for _, id := range slices.Concat(e.job.Plan.Rows, e.job.Plan.Drawer) {
		have[id] = true
	}
	whole := func(n uint64) bool { _, ok := slices.BinarySearch(e.job.Plan.Whole, n); return ok }
	rows, items := e.job.Plan.Rows, e.job.Plan.Drawer
	err := r.OutgoingRows(func(o ticket.Outgoing) bool {
		if !have[o.ID] && (goes[o.ID] || goes[o.Entry] || whole(o.Ticket)) {
			rows = append(rows, o.ID)
		}
		return true
	})
	err = errors.Join(err, r.DrawerItems(func(d ticket.DrawerItem) bool {
		if !have[d.ID] && goes[d.ID] {
			items = append(items, d.ID)
		}
		return true
	}))
	e.job.Plan.Rows, e.job.Plan.Drawer = rows, items
	return err
}

// closeTicket leaves of a ticket what may stay.
func (e *eraser) closeTicket(tx store.Tx, number uint64) error {
	t, err := tx.Ticket(number)
	if err != nil || !t.ErasedAt.IsZero() {
		return ignoreMissing(err)
	}
	if alarm := t.Closing.Alarm(); t.Status == ticket.Solved && !alarm.IsZero() {
		if err := ignoreMissing(tx.DeleteTimer(store.TimerTicket, ticket.ID(number), alarm)); err != nil {
			return err
		}
	}
	owed, err := tx.TicketPromises(number)
	if err != nil {
		return err
	}
	if e.job.Kind == kindRetention { // of a person all of it goes, in another step
		if err := forgetPast(tx, &t, e.job.At); err != nil {
			return err
		}
	}
	t = erasure.Ticket(&t, e.job.At, e.company())
	for i := range owed {
		p := erasure.Promise(&owed[i], e.company())
		if p.ID == t.PromiseID {
			t.PromiseIs = string(p.State)
		}
		if err := tx.PutPromise(&p); err != nil {
			return err
		}
	}
	events, err := tx.Events(number)
	if err != nil {
		return err
	}
	events = erasure.Events(events, e.isAgent)
	events = append(events, ticket.Event{Ticket: number, ID: e.job.ID, At: e.job.At, Who: e.job.By, What: "erased", Why: e.why()})
	return errors.Join(tx.ReplaceEvents(number, events), forgetDeeds(tx, &t), tx.PutTicket(&t))
}

// why is why something was erased, in the audit trail.
func (e *eraser) why() string {
	if e.job.Kind == kindRetention {
		return "kept as long as the desk keeps (keep)"
	}
	return "its customer's data is not kept any more"
}

// entries takes the words of what is theirs, and the bytes of the mails.
func (e *eraser) entries() error {
	e.job.Counts["entries"] = len(e.job.Plan.Entries)
	return inPieces(e.g, e.job.Plan.Entries, entriesAtOnce, func(tx store.Tx, id ticket.ID) error {
		if err := ignoreMissing(tx.DeleteOutgoing(id)); err != nil {
			return err
		}
		have, err := tx.Entry(id)
		if err != nil {
			return ignoreMissing(err)
		}
		if have.ErasedAt.IsZero() {
			left := erasure.Entry(&have, e.job.At)
			if err := tx.PutEntry(&left); err != nil {
				return err
			}
		}
		return e.mail(tx, id)
	})
}

// mail erases one accepted mail, if there is one with this id.
func (e *eraser) mail(tx store.Tx, id ticket.ID) error {
	rc, err := tx.Receipt(id)
	if err != nil || rc.Erased != nil {
		return ignoreMissing(err)
	}
	return tx.EraseMail(id, e.g.keyed(rc.MessageID, rc.Author, rc.Hash))
}

func (e *eraser) mails() error {
	e.job.Counts["mails"] = len(e.job.Plan.Mails)
	return inPieces(e.g, e.job.Plan.Mails, entriesAtOnce, e.mail)
}

// rows takes out what waits to leave, and whom it goes to beside others.
func (e *eraser) rows() error {
	e.job.Counts["outbox"] = len(e.job.Plan.Rows)
	return inPieces(e.g, slices.Concat(e.job.Plan.Rows, e.job.Plan.Named), entriesAtOnce, func(tx store.Tx, id ticket.ID) error {
		row, err := tx.Outgoing(id)
		if err != nil {
			return ignoreMissing(err)
		}
		if _, err := erasure.Rewrite(&row, e.f); err != nil {
			return err
		}
		row.ErasedAt = e.job.At // for an attempt that has read it before
		if len(row.EnvelopeTo) > 0 && !slices.Contains(e.job.Plan.Rows, id) {
			row.Lane = domainOf(row.EnvelopeTo[0])
			return tx.PutOutgoing(&row)
		}
		if have, err := tx.Entry(id); err == nil && have.ErasedAt.IsZero() { // others have got it
			have.Outgoing = &row
			if err := tx.PutEntry(&have); err != nil {
				return err
			}
		}
		return tx.DeleteOutgoing(id)
	})
}

func (e *eraser) drawers() error {
	e.job.Counts["drawers"] = len(e.job.Plan.Drawer)
	return inPieces(e.g, slices.Concat(e.job.Plan.Drawer, e.job.Plan.Listed), entriesAtOnce, func(tx store.Tx, id ticket.ID) error {
		item, err := tx.DrawerItem(id)
		if err != nil {
			return ignoreMissing(err)
		}
		if slices.Contains(e.job.Plan.Drawer, id) {
			return tx.DeleteDrawerItem(id)
		}
		if _, err := erasure.Rewrite(&item, e.f); err != nil {
			return err
		}
		return tx.PutDrawerItem(&item)
	})
}

// clues removes by what later mails would find those that are gone.
func (e *eraser) clues() error {
	gone := map[ticket.ID]bool{}
	for _, id := range slices.Concat(e.job.Plan.Entries, e.job.Plan.Mails) {
		gone[id] = true
	}
	if len(gone) == 0 {
		return nil
	}
	var theirs []store.Clue
	err := e.g.store.View(func(r store.Reader) error {
		theirs = nil
		return r.AllClues(func(c store.Clue) bool {
			if gone[c.ID] {
				theirs = append(theirs, c)
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	return inPieces(e.g, theirs, entriesAtOnce, func(tx store.Tx, c store.Clue) error { return tx.DeleteClues([]store.Clue{c}) })
}

// parts takes them out of tickets that others have something on, too.
func (e *eraser) parts() error {
	e.job.Counts["tickets_of_others"] = len(e.job.Plan.Parts)
	return inPieces(e.g, e.job.Plan.Parts, 1, e.part)
}

func (e *eraser) part(tx store.Tx, number uint64) error {
	t, err := tx.Ticket(number)
	if err != nil || !t.ErasedAt.IsZero() {
		return ignoreMissing(err)
	}
	entries, err := tx.Entries(number)
	if err != nil {
		return err
	}
	if err := errors.Join(e.partEntries(tx, entries), e.partEvents(tx, &t)); err != nil {
		return err
	}
	e.handOver(&t, entries)
	if slices.ContainsFunc(entries, func(v ticket.Entry) bool { return !v.ErasedAt.IsZero() }) && !slices.ContainsFunc(entries, func(v ticket.Entry) bool { return fromCustomer(&v) }) {
		t.Subject, t.Closing = "", nil // of a mail that is gone
	}
	if slices.Contains(e.job.Customers, t.CustomerID) {
		t.Customer, t.CustomerID, t.Confidence = "", 0, ticket.Unknown
	}
	owed, err := tx.TicketPromises(number)
	if err != nil {
		return err
	}
	for i := range owed {
		p := owed[i]
		if e.isOwed(&p) {
			p = erasure.Promise(&p, e.company())
		} else if _, err := erasure.Rewrite(&p, e.f); err != nil {
			return err
		}
		if t.CustomerID == 0 && e.company() {
			p.Customer = ""
		}
		if p.ID == t.PromiseID {
			t.PromiseIs = string(p.State)
		}
		if err := tx.PutPromise(&p); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(entries, func(v ticket.Entry) bool { return e.late(v.At) && e.who.In(v.From) }) {
		if _, err := erasure.Rewrite(&t, e.f); err != nil {
			return err
		}
	}
	return errors.Join(forgetDeeds(tx, &t), tx.PutTicket(&t), reshow(tx, number)) // what agents were shown may name them
}

// isOwed reports whether a promise is owed to them alone.
func (e *eraser) isOwed(p *promise.Promise) bool {
	return e.who.Is(p.OwedTo) || p.State == promise.Open && p.Mail != "" && slices.Contains(e.job.Plan.MessageIDs, p.Mail)
}

func (e *eraser) partEntries(tx store.Tx, entries []ticket.Entry) error {
	for i := range entries {
		if !entries[i].ErasedAt.IsZero() || e.late(entries[i].At) {
			continue
		}
		changed, err := erasure.Rewrite(&entries[i], e.f)
		if err == nil && changed {
			err = tx.PutEntry(&entries[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// partEvents takes them out of the audit trail, which says that something is gone.
func (e *eraser) partEvents(tx store.Tx, t *ticket.Ticket) error {
	events, err := tx.Events(t.Number)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(events, func(v ticket.Event) bool { return v.ID == e.job.ID }) {
		return nil
	}
	if e.who.Is(t.Address) { // it was theirs
		events = erasure.Events(events, e.isAgent)
	} else if _, err := erasure.Rewrite(&events, e.f); err != nil {
		return err
	}
	events = append(events, ticket.Event{Ticket: t.Number, ID: e.job.ID, At: e.job.At, Who: e.job.By, What: "erased what one of its people wrote", Why: e.why()})
	return tx.ReplaceEvents(t.Number, events)
}

// handOver gives a ticket that was theirs to whom the first mail on it that stays is of.
func (e *eraser) handOver(t *ticket.Ticket, entries []ticket.Entry) {
	if !e.who.Is(t.Address) {
		return
	}
	t.Subject, t.Requester, t.Address, t.LevelWhy, t.Closing, t.UpdatedAt = "", "", "", "", nil, e.job.At
	for i := range entries {
		if first := &entries[i]; fromCustomer(first) {
			t.Subject, t.Requester, t.Address = first.Subject, first.From, letter.ParseAddress(first.From).Addr
			return
		}
	}
	if t.Status != ticket.Closed { // notes, and what programs wrote
		t.Status, t.ClosedAt = ticket.Closed, e.job.At
	}
}
