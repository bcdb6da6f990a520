package mailauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"supportgw/mailgw/mailauth/dnstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Answers are remembered for as long as they are good, failures never.
func TestCacheRemembers(t *testing.T) {
	now := time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		lines  []string
		after  time.Duration
		asked  int // in all, when asked twice
		failed bool
	}{
		{"found", []string{"a.example TXT x"}, foundFor - time.Second, 1, false},
		{"found, and over", []string{"a.example TXT x"}, foundFor, 2, false},
		{"not found", nil, notFoundFor - time.Second, 1, true},
		{"not found, and over", nil, notFoundFor, 2, true},
		{"no answer", []string{"a.example FAIL"}, 0, 2, true},
		{"too large", []string{"a.example TXT " + long(maxAnswer+1)}, notFoundFor - time.Second, 1, true},
	} {
		z := dnstest.New(c.lines...)
		cache := NewCache(z)
		cache.now = func() time.Time { return now }
		_, first := cache.LookupTXT(t.Context(), "a.example")
		cache.now = func() time.Time { return now.Add(c.after) }
		_, second := cache.LookupTXT(t.Context(), "A.Example.")
		if n := z.Asked("a.example", "TXT"); n != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.name, n, c.asked)
		}
		if (first != nil) != c.failed || (second != nil) != c.failed {
			t.Errorf("%s: %v, then %v", c.name, first, second)
		}
	}
}

// The kinds of questions are not mixed up, and what is handed out is the caller's.
func TestCacheKinds(t *testing.T) {
	z := dnstest.New("a.example TXT text", "a.example A 192.0.2.1", "a.example AAAA 2001:db8::1", "a.example MX 10 mx.example", "1.2.0.192.in-addr.arpa PTR a.example")
	c := NewCache(z)
	for range 2 {
		txt, err1 := c.LookupTXT(t.Context(), "a.example")
		ips, err2 := c.LookupIPAddr(t.Context(), "a.example")
		mx, err3 := c.LookupMX(t.Context(), "a.example")
		names, err4 := c.LookupAddr(t.Context(), "192.0.2.1")
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %v %s %s", txt, ips, mx[0].Host, names); got != "[text] [{192.0.2.1 } {2001:db8::1 }] mx.example [a.example]" {
			t.Errorf("got %s", got)
		}
		txt[0], names[0], ips[0], mx[0] = "changed", "changed", net.IPAddr{}, nil
	}
}

