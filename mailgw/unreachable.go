package mailgw

import (
	"errors"
	"strings"
	"sync"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// unreachableFor is how long nothing automatic goes to an address at which nobody is.
const unreachableFor = 60 * 24 * time.Hour

// nobodyThere reports whether a server said for good that an address leads to nobody
// (RFC 3463 §3.2 and §3.3): not that it is full, or that it wants no such mail.
func nobodyThere(f *outbox.Failure) bool {
	switch f.Enhanced {
	case [3]int{5, 1, 1}, [3]int{5, 1, 2}, [3]int{5, 1, 3}, [3]int{5, 1, 6}, [3]int{5, 1, 10}, [3]int{5, 2, 1}:
		return f.Permanent
	}
	return false
}

// markUnreachable keeps that nobody is at an address, when that was said.
func (g *Gateway) markUnreachable(tx store.Tx, f *outbox.Failure, number uint64, now time.Time) error {
	if !nobodyThere(f) {
		return nil
	}
	u := &ticket.Unreachable{
		Address: strings.ToLower(f.To), Since: now, Until: now.Add(unreachableFor), Status: statusText(f.Enhanced), Reply: f.Reply, Ticket: number,
	}
	s := g.settings.Load()
	if strings.EqualFold(u.Address, s.Admin.Address) { // the last resort is always tried again
		return nil
	}
	if s.isHouse(u.Address) {
		g.log.Error("nobody of the house is at an address: its notices go to others", "address", u.Address, "reply", u.Reply)
		g.muted.set(u)
	}
	return tx.PutUnreachable(u)
}

// unreachable says why nothing automatic goes to an address; "" when it may.
func unreachable(r store.Reader, addr string, now time.Time) (string, error) {
	u, err := r.Unreachable(addr)
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Until.After(now) {
		return "", nil
	}
	return "mail to " + u.Address + " came back on " + u.Since.Format(time.DateOnly) + " (" + u.Reply + "): nothing automatic goes there before " + u.Until.Format(time.DateOnly), err
}

// muted are the people of the house whom mail does not reach: what they would be told
// goes to others. It holds what the store holds of them, for each notice asks.
type muted struct{ until sync.Map }

func (m *muted) set(u *ticket.Unreachable) { m.until.Store(u.Address, u.Until) }

func (m *muted) clear(addr string) { m.until.Delete(strings.ToLower(addr)) }

func (m *muted) has(addr string, now time.Time) bool {
	until, ok := m.until.Load(strings.ToLower(addr))
	return ok && until.(time.Time).After(now)
}

// loadMuted reads who is muted, and forgets addresses whose time is over.
func (g *Gateway) loadMuted() error {
	var over []string
	now := g.clock.Now()
	err := g.store.View(func(r store.Reader) error {
		return r.AllUnreachable(func(u ticket.Unreachable) bool {
			if u.Until.After(now) {
				g.muted.set(&u)
			} else {
				over = append(over, u.Address)
			}
			return true
		})
	})
	if err != nil || len(over) == 0 {
		return err
	}
	return g.store.Update(store.Background, func(tx store.Tx) error {
		for _, a := range over {
			if err := ignoreMissing(tx.DeleteUnreachable(a)); err != nil {
				return err
			}
		}
		return nil
	})
}

// reached takes back that an agent is muted: an answer with the address of a notice
// shows that notices arrive.
func (d *decision) reached(tx store.Tx) error {
	if !d.agent.power || !d.g.muted.has(d.in.author, d.now) {
		return nil
	}
	d.g.muted.clear(d.in.author)
	return ignoreMissing(tx.DeleteUnreachable(d.in.author))
}

// instead returns those of a list whom mail reaches; the admin when it reaches none.
func (v voice) instead(to []string, now time.Time) (out []string) {
	for _, a := range to {
		if !v.g.muted.has(a, now) {
			out = append(out, a)
		}
	}
	if len(out) == 0 && len(to) > 0 {
		return []string{v.s.Admin.Address}
	}
	return out
}
