package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// The bounds of names that customers give themselves.
const (
	maxOwnName    = 60                  // characters
	maxOwnWords   = 8                   // words
	maxOwnNames   = 3                   // changes of one customer by mail, in a day
	maxAskedOf    = 3                   // colleagues who are asked
	ownNameWaits  = 14 * 24 * time.Hour // for their yes, before somebody else may ask anew
	maxEventsRead = 200                 // of a customer, the newest
)

// ownName is what becomes of a mail that a link of ours has written.
type ownName struct {
	d      *decision
	t      ticket.Ticket
	c      customer.Customer
	name   string
	proven bool // the writer is provenly of the customer
}

// oneStep does what a mail asks for that one of our links has written: to give a
// customer another name, to take that back, to say yes or no to it. Such a mail is
// filed and opens no ticket; one with other words in it is a mail like any other.
func (d *decision) oneStep() error {
	err := d.byLink()
	if !d.final {
		d.ack, d.desk, d.deed = acknowledgement{}, nil, nil
	}
	return err
}

func (d *decision) byLink() error {
	m := d.in.mail
	if d.outcome != "" || m.Kind != letter.Person || m.OldOnly || m.Forwarded != nil || len(m.From) != 1 || len(m.Attachments) > 0 || d.in.isAgent() || d.in.auth.Result == "fail" {
		return nil
	}
	ref, ok := d.stepRef()
	if !ok {
		return nil
	}
	if ref.Purpose == threading.Step {
		return d.takeStep(ref)
	}
	name, ok := heard.CallUs(m.NewText)
	if !ok {
		return nil
	}
	n := &ownName{d: d, name: name}
	if found, err := n.find(ref.Ticket); !found || err != nil {
		return err
	}
	return n.decide()
}

// stepRef is the token of a link of ours among the recipients.
func (d *decision) stepRef() (threading.Ref, bool) {
	rcpts := d.in.recipients()
	for _, rcpt := range rcpts[:min(len(rcpts), maxShown)] {
		m := threading.Match(threading.Mail{Recipients: []string{rcpt}}, d.in.s.addresses, d.g.keys, d.in.s.domains, anyTicket{})
		if m.Ref.Purpose == threading.Naming || m.Ref.Purpose == threading.Step {
			return m.Ref, true
		}
	}
	return threading.Ref{}, false
}

// find finds the customer whose name it is about.
func (n *ownName) find(number uint64) (bool, error) {
	t, err := n.d.r.Ticket(number)
	if err != nil || t.CustomerID == 0 || t.Confidence == ticket.Claimed {
		return false, ignoreNotFound(err)
	}
	n.t = t
	c, err := n.d.standing(t.CustomerID)
	if err != nil || c.ID == 0 {
		return false, err
	}
	n.c = c
	id := n.d.in.s.customers.Identify(n.d.in.author, n.d.in.auth.Authenticated())
	n.proven = id.ID == c.ID && (id.Confidence == ticket.Known || id.Confidence == ticket.Domain)
	return true, nil
}

// standing is the record of a customer, or of the one that it was merged into; one
// without an ID when there is none.
func (d *decision) standing(id uint64) (customer.Customer, error) {
	c, err := d.r.Customer(id)
	if err == nil && c.MergedInto != 0 {
		c, err = d.r.Customer(c.MergedInto)
	}
	if err != nil || c.Gone() {
		return customer.Customer{}, ignoreNotFound(err)
	}
	return c, nil
}

// decide gives the name, asks colleagues, or says why not. What it leaves open is for
// people: the mail goes on like any other.
func (n *ownName) decide() error {
	d := n.d
	why := n.problem()
	if why == "" {
		if n.taken() { // who our customers are is nobody's business: people answer this
			d.forPeople = "asks to be called “" + n.name + "”, which another customer is called, or nearly so; “mailgw customer rename” does it"
			return nil
		}
		var err error
		if why, err = n.tooOften(); err != nil {
			return err
		}
	}
	if !n.proven {
		if why != "" {
			d.forPeople = "asks to be called by another name, and nothing proves that the writer is of " + n.c.Name
			return nil
		}
		return n.askColleagues()
	}
	d.ack.to = d.in.mail.Author()
	if err := d.judgeStep(); err != nil || !d.ack.send {
		return err
	}
	d.file("a name of their own, by a link of ours")
	if why != "" {
		d.deed = func(tx store.Tx) error {
			return d.tellName(tx, d.in.author, wording.OwnNameFacts{Reason: wording.OwnRefused, Why: why, Old: n.c.Name})
		}
		return nil
	}
	d.deed = func(tx store.Tx) error { return n.rename(tx, d.in.author, "by a link in a mail of ours") }
	return nil
}

