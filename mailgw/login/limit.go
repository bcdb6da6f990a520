package login

import (
	"net/netip"
	"sync"
	"time"
)

// How tries are held back. Three things are counted: wrong passwords of one account from
// one address, those from one address for whatever account, and those of one account from
// everywhere. Each has some that are free; behind them each further one doubles the wait
// until the next try, up to a bound. A try that would wait longer than mostHeld is refused
// unseen, and does not count. What is counted is forgotten an hour after the last wrong one.
//
// An address from which the account was logged in to in the last 30 days is held back by
// its own wrong passwords alone: whoever guesses elsewhere does not lock the agent out
// there. From a new address the agent waits a minute at most, since one account's
// wait grows no further. The same wrong password again and again, as an old phone sends
// it, counts once: it tells nobody anything.
const (
	freePair, mostPair       = 5, 15 * time.Minute
	freeHost, mostHost       = 20, 15 * time.Minute
	freeAccount, mostAccount = 50, time.Minute
	mostHeld                 = 10 * time.Second
	forgetTries              = time.Hour
	forgetKnown              = 30 * 24 * time.Hour
	mostLines                = 10_000 // of each count
)

// limit counts wrong passwords. The zero value is ready.
type limit struct {
	mu       sync.Mutex
	pairs    lines[pair]
	hosts    lines[netip.Addr]
	accounts lines[string]
	known    map[pair]time.Time // when an account was last logged in to from an address
}

// pair is an account and an address.
type pair struct {
	host    netip.Addr
	account string
}

// line counts wrong passwords of one kind.
type line struct {
	wrong int       // beyond doubt wrong, or being looked at
	until time.Time // when the next try may be looked at
	at    time.Time // when the last one came
	last  mac       // the last wrong password
}

// lines are the counts of one kind, at most mostLines.
type lines[K comparable] map[K]*line

// taken is a try that is being looked at.
type taken struct {
	pair  pair
	lines []*line
	free  []int
	most  []time.Duration
	first *line // that of the pair
}

// hostOf is what counts as one address: an IPv4 address or an IPv6 /64.
func hostOf(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// begin counts a try as a wrong one, which passed and undo take back, and says how long
// it has to wait. One that has to wait longer than mostHeld is not counted.
func (l *limit) begin(peer netip.Addr, account string, real bool, now time.Time) (*taken, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pairs == nil {
		l.pairs, l.hosts, l.accounts, l.known = lines[pair]{}, lines[netip.Addr]{}, lines[string]{}, map[pair]time.Time{}
	}
	host := hostOf(peer)
	t := &taken{pair: pair{host, account}}
	t.first = l.pairs.get(t.pair, now)
	t.add(t.first, freePair, mostPair)
	if at, ok := l.known[t.pair]; !ok || now.Sub(at) > forgetKnown {
		t.add(l.hosts.get(host, now), freeHost, mostHost)
		if real { // of names that nobody has, each address is enough to count
			t.add(l.accounts.get(account, now), freeAccount, mostAccount)
		}
	}
	var wait time.Duration
	for _, c := range t.lines {
		wait = max(wait, c.until.Sub(now))
	}
	if wait > mostHeld {
		return nil, wait
	}
	for i, c := range t.lines {
		c.wrong++
		c.at = now
		if c.until.Before(now) {
			c.until = now
		}
		c.until = c.until.Add(step(c.wrong, t.free[i], t.most[i]))
	}
	return t, wait
}

// free reports whether the next try of a real account need not wait. It counts nothing.
func (l *limit) free(peer netip.Addr, account string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	host := hostOf(peer)
	p := pair{host, account}
	late := func(c *line) bool { return c != nil && c.until.After(now) && now.Sub(c.at) < forgetTries }
	if late(l.pairs[p]) {
		return false
	}
	at, ok := l.known[p]
	return ok && now.Sub(at) <= forgetKnown || !late(l.hosts[host]) && !late(l.accounts[account])
}

func (t *taken) add(c *line, free int, most time.Duration) {
	t.lines, t.free, t.most = append(t.lines, c), append(t.free, free), append(t.most, most)
}

// step is the wait behind so many wrong passwords.
func step(wrong, free int, most time.Duration) time.Duration {
	if wrong <= free {
		return 0
	}
	return min(time.Second<<min(wrong-free-1, 20), most)
}

// undo takes a try back: it was never looked at.
func (l *limit) undo(t *taken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.takeBack()
}

func (t *taken) takeBack() {
	for i, c := range t.lines {
		c.wrong = max(0, c.wrong-1)
		if u := c.at.Add(step(c.wrong, t.free[i], t.most[i])); u.Before(c.until) {
			c.until = u
		}
	}
}

// passed notes that the password was right.
func (l *limit) passed(t *taken, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.takeBack()
	delete(l.pairs, t.pair)
	l.note(t.pair, now)
}

// knows notes that an account was logged in to from an address.
func (l *limit) knows(peer netip.Addr, address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(pair{hostOf(peer), fold(address)}, now)
}

func (l *limit) note(p pair, now time.Time) {
	if l.known == nil || len(l.known) >= mostLines {
		l.known = map[pair]time.Time{}
	}
	l.known[p] = now
}

// failed notes that the password was wrong.
func (l *limit) failed(t *taken, what mac) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.first.last.equal(what) {
		t.takeBack()
	}
	t.first.last = what
}

// get returns the line of a key, a new one when there is none or it is forgotten. When
// there are too many, a quarter of them goes, those without a wait first.
func (m lines[K]) get(k K, now time.Time) *line {
	if c := m[k]; c != nil && now.Sub(c.at) <= forgetTries {
		return c
	}
	if len(m) >= mostLines {
		m.thin(now)
	}
	c := &line{}
	m[k] = c
	return c
}

func (m lines[K]) thin(now time.Time) {
	const want = mostLines * 3 / 4
	for _, goes := range []func(*line) bool{
		func(c *line) bool { return now.Sub(c.at) > forgetTries },
		func(c *line) bool { return !c.until.After(now) },
		func(*line) bool { return true },
	} {
		for k, c := range m {
			if len(m) <= want {
				return
			}
			if goes(c) {
				delete(m, k)
			}
		}
	}
}
