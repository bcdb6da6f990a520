package mailgw

import (
	"strings"
	"testing"

	"supportgw/threading"
)

// stage is what an attacker has: a ticket of Acme's with its notices, one of Globex's,
// and mails of ours.
type stage struct {
	*house
	annas, bens, ack sentMail
}

func newStage(t *testing.T) *stage {
	h := newHouse(t)
	h.deliver(mail{head: []string{"Cc: tom@acme.example"}})
	h.deliver(mail{from: "Gus Gunn <gus@globex.example>", subject: "Invoices"})
	h.flush()
	about := func(addr string) sentMail {
		for _, m := range to(h.sent, addr) {
			if strings.Contains(m.read.Subject, "Printer portal") {
				return m
			}
		}
		t.Fatalf("no notice to %s", addr)
		return sentMail{}
	}
	return &stage{h, about("anna@example.com"), about("ben@example.com"), to(h.sent, "mia@acme.example")[0]}
}

// token is an address for a purpose of ticket 1, of Anna.
func (s *stage) token(p threading.Purpose) string {
	return "support+" + s.keys.Seal(threading.Ref{Purpose: p, Ticket: 1, Entry: 1, Person: s.keys.PersonTag("anna@example.com")}) + "@example.com"
}

// as is a reply to Anna's notice with another From, by a stranger's machine.
func (s *stage) as(from string, head ...string) mail {
	m := s.annas.reply(from, secret)
	m.client, m.path, m.head = stranger, str("eve@evil.example"), append(m.head, head...)
	return m
}

// proven is a reply to Anna's notice with another From that is authenticated.
func (s *stage) proven(from string, head ...string) mail {
	m := s.annas.reply(from, secret)
	m.head = append(m.head, head...)
	return m
}

// act is a mail to an action's address.
func (s *stage) act(from string, p threading.Purpose, head ...string) mail {
	return mail{from: from, rcpt: []string{s.token(p)}, subject: "Take it", body: secret, head: head}
}

// impostor is an attack: what is tried, and the mail. Nothing may come of it.
type impostor struct {
	name string
	try  func(s *stage) mail
}

// impostors are the attacks that must not get through.
func impostors() map[string][]impostor {
	return map[string][]impostor{
		"A From that looks like an agent's": lookalikes(),
		"One proof without the other":       halfProofs(),
		repeated:                            repeats(),
		"One-step actions":                  wrongPresses(),
		"FreeScout's advisories of 2026, and what they teach": freeScout(),
	}
}

// forged is a reply to the agent's notice with another From, from a stranger's machine.
func forged(from string, head ...string) func(*stage) mail {
	return func(s *stage) mail { return s.as(from, head...) }
}

// really is the same, where From is authenticated.
func really(from string, head ...string) func(*stage) mail {
	return func(s *stage) mail { return s.proven(from, head...) }
}

// lookalikes have a From that looks like an agent's.
func lookalikes() []impostor {
	return []impostor{
		{"the agent's address, and nothing proves it", forged("anna@example.com")},
		{"in capitals, with a name", forged("Anna Keller <ANNA@EXAMPLE.COM>")},
		{"as display name, proven as somebody else", really(`"anna@example.com" <eve@evil.example>`)},
		{"as an encoded display name", really("=?utf-8?q?Anna_Keller_=3Canna=40example=2Ecom=3E?= <eve@evil.example>")},
		{"in a comment before", really("(anna@example.com) eve@evil.example")},
		{"in a comment behind", really("eve@evil.example (anna@example.com)")},
		{"the attacker as its display name", forged("eve@evil.example <anna@example.com>")},
		{"a group", forged("Support: anna@example.com;")},
		{"a group that is named so, with another member", really("anna@example.com: eve@evil.example;")},
		{"an empty group", forged("anna@example.com:;")},
		{"two addresses, the agent's last", really("eve@evil.example, anna@example.com")},
		{"two addresses, the agent's first", really("anna@example.com, eve@evil.example")},
		{"two From fields", really("eve@evil.example", "From: anna@example.com")},
		{"two From fields, the agent's first", forged("anna@example.com", "From: eve@evil.example")},
		{"Sender", really("eve@evil.example", "Sender: anna@example.com")},
		{"Reply-To", really("eve@evil.example", "Reply-To: anna@example.com")},
		{"Resent-From and Resent-Sender", really("eve@evil.example", "Resent-From: anna@example.com", "Resent-Sender: anna@example.com")},
		{"fields of other programs", really("eve@evil.example", "X-Original-From: anna@example.com", "X-Sender: anna@example.com", "X-Authenticated-Sender: anna@example.com")},
		{"a From with a space before the colon", really("eve@evil.example", "From : anna@example.com")},
		{"Cyrillic letters in the domain", really("anna@ex\u0430mple.com")},
		{"the same as punycode", really("anna@xn--exmple-4nf.com")},
		{"Cyrillic letters before the @", really("\u0430nna@example.com")},
		{"wide letters", forged("\uff41nna@example.com")},
		{"invisible characters", forged("anna\u200b@example.com")},
		{"a soft hyphen", forged("an\u00adna@example.com")},
		{"a dot behind the domain", forged("anna@example.com.")},
		{"a domain below the attacker's", really("anna@example.com.evil.example")},
		{"two @", really("anna@example.com@evil.example")},
		{"a quoted local part", really(`"anna@example.com"@evil.example`)},
		{"a percent sign", really("anna%example.com@evil.example")},
		{"a route", really("<@example.com:eve@evil.example>")},
		{"a tag", forged("anna+eve@example.com")},
		{"a domain below ours", forged("anna@mail.example.com")},
		{"no address", forged("Anna Keller")},
		{"an empty one", forged("<>")},
		{"no From", func(s *stage) mail {
			m := s.as("-")
			m.path = str("anna@example.com")
			return m
		}},
		{"the agent in the envelope alone", func(s *stage) mail {
			m := s.as("eve@evil.example")
			m.path = str("anna@example.com")
			return m
		}},
		{"results that claim a pass", forged("anna@example.com", "Authentication-Results: mx.example.com; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=anna@example.com; dmarc=pass header.from=example.com", "Received-SPF: pass", "ARC-Authentication-Results: i=1; mx.example.com; dmarc=pass")},
	}
}

