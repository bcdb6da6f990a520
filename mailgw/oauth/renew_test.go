package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestToken: a token is asked for when there is none that will be good for a while,
// and not before.
func TestToken(t *testing.T) {
	d := newDesk(t)
	a := d.account()
	contains(t, d.fails(a, ErrLogin).Error(), `oauth "support": the login must be done again`, "nobody has logged in yet", "run: mailgw oauth login support")
	first := d.login()
	equal(t, "token", d.token(a), first.Access)
	d.pass(54 * time.Minute)
	equal(t, "six minutes before the end", d.token(a), first.Access)
	equal(t, "requests", d.issuer.requests(), 0)
	d.pass(2 * time.Minute)
	second := d.token(a)
	equal(t, "another one, four minutes before the end", second != first.Access, true)
	equal(t, "again", d.token(a), second)
	equal(t, "requests", d.issuer.requests(), 1)
	r := d.kept()
	equal(t, "kept", r.Access, second)
	equal(t, "refresh token", r.Refresh, first.Refresh) // the issuer gave no other one
	equal(t, "ends", r.Expires, d.clock().Add(time.Hour))
	equal(t, "another process", d.token(d.account()), second)
	equal(t, "requests", d.issuer.requests(), 1)
	if err := a.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "requests by hand", d.issuer.requests(), 2)
	contains(t, d.log.b.String(), "access token renewed", "account=support")
}

// TestLifetimes: short lives have a short margin; one that is not told ends within a day.
func TestLifetimes(t *testing.T) {
	for _, c := range []struct {
		lifetime any
		good     time.Duration // for which no other one is asked for
	}{
		{3600, 55 * time.Minute}, {"3600", 55 * time.Minute}, {60, 40 * time.Second}, {900, 10 * time.Minute},
		{nil, 24 * time.Hour}, {0, 24 * time.Hour}, {-5, 24 * time.Hour}, {int64(1) << 40, 1 << 31 * time.Second},
	} {
		t.Run(fmt.Sprint(c.lifetime), func(t *testing.T) {
			d := newDesk(t)
			d.login()
			d.pass(time.Hour)
			d.issuer.lifetime = c.lifetime
			a := d.account()
			tok := d.token(a)
			d.pass(min(c.good, 1000*24*time.Hour) - time.Second)
			equal(t, "before", d.token(a), tok)
			if c.good < 48*time.Hour {
				d.pass(2 * time.Second)
				equal(t, "after", d.token(a) != tok, true)
			}
		})
	}
}

// TestFormAnswer: some issuers answer as forms.
func TestFormAnswer(t *testing.T) {
	d := newDesk(t)
	d.login()
	d.pass(time.Hour)
	d.issuer.answer = func(_ int, out http.ResponseWriter, _ url.Values) bool {
		out.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		fmt.Fprint(out, url.Values{"access_token": {"form-token"}, "token_type": {"bearer"}, "expires_in": {"600"}, "refresh_token_expires_in": {"1000"}}.Encode())
		return true
	}
	equal(t, "token", d.token(d.account()), "form-token")
	equal(t, "ends", d.kept().Expires, d.clock().Add(10*time.Minute))
	equal(t, "login ends", d.kept().LoginEnds, d.clock().Add(1000*time.Second))
}

// TestRotation: the issuer forgets a refresh token when it was used once; the next one
// is used then, by this process and by another.
func TestRotation(t *testing.T) {
	d := newDesk(t)
	d.issuer.rotates = true
	first := d.login()
	a := d.account()
	for range 3 {
		d.pass(time.Hour)
		tok := d.token(a)
		equal(t, "kept", d.kept().Access, tok)
	}
	d.pass(time.Hour)
	d.token(d.account())
	equal(t, "requests", d.issuer.requests(), 4)
	if d.kept().Refresh == first.Refresh || d.kept().Refresh != d.issuer.live[0] {
		t.Error("the refresh token that is kept is not the last one")
	}
	d.pass(time.Hour)
	d.token(a) // another process has used the one that this one had
	equal(t, "requests", d.issuer.requests(), 5)
}

