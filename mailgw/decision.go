package mailgw

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
	"supportgw/threading"
)

// decision is what becomes of one mail. The steps of decide fill it in order.
type decision struct {
	g         *Gateway
	in        *incoming
	r         store.Reader
	newNumber func() (uint64, error)
	now       time.Time
	final     bool                  // nothing more is to be decided
	keep      func(*decision) error // writes what was decided about a mail that this one passes on; nil writes nothing
	passing   []*decision           // of the mails that this one passes on
	onto      *ticket.Ticket        // of the first of them
	drafted   bool                  // opened, and nothing has gone to the customer
	opened    bool                  // an agent wrote to a customer, and opened the customer's ticket by it

	outcome      ticket.Outcome
	original     ticket.ID          // of a duplicate
	erased       *ticket.Erased     // of a duplicate of an erased mail: what is kept of it; nil of others
	asked        threading.Mail     // what it was matched by
	matched      threading.Decision // which ticket, with the evidence
	squatted     bool               // matched is weak, and nobody of the author's people left the clue: whoever saw a mail before us could
	admitted     threading.Admission
	why          string         // of admitted
	proofs       []string       // what the sender has proven, in words, for explain
	agent        agentMail      // what an agent's mail may do, and did
	deeds        agentDeeds     // what an agent's mail does besides what it says
	isNew        bool           // a new ticket
	impact       impact         // how much the mail says it hurts
	proved       bool           // that reply addresses of in.proves come in
	thanks       bool           // it only says thank you, on a ticket that is done
	said         heard.Verdict  // what it answers to our question whether the matter is solved
	followed     *ticket.Ticket // the ticket that is over, and goes on as this new one
	before       ticket.Ticket
	ticket       ticket.Ticket // as it will be
	desk         *config.Desk  // of the ticket
	identity     customer.Identity
	entitled     customer.Entitlement // why the level is what it is; zero on a ticket whose level this mail has not raised
	raised       bool                 // the level of a ticket that was there, by this mail
	hastened     bool                 // pledge ran before, and ends earlier now
	history      customer.History     // how it went with the ticket's people, this mail counted
	counts       customer.Counts      // of history, before this mail opened a ticket again
	firstContact bool                 // nothing was counted before of the ticket's people
	level        *config.Level
	verdict      rules.Verdict
	explain      bool               // keep why each rule matched or not
	given        func(*rules.Facts) // puts into what rules look at what a test of rules says instead; nil otherwise
	paged        bool
	followsUp    bool   // the rules were asked about a mail onto a ticket that is there
	junkedBy     string // the rule that put the mail to the junk, "" for none
	heldBy       string // the rule that lets nothing go to the customer, "" for none
	notes        []ruleNote
	notified     []string // agents whom rules let know beside those of the desk
	forwarded    []string // addresses outside to which rules forward the mail
	target       promise.Target
	due          promise.DueTime
	calibrated   calibration       // what history said about due
	pledge       *promise.Promise  // the promise that this mail starts, or resumes
	resumed      bool              // pledge ran before, and the customer was not told
	replaced     *promise.Promise  // the later promise that pledge takes the place of
	noted        []promise.Promise // what an agent's own words promise, or settle
	clocks       []promise.Promise // the house's own clocks of the ticket, as this mail moves them
	givenUp      *promise.Promise  // the target that history says will be missed
	ack          acknowledgement
	returned     *returned      // the mail of ours that this delivery report is about; nil when it is none
	answers      []ticket.Entry // mail_out entries
	outgoing     []ticket.Outgoing
	events       []ticket.Event
	released     bool // by hand: it was quarantined
	item         *ticket.DrawerItem
	unsent       []ticket.DrawerItem    // answers that wait for somebody's word
	atEnd        []func(store.Tx) error // what is done about answers of before, when all else is recorded
	deed         func(store.Tx) error   // of a mail that stands on no ticket: what it does
	customers    bool                   // customers were changed
	turn         string                 // who was given the ticket by a rule
	absence      *absenceChange         // of an agent, by their own word or absence mail
	departed     *departed              // who has left, by an agent's word
	learned      *learned               // what the requester said of themselves
	forPeople    string                 // what the mail asks for that only people can do
	suggested    []string               // other tickets that may be one matter with this one, a line each
}

// duplicate finds the same mail again: same Message-ID, same author, same hash.
// It is accepted and changes nothing.
func (d *decision) duplicate() error {
	if d.in.mail.MessageID == "" || d.released { // a released one would find itself
		return nil
	}
	first, err := d.r.Repeated(d.in.mail.MessageID, d.in.author, d.in.hash)
	if errors.Is(err, store.ErrNotFound) {
		return d.repeatsErased()
	}
	if err != nil {
		return err
	}
	if more, err := d.provesMore(&first); more || err != nil {
		return err
	}
	d.outcome, d.original, d.final = ticket.OutcomeDuplicate, first.ID, true
	d.ticket.Number = first.Ticket
	return d.cameElsewhere(&first)
}