// file ends the way of the mail: it is kept, and stands on no ticket.
func (d *decision) file(why string) {
	d.outcome, d.final, d.ack.why = ticket.OutcomeAutomatic, true, why
}

// judgeStep decides whether the writer hears what came of it: as who gets an
// acknowledgement. It goes to the writer alone.
func (d *decision) judgeStep() error {
	d.desk = d.in.desk
	if !strings.EqualFold(d.in.answerTo().Addr, d.in.author) {
		return nil
	}
	return d.judgeAcknowledgement()
}

// problem is why the name cannot be one; "" when it can.
func (n *ownName) problem() string {
	switch words := strings.Fields(n.name); {
	case len(words) == 0:
		return wording.OwnWhyEmpty
	case utf8.RuneCountInString(n.name) > maxOwnName || len(words) > maxOwnWords:
		return wording.OwnWhyLong
	}
	n.name = strings.Join(strings.Fields(n.name), " ")
	lower, letters := strings.ToLower(n.name), 0
	for _, r := range n.name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
		if unicode.In(r, unicode.C, unicode.So, unicode.Sm) && r != '+' || strings.ContainsRune("<>{}[]|\\^`\"@#$%=~*_\uFFFD", r) {
			return wording.OwnWhySigns
		}
	}
	if letters < 2 || strings.Contains(lower, "://") || strings.Contains(lower, "www.") || strings.Contains(lower, "/") || linkLike(lower) {
		return wording.OwnWhySigns
	}
	if n.d.in.s.isOurName(lower) {
		return wording.OwnWhyOurs
	}
	return ""
}

// linkLike tells a word that a mail program makes a link of: "acme.com".
func linkLike(s string) bool {
	return slices.ContainsFunc(strings.Fields(s), func(w string) bool {
		i := strings.LastIndexByte(w, '.')
		return i > 0 && len(w)-i > 2 && customer.DomainKey(w) != ""
	})
}

// isOurName tells a name, in lower case, by which our own mails go, or that says that
// it is ours.
func (s *settings) isOurName(lower string) bool {
	for _, w := range strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.Contains(houseWords[:], w) {
			return true
		}
	}
	for i := range s.Desks {
		d := &s.Desks[i]
		if lower == strings.ToLower(d.FromName) || lower == strings.ToLower(d.Name) {
			return true
		}
	}
	return slices.ContainsFunc(s.domains, func(domain string) bool { return strings.Contains(lower, domain) })
}

// houseWords are for the house, or for programs.
var houseWords = [...]string{"support", "helpdesk", "mailgw", "postmaster", "admin", "administrator", "mailer", "daemon", "noreply"}

// taken reports whether another customer has the name, or one that it could be taken for.
func (n *ownName) taken() bool {
	by, err := n.d.r.CustomerBy(customer.Key{Kind: customer.KeyName, Text: customer.NameKey(n.name)})
	if err == nil && by != n.c.ID {
		return true
	}
	id := n.d.in.s.customers.Identify("", false, n.name)
	if id.ID != 0 {
		return id.ID != n.c.ID
	}
	return len(id.Candidates) > 0 && !slices.Contains(id.Candidates, n.c.Name)
}

// tooOften bounds the changes of one day.
func (n *ownName) tooOften() (string, error) {
	events, err := n.d.r.CustomerEvents(n.c.ID)
	if err != nil {
		return "", fmt.Errorf("events of customer %d: %w", n.c.ID, err)
	}
	count := 0
	for _, e := range events[max(0, len(events)-maxEventsRead):] {
		if strings.HasPrefix(e.What, "renamed to ") && strings.Contains(e.Who, "@") && n.d.now.Sub(e.At) < 24*time.Hour {
			count++
		}
	}
	if count >= maxOwnNames {
		return wording.OwnWhyOften, nil
	}
	return "", nil
}

