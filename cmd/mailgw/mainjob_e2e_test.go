//go:build linux

package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// relayed is a header that a mail gets when it was not born on the peer: nothing
// is known of its author then.
const relayed = "Received: from elsewhere.example by relay.example.net; Mon, 2 Nov 2026 10:00:00 +0100"

// office is a running daemon with the mails of a day.
type office struct {
	*daemon
	t *testing.T
}

// sub is the same daemon for a subtest.
func (o *office) sub(t *testing.T) *office { return &office{o.daemon, t} }

// deliver hands a mail over and returns the id of its 250.
func (o *office) deliver(m draft, to ...string) string {
	o.t.Helper()
	if len(to) == 0 {
		to = []string{"support@example.com"}
	}
	c, err := dial(o.smtp)
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.close()
	r, err := c.send(m.from, to, m.bytes())
	if err != nil || r.id() == "" {
		o.t.Fatalf("mail <%s>: %s, %v", m.id, r, err)
	}
	o.awaitOutbox()
	return r.id()
}

// outcome is what became of a mail.
func (o *office) outcome(id string) string {
	o.t.Helper()
	found := o.find(id)
	if len(found) != 1 {
		o.t.Fatalf("find %s: %+v", id, found)
	}
	return found[0].Outcome
}

// acknowledgement returns the one that answers a mail.
func (o *office) acknowledgement(messageID string) *sentMail {
	o.t.Helper()
	acks := o.acknowledgements()[messageID]
	if len(acks) != 1 {
		o.t.Fatalf("<%s> has %d acknowledgements", messageID, len(acks))
	}
	return acks[0]
}

// notices are the mails to people of the house that tell of a ticket.
func (o *office) notices(number uint64) map[string]int {
	o.t.Helper()
	out := map[string]int{}
	for _, m := range o.mails() {
		text, err := m.plain()
		if err != nil {
			o.t.Fatal(err)
		}
		if m.get("Auto-Submitted") == "auto-generated" && regexp.MustCompile(fmt.Sprintf(`(?m)^Ticket %d\b`, number)).MatchString(text) {
			out[strings.Trim(m.envelopeTo, "<>")]++
		}
	}
	return out
}

// want compares one thing.
func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

var saidTime = regexp.MustCompile(`by (\d{2}:\d{2})(?: (?:today|tomorrow), (\w+)| on (\w+),) (\d{1,2}) (\w+)(?: (\d{4}))? \((CET|CEST|UTC|UTC\+9)\)`)

// promised reads the concrete time that a mail tells.
func promised(t testing.TB, mail *sentMail) time.Time {
	t.Helper()
	words, err := mail.plain()
	if err != nil {
		t.Fatal(err)
	}
	m := saidTime.FindStringSubmatch(strings.Join(strings.Fields(words), " "))
	if m == nil {
		t.Fatalf("no concrete time in:\n%s", words)
	}
	zone := time.UTC
	switch m[7] {
	case "CET", "CEST":
		if zone, err = time.LoadLocation("Europe/Zurich"); err != nil {
			t.Fatal(err)
		}
	case "UTC+9":
		zone = time.FixedZone("", 9*60*60)
	}
	year := m[6]
	if year == "" { // this year's
		sent, err := mail.header.Date()
		if err != nil {
			t.Fatal(err)
		}
		year = sent.In(zone).Format("2006")
	}
	at, err := time.ParseInLocation("Monday 2 January 2006 15:04", fmt.Sprintf("%s%s %s %s %s %s", m[2], m[3], m[4], m[5], year, m[1]), zone)
	if err != nil {
		t.Fatal(err)
	}
	if at.Weekday().String() != m[2]+m[3] {
		t.Errorf("%q: that day is a %s", m[0], at.Weekday())
	}
	return at
}

