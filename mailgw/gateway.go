// Package mailgw is the gateway: it joins the machines (listeners, store, outbox)
// with the vocabulary (letters, threads, rules, promises) and owns the way of a
// mail, which begins in deliver.go and can be read from top to bottom there.
//
// A Gateway has one committer (in the store), one outbox dispatcher with its
// workers, one scheduler of what falls due (promises, drawers), and one of senders who could not be proven in time, and one that looks at tickets again when customers have changed; each connection of a listener delivers in
// its own goroutine. What the gateway keeps is in the store; what it holds in
// memory (budgets, the activity count) may be lost at any time.
package mailgw

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/acme"
	"supportgw/mailgw/alarm"
	"supportgw/mailgw/config"
	"supportgw/mailgw/imapd"
	"supportgw/mailgw/login"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/oauth"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/scheduler"
	"supportgw/mailgw/shelves"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/store/bolt"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// Gateway is a running support gateway. Make it with Open, then Run it.
type Gateway struct {
	settings atomic.Pointer[settings]
	dns      *mailauth.Cache
	store    store.Store
	keys     *threading.Keyring
	clock    *Clock
	ids      *idSource
	budget   *budget
	turns    turns
	alarms   *alarm.Alarms
	outbox   *outbox.Outbox
	arrivals arrivals
	counters *counters
	proven   proven
	muted    muted
	writes   writeCheck
	past     past
	roster   *roster.Roster
	accounts *accounts
	validity atomic.Uint32 // what all UIDVALIDITY begin with; 0: not read yet
	door     *login.Door   // that agents log in at; made before anything is served
	relogins atomic.Uint64 // how often passwords may have changed
	erasing  erasing
	finder   *finder          // nil in a gateway that only looks: nothing is made findable
	shelves  *shelves.Hub     // what agents' folders are made of
	tokens   []*oauth.Account // logins at providers
	imports  sync.Mutex       // one import of customers at a time
	log      *slog.Logger

	listeners    []listener                         // for mail; made before anything is served
	folders      *imapd.Server                      // the queue as folders; nil: no mail client reads it
	certificates atomic.Pointer[smtpd.Certificates] // what they show; nil = none. The one that follows the configuration changes it.
	renewer      *acme.Renewer                      // gets them from an authority; nil = nobody does

	scheduler *scheduler.Scheduler
	down      downtimes     // the scheduler's goroutine alone reads and writes it
	ask       chan struct{} // wakes those who ask about senders again
	changed   chan struct{} // wakes who looks at tickets again when customers have changed
}

// openStore opens the data folder of a configuration.
func openStore(c *config.Config, log *slog.Logger) (*bolt.Store, error) {
	return bolt.Open(bolt.Options{Dir: c.Data, InlineBytes: c.Store.InlineBytes, Log: log})
}

// newDNS is what is asked about senders.
func newDNS(c *config.Config) *mailauth.Cache {
	return mailauth.NewCache(mailauth.NewResolver(c.DNS.Resolver))
}

// Open opens the data folder and makes the gateway. Nothing moves before Run.
func Open(c *config.Config, clock *Clock, log *slog.Logger) (*Gateway, error) {
	if clock.Rehearsal() != "" && c.Relay.Kind != "file" {
		return nil, errors.New(`a rehearsal clock needs relay.kind = "file": its mails tell wrong times and must not leave`)
	}
	s, err := openStore(c, log)
	if err != nil {
		return nil, err
	}
	g, err := newGateway(c, s, clock, log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return g, nil
}

func newGateway(c *config.Config, s store.Store, clock *Clock, log *slog.Logger) (*Gateway, error) {
	if err := markRehearsal(s, clock); err != nil {
		return nil, err
	}
	tickets, hub, known := newFeed(), newHub(s), &accounts{}
	f := &followed{s, tickets, hub, known.marked, nil}
	if err := placeAll(f, log); err != nil {
		return nil, err
	}
	s = f
	g := &Gateway{store: s, shelves: hub, accounts: known, dns: newDNS(c), clock: clock, budget: &budget{}, roster: roster.New(store.ErrNotFound), ask: make(chan struct{}, 1), changed: make(chan struct{}, 1), log: log}
	g.finder = newFinder(g, tickets)
	first := g.derive(c, g.dns)
	if err := first.loadSigner(); err != nil {
		return nil, err
	}
	g.settings.Store(first)
	f.agents = g.agentAddresses
	if err := errors.Join(g.loadKeys(), g.loadProven(c), g.loadMuted(), g.loadPast(), g.loadErasureKey()); err != nil {
		return nil, err
	}
	err := s.View(func(r store.Reader) error {
		last, err := r.LastID()
		g.ids = newIDSource(last)
		accepted, cerr := outcomeSum(r)
		g.counters = newCounters(accepted)
		return errors.Join(err, cerr)
	})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(g.finishImport(), g.seedCustomers(c)); err != nil {
		return nil, err
	}
	g.tokens = newTokens(c, log)
	if g.outbox, err = newOutbox(g, c, log); err != nil {
		return nil, err
	}
	g.scheduler = newScheduler(g)
	g.alarms = newAlarms(g, c, log)
	return g, nil
}

// Run moves what waits, until ctx ends.
func (g *Gateway) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { g.outbox.Run(ctx) })
	wg.Go(func() { g.alarms.Run(ctx) })
	wg.Go(func() { g.scheduler.Run(ctx) })
	wg.Go(func() { g.watchSenders(ctx) })
	wg.Go(func() { g.gather(ctx) })
	wg.Go(func() { g.lookAgain(ctx) })
	wg.Go(func() { g.purgeErased(ctx) })
	if g.finder != nil {
		wg.Go(func() { g.finder.run(ctx) })
	}
	wg.Wait()
}

// Close closes the index and the store. Run must have returned.
func (g *Gateway) Close() error {
	g.closeTokens()
	if g.ids != nil { // else it was opened to read
		g.ids.end()
	}
	return errors.Join(g.finder.close(), g.store.Close())
}

// rehearsalName marks a store that a rehearsal made.
const rehearsalName = "rehearsal"

// markRehearsal keeps rehearsals away from real mail: their clock would break real
// promises for good.
func markRehearsal(s store.Store, clock *Clock) error {
	if clock.Rehearsal() == "" {
		return nil
	}
	var real, marked bool
	err := s.View(func(r store.Reader) error {
		mark, err := r.Meta(rehearsalName)
		marked = mark != nil
		return errors.Join(err, r.Receipts(func(ticket.Receipt) bool { real = true; return false }))
	})
	if err != nil || marked {
		return err
	}
	if real {
		return errors.New(`the data folder holds real mail, whose promises a rehearsal would break; give it one of its own: --set 'data="rehearsal"'`)
	}
	return s.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(rehearsalName, []byte(clock.Rehearsal())) })
}

// arrivals counts the mails that are being accepted, for the outbox to let them go first.
type arrivals struct {
	now  atomic.Int64
	last atomic.Int64 // when the last one ended, in Unix nanoseconds of the real time
}

func (a *arrivals) begin() { a.now.Add(1) }

func (a *arrivals) end() {
	a.last.Store(time.Now().UnixNano())
	a.now.Add(-1)
}

// lull is how long no mail must have come in before arriving counts as over.
const lull = 20 * time.Millisecond

func (a *arrivals) busy() bool {
	return a.now.Load() > 0 || time.Since(time.Unix(0, a.last.Load())) < lull
}