// provesMore reports whether the mail is the true one of a mail that is held,
// because nothing proved who wrote that: it may go where the other must not. first
// becomes the true one, when that has come before.
func (d *decision) provesMore(first *ticket.Receipt) (bool, error) {
	if first.Outcome != ticket.OutcomeHeld || !d.in.auth.Authenticated() {
		return false, nil
	}
	e, err := d.r.Entry(first.ID)
	if err != nil || (mailauth.Verdict{Result: mailauth.Result(e.SenderAuth)}).Authenticated() {
		return false, err
	}
	item, err := d.r.DrawerItem(first.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && item.Kind != ticket.DrawerHeld { // it was decided
		return false, nil
	}
	if err != nil {
		return false, err
	}
	all, err := d.r.ReceiptsByMessageID(d.in.mail.MessageID, maxSameID)
	for i := range all {
		if rc := &all[i]; rc.ID != first.ID && rc.Outcome != ticket.OutcomeDuplicate && rc.Author == d.in.author && bytes.Equal(rc.Hash, d.in.hash) {
			*first = *rc
			return false, nil
		}
	}
	return err == nil, err
}

// classify sets the outcomes that the sender or the kind of mail alone decides.
func (d *decision) classify() error {
	if d.in.suspect() && !d.released {
		d.outcome, d.final = ticket.OutcomeQuarantined, true
		return nil
	}
	switch d.in.mail.Kind {
	case letter.Bounce:
		d.outcome = ticket.OutcomeBounce
	case letter.Verification:
		d.outcome, d.final = ticket.OutcomeQuarantined, true
	case letter.AutoReply, letter.Report, letter.Receipt, letter.Calendar:
		d.outcome = ticket.OutcomeAutomatic
	}
	return nil
}

// isPerson reports whether somebody waits for an answer.
func (d *decision) isPerson() bool {
	return d.in.mail.Kind == letter.Person || d.in.mail.Kind == letter.List
}

// admit asks whether the sender may write on the ticket that matched.
func (d *decision) admit() error {
	if d.matched.Ticket == 0 || d.onto != nil {
		return nil
	}
	t, err := d.r.Ticket(d.matched.Ticket)
	if err != nil {
		return err
	}
	d.admitTo(t)
	return d.followUp()
}

// admitTo asks whether the sender may write on one ticket.
func (d *decision) admitTo(t ticket.Ticket) {
	d.before = t
	d.identity = d.in.s.customers.Identify(d.in.author, d.in.auth.Authenticated())
	// A ticket of one who only names the company does not draw its people's mail.
	sameCustomer := t.Customer != "" && (t.Confidence != ticket.Claimed || d.in.isKnown(t.Address)) && d.in.s.isCustomer(&t, d.identity.ID, d.identity.Customer)
	sender := threading.Sender{Address: d.in.author, Authenticated: d.in.auth.Authenticated(), Failed: d.in.auth.Result == "fail"}
	people := t.People
	if d.matched.Proof && d.matched.Ref.Purpose == threading.Reply && !belongs(&t, d.in.author) {
		people = append(slices.Clone(people), d.wasSent()...)
	}
	d.admitted, d.why = threading.Admit(d.matched, sender, people, sameCustomer)
	if d.squatted && d.admitted == threading.Append {
		d.admitted, d.why = threading.Suggest, "weak evidence only, which nobody of the sender's people left: a new matter"
	}
	if d.admitted == threading.Hold && d.in.vouchedFor(&t) {
		d.admitted, d.why = threading.AppendFlagged, "passed on by "+d.in.vouched.agent+", from the address of one of the ticket's people; nothing proves who wrote it"
	}
	d.proofs = d.saidProofs(&t, sameCustomer)
	if d.isPerson() {
		d.admitAgent(&t)
	} else {
		d.admitProgram(sender)
	}
	if d.admitted == threading.Suggest {
		d.matched.Apart()
	}
}

// admitProgram admits what a program wrote about a mail of ours, as a record that
// nothing answers: the ids and tokens that we made are known to those alone who
// got that mail. The id of somebody else's mail proves nothing, and "I am a
// program" is easily said: such a mail gets a ticket of its own, linked.
func (d *decision) admitProgram(sender threading.Sender) {
	if d.admitted == threading.Suggest {
		return
	}
	if d.admitted == threading.Hold && (sender.Failed || d.matched.Ref.Ticket == 0) {
		d.matched.NewLinkedTo, d.matched.Ticket = d.matched.Ticket, 0
		d.admitted, d.why = "", "written by a program that does not prove to have a mail of ours; linked only"
		return
	}
	d.admitted, d.why = threading.AppendFlagged, "written by a program; filed, never answered"
}

// place puts the mail on its ticket, or on a new one. A held mail gets a ticket
// of its own at once, linked to the one that it asks for: it waits in nobody's
// drawer, and is answered like a new matter.
func (d *decision) place() error {
	switch d.admitted {
	case threading.Append, threading.AppendFlagged:
		return d.placeOnTicket()
	case threading.Hold:
		d.outcome = ticket.OutcomeHeld
	}
	if d.outcome == "" {
		d.outcome = ticket.OutcomeNew
	}
	d.isNew, d.desk = true, d.in.desk
	d.ticket = ticket.Ticket{ // triage gives it its number, unless the rules want no ticket
		Desk: d.desk.Name, Status: ticket.New, Priority: ticket.Normal,
		Subject: d.in.mail.Subject, Requester: d.in.requester(), Address: d.in.author,
		People: d.in.people(nil), CreatedAt: d.created(), UpdatedAt: d.now, PromiseIs: "none",
		Language: d.in.mail.Language, LastIn: d.in.mail.MessageID, Entries: 1,
	}
	for _, n := range []uint64{d.matched.Ticket, d.matched.NewLinkedTo} {
		if n != 0 {
			d.ticket.Linked = append(d.ticket.Linked, n)
		}
	}
	d.event(d.writer(), "created", d.evidence())
	d.openFor()
	d.eventPassed()
	return nil
}

// created is when a new ticket's first mail came in, which for one out of a drawer was not now.
func (d *decision) created() time.Time {
	if d.released {
		return d.in.At
	}
	return d.now
}

func (d *decision) placeOnTicket() error {
	t := d.before
	d.desk = d.in.s.desk(t.Desk)
	if d.desk == nil { // its desk was taken out of the configuration
		d.desk = d.in.desk
		t.Desk = d.desk.Name
	}
	t.Entries++
	t.UpdatedAt = d.now
	if d.outcome == "" {
		d.outcome = ticket.OutcomeAppended
	}
	if d.isPerson() && !d.in.isAgent() {
		if d.admitted == threading.Append && d.in.auth.Authenticated() { // whoever has a token could write in a customer's name
			t.People = d.in.people(t.People)
		}
		if d.in.mail.MessageID != "" {
			t.LastIn = d.in.mail.MessageID
		}
	}
	d.ticket = t
	d.event(d.writer(), "mail "+string(d.outcome), d.evidence())
	d.eventPassed()
	if d.isPerson() && !d.in.isAgent() && !d.thanks && !d.impact.only {
		if d.said = d.hear(); d.said != heard.Yes {
			d.happened(ticket.CustomerWrote, "customer", "the customer wrote")
		}
		d.takeSaid()
	}
	return nil
}

// writer is who an event is put down to.
func (d *decision) writer() string {
	switch {
	case d.in.isAgent():
		return d.in.author
	case !d.isPerson():
		return "mailgw"
	}
	return "customer"
}

// evidence says why the mail is where it is.
func (d *decision) evidence() string {
	e := strings.Join(d.matched.Evidence, "; ")
	if d.why != "" {
		e = strings.TrimPrefix(e+": "+d.why, ": ")
	}
	if e == "" {
		e = "nothing ties it to a ticket"
	}
	return e
}

// identify finds the customer of a new ticket. A ticket keeps the one it has.
func (d *decision) identify() error {
	if !d.isNew {
		d.hearCompany()
		var id uint64
		id, d.ticket.Customer = d.in.s.company(&d.ticket) // the ticket keeps its own number, should a merge be taken back
		d.identity = customer.Identity{ID: id, Customer: d.ticket.Customer, Level: d.ticket.Level, Confidence: d.ticket.Confidence}
	} else {
		d.identity = d.in.identity
		d.ticket.Customer, d.ticket.CustomerID, d.ticket.Confidence = d.identity.Customer, d.identity.ID, d.identity.Confidence
		d.entitled = d.in.entitled
		d.ticket.Level, d.ticket.LevelWhy = d.in.level(d.identity.Level, d.desk), d.entitled.Why
		d.inherit()
	}
	if !d.isNew || d.followed != nil {
		d.raise()
	}
	d.level = d.in.s.Level(d.in.level(d.ticket.Level, d.desk))
	return d.recall()
}

func (d *decision) event(who, what, why string) {
	d.events = append(d.events, ticket.Event{Ticket: d.ticket.Number, ID: d.in.ID, At: d.now, Who: who, What: what, Why: why})
}
