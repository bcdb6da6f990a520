package mailgw

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/shelves"
	"supportgw/mailgw/view"
)

// How often who watches is told: at once after a pause, and while much happens so seldom
// that making folders anew takes a small part of the time.
const (
	newsPause = 20 * time.Millisecond
	newsMost  = 500 * time.Millisecond
	newsShare = 20 // of the time that it took last
)

// news tells those who watch an account that something of it may have changed.
type news struct {
	wants func(shelf string) bool
	build atomic.Int64 // nanoseconds that a folder took last

	following sync.Mutex
	stop      func() // following the shelves; nil: nobody watches

	mu    sync.Mutex // nobody who has it asks for another
	to    map[chan struct{}]struct{}
	last  time.Time
	later *time.Timer // when it is to be told; nil: nothing is
}

func (n *news) took(d time.Duration) { n.build.Store(int64(d)) }

// ring tells them, now or a little later.
func (n *news) ring() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.later != nil || len(n.to) == 0 {
		return
	}
	pause := min(max(newsPause, newsShare*time.Duration(n.build.Load())), newsMost)
	if since := time.Since(n.last); since < pause {
		n.later = time.AfterFunc(pause-since, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.later = nil
			n.tell()
		})
		return
	}
	n.tell()
}

// tell tells them now. The caller has the lock.
func (n *news) tell() {
	n.last = time.Now()
	for c := range n.to {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// watch adds one who watches; the function that it returns ends that, and tells whether it
// was the last.
func (n *news) watch(h *shelves.Hub) (<-chan struct{}, func() (last bool)) {
	c := make(chan struct{}, 1)
	n.following.Lock()
	defer n.following.Unlock()
	n.mu.Lock()
	if n.to == nil {
		n.to = map[chan struct{}]struct{}{}
	}
	n.to[c] = struct{}{}
	n.mu.Unlock()
	if n.stop == nil {
		n.stop = h.Watch(n.wants, n.ring)
	}
	return c, func() bool {
		n.following.Lock()
		defer n.following.Unlock()
		n.mu.Lock()
		delete(n.to, c)
		last := len(n.to) == 0
		n.mu.Unlock()
		if last {
			n.stop()
			n.stop = nil
		}
		return last
	}
}

// Watch returns a channel that gets a value, without waiting, when something of the
// account may have changed; stop ends that.
func (a *account) Watch() (<-chan struct{}, func()) {
	c, stop := a.news.watch(a.g.shelves)
	return c, sync.OnceFunc(func() {
		if stop() {
			a.rest()
		}
	})
}

// wants reports whether a shelf is one that the agent may look at.
func (a *account) wants(shelf string) bool {
	s, ok := view.ParseShelf(shelf)
	if !ok {
		return false
	}
	if s.IsOwn() && s.Agent != a.address {
		return false
	}
	return s.Desk == "" || a.g.settings.Load().deskHas(s.Desk, a.address)
}

// each calls fn for each account that was asked for.
func (l *accounts) each(fn func(*account)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.of {
		fn(a)
	}
}

// marked says what was written of an agent's marks.
func (l *accounts) marked(agent string, of view.MailRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.of[strings.ToLower(agent)]; a != nil {
		a.marks.outdate(of)
		a.news.ring()
	}
}
