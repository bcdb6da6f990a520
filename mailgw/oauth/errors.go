package oauth

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What an Error is about; errors.Is tells.
var (
	// ErrLogin is returned when somebody must log in again: there is no login, or the
	// provider does not take it any more (invalid_grant).
	ErrLogin = errors.New("the login must be done again")
	// ErrSetup is returned when the provider does not take the client or what it asks
	// for (invalid_client and the like): the configuration or the registration is wrong.
	ErrSetup = errors.New("the provider does not take the configuration")
	// ErrForNow is returned when it may go another time: the provider is away or
	// answers nonsense, or the disk takes nothing.
	ErrForNow = errors.New("it may go another time")
	// ErrDenied is returned by the ways to log in, when the person said no.
	ErrDenied = errors.New("the login was denied")
	// ErrTooLate is returned by the ways to log in, when nobody has logged in in time.
	ErrTooLate = errors.New("nobody has logged in in time")
)

// Error is why there is no access token. It has no secret in it.
type Error struct {
	Account string    // the account's name
	Kind    error     // one of ErrLogin, ErrSetup, ErrForNow, ErrDenied and ErrTooLate
	Reason  string    // what happened, on one line
	Again   time.Time // before which the provider is not asked again; zero = it may be at once
}

// Error says what, where and what to do.
func (e *Error) Error() string {
	text := fmt.Sprintf("oauth %q: ", e.Account)
	switch e.Kind {
	case ErrLogin:
		return text + "the login must be done again: " + e.Reason + "; run: mailgw oauth login " + e.Account
	case ErrSetup:
		return text + e.Reason + "; look at client_id, client_secret_file and scopes of this [[oauth]], and at the registration with the provider"
	case ErrDenied, ErrTooLate:
		return text + e.Reason + "; run again: mailgw oauth login " + e.Account
	}
	if !e.Again.IsZero() {
		return text + e.Reason + "; the provider is asked again at " + e.Again.UTC().Format("15:04:05") + " UTC"
	}
	return text + e.Reason
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

func (a *Account) errorf(kind error, format string, args ...any) *Error {
	return &Error{Account: a.o.Name, Kind: kind, Reason: fmt.Sprintf(format, args...)}
}

// RefusedError is returned by [Account.Login] when the mail server does not take an
// access token; all other failures of a login have other types.
type RefusedError struct {
	Account   string // the account's name
	Mechanism string // of SASL
	Status    string // what the server said in its error challenge; "" = it sent none
	Err       error  // the server's last word
}

// Error says who refused what, and ends with the server's last word.
func (e *RefusedError) Error() string {
	status := ""
	if e.Status != "" {
		status = ", status " + e.Status
	}
	return fmt.Sprintf("oauth %q: the mail server refuses the access token (%s%s): %v", e.Account, e.Mechanism, status, e.Err)
}

// Unwrap returns the server's last word.
func (e *RefusedError) Unwrap() error { return e.Err }

// maxReason is how many bytes of a provider's text are told.
const maxReason = 300

// oneLine is a text of others as one short line without secrets: the first line that
// has something in it.
func oneLine(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, s, "[secret]")
		}
	}
	for line := range strings.Lines(text) {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(line) > maxReason {
			line = line[:maxReason] + "…"
		}
		return strings.ToValidUTF8(line, "?")
	}
	return ""
}

// minSecret is the length below which a text is no secret of a provider: nothing so
// short is searched for in what is told.
const minSecret = 4
