package mailgw

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/passed"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// opensFor is the customer whose matter an agent's own mail opens; nil of all other
// mails. It is the first whom the mail itself went to, beside the desk: the
// customer has it already, and nothing is sent for it. Or it is the one whom #customer
// names in a mail to the desk alone, of which nothing is sent either.
func (in *incoming) opensFor() *letter.Address {
	if in.vouched != nil || in.mail.Kind != letter.Person || !in.isAgent() || len(in.mail.From) != 1 || in.s.desk(in.desk.Name) == nil || !in.s.deskHas(in.desk.Name, in.author) {
		return nil
	}
	if out := in.outside(); len(out) > 0 {
		return &out[0]
	}
	if who, ok := in.sayWho(); ok && in.mail.Forwarded == nil {
		return &who
	}
	return nil
}

// knowCustomer says whose customer's matter an agent opens. The agent writes to that
// address, so it is theirs as far as the house is concerned.
func (in *incoming) knowCustomer() bool {
	to := in.opensFor()
	if to == nil {
		return false
	}
	in.identity = in.s.customers.Identify(to.Addr, true)
	in.entitled = in.s.customers.Entitled(in.identity, customer.Asked{
		Desk: in.desk.Name, Sender: to.Addr, Words: in.words(), Now: in.At.In(in.s.zone(in.desk)), Levels: in.s.bestLevels,
	})
	return true
}

// openFor makes a new ticket one of the customer whom its agent wrote to: it waits for
// them, and their answer starts the clock.
func (d *decision) openFor() {
	to := d.in.opensFor()
	if to == nil || !d.isNew || d.outcome != ticket.OutcomeNew || d.onto != nil {
		return
	}
	t := &d.ticket
	t.Requester, t.Address, t.People = to.String(), to.Addr, nil
	out := d.in.outside()
	for _, a := range out {
		t.People = append(t.People, a.Addr)
	}
	t.Assignee = d.in.s.Agent(d.in.author).Address
	d.opened = true
	if len(out) == 0 { // without a token nothing goes out: the words wait as a note
		t.People, t.LastIn = []string{to.Addr}, ""
		d.drafted = true
		d.agent.note = cmp.Or(agent.Read(d.in.mail.NewText, agent.Names{}).NoteText(), d.in.mail.Subject, "#"+agent.Customer)
		d.event(d.in.author, "opened in the name of "+to.Addr, "#"+agent.Customer+": nothing has gone to them")
		d.event(d.in.author, "assigned to "+t.Assignee, "opened it")
		return
	}
	how := "from the agent's own client, with the desk among the addressees"
	if d.in.isSubmission() {
		how = "handed in to be sent"
	}
	d.event(d.in.author, "wrote to "+to.Addr, how)
	d.event(d.in.author, "assigned to "+t.Assignee, "wrote first")
	if d.in.isSubmission() { // the customer has nothing yet
		return
	}
	d.happened(ticket.AgentAnswered, d.in.author, "the customer has the mail")
}

// askWho asks the agent whose mail they passed on, when that cannot be told.
func (d *decision) askWho() error {
	u := &d.in.unsure
	if u.Unsure == "" || !d.isNew || d.outcome != ticket.OutcomeNew {
		return nil
	}
	names := u.Names[:min(len(u.Names), maxAskedNames)]
	return d.addTold(d.in.s.Agent(d.in.author).Address, "not_sent", wording.NotSentFacts{
		Ticket: d.ticket.Number, Subject: d.in.mail.Subject, Reason: wording.ReasonWhoWrote, Detail: strings.Join(names, ", "),
	})
}

// maxAskedNames bounds how many names the question says.
const maxAskedNames = 5

// namedAuthor takes an agent's word for whose mail it is that was passed on and waits
// under the agent's own name: it becomes a ticket of its author's, and the one that
// waited is closed. false: the ticket is none that waits so.
func (d *decision) namedAuthor(who letter.Address) (bool, error) {
	list, err := d.r.Entries(d.before.Number)
	if err != nil || len(list) == 0 {
		return false, err
	}
	first := &list[0]
	by := d.in.s.Agent(letter.ParseAddress(first.From).Addr)
	if first.Seq != 1 || first.ByAgent == "" || by == nil || !strings.EqualFold(d.before.Address, by.Address) || d.before.Status == ticket.Closed {
		return false, nil
	}
	raw, err := d.r.Raw(first.ID)
	if err != nil {
		return false, fmt.Errorf("the mail that was passed on: %w", err)
	}
	raw = raw[ownTrace(raw):]
	m := passed.Named(raw, letter.Parse(raw, by.Address, letter.DefaultLimits()), who)
	p := d.g.passedMail(d.in, &m, voucher{agent: d.in.author, asked: true})
	if p == nil {
		return false, nil
	}
	one := &decision{g: d.g, in: p, r: d.r, now: d.now, newNumber: d.newNumber, explain: d.explain, keep: d.keep}
	if err := d.passOne(one); err != nil {
		return false, err
	}
	d.onto = nil // the agent's mail stays where the question was
	n := one.ticket.Number
	if n == 0 {
		return false, nil
	}
	if !slices.Contains(d.ticket.Linked, n) {
		d.ticket.Linked = append(slices.Clone(d.ticket.Linked), n)
	}
	d.event(d.in.author, fmt.Sprintf("goes on as ticket %d of %s", n, who.Addr), "#"+agent.Customer)
	d.happened(ticket.Close, d.in.author, "#"+agent.Customer)
	return true, nil
}

// sayWho reads on the first lines of an agent's mail to the desk whose matter it is.
func (in *incoming) sayWho() (letter.Address, bool) {
	c, ok := agent.Read(in.mail.NewText, agent.Names{}).Has(agent.Customer)
	if !ok {
		return letter.Address{}, false
	}
	who := letter.ParseAddress(strings.TrimPrefix(strings.TrimSpace(c.Arg), "mailto:"))
	return who, sendable(who.Addr) && !in.s.isOurs(who.Addr)
}
