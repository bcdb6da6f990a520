package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"supportgw/mailgw"
)

// provider is a provider of tokens and, behind them, of a smarthost that lets nobody
// in without.
type provider struct {
	mu      sync.Mutex
	n       int
	down    bool
	refresh string   // the one refresh token that is taken, for one time
	access  []string // tokens that the smarthost takes
	gave    []string // all tokens that were ever given
	code    string   // of the browser
	refused int      // logins that the smarthost refused
	bearer  bool     // the smarthost has OAUTHBEARER, and not XOAUTH2
	epoch   int      // of the smarthost's connections: older ones are closed
	mails   map[string]int
	took    chan struct{} // one for each mail
}

func newProvider(t *testing.T) (p *provider, issuer, smarthost string) {
	t.Helper()
	p = &provider{mails: map[string]int{}, took: make(chan struct{}, 100)}
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	hop := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &hopSession{p: p}, nil }))
	hop.AllowInsecureAuth = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- hop.Serve(l) }()
	t.Cleanup(func() {
		if err := hop.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return p, web.URL, l.Addr().String()
}

func (p *provider) secret(kind string) string {
	p.n++
	s := fmt.Sprintf("%s-token-%d-%s", kind, p.n, strings.Repeat("k", 30))
	p.gave = append(p.gave, s)
	return s
}

// ServeHTTP is the issuer.
func (p *provider) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	say := func(status int, body map[string]any) {
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(body) // who asked sees it
	}
	grant := req.FormValue("grant_type")
	switch {
	case p.down:
		say(503, nil)
	case req.URL.Path == "/device":
		say(200, map[string]any{"device_code": p.secret("device"), "user_code": "ABCD-EFGH", "verification_uri": "https://id.example/activate", "interval": 1})
	case grant == "refresh_token" && (req.FormValue("refresh_token") != p.refresh || p.refresh == ""),
		grant == "authorization_code" && req.FormValue("code") != p.code:
		say(400, map[string]any{"error": "invalid_grant", "error_description": "revoked: " + req.FormValue("refresh_token")})
	default:
		p.refresh = p.secret("refresh")
		p.access = append(p.access, p.secret("access"))
		say(200, map[string]any{"access_token": p.access[len(p.access)-1], "token_type": "Bearer", "expires_in": 3600, "refresh_token": p.refresh, "refresh_token_expires_in": 604800})
	}
}

// change changes what the provider does.
func (p *provider) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
}

// hopSession is a connection to the smarthost.
type hopSession struct {
	p     *provider
	in    bool
	epoch int
	rcpt  []string
}

func (s *hopSession) AuthMechanisms() []string {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.bearer {
		return []string{"OAUTHBEARER"}
	}
	return []string{"XOAUTH2"}
}

func (s *hopSession) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == "XOAUTH2" {
		return &hopAuth{s: s}, nil
	}
	return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		if o.Username == "support@example.com" && slices.Contains(s.p.access, o.Token) {
			s.in, s.epoch = true, s.p.epoch
			return nil
		}
		s.p.refused++
		return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
	}), nil
}

// hopAuth is the server's side of XOAUTH2, as Google has it.
type hopAuth struct {
	s      *hopSession
	failed bool
}

func (a *hopAuth) Next(response []byte) (challenge []byte, done bool, err error) {
	if a.failed {
		return nil, true, &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Username and Password not accepted"}
	}
	if response == nil {
		return []byte{}, false, nil
	}
	a.s.p.mu.Lock()
	defer a.s.p.mu.Unlock()
	for _, token := range a.s.p.access {
		if string(response) == "user=support@example.com\x01auth=Bearer "+token+"\x01\x01" {
			a.s.in, a.s.epoch = true, a.s.p.epoch
			return nil, true, nil
		}
	}
	a.failed = true
	a.s.p.refused++
	return []byte(`{"status":"400","schemes":"Bearer"}`), false, nil
}

func (s *hopSession) Mail(string, *smtp.MailOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	switch {
	case !s.in:
		return smtp.ErrAuthRequired
	case s.epoch != s.p.epoch:
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closing"}
	}
	s.rcpt = nil
	return nil
}

func (s *hopSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.rcpt = append(s.rcpt, to)
	return nil
}

var messageID = regexp.MustCompile(`(?i)\r\nmessage-id: (\S+)`)

