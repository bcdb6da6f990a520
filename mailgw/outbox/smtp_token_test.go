package outbox

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"

	"supportgw/mailgw/ticket"
)

// authToken takes XOAUTH2 with the hop's token, and says no as the large providers do.
func (d *dialogue) authToken(line string, words []string) bool {
	b, err := base64.StdEncoding.DecodeString(words[2])
	if err == nil && string(b) == "user=support@x.example\x01auth=Bearer "+d.token+"\x01\x01" {
		return d.step("AUTH", line, "235 2.7.0 Accepted")
	}
	if !d.say("334 "+base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`)), "") {
		return false
	}
	answer, err := d.r.ReadString('\n')
	if err != nil || answer != "\r\n" {
		return d.say("501 5.5.2 an empty line was wanted", "")
	}
	return d.say("535 5.7.8 Username and Password not accepted", "")
}

// tokens logs in with one token after the other: a refused one is followed by the next.
type tokens struct {
	mu    sync.Mutex
	all   []string
	err   error // instead of a token
	asked int
}

func (k *tokens) Login(_ context.Context, offers func(string) bool, auth func(sasl.Client) (bool, error)) (again bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	switch {
	case k.err != nil:
		return false, k.err
	case !offers("XOAUTH2"):
		return false, errors.New("the mail server offers no login by token")
	}
	refused, err := auth(simple(k.all[0]))
	if refused && len(k.all) > 1 {
		k.all, again = k.all[1:], true
	}
	if err != nil {
		err = fmt.Errorf("oauth \"x\": the mail server refuses the access token: %w", err)
	}
	return again, err
}

// simple is XOAUTH2.
type simple string

func (s simple) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=support@x.example\x01auth=Bearer " + string(s) + "\x01\x01"), nil
}

func (s simple) Next([]byte) ([]byte, error) { return []byte{}, nil }

// TestTokenLogin: a refused token is followed by one further attempt, on another connection.
func TestTokenLogin(t *testing.T) {
	offers := []string{"SIZE 10000000", "8BITMIME", "AUTH PLAIN XOAUTH2"}
	for name, c := range map[string]struct {
		hop      *scripted
		login    *tokens
		dialled  int
		says     string // of the failure; "": the mail has left
		commands string // how often AUTH is said
	}{
		"good":              {&scripted{offers: offers}, &tokens{all: []string{"good"}}, 1, "", "1"},
		"refused, then not": {&scripted{offers: offers}, &tokens{all: []string{"old", "good"}}, 2, "", "2"},
		"refused twice":     {&scripted{offers: offers}, &tokens{all: []string{"old", "older", "good"}}, 2, `hop.example:587: AUTH: oauth "x": the mail server refuses the access token: 535 5.7.8 Username and Password not accepted`, "2"},
		"no other one":      {&scripted{offers: offers}, &tokens{all: []string{"old"}}, 1, "535 5.7.8", "1"},
		"no token":          {&scripted{offers: offers}, &tokens{err: errors.New("the login must be done again")}, 1, "hop.example:587: AUTH: the login must be done again", "0"},
		"no mechanism":      {&scripted{offers: []string{"AUTH PLAIN"}}, &tokens{all: []string{"good"}}, 1, "no login by token", "0"},
		"not now":           {&scripted{offers: offers, script: only4("AUTH", "454 4.7.0 not now")}, &tokens{all: []string{"good"}}, 1, "454 4.7.0 not now", "1"},
		"hangs":             {&scripted{offers: offers, script: only4("AUTH", "hang")}, &tokens{all: []string{"good"}}, 1, "no answer in time", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				c.hop.token = "good"
				r := c.hop.relay(t, func(o *SMTPOptions) { o.Token = c.login })
				m := aMail("a@x.example", "b@x.example")
				s := r.Send(context.Background(), m)
				equal(t, "connections", c.hop.dialled, c.dialled)
				n := 0
				for _, line := range c.hop.said() {
					if strings.HasPrefix(line, "AUTH ") {
						n++
					}
				}
				equal(t, "logins", n, c.commands)
				if c.says == "" {
					equal(t, "failures", len(s.Failures), 0)
					equal(t, "mails", len(c.hop.got), 1)
				} else {
					equal(t, "mails", len(c.hop.got), 0)
					equal(t, "away", s.HopAway, true)
					equal(t, "failures", len(s.Failures), 2)
					for _, f := range s.Failures {
						if f.Permanent || !f.Ours || !strings.Contains(f.Reply, c.says) {
							t.Errorf("%+v", f)
						}
					}
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// only4 is a script that answers one step in its own way.
func only4(at, answer string) func(step, line string) string {
	return func(step, _ string) string {
		if step == at {
			return answer
		}
		return ""
	}
}

// TestTokenNeedsTLS: a token is not shown to whoever may listen, and not even asked for.
func TestTokenNeedsTLS(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{offers: []string{"AUTH XOAUTH2"}, token: "good"}
		login := &tokens{all: []string{"good"}}
		r := h.relay(t, func(o *SMTPOptions) { o.Token, o.Dial, o.TLS = login, h.dialFar, "opportunistic" })
		s := r.Send(context.Background(), aMail("a@x.example"))
		equal(t, "asked", login.asked, 0)
		if len(s.Failures) != 1 || !s.Failures[0].Ours || !strings.Contains(s.Failures[0].Reply, "verified TLS") {
			t.Errorf("%+v", s)
		}
		if strings.Contains(strings.Join(h.said(), "\n"), "AUTH") {
			t.Error("it was said")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestMailWaitsForLogin: while the login at the next hop fails, for whatever reason and
// however long, no mail is given up; it leaves soon when the login is there again, and
// what fails then for other reasons has its attempts still.
func TestMailWaitsForLogin(t *testing.T) {
	for _, perRecipient := range []bool{false, true} {
		in(t, func(t *testing.T) {
			tried := row(2, "c@y.example") // many times, before the login was lost
			tried.Attempts = 7
			w := newWorld(row(1, "a@x.example", "b@x.example"), tried, row(3, "d@z.example"))
			w.perRecipient = perRecipient
			ends := 20 * 24 * time.Hour
			var busy atomic.Int32
			w.send = func(ctx context.Context, m *Mail) Sent {
				switch since := time.Since(start); {
				case since < ends:
					f := failAll(m.To, "the login must be done again; run: mailgw oauth login x")
					for i := range f {
						f[i].Ours = true
					}
					return Sent{Failures: f, HopAway: true}
				case slices.Contains(m.To, "d@z.example") && busy.Add(1) < manyAttempts:
					return later(ctx, m)
				}
				return Sent{Reply: "250 ok"}
			}
			w.run(w.options(), ends-time.Hour)
			equal(t, "mails that wait", len(w.rows), 3)
			for _, r := range w.rows {
				want := 0
				if r.ID == tried.ID {
					want = tried.Attempts
				}
				if r.Attempts != want || !strings.Contains(r.LastReply, "mailgw oauth login x") && r.LastReply != "" {
					t.Errorf("%+v", r)
				}
			}
			equal(t, "one says why", slices.ContainsFunc([]ticket.ID{1, 2, 3}, func(id ticket.ID) bool { return w.rows[id].LastReply != "" }), true)
			w.run(w.options(), 2*time.Hour)
			equal(t, "mails that wait", len(w.rows), 0)
			for _, r := range w.results {
				for _, f := range r.Failures {
					t.Errorf("given up: %+v", f)
				}
			}
			left := map[string]bool{}
			for _, r := range w.results {
				for _, to := range r.Taken {
					left[to] = true
				}
			}
			equal(t, "who has it", len(left), 4)
			for _, s := range w.sent {
				if s.at > ends+6*time.Minute && slices.Contains(s.To, "a@x.example") {
					t.Errorf("a mail waited until %s", s.at-ends)
				}
			}
		})
	}
}
