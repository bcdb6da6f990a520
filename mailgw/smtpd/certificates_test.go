package smtpd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a certificate with its key, as files hold them.
type pair struct{ cert, key []byte }

func newPair(t testing.TB, serial int64) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"mx.example.com"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pair{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k}),
	}
}

// keys is a folder with a certificate.
type keys struct {
	t         testing.TB
	cert, key string
}

func newKeys(t testing.TB, p pair) *keys {
	dir := t.TempDir()
	k := &keys{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	k.put(k.cert, p.cert)
	k.put(k.key, p.key)
	return k
}

// put replaces a file as certificate tools do, by renaming.
func (k *keys) put(name string, content []byte) {
	k.t.Helper()
	if err := os.WriteFile(name+".new", content, 0o600); err != nil {
		k.t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		k.t.Fatal(err)
	}
}

func serial(t testing.TB, c *Certificates) int64 {
	t.Helper()
	got, err := c.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(got.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.SerialNumber.Int64()
}

func TestCertificatesReload(t *testing.T) {
	one, two := newPair(t, 1), newPair(t, 2)
	k := newKeys(t, one)
	c, err := LoadCertificates(k.cert, k.key)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	steps := []struct {
		name   string
		do     func()
		serial int64
		errors int // lines in the log so far
	}{
		{"nothing changed", func() {}, 1, 0},
		{"the certificate without its key", func() { k.put(k.cert, two.cert) }, 1, 1},
		{"still so", func() {}, 1, 1},
		{"its key too", func() { k.put(k.key, two.key) }, 2, 1},
		{"a key that is none", func() { k.put(k.key, []byte("x")) }, 2, 2},
		{"written in place", func() { must(t, os.WriteFile(k.key, two.key, 0o600)) }, 2, 2},
		{"the key is gone", func() { must(t, os.Remove(k.key)) }, 2, 3},
		{"still gone", func() {}, 2, 3},
		{"another pair", func() { k.put(k.key, one.key); k.put(k.cert, one.cert) }, 1, 3},
	}
	for _, s := range steps {
		s.do()
		if n := serial(t, c); n != s.serial {
			t.Errorf("%s: certificate %d, want %d", s.name, n, s.serial)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != s.errors {
			t.Errorf("%s: %d errors in the log, want %d:\n%s", s.name, n, s.errors, log.String())
		}
	}
	must(t, os.Remove(k.cert))
	if err := c.Reload(); err == nil {
		t.Error("Reload found a file that is gone")
	}
	k.put(k.cert, two.cert)
	if err := c.Reload(); err == nil {
		t.Error("Reload took a certificate without its key")
	}
	k.put(k.key, two.key)
	if err := c.Reload(); err != nil || serial(t, c) != 2 {
		t.Errorf("Reload: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadCertificatesErrors(t *testing.T) {
	k := newKeys(t, newPair(t, 1))
	k.put(k.key, newPair(t, 2).key)
	if _, err := LoadCertificates(k.cert, k.key); err == nil || !strings.Contains(err.Error(), k.key) {
		t.Errorf("a key of another certificate: %v", err)
	}
	if _, err := LoadCertificates(k.cert, k.key+".missing"); err == nil {
		t.Error("a missing key was read")
	}
}

// withTLS starts a server with a certificate.
func withTLS(t *testing.T, change func(*Options)) (*lab, *keys) {
	t.Helper()
	k := newKeys(t, newPair(t, 1))
	c, err := LoadCertificates(k.cert, k.key)
	must(t, err)
	return newLab(t, nil, func(o *Options) {
		o.Certificates = c
		if change != nil {
			change(o)
		}
	}), k
}

// secure does the handshake and goes on inside.
func (p *peer) secure() *tls.Conn {
	p.t.Helper()
	c := tls.Client(p.Conn, &tls.Config{InsecureSkipVerify: true, ServerName: "mx.example.com"})
	if err := c.Handshake(); err != nil {
		p.t.Fatal(err)
	}
	p.Conn = c
	p.r.Reset(c)
	return c
}

func TestStartTLS(t *testing.T) {
	l, k := withTLS(t, nil)
	p := l.dial()
	p.begin()
	p.ask("STARTTLS now", "501 ")
	p.ask("STARTTLS", "220 2.0.0 ")
	p.secure()
	// RFC 3207 §4.2: what was said before is forgotten.
	p.ask("RCPT TO:<support@example.com>", "503 5.5.1 ")
	p.ask("MAIL FROM:<a@b.example>", "503 5.5.1 ")
	p.send("BDAT 6 LAST\r\nNOOP\r\n")
	p.want("503 5.5.1 ")
	if caps := p.ask("EHLO inside.example", "250-mx.example.com\n"); strings.Contains(caps, "STARTTLS") {
		t.Errorf("offered twice: %q", caps)
	}
	p.ask("STARTTLS", "503 5.5.1 ")
	p.envelope()
	p.ask("RCPT TO:<postmaster>", "250 ")
	p.ask("DATA", "354 ")
	p.ask("RCPT TO:<postmaster>\r\n.", "250 ")
	a := l.taken()[0]
	if !a.TLS || a.Helo != "inside.example" || !strings.Contains(string(a.Raw), "by mx.example.com with ESMTPS id") {
		t.Errorf("%+v\n%s", a, a.Raw)
	}
	p.ask("QUIT", "221 ")

	two := newPair(t, 2)
	k.put(k.key, two.key)
	k.put(k.cert, two.cert)
	q := l.dial()
	if caps := q.ask("EHLO h", "250-"); !strings.Contains(caps, "\n250-STARTTLS\n") {
		t.Errorf("not offered: %q", caps)
	}
	q.ask("STARTTLS", "220 ")
	if n := q.secure().ConnectionState().PeerCertificates[0].SerialNumber.Int64(); n != 2 {
		t.Errorf("a stale certificate, %d, was used", n)
	}
}

// What stands behind STARTTLS in plain text was not said by the one who then
// does the handshake (CVE-2011-0411).
func TestStartTLSInjection(t *testing.T) {
	l, _ := withTLS(t, nil)
	p := l.dial()
	p.ask("EHLO h", "250-")
	p.send("STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<support@example.com>\r\n")
	p.want("220 ")
	p.secure()
	p.ask("NOOP", "250 ")
	p.ask("RCPT TO:<support@example.com>", "503 ")
	if len(l.asked) != 0 {
		t.Errorf("recipients were asked for: %q", l.asked)
	}
}

func TestHandshakeNotDone(t *testing.T) {
	l, _ := withTLS(t, nil)
	p := l.dial()
	p.ask("EHLO h", "250-")
	p.ask("STARTTLS", "220 ")
	p.send("NOOP\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\n")
	until(t, "the connection ends", func() bool { return l.server.Counters().Connections == 0 })
	if n := l.server.Counters().Refused["tls"]; n != 1 {
		t.Errorf("%d handshakes were counted", n)
	}
}

// TestWatchCertificates: STARTTLS is offered from the moment when there is a pair.
func TestWatchCertificates(t *testing.T) {
	k := newKeys(t, newPair(t, 1))
	file := k.cert + ".both"
	log := &bytes.Buffer{}
	c := WatchCertificates(file, file)
	c.Log = slog.New(slog.NewTextHandler(log, nil))
	p := newLab(t, nil, func(o *Options) { o.Certificates = c }).dial()
	p.begin()
	if got := p.ask("EHLO h", "250-"); strings.Contains(got, "STARTTLS") {
		t.Errorf("offered without a certificate:\n%s", got)
	}
	p.ask("STARTTLS", "502 ")
	if log.Len() > 0 {
		t.Errorf("a file that was never there is logged:\n%s", log)
	}
	two := newPair(t, 2)
	k.put(file, append(two.key, two.cert...))
	if got := p.ask("EHLO h", "250-"); !strings.Contains(got, "STARTTLS") {
		t.Errorf("not offered, and there is a certificate:\n%s", got)
	}
	p.ask("STARTTLS", "220 ")
	p.secure()
	if got := serial(t, c); got != 2 {
		t.Errorf("certificate %d is shown, want 2", got)
	}
	var none *Certificates
	if none.Leaf() != nil {
		t.Error("no certificates have one")
	}
}
