package oauth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// aDevice is a device endpoint's answer (RFC 8628 §3.2).
func (d *desk) aDevice(change ...any) {
	code := d.issuer.secret("device")
	d.issuer.device = map[string]any{
		"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": "https://id.example/activate", "expires_in": 900, "interval": 5,
	}
	for i := 0; i < len(change); i += 2 {
		d.issuer.device[change[i].(string)] = change[i+1]
		if change[i+1] == nil {
			delete(d.issuer.device, change[i].(string))
		}
	}
}

// TestDevice plays the login by a code for another machine: what the issuer says while
// the person types, and when it is asked.
func TestDevice(t *testing.T) {
	const pending, slow = `{"error":"authorization_pending"}`, `{"error":"slow_down"}`
	for name, c := range map[string]struct {
		device  []any    // changes of the first answer
		answers []string // at last a token; a number is a status
		at      string   // when it is asked, in seconds
		kind    error
		says    string
	}{
		"at once":       {nil, nil, "5", nil, ""},
		"pending":       {nil, []string{pending, pending}, "5 10 15", nil, ""},
		"slow down":     {nil, []string{slow, pending, slow, pending}, "5 15 25 40 55", nil, ""},
		"interval":      {[]any{"interval", 20}, []string{pending}, "20 40", nil, ""},
		"no interval":   {[]any{"interval", nil}, []string{pending}, "5 10", nil, ""},
		"away":          {nil, []string{pending, "500", "503", pending}, "5 10 40 100 160", nil, ""},
		"denied":        {nil, []string{pending, `{"error":"access_denied"}`}, "5 10", ErrDenied, "access_denied; run again: mailgw oauth login support"},
		"declined":      {nil, []string{`{"error":"authorization_declined"}`}, "5", ErrDenied, "authorization_declined"},
		"code ended":    {nil, []string{pending, `{"error":"expired_token"}`}, "5 10", ErrTooLate, "expired_token"},
		"code unknown":  {nil, []string{`{"error":"invalid_grant"}`}, "5", ErrTooLate, "the code is no longer valid"},
		"nobody types":  {[]any{"expires_in", 12}, []string{pending, pending, pending, pending}, "5 10", ErrTooLate, "nobody has typed the code in time"},
		"no end told":   {[]any{"expires_in", nil, "interval", 250}, []string{pending, pending, pending, pending, pending}, "250 500 750", ErrTooLate, "in time"},
		"wrong client":  {nil, []string{`{"error":"invalid_client"}`}, "5", ErrSetup, "invalid_client"},
		"no refresh":    {nil, []string{`{"access_token":"abcdefgh","token_type":"Bearer"}`}, "5", ErrSetup, "gave no refresh token"},
		"no code":       {[]any{"user_code", nil}, nil, "", ErrForNow, "lacks device_code, user_code or verification_uri"},
		"no page":       {[]any{"verification_uri", nil}, nil, "", ErrForNow, "malformed"},
		"an older name": {[]any{"verification_uri", nil, "verification_url", "https://id.example/activate"}, nil, "5", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.aDevice(c.device...)
				begun := time.Now()
				var at []string
				d.issuer.answer = func(asked int, out http.ResponseWriter, form url.Values) bool {
					at = append(at, strconv.Itoa(int(time.Since(begun).Round(time.Second)/time.Second)))
					if form.Get("device_code") != d.issuer.device["device_code"] || form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" {
						t.Errorf("asked with %v", form)
					}
					if asked > len(c.answers) {
						return false
					}
					switch body := c.answers[asked-1]; body[0] {
					case '5':
						return status(int(body[0]-'0')*100+int(body[2]-'0'), "", "")(asked, out, form)
					default:
						return status(map[bool]int{true: 400, false: 200}[strings.Contains(body, "error")], "", body)(asked, out, form)
					}
				}
				a := d.account()
				var shown DevicePrompt
				err := a.LoginByDevice(t.Context(), func(p DevicePrompt) error { shown = p; return nil })
				equal(t, "asked at", strings.Join(at, " "), c.at)
				if c.kind != nil {
					contains(t, d.isError(err, c.kind, "").Error(), c.says)
					if _, err := os.Stat(filepath.Join(d.folder, "support.json")); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("something is kept: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "shown", shown.URL+" "+shown.Code, "https://id.example/activate WDJB-MJHT")
				equal(t, "scope", d.issuer.forms[0].Get("scope"), "mail")
				equal(t, "token", d.token(a), d.kept().Access)
				equal(t, "in another process", d.token(d.account()), d.kept().Access)
			})
		})
	}
}

