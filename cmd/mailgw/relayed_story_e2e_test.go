//go:build linux

package main_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"supportgw/mailgw"
)

const (
	fromAcme, fromHouse, fromEvil = "198.51.100.7", "198.51.100.8", "192.0.2.66" // see servers

	maria, anna = "maria@acme.example", "anna@example.com"
	desk        = "support@example.com"
	evilWords   = "Please pay to the account of Moriarty."
)

// victim is a real conversation, as far as an attacker may know of it.
type victim struct {
	number  uint64
	subject string
	opening string    // Message-ID of the customer's first mail
	answer  *sentMail // the last answer, to the customer
	notice  *sentMail // to the agent
	secrets []string  // what nobody outside may hear
}

// story is the same at each entrance: a conversation, and then those who would
// break into it.
func (o *outside) story() {
	v := o.conversation()
	for _, f := range o.customersForged(&v) {
		o.attack(&v, f, maria)
	}
	for _, f := range o.agentsForged(&v) {
		o.attack(&v, f, anna)
	}
	o.bothDesks()
	o.verifyClean()
}

// conversation is that of an honest customer and an honest agent.
func (o *outside) conversation() victim {
	o.t.Helper()
	proven, auth, opened := o.checks, "none", "new"
	if proven {
		auth = "pass"
	}
	first := draft{id: "first@acme.example", from: maria, name: "Maria Rossi", subject: "Refund of the blue scale", body: "Hello,\r\n\r\nplease refund order Q7781.\r\n"}
	l := o.come("customer: opens", fromAcme, first, desk)
	want(o.t, "outcome", l.outcome, opened)
	want(o.t, "sender_auth", text(l.entry.SenderAuth), auth)
	if len(l.outside) != 1 || receivers(l.house) != "anna@example.com, ben@example.com" {
		o.t.Fatalf("an honest mail: %d mails outside, and to %s", len(l.outside), receivers(l.house))
	}
	v := victim{number: l.ticket.Number, subject: first.subject, opening: first.id, notice: l.house[slices.IndexFunc(l.house, func(s *sentMail) bool { return s.envelopeTo == "<"+anna+">" })], secrets: []string{"blue scale", "Q7781", "Rossi", "Acme", evilWords}}
	words, err := l.outside[0].plain()
	if err != nil || strings.Contains(words, first.subject) != proven {
		o.t.Errorf("the acknowledgement of a mail that is %q: %v\n%s", auth, err, words)
	}
	// Behind another server, customers get plus addresses once an agent's answer
	// has come to one.
	want(o.t, "a reply address before the proof", strings.Contains(l.outside[0].get("Reply-To"), "+"), !o.checks)
	if proven {
		o.agentAnswers(&v)
	}
	o.answer(&v)
	want(o.t, "a reply address after the agent's answer", strings.Contains(v.answer.get("Reply-To"), "+"), o.tokens)

	next := draft{id: "next@acme.example", from: maria, name: "Maria Rossi", subject: "Re: " + v.subject, body: "It was order Q7782.\r\n"}
	to := desk
	if proven {
		next.headers = []string{"In-Reply-To: <" + v.answer.messageID() + ">"}
	} else {
		to = replyTo(v.answer)
	}
	l = o.come("customer: answers", fromAcme, next, to)
	want(o.t, "outcome of the customer's answer", l.outcome, "appended")
	want(o.t, "ticket of the customer's answer", l.ticket.Number, v.number)
	if proven && o.tokens {
		last := draft{id: "last@acme.example", from: maria, subject: "And one more thing", body: "Thank you for looking at Q7782 as well, is it done?\r\n"}
		l = o.come("customer: writes to the reply address", fromAcme, last, replyTo(v.answer))
		want(o.t, "ticket of the mail to the reply address", l.ticket.Number, v.number)
		want(o.t, "token among the evidence", strings.Contains(strings.Join(l.entry.Evidence, " "), "token"), true)
	}
	return v
}

// agentAnswers answers the notice by mail, which works where plus addresses do.
func (o *outside) agentAnswers(v *victim) {
	o.t.Helper()
	m := draft{id: "answer@example.com", from: anna, name: "Anna Keller", subject: "Re: " + v.notice.get("Subject"), body: "The money is on its way.\r\n",
		headers: []string{"In-Reply-To: <" + v.notice.messageID() + ">"}}
	to := replyTo(v.notice)
	if !o.tokens {
		if r := o.try(fromHouse, anna, []string{to}, m); r.code != 550 {
			o.t.Errorf("without recipient_delimiter Postfix says %s to an agent's token", r)
		}
		return
	}
	l := o.come("agent: answers by mail", fromHouse, m, to)
	want(o.t, "ticket of the agent's answer", l.ticket.Number, v.number)
	want(o.t, "who gets the agent's answer", receivers(l.outside), maria)
}

