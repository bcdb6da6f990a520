package mailgw

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/netip"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// JunkView is a quarantined mail as "junk list" prints it.
type JunkView struct {
	ID      ticket.ID `json:"id"`
	From    *string   `json:"from"`
	Subject string    `json:"subject"`
	Why     string    `json:"why"`
	Since   time.Time `json:"since"` // when it came in
}

// ReleasedView is what "junk release" prints.
type ReleasedView struct {
	ID           ticket.ID      `json:"id"`
	Outcome      ticket.Outcome `json:"outcome"`
	Ticket       uint64         `json:"ticket"`
	Acknowledged bool           `json:"acknowledged"` // its writer is told by when somebody answers
	Why          string         `json:"why"`          // acknowledged or not
}

func (g *Gateway) listJunk(_ NoArgs, emit func(any) error) error {
	var rows []JunkView
	err := g.store.View(func(r store.Reader) error {
		rows = rows[:0]
		return r.DrawerItems(func(d ticket.DrawerItem) bool {
			if d.Kind == ticket.DrawerJunk {
				rows = append(rows, JunkView{ID: d.ID, From: orNull(d.From), Subject: d.Subject, Why: d.Why, Since: d.Since})
			}
			return true
		})
	})
	return emitAll(rows, err, emit)
}

// releaseJunk takes a quarantined mail for what a person wrote: it goes the way of
// a mail once more, under its id and with the bytes that were kept.
func (g *Gateway) releaseJunk(a DrawerArgs, emit func(any) error) error {
	in, err := g.quarantined(a.ID)
	if err != nil {
		return err
	}
	var d *decision
	err = g.store.Update(store.Background, func(tx store.Tx) (err error) {
		d, err = g.releaseIn(tx, in, a)
		return err
	})
	if err != nil {
		return err
	}
	g.releasedJunk(d, a)
	return emit(ReleasedView{ID: in.ID, Outcome: d.outcome, Ticket: d.ticket.Number, Acknowledged: d.ack.send, Why: d.ack.why})
}

// releaseIn releases a mail as part of a transaction.
func (g *Gateway) releaseIn(tx store.Tx, in *incoming, a DrawerArgs) (*decision, error) {
	if _, err := itemIn(tx, ticket.DrawerJunk, a.ID); err != nil { // released since it was looked at
		return nil, err
	}
	d := &decision{g: g, in: in, r: tx, newNumber: tx.NewTicketNumber, now: g.clock.Now(), released: true}
	if err := d.run(); err != nil {
		return nil, err
	}
	d.event(cmp.Or(a.Who, "admin"), "released from junk", "")
	return d, d.record(tx)
}

// releasedJunk does what follows when it is stored.
func (g *Gateway) releasedJunk(d *decision, a DrawerArgs) {
	g.wake(d)
	g.log.Info("junk released", "id", d.in.ID, "outcome", d.outcome, "ticket", d.ticket.Number, "who", cmp.Or(a.Who, "admin"), "acknowledged", d.ack.send)
}

// quarantined reads a mail in the drawer junk again, as one that a person wrote.
func (g *Gateway) quarantined(arg string) (*incoming, error) {
	var rc ticket.Receipt
	var raw []byte
	err := g.store.View(func(r store.Reader) error {
		item, err := itemIn(r, ticket.DrawerJunk, arg)
		if err != nil {
			return err
		}
		rc, err = r.Receipt(item.ID)
		if err == nil {
			raw, err = r.Raw(item.ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	a, err := storedArrival(&rc, raw)
	if err != nil {
		return nil, err
	}
	in := g.newIncoming(context.Background(), a)
	in.mail.Kind = letter.Person
	return in, nil
}

// storedArrival is an accepted mail as it came in.
func storedArrival(rc *ticket.Receipt, raw []byte) (*letter.Arrival, error) {
	peer, err := netip.ParseAddr(rc.Peer)
	if err != nil && rc.Peer != "" {
		return nil, errors.Join(failure("the peer of mail %s is %q, which is no address", rc.ID, rc.Peer), err)
	}
	return &letter.Arrival{
		ID: rc.ID, Source: rc.Source, ReversePath: rc.MailFrom, Recipients: rc.RcptTo, ClientIP: peer, Helo: rc.Helo, At: rc.At, Raw: raw, Body: ownTrace(raw),
	}, nil
}

// ownTrace is the length of the two fields that we put on top of each mail, where
// they are: what the peer sent begins there (RFC 5321 §4.4).
func ownTrace(raw []byte) int {
	n := 0
	for _, name := range []string{"Return-Path:", "Received:"} {
		if !bytes.HasPrefix(raw[n:], []byte(name)) {
			return n
		}
		for more := true; more; more = n < len(raw) && (raw[n] == ' ' || raw[n] == '\t') { // a folded field goes on
			end := bytes.IndexByte(raw[n:], '\n')
			if end < 0 {
				return len(raw)
			}
			n += end + 1
		}
	}
	return n
}
