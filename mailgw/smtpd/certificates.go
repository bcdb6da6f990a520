package smtpd

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// Certificates is a certificate with its key, read from two PEM files and read
// again when these change. Its methods may be called from many goroutines.
type Certificates struct {
	// Log gets an error when a changed pair cannot be used; nil = slog.Default.
	// Set it before the first Get.
	Log *slog.Logger

	certFile, keyFile string

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]os.FileInfo // the files at the last attempt to read them; nil = missing
	bad     bool           // that attempt found nothing that can be used
}

// LoadCertificates reads a certificate (with its chain) and its key. The error
// says which of the files cannot be used.
func LoadCertificates(certFile, keyFile string) (*Certificates, error) {
	c := &Certificates{certFile: certFile, keyFile: keyFile}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// WatchCertificates is LoadCertificates for files that may not be there yet, or
// not be right: STARTTLS is offered from the moment when they are.
func WatchCertificates(certFile, keyFile string) *Certificates {
	c := &Certificates{certFile: certFile, keyFile: keyFile, bad: true}
	c.seen, _ = c.look()
	if c.read() == nil {
		c.bad = false
	}
	return c
}

// Leaf returns the certificate that the next handshake would show, or nil while
// there is none. It looks at the files, as Get does. c may be nil.
func (c *Certificates) Leaf() *x509.Certificate {
	if c == nil {
		return nil
	}
	pair, err := c.Get(nil)
	if err != nil || pair == nil {
		return nil
	}
	return pair.Leaf
}

// Get returns the pair; it is made for tls.Config.GetCertificate. On each call
// it looks whether the files have changed. A changed pair that cannot be used
// is logged once, and the old one stays in use; so does it while a file is
// missing. Without a pair that was ever good it returns nil and no error.
func (c *Certificates) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, err := c.look()
	known := same(seen[0], c.seen[0]) && same(seen[1], c.seen[1])
	if known && !c.bad {
		return c.current, nil
	}
	if err == nil {
		err = c.read()
	}
	c.seen, c.bad = seen, err != nil
	if err != nil && !known {
		log := c.Log
		if log == nil {
			log = slog.Default()
		}
		log.Error("the changed certificate cannot be used, the old one stays", "error", err)
	}
	return c.current, nil
}

// Reload reads the files again, changed or not. On an error the pair that was
// in use stays in use.
func (c *Certificates) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, err := c.look()
	if err == nil {
		err = c.read()
	}
	c.seen, c.bad = seen, err != nil
	return err
}

// look returns what the file system says about both files; nil for one that
// it cannot find. It is asked before they are read: what changes in between is
// seen at the next look.
func (c *Certificates) look() (seen [2]os.FileInfo, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, e := os.Stat(name)
		if e != nil {
			err = fmt.Errorf("look at certificate files: %w", e)
			continue
		}
		seen[i] = info
	}
	return seen, err
}

// read reads both files.
func (c *Certificates) read() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read certificate %s and key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current = &pair
	return nil
}

// same says whether a file is as it was.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
