package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// asked is a ticket of Acme's, with the notice that an agent got of it.
func toBeAnswered(t *testing.T, set ...string) (h *house, first arrived, notice sentMail) {
	t.Helper()
	h = newHouse(t, set...)
	first = h.deliver(mail{head: []string{"Cc: tom@acme.example"}})
	return h, first, h.noticeTo("anna@example.com")
}

// unsentMail lets what is due leave, and returns the mail to somebody about an answer that
// has not left; it fails when there is none, or when something went to the customer.
func (h *house) unsentMail(addr, title string) sentMail {
	h.t.Helper()
	all := h.flushDue()
	if out := customers(all); len(out) > 0 {
		h.t.Fatalf("it went out:\n%s", out[0].read.Text)
	}
	for _, m := range to(all, addr) {
		if strings.Contains(m.read.Subject, title) {
			return m
		}
	}
	h.t.Fatalf("no mail %q to %s among %d", title, addr, len(all))
	return sentMail{}
}

// link is the address behind a word in a mail of ours.
func (m *sentMail) link(h *house, word string) string {
	h.t.Helper()
	for l := range strings.Lines(m.read.Text) {
		if name, addr, ok := strings.Cut(strings.TrimSpace(l), ": "); ok && name == word && strings.Contains(addr, "@") {
			return addr
		}
	}
	h.t.Fatalf("no %q in\n%s", word, m.read.Text)
	return ""
}

// press sends the mail that a link opens.
func (h *house) press(from, addr string) arrived {
	h.t.Helper()
	return h.want(h.deliver(mail{from: from, rcpt: []string{addr}, subject: "Send it", body: "Press send."}), ticket.OutcomeAppended)
}

// answerOf are the answers on a ticket, and what was one.
func (h *house) answersOn(number uint64) (out []ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Entries(number)
		for _, e := range list {
			if e.ByAgent != "" && (e.Kind == ticket.MailOut || !e.TakenBackAt.IsZero()) {
				out = append(out, e)
			}
		}
		return err
	})
	return out
}

// unsentItems are what waits in the drawer.
func (h *house) unsentItems() (out []ticket.DrawerItem) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		return r.DrawerItems(func(d ticket.DrawerItem) bool {
			if d.Kind == ticket.DrawerUnsent {
				out = append(out, d)
			}
			return true
		})
	})
	return out
}

// An answer that names another customer waits. The promise runs on, the ticket stays
// what it was, over a restart, too; the writer sends it all the same by a link, once.
func TestGuardStops(t *testing.T) {
	h, first, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "#solve\r\nHello Mia,\r\n\r\nthat is fixed, as for Globex. You will hear from me by Wednesday 12:00."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	for _, want := range []string{"Globex Ltd", "that is fixed, as for Globex.", "mia@acme.example", "tom@acme.example"} {
		if !strings.Contains(m.read.Text, want) {
			t.Errorf("%q is missing:\n%s", want, m.read.Text)
		}
	}
	h.reopen()
	if got := h.ticket(first.Ticket); got.Status != ticket.New || got.PromiseIs != string(promise.Open) || got.PromiseID != first.ticket.PromiseID {
		t.Errorf("while it waits the ticket is %s, promise %s", got.Status, got.PromiseIs)
	}
	if out := customers(h.flushDue()); len(out) > 0 {
		t.Error("it left after a restart")
	}
	items := h.unsentItems()
	if len(items) != 1 || !items[0].DueAt.Equal(monday.Add(30*time.Minute)) || !strings.Contains(items[0].Why, "Globex") {
		t.Fatalf("in the drawer: %+v", items)
	}

	link := m.link(h, "Send it")
	h.press(anna, link)
	sent := customers(h.flushDue())
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "as for Globex") || strings.Join(sent[0].To, " ") != "mia@acme.example tom@acme.example" {
		t.Fatalf("%d left", len(sent))
	}
	if got := h.ticket(first.Ticket); got.Status != ticket.Solved {
		t.Errorf("then the ticket is %s", got.Status)
	}
	if p := h.promise(first.ticket.PromiseID); p.State != promise.Kept {
		t.Errorf("the promise is %s", p.State)
	}
	if len(h.unsentItems()) > 0 {
		t.Error("it is still in the drawer")
	}
	own := false
	for _, e := range h.events(first.Ticket) {
		own = own || strings.Contains(e, "noted as promised")
	}
	if !own {
		t.Errorf("the time in its words was not noted: %q", h.events(first.Ticket))
	}
	h.press(anna, link)
	if again := customers(h.flushDue()); len(again) > 0 {
		t.Error("the link worked twice")
	}
}

