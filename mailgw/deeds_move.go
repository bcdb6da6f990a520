package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// mergeInto lets the ticket go on as another one, when the mail is recorded.
func (d *decision) mergeInto(arg string) (meant string, err error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 64)
	if err != nil || n == d.ticket.Number {
		return "merge NUMBER (of the ticket that this one goes on as)", nil
	}
	to, err := d.r.Ticket(n)
	if errors.Is(err, store.ErrNotFound) || err == nil && !d.in.s.deskHas(to.Desk, d.agent.who.Address) {
		return fmt.Sprintf("merge NUMBER (there is no ticket %d on your desks)", n), nil
	}
	if err != nil {
		return "", err
	}
	d.afterwards(func(tx store.Tx, m *moving) error {
		from, err := theTicketToChange(tx, d.ticket.Number)
		if err != nil {
			return err
		}
		to, err := theTicketToChange(tx, n)
		if err != nil {
			return err
		}
		m.from, m.to = &from, &to
		if err := m.mayMerge(false); err != nil {
			return err
		}
		before := from
		if err := m.merge(); err != nil {
			return err
		}
		d.deeds.into = n
		d.did(wording.DoneMerge, strconv.FormatUint(n, 10))
		if before.Status != ticket.New && before.Status != ticket.Open {
			return nil
		}
		hands := slices.DeleteFunc(m.s.newHands(&before, &to), func(a string) bool { return strings.EqualFold(a, m.who) })
		return d.g.tell(tx, m.s, &to, hands, m.now)
	})
	return "", nil
}

// splitOff gives a mail of the ticket, and what answers it, a ticket of its own, when
// the agent's mail is recorded: the one that the notice told of, or that with a number.
func (d *decision) splitOff(arg string) (meant string, err error) {
	if arg == "" {
		arg = strconv.FormatUint(uint64(d.matched.Ref.Entry), 10)
	}
	if _, err := strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 32); err != nil {
		return "split (in a reply to the notice of the mail that gets a ticket of its own), #split NUMBER", nil
	}
	d.afterwards(func(tx store.Tx, m *moving) error {
		t, err := theTicketToChange(tx, d.ticket.Number)
		if err != nil {
			return err
		}
		all, err := tx.Entries(t.Number)
		if err != nil {
			return err
		}
		root, err := entryOf(tx, &t, all, arg)
		if err != nil {
			return err
		}
		m.from, m.to = &t, &ticket.Ticket{}
		if m.to.Number, err = tx.NewTicketNumber(); err != nil {
			return err
		}
		if err := m.split(root, all); err != nil {
			return err
		}
		d.deeds.part = m.to.Number
		d.did(wording.DoneSplit, strconv.FormatUint(m.to.Number, 10))
		return nil
	})
	return "", nil
}

// afterwards does something to two tickets when the mail is recorded. What refuses it has
// written nothing, and the agent hears why.
func (d *decision) afterwards(do func(store.Tx, *moving) error) {
	d.deeds.after = append(d.deeds.after, func(tx store.Tx) error {
		m := &moving{g: d.g, tx: tx, s: d.in.s, who: d.agent.who.Address, now: d.now}
		err := do(tx, m)
		var refused *CommandError
		if errors.As(err, &refused) {
			why, _, _ := strings.Cut(refused.Text, "; add --force")
			d.did(wording.DoneRefused, why)
			return nil
		}
		return err
	})
}
