package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// question is a mail by itself to a ticket's customer, whether their matter is solved,
// on its way through a transaction. It goes to whom an acknowledgement may go, and
// shows no more than that would. No budget is asked: an agent's word draws it, and
// nobody else's.
type question struct {
	voice
	r    store.Reader
	t    *ticket.Ticket
	now  time.Time
	by   time.Time // it says when the ticket will be closed; zero: it only asks
	mail *letter.Mail
	to   letter.Address
	last ticket.Entry // the customer's last mail
	path string       // its reverse path
}

// find finds whom the question goes to. why says why nobody is asked; "" when
// somebody is.
func (q *question) find() (why string, err error) {
	list, err := q.r.LastEntries(q.t.Number, 0, searched)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(list, func(e ticket.Entry) bool { return fromCustomer(&e) && belongs(q.t, e.From) })
	if at < 0 {
		at = slices.IndexFunc(list, func(e ticket.Entry) bool { return fromCustomer(&e) })
	}
	if at < 0 {
		return "no customer has written on it", nil
	}
	q.last = list[at]
	raw, err := q.r.Raw(q.last.ID)
	if err != nil {
		return "", fmt.Errorf("the customer's last mail: %w", err)
	}
	rc, err := q.r.Receipt(q.last.ID)
	if err != nil {
		return "", fmt.Errorf("the customer's last mail: %w", err)
	}
	q.mail, q.path = letter.Parse(raw, rc.MailFrom, letter.DefaultLimits()), rc.MailFrom
	q.to = q.mail.Author()
	if len(q.mail.ReplyTo) == 1 && !q.s.isOwn(q.mail.ReplyTo[0].Addr) {
		q.to = q.mail.ReplyTo[0]
	}
	return q.judge()
}

// judge says why nothing automatic goes to the writer of the customer's last mail, as
// judgeAcknowledgement does for a mail that comes in.
func (q *question) judge() (string, error) {
	switch {
	case q.mail.Kind == letter.List:
		return "the last mail came through a list", nil
	case q.mail.Kind != letter.Person:
		return "the last mail was not written by a person", nil
	case q.path == "":
		return "the envelope sender of the last mail is null", nil
	case q.last.SenderAuth == string(mailauth.Fail):
		return "the sender of the last mail is forged", nil
	case q.last.SenderAuth == string(mailauth.None) && q.desk.UnprovenSender == config.UnprovenSilent:
		return "nothing proves the sender, and the desk answers none such by itself (unproven_sender)", nil
	case !sendable(q.to.Addr):
		return "the last mail names no address to answer to", nil
	case q.s.isHouse(q.to.Addr):
		return q.to.Addr + " is an address of ours", nil
	case isDaemon(q.to.Addr) || isDaemon(q.path):
		return q.to.Addr + " is not read by a person", nil
	}
	why, err := unreachable(q.r, q.to.Addr, q.now)
	if why == "" {
		why = q.g.turns.isMachine(q.to.Addr, q.proven(), q.now)
	}
	return why, err
}

// proven reports whether the customer's last mail is provenly its author's.
func (q *question) proven() bool {
	return (mailauth.Verdict{Result: mailauth.Result(q.last.SenderAuth)}).Authenticated()
}

// facts fixes what is said. The less is known of the writer, the less of their words
// comes back.
func (q *question) facts(lang, replyTo string) wording.SolvedFacts {
	f := wording.SolvedFacts{
		DeskName: q.desk.FromName, DeskAddress: q.desk.Address, Ticket: q.t.Number, Signature: q.desk.SignatureIn(lang), Tag: q.subjectTag(),
		ReplyTo: answerable(replyTo, q.voice), Neutral: true,
	}
	if !q.by.IsZero() {
		zone := promise.Zone(q.mail.Date, q.mail.HasZone, q.s.zone(q.desk), q.by)
		f.By = promise.Say(q.by, q.now, zone, lang)
	}
	in := incoming{s: q.s}
	author := q.mail.Author().Addr
	switch {
	case q.last.Outcome == ticket.OutcomeHeld || !belongs(q.t, author):
	case q.proven() && (q.to.Addr == author || in.areColleagues(author, q.to.Addr)):
		f.Neutral, f.CustomerName, f.Subject = false, letter.Excerpt(q.to.Name, maxName), q.t.Subject
	case in.isKnown(author) && in.isKnown(q.to.Addr):
		f.Neutral = false
	}
	return f
}

