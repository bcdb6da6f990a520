package mailgw

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/search"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// How the index is kept. Mail always goes first.
const (
	searchSettles = 2 * time.Second        // what comes at a start goes first
	searchGathers = 200 * time.Millisecond // what is written within it is read together
	searchYields  = time.Second            // how long it waits at most for mail to stop coming in
	searchAgain   = time.Minute            // after a failure of the folder
	searchBatch   = 100                    // tickets put at once
	searchRest    = 9                      // how many times as long as it worked it rests while mail comes in
	searchNap     = 2 * time.Second        // what is put within it is one write
	searchTells   = 20 * time.Second       // how often the log tells how far a long catching up is
)

// searchFolder is where the index of a data folder is. It is derived: whoever removes
// it loses nothing.
func searchFolder(c *config.Config) string { return filepath.Join(c.Data, "search") }

// finder keeps the index of tickets behind the store.
type finder struct {
	g    *Gateway
	feed *feed

	mu    sync.Mutex // held by what reads tickets for the index, and what opens, closes and removes that
	index *search.Index
	now   atomic.Pointer[search.Index] // index, for those who must not wait; nil: it is not open
	renew atomic.Bool                  // the index is to be compared with all tickets, before it can be said to have them
	hurry chan struct{}                // has a value when somebody waits for it
	lags  lags
	runs  atomic.Bool // run keeps it: a command need not
}

func newFinder(g *Gateway, f *feed) *finder {
	x := &finder{g: g, feed: f, hurry: make(chan struct{}, 1)}
	x.renew.Store(true)
	return x
}

