package customer

import "supportgw/mailgw/ticket"

// maxTextBytes is how much of the texts together is searched for names.
const maxTextBytes = 64 << 10

// Identify says which customer wrote: by the exact address, by the longest
// domain, or by the company that the texts name. names are what the author calls
// himself or the company, the surest first; the first that names one decides. What
// a mail says is for [Directory.IdentifyMail].
//
// When authenticated is false, an address or a domain is a claim like a name
// is: the level counts at once, the confidence is claimed.
func (d *Directory) Identify(address string, authenticated bool, names ...string) Identity {
	if d == nil {
		return unknown
	}
	if id, ok := d.byAddress(address, authenticated); ok {
		return id
	}
	texts := make([]text, len(names))
	for i, n := range names {
		texts[i] = text{lines, n}
	}
	return d.claimed("", texts)
}

// byAddress looks for the address and its domain.
func (d *Directory) byAddress(address string, authenticated bool) (Identity, bool) {
	a, domain, ok := normalAddress(address)
	if !ok {
		return Identity{}, false
	}
	if i, found := d.addresses[a]; found {
		return d.certain(i, ticket.Known, authenticated, "the address "+a+" is the customer's"), true
	}
	if i, gone := d.left[a]; gone {
		return Identity{Confidence: ticket.Unknown, Reason: "the address " + a + " is of somebody who has left " + d.slots[i].Name}, true
	}
	for s := domain; s != ""; s = parent(s) {
		if i, found := d.domains[s]; found {
			return d.certain(i, ticket.Domain, authenticated, "the domain "+s+" is the customer's"), true
		}
	}
	return Identity{}, false
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

// text is something that an author wrote, and how it is read.
type text struct {
	manner manner
	words  string
}

// claimed looks for customers' names in the texts of an author, who has a display name.
func (d *Directory) claimed(display string, texts []text) Identity {
	if len(d.phrases) == 0 {
		return unknown
	}
	var resembling []int
	budget := maxTextBytes
	f, said := finder{d: d}, ""
	for k, t := range texts {
		words := clip(t.words, budget)
		budget -= len(words)
		f = finder{d: d, manner: t.manner, w: f.w}
		if k > 0 {
			f.display = display
		}
		f.search(words)
		if said == "" && len(f.named) == 0 && len(resembling) == 0 {
			said = f.companySaid()
		}
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
		return d.open(resembling, "the mail mentions a customer, or a company whose name resembles one's")
	}
	return d.suspected(said)
}

// suspected looks for customers with a name like one that a mail clearly gives as
// its author's company, and that nobody has.
func (d *Directory) suspected(name string) Identity {
	if name == "" {
		return unknown
	}
	list, _ := d.alike(name, maxSuggested)
	if len(list) == 0 {
		return unknown
	}
	var found []int
	for _, l := range list {
		found = appendOnce(found, l.slot)
	}
	return d.open(found, "the mail names "+name+", which is like a customer's name: "+list[0].Reason)
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
	_, domain, ok := normalAddress(a)
	_, second, known := normalAddress(b)
	return ok && known && domain == second && !isPublicSuffix(domain) && !d.isFreeMail(domain)
}

func registered(i Identity) bool {
	return i.Confidence == ticket.Known || i.Confidence == ticket.Domain
}
