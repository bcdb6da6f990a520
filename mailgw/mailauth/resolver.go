package mailauth

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
)

// Resolver asks the DNS. [*net.Resolver] is one. Names end with a dot, so that no
// search list is tried. An error other than a *net.DNSError that says "not found"
// counts as temporary.
type Resolver interface {
	// LookupTXT returns the TXT records of a name, the strings of each joined.
	LookupTXT(ctx context.Context, name string) ([]string, error)
	// LookupMX returns the MX records of a name.
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	// LookupIPAddr returns the A and AAAA records of a name.
	LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error)
	// LookupAddr returns the names of an address.
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// NewResolver returns a Resolver that asks the server at host:port, or those of the
// system when server is empty.
func NewResolver(server string) Resolver {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if server != "" {
			address = server
		}
		var d net.Dialer
		c, err := d.DialContext(ctx, network, address)
		if err == nil {
			// A lookup looks at its deadline only: what nobody waits for ends here.
			context.AfterFunc(ctx, func() { c.Close() })
		}
		return c, err
	}
	// StrictErrors: half an answer (A without AAAA) is none, or SPF would judge by it.
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: dial}
}

// maxQuestions is what one mail may ask for SPF, and as much for all else: an SPF
// record can name ten MX with ten addresses each.
const maxQuestions = 100

// limited asks for one mail.
type limited struct {
	Resolver
	asked atomic.Int32
}

// tooMany is the answer to a mail that asks for more than it may.
func (l *limited) tooMany(name string) error {
	if l.asked.Add(1) <= maxQuestions {
		return nil
	}
	return &net.DNSError{Err: "too many questions for one mail", Name: name}
}

func (l *limited) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if err := l.tooMany(name); err != nil {
		return nil, err
	}
	return l.Resolver.LookupTXT(ctx, name)
}

func (l *limited) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	if err := l.tooMany(name); err != nil {
		return nil, err
	}
	return l.Resolver.LookupMX(ctx, name)
}

func (l *limited) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	if err := l.tooMany(name); err != nil {
		return nil, err
	}
	return l.Resolver.LookupIPAddr(ctx, name)
}

func (l *limited) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if err := l.tooMany(addr); err != nil {
		return nil, err
	}
	return l.Resolver.LookupAddr(ctx, addr)
}

// rooted is a name as it is asked for.
func rooted(name string) string { return strings.TrimSuffix(name, ".") + "." }

// isNotFound reports an answer that says that there is no such name or record.
func isNotFound(err error) bool {
	dns, ok := err.(*net.DNSError)
	return ok && dns.IsNotFound
}

// isTemporary reports that there is no answer, and that there may be one later.
func isTemporary(err error) bool {
	dns, ok := err.(*net.DNSError)
	return ok && dns.Temporary()
}
