package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// outside is a DNS, the servers that it names, and those of policies.
type outside struct {
	mu      sync.Mutex
	mx      map[string]string // "10 a.example, 20 b.example" by domain; "fails", or absent: there is no such name
	ip      map[string]string // "192.0.2.1, 2001:db8::1" by name; the same
	txt     map[string]string // records, a line each
	hosts   map[string]*scripted
	dials   []string
	policy  map[string]func() (*http.Response, error) // by host
	fetched int
}

func find(m map[string]string, name, sep string) ([]string, error) {
	text, ok := m[strings.TrimSuffix(name, ".")]
	switch {
	case !strings.HasSuffix(name, "."):
		return nil, errors.New("a name that is searched for: " + name)
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case text == "fails":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return strings.Split(text, sep), nil
}

func (w *outside) LookupMX(_ context.Context, name string) (out []*net.MX, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := find(w.mx, name, ", ")
	for _, text := range list {
		mx := &net.MX{}
		fmt.Sscan(text, &mx.Pref, &mx.Host)
		if mx.Host != "." {
			mx.Host += "."
		}
		out = append(out, mx)
	}
	return out, err
}

func (w *outside) LookupIPAddr(_ context.Context, name string) (out []net.IPAddr, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := find(w.ip, name, ", ")
	for _, text := range list {
		out = append(out, net.IPAddr{IP: net.ParseIP(text)})
	}
	return out, err
}

func (w *outside) LookupTXT(_ context.Context, name string) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return find(w.txt, name, "\n")
}

// RoundTrip answers for the servers of policies.
func (w *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetched++
	if f := w.policy[r.URL.String()]; f != nil {
		resp, err := f()
		if resp != nil {
			resp.Request = r
		}
		return resp, err
	}
	return nil, errors.New("connection refused")
}

func (w *outside) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port != "25" {
		return nil, fmt.Errorf("dialled %s", address)
	}
	w.mu.Lock()
	h := w.hosts[host]
	w.dials = append(w.dials, host)
	w.mu.Unlock()
	if h == nil || h.refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	if h.script == nil {
		h.script = usual
	}
	if h.script("dial", "") == "hang" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return h.dialFar(ctx, network, address)
}

// dialled are the servers that were connected with.
func (w *outside) dialled() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := strings.Join(w.dials, " ")
	w.dials = nil
	return out
}

