package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/deed"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// deedsPrefix begins the names under which it stands what agents did on a ticket, newest
// last, as JSON.
const deedsPrefix = "deeds/"

func deedsName(number uint64) string { return fmt.Sprintf("%s%d", deedsPrefix, number) }

// doneOn is what agents did on a ticket.
func doneOn(r store.Reader, number uint64) (list []deed.Done, err error) {
	b, err := r.Meta(deedsName(number))
	if err != nil || b == nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("what was done on ticket %d: %w", number, err)
	}
	return list, nil
}

func putDone(tx store.Tx, number uint64, list []deed.Done) error {
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("what was done on ticket %d: %w", number, err)
	}
	return tx.PutMeta(deedsName(number), b)
}

// undoing is a deed that is taken back.
type undoing struct {
	number uint64 // the ticket
	list   []deed.Done
	at     int // which of them
}

// takeBackLast takes back what the writer's last commands did on the ticket, or what one
// mail did.
func (d *decision) takeBackLast(by deed.Mail) (meant string, err error) {
	list, err := doneOn(d.r, d.ticket.Number)
	if err != nil {
		return "", err
	}
	at := deed.Last(list, d.agent.who.Address, by)
	if at < 0 {
		return "undo (nothing that you did on this ticket by mail is left to be taken back)", nil
	}
	d.deeds.undo = &undoing{number: d.ticket.Number, list: list, at: at}
	did := &list[at]
	did.Back = true
	events, err := d.r.Events(d.ticket.Number)
	if err != nil {
		return "", err
	}
	back, changed := did.TakeBack(&d.ticket, events)
	for _, c := range back {
		d.event(d.agent.who.Address, c.Field+" taken back: "+deed.Shown(c.Field, c.Before), "#undo")
		d.deeds.done = append(d.deeds.done, wording.DoneItem{What: wording.DoneUndo, Field: c.Field, Detail: deed.Shown(c.Field, c.Before)})
	}
	for _, c := range changed { // somebody has changed it since
		d.deeds.done = append(d.deeds.done, wording.DoneItem{What: wording.DoneRefused, Field: c.Field, Detail: deed.Shown(c.Field, c.After)})
	}
	if err := d.takeBackPromises(did); err != nil {
		return "", err
	}
	d.takeBackMoves(did)
	if _, err := d.r.Outgoing(did.Answer); did.Answer != 0 && err == nil { // it has not left
		d.takeBack(did.Answer)
	}
	return "", nil
}

// takeBackPromises withdraws what a deed promised, and lets what it withdrew count again.
func (d *decision) takeBackPromises(did *deed.Done) error {
	for _, id := range did.Promised {
		p, err := d.r.Promise(id)
		if err != nil {
			return fmt.Errorf("promise of a deed: %w", err)
		}
		if p.State != promise.Open {
			continue
		}
		if err := d.settleTime(&p, promise.Withdrawn, "taken back by "+d.agent.who.Address, "promise withdrawn"); err != nil {
			return err
		}
		d.did(wording.DoneUndo, d.shown(p.DueAt))
		if _, err := d.r.Outgoing(did.Answer); typedByAgent(&p) && did.Answer != 0 && err != nil { // it has left: they know of it
			f := d.ownTime().facts(wording.ClockWasTold)
			f.When = d.ownTime().say(p.DueAt)
			if err := d.tellTime(f, did.Seq); err != nil {
				return err
			}
		}
	}
	for _, id := range slices.Concat(did.Withdrawn, did.Kept) {
		p, err := d.r.Promise(id)
		if err != nil {
			return fmt.Errorf("promise that a deed ended: %w", err)
		}
		if kept := slices.Contains(did.Kept, id); p.State == promise.Open || !kept && (p.State != promise.Withdrawn || len(p.KeptBy) > 0) {
			continue
		}
		cal, err := d.in.s.calendar(d.desk)
		if err != nil {
			return err
		}
		p.State, p.Stage, p.KeptAt, p.KeptBy, p.Why = promise.Open, "", time.Time{}, nil, ""
		if !slices.Contains(did.Kept, id) {
			p.Cause = "taken back by " + d.agent.who.Address
		}
		p.Reset(cal, d.now)
		d.noted = append(d.noted, p)
		if d.ticket.PromiseIs != string(promise.Open) || !d.ticket.Told || d.ticket.PromiseID == p.ID {
			setClock(&d.ticket, &p)
		}
		d.event(d.agent.who.Address, "answer due "+p.DueAt.In(d.in.s.zone(d.desk)).Format(timeFormat), "#undo")
	}
	return nil
}