func (s *hopSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	for _, to := range s.rcpt {
		s.p.mails[to+" "+messageID.FindStringSubmatch("\r\n" + string(b))[1]]++
	}
	s.p.took <- struct{}{}
	return nil
}

func (s *hopSession) Reset()        { s.rcpt = nil }
func (s *hopSession) Logout() error { return nil }

// oauthSite is a gateway whose mail leaves through the provider's smarthost.
type oauthSite struct {
	*site
	p    *provider
	said strings.Builder // all that commands have printed
}

func newOAuthSite(t *testing.T) *oauthSite {
	p, issuer, smarthost := newProvider(t)
	g := &oauthSite{site: newSite(t), p: p}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the-clients-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.gave = append(p.gave, "the-clients-secret")
	g.flags = append(g.flags, "--set", fmt.Sprintf(`oauth=[{name="support", provider="custom", user="support@example.com", client_id="mailgw", client_secret_file=%q, auth_url="%s/auth", token_url="%s/token", device_url="%s/device", scopes=["mail"]}]`, secret, issuer, issuer, issuer),
		"--set", `relay.kind="smtp"`, "--set", `relay.tls="off"`, "--set", fmt.Sprintf("relay.address=%q", smarthost), "--set", `relay.oauth="support"`, "--set", `outbox.yield="0s"`)
	return g
}

// run runs a command, and keeps what it prints for the search.
func (g *oauthSite) run(stdin string, args ...string) outcome {
	g.t.Helper()
	o := call(g.t, stdin, append(args, g.flags...)...)
	g.said.WriteString(o.stdout + o.stderr)
	return o
}

// waits has what waits tried, until the list of it says why it does not leave.
func (g *oauthSite) waits(want string) {
	g.t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if o := g.run("", "outbox", "list"); strings.Contains(o.stdout, want) {
			return
		} else if time.Since(begun) > time.Minute {
			g.t.Fatalf("mail does not come to wait for %q: %+v", want, o)
		}
		if o := g.run("", "outbox", "retry", "--all"); o.status != exitDone {
			g.t.Fatalf("%+v", o)
		}
	}
}

// leave has what waits tried now, until so many mails have left.
func (g *oauthSite) leave(n int) {
	g.t.Helper()
	for begun := time.Now(); n > 0; {
		if o := g.run("", "outbox", "retry", "--all"); o.status != exitDone {
			g.t.Fatalf("%+v", o)
		}
		again := time.After(200 * time.Millisecond) // one that was under way has a pause again
		for waiting := true; n > 0 && waiting; {
			select {
			case <-g.p.took:
				n--
			case <-again:
				waiting = false
			}
		}
		if time.Since(begun) > time.Minute {
			g.t.Fatalf("%d mails have not left: %+v", n, g.run("", "outbox", "list"))
		}
	}
}