func (w *outside) relay(t *testing.T, change func(*MXOptions)) *MXRelay {
	t.Helper()
	o := MXOptions{
		Hostname: "support.example", TLS: "opportunistic", CommandTimeout: 5 * time.Minute, Resolver: w, Dial: w.dial, Transport: w,
		Own: func(host string, addr netip.Addr) bool {
			return host == "support.example" || addr == netip.MustParseAddr("192.0.2.99")
		},
	}
	if change != nil {
		change(&o)
	}
	r := NewMXRelay(o)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// two are two servers of x.example, a.example and behind it b.example.
func two(a func(step, line string) string) *outside {
	return &outside{
		mx:    map[string]string{"x.example": "20 b.example, 10 a.example"},
		ip:    map[string]string{"a.example": "192.0.2.1", "b.example": "192.0.2.2"},
		hosts: map[string]*scripted{"192.0.2.1": {script: a}, "192.0.2.2": {}},
	}
}

func says(at, answer string) func(step, line string) string {
	return func(step, _ string) string {
		if step == at {
			return answer
		}
		return ""
	}
}

// what became of one recipient: "" when somebody has it.
func fate(s Sent) string {
	if s.HopAway {
		return "HopAway: of many hops one is away"
	}
	if len(s.Failures) == 0 {
		return s.Reply
	}
	f := s.Failures[0]
	kind := "later"
	if f.Permanent {
		kind = "never"
	}
	return fmt.Sprintf("%s: %s", kind, f.Reply)
}

// TestMXNext: which server of a domain gets the mail, when the best one does not take it.
func TestMXNext(t *testing.T) {
	for name, c := range map[string]struct {
		a           func(step, line string) string
		want, dials string
	}{
		"takes it":               {usual, "a.example [192.0.2.1]: 250 2.0.0 queued as 1", "192.0.2.1"},
		"is not there":           {nil, "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"greets with 421":        {says("greeting", "421 4.3.2 busy"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"greets with 554":        {says("greeting", "554 5.3.2 no mail here"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"closes at EHLO":         {says("EHLO", "close"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"says 421 at MAIL":       {says("MAIL", "421 4.3.2 bye"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"says 450 at MAIL":       {says("MAIL", "450 4.7.1 who are you"), "later: a.example [192.0.2.1]: 450 4.7.1 who are you", "192.0.2.1"},
		"says 550 at RCPT":       {says("RCPT", "550 5.1.1 nobody"), "never: a.example [192.0.2.1]: 550 5.1.1 nobody", "192.0.2.1"},
		"says 450 at RCPT":       {says("RCPT", "450 4.2.0 greylisted"), "later: a.example [192.0.2.1]: 450 4.2.0 greylisted", "192.0.2.1"},
		"says 451 at the end":    {says("dot", "451 4.3.0 no"), "later: a.example [192.0.2.1]: 451 4.3.0 no", "192.0.2.1"},
		"takes it, says nothing": {says("dot", "take"), "later: a.example [192.0.2.1]: after the mail: EOF", "192.0.2.1"},
		"hangs at the greeting":  {says("greeting", "hang"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
		"cannot be connected":    {says("dial", "hang"), "b.example [192.0.2.2]: 250 2.0.0 queued as 1", "192.0.2.1 192.0.2.2"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := two(c.a)
				if c.a == nil {
					delete(w.hosts, "192.0.2.1")
				}
				s := w.relay(t, nil).Send(context.Background(), aMail("m@x.example"))
				equal(t, "fate", fate(s), c.want)
				equal(t, "connections", w.dialled(), c.dials)
			})
		})
	}
}

// TestMXRoute: what the DNS says of a domain, and what becomes of its mail.
func TestMXRoute(t *testing.T) {
	many, manyAddrs := []string{}, []string{}
	for i := range 20 {
		many = append(many, fmt.Sprintf("%d h%d.example", i, i))
		manyAddrs = append(manyAddrs, fmt.Sprintf("192.0.2.%d", 100+i))
	}
	for name, c := range map[string]struct {
		mx, ip      map[string]string
		to          string
		want, dials string
	}{
		"null MX":               {mx: map[string]string{"x.example": "0 ."}, want: "never: x.example: 5.1.10 the domain says that it takes no mail (null MX)"},
		"null MX among others":  {mx: map[string]string{"x.example": "0 ., 10 a.example"}, want: "250", dials: "192.0.2.1"},
		"no MX":                 {ip: map[string]string{"x.example": "192.0.2.1"}, want: "x.example [192.0.2.1]: 250", dials: "192.0.2.1"},
		"no such domain":        {want: "never: x.example: 5.1.2 there is no such domain, or it takes no mail: it has neither MX nor address"},
		"the DNS fails":         {mx: map[string]string{"x.example": "fails"}, want: "later: x.example: its MX is not known now: the DNS fails: server misbehaving"},
		"the DNS fails for A":   {ip: map[string]string{"x.example": "fails"}, want: "later: x.example: its address is not known now: the DNS fails: server misbehaving"},
		"an MX without address": {mx: map[string]string{"x.example": "5 none.example, 10 a.example"}, want: "250", dials: "192.0.2.1"},
		"no MX has an address":  {mx: map[string]string{"x.example": "5 none.example"}, want: "later: none.example: lookup none.example.: no such host"},
		"an MX whose DNS fails": {mx: map[string]string{"x.example": "5 bad.example, 10 a.example"}, ip: map[string]string{"bad.example": "fails"}, want: "250", dials: "192.0.2.1"},
		"this machine":          {mx: map[string]string{"x.example": "5 local.example"}, ip: map[string]string{"local.example": "127.0.0.1, ::1, 0.0.0.0, 224.0.0.1"}, want: "later: local.example: it has no address that mail could go to"},
		"ourselves behind another": {mx: map[string]string{"x.example": "10 none.example, 20 own.example, 20 a.example, 30 b.example"}, ip: map[string]string{"own.example": "192.0.2.99", "b.example": "192.0.2.2"},
			want: "later: none.example: lookup none.example.: no such host"},
		"ourselves by name":  {mx: map[string]string{"x.example": "10 support.example"}, ip: map[string]string{"support.example": "192.0.2.7"}, want: "never: x.example: 5.4.6 its mail comes to this machine"},
		"ourselves first":    {mx: map[string]string{"x.example": "10 own.example, 20 a.example"}, ip: map[string]string{"own.example": "192.0.2.99"}, want: "never: x.example: 5.4.6 its mail comes to this machine"},
		"an address":         {to: "m@[192.0.2.1]", want: "[192.0.2.1]: 250", dials: "192.0.2.1"},
		"an address of IPv6": {to: "m@[IPv6:2001:db8::1]", want: "[2001:db8::1]: 250", dials: "2001:db8::1"},
		"our address":        {to: "m@[192.0.2.99]", want: "never: [192.0.2.99]: 5.4.6 its mail comes to this machine"},
		"an address inside":  {to: "m@[127.0.0.1]", want: "never: [127.0.0.1]: 5.1.3 mail cannot go to this address literal"},
		"no address":         {to: "m@[x]", want: "never: [x]: 5.1.3 mail cannot go to this address literal"},
		"other letters":      {mx: map[string]string{"xn--bcher-kva.example": "10 a.example"}, to: "m@BÜCHER.example", want: "250", dials: "192.0.2.1"},
		"capitals":           {mx: map[string]string{"x.example": "10 A.Example"}, to: "m@X.Example", want: "a.example [192.0.2.1]: 250", dials: "192.0.2.1"},
		"many servers":       {mx: map[string]string{"x.example": strings.Join(many, ", ")}, ip: map[string]string{"h0.example": strings.Join(manyAddrs, ", "), "h15.example": "192.0.2.1"}, want: "later: h0.example [192.0.2.100]: connection refused; h0.example [192.0.2.101]: connection refused; h0.example [192.0.2.102]: connection refused", dials: strings.Join(manyAddrs[:mostAddresses], " ")},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := &outside{mx: c.mx, ip: map[string]string{"a.example": "192.0.2.1"}, hosts: map[string]*scripted{"192.0.2.1": {}, "2001:db8::1": {}}}
				for k, v := range c.ip {
					w.ip[k] = v
				}
				if c.to == "" {
					c.to = "m@x.example"
				}
				s := w.relay(t, nil).Send(context.Background(), aMail(c.to))
				if got := fate(s); !strings.Contains(got, c.want) || strings.HasPrefix(c.want, "never") != strings.HasPrefix(got, "never") {
					t.Errorf("fate %q, want %q", got, c.want)
				}
				equal(t, "connections", w.dialled(), c.dials)
			})
		})
	}
}

