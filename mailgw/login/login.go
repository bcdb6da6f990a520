// Package login decides who an agent's mail program speaks for: it checks passwords and
// the exchanges of SASL for the listeners that agents log in to.
//
// A [Door] holds back those who guess: each wrong password makes the next answer to the
// same address, the same account, or both together, come later, and refuses when it would
// come too late to wait for (see limit.go for how far, and for how the real agent gets in
// meanwhile). A wrong password is answered after [Floor] and not before, whether the
// account is there or not, and costs the same work. Few passwords are hashed at once, so
// that strangers cannot take all memory and both cores. A right one is remembered for a
// short while under a key that dies with the process: a mail program that opens five
// connections costs one hash.
//
// Concurrency: all methods may be called from many goroutines. Failure policy: what is
// not [ErrWrong] and not a [*WaitError] is a failure of our own; the client is to be told
// to come later, without its text. No error and no log line has a password in it.
package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"supportgw/mailgw/passhash"
)

// Floor is how soon a wrong password is answered, at the soonest: longer than a hash takes,
// so that the time says nothing about what was wrong.
const Floor = time.Second

const (
	atOnce     = 2                // passwords that are hashed at the same time: 19 MiB and a core each
	hashWait   = 10 * time.Second // for one of these places
	maxUser    = 320              // octets of a user name: RFC 3696 §3 with its errata
	remember   = 10 * time.Minute // how long a right password needs no hash
	remembered = 1000             // passwords
)

// ErrWrong is a user name or a password that is wrong; which of them is not said.
var ErrWrong = errors.New("wrong user name or password")

// errBusy is returned when too many passwords are being checked.
var errBusy = errors.New("login: too many passwords are being checked")

// WaitError refuses a try before its password was looked at: there were too many.
type WaitError struct {
	Left time.Duration // until the next try
}

// Error says how long to wait.
func (e *WaitError) Error() string {
	return fmt.Sprintf("too many wrong passwords; try again in %s", e.Left.Round(time.Second))
}

// Person is somebody who may log in.
type Person struct {
	Address string         // whom the caller is told of
	Hash    passhash.Hash  // of the password; the zero Hash fits none
	Keys    *passhash.Keys // of the same password, for SCRAM; nil: none
	Devices []Device       // passwords of single devices
}

// Options says what a Door needs.
type Options struct {
	// Find returns whom a user name stands for, nil for nobody. It is asked at each try.
	Find func(user string) (*Person, error)
	// Secret makes the salts of [Door.Salt]: it stays the same over restarts, and nobody
	// else knows it.
	Secret []byte
	Log    *slog.Logger // nil = no log
}

// Door checks passwords. New makes it.
type Door struct {
	o     Options
	key   [32]byte // of what is remembered
	dummy passhash.Hash
	room  chan struct{}
	limit limit
	cache cache

	good, wrong, held atomic.Uint64
}

// New returns a Door.
func New(o Options) (*Door, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Door{o: o, room: make(chan struct{}, atOnce)}
	if _, err := rand.Read(d.key[:]); err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	var err error
	if d.dummy, err = passhash.Parse(passhash.Make("", d.key[:passhash.SaltBytes])); err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	return d, nil
}

// Check returns the login of the agent whose user name and password these are. The peer
// is invalid for who comes through a Unix socket. Errors are ErrWrong, a *WaitError, the
// context's, or a failure of our own.
func (d *Door) Check(ctx context.Context, peer netip.Addr, user, password string) (Pass, error) {
	start := time.Now()
	p, err := d.find(user)
	if err != nil {
		return Pass{}, err
	}
	try := d.mac(accountOf(p, user), password)
	// One who is held back is not let in by what is remembered either: that would be an answer to each guess.
	if p != nil {
		if with, ok := d.cache.has(try, start, p.print()); ok && d.limit.free(peer, accountOf(p, user), start) {
			d.limit.knows(peer, p.Address, start)
			d.good.Add(1)
			return Pass{p.Address, with}, nil
		}
	}
	return d.try(ctx, peer, user, p, try, func(ctx context.Context) (credential, error) {
		with, err := d.fits(ctx, p, password)
		if with != (credential{}) {
			d.cache.put(try, start, p.print(), with)
		}
		return with, err
	})
}

