//go:build linux

package main_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestPostfix hands mail to a real Postfix as smarthost: it requires STARTTLS and a
// login, greylists each sender and recipient once, and relays to a sink.
func TestPostfix(t *testing.T) {
	t.Parallel() // it waits for Postfix
	hop := newSink(t)
	p := startPostfix(t, hop.address(), "smtpd_recipient_restrictions = check_policy_service inet:"+greylist(t)+", permit_sasl_authenticated, reject\n")
	d := startDaemon(t, `outbox.yield="0s"`, `relay.kind="smtp"`, `relay.tls="required"`, `relay.retry_first="1s"`, `relay.username="mailgw@postfix.example"`,
		fmt.Sprintf("relay.password_file=%q", p.write("password", "wrong\n", 0o600)),
		fmt.Sprintf("relay.tls_ca_file=%q", p.file("cert.pem")), fmt.Sprintf("relay.address=%q", p.address))
	const mails = 25
	for i := range mails {
		if !sendOne(d, fmt.Sprintf("p%d@acme.example", i)) {
			t.Fatal("a mail was not accepted")
		}
	}
	// A wrong password costs no mail: all wait, and the reply is there to be read.
	waitFor(t, "the refused login", func() bool {
		for _, row := range d.outbox() {
			if strings.Contains(row.LastReply, "AUTH: 535 5.7.8") {
				return true
			}
		}
		return false
	})
	if n := len(d.outbox()); n != 2*mails {
		t.Errorf("%d of %d rows wait while the password is wrong", n, 2*mails)
	}
	p.write("password", "secret\n", 0o600)
	d.mustCommand("outbox", "retry", "--all")
	waitFor(t, "the mails at the sink", func() bool { n, _ := hop.counted(); return n == 3*mails })
	d.awaitOutbox()
	d.stop()
	d.verifyClean()
	if n, doubled := hop.counted(); n != 3*mails || doubled != 0 {
		t.Errorf("%d of %d mails arrived, %d twice", n, 3*mails, doubled)
	}
	log := p.log()
	for what, want := range map[string]string{"login": "sasl_method=PLAIN, sasl_username=mailgw@postfix.example", "TLS": "Anonymous TLS connection established from", "greylisting": "450 4.2.0"} {
		if !strings.Contains(log, want) {
			t.Errorf("%s: Postfix's log does not say %q", what, want)
		}
	}
}

// postfix is a private instance.
type postfix struct {
	t       testing.TB
	dir     string
	address string
}

func (p *postfix) file(name string) string { return filepath.Join(p.dir, name) }

func (p *postfix) write(name, text string, mode os.FileMode) string {
	p.t.Helper()
	if err := os.WriteFile(p.file(name), []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chmod(p.file(name), mode); err != nil {
		p.t.Fatal(err)
	}
	return p.file(name)
}

func (p *postfix) log() string {
	p.t.Helper()
	b, err := os.ReadFile(p.file("maillog"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// startPostfix runs Postfix as a smarthost that hands on to next, with more lines of
// main.cf.
func startPostfix(t testing.TB, next, more string) *postfix {
	t.Helper()
	p := newPostfix(t)
	p.certificate()
	p.start(`default_transport = smtp:[`+strings.Replace(next, ":", "]:", 1)+`
smtpd_tls_cert_file = `+p.file("cert.pem")+`
smtpd_tls_key_file = `+p.file("key.pem")+`
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:`+logins(t)+`
smtpd_relay_restrictions = permit_sasl_authenticated, reject
`+more, "")
	return p
}

// newPostfix makes the folder of an instance, and its address. It skips when
// Postfix is not installed.
func newPostfix(t testing.TB) *postfix {
	t.Helper()
	owner, err := user.Lookup("postfix")
	_, lerr := exec.LookPath("postfix")
	skipUnless(t, lerr == nil && err == nil && os.Geteuid() == 0, "no root, or no Postfix, so nothing was handed to or taken from a real one")
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{t: t, dir: dir, address: "localhost:" + freePort(t)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix's last words:\n%s", p.log()[max(0, len(p.log())-3000):])
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	uid, _ := strconv.Atoi(owner.Uid) // digits, on Linux
	for _, sub := range []string{"etc", "spool", "data"} {
		if err := os.Mkdir(p.file(sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(p.file("data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	p.write("maillog", "", 0o644)
	return p
}

// start starts the instance with more lines of main.cf and more services, and
// stops it at the end of the test.
func (p *postfix) start(more, services string) {
	p.t.Helper()
	p.write("etc/main.cf", p.mainCF()+more, 0o644)
	p.write("etc/master.cf", p.masterCF()+services, 0o644)
	p.run("postfix", "-c", p.file("etc"), "start")
	p.t.Cleanup(func() { p.run("postfix", "-c", p.file("etc"), "stop") })
	waitFor(p.t, "Postfix", func() bool {
		c, err := net.DialTimeout("tcp", p.address, time.Second)
		return err == nil && c.Close() == nil
	})
}

func (p *postfix) mainCF() string {
	return `compatibility_level = 3.6
queue_directory = ` + p.file("spool") + `
data_directory = ` + p.file("data") + `
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.example
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
disable_dns_lookups = yes
maillog_file = ` + p.file("maillog") + `
maillog_file_prefixes = ` + p.dir + `
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
`
}

func (p *postfix) masterCF() string {
	_, port, _ := net.SplitHostPort(p.address) // made by us
	return `127.0.0.1:` + port + ` inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
}

// run runs a command that must succeed.
func (p *postfix) run(name string, args ...string) {
	p.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// certificate makes one for localhost, which is its own authority.
func (p *postfix) certificate() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(crand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o644)
	p.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), 0o600)
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
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

// service answers the connections to a port of its own until the test ends.
func service(t testing.TB, serve func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	return l.Addr().String()
}

// greylist is a policy service (Postfix's SMTPD_POLICY_README) that refuses each
// recipient's first mail for now.
func greylist(t testing.TB) string {
	var mu sync.Mutex
	seen := map[string]bool{}
	return service(t, func(c net.Conn) {
		rcpt := ""
		for lines := bufio.NewScanner(c); lines.Scan(); {
			if to, ok := strings.CutPrefix(lines.Text(), "recipient="); ok {
				rcpt = to
			}
			if lines.Text() != "" {
				continue
			}
			mu.Lock()
			action := "DUNNO"
			if !seen[rcpt] {
				seen[rcpt], action = true, "450 4.2.0 greylisted, come again"
			}
			mu.Unlock()
			if _, err := fmt.Fprintf(c, "action=%s\n\n", action); err != nil {
				return
			}
		}
	})
}

// logins stands in for Dovecot's authentication service, and speaks its protocol:
// it knows the user mailgw@postfix.example with the password "secret".
func logins(t testing.TB) string {
	right := "resp=" + base64.StdEncoding.EncodeToString([]byte("\x00mailgw@postfix.example\x00secret"))
	return service(t, func(c net.Conn) {
		_, err := io.WriteString(c, "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n")
		for lines := bufio.NewScanner(c); err == nil && lines.Scan(); {
			words := strings.Split(lines.Text(), "\t")
			if words[0] != "AUTH" {
				continue
			}
			answer := "FAIL\t" + words[1] + "\tuser=mailgw@postfix.example"
			if slices.Contains(words, right) {
				answer = "OK" + strings.TrimPrefix(answer, "FAIL")
			}
			_, err = io.WriteString(c, answer+"\n")
		}
	})
}
