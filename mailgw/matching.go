package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// match asks which ticket the mail is about. A delivery report is about the mail
// that it returns.
func (d *decision) match() error {
	if d.matchPassed() {
		return nil
	}
	d.asked = d.in.question(d.now)
	x := &index{d: d, akin: map[uint64]bool{}}
	d.matched = threading.Match(d.asked, d.in.s.addresses, d.g.keys, d.in.s.domains, x)
	if x.err != nil {
		return x.err
	}
	if d.matched.Ref.Purpose == threading.Naming { // it went to whom the token for replies went to, in the same mail
		d.matched.Ref.Purpose = threading.Reply
	}
	d.matched.Evidence = append(d.matched.Evidence, x.steps[d.matched.Ticket]...)
	d.squatted = d.matched.Weak && !d.matched.Tagged && !x.akin[d.matched.Ticket]
	return nil
}

// question is what package threading wants to know about a mail.
func (in *incoming) question(now time.Time) threading.Mail {
	m := threading.Mail{
		Recipients: in.recipients(), MessageID: in.mail.MessageID, InReplyTo: in.mail.InReplyTo, References: in.mail.References,
		Subject: in.mail.Subject, ThreadIndex: in.mail.Header.Get("Thread-Index"), Author: in.author, Scope: in.scope(),
		Day: int(now.Unix() / int64(24*time.Hour/time.Second)), OwnTags: in.s.subjectTags, JoinSubject: in.desk.JoinSameSubject,
	}
	if b := in.mail.Bounce; b != nil && b.OriginalMessageID != "" {
		m.InReplyTo = append([]string{b.OriginalMessageID}, m.InReplyTo...)
	}
	return m
}

// scope is whose subjects and foreign tags are compared: those of a customer's
// people are one company's, as long as nobody only says to be one of them.
func (in *incoming) scope() string {
	if c := in.identity.Confidence; c == ticket.Known || c == ticket.Domain {
		return "customer " + in.identity.Customer
	}
	return in.author
}

// leaveClues keeps what later mails can find this one's ticket by.
func (d *decision) leaveClues(tx store.Tx) error {
	done := d.matched
	if d.isNew {
		done.Ticket = 0
	}
	for _, c := range d.asked.Clues(done) {
		if err := tx.PutClue(byte(c.Kind), c.Key, d.in.ID); err != nil {
			return err
		}
	}
	return nil
}

// index shows the store to package threading. A mail that the store could not be
// asked about is not accepted: it would land on a wrong ticket.
type index struct {
	d     *decision
	err   error
	steps map[uint64][]string // how what was asked for came to a ticket, see locate
	akin  map[uint64]bool     // tickets on which a mail that left an asked-for clue is kin to this one, see kin
}

// The most that is looked at of what many mails may share: mails with one
// Message-ID, mails with one clue.
const (
	maxSameID   = 32
	maxSameClue = 8
)

// fails keeps an error of the store; that something is not there is none.
func (x *index) fails(err error) bool {
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		x.err = errors.Join(x.err, err)
	}
	return err != nil
}

func (x *index) ByMessageID(id string) (uint64, bool) {
	found, err := x.d.r.ReceiptsByMessageID(id, maxSameID)
	x.fails(err)
	var first uint64 // the oldest: who comes later and says the same id draws nothing
	for i := range found {
		switch {
		case found[i].Ticket == 0 || found[i].Ticket == first:
			continue
		case first == 0:
			first = found[i].Ticket
			if len(found) == 1 {
				return first, true
			}
		}
		// Somebody who saw the mail may say its id before the mail itself is here.
		if e, err := x.d.r.Entry(found[i].ID); !x.fails(err) && x.d.in.kin(&e) {
			return found[i].Ticket, true
		}
	}
	return first, first != 0
}

