package oauth

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// with are the mechanisms of a server.
func with(mechanisms ...string) func(string) bool {
	return func(m string) bool { return strings.Contains(" "+strings.Join(mechanisms, " ")+" ", " "+m+" ") }
}

// refusal is what a mail server says to a token.
type refusal struct {
	challenge string // first; "" = none
	err       error  // then; nil = it lets us in
	refused   bool   // the error is about the credentials
}

// play runs a mechanism like a library does.
func (r refusal) play(heard *[]string) func(sasl.Client) (bool, error) {
	return func(c sasl.Client) (bool, error) {
		mechanism, ir, err := c.Start()
		if err != nil {
			return false, err
		}
		*heard = append(*heard, mechanism+" "+string(ir))
		if r.challenge != "" {
			answer, err := c.Next([]byte(r.challenge))
			if err != nil {
				return false, err
			}
			*heard = append(*heard, fmt.Sprintf("%q nil=%v", answer, answer == nil))
		}
		return r.refused, r.err
	}
}

// TestMechanisms: what is said to a mail server, to the letter.
func TestMechanisms(t *testing.T) {
	d := newDesk(t)
	r := d.login()
	for offers, want := range map[string]string{
		"PLAIN XOAUTH2":       "XOAUTH2 user=support@example.com\x01auth=Bearer " + r.Access + "\x01\x01",
		"XOAUTH2 OAUTHBEARER": "XOAUTH2 user=support@example.com\x01auth=Bearer " + r.Access + "\x01\x01",
		"OAUTHBEARER":         "OAUTHBEARER n,a=support@example.com,\x01auth=Bearer " + r.Access + "\x01\x01",
	} {
		var heard []string
		if again, err := d.account().Login(t.Context(), with(offers), refusal{}.play(&heard)); again || err != nil {
			t.Errorf("%s: %v %v", offers, again, err)
		}
		equal(t, offers, strings.Join(heard, "\n"), want)
	}
	if _, err := d.account().Login(t.Context(), with("PLAIN LOGIN"), nil); !errors.Is(err, errNoMechanism) {
		t.Errorf("%v", err)
	}
	equal(t, "name", saslName("a=b,c@x"), "a=3Db=2Cc@x")
}

// TestRefusedTokens: a refused token is told from all else that can go wrong, and is
// followed by one renewal, not by more.
func TestRefusedTokens(t *testing.T) {
	no, other := errors.New("535 5.7.8 no"), errors.New("454 4.7.0 not now")
	for name, c := range map[string]struct {
		with    string
		server  refusal
		refused bool
		status  string
	}{
		"google":                      {"XOAUTH2", refusal{`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`, no, true}, true, "400"},
		"microsoft":                   {"XOAUTH2", refusal{"", no, true}, true, ""},
		"challenge, then a break":     {"XOAUTH2", refusal{`{"status":"401"}`, io.EOF, false}, true, "401"},
		"challenge of another kind":   {"XOAUTH2", refusal{`{"status":"500"}`, other, false}, false, ""},
		"challenge that is none":      {"XOAUTH2", refusal{`go away`, no, false}, true, ""},
		"not now":                     {"XOAUTH2", refusal{"", other, false}, false, ""},
		"break":                       {"XOAUTH2", refusal{"", io.EOF, false}, false, ""},
		"bearer":                      {"OAUTHBEARER", refusal{`{"status":"invalid_token"}`, no, true}, true, "invalid_token"},
		"bearer, scope":               {"OAUTHBEARER", refusal{`{"status":"insufficient_scope"}`, no, false}, true, "insufficient_scope"},
		"bearer, not now":             {"OAUTHBEARER", refusal{`{"status":"temporarily_unavailable"}`, other, false}, false, ""},
		"bearer, challenge of no use": {"OAUTHBEARER", refusal{`{`, no, false}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first := d.login()
			d.pass(10 * time.Minute)
			a := d.account()
			var heard []string
			again, err := a.Login(t.Context(), with(c.with), c.server.play(&heard))
			var e *RefusedError
			d.said = append(d.said, err.Error())
			if errors.As(err, &e) != c.refused || again != c.refused || !errors.Is(err, c.server.err) {
				t.Fatalf("%v %v", again, err)
			}
			if c.server.challenge != "" { // an empty line, and not nothing
				want := map[string]string{"XOAUTH2": `"" nil=false`, "OAUTHBEARER": `"\x01" nil=false`}[c.with]
				equal(t, "answer to the challenge", heard[1], want)
			}
			if !c.refused {
				equal(t, "token", d.token(a), first.Access)
				return
			}
			equal(t, "status", e.Status, c.status)
			equal(t, "requests", d.issuer.requests(), 0)
			again, err = a.Login(t.Context(), with(c.with), refusal{err: no, refused: true}.play(&heard))
			if again || !errors.As(err, &e) {
				t.Errorf("a token that is new, and refused as well: %v %v", again, err)
			}
			equal(t, "requests", d.issuer.requests(), 1)
			for range 50 { // a server that never lets us in: a renewal in a minute at most
				if _, err := a.Login(t.Context(), with(c.with), refusal{err: no, refused: true}.play(&heard)); !errors.As(err, &e) {
					t.Errorf("%v", err)
				}
				d.pass(12 * time.Second)
			}
			if n := d.issuer.requests(); n < 5 || n > 10 {
				t.Errorf("%d requests in ten minutes", n)
			}
		})
	}
}