// run keeps the index until ctx ends. It never ends before: a folder that fails is
// tried again.
func (f *finder) run(ctx context.Context) {
	f.runs.Store(true)
	defer f.runs.Store(false)
	settled := time.NewTimer(searchSettles)
	defer settled.Stop()
	select {
	case <-ctx.Done():
		return
	case <-settled.C:
	case <-f.hurry:
	}
	for ctx.Err() == nil {
		err := f.follow(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		f.g.log.Warn("the index of tickets does not work; it is made anew", "err", err, "folder", searchFolder(f.g.settings.Load().Config))
		if err := f.forgetAll(); err != nil {
			f.g.log.Error("the index of tickets cannot be made; nothing is found by words until it can", "err", err)
		}
		if !pause(ctx, searchAgain) {
			return
		}
	}
}

// pause waits; it returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// follow puts what is written into the index, until ctx ends or the index fails.
func (f *finder) follow(ctx context.Context) error {
	f.renew.Store(true)
	f.feed.ring()
	p := progress{f: f, told: time.Now()}
	for {
		if n, _ := f.feed.behind(); n == 0 {
			p.done()
			select {
			case <-ctx.Done():
				return nil
			case <-f.feed.wake:
				if !pause(ctx, searchGathers) {
					return nil
				}
			}
		}
		if f.renew.Load() {
			if err := f.compare(); err != nil {
				return err
			}
		}
		worked, err := f.step(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		p.tell()
		if f.g.arrivals.busy() && !pause(ctx, searchRest*worked) {
			return nil
		}
	}
}

// step puts a few tickets into the index, in a lull of arriving mail.
func (f *finder) step(ctx context.Context) (worked time.Duration, err error) {
	for waited := time.Duration(0); f.g.arrivals.busy() && waited < searchYields; waited += lull {
		if !pause(ctx, lull) {
			return 0, nil
		}
	}
	began := time.Now()
	if err := f.put(f.feed.take(searchBatch)); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// put reads tickets as they are now and puts them into the index.
func (f *finder) put(t taken) error {
	defer f.feed.done()
	f.mu.Lock()
	defer f.mu.Unlock()
	x, err := f.open()
	if err != nil {
		return err
	}
	docs := make([]search.Document, 0, len(t.numbers))
	var gone []uint64
	for _, n := range t.numbers {
		err := f.g.store.View(func(r store.Reader) error { // each its own: an old state of the store must not be held for long
			d, ok, err := documentOf(r, n)
			if ok {
				docs = append(docs, d)
			} else if err == nil {
				gone = append(gone, n)
			}
			return err
		})
		if err != nil { // a mail that cannot be read hides its ticket, not all others
			f.g.log.Warn("a ticket is not in the index", "ticket", n, "err", err)
		}
	}
	if err := x.Put(docs, gone); err != nil {
		f.feed.catchUp(t.numbers)
		return err
	}
	now := time.Now()
	for _, since := range t.since {
		f.lags.add(now.Sub(since))
	}
	return nil
}

// open opens the index unless it is. The caller has the lock.
func (f *finder) open() (*search.Index, error) {
	if f.index != nil {
		return f.index, nil
	}
	nap := time.Duration(0) // who does not run for long does not gather
	if f.runs.Load() {
		nap = searchNap
	}
	x, err := search.Open(search.Options{Dir: searchFolder(f.g.settings.Load().Config), Gather: nap})
	if err != nil {
		return nil, err
	}
	f.index = x
	f.now.Store(x)
	return x, nil
}

// theIndex is the index, opened.
func (f *finder) theIndex() (*search.Index, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open()
}

// compare notes every ticket that the index does not have as it is, and takes out
// those that are no more. So a crash, an old copy or a missing folder need no care.
func (f *finder) compare() error {
	f.feed.forget()
	x, err := f.theIndex()
	if err != nil {
		return err
	}
	have, err := x.Stamps()
	if err != nil {
		return err
	}
	var stale []uint64
	for before, more := uint64(0), true; more; {
		err := f.g.store.View(func(r store.Reader) error {
			n := 0
			more = false
			return r.Tickets(before, func(t ticket.Ticket) bool {
				before, n = t.Number, n+1
				stamp, ok := have[t.Number]
				delete(have, t.Number)
				if t.ErasedAt.IsZero() && (!ok || stamp != stampOf(&t)) || !t.ErasedAt.IsZero() && ok {
					stale = append(stale, t.Number)
				}
				more = n == listPage
				return !more
			})
		})
		if err != nil {
			return fmt.Errorf("compare the index with the tickets: %w", err)
		}
	}
	for n := range have { // of an older state of the store
		stale = append(stale, n)
	}
	f.feed.catchUp(stale)
	f.renew.Store(false)
	return nil
}

// forgetAll removes every file of the index, so that no word of what was erased is in
// them; the index is made anew from what there is.
func (f *finder) forgetAll() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renew.Store(true)
	f.feed.ring()
	if f.index == nil {
		return search.Remove(searchFolder(f.g.settings.Load().Config))
	}
	err := f.index.Reset()
	if err != nil {
		err = errors.Join(err, f.index.Close())
		f.index = nil
		f.now.Store(nil)
	}
	return err
}

// close ends the index.
func (f *finder) close() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.index == nil {
		return nil
	}
	x := f.index
	f.index = nil
	f.now.Store(nil)
	return x.Close()
}

// bring puts all that waits into the index at once, and waits until it is on the disk:
// for a command, beside which nothing runs.
func (f *finder) bring(ctx context.Context) error {
	if err := f.compare(); err != nil {
		return err
	}
	n, _ := f.feed.behind()
	for left := n; left > 0; left, _ = f.feed.behind() {
		if err := f.put(f.feed.take(searchBatch)); err != nil {
			return err
		}
	}
	x, err := f.theIndex()
	if err != nil || n == 0 {
		return err
	}
	return x.Flush(ctx)
}

// progress tells in the log how far a long catching up is.
type progress struct {
	f    *finder
	told time.Time
	long bool
}

func (p *progress) tell() {
	if n, _ := p.f.feed.behind(); n > searchBatch && time.Since(p.told) >= searchTells {
		p.f.g.log.Info("the index of tickets catches up", "tickets_left", n)
		p.told, p.long = time.Now(), true
	}
}

func (p *progress) done() {
	if p.long {
		p.f.g.log.Info("the index of tickets has caught up")
		p.long = false
	}
	p.told = time.Now()
}