// checkPromise checks that the customer was told the very time that the ticket
// and the ledger have.
func (o *office) checkPromise(number uint64, ack *sentMail) {
	o.t.Helper()
	ticket := o.show(number)
	told := promised(o.t, ack)
	if ticket.PromiseDueAt == nil || !ticket.PromiseDueAt.Equal(told) || ticket.PromiseState != "open" {
		o.t.Errorf("told %s, the ticket has %v (%s)", told, ticket.PromiseDueAt, ticket.PromiseState)
	}
	rows := 0
	for line := range strings.Lines(o.mustCommand("promise", "list", "--json")) {
		var p promiseJSON
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			o.t.Fatal(err)
		}
		if p.Ticket == number {
			rows++
			if !p.Told || p.State != "open" || !p.DueAt.Equal(told) {
				o.t.Errorf("the ledger has %+v, told was %s", p, told)
			}
		}
	}
	want(o.t, "rows of the ledger", rows, 1)
}

// TestMainJob follows mails through the gateway, as their senders and the desk
// see it. The subtests are one story.
func TestMainJob(t *testing.T) {
	d := startDaemon(t, `lmtp.listen=["127.0.0.1:0"]`, `desk.support.reply_token="plus"`, `desk.billing.reply_token="plus"`)
	o := &office{d, t}
	maria := draft{id: "scale1@acme.example", from: "maria@acme.example", name: "Maria Rossi", subject: "Scale shows nothing", date: "Thu, 19 Nov 2026 09:00:00 +0900"}
	for _, step := range []struct {
		name string
		run  func(*office, draft)
	}{
		{"a customer writes", (*office).customerWrites},
		{"the same mail again", (*office).sameAgain},
		{"she answers the acknowledgement", (*office).answersAcknowledgement},
		{"a stranger quotes it", (*office).strangerQuotes},
		{"an unknown writes", (*office).unknownWrites},
		{"a vacation answers", (*office).vacationAnswers},
		{"production is down", (*office).productionDown},
		{"mail to postmaster", (*office).postmaster},
		{"two desks in one mail", (*office).twoDesks},
		{"by LMTP", (*office).lmtpMail},
		{"no such address", (*office).noSuchAddress},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(o.sub(t), maria) }) {
			return
		}
	}
	d.verifyClean()
	d.stop()
	d.verifyClean()
}

func (o *office) customerWrites(m draft) {
	m.headers = []string{"X-Mailgw-Ticket: 99"}
	id := o.deliver(m)
	ticket := o.ticketOf(m.id)
	want(o.t, "customer", text(ticket.Customer), "Acme Instruments AG")
	want(o.t, "confidence", ticket.Confidence, "domain")
	want(o.t, "level", ticket.Level, "premium")
	want(o.t, "desk", ticket.Desk, "support")
	want(o.t, "status", ticket.Status, "new")
	want(o.t, "entries", len(ticket.Entries), 2)
	want(o.t, "entry", ticket.Entries[0].ID, id)
	want(o.t, "sender_auth", text(ticket.Entries[0].SenderAuth), "trusted")

	ack := o.acknowledgement(m.id)
	o.checkPromise(ticket.Number, ack)
	want(o.t, "envelope from", ack.envelopeFrom, "<>")
	want(o.t, "envelope to", ack.envelopeTo, "<maria@acme.example>")
	want(o.t, "X-Auto-Response-Suppress", ack.get("X-Auto-Response-Suppress"), "All")
	want(o.t, "message id", ack.messageID(), text(ticket.Entries[1].MessageID))
	if !strings.HasPrefix(ack.get("Reply-To"), "support+") {
		o.t.Errorf("Reply-To: %s", ack.get("Reply-To"))
	}
	words, err := ack.plain()
	if err != nil || !strings.Contains(words, "Scale shows nothing") || !strings.Contains(words, "hall 3") {
		o.t.Errorf("the acknowledgement does not show that we listened: %v\n%s", err, words)
	}
	for _, agent := range []string{"anna@example.com", "ben@example.com"} {
		want(o.t, "notices to "+agent, o.notices(ticket.Number)[agent], 1)
	}
	raw := []byte(o.mustCommand("ticket", "raw", id))
	m.headers = nil // ours are not theirs to say
	if !bytes.HasSuffix(raw, m.bytes()) || bytes.Contains(raw, []byte("X-Mailgw")) {
		o.t.Errorf("ticket raw is not what she sent without X-Mailgw-Ticket:\n%s", raw)
	}
}