// TestPersistedBeforeUse: whatever step of keeping a token fails, nobody gets the token
// until it is on the disk, and the issuer is not asked again for it.
func TestPersistedBeforeUse(t *testing.T) {
	for _, failing := range []string{stepCreate, stepWrite, stepSync, stepRename, stepFolder} {
		t.Run(failing, func(t *testing.T) {
			d := newDesk(t)
			d.issuer.rotates = true
			first := d.login()
			d.pass(time.Hour)
			a := d.account()
			full := true
			a.disk.fault = func(step string) error {
				if full && step == failing {
					return syscall.ENOSPC
				}
				return nil
			}
			for range 3 {
				contains(t, d.fails(a, ErrForNow).Error(), "not used until it is on the disk", "no space left")
				if r := d.kept(); failing != stepFolder && r != first {
					t.Error("the file has changed")
				}
			}
			full = false
			tok := d.token(a)
			equal(t, "kept", d.kept().Access, tok)
			equal(t, "requests", d.issuer.requests(), 1)
			d.pass(time.Hour)
			d.token(a)
			equal(t, "requests", d.issuer.requests(), 2)
			if left, err := filepath.Glob(filepath.Join(d.folder, "*.new")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// TestOldTokenWhileFull: a token that has not ended does while the disk is full.
func TestOldTokenWhileFull(t *testing.T) {
	d := newDesk(t)
	first := d.login()
	a := d.account()
	a.disk.fault = func(string) error { return syscall.ENOSPC }
	d.pass(57 * time.Minute)
	equal(t, "token", d.token(a), first.Access)
	equal(t, "requests", d.issuer.requests(), 1)
	d.pass(4 * time.Minute)
	d.fails(a, ErrForNow)
}

// TestCrash takes a copy of the folder at each step, as a power cut would leave it at
// worst, and goes on with the copy: the login is there, and once the token's file has
// its name, the issuer is not asked again.
func TestCrash(t *testing.T) {
	d := newDesk(t)
	d.issuer.rotates, d.issuer.lenient = true, true
	d.login()
	d.pass(time.Hour)
	copies := map[string]string{}
	snapshot := func(step string) {
		to := filepath.Join(t.TempDir(), "oauth")
		if err := os.CopyFS(to, os.DirFS(d.folder)); err != nil {
			t.Fatal(err)
		}
		copies[step] = to
	}
	a := d.account()
	a.disk.fault = func(step string) error { snapshot(step); return nil }
	tok := d.token(a)
	snapshot("used")
	equal(t, "steps", len(copies), 6)
	for _, step := range []string{stepFolder, "used"} {
		asked := d.issuer.requests()
		equal(t, step, d.token(d.account(func(o *Options) { o.Folder = copies[step] })), tok)
		equal(t, "requests after "+step, d.issuer.requests(), asked)
	}
	for _, step := range []string{stepCreate, stepWrite, stepSync, stepRename} {
		d.issuer.live = d.issuer.live[:2] // what the issuer took when it happened
		tok := d.token(d.account(func(o *Options) { o.Folder = copies[step] }))
		equal(t, step+": a token", tok != "", true)
		r, err := (&disk{folder: copies[step]}).read("support")
		if err != nil || r.Access != tok {
			t.Errorf("%s: %v", step, err)
		}
	}
}

// TestInvalidGrant: a refresh token that is refused is told from all other failures,
// and not tried again and again; another login ends that at once.
func TestInvalidGrant(t *testing.T) {
	d := newDesk(t)
	d.login()
	d.issuer.live = nil
	d.pass(time.Hour)
	a := d.account()
	e := d.fails(a, ErrLogin)
	contains(t, e.Error(), "id.example answers 400 invalid_grant (Token [secret] has been expired or revoked.)", "run: mailgw oauth login support")
	if strings.Contains(e.Error(), "Trace") {
		t.Error("more than the first line is told")
	}
	for range 100 {
		d.fails(a, ErrLogin)
		d.pass(30 * time.Second)
	}
	equal(t, "requests in 50 minutes", d.issuer.requests(), 1)
	d.pass(15 * time.Minute)
	d.fails(a, ErrLogin)
	equal(t, "requests after the hour", d.issuer.requests(), 2)
	s, err := a.Status()
	if err != nil || !strings.Contains(s.Trouble, "invalid_grant") || !s.TroubleAt.Equal(d.clock()) {
		t.Errorf("%+v %v", s, err)
	}
	next := d.login()
	equal(t, "after the login", d.token(a), next.Access)
	d.pass(time.Hour)
	d.token(a)
	if s, err = a.Status(); err != nil || s.Trouble != "" {
		t.Errorf("%+v %v", s, err)
	}
}

// TestKindsOfFailures: what an answer means.
func TestKindsOfFailures(t *testing.T) {
	long := `{"access_token":"` + strings.Repeat("x", maxToken+1) + `","token_type":"bearer"}`
	for name, c := range map[string]struct {
		answer func(int, http.ResponseWriter, url.Values) bool
		kind   error
		says   string
	}{
		"revoked":              {status(400, "", `{"error":"invalid_grant"}`), ErrLogin, "mailgw oauth login support"},
		"with 200":             {status(200, "", `{"error":"invalid_grant"}`), ErrLogin, "invalid_grant"},
		"interaction":          {status(400, "", `{"error":"interaction_required","error_description":"AADSTS50076: use a second factor\r\nTrace ID: x"}`), ErrLogin, "AADSTS50076: use a second factor)"},
		"secret ended":         {status(401, "", `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}`), ErrSetup, "client_secret_file"},
		"scope":                {status(400, "", `{"error":"invalid_scope"}`), ErrSetup, "scopes"},
		"down":                 {status(500, "", `oh`), ErrForNow, "answers 500"},
		"down, and says so":    {status(503, "", `{"error":"temporarily_unavailable"}`), ErrForNow, "temporarily_unavailable"},
		"down, with nonsense":  {status(502, "", `{"error":"invalid_grant"}`), ErrForNow, "answers 502"},
		"too many":             {status(429, "", `{}`), ErrForNow, "answers 429"},
		"a page of a proxy":    {status(403, "", `<html>log in to the WLAN</html>`), ErrForNow, "no error of OAuth"},
		"no error":             {status(404, "", `{}`), ErrForNow, "answers 404, and no error of OAuth"},
		"empty":                {status(200, "", ``), ErrForNow, "malformed"},
		"a page":               {status(200, "", `<html>`), ErrForNow, "malformed"},
		"cut":                  {status(200, "", `{"access_token":"abcdefgh`), ErrForNow, "malformed"},
		"no token":             {status(200, "", `{"token_type":"bearer"}`), ErrForNow, "no access_token"},
		"a number":             {status(200, "", `{"access_token":12345678}`), ErrForNow, "malformed"},
		"another type":         {status(200, "", `{"access_token":"abcdefgh","token_type":"mac"}`), ErrForNow, "malformed"},
		"a line end in it":     {status(200, "", `{"access_token":"abcd\r\nefgh","token_type":"bearer"}`), ErrForNow, "malformed"},
		"a mark in it":         {status(200, "", `{"access_token":"abcd\u0001efgh","token_type":"bearer"}`), ErrForNow, "malformed"},
		"a mark in the other":  {status(200, "", `{"access_token":"abcdefgh","refresh_token":"a\nb"}`), ErrForNow, "malformed"},
		"too long":             {status(200, "", long), ErrForNow, "malformed"},
		"a lifetime of words":  {status(200, "", `{"access_token":"abcdefgh","expires_in":"soon"}`), ErrForNow, "malformed"},
		"a redirection":        {status(307, "Location: https://evil.example/", ``), ErrForNow, "answers 307"},
		"an error of no sense": {status(400, "", `{"error":"\u0007\"`+strings.Repeat("y", 100)+`"}`), ErrForNow, "no error of OAuth"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first := d.login()
			d.pass(time.Hour)
			d.issuer.answer = c.answer
			e := d.fails(d.account(), c.kind)
			contains(t, e.Error(), c.says)
			if strings.ContainsAny(e.Error(), "\r\n") {
				t.Errorf("more than a line: %q", e.Error())
			}
			equal(t, "requests", d.issuer.requests(), 1)
			if d.kept() != first {
				t.Error("the file has changed")
			}
		})
	}
}

// TestOneRequest: a failure is one request, with the secret where the provider wants it.
func TestOneRequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(clientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for provider, inForm := range map[string]string{Google: clientSecret, Microsoft: clientSecret, Custom: ""} {
		d := newDesk(t)
		d.login()
		d.pass(time.Hour)
		d.issuer.answer = status(401, "", `{"error":"invalid_client","error_description":"the secret `+clientSecret+` is wrong"}`)
		contains(t, d.fails(d.account(func(o *Options) { o.Provider, o.SecretFile = provider, file }), ErrSetup).Error(), "the secret [secret] is wrong")
		equal(t, "requests", d.issuer.requests(), 1)
		equal(t, provider+", in the form", d.issuer.forms[0].Get("client_secret"), inForm)
		equal(t, provider+", in the field", len(d.issuer.basic), map[bool]int{true: 0, false: 1}[inForm != ""])
	}
	d := newDesk(t)
	d.login()
	d.pass(time.Hour)
	a := d.account(func(o *Options) { o.SecretFile = file + "-none" })
	contains(t, d.fails(a, ErrSetup).Error(), "client_secret_file", "no such file")
	equal(t, "requests", d.issuer.requests(), 0)
}

// TestLongAnswer: an answer without an end is broken off.
func TestLongAnswer(t *testing.T) {
	d := newDesk(t)
	d.login()
	d.pass(time.Hour)
	d.issuer.answer = status(200, "", `{"access_token":"abcdefgh"}`+strings.Repeat(" ", maxAnswer))
	contains(t, d.fails(d.account(), ErrForNow).Error(), "the answer has no end")
}

// TestRedirection: what is posted to the provider goes to nobody else.
func TestRedirection(t *testing.T) {
	got := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		got <- req.URL.String()
	}))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		http.Redirect(out, req, other.URL, http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	d := newDesk(t)
	d.login()
	d.pass(time.Hour)
	transport := &http.Transport{DisableKeepAlives: true}
	d.fails(d.account(func(o *Options) { o.TokenURL, o.Transport = srv.URL, transport }), ErrForNow)
	select {
	case where := <-got:
		t.Errorf("the other server was asked for %s", where)
	default:
	}
	srv.Close()
	contains(t, d.fails(d.account(func(o *Options) { o.TokenURL, o.Transport = srv.URL, transport }), ErrForNow).Error(), "connection refused")
}

// TestPauses: an issuer that is down is not stormed, whoever asks how often, and the
// pauses double; what it asks for counts, and its coming back ends them.
func TestPauses(t *testing.T) {
	d := newDesk(t)
	d.login()
	d.pass(time.Hour)
	d.issuer.answer = status(500, "", "")
	a := d.account()
	var at []string
	begun := d.clock()
	for d.clock().Sub(begun) < 2*time.Hour {
		before := d.issuer.requests()
		e := d.fails(a, ErrForNow)
		contains(t, e.Error(), "the provider is asked again at")
		if d.issuer.requests() > before {
			at = append(at, d.clock().Sub(begun).String())
		}
		d.pass(5 * time.Second)
	}
	equal(t, "asked at", at, "[0s 10s 30s 1m10s 2m30s 5m10s 10m30s 21m10s 36m10s 51m10s 1h6m10s 1h21m10s 1h36m10s 1h51m10s]")
	d.issuer.answer = status(503, "Retry-After: 2400", "")
	d.pass(15 * time.Minute)
	equal(t, "after 40 minutes", d.fails(a, ErrForNow).Again.Sub(d.clock()), 40*time.Minute)
	d.issuer.answer = nil
	d.pass(40 * time.Minute)
	d.token(a)
	d.issuer.answer = status(500, "", "")
	d.pass(time.Hour)
	equal(t, "the first pause again", d.fails(a, ErrForNow).Again.Sub(d.clock()), 10*time.Second)
	d.pass(-24 * time.Hour) // the clock is put back
	before := d.issuer.requests()
	d.fails(a, ErrForNow)
	equal(t, "requests", d.issuer.requests(), before+1)
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "999999": time.Hour, "-1": 0, "soon": 0, "Fri, 20 Nov 2026 12:05:00 GMT": 5 * time.Minute,
		"Fri, 20 Nov 2026 11:05:00 GMT": 0, "Fri, 20 Nov 2027 11:05:00 GMT": time.Hour,
	} {
		got := time.Duration(0)
		if at := retryAfter(text, noon); !at.IsZero() {
			got = at.Sub(noon)
		}
		equal(t, text, got, want)
	}
}

// TestIssuerHangs: each request ends by itself, and so does the waiting of who asked.
func TestIssuerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.login()
		d.pass(time.Hour)
		hang := make(chan struct{})
		d.issuer.answer = func(int, http.ResponseWriter, url.Values) bool { <-hang; return true }
		a := d.account()
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		if _, err := a.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		time.AfterFunc(time.Minute, func() { close(hang) })
		begun := time.Now()
		contains(t, d.fails(a, ErrForNow).Error(), "id.example does not answer in time")
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		equal(t, "requests", d.issuer.requests(), 1)
	})
}

