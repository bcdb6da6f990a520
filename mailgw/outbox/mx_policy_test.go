package outbox

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// text is an answer of a policy's server.
func text(status int, media, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {media}, "Location": {"https://mta-sts.x.example/other"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

const (
	policyURL  = "https://mta-sts.x.example/.well-known/mta-sts.txt"
	policyText = "version: STSv1\r\nmode: enforce\r\nmx: hop.example\r\nmx: *.mail.example\r\nmax_age: 86400\r\n"
)

// sealed is a domain with a policy: its server at the second place is not in it.
func sealed(h *scripted) *outside {
	return &outside{
		mx: map[string]string{"x.example": "20 other.example, 10 hop.example"}, ip: map[string]string{"hop.example": "192.0.2.1", "other.example": "192.0.2.2"},
		hosts: map[string]*scripted{"192.0.2.1": h, "192.0.2.2": {}}, txt: map[string]string{"_mta-sts.x.example": "v=STSv1; id=1;"},
		policy: map[string]func() (*http.Response, error){policyURL: text(200, "text/plain; charset=utf-8", policyText)},
	}
}

// TestMTASTS: mail to a domain with a policy goes to the servers that it names, through TLS that
// is verified, or waits; it never goes in plain text.
func TestMTASTS(t *testing.T) {
	cert := serverTLS()
	for name, c := range map[string]struct {
		host   *scripted
		change func(w *outside)
		want   string // of the fate
		secure bool
	}{
		"as the policy says":  {host: &scripted{tls: cert}, want: "hop.example [192.0.2.1]: 250", secure: true},
		"stripped":            {host: &scripted{}, want: "later: hop.example [192.0.2.1]: it offers no STARTTLS"},
		"its server is away":  {host: &scripted{refused: true}, want: "connection refused; other.example: the policy of x.example (MTA-STS) does not name it"},
		"another certificate": {host: &scripted{tls: cert}, change: func(w *outside) { w.mx["x.example"] = "10 in.mail.example"; w.ip["in.mail.example"] = "192.0.2.1" }, want: "certificate is valid for hop.example"},
		"testing": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(200, "text/plain", strings.Replace(policyText, "enforce", "testing", 1))
		}, want: "250"},
		"mode none": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(200, "text/plain", "version: STSv1\nmode: none\nmax_age: 1\n")
		}, want: "250"},
		"no record":             {host: &scripted{}, change: func(w *outside) { clear(w.txt) }, want: "250"},
		"two records":           {host: &scripted{}, change: func(w *outside) { w.txt["_mta-sts.x.example"] = "v=STSv1; id=1;\nv=STSv1; id=2;" }, want: "250"},
		"another record beside": {host: &scripted{}, change: func(w *outside) { w.txt["_mta-sts.x.example"] = "google-site=1\nv=STSv1; id=1;" }, want: "later: hop.example"},
		"no id":                 {host: &scripted{}, change: func(w *outside) { w.txt["_mta-sts.x.example"] = "v=STSv1; id=a b;" }, want: "250"},
		"no server of policies": {host: &scripted{}, change: func(w *outside) { clear(w.policy) }, want: "250"},
		"404":                   {host: &scripted{}, change: func(w *outside) { w.policy[policyURL] = text(404, "text/plain", policyText) }, want: "250"},
		"redirected": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(301, "text/plain", policyText)
			w.policy["https://mta-sts.x.example/other"] = text(200, "text/plain", policyText)
		}, want: "250"},
		"a page": {host: &scripted{}, change: func(w *outside) { w.policy[policyURL] = text(200, "text/html", policyText) }, want: "250"},
		"endless": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(200, "text/plain", policyText+strings.Repeat("x: y\n", 20_000))
		}, want: "250"},
		"without names": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(200, "text/plain", "version: STSv1\nmode: enforce\nmax_age: 1\n")
		}, want: "250"},
		"another version": {host: &scripted{}, change: func(w *outside) {
			w.policy[policyURL] = text(200, "text/plain", strings.Replace(policyText, "STSv1", "STSv2", 1))
		}, want: "250"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := sealed(c.host)
				if c.change != nil {
					c.change(w)
				}
				ca := caFile(t)
				s := w.relay(t, func(o *MXOptions) { o.CAFile, o.Policies = ca, t.TempDir() }).Send(context.Background(), aMail("m@x.example"))
				if got := fate(s); !strings.Contains(got, c.want) || strings.HasPrefix(got, "never") {
					t.Errorf("fate %q, want %q", got, c.want)
				}
				if n := len(c.host.got); (n == 1) != strings.HasSuffix(c.want, "250") || n == 1 && c.host.got[0].secure != c.secure || len(w.hosts["192.0.2.2"].got) > 0 {
					t.Errorf("it went to hop.example %d times: %+v", n, c.host.got)
				}
			})
		})
	}
}