// editor changes customers in a mail's transaction.
func (d *decision) editor(tx store.Tx, who, why string) *roster.Editor {
	d.customers = true
	return &roster.Editor{Tx: tx, NotFound: store.ErrNotFound, Now: d.now, NewID: d.g.ids.Next, Who: who, Why: why}
}

// rename gives the customer the name, and tells who wanted it, with a link that takes
// it back.
func (n *ownName) rename(tx store.Tx, who, why string) error {
	d := n.d
	ev, err := d.editor(tx, who, why).Rename(n.c.ID, n.name)
	var no *roster.Refused
	if errors.As(err, &no) {
		return d.tellName(tx, who, wording.OwnNameFacts{Reason: wording.OwnRefused, Why: wording.OwnWhyOver, Old: n.c.Name})
	}
	if err != nil {
		return err
	}
	f := wording.OwnNameFacts{Reason: wording.OwnDone, New: n.name, Old: n.c.Name}
	if ev.ID == 0 { // it is called so
		f.Reason, f.Old = wording.OwnStays, n.name
		return d.tellName(tx, who, f)
	}
	at, err := d.keepStep(tx, step{Kind: stepUndo, Ticket: n.t.Number, Customer: n.c.ID, Event: ev.ID})
	if err != nil {
		return err
	}
	f.ReplyTo = d.stepAddress(at, who)
	e := ticket.Event{Ticket: n.t.Number, ID: d.in.ID, At: d.now, Who: who, What: "customer " + n.c.Name + " is called " + n.name, Why: why}
	return errors.Join(tx.PutEvents([]ticket.Event{e}), d.tellName(tx, who, f))
}

// tellName makes the row of a mail about a name. It stands on no ticket.
func (d *decision) tellName(tx store.Tx, to string, f wording.OwnNameFacts) error {
	f.DeskName, f.DeskAddress, f.Signature = d.desk.FromName, d.desk.Address, d.desk.SignatureIn(d.in.s.Words.Match(d.in.language()))
	raw, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("facts of a name: %w", err)
	}
	row := d.rowApart(to, wording.TemplateOwnName, raw)
	if strings.EqualFold(to, d.in.author) {
		if id := d.in.mail.MessageID; !unwritable(id) {
			row.InReplyTo, row.References = id, []string{id}
		}
	}
	d.outgoing = append(d.outgoing, row)
	return tx.PutOutgoing(&row)
}

// rowApart is an automatic mail that stands on no ticket and carries no token of one: a
// reply to it is a new mail.
func (d *decision) rowApart(to, template string, facts json.RawMessage) ticket.Outgoing {
	id := d.g.ids.Next()
	return d.finish(ticket.Outgoing{
		ID: id, Kind: ticket.Acknowledgement, EnvelopeTo: []string{to},
		From: letter.Address{Name: d.desk.FromName, Addr: d.desk.Address}.String(), To: []string{to},
		MessageID: d.g.voice(d.in.s, d.desk, 0).messageID(uint32(id>>32)&threading.MaxEntry, uint32(id)), Date: d.now.In(d.in.s.zone(d.desk)),
		Template: template, Language: d.in.s.Words.Match(d.in.language()), Facts: facts,
	})
}

// nameTo is the address of the link by which a customer says how they want to be
// called, in the mail of an entry; "" when its reader is not of the customer for sure,
// or the desk does not offer it.
func (v voice) nameTo(t *ticket.Ticket, reader string, seq uint32) string {
	id := v.s.customers.Identify(reader, true)
	if !v.desk.OwnName || t.CustomerID == 0 || t.Unsure() || !v.s.isCustomer(t, id.ID, id.Customer) || id.Confidence != ticket.Known && id.Confidence != ticket.Domain {
		return ""
	}
	return v.replyTo(threading.Ref{Purpose: threading.Naming, Entry: seq})
}
