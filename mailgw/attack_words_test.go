package mailgw

import (
	"fmt"
	"strings"
	"testing"
)

// zanzibar is what an attacker wants others to read from us.
const zanzibar = "zanzibar"

// spamWaves are mails with the attacker's words wherever a mail has any.
func spamWaves() map[string]mail {
	link := "ZANZIBAR free nitro https://zanzibar.example/x?y=1"
	return map[string]mail{
		"the subject":                   {subject: link},
		"the name":                      {from: `"` + link + `" <%s>`},
		"the name, encoded":             {from: "=?utf-8?q?ZANZIBAR_=0D=0ABcc:_zanzibar=40x.example?= <%s>"},
		"the name is an address":        {from: `"help@zanzibar.example" <%s>`},
		"the Message-ID":                {id: "ZANZIBAR." + strings.Repeat("free.nitro.", 20) + "@zanzibar.example"},
		"the References":                {head: []string{"References: <zanzibar@zanzibar.example>"}},
		"a company":                     {body: "We are Zanzibar Ltd.\r\n\r\n-- \r\nJo\r\nZanzibar Ltd, zanzibar.example"},
		"the zone of Date":              {head: []string{"Date: Mon, 13 Jul 2026 10:00:00 +0200 (ZANZIBAR)"}},
		"very long":                     {subject: strings.Repeat(link+" ", 2000), body: strings.Repeat(link+"\r\n", 5000)},
		"from right to left":            {subject: "\u202e" + link + "\u2066", from: "\u202eZANZIBAR <%s>"},
		"a line break in the subject":   {subject: "=?utf-8?q?ZANZIBAR=0D=0A=0D=0AZANZIBAR?=", head: []string{"Thread-Topic: ZANZIBAR\r\n ZANZIBAR"}},
		"a template":                    {subject: "{{.Subject}} zanzibar", from: `"{{.Name}} zanzibar" <%s>`},
		"an answer to nothing":          {subject: "Re: [SUP-1] ZANZIBAR", head: []string{"In-Reply-To: <zanzibar@example.com>", "Thread-Index: AdcA1dHM0mC3m0c2QXuCZ7m1pV0n3Q=="}},
		"a language that nobody speaks": {subject: "ZANZIBAR", head: []string{"Content-Language: zanzibar", "Accept-Language: zanzibar"}},
	}
}

// forger is how a mail in the victim's name comes, or how else it is to reach the victim.
type forger struct {
	zone    []string // what the DNS knows
	replyTo bool     // in the attacker's own name, the victim in Reply-To
	refused bool     // nothing at all may go out
}

func forgers() map[string]forger {
	const own = "evil.example TXT v=spf1 ip4:" + outside + " -all"
	return map[string]forger{
		"no records":                        {},
		"SPF of the attacker's own":         {zone: []string{own}},
		"and DMARC none":                    {zone: []string{own, "_dmarc.acme.example TXT v=DMARC1; p=none", "_dmarc.people.example TXT v=DMARC1; p=none"}},
		"and DMARC reject":                  {zone: []string{own, "_dmarc.acme.example TXT v=DMARC1; p=reject", "_dmarc.people.example TXT v=DMARC1; p=reject"}, refused: true},
		"proven, the victim in Reply-To":    {zone: []string{own}, replyTo: true},
		"not proven, the same":              {replyTo: true},
		"and the attacker's DMARC is there": {zone: []string{own, "_dmarc.evil.example TXT v=DMARC1; p=reject"}, replyTo: true},
	}
}

// Nobody reads the words of an attacker in a mail of ours, wherever he puts them, be
// the victim a customer or not; and one mail of his makes at most one of ours.
func TestAttackWordsInAcknowledgements(t *testing.T) {
	tried, sent := 0, 0
	for name, f := range forgers() {
		h := newHouse(t, `smtp.trusted_networks=[]`, `acknowledge.budget.per_address=0`)
		for _, line := range f.zone {
			domain, rest, _ := strings.Cut(line, " ")
			kind, value, _ := strings.Cut(rest, " ")
			h.zone.Add(domain, kind, value)
		}
		for _, victim := range []string{"mia@acme.example", "joe@people.example"} {
			for where, m := range spamWaves() {
				tried++
				out := f.attack(h, m, victim)
				sent += len(out)
				if len(out) > 1 || f.refused && len(out) > 0 {
					t.Errorf("%s, %s: %d mails to %s", name, where, len(out), victim)
				}
				for _, s := range out {
					if strings.Contains(visible(&s), zanzibar) {
						t.Errorf("%s, %s: %s reads\n%s", name, where, victim, s.Bytes)
					}
				}
			}
		}
	}
	t.Logf("%d mails of attackers, %d mails of ours to their victims, 0 words in them", tried, sent)
}

// attack sends a mail, and returns what left to the victim.
func (f *forger) attack(h *house, m mail, victim string) []sentMail {
	h.t.Helper()
	author := victim
	if f.replyTo {
		author = "eve@evil.example"
		m.head = append([]string{"Reply-To: <" + victim + ">"}, m.head...)
	}
	if m.from == "" {
		m.from = "<%s>"
	}
	m.from = fmt.Sprintf(strings.ReplaceAll(m.from, "%20", "%%20"), author)
	m.client, m.path = outside, str("eve@evil.example")
	if f.replyTo {
		m.path = str(author)
	}
	before := len(h.sent)
	h.deliver(m)
	h.flush()
	return to(h.sent[before:], victim)
}

// visible is what a mail shows or carries, decoded and in lower case; not the ids by
// which a client finds the conversation, which are no longer than ids are.
func visible(s *sentMail) string {
	var b strings.Builder
	for name, value := range s.read.Header.All() {
		if name == "In-Reply-To" || name == "References" {
			value = strings.Repeat("x", max(0, len(value)-2*maxStrangersID))
			value = strings.ReplaceAll(value, "x", zanzibar) // longer than it may be
		}
		b.WriteString(name + ": " + value + "\n")
	}
	return strings.ToLower(b.String() + s.read.Text)
}
