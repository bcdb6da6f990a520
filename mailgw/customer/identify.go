package customer

import (
	"math/bits"
	"strings"

	"supportgw/mailgw/ticket"
)

// maxTextBytes is how much of the texts together is searched for names.
const maxTextBytes = 64 << 10

// Identify says which customer wrote: by the exact address, by the longest
// domain, or by the company that the texts name. names are the texts in which
// the author may name the company, the surest first: display name, signature,
// subject, new words; the first that names one decides.
//
// When authenticated is false, an address or a domain is a claim like a name
// is: the level counts at once, the confidence is claimed.
func (d *Directory) Identify(address string, authenticated bool, names ...string) Identity {
	if d == nil {
		return unknown
	}
	if a, domain, ok := normalAddress(address); ok {
		if i, found := d.addresses[a]; found {
			return d.certain(i, ticket.Known, authenticated, "the address "+a+" is the customer's")
		}
		for s := domain; s != ""; s = parent(s) {
			if i, found := d.domains[s]; found {
				return d.certain(i, ticket.Domain, authenticated, "the domain "+s+" is the customer's")
			}
		}
	}
	return d.claimed(names)
}

// unknown is nobody.
var unknown = Identity{Confidence: ticket.Unknown, Reason: "neither the address nor a name in the mail is a customer's"}

// certain is an identification by address.
func (d *Directory) certain(i int, c ticket.Confidence, authenticated bool, why string) Identity {
	if !authenticated {
		c, why = ticket.Claimed, why+", but the sender is not authenticated"
	}
	return Identity{ID: d.slots[i].ID, Customer: d.slots[i].Name, Level: d.slots[i].Level, Confidence: c, Reason: why}
}

// claimed looks for customers' names in the texts.
func (d *Directory) claimed(texts []string) Identity {
	if len(d.phrases) == 0 {
		return unknown
	}
	var resembling []int
	budget := maxTextBytes
	for _, text := range texts {
		text = clip(text, budget)
		budget -= len(text)
		f := finder{d: d}
		f.search(text)
		switch len(f.named) {
		case 0:
			for _, i := range f.resembling {
				resembling = appendOnce(resembling, i)
			}
		case 1:
			c := d.slots[f.named[0]]
			return Identity{ID: c.ID, Customer: c.Name, Level: c.Level, Confidence: ticket.Claimed, Reason: "the mail names " + f.words}
		default:
			return d.open(f.named, "the mail names more than one customer")
		}
	}
	if len(resembling) > 0 {
		return d.open(resembling, "the mail names a company whose name resembles a customer's")
	}
	return unknown
}

// open is an identification that a person has to make.
func (d *Directory) open(found []int, why string) Identity {
	id := Identity{Confidence: ticket.Unknown, Reason: why, Level: d.slots[found[0]].Level}
	for _, i := range found {
		id.Candidates = append(id.Candidates, d.slots[i].Name)
		if d.slots[i].Level != id.Level {
			id.Level = ""
		}
	}
	return id
}

// finder looks for names in one text.
type finder struct {
	d          *Directory
	w          words
	named      []int  // customers that are named
	resembling []int  // customers whose name is part of a longer one
	words      string // the first name found, as folded
}

// search reads a text. Work grows with its length alone: at each word only the
// lengths of names that begin with this word are looked up.
func (f *finder) search(text string) {
	text = compose(text)
	f.w.text = make([]byte, 0, len(text)+len(text)/8+8)
	f.w.list = make([]word, 0, len(text)/5+4)
	f.w.fold(text)
	for i := 0; i < len(f.w.list); {
		i += max(1, f.at(i))
	}
}

// at looks for the longest name that begins at word i, and returns its words.
func (f *finder) at(i int) int {
	first := f.w.phrase(i, i+1)
	if f.d.starts[first[0]]&startBit(len(first)) == 0 || f.w.list[i].before == glueGap {
		return 0
	}
	lengths := f.d.lengths[string(first)]
	if lengths == 0 {
		return 0
	}
	for n := f.w.reach(i, bits.Len64(lengths)-1); n > 0; n-- {
		if lengths&(1<<n) == 0 {
			continue
		}
		if entries := f.d.phrases[string(f.w.phrase(i, i+n))]; len(entries) > 0 {
			f.found(entries, i, i+n)
			return n
		}
	}
	return 0
}

// startBit is the bit of Directory.starts for a first word of n bytes.
func startBit(n int) uint64 { return 1 << min(n, 63) }

// reach returns how many words from i on, at most limit, can be one name.
func (w *words) reach(i, limit int) int {
	n := 1
	for i+n < len(w.list) && n < limit && w.list[i+n].before != hardGap {
		n++
	}
	return n
}

// found judges a name that stands at [i, j).
func (f *finder) found(entries []named, i, j int) {
	form := 0
	if j < len(f.w.list) {
		form = f.w.formAt(j)
	}
	if form == 0 && f.continues(i, j) {
		for _, e := range entries {
			f.resembling = appendOnce(f.resembling, e.customer)
		}
		return
	}
	if form == 0 && tooShort(f.w.phrase(i, j)) && j-i < len(f.w.list) {
		return
	}
	// With its legal form a name may tell sisters apart.
	full := f.w.phrase(i, j+form)
	exact := entries[:0:0]
	for _, e := range entries {
		if e.full == string(full) {
			exact = append(exact, e)
		}
	}
	if len(exact) > 0 && form > 0 {
		entries = exact
	}
	for _, e := range entries {
		f.named = appendOnce(f.named, e.customer)
	}
	if f.words == "" {
		f.words = string(full)
	}
}

// continues tells whether the name at [i, j) is only a part of a longer one
// ("Delta" in "Delta Air", "Blue-Acme"): what is joined to it, or a capital
// behind it. Where a line begins with it in small letters ("delta air"), capitals
// tell nothing, and any word behind it may belong to it.
func (f *finder) continues(i, j int) bool {
	if i > 0 && f.w.list[i].before == joinGap {
		return true
	}
	if j == len(f.w.list) {
		return false
	}
	next := f.w.list[j]
	switch next.before {
	case joinGap, glueGap:
		return true
	case spaceGap:
		first := f.w.list[i]
		if first.before == hardGap && first.small {
			return true
		}
		return next.upper && next.end-next.start > 1 // not "Acme. I have" without its full stop
	}
	return false
}

// tooShort tells whether a name is likely to be an ordinary word or a number.
func tooShort(name []byte) bool {
	return len(name) <= 3 || strings.Trim(string(name), "0123456789 ") == ""
}

// clip cuts a text, at a character's end or not: a broken one is no letter.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// appendOnce appends i when it is not there yet.
func appendOnce(list []int, i int) []int {
	for _, have := range list {
		if have == i {
			return list
		}
	}
	return append(list, i)
}

// Colleagues reports whether two addresses are of one company, if they are really
// theirs: of one registered customer or, when neither is of one, in one domain that
// is not a mail provider's.
func (d *Directory) Colleagues(a, b string) bool {
	one, other := d.Identify(a, true), d.Identify(b, true)
	if registered(one) || registered(other) {
		return registered(one) && registered(other) && one.Customer == other.Customer
	}
	_, domain, ok := strings.Cut(a, "@")
	_, second, _ := strings.Cut(b, "@")
	return ok && strings.EqualFold(domain, second) && !d.isFreeMail(strings.ToLower(domain))
}

func registered(i Identity) bool {
	return i.Confidence == ticket.Known || i.Confidence == ticket.Domain
}
