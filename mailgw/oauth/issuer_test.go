package oauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// issuer is a provider of tokens that can be made to fail.
type issuer struct {
	mu       sync.Mutex
	asked    int      // requests to the token endpoint
	n        int      // tokens given
	live     []string // refresh tokens that it takes
	rotates  bool     // each refresh token is good for one time
	lenient  bool     // with rotates: one is forgotten only when the next is used
	lifetime any      // expires_in; nil: it does not say
	extra    map[string]any
	forms    []url.Values // of all requests
	basic    []string     // user and password of the Authorization fields
	secrets  []string     // all that must be told to nobody

	answer func(asked int, out http.ResponseWriter, form url.Values) bool // true: it has answered
	device map[string]any                                                 // answer of the device endpoint
	codes  map[string]url.Values                                          // codes given to browsers, with the parameters of the request
}

const clientSecret = "client-secret-0123456789"

func newIssuer() *issuer {
	return &issuer{lifetime: 3600, secrets: []string{clientSecret}, codes: map[string]url.Values{}}
}

// secret makes a text that must be told to nobody.
func (s *issuer) secret(kind string) string {
	s.n++
	t := fmt.Sprintf("%s-%d-%x", kind, s.n, sha256.Sum256([]byte(fmt.Sprint(kind, s.n))))[:40]
	s.secrets = append(s.secrets, t)
	return t
}

func (s *issuer) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		http.Error(out, "bad form", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.forms = append(s.forms, req.PostForm)
	if user, password, ok := req.BasicAuth(); ok {
		s.basic = append(s.basic, user+":"+password)
	}
	if req.URL.Path == "/device" {
		defer s.mu.Unlock()
		reply(out, 200, s.device)
		return
	}
	s.asked++
	answer, asked := s.answer, s.asked
	s.mu.Unlock()
	if answer != nil && answer(asked, out, req.PostForm) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant(out, req.PostForm)
}

// grant gives tokens to whom they belong.
func (s *issuer) grant(out http.ResponseWriter, form url.Values) {
	refresh := form.Get("refresh_token")
	switch form.Get("grant_type") {
	case "refresh_token":
		at := slices.Index(s.live, refresh)
		if at < 0 {
			reply(out, 400, map[string]any{"error": "invalid_grant", "error_description": "Token " + refresh + " has been expired or revoked.\r\nTrace ID: 1"})
			return
		}
		switch {
		case s.rotates && s.lenient:
			s.live = s.live[at:]
			refresh = s.secret("refresh")
			s.live = append(s.live, refresh)
		case s.rotates:
			refresh = s.secret("refresh")
			s.live = []string{refresh}
		}
	case "authorization_code":
		asked, ok := s.codes[form.Get("code")]
		delete(s.codes, form.Get("code"))
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		// RFC 7636 §4.6, and RFC 6749 §4.1.3: the same redirect_uri.
		if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("code_challenge_method") != "S256" || asked.Get("redirect_uri") != form.Get("redirect_uri") {
			reply(out, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		refresh = s.login()
	default:
		refresh = s.login()
	}
	body := map[string]any{"access_token": s.secret("access"), "token_type": "Bearer"}
	if s.lifetime != nil {
		body["expires_in"] = s.lifetime
	}
	if s.rotates || form.Get("grant_type") != "refresh_token" {
		body["refresh_token"] = refresh
	}
	for k, v := range s.extra {
		body[k] = v
	}
	reply(out, 200, body)
}

// login gives a refresh token to somebody who has logged in.
func (s *issuer) login() string {
	t := s.secret("refresh")
	s.live = append(s.live, t)
	return t
}

func (s *issuer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func reply(out http.ResponseWriter, status int, body any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	if err := json.NewEncoder(out).Encode(body); err != nil {
		panic(err)
	}
}

// through asks a handler without a network, so that a bubble's clock can go on.
type through struct{ http.Handler }

func (h through) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(rec, req)
	}()
	select {
	case <-done:
		resp := rec.Result()
		resp.Request = req
		return resp, nil
	case <-req.Context().Done():
		<-done
		return nil, req.Context().Err()
	}
}

// desk is an account with its issuer, a clock and a log; at its end all that was said
// is searched for secrets.
type desk struct {
	t      *testing.T
	issuer *issuer
	folder string
	log    *lockedBuffer
	mu     sync.Mutex
	now    time.Time
	said   []string // by errors
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, issuer: newIssuer(), folder: filepath.Join(t.TempDir(), "data", "oauth"), log: &lockedBuffer{}, now: noon}
	t.Cleanup(d.searchSecrets)
	return d
}

