package mailgw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/oauth"
)

// twoLogins are two [[oauth]], whose provider nobody can reach.
const twoLogins = `oauth=[{name="support", provider="custom", user="support@example.com", client_id="a", token_url="http://127.0.0.1:1/token", auth_url="http://127.0.0.1:1/auth", scopes=["mail"]},` +
	` {name="billing", provider="microsoft", user="billing@example.com", client_id="b", expires="2027-02-28"}]`

// putLogin puts a login there, as another process may.
func (h *house) putLogin(name, client string, got, expires, ends time.Time) {
	h.t.Helper()
	text, err := json.Marshal(map[string]any{
		"account": name, "user": name + "@example.com", "client_id": client, "login": got, "got": got, "expires": expires, "login_ends": ends,
		"access_token": "an-access-token", "refresh_token": "a-refresh-token",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := os.MkdirAll(h.c.OAuthFolder(), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.c.OAuthFolder(), name+".json"), text, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// TestTokenWatch: each step to the end of a login or a secret is told once, though the
// provider's answers make the end come a little sooner or later each time.
func TestTokenWatch(t *testing.T) {
	const day = 24 * time.Hour
	h := newHouse(t, twoLogins)
	end := time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)
	log := &bytes.Buffer{}
	w := tokenWatch{log: slog.New(slog.NewTextHandler(log, nil)), told: map[string]toldEnd{}}
	var told []string
	look := func(before time.Duration) {
		for _, a := range h.tokens {
			log.Reset()
			w.look(a, end.Add(-before))
			if _, line, ok := strings.Cut(log.String(), " level="); ok {
				told = append(told, fmt.Sprintf("%s: %s", before, strings.TrimSpace(line)))
			}
		}
	}
	for i, before := range []time.Duration{90 * day, 61 * day, 60 * day, 30 * day, 29 * day, 7 * day, 6 * day, day, time.Hour, 0, -day} {
		h.putLogin("support", "a", end.Add(-before), end.Add(time.Hour-before), end.Add(time.Duration(i-5)*time.Second))
		look(before)
	}
	h.putLogin("support", "a", end, end.Add(time.Hour), end.Add(6*day))
	look(0)
	want := []string{
		`1440h0m0s: WARN msg="the client's secret ends within 30 days; make another one at the provider, and write its last day as expires" account=billing ends=2027-03-01T00:00:00Z`,
		`720h0m0s: WARN msg="the login ends within 30 days; run: mailgw oauth login support" account=support ends=2027-03-31T11:59:58Z`,
		`720h0m0s: ERROR msg="the client's secret has ended; make another one at the provider, and write its last day as expires" account=billing ends=2027-03-01T00:00:00Z`,
		`168h0m0s: WARN msg="the login ends within 7 days; run: mailgw oauth login support" account=support ends=2027-03-31T12:00:00Z`,
		`1h0m0s: ERROR msg="the login ends within a day; run: mailgw oauth login support" account=support ends=2027-03-31T12:00:03Z`,
		`-24h0m0s: ERROR msg="the login has ended; run: mailgw oauth login support" account=support ends=2027-03-31T12:00:05Z`,
		`0s: WARN msg="the login ends within 7 days; run: mailgw oauth login support" account=support ends=2027-04-06T12:00:00Z`,
	}
	if got := strings.Join(told, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("told\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// TestCheckTokens: health is ill when mail cannot leave for a login.
func TestCheckTokens(t *testing.T) {
	h := newHouse(t, twoLogins, `relay.kind="smtp"`, `relay.address="127.0.0.1:1"`, `relay.tls="off"`, `relay.oauth="support"`)
	now := time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
	check := func(want string) {
		t.Helper()
		if c := h.checkTokens(now); c.Detail != want || c.OK != (want == "all logins give tokens") {
			t.Errorf("%+v, want %q", c, want)
		}
	}
	check("support: nobody has logged in; run mailgw oauth login support; billing: nobody has logged in; run mailgw oauth login billing")
	h.putLogin("support", "a", now, now.Add(time.Hour), time.Time{})
	h.putLogin("billing", "b", now, now.Add(time.Hour), time.Time{})
	check("all logins give tokens")
	h.putLogin("support", "a", now.Add(-3*time.Hour), now.Add(-2*time.Hour), time.Time{})
	if err := h.tokens[0].Refresh(t.Context()); err == nil {
		t.Error("a provider that is not there has answered")
	}
	check("support gets no access token; look at mailgw oauth list")
	h.putLogin("support", "a", now, now.Add(time.Hour), time.Time{})
	check("all logins give tokens") // what failed once is no trouble while there is a token
	now = now.Add(30 * time.Minute)
	h.putLogin("support", "a", now, now.Add(time.Hour), now)
	check("support: the login has ended; run: mailgw oauth login support")
	if all := h.health(); all[len(all)-1].Name != "oauth" {
		t.Errorf("health does not look at logins: %+v", all)
	}
	if l := h.tokenLogin("support"); l != h.tokens[0] {
		t.Errorf("the relay logs in with %v", l)
	}
	if l := h.tokenLogin(""); l != nil {
		t.Errorf("a relay without a login has %v", l)
	}
	if text := endText("x", oauth.End{What: oauth.EndUnused}, oauth.Week); text != "the login, which was not renewed for long, ends within 7 days; run: mailgw oauth login x" {
		t.Error(text)
	}
	if none := newHouse(t); len(none.tokens) != 0 || none.health()[len(none.health())-1].Name == "oauth" {
		t.Error("a gateway without logins looks at them")
	}
}