func (o *office) sameAgain(m draft) {
	before, sent := o.ticketOf(m.id), len(o.mails())
	id := o.deliver(m)
	want(o.t, "outcome", o.outcome(id), "duplicate")
	want(o.t, "mails in sent/", len(o.mails()), sent)
	if after := o.show(before.Number); !reflect.DeepEqual(before, after) {
		o.t.Errorf("a duplicate changed the ticket: %+v, was %+v", after, before)
	}
}

func (o *office) answersAcknowledgement(m draft) {
	ticket, ack := o.ticketOf1(m.id), o.acknowledgement(m.id)
	answer := draft{id: "scale2@acme.example", from: m.from, subject: "Re: " + m.subject, body: "It is in hall 4 as well.\r\n"}
	id := o.deliver(answer, strings.Trim(ack.get("Reply-To"), "<>"))
	want(o.t, "outcome", o.outcome(id), "appended")
	after := o.show(ticket)
	want(o.t, "entries", len(after.Entries), 3)
	want(o.t, "second acknowledgements", len(o.acknowledgements()[answer.id]), 0)
	if last := after.Entries[2]; last.ID != id || !strings.Contains(strings.Join(last.Evidence, " "), "token") {
		o.t.Errorf("the answer is %+v", last)
	}
}

// ticketOf1 is the ticket of the first mail with a Message-ID.
func (o *office) ticketOf1(messageID string) uint64 {
	o.t.Helper()
	found := o.find(messageID)
	if len(found) == 0 || found[0].Ticket == nil {
		o.t.Fatalf("find %s: %+v", messageID, found)
	}
	return *found[0].Ticket
}

func (o *office) strangerQuotes(m draft) {
	theirs := o.show(o.ticketOf1(m.id))
	ack := o.acknowledgement(m.id)
	stranger := draft{id: "quote@stranger.example", from: "eve@stranger.example", name: "Eve Nosy", subject: "Re: your matter",
		headers: []string{relayed, "In-Reply-To: <" + ack.messageID() + ">"}, body: "Please tell me all about it.\r\n"}
	id := o.deliver(stranger)
	want(o.t, "outcome", o.outcome(id), "held")
	held := o.ticketOf(stranger.id)
	if held.Number == theirs.Number || len(held.Linked) != 1 || held.Linked[0] != theirs.Number {
		o.t.Errorf("the held mail is on ticket %d, linked to %v; theirs is %d", held.Number, held.Linked, theirs.Number)
	}
	if after := o.show(theirs.Number); !reflect.DeepEqual(after, theirs) {
		o.t.Error("a stranger changed the ticket")
	}
	o.checkNeutral(stranger, m.subject, "Acme", "Maria")
	o.checkPromise(held.Number, o.acknowledgement(stranger.id))
}

// checkNeutral checks that an answer to nobody knows whom says nothing of what
// they wrote, and none of the secrets.
func (o *office) checkNeutral(m draft, secrets ...string) {
	o.t.Helper()
	ack := o.acknowledgement(m.id)
	words, err := ack.plain()
	if err != nil {
		o.t.Fatal(err)
	}
	all := words + ack.get("Subject") + ack.get("To")
	for _, s := range append(secrets, m.name, m.subject, strings.TrimSpace(m.body)) {
		if s != "" && strings.Contains(all, s) {
			o.t.Errorf("the answer to a stranger says %q:\n%s", s, all)
		}
	}
}

