package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// CheckFiles looks at the files and folders that the configuration names: the
// certificate and its key, those of an authority, the relay's files, the secrets and logins of [[oauth]], the keys that sign, and the data folder, which need
// not be there. It looks at the holidays, too, that were read from theirs. The error is a Problems; warnings are about what works and can hardly be meant, or
// will not work for long: now is compared with the certificate's end. readKey says what is wrong
// with the text of a private key that shall sign; nil when nothing is.
func (c *Config) CheckFiles(now time.Time, readKey func(text []byte) error) (warnings []Problem, err error) {
	f := &fileChecker{Config: c, now: now}
	f.certificate()
	f.acme()
	f.relay()
	f.oauth()
	f.alarms()
	f.dkim(readKey)
	f.folder()
	f.holidays()
	sortProblems(f.Path, f.warnings)
	sortProblems(f.Path, f.wrong)
	if len(f.wrong) > 0 {
		return f.warnings, f.wrong
	}
	return f.warnings, nil
}

// fileChecker collects what is wrong with files.
type fileChecker struct {
	*Config
	now      time.Time
	wrong    Problems
	warnings []Problem
}

func (f *fileChecker) at(path, format string, args ...any) {
	f.wrong = append(f.wrong, f.problem(path, format, args...))
}

func (f *fileChecker) warn(path, format string, args ...any) {
	f.warnings = append(f.warnings, f.problem(path, format, args...))
}

// read reads a PEM file.
func (f *fileChecker) read(path, name, what string) []byte {
	text, err := os.ReadFile(name)
	if err != nil {
		f.at(path, "%s (got %s); write the file of %s", reason(err), show(name), what)
		return nil
	}
	return text
}

// relay checks the files that the way out needs.
func (f *fileChecker) relay() {
	r := &f.Relay
	if r.Kind == "file" {
		return
	}
	if r.TLSCAFile != "" {
		if text := f.read("relay.tls_ca_file", r.TLSCAFile, "the authority's certificates"); text != nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			f.at("relay.tls_ca_file", "has no certificate (got %s); write a PEM file", show(r.TLSCAFile))
		}
	}
	if r.PasswordFile == "" {
		return
	}
	text := f.read("relay.password_file", r.PasswordFile, "the password")
	if line, _, _ := strings.Cut(string(text), "\n"); text != nil && strings.TrimRight(line, "\r") == "" {
		f.at("relay.password_file", "its first line is empty (got %s); write the password there", show(r.PasswordFile))
	}
	if info, err := os.Stat(r.PasswordFile); err == nil && info.Mode().Perm()&0o077 != 0 {
		f.warn("relay.password_file", "is open to other users of this machine (mode %#o); run: chmod 600 %s", info.Mode().Perm(), r.PasswordFile)
	}
}

// reason is why the system refused, without the path, which is told beside it.
func reason(err error) string {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	return "cannot be read: " + err.Error()
}

// certificate checks that STARTTLS would work.
func (f *fileChecker) certificate() {
	const certKey, keyKey = "smtp.tls_certificate", "smtp.tls_key"
	if f.SMTP.TLSCertificate == "" {
		return
	}
	cert := f.read(certKey, f.SMTP.TLSCertificate, "the certificate chain")
	key := f.read(keyKey, f.SMTP.TLSKey, "the private key of smtp.tls_certificate")
	var leaf *x509.Certificate
	if cert != nil {
		var err error
		if leaf, err = firstCertificate(cert); err != nil {
			f.at(certKey, "%v (got %s); write a file in PEM with -----BEGIN CERTIFICATE-----", err, show(f.SMTP.TLSCertificate))
		}
	}
	if key != nil {
		f.key(keyKey, cert, key, leaf != nil)
	}
	if leaf != nil {
		f.times(certKey, leaf)
	}
	if info, err := os.Stat(f.SMTP.TLSKey); err == nil && info.Mode().Perm()&0o007 != 0 {
		f.warn(keyKey, "every user of the machine can read the private key (got mode %04o of %s); write chmod o-rwx to the shell", info.Mode().Perm(), show(f.SMTP.TLSKey))
	}
}

// firstCertificate is the server's own certificate of a chain.
func firstCertificate(chain []byte) (*x509.Certificate, error) {
	for {
		var block *pem.Block
		if block, chain = pem.Decode(chain); block == nil {
			return nil, errors.New("has no certificate in it")
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("has a broken certificate in it: %w", err)
		}
		return leaf, nil
	}
}

// key checks a private key, and that it belongs to the certificate when that is
// one.
func (f *fileChecker) key(path string, cert, key []byte, paired bool) {
	name := show(f.SMTP.TLSKey)
	block, _ := pem.Decode(key)
	switch {
	case strings.Contains(string(key), "ENCRYPTED"):
		f.at(path, "the private key has a passphrase, which nobody types when the gateway starts (got %s); write a file without one", name)
	case block == nil || !strings.Contains(string(key), "PRIVATE KEY-----"):
		f.at(path, "has no private key in it (got %s); write a file in PEM with -----BEGIN PRIVATE KEY-----", name)
	case paired:
		_, err := tls.X509KeyPair(cert, key)
		switch {
		case err != nil && strings.Contains(err.Error(), "does not match"):
			f.at(path, "is the key of another certificate (got %s); write the key that belongs to smtp.tls_certificate", name)
		case err != nil:
			f.at(path, "cannot be used with smtp.tls_certificate: %s (got %s); write another key", strings.TrimPrefix(err.Error(), "tls: "), name)
		}
	}
}

// times warns about a certificate that is not valid now, or not for long.
func (f *fileChecker) times(path string, leaf *x509.Certificate) {
	until := leaf.NotAfter.UTC().Format(time.DateOnly)
	left := leaf.NotAfter.Sub(f.now)
	switch {
	case left < 0:
		f.warn(path, "the certificate has ended on %s, and mail servers that verify it send nothing (got %s); write a newer one to the file", until, show(f.SMTP.TLSCertificate))
	case left <= day:
		f.warn(path, "the certificate ends within a day, at %s UTC (got %s); write a newer one to the file at once", leaf.NotAfter.UTC().Format("2006-01-02 15:04"), show(f.SMTP.TLSCertificate))
	case left <= 7*day:
		f.warn(path, "the certificate ends in %s, on %s (got %s); write a newer one to the file now", inDays(left), until, show(f.SMTP.TLSCertificate))
	case left <= 30*day:
		f.warn(path, "the certificate ends in %s, on %s (got %s); write a newer one to the file in time", inDays(left), until, show(f.SMTP.TLSCertificate))
	case f.now.Before(leaf.NotBefore):
		f.warn(path, "the certificate begins on %s only (got %s); write another one to the file", leaf.NotBefore.UTC().Format(time.DateOnly), show(f.SMTP.TLSCertificate))
	}
}

// inDays is a time in whole days.
func inDays(d time.Duration) string {
	if d/day == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", d/day)
}

// folder looks at the data folder; serve makes one that is missing.
func (f *fileChecker) folder() {
	info, err := os.Stat(f.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		f.at("data", "%s (got %s); write another folder, or give this one to the user of the gateway", reason(err), show(f.Data))
	case !info.IsDir():
		f.at("data", "is no folder (got %s); write the path of one", show(f.Data))
	case info.Mode().Perm()&0o077 != 0:
		f.warn("data", "other users of the machine can look into the mails (got mode %04o of %s); write chmod go-rwx to the shell", info.Mode().Perm(), show(f.Data))
	}
}