// answer answers by a command.
func (o *outside) answer(v *victim) {
	o.t.Helper()
	ask[any](o.daemon, "ticket.reply", mailgw.ReplyArgs{Number: v.number, As: "anna", Text: "We have refunded you."})
	o.awaitOutbox()
	for _, m := range o.mails() {
		if words, err := m.plain(); err == nil && strings.Contains(words, "We have refunded you.") && m.envelopeTo == "<"+maria+">" {
			v.answer = m
		}
	}
	if v.answer == nil {
		o.t.Fatal("the answer did not leave")
	}
}

func replyTo(m *sentMail) string { return strings.Trim(m.get("Reply-To"), "<> ") }

// forged is a mail in somebody's name, from a server that may not send it.
type forged struct {
	what    string
	headers []string
	subject string // "": that of the conversation
	body    string // "": evilWords
	to      string // "": the desk
	outcome string // where nothing is known of its author
}

// guess is a reply address with a token that nobody made.
func guess() string {
	token := make([]byte, 32)
	for i := range token {
		token[i] = "0123456789abcdefghjkmnpqrstvwxyz"[rand.IntN(32)]
	}
	return "support+" + string(token) + "@example.com"
}

// changed is an address with the last letter of its token changed.
func changed(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	last := byte('2')
	if addr[at-1] == last {
		last = '3'
	}
	return addr[:at-1] + string(last) + addr[at:]
}

// chain are the headers of a reply to a mail of ours, as a client writes them.
func chain(m *sentMail) []string {
	id := "<" + m.messageID() + ">"
	return []string{"In-Reply-To: " + id, "References: " + strings.TrimSpace(m.get("References")) + " " + id}
}

// believable is what a forger writes to look like mail that has been checked.
func believable(domain, address string) []string {
	return []string{
		fmt.Sprintf("Authentication-Results: %s; spf=pass smtp.mailfrom=%s; dkim=pass header.d=%s; dmarc=pass header.from=%s", authservID, domain, domain, domain),
		fmt.Sprintf("Received: from mail.%s (mail.%s [%s]) by postfix.example (Postfix) with ESMTP id 4XyZ for <%s>; Mon, 2 Nov 2026 10:00:00 +0100", domain, domain, address, desk),
		"Received: from localhost (localhost [127.0.0.1]) by postfix.example (Postfix) with ESMTP id 4XyY; Mon, 2 Nov 2026 10:00:00 +0100",
	}
}

func (o *outside) customersForged(v *victim) []forged {
	references := strings.Fields(v.answer.get("References"))
	out := []forged{
		{what: "plain desk, In-Reply-To and References of ours", headers: chain(v.answer), outcome: "held"},
		{what: "plain desk, the customer's own Message-ID", headers: []string{"In-Reply-To: <" + v.opening + ">"}, outcome: "held"},
		{what: "only the first of our References", headers: []string{"References: " + references[0]}, outcome: "held"},
		{what: "subject and tag alone", outcome: "new"},
		{what: "results in our name, and Received", headers: append(believable("acme.example", fromAcme), chain(v.answer)...), outcome: "held"},
		{what: "Received of loopback in front", headers: append(believable("acme.example", "127.0.0.1")[1:], chain(v.answer)...), outcome: "held"},
	}
	if o.tokens {
		out = append(out,
			forged{what: "a guessed token", headers: chain(v.answer), to: guess(), outcome: "held"},
			forged{what: "a token with one letter changed", headers: chain(v.answer), to: changed(replyTo(v.answer)), outcome: "held"})
	}
	return out
}

func (o *outside) agentsForged(v *victim) []forged {
	commands := "#close\r\n#assign Ben\r\n\r\n" + evilWords + "\r\n"
	out := []forged{
		{what: "plain desk, In-Reply-To of the notice", headers: chain(v.notice), body: commands, outcome: "held"},
		{what: "plain desk, In-Reply-To of the answer", headers: chain(v.answer), body: commands, outcome: "held"},
		{what: "results in our name, and Received", headers: append(believable("example.com", fromHouse), chain(v.notice)...), body: commands, outcome: "held"},
		{what: "a new matter", subject: "New password", outcome: "new"},
	}
	if o.tokens {
		out = append(out,
			forged{what: "a guessed token", headers: chain(v.notice), to: guess(), body: commands, outcome: "held"},
			forged{what: "the agent's own token, of a forwarded notice", headers: chain(v.notice), to: replyTo(v.notice), body: commands, outcome: "held"},
			forged{what: "the customer's token", headers: chain(v.answer), to: replyTo(v.answer), body: commands, outcome: "held"})
	}
	return out
}