// TestPolicyIsKept: who takes the DNS and the server of a policy away does not take the policy
// away, nor over a restart; it is fetched again when another one is announced, and ends with its time.
func TestPolicyIsKept(t *testing.T) {
	in(t, func(t *testing.T) {
		w := sealed(&scripted{}) // without TLS: what is sealed waits
		ca, dir := caFile(t), filepath.Join(t.TempDir(), "mta-sts")
		relay := func() *MXRelay { return w.relay(t, func(o *MXOptions) { o.CAFile, o.Policies = ca, dir }) }
		r := relay()
		waits := func(what string, want bool, fetched int) {
			t.Helper()
			s := r.Send(context.Background(), aMail("m@x.example"))
			if got := len(s.Failures) > 0; got != want {
				t.Errorf("%s: %s", what, fate(s))
			}
			equal(t, what+": fetched", w.fetched, fetched)
		}
		waits("first", true, 1)
		waits("again", true, 1)
		clear(w.policy)
		w.txt["_mta-sts.x.example"] = "fails"
		waits("the DNS fails", true, 1)
		delete(w.txt, "_mta-sts.x.example")
		waits("no record", true, 1)
		r = relay()
		waits("restarted", true, 1)
		w.txt["_mta-sts.x.example"] = "v=STSv1; id=2;"
		waits("another one, not to be had", true, 2)
		waits("at once again", true, 2)
		time.Sleep(policyAgain)
		waits("later", true, 3)
		w.policy[policyURL] = text(200, "text/plain", strings.Replace(policyText, "enforce", "none", 1))
		time.Sleep(policyAgain)
		waits("none any more", false, 4)
		r = relay()
		waits("restarted again", false, 4)
		w.policy[policyURL] = text(200, "text/plain", policyText)
		time.Sleep(13 * time.Hour)
		waits("half of its time is over", true, 5)
		clear(w.policy)
		clear(w.txt)
		time.Sleep(25 * time.Hour)
		waits("all of it", false, 5)
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || files[0].Name() != "x.example.json" {
			t.Errorf("kept: %v, %v", files, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "x.example.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		r = relay()
		waits("damaged", false, 5)
	})
}

// TestMXKeptConnection: a connection that is kept serves no domain that demands more of it.
func TestMXKeptConnection(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{tls: serverTLS()}
		w := sealed(h)
		w.mx["x.example"], w.mx["y.example"] = "10 in.mail.example", "10 in.mail.example"
		w.ip["in.mail.example"] = "192.0.2.1" // its certificate is another's
		r := w.relay(t, nil)
		for to, want := range map[string]bool{"m@y.example": true, "m@x.example": false} {
			for range 2 {
				if s := r.Send(context.Background(), aMail(to)); (len(s.Failures) == 0) != want {
					t.Errorf("%s: %s", to, fate(s))
				}
			}
		}
		for _, one := range h.got {
			equal(t, "to", one.to, []string{"m@y.example"})
		}
	})
}
