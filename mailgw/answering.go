package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// answerDraft is an agent's answer to a customer, before it becomes a row.
type answerDraft struct {
	voice
	t     *ticket.Ticket
	agent *config.Agent
	mail  *letter.Mail      // the mail that it answers
	words string            // clean: nothing in it that a customer must not see
	files []ticket.SentFile // of the agent's mail
	entry ticket.ID         // the agent's mail, zero when there is none
	only  bool              // to the writer of the mail alone
	opens bool              // it answers nothing: the ticket begins with it
	asks  bool              // it asks at its end whether the matter is solved
	now   time.Time
}

// errNobody says that an answer has nobody to go to.
var errNobody = errors.New("the mail names no address that an answer can go to")

// row makes the outbox row of the answer and its entry. seq is the entry's number.
func (a *answerDraft) row(seq uint32) (ticket.Outgoing, ticket.Entry, error) {
	to, cc := a.s.addressees(a.mail, a.t, a.only)
	if to.Addr == "" {
		return ticket.Outgoing{}, ticket.Entry{}, errNobody
	}
	inReplyTo, references := a.thread(a.mail)
	row := ticket.Outgoing{
		ID: a.g.ids.Next(), Ticket: a.t.Number, Kind: ticket.Answer, EntrySeq: seq, EnvelopeFrom: a.personalFrom(seq), EnvelopeTo: []string{to.Addr},
		From: letter.Address{Name: a.agent.Name, Addr: a.desk.Address}.String(), To: []string{to.String()},
		ReplyTo: a.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq}), Subject: tagged(answerSubject(a.mail.Subject), a.subjectTag()),
		MessageID: a.messageID(seq, 0), Date: a.now.In(a.s.zone(a.desk)), InReplyTo: inReplyTo, References: references,
		Template: "answer", Language: a.s.Words.Match(a.language()), Entry: a.entry, Files: a.files,
		NextAt: a.now, Clock: a.g.clock.Rehearsal(), Lane: domainOf(to.Addr),
	}
	if a.opens {
		row.Subject = tagged(a.mail.Subject, a.subjectTag())
	}
	facts := wording.AnswerFacts{Text: a.words, AgentName: a.agent.Name, DeskName: a.desk.FromName, Signature: a.desk.SignatureIn(row.Language)}
	if a.askInAnswer(&facts, &row); !a.asks && len(cc) == 0 {
		facts.NameTo = a.nameTo(a.t, to.Addr, seq)
	}
	var err error
	if row.Facts, err = json.Marshal(facts); err != nil {
		return ticket.Outgoing{}, ticket.Entry{}, fmt.Errorf("facts of answer: %w", err)
	}
	for _, c := range cc {
		row.EnvelopeTo, row.Cc = append(row.EnvelopeTo, c.Addr), append(row.Cc, c.String())
	}
	return row, ticket.Entry{
		ID: row.ID, Ticket: a.t.Number, Seq: seq, Kind: ticket.MailOut, From: row.From, To: row.To, Cc: row.Cc, At: a.now, Subject: row.Subject,
		MessageID: row.MessageID, Text: a.words, Excerpt: letter.Excerpt(a.words, maxExcerpt), ByAgent: a.agent.Address,
	}, nil
}

// language is the customer's when we speak it, else the desk's.
func (a *answerDraft) language() string { return a.s.spoken(a.t.Language, a.desk) }

// answerSubject keeps the customer's subject: a client that sorts by it shows one
// conversation.
func answerSubject(s string) string {
	if len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
		return s
	}
	return strings.TrimSpace("Re: " + s)
}

