package mailgw

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// old is something that was said in a mail and that a later one may name.
type old struct {
	what  string
	entry ticket.ID // that it leads to; 0: the ticket itself
	on    uint64    // the ticket, then
	mail  mail      // that names it
}

// moveModel is what merges and splits do to entries, as plainly as can be.
type moveModel struct {
	h      *house
	t      *rapid.T
	first  map[ticket.ID][2]uint64       // ticket and number of each entry when it came
	at     map[ticket.ID]uint64          // on which ticket each entry is
	parent map[ticket.ID]ticket.ID       // what it answers
	begin  []ticket.ID                   // customers' mails
	gone   map[uint64]uint64             // merged into
	went   map[uint64]map[ticket.ID]bool // by that merge
	part   map[uint64]uint64             // split from
	named  []old
	n      int
}

// Merges, splits, undoing and replies in any order: whatever was ever said finds
// the ticket where its entry is, no entry is lost, and the store stays whole.
func TestMovesAgainstAModel(t *testing.T) {
	rounds, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if rounds++; rounds > modelRounds() && !failed {
			return
		}
		defer func() { failed = failed || rt.Failed() }() // then it is made smaller
		h := &house{t: t, c: houseConfig(t, t.TempDir())}
		h.open(monday)
		defer func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}()
		m := &moveModel{h: h, t: rt, first: map[ticket.ID][2]uint64{}, at: map[ticket.ID]uint64{}, parent: map[ticket.ID]ticket.ID{}, gone: map[uint64]uint64{}, went: map[uint64]map[ticket.ID]bool{}, part: map[uint64]uint64{}}
		m.write()
		m.write()
		for range rapid.IntRange(4, 14).Draw(rt, "deeds") {
			deed := rapid.SampledFrom([]func(){m.write, m.reply, m.reply, m.answer, m.merge, m.merge, m.unmerge, m.split, m.split, m.unsplit}).Draw(rt, "deed")
			deed()
			m.check()
		}
		for _, k := range m.named {
			if v := h.explain(h.arrival(m.by(k.mail))); v.Match.Ticket == nil || *v.Match.Ticket != m.where(k) {
				rt.Fatalf("%s leads to %v, must be %d", k.what, v.Match.Ticket, m.where(k))
			}
		}
	})
}

// modelRounds bounds how many houses are opened, each a store on the disk:
// MAILGW_MOVES, or few.
func modelRounds() int {
	if n, err := strconv.Atoi(os.Getenv("MAILGW_MOVES")); err == nil {
		return n
	}
	return 25
}

// by is a mail of somebody who belongs to all of the tickets.
func (m *moveModel) by(x mail) mail {
	m.n++
	x.id, x.body = fmt.Sprintf("n%d@acme.example", m.n), fmt.Sprintf("Words, number %d.", m.n)
	return x
}

// where is the ticket that something leads to now.
func (m *moveModel) where(k old) uint64 {
	n := k.on
	if k.entry != 0 {
		return m.at[k.entry]
	}
	for m.gone[n] != 0 {
		n = m.gone[n]
	}
	return n
}

// took notes a mail that came in, with its acknowledgement.
func (m *moveModel) took(a arrived, parent ticket.ID) {
	m.at[a.ID], m.parent[a.ID], m.first[a.ID] = a.Ticket, parent, [2]uint64{a.Ticket, uint64(a.entry.Seq)}
	m.begin = append(m.begin, a.ID)
	m.named = append(m.named, old{"the customer's id", a.ID, a.Ticket, mail{head: []string{"In-Reply-To: <" + a.MessageID + ">"}}})
	if a.ack != nil {
		m.said(a.ack, a.ID)
	}
}

// said notes a mail of ours.
func (m *moveModel) said(row *ticket.Outgoing, parent ticket.ID) {
	m.at[row.ID], m.parent[row.ID], m.first[row.ID] = row.Ticket, parent, [2]uint64{row.Ticket, uint64(row.EntrySeq)}
	m.named = append(m.named,
		old{"our id", row.ID, row.Ticket, mail{head: []string{"In-Reply-To: <" + row.MessageID + ">"}}},
		old{"our token", row.ID, row.Ticket, mail{rcpt: []string{letterAddr(row.ReplyTo)}}},
		old{"the pseudo id", 0, row.Ticket, mail{head: []string{"References: <" + row.References[0] + ">"}}})
}

func (m *moveModel) write() { m.took(m.h.deliver(m.by(mail{subject: "Matter"})), 0) }

func (m *moveModel) reply() {
	k := rapid.SampledFrom(m.named).Draw(m.t, "named")
	a := m.h.deliver(m.by(k.mail))
	if a.Ticket != m.where(k) || a.Outcome != ticket.OutcomeAppended {
		m.t.Fatalf("an answer to %s is %s on ticket %d, must be on %d: %q", k.what, a.Outcome, a.Ticket, m.where(k), a.entry.Evidence)
	}
	m.took(a, k.entry)
}

// numbers are those of all tickets.
func (m *moveModel) numbers() (out []uint64) {
	m.h.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool { out = append(out, t.Number); return true })
	})
	return out
}