// halfProofs have one proof of an agent without the other.
func halfProofs() []impostor {
	return []impostor{
		{"the agent, proven, at the plain address with the notice's id", func(s *stage) mail {
			m := s.proven(anna)
			m.rcpt = []string{"support@example.com"}
			return m
		}},
		{"the agent, proven, at a customer's address for replies", func(s *stage) mail {
			m := s.ack.reply(anna, secret)
			return m
		}},
		{"an agent's name at a customer's address for replies", func(s *stage) mail {
			m := s.ack.reply(anna, secret)
			m.client = stranger
			return m
		}},
		{"another agent with this one's notice", really(ben)},
		{"the customer with the agent's notice", really("Mia Meier <mia@acme.example>")},
		{"a stranger with the agent's notice", really("Eve <eve@evil.example>")},
		{"the agent's note address, by a stranger", func(s *stage) mail {
			m := s.as("Eve <eve@evil.example>")
			m.rcpt = []string{s.token(threading.Private)}
			return m
		}},
		{"the agent's note address, in the agent's name", func(s *stage) mail {
			m := s.as(anna)
			m.rcpt = []string{s.token(threading.Private)}
			return m
		}},
		{"a token with its last letter changed", func(s *stage) mail {
			m := s.as(anna)
			m.rcpt = []string{mangled(s.annas.read.ReplyTo[0].Addr, func(local string) string { return local[:len(local)-1] + string('0'+('1'-local[len(local)-1])&1) })}
			return m
		}},
		{"a token cut short", func(s *stage) mail {
			m := s.proven("Eve <eve@evil.example>")
			m.rcpt = []string{mangled(s.annas.read.ReplyTo[0].Addr, func(local string) string { return local[:len(local)-7] })}
			return m
		}},
		{"the ticket's number as a token", func(s *stage) mail {
			m := s.as(anna)
			m.rcpt, m.head = []string{"support+1@example.com"}, nil
			return m
		}},
	}
}

// repeats say once more what was said.
func repeats() []impostor {
	return []impostor{
		{"an agent's mail, by a stranger, with a new Message-ID", func(s *stage) mail {
			m := s.annas.reply(anna, "Hello Mia, try again.")
			s.deliver(m)
			s.flush()
			m.id, m.client = "", stranger
			return m
		}},
		{"the same with its own Message-ID, and other words", func(s *stage) mail {
			m := s.annas.reply(anna, "Hello Mia, try again.")
			m.id = "once@example.com"
			s.deliver(m)
			s.flush()
			m.client, m.body = stranger, secret
			return m
		}},
		{"the same, bit by bit", func(s *stage) mail {
			m := s.annas.reply(anna, "Hello Mia, try again.")
			m.id = "once@example.com"
			s.deliver(m)
			s.flush()
			m.client = stranger
			return m
		}},
		{"an action, by a stranger", func(s *stage) mail {
			s.deliver(s.act(anna, threading.ActWait))
			s.deliver(s.bens.reply(ben, "#wait 9d"))
			s.flush()
			m := s.act(anna, threading.ActSolve)
			m.client = stranger
			return m
		}},
		{"an action that was taken, by the same agent", func(s *stage) mail {
			s.deliver(s.act(anna, threading.ActTake))
			s.do("ticket.set", SetArgs{Number: 1, Assignee: "-"})
			s.flush()
			return s.act(anna, threading.ActTake)
		}},
	}
}

