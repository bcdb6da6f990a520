package mailgw

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// circle is a conversation: who takes part in it may read its words.
type circle struct {
	people map[string]bool
	desks  map[string]bool // whose agents may
	into   *circle         // of one that was merged: what it is now
}

func (t *circle) now() *circle {
	for t.into != nil {
		t = t.into
	}
	return t
}

// rumour is a house with customers, agents and strangers who write at random, where all
// that leaves is searched.
type rumour struct {
	*house
	l       *leaks
	rnd     *rand.Rand
	talks   map[uint64]*circle // by ticket
	inbox   map[string][]sentMail
	notices map[string][]sentMail
	commands, forms, hands,
	bag []string // what comes next, each once before any comes again
	n, conversations int
	done             map[string]int  // deeds, and what they led to
	stray            strings.Builder // what somebody who could not prove it wrote as an agent, with the notice that they quote
}

// leakPeople are customers and strangers, and their companies.
var leakPeople = map[string]string{
	"Mia Marchetti <mia@acme.example>": "Acme Instruments AG", "Tom Abbott <tom@acme.example>": "Acme Instruments AG",
	"Gus Gunnarsson <gus@globex.example>": "Globex Ltd", "Gina Ghirardelli <gina@globex.example>": "Globex Ltd",
	"Ivo Iversen <ivo@initech.example>": "Initech Inc.", "Zoe Zimmermann <zoe@solo.example>": "", "Sam Sandoval <sam@elsewhere.example>": "",
}

// leakDesks are the desks of the agents.
var leakDesks = map[string][]string{"anna@example.com": {"support", "billing"}, "ben@example.com": {"support"}, "cleo@example.com": {"billing"}}

func newRumour(t *testing.T, seed uint64) *rumour {
	h := newHouse(t)
	h.reconfigure(func(text string) string {
		both := `agents = ["anna@example.com", "ben@example.com"]`
		at := strings.LastIndex(text, both)
		return text[:at] + `agents = ["anna@example.com", "cleo@example.com"]` + text[at+len(both):] + "\n[[agent]]\nname = \"Cleo Carter\"\naddress = \"cleo@example.com\"\n"
	})
	w := &rumour{house: h, l: newLeaks(h), rnd: rand.New(rand.NewPCG(seed, 10)), talks: map[uint64]*circle{}, inbox: map[string][]sentMail{}, notices: map[string][]sentMail{}, done: map[string]int{}}
	for p, company := range leakPeople {
		addr := letterAddr(p)
		shares := func(reader string) bool {
			if other := companyOf(reader); reader == addr || other != "" && other == company {
				return true
			}
			return slices.ContainsFunc(slices.Collect(maps.Values(w.talks)), func(t *circle) bool { t = t.now(); return t.people[reader] && t.people[addr] })
		}
		w.l.keep("a foreign customer's address", addr, shares)
		w.l.keep("a foreign customer's name", strings.SplitN(p, " <", 2)[0], shares)
	}
	for _, company := range leakPeople {
		if company != "" {
			w.l.keep("a foreign company", company, func(reader string) bool {
				return companyOf(reader) == company || slices.ContainsFunc(slices.Collect(maps.Values(w.talks)), func(t *circle) bool {
					t = t.now()
					return t.people[reader] && slices.ContainsFunc(slices.Collect(maps.Keys(t.people)), func(a string) bool { return companyOf(a) == company })
				})
			})
		}
	}
	return w
}

// companyOf is the company of an address; "" for none.
func companyOf(addr string) string {
	for p, company := range leakPeople {
		if domainOf(letterAddr(p)) == domainOf(addr) {
			return company
		}
	}
	return ""
}

// word makes a word that is nowhere else.
func (w *rumour) word() string {
	w.n++
	b := []byte("zq")
	for range 10 {
		b = append(b, byte('a'+w.rnd.IntN(26)))
	}
	return string(b)
}

// confide makes a word that only may may read; nil: nobody outside.
func (w *rumour) confide(kind string, may func(string) bool) string {
	word := w.word()
	w.l.keep(kind, word, may)
	return word
}

// among allows a word to those who take part in what a ticket is part of.
func (w *rumour) among(number uint64) func(string) bool {
	return func(reader string) bool { t := w.talks[number]; return t != nil && t.now().people[reader] }
}

// chance is true in n of 100 cases.
func (w *rumour) chance(n int) bool { return w.rnd.IntN(100) < n }

// next draws from a bag, so that each comes once before any comes again.
func (w *rumour) next(bag *[]string, all []string) string {
	if len(*bag) == 0 {
		*bag = slices.Clone(all)
		w.rnd.Shuffle(len(*bag), func(i, j int) { (*bag)[i], (*bag)[j] = (*bag)[j], (*bag)[i] })
	}
	last := (*bag)[len(*bag)-1]
	*bag = (*bag)[:len(*bag)-1]
	return last
}

// one picks of a list.
func one[T any](w *rumour, list []T) T { return list[w.rnd.IntN(len(list))] }

// person picks somebody outside.
func (w *rumour) person() string { return one(w, slices.Sorted(maps.Keys(leakPeople))) }

// settle sees which tickets there are now, and what they go on as.
func (w *rumour) settle() {
	var list []ticket.Ticket
	w.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool { list = append(list, t); return true })
	})
	for _, t := range list {
		if w.talks[t.Number] == nil {
			w.talks[t.Number] = &circle{people: map[string]bool{}, desks: map[string]bool{}}
			if from := w.talks[t.SplitFrom]; from != nil {
				w.talks[t.Number] = from
			}
			w.conversations++
		}
		here := w.talks[t.Number].now()
		here.desks[t.Desk] = true
		here.people[t.Address] = true
		for _, p := range t.People {
			here.people[p] = true
		}
		if to := w.talks[t.MovedTo]; to != nil && to.now() != here {
			w.done["merged"]++
			to = to.now()
			maps.Copy(to.people, here.people)
			maps.Copy(to.desks, here.desks)
			here.into = to
		}
	}
}

