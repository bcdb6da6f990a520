package acme

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a renewer, its folder and log, and an authority.
type house struct {
	*Renewer
	t   *testing.T
	ca  *authority
	log *bytes.Buffer
	now time.Time
}

func newHouse(t *testing.T, names ...string) *house {
	t.Helper()
	h := &house{t: t, log: &bytes.Buffer{}, now: time.Now().Truncate(time.Second)}
	h.ca = newAuthority(t, h)
	h.Renewer = New(Options{
		Folder: filepath.Join(t.TempDir(), "acme"), Names: names, Directory: h.ca.server.URL + "/dir", CAFile: h.ca.file,
		Now: func() time.Time { return h.now }, Log: slog.New(slog.NewTextHandler(h.log, nil)),
	})
	return h
}

// try takes one step, and returns the certificate that is then in the file; nil when
// there is none that can be used.
func (h *house) try(failures *int) (*x509.Certificate, time.Duration) {
	h.t.Helper()
	rest := h.step(h.t.Context(), failures)
	leaf, err := h.held()
	if err != nil {
		return nil, rest
	}
	if len(h.proofs) > 0 {
		h.t.Error("a proof is still answered")
	}
	return leaf, rest
}

func TestObtain(t *testing.T) {
	h := newHouse(t, "mx.example.com", "mail.example.com")
	failures := 0
	first, rest := h.try(&failures)
	if first == nil || failures != 0 || rest != lookEvery {
		t.Fatalf("no certificate; %d failures, rest %s\n%s", failures, rest, h.log)
	}
	if !strings.Contains(h.log.String(), `msg="certificate obtained" names="[mx.example.com mail.example.com]" ends=`) {
		t.Errorf("the log says\n%s", h.log)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "account.pem": 0o600, "certificate.pem": 0o600} {
		if info, err := os.Stat(filepath.Join(h.o.Folder, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v; want mode %o", name, info, err, want)
		}
	}
	if files, err := os.ReadDir(h.o.Folder); err != nil || len(files) != 2 {
		t.Errorf("%d files, %v; want 2", len(files), err)
	}

	orders := h.ca.orders
	for _, c := range []struct {
		name  string
		after time.Duration
		asks  int
	}{
		{"at once", 0, 0},
		{"before a third is left", 60*24*time.Hour - time.Minute, 0},
		{"when a third is left", 60*24*time.Hour + time.Minute, 1},
	} {
		h.now = first.NotBefore.Add(c.after)
		got, rest := h.try(&failures)
		if got == nil || h.ca.orders-orders != c.asks || got.Equal(first) != (c.asks == 0) || rest > lookEvery || rest <= 0 {
			t.Errorf("%s: %d orders, want %d; rest %s\n%s", c.name, h.ca.orders-orders, c.asks, rest, h.log)
		}
	}
	if len(h.ca.accounts) != 1 {
		t.Errorf("%d accounts, want one for all", len(h.ca.accounts))
	}
}

// TestFailures: whatever the authority does, the file that is there stays, the log
// says why, and the pauses grow.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		want  string
	}{
		"it is down":                {"down", "register at"},
		"it refuses the account":    {"account", "account refused"},
		"it refuses the order":      {"order", "too many certificates"},
		"it does not see the proof": {"proof", "prove mx.example.com"},
		"it has no proof over HTTP": {"dns-only", "it offers no proof over HTTP"},
		"it fails to sign":          {"finalize", "fetch the certificate"},
		"a certificate of others":   {"other-name", "not mail.example.com"},
		"a key of others":           {"other-key", "it is for another key"},
		"a certificate that ended":  {"ended", "it has ended on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "mx.example.com", "mail.example.com")
			failures := 0
			first, _ := h.try(&failures)
			if first == nil {
				t.Fatal(h.log)
			}
			h.ca.fault = c.fault
			h.now = first.NotAfter.Add(time.Hour)
			got, rest := h.try(&failures)
			if got == nil || !got.Equal(first) {
				t.Error("the old certificate did not stay")
			}
			if failures != 1 || rest != firstPause || !strings.Contains(h.log.String(), `msg="no certificate from the authority"`) || !strings.Contains(h.log.String(), c.want) {
				t.Errorf("%d failures, rest %s; the log does not say %q:\n%s", failures, rest, c.want, h.log)
			}
			h.ca.fault = ""
			if got, _ := h.try(&failures); got == nil || got.Equal(first) || failures != 0 {
				t.Errorf("it does not recover; %d failures\n%s", failures, h.log)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	for failures, want := range map[int]time.Duration{1: 2 * time.Minute, 2: 4 * time.Minute, 3: 8 * time.Minute, 7: 128 * time.Minute, 8: 4 * time.Hour, 9: 4 * time.Hour, 1000: 4 * time.Hour} {
		if got := pause(failures); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
}

// TestHeldFiles: what cannot be used is replaced; the key of an account never is.
func TestHeldFiles(t *testing.T) {
	h := newHouse(t, "mx.example.com")
	failures := 0
	h.try(&failures)
	file, account := File(h.o.Folder), filepath.Join(h.o.Folder, "account.pem")
	if err := os.WriteFile(file, []byte("half a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := h.try(&failures); got == nil || h.ca.orders != 2 {
		t.Errorf("a broken file is not replaced: %d orders", h.ca.orders)
	}
	h.o.Names = []string{"mx.example.com", "new.example.com"}
	if got, _ := h.try(&failures); got == nil || h.ca.orders != 3 || len(got.DNSNames) != 2 {
		t.Errorf("other names, but the old certificate stays: %d orders", h.ca.orders)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(account, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.log.Reset()
		if got, _ := h.try(&failures); got != nil || !strings.Contains(h.log.String(), "read the key of the account") {
			t.Errorf("account %q: %v\n%s", text, got, h.log)
		}
		if left, err := os.ReadFile(account); err != nil || string(left) != text {
			t.Errorf("the key of the account was replaced: %q, %v", left, err)
		}
	}
}

// TestNoRoom: no certificate is asked for that cannot be kept.
func TestNoRoom(t *testing.T) {
	h := newHouse(t, "mx.example.com")
	if err := os.MkdirAll(filepath.Join(h.o.Folder, "room", "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	failures := 0
	if got, _ := h.try(&failures); got != nil || failures != 1 || h.ca.orders != 0 || !strings.Contains(h.log.String(), "keep the certificate") {
		t.Errorf("%d orders, %d failures\n%s", h.ca.orders, failures, h.log)
	}
	if left, err := filepath.Glob(filepath.Join(h.o.Folder, "new-*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %q, %v", left, err)
	}
}

// TestTooOften: an authority that asks for patience is asked once an attempt.
func TestTooOften(t *testing.T) {
	h := newHouse(t, "mx.example.com")
	h.ca.fault = "busy"
	failures := 0
	if h.try(&failures); h.ca.refused != 1 || failures != 1 || !strings.Contains(h.log.String(), "too many requests") {
		t.Errorf("%d requests, want 1\n%s", h.ca.refused, h.log)
	}
}

// TestServe: only the proof that is asked for is answered, and only while it is.
func TestServe(t *testing.T) {
	r := New(Options{Folder: t.TempDir(), Names: []string{"mx.example.com"}})
	r.prove(proofPath+"token", "token.thumb")
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{http.MethodGet, proofPath + "token", 200, "token.thumb"},
		{http.MethodPost, proofPath + "token", 404, "404 page not found\n"},
		{http.MethodGet, proofPath + "other", 404, "404 page not found\n"},
		{http.MethodGet, proofPath, 404, "404 page not found\n"},
		{http.MethodGet, "/", 404, "404 page not found\n"},
		{http.MethodGet, "/metrics", 404, "404 page not found\n"},
	} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, w.Code, w.Body, c.status, c.body)
		}
	}
	r.prove(proofPath+"token", "")
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, proofPath+"token", nil)); w.Code != 404 {
		t.Errorf("%d for a proof that is done", w.Code)
	}
}

// TestStop: Serve and Run end with their context, also while somebody is connected.
func TestStop(t *testing.T) {
	h := newHouse(t, "mx.example.com")
	h.ca.fault = "hang"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served, ran := make(chan error, 1), make(chan struct{})
	go func() { served <- h.Serve(ctx, l) }()
	go func() { h.Run(ctx); close(ran) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: mx.example.com\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
	<-h.ca.hanging
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	<-ran
	if strings.Contains(h.log.String(), "no certificate") {
		t.Errorf("the stop counts as a failure:\n%s", h.log)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := h.Serve(t.Context(), closed); err == nil {
		t.Error("no error of a listener that failed")
	}
}