// searchSecrets looks for tokens, codes and secrets in all that was said.
func (d *desk) searchSecrets() {
	said := map[string]string{"the log": d.log.b.String(), "an error": strings.Join(d.said, "\n")}
	notes, err := filepath.Glob(filepath.Join(d.folder, "*.trouble"))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, file := range notes {
		text, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		said[file] = string(text)
	}
	for where, text := range said {
		for _, s := range d.issuer.secrets {
			if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(s))[:20]) {
				d.t.Errorf("%s has the secret %s in it:\n%s", where, s, text)
			}
		}
	}
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// options are those of the desk's account.
func (d *desk) options() Options {
	return Options{
		Name: "support", Provider: Custom, ClientID: "mailgw", User: "support@example.com",
		AuthURL: "https://id.example/authorize", TokenURL: "https://id.example/token", DeviceURL: "https://id.example/device", Scopes: []string{"mail"},
		Folder: d.folder, Transport: through{d.issuer}, Now: d.clock, Random: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// account makes the account, as a process that has just begun has it.
func (d *desk) account(change ...func(*Options)) *Account {
	o := d.options()
	for _, c := range change {
		c(&o)
	}
	a := New(o)
	d.t.Cleanup(a.Close)
	return a
}

// login puts a login there, whose access token ends in an hour.
func (d *desk) login() record {
	d.issuer.mu.Lock()
	r := record{
		Account: "support", User: "support@example.com", ClientID: "mailgw", Login: d.clock(), Got: d.clock(), Expires: d.clock().Add(time.Hour),
		Refresh: d.issuer.login(), Access: d.issuer.secret("access"),
	}
	d.issuer.mu.Unlock()
	at := disk{folder: d.folder}
	if err := at.make(); err != nil {
		d.t.Fatal(err)
	}
	if err := at.write("support", &r); err != nil {
		d.t.Fatal(err)
	}
	return r
}

// kept is the record on the disk.
func (d *desk) kept() record {
	d.t.Helper()
	r, err := (&disk{folder: d.folder}).read("support")
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// token is an access token that there must be.
func (d *desk) token(a *Account) string {
	d.t.Helper()
	tok, err := a.Token(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return tok
}

// fails is the error of a Token that there must not be.
func (d *desk) fails(a *Account, kind error) *Error {
	d.t.Helper()
	tok, err := a.Token(context.Background())
	return d.isError(err, kind, tok)
}

// isError notes an error, and wants it to be of a kind.
func (d *desk) isError(err, kind error, tok string) *Error {
	d.t.Helper()
	var e *Error
	d.said = append(d.said, fmt.Sprintf("%v %+v %#v", err, err, err))
	if tok != "" || !errors.As(err, &e) || !errors.Is(err, kind) {
		d.t.Fatalf("token %q, error %v, want one that says: %v", tok, err, kind)
	}
	return e
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

// status makes an answer of an issuer.
func status(code int, header, body string) func(int, http.ResponseWriter, url.Values) bool {
	return func(_ int, out http.ResponseWriter, _ url.Values) bool {
		out.Header().Set("Content-Type", "application/json")
		if name, value, ok := strings.Cut(header, ": "); ok {
			out.Header().Set(name, value)
		}
		out.WriteHeader(code)
		if _, err := io.WriteString(out, body); err != nil {
			panic(err)
		}
		return true
	}
}