// TestOAuthRelay plays the life of a login: there is none, it is made, its token is
// refused, the provider is down, the login is taken back. Mail waits each time, says
// why, and then leaves, once.
func TestOAuthRelay(t *testing.T) {
	g := newOAuthSite(t)
	log := &watchedLog{found: make(chan string, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve"}, g.flags...), strings.NewReader(""), io.Discard, log)
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		if status := <-ended; status != exitDone {
			t.Errorf("serve ended with status %d", status)
		}
	})
	t.Cleanup(stop)
	select {
	case g.smtp = <-log.found:
	case <-time.After(time.Minute):
		t.Fatal("serve is not ready")
	}

	g.send("rosa@acme.example", outage)
	g.waits("mailgw oauth login support")
	if got := g.run("", "oauth", "list").stdout; !regexp.MustCompile(`(?m)^support       custom     no login          -                       support@example\.com\n {14}last error, .*: oauth "support": the login must be done again: nobody has logged in yet; run: mailgw oauth login support$`).MatchString(got) {
		t.Errorf("without a login: %s", got)
	}
	if got := g.run("", "oauth", "refresh", "support"); got.status != exitFailed || got.stderr != "mailgw: oauth \"support\": the login must be done again: nobody has logged in yet; run: mailgw oauth login support\n" {
		t.Errorf("%+v", got)
	}
	got := g.run("", "oauth", "login", "support")
	if got.status != exitDone || !regexp.MustCompile(`^Open https://id\.example/activate\nand type the code ABCD-EFGH there, before .*\.\nlogged in: support@example\.com \(support\); the access token ends: 20.*, the login ends: 20.*\n$`).MatchString(got.stdout) {
		t.Fatalf("%+v", got)
	}
	g.leave(3) // the acknowledgement, the notice and the page

	// The smarthost forgets the token: it is renewed, and nobody notices.
	g.p.change(func() { g.p.access, g.p.refused = nil, 0 })
	g.closeConnections()
	g.send("joe@elsewhere.example", question)
	g.leave(2)
	g.p.change(func() {
		if g.p.refused == 0 || len(g.p.access) != 1 { // two connections may have found it refused
			t.Errorf("%d logins refused, %d tokens got for that, want 1", g.p.refused, len(g.p.access))
		}
	})

	// Refused, and the provider is down: mail waits. Then it is up again. A token that
	// is a minute old at most and was got for a refusal would not be exchanged.
	if got := g.run("", "oauth", "refresh", "support"); got.status != exitDone {
		t.Errorf("%+v", got)
	}
	g.p.change(func() { g.p.access, g.p.down = nil, true })
	g.closeConnections()
	g.send("joe@elsewhere.example", strings.ReplaceAll(question, "question", "second"))
	g.waits("answers 503")
	if got := g.run("", "oauth", "list").stdout; !strings.Contains(got, "answers 503; the provider is asked again at") {
		t.Errorf("while it is down: %s", got)
	}
	if got := g.run("", "oauth", "refresh", "support"); got.status != exitFailed || !regexp.MustCompile(`^mailgw: oauth "support": 127\.0\.0\.1:\d+ answers 503\n$`).MatchString(got.stderr) {
		t.Errorf("%+v", got)
	}
	g.p.change(func() { g.p.down = false })
	if got := g.run("", "oauth", "refresh", "support"); got.status != exitDone || !strings.HasPrefix(got.stdout, "renewed: support@example.com (support); the access token ends: 20") {
		t.Errorf("%+v", got)
	}
	g.leave(2)

	// The login is taken back: mail waits until somebody has logged in.
	g.p.change(func() { g.p.access, g.p.refresh = nil, "" })
	g.closeConnections()
	g.send("joe@elsewhere.example", strings.ReplaceAll(question, "question", "third"))
	g.waits("answers 400 invalid_grant (revoked: [secret]); run: mailgw oauth login support")
	if got := g.run("", "oauth", "refresh", "support"); got.status != exitFailed || !strings.Contains(got.stderr, "invalid_grant") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("%+v", got)
	}
	checkKeys(t, "oauth list", g.run("", "oauth", "list", "--json").stdout, map[string]string{"": "account provider user logged_in renewed access_ends ends end_of warning error_at error"})
	g.browserLogin()
	g.leave(2)
	if got := g.run("", "oauth", "list").stdout; !regexp.MustCompile(`^NAME .*\nsupport       custom     20..-..-.. ..:..  20..-..-.. ..:..        support@example\.com\n {14}the login ends within 7 days; run: mailgw oauth login support\n$`).MatchString(got) {
		t.Errorf("after the login: %s", got)
	}
	stop()

	for mail, n := range g.p.mails {
		if n != 1 {
			t.Errorf("%s has left %d times", mail, n)
		}
	}
	if !strings.Contains(log.text(), "no access token") {
		t.Error("the log says nothing of it: the search finds nothing")
	}
	g.searchSecrets(log.text())
}

// closeConnections has the outbox log in anew for the next mail.
func (g *oauthSite) closeConnections() {
	g.t.Helper()
	g.p.change(func() { g.p.epoch++ })
}

// browserLogin logs in with a browser on another machine, whose last address is pasted.
func (g *oauthSite) browserLogin() {
	g.t.Helper()
	in, typed := io.Pipe()
	out := &prompt{urls: make(chan string, 1)}
	var err bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(g.t.Context(), append([]string{"oauth", "login", "support", "--browser"}, g.flags...), in, out, &err)
	}()
	u, perr := url.Parse(<-out.urls)
	if perr != nil {
		g.t.Fatal(perr)
	}
	code := "code-of-the-browser-0123456789"
	g.p.change(func() { g.p.code, g.p.gave = code, append(g.p.gave, code) })
	for _, line := range []string{"what?", u.Query().Get("redirect_uri") + "/?code=" + code + "&state=guessed", u.Query().Get("redirect_uri") + "/?code=" + code + "&state=" + u.Query().Get("state")} {
		if _, werr := io.WriteString(typed, line+"\n"); werr != nil {
			g.t.Fatal(werr)
		}
	}
	status := <-ended
	if cerr := errors.Join(typed.Close(), in.Close()); cerr != nil {
		g.t.Error(cerr)
	}
	g.said.WriteString(out.text() + err.String())
	if status != exitDone || !strings.Contains(out.text(), "logged in: support@example.com (support)") || strings.Count(err.String(), "mailgw: this ") != 2 {
		g.t.Fatalf("status %d: %s%s", status, out.text(), err.String())
	}
}

