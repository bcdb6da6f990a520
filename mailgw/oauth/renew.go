package oauth

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"golang.org/x/oauth2"
)

// The margin before its end in which an access token is not used, if another one is
// to be had: the clocks of a mail server and of the provider may differ by minutes.
const (
	margin     = 5 * time.Minute
	marginPart = 3 // of a short life, at most one in so many
)

// clockBack is how far a clock may go back before what was kept is not believed.
const clockBack = time.Minute

// The pauses behind failures. They double, give or take a fifth.
const (
	restFirst  = 10 * time.Second
	restMax    = 15 * time.Minute
	deniedRest = time.Hour // for a refresh token that was refused
)

// rest is the pause behind failures. It counts for one refresh token: another login
// ends it.
type rest struct {
	refresh  string
	failures int // in a row
	last     *Error
}

// fresh reports whether an access token will be valid for a while.
func (r *record) fresh(now time.Time) bool {
	if !r.alive(now) {
		return false
	}
	if r.Expires.IsZero() {
		return now.Before(r.Got.Add(keepEvery))
	}
	return now.Before(r.Expires.Add(-min(margin, r.Expires.Sub(r.Got)/marginPart)))
}

// alive reports whether an access token has not ended.
func (r *record) alive(now time.Time) bool {
	return r.Access != "" && !now.Before(r.Got.Add(-clockBack)) && (r.Expires.IsZero() || now.Before(r.Expires))
}

// renew gets an access token: the one that another process has got, or one of the
// provider. It is one flight's; nobody else runs it for this Account.
func (a *Account) renew(force bool) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), 2*askTime)
	defer stop()
	unlock, err := a.disk.lock(ctx, a.o.Name)
	if err != nil {
		return "", a.fail(nil, a.errorf(ErrForNow, "the login's file cannot be used: %v", err))
	}
	defer func() { _ = unlock() }() // nothing is written by it
	kept, e := a.kept()
	if e != nil {
		return "", a.fail(nil, e)
	}
	a.mu.Lock()
	refused, tooNew := a.refused, a.tooNew(kept)
	a.mu.Unlock()
	now := a.now()
	if !force && (kept.Access != refused || tooNew) && kept.fresh(now) {
		return a.use(kept), nil
	}
	asked, e := a.ask(ctx, kept, force)
	if e == nil {
		if kept.Access == refused {
			a.mu.Lock()
			a.answer = asked.Access
			a.mu.Unlock()
		}
		return a.use(asked), nil
	}
	if !force && errors.Is(e, ErrForNow) && kept.Access != refused && kept.alive(now) {
		return a.use(kept), nil // it will do for some minutes
	}
	return "", e
}

// kept reads the account's record. What the disk has not taken before goes there first.
func (a *Account) kept() (*record, *Error) {
	r, err := a.disk.read(a.o.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, a.errorf(ErrLogin, "nobody has logged in yet")
	case err != nil:
		return nil, a.errorf(ErrLogin, "the kept login cannot be read: %v", err)
	case r.User != a.o.User || r.ClientID != a.o.ClientID:
		return nil, a.errorf(ErrLogin, "the kept login is of another user or client_id")
	}
	if u := a.unsaved; u != nil && (r.Refresh == a.from || r.Refresh == u.Refresh) {
		return u, a.save(u)
	}
	a.unsaved = nil // somebody has logged in meanwhile
	return &r, nil
}

// save puts a record on the disk, or remembers that it is not there.
func (a *Account) save(r *record) *Error {
	if err := a.disk.write(a.o.Name, r); err != nil {
		a.unsaved = r
		return a.errorf(ErrForNow, "the provider has given a token, which is not used until it is on the disk: %v", err)
	}
	a.unsaved, a.from, a.rest = nil, "", rest{}
	if err := a.disk.note(a.o.Name, nil); err != nil {
		a.o.Log.Warn("the last failure of a login cannot be taken away", "account", a.o.Name, "err", err)
	}
	a.o.Log.Info("access token renewed", "account", a.o.Name, "ends", r.Expires)
	return nil
}

// use makes a record that is on the disk the one in use.
func (a *Account) use(r *record) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = *r
	return r.Access
}

// ask asks the provider with a refresh token, unless it is in a pause.
func (a *Account) ask(ctx context.Context, kept *record, force bool) (*record, *Error) {
	if e := a.resting(kept.Refresh); e != nil && !force {
		return nil, e
	}
	begun := a.now()
	tok, e := a.refresh(ctx, kept)
	if e != nil {
		return nil, a.fail(kept, e)
	}
	r := *kept
	r.take(tok, begun)
	a.from = kept.Refresh
	if e := a.save(&r); e != nil {
		return nil, a.fail(nil, e)
	}
	return &r, nil
}

// take puts what the provider gave into a record. Times count from when it was asked,
// so that they are rather too early, and by our clock alone: its own may go wrong.
func (r *record) take(tok *oauth2.Token, begun time.Time) {
	r.Access, r.Got, r.Expires = tok.AccessToken, begun, time.Time{}
	if life := lifetime(tok); life > 0 {
		r.Expires = begun.Add(life)
	}
	if tok.RefreshToken != "" {
		r.Refresh = tok.RefreshToken
	}
	if left := seconds(tok.Extra("refresh_token_expires_in")); left > 0 {
		r.LoginEnds = begun.Add(left)
	}
}

// resting is the error of the pause that a refresh token is in; nil when it is in none.
func (a *Account) resting(refresh string) *Error {
	e := a.rest.last
	if e == nil || a.rest.refresh != refresh {
		return nil
	}
	left := e.Again.Sub(a.now())
	if left <= 0 || left > maxRetryAfter+time.Minute { // the clock has gone back
		return nil
	}
	return e
}

// fail notes a failure, and when the provider may be asked again. kept is nil when it
// was not asked.
func (a *Account) fail(kept *record, e *Error) *Error {
	if kept != nil {
		if a.rest.refresh != kept.Refresh {
			a.rest = rest{refresh: kept.Refresh}
		}
		a.rest.failures++
		pause := restFirst
		for i := 1; i < a.rest.failures && pause < restMax; i++ {
			pause *= 2
		}
		pause = time.Duration(float64(min(pause, restMax)) * (0.8 + 0.4*a.o.Random()))
		if errors.Is(e, ErrLogin) {
			pause = deniedRest
		}
		if again := a.now().Add(pause); e.Again.Before(again) {
			e.Again = again
		}
		a.rest.last = e
	}
	a.o.Log.Warn("no access token", "account", a.o.Name, "err", e)
	if err := a.disk.note(a.o.Name, &trouble{At: a.now(), Text: e.Error()}); err != nil {
		a.o.Log.Warn("a failure of a login cannot be noted", "account", a.o.Name, "err", err)
	}
	return e
}
