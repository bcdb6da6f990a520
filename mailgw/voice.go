package mailgw

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// voice is how a desk writes about a ticket, so that replies find home.
type voice struct {
	g             *Gateway
	s             *settings
	desk          *config.Desk
	ticket        uint64
	maybe         []string // other tickets that a notice points to, one line each
	needs         []string // by when the writer needs something
	phones        []string // phone numbers that the writer gave
	level         string   // which agreement gives the level, and why
	ending        []string // agreements of the customer that end soon, or ended not long ago
	before        wording.BeforeFacts
	candidates    []string             // companies that it could be of
	candidatesWhy string               // and why
	left          string               // what it says of somebody who left the company
	leftUnproven  bool                 // and nothing proves who says so
	notes         []string             // what rules tell the agents
	impact        wording.NoticeImpact // how much it hurts
	said          string               // what the customer answered to our question whether it is solved

	named []string                     // whom a rule names: told of it whatever they want to be told
	paged []string                     // who is paged of the same, and gets no notice
	staff func() (*staff.Staff, error) // who is in; nil: nobody is known to be away
}

// voice is how a desk writes about a ticket.
func (g *Gateway) voice(s *settings, desk *config.Desk, number uint64) voice {
	return voice{g: g, s: s, desk: desk, ticket: number}
}

// messageID makes an id that nobody can guess, in the desk's domain.
func (v voice) messageID(seq, person uint32) string {
	return v.g.keys.MessageID(threading.Ref{Purpose: threading.MessageID, Ticket: v.ticket, Entry: seq, Person: person}, domainOf(v.desk.Address))
}

// pseudoID is the ticket's stable id, which stands first in References.
func (v voice) pseudoID() string {
	return v.g.keys.MessageID(threading.Ref{Purpose: threading.Pseudo, Ticket: v.ticket}, domainOf(v.desk.Address))
}

// subjectTag is what customers' subjects carry of the ticket: "[SUP-1234]"; "" when
// the desk has none.
func (v voice) subjectTag() string {
	if v.desk.SubjectTag == "" {
		return ""
	}
	return fmt.Sprintf("[%s-%d]", v.desk.SubjectTag, v.ticket)
}

// tagged puts a tag behind a subject that does not have it.
func tagged(subject, tag string) string {
	if tag == "" || strings.Contains(subject, tag) {
		return subject
	}
	return strings.TrimSpace(subject + " " + tag)
}

// maxReferences bounds a References field: a thread may be years long.
const maxReferences = 20

// thread puts a mail of ours behind the mail that it answers (RFC 5322 §3.6.4):
// the id of that mail, "" when it has none that may be repeated; and the ticket's
// pseudo id with the customer's thread.
func (v voice) thread(m *letter.Mail) (inReplyTo string, references []string) {
	refs := m.References
	if len(refs) == 0 && len(m.InReplyTo) == 1 {
		refs = m.InReplyTo
	}
	refs = slices.DeleteFunc(slices.Clone(refs), unwritable)
	if len(refs) > maxReferences {
		refs = refs[len(refs)-maxReferences:]
	}
	references = append([]string{v.pseudoID()}, refs...)
	if unwritable(m.MessageID) {
		return "", references
	}
	return m.MessageID, append(references, m.MessageID)
}

// unwritable reports whether an id of theirs cannot stand in a header of ours:
// it has other characters than printable ASCII, or leaves no room on a line
// (RFC 5322 §2.1.1).
func unwritable(id string) bool {
	return id == "" || len(id) >= maxID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

const maxID = 900

// replyTo is where an answer to our mail comes home to; "" when the desk's host
// does not deliver such addresses.
func (v voice) replyTo(ref threading.Ref) string {
	ref.Ticket = v.ticket
	return v.tokenAddress(v.customerMode(), v.g.keys.Seal(ref))
}

// houseMode is how the desk's addresses carry the tokens of agents, who could do
// nothing by mail without.
func (v voice) houseMode() string {
	mode, _ := v.desk.TokenMode()
	return mode
}

// customerMode is how the desk's addresses carry the tokens of customers: not
// before it is proven that such an address comes in, where that is not known.
func (v voice) customerMode() string {
	mode, byProof := v.desk.TokenMode()
	if byProof && !v.g.proven.has(v.desk.Name) {
		return config.TokenOff
	}
	return mode
}

// tokenAddress writes a token into an address of the desk; "" when its addresses
// carry none.
func (v voice) tokenAddress(mode, token string) string {
	switch mode {
	case config.TokenPlus:
		return threading.ReplyAddress(v.desk.TokenBase(), token)
	case config.TokenSubdomain:
		return token + "@" + v.desk.ReplyDomain
	}
	return ""
}

// bounceTo is where delivery reports about the mail of an entry come home to; ""
// when the desk's host does not deliver such addresses.
func (v voice) bounceTo(seq uint32) string {
	return v.replyTo(threading.Ref{Purpose: threading.Bounce, Entry: seq})
}

// automaticFrom is the reverse path of automatic mail: null, so that nothing
// answers it (RFC 3834 §3.3), or an address that bounces come to.
func (v voice) automaticFrom(seq uint32) string {
	if v.s.Acknowledge.EnvelopeFrom != "bounce" {
		return ""
	}
	return v.bounceTo(seq)
}

// personalFrom is the reverse path of a person's answer: never null, so that the
// relay takes it for what it is, and a report comes to the ticket.
func (v voice) personalFrom(seq uint32) string {
	if to := v.bounceTo(seq); to != "" {
		return to
	}
	return v.desk.Address
}