// TestMXSeveral: each domain of a mail has its own end.
func TestMXSeveral(t *testing.T) {
	in(t, func(t *testing.T) {
		w := two(usual)
		w.mx["y.example"], w.mx["null.example"] = "10 b.example", "0 ."
		s := w.relay(t, nil).Send(context.Background(), aMail("1@x.example", "2@null.example", "3@y.example", "4@X.example", "5@gone.example"))
		var failed []string
		for _, f := range s.Failures {
			failed = append(failed, fmt.Sprint(f.To, " ", f.Permanent, " ", f.Enhanced))
		}
		equal(t, "failures", strings.Join(failed, ", "), "2@null.example true [5 1 10], 5@gone.example true [5 1 2]")
		equal(t, "x.example", w.hosts["192.0.2.1"].got[0].to, []string{"1@x.example", "4@X.example"})
		equal(t, "y.example", w.hosts["192.0.2.2"].got[0].to, []string{"3@y.example"})
		equal(t, "reply", s.Reply, "b.example [192.0.2.2]: 250 2.0.0 queued as 1")
	})
}

// TestMXSpread: servers of one preference share the mail (RFC 5321 §5.1).
func TestMXSpread(t *testing.T) {
	in(t, func(t *testing.T) {
		w := two(usual)
		w.mx["x.example"] = "10 a.example, 10 b.example"
		r := w.relay(t, nil)
		for range 200 {
			r.Send(context.Background(), aMail("m@x.example"))
		}
		a, b := len(w.hosts["192.0.2.1"].got), len(w.hosts["192.0.2.2"].got)
		if a+b != 200 || a < 50 || b < 50 {
			t.Errorf("one got %d, the other %d", a, b)
		}
	})
}

