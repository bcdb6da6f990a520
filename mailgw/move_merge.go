package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// merge lets from go on as to.
func (m *moving) merge() error {
	list, err := m.tx.Entries(m.from.Number)
	if err != nil {
		return err
	}
	there, err := m.tx.Entries(m.to.Number)
	if err != nil {
		return err
	}
	if err := errors.Join(m.noneHeld(there), m.mayCarry(list), m.strangers()); err != nil { // before anything is written
		return err
	}
	did := &ticket.Merged{At: m.now, Status: m.from.Status, ClosedAt: m.from.ClosedAt, ToBefore: fieldsOf(m.to)}
	m.event(m.from, fmt.Sprintf("merged into ticket %d", m.to.Number), entriesWent(len(list)))
	m.event(m.to, fmt.Sprintf("ticket %d merged into this one", m.from.Number), entriesWent(len(list)))
	if did.Moves, err = m.carry(list); err != nil {
		return err
	}
	if err := m.keepApart(list, there); err != nil {
		return err
	}
	if did.Promises, err = m.carryPromises(func(*promise.Promise) bool { return true }); err != nil {
		return err
	}
	if err := m.withdrawCopies(); err != nil {
		return err
	}
	m.link()
	did.People, did.Tags = m.people(), m.tags()
	m.inherit()
	m.to.MovedTo = 0 // opened again, if it ever went on elsewhere
	if m.to.FollowedBy == m.from.Number {
		m.to.FollowedBy = 0
	}
	m.status(m.to, m.to.Status.Joined(m.from.Status), fmt.Sprintf("ticket %d was %s", m.from.Number, m.from.Status))
	m.status(m.from, ticket.Closed, fmt.Sprintf("it goes on as ticket %d", m.to.Number))
	did.ToAfter = fieldsOf(m.to)
	m.from.MovedTo, m.from.MovedAs, m.from.Merged = m.to.Number, 0, did
	setClock(m.from, nil)
	if err := m.settle(m.to); err != nil {
		return err
	}
	if m.to.PromiseIs == string(promise.Open) {
		m.event(m.to, "answer due "+m.to.PromiseDue.In(m.s.zoneOf(m.to.Desk)).Format(timeFormat), "the earlier of what both tickets promise")
	}
	return m.write()
}

