package smtpd

import (
	"context"
	"testing"
	"time"

	"supportgw/mailgw/letter"
)

// Early is called once for each mail, at its first recipient that is taken; its
// result comes with the mail, and its context ends with the mail.
func TestEarly(t *testing.T) {
	begun := make(chan context.Context, 9)
	during := make(chan error, 9)
	l := newLab(t, &box{deliver: func(_ context.Context, a *letter.Arrival) error {
		during <- a.Early.(context.Context).Err()
		return nil
	}}, func(o *Options) {
		o.Early = func(ctx context.Context, a *letter.Arrival) any {
			if a.ReversePath != "a@client.example" || a.Helo == "" {
				t.Errorf("early: %+v", a)
			}
			begun <- ctx
			return ctx
		}
	})
	p := l.dial()
	ended := func(what string) {
		t.Helper()
		select {
		case <-(<-begun).Done():
		case <-time.After(patience):
			t.Errorf("%s: what was begun goes on", what)
		}
	}
	p.ask("EHLO client", "250-")
	for _, last := range []string{"deliver", "RSET", "EHLO again", "close"} {
		p.ask("MAIL FROM:<a@client.example>", "250 ")
		p.ask("RCPT TO:<nobody@example.com>", "550 ")
		if len(begun) != 0 {
			t.Error("begun for a recipient that is not taken")
		}
		p.ask("RCPT TO:<b@example.com>", "250 ")
		p.ask("RCPT TO:<c@example.com>", "250 ")
		if len(begun) != 1 {
			t.Fatalf("begun %d times", len(begun))
		}
		switch last {
		case "deliver":
			p.ask("DATA", "354 ")
			p.ask("text\r\n.", "250 ")
			if err := <-during; err != nil {
				t.Errorf("it had ended when the mail was delivered: %v", err)
			}
		case "close":
			p.Close()
		default:
			p.ask(last, "250")
		}
		ended(last)
	}
}
