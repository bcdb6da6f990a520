package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// split puts an entry of from, and those that answer it, on the new ticket to.
func (m *moving) split(root *ticket.Entry, all []ticket.Entry) error {
	f := family{g: m.g, s: m.s, r: m.tx, on: m.from.Number, all: all}
	list, err := f.below(root)
	if err != nil {
		return err
	}
	stay := slices.DeleteFunc(slices.Clone(all), func(e ticket.Entry) bool {
		return slices.ContainsFunc(list, func(x ticket.Entry) bool { return x.ID == e.ID })
	})
	if !hasMail(stay) {
		return failure("entry %d and what answers it is all that ticket %d has: nothing would be left", root.Seq, m.from.Number)
	}
	m.begin(root, list)
	m.event(m.from, fmt.Sprintf("entry %d split off to ticket %d", root.Seq, m.to.Number), entriesWent(len(list)))
	m.event(m.to, "created", fmt.Sprintf("split from ticket %d by hand: %s", m.from.Number, entriesWent(len(list))))
	note := ticket.Entry{
		ID: m.g.ids.Next(), Ticket: m.to.Number, Seq: 1, Kind: ticket.Note, From: m.who, At: m.now,
		Text: fmt.Sprintf("Split from ticket %d, where it was entry %d.", m.from.Number, root.Seq),
	}
	note.Excerpt = note.Text
	if err := m.tx.PutEntry(&note); err != nil {
		return err
	}
	if _, err := m.carry(list); err != nil {
		return err
	}
	if _, err := m.carryPromises(madeFor(list)); err != nil {
		return err
	}
	m.link()
	for _, t := range []*ticket.Ticket{m.from, m.to} {
		if err := m.settle(t); err != nil {
			return err
		}
	}
	if err := m.bothClocks(); err != nil {
		return err
	}
	return m.write()
}

// begin fills the new ticket: of the same customer and desk, with the people of
// the mails that go there. Its first entry is a note, so that none of these mails
// passes for the one that opened a ticket, whose Reply-To is believed.
func (m *moving) begin(root *ticket.Entry, list []ticket.Entry) {
	from, writer := m.from, letter.ParseAddress(root.From)
	*m.to = ticket.Ticket{
		Number: m.to.Number, Desk: from.Desk, Status: ticket.New, Priority: from.Priority, Subject: root.Subject, Requester: root.From, Address: writer.Addr,
		Customer: from.Customer, CustomerID: from.CustomerID, Confidence: from.Confidence, Level: from.Level, LevelWhy: from.LevelWhy, Assignee: from.Assignee, Tags: slices.Clone(from.Tags),
		CreatedAt: root.At, PromiseIs: "none", Language: from.Language, Entries: 1, SplitFrom: from.Number,
	}
	if writer.Addr != "" {
		m.to.People = []string{writer.Addr}
	}
	for _, p := range from.People {
		if !belongs(m.to, p) && slices.ContainsFunc(list, func(e ticket.Entry) bool { return mentions(&e, p) }) {
			m.to.People = append(m.to.People, p)
		}
	}
	answered := slices.ContainsFunc(list, func(e ticket.Entry) bool { return e.Kind == ticket.MailOut && e.ByAgent != "" })
	switch {
	case answered && !unanswered(list):
		m.to.Status = ticket.Pending
	case answered:
		m.to.Status = ticket.Open
	}
}

// madeFor tells the promises that mails among list have started, and the later
// times that were told instead. It is asked in order of ID.
func madeFor(list []ticket.Entry) func(*promise.Promise) bool {
	started := map[int]bool{} // by how often it was put off: whether the last such one was
	return func(p *promise.Promise) bool {
		if p.Late > 0 {
			started[p.Late] = started[p.Late-1]
		} else {
			started[0] = slices.ContainsFunc(list, func(e ticket.Entry) bool { return p.Cause == "mail "+e.ID.String() })
		}
		return started[p.Late]
	}
}

// mentions reports whether an address stands in From, To or Cc of an entry.
func mentions(e *ticket.Entry, addr string) bool {
	is := func(a string) bool { return strings.EqualFold(letter.ParseAddress(a).Addr, addr) }
	return is(e.From) || slices.ContainsFunc(e.To, is) || slices.ContainsFunc(e.Cc, is)
}