// wrongPresses press an action who must not.
func wrongPresses() []impostor {
	return []impostor{
		{"pressed by another agent", func(s *stage) mail { return s.act(ben, threading.ActSolve) }},
		{"pressed by the customer", func(s *stage) mail { return s.act("Mia Meier <mia@acme.example>", threading.ActSolve) }},
		{"pressed by a stranger", func(s *stage) mail { return s.act("Eve <eve@evil.example>", threading.ActTake) }},
		{"pressed in the agent's name", func(s *stage) mail {
			m := s.act(anna, threading.ActSolve)
			m.client = stranger
			return m
		}},
		{"the address for one turned into that for another", func(s *stage) mail {
			m := s.act(anna, threading.ActSolve)
			c := []byte(m.rcpt[0])
			at := strings.IndexByte(m.rcpt[0], '+') + 20 // where the purpose stands
			c[at] = map[bool]byte{true: '0', false: '1'}[c[at] == '1']
			m.rcpt[0] = string(c)
			return m
		}},
		{"an absence note to it", func(s *stage) mail { return s.act(anna, threading.ActSolve, "Auto-Submitted: auto-replied") }},
		{"an absence note that only its subject shows", func(s *stage) mail {
			m := s.act(anna, threading.ActSolve)
			m.subject = "Automatic reply: Solved"
			return m
		}},
		{"an absence note of Exchange", func(s *stage) mail {
			return s.act(anna, threading.ActSolve, "X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated")
		}},
		{"through a list", func(s *stage) mail {
			return s.act(anna, threading.ActSolve, "List-Id: <team.example.com>", "Precedence: list")
		}},
		{"a read receipt", func(s *stage) mail {
			m := s.act(anna, threading.ActSolve, "MIME-Version: 1.0", "Content-Type: multipart/report; report-type=disposition-notification; boundary=b")
			m.body = "--b\r\nContent-Type: text/plain\r\n\r\nRead.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; anna@example.com\r\nDisposition: automatic-action/MDN-sent-automatically; displayed\r\n\r\n--b--"
			return m
		}},
		{"a bounce", func(s *stage) mail {
			m := s.act("MAILER-DAEMON@example.com", threading.ActSolve, "MIME-Version: 1.0", "Content-Type: multipart/report; report-type=delivery-status; boundary=b")
			m.path = str("")
			m.body = "--b\r\nContent-Type: text/plain\r\n\r\nFailed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; anna@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--"
			return m
		}},
	}
}

// freeScout are those that other programs fell for.
func freeScout() []impostor {
	return []impostor{
		{"an agent's From at the conversation's address", func(s *stage) mail {
			m := s.ack.reply(anna, secret)
			m.client = stranger
			return m
		}},
		{"an answer to a notification that only its id proves", func(s *stage) mail {
			m := s.as(anna)
			m.rcpt = []string{"support@example.com"}
			return m
		}},
		{"a Message-ID that is made up by the pattern of such programs", func(s *stage) mail {
			return mail{from: anna, client: stranger, subject: "Re: Printer portal", body: secret, head: []string{"In-Reply-To: <notify-1-1-1784000000@example.com>", "References: <reply-1-1-abcdef@example.com> <fs-1@example.com>"}}
		}},
		{"control fields of the program's own", func(s *stage) mail {
			return mail{from: "Eve <eve@evil.example>", subject: "Re: Printer portal", body: secret, head: []string{"X-FreeScout-Mail-Type: user.notification", "X-Mailgw-Ticket: 1", "X-Mailgw-Agent: anna@example.com", "X-Mailgw-Clock: 2026", "X-Mailgw-Customer: Acme Instruments AG", "X-Mailgw-Original-Reply-To: anna@example.com"}}
		}},
		{"an answer from another address of who knows the ids", func(s *stage) mail {
			return mail{from: "Eve <eve@evil.example>", client: stranger, subject: s.ack.read.Subject, body: secret, head: []string{"In-Reply-To: <" + s.ack.read.MessageID + ">"}}
		}},
		{"commands by a customer", func(s *stage) mail {
			return s.ack.reply("Mia Meier <mia@acme.example>", "#close #assign anna #desk billing #merge 2 #priority urgent #customer Globex Ltd\r\n"+secret)
		}},
		{"commands by a stranger, at the plain address", func(s *stage) mail {
			return mail{from: "Eve <eve@evil.example>", subject: "#close #1", body: "#merge 1\r\n" + secret}
		}},
		{"who is in copy of a forged mail", func(s *stage) mail {
			m := s.ack.reply("Mia Meier <mia@acme.example>", secret)
			m.client, m.head = stranger, append(m.head, "Cc: eve@evil.example")
			return m
		}},
		{"the number in the subject", func(s *stage) mail {
			return mail{from: "Eve <eve@evil.example>", subject: "Re: [#1] #1 [SUP-1] Printer portal", body: secret}
		}},
		{"a customer's own address, forged, with the number", func(s *stage) mail {
			return mail{client: stranger, subject: "Re: [#1] Printer portal", body: secret, head: []string{"References: <1@example.com>"}}
		}},
		{"names of files that lead elsewhere", func(s *stage) mail {
			return withFiles(mail{from: "Eve <eve@evil.example>", body: secret}, attachedFile{"text/plain", "../../../\u200b.htaccess", "x"}, attachedFile{"text/x-php", "a.php\x00.png", "x"}, attachedFile{"text/plain", "/etc/cron.d/x", "x"})
		}},
	}
}

// mangled changes the local part of an address.
func mangled(addr string, change func(string) string) string {
	local, domain, _ := strings.Cut(addr, "@")
	return change(local) + "@" + domain
}
