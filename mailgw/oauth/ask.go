package oauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// askTime is how long one request to a provider may take.
const askTime = 30 * time.Second

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 256 << 10

// maxRetryAfter is the longest pause that a provider can ask for.
const maxRetryAfter = time.Hour

// errLong is returned when a provider's answer is longer.
var errLong = errors.New("the answer has no end")

// newClient makes the client of all requests to a provider. It follows no redirection:
// what is posted has secrets in it, which belong to the one who was asked.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded reads answers whole, up to a limit, and gives each request its time.
//
// Workaround: x/oauth2 v0.37.0 does not close the body of a device authorization, which
// keeps a Client's own timer (TestDevice), and cuts a long answer where it may still be
// JSON (TestLongAnswer).
type bounded struct{ http.RoundTripper }

// RoundTrip asks once.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, stop := context.WithTimeout(req.Context(), askTime)
	defer stop()
	resp, err := b.RoundTripper.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	err = errors.Join(err, resp.Body.Close())
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxAnswer:
		return nil, errLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// with is a context in which x/oauth2 asks through our client.
func (a *Account) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, a.http)
}

// refresh asks for another access token (RFC 6749 §6).
func (a *Account) refresh(ctx context.Context, kept *record) (*oauth2.Token, *Error) {
	c, err := a.client()
	if err != nil {
		return nil, a.judge(err)
	}
	tok, err := c.TokenSource(a.with(ctx), &oauth2.Token{RefreshToken: kept.Refresh}).Token()
	if err == nil {
		err = usable(tok)
	}
	if err != nil {
		return nil, a.judge(err, kept.Refresh, kept.Access, c.ClientSecret)
	}
	return tok, nil
}

// errMalformed is returned for an answer that is none.
var errMalformed = errors.New("the provider's answer is malformed")

// usable looks at what a provider gave.
func usable(tok *oauth2.Token) error {
	if tok.Type() != "Bearer" {
		return fmt.Errorf("%w: the token is of another type than bearer", errMalformed)
	}
	// RFC 6750 §2.1: a token has no other characters, and what it stands in has limits.
	if strings.ContainsFunc(tok.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) || len(tok.AccessToken) > maxToken {
		return fmt.Errorf("%w: the token has characters that no token has, or too many", errMalformed)
	}
	if strings.ContainsFunc(tok.RefreshToken, func(r rune) bool { return r < ' ' || r > '~' }) || len(tok.RefreshToken) > maxToken {
		return fmt.Errorf("%w: the refresh token has characters that no token has, or too many", errMalformed)
	}
	return nil
}

// maxToken is how long a token may be. RFC 4954 §4: a line of AUTH has at most 12288
// octets, and the token stands in it as base64.
const maxToken = 8 << 10

// lifetime is how long an access token lives; 0 when the provider did not say.
//
// Workaround: x/oauth2 v0.37.0 reckons with its own clock, and tells the lifetime of
// JSON answers alone (TestClockOfOthers, TestFormAnswer).
func lifetime(tok *oauth2.Token) time.Duration {
	return max(0, seconds(tok.Extra("expires_in")))
}

// seconds is a number of seconds in an answer, in whatever form; 0 when it is none.
func seconds(v any) time.Duration {
	const most = 100 * 365 * 24 * 3600
	var n float64
	switch v := v.(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case string:
		n, _ = strconv.ParseFloat(v, 64) // what is none counts as not said
	}
	if !(n > 0) { // NaN, too
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}

// judge makes an Error of whatever a request came to. The secrets are those of the
// request: a provider may send them back.
func (a *Account) judge(err error, secrets ...string) *Error {
	var ours *Error
	var told *oauth2.RetrieveError
	var wrapped *url.Error
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &told):
		return a.told(told, secrets)
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return a.errorf(ErrForNow, "%s does not answer in time", a.host())
	case errors.As(err, &wrapped):
		err = wrapped.Err // the URL is told shorter
	}
	switch text := err.Error(); {
	case strings.Contains(text, "missing access_token"):
		return a.errorf(ErrForNow, "%s: the answer is malformed: it has no access_token", a.host())
	case strings.HasPrefix(text, "oauth2: "), strings.HasPrefix(text, "unmarshal "):
		// What the library says of an answer may quote it.
		return a.errorf(ErrForNow, "%s: the answer is malformed", a.host())
	}
	return a.errorf(ErrForNow, "%s: %s", a.host(), oneLine(err.Error(), secrets...))
}

// host is where tokens come from, for people.
func (a *Account) host() string {
	if u, err := url.Parse(a.o.TokenURL); err == nil && u.Host != "" {
		return u.Host
	}
	return a.o.TokenURL
}

// told makes an Error of what a provider said (RFC 6749 §5.2, RFC 8628 §3.5).
func (a *Account) told(e *oauth2.RetrieveError, secrets []string) *Error {
	status := e.Response.StatusCode
	code := oneLine(e.ErrorCode, secrets...)
	if len(code) > 60 || strings.ContainsAny(code, "\"\\") {
		code = ""
	}
	said := fmt.Sprintf("%s answers %d", a.host(), status)
	if code != "" {
		said += " " + code
	}
	if d := oneLine(e.ErrorDescription, secrets...); d != "" {
		said += " (" + d + ")"
	}
	out := a.errorf(ErrForNow, "%s", said)
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		out.Again = retryAfter(e.Response.Header.Get("Retry-After"), a.now())
	case code == "":
		out.Reason = said + ", and no error of OAuth"
	default:
		out.Kind = kindOf(code)
	}
	return out
}

// kindOf is what an error code is about.
func kindOf(code string) error {
	switch code {
	case "invalid_grant", "interaction_required", "login_required", "consent_required":
		return ErrLogin
	case "access_denied", "authorization_declined":
		return ErrDenied
	case "expired_token", "code_expired":
		return ErrTooLate
	case "temporarily_unavailable", "server_error", "slow_down", "authorization_pending":
		return ErrForNow
	}
	return ErrSetup
}

// retryAfter reads the header of that name (RFC 9110 §10.2.3); zero when it says nothing.
func retryAfter(text string, now time.Time) time.Time {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return now.Add(min(time.Duration(n)*time.Second, maxRetryAfter))
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return now.Add(min(at.Sub(now), maxRetryAfter))
	}
	return time.Time{}
}
