// Package oauth logs in at mail providers that take no passwords any more: it gets
// access tokens (OAuth 2.0, RFC 6749), keeps them fresh, and speaks the SASL
// mechanisms XOAUTH2 and OAUTHBEARER (RFC 7628) with them.
//
// A person logs in once, by [Account.LoginByDevice] or [Account.LoginByBrowser]. What
// the provider gives is kept in one file for each account, that only its owner can
// read. From then on [Account.Token] has an access token that is valid, and asks the
// provider for another one before it ends.
//
// Concurrency: an Account may be used from many goroutines; they share one request.
// Several processes may use one folder: who asks the provider has the account's lock
// file, and looks first whether another process has asked meanwhile.
//
// Failure policy: each failure is an [Error] that tells whether the login must be done
// again, the configuration is wrong, or it may go another time. No failure changes the
// file. A provider that fails is asked again after a pause that doubles, up to a quarter
// of an hour. A refresh token that was refused is not asked for again within an hour,
// unless another login has been made. A token that is new is handed out when it is on
// the disk, and not before. What a crash can cost: the provider has given another
// refresh token and forgotten the old one, and its answer has not arrived; then the
// login must be done again.
//
// No token, code or secret stands in an error or in the log.
package oauth

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Options say who logs in, where, and what is kept in which folder.
type Options struct {
	Name       string    // of the account, and of its files: letters, digits, - and _; required
	Provider   string    // "google", "microsoft" or "custom"
	ClientID   string    // of the program, as registered at the provider
	SecretFile string    // its first line is the client's secret; read for each request; "" = it has none
	Tenant     string    // of Microsoft's accounts: a domain, an id, "organizations" or "common"; "" = "common"
	User       string    // the mailbox's address
	AuthURL    string    // where a person logs in with a browser; "" = the provider's
	TokenURL   string    // where tokens are given; "" = the provider's
	DeviceURL  string    // where a code for a login elsewhere is given; "" = the provider's
	Scopes     []string  // what is asked for; nil = the provider's for IMAP and SMTP
	Expires    time.Time // when the client's secret ends, as the admin knows it; zero = not known

	Folder    string            // where the files are: made with mode 0700, the files with 0600
	Transport http.RoundTripper // nil = that of net/http, with a connection for each request
	Now       func() time.Time  // nil = time.Now
	Random    func() float64    // from 0 to below 1, for the pauses; nil = a good one
	Log       *slog.Logger      // nil = no log
}

// Account is a mailbox that is logged in at with tokens. Make it with New.
type Account struct {
	o    Options
	http *http.Client
	disk disk

	mu      sync.Mutex
	held    record  // what is in use
	refused string  // the access token that a mail server has refused; "" = none
	answer  string  // the access token that was got because of that; "" = none
	flight  *flight // the renewal under way; nil = none
	flights sync.WaitGroup
	rest    rest    // after failures
	unsaved *record // what the provider gave and the disk did not take
	from    string  // the refresh token that unsaved was got with
}

// flight is a renewal for which any number of callers wait.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

// New makes an Account; it reads and asks nothing yet.
func New(o Options) *Account {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DisableKeepAlives = true // a connection that is an hour old is none
		o.Transport = t
	}
	o.fill()
	return &Account{o: o, http: newClient(o.Transport), disk: disk{folder: o.Folder}}
}

// Name is the account's.
func (a *Account) Name() string { return a.o.Name }

// User is the mailbox's address.
func (a *Account) User() string { return a.o.User }

// Token returns an access token that is valid, as far as is known here. It asks the
// provider when there is none. The error is an *Error, or that of ctx.
func (a *Account) Token(ctx context.Context) (string, error) {
	a.mu.Lock()
	if a.held.Access != a.refused && a.held.fresh(a.now()) {
		defer a.mu.Unlock()
		return a.held.Access, nil
	}
	return a.join(ctx, false)
}

// Refresh has the provider asked for another access token now, also when there is a
// valid one, or a pause behind a failure. The error is an *Error, or that of ctx.
func (a *Account) Refresh(ctx context.Context) error {
	a.mu.Lock()
	_, err := a.join(ctx, true)
	return err
}

// join waits for the renewal under way, or for one that it begins. It is called with
// a.mu locked. The end of ctx ends the waiting alone: an answer of the provider that
// is on its way may have the only refresh token that still works.
func (a *Account) join(ctx context.Context, force bool) (string, error) {
	f := a.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		a.flight = f
		a.flights.Go(func() {
			token, err := a.renew(force)
			a.mu.Lock()
			f.token, f.err, a.flight = token, err, nil
			a.mu.Unlock()
			close(f.done)
		})
	}
	a.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Keep has the provider asked when that was not done for a day: a login that nobody
// uses ends, and one that was taken back is known before mail waits for it.
func (a *Account) Keep(ctx context.Context) error {
	a.mu.Lock()
	if a.now().Sub(a.held.Got).Abs() < keepEvery {
		a.mu.Unlock()
		return nil
	}
	_, err := a.join(ctx, false)
	return err
}

// keepEvery is how old an access token becomes at most, when Keep is called often.
const keepEvery = 24 * time.Hour

// Close waits for the renewal under way, which is bounded. Nothing is asked afterwards
// by the Account itself.
func (a *Account) Close() { a.flights.Wait() }

// now is the time without the monotonic clock, which stands still while a machine sleeps.
func (a *Account) now() time.Time { return a.o.Now().Round(0) }