func (m *moveModel) pick(what string) uint64 {
	return rapid.SampledFrom(m.numbers()).Draw(m.t, what)
}

// answer lets an agent answer a ticket, to the customer's last mail on it.
func (m *moveModel) answer() {
	n := m.pick("answered")
	before := m.h.rows()
	_, err := m.h.try("ticket.reply", ReplyArgs{Number: n, As: "anna", Text: fmt.Sprintf("Answer %d.", m.n)})
	if m.gone[n] != 0 {
		m.refused(err)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	for id, row := range m.h.rows() {
		if _, had := before[id]; had || row.Kind != ticket.Answer {
			continue
		}
		parent := ticket.ID(0)
		m.h.view(func(r store.Reader) error {
			found, err := r.ReceiptsByMessageID(row.InReplyTo, 1)
			if len(found) > 0 && m.at[found[0].ID] == n {
				parent = found[0].ID
			}
			return err
		})
		m.said(&row, parent)
	}
}

// refused sees that a command was refused in one clear line.
func (m *moveModel) refused(err error) {
	var told *CommandError
	if !errors.As(err, &told) || strings.Contains(told.Text, "\n") {
		m.t.Fatalf("must be refused: %v", err)
	}
}

func (m *moveModel) merge() {
	from, to := m.pick("from"), m.pick("to")
	_, err := m.h.try("ticket.merge", MergeArgs{From: from, To: to})
	if from == to || m.gone[from] != 0 || m.gone[to] != 0 {
		m.refused(err)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.merged(from, to)
}

func (m *moveModel) merged(from, to uint64) {
	m.gone[from], m.went[from] = to, map[ticket.ID]bool{}
	for id, n := range m.at {
		if n == from {
			m.at[id], m.went[from][id] = to, true
		}
	}
}

func (m *moveModel) unmerge() {
	from, to := m.pick("from"), m.pick("to")
	if x := m.gone[from]; x != 0 { // mostly what can be taken back
		to = x
	}
	_, err := m.h.try("ticket.merge", MergeArgs{From: from, To: to, Undo: true})
	back := 0
	for id := range m.went[from] {
		if m.at[id] == to {
			back++
		}
	}
	if m.gone[from] == 0 || m.gone[from] != to || m.gone[to] != 0 || back == 0 {
		m.refused(err)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	for id := range m.went[from] {
		if m.at[id] == to {
			m.at[id] = from
		}
	}
	delete(m.gone, from)
}

func (m *moveModel) split() {
	root := rapid.SampledFrom(m.begin).Draw(m.t, "root")
	n := m.at[root]
	goes, stay := map[ticket.ID]bool{root: true}, 0
	for _, id := range slices.Sorted(maps.Keys(m.at)) { // an answer is later than what it answers
		if m.at[id] != n {
			continue
		}
		if goes[m.parent[id]] {
			goes[id] = true
		}
		if !goes[id] {
			stay++
		}
	}
	v, err := m.h.try("ticket.split", SplitArgs{Number: n, Entry: root.String()})
	if stay == 0 {
		m.refused(err)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	to := v.(MovedView).To
	for id := range goes {
		m.at[id] = to
	}
	m.part[to] = n
}

func (m *moveModel) unsplit() {
	root := rapid.SampledFrom(m.begin).Draw(m.t, "root")
	part := m.at[root]
	n := m.part[part]
	if n == 0 {
		n = m.pick("whole")
	}
	_, err := m.h.try("ticket.split", SplitArgs{Number: n, Entry: root.String(), Undo: true})
	if m.part[part] != n || m.gone[n] != 0 {
		m.refused(err)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.merged(part, n)
}

// check compares each entry's ticket with the model's, and sees that nobody waits
// without a clock.
func (m *moveModel) check() {
	m.h.view(func(r store.Reader) error {
		for id, want := range m.at {
			e, err := r.Entry(id)
			if err != nil || e.Ticket != want {
				m.t.Fatalf("entry %s is on ticket %d, must be on %d: %v", id, e.Ticket, want, err)
			}
			was := m.first[id]
			if p, err := locate(r, was[0], uint32(was[1])); err != nil || p.ticket.Number != want || p.entry != e.Seq {
				m.t.Fatalf("entry %d of ticket %d leads to entry %d of %d, must be entry %d of %d: %v", was[1], was[0], p.entry, p.ticket.Number, e.Seq, want, err)
			}
		}
		return r.Tickets(0, func(t ticket.Ticket) bool {
			switch {
			case m.gone[t.Number] != 0 && (t.Status != ticket.Closed || t.PromiseIs != "none"):
				m.t.Fatalf("ticket %d is merged, and %s with a clock that is %s", t.Number, t.Status, t.PromiseIs)
			case t.Status == ticket.New && t.PromiseIs != "open":
				m.t.Fatalf("ticket %d is new, and its clock is %s", t.Number, t.PromiseIs)
			}
			return true
		})
	})
	for _, p := range m.problems() {
		m.t.Fatal(p)
	}
}

// problems are what verify finds.
func (m *moveModel) problems() (out []string) {
	m.h.view(func(r store.Reader) error {
		rep, err := store.Verify(r, nil)
		out = rep.Problems
		return err
	})
	return out
}
