//go:build linux

package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a certificate of its own making with a serial number,
// and its key, each by rename as admins' tools do.
func writeCertificate(t testing.TB, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mail.example.com"}, DNSNames: []string{"mail.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	replaceFile(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	replaceFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func replaceFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name+".new", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// TestSTARTTLS sends mail over TLS, and replaces the certificate meanwhile.
func TestSTARTTLS(t *testing.T) {
	d := newDaemon(t)
	certFile, keyFile := filepath.Join(d.dir, "cert.pem"), filepath.Join(d.dir, "key.pem")
	d.sets = append(d.sets, fmt.Sprintf("smtp.tls_certificate=%q", certFile), fmt.Sprintf("smtp.tls_key=%q", keyFile))
	writeCertificate(t, certFile, keyFile, 1)
	d.start()
	old := overTLS(t, d, 1)
	defer old.close()

	writeCertificate(t, certFile, keyFile, 2)
	overTLS(t, d, 2).close()
	sendOverTLS(t, d, old, "old") // a connection under the old one goes on

	replaceFile(t, certFile, []byte("half a certificate"))
	c := overTLS(t, d, 2) // what cannot be used is not used
	sendOverTLS(t, d, c, "kept")
	c.close()

	writeCertificate(t, certFile, keyFile, 3)
	overTLS(t, d, 3).close()
}

// overTLS connects, and checks which certificate it is shown.
func overTLS(t testing.TB, d *daemon, serial int64) *smtpClient {
	t.Helper()
	c, err := dial(d.smtp)
	if err != nil {
		t.Fatal(err)
	}
	// The certificate is of our own making: its serial number says which it is.
	state, err := c.startTLS(&tls.Config{ServerName: "mail.example.com", InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	if got := state.PeerCertificates[0].SerialNumber.Int64(); got != serial {
		t.Errorf("certificate %d was shown, want %d", got, serial)
	}
	return c
}

func sendOverTLS(t testing.TB, d *daemon, c *smtpClient, name string) {
	t.Helper()
	m := draft{id: name + "@acme.example", from: "maria@acme.example", subject: "Over TLS"}
	r, err := c.send(m.from, []string{"support@example.com"}, m.bytes())
	if err != nil || r.id() == "" {
		t.Fatalf("%s, %v", r, err)
	}
	if raw := string(d.raw(r.id())); !strings.Contains(raw, " with ESMTPS id ") { // RFC 3848
		t.Errorf("the trace does not say that it came over TLS:\n%.400s", raw)
	}
}
