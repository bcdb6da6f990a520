package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// digestLane begins the lanes of notices that wait for the list of one person, whose
// address follows: the outbox leaves them alone.
const digestLane = "list of "

// isDigest reports whether rows of a lane wait for a list.
func isDigest(lane string) bool { return strings.HasPrefix(lane, digestLane) }

// sendDigests makes the lists that are due, each in one commit that takes out what it
// names, and returns when the next one is.
func (g *Gateway) sendDigests(now time.Time) (next time.Time, err error) {
	due := map[string][]ticket.ID{}
	err = g.store.View(func(r store.Reader) error {
		clear(due)
		return r.Timers(store.TimerOutbox, endOfTime, func(t store.Timer) bool {
			if !isDigest(t.Lane) {
				return true
			}
			if t.At.After(now) {
				next = t.At
				return false
			}
			due[t.Lane] = append(due[t.Lane], t.Ref)
			return true
		})
	})
	for _, ids := range due { // each alone: one that is damaged must not keep the others
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error {
			d := digest{g: g, s: g.settings.Load(), tx: tx, now: now}
			return d.send(ids)
		}))
	}
	if len(due) > 0 {
		g.outbox.Wake()
	}
	return next, err
}

// digest is one person's list on its way.
type digest struct {
	g   *Gateway
	s   *settings
	tx  store.Tx
	now time.Time
	to  string // who gets it

	waiting []ticket.Outgoing // notices of what is still to be done
	facts   wording.DigestFacts
}

// send makes the list of some rows, and takes them out. A single notice is worth more
// than a list of it: it leaves as it is.
func (d *digest) send(ids []ticket.ID) error {
	var all []ticket.Outgoing
	for _, id := range ids {
		row, err := d.tx.Outgoing(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && (!isDigest(row.Lane) || row.NextAt.Truncate(time.Millisecond).After(d.now)) {
			continue // taken out, or put off, since it was looked at
		}
		if err != nil {
			return err
		}
		all = append(all, row)
		if err := d.sort(&row); err != nil {
			return err
		}
	}
	if len(d.waiting) == 1 && len(d.facts.Settled) == 0 {
		row := &d.waiting[0]
		row.Lane, row.NextAt = domainOf(row.EnvelopeTo[0]), d.now
		all = slices.DeleteFunc(all, func(o ticket.Outgoing) bool { return o.ID == row.ID })
		return errors.Join(d.tx.PutOutgoing(row), d.takeOut(all))
	}
	return errors.Join(d.list(), d.takeOut(all))
}

// takeOut removes rows.
func (d *digest) takeOut(rows []ticket.Outgoing) (err error) {
	for i := range rows {
		err = errors.Join(err, d.tx.DeleteOutgoing(rows[i].ID))
	}
	return err
}

// sort puts a notice to what is to be done, or to what was done meanwhile. Who has left
// is told nothing.
func (d *digest) sort(row *ticket.Outgoing) error {
	if len(row.EnvelopeTo) == 0 || !d.s.works(row.EnvelopeTo[0]) {
		return nil
	}
	d.to = row.EnvelopeTo[0]
	t, err := d.tx.Ticket(row.Ticket)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := isDone(d.tx, &t, row.EntrySeq)
	switch {
	case err != nil:
		return err
	case done && !slices.Contains(d.facts.Settled, t.Number):
		d.facts.Settled = append(d.facts.Settled, t.Number)
	case !done:
		d.waiting = append(d.waiting, *row)
	}
	return nil
}

// isDone reports whether a ticket is done with, or was answered at an entry or behind it.
func isDone(r store.Reader, t *ticket.Ticket, seq uint32) (bool, error) {
	if t.Status == ticket.Solved || t.Status == ticket.Closed {
		return true, nil
	}
	list, err := r.LastEntries(t.Number, 0, searched)
	return slices.ContainsFunc(list, func(e ticket.Entry) bool {
		return e.Kind == ticket.MailOut && e.ByAgent != "" && e.Seq >= seq
	}), err
}

// list writes the list of what waits: a ticket once, by its last news, the most pressing
// first. It holds numbers only; what they say is read when it leaves.
func (d *digest) list() error {
	if len(d.waiting) == 0 && len(d.facts.Settled) == 0 {
		return nil
	}
	slices.SortStableFunc(d.waiting, func(a, b ticket.Outgoing) int { return int(b.EntrySeq) - int(a.EntrySeq) })
	desk := d.s.admin
	seen := map[uint64]bool{}
	due := map[uint64]time.Time{}
	for i := range d.waiting {
		row := &d.waiting[i]
		if seen[row.Ticket] {
			continue
		}
		seen[row.Ticket] = true
		t, err := d.tx.Ticket(row.Ticket)
		if err != nil {
			return err
		}
		if due[t.Number] = endOfTime; t.Told && t.PromiseIs == string(promise.Open) {
			due[t.Number] = t.PromiseDue
		}
		desk = d.s.deskOr(t.Desk)
		v := d.g.voice(d.s, desk, t.Number)
		d.facts.Items = append(d.facts.Items, wording.DigestItem{
			Ticket: t.Number, Seq: row.EntrySeq, Entry: row.Entry.String(), Due: v.sayDueIn(&t, d.now, v.zoneOf(d.to)), Urgent: t.Priority == ticket.Urgent,
		})
	}
	d.facts.Settled = slices.DeleteFunc(d.facts.Settled, func(n uint64) bool { return seen[n] })
	slices.SortStableFunc(d.facts.Items, func(a, b wording.DigestItem) int {
		if c := due[a.Ticket].Compare(due[b.Ticket]); c != 0 {
			return c
		}
		return int(a.Ticket) - int(b.Ticket)
	})
	if n := len(d.facts.Items); n > wording.MaxDigest {
		d.facts.Items, d.facts.More = d.facts.Items[:wording.MaxDigest], n-wording.MaxDigest
	}
	v := d.g.voice(d.s, desk, 0)
	d.facts.DeskName = desk.FromName
	rows, err := v.toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateDigest, facts: forAll(d.facts), to: []string{d.to}, name: desk.FromName, closed: true, now: d.now, zone: v.zoneOf(d.to),
	})
	return errors.Join(err, putRows(d.tx, rows))
}
