package mailgw

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/search"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// When a solved ticket is shown beside a new one.
const (
	similarTrust  = 0.05 // what each degree of trust in a solution adds
	similarShown  = 3
	similarAsked  = 10 // candidates that are looked at
	similarWithin = 500 * time.Millisecond
	maxSuggested  = 280 // bytes of a solution: what a notice shows in full
)

// findSimilar puts into the facts of a notice about a new ticket what solved similar ones,
// of the same desk. It is done when the notice leaves: a notice that goes again says the
// same. Without an index, and in doubt, it says nothing.
func (g *Gateway) findSimilar(row *ticket.Outgoing) {
	if row.Kind != ticket.Notice || row.Template != wording.TemplateNotice || row.Ticket == 0 || row.Entry == 0 || row.ReplyTo == "" || bytes.Contains(row.Facts, []byte(`"similar":`)) {
		return
	}
	var f wording.NoticeFacts
	if g.finder == nil || json.Unmarshal(row.Facts, &f) != nil || f.Event != wording.EventNew || f.Asks != 0 {
		return
	}
	x := g.finder.now.Load()
	if x == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), similarWithin)
	defer stop()
	list, err := g.similarTo(ctx, x, row)
	if err != nil {
		g.finder.failed(err)
		g.log.Info("no similar tickets are shown", "ticket", row.Ticket, "err", err)
		return
	}
	facts := bytes.TrimSpace(row.Facts)
	if j, err := json.Marshal(list); err == nil && len(list) > 0 && len(facts) > 2 && facts[len(facts)-1] == '}' {
		row.Facts = slices.Concat(facts[:len(facts)-1], []byte(`,"similar":`), j, []byte("}"))
	}
}

// suggestion is a solved ticket that may help.
type suggestion struct {
	wording.NoticeSimilar
	score float64
}

// similarTo finds the solved tickets that are like the one that a row tells of.
func (g *Gateway) similarTo(ctx context.Context, x *search.Index, row *ticket.Outgoing) ([]wording.NoticeSimilar, error) {
	var text, desk string
	err := g.store.View(func(r store.Reader) error {
		t, err := r.Ticket(row.Ticket)
		if err != nil {
			return err
		}
		e, err := r.Entry(row.Entry)
		if err != nil {
			return err
		}
		said, err := saidIn(r, &e)
		text, desk = aboutOf(&t, said), t.Desk
		return err
	})
	if err != nil {
		return nil, err
	}
	hits, err := x.Similar(ctx, text, []string{desk}, similarAsked)
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	asked, err := x.Weigh(ctx, text)
	if err != nil {
		return nil, err
	}
	var list []suggestion
	for _, h := range hits {
		if h.Ticket == row.Ticket {
			continue
		}
		s, ok, err := g.suggest(ctx, x, h.Ticket, desk, asked)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b suggestion) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var out []wording.NoticeSimilar
	for _, s := range list[:min(len(list), similarShown)] {
		out = append(out, s.NoticeSimilar)
	}
	return out, nil
}

// suggest looks at a ticket that the index found; ok is false when it is not like enough, or does not help.
func (g *Gateway) suggest(ctx context.Context, x *search.Index, number uint64, desk string, asked search.Weights) (s suggestion, ok bool, err error) {
	var matter string
	var trust int
	err = g.store.View(func(r store.Reader) (err error) {
		s.NoticeSimilar, matter, trust, err = g.solutionFor(r, number, desk)
		return err
	})
	if err != nil || s.Solution == "" {
		return s, false, err
	}
	its, err := x.Weigh(ctx, matter)
	if err != nil {
		return s, false, err
	}
	like := asked.Like(its)
	s.score = like + similarTrust*float64(trust)
	return s, asked.Alike(its), nil
}

