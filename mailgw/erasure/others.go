package erasure

import (
	"errors"
	"slices"

	"supportgw/mailgw/ticket"
)

// rows finds what waits to leave and must not, since it tells of what goes, or goes to
// them alone. What it is called is known from now on.
func (s *selection) rows() error {
	return s.r.OutgoingRows(func(o ticket.Outgoing) bool {
		_, whole := slices.BinarySearch(s.plan.Whole, o.Ticket)
		switch {
		case s.gone(o.ID) || s.gone(o.Entry) || whole || !s.late(o.Date) && s.asked.Who.All(o.EnvelopeTo):
			s.plan.Rows = append(s.plan.Rows, o.ID)
			if o.MessageID != "" && !s.midSet[o.MessageID] {
				s.midSet[o.MessageID] = true
				s.plan.MessageIDs = append(s.plan.MessageIDs, o.MessageID)
			}
		default:
			for _, text := range slices.Concat(o.To, o.Cc) {
				s.name(text)
			}
		}
		return true
	})
}

// drawers finds what waits for nobody any more.
func (s *selection) drawers() error {
	return s.r.DrawerItems(func(d ticket.DrawerItem) bool {
		_, whole := slices.BinarySearch(s.plan.Whole, d.Ticket)
		if s.gone(d.ID) || slices.Contains(s.plan.Rows, d.ID) || d.Kind != ticket.DrawerHeld && whole {
			s.plan.Drawer = append(s.plan.Drawer, d.ID)
		}
		return true
	})
}

// Words are the texts that may not stay in anybody's records: their addresses, and the
// ids of what goes.
func (p *Plan) Words(w *Who) []string {
	return slices.Concat(w.Addresses(), p.MessageIDs, p.Names)
}

// Redactor finds them there.
func (p *Plan) Redactor(w *Who) *Finder {
	return NewRedactor(slices.Concat(w.Addresses(), p.Names), p.MessageIDs)
}

// others finds what of other people names them.
func (s *selection) others() error {
	f := s.plan.Redactor(s.asked.Who)
	part := map[uint64]bool{}
	for _, n := range s.plan.Parts {
		part[n] = true
	}
	for _, number := range s.all {
		if _, whole := slices.BinarySearch(s.plan.Whole, number); whole || part[number] {
			continue
		}
		names, err := s.named(number, f)
		if err != nil {
			return err
		}
		if names {
			s.plan.Parts = append(s.plan.Parts, number)
		}
	}
	slices.Sort(s.plan.Parts)
	return s.waiting(f)
}

// waiting finds the rows and drawer items of others that name them.
func (s *selection) waiting(f *Finder) error {
	var bad error
	err := s.r.OutgoingRows(func(o ticket.Outgoing) bool {
		names, err := Rewrite(&o, f)
		if bad = err; names && !s.late(o.Date) && !slices.Contains(s.plan.Rows, o.ID) {
			s.plan.Named = append(s.plan.Named, o.ID)
		}
		return bad == nil
	})
	if err != nil || bad != nil {
		return errors.Join(err, bad)
	}
	err = s.r.DrawerItems(func(d ticket.DrawerItem) bool {
		names, err := Rewrite(&d, f)
		if bad = err; names && !s.late(d.Since) && !slices.Contains(s.plan.Drawer, d.ID) {
			s.plan.Listed = append(s.plan.Listed, d.ID)
		}
		return bad == nil
	})
	return errors.Join(err, bad)
}

// named reports whether a ticket of somebody else names them, in whatever is kept of it.
func (s *selection) named(number uint64, f *Finder) (bool, error) {
	t, err := s.r.Ticket(number)
	if err != nil || s.late(t.CreatedAt) {
		return false, err
	}
	if named, err := Rewrite(&t, f); named || err != nil {
		return named, err
	}
	entries, err := s.r.Entries(number)
	if err != nil {
		return false, err
	}
	if named, err := Rewrite(&entries, f); named || err != nil {
		return named, err
	}
	events, err := s.r.Events(number)
	if err != nil {
		return false, err
	}
	if named, err := Rewrite(&events, f); named || err != nil {
		return named, err
	}
	promises, err := s.r.TicketPromises(number)
	if err != nil {
		return false, err
	}
	return Rewrite(&promises, f)
}
