package threading

// Admission says whether a mail may write on the ticket that it matched.
type Admission string

// The admissions. The empty Admission means that no ticket was matched, so that
// there was nothing to decide.
const (
	Append        Admission = "appended"         // it joins the ticket
	AppendFlagged Admission = "appended flagged" // it joins the ticket; its writer is shown as a stranger and is not added to the conversation
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
	failed, token, proven, onTicket bool
	then                            Admission
	why                             string
}

// gates is the gatekeeper. Proof A is a token made for customers' replies; proof
// B is an authenticated sender who is one of the ticket's people or writes from
// its customer's domain. onTicket is an address of the ticket's people, proven
// or not.
var gates = [...]gate{
	{failed: true, then: Hold, why: "the sender's address is forged"},
	{token: true, proven: true, then: Append, why: "a token, and an authenticated sender who belongs to the ticket"},
	{proven: true, then: Append, why: "an authenticated sender who belongs to the ticket"},
	{token: true, onTicket: true, then: Append, why: "a token, and the address of one of the ticket's people"},
	{token: true, then: AppendFlagged, why: "a token, from an address that is not on the ticket"},
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
		if (!g.failed || s.Failed) && (!g.token || token) && (!g.proven || proven) && (!g.onTicket || onTicket) {
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
