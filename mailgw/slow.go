package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules/hours"
)

// slowAlarm is what is kept of one desk and priority whose history exceeds a
// target: that its people must hear of it, and when they heard last.
type slowAlarm struct {
	Pending bool             `json:"pending,omitempty"`
	Est     promise.Estimate `json:"est"`
	Target  time.Duration    `json:"target"`
	Around  bool             `json:"around,omitempty"`
	Honest  bool             `json:"honest,omitempty"`  // customers are told the later time
	Alarmed string           `json:"alarmed,omitempty"` // the local day, as 2026-07-13; "" never
}

func slowName(desk string, p ticket.Priority) string { return "slow/" + desk + "/" + string(p) }

// readSlow reads what is kept of a desk and priority; the zero value when nothing is.
func readSlow(r store.Reader, desk string, p ticket.Priority) (a slowAlarm, err error) {
	b, err := r.Meta(slowName(desk, p))
	if err == nil && len(b) > 0 && json.Unmarshal(b, &a) != nil { // damaged: as if nobody had been told
		a = slowAlarm{}
	}
	return a, err
}

func putSlow(tx store.Tx, desk string, p ticket.Priority, a *slowAlarm) error {
	b, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("alarm of desk %s: %w", desk, err)
	}
	return tx.PutMeta(slowName(desk, p), b)
}

// recordSlow has the desk alarmed, in the mail's own commit, when history says that
// its target will not be kept; once a working day.
func (d *decision) recordSlow(tx store.Tx) error {
	if !d.calibrated.behind {
		return nil
	}
	return d.g.noteSlow(tx, d.desk, d.ticket.Priority, slowAlarm{
		Est: d.calibrated.est, Target: d.target.Answer, Around: d.target.AroundTheClock, Honest: d.calibrated.used,
	}, d.now)
}

// noteSlow marks that a desk must be alarmed, unless it is or was today.
func (g *Gateway) noteSlow(tx store.Tx, desk *config.Desk, p ticket.Priority, a slowAlarm, now time.Time) error {
	old, err := readSlow(tx, desk.Name, p)
	if err != nil || old.Pending || old.Alarmed == hours.DateOf(now.In(g.settings.Load().zone(desk))).String() {
		return err
	}
	a.Pending, a.Alarmed = true, old.Alarmed
	return putSlow(tx, desk.Name, p, &a)
}

// alarmSlow tells desks that their history exceeds a target: in their hours, those
// of urgent mail at once. It returns when it has to be asked again, zero when
// nothing waits: what comes of time alone may wait for the next look.
func (g *Gateway) alarmSlow(now time.Time) (next time.Time, err error) {
	looked, err := g.lookPast(now)
	if pending := g.past.slow.Swap(false); err != nil || !looked && !pending {
		return time.Time{}, err
	}
	s := g.settings.Load()
	for i := range s.Desks {
		desk := &s.Desks[i]
		cal := s.Hours[desk.Calendar]
		if cal == nil {
			continue
		}
		for _, p := range priorities {
			to := s.slowReaders(desk, p, now)
			if p != ticket.Urgent && (len(to) == 0 || !cal.Open(now)) { // later: it is kept who must hear
				g.past.slow.Store(true)
				if at, ok := cal.NextOpen(now); ok && at.After(now) && (next.IsZero() || at.Before(next)) {
					next = at
				}
				continue
			}
			due, lerr := g.isSlow(s, desk, cal, p, now)
			if err = errors.Join(err, lerr); lerr != nil || !due {
				continue
			}
			err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.tellSlow(tx, s, desk, p, to, now) }))
			g.outbox.Wake()
		}
	}
	return next, err
}

// isSlow reports whether a desk has to be alarmed about a priority, and keeps that
// it has when the history of all hours exceeds a target that it has now.
func (g *Gateway) isSlow(s *settings, desk *config.Desk, cal *hours.Calendar, p ticket.Priority, now time.Time) (bool, error) {
	var a slowAlarm
	err := g.store.View(func(r store.Reader) (err error) {
		a, err = readSlow(r, desk.Name, p)
		return err
	})
	if today := hours.DateOf(now.In(cal.Location())).String(); err != nil || a.Pending || a.Alarmed == today {
		return a.Pending && a.Alarmed != today, err
	}
	for _, like := range g.past.targets(desk.Name, p, now) {
		est, ok := g.past.estimate(desk.Name, cal, promise.Question{Like: like, Wide: true, Q: quantile}, now)
		if !ok || est.Took <= like.Target {
			continue
		}
		found := slowAlarm{Est: est, Target: like.Target, Around: like.Around, Honest: s.Promise.Mode == config.PromiseCalibrated && s.Promise.Behind == config.BehindHonest}
		return true, g.store.Update(store.Background, func(tx store.Tx) error { return g.noteSlow(tx, desk, p, found, now) })
	}
	return false, nil
}

// targetSeenFor is for how long a target counts as one of today's.
const targetSeenFor = 7 * 24 * time.Hour

// targets are the targets of a desk and priority that cases of the last days had.
func (a *past) targets(desk string, p ticket.Priority, now time.Time) (out []promise.Case) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.desks[desk]
	if d == nil {
		return nil
	}
	seen := map[time.Duration]bool{}
	for i := len(d.answered) - 1; i >= 0 && now.Sub(d.answered[i].AnsweredAt) < targetSeenFor; i-- {
		if c := d.answered[i]; c.Priority == p && !seen[c.Target] {
			seen[c.Target] = true
			out = append(out, c)
		}
	}
	return out
}

// slowReaders are those who hear of it: who works on the desk now, and of what is
// urgent whoever is on call.
func (s *settings) slowReaders(desk *config.Desk, p ticket.Priority, now time.Time) []string {
	if p == ticket.Urgent {
		if len(desk.OnCall) > 0 {
			return desk.OnCall
		}
		return desk.Agents
	}
	return slices.DeleteFunc(slices.Clone(desk.Agents), func(a string) bool {
		cal := s.workHours(a, desk)
		return cal != nil && !cal.Open(now)
	})
}

// tellSlow tells a desk's people, and keeps that they were told.
func (g *Gateway) tellSlow(tx store.Tx, s *settings, desk *config.Desk, p ticket.Priority, to []string, now time.Time) error {
	a, err := readSlow(tx, desk.Name, p)
	if err != nil || !a.Pending {
		return err
	}
	zone := s.zone(desk)
	a.Pending, a.Alarmed = false, hours.DateOf(now.In(zone)).String()
	facts := wording.SlowFacts{
		DeskName: desk.FromName, Priority: string(p), Target: promise.SayLength(a.Target), Took: promise.SayLength(a.Est.Took), AtLeast: a.Est.AtLeast,
		Cases: a.Est.Cases, Waiting: a.Est.Waiting, Since: a.Est.Since.In(zone).Format(time.DateOnly), Around: a.Around, Honest: a.Honest,
	}
	kind := ticket.Notice
	if p == ticket.Urgent {
		kind = ticket.Page
	}
	g.log.Warn("history exceeds the target", "desk", desk.Name, "priority", p, "target", a.Target, "history", a.Est.String())
	rows, err := g.voice(s, desk, 0).toHouse(houseMail{kind: kind, template: wording.TemplateSlow, facts: forAll(facts), to: to, name: desk.FromName, closed: true, now: now})
	return errors.Join(err, putRows(tx, rows), putSlow(tx, desk.Name, p, &a))
}
