package threading

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// modelEntry is one mail in the model's world, ours or theirs.
type modelEntry struct {
	ticket uint64 // where it is now
	number uint32 // its number there
	answer *modelEntry
}

// world is a store for the model tests: entries that are on tickets, and go to
// others. All tickets have one subject, so that no subject tells them apart.
type world struct {
	keys    *Keyring
	entries []*modelEntry
	places  map[[2]uint64]*modelEntry // every place in which an entry ever was
	ids     map[string]*modelEntry    // others' mails
	clues   map[Clue][]*modelEntry
	counts  map[uint64]uint32 // entries that a ticket ever had
	gone    map[uint64]uint64 // merged tickets
	tickets uint64
}

func newWorld(k *Keyring) *world {
	return &world{
		keys: k, places: map[[2]uint64]*modelEntry{}, ids: map[string]*modelEntry{},
		clues: map[Clue][]*modelEntry{}, counts: map[uint64]uint32{}, gone: map[uint64]uint64{},
	}
}

func (w *world) ByMessageID(id string) (uint64, bool) {
	if e, ok := w.ids[id]; ok {
		return e.ticket, true
	}
	return 0, false
}

func (w *world) Ticket(n uint64, entry uint32) (TicketFacts, bool) {
	facts := TicketFacts{BareSubject: "Printer", Known: true}
	if e, ok := w.places[[2]uint64{n, uint64(entry)}]; ok {
		facts.Number, facts.Entry = e.ticket, e.number
	} else {
		for facts.Number = n; w.gone[facts.Number] != 0; {
			facts.Number = w.gone[facts.Number]
		}
	}
	return facts, n > 0 && n <= w.tickets
}

func (w *world) ByClue(c Clue) (found []uint64) {
	for _, e := range slices.Backward(w.clues[c]) {
		if !slices.Contains(found, e.ticket) {
			found = append(found, e.ticket)
		}
	}
	return found
}

func (w *world) Copy(string) (uint64, bool) { return 0, false }
func (w *world) Learned(string) (Ref, bool) { return Ref{}, false }

// open makes a ticket.
func (w *world) open() uint64 { w.tickets++; return w.tickets }

// put puts an entry on a ticket, as its next.
func (w *world) put(e *modelEntry, ticket uint64) {
	w.counts[ticket]++
	e.ticket, e.number = ticket, w.counts[ticket]
	w.places[[2]uint64{ticket, uint64(e.number)}] = e
}

// match asks the code.
func (w *world) match(m Mail) Decision {
	m.Subject = "Re: Printer"
	return Match(m, testDesks, w.keys, testDomains, w)
}

// deliver takes a mail in as a gateway would whose senders all prove to be
// the tickets' people. The same mail again changes nothing.
func (w *world) deliver(m Mail, answer *modelEntry) (*modelEntry, Decision) {
	d := w.match(m)
	if e, again := w.ids[m.MessageID]; again {
		return e, d
	}
	e := &modelEntry{answer: answer}
	ticket := d.Ticket
	if ticket == 0 {
		ticket = w.open()
	}
	w.put(e, ticket)
	w.entries, w.ids[m.MessageID] = append(w.entries, e), e
	for _, c := range m.Clues(d) {
		w.clues[c] = append(w.clues[c], e)
	}
	return e, d
}

// merge lets a ticket's entries go on as another's.
func (w *world) merge(from, to uint64) {
	for _, e := range w.entries {
		if e.ticket == from {
			w.put(e, to)
		}
	}
	w.gone[from] = to
}

// split lets an entry and those that answer it go to a new ticket.
func (w *world) split(top *modelEntry) {
	from, to := top.ticket, w.open()
	for _, e := range w.entries {
		up := e
		for up != nil && up != top {
			up = up.answer
		}
		if up == top && e.ticket == from {
			w.put(e, to)
		}
	}
}

// written is a mail of a drawn conversation, and where it belongs.
type written struct {
	mail         Mail
	conversation int
}

