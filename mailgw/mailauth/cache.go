package mailauth

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long and how much is remembered. The resolver behind a [Cache] does not tell
// how long an answer is good, so that all are for a time that is short for a domain
// that changes its keys, and long for a thousand mails of one sender.
const (
	foundFor    = 5 * time.Minute
	notFoundFor = time.Minute
	maxCached   = 8 << 20  // bytes of all answers
	maxAnswer   = 16 << 10 // bytes of one; a larger one counts as broken
	answerCost  = 200      // bytes that an answer costs beside its texts
)

// Cache is a Resolver that remembers what another one answered, also that there is
// nothing; it never remembers that no answer came. Equal questions that are asked
// at the same time are asked once. It may be used from many goroutines.
type Cache struct {
	resolver Resolver
	now      func() time.Time

	mu      sync.Mutex
	known   map[question]*list.Element // of answers in recent
	recent  list.List                  // *answer, the last used first
	size    int
	flights map[question]*flight
}

// question is what is asked.
type question struct{ kind, name string } // the name in lower case, without a dot at its end

// The kinds of questions.
const (
	askTXT  = "TXT"
	askMX   = "MX"
	askIP   = "A"
	askName = "PTR"
)

// answer is what came back.
type answer struct {
	question
	until time.Time
	txt   []string
	mx    []*net.MX
	ip    []net.IPAddr
	names []string
	err   error // nil, or a *net.DNSError
}

// flight is a question on its way.
type flight struct {
	done    chan struct{} // closed when the answer is there
	answer  *answer
	waiting int // guarded by Cache.mu
	cancel  context.CancelFunc
}

// NewCache returns an empty cache before a resolver.
func NewCache(r Resolver) *Cache {
	return &Cache{resolver: r, now: time.Now, known: map[question]*list.Element{}, flights: map[question]*flight{}}
}

// LookupTXT implements [Resolver].
func (c *Cache) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a := c.lookup(ctx, askTXT, name)
	return slices.Clone(a.txt), a.err
}

// LookupMX implements [Resolver].
func (c *Cache) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a := c.lookup(ctx, askMX, name)
	return slices.Clone(a.mx), a.err
}

// LookupIPAddr implements [Resolver].
func (c *Cache) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	a := c.lookup(ctx, askIP, name)
	return slices.Clone(a.ip), a.err
}

// LookupAddr implements [Resolver].
func (c *Cache) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	a := c.lookup(ctx, askName, addr)
	return slices.Clone(a.names), a.err
}

// lookup answers from what is known, or waits for the resolver until ctx ends.
func (c *Cache) lookup(ctx context.Context, kind, name string) *answer {
	q := question{kind, strings.ToLower(strings.TrimSuffix(name, "."))}
	c.mu.Lock()
	if a := c.fresh(q); a != nil {
		c.mu.Unlock()
		return a
	}
	f := c.flights[q]
	if f == nil {
		f = c.start(q)
	}
	f.waiting++
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.answer
	case <-ctx.Done():
		c.leave(q, f)
		return &answer{question: q, err: &net.DNSError{Err: "no answer in time", Name: q.name, IsTimeout: true, IsTemporary: true}}
	}
}

// fresh returns what is known of a question and still good, else nil.
func (c *Cache) fresh(q question) *answer {
	e := c.known[q]
	if e == nil {
		return nil
	}
	a := e.Value.(*answer)
	if !c.now().Before(a.until) {
		c.forget(e)
		return nil
	}
	c.recent.MoveToFront(e)
	return a
}

func (c *Cache) forget(e *list.Element) {
	a := e.Value.(*answer)
	c.recent.Remove(e)
	delete(c.known, a.question)
	c.size -= a.cost()
}

// start asks a question for all who wait for it, and not for the mail that came
// first: that may go away while others wait.
func (c *Cache) start(q question) *flight {
	ctx, cancel := context.WithTimeout(context.Background(), checkLimit)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	c.flights[q] = f
	go func() {
		defer cancel()
		a := ask(ctx, c.resolver, q)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[q] == f {
			delete(c.flights, q)
		}
		c.remember(a)
		f.answer = a
		close(f.done)
	}()
	return f
}

// leave ends one's waiting; nobody's question is not asked any further.
func (c *Cache) leave(q question, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if c.flights[q] == f {
		delete(c.flights, q)
	}
}

// remember keeps an answer, and forgets what was not used for longest when there
// is no room.
func (c *Cache) remember(a *answer) {
	if isTemporary(a.err) || len(a.name) > maxDomain {
		return
	}
	a.until = c.now().Add(foundFor)
	if a.err != nil {
		a.until = c.now().Add(notFoundFor)
	}
	if old := c.known[a.question]; old != nil {
		c.forget(old)
	}
	c.known[a.question] = c.recent.PushFront(a)
	for c.size += a.cost(); c.size > maxCached; {
		c.forget(c.recent.Back())
	}
}

// bytes is how long the texts of an answer are.
func (a *answer) bytes() int {
	n := len(a.ip) * net.IPv6len
	for _, t := range a.txt {
		n += len(t)
	}
	for _, m := range a.mx {
		n += len(m.Host)
	}
	for _, t := range a.names {
		n += len(t)
	}
	return n
}

// cost is what an answer counts in the cache.
func (a *answer) cost() int { return answerCost + len(a.name) + a.bytes() }

// ask asks a resolver, and brings its errors into three kinds: not found,
// temporary, and broken for good.
func ask(ctx context.Context, r Resolver, q question) *answer {
	a := &answer{question: q}
	var err error
	switch q.kind {
	case askTXT:
		a.txt, err = r.LookupTXT(ctx, rooted(q.name))
	case askMX:
		// net.Resolver hands out the good records, and an error about the others.
		if a.mx, err = r.LookupMX(ctx, rooted(q.name)); len(a.mx) > 0 {
			err = nil
		}
	case askIP:
		a.ip, err = r.LookupIPAddr(ctx, rooted(q.name))
	case askName:
		if a.names, err = r.LookupAddr(ctx, q.name); len(a.names) > 0 {
			err = nil
		}
	}
	var dns *net.DNSError
	switch {
	case err == nil && a.bytes() > maxAnswer:
		return &answer{question: q, err: &net.DNSError{Err: "the answer is too large", Name: q.name}}
	case err == nil:
	case errors.As(err, &dns) && dns.IsNotFound:
		a.err = &net.DNSError{Err: cmp.Or(dns.Err, "not found"), Name: q.name, IsNotFound: true}
	case errors.As(err, &dns):
		a.err = &net.DNSError{Err: dns.Err, Name: q.name, IsTimeout: dns.IsTimeout, IsTemporary: true}
	default:
		a.err = &net.DNSError{Err: err.Error(), Name: q.name, IsTemporary: true}
	}
	return a
}