// prompt is a terminal on which a URL appears.
type prompt struct {
	mu   sync.Mutex
	all  bytes.Buffer
	urls chan string
}

var aURL = regexp.MustCompile(`(?m)^http\S+$`)

func (s *prompt) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := aURL.Find(b); found != nil {
		s.urls <- string(found)
	}
	return s.all.Write(b)
}

func (s *prompt) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// searchSecrets looks for tokens, codes and secrets in all that was printed and logged.
func (g *oauthSite) searchSecrets(log string) {
	g.t.Helper()
	for _, s := range g.p.gave {
		for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s))[:16]} {
			if strings.Contains(log, form) || strings.Contains(g.said.String(), form) {
				g.t.Errorf("%s is told", s)
			}
		}
	}
	if len(g.p.gave) < 10 {
		g.t.Errorf("%d secrets only", len(g.p.gave))
	}
}

// TestOAuthBearerRelay: a smarthost that has the mechanism of the RFC alone.
func TestOAuthBearerRelay(t *testing.T) {
	g := newOAuthSite(t)
	g.p.bearer = true
	if got := g.run("", "oauth", "login", "support"); got.status != exitDone {
		t.Fatalf("%+v", got)
	}
	g.p.access = nil // it is refused, and renewed
	g.serve()
	g.send("joe@elsewhere.example", question)
	g.leave(2)
	g.stop()
	if g.p.refused == 0 || len(g.p.access) != 1 { // two connections may have found it refused
		t.Errorf("%d logins refused, %d tokens got for that, want 1", g.p.refused, len(g.p.access))
	}
}

// TestOAuthLoginFirst: one logs in before the gateway was ever started.
func TestOAuthLoginFirst(t *testing.T) {
	g := newOAuthSite(t)
	if got := g.run("", "oauth", "login", "support", "--json"); got.status != exitDone || !strings.HasPrefix(got.stdout, `{"url":"https://id.example/activate","code":"ABCD-EFGH","ends":"`) || strings.Count(got.stdout, "\n") != 2 {
		t.Errorf("%+v", got)
	}
	for file, want := range map[string]os.FileMode{"oauth": 0o700, "oauth/support.json": 0o600} {
		if info, err := os.Stat(filepath.Join(g.data, file)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", file, info, err)
		}
	}
	if got := g.run("", "oauth", "login", "suport"); got.status != exitUsage || got.stderr != "mailgw: there is no [[oauth]] \"suport\"; write support\n" {
		t.Errorf("%+v", got)
	}
	if got := g.run("", "check"); got.status != exitDone || strings.Contains(got.stdout, "nobody has logged in") {
		t.Errorf("%+v", got)
	}
	names := call(t, "", append(append([]string{"__completeNoDesc"}, g.flags...), "oauth", "refresh", "s")...)
	if fields := strings.Fields(names.stdout); !slices.Equal(fields, []string{"support", ":4"}) {
		t.Errorf("%v", fields)
	}
	for end, want := range map[string]string{"unused": "2027-02-03 unless used", "secret": "2027-02-03 (secret)", "login": "2027-02-03 04:05"} {
		at := time.Date(2027, 2, 3, 4, 5, 0, 0, time.Local)
		if got := loginEnds(&mailgw.OAuthView{Ends: &at, EndOf: &end}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := loginEnds(&mailgw.OAuthView{}); got != "not known" {
		t.Error(got)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, stderr bytes.Buffer
	if status := run(ctx, append([]string{"oauth", "login", "support"}, g.flags...), strings.NewReader(""), &out, &stderr); status != exitFailed || stderr.String() != "mailgw: the login was broken off; nothing was changed\n" {
		t.Errorf("%d %s", status, stderr.String())
	}
}
