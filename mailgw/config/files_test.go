package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// pair is a certificate from the first of November to the given day, and its key.
func pair(t *testing.T, until time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon.AddDate(0, 0, -19), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func TestCheckFiles(t *testing.T) {
	cert, key := pair(t, noon.AddDate(0, 2, 0))
	_, other := pair(t, noon.AddDate(0, 2, 0))
	short, shortKey := pair(t, noon.AddDate(0, 0, 3))
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	locked := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	brokenKey := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
	tests := []struct {
		name           string
		cert, key      []byte // nil: there is no such file
		mode           os.FileMode
		at             time.Time
		wrong, warning []string // DIR stands for the folder
	}{
		{"right", cert, key, 0o600, noon, nil, nil},
		{"the key stands before the certificate", append(bytes.Clone(key), cert...), key, 0o640, noon, nil, nil},
		{"no files", nil, nil, 0o600, noon, []string{
			`m.toml:20: smtp.tls_certificate: cannot be read: no such file or directory (got "DIR/c"); write the file of the certificate chain`,
			`m.toml:21: smtp.tls_key: cannot be read: no such file or directory (got "DIR/k"); write the file of the private key of smtp.tls_certificate`}, nil},
		{"key of another", cert, other, 0o600, noon, []string{
			`m.toml:21: smtp.tls_key: is the key of another certificate (got "DIR/k"); write the key that belongs to smtp.tls_certificate`}, nil},
		{"the wrong way round", key, cert, 0o600, noon, []string{
			`m.toml:20: smtp.tls_certificate: has no certificate in it (got "DIR/c"); write a file in PEM with -----BEGIN CERTIFICATE-----`,
			`m.toml:21: smtp.tls_key: has no private key in it (got "DIR/k"); write a file in PEM with -----BEGIN PRIVATE KEY-----`}, nil},
		{"empty files", []byte{}, []byte{}, 0o600, noon, []string{
			`m.toml:20: smtp.tls_certificate: has no certificate in it (got "DIR/c"); write a file in PEM with -----BEGIN CERTIFICATE-----`,
			`m.toml:21: smtp.tls_key: has no private key in it (got "DIR/k"); write a file in PEM with -----BEGIN PRIVATE KEY-----`}, nil},
		{"broken certificate", broken, key, 0o600, noon, []string{
			`m.toml:20: smtp.tls_certificate: has a broken certificate in it: x509: malformed certificate (got "DIR/c"); write a file in PEM with -----BEGIN CERTIFICATE-----`}, nil},
		{"passphrase", cert, locked, 0o600, noon, []string{
			`m.toml:21: smtp.tls_key: the private key has a passphrase, which nobody types when the gateway starts (got "DIR/k"); write a file without one`}, nil},
		{"broken key", cert, brokenKey, 0o600, noon, []string{
			`m.toml:21: smtp.tls_key: cannot be used with smtp.tls_certificate: failed to parse private key (got "DIR/k"); write another key`}, nil},
		{"open key", cert, key, 0o644, noon, nil, []string{
			`m.toml:21: smtp.tls_key: every user of the machine can read the private key (got mode 0644 of "DIR/k"); write chmod o-rwx to the shell`}},
		{"ended", cert, key, 0o600, noon.AddDate(1, 0, 0), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate has ended on 2027-01-20, and mail servers that verify it send nothing (got "DIR/c"); write a newer one to the file`}},
		{"just ended", short, shortKey, 0o600, noon.AddDate(0, 0, 3).Add(time.Second), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate has ended on 2026-11-23, and mail servers that verify it send nothing (got "DIR/c"); write a newer one to the file`}},
		{"a day left", short, shortKey, 0o600, noon.AddDate(0, 0, 2), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends within a day, at 2026-11-23 12:00 UTC (got "DIR/c"); write a newer one to the file at once`}},
		{"more than a day left", short, shortKey, 0o600, noon.AddDate(0, 0, 2).Add(-time.Second), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends in 1 day, on 2026-11-23 (got "DIR/c"); write a newer one to the file now`}},
		{"ends soon", short, shortKey, 0o600, noon, nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends in 3 days, on 2026-11-23 (got "DIR/c"); write a newer one to the file now`}},
		{"seven days left", cert, key, 0o600, noon.AddDate(0, 2, -7), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends in 7 days, on 2027-01-20 (got "DIR/c"); write a newer one to the file now`}},
		{"more than seven days left", cert, key, 0o600, noon.AddDate(0, 2, -7).Add(-time.Second), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends in 7 days, on 2027-01-20 (got "DIR/c"); write a newer one to the file in time`}},
		{"thirty days left", cert, key, 0o600, noon.AddDate(0, 2, -30), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate ends in 30 days, on 2027-01-20 (got "DIR/c"); write a newer one to the file in time`}},
		{"more than thirty days left", cert, key, 0o600, noon.AddDate(0, 2, -30).Add(-time.Second), nil, nil},
		{"not yet", cert, key, 0o600, noon.AddDate(0, -1, 0), nil, []string{
			`m.toml:20: smtp.tls_certificate: the certificate begins on 2026-11-01 only (got "DIR/c"); write another one to the file`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "c"), tt.cert, 0o644)
			put(t, filepath.Join(dir, "k"), tt.key, tt.mode)
			c, err := Parse("m.toml", []byte(strings.ReplaceAll(minimal+"[smtp]\ntls_certificate = 'DIR/c'\ntls_key = 'DIR/k'\n", "DIR", dir)), []string{`data="` + dir + `/none"`})
			if err != nil {
				t.Fatal(err)
			}
			compareFiles(t, c, tt.at, dir, tt.wrong, tt.warning)
		})
	}
}

