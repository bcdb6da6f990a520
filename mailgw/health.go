package mailgw

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/web"
)

// The bounds of health. Ages are by the gateway's clock.
const (
	oldestRow   = time.Hour        // a mail that waits longer to leave is a matter for a person
	drawerGrace = 10 * time.Minute // within which the gateway itself deals with a drawer's clock that ran out
	writeEvery  = 5 * time.Second  // at most so often health writes
	writeLimit  = 5 * time.Second  // a commit that takes longer is no good
)

// health are the checks of /healthz. Their details name no person and no words.
func (g *Gateway) health() []web.Check {
	all := []web.Check{g.checkSum(), g.checkOutbox(), g.checkStore(), g.checkDrawers(), g.checkSearch(), checkCertificate(g.certificates.Load().Leaf(), time.Now())}
	if len(g.tokens) > 0 {
		all = append(all, g.checkTokens(time.Now()))
	}
	if len(g.settings.Load().Alarms) > 0 {
		all = append(all, g.checkAlarms(time.Now()))
	}
	return all
}

// checkOf makes a check of an error; nil is well.
func checkOf(name, well string, err error) web.Check {
	if err != nil {
		return web.Check{Name: name, Detail: err.Error()}
	}
	return web.Check{Name: name, OK: true, Detail: well}
}

// checkSum holds the sum law: the outcomes add up to the accepted mails. While
// mails come in both change; so the sum must lie between what was accepted before
// it was taken and what may have been accepted by then.
func (g *Gateway) checkSum() web.Check {
	c := g.counters
	least := c.before + c.accepted.Load()
	var sum uint64
	err := g.view(func(r store.Reader) (err error) {
		sum, err = outcomeSum(r)
		return err
	})
	most := uint64(max(0, g.arrivals.now.Load())) // first: who leaves here is counted there
	most += c.before + c.accepted.Load()
	if err == nil && (sum < least || sum > most) {
		err = fmt.Errorf("the outcomes add up to %d, but %d mails were accepted; run mailgw verify", sum, most)
	}
	return checkOf("sum_law", fmt.Sprintf("%d mails accepted, and as many outcomes", sum), err)
}

func (g *Gateway) checkOutbox() web.Check {
	var w waiting
	err := g.view(func(r store.Reader) error { return w.readOutbox(r, g.clock.Now()) })
	if err == nil && w.oldest > oldestRow {
		err = fmt.Errorf("the oldest of %d mails waits since %s to leave; look at mailgw outbox list", w.rows, w.oldest.Round(time.Minute))
	}
	return checkOf("outbox", fmt.Sprintf("%d mails wait to leave, none for longer than %s", w.rows, oldestRow), err)
}

func (g *Gateway) checkDrawers() web.Check {
	var w waiting
	err := g.view(func(r store.Reader) error { return w.readDrawers(r, g.clock.Now()) })
	if err == nil && w.neglected > 0 {
		err = fmt.Errorf("%d mails wait for a person, past their clock; look at mailgw held list and mailgw junk list", w.neglected)
	}
	return checkOf("drawers", "nothing waits past its clock", err)
}

// view is a View whose error says no more than a peer may know.
func (g *Gateway) view(fn func(store.Reader) error) error {
	if err := g.store.View(fn); err != nil {
		g.log.Error("read the store for health", "err", err)
		return errors.New("the store cannot be read; the log says why")
	}
	return nil
}

// healthName is where the store check writes.
const healthName = "health"

// checkStore makes a small commit of its own, now and then.
func (g *Gateway) checkStore() web.Check {
	err := g.writes.ask(func() error {
		return g.store.Update(store.Background, func(tx store.Tx) error {
			return tx.PutMeta(healthName, []byte(g.clock.Now().UTC().Format(time.RFC3339)))
		})
	})
	switch {
	case errors.Is(err, errSlowWrite):
	case errors.Is(err, store.ErrFull):
		err = errors.New("the disk is full: make room; senders keep their mails meanwhile")
	case err != nil:
		g.log.Error("write the store for health", "err", err)
		err = errors.New("the store cannot be written; the log says why")
	}
	return checkOf("store", "a commit was made", err)
}

// errSlowWrite is returned by writeCheck.ask when the attempt is still under way.
var errSlowWrite = fmt.Errorf("a commit is under way for longer than %s", writeLimit)

// writeCheck tries to write, at most every writeEvery, one attempt at a time. The
// zero value is ready.
type writeCheck struct {
	mu      sync.Mutex
	at      time.Time     // when the last attempt ended
	err     error         // what it came to
	pending chan struct{} // closed when the attempt under way has ended; nil when none is
}

// ask returns what write came to, now or a short while ago.
func (c *writeCheck) ask(write func() error) error {
	done := c.begin(write)
	limit := time.NewTimer(writeLimit)
	defer limit.Stop()
	select {
	case <-done:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.err
	case <-limit.C:
		return errSlowWrite
	}
}

// begin starts an attempt unless one is under way or has just been; what it returns
// is closed at its end.
func (c *writeCheck) begin(write func() error) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending != nil {
		return c.pending
	}
	done := make(chan struct{})
	if !c.at.IsZero() && time.Since(c.at) < writeEvery {
		close(done)
		return done
	}
	c.pending = done
	go func() {
		err := write()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.at, c.err, c.pending = time.Now(), err, nil
		close(done)
	}()
	return done
}
