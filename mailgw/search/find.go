package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// Query says which tickets are looked for.
type Query struct {
	// Words must all be there, in any order and form.
	Words string
	// Desks are where it may be; none: anywhere.
	Desks []string
	// Status is where it stands in its life; "": anywhere.
	Status string
	// Limit is the most that is returned.
	Limit int
	// Skip leaves out so many of the best.
	Skip int
}

// Hit is a ticket that was found.
type Hit struct {
	Ticket uint64  // its number
	Score  float64 // how well it fits, compared with the others
}

// The most that is looked for: more words make a query slower, not better.
const (
	maxWords      = 32 // of a query
	maxTelling    = 24 // of what something similar is looked for with
	subjectWeight = 3  // how much more a word counts that stands in the subject
)

// Find returns the tickets that have all words, the best first. A ticket may have
// changed since it was put: its owner looks again.
func (x *Index) Find(ctx context.Context, q Query) (hits []Hit, err error) {
	words := unique(Stems(q.Words))
	if len(words) == 0 {
		return nil, nil
	}
	err = x.read(func(r index.IndexReader) error {
		m := maker{ctx: ctx, r: r}
		var must []search.Searcher
		for _, w := range words[:min(len(words), maxWords)] {
			must = append(must, m.any(m.term(fieldWords, w, 1), m.term(fieldSubject, w, subjectWeight)))
		}
		if q.Status != "" {
			must = append(must, m.is(fieldStatus, q.Status))
		}
		hits, err = m.best(m.all(m.desks(must, q.Desks)), q.Limit, q.Skip)
		return err
	})
	return hits, err
}