// answerable is the address that links lead to: that with the token; else the desk's,
// when its subject tag brings an answer home; else none.
func answerable(replyTo string, v voice) string {
	if replyTo == "" && v.subjectTag() != "" {
		return v.desk.Address
	}
	return replyTo
}

// row makes the mail's row and entry, and notes on the ticket that it was asked.
func (q *question) row() (row ticket.Outgoing, entry ticket.Entry, err error) {
	lang := q.s.Words.Match(q.s.spoken(q.t.Language, q.desk))
	q.t.Entries++
	seq := q.t.Entries
	replyTo := q.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq})
	f := q.facts(lang, replyTo)
	facts, err := json.Marshal(f)
	if err != nil {
		return row, entry, fmt.Errorf("facts of the question: %w", err)
	}
	said, err := q.s.Words.Solved(lang, f)
	if err != nil {
		return row, entry, err
	}
	to := letter.Address{Addr: q.to.Addr, Name: f.CustomerName} // nothing that a stranger wrote
	inReplyTo, references := q.thread(q.mail)
	if f.Subject == "" {
		inReplyTo, references = "", references[:1]
	}
	row = ticket.Outgoing{
		ID: q.g.ids.Next(), Ticket: q.t.Number, Kind: ticket.Acknowledgement, EntrySeq: seq, EnvelopeFrom: q.automaticFrom(seq), EnvelopeTo: []string{to.Addr},
		From: letter.Address{Name: q.desk.FromName, Addr: q.desk.Address}.String(), To: []string{to.String()}, ReplyTo: replyTo, Tag: q.subjectTag(),
		MessageID: q.messageID(seq, 0), Date: q.now.In(q.s.zone(q.desk)), InReplyTo: inReplyTo, References: references,
		Template: wording.TemplateSolved, Language: lang, Facts: facts, NextAt: q.now, Clock: q.g.clock.Rehearsal(), Lane: domainOf(to.Addr),
	}
	entry = ticket.Entry{ID: row.ID, Ticket: q.t.Number, Seq: seq, Kind: ticket.MailOut, From: row.From, To: row.To, At: q.now, MessageID: row.MessageID}
	noteAsked(q.t, seq, tagged(said.Subject, row.Tag), q.now)
	return row, entry, nil
}

// maxAsking bounds how many of our mails that asked a ticket remembers.
const maxAsking = 8

// noteAsked notes on a ticket that an entry asks its customer whether it is solved.
func noteAsked(t *ticket.Ticket, seq uint32, subject string, now time.Time) {
	c := closingOf(t)
	if c.AskedAt.IsZero() {
		c.Mails, c.Subjects, c.AskedAt = nil, nil, now
	}
	if len(c.Mails) < maxAsking {
		c.Mails, c.Subjects = append(c.Mails, seq), append(c.Subjects, subject)
	}
	t.Closing = c
}

// forgetAsked takes back that an entry asked, when it did not arrive.
func forgetAsked(t *ticket.Ticket, seq uint32) {
	if c := closingOf(t); slices.Contains(c.Mails, seq) {
		c.AskedAt = time.Time{}
		t.Closing = c
	}
}

// closingOf is a copy of a ticket's closing, an empty one when it has none.
func closingOf(t *ticket.Ticket) *ticket.Closing {
	c := &ticket.Closing{}
	if t.Closing != nil {
		*c = *t.Closing
		c.Mails, c.Subjects = slices.Clone(c.Mails), slices.Clone(c.Subjects)
	}
	return c
}

