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
	"supportgw/rules/hours"
)

// lastHours are how long before a desk goes home it gets the list of those who have
// neither an answer nor a told time; the second has only who came since the first.
var lastHours = [...]time.Duration{time.Hour, 15 * time.Minute}

// lastHourName begins the names under which the store keeps when each desk got its
// last such list.
const lastHourName = "last hour "

// lastHour gives each desk, before its working day ends, the list of those who have
// neither an answer nor a told time, and returns when the next one is to be given.
// No due time changes by it.
func (g *Gateway) lastHour(now time.Time) (next time.Time, err error) {
	s := g.settings.Load()
	for i := range s.Desks {
		desk := &s.Desks[i]
		cal := s.Hours[desk.Calendar]
		if cal == nil {
			continue
		}
		at, after := lastHourAt(cal, now)
		if !at.IsZero() {
			err = errors.Join(err, g.listLastHour(s, desk, at, now))
		}
		if next.IsZero() || !after.IsZero() && after.Before(next) {
			next = after
		}
	}
	return next, err
}

// lastHourAt is the time of the list that is to be given now, zero when it is not
// the time for one, and of the next one.
func lastHourAt(cal *hours.Calendar, now time.Time) (at, next time.Time) {
	closing, ok := cal.Closing(now)
	if ok && closing.After(now) {
		for _, before := range lastHours {
			t := closing.Add(-before)
			if opening, ok := cal.Opening(now); ok && t.Before(opening) {
				t = opening
			}
			if t.After(now) {
				return at, t
			}
			at = t
		}
	}
	from := now
	if ok && closing.After(now) {
		from = closing
	}
	opening, found := cal.NextOpen(from)
	for range daysAhead {
		if !found {
			return at, time.Time{}
		}
		if end, ok := cal.Closing(opening); ok && end.Add(-lastHours[0]).After(now) {
			return at, laterOf(end.Add(-lastHours[0]), opening)
		}
		local := opening.In(cal.Location())
		opening, found = cal.NextOpen(time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, cal.Location()))
	}
	return at, time.Time{}
}

// daysAhead is after how many open days without a closing one is not looked for any
// more: a desk that never closes has none.
const daysAhead = 3

// untold is somebody who has neither an answer nor a told time.
type untold struct {
	ticket uint64
	since  time.Time
}

// untoldPeople are those of whom a clock runs that they were not told, and those
// of whom the drawer says that nobody told them, the longest waiting first.
func untoldPeople(r store.Reader) (out []untold, err error) {
	seen := map[uint64]bool{}
	add := func(number uint64, since time.Time) {
		if !seen[number] {
			seen[number] = true
			out = append(out, untold{number, since})
		}
	}
	err = r.DrawerItems(func(d ticket.DrawerItem) bool {
		if d.Kind == ticket.DrawerUnacknowledged {
			add(d.Ticket, d.Since)
		}
		return true
	})
	err = errors.Join(err, r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
		if p, err := r.Promise(t.Ref); err == nil && !p.Told && (p.Kind == promise.First || p.Kind == promise.Next) {
			add(p.Ticket, p.MadeAt)
		}
		return true
	}))
	slices.SortStableFunc(out, func(a, b untold) int { return a.since.Compare(b.since) })
	return out, err
}

// listLastHour mails a desk the list that was to be given at a time, once. That it
// was given is in the same commit.
func (g *Gateway) listLastHour(s *settings, desk *config.Desk, at, now time.Time) error {
	var waiting []untold
	var since time.Time
	err := g.store.View(func(r store.Reader) error {
		mark, err := r.Meta(lastHourName + desk.Name)
		since, _ = time.Parse(time.RFC3339, string(mark)) // none yet
		if err != nil || !since.Before(at) {
			return err
		}
		waiting, err = untoldPeople(r)
		return err
	})
	if err != nil || !since.Before(at) {
		return err
	}
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		if err := tx.PutMeta(lastHourName+desk.Name, []byte(now.UTC().Format(time.RFC3339))); err != nil {
			return err
		}
		f := wording.DrawerFacts{DeskName: desk.FromName}
		zone := s.zone(desk)
		sameDay := hours.DateOf(since.In(zone)) == hours.DateOf(now.In(zone))
		for _, u := range waiting {
			t, err := tx.Ticket(u.ticket)
			if err != nil || t.Desk != desk.Name || t.Told && t.PromiseIs == string(promise.Open) || sameDay && !u.since.After(since) || t.Status != ticket.New && t.Status != ticket.Open {
				continue
			}
			if len(f.Items) == maxListed {
				f.More++
				continue
			}
			f.Items = append(f.Items, wording.DrawerItem{Kind: wording.DrawerTarget, From: t.Requester, Subject: t.Subject, Ticket: t.Number, Since: u.since.In(zone).Format(timeFormat), Why: t.Assignee})
		}
		if len(f.Items) == 0 {
			return nil
		}
		to := slices.DeleteFunc(slices.Clone(desk.Agents), func(a string) bool { cal := s.workHours(a, desk); return cal != nil && !cal.Open(now) })
		if len(to) == 0 { // the desk is open: somebody has to
			to = desk.Agents
		}
		rows, err := g.voice(s, desk, 0).toHouse(houseMail{
			kind: ticket.Notice, template: wording.TemplateLastHour, facts: forAll(f), to: to, name: desk.FromName, closed: true, now: now,
		})
		return errors.Join(err, putRows(tx, rows))
	})
	g.outbox.Wake()
	return err
}
