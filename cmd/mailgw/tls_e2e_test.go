//go:build linux

package main_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a certificate of its own making with a serial number,
// and its key, each by rename as admins' tools do.
func writeCertificate(t testing.TB, certFile, keyFile string, serial int64, addresses ...net.IP) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mail.example.com"}, DNSNames: []string{"mail.example.com"}, IPAddresses: addresses,
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

// TestTLSVersions asks with another implementation: what is old is refused by an
// alert, TLS 1.2 and 1.3 are taken, and so are the curves that peers have.
func TestTLSVersions(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("SKIPPED: openssl is not there, so the TLS versions are not tried")
	}
	d := newDaemon(t)
	certFile, keyFile := filepath.Join(d.dir, "cert.pem"), filepath.Join(d.dir, "key.pem")
	d.sets = append(d.sets, fmt.Sprintf("smtp.tls_certificate=%q", certFile), fmt.Sprintf("smtp.tls_key=%q", keyFile))
	writeCertificate(t, certFile, keyFile, 1)
	d.start()
	const refused = "tlsv1 alert protocol version"
	for name, c := range map[string]struct {
		args string // with SECLEVEL=0 openssl itself is willing
		want []string
	}{
		"TLS 1.0":           {"-tls1 -cipher ALL:@SECLEVEL=0", []string{refused}},
		"TLS 1.1":           {"-tls1_1 -cipher ALL:@SECLEVEL=0", []string{refused}},
		"TLS 1.2":           {"-tls1_2", []string{"New, TLSv1.2, Cipher is ECDHE-ECDSA-"}},
		"TLS 1.2, no ECDHE": {"-tls1_2 -cipher AES128-SHA:DHE-RSA-AES128-SHA", []string{"handshake failure"}},
		"TLS 1.3":           {"-tls1_3", []string{"New, TLSv1.3, Cipher is TLS_"}},
		"X25519":            {"-tls1_3 -groups X25519", []string{"New, TLSv1.3", "Server Temp Key: X25519"}},
		"P-256":             {"-tls1_3 -groups P-256", []string{"New, TLSv1.3", "Server Temp Key: ECDH, prime256v1"}},
		"own choice":        {"", []string{"New, TLSv1.3"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			args := append([]string{"s_client", "-starttls", "smtp", "-connect", d.smtp}, strings.Fields(c.args)...)
			cmd := exec.CommandContext(ctx, tool, args...)
			cmd.Stdin = strings.NewReader("QUIT\r\n")
			out, _ := cmd.CombinedOutput() // its status is 1 when it is refused, which the text says better
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("openssl does not say %q:\n%s", want, out)
				}
			}
		})
	}
}
