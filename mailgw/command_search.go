package mailgw

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"supportgw/mailgw/search"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// SearchArgs of "ticket.search".
type SearchArgs struct {
	Words    string `json:"words"`    // all of them must be on a ticket
	Desk     string `json:"desk"`     // "" = all
	Status   string `json:"status"`   // "" = all
	Customer string `json:"customer"` // as of CustomerArgs; "" = all
	Limit    int    `json:"limit"`    // 0 = 20
	Rebuild  bool   `json:"rebuild"`  // the index is made anew first
}

// FoundView is a ticket as "ticket search" prints it.
type FoundView struct {
	Ticket   uint64        `json:"ticket"`
	Subject  string        `json:"subject"`
	Desk     string        `json:"desk"`
	Status   ticket.Status `json:"status"`
	Customer *string       `json:"customer"`
	Score    float64       `json:"score"`   // how well it fits, compared with the others
	Excerpt  string        `json:"excerpt"` // of what was said, around a word that was looked for
}

// IndexView is what "ticket search" says of the index: behind it, when it does not have all tickets as
// they are, and alone when it was made anew.
type IndexView struct {
	Behind  int     `json:"behind"`            // tickets whose words cannot be found as they are now; -1: not known yet
	Tickets uint64  `json:"tickets,omitempty"` // that the index has; only when it was made anew
	Seconds float64 `json:"seconds,omitempty"` // that this took
	Bytes   int64   `json:"bytes,omitempty"`   // of its files
}

// How a search is done.
const (
	searchLimit   = 20              // found, unless the user says another number
	searchWaits   = 2 * time.Second // for the index to have what was written just now
	searchAtOnce  = 50              // hits looked at together
	searchedMost  = 2000            // hits looked at in all
	searchExcerpt = 160             // bytes
)

// searchTickets finds tickets by words.
func (g *Gateway) searchTickets(a SearchArgs, emit func(any) error) error {
	of, err := g.checkSearchArgs(&a)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if a.Rebuild {
		made, err := g.finder.rebuild(ctx)
		if err != nil {
			return searchFailed(err)
		}
		if a.Words == "" {
			return emit(made)
		}
	}
	behind, err := g.finder.await(ctx)
	if err != nil {
		return searchFailed(err)
	}
	found, err := g.findTickets(ctx, &a, of)
	if err != nil {
		return searchFailed(err)
	}
	if err := emitAll(found, nil, emit); err != nil || behind == 0 {
		return err
	}
	return emit(IndexView{Behind: behind})
}

// searchFailed says what a user can do.
func searchFailed(err error) error {
	return failure("the index of tickets cannot be read: %v; it is made anew with: ticket search --rebuild", err)
}

// checkSearchArgs refuses what the configuration does not know. It returns the customer who is meant, 0 for all.
func (g *Gateway) checkSearchArgs(a *SearchArgs) (of uint64, err error) {
	switch {
	case len(search.Stems(a.Words)) == 0 && !a.Rebuild:
		return 0, usage("what is looked for? write a word or a number, like: ticket search invoice")
	case a.Desk != "" && g.settings.Load().desk(a.Desk) == nil:
		return 0, usage("there is no desk %q; write the name of a [[desk]]", a.Desk)
	case a.Status != "" && !ticket.Status(a.Status).Valid():
		return 0, usage("%q is not a status; write new, open, pending, solved or closed", a.Status)
	}
	if a.Limit == 0 {
		a.Limit = searchLimit
	}
	if a.Customer != "" {
		err = g.store.View(func(r store.Reader) error {
			c, err := g.theCustomer(r, a.Customer)
			of = c.ID
			return err
		})
	}
	return of, err
}

// findTickets finds tickets in the index, and looks at each in the store: what has changed since must
// not be shown.
func (g *Gateway) findTickets(ctx context.Context, a *SearchArgs, of uint64) (out []FoundView, err error) {
	x, err := g.finder.theIndex()
	if err != nil {
		return nil, err
	}
	q := search.Query{Words: a.Words, Status: a.Status, Limit: searchAtOnce}
	if a.Desk != "" {
		q.Desks = []string{a.Desk}
	}
	stems := search.Stems(a.Words)
	for ; q.Skip < searchedMost; q.Skip += q.Limit {
		hits, err := x.Find(ctx, q)
		if err != nil {
			g.finder.failed(err)
			return nil, err
		}
		for _, h := range hits {
			v, ok, err := g.lookAt(h, a, of, stems)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, v)
			}
			if len(out) == a.Limit {
				return out, nil
			}
		}
		if len(hits) < q.Limit {
			break
		}
	}
	return out, nil
}