// drawConversations draws conversations and the order in which their mails come.
// Some mails never come: they went to others only. whole says that each mail names
// all its ancestors; else it names the one that it answers, and perhaps others.
func drawConversations(t *rapid.T, whole bool) []written {
	var out []written
	for c := range rapid.IntRange(1, 3).Draw(t, "conversations") {
		var chains [][]string
		for i := range rapid.IntRange(1, 6).Draw(t, "mails") {
			m := Mail{MessageID: fmt.Sprintf("c%d.m%d@x", c, i)}
			var chain []string
			if i > 0 {
				parent := rapid.IntRange(0, i-1).Draw(t, "answers")
				chain = append(slices.Clone(chains[parent]), fmt.Sprintf("c%d.m%d@x", c, parent))
				named := chain[len(chain)-1:]
				if rapid.Bool().Draw(t, "in reply to") {
					m.InReplyTo = named
				}
				for _, id := range chain {
					if whole || id == named[0] || rapid.Bool().Draw(t, "names "+id) {
						m.References = append(m.References, id)
					}
				}
			}
			chains = append(chains, chain)
			if rapid.IntRange(0, 3).Draw(t, "comes") > 0 {
				out = append(out, written{m, c})
			}
		}
	}
	return rapid.Permutation(out).Draw(t, "order")
}

// TestModelOrder: where each mail names all its ancestors, the tickets are the
// conversations, in whatever order the mails come, and whichever never come.
func TestModelOrder(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(k)
		of := map[int]uint64{}
		for _, m := range drawConversations(t, true) {
			e, d := w.deliver(m.mail, nil)
			// Brothers of a first mail that never comes are tied by it alone.
			if have, ok := of[m.conversation]; ok && have != e.ticket {
				t.Fatalf("%+v is on ticket %d, its conversation on %d: %+v", m.mail, e.ticket, have, d)
			}
			for c, have := range of {
				if c != m.conversation && have == e.ticket {
					t.Fatalf("%+v is on ticket %d of another conversation: %+v", m.mail, have, d)
				}
			}
			of[m.conversation] = e.ticket
			if len(d.Also) > 0 {
				t.Fatalf("%+v: nothing is to be merged: %+v", m.mail, d)
			}
			if again, d := w.deliver(m.mail, nil); again != e || len(m.mail.References) > 0 && d.Ticket != e.ticket {
				t.Fatalf("%+v: the second copy belongs to %d, the first is on %d", m.mail, d.Ticket, e.ticket)
			}
		}
	})
}

// TestModelMeeting: where mails name only some of their ancestors, the order of
// arrival decides which tickets there are. But these and what is proposed for
// merging together are the same in every order: what is tied by ids, and no more.
func TestModelMeeting(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(k)
		got, want := sets{}, sets{}
		mails := drawConversations(t, false)
		for _, m := range mails {
			e, d := w.deliver(m.mail, nil)
			for _, id := range append(slices.Concat(m.mail.InReplyTo, m.mail.References), m.mail.MessageID) {
				want.tie(m.mail.MessageID, id)
			}
			ticket := fmt.Sprint("ticket ", e.ticket)
			got.tie(m.mail.MessageID, ticket)
			for _, other := range d.Also {
				got.tie(ticket, fmt.Sprint("ticket ", other))
			}
			if len(d.Suggestions) > 0 {
				t.Fatalf("%+v: nothing is to be suggested: %+v", m.mail, d)
			}
		}
		for _, a := range mails {
			for _, b := range mails {
				if x, y := a.mail.MessageID, b.mail.MessageID; (got.root(x) == got.root(y)) != (want.root(x) == want.root(y)) {
					t.Fatalf("%s and %s: tied by ids %v, by tickets %v", x, y, want.root(x) == want.root(y), got.root(x) == got.root(y))
				}
			}
		}
	})
}

// sets are disjoint sets of names.
type sets map[string]string

func (s sets) root(x string) string {
	for s[x] != "" {
		x = s[x]
	}
	return x
}

func (s sets) tie(a, b string) {
	if a, b = s.root(a), s.root(b); a != b {
		s[a] = b
	}
}
