package outbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func aMail(to ...string) *Mail {
	return &Mail{Name: "1", From: "support@x.example", To: to, Bytes: []byte("Subject: s\r\n\r\n.dot\r\nend\r\n")}
}

// TestSMTPTransaction looks at one mail on the wire.
func TestSMTPTransaction(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{}
		r := h.relay(t, nil)
		s := r.Send(context.Background(), aMail("a@x.example", "b@y.example"))
		if s.Reply != "250 2.0.0 queued as 1" || len(s.Failures) != 0 {
			t.Errorf("%+v", s)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		equal(t, "dialogue", strings.Join(h.said(), "; "), "EHLO support.example; MAIL FROM:<support@x.example> BODY=8BITMIME SIZE=25; RCPT TO:<a@x.example>; RCPT TO:<b@y.example>; DATA; QUIT")
		equal(t, "body", fmt.Sprintf("%q", h.got[0].body), `"Subject: s\n\n.dot\nend\n"`)
	})
}

// Nothing in a mail ends it early: a line that is a dot alone, with a dialogue behind
// it, is one of its lines (RFC 5321 §4.5.2).
func TestSMTPNothingEndsAMail(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{}
		r := h.relay(t, nil)
		m := aMail("a@x.example")
		m.Bytes = []byte("Subject: s\r\n\r\nbefore\r\n.\r\nMAIL FROM:<ceo@x.example>\r\n..\r\nafter\r\n")
		if s := r.Send(context.Background(), m); s.Reply == "" {
			t.Errorf("%+v", s)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		equal(t, "mails", len(h.got), 1)
		equal(t, "body", fmt.Sprintf("%q", h.got[0].body), `"Subject: s\n\nbefore\n.\nMAIL FROM:<ceo@x.example>\n..\nafter\n"`)
	})
}

// A connection serves many mails, closes when it was idle for ten seconds or has
// served its number, and one that the hop closed meanwhile costs no mail its turn.
func TestConnectionsAreKept(t *testing.T) {
	in(t, func(t *testing.T) {
		var fault atomic.Pointer[string] // of the next MAIL
		h := &scripted{script: func(step, _ string) string {
			if step == "MAIL" {
				if p := fault.Swap(nil); p != nil {
					return *p
				}
			}
			return ""
		}}
		r := h.relay(t, func(o *SMTPOptions) { o.MailsPerConnection = 5 })
		send := func(n int) {
			for range n {
				if s := r.Send(context.Background(), aMail("a@x.example")); s.Reply == "" {
					t.Errorf("%+v", s)
				}
			}
		}
		send(7)
		equal(t, "connections for 7 mails", h.dialled, 2)
		time.Sleep(9 * time.Second)
		send(1)
		equal(t, "connections within 10 s", h.dialled, 2)
		time.Sleep(11 * time.Second)
		r.mu.Lock()
		equal(t, "idle", len(r.idle), 0)
		r.mu.Unlock()
		send(1)
		equal(t, "connections after 11 s", h.dialled, 3)
		for _, answer := range []string{"close", "421 4.3.2 restarting", "hang", "garbage"} {
			fault.Store(&answer)
			send(1)
		}
		equal(t, "taken", len(h.got), 13)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		equal(t, "goodbyes", strings.Count(strings.Join(h.said(), "\n"), "QUIT") >= 3, true)
	})
}