// addressees are whom an answer to a mail goes to: its writer, where they want to
// be answered, and in copy everybody else on its To and Cc, without ourselves and
// the house. When it names nobody, the ticket's requester is answered.
func (s *settings) addressees(m *letter.Mail, t *ticket.Ticket, only bool) (to letter.Address, cc []letter.Address) {
	list := m.ReplyTo
	if len(list) == 0 || s.isOwn(list[0].Addr) {
		list = []letter.Address{m.Author(), letter.ParseAddress(t.Requester)}
		if s.isHouse(list[0].Addr) && !s.isHouse(t.Address) { // an agent opened it, and has said whose matter it is
			list = list[1:]
		}
	}
	seen := map[string]bool{}
	add := func(a letter.Address) bool {
		key := strings.ToLower(a.Addr)
		if !sendable(a.Addr) || s.isOwn(a.Addr) || seen[key] || len(seen) >= maxPeople {
			return false
		}
		seen[key] = true
		return true
	}
	for i, a := range list {
		switch {
		case to.Addr == "" && add(a):
			to = a
		case i < len(m.ReplyTo) && !only && !s.isHouse(a.Addr) && add(a): // he asks to be answered at several
			cc = append(cc, a)
		}
	}
	if only || to.Addr == "" {
		return to, nil
	}
	for _, field := range [][]letter.Address{m.To, m.Cc} {
		for _, a := range field {
			if !s.isHouse(a.Addr) && add(a) {
				cc = append(cc, a)
			}
		}
	}
	for _, addr := range t.Copies { // as an agent has said
		if a := (letter.Address{Addr: addr}); add(a) {
			cc = append(cc, a)
		}
	}
	return to, cc
}

// searched is how many of a ticket's last entries are looked through for the mail
// that is answered.
const searched = 200

// mailToAnswer finds the customer's mail that an answer is for: entry seq, when
// that is one, else the last of the ticket's people: a stranger who has got a
// token must not draw answers. A ticket without any has what it knows.
func (g *Gateway) mailToAnswer(r store.Reader, t *ticket.Ticket, seq uint32) (*letter.Mail, error) {
	list, err := r.LastEntries(t.Number, 0, searched)
	if err != nil {
		return nil, err
	}
	var found *ticket.Entry
	for i := range list { // newest first
		e := &list[i]
		if !fromCustomer(e) {
			continue
		}
		if found == nil || e.Seq == seq || !belongs(t, found.From) && belongs(t, e.From) {
			found = e
		}
		if e.Seq == seq { // not the first below it: an admitted mail has a number later than its place
			break
		}
	}
	if found == nil {
		return &letter.Mail{Subject: t.Subject, MessageID: t.LastIn}, nil
	}
	raw, err := r.Raw(found.ID)
	if err != nil {
		return nil, fmt.Errorf("the mail to answer: %w", err)
	}
	m := letter.Parse(raw, "", letter.DefaultLimits())
	sender := mailauth.Verdict{Result: mailauth.Result(found.SenderAuth)}
	if sender.Authenticated() {
		return m, nil
	}
	// Whoever can write in somebody's name must not choose who else reads the answer.
	dir, author := g.settings.Load().customers, m.Author().Addr
	colleagues := func(list []letter.Address) []letter.Address {
		return slices.DeleteFunc(list, func(a letter.Address) bool { return !belongs(t, a.Addr) && !dir.Colleagues(author, a.Addr) })
	}
	switch {
	case found.Seq > 1: // he has a token
		m.ReplyTo = known(t, m.ReplyTo)
	case dir.Identify(author, true).Customer != "":
		m.ReplyTo = colleagues(m.ReplyTo)
	}
	m.To, m.Cc = colleagues(m.To), colleagues(m.Cc)
	if found.Seq > 1 && found.Seq != seq { // nobody chose this very mail, whose copies the agent saw
		m.To, m.Cc = known(t, m.To), known(t, m.Cc)
	}
	return m, nil
}

// known are those of a list who belong to a ticket.
func known(t *ticket.Ticket, list []letter.Address) []letter.Address {
	return slices.DeleteFunc(list, func(a letter.Address) bool { return !belongs(t, a.Addr) })
}

// belongs reports whether an address, with a name or without, is one of the
// ticket's people.
func belongs(t *ticket.Ticket, addr string) bool {
	addr = letter.ParseAddress(addr).Addr
	return slices.ContainsFunc(t.People, func(p string) bool { return strings.EqualFold(p, addr) })
}

// fromCustomer reports whether an entry is a customer's own words.
func fromCustomer(e *ticket.Entry) bool {
	if e.Kind != ticket.MailIn || e.ByAgent != "" || !e.ErasedAt.IsZero() {
		return false
	}
	return e.Outcome == ticket.OutcomeNew || e.Outcome == ticket.OutcomeAppended || e.Outcome == ticket.OutcomeHeld
}
