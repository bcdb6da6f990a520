package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// figures is what a server under test shows.
type figures struct {
	asked atomic.Int64
	err   error
	ok    bool
	setup string
}

func (f *figures) server(log io.Writer) *Server {
	return New(Options{
		Metrics: func() ([]Metric, error) {
			return []Metric{Value("asked", Counter, "How often.", float64(f.asked.Add(1)))}, f.err
		},
		Health: func() []Check {
			return []Check{{Name: "first", OK: true}, {Name: "second", OK: f.ok, Detail: "<it> is so"}}
		},
		Autoconfig: func(addr string) string { return f.setup + addr },
		Log:        slog.New(slog.NewTextHandler(log, nil)),
	})
}

func TestAnswers(t *testing.T) {
	const figure, well, ill = "# HELP asked How often.\n# TYPE asked counter\nasked 1\n",
		`{"ok":true,"checks":[{"name":"first","ok":true},{"name":"second","ok":true,"detail":"<it> is so"}]}` + "\n",
		`{"ok":false,"checks":[{"name":"first","ok":true},{"name":"second","ok":false,"detail":"<it> is so"}]}` + "\n"
	for _, c := range []struct {
		name, method, target, host string
		f                          *figures
		status                     int
		kind, body                 string
	}{
		{"figures", "GET", "/metrics", "", &figures{}, 200, "text/plain; version=0.0.4; charset=utf-8", figure},
		{"figures of any host", "GET", "/metrics?x=1", "evil.example", &figures{}, 200, "text/plain; version=0.0.4; charset=utf-8", figure},
		{"head", "HEAD", "/metrics", "", &figures{}, 200, "text/plain; version=0.0.4; charset=utf-8", ""},
		{"well", "GET", "/healthz", "", &figures{ok: true}, 200, "application/json", well},
		{"ill", "GET", "/healthz", "", &figures{}, 503, "application/json", ill},
		{"ill, head", "HEAD", "/healthz", "", &figures{}, 503, "application/json", ""},
		{"not to be read", "GET", "/metrics", "", &figures{err: errors.New("secret of the disk")}, 500, "text/plain; charset=utf-8", "the figures cannot be read; the log says why\n"},
		{"post", "POST", "/metrics", "", &figures{}, 405, "text/plain; charset=utf-8", "method not allowed\n"},
		{"delete", "DELETE", "/healthz", "", &figures{}, 405, "text/plain; charset=utf-8", "method not allowed\n"},
		{"setup", "GET", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=a%2Bb%40c.example", "", &figures{setup: "<x/>"}, 200, "application/xml; charset=utf-8", "<x/>a+b@c.example"},
		{"setup of the host autoconfig", "GET", "/mail/config-v1.1.xml", "autoconfig.c.example", &figures{setup: "<x/>"}, 200, "application/xml; charset=utf-8", "<x/>"},
		{"setup, head", "HEAD", "/mail/config-v1.1.xml", "", &figures{setup: "<x/>"}, 200, "application/xml; charset=utf-8", ""},
		{"setup, post", "POST", "/mail/config-v1.1.xml", "", &figures{setup: "<x/>"}, 405, "text/plain; charset=utf-8", "method not allowed\n"},
		{"no setup", "GET", "/mail/config-v1.1.xml", "", &figures{}, 404, "text/plain; charset=utf-8", "404 page not found\n"},
		{"root", "GET", "/", "", &figures{}, 404, "text/plain; charset=utf-8", "404 page not found\n"},
		{"below", "GET", "/metrics/", "", &figures{}, 404, "text/plain; charset=utf-8", "404 page not found\n"},
		{"no pprof", "GET", "/debug/pprof/", "", &figures{}, 404, "text/plain; charset=utf-8", "404 page not found\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log strings.Builder
			r := httptest.NewRequest(c.method, c.target, nil)
			if c.host != "" {
				r.Host = c.host
			}
			w := httptest.NewRecorder()
			c.f.server(&log).ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || w.Body.String() != c.body {
				t.Errorf("%d %q\n%s\nwant %d %q\n%s", w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.kind, c.body)
			}
			if said := strings.Contains(log.String(), "secret of the disk"); said != (c.f.err != nil) {
				t.Errorf("the log: %q", log.String())
			}
			if c.status == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", w.Header().Get("Allow"))
			}
		})
	}
}

// TestFresh: an answer is good for a second, a failure is not kept.
func TestFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &figures{}
		s := f.server(io.Discard)
		ask := func() string {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
			return w.Body.String()
		}
		first := ask()
		time.Sleep(999 * time.Millisecond)
		if got := ask(); got != first || f.asked.Load() != 1 {
			t.Errorf("asked %d times within a second", f.asked.Load())
		}
		time.Sleep(time.Millisecond)
		f.err = errors.New("no")
		ask()
		f.err = nil
		if got := ask(); !strings.Contains(got, "asked 3") {
			t.Errorf("after a failure: %s", got)
		}
	})
}

// open serves until the test ends.
func open(t *testing.T, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func TestServe(t *testing.T) {
	at := open(t, (&figures{ok: true}).server(io.Discard))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/healthz", "/metrics", "/healthz"} {
		resp, err := client.Get("http://" + at + path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil || resp.Body.Close() != nil || resp.StatusCode != 200 {
			t.Errorf("%s: %d, %v", path, resp.StatusCode, err)
		}
	}
}

// A header without end is cut off.
func TestLargeHeader(t *testing.T) {
	at := open(t, (&figures{}).server(io.Discard))
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: h\r\nX: %s", strings.Repeat("x", 64<<10)) // it may be cut off meanwhile
	})
	defer wg.Wait()
	status, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && !strings.Contains(status, "431") {
		t.Errorf("answered %q", status)
	}
}

// TestConnectionsWait: those that are too many wait until others are gone, also
// while the server stops.
func TestConnectionsWait(t *testing.T) {
	s := New(Options{
		Metrics: func() ([]Metric, error) { return nil, nil }, Health: func() []Check { return nil }, MaxConnections: 2,
	})
	at := open(t, s)
	ask := func(c net.Conn) string {
		fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil {
			return err.Error()
		}
		return strings.TrimSpace(line)
	}
	var open []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil { // only ever used up by what hangs
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for i, c := range open {
		if got := ask(c); got != "HTTP/1.1 200 OK" {
			t.Errorf("connection %d: %s", i, got)
		}
		c.Close() // room for the third, then for the fourth
	}
}

// A listener that fails ends Serve with its error.
func TestListenerFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := (&figures{}).server(io.Discard).Serve(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve returned %v", err)
	}
}