// TestRefusedByMany: connections that find the same token refused share one renewal.
func TestRefusedByMany(t *testing.T) {
	d := newDesk(t)
	first := d.login()
	d.pass(10 * time.Minute)
	a := d.account()
	equal(t, "token", d.token(a), first.Access)
	for range 4 {
		equal(t, "again", a.refuse(first.Access), true)
	}
	next := d.token(a)
	equal(t, "another one", next != first.Access, true)
	equal(t, "who comes late", a.refuse(first.Access), true)
	equal(t, "token", d.token(a), next)
	equal(t, "requests", d.issuer.requests(), 1)
}

// TestIMAPLogin: an IMAP server's refusal comes through go-imap, whatever the server
// thinks of go-imap's answer to its challenge.
func TestIMAPLogin(t *testing.T) {
	d := newDesk(t)
	r := d.login()
	d.pass(10 * time.Minute)
	a := d.account()
	ours, theirs := net.Pipe()
	served := make(chan []string, 1)
	go func() {
		var heard []string
		in := bufio.NewReader(theirs)
		say := func(text string) { _, _ = io.WriteString(theirs, text+"\r\n") } // a break shows at the client
		hear := func() string {
			line, _ := in.ReadString('\n') // likewise
			heard = append(heard, strings.TrimRight(line, "\r\n"))
			tag, _, _ := strings.Cut(line, " ")
			return tag
		}
		say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready")
		tag := hear()
		say("+ " + base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`)))
		hear()
		say(tag + " BAD Invalid SASL argument")
		tag = hear()
		say(tag + " OK [CAPABILITY IMAP4rev1] Success")
		served <- heard
	}()
	c := imapclient.New(ours, nil)
	auth := func(s sasl.Client) (bool, error) {
		err := c.Authenticate(s)
		var said *imap.Error
		return errors.As(err, &said) && said.Type == imap.StatusResponseTypeNo, err
	}
	offers := func(m string) bool { return c.Caps().Has(imap.AuthCap(m)) }
	again, err := a.Login(context.Background(), offers, auth)
	var e *RefusedError
	if !errors.As(err, &e) || !again || e.Status != "400" {
		t.Fatalf("%v %v", again, err)
	}
	d.said = append(d.said, err.Error())
	contains(t, err.Error(), `oauth "support": the mail server refuses the access token (XOAUTH2, status 400)`, "Invalid SASL argument")
	if _, err := a.Login(context.Background(), offers, auth); err != nil {
		t.Fatal(err)
	}
	heard := <-served
	_ = c.Close() // the server is gone
	_ = theirs.Close()
	contains(t, heard[0], "AUTHENTICATE XOAUTH2 "+base64.StdEncoding.EncodeToString([]byte("user=support@example.com\x01auth=Bearer "+r.Access+"\x01\x01")))
	equal(t, "the answer to the challenge", heard[1], "=") // go-imap's; an empty line would be right
	equal(t, "another token", !strings.Contains(heard[2], base64.StdEncoding.EncodeToString([]byte(r.Access))[:20]) && strings.Contains(heard[2], "AUTHENTICATE XOAUTH2 "), true)
}

// TestBearerServer: a server that is not ours takes what we say.
func TestBearerServer(t *testing.T) {
	d := newDesk(t)
	d.login()
	var got sasl.OAuthBearerOptions
	srv := sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError { got = o; return nil })
	_, err := d.account().Login(t.Context(), with("OAUTHBEARER"), func(c sasl.Client) (bool, error) {
		_, ir, err := c.Start()
		if err != nil {
			return false, err
		}
		_, done, err := srv.Next(ir)
		if !done {
			t.Error("it wants more")
		}
		return false, err
	})
	if err != nil || got.Username != "support@example.com" || got.Token != d.kept().Access {
		t.Errorf("%v", err)
	}
	srv = sasl.NewOAuthBearerServer(func(sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
		return &sasl.OAuthBearerError{Status: "invalid_token"}
	})
	_, err = d.account().Login(t.Context(), with("OAUTHBEARER"), func(c sasl.Client) (bool, error) {
		_, answer, err := c.Start()
		for done := false; err == nil && !done; {
			var challenge []byte
			if challenge, done, err = srv.Next(answer); err == nil {
				answer, err = c.Next(challenge)
			}
		}
		return true, &smtp.SMTPError{Code: 535, Message: err.Error()}
	})
	var e *RefusedError
	if !errors.As(err, &e) || e.Status != "invalid_token" {
		t.Errorf("%v", err)
	}
}
