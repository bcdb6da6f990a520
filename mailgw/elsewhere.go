package mailgw

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// cameElsewhere tells a further desk of a mail that came to it by a route of its
// own: some servers send one copy for each recipient. The ticket stays with the
// first desk, as it does when one copy names both, and nothing else changes. A
// desk is told once, however often the mail comes.
func (d *decision) cameElsewhere(first *ticket.Receipt) error {
	if first.Ticket == 0 || d.in.desk == d.in.s.admin {
		return nil
	}
	told, err := d.r.ReceiptsByMessageID(d.in.mail.MessageID, maxSameID)
	if err != nil || len(told) == maxSameID { // too many to see who was told: nobody is told again
		return err
	}
	here := append([]*config.Desk{d.in.desk}, d.in.others...)
	for i := range told {
		if !bytes.Equal(told[i].Hash, d.in.hash) {
			continue
		}
		for _, rcpt := range told[i].RcptTo {
			here = slices.DeleteFunc(here, func(desk *config.Desk) bool { return d.in.s.route(rcpt) == desk })
		}
	}
	if len(here) == 0 {
		return nil
	}
	return d.tellElsewhere(first, here)
}

// tellElsewhere makes the notices for the people of further desks who are not on
// the ticket's.
func (d *decision) tellElsewhere(first *ticket.Receipt, desks []*config.Desk) error {
	t, err := d.r.Ticket(first.Ticket)
	if err != nil {
		return err
	}
	e, err := d.r.Entry(first.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if d.desk = d.in.s.desk(t.Desk); d.desk == nil {
		d.desk = d.in.desk
	}
	var to []string
	for _, desk := range desks {
		for _, a := range desk.Agents {
			if !d.desk.HasAgent(a) && !slices.ContainsFunc(to, func(have string) bool { return strings.EqualFold(have, a) }) {
				to = append(to, a)
			}
		}
	}
	d.ticket = t
	e.Evidence = append(slices.Clone(e.Evidence), "the same mail also came to the desk "+desks[0].Name)
	return d.add(d.voice().notice(&t, &e, wording.EventNew, to, d.now))
}

// recordDuplicate writes the receipt of a mail that came again, and the notices of
// a desk that it came to for the first time.
func (d *decision) recordDuplicate(tx store.Tx, rc *ticket.Receipt) error {
	if err := tx.PutReceipt(rc); err != nil {
		return err
	}
	if d.erased != nil { // it must not bring back who sent it
		return tx.EraseMail(rc.ID, *d.erased)
	}
	return putRows(tx, d.outgoing)
}