// TestMXDeadAddress: an address that swallows connections, such as those of IPv6 behind a
// broken network, costs its time once, and not each mail.
func TestMXDeadAddress(t *testing.T) {
	in(t, func(t *testing.T) {
		w := two(usual)
		w.ip["a.example"] = "192.0.2.1, 2001:db8::1"
		w.hosts["2001:db8::1"] = &scripted{script: says("dial", "hang")}
		r := w.relay(t, nil)
		send := func() time.Duration {
			at := time.Now()
			if s := r.Send(context.Background(), aMail("m@x.example")); len(s.Failures) > 0 {
				t.Errorf("%+v", s)
			}
			return time.Since(at)
		}
		equal(t, "the first mail", send(), mxDialTime)
		equal(t, "connections", w.dialled(), "2001:db8::1 192.0.2.1")
		time.Sleep(time.Minute) // the connection that was kept is closed
		equal(t, "the second", send(), time.Duration(0))
		equal(t, "connections", w.dialled(), "192.0.2.1")
		time.Sleep(deadTime)
		w.hosts["2001:db8::1"].script = usual
		equal(t, "when it is back", send(), time.Duration(0))
		equal(t, "connections", w.dialled(), "2001:db8::1")
	})
}

// TestMXTLS: what is encrypted, and what does not go.
func TestMXTLS(t *testing.T) {
	const noTLS = "it offers no STARTTLS"
	for name, c := range map[string]struct {
		mode   string
		host   string // whose certificate is for hop.example
		tls    bool
		script func(step, line string) string
		want   string
		secure bool
	}{
		"as it comes":            {"opportunistic", "a.example", true, usual, "250", true},
		"none to be had":         {"opportunistic", "a.example", false, usual, "250", false},
		"refused":                {"opportunistic", "a.example", true, says("STARTTLS", "454 4.7.0 no"), "250", false},
		"broken":                 {"opportunistic", "a.example", true, says("STARTTLS", "close"), "250", false},
		"never":                  {"off", "a.example", true, usual, "250", false},
		"required":               {"required", "hop.example", true, usual, "250", true},
		"required, not there":    {"required", "hop.example", false, usual, noTLS, false},
		"required, stripped":     {"required", "hop.example", true, says("EHLO", "250 hop"), noTLS, false},
		"required, another's":    {"required", "a.example", true, usual, "certificate is valid for hop.example, not a.example", false},
		"required, by address":   {"required", "", true, usual, "certificate", false},
		"required, speaks early": {"required", "hop.example", true, says("STARTTLS", "early"), "out of turn", false},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				h := &scripted{script: c.script}
				if c.tls {
					h.tls = serverTLS()
				}
				w := &outside{mx: map[string]string{"x.example": "10 " + c.host}, ip: map[string]string{c.host: "192.0.2.1"}, hosts: map[string]*scripted{"192.0.2.1": h}}
				to := "m@x.example"
				if c.host == "" {
					to = "m@[192.0.2.1]"
				}
				ca := ""
				if c.mode == "required" {
					ca = caFile(t)
				}
				s := w.relay(t, func(o *MXOptions) { o.TLS, o.CAFile = c.mode, ca }).Send(context.Background(), aMail(to))
				if got := fate(s); !strings.Contains(got, c.want) || strings.HasPrefix(got, "never") {
					t.Errorf("fate %q, want %q", got, c.want)
				}
				if len(h.got) > 0 && h.got[0].secure != c.secure {
					t.Errorf("secure: %v", h.got[0].secure)
				}
				if (len(h.got) == 1) != (c.want == "250") {
					t.Errorf("%d mails arrived", len(h.got))
				}
			})
		})
	}
}

