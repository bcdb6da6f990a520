package threadgen

import (
	"regexp"
	"strings"
	"time"

	"supportgw/mailgw/letter"
)

// House is the gateway that is played to. Each method does one thing at a time of
// the conversations, and returns the mails that left because of it.
type House interface {
	// Deliver hands one mail over.
	Deliver(at time.Time, from string, to []string, raw []byte) (Landing, []Mail, error)
	// Answer lets the agent answer a ticket by a command.
	Answer(at time.Time, ticket uint64, words string) ([]Mail, error)
	// Close closes a ticket.
	Close(at time.Time, ticket uint64) error
	// Status is a ticket's status.
	Status(ticket uint64) (string, error)
}

// Landing is where a mail ended.
type Landing struct {
	Refused bool   // in the dialogue: it was not taken
	Outcome string // as the gateway counts it; "" when it was refused
	Ticket  uint64 // the ticket that it is on; 0 when it is on none
}

// Mail is a mail that left.
type Mail struct {
	From string   // reverse path
	To   []string // the envelope's recipients
	Raw  []byte   // as it left

	read   *letter.Mail
	ticket uint64 // of the line that it left because of
	seq    int    // of that line
}

// answersTo is the address that a client answers to.
func (m *Mail) answersTo() string {
	if len(m.read.ReplyTo) > 0 {
		return m.read.ReplyTo[0].Addr
	}
	return m.read.Author().Addr
}

// The kinds of mails that leave, by what they say of themselves.
const (
	toHouse    = "house" // to agents, on call and admins
	ackMail    = "acknowledgement"
	answerMail = "answer"
	lateMail   = "late" // an announcement that the clock made
)

// kind tells what a mail is.
func (m *Mail) kind() string {
	inside := true
	for _, to := range m.To {
		inside = inside && domain(to) == houseDomain
	}
	switch auto := m.read.Header.Get("Auto-Submitted"); {
	case inside:
		return toHouse
	case auto == "":
		return answerMail
	case strings.HasPrefix(auto, "auto-replied"):
		return ackMail
	}
	return lateMail
}

// token is what nobody can guess in ids and addresses of ours.
var token = regexp.MustCompile(`(?i)\b[0-9a-hjkmnp-tv-z]{32,39}\b`)

// tokensOf are those that the readable parts of a mail name. Encoded bodies are
// not searched: letters that mean something else may look like one.
func tokensOf(m *letter.Mail, envelope ...string) map[string]bool {
	words := append([]string{m.MessageID, m.Subject, m.Text}, envelope...)
	words = append(append(words, m.References...), m.InReplyTo...)
	for _, list := range [][]letter.Address{m.From, m.ReplyTo, m.To, m.Cc} {
		for _, a := range list {
			words = append(words, a.Addr)
		}
	}
	out := map[string]bool{}
	for _, w := range words {
		for _, t := range token.FindAllString(w, -1) {
			out[strings.ToLower(t)] = true
		}
	}
	return out
}