// keepApart writes onto open promises whom they were told to, when the two tickets'
// are owed to two people: an answer to the one must not count as one to the other.
func (m *moving) keepApart(list, there []ticket.Entry) error {
	var open []promise.Promise
	for t, entries := range map[*ticket.Ticket][]ticket.Entry{m.from: list, m.to: there} {
		all, err := m.tx.TicketPromises(t.Number)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.State == promise.Open && p.Told && p.OwedTo == "" {
				p.OwedTo = toldTo(&p, t, entries)
				open = append(open, p)
			}
		}
	}
	for i := range open {
		if slices.ContainsFunc(open, func(p promise.Promise) bool { return !strings.EqualFold(p.OwedTo, open[i].OwedTo) }) {
			if err := m.tx.PutPromise(&open[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// together takes back what keepApart wrote onto the open promises of one ticket.
func (m *moving) together(t *ticket.Ticket) error {
	list, err := m.tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	for i := range list {
		if p := &list[i]; p.State == promise.Open && p.OwedTo != "" {
			p.OwedTo = ""
			if err := m.tx.PutPromise(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// toldTo is whom the acknowledgement of a promise went to: the first behind it.
// entries are the ticket's, in order.
func toldTo(p *promise.Promise, t *ticket.Ticket, entries []ticket.Entry) string {
	for i := range entries {
		if e := &entries[i]; e.Kind == ticket.MailOut && e.ByAgent == "" && e.ID > p.ID && len(e.To) > 0 {
			return letter.ParseAddress(e.To[0]).Addr
		}
	}
	return t.Address
}

func entriesWent(n int) string {
	if n == 1 {
		return "1 entry went along"
	}
	return fmt.Sprintf("%d entries went along", n)
}

// people adds those of the one ticket to the other, and returns who came.
func (m *moving) people() (came []string) {
	for _, p := range m.from.People {
		if belongs(m.to, p) || len(m.to.People) >= maxPeople {
			continue
		}
		m.to.People = append(slices.Clone(m.to.People), p)
		came = append(came, p)
	}
	if len(came) > 0 {
		m.event(m.to, strings.Join(came, ", ")+" joined the conversation", fmt.Sprintf("ticket %d merged into this one", m.from.Number))
	}
	return came
}

// tags adds those of the one ticket to the other, and returns which came.
func (m *moving) tags() (came []string) {
	for _, tag := range m.from.Tags {
		if i, have := slices.BinarySearch(m.to.Tags, tag); !have {
			m.to.Tags = slices.Insert(slices.Clone(m.to.Tags), i, tag)
			came = append(came, tag)
		}
	}
	return came
}

// inherit lets the other ticket have what it lacks: the higher priority, a person
// who works on it, the customer.
func (m *moving) inherit() {
	from, to := m.from, m.to
	why := fmt.Sprintf("ticket %d merged into this one", from.Number)
	if from.Priority.Above(to.Priority) {
		m.event(to, "priority "+string(to.Priority)+" to "+string(from.Priority), why)
		to.Priority = from.Priority
	}
	if to.Assignee == "" && from.Assignee != "" {
		m.event(to, "assigned to "+from.Assignee, why)
		to.Assignee = from.Assignee
	}
	if to.Customer == "" && from.Customer != "" {
		m.event(to, "customer "+from.Customer, why)
		to.Customer, to.CustomerID, to.Confidence, to.Level = from.Customer, from.CustomerID, from.Confidence, from.Level
		to.LevelWhy = from.LevelWhy
	}
}

// fieldsOf are a ticket's fields that a merge may change.
func fieldsOf(t *ticket.Ticket) ticket.Merging {
	return ticket.Merging{
		Status: t.Status, ClosedAt: t.ClosedAt, Priority: t.Priority, Assignee: t.Assignee, Customer: t.Customer, CustomerID: t.CustomerID, Confidence: t.Confidence, Level: t.Level,
	}
}

// unmerge takes the merge of to into from back: the same, backwards. What came to
// from meanwhile stays there.
func (m *moving) unmerge() error {
	did := m.to.Merged
	all, err := m.tx.Entries(m.from.Number)
	if err != nil {
		return err
	}
	numbers, last, err := m.came(did)
	if err != nil {
		return err
	}
	came := func(e ticket.Entry) bool { return numbers[e.Seq] }
	untouched := m.from.Entries == last || did.Moves == 0
	back := slices.DeleteFunc(slices.Clone(all), func(e ticket.Entry) bool { return !came(e) })
	stay := slices.DeleteFunc(all, came)
	if !hasMail(back) {
		return failure("no mail that came from ticket %d is on ticket %d any more: there is nothing to take back", m.to.Number, m.from.Number)
	}
	m.event(m.from, fmt.Sprintf("merge of ticket %d taken back", m.to.Number), entriesWent(len(back)))
	m.event(m.to, fmt.Sprintf("merge into ticket %d taken back", m.from.Number), entriesWent(len(back)))
	if _, err := m.carry(back); err != nil {
		return err
	}
	if _, err := m.carryPromises(func(p *promise.Promise) bool { return slices.Contains(did.Promises, p.ID) }); err != nil {
		return err
	}
	m.restore(did, stay, untouched)
	closed := did.ClosedAt
	m.status(m.to, did.Status, "the merge was taken back")
	m.to.ClosedAt, m.to.MovedTo, m.to.Merged = closed, 0, nil
	for _, t := range []*ticket.Ticket{m.from, m.to} {
		if err := m.together(t); err != nil {
			return err
		}
		if err := m.settle(t); err != nil {
			return err
		}
	}
	if !hasMail(stay) { // its own mail was split off meanwhile
		m.status(m.from, ticket.Closed, "nothing is left on it")
	}
	if err := m.bothClocks(); err != nil {
		return err
	}
	return m.write()
}

// hasMail reports whether there are not only notes.
func hasMail(list []ticket.Entry) bool {
	return slices.ContainsFunc(list, func(e ticket.Entry) bool { return e.Kind != ticket.Note })
}

// came returns which entries of from the merge brought, by the numbers that they
// have now: they may have gone elsewhere since, and come again. last is the last
// number that the merge gave.
func (m *moving) came(did *ticket.Merged) (numbers map[uint32]bool, last uint32, err error) {
	numbers = map[uint32]bool{}
	for _, v := range m.to.Moves[len(m.to.Moves)-did.Moves:] {
		last = max(last, v.As+(v.Last-v.First))
		for n := v.As; n <= v.As+(v.Last-v.First); n++ {
			p, err := locate(m.tx, m.from.Number, n)
			if err != nil {
				return nil, 0, err
			}
			if p.ticket.Number == m.from.Number {
				numbers[p.entry] = true
			}
		}
	}
	return numbers, last, nil
}

// restore gives the ticket that another one was merged into what it had before, as
// far as nobody has changed it since. Who came by the merge goes, unless they have
// written there, so that nobody reads on by a mistake.
func (m *moving) restore(did *ticket.Merged, stay []ticket.Entry, untouched bool) {
	t, now := m.from, fieldsOf(m.from)
	if untouched && now.Status == did.ToAfter.Status {
		m.status(t, did.ToBefore.Status, "the merge was taken back")
		t.ClosedAt = did.ToBefore.ClosedAt
	}
	if now.Priority == did.ToAfter.Priority {
		t.Priority = did.ToBefore.Priority
	}
	if now.Assignee == did.ToAfter.Assignee {
		t.Assignee = did.ToBefore.Assignee
	}
	if now.Customer == did.ToAfter.Customer && now.Confidence == did.ToAfter.Confidence {
		t.Customer, t.CustomerID = did.ToBefore.Customer, did.ToBefore.CustomerID
		if t.Confidence = did.ToBefore.Confidence; now.Level == did.ToAfter.Level && now.Level != did.ToBefore.Level {
			t.Level, t.LevelWhy = did.ToBefore.Level, ""
		}
	}
	t.Tags = slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return slices.Contains(did.Tags, tag) })
	t.People = slices.DeleteFunc(slices.Clone(t.People), func(p string) bool {
		return slices.Contains(did.People, p) && !slices.ContainsFunc(stay, func(e ticket.Entry) bool { return wrote(&e, p) })
	})
}

// wrote reports whether an entry is a mail that came in from an address.
func wrote(e *ticket.Entry, addr string) bool {
	return e.Kind == ticket.MailIn && strings.EqualFold(letter.ParseAddress(e.From).Addr, addr)
}

// bothClocks sees that after a parting neither ticket waits without a clock: where
// the customer's words are unanswered, and what was promised for them stayed on
// the other ticket, the same time holds here, too.
func (m *moving) bothClocks() error {
	for _, pair := range [][2]*ticket.Ticket{{m.from, m.to}, {m.to, m.from}} {
		t, other := pair[0], pair[1]
		if t.PromiseIs == string(promise.Open) || t.PromiseIs == string(promise.Broken) || other.PromiseIs != string(promise.Open) {
			continue
		}
		entries, err := m.tx.Entries(t.Number)
		if err != nil {
			return err
		}
		if !unanswered(entries) || t.Status != ticket.New && t.Status != ticket.Open {
			continue
		}
		p, err := m.tx.Promise(other.PromiseID)
		if err != nil {
			return fmt.Errorf("open promise of ticket %d: %w", other.Number, err)
		}
		cause := copyOf(p.ID)
		p.ID, p.Ticket, p.MadeAt, p.Cause = m.g.ids.Next(), t.Number, m.now, cause
		p.Wanted = 0 // it did not begin now
		if err := m.tx.PutPromise(&p); err != nil {
			return err
		}
		setClock(t, &p)
		m.event(t, "answer due "+p.DueAt.In(m.s.zoneOf(t.Desk)).Format(timeFormat), fmt.Sprintf("as on ticket %d, of which it was a part", other.Number))
	}
	return nil
}

// copyOf is the cause of a row that says for a part of a ticket what the row p
// says for the rest.
func copyOf(p ticket.ID) string { return "the same as promise " + p.String() }

// withdrawCopies takes rows of the ledger back that say again what another one on
// the same ticket says: of parts that come together again.
func (m *moving) withdrawCopies() error {
	list, err := m.tx.TicketPromises(m.to.Number)
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		if p.State != promise.Open || !slices.ContainsFunc(list, func(q promise.Promise) bool { return p.Cause == copyOf(q.ID) }) {
			continue
		}
		p.State, p.AlarmAt, p.Cause = promise.Withdrawn, time.Time{}, p.Cause+", which is on the same ticket again"
		if err := m.tx.PutPromise(p); err != nil {
			return err
		}
	}
	return nil
}

// unanswered reports whether a customer has written since an agent last answered.
func unanswered(entries []ticket.Entry) bool {
	waits := false
	for i := range entries { // as they came in
		switch e := &entries[i]; {
		case fromCustomer(e):
			waits = true
		case e.Kind == ticket.MailOut && e.ByAgent != "":
			waits = false
		}
	}
	return waits
}