// TestClockOfOthers: our clock may be wrong in either direction, and change.
func TestClockOfOthers(t *testing.T) {
	for _, off := range []time.Duration{-48 * time.Hour, -10 * time.Minute, 10 * time.Minute, 48 * time.Hour} {
		t.Run("wrong by "+off.String(), func(t *testing.T) {
			d := newDesk(t)
			d.pass(off) // the issuer's answers say no time of the day, so nothing depends on it
			d.login()
			d.pass(time.Hour)
			a := d.account()
			tok := d.token(a)
			equal(t, "ends", d.kept().Expires, d.clock().Add(time.Hour))
			d.pass(54 * time.Minute)
			equal(t, "token", d.token(a), tok)
		})
		t.Run("put by "+off.String(), func(t *testing.T) {
			d := newDesk(t)
			first := d.login()
			a := d.account()
			equal(t, "token", d.token(a), first.Access)
			d.pass(off)
			tok := d.token(a)
			// Ten minutes forward, it is good for 50 minutes still; else it cannot be told.
			equal(t, "another one", tok != first.Access, off != 10*time.Minute)
			equal(t, "requests", d.issuer.requests(), map[bool]int{true: 0, false: 1}[off == 10*time.Minute])
			equal(t, "and then the same", d.token(a), tok)
		})
	}
}

