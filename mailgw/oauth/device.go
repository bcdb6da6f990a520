package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"
)

// DevicePrompt is what a person needs to log in on another machine.
type DevicePrompt struct {
	URL      string    // to open there
	Code     string    // to type there
	Complete string    // the URL with the code in it; "" = there is none
	Ends     time.Time // until when
}

// The limits of a login by device code.
const (
	deviceTime   = 15 * time.Minute // when the provider names no end
	deviceMost   = 2 * time.Hour
	pollFirst    = 5 // seconds, RFC 8628 §3.2
	pollLongest  = 300
	pollAfterOff = 30 // at least, behind a request that failed
)

// LoginByDevice logs in by a code that a person types on another machine (RFC 8628):
// show is called with it, and then it waits. The error is an *Error, that of show, or
// that of ctx. Nothing is changed unless it is nil.
func (a *Account) LoginByDevice(ctx context.Context, show func(DevicePrompt) error) error {
	c, err := a.client()
	if err != nil {
		return a.judge(err)
	}
	if a.o.DeviceURL == "" {
		return a.errorf(ErrSetup, "the provider has no device_url")
	}
	asking, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	d, err := c.DeviceAuth(a.with(asking))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return a.judge(err, c.ClientSecret)
	case d.DeviceCode == "" || d.UserCode == "" || d.VerificationURI == "":
		return a.errorf(ErrForNow, "%s: the answer is malformed: it lacks device_code, user_code or verification_uri", a.host())
	}
	now := time.Now() // x/oauth2 goes by the real clock
	if d.Expiry.IsZero() {
		d.Expiry = now.Add(deviceTime)
	}
	if most := now.Add(deviceMost); d.Expiry.After(most) {
		d.Expiry = most
	}
	err = show(DevicePrompt{URL: oneLine(d.VerificationURI), Code: oneLine(d.UserCode), Complete: oneLine(d.VerificationURIComplete), Ends: d.Expiry})
	if err != nil {
		return err
	}
	begun := a.now()
	tok, e := a.poll(ctx, c, d)
	if e != nil {
		return e
	}
	return a.install(ctx, tok, begun)
}

// poll waits until the person has typed the code.
func (a *Account) poll(ctx context.Context, c *oauth2.Config, d *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	// Workaround: x/oauth2 v0.37.0 panics at an interval below zero (TestDeviceInterval).
	if d.Interval <= 0 {
		d.Interval = pollFirst
	}
	for {
		d.Interval = min(d.Interval, pollLongest)
		// Each request has its deadline by the client, and all of them end with the code.
		tok, err := c.DeviceAccessToken(a.with(ctx), d)
		if err == nil {
			err = usable(tok)
		}
		if err == nil {
			return tok, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !time.Now().Before(d.Expiry) {
			return nil, a.errorf(ErrTooLate, "nobody has typed the code in time")
		}
		e := a.judge(err, d.DeviceCode, c.ClientSecret)
		switch {
		case errors.Is(e, ErrLogin): // invalid_grant is said of a code, too
			return nil, a.errorf(ErrTooLate, "the code is no longer valid: %s", e.Reason)
		case !errors.Is(e, ErrForNow) || errors.Is(err, errMalformed):
			return nil, e
		}
		// Workaround: x/oauth2 v0.37.0 gives up at the first request that fails
		// (TestDeviceAway); RFC 8628 §3.5 wants longer pauses.
		d.Interval = max(2*d.Interval, pollAfterOff)
		a.o.Log.Warn("the provider is asked again", "account", a.o.Name, "after", time.Duration(d.Interval)*time.Second, "err", e.Reason)
	}
}

// install keeps what a login gave, in place of what was kept before.
func (a *Account) install(ctx context.Context, tok *oauth2.Token, begun time.Time) error {
	if tok.RefreshToken == "" {
		return a.errorf(ErrSetup, "the provider gave no refresh token, with which alone a program can go on; for microsoft, scopes need offline_access")
	}
	r := record{Account: a.o.Name, User: a.o.User, ClientID: a.o.ClientID, Login: begun}
	r.take(tok, begun)
	waiting, stop := context.WithTimeout(ctx, 2*askTime)
	defer stop()
	unlock, err := a.disk.lock(waiting, a.o.Name)
	if err != nil {
		return a.errorf(ErrForNow, "the login cannot be kept: %v", err)
	}
	err = a.disk.write(a.o.Name, &r)
	if err == nil {
		err = a.disk.note(a.o.Name, nil)
	}
	if err = errors.Join(err, unlock()); err != nil {
		return a.errorf(ErrForNow, "the login cannot be kept: %v", err)
	}
	a.use(&r)
	a.o.Log.Info("logged in", "account", a.o.Name, "user", a.o.User, "login_ends", fmt.Sprint(r.LoginEnds))
	return nil
}
