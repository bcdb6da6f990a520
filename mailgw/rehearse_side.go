package mailgw

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/rehearsal"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
	"supportgw/threading"
)

// rehearsedMail is a stored mail, read anew, as each of both configurations sees it.
type rehearsedMail struct {
	in      [2]*incoming // nil when it is left out
	outcome ticket.Outcome
	bad     bool // it cannot be read
	erased  bool
	agent   bool // an agent wrote it
}

// read reads a mail. It is called from several goroutines.
func (r *rehearsing) read(m *StoredMail) *rehearsedMail {
	e, rc := &m.Entry, &m.Receipt
	out := &rehearsedMail{outcome: e.Outcome, agent: e.ByAgent != ""}
	switch {
	case !e.ErasedAt.IsZero() || rc.Erased != nil:
		out.erased = true
		return out
	case m.Raw == nil || damaged(m):
		out.bad = true
		return out
	}
	mail := letter.Parse(m.Raw, rc.MailFrom, letter.DefaultLimits())
	if mail.Kind != letter.Person && mail.Kind != letter.List {
		out.outcome = ticket.OutcomeAutomatic
		return out
	}
	peer, _ := netip.ParseAddr(rc.Peer) // nobody asks about it any more
	for i, s := range r.sides {
		in := &incoming{
			Arrival: &letter.Arrival{ID: e.ID, Source: rc.Source, ReversePath: rc.MailFrom, Recipients: rc.RcptTo, ClientIP: peer, Helo: rc.Helo, At: e.At, Raw: m.Raw, Body: ownLines(m.Raw)},
			s:       s.s, mail: mail, author: mail.Author().Addr, auth: mailauth.Verdict{Result: mailauth.Result(e.SenderAuth), Reasons: e.SenderWhy},
		}
		if !r.needs { // to read them takes longer than all the rest
			in.needs = []NeedView{}
		}
		in.route()
		in.know()
		out.agent = out.agent || in.isAgent()
		out.in[i] = in
	}
	return out
}

// damaged reports whether a mail's bytes are not those that were accepted.
func damaged(m *StoredMail) bool {
	sum := sha256.Sum256(m.Raw)
	return len(m.Receipt.RawSum) > 0 && !bytes.Equal(sum[:], m.Receipt.RawSum)
}

// askNeeds reports whether one of the conditions looks at by when something is needed.
func askNeeds(list ...rules.Condition) bool {
	return slices.ContainsFunc(list, func(c rules.Condition) bool {
		return c.NeededBeforeDue != nil || c.Not != nil && askNeeds(*c.Not) || askNeeds(c.Any...) || askNeeds(c.All...)
	})
}

// ownLines is how many bytes the lines have that were put before a mail as it came.
func ownLines(raw []byte) int {
	n, field := 0, 0
	for line := range bytes.Lines(raw) {
		if folded := line[0] == ' ' || line[0] == '\t'; !folded {
			if field == len(ownFields) || !bytes.HasPrefix(line, []byte(ownFields[field])) {
				return n
			}
			field++
		}
		n += len(line)
	}
	return 0
}

// ownFields are the fields of those lines.
var ownFields = [...]string{"Return-Path:", "Received:"}

// leftOut counts a mail that no rule is asked about.
func (r *rehearsing) leftOut(m *rehearsedMail) bool {
	l := &r.sum.LeftOut
	switch {
	case m == nil: // the rehearsal ends
	case m.erased:
		l.Erased++
	case m.bad:
		l.Unreadable++
	case m.agent:
		l.Agents++
	case m.outcome == ticket.OutcomeAutomatic || m.outcome == ticket.OutcomeBounce:
		l.Automatic++
	default:
		return false
	}
	return true
}

// rehearsed is one configuration, and what it has made of the ticket under way.
type rehearsed struct {
	g *Gateway // nothing of it is kept
	s *settings

	t       ticket.Ticket
	pledge  promise.Promise // the ticket's clock; zero when none has begun
	done    rehearsal.Stand // of the effects that are not on the ticket
	ordered string          // how an assignee is found, in words
}

// begin begins a part of a ticket. When the mail that opened it is not there, the
// ticket is what is known of it today, before any rule.
func (s *rehearsed) begin(t *ticket.Ticket) {
	s.t = ticket.Ticket{
		Number: t.Number, Desk: t.Desk, Status: ticket.Open, Priority: ticket.Normal, Subject: t.Subject,
		Requester: t.Requester, Address: t.Address, People: slices.Clone(t.People), Customer: t.Customer, CustomerID: t.CustomerID,
		Confidence: t.Confidence, Level: t.Level, LevelWhy: t.LevelWhy, Language: t.Language, CreatedAt: t.CreatedAt, PromiseIs: "none",
	}
	s.pledge = promise.Promise{}
	s.forget()
}

