package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/deed"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// actedPrefix begins the names under which it stands that an action was taken: each is
// good once for one person.
const actedPrefix = "acted/"

func actedName(ref threading.Ref) string {
	return fmt.Sprintf("%s%d/%d/%d/%d", actedPrefix, ref.Ticket, ref.Entry, ref.Purpose, ref.Person)
}

// takeAction does what the link in a notice was for, whatever the mail says: nothing of
// it is for a customer.
func (d *decision) takeAction() error {
	d.agent.why, d.agent.action = wording.ReasonOnlyCommands, true
	ref := d.matched.Ref
	before, err := d.r.Meta(actedName(ref))
	if err != nil {
		return err
	}
	if before != nil {
		d.did(wording.DoneBefore, string(before))
		return nil
	}
	meant, err := d.act(ref)
	if err != nil {
		return err
	}
	if meant != "" {
		d.did(wording.DoneRefused, meant)
		return nil
	}
	d.deeds.after = append(d.deeds.after, func(tx store.Tx) error {
		return tx.PutMeta(actedName(ref), []byte(d.now.In(d.in.s.zone(d.desk)).Format(timeFormat)))
	})
	return errors.Join(d.finishByCommand(), d.finishSolved())
}

// act does one action. What it returns is why not, "" when it is done.
func (d *decision) act(ref threading.Ref) (why string, err error) {
	me := d.agent.who.Address
	switch ref.Purpose {
	case threading.ActTake:
		if meant := d.take(); meant != "" {
			return "#" + meant, nil
		}
	case threading.ActSolve:
		d.happened(ticket.Solve, me, "by a link in a notice")
		d.did(wording.DoneSolve, "")
	case threading.ActWait:
		return d.waitDays(linkWaits), nil
	case threading.ActAsk:
		return d.askCustomerAgain()
	case threading.ActWrongCustomer:
		if d.ticket.Customer != "" {
			d.setCompany(customer.Customer{}, ticket.Unknown)
		}
		d.did(wording.DoneWrongCustomer, "")
		return "", d.levelOfCustomer()
	case threading.ActNotForUs:
		return "", d.notForUs()
	case threading.ActCall:
		return "", d.callBack()
	case threading.ActSend:
		return "", d.sendWaiting(ref)
	case threading.ActTakeBack:
		return "", d.takeBackWaiting(ref)
	case threading.ActUndo:
		return d.takeBackLast(deed.Mail{On: ref.Ticket, Seq: ref.Entry})
	}
	return "", nil
}

// linkWaits is for how many days the link in a notice puts a ticket aside.
const linkWaits = 3

// notForUs gives back a ticket that somebody thinks is no matter of the desk. It stays
// in front of the desk, and the admin hears of it: no customer falls between two desks.
func (d *decision) notForUs() error {
	me := d.agent.who.Address
	d.event(me, "is no matter of desk "+d.ticket.Desk, "by a link in a notice")
	if strings.EqualFold(d.ticket.Assignee, me) {
		d.event(me, "no longer assigned to "+me, "")
		d.ticket.Assignee = ""
	}
	if i, have := slices.BinarySearch(d.ticket.Tags, tagNotForUs); !have {
		d.ticket.Tags = slices.Insert(slices.Clone(d.ticket.Tags), i, tagNotForUs)
	}
	d.did(wording.DoneNotForUs, "")
	d.deeds.tell = append(slices.Clone(d.desk.Agents), d.in.s.Admin.Address)
	return nil
}

// tagNotForUs marks a ticket of which somebody has said so.
const tagNotForUs = "not-for-us"

// tellHands puts the ticket's last mail in front of those who got it by this mail: of
// another desk, or whom it was given to.
func (d *decision) tellHands(tx store.Tx) error {
	s, t := d.in.s, &d.ticket
	to := slices.Clone(d.deeds.tell)
	if desk := s.desk(t.Desk); desk != nil && t.Desk != d.before.Desk {
		to = joined(to, desk.Agents)
	}
	told := d.assigned() // by a notice of their own
	to = slices.DeleteFunc(to, func(a string) bool {
		return strings.EqualFold(a, d.agent.who.Address) || strings.EqualFold(a, told) || t.Desk != d.before.Desk && s.deskHas(d.before.Desk, a)
	})
	if len(d.deeds.tell) == 0 {
		return d.g.tell(tx, s, t, to, d.now)
	}
	last, err := tx.LastEntries(t.Number, 0, searched) // nobody's: it stands before them as a new one does
	i := slices.IndexFunc(last, func(e ticket.Entry) bool { return fromCustomer(&e) })
	if err != nil || i < 0 {
		return err
	}
	rows, err := d.voice().notice(t, &last[i], wording.EventNew, to, d.now)
	return errors.Join(err, putRows(tx, rows))
}

// tellDone tells the agent what their mail has done, when nothing else does.
func (d *decision) tellDone(tx store.Tx) error {
	says := func(i wording.DoneItem) bool {
		return slices.Contains([]string{wording.DoneMerge, wording.DoneSplit, wording.DoneUndo, wording.DoneRefused}, i.What)
	}
	alone := d.agent.action || d.agent.why == wording.ReasonOnlyCommands
	if len(d.deeds.done) == 0 || !alone && !slices.ContainsFunc(d.deeds.done, says) {
		return nil
	}
	f := wording.DoneFacts{Ticket: d.ticket.Number, Subject: d.ticket.Subject, Items: d.deeds.done}
	v := d.voice()
	if undone := d.deeds.undo != nil; !undone && d.in.s.deskHas(d.ticket.Desk, d.agent.who.Address) && d.undoable() {
		f.Undo = v.personalAddress(threading.ActUndo, d.entrySeq())
	}
	rows, err := v.toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateDone, facts: forAll(f), to: []string{d.agent.who.Address}, name: d.desk.FromName, seq: d.entrySeq(), closed: true, now: d.now,
	})
	return errors.Join(err, putRows(tx, rows))
}

// undoable reports whether something was done that can be taken back.
func (d *decision) undoable() bool {
	return slices.ContainsFunc(d.deeds.done, func(i wording.DoneItem) bool {
		return i.What != wording.DoneRefused && i.What != wording.DoneBefore && i.What != wording.DoneAsked
	})
}

// waitOver makes a ticket that was put aside work again, when its time has come.
func (g *Gateway) waitOver(tx store.Tx, t *ticket.Ticket, now time.Time) error {
	s := g.settings.Load()
	then, _ := t.Status.After(ticket.Reopen)
	id := g.ids.Next()
	events := []ticket.Event{{Ticket: t.Number, ID: id, At: now, Who: "mailgw", What: "status " + string(t.Status) + " to " + string(then), Why: "it waited until now"}}
	t.Status, t.WaitUntil, t.UpdatedAt = then, time.Time{}, now
	to := []string{t.Assignee}
	if desk := s.desk(t.Desk); desk == nil || !desk.HasAgent(t.Assignee) {
		if desk == nil {
			desk = s.admin
		}
		to = desk.Agents
	}
	return errors.Join(tx.PutEvents(events), tx.PutTicket(t), g.moveClocks(tx, s, t, now), g.tell(tx, s, t, to, now))
}
