package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// browserTime is how long a person has for a login with a browser.
const browserTime = 15 * time.Minute

// errStranger is returned for a redirection that belongs to no login of ours.
var errStranger = errors.New("this belongs to another login, or to none")

// BrowserIO is how a login with a browser talks with the person.
type BrowserIO struct {
	Show   func(url string) error // tells the URL to open; required
	Pasted <-chan string          // URLs to which the browser was sent, where it could not reach this machine; nil = none come
	Wrong  func(err error)        // tells that a pasted URL is no good, and another one is waited for; nil = nobody
}

// LoginByBrowser logs in with a browser (RFC 6749 §4.1, with PKCE: RFC 7636 §4): it
// listens on a free port of 127.0.0.1, to which the provider sends the browser (RFC 8252
// §7.3), and takes that URL from Pasted as well. The error is an *Error, that of Show, or
// that of ctx. Nothing is changed unless it is nil.
func (a *Account) LoginByBrowser(ctx context.Context, with BrowserIO) error {
	c, err := a.client()
	if err != nil {
		return a.judge(err)
	}
	if a.o.AuthURL == "" {
		return a.errorf(ErrSetup, "the provider has no auth_url")
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return a.errorf(ErrForNow, "listen for the browser: %v", err)
	}
	c.RedirectURL = a.redirect(l.Addr().(*net.TCPAddr).Port)
	w := &browserLogin{state: rand.Text(), verifier: oauth2.GenerateVerifier(), came: make(chan url.Values, 1)}
	stop := w.listen(l)
	defer stop()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(w.verifier), oauth2.SetAuthURLParam("login_hint", a.o.User)}
	if a.o.Provider == Google { // else it gives no refresh token, or only the first time
		options = append(options, oauth2.AccessTypeOffline, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	if err := with.Show(c.AuthCodeURL(w.state, options...)); err != nil {
		return err
	}
	answer, err := w.wait(ctx, with)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = a.errorf(ErrTooLate, "nobody has logged in within %s", browserTime)
		}
		return err
	}
	return a.exchange(ctx, c, w, answer)
}

// exchange trades the code for tokens (RFC 6749 §4.1.3).
func (a *Account) exchange(ctx context.Context, c *oauth2.Config, w *browserLogin, answer url.Values) error {
	if code := answer.Get("error"); code != "" {
		e := a.errorf(kindOf(code), "the provider sent the browser back with %s", oneLine(code+" "+answer.Get("error_description"), w.state))
		return e
	}
	asking, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	begun, code := a.now(), answer.Get("code")
	tok, err := c.Exchange(a.with(asking), code, oauth2.VerifierOption(w.verifier))
	if err == nil {
		err = usable(tok)
	}
	if err == nil {
		return a.install(ctx, tok, begun)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := a.judge(err, code, w.verifier, c.ClientSecret)
	if errors.Is(e, ErrLogin) { // invalid_grant is said of a code, too
		return a.errorf(ErrTooLate, "the provider does not take the code: %s", e.Reason)
	}
	return e
}

// browserLogin is one login with a browser.
type browserLogin struct {
	state    string // that the redirection must bring back (RFC 6749 §10.12)
	verifier string
	came     chan url.Values // the redirection's parameters, once
}

// wait waits for the redirection, here or pasted.
func (w *browserLogin) wait(ctx context.Context, with BrowserIO) (url.Values, error) {
	ctx, stop := context.WithTimeout(ctx, browserTime)
	defer stop()
	for {
		select {
		case v := <-w.came:
			return v, nil
		case text := <-with.Pasted:
			v, err := w.pasted(text)
			if err == nil {
				return v, nil
			}
			if with.Wrong != nil {
				with.Wrong(err)
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pasted reads a URL that somebody pasted.
func (w *browserLogin) pasted(text string) (url.Values, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.RawQuery == "" {
		return nil, errors.New("this is not the URL that the browser was sent to; it begins with http:// and has code= and state= in it")
	}
	return w.check(u.Query())
}

// check lets only the answer to our own question through.
func (w *browserLogin) check(v url.Values) (url.Values, error) {
	if subtle.ConstantTimeCompare([]byte(v.Get("state")), []byte(w.state)) != 1 {
		return nil, errStranger
	}
	if v.Get("code") == "" && v.Get("error") == "" {
		return nil, errors.New("it has no code")
	}
	return v, nil
}

// listen answers the browser until the function that it returns is called.
func (w *browserLogin) listen(l net.Listener) (stop func()) {
	srv := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(l) // its end is stop's; another one shows as nobody coming
	}()
	return func() {
		grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close() // a browser that holds its connection
		}
		<-ended
	}
}

// ServeHTTP answers the browser. What belongs to no login of ours changes nothing: any
// page can send a browser here.
func (w *browserLogin) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("Referrer-Policy", "no-referrer")
	v, err := w.check(req.URL.Query())
	if req.Method != http.MethodGet || err != nil {
		out.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(out, "This belongs to no login that is waited for.\n") // the browser may have gone
		return
	}
	select {
	case w.came <- v:
	default: // once is enough
	}
	said := "mailgw has the answer of the provider; look at the terminal. This page can be closed.\n"
	if v.Get("error") != "" {
		said = "The provider did not let mailgw in; look at the terminal. This page can be closed.\n"
	}
	_, _ = fmt.Fprint(out, said) // the browser may have gone
}