// mxWorld is an outbox whose relay finds its servers in the DNS.
func mxWorld(t *testing.T, o *outside, rows ...ticket.Outgoing) (*world, Options) {
	w := newWorld(rows...)
	options := w.options()
	r := o.relay(t, nil)
	w.send = r.Send
	options.ManyHops = true
	return w, options
}

// TestMXConnections: many mails to one destination share its connections.
func TestMXConnections(t *testing.T) {
	in(t, func(t *testing.T) {
		o := two(usual)
		w, options := mxWorld(t, o, rowsTo(1, 90, "m@x.example")...)
		options.Workers, options.PerLane = 8, 2
		w.run(options, time.Minute)
		equal(t, "mails", len(o.hosts["192.0.2.1"].got), 90)
		if n := o.hosts["192.0.2.1"].dialled; n > 2 {
			t.Errorf("%d connections for 90 mails", n)
		}
	})
}

// TestLaneGap: mails to one destination keep their distance, and others do not wait for them.
func TestLaneGap(t *testing.T) {
	in(t, func(t *testing.T) {
		o := two(usual)
		o.mx["y.example"] = "10 b.example"
		w, options := mxWorld(t, o, append(rowsTo(1, 4, "a@x.example"), due(10, 35*time.Second, "late@x.example"), due(11, 0, "b@y.example"), due(12, time.Second, "b@y.example"))...)
		options.LaneGap = 10 * time.Second
		w.run(options, 2*time.Minute)
		equal(t, "x.example", w.times("a@x.example"), "0s 10s 20s 30s")
		equal(t, "x.example, behind an empty lane", w.times("late@x.example"), "40s")
		equal(t, "y.example", w.times("b@y.example"), "0s 10s")
		equal(t, "left", len(w.rows), 0)
	})
}

// TestMXNullRefused: a server that refuses the null sender gets a bounce address, and the
// others the null sender as before.
func TestMXNullRefused(t *testing.T) {
	in(t, func(t *testing.T) {
		o := two(func(step, line string) string {
			if step == "MAIL" && strings.Contains(line, "<>") {
				return "550 5.7.1 null sender refused"
			}
			return ""
		})
		o.mx["y.example"] = "10 b.example"
		w, options := mxWorld(t, o, due(1, 0, "m@x.example"), due(2, time.Minute, "m@y.example"))
		w.run(options, 2*time.Minute)
		if a, b := o.hosts["192.0.2.1"].got, o.hosts["192.0.2.2"].got; len(a) != 1 || a[0].from == "" || len(b) != 1 || b[0].from != "" {
			t.Errorf("%+v, %+v", a, b)
		}
	})
}

// TestMXDomainAway: a domain whose servers are away rests alone.
func TestMXDomainAway(t *testing.T) {
	in(t, func(t *testing.T) {
		o := two(usual)
		o.mx["y.example"] = "10 gone.example"
		o.ip["gone.example"] = "192.0.2.50"
		w, options := mxWorld(t, o, append(rowsTo(1, 100, "m@y.example"), rowsTo(200, 50, "m@x.example")...)...)
		w.run(options, 10*time.Minute)
		equal(t, "mails", len(o.hosts["192.0.2.1"].got), 50)
		if n := strings.Count(o.dialled(), "192.0.2.50"); n < 5 || n > 40 {
			t.Errorf("what is away was asked %d times", n)
		}
		for _, s := range w.sent {
			if s.To[0] == "m@x.example" && s.at > time.Second {
				t.Fatalf("a mail to another domain left after %s", s.at)
			}
		}
	})
}