// find asks for a person; a name that nobody can have is nobody's.
func (d *Door) find(user string) (*Person, error) {
	if user == "" || len(user) > maxUser {
		return nil, nil
	}
	p, err := d.o.Find(passhash.Prepare(user))
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	return p, nil
}

// try holds the caller back as long as it must wait, asks fits with what, and counts what came of it.
func (d *Door) try(ctx context.Context, peer netip.Addr, user string, p *Person, what mac, fits func(context.Context) (credential, error)) (Pass, error) {
	start := time.Now()
	t, left := d.limit.begin(peer, accountOf(p, user), p != nil, start)
	if left > mostHeld {
		d.held.Add(1)
		d.o.Log.Info("login refused before its password was looked at", "peer", peer, "user", logged(user), "wait", left.Round(time.Second))
		return Pass{}, &WaitError{Left: left}
	}
	if err := sleep(ctx, left); err != nil {
		return Pass{}, err // the try stays counted
	}
	with, err := fits(ctx)
	switch {
	case err != nil:
		d.limit.undo(t)
		return Pass{}, err
	case with != (credential{}):
		d.limit.passed(t, time.Now())
		d.good.Add(1)
		d.o.Log.Info("logged in", "peer", peer, "agent", p.Address)
		return Pass{p.Address, with}, nil
	}
	d.limit.failed(t, what)
	d.wrong.Add(1)
	d.o.Log.Warn("wrong password", "peer", peer, "user", logged(user))
	if err := sleep(ctx, Floor-time.Since(start)); err != nil {
		return Pass{}, err
	}
	return Pass{}, ErrWrong
}

// fits compares a password with those that the person has, and returns which it is, the zero
// credential for none. One hash is computed in any case, the person's or one that nothing fits.
func (d *Door) fits(ctx context.Context, p *Person, password string) (with credential, err error) {
	h := d.dummy
	if p != nil {
		for i := range p.Devices {
			if p.Devices[i].fits(password) {
				with = p.Devices[i].credential()
			}
		}
		if p.Hash.Usable() {
			h = p.Hash
		}
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case d.room <- struct{}{}:
		defer func() { <-d.room }()
	case <-ctx.Done():
		return credential{}, errBusy
	}
	// The hash that nothing fits is one of "", so it is not asked for its verdict.
	if h.Verify(password) && p != nil && p.Hash.Usable() {
		with = p.hashCredential()
	}
	return with, nil
}

// Counters are what a Door has counted since it was made.
type Counters struct {
	Good, Wrong, Held uint64 // right passwords, wrong ones, and tries that were refused unseen
}

// Counters returns a snapshot.
func (d *Door) Counters() Counters {
	return Counters{Good: d.good.Load(), Wrong: d.wrong.Load(), Held: d.held.Load()}
}

// Salt is the salt of an account's keys for SCRAM; also of one that is not there, so that
// the exchange tells nobody which are.
func (d *Door) Salt(address string) []byte { return Salt(d.o.Secret, address) }

// Salt is [Door.Salt] for whoever has the secret. The domain does not count: the short name
// of an account has its salt, and so must that of one that is not there.
func Salt(secret []byte, address string) []byte {
	local, _, _ := strings.Cut(fold(address), "@")
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("salt\x00" + local))
	return m.Sum(nil)[:passhash.SaltBytes]
}

// mac is a password of an account under the key of the process.
type mac [sha256.Size]byte

func (d *Door) mac(account, password string) (out mac) {
	m := hmac.New(sha256.New, d.key[:])
	m.Write([]byte(account))
	m.Write([]byte{0})
	m.Write([]byte(password))
	copy(out[:], m.Sum(nil))
	return out
}

// equal compares in constant time.
func (m mac) equal(o mac) bool { return subtle.ConstantTimeCompare(m[:], o[:]) == 1 }

// sleep waits, unless ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// logged is a user name for the log: people type passwords there by mistake, so of one
// that is nobody's address not all is kept.
func logged(user string) string {
	const most = 80
	if len(user) > most {
		return user[:most] + "…"
	}
	return user
}