// family finds which entries of a ticket answer which.
type family struct {
	g   *Gateway
	s   *settings
	r   store.Reader
	on  uint64
	all []ticket.Entry // as they came in
}

// below are an entry and all that answer it, or answer what answers it.
func (f *family) below(root *ticket.Entry) (out []ticket.Entry, err error) {
	in := map[ticket.ID]bool{root.ID: true}
	for i := range f.all {
		e := &f.all[i]
		if !in[e.ID] {
			parent, err := f.parent(e)
			if err != nil {
				return nil, err
			}
			in[e.ID] = parent != nil && in[parent.ID]
		}
		if in[e.ID] {
			out = append(out, *e)
		}
	}
	return out, nil
}

// parent is the entry that another one answers, nil when that is not known or not
// on the ticket.
func (f *family) parent(e *ticket.Entry) (*ticket.Entry, error) {
	if e.Kind == ticket.MailOut {
		return f.answered(e), nil
	}
	if rest, ok := strings.CutPrefix(e.Text, notDelivered); ok && e.Kind == ticket.Note {
		id, _, _ := strings.Cut(rest, "\n")
		return f.byMessageID(id), nil
	}
	rc, err := f.r.Receipt(e.ID)
	if errors.Is(err, store.ErrNotFound) { // written by hand
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if rc.Erased != nil { // nothing says any more what it answered
		return nil, nil
	}
	raw, err := f.r.Raw(e.ID)
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	m := letter.Parse(raw, "", letter.DefaultLimits())
	to := slices.Clone(rc.RcptTo)
	for _, a := range slices.Concat(m.To, m.Cc) {
		to = append(to, a.Addr)
	}
	for i := range to {
		to[i] = f.s.plusForm(to[i])
	}
	found := threading.Match(threading.Mail{Recipients: to}, f.s.addresses, f.g.keys, f.s.domains, anyTicket{})
	if p, err := f.byRef(found.Ref); p != nil || err != nil {
		return p, err
	}
	ids := slices.Clone(m.References)
	slices.Reverse(ids)
	for _, id := range slices.Concat(m.InReplyTo, ids) {
		if p, err := f.byID(id); p != nil || err != nil {
			return p, err
		}
		ref, _ := f.g.keys.OpenMessageID(id, f.s.domains...)
		if p, err := f.byRef(ref); p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

// answered is the entry that a mail of ours answers: the customer's mail; when
// that has no Message-ID, the agent's that became the answer, or the one before.
func (f *family) answered(e *ticket.Entry) *ticket.Entry {
	row := e.Outgoing
	if row == nil {
		waits, err := f.r.Outgoing(e.ID)
		if err != nil {
			return nil
		}
		row = &waits
	}
	if p := f.byMessageID(row.InReplyTo); p != nil {
		return p
	}
	return f.first(func(x *ticket.Entry) bool {
		if row.Entry != 0 {
			return x.ID == row.Entry
		}
		return x.Seq+1 == e.Seq
	})
}

func (f *family) first(is func(*ticket.Entry) bool) *ticket.Entry {
	for i := range f.all {
		if is(&f.all[i]) {
			return &f.all[i]
		}
	}
	return nil
}

func (f *family) byMessageID(id string) *ticket.Entry {
	return f.first(func(x *ticket.Entry) bool { return id != "" && x.MessageID == id })
}

// byID finds the entry that an id names: its own, or one that a relay gave it.
func (f *family) byID(id string) (*ticket.Entry, error) {
	if p := f.byMessageID(id); p != nil {
		return p, nil
	}
	c := threading.LearnedClue(id)
	list, err := f.r.Clues(byte(c.Kind), c.Key, maxSameClue)
	if err != nil {
		return nil, err
	}
	return f.first(func(x *ticket.Entry) bool { return slices.Contains(list, x.ID) }), nil
}

// byRef finds the entry that a token or an id of ours speaks of, wherever it was then.
func (f *family) byRef(ref threading.Ref) (*ticket.Entry, error) {
	if ref.Entry == 0 {
		return nil, nil
	}
	p, err := locate(f.r, ref.Ticket, ref.Entry)
	if errors.Is(err, store.ErrNotFound) || err == nil && (p.ticket.Number != f.on || p.entry == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.first(func(x *ticket.Entry) bool { return x.Seq == p.entry }), nil
}
