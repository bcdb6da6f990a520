package mailauth

import (
	"context"
	"net/netip"
	"time"
)

// checkLimit is how long all checks of one mail may take, and any one question.
// What has not answered then is a temporary failure.
const checkLimit = 8 * time.Second

// Early is what is being found out about a mail while it still comes in.
type Early struct {
	client netip.Addr
	path   string
	helo   string
	done   chan struct{} // closed when the rest is there
	spf    finding       // of the envelope's sender
	hello  finding       // of the name in HELO
}

// Begin starts to ask, on goroutines that end with ctx, whether the client may send
// for the envelope's sender, so that the answer is there when the mail is. It
// returns nil when nothing has to be asked: the peer is one of ours, or not of the
// internet.
func (c *Checker) Begin(ctx context.Context, client netip.Addr, helo, path string) *Early {
	if c.DNS == nil || c.upstream(client) || c.Trusts(client) || !onInternet(client) {
		return nil
	}
	e := &Early{client: client, path: path, helo: helo, done: make(chan struct{})}
	go e.run(ctx, c.DNS)
	return e
}

func (e *Early) run(ctx context.Context, dns *Cache) {
	defer close(e.done)
	ctx, stop := context.WithTimeout(ctx, checkLimit)
	defer stop()
	asks := &limited{Resolver: dns}
	if e.path == "" { // the name in HELO is the envelope's sender
		e.spf = checkMailFrom(ctx, asks, e.client, e.helo, "")
		return
	}
	hello := make(chan finding, 1)
	go func() { hello <- checkHelo(ctx, asks, e.client, e.helo) }()
	e.spf = checkMailFrom(ctx, asks, e.client, e.helo, e.path)
	e.hello = <-hello
}

// isAbout reports whether an Early belongs to a handover.
func (e *Early) isAbout(h *Handover) bool {
	return e != nil && e.client == h.Peer && e.path == h.ReversePath && e.helo == h.Helo
}

// wait returns what was found, or a temporary failure when ctx ends first.
func (e *Early) wait(ctx context.Context) []finding {
	select {
	case <-e.done:
	case <-ctx.Done():
		return []finding{{method: methodSPF, result: resultTempError, domain: domainOf(e.identity()), why: "no answer in time"}}
	}
	if e.hello.method == "" {
		return []finding{e.spf}
	}
	return []finding{e.spf, e.hello}
}

// identity is whose domain speaks for the envelope. RFC 7208 §2.4.
func (e *Early) identity() string {
	if e.path == "" {
		return e.helo
	}
	return e.path
}

// onInternet reports an address by which the DNS can know a sender: not this
// machine's, nor one of a private network.
func onInternet(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598 §7: between a provider and its customers
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}
