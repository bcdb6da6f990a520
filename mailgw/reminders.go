package mailgw

import (
	"errors"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// reminder is a mail to people of the house about one promise.
type reminder struct {
	kind  ticket.OutgoingKind
	to    []string
	facts wording.DueFacts
	desk  *config.Desk
	entry ticket.ID
	seq   uint32
	paged bool // it wakes people: it stands in no list
}

// remind notes that people are to be told of a promise.
func (o *overdue) remind(kind ticket.OutgoingKind, to []string, stage promise.Stage) {
	o.remindOf(kind, to, o.facts(stage, ""))
}

// remindBroken notes that a promise broke while nobody could be told before.
func (o *overdue) remindBroken() {
	o.remindOf(ticket.Page, o.reachable(), o.facts(promise.Break, ""))
}

func (o *overdue) remindOf(kind ticket.OutgoingKind, to []string, f wording.DueFacts) {
	o.reminders = append(o.reminders, reminder{kind: kind, to: to, facts: f, desk: o.desk, entry: o.last.ID, seq: o.last.Seq, paged: o.paged()})
}

// manyReminders is from how many on a desk gets one list in place of single mails:
// who gets thirty at once reads none.
const manyReminders = 10

// send makes the mails of the round's reminders. A desk of which much is due at
// once, or all when more waits than one batch, gets one list when all has been
// looked at; but who is on call is woken for each that is urgent.
func (r *round) send() error {
	byDesk := map[string]int{}
	for i := range r.reminders {
		if !r.reminders[i].paged {
			byDesk[r.reminders[i].desk.Name]++
		}
	}
	var err error
	for name, n := range byDesk {
		if r.behind || n >= manyReminders {
			err = errors.Join(err, r.tx.PutMeta(behindName+name, []byte(r.now.UTC().Format(time.RFC3339))))
		}
	}
	for i := range r.reminders {
		m := &r.reminders[i]
		if listed := r.behind || byDesk[m.desk.Name] >= manyReminders; len(m.to) == 0 || listed && !m.paged {
			continue
		}
		rows, e := r.g.voice(r.s, m.desk, m.facts.Ticket).toHouse(houseMail{
			kind: m.kind, template: wording.TemplateDue, to: m.to, name: m.desk.FromName, entry: m.entry, seq: m.seq, now: r.now,
			facts: func(able bool) any { f := m.facts; f.CanReply = able; return f },
		})
		err = errors.Join(err, e, putRows(r.tx, rows))
	}
	return err
}

// behindName begins the names under which the store keeps which desks are to get a
// list of what is late, and since when.
const behindName = "behind "

// listBehind sends each desk that is behind the list of what is late, once
// somebody works there, and returns when that will be for the others.
func (g *Gateway) listBehind(now time.Time) (next time.Time, err error) {
	s := g.settings.Load()
	for i := range s.Desks {
		desk := &s.Desks[i]
		var flagged bool
		err = errors.Join(err, g.store.View(func(r store.Reader) error {
			mark, err := r.Meta(behindName + desk.Name)
			flagged = len(mark) > 0
			return err
		}))
		if !flagged {
			continue
		}
		to := slices.DeleteFunc(slices.Clone(desk.Agents), func(a string) bool { cal := s.workHours(a, desk); return cal != nil && !cal.Open(now) })
		if len(to) == 0 {
			for _, a := range desk.Agents {
				if at, ok := s.workHours(a, desk).NextOpen(now); ok && (next.IsZero() || at.Before(next)) {
					next = at
				}
			}
			continue
		}
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.sendBehind(tx, s, desk, to, now) }))
		g.outbox.Wake()
	}
	return next, err
}

// sendBehind mails a desk the list of the promises and targets of which somebody
// has to be told, the most pressing first. That it was sent is in the same commit.
func (g *Gateway) sendBehind(tx store.Tx, s *settings, desk *config.Desk, to []string, now time.Time) error {
	if mark, err := tx.Meta(behindName + desk.Name); err != nil || len(mark) == 0 {
		return err
	}
	var late []promise.Promise
	err := tx.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
		p, err := tx.Promise(t.Ref)
		if err == nil && (p.Late > 0 || p.Stage == promise.Nearly || p.Stage == promise.Announce) {
			late = append(late, p)
		}
		return true
	})
	if err != nil {
		return err
	}
	slices.SortFunc(late, func(a, b promise.Promise) int { return a.DueAt.Compare(b.DueAt) })
	v := g.voice(s, desk, 0)
	f := wording.DrawerFacts{DeskName: desk.FromName}
	zone, lang := s.zone(desk), s.Words.Match(desk.Language)
	for i := range late {
		t, err := tx.Ticket(late[i].Ticket)
		if err != nil || t.Desk != desk.Name {
			continue
		}
		if len(f.Items) == maxListed {
			f.More++
			continue
		}
		kind := wording.DrawerTarget
		if late[i].Told {
			kind = wording.DrawerPromised
		}
		f.Items = append(f.Items, wording.DrawerItem{
			Kind: kind, From: t.Requester, Subject: t.Subject, Ticket: t.Number, Since: promise.Say(late[i].DueAt, now, zone, lang), Why: t.Assignee,
		})
	}
	err = tx.PutMeta(behindName+desk.Name, []byte{})
	if len(f.Items) == 0 {
		return err
	}
	rows, e := v.toHouse(houseMail{kind: ticket.Notice, template: wording.TemplateBehind, facts: forAll(f), to: to, name: desk.FromName, closed: true, now: now})
	return errors.Join(err, e, putRows(tx, rows))
}
