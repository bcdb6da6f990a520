package mailgw

import (
	"errors"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// AddressArgs of "outbox.reach".
type AddressArgs struct {
	Address string `json:"address"`
}

// UnreachableView is an address at which nobody is, as "outbox unreachable" prints it.
type UnreachableView struct {
	Address string    `json:"address"`
	Since   time.Time `json:"since"`  // when a server last said so
	Until   time.Time `json:"until"`  // before that nothing automatic goes there
	Status  *string   `json:"status"` // enhanced code, such as 5.1.1
	Reply   string    `json:"reply"`  // the server's words
	Ticket  *uint64   `json:"ticket"` // that the mail was about
	House   bool      `json:"house"`  // somebody of the house: their notices go to others
}

func (g *Gateway) viewUnreachable(u *ticket.Unreachable) UnreachableView {
	return UnreachableView{u.Address, u.Since, u.Until, orNull(u.Status), u.Reply, orNull(u.Ticket), g.settings.Load().isHouse(u.Address)}
}

func (g *Gateway) listUnreachable(_ NoArgs, emit func(any) error) error {
	var all []UnreachableView
	now := g.clock.Now()
	err := g.store.View(func(r store.Reader) error {
		all = all[:0]
		return r.AllUnreachable(func(u ticket.Unreachable) bool {
			if u.Until.After(now) {
				all = append(all, g.viewUnreachable(&u))
			}
			return true
		})
	})
	return emitAll(all, err, emit)
}

// reachAgain forgets that nobody is at an address.
func (g *Gateway) reachAgain(a AddressArgs, emit func(any) error) error {
	addr := letter.ParseAddress(a.Address).Addr
	if addr == "" {
		return usage("%q is no address; write one of those that outbox unreachable prints", a.Address)
	}
	var u ticket.Unreachable
	err := g.store.Update(store.Background, func(tx store.Tx) (err error) {
		if u, err = tx.Unreachable(addr); err != nil {
			return err
		}
		return tx.DeleteUnreachable(addr)
	})
	if errors.Is(err, store.ErrNotFound) {
		return failure("mail to %s did not come back; outbox unreachable prints the addresses where it did", addr)
	}
	if err != nil {
		return err
	}
	g.muted.clear(addr)
	return emit(g.viewUnreachable(&u))
}