// The ways to say what becomes of a stopped answer.
func TestGuardWords(t *testing.T) {
	const words = "Hello Mia,\r\n\r\nwe answer as soon as possible."
	for name, c := range map[string]struct {
		do   func(*house, sentMail) // with the mail that asks
		sent string                 // a word of what the customer gets; "" for nothing
		note bool                   // the stopped answer is a note
	}{
		"the link to take it back": {func(h *house, m sentMail) { h.press(anna, m.link(h, "Do not send it")) }, "", true},
		"send, as a reply":         {func(h *house, m sentMail) { h.deliver(m.reply(anna, "Send")) }, "as soon as possible", false},
		"new words, as a reply":    {func(h *house, m sentMail) { h.deliver(m.reply(anna, "We answer today.")) }, "We answer today.", true},
		"new words, stopped, too":  {func(h *house, m sentMail) { h.deliver(m.reply(anna, "We answer as soon as possible, really.")) }, "", true},
		"a note":                   {func(h *house, m sentMail) { h.deliver(m.reply(anna, "#note\r\nShe is angry.")) }, "", false},
		"nothing":                  {func(h *house, m sentMail) { h.deliver(m.reply(anna, "")) }, "", false},
		"a command": {func(h *house, m sentMail) {
			h.do("outbox.release", RowsArgs{IDs: []string{h.answersOn(1)[0].ID.String()}})
		}, "as soon as possible", false},
		"a command to drop it": {func(h *house, m sentMail) {
			h.do("outbox.drop", RowsArgs{IDs: []string{h.answersOn(1)[0].ID.String()}})
		}, "", true},
		"both links": {func(h *house, m sentMail) {
			h.press(anna, m.link(h, "Do not send it"))
			h.press(anna, m.link(h, "Send it"))
			h.deliver(m.reply(anna, "send"))
		}, "", true},
		"somebody else's hand": {func(h *house, m sentMail) {
			h.deliver(mail{from: ben, rcpt: []string{m.link(h, "Send it")}, body: "Press send."})
			h.deliver(mail{rcpt: []string{m.link(h, "Send it")}, body: "Press send."})
			h.deliver(mail{from: anna, client: stranger, rcpt: []string{m.link(h, "Send it")}, body: "Press send."})
		}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h, first, notice := toBeAnswered(t)
			h.deliver(notice.reply(anna, words))
			c.do(h, h.unsentMail("anna@example.com", "Not sent yet"))
			got := ""
			for _, m := range customers(h.flushDue()) {
				got += m.read.Text
			}
			if c.sent == "" && got != "" || !strings.Contains(got, c.sent) || strings.HasPrefix(strings.ToLower(got), "send") {
				t.Errorf("the customer got %q, want %q", got, c.sent)
			}
			stopped := h.answersOn(first.Ticket)[0]
			if (stopped.Kind == ticket.Note) != c.note || c.note && (stopped.MessageID != "" || len(stopped.To) > 0 || stopped.From != anna || !strings.Contains(stopped.Text, "as soon as possible")) {
				t.Errorf("the stopped answer is %+v", stopped)
			}
			if p := h.promise(first.ticket.PromiseID); (p.State == promise.Kept) != (c.sent != "") {
				t.Errorf("the promise is %s", p.State)
			}
		})
	}
}

// What was taken back is no secret of the house: the corrected answer, which repeats most
// of it, leaves, also when the first one had become a note before.
func TestCorrectedAnswerLeaves(t *testing.T) {
	for _, before := range []bool{false, true} {
		h, _, notice := toBeAnswered(t)
		h.deliver(notice.reply(anna, "Please clear the cache of your browser and load the page again, as soon as possible."))
		m := h.unsentMail("anna@example.com", "Not sent yet")
		if before {
			h.press(anna, m.link(h, "Do not send it"))
		}
		h.deliver(m.reply(anna, "Please clear the cache of your browser and load the page again."))
		if out := customers(h.flush()); len(out) != 1 {
			t.Errorf("taken back before: %t; %d left", before, len(out))
		}
	}
}

// A note's words do not leave, whoever wrote the note and however they come into an answer.
func TestGuardKeepsNotes(t *testing.T) {
	h, first, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "#note\r\nShe is very angry and wants to cancel the contract next month."))
	h.flush()
	h.deliver(notice.reply(anna, "I understand. She is very angry and wants to cancel, I read here."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	if !strings.Contains(m.read.Text, "words of an internal note") {
		t.Errorf("says\n%s", m.read.Text)
	}
	if h.ticket(first.Ticket).Status != ticket.New {
		t.Error("it counts as answered")
	}
}

// Its clock runs out: the desk's list names it with the command, until somebody looks.
func TestUnsentIsListed(t *testing.T) {
	h, _, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "As soon as possible."))
	h.flushDue()
	h.at(monday.Add(31 * time.Minute))
	if _, err := h.round(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	id := h.unsentItems()[0].ID
	found := false
	for _, m := range to(h.flushDue(), "ben@example.com") {
		found = found || strings.Contains(m.read.Text, "mailgw outbox release "+id.String())
	}
	if !found {
		t.Error("no list names it")
	}
	h.at(monday.Add(24 * time.Hour))
	v := h.do("outbox.list", NoArgs{}).(OutboxView)
	if v.Waits == nil || *v.Waits != "guard" {
		t.Errorf("listed as %+v", v)
	}
	if _, err := h.try("outbox.retry", RowsArgs{IDs: []string{id.String()}}); err == nil || !strings.Contains(err.Error(), "outbox release") {
		t.Errorf("retried: %v", err)
	}
	if _, err := h.try("outbox.retry", RowsArgs{All: true}); err != nil {
		t.Error(err)
	}
	if _, err := h.try("outbox.release", RowsArgs{All: true}); err != nil {
		t.Error(err)
	}
	if out := customers(h.flushDue()); len(out) > 0 {
		t.Error("it left without anybody's word")
	}
}
