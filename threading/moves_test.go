package threading

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// mover plays random deeds on a world: mails by every kind of evidence, mails of
// ours, merges and splits. It knows, as a plain list, where each mail belongs.
type mover struct {
	*world
	ours  []*modelEntry // answers, with
	refs  []Ref         // what their tokens and ids have said since they were written
	ids   []string      // of others' mails, as in
	mails []*modelEntry
	named map[string][]*modelEntry // ids that nobody has seen, and who named them
	next  int
}

// id makes the id of the next mail of others.
func (m *mover) id() string { m.next++; return fmt.Sprintf("mail%d@x", m.next) }

// told draws a mail that was sent or received, with an id that names it and,
// for ours, what its token says.
func (m *mover) told(t *rapid.T) (*modelEntry, string, Ref) {
	i := rapid.IntRange(0, len(m.ours)+len(m.mails)-1).Draw(t, "told")
	if i < len(m.ours) {
		ref := m.refs[i]
		ref.Purpose = MessageID
		return m.ours[i], m.keys.MessageID(ref, "example.com"), m.refs[i]
	}
	i -= len(m.ours)
	return m.mails[i], m.ids[i], Ref{}
}

// take delivers a mail, and checks where it went: to want, or to a new ticket.
func (m *mover) take(t *rapid.T, mail Mail, answer *modelEntry, want uint64) (*modelEntry, Decision) {
	mail.MessageID = m.id()
	if want == 0 {
		want = m.tickets + 1
	}
	e, d := m.deliver(mail, answer)
	if e.ticket != want {
		t.Fatalf("%+v went to ticket %d, it belongs to %d: %+v", mail, e.ticket, want, d)
	}
	m.mails, m.ids = append(m.mails, e), append(m.ids, mail.MessageID)
	return e, d
}

func (m *mover) newMatter(t *rapid.T) { m.take(t, Mail{}, nil, 0) }

func (m *mover) answer(t *rapid.T) {
	to, _, _ := m.told(t)
	e := &modelEntry{answer: to}
	m.put(e, to.ticket)
	m.entries = append(m.entries, e)
	m.ours, m.refs = append(m.ours, e), append(m.refs, Ref{Purpose: Reply, Ticket: e.ticket, Entry: e.number})
}

// byAll sends a mail with some of a token, In-Reply-To and References, each
// perhaps of another mail: the strongest decides, and the others are told.
func (m *mover) byAll(t *rapid.T) {
	var mail Mail
	var strongest *modelEntry
	var others []uint64
	count := func(e *modelEntry) {
		if strongest == nil {
			strongest = e
		} else if e.ticket != strongest.ticket && !slices.Contains(others, e.ticket) {
			others = append(others, e.ticket)
		}
	}
	if e, _, ref := m.told(t); ref.Purpose != 0 {
		mail.Recipients = []string{ReplyAddress("support@example.com", m.keys.Seal(ref))}
		strongest = e
	}
	if e, id, _ := m.told(t); rapid.Bool().Draw(t, "in reply to") {
		mail.InReplyTo = []string{id}
		count(e)
	}
	var named []*modelEntry
	for range rapid.IntRange(0, 3).Draw(t, "references") {
		e, id, _ := m.told(t)
		mail.References, named = append(mail.References, "never@"+m.id(), id), append(named, e)
	}
	for _, e := range slices.Backward(named) {
		count(e)
	}
	if strongest == nil {
		return
	}
	_, d := m.take(t, mail, strongest, strongest.ticket)
	if !slices.Equal(d.Also, others) || d.Weak {
		t.Fatalf("%+v also names %d, not %d: %+v", mail, others, d.Also, d)
	}
}

// byAncestor sends a mail that only names an id that nobody has seen.
func (m *mover) byAncestor(t *rapid.T) {
	id := rapid.SampledFrom([]string{"lost1@y", "lost2@y"}).Draw(t, "ancestor")
	mail := Mail{References: []string{id}}
	tickets := []uint64{}
	for _, e := range m.named[id] {
		tickets = append(tickets, e.ticket)
	}
	want := m.match(mail).Ticket
	if (want != 0) != (len(tickets) > 0) || want != 0 && !slices.Contains(tickets, want) {
		t.Fatalf("%s, named on %d, leads to %d", id, tickets, want)
	}
	e, _ := m.take(t, mail, nil, want)
	m.named[id] = append(m.named[id], e)
}

func (m *mover) mergeTwo(t *rapid.T) {
	a, _, _ := m.told(t)
	if b, _, _ := m.told(t); a.ticket != b.ticket {
		m.merge(a.ticket, b.ticket)
	}
}

func (m *mover) splitOne(t *rapid.T) {
	e, _, _ := m.told(t)
	m.split(e)
}

// check asks for every mail by everything that ever named it.
func (m *mover) check(t *rapid.T) {
	for i, e := range m.ours {
		now := Ref{Purpose: Reply, Ticket: e.ticket, Entry: e.number}
		if d := m.match(Mail{Recipients: []string{ReplyAddress("support@example.com", m.keys.Seal(m.refs[i]))}}); d.Ticket != e.ticket || d.Ref != now {
			t.Fatalf("the token of %+v leads to %+v, not %+v", m.refs[i], d, now)
		}
		id := m.refs[i]
		id.Purpose, now.Purpose = MessageID, MessageID
		if d := m.match(Mail{InReplyTo: []string{m.keys.MessageID(id, "example.com")}}); d.Ticket != e.ticket || d.Ref != now {
			t.Fatalf("the id of %+v leads to %+v, not %+v", id, d, now)
		}
	}
	for i, e := range m.mails {
		if d := m.match(Mail{References: []string{m.ids[i]}}); d.Ticket != e.ticket {
			t.Fatalf("%s leads to %+v, not to %d", m.ids[i], d, e.ticket)
		}
	}
}

// TestModelMoves: after any deeds every old token and id finds the ticket on
// which its mail is now.
func TestModelMoves(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	rapid.Check(t, func(t *rapid.T) {
		m := &mover{world: newWorld(k), named: map[string][]*modelEntry{}}
		m.newMatter(t)
		deeds := map[string]func(*rapid.T){
			"": m.check, "new": m.newMatter, "answer": m.answer, "mail": m.byAll, "mail again": m.byAll,
			"ancestor": m.byAncestor, "merge": m.mergeTwo, "split": m.splitOne,
		}
		t.Repeat(deeds)
	})
}
