// Package acme gets the certificate for STARTTLS from an authority that speaks ACME
// (RFC 8555), such as Let's Encrypt, and renews it.
//
// It proves the names over HTTP (http-01), and writes one file with the chain and
// its key, PEM, by rename. Whoever shows the certificate reads that file; nothing is
// asked of the authority within a handshake. There is one certificate for all names,
// since mail servers seldom say which name they want.
//
// Concurrency: [Renewer.Run] is one goroutine; [Renewer.Serve] may run for any
// number of listeners beside it.
//
// Failure policy: a failure is logged and tried again, after two minutes first and
// then each time twice as long, up to four hours. The file that is there stays, also
// when its certificate has ended. A file that cannot be used is replaced. The key of the
// account is made once and never replaced: if it cannot be read, that is the failure.
package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say which certificate is wanted, and from whom.
type Options struct {
	Folder    string           // where the files are: made with mode 0700, the files with 0600
	Names     []string         // domain names of the certificate; at least one, required
	Email     string           // where the authority may write to; "" = nowhere
	Directory string           // https URL of the authority's directory; required
	CAFile    string           // certificates that vouch for the directory's own server, PEM; "" = those of the system
	Now       func() time.Time // nil = time.Now; certificates are judged by it
	Log       *slog.Logger     // nil = no log
}

// File is where the chain and its key are in a folder.
func File(folder string) string { return filepath.Join(folder, "certificate.pem") }

// Renewer keeps one certificate valid. Make it with New.
type Renewer struct {
	o Options

	mu     sync.Mutex
	proofs map[string]string // what is answered at a path, while a name is being proven
}

// The pauses behind failures, and how often the file is looked at when all is well.
const (
	firstPause  = 2 * time.Minute // Let's Encrypt allows five failures an hour for a name
	longestRest = 4 * time.Hour
	lookEvery   = time.Hour
	tryLimit    = 5 * time.Minute // for one attempt, all names
)

// New makes a Renewer; it reads and asks nothing yet.
func New(o Options) *Renewer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Renewer{o: o, proofs: map[string]string{}}
}

// Run gets a certificate when there is none, and a new one when a third of its time
// is left, until ctx ends.
func (r *Renewer) Run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		rest := r.step(ctx, &failures)
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// step looks at the file and gets a certificate if it is time. It returns how long
// to rest.
func (r *Renewer) step(ctx context.Context, failures *int) time.Duration {
	held, err := r.held()
	if err == nil && r.o.Now().Before(renewAt(held)) {
		return min(lookEvery, renewAt(held).Sub(r.o.Now()))
	}
	limited, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	fresh, err := r.obtain(limited)
	switch {
	case ctx.Err() != nil:
		return lookEvery // nobody waits for it
	case err != nil:
		*failures++
		rest := pause(*failures)
		r.o.Log.Error("no certificate from the authority", "error", err, "names", r.o.Names, "next_try", r.o.Now().Add(rest).UTC().Format(time.RFC3339))
		return rest
	}
	*failures = 0
	r.o.Log.Info("certificate obtained", "names", fresh.DNSNames, "ends", fresh.NotAfter.UTC().Format(time.RFC3339))
	return lookEvery
}

// pause is how long to rest after so many failures in a row.
func pause(failures int) time.Duration {
	return min(longestRest, firstPause<<min(failures-1, 10))
}

// renewAt is when a third of a certificate's time is left.
func renewAt(leaf *x509.Certificate) time.Time {
	return leaf.NotAfter.Add(-leaf.NotAfter.Sub(leaf.NotBefore) / 3)
}

// held returns the certificate in the file, if it is one for all names with its key.
func (r *Renewer) held() (*x509.Certificate, error) {
	file := File(r.o.Folder)
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		return nil, err
	}
	return pair.Leaf, coversAll(pair.Leaf, r.o.Names)
}

// coversAll is an error when a certificate is not for one of the names.
func coversAll(leaf *x509.Certificate, names []string) error {
	for _, name := range names {
		if err := leaf.VerifyHostname(name); err != nil {
			return err
		}
	}
	return nil
}

// proofPath is where the authority looks for the proof of a name.
//
// RFC 8555 §8.3: the path is fixed, and the token is its last part.
const proofPath = "/.well-known/acme-challenge/"

// ServeHTTP answers the authority's questions; whoever asks for something else gets a
// 404.
func (r *Renewer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	proof, ok := r.proofs[q.URL.Path]
	r.mu.Unlock()
	if !ok || !strings.HasPrefix(q.URL.Path, proofPath) || q.Method != http.MethodGet {
		http.NotFound(w, q)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	fmt.Fprint(w, proof)
}

// prove has a path answered, or no longer, with "".
func (r *Renewer) prove(path, proof string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if delete(r.proofs, path); proof != "" {
		r.proofs[path] = proof
	}
}

// errNoProof is returned when an authority does not take proofs over HTTP.
var errNoProof = errors.New("it offers no proof over HTTP (http-01)")
