package mailgw

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedLog is a log that can be read while it is written.
type lockedLog struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// openDoors runs a gateway until the test ends, and returns the addresses of its
// listeners by name.
func openDoors(t *testing.T, log *slog.Logger, set ...string) map[string]string {
	t.Helper()
	c := houseConfig(t, t.TempDir(), append(set, `smtp.listen=["127.0.0.1:0"]`, `lmtp.listen=["127.0.0.1:0"]`)...)
	g, err := Open(c, &Clock{start: time.Now()}, log)
	if err != nil {
		t.Fatal(err)
	}
	doors, err := g.bind()
	if err != nil {
		t.Fatal(err, g.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.serve(ctx, doors) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	at := map[string]string{}
	for _, d := range doors {
		at[d.name] = d.listen.Addr().String()
	}
	return at
}

// talker is a client that says lines.
type talker struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func talk(t *testing.T, addr string) *talker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &talker{c, t, bufio.NewReader(c)}
}

// want reads a reply, whose last line must begin with prefix.
func (c *talker) want(prefix string) {
	c.t.Helper()
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatal(err)
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, prefix) {
			c.t.Fatalf("reply %q, want %q", line, prefix)
		}
		return
	}
}

func (c *talker) ask(line, prefix string) {
	c.t.Helper()
	if _, err := fmt.Fprint(c.Conn, line+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	c.want(prefix)
}

// The limits hold for the doors together.
func TestDoorsShareConnections(t *testing.T) {
	for _, limit := range []string{"max_connections", "max_connections_per_ip"} {
		t.Run(limit, func(t *testing.T) {
			at := openDoors(t, slog.New(slog.DiscardHandler), "smtp."+limit+"=1")
			talk(t, at["smtp"]).want("220 ")
			talk(t, at["lmtp"]).want("421 4.7.0 too many connections")
		})
	}
}

func TestDoorsShareRoom(t *testing.T) {
	at := openDoors(t, slog.New(slog.DiscardHandler), "smtp.max_message_bytes=65536", "smtp.max_buffered_bytes=65536")
	mx := talk(t, at["smtp"])
	mx.want("220 ")
	mx.ask("EHLO h", "250 ")
	mx.ask("MAIL FROM:<a@b.example>", "250 ")
	mx.ask("RCPT TO:<support@example.com>", "250 ")
	// The first chunk is answered when it is there.
	mx.ask("BDAT 60000\r\n"+strings.Repeat("a", 59998), "250 ")
	lmtp := talk(t, at["lmtp"])
	lmtp.want("220 ")
	lmtp.ask("LHLO h", "250 ")
	lmtp.ask("MAIL FROM:<a@b.example> SIZE=60000", "452 4.3.1 ")
	mx.ask("RSET", "250 ")
	lmtp.ask("MAIL FROM:<a@b.example> SIZE=60000", "250 ")
}

// An error of a changed certificate is in the gateway's log.
func TestCertificateErrorIsLogged(t *testing.T) {
	cert, key := writeCertificate(t)
	log := &lockedLog{}
	at := openDoors(t, slog.New(slog.NewTextHandler(log, nil)), fmt.Sprintf("smtp.tls_certificate=%q", cert), fmt.Sprintf("smtp.tls_key=%q", key))
	if err := os.WriteFile(cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := talk(t, at["smtp"])
	c.want("220 ")
	c.ask("EHLO h", "250 ")
	c.ask("STARTTLS", "220 ")
	if err := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true}).Handshake(); err != nil {
		t.Error("the old certificate does not stay in use:", err)
	}
	if got := log.String(); !strings.Contains(got, "the changed certificate cannot be used") {
		t.Errorf("no error in the log:\n%s", got)
	}
}

// writeCertificate makes a certificate and its key in two files.
func writeCertificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	public, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