// TestRefusals shows what single replies mean.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		step, reply string
		from        string // "" is null
		want        string // of the one failure: code, enhanced, marks
		hop, hung   bool
	}{
		"greylisted":             {"RCPT", "450 4.2.0 greylisted", "s@x.example", "450 4.2.0", false, false},
		"unknown":                {"RCPT", "550-5.1.1 no such\r\n550 5.1.1 user", "s@x.example", "550 5.1.1 permanent", false, false},
		"no enhanced code":       {"RCPT", "550 no", "s@x.example", "550 0.0.0 permanent", false, false},
		"too many recipients":    {"RCPT", "552 too many", "s@x.example", "552 0.0.0", false, false},
		"mailbox full":           {"RCPT", "552 5.2.2 mailbox full", "s@x.example", "552 5.2.2 permanent", false, false},
		"too big at MAIL":        {"MAIL", "552 5.3.4 too big", "s@x.example", "552 5.3.4 permanent big", false, false},
		"too big, null":          {"MAIL", "552 5.3.4 too big", "", "552 5.3.4 permanent big", false, false},
		"too big, bare":          {"dot", "552 message too large", "s@x.example", "552 0.0.0 permanent big", false, false},
		"too big for the box":    {"RCPT", "550 5.2.3 too long", "s@x.example", "550 5.2.3 permanent big", false, false},
		"null refused":           {"MAIL", "550 5.7.1 we do not like this", "", "550 5.7.1 permanent null", false, false},
		"null refused at RCPT":   {"RCPT", "550 5.7.1 Null Sender not accepted", "", "550 5.7.1 permanent null", false, false},
		"other refusal at RCPT":  {"RCPT", "550 5.1.1 no such user", "", "550 5.1.1 permanent", false, false},
		"sender refused":         {"MAIL", "553 5.7.1 not owned", "s@x.example", "553 5.7.1 permanent", false, false},
		"null, other fault":      {"MAIL", "555 5.5.4 unsupported option", "", "555 5.5.4 permanent", false, false},
		"wants a login":          {"MAIL", "530 5.7.0 authenticate first", "", "530 5.7.0", true, false},
		"full":                   {"MAIL", "452 4.3.1 no space", "s@x.example", "452 4.3.1", false, false},
		"closing at MAIL":        {"MAIL", "421 4.3.2 closing", "s@x.example", "421 4.3.2", true, false},
		"closing at RCPT":        {"RCPT", "421 4.7.0 too many errors", "s@x.example", "421 4.7.0", true, true},
		"refused after DATA":     {"dot", "554 5.6.0 spam", "s@x.example", "554 5.6.0 permanent", false, false},
		"later after DATA":       {"dot", "451 4.3.0 try again", "s@x.example", "451 4.3.0", false, false},
		"refused DATA":           {"DATA", "554 5.5.1 no valid recipients", "s@x.example", "554 5.5.1 permanent", false, false},
		"DATA with a wrong code": {"DATA", "250 ok", "s@x.example", "0 0.0.0", false, true},
		"RCPT with a wrong code": {"RCPT", "354 go on", "s@x.example", "0 0.0.0", false, true},
		"break after the dot":    {"dot", "take", "s@x.example", "0 0.0.0", false, true},
		"greeting refuses":       {"greeting", "554 5.7.1 go away", "s@x.example", "554 5.7.1", true, false},
		"EHLO refuses":           {"EHLO", "550 5.7.1 bad name", "s@x.example", "550 5.7.1", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				h := &scripted{script: func(step, _ string) string {
					if step == c.step {
						return c.reply
					}
					return ""
				}}
				r := h.relay(t, nil)
				m := aMail("a@x.example")
				m.From = c.from
				s := r.Send(context.Background(), m)
				if len(s.Failures) != 1 || s.Reply != "" {
					t.Fatalf("%+v", s)
				}
				f := s.Failures[0]
				got := fmt.Sprintf("%d %d.%d.%d", f.Code, f.Enhanced[0], f.Enhanced[1], f.Enhanced[2])
				if f.Permanent {
					got += " permanent"
				}
				if f.TooBig {
					got += " big"
				}
				if f.NullRefused {
					got += " null"
				}
				if got != c.want || s.HopAway != c.hop || s.Hung != c.hung || strings.ContainsAny(f.Reply, "\r\n") || f.Reply == "" {
					t.Errorf("%s, hop %v, hung %v (%s), want %s, %v, %v", got, s.HopAway, s.Hung, f.Reply, c.want, c.hop, c.hung)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Some recipients are taken, some refused: one transaction, an answer for each.
func TestMixedRecipients(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{script: func(step, line string) string {
			switch {
			case strings.Contains(line, "<b@"):
				return "450 4.2.1 later"
			case strings.Contains(line, "<c@"):
				return "550 5.1.1 no"
			}
			return ""
		}}
		r := h.relay(t, nil)
		s := r.Send(context.Background(), aMail("a@x.example", "b@x.example", "c@x.example", "d@x.example"))
		if len(s.Failures) != 2 || s.Failures[0].To != "b@x.example" || s.Failures[1].To != "c@x.example" || s.Reply == "" {
			t.Errorf("%+v", s)
		}
		equal(t, "taken for", h.got[0].to, []string{"a@x.example", "d@x.example"})
		s = r.Send(context.Background(), aMail("b@x.example", "c@x.example"))
		equal(t, "none taken", len(s.Failures), 2)
		s = r.Send(context.Background(), aMail("a@x.example"))
		equal(t, "and the next", s.Reply != "", true)
		equal(t, "connections", h.dialled, 1)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What the hop does not offer is not sent.
func TestExtensions(t *testing.T) {
	utf8Mail := &Mail{From: "support@x.example", To: []string{"zoë@x.example", "a@x.example"}, Bytes: []byte("Subject: s\r\n\r\nx\r\n")}
	eightBit := &Mail{From: "support@x.example", To: []string{"a@x.example"}, Bytes: []byte("Subject: s\r\n\r\nzoë\r\n")}
	for name, c := range map[string]struct {
		offers   []string
		mail     *Mail
		failures int
		big      bool
		line     string // of the dialogue; "" when MAIL is not said
	}{
		"all":                     {nil, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> BODY=8BITMIME SIZE=25"},
		"nothing":                 {[]string{"HELP"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example>"},
		"size too small":          {[]string{"SIZE 24"}, aMail("a@x.example", "b@x.example"), 2, true, ""},
		"size just right":         {[]string{"SIZE 25"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> SIZE=25"},
		"size without limit":      {[]string{"SIZE 0"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> SIZE=25"},
		"size without number":     {[]string{"SIZE"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> SIZE=25"},
		"size that is no number":  {[]string{"SIZE many"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> SIZE=25"},
		"size beyond all numbers": {[]string{"SIZE 99999999999999999999999"}, aMail("a@x.example"), 0, false, "MAIL FROM:<support@x.example> SIZE=25"},
		"SMTPUTF8":                {nil, utf8Mail, 0, false, "MAIL FROM:<support@x.example> BODY=8BITMIME SIZE=17 SMTPUTF8"},
		"no SMTPUTF8":             {[]string{"8BITMIME"}, utf8Mail, 1, false, "MAIL FROM:<support@x.example> BODY=8BITMIME"},
		"no SMTPUTF8, sender":     {[]string{"8BITMIME"}, &Mail{From: "zoë@x.example", To: []string{"a@x.example"}, Bytes: utf8Mail.Bytes}, 1, false, ""},
		"8BITMIME":                {[]string{"8BITMIME"}, eightBit, 0, false, "MAIL FROM:<support@x.example> BODY=8BITMIME"},
		"no 8BITMIME":             {[]string{"SIZE 0"}, eightBit, 1, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				h := &scripted{offers: c.offers}
				r := h.relay(t, nil)
				s := r.Send(context.Background(), c.mail)
				if len(s.Failures) != c.failures || c.failures > 0 && (!s.Failures[0].Permanent || s.Failures[0].TooBig != c.big) || s.HopAway || s.Hung {
					t.Errorf("%+v", s)
				}
				line := ""
				if i := slices.IndexFunc(h.said(), func(l string) bool { return strings.HasPrefix(l, "MAIL") }); i >= 0 {
					line = h.said()[i]
				}
				equal(t, "MAIL", line, c.line)
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A server that knows no EHLO is greeted as of old.
func TestHELO(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{script: func(step, _ string) string {
			switch step {
			case "EHLO":
				return "502 5.5.2 what?"
			case "HELO":
				return "250 hop"
			}
			return ""
		}}
		for _, mode := range []string{"off", "opportunistic"} {
			r := h.relay(t, func(o *SMTPOptions) { o.TLS = mode })
			if s := r.Send(context.Background(), aMail("a@x.example")); s.Reply == "" {
				t.Errorf("%s: %+v", mode, s)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestSTARTTLS shows what each mode does with what servers do.
func TestSTARTTLS(t *testing.T) {
	other := &tls.Config{Certificates: serverTLS().Certificates, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10}
	for name, c := range map[string]struct {
		mode, address string
		tls           *tls.Config // nil: not offered
		reply         string      // to STARTTLS
		ca            bool
		want          string // secure, plain, or a part of the failure
	}{
		"off":                        {"off", "hop.example:587", serverTLS(), "", false, "plain"},
		"opportunistic":              {"opportunistic", "hop.example:587", serverTLS(), "", false, "secure"},
		"opportunistic, other name":  {"opportunistic", "other.example:587", serverTLS(), "", false, "secure"},
		"opportunistic, not offered": {"opportunistic", "hop.example:25", nil, "", false, "plain"},
		"opportunistic, not now":     {"opportunistic", "hop.example:25", serverTLS(), "454 4.7.0 not now", false, "plain"},
		"opportunistic, breaks":      {"opportunistic", "hop.example:25", serverTLS(), "close", false, "plain"},
		"opportunistic, old version": {"opportunistic", "hop.example:25", other, "", false, "plain"},
		"opportunistic, injected":    {"opportunistic", "hop.example:25", serverTLS(), "early", false, "plain"},
		"opportunistic, hangs":       {"opportunistic", "hop.example:25", serverTLS(), "hang", false, "plain"},
		"required":                   {"required", "hop.example:587", serverTLS(), "", true, "secure"},
		"required, other name":       {"required", "other.example:587", serverTLS(), "", true, "certificate"},
		"required, unknown CA":       {"required", "hop.example:587", serverTLS(), "", false, "certificate"},
		"required, not offered":      {"required", "hop.example:587", nil, "", true, "offers no STARTTLS"},
		"required, not now":          {"required", "hop.example:587", serverTLS(), "454 4.7.0 not now", true, "454"},
		"required, breaks":           {"required", "hop.example:587", serverTLS(), "close", true, "EOF"},
		"required, injected":         {"required", "hop.example:587", serverTLS(), "early", true, "out of turn"},
		"required, old version":      {"required", "hop.example:587", other, "", true, "TLS"},
		"required, hangs":            {"required", "hop.example:587", serverTLS(), "hang", true, "no answer in time"},
		"port 465":                   {"required", "hop.example:465", serverTLS(), "", true, "secure"},
		"port 465, unknown CA":       {"required", "hop.example:465", serverTLS(), "", false, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			ca := ""
			if c.ca {
				ca = caFile(t)
			}
			in(t, func(t *testing.T) {
				h := &scripted{tls: c.tls, atOnce: strings.HasSuffix(c.address, ":465"), script: func(step, _ string) string {
					if step == "STARTTLS" {
						return c.reply
					}
					return ""
				}}
				r := h.relay(t, func(o *SMTPOptions) { o.TLS, o.Address, o.CAFile = c.mode, c.address, ca })
				s := r.Send(context.Background(), aMail("a@x.example"))
				got := ""
				switch {
				case len(s.Failures) > 0:
					if got = s.Failures[0].Reply; !s.HopAway || s.Failures[0].Permanent {
						t.Errorf("a mail is blamed: %+v", s)
					}
				case h.got[0].secure:
					got = "secure"
				default:
					got = "plain"
				}
				if !strings.Contains(got, c.want) {
					t.Errorf("%s, want %s", got, c.want)
				}
				for _, line := range h.said() {
					if strings.HasPrefix(line, "EHLO") && line != "EHLO support.example" {
						t.Errorf("said %s", line)
					}
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestLogin shows when the password is sent, and that a refusal blames no mail.
func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		password, mode string
		offers         []string
		want           string // a part of the failure; "" is success
		log            string // a line of the dialogue
	}{
		"PLAIN":        {"secret\n", "off", []string{"AUTH PLAIN LOGIN"}, "", "AUTH PLAIN AG1haWxndwBzZWNyZXQ="},
		"LOGIN":        {"secret\r\nmore", "off", []string{"AUTH LOGIN CRAM-MD5"}, "", "AUTH LOGIN"},
		"through TLS":  {"secret", "required", nil, "", "AUTH PLAIN AG1haWxndwBzZWNyZXQ="},
		"wrong":        {"public", "off", []string{"AUTH PLAIN"}, "535 5.7.8", ""},
		"wrong, LOGIN": {"public", "off", []string{"AUTH LOGIN"}, "535 5.7.8", ""},
		"not offered":  {"secret", "off", []string{"SIZE 0"}, "neither AUTH PLAIN nor LOGIN", ""},
		"only another": {"secret", "off", []string{"AUTH GSSAPI"}, "neither AUTH PLAIN nor LOGIN", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ca, file := caFile(t), writeFile(t, "password", c.password)
			in(t, func(t *testing.T) {
				h := &scripted{tls: serverTLS(), offers: c.offers}
				r := h.relay(t, func(o *SMTPOptions) {
					o.TLS, o.CAFile, o.Username, o.PasswordFile = c.mode, ca, "mailgw", file
				})
				s := r.Send(context.Background(), aMail("a@x.example"))
				if c.want == "" {
					if len(s.Failures) > 0 || !slices.Contains(h.said(), c.log) {
						t.Errorf("%+v, %q", s, h.said())
					}
				} else if len(s.Failures) == 0 || !s.HopAway || s.Failures[0].Permanent || !strings.Contains(s.Failures[0].Reply, c.want) {
					t.Errorf("%+v", s)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// No password goes to another machine unless TLS is verified.
func TestNoPasswordInPlainText(t *testing.T) {
	file := writeFile(t, "password", "secret")
	in(t, func(t *testing.T) {
		h := &scripted{tls: serverTLS()}
		for _, mode := range []string{"off", "opportunistic"} {
			r := h.relay(t, func(o *SMTPOptions) {
				o.TLS, o.Username, o.PasswordFile, o.Dial = mode, "mailgw", file, h.dialFar
			})
			s := r.Send(context.Background(), aMail("a@x.example"))
			if len(s.Failures) != 1 || !strings.Contains(s.Failures[0].Reply, "only through verified TLS") || strings.Contains(strings.Join(h.said(), "\n"), "AUTH") {
				t.Errorf("%s: %+v, %q", mode, s, h.said())
			}
		}
	})
}

// Files that are gone or empty are a fault of the hop, which no mail pays for.
func TestFilesOfTheRelay(t *testing.T) {
	if _, err := NewSMTPRelay(SMTPOptions{Address: "hop.example"}); err == nil {
		t.Error("an address without port was taken")
	}
	empty := writeFile(t, "empty", "\n")
	for want, change := range map[string]func(*SMTPOptions){
		"has no certificate":        func(o *SMTPOptions) { o.TLS, o.CAFile = "required", empty },
		"no such file or directory": func(o *SMTPOptions) { o.TLS, o.CAFile = "required", empty+"x" },
		"first line is empty":       func(o *SMTPOptions) { o.Username, o.PasswordFile = "u", empty },
		"relay.password_file: open": func(o *SMTPOptions) { o.Username, o.PasswordFile = "u", empty+"x" },
	} {
		in(t, func(t *testing.T) {
			r := (&scripted{tls: serverTLS()}).relay(t, change)
			s := r.Send(context.Background(), aMail("a@x.example"))
			if len(s.Failures) != 1 || !s.HopAway || s.Failures[0].Permanent || !strings.Contains(s.Failures[0].Reply, want) {
				t.Errorf("%+v, want %s", s, want)
			}
		})
	}
}

// The end of the context ends what is on its way at once.
func TestSendEnds(t *testing.T) {
	for _, step := range []string{"greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"} {
		t.Run(step, func(t *testing.T) {
			in(t, func(t *testing.T) {
				h := &scripted{script: func(s, _ string) string {
					if s == step {
						return "hang"
					}
					return ""
				}}
				r := h.relay(t, nil)
				ctx, stop := context.WithTimeout(context.Background(), time.Second)
				defer stop()
				s := r.Send(ctx, aMail("a@x.example"))
				if len(s.Failures) != 1 || s.Failures[0].Permanent || time.Since(start) > 2*time.Second {
					t.Errorf("%+v after %s", s, time.Since(start))
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
