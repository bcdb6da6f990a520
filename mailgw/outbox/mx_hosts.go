package outbox

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// hostKey is a server, and how it is spoken with: connections are kept for one alone.
type hostKey struct {
	name string
	addr netip.Addr
	mode string // of TLS
}

// hosts are the servers that were lately spoken with, each with its open connections.
type hosts struct {
	o MXOptions

	mu     sync.Mutex
	known  map[hostKey]*host
	dead   map[netip.Addr]time.Time // who did not answer, and until when that counts
	closed bool
}

// host is one of them.
type host struct {
	*SMTPRelay
	users int
}

const (
	manyHosts = 256             // before those without a connection are forgotten
	deadTime  = 5 * time.Minute // for which an address that did not answer is tried last
)

func newHosts(o MXOptions) *hosts {
	return &hosts{o: o, known: map[hostKey]*host{}, dead: map[netip.Addr]time.Time{}}
}

// borrow is the relay to a server; release is called when the mail was sent.
func (h *hosts) borrow(k hostKey) (r *SMTPRelay, release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.known[k]
	if one == nil {
		if len(h.known) >= manyHosts {
			for key, old := range h.known {
				if old.users == 0 && old.resting() == 0 {
					delete(h.known, key)
				}
			}
		}
		one = &host{SMTPRelay: newSMTPRelay(SMTPOptions{
			Address: net.JoinHostPort(k.addr.String(), smtpPort), ServerName: k.name, Hostname: h.o.Hostname, TLS: k.mode, CAFile: h.o.CAFile,
			CommandTimeout: h.o.CommandTimeout, Dial: h.o.Dial,
		})}
		one.dialTime, one.labelled = mxDialTime, true
		if !h.closed {
			h.known[k] = one
		}
	}
	one.users++
	return one.SMTPRelay, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		one.users--
	}
}

// heard notes whether an address answered.
func (h *hosts) heard(addr netip.Addr, answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if answered {
		delete(h.dead, addr)
		return
	}
	now := time.Now()
	if len(h.dead) >= manyHosts {
		for a, until := range h.dead {
			if now.After(until) {
				delete(h.dead, a)
			}
		}
		if len(h.dead) >= manyHosts {
			clear(h.dead)
		}
	}
	h.dead[addr] = now.Add(deadTime)
}

// silent is 1 for an address that did not answer lately.
func (h *hosts) silent(addr netip.Addr) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Now().Before(h.dead[addr]) {
		return 1
	}
	return 0
}

func (h *hosts) close() error {
	h.mu.Lock()
	h.closed = true
	all := h.known
	h.known = map[hostKey]*host{}
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { _ = one.Close() })
	}
	wg.Wait()
	return nil
}