// lookAt reads a ticket that the index found; ok is false when it is not what was looked for, as it is now.
func (g *Gateway) lookAt(h search.Hit, a *SearchArgs, of uint64, stems []string) (v FoundView, ok bool, err error) {
	s := g.settings.Load()
	err = g.store.View(func(r store.Reader) error {
		ok = false
		t, err := r.Ticket(h.Ticket)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		id, name := s.company(&t)
		switch {
		case !t.ErasedAt.IsZero(), a.Desk != "" && t.Desk != a.Desk, a.Status != "" && string(t.Status) != a.Status:
			return nil
		case of != 0 && (id == 0 || s.customers.Is(id) != s.customers.Is(of)):
			return nil
		}
		_, texts, err := textsOf(r, &t)
		if err != nil {
			return err
		}
		var excerpt string
		if excerpt, ok = excerptOf(t.Subject, texts, stems); ok {
			v = FoundView{t.Number, t.Subject, t.Desk, t.Status, orNull(name), h.Score, excerpt}
		}
		return nil
	})
	return v, ok, err
}

// excerptOf is a part of the text that has the most of some stems, around one of them. ok is false when
// one of them is nowhere, so that the ticket would not be found as it is now.
func excerptOf(subject string, texts, stems []string) (excerpt string, ok bool) {
	missing := map[string]bool{}
	for _, s := range stems {
		missing[s] = true
	}
	best, most := "", 0
	for _, s := range search.Stems(subject) {
		delete(missing, s)
	}
	for i, text := range texts {
		have := map[string]bool{}
		for _, s := range search.Stems(text) {
			delete(missing, s)
			if slices.Contains(stems, s) {
				have[s] = true
			}
		}
		if len(have) > most || len(have) == most && i == 1 { // in doubt what the ticket began with
			best, most = text, len(have)
		}
	}
	return around(best, stems), len(missing) == 0
}

// around is a line of a text around the first word with one of some stems.
func around(text string, stems []string) string {
	words := strings.Fields(text)
	at := slices.IndexFunc(words, func(w string) bool {
		return slices.ContainsFunc(search.Stems(w), func(s string) bool { return slices.Contains(stems, s) })
	})
	begin := max(0, at-8)
	line := strings.Join(words[begin:], " ")
	if begin > 0 {
		line = "… " + line
	}
	if len(line) <= searchExcerpt {
		return line
	}
	cut := searchExcerpt
	for cut > 0 && !utf8.RuneStart(line[cut]) {
		cut--
	}
	return strings.TrimSpace(line[:cut]) + " …"
}

// await waits a short while for the index to have all tickets as they are, and says how many it has
// not then; -1 when that is not known. Where nobody keeps it, it is brought up to date.
func (f *finder) await(ctx context.Context) (behind int, err error) {
	if !f.runs.Load() {
		return 0, f.bring(ctx)
	}
	select {
	case f.hurry <- struct{}{}:
	default:
	}
	for waited := time.Duration(0); ; waited += lull {
		n, _ := f.feed.behind()
		switch {
		case n == 0 && !f.renew.Load():
			return 0, nil
		case waited >= searchWaits && f.renew.Load():
			return -1, nil
		case waited >= searchWaits:
			return n, nil
		}
		pause(ctx, lull)
	}
}

// rebuild makes the index anew, and waits for it.
func (f *finder) rebuild(ctx context.Context) (v IndexView, err error) {
	began := time.Now()
	if err := f.forgetAll(); err != nil {
		return v, err
	}
	if f.runs.Load() {
		for behind := 1; behind != 0; {
			if behind, err = f.await(ctx); err != nil {
				return v, err
			}
		}
	} else if err := f.bring(ctx); err != nil {
		return v, err
	}
	x, err := f.theIndex()
	if err != nil {
		return v, err
	}
	if err := x.Flush(ctx); err != nil {
		return v, err
	}
	v.Tickets, err = x.Count()
	v.Seconds, v.Bytes = time.Since(began).Seconds(), search.Bytes(searchFolder(f.g.settings.Load().Config))
	return v, err
}

// failed has an index that turned out to be damaged made anew.
func (f *finder) failed(err error) {
	if !errors.Is(err, search.ErrDamaged) {
		return
	}
	f.g.log.Warn("the index of tickets is damaged; it is made anew", "err", err)
	if err := f.forgetAll(); err != nil {
		f.g.log.Error("the index of tickets cannot be removed", "err", err)
	}
}