// There is room for so many bytes; what was not used for longest goes first.
func TestCacheIsBounded(t *testing.T) {
	const size, n = 10 << 10, 2 * maxCached / (10 << 10)
	z := dnstest.New()
	for i := range n {
		z.Add(fmt.Sprintf("n%d.example", i), "TXT", long(size))
	}
	c := NewCache(z)
	for i := range n {
		for _, name := range []string{"n0.example", fmt.Sprintf("n%d.example", i)} {
			if _, err := c.LookupTXT(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	bytes := 0
	for e := c.recent.Front(); e != nil; e = e.Next() {
		bytes += e.Value.(*answer).cost()
	}
	if bytes != c.size || bytes > maxCached || bytes < maxCached-2*size || len(c.known) != c.recent.Len() {
		t.Errorf("%d bytes, said to be %d, of %d; %d and %d answers", bytes, c.size, maxCached, len(c.known), c.recent.Len())
	}
	if a, b := z.Asked("n0.example", "TXT"), z.Asked("n1.example", "TXT"); a != 1 || b != 1 {
		t.Errorf("asked %d and %d times", a, b)
	}
	if _, err := c.LookupTXT(t.Context(), "n1.example"); err != nil || z.Asked("n1.example", "TXT") != 2 {
		t.Errorf("what was not used for longest is still there: %v", err)
	}
}

// slow is a resolver that answers when it is told to.
type slow struct {
	hanging
	asked  chan string
	answer chan []string
}

func (s *slow) LookupTXT(ctx context.Context, name string) ([]string, error) {
	s.asked <- name
	select {
	case a := <-s.answer:
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Equal questions at the same time are asked once. Who goes away does not take the
// answer from those who wait; a question for which nobody waits is given up.
func TestCacheAsksOnce(t *testing.T) {
	s := &slow{asked: make(chan string, 9), answer: make(chan []string)}
	c := NewCache(s)
	impatient, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var left error
	all.Go(func() { _, left = c.LookupTXT(impatient, "a.example") })
	<-s.asked
	got := make([]string, 20)
	for i := range got {
		all.Go(func() {
			if txt, err := c.LookupTXT(t.Context(), "a.example"); err == nil {
				got[i] = txt[0]
			}
		})
	}
	waitFor(t, c, 21)
	leave()
	waitFor(t, c, 20)
	s.answer <- []string{"x"}
	all.Wait()
	if strings.Join(got, "") != strings.Repeat("x", 20) || len(s.asked) != 0 {
		t.Errorf("got %q, asked %d times more", got, len(s.asked))
	}
	if !isTemporary(left) {
		t.Errorf("who went away got %v", left)
	}
	alone, leave := context.WithCancel(t.Context())
	all.Go(func() { _, left = c.LookupTXT(alone, "b.example") })
	<-s.asked
	leave()
	all.Wait()
	if len(c.flights) != 0 || !isTemporary(left) {
		t.Errorf("%d questions for nobody, %v", len(c.flights), left)
	}
}

// waitFor waits until so many wait for the only question under way.
func waitFor(t *testing.T, c *Cache, n int) {
	t.Helper()
	for range 5000 {
		c.mu.Lock()
		waiting := 0
		for _, f := range c.flights {
			waiting = f.waiting
		}
		c.mu.Unlock()
		if waiting == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("there never were %d", n)
}

// A real resolver of the library, and a name server.
func TestResolver(t *testing.T) {
	z := dnstest.New("a.example TXT "+strings.Repeat("long text ", 40), "a.example A 192.0.2.1", "a.example MX 10 mx.example", "1.2.0.192.in-addr.arpa PTR a.example", "down.example FAIL", "only.example A 192.0.2.9")
	c := NewCache(NewResolver(dnstest.Serve(t, z)))
	txt, err1 := c.LookupTXT(t.Context(), "a.example")
	ips, err2 := c.LookupIPAddr(t.Context(), "a.example")
	mx, err3 := c.LookupMX(t.Context(), "a.example")
	names, err4 := c.LookupAddr(t.Context(), "192.0.2.1")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if txt[0] != strings.Repeat("long text ", 40) || len(ips) != 1 || mx[0].Host != "mx.example." || names[0] != "a.example." {
		t.Errorf("%q %v %v %q", txt, ips, mx, names)
	}
	for name, found := range map[string]bool{"none.example": true, "only.example": true, "a..example": true, strings.Repeat("x", 64) + ".example": true, "down.example": false} {
		if _, err := c.LookupTXT(t.Context(), name); isNotFound(err) != found || isTemporary(err) == found {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewCache(NewResolver("127.0.0.1:1")).LookupTXT(t.Context(), "a.example"); !isTemporary(err) {
		t.Errorf("nobody answers: %v", err)
	}
}

// One mail asks so much and no more.
func TestLimited(t *testing.T) {
	z := dnstest.New()
	l := &limited{Resolver: NewCache(z)}
	for i := range maxQuestions / 4 {
		name := fmt.Sprintf("n%d.example", i)
		_, err1 := l.LookupTXT(t.Context(), name)
		_, err2 := l.LookupMX(t.Context(), name)
		_, err3 := l.LookupIPAddr(t.Context(), name)
		_, err4 := l.LookupAddr(t.Context(), fmt.Sprintf("192.0.2.%d", i))
		for _, err := range []error{err1, err2, err3, err4} {
			if !isNotFound(err) {
				t.Fatal(err)
			}
		}
	}
	before := z.Asked("", "")
	_, err1 := l.LookupTXT(t.Context(), "x.example")
	_, err2 := l.LookupMX(t.Context(), "x.example")
	_, err3 := l.LookupIPAddr(t.Context(), "x.example")
	_, err4 := l.LookupAddr(t.Context(), "192.0.2.200")
	for _, err := range []error{err1, err2, err3, err4} {
		if err == nil || isNotFound(err) || isTemporary(err) {
			t.Errorf("one more: %v", err)
		}
	}
	if z.Asked("", "") != before {
		t.Error("it was asked all the same")
	}
}