// kin reports whether an earlier mail is, provenly, of the same people as this one:
// its author's, or a registered customer's of which this author is, too.
func (in *incoming) kin(e *ticket.Entry) bool {
	sender := mailauth.Verdict{Result: mailauth.Result(e.SenderAuth)}
	if !sender.Authenticated() || !in.auth.Authenticated() {
		return false
	}
	addr := letter.ParseAddress(e.From).Addr
	if addr != "" && strings.EqualFold(addr, in.author) {
		return true
	}
	theirs := in.s.customers.Identify(addr, true)
	known := func(c ticket.Confidence) bool { return c == ticket.Known || c == ticket.Domain }
	return known(theirs.Confidence) && known(in.identity.Confidence) && theirs.Customer == in.identity.Customer
}

// Ticket says where an entry of a ticket is now: merges, splits and admitted mails
// put entries on other tickets.
func (x *index) Ticket(number uint64, entry uint32) (threading.TicketFacts, bool) {
	p, err := locate(x.d.r, number, entry)
	if x.fails(err) {
		return threading.TicketFacts{}, false
	}
	if first, err := x.d.r.Ticket(number); x.fails(err) || !first.ErasedAt.IsZero() || !p.ticket.ErasedAt.IsZero() {
		return threading.TicketFacts{}, false // whose words were erased begins anew
	}
	t := &p.ticket
	facts := threading.TicketFacts{
		ClosedLong:  x.d.isOver(t),
		BareSubject: threading.BareSubject(t.Subject),
		Known:       belongs(t, x.d.in.author),
	}
	if len(p.steps) > 0 {
		facts.Number, facts.Entry = t.Number, p.entry
		if x.steps == nil {
			x.steps = map[uint64][]string{}
		}
		x.steps[t.Number] = p.steps
	}
	return facts, true
}

// Copy finds the mail itself, longer or shorter by what was put below it on its
// way, when its author was proven: anybody can send a mail in somebody's name
// before that one does. The same id alone is none: some programs have one for all.
//
// It runs inside of the transaction, so only a few mails are read again, and no
// large ones: a sender must not keep all others waiting by one id for many mails.
func (x *index) Copy(id string) (uint64, bool) {
	in := x.d.in
	if len(in.Raw) > maxCopyBytes {
		return 0, false
	}
	found, err := x.d.r.ReceiptsByMessageID(id, maxSameID)
	x.fails(err)
	read := 0
	for i := range found {
		r := &found[i]
		if r.Ticket == 0 || r.Size > maxCopyBytes || r.ID == in.ID || in.author == "" || r.Author != in.author {
			continue
		}
		e, err := x.d.r.Entry(r.ID)
		if x.fails(err) || !in.kin(&e) || !sameBeginning(in.excerpt, e.Excerpt) {
			continue
		}
		if read++; read > maxCopies {
			break
		}
		raw, err := x.d.r.Raw(r.ID)
		if !x.fails(err) && onlyLonger(in.mail.Text, letter.Parse(raw, "", letter.DefaultLimits()).Text) {
			x.akin[e.Ticket] = true
			return e.Ticket, true
		}
	}
	return 0, false
}

// What is read again to find a copy, at most.
const (
	maxCopyBytes = 512 << 10 // of each mail
	maxCopies    = 2         // mails
)

// maxFooter is how many bytes a list or a gateway puts below a mail at most.
const maxFooter = 2000

// onlyLonger reports whether one text is the other one with further lines below it.
func onlyLonger(a, b string) bool {
	a, b = squeezed(a), squeezed(b)
	if len(a) < len(b) {
		a, b = b, a
	}
	return len(b) > 1 && len(a)-len(b) <= maxFooter && strings.HasPrefix(a, b)
}

// squeezed are the lines of a text, each with an end, without the white space and
// the empty lines that do not count.
func squeezed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// sameBeginning reports whether two excerpts can be of such texts.
func sameBeginning(a, b string) bool {
	n := min(len(a), len(b), maxExcerpt/2)
	return a[:n] == b[:n]
}

