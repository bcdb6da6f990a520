package mailgw

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// hider takes out of a text who a ticket was of: names of its people and company, and any
// address, web address and number by which they could be known. Rather too much is taken
// out than too little.
type hider struct {
	names   map[string]bool // words of names, folded
	numbers map[string]bool // that they wrote themselves
}

// takenOut stands where something was taken out.
const takenOut = "…"

// legalForms are words of many companies' names, by which none is known.
var legalForms = []string{"ag", "gmbh", "ltd", "limited", "inc", "llc", "plc", "srl", "spa", "sarl", "corp", "company", "group", "holding", "the", "and", "und", "for"}

// shortestName is how many letters a word of a name has at least to be taken out.
const shortestName = 3

func newHider(t *ticket.Ticket, company string, entries []ticket.Entry, matter string) *hider {
	h := &hider{names: map[string]bool{}, numbers: map[string]bool{}}
	h.name(company)
	h.name(t.Customer)
	h.address(t.Requester)
	for _, p := range t.People {
		h.address(p)
	}
	for i := range entries {
		if e := &entries[i]; e.ByAgent == "" && e.Kind == ticket.MailIn {
			h.address(e.From)
			for _, a := range slices.Concat(e.To, e.Cc) {
				h.address(a)
			}
		}
	}
	for _, n := range longNumber.FindAllString(matter, -1) {
		h.numbers[digitsOf(n)] = true
	}
	return h
}

// name has the words of a name taken out.
func (h *hider) name(name string) {
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if w = strings.ToLower(w); utf8.RuneCountInString(w) >= shortestName && !slices.Contains(legalForms, w) {
			h.names[w] = true
		}
	}
}

// address has the words of a name, and of what stands before the @, taken out.
func (h *hider) address(s string) {
	a := letter.ParseAddress(s)
	h.name(a.Name)
	h.name(localOf(a.Addr))
	domain, _, _ := strings.Cut(domainOf(a.Addr), ".")
	h.name(domain)
}

var (
	addressLike = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+|[^\s<>()",;:]+@[^\s<>()",;:]+`)
	longNumber  = regexp.MustCompile(`\+?\d[\d .()/-]{2,}\d`)
	nameWord    = regexp.MustCompile(`[\pL\pN]+`)
)

// surelyTheirs is how many digits a number has that is taken out whoever wrote it: a
// telephone number, an account, an order.
const surelyTheirs = 6

// text is a text without them.
func (h *hider) text(s string) string {
	s = addressLike.ReplaceAllString(s, takenOut)
	s = longNumber.ReplaceAllStringFunc(s, func(n string) string {
		if d := digitsOf(n); len(d) >= surelyTheirs || h.numbers[d] {
			return takenOut
		}
		return n
	})
	return nameWord.ReplaceAllStringFunc(s, func(w string) string {
		if w := strings.ToLower(w); h.names[w] || h.names[strings.TrimSuffix(w, "s")] {
			return takenOut
		}
		return w
	})
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// ticketNumber reads "12" or "#12".
func ticketNumber(s string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 10, 64)
	return n, err == nil && n > 0
}