// takeBackMoves takes back that a ticket was merged into this one, or a part split off.
func (d *decision) takeBackMoves(did *deed.Done) {
	if did.Merged != 0 {
		d.afterwards(func(tx store.Tx, m *moving) error { return d.takeBackMerge(tx, m, did.Merged) })
	}
	if did.Part != 0 {
		d.afterwards(func(tx store.Tx, m *moving) error { return d.takeBackSplit(tx, m, did.Part) })
	}
}

func (d *decision) takeBackMerge(tx store.Tx, m *moving, number uint64) error {
	into, err := theTicketToChange(tx, d.ticket.Number)
	if err != nil {
		return err
	}
	was, err := theTicketToChange(tx, number)
	if err != nil {
		return err
	}
	m.from, m.to = &into, &was // they go back
	if err := m.mayUnmerge(); err != nil {
		return err
	}
	d.did(wording.DoneUndo, fmt.Sprintf("#%d", number))
	return m.unmerge()
}

func (d *decision) takeBackSplit(tx store.Tx, m *moving, number uint64) error {
	t, err := theTicketToChange(tx, d.ticket.Number)
	if err != nil {
		return err
	}
	part, err := theTicketToChange(tx, number)
	if err != nil {
		return err
	}
	m.from, m.to = &part, &t
	if err := m.mayMerge(true); err != nil {
		return err
	}
	d.did(wording.DoneUndo, fmt.Sprintf("#%d", number))
	return m.merge()
}

// recordDeeds does what is left to do of an agent's mail, keeps what it did, so that it
// can be taken back, and tells the agent.
func (d *decision) recordDeeds(tx store.Tx) error {
	if !d.agent.power {
		return nil
	}
	for _, do := range d.deeds.after {
		if err := do(tx); err != nil {
			return err
		}
	}
	if u := d.deeds.undo; u != nil {
		if err := putDone(tx, u.number, u.list); err != nil {
			return err
		}
	} else if err := d.keepDeed(tx); err != nil {
		return err
	}
	return errors.Join(d.tellHands(tx), d.tellDone(tx))
}

// keepDeed keeps what the mail changed.
func (d *decision) keepDeed(tx store.Tx) error {
	did := deed.Done{ID: d.in.ID, Mail: deed.Mail{On: d.ticket.Number, Seq: d.entrySeq()}, Who: d.agent.who.Address, At: d.now, Changes: deed.Between(&d.before, &d.ticket), Part: d.deeds.part}
	for i := range d.answers {
		if strings.EqualFold(d.answers[i].ByAgent, did.Who) {
			did.Answer = d.answers[i].ID
		}
	}
	number := d.ticket.Number
	if d.deeds.into != 0 { // its mail is on the other ticket now, and so is the way back
		did.Merged, did.Changes, number = number, nil, d.deeds.into
	}
	for i := range d.noted {
		switch p := &d.noted[i]; {
		case p.State == promise.Open && p.MadeAt.Equal(d.now):
			did.Promised = append(did.Promised, p.ID)
		case !p.KeptAt.IsZero() && p.KeptAt.Equal(d.now):
			did.Kept = append(did.Kept, p.ID)
		case p.State == promise.Withdrawn:
			did.Withdrawn = append(did.Withdrawn, p.ID)
		}
	}
	if d.replaced != nil && d.replaced.State == promise.Withdrawn {
		did.Withdrawn = append(did.Withdrawn, d.replaced.ID)
	}
	if did.Empty() {
		return nil
	}
	list, err := doneOn(tx, number)
	if err != nil {
		return err
	}
	return putDone(tx, number, deed.Add(list, did))
}

// forgetDeeds forgets what was done on a ticket that is erased.
func forgetDeeds(tx store.Tx, t *ticket.Ticket) error { return tx.DeleteMeta(deedsName(t.Number)) }

// recordWait sets the timer of a ticket that was put aside. One that was set before and
// means nothing any more takes itself away when its time comes.
func (d *decision) recordWait(tx store.Tx) error {
	if at := d.ticket.WaitUntil; !at.IsZero() && !at.Equal(d.before.WaitUntil) {
		return tx.PutTimer(store.TimerTicket, ticket.ID(d.ticket.Number), at)
	}
	return nil
}