// solutionFor is what solved a ticket of a desk, without whose ticket it was; an empty
// Solution when it has none that others may see.
func (g *Gateway) solutionFor(r store.Reader, number uint64, desk string) (s wording.NoticeSimilar, matter string, trust int, err error) {
	t, err := r.Ticket(number)
	if errors.Is(err, store.ErrNotFound) || err == nil && (!t.ErasedAt.IsZero() || t.Desk != desk) {
		return s, "", 0, nil
	}
	if err != nil {
		return s, "", 0, err
	}
	entries, err := searchedOf(r, &t)
	if err != nil {
		return s, "", 0, err
	}
	solution, trust := solutionOf(&t, entries)
	if solution == "" {
		return s, "", 0, nil
	}
	if matter, err = matterOf(r, &t, entries); err != nil {
		return s, "", 0, err
	}
	hide := newHider(&t, g.settings.Load().companyName(&t), entries, matter)
	return wording.NoticeSimilar{Ticket: number, Subject: hide.text(t.Subject), Solution: suggested(hide.text(solution))}, matter, trust, nil
}

// suggested is a solution as it is shown, in full: up to the end of a sentence, without the greeting
// to whom it was written for.
func suggested(solution string) string {
	lines := strings.Split(strings.TrimSpace(solution), "\n")
	if first := strings.TrimSpace(lines[0]); len(lines) > 1 && strings.HasSuffix(first, ",") && len(strings.Fields(first)) <= 6 {
		lines = lines[1:]
	}
	text := strings.Join(strings.Fields(strings.Join(lines, "\n")), " ")
	if len(text) <= maxSuggested {
		return text
	}
	text = letter.Excerpt(text, maxSuggested)
	if end := strings.LastIndexAny(text, ".!?"); end > 0 {
		return text[:end+1]
	}
	return text
}

// shownName is under what the store keeps which solutions an agent was shown for a ticket.
func shownName(number uint64, address string) string {
	return fmt.Sprintf("shown/%d/%s", number, strings.ToLower(address))
}

// solutionMark is by what a solution is known again.
func solutionMark(s *wording.NoticeSimilar) string {
	sum := sha256.Sum256([]byte(s.Solution))
	return hex.EncodeToString(sum[:8])
}

// noteShown keeps which solutions a notice has shown to those whom it has reached. The words
// themselves are not kept again.
func noteShown(tx store.Tx, row *ticket.Outgoing, to []string) error {
	if row.Kind != ticket.Notice || !bytes.Contains(row.Facts, []byte(`"similar":`)) {
		return nil
	}
	var f wording.NoticeFacts
	if err := json.Unmarshal(row.Facts, &f); err != nil || len(f.Similar) == 0 {
		return nil // it has left all the same
	}
	for _, a := range to {
		shown, err := shownTo(tx, row.Ticket, a)
		if err != nil {
			return err
		}
		for i := range f.Similar {
			shown[f.Similar[i].Ticket] = solutionMark(&f.Similar[i])
		}
		j, err := json.Marshal(shown)
		if err == nil {
			err = tx.PutMeta(shownName(row.Ticket, a), j)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shownTo are the marks of the solutions that an agent was shown for a ticket, by their tickets.
func shownTo(r store.Reader, number uint64, address string) (map[uint64]string, error) {
	shown := map[uint64]string{}
	j, err := r.Meta(shownName(number, address))
	if err != nil || len(j) == 0 {
		return shown, err
	}
	if err := json.Unmarshal(j, &shown); err != nil {
		return nil, fmt.Errorf("solutions shown to %s for ticket %d: %w", address, number, err)
	}
	return shown, nil
}

// useSolution is the solution of another ticket, for the agent's answer: only one that a notice has
// shown to this agent for this ticket, and only as it was shown.
func (d *decision) useSolution(number uint64) (string, error) {
	a := &d.agent
	shown, err := shownTo(d.r, d.before.Number, a.who.Address)
	if err != nil {
		return "", err
	}
	if mark := shown[number]; mark != "" {
		s, _, _, err := d.g.solutionFor(d.r, number, d.before.Desk)
		if err != nil {
			return "", err
		}
		if s.Solution != "" && solutionMark(&s) == mark {
			return s.Solution, nil
		}
	}
	a.why, a.more = wording.ReasonSolutionUnseen, fmt.Sprintf("#use %d", number)
	return "", nil
}
