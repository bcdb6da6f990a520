package acme

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/crypto/acme"
)

// obtain gets a certificate for all names and puts it into the file.
func (r *Renewer) obtain(ctx context.Context) (*x509.Certificate, error) {
	web, err := r.httpClient()
	if err != nil {
		return nil, err
	}
	defer web.CloseIdleConnections()
	key, err := r.accountKey()
	if err != nil {
		return nil, err
	}
	// An authority gives a few certificates a week for the same names: none is asked
	// for that could not be kept.
	if err := r.tryFolder(); err != nil {
		return nil, err
	}
	c := &acme.Client{Key: key, HTTPClient: web, DirectoryURL: r.o.Directory, UserAgent: "mailgw", RetryBackoff: retry}
	account := &acme.Account{}
	if r.o.Email != "" {
		account.Contact = []string{"mailto:" + r.o.Email}
	}
	if _, err := c.Register(ctx, account, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return nil, fmt.Errorf("register at %s: %w", r.o.Directory, err)
	}
	order, err := c.AuthorizeOrder(ctx, acme.DomainIDs(r.o.Names...))
	if err != nil {
		return nil, fmt.Errorf("order a certificate: %w", err)
	}
	for _, u := range order.AuthzURLs {
		if err := r.proveName(ctx, c, u); err != nil {
			return nil, err
		}
	}
	ready, err := c.WaitOrder(ctx, order.URI)
	if err != nil {
		return nil, fmt.Errorf("wait until the order is ready: %w", err)
	}
	ready.URI = order.URI // it is told once, with the order
	return r.fetch(ctx, c, ready)
}

// retry is how long to wait before a request is repeated that an authority has
// answered 5xx, or whose nonce was too old; a few times only. Who is told that it asks
// too often (429) waits for the next attempt.
func retry(n int, _ *http.Request, a *http.Response) time.Duration {
	if n > 4 || a != nil && a.StatusCode == http.StatusTooManyRequests {
		return -1
	}
	return time.Duration(n) * 500 * time.Millisecond
}

// httpClient speaks with the authority's directory.
func (r *Renewer) httpClient() (*http.Client, error) {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if r.o.CAFile != "" {
		text, err := os.ReadFile(r.o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the authority's certificates: %w", err)
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authority's certificates: %s has none", r.o.CAFile)
		}
	}
	return &http.Client{Transport: t, Timeout: time.Minute}, nil
}

// proveName proves one name of an order, unless the authority remembers it.
func (r *Renewer) proveName(ctx context.Context, c *acme.Client, url string) error {
	z, err := c.GetAuthorization(ctx, url)
	if err != nil {
		return fmt.Errorf("ask what is to be proven: %w", err)
	}
	name := z.Identifier.Value
	if z.Status == acme.StatusValid {
		return nil
	}
	var challenge *acme.Challenge
	for _, one := range z.Challenges {
		if one.Type == "http-01" {
			challenge = one
		}
	}
	if challenge == nil {
		return fmt.Errorf("prove %s: %w", name, errNoProof)
	}
	proof, err := c.HTTP01ChallengeResponse(challenge.Token)
	if err != nil {
		return fmt.Errorf("prove %s: %w", name, err)
	}
	path := c.HTTP01ChallengePath(challenge.Token)
	r.prove(path, proof)
	defer r.prove(path, "")
	if _, err := c.Accept(ctx, challenge); err != nil {
		return fmt.Errorf("prove %s: %w", name, err)
	}
	if _, err := c.WaitAuthorization(ctx, z.URI); err != nil {
		return fmt.Errorf("prove %s: %w", name, err)
	}
	return nil
}

// fetch asks for the certificate of an order that is ready, looks whether it is what
// was ordered, and writes it.
func (r *Renewer) fetch(ctx context.Context, c *acme.Client, order *acme.Order) (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // another one each time
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: r.o.Names}, key)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	chain, _, err := c.CreateCertFromOrder(ctx, order, request, true)
	if err != nil {
		return nil, fmt.Errorf("fetch the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, fmt.Errorf("fetch the certificate: %w", err)
	}
	if err := coversAll(leaf, r.o.Names); err != nil {
		return nil, fmt.Errorf("fetch the certificate: %w", err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("fetch the certificate: it is for another key")
	}
	if now := r.o.Now(); !now.Before(leaf.NotAfter) {
		return nil, fmt.Errorf("fetch the certificate: it has ended on %s already; is the clock of this machine right?", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return leaf, r.write(chain, key)
}