// TestDeviceInterval: an interval of no sense is the usual one.
func TestDeviceInterval(t *testing.T) {
	for _, interval := range []int{-1, 0, 1 << 40} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.aDevice("interval", interval)
			begun := time.Now()
			if err := d.account().LoginByDevice(t.Context(), func(DevicePrompt) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took != 5*time.Second && took != 5*time.Minute {
				t.Errorf("%d: it took %s", interval, took)
			}
		})
	}
}

// TestDeviceAway: the network may break while the person types, and the person may break off.
func TestDeviceAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.aDevice()
		broken := 3
		a := d.account(func(o *Options) {
			o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				if broken--; broken < 2 && broken >= 0 {
					return nil, io.ErrUnexpectedEOF
				}
				return through{d.issuer}.RoundTrip(req)
			})
		})
		if err := a.LoginByDevice(t.Context(), func(DevicePrompt) error { return nil }); err != nil {
			t.Fatal(err)
		}
		d.issuer.answer = status(400, "", `{"error":"authorization_pending"}`)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		before := d.kept()
		if err := a.LoginByDevice(ctx, func(DevicePrompt) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if d.kept() != before {
			t.Error("the login before is gone")
		}
		no := errors.New("no terminal")
		if err := a.LoginByDevice(t.Context(), func(DevicePrompt) error { return no }); !errors.Is(err, no) {
			t.Errorf("%v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// visit is a person with a browser at the issuer: it gives a code, and where the browser
// is sent with it.
func (d *desk) visit(t *testing.T, at string) (redirect *url.URL, asked url.Values) {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	asked = u.Query()
	redirect, err = url.Parse(asked.Get("redirect_uri"))
	if err != nil {
		t.Fatal(err)
	}
	d.issuer.mu.Lock()
	defer d.issuer.mu.Unlock()
	code := d.issuer.secret("code")
	d.issuer.codes[code] = asked
	redirect.RawQuery = url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode()
	return redirect, asked
}

// get is what a browser is shown.
func get(t *testing.T, u *url.URL, change func(url.Values)) (int, string) {
	t.Helper()
	v, q := *u, u.Query()
	if change != nil {
		change(q)
	}
	v.RawQuery = q.Encode()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get(v.String())
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(b)
}

// TestBrowser plays the login with a browser over real connections. What has another
// state, no code or another way is let alone, and the login goes on.
func TestBrowser(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	d := newDesk(t)
	srv.Config.Handler = d.issuer
	srv.Start()
	defer srv.Close()
	for _, provider := range []string{Custom, Google, Microsoft} {
		a := d.account(func(o *Options) {
			o.Provider, o.AuthURL, o.TokenURL, o.Transport = provider, srv.URL+"/authorize", srv.URL+"/token", &http.Transport{DisableKeepAlives: true}
		})
		var browser sync.WaitGroup
		err := a.LoginByBrowser(t.Context(), BrowserIO{Show: func(at string) error {
			redirect, asked := d.visit(t, at)
			host := map[string]string{Microsoft: "localhost"}[provider]
			if host == "" {
				host = "127.0.0.1"
			}
			if redirect.Hostname() != host || redirect.Scheme != "http" || redirect.Path != "" {
				t.Errorf("sent to %s", redirect)
			}
			equal(t, "user", asked.Get("login_hint"), "support@example.com")
			equal(t, "offline", asked.Get("access_type") == "offline", provider == Google)
			if len(asked.Get("state")) < 22 || len(asked.Get("code_challenge")) != 43 {
				t.Errorf("asked with %v", asked)
			}
			browser.Go(func() { // Show must return before anything is waited for
				for _, wrong := range []func(url.Values){
					func(v url.Values) { v.Set("state", "x"+v.Get("state")[1:]) }, func(v url.Values) { v.Del("state") },
					func(v url.Values) { v.Set("state", strings.ToLower(v.Get("state"))) }, func(v url.Values) { v.Del("code") },
					func(v url.Values) { v.Set("error", "access_denied"); v.Set("state", "x") },
				} {
					if code, body := get(t, redirect, wrong); code != 400 || strings.Contains(body, asked.Get("state")) {
						t.Errorf("%d %s", code, body)
					}
				}
				equal(t, "requests so far", d.issuer.requests(), map[string]int{Custom: 0, Google: 1, Microsoft: 2}[provider])
				if code, body := get(t, redirect, nil); code != 200 || !strings.Contains(body, "look at the terminal") {
					t.Errorf("%d %s", code, body)
				}
			})
			return nil
		}})
		browser.Wait()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "token", d.token(a), d.kept().Access)
	}
}

// TestBrowserPasted: a browser on another machine cannot reach us, so its address is pasted.
func TestBrowserPasted(t *testing.T) {
	d := newDesk(t)
	a := d.account()
	lines := make(chan string)
	var wrong []string
	err := a.LoginByBrowser(t.Context(), BrowserIO{Pasted: lines, Wrong: func(err error) { wrong = append(wrong, err.Error()) }, Show: func(at string) error {
		redirect, asked := d.visit(t, at)
		d.issuer.secrets = append(d.issuer.secrets, asked.Get("state"))
		go func() {
			lines <- "yes"
			lines <- strings.Replace(redirect.String(), "state=", "state=x", 1)
			lines <- "http://127.0.0.1:1/?state=" + asked.Get("state")
			lines <- "  " + redirect.String() + "  "
		}()
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "said", strings.Join(wrong, "; "), "this is not the URL that the browser was sent to; it begins with http:// and has code= and state= in it; this belongs to another login, or to none; it has no code")
	equal(t, "token", d.token(a), d.kept().Access)
	d.said = append(d.said, wrong...)
}

// TestBrowserFails: the person says no, the code is none, nobody comes.
func TestBrowserFails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *desk, v url.Values)
		kind   error
		says   string
	}{
		"denied":      {func(_ *desk, v url.Values) { v.Del("code"); v.Set("error", "access_denied") }, ErrDenied, "access_denied"},
		"scope":       {func(_ *desk, v url.Values) { v.Set("error", "invalid_scope") }, ErrSetup, "invalid_scope"},
		"away":        {func(_ *desk, v url.Values) { v.Set("error", "temporarily_unavailable") }, ErrForNow, "temporarily_unavailable"},
		"wrong code":  {func(_ *desk, v url.Values) { v.Set("code", "guessed") }, ErrTooLate, "does not take the code"},
		"issuer down": {func(d *desk, _ url.Values) { d.issuer.answer = status(500, "", "") }, ErrForNow, "answers 500"},
		"no refresh token": {func(d *desk, _ url.Values) {
			d.issuer.answer = status(200, "", `{"access_token":"abcdefgh","token_type":"Bearer"}`)
		}, ErrSetup, "no refresh token"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			before := d.login()
			lines := make(chan string, 1)
			err := d.account().LoginByBrowser(t.Context(), BrowserIO{Pasted: lines, Show: func(at string) error {
				redirect, _ := d.visit(t, at)
				q := redirect.Query()
				c.change(d, q)
				redirect.RawQuery = q.Encode()
				lines <- redirect.String()
				return nil
			}})
			contains(t, d.isError(err, c.kind, "").Error(), c.says)
			if d.kept() != before {
				t.Error("the login before is gone")
			}
		})
	}
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	err := d.account().LoginByBrowser(ctx, BrowserIO{Show: func(string) error { stop(); return nil }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	contains(t, d.isError(d.account(func(o *Options) { o.AuthURL = "" }).LoginByBrowser(t.Context(), BrowserIO{}), ErrSetup, "").Error(), "no auth_url")
	contains(t, d.isError(d.account(func(o *Options) { o.DeviceURL = "" }).LoginByDevice(t.Context(), nil), ErrSetup, "").Error(), "no device_url")
}

// TestLoginWhileRenewing: a login that is made while another process asks with the one
// before is not written over by what comes of that.
func TestLoginWhileRenewing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.issuer.rotates, d.issuer.lenient = true, true
		d.login()
		d.pass(time.Hour)
		d.aDevice()
		goOn := make(chan struct{})
		d.issuer.answer = func(_ int, _ http.ResponseWriter, form url.Values) bool {
			if form.Get("grant_type") == "refresh_token" {
				<-goOn
			}
			return false
		}
		renewing := d.account()
		done := make(chan error)
		go func() { _, err := renewing.Token(context.Background()); done <- err }()
		synctest.Wait()
		time.AfterFunc(20*time.Second, func() { close(goOn) })
		if err := d.account().LoginByDevice(t.Context(), func(DevicePrompt) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		equal(t, "kept since", d.kept().Login.Equal(d.clock()), true)
		equal(t, "refresh token", d.kept().Refresh, d.issuer.live[1])
	})
}

// TestProviders: where the providers are, and what they are asked for.
func TestProviders(t *testing.T) {
	o := Options{Provider: Microsoft, Tenant: "example.onmicrosoft.com"}
	o.fill()
	equal(t, "microsoft", o.AuthURL+" "+o.TokenURL+" "+o.DeviceURL, "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/authorize https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/devicecode")
	equal(t, "scopes", o.Scopes, "[https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access]")
	o = Options{Provider: Microsoft}
	o.fill()
	contains(t, o.TokenURL, "/common/")
	o = Options{Provider: Google, TokenURL: "https://127.0.0.1/token"}
	o.fill()
	equal(t, "google", o.AuthURL+" "+o.TokenURL, "https://accounts.google.com/o/oauth2/auth https://127.0.0.1/token")
	equal(t, "scopes", o.Scopes, "[https://mail.google.com/]")
}
