package threading

import "strings"

// Admission says whether a mail may write on the ticket that it matched.
type Admission string

// The admissions. The empty Admission means that no ticket was matched, so that
// there was nothing to decide.
const (
	Append        Admission = "appended"         // it joins the ticket
	AppendFlagged Admission = "appended flagged" // it joins the ticket; its writer is shown as a stranger and is not added to the conversation
	Suggest       Admission = "suggested"        // it opens a ticket of its own; the agent is shown the one that it matched, see [Decision.Apart]
	Hold          Admission = "held"             // a person decides; nothing of the ticket is shown to its writer
)

// Sender is who wrote, as far as that was checked.
type Sender struct {
	Address       string // bare address of From
	Authenticated bool   // pass or trusted: it is really this address
	Failed        bool   // it is proven not to be: such a mail never joins
}

// gate is one row of the gatekeeper's table. The first row decides of which all
// conditions that it asks for hold.
type gate struct {
	failed, token, proven, onTicket, weak bool
	then                                  Admission
	why                                   string
}

// gates is the gatekeeper. Proof A is a token made for customers' replies; proof
// B is an authenticated sender who is one of the ticket's people or writes from
// its customer's domain. onTicket is an address of the ticket's people, proven
// or not. Weak evidence is that which strangers share, too, such as a newsletter
// that both forward: it holds nobody up.
var gates = [...]gate{
	{failed: true, then: Hold, why: "the sender's address is forged"},
	{token: true, proven: true, then: Append, why: "a token, and an authenticated sender who belongs to the ticket"},
	{proven: true, then: Append, why: "an authenticated sender who belongs to the ticket"},
	{token: true, onTicket: true, then: Append, why: "a token, and the address of one of the ticket's people"},
	{token: true, then: AppendFlagged, why: "a token, from an address that is not on the ticket"},
	{weak: true, then: Suggest, why: "weak evidence only, and no authenticated sender who belongs to the ticket: a new matter"},
	{then: Hold, why: "neither a token nor an authenticated sender who belongs to the ticket"},
}

// Admit decides whether a matched mail may write on its ticket, and says why.
// people are the bare addresses of the ticket's people; customerDomainMatch
// tells that the sender's address is in a domain of the ticket's customer.
//
// A token is proof only when it was made for replies of customers: those of
// agents stand in notices that are forwarded, so they need proof B as well.
func Admit(d Decision, s Sender, people []string, customerDomainMatch bool) (Admission, string) {
	if d.Ticket == 0 {
		return "", "no ticket matched"
	}
	onTicket := s.Address != "" && containsFold(people, s.Address)
	proven := s.Authenticated && s.Address != "" && (onTicket || customerDomainMatch)
	token := d.Proof && d.Ref.Purpose == Reply
	for _, g := range gates {
		if (!g.failed || s.Failed) && (!g.token || token) && (!g.proven || proven) && (!g.onTicket || onTicket) && (!g.weak || d.Weak) {
			return g.then, because(g, d)
		}
	}
	return Hold, "no row of the gatekeeper's table applies"
}

// because adds to a held mail's reason the token that was not enough.
func because(g gate, d Decision) string {
	if g.then == Hold && d.Proof && d.Ref.Purpose != Reply {
		return g.why + "; a token for " + d.Ref.Purpose.String() + " is not enough"
	}
	return g.why
}

// Apart makes a new matter of a mail that was not admitted to its ticket: the
// ticket is only suggested.
func (d *Decision) Apart() {
	if d.Ticket == 0 {
		return
	}
	s := Suggestion{Ticket: d.Ticket, Why: strings.Join(d.Evidence, "; ")}
	d.Suggestions = append([]Suggestion{s}, d.Suggestions...)
	d.Ticket, d.Weak, d.Tagged, d.Ref, d.Evidence = 0, false, false, Ref{}, nil
}

// GateTable is the gatekeeper's table in Markdown, for the docs: the first row
// decides of which all that is marked holds.
func GateTable() string {
	var b strings.Builder
	b.WriteString("| forged sender | weak evidence only | proof A | proof B | address on the ticket | decision | why |\n|---|---|---|---|---|---|---|\n")
	for _, g := range gates {
		for _, asked := range [...]bool{g.failed, g.weak, g.token, g.proven, g.onTicket} {
			if asked {
				b.WriteString("| yes ")
			} else {
				b.WriteString("| ")
			}
		}
		b.WriteString("| " + string(g.then) + " | " + g.why + " |\n")
	}
	return b.String()
}