// TestCheckACME looks at the authority's certificate, and at the one that it gave.
func TestCheckACME(t *testing.T) {
	cert, key := pair(t, noon.AddDate(0, 0, 71)) // 90 days in all
	both := append(bytes.Clone(key), cert...)
	for name, c := range map[string]struct {
		ca, held       []byte
		at             time.Time
		wrong, warning []string
	}{
		"nothing yet":  {cert, nil, noon, nil, nil},
		"renewed":      {cert, both, noon.AddDate(0, 0, 43), nil, nil},
		"broken":       {cert, []byte("x"), noon, nil, nil},
		"not renewed":  {cert, both, noon.AddDate(0, 0, 65), nil, []string{`m.toml:20: acme.listen: the certificate ends in 6 days, on 2027-01-30, and no other one has come; the log of serve says why; write other names, or open port 80 to the authority`}},
		"ended":        {cert, both, noon.AddDate(0, 0, 72), nil, []string{`m.toml:20: acme.listen: the certificate has ended on 2027-01-30, and no other one has come; the log of serve says why; write other names, or open port 80 to the authority`}},
		"no authority": {[]byte("x"), nil, noon, []string{`m.toml:22: acme.ca_file: has no certificate (got "DIR/ca"); write a PEM file`}, nil},
		"no such file": {nil, nil, noon, []string{`m.toml:22: acme.ca_file: cannot be read: no such file or directory (got "DIR/ca"); write the file of the certificates of the directory's server`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "ca"), c.ca, 0o644)
			if err := os.MkdirAll(filepath.Join(dir, "data", "acme", "acme-v02.api.letsencrypt.org"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(dir, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(dir, "data", "acme", "acme-v02.api.letsencrypt.org", "certificate.pem"), c.held, 0o600)
			conf, err := Parse("m.toml", []byte(minimal+"[acme]\nlisten = ['0.0.0.0:80']\nnames = ['mx.example.com']\nca_file = '"+dir+"/ca'\n"), []string{`data="` + dir + `/data"`})
			if err != nil {
				t.Fatal(err)
			}
			compareFiles(t, conf, c.at, dir, c.wrong, c.warning)
		})
	}
}

func TestCheckDataFolder(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), []byte("x"), 0o600)
	for name, mode := range map[string]os.FileMode{"own": 0o700, "group": 0o750} {
		if err := os.Mkdir(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		data           string
		wrong, warning []string
	}{
		{"none", nil, nil},
		{"own", nil, nil},
		{"group", nil, []string{`--set data: other users of the machine can look into the mails (got mode 0750 of "DIR/group"); write chmod go-rwx to the shell`}},
		{"file", []string{`--set data: is no folder (got "DIR/file"); write the path of one`}, nil},
		{"file/data", []string{`--set data: cannot be read: not a directory (got "DIR/file/data"); write another folder, or give this one to the user of the gateway`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.data, func(t *testing.T) {
			c, err := Parse("m.toml", []byte(minimal), []string{`data="` + filepath.Join(dir, tt.data) + `"`})
			if err != nil {
				t.Fatal(err)
			}
			compareFiles(t, c, noon, dir, tt.wrong, tt.warning)
		})
	}
}

func put(t *testing.T, file string, text []byte, mode os.FileMode) {
	t.Helper()
	if text == nil {
		return
	}
	if err := os.WriteFile(file, text, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

func compareFiles(t *testing.T, c *Config, now time.Time, dir string, wrong, warning []string) {
	t.Helper()
	warnings, err := c.CheckFiles(now, checkKey)
	problems, _ := err.(Problems)
	for _, both := range []struct {
		got  []Problem
		want []string
	}{{problems, wrong}, {warnings, warning}} {
		var got []string
		for _, p := range both.got {
			checkForm(t, p)
			got = append(got, strings.ReplaceAll(p.String(), dir, "DIR"))
		}
		if diff := cmp.Diff(both.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err != nil && problems == nil {
		t.Errorf("error = %v, want Problems", err)
	}
}
