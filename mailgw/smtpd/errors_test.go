package smtpd

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
)

const sendMail = "MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"

// What is not the peer's fault does not count towards the limit on errors,
// however often it comes; what is still does.
func TestErrorsOfOurs(t *testing.T) {
	full := func(context.Context, *letter.Arrival) error {
		return &ReplyError{Code: 452, Enhanced: [3]int{4, 3, 1}, Text: "no space", Cause: errors.New("disk full")}
	}
	for name, c := range map[string]struct {
		box     *box
		change  func(*Options)
		send    string
		replies string
	}{
		"no space":                {box: &box{deliver: full}, send: sendMail + ".\r\n", replies: "250 250 354 452"},
		"no space, chunk":         {box: &box{deliver: full}, send: "MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 1 LAST\r\nx", replies: "250 250 452"},
		"unknown error":           {box: &box{deliver: func(context.Context, *letter.Arrival) error { return errors.New("broken") }}, send: sendMail + ".\r\n", replies: "250 250 354 451"},
		"panic":                   {box: &box{deliver: func(context.Context, *letter.Arrival) error { panic("broken") }}, send: sendMail + ".\r\n", replies: "250 250 354 451"},
		"recipient not found out": {box: &box{recipient: func(string) error { return errors.New("broken") }}, send: sendMail + "RSET\r\n", replies: "250 451 503 250"},
		"no room, pipelined": {
			change: func(o *Options) { o.MaxMessageBytes, o.MaxBufferedBytes = 0, 12<<10 },
			send:   strings.Replace(sendMail, "\r\n", " SIZE=200000\r\n", 1), replies: "452 503 503",
		},
		"no room, chunks": {
			change: func(o *Options) { o.MaxMessageBytes, o.MaxBufferedBytes = 0, 12<<10 },
			send:   "MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 32768\r\n" + bulk(32<<10) + "BDAT 1 LAST\r\nx", replies: "250 250 452 503",
		},
		"many recipients": {
			change: func(o *Options) { o.MaxRecipients = 1 },
			send:   strings.Replace(sendMail, "DATA", "RCPT TO:<billing@example.com>\r\nRCPT TO:<sales@example.com>\r\nDATA", 1) + ".\r\n", replies: "250 250 452 452 354 250",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, c.box, func(o *Options) {
				o.MaxErrors = 2
				if c.change != nil {
					c.change(o)
				}
			})
			p := l.dial()
			p.ask("EHLO client.example", "250-")
			for range 5 {
				p.send(c.send)
				for reply := range strings.FieldsSeq(c.replies) {
					p.want(reply)
				}
			}
			p.ask("RSET", "250 ")
			p.ask("XYZZY", "500 ")
			p.ask("DATA", "503 ")
			p.ask("MAIL FROM:<>  x=y=z", "5")
			p.want("421 4.7.0 too many errors")
			p.closed()
		})
	}
}

// No line of the log has a key twice: readers of JSON would lose one of them.
func TestLogKeys(t *testing.T) {
	l := newLab(t, &box{deliver: func(context.Context, *letter.Arrival) error { panic("broken") }}, func(o *Options) { o.MaxErrors = 4 })
	p := l.dial()
	p.ask("MAIL FROM:<a@b.example>", "503 ")
	p.begin()
	p.ask("MAIL FROM:<a@b.example>", "503 ")
	p.ask("RCPT TO:<nobody@example.com>", "550 ")
	p.ask("DATA", "354 ")
	p.ask(plain+".", "451 ")
	for _, mail := range []string{"bare\n\r\n", strings.Repeat("Received: by x\r\n", 6) + "\r\n"} {
		p.envelope()
		p.ask("DATA", "354 ")
		p.ask(mail+".", "554 ")
	}
	p.want("421 ")
	p.closed()
	key := regexp.MustCompile(`(?:^| )([a-z_]+)=(?:"(?:[^"\\]|\\.)*"|\S*)`)
	lines := 0
	for line := range strings.Lines(l.log.String()) {
		lines++
		seen := map[string]bool{}
		for _, m := range key.FindAllStringSubmatch(line, -1) {
			if seen[m[1]] {
				t.Errorf("%s stands twice in %s", m[1], line)
			}
			seen[m[1]] = true
		}
		if !seen["msg"] || !seen["conn"] {
			t.Errorf("not read: %s", line)
		}
	}
	if lines != 7 {
		t.Errorf("%d lines in the log, want 7:\n%s", lines, l.log.String())
	}
}
