package mailgw

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// digestMaterial reads what a list tells of. What was erased since is not there any
// more.
func digestMaterial(r store.Reader, row *ticket.Outgoing) (f wording.DigestFacts, tickets map[uint64]ticket.Ticket, err error) {
	if err := json.Unmarshal(row.Facts, &f); err != nil {
		return f, nil, fmt.Errorf("facts of %s: %w", row.ID, err)
	}
	tickets = map[uint64]ticket.Ticket{}
	for i := range f.Items {
		it := &f.Items[i]
		t, err := r.Ticket(it.Ticket)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return f, nil, err
		}
		tickets[t.Number] = t
		it.From, it.Subject = t.Requester, t.Subject
		id, err := ticket.ParseID(it.Entry)
		if err != nil {
			return f, nil, fmt.Errorf("facts of %s: %w", row.ID, err)
		}
		e, err := r.Entry(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !e.ErasedAt.IsZero() {
			continue
		}
		if err != nil {
			return f, nil, err
		}
		it.From, it.Words = e.From, letter.Excerpt(cmp.Or(e.Excerpt, e.Text), digestWords)
	}
	return f, tickets, nil
}

// digestWords is how many bytes of a mail's first words a list shows.
const digestWords = 240

// digestFacts are the facts of a list as its reader gets it: with names, and with the
// addresses that carry the reader's own tokens.
func (g *Gateway) digestFacts(s *settings, row *ticket.Outgoing, m *material) (json.RawMessage, error) {
	f := m.digest
	f.Items = slices.Clone(f.Items)
	for i := range f.Items {
		it := &f.Items[i]
		t, ok := m.tickets[it.Ticket]
		desk := s.desk(t.Desk)
		if !ok || desk == nil || len(row.EnvelopeTo) != 1 {
			continue
		}
		it.Company = s.companyName(&t)
		if v := g.voice(s, desk, t.Number); v.hasPower(row.EnvelopeTo[0]) {
			it.Reply, it.Links = v.digestLinks(&t, row.EnvelopeTo[0], it.Seq)
		}
	}
	facts, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("facts of %s: %w", row.ID, err)
	}
	return facts, nil
}

// digestLinks are the addresses at which one person answers an entry of a ticket, and
// does in one step what a list offers.
func (v voice) digestLinks(t *ticket.Ticket, person string, seq uint32) (reply string, l wording.NoticeLinks) {
	at := func(p threading.Purpose) string {
		return v.tokenAddress(v.houseMode(), v.g.keys.Seal(threading.Ref{Purpose: p, Ticket: t.Number, Entry: seq, Person: v.g.keys.PersonTag(person)}))
	}
	if !strings.EqualFold(t.Assignee, person) {
		l.Take = at(threading.ActTake)
	}
	l.Solve = at(threading.ActSolve)
	return at(threading.AgentReply), l
}
