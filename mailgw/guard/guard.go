// Package guard looks through an agent's answer before it leaves, for what its reader
// must not see: another customer's name or address, a token, the words of an internal
// note, and phrases that the house does not say. It decides nothing: it says what it
// found and in which line, and a person decides.
//
// It is pure: whoever calls it gives what is known, as texts and as questions that it may
// ask ([Known]). Work grows with the answer and with the texts of its own ticket, not
// with how many customers or tickets there are. It keeps no state, so everything is safe
// for concurrent use, and it does not fail.
package guard

import (
	"slices"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/threading"
)

// Kind is what sort of thing was found.
type Kind string

// The kinds.
const (
	Name    Kind = "name"    // another customer's
	Address Kind = "address" // of another customer's person
	Token   Kind = "token"   // of another ticket, or of somebody of the house
	Note    Kind = "note"    // words of an internal note
	Phrase  Kind = "phrase"  // one that the house does not say
)

// Finding is one thing that an answer should not say.
type Finding struct {
	Kind Kind   `json:"kind"` // what it is
	What string `json:"what"` // the name, the address, the phrase or the words; never a token's text
	Line string `json:"line"` // the line of the answer in which it stands, or begins
}

// maxFindings is how many findings are told of one answer.
const maxFindings = 20

// Directory knows the customers.
type Directory interface {
	// Mentions are the customers that a text names.
	Mentions(text string) []customer.Mention
	// Identify says whose an address is.
	Identify(address string, authenticated bool, names ...string) customer.Identity
}

// Known is what is known about an answer's ticket and about the house.
type Known struct {
	Ticket    uint64    // the answer's; tokens of its customer's side are theirs
	Customer  uint64    // whose ticket it is; 0 when not known, or of one that only the configuration has
	Company   string    // that customer's name, "" when not known
	Customers Directory // nil knows nobody
	People    []string  // addresses that belong to the conversation
	Ours      []string  // texts of the house that stand in every answer: the desk's name, its signature, the agent's name
	IsOurs    func(address string) bool
	Notes     []string        // the ticket's internal notes
	Said      func() []string // what its customer wrote and what they were sent; asked once, and only when something was found. nil: nothing
	Avoid     []string        // phrases that the house does not say
	Open      func(token string) (threading.Ref, bool)
}

// Check looks through an answer's words and returns what it should not say, in the order
// of the kinds, each thing once; nothing when all is well.
func Check(words string, k *Known) []Finding {
	c := checker{known: k, lines: strings.Split(words, "\n")}
	c.text = foldLines(c.lines)
	for _, look := range [...]func(){c.names, c.addresses, c.tokens, c.notes, c.phrases} {
		look()
	}
	return c.found[:min(len(c.found), maxFindings)]
}

// checker is one look through an answer.
type checker struct {
	known *Known
	lines []string
	text  words // folded
	found []Finding

	heard    bool // said is there
	said     []string
	saidFold string // folded, a space around each word
}

// add notes a thing that was found, once.
func (c *checker) add(kind Kind, what string, line int) {
	if slices.ContainsFunc(c.found, func(f Finding) bool { return f.Kind == kind && f.What == what }) {
		return
	}
	c.found = append(c.found, Finding{Kind: kind, What: what, Line: strings.TrimSpace(c.lines[line])})
}

// hear asks for what was said before.
func (c *checker) hear() {
	if c.heard {
		return
	}
	c.heard = true
	if c.known.Said != nil {
		c.said = c.known.Said()
	}
	c.said = append(slices.Clone(c.said), c.known.Ours...)
	var b strings.Builder
	for _, s := range c.said {
		b.WriteString(foldLines(strings.Split(s, "\n")).spaced())
	}
	c.saidFold = b.String()
}

// wasSaid reports whether folded words stood in what was said before.
func (c *checker) wasSaid(folded string) bool {
	c.hear()
	return strings.Contains(c.saidFold, folded)
}

// names looks for other customers' names: in each line, and in what goes on in the next.
func (c *checker) names() {
	if c.known.Customers == nil {
		return
	}
	var own map[string]bool // names that were used before
	look := func(text string, line int) {
		for _, m := range c.strangers(text) {
			if own == nil {
				own = c.namesSaid()
			}
			if !own[m.Said] && !c.wasSaid(foldLines([]string{m.Said}).spaced()) {
				c.add(Name, m.Name, line)
			}
		}
	}
	for i, line := range c.lines {
		look(line, i)
	}
	for i := range len(c.lines) - 1 {
		if a, b := strings.TrimSpace(c.lines[i]), strings.TrimSpace(c.lines[i+1]); a != "" && b != "" {
			look(a+" "+b, i)
		}
	}
}

// namesSaid are the names, folded, that were used before.
func (c *checker) namesSaid() map[string]bool {
	c.hear()
	out := map[string]bool{}
	for _, s := range c.said {
		for _, m := range c.known.Customers.Mentions(strings.Join(strings.Fields(s), " ")) {
			out[m.Said] = true
		}
	}
	return out
}

// strangers are the customers that a text names, but for the ticket's own. What is a name
// of its own and of another one, too, is its own.
func (c *checker) strangers(text string) (out []customer.Mention) {
	list := c.known.Customers.Mentions(seen(text))
	own := map[string]bool{}
	for _, m := range list {
		if c.owns(m.ID, m.Name) {
			own[m.Said] = true
		}
	}
	for _, m := range list {
		if !own[m.Said] && (m.Form || !isEveryday(m.Said)) {
			out = append(out, m)
		}
	}
	return out
}

// owns reports whether a customer is the ticket's.
func (c *checker) owns(id uint64, name string) bool {
	if c.known.Customer != 0 || id != 0 {
		return id == c.known.Customer
	}
	return name == c.known.Company
}

// addresses looks for addresses of other customers' people.
func (c *checker) addresses() {
	if c.known.Customers == nil {
		return
	}
	for i, line := range c.lines {
		for _, addr := range addressesIn(line) {
			is := func(other string) bool { return strings.EqualFold(other, addr) }
			if slices.ContainsFunc(c.known.People, is) || c.known.IsOurs != nil && c.known.IsOurs(addr) {
				continue
			}
			id := c.known.Customers.Identify(addr, true)
			if id.ID == 0 && id.Customer == "" || c.owns(id.ID, id.Customer) {
				continue
			}
			c.hear()
			if !slices.ContainsFunc(c.said, func(s string) bool { return slices.ContainsFunc(addressesIn(s), is) }) {
				c.add(Address, addr, i)
			}
		}
	}
}

// tokens looks for tokens of other tickets and of people of the house, wherever they
// stand: in an address, an id or alone.
func (c *checker) tokens() {
	if c.known.Open == nil {
		return
	}
	for i, line := range c.lines {
		for _, run := range strings.FieldsFunc(line, func(r rune) bool { return !isAlnum(r) }) {
			if len(run) > threading.MaxTokenLength+1 {
				continue
			}
			if ref, ok := c.known.Open(run); ok && !c.theirs(ref) {
				c.add(Token, ref.Purpose.String(), i)
			}
		}
	}
}

// theirs reports whether the answer's customer may see a token: it is of mail to them.
func (c *checker) theirs(ref threading.Ref) bool {
	switch ref.Purpose {
	case threading.AgentReply, threading.Private, threading.Clock:
		return false
	}
	return ref.Ticket == c.known.Ticket && !ref.Purpose.IsAction()
}

func isAlnum(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