// Tickets counts the documents that have a word.
func (x *Index) Tickets(ctx context.Context, word string) (n uint64, err error) {
	err = x.read(func(r index.IndexReader) error {
		for _, s := range Stems(word) {
			t, err := r.TermFieldReader(ctx, []byte(s), fieldWords, false, false, false)
			if err != nil {
				return err
			}
			n += t.Count()
			if err := t.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Similar returns the tickets with a Matter that shares the most telling words with a
// text, on one of the desks, the best first. It does not say whether they are similar
// enough: see [Index.Weigh].
func (x *Index) Similar(ctx context.Context, text string, desks []string, limit int) (hits []Hit, err error) {
	err = x.read(func(r index.IndexReader) error {
		weights, err := weigh(ctx, r, text)
		if err != nil || len(weights) == 0 {
			return err
		}
		m := maker{ctx: ctx, r: r}
		var some []search.Searcher
		for _, w := range weights.telling(maxTelling) {
			some = append(some, m.term(fieldMatter, w, weights[w]))
		}
		hits, err = m.best(m.all(m.desks([]search.Searcher{m.any(some...)}, desks)), limit, 0)
		return err
	})
	return hits, err
}

// maker makes searchers; an error of one is that of all.
type maker struct {
	ctx context.Context
	r   index.IndexReader
	err error
}

func (m *maker) keep(s search.Searcher, err error) search.Searcher {
	m.err = errors.Join(m.err, err)
	return s
}

func (m *maker) term(field, term string, boost float64) search.Searcher {
	if m.err != nil {
		return nil
	}
	return m.keep(searcher.NewTermSearcher(m.ctx, m.r, term, field, boost, search.SearcherOptions{}))
}

// is asks for a whole field, which adds nothing to the score.
func (m *maker) is(field, value string) search.Searcher {
	if m.err != nil {
		return nil
	}
	return m.keep(searcher.NewTermSearcher(m.ctx, m.r, value, field, 0, search.SearcherOptions{Score: "none"}))
}

func (m *maker) any(some ...search.Searcher) search.Searcher {
	if m.err != nil {
		return nil
	}
	return m.keep(searcher.NewDisjunctionSearcher(m.ctx, m.r, some, 1, search.SearcherOptions{}))
}

func (m *maker) all(each []search.Searcher) search.Searcher {
	if m.err != nil {
		return nil
	}
	return m.keep(searcher.NewConjunctionSearcher(m.ctx, m.r, each, search.SearcherOptions{}))
}

// desks adds that it must be on one of some desks.
func (m *maker) desks(must []search.Searcher, desks []string) []search.Searcher {
	var some []search.Searcher
	for _, d := range desks {
		some = append(some, m.is(fieldDesk, d))
	}
	if len(some) > 0 {
		must = append(must, m.any(some...))
	}
	return must
}

// best collects the best of what s finds, and closes it. Of equals the newer is first.
func (m *maker) best(s search.Searcher, limit, skip int) ([]Hit, error) {
	if m.err != nil {
		return nil, fmt.Errorf("search: %w", m.err)
	}
	c := collector.NewTopNCollector(limit, skip, search.SortOrder{&search.SortScore{Desc: true}})
	if err := errors.Join(c.Collect(m.ctx, s, m.r), s.Close()); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var hits []Hit
	for _, found := range c.Results() {
		number, err := strconv.ParseUint(found.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: a document %q", ErrDamaged, found.ID)
		}
		hits = append(hits, Hit{number, found.Score})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.Score != b.Score:
			return sign(b.Score - a.Score)
		case a.Ticket > b.Ticket:
			return -1
		}
		return 1
	})
	return hits, nil
}

func sign(f float64) int {
	if f < 0 {
		return -1
	}
	return 1
}

// Weights say how telling each stem of a text is: how often it stands there, and how
// few tickets have it.
type Weights map[string]float64

// shortest is how many letters a telling stem has at least: shorter ones are mostly
// "the", "und", "que"; one with a digit may be any length.
const shortest = 4

// Weigh returns how telling the words of a text are among all tickets.
func (x *Index) Weigh(ctx context.Context, text string) (w Weights, err error) {
	err = x.read(func(r index.IndexReader) (err error) {
		w, err = weigh(ctx, r, text)
		return err
	})
	return w, err
}

func weigh(ctx context.Context, r index.IndexReader, text string) (Weights, error) {
	times := map[string]int{}
	for _, s := range Stems(text) {
		if len(s) >= shortest || hasDigit(s) {
			times[s]++
		}
	}
	all, err := r.DocCount()
	if err != nil {
		return nil, err
	}
	w := make(Weights, len(times))
	for s, n := range times {
		t, err := r.TermFieldReader(ctx, []byte(s), fieldWords, false, false, false)
		if err != nil {
			return nil, err
		}
		rare := math.Log(1 + (float64(all)+1)/(float64(t.Count())+1))
		if err := t.Close(); err != nil {
			return nil, err
		}
		w[s] = (1 + math.Log(float64(n))) * rare
	}
	return w, nil
}

// Like says how much two texts are about the same: 0 when they share nothing telling,
// 1 when they have the same words.
func (w Weights) Like(o Weights) float64 {
	var both, a, b float64
	for s, x := range w {
		both += x * o[s]
		a += x * x
	}
	for _, x := range o {
		b += x * x
	}
	if a == 0 || b == 0 {
		return 0
	}
	return both / math.Sqrt(a*b)
}

// Shared returns how many telling stems two texts share.
func (w Weights) Shared(o Weights) (n int) {
	for s := range w {
		if o[s] > 0 {
			n++
		}
	}
	return n
}

// What two texts about much the same have in common at least. A wrong suggestion costs more
// than none: TestSimilarOfCorpus counts both.
const (
	alike  = 0.30 // see Like
	shared = 3    // see Shared
)

// Alike reports whether two texts are about much the same.
func (w Weights) Alike(o Weights) bool { return w.Shared(o) >= shared && w.Like(o) >= alike }

// telling are the most telling stems, at most so many, the most telling first.
func (w Weights) telling(most int) []string {
	list := make([]string, 0, len(w))
	for s := range w {
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool {
		if w[list[i]] != w[list[j]] {
			return w[list[i]] > w[list[j]]
		}
		return list[i] < list[j]
	})
	return list[:min(len(list), most)]
}

func hasDigit(s string) bool {
	return slices.ContainsFunc([]byte(s), func(c byte) bool { return '0' <= c && c <= '9' })
}

// unique drops repetitions.
func unique(list []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(s string) bool {
		was := seen[s]
		seen[s] = true
		return was
	})
}