// attack lets a forged mail come, and checks that the conversation is not touched
// and that nobody outside hears of it.
func (o *outside) attack(v *victim, f forged, from string) {
	o.t.Helper()
	number := len(o.rows)
	m := draft{id: fmt.Sprintf("forged%d@evil.example", number), from: from, subject: f.subject, headers: f.headers, body: f.body}
	if m.subject == "" {
		m.subject = fmt.Sprintf("Re: [SUP-%d] %s", v.number, v.subject)
	}
	if m.body == "" {
		m.body = evilWords + "\r\n"
	}
	to, auth, outcome := f.to, "none", f.outcome
	if to == "" {
		to = desk
	}
	if o.checks {
		auth = "fail"
		if f.subject == "" { // it asks for the conversation
			outcome = "held"
		}
	}
	who, _, _ := strings.Cut(from, "@")
	what := "forged " + who + ": " + f.what
	before := o.show(v.number)
	l := o.come(what, fromEvil, m, to)
	want(o.t, what+": sender_auth", text(l.entry.SenderAuth), auth)
	want(o.t, what+": outcome", l.outcome, outcome)
	if l.ticket.Number == v.number {
		o.t.Errorf("%s: it is on the ticket", what)
	}
	if after := o.show(v.number); !reflect.DeepEqual(before, after) {
		o.t.Errorf("%s: the ticket was %+v, and is %+v", what, before, after)
	}
	want(o.t, what+": a colleague is told", strings.Contains(receivers(l.house), "ben@example.com"), true)
	for _, s := range l.house {
		want(o.t, what+": an automatic answer to the house", s.get("Auto-Submitted"), "auto-generated")
	}
	if o.checks || from == anna {
		want(o.t, what+": who got something outside", receivers(l.outside), "")
		return
	}
	want(o.t, what+": who got something outside", receivers(l.outside), maria+" (auto)")
	for _, s := range l.outside {
		o.checkStrange(what, v, s, l)
	}
}

// checkStrange checks an acknowledgement to an address that proves nothing: it
// shows nothing of the conversation, and its reply address leads elsewhere. What
// only suggests the conversation is a new matter, whose own subject comes back.
func (o *outside) checkStrange(what string, v *victim, s *sentMail, l landing) {
	o.t.Helper()
	words, err := s.plain()
	if err != nil {
		o.t.Fatal(err)
	}
	secrets := []string{v.answer.messageID(), v.notice.messageID(), v.opening, replyTo(v.answer)}
	if l.outcome == "held" {
		secrets = append(secrets, v.secrets...)
	}
	for _, secret := range secrets {
		if strings.Contains(string(s.raw), secret) || strings.Contains(words, secret) {
			o.t.Errorf("%s: the acknowledgement says %q:\n%s", what, secret, s.raw)
		}
	}
	tag := regexp.MustCompile(fmt.Sprintf(`\bSUP-%d\b|[Tt]icket %d\b`, v.number, v.number))
	if l.outcome == "held" && tag.MatchString(words+s.get("Subject")) {
		o.t.Errorf("%s: the acknowledgement has the ticket's number:\n%s", what, s.raw)
	}
	m := draft{id: "to." + s.messageID(), from: maria, subject: "Re: your mail", body: "What is this about?\r\n"}
	answer := o.come("its acknowledgement is answered", fromAcme, m, replyTo(s))
	want(o.t, what+": where its reply address leads", answer.ticket.Number, l.ticket.Number)
}

// bothDesks sends one mail to two desks, of which Postfix makes two.
func (o *outside) bothDesks() {
	o.t.Helper()
	m := draft{id: "both@acme.example", from: maria, subject: "Invoice and a fault"}
	l := o.come("customer: one mail to two desks", fromAcme, m, desk, "billing@example.com")
	want(o.t, "who is told outside", receivers(l.outside), maria+" (auto)")
	want(o.t, "who is told in the house", receivers(l.house), "anna@example.com, ben@example.com, cleo@example.com")
	if r := o.try(fromAcme, maria, []string{"billing@example.com"}, m); r.code != 250 {
		o.t.Fatal(r)
	}
	waitFor(o.t, "the third copy", func() bool { return len(o.find(m.id)) == 3 })
	o.awaitOutbox()
	tickets, outcomes := map[uint64]bool{}, map[string]int{}
	for _, f := range o.find(m.id) {
		tickets[*f.Ticket] = true
		outcomes[f.Outcome]++
	}
	want(o.t, "tickets", len(tickets), 1)
	want(o.t, "outcomes", fmt.Sprint(outcomes), "map[duplicate:2 new:1]")
	want(o.t, "times that the second desk was told", o.notices(l.ticket.Number)["cleo@example.com"], 1)
}
