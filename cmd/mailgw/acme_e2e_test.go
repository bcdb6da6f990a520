//go:build linux

package main_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// TestACME gets a certificate from Pebble, Let's Encrypt's own small authority: STARTTLS
// is offered when it is there, and mail comes in before that.
func TestACME(t *testing.T) {
	d := newDaemon(t)
	host, _, err := net.SplitHostPort(d.smtp)
	if err != nil {
		t.Fatal(err)
	}
	p := newPebble(t, host)
	d.sets = append(d.sets, fmt.Sprintf("acme.listen=[%q]", net.JoinHostPort(host, p.proofs)), `acme.names=["mx.example.com","mail.example.com"]`,
		fmt.Sprintf("acme.directory=%q", p.directory), fmt.Sprintf("acme.ca_file=%q", p.ca), `acme.email="admin@example.com"`)
	d.start() // the authority is not there yet
	if !sendOne(d, "before@acme.example") {
		t.Error("no mail comes in without a certificate")
	}
	waitFor(t, "the failure in the log", func() bool { return strings.Contains(d.log.complaints(), "no certificate from the authority") })
	if offersTLS(t, d) {
		t.Error("STARTTLS is offered without a certificate")
	}
	d.stop()

	p.start()
	d.start()
	waitFor(t, "STARTTLS", func() bool { return offersTLS(t, d) })
	first := shownCertificate(t, d)
	if err := errors.Join(first.VerifyHostname("mx.example.com"), first.VerifyHostname("mail.example.com")); err != nil || !strings.Contains(first.Issuer.CommonName, "Pebble") {
		t.Errorf("a certificate of %q: %v", first.Issuer.CommonName, err)
	}
	folder := filepath.Dir(onlyOne(t, filepath.Join(d.dir, "data", "acme", "*", "account.pem")))
	for name, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, "account.pem"): 0o600, filepath.Join(folder, "certificate.pem"): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", name, info, err, want)
		}
	}
	d.stop()
	p.stop()

	d.start() // and what is there is used, without asking anybody
	if got := shownCertificate(t, d); !got.Equal(first) {
		t.Error("another certificate is shown after a restart")
	}
	d.stop()
	d.verifyClean()
}

func onlyOne(t testing.TB, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v; want one", pattern, found, err)
	}
	return found[0]
}

func offersTLS(t testing.TB, d *daemon) bool {
	t.Helper()
	c, err := dial(d.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	r, err := c.say("EHLO client.example")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(r.String(), "STARTTLS")
}

// shownCertificate is what a peer sees that says no name.
func shownCertificate(t testing.TB, d *daemon) *x509.Certificate {
	t.Helper()
	c, err := dial(d.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	state, err := c.startTLS(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	return state.PeerCertificates[0]
}

// pebble is an authority for which all names lead to one host.
type pebble struct {
	t         testing.TB
	program   string
	dir       string
	dns       string
	proofs    string // the port at which it looks for proofs
	directory string // its URL
	ca        string // file of the certificate of its own server
	cmd       *exec.Cmd
}

func newPebble(t testing.TB, host string) *pebble {
	t.Helper()
	program := os.Getenv("MAILGW_PEBBLE")
	if program == "" {
		program = "pebble"
	}
	program, err := exec.LookPath(program)
	if err != nil {
		t.Skip("SKIPPED: no authority is asked for a certificate, since pebble is neither in the PATH nor named by MAILGW_PEBBLE; go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1")
	}
	p := &pebble{t: t, program: program, dir: t.TempDir(), dns: pointer(t, host)}
	p.ca = filepath.Join(p.dir, "cert.pem")
	writeCertificate(t, p.ca, filepath.Join(p.dir, "key.pem"), 1, net.ParseIP(host))
	p.proofs = portOf(t, host)
	listen := net.JoinHostPort(host, portOf(t, host))
	p.directory = "https://" + listen + "/dir"
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": net.JoinHostPort(host, portOf(t, host)), "certificate": p.ca, "privateKey": filepath.Join(p.dir, "key.pem"),
		"httpPort": json.Number(p.proofs), "tlsPort": 1, "keyAlgorithm": "ecdsa", "profiles": map[string]any{"default": map[string]any{"description": "as usual", "validityPeriod": 90 * 86400}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p
}

func (p *pebble) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.program, "-config", filepath.Join(p.dir, "config.json"), "-dnsserver", p.dns)
	p.cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1") // it refuses some nonces, by chance, as authorities do
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(p.directory, "https://"), "/dir")
	waitFor(p.t, "pebble", func() bool {
		c, err := net.Dial("tcp", address)
		return err == nil && c.Close() == nil
	})
}

func (p *pebble) stop() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Error(err)
	}
	p.cmd.Wait() // it was killed
	p.cmd = nil
	if p.t.Failed() {
		log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
		p.t.Logf("pebble says\n%s", log)
	}
}

// portOf is one that nobody listens on, on a host that is the test's own.
func portOf(t testing.TB, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// pointer is a name server, asked over TCP, that has one address for all names.
func pointer(t testing.TB, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go point(c, [4]byte(net.ParseIP(host).To4()))
		}
	}()
	return l.Addr().String()
}

// point answers the questions of one connection; what it does not understand ends it.
//
// RFC 1035 §4.2.2: over TCP the length of each message stands before it.
func point(c net.Conn, address [4]byte) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		text := make([]byte, binary.BigEndian.Uint16(size[:]))
		var q dnsmessage.Message
		if _, err := io.ReadFull(c, text); err != nil || q.Unpack(text) != nil || len(q.Questions) != 1 {
			return
		}
		a := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
		if q.Questions[0].Type == dnsmessage.TypeA {
			a.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1},
				Body:   &dnsmessage.AResource{A: address},
			}}
		}
		b, err := a.AppendPack(make([]byte, 2))
		if err != nil {
			return
		}
		binary.BigEndian.PutUint16(b, uint16(len(b)-2))
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}