// asked is what came of an agent's word that a ticket is solved, when the customer
// was not asked in the answer itself.
type asked struct {
	row       *ticket.Outgoing // nil: they are not asked now
	entry     ticket.Entry
	what, why string // for the audit trail; what is "" when there is nothing to say
}

// askSolved asks the customer of a ticket that an agent has just solved, unless a
// question that they have got is still open.
func (g *Gateway) askSolved(r store.Reader, s *settings, t *ticket.Ticket, now time.Time) (a asked, err error) {
	desk := s.desk(t.Desk)
	if desk == nil || desk == s.admin || t.Closing != nil && !t.Closing.AskedAt.IsZero() {
		return a, nil
	}
	q := question{voice: g.voice(s, desk, t.Number), r: r, t: t, now: now}
	why, err := q.find()
	if err != nil {
		return a, fmt.Errorf("ask the customer of ticket %d: %w", t.Number, err)
	}
	if why != "" {
		return asked{what: "the customer is not asked whether it is solved", why: why}, nil
	}
	row, entry, err := q.row()
	return asked{row: &row, entry: entry, what: "asked the customer whether it is solved", why: row.To[0]}, err
}

// askInAnswer makes an agent's answer ask at its end.
func (a *answerDraft) askInAnswer(f *wording.AnswerFacts, row *ticket.Outgoing) {
	if a.asks {
		f.Asks, f.Subject, f.ReplyTo = true, row.Subject, answerable(row.ReplyTo, a.voice)
	}
}

// solves reports whether an agent's mail that answers m also says that the ticket is
// solved, so that the answer asks. What came through a list is not asked there.
func (d *decision) solves(m *letter.Mail) bool {
	_, solved := d.agent.read.Has("solve")
	_, closed := d.agent.read.Has("close")
	return solved && !closed && d.desk != d.in.s.admin && m.Kind != letter.List
}

// finishSolved does what follows from an agent's mail that solved the ticket: its
// customer is asked, and the time begins after which it is closed by silence.
func (d *decision) finishSolved() error {
	if d.agent.waits || d.agent.aboutUnsent || d.ticket.Status != ticket.Solved || d.before.Status == ticket.Solved && d.before.Closing != nil && len(d.answers) == 0 {
		return nil
	}
	who := d.agent.who.Address
	if n := len(d.answers); n > 0 && d.agent.asked {
		row := &d.outgoing[len(d.outgoing)-1]
		d.ticket.Closing = nil
		noteAsked(&d.ticket, row.EntrySeq, row.Subject, d.now)
		d.event(who, "asked the customer whether it is solved", "in the answer")
	} else {
		a, err := d.g.askSolved(d.r, d.in.s, &d.ticket, d.now)
		if err != nil {
			return err
		}
		if a.row != nil {
			d.outgoing, d.answers = append(d.outgoing, *a.row), append(d.answers, a.entry)
		}
		if a.what != "" {
			d.event("mailgw", a.what, a.why)
		}
	}
	return d.g.startClosing(d.in.s, &d.ticket, d.now)
}

// solvedByHand does the same for a ticket that was solved by a command.
func (g *Gateway) solvedByHand(tx store.Tx, s *settings, c *change) error {
	a, err := g.askSolved(tx, s, c.t, c.now)
	if err != nil {
		return err
	}
	if a.what != "" {
		c.events = append(c.events, ticket.Event{Ticket: c.t.Number, ID: c.id, At: c.now, Who: "mailgw", What: a.what, Why: a.why})
	}
	if a.row != nil {
		err = errors.Join(tx.PutOutgoing(a.row), tx.PutEntry(&a.entry))
	}
	return errors.Join(err, g.startClosing(s, c.t, c.now), setAlarm(tx, c.t))
}