// TestConcurrent: a hundred callers make one request.
func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.issuer.rotates = true
		d.login()
		d.pass(time.Hour)
		goOn := make(chan struct{})
		d.issuer.answer = func(int, http.ResponseWriter, url.Values) bool { <-goOn; return false }
		a := d.account()
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[string]int{}
		for range 100 {
			wg.Go(func() {
				tok, err := a.Token(context.Background())
				mu.Lock()
				defer mu.Unlock()
				got[fmt.Sprint(tok, err)]++
			})
		}
		synctest.Wait() // all of them wait, one for the issuer
		equal(t, "requests", d.issuer.requests(), 1)
		close(goOn)
		wg.Wait()
		equal(t, "requests", d.issuer.requests(), 1)
		equal(t, "tokens", len(got), 1)
		equal(t, "the one that is kept", got[d.kept().Access+"<nil>"], 100)
	})
}

// TestProcesses: several processes make one request, too, and no refresh token is used twice.
func TestProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.issuer.rotates = true
		d.login()
		d.pass(time.Hour)
		goOn := make(chan struct{})
		d.issuer.answer = func(int, http.ResponseWriter, url.Values) bool { <-goOn; return false }
		time.AfterFunc(10*time.Second, func() { close(goOn) })
		var wg sync.WaitGroup
		for range 8 {
			a := d.account()
			wg.Go(func() {
				if _, err := a.Token(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		equal(t, "requests", d.issuer.requests(), 1)
	})
}

// TestFiles: nobody else can read what is kept, whatever the umask, and what is damaged
// or another's is told.
func TestFiles(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	d := newDesk(t)
	d.issuer.rotates = true
	d.login()
	d.pass(time.Hour)
	d.token(d.account())
	d.pass(time.Hour)
	d.issuer.answer = status(500, "", "")
	d.fails(d.account(), ErrForNow)
	want := map[string]string{d.folder: "drwx------", filepath.Join(d.folder, "support.json"): "-rw-------", filepath.Join(d.folder, "support.lock"): "-rw-------", filepath.Join(d.folder, "support.trouble"): "-rw-------"}
	for file, mode := range want {
		info, err := os.Stat(file)
		if err != nil || info.Mode().String() != mode {
			t.Errorf("%s: %v %v, want %s", file, info.Mode(), err, mode)
		}
	}
	entries, err := os.ReadDir(d.folder)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v %v", entries, err)
	}
	contains(t, d.fails(d.account(func(o *Options) { o.User = "other@example.com" }), ErrLogin).Error(), "of another user or client_id")
	if err := os.WriteFile(filepath.Join(d.folder, "support.json"), []byte(`{"refresh_token":"`+d.issuer.live[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	contains(t, d.fails(d.account(), ErrLogin).Error(), "is damaged")
	r := d.issuer.secrets[1]
	if s := fmt.Sprintf("%v %s", record{Refresh: r, Access: r}, record{Refresh: r}.LogValue()); strings.Contains(s, r) {
		t.Errorf("a record tells its tokens: %s", s)
	}
}

// TestKeep: a login that nobody uses is renewed once a day.
func TestKeep(t *testing.T) {
	d := newDesk(t)
	d.login()
	a := d.account()
	for range 100 {
		if err := a.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.pass(time.Hour)
	}
	equal(t, "requests", d.issuer.requests(), 4)
}
