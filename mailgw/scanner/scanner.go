// Package scanner asks spam and virus scanners about a mail while it comes in:
// milters, in order, and clamd.
//
// It keeps no mail and decides nothing about tickets; it says what the scanners want:
// refuse, ask again later, keep from people, other fields in the header. A [Set] never
// changes and serves any number of mails at the same time; a [Scan] belongs to one
// mail and one goroutine.
//
// Failure policy: a milter that cannot be asked lets the mail pass, which is noted, or has
// it come later, as its WhenDown says; clamd that cannot be asked has every mail come
// later. A scanner has its time for a whole mail, not for each answer.
package scanner

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"supportgw/mailgw/letter"
)

// Options are the scanners of a gateway.
type Options struct {
	Milters  []Milter // asked in this order; each sees what those before it changed
	Clamd    Clamd    // asked last; without an Address nobody is
	Hostname string   // ours, for the milters
}

// Milter is a mail filter behind a socket.
type Milter struct {
	Address  string        // host:port, or unix: and the path of a socket
	Timeout  time.Duration // for all that it does with one mail
	Tempfail bool          // a mail that it cannot be asked about is asked to come later
}

// Clamd is a virus scanner.
type Clamd struct {
	Address string        // host:port, or unix: and the path of a socket; "" is none
	Timeout time.Duration // for one mail
}

// Set are the scanners, ready to be asked.
type Set struct{ o Options }

// New returns the scanners of o.
func New(o Options) *Set { return &Set{o} }

// Refusal is the answer that a scanner wants given to the sender's server.
type Refusal struct {
	Code     int    // 4xx or 5xx
	Enhanced [3]int // RFC 3463
	Text     string // on one line
	By       string // the scanner's address
	Cause    error  // why it could not be asked; nil when it was
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %d.%d.%d %s (%s)", r.Code, r.Enhanced[0], r.Enhanced[1], r.Enhanced[2], r.Text, r.By)
}

func (r *Refusal) Unwrap() error { return r.Cause }

// Scan is one mail on its way through the scanners.
type Scan struct {
	set     *Set
	ctx     context.Context
	milters []*milterScan
	done    Verdict
}

// Verdict is what the scanners made of a mail that is taken.
type Verdict struct {
	Raw        []byte   // the mail with other fields in its header; the very bytes that were given when nothing changed
	Quarantine string   // why it is to be kept from people; "" when it is not
	Notes      []string // which scanner could not be asked, and why
}

// Begin is called with a mail when its sender is known: peer, name and sender. It asks
// each milter about these. The error is a *Refusal. Close must be called in the end.
func (s *Set) Begin(ctx context.Context, a *letter.Arrival) (*Scan, error) {
	scan := &Scan{set: s, ctx: ctx}
	for i := range s.o.Milters {
		m := &milterScan{o: &s.o.Milters[i], scan: scan}
		scan.milters = append(scan.milters, m)
		if err := m.begin(a); err != nil {
			return scan, err
		}
	}
	return scan, nil
}

// Recipient asks about a recipient. The error is a *Refusal of this recipient.
func (s *Scan) Recipient(addr string) error {
	for _, m := range s.milters {
		if err := m.recipient(addr); err != nil {
			return err
		}
	}
	return nil
}

// Message asks about the whole mail; the sender's bytes begin at raw[body]. The error is
// a *Refusal.
func (s *Scan) Message(raw []byte, body int) (Verdict, error) {
	s.done.Raw = raw
	for _, m := range s.milters {
		if err := m.message(body); err != nil {
			return s.done, err
		}
	}
	if s.set.o.Clamd.Address != "" {
		if err := s.set.o.Clamd.scan(s.ctx, raw[body:]); err != nil {
			return s.done, err
		}
	}
	return s.done, nil
}

// Close ends what is open. It may be called at any time, also twice.
func (s *Scan) Close() {
	for _, m := range s.milters {
		m.close()
	}
}

// network splits an address into what net.Dial wants.
func network(address string) (network, addr string) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return "unix", path
	}
	return "tcp", address
}

// bounded is a connection that ends at a time, whatever deadlines are set on it.
type bounded struct {
	net.Conn
	end time.Time
}

func (b *bounded) earlier(t time.Time) time.Time {
	if t.IsZero() || t.After(b.end) {
		return b.end
	}
	return t
}

func (b *bounded) SetDeadline(t time.Time) error      { return b.Conn.SetDeadline(b.earlier(t)) }
func (b *bounded) SetReadDeadline(t time.Time) error  { return b.Conn.SetReadDeadline(b.earlier(t)) }
func (b *bounded) SetWriteDeadline(t time.Time) error { return b.Conn.SetWriteDeadline(b.earlier(t)) }

// dial opens a connection that ends after limit, and with ctx.
func dial(ctx context.Context, address string, limit time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: limit}
	end := time.Now().Add(limit)
	kind, addr := network(address)
	c, err := d.DialContext(ctx, kind, addr)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { c.Close() })
	if err := c.SetDeadline(end); err != nil {
		c.Close()
		return nil, err
	}
	return &bounded{c, end}, nil
}

// oneLine makes a scanner's words fit for a reply: printable ASCII on one line.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return s[:min(len(s), limit)]
}