// forget begins to note effects anew: those of before the time that was asked for are
// the ticket's past.
func (s *rehearsed) forget() { s.done, s.ordered = rehearsal.Stand{}, "" }

// goOnFrom takes over the ticket as the other one has made it.
func (s *rehearsed) goOnFrom(o *rehearsed) {
	s.t, s.pledge = o.t, o.pledge
	s.t.Tags, s.t.People, s.t.RulesDone = slices.Clone(o.t.Tags), slices.Clone(o.t.People), slices.Clone(o.t.RulesDone)
}

// rehearsedReader is an empty store that knows the clock of the ticket under way.
type rehearsedReader struct {
	emptyStore
	p *promise.Promise
}

func (r rehearsedReader) Promise(id ticket.ID) (promise.Promise, error) {
	if r.p.ID != id {
		return promise.Promise{}, store.ErrNotFound
	}
	return *r.p, nil
}

// mail runs the rules over one, as the pipeline does, and returns those that took
// effect, and when the clock ends that the mail began; zero when it began none.
func (s *rehearsed) mail(in *incoming, outcome ticket.Outcome, isNew bool) (took []string, due time.Time, err error) {
	d := &decision{g: s.g, in: in, r: rehearsedReader{p: &s.pledge}, now: in.At, outcome: outcome}
	d.newNumber = func() (uint64, error) { return s.t.Number, nil }
	if !isNew {
		d.before, d.admitted, d.outcome = s.t, threading.Append, ticket.OutcomeAppended
	}
	for _, step := range []func() error{d.place, d.identify, d.triage} {
		if err := step(); err != nil {
			return nil, due, err
		}
	}
	took = tookEffect(&d.verdict)
	s.note(d)
	apart := !isNew && d.isNew // it would wait, on a ticket of its own
	if d.final || d.verdict.Junk || apart {
		return took, due, nil
	}
	if err := d.promise(); err != nil {
		return took, due, err
	}
	due = s.settle(d)
	s.t = d.ticket
	return took, due, nil
}

// settle keeps the clock that the mail began. Who asks is told of it: what else would
// keep them from being told is not known any more.
func (s *rehearsed) settle(d *decision) (due time.Time) {
	p := d.pledge
	if p == nil || d.resumed {
		return due
	}
	p.Told = true
	s.pledge = *p
	d.ticket.PromiseID, d.ticket.PromiseDue, d.ticket.Told, d.ticket.PromiseIs = p.ID, p.DueAt, true, string(promise.Open)
	at := p.DueAt
	s.done.DueAt = &at
	return at
}

// note adds the effects that are not on the ticket.
func (s *rehearsed) note(d *decision) {
	v, n := &d.verdict, &s.done
	n.Page, n.Hold, n.Junk = n.Page || d.paged, n.Hold || v.Hold, n.Junk || v.Junk
	if v.Template != "" {
		n.Template = v.Template
	}
	if v.Assignee.By != "" {
		s.ordered = inWords(&v.Assignee)
	}
	for _, l := range []struct {
		to   *[]string
		more []string
	}{{&n.Notify, v.Notify}, {&n.Notes, v.Notes}, {&n.Forward, v.Forward}} {
		for _, x := range l.more {
			if !slices.Contains(*l.to, x) {
				*l.to = append(*l.to, x)
			}
		}
	}
}

// inWords says how an agent is to be found: who is in, and who has how much, is not
// known of the past.
func inWords(a *rules.Assignee) string {
	out := strings.ReplaceAll(a.By, "_", " ")
	if len(a.Among) > 0 {
		out += " of " + strings.Join(a.Among, ", ")
	}
	if len(a.Skills) > 0 {
		out += ", knows " + strings.Join(a.Skills, ", ")
	}
	if a.Language {
		out += ", speaks the mail's language"
	}
	return out
}

// stand is how the ticket is left.
func (s *rehearsed) stand() rehearsal.Stand {
	out := s.done
	out.Priority, out.Desk, out.Level, out.Assignee = string(s.t.Priority), s.t.Desk, s.t.Level, s.t.Assignee
	if s.ordered != "" {
		out.Assignee = s.ordered
	}
	out.Tags, out.Notify, out.Notes, out.Forward = orEmpty(s.t.Tags), orEmpty(out.Notify), orEmpty(out.Notes), orEmpty(out.Forward)
	if out.Junk {
		out.Priority = ""
	}
	return out
}
