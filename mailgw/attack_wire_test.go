package mailgw

import (
	"bytes"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// tickets is how many there are.
func (h *house) tickets() (n int) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		return r.Tickets(0, func(ticket.Ticket) bool { n++; return true })
	})
	return n
}

// Ends of a mail that other servers may see, and we must not: what stands behind
// them would be a second mail, from whomever it says (smuggling in).
func TestAttackSmugglingIn(t *testing.T) {
	const second = "MAIL FROM:<ceo@example.com>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nFrom: anna@example.com\r\nSubject: smuggled\r\n\r\nPay."
	for name, end := range map[string]string{
		"LF . LF": "\n.\n", "LF . CRLF": "\n.\r\n", "CRLF . LF": "\r\n.\n", "CR . CR": "\r.\r", "CR . CRLF": "\r.\r\n", "CRLF . CR": "\r\n.\r", "NUL": "\r\n\x00.\r\n", "LF CR . CRLF": "\n\r.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			p := talk(t, h.mxDoor())
			p.want("220 ")
			p.ask("EHLO mx.evil.example", "250 ")
			p.ask("MAIL FROM:<eve@evil.example>", "250 ")
			p.ask("RCPT TO:<support@example.com>", "250 ")
			p.ask("DATA", "354 ")
			p.ask("From: eve@evil.example\r\nSubject: one\r\n\r\nText"+end+second+"\r\n.", "")
			p.ask("NOOP", "250 ") // nothing of it was taken for commands
			if n := h.tickets(); n > 1 {
				t.Errorf("%d mails came in", n)
			}
			h.view(func(r store.Reader) error {
				return r.Tickets(0, func(k ticket.Ticket) bool {
					if k.Address != "eve@evil.example" {
						t.Errorf("a mail of %s", k.Address)
					}
					return true
				})
			})
		})
	}
}

// Nothing that a customer or an agent writes ends a mail of ours early or begins a
// field of it: what leaves has CRLF alone, and the fields of its kind once.
func TestAttackSmugglingOut(t *testing.T) {
	const hostile = "\r\n.\r\nMAIL FROM:<ceo@example.com>\r\nRCPT TO:<v@v.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nPay.\r\n.\r\n"
	bare := strings.ReplaceAll(hostile, "\r\n", "\n") + strings.ReplaceAll(hostile, "\r\n", "\r")
	h := newHouse(t)
	first := h.deliver(mail{
		from: "=?utf-8?q?Mia=0D=0ABcc:_v=40v.example?= <mia@acme.example>", subject: "=?utf-8?q?Export=0D=0ABcc:_v=40v.example=0D=0A=0D=0A.=0D=0A?=",
		body: hostile + bare, head: []string{"Cc: =?utf-8?q?Tom=0D=0ABcc:_v=40v.example?= <tom@acme.example>", "References: <a@b.example>\r\n\t<c@d.example>"},
	})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Hello,"+hostile+bare+"\r\nGoodbye."))
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "Once more." + hostile + bare})
	h.flush()
	if len(h.sent) < 5 {
		t.Fatalf("%d mails left", len(h.sent))
	}
	for _, m := range h.sent {
		if rest := bytes.ReplaceAll(m.Bytes, []byte("\r\n"), nil); bytes.ContainsAny(rest, "\r\n\x00") {
			t.Errorf("a bare line break in\n%q", m.Bytes)
		}
		head, _, _ := strings.Cut(string(m.Bytes), "\r\n\r\n")
		for _, field := range []string{"Bcc:", "RCPT TO", "MAIL FROM"} {
			if strings.Contains("\r\n"+head, "\r\n"+field) {
				t.Errorf("%s in the header of\n%s", field, head)
			}
		}
		for _, field := range []string{"From:", "To:", "Subject:", "Message-ID:", "Date:"} {
			if strings.Count("\r\n"+head, "\r\n"+field) != 1 {
				t.Errorf("not one %s in\n%s", field, head)
			}
		}
		for _, to := range m.To {
			if to == "v@v.example" {
				t.Errorf("%s gets %q", to, m.read.Subject)
			}
		}
	}
}