func (o *office) unknownWrites(draft) {
	m := draft{id: "first@newcomer.example", from: "li@newcomer.example", name: "Li Newcomer", subject: "Buy cheap watches", headers: []string{relayed},
		body: "Visit http://spam.example now.\r\n"}
	o.deliver(m)
	ticket := o.ticketOf(m.id)
	want(o.t, "customer", text(ticket.Customer), "null")
	want(o.t, "confidence", ticket.Confidence, "unknown")
	want(o.t, "level", ticket.Level, "standard")
	want(o.t, "sender_auth", text(ticket.Entries[0].SenderAuth), "none")
	o.checkNeutral(m)
	o.checkPromise(ticket.Number, o.acknowledgement(m.id))
}

func (o *office) vacationAnswers(draft) {
	m := draft{id: "away@globex.example", from: "kim@globex.example", subject: "Out of office", headers: []string{"Auto-Submitted: auto-replied"}}
	id := o.deliver(m)
	want(o.t, "outcome", o.outcome(id), "automatic")
	want(o.t, "acknowledgements", len(o.acknowledgements()[m.id]), 0)
	want(o.t, "promise", o.ticketOf(m.id).PromiseState, "none")
}

func (o *office) productionDown(draft) {
	m := draft{id: "down@initech.example", from: "bill@initech.example", subject: "Production down"}
	o.deliver(m)
	ticket := o.ticketOf(m.id)
	want(o.t, "priority", ticket.Priority, "urgent")
	ack := o.acknowledgement(m.id)
	o.checkPromise(ticket.Number, ack)
	made, err := ack.header.Date()
	if err != nil {
		o.t.Fatal(err)
	}
	if in := promised(o.t, ack).Sub(made); in < 0 || in > 30*time.Minute {
		o.t.Errorf("the answer is promised in %s, the target is 30 minutes around the clock", in)
	}
	want(o.t, "pages", o.notices(ticket.Number)["oncall@example.com"], 1)
}

func (o *office) postmaster(draft) {
	m := draft{id: "abuse@isp.example", from: "ops@isp.example", subject: "Your server"}
	o.deliver(m, "postmaster")
	ticket := o.ticketOf(m.id)
	want(o.t, "desk", ticket.Desk, "postmaster")
	want(o.t, "acknowledgements", len(o.acknowledgements()[m.id]), 0)
	want(o.t, "notices to admin.address", o.notices(ticket.Number)["admin@example.com"], 1)
}

func (o *office) twoDesks(draft) {
	m := draft{id: "both@globex.example", from: "jo@globex.example", subject: "Invoice and a fault"}
	o.deliver(m, "support@example.com", "BILLING@Example.COM")
	ticket := o.ticketOf(m.id)
	want(o.t, "desk", ticket.Desk, "support")
	o.acknowledgement(m.id)
	for _, agent := range []string{"anna@example.com", "ben@example.com"} {
		want(o.t, "notices to "+agent, o.notices(ticket.Number)[agent], 1)
	}
}

func (o *office) lmtpMail(draft) {
	c, err := dialAs(o.lmtp, "LHLO")
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.close()
	m := draft{id: "lmtp@globex.example", from: "jo@globex.example", subject: "Through a mail server"}
	r, err := c.envelope(m.from, []string{"support@example.com", "help@example.com"})
	if err != nil || r.code != 354 {
		o.t.Fatalf("%s, %v", r, err)
	}
	if err := c.write(stuffed(m.bytes())); err != nil {
		o.t.Fatal(err)
	}
	for range 2 { // RFC 2033 §4.2: one reply for each recipient
		if r, err := c.read(); err != nil || r.code != 250 {
			o.t.Errorf("%s, %v", r, err)
		}
	}
	o.awaitOutbox()
	want(o.t, "entries", len(o.ticketOf(m.id).Entries), 2)
	o.acknowledgement(m.id)
}

func (o *office) noSuchAddress(draft) {
	c, err := dial(o.smtp)
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.close()
	r, err := c.send("jo@globex.example", []string{"nobody@example.com"}, nil)
	if err != nil || r.code != 550 || !strings.HasPrefix(r.text, "5.1.1 ") {
		o.t.Errorf("%s, %v, want 550 5.1.1", r, err)
	}
}