// joins puts people on what a mail is part of.
func (w *rumour) joins(a arrived, desks []string, people ...string) {
	w.done["outcome "+string(a.Outcome)]++
	w.settle()
	if t := w.talks[a.Ticket]; t != nil {
		for _, p := range people {
			t.now().people[letterAddr(p)] = true
		}
		for _, d := range desks {
			t.now().desks[d] = true
		}
	}
}

// leaves lets all that is due leave, and searches it.
func (w *rumour) leaves() {
	w.settle()
	for _, m := range w.flushDue() {
		for _, reader := range m.To {
			if strings.HasSuffix(reader, "@example.com") {
				w.insider(&m, reader)
				continue
			}
			w.l.wrote(m.read.Text)
		}
	}
	for _, m := range w.sent {
		var all string
		for _, reader := range m.To {
			if strings.HasSuffix(reader, "@example.com") {
				continue
			}
			if all == "" {
				all = readings(m.Bytes)
			}
			if f := w.l.search(all, reader, func(n uint64) bool { t := w.talks[n]; return t != nil && t.now().people[reader] }); len(f) > 0 {
				w.t.Logf("%q to %s in\n%s", f, reader, m.Bytes)
			}
			w.inbox[reader] = append(w.inbox[reader], m)
		}
	}
	w.sent = nil
}

// insider looks at a mail to somebody of the house: nobody is told of desks that they
// are not on, and nobody gets a token of somebody else's.
func (w *rumour) insider(m *sentMail, reader string) {
	w.l.inside++
	w.notices[reader] = append(w.notices[reader], *m)
	w.l.notice(m)
	desks, isAgent := leakDesks[reader]
	for token, ref := range w.l.tokensIn(strings.ToLower(string(m.Bytes) + "\n" + m.read.Text)) {
		if ref.Ticket == 0 {
			continue
		}
		if isAgents(ref.Purpose) && !w.keys.IsPerson(ref.Person, reader) && !strings.Contains(w.l.said.String(), token) { // whoever quotes their notice shows its addresses, which are good for them alone
			w.l.found = append(w.l.found, reader+" gets a token of somebody else's: "+ref.Purpose.String())
		}
		if t := w.talks[ref.Ticket]; isAgent && t != nil && !strings.Contains(w.stray.String(), token) && !t.now().people[reader] && !slices.ContainsFunc(desks, func(d string) bool { return t.now().desks[d] }) {
			w.l.found = append(w.l.found, fmt.Sprintf("%s is told of ticket %d, and is not on its desk: %s", reader, ref.Ticket, m.read.Subject))
		}
	}
}

// leakRounds is how many conversations there are: MAILGW_LEAKS, or few.
func leakRounds() int {
	if n, err := strconv.Atoi(os.Getenv("MAILGW_LEAKS")); err == nil {
		return n
	}
	return 15
}

// Whatever customers, colleagues, strangers and agents write, in whatever client: no
// mail to somebody outside holds a note, a command, an agent's address, or a word, a
// name or a token of somebody else's; and nobody of the house hears of another desk.
func TestLeaks(t *testing.T) {
	t.Parallel()
	const each = 15 // conversations in a house
	var mu sync.Mutex
	sum, done, total, conversations := map[string]int{}, map[string]int{}, leaks{}, 0
	t.Run("houses", func(t *testing.T) {
		for seed := range uint64((leakRounds() + each - 1) / each) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				w := newRumour(t, seed)
				for n := 0; (w.conversations < each || n < 60 || seed == 0 && len(missing(w.done)) > 0) && n < 400; n++ {
					w.deed()
				}
				slices.Sort(w.l.found)
				for _, f := range slices.Compact(w.l.found) {
					t.Error(f)
				}
				mu.Lock()
				defer mu.Unlock()
				conversations += w.conversations
				add(sum, w.l.sought)
				add(done, w.done)
				total.looked, total.inside, total.tokens = total.looked+w.l.looked, total.inside+w.l.inside, total.tokens+w.l.tokens
			})
		}
	})
	t.Logf("%d conversations: %d mails to people outside and %d to the house searched, %d tokens opened", conversations, total.looked, total.inside, total.tokens)
	for _, list := range []map[string]int{sum, done} {
		for _, k := range slices.Sorted(maps.Keys(list)) {
			t.Logf("%6d %s", list[k], k)
		}
	}
	for _, k := range leakKinds {
		if sum[k] == 0 {
			t.Errorf("%s: there was none", k)
		}
	}
	for _, k := range missing(done) {
		t.Errorf("%s: there was none", k)
	}
}

// missing are those deeds, and those outcomes of them, that there must be and have not been.
func missing(done map[string]int) []string {
	wanted := append(slices.Collect(maps.Keys(leakDeeds)), "merged", "outcome new", "outcome appended", "outcome held", "outcome automatic")
	for _, c := range agent.Known() {
		wanted = append(wanted, "#"+c)
	}
	return slices.DeleteFunc(wanted, func(k string) bool { return done[k] > 0 })
}

func add(sum, more map[string]int) {
	for k, n := range more {
		sum[k] += n
	}
}

// leakKinds are the kinds of secrets that there must have been.
var leakKinds = []string{
	"a note", "a command's words", "an agent's address", "an agent's signature", "an absence note", "an action's words", "words of an unproven agent",
	"a foreign customer's words", "a foreign customer's name", "a foreign customer's address", "a foreign company", "an answer's words", "words for one alone",
}