func (x *index) ByClue(c threading.Clue) (tickets []uint64) {
	for _, e := range x.entries(c) {
		if x.d.in.kin(&e) {
			x.akin[e.Ticket] = true
		}
		if !slices.Contains(tickets, e.Ticket) {
			tickets = append(tickets, e.Ticket)
		}
	}
	return tickets
}

func (x *index) Learned(id string) (threading.Ref, bool) {
	for _, e := range x.entries(threading.LearnedClue(id)) {
		if e.Kind == ticket.MailOut {
			return threading.Ref{Purpose: threading.MessageID, Ticket: e.Ticket, Entry: e.Seq}, true
		}
	}
	return threading.Ref{}, false
}

// entries are those that left a clue, the newest first.
func (x *index) entries(c threading.Clue) (list []ticket.Entry) {
	ids, err := x.d.r.Clues(byte(c.Kind), c.Key, maxSameClue)
	x.fails(err)
	for _, id := range ids {
		if e, err := x.d.r.Entry(id); !x.fails(err) {
			list = append(list, e)
		}
	}
	return list
}

// wasSent are the addresses that the mail of ours with the sender's token went to:
// who got it in copy and answers all holds proof for a mail that was theirs, too.
func (d *decision) wasSent() (out []string) {
	list, err := d.r.LastEntries(d.matched.Ticket, 0, searched)
	if err != nil {
		return nil // he is shown as a stranger
	}
	for i := range list {
		e := &list[i]
		if e.Seq != d.matched.Ref.Entry || e.Kind != ticket.MailOut {
			continue
		}
		for _, a := range append(slices.Clone(e.To), e.Cc...) {
			out = append(out, letter.ParseAddress(a).Addr)
		}
	}
	return out
}

// saidProofs says what the sender has proven for the ticket, and what not.
func (d *decision) saidProofs(t *ticket.Ticket, sameCustomer bool) []string {
	a, b := "proof A: none, no token for customers' replies in a recipient", "proof B: none, the sender is not authenticated ("+string(d.in.auth.Result)+")"
	switch {
	case d.matched.Proof && d.matched.Ref.Purpose == threading.Reply:
		a = "proof A: a token for customers' replies in a recipient"
	case d.matched.Proof:
		a = "proof A: none, the token in a recipient is one for " + d.matched.Ref.Purpose.String()
	}
	switch {
	case !d.in.auth.Authenticated():
	case belongs(t, d.in.author):
		b = "proof B: " + d.in.author + " is authenticated (" + string(d.in.auth.Result) + ") and one of the ticket's people"
	case sameCustomer:
		b = "proof B: " + d.in.author + " is authenticated (" + string(d.in.auth.Result) + ") and writes for the ticket's customer " + t.Customer
	default:
		b = "proof B: none, " + d.in.author + " is authenticated (" + string(d.in.auth.Result) + ") and does not belong to the ticket"
	}
	return []string{a, b}
}

// suggest finds what the agents are told of other tickets, and puts it into the
// audit trail: those that the mail's ids name, too, and those that only look like
// one matter with it. Nothing is joined.
func (d *decision) suggest() {
	if !d.isPerson() {
		return
	}
	have := append([]uint64{0, d.ticket.Number}, d.ticket.Linked...)
	add := func(number uint64, why string) {
		if len(d.suggested) == maxSuggestions || slices.Contains(have, number) {
			return
		}
		have = append(have, number)
		d.suggested = append(d.suggested, fmt.Sprintf("#%d: %s", number, why))
		d.event("mailgw", fmt.Sprintf("may be one matter with ticket %d", number), why)
	}
	for _, n := range d.matched.Also {
		add(n, "the mail names mails of both")
	}
	for _, s := range d.matched.Suggestions {
		add(s.Ticket, s.Why)
	}
}

// maxSuggestions is how many other tickets an agent is told of.
const maxSuggestions = 5
