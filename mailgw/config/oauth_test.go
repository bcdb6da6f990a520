package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCheckLogins: what would keep a login from working is said before the start.
func TestCheckLogins(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "secret"), []byte("x\n"), 0o600)
	put(t, filepath.Join(dir, "open"), []byte("x"), 0o640)
	put(t, filepath.Join(dir, "empty"), []byte("\nx"), 0o600)
	const nobody = `--set oauth[0].name: nobody has logged in yet (got "a"); write mailgw oauth login a to the shell`
	for _, tt := range []struct {
		more           string
		wrong, warning []string
	}{
		{``, nil, []string{nobody}},
		{`client_secret_file="DIR/secret",`, nil, []string{nobody}},
		{`client_secret_file="DIR/none",`, []string{`--set oauth[0].client_secret_file: cannot be read: no such file or directory (got "DIR/none"); write the file of the program's secret, as the provider gave it`}, []string{nobody}},
		{`client_secret_file="DIR/empty",`, []string{`--set oauth[0].client_secret_file: its first line is empty (got "DIR/empty"); write the secret there`}, []string{nobody}},
		{`client_secret_file="DIR/open",`, nil, []string{`--set oauth[0].client_secret_file: other users of this machine can read the secret (got mode 0640 of "DIR/open"); write chmod go-rwx to the shell`, nobody}},
		{`expires="2026-12-31",`, nil, []string{nobody, `--set oauth[0].expires: the client's secret ends in 12 days (got "2026-12-31"); make another one at the provider in time, and write its last day here`}},
		{`expires="2026-12-19",`, nil, []string{nobody, `--set oauth[0].expires: the client's secret ends today (got "2026-12-19"); make another one at the provider at once, and write its last day here`}},
		{`expires="2026-12-18",`, nil, []string{nobody, `--set oauth[0].expires: the client's secret has ended (got "2026-12-18"); make another one at the provider, and write its last day here`}},
		{`expires="2027-12-18",`, nil, []string{nobody}},
	} {
		t.Run(tt.more, func(t *testing.T) {
			more := strings.ReplaceAll(tt.more, "DIR", dir)
			c, err := Parse("m.toml", []byte(minimal), []string{`data="` + dir + `/data"`, `oauth=[{name="a", provider="microsoft", user="a@example.com", ` + more + ` client_id="c"}]`})
			if err != nil {
				t.Fatal(err)
			}
			compareFiles(t, c, time.Date(2026, 12, 19, 12, 0, 0, 0, time.UTC), dir, tt.wrong, tt.warning)
		})
	}
	if err := os.MkdirAll(filepath.Join(dir, "data", "oauth"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "data", "oauth", "a.json"), []byte("{}"), 0o600)
	c, err := Parse("m.toml", []byte(minimal), []string{`data="` + dir + `/data"`, `oauth=[{name="a", provider="microsoft", user="a@example.com", client_id="c"}]`})
	if err != nil {
		t.Fatal(err)
	}
	if warnings, err := c.CheckFiles(noon, checkKey); err != nil || len(warnings) > 0 {
		t.Errorf("%v %v", warnings, err)
	}
}

// TestProviderURLs: secrets go over TLS, or to this machine.
func TestProviderURLs(t *testing.T) {
	for url, right := range map[string]bool{
		"https://id.example.com/token": true, "https://id.example.com:8443/token?x=y": true, "http://127.0.0.1:8080/token": true, "http://localhost/token": true, "http://[::1]:1/token": true,
		"http://id.example.com/token": false, "id.example.com": false, "https://": false, "https://user:password@id.example.com/": false, "ftp://id.example.com/": false, "https://a b/": false,
	} {
		_, err := Parse("m.toml", []byte(minimal), []string{`oauth=[{name="a", provider="custom", user="a@example.com", client_id="c", auth_url="https://x.example/", scopes=["m"], token_url="` + url + `"}]`})
		if (err == nil) != right {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestRelayLogin: the relay's login by token, and what does not go with it.
func TestRelayLogin(t *testing.T) {
	const login = `oauth=[{name="a", provider="microsoft", user="a@example.com", client_id="c"}]`
	const smtp, address = `relay.kind="smtp"`, `relay.address="smtp.example.com:587"`
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{login, smtp, address, `relay.oauth="a"`}, ""},
		{[]string{login, smtp, `relay.address="127.0.0.1:587"`, `relay.tls="off"`, `relay.oauth="a"`}, ""},
		{[]string{login, smtp, address, `relay.oauth="b"`}, `--set relay.oauth: there is no [[oauth]] of that name (got "b"); write "a"`},
		{[]string{smtp, address, `relay.oauth="b"`}, `--set relay.oauth: there is no [[oauth]] of that name (got "b"); write [[oauth]] with name = "b"`},
		{[]string{login, smtp, address, `relay.oauth="a"`, `relay.username="x"`, `relay.password_file="y"`}, `--set relay.oauth: is a login, and there is a username (got "a"); write one of the two`},
		{[]string{login, `relay.oauth="a"`}, `--set relay.oauth: is for kind = "smtp" alone (got "a"); write kind = "smtp", or take it out`},
		{[]string{login, smtp, address, `relay.oauth="a"`, `relay.tls="opportunistic"`}, `--set relay.tls: sends the token without verified TLS (got "opportunistic"); write tls = "required"`},
	} {
		_, err := Parse("m.toml", []byte(minimal), tt.set)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v:\n%s\nwant\n%s", tt.set, got, tt.want)
		}
	}
}
