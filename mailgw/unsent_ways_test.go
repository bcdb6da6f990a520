package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// answersHold is the configuration in which an answer can be taken back for a minute.
const answersHold = `desk.support.answers_hold="1m"`

// An answer leaves a minute later by itself; meanwhile a link takes it back, and the
// ticket is as it was.
func TestAnswersHold(t *testing.T) {
	h, first, notice := toBeAnswered(t, answersHold)
	h.deliver(notice.reply(anna, "#solve\r\nDone, you will hear from me by Wednesday 12:00."))
	m := h.unsentMail("anna@example.com", "On its way")
	if !strings.Contains(m.read.Text, "10:01:00 CEST") {
		t.Errorf("says\n%s", m.read.Text)
	}
	if h.ticket(first.Ticket).Status != ticket.Solved {
		t.Errorf("the ticket is %s", h.ticket(first.Ticket).Status)
	}
	h.press(anna, m.link(h, "Do not send it"))
	h.at(monday.Add(2 * time.Minute))
	if out := customers(h.flushDue()); len(out) > 0 {
		t.Fatal("it left although it was taken back")
	}
	got := h.ticket(first.Ticket)
	if got.Status != ticket.New || got.PromiseIs != string(promise.Open) || got.PromiseID != first.ticket.PromiseID {
		t.Errorf("the ticket is %s, promise %s of %s", got.Status, got.PromiseIs, got.PromiseID)
	}
	if a := h.answersOn(first.Ticket); len(a) != 1 || a[0].Kind != ticket.Note {
		t.Errorf("on the ticket: %+v", a)
	}

	h.deliver(notice.reply(anna, "Done, again."))
	m = h.unsentMail("anna@example.com", "On its way")
	h.reopen()
	h.at(monday.Add(4 * time.Minute))
	if out := customers(h.flushDue()); len(out) != 1 || !strings.Contains(out[0].read.Text, "Done, again.") {
		t.Fatalf("%d left by themselves", len(out))
	}
	h.press(anna, m.link(h, "Do not send it"))
	if late := h.unsentMail("anna@example.com", "Nothing changed"); !strings.Contains(late.read.Text, "has left already") {
		t.Errorf("too late, and told\n%s", late.read.Text)
	}
	if a := h.answersOn(first.Ticket); a[1].Kind != ticket.MailOut {
		t.Error("what the customer has is a note")
	}
}

// Two agents answer the same mail: the second one is shown what the first one said.
func TestCollision(t *testing.T) {
	for name, c := range map[string]struct {
		between func(*house, sentMail) // after Ben's answer, before Anna's
		set     string
		held    bool
	}{
		"at once":        {func(*house, sentMail) {}, `desk.support.collision_within="10m"`, true},
		"eleven minutes": {func(h *house, _ sentMail) { h.at(monday.Add(11 * time.Minute)) }, `desk.support.collision_within="10m"`, false},
		"another mail of hers": {func(h *house, m sentMail) {
			h.deliver(mail{rcpt: []string{m.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: "And now it beeps."})
		}, `desk.support.collision_within="10m"`, false},
		"turned off": {func(*house, sentMail) {}, `desk.support.collision_within="0s"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.set)
			first := h.deliver(mail{})
			all := h.flush()
			annas, bens := to(all, "anna@example.com")[0], to(all, "ben@example.com")[0]
			h.deliver(bens.reply(ben, "Please turn it off and on."))
			out := customers(h.flush())
			c.between(h, out[0])
			h.deliver(annas.reply(anna, "Please clear the cache."))
			if !c.held {
				if out := customers(h.flush()); len(out) != 1 {
					t.Fatalf("%d left", len(out))
				}
				return
			}
			m := h.unsentMail("anna@example.com", "somebody else has answered")
			if !strings.Contains(m.read.Text, "turn it off and on") || !strings.Contains(m.read.Text, "Ben Ortiz has just answered") {
				t.Errorf("says\n%s", m.read.Text)
			}
			h.press(anna, m.link(h, "Send it"))
			if out := customers(h.flush()); len(out) != 1 || !strings.Contains(out[0].read.Text, "clear the cache") {
				t.Errorf("%d left", len(out))
			}
			if a := h.answersOn(first.Ticket); len(a) != 2 {
				t.Errorf("on the ticket: %+v", a)
			}
		})
	}
}

// Who is given the ticket by the one who has answered goes on, and is not asked.
func TestCollisionHandedOver(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	all := h.flush()
	annas, bens := to(all, "anna@example.com")[0], to(all, "ben@example.com")[0]
	h.deliver(bens.reply(ben, "#assign anna\r\nMy colleague knows more."))
	h.flush()
	h.deliver(annas.reply(anna, "Please clear the cache."))
	if out := customers(h.flushDue()); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
}

// Who has read that somebody answered, and adds something, is not asked.
func TestCollisionSeen(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	bens := h.noticeTo("ben@example.com")
	h.deliver(bens.reply(ben, "Please turn it off and on."))
	answered := h.noticeTo("anna@example.com")
	h.deliver(answered.reply(anna, "And clear the cache."))
	if out := customers(h.flush()); len(out) != 1 {
		t.Fatalf("%d left", len(out))
	}
}

// review is the configuration in which Ben reads Anna's answers.
const review = `agent[0].review_by="ben@example.com"`

// A new hire's answer waits for the one who reads it: they let it go, give it back with
// words, or their stand-in does. Nobody lets their own go, and the promise runs on.
func TestReview(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*house, sentMail)
		sent bool
		told string // a word in what Anna is told
	}{
		"let go":     {func(h *house, m sentMail) { h.press(ben, m.link(h, "Send it")) }, true, "on its way to the customer"},
		"a word":     {func(h *house, m sentMail) { h.deliver(m.reply(ben, "OK")) }, true, "on its way to the customer"},
		"given back": {func(h *house, m sentMail) { h.press(ben, m.link(h, "Do not send it")) }, false, "Ben Ortiz has read your answer"},
		"with words": {func(h *house, m sentMail) { h.deliver(m.reply(ben, "Too curt, please say why.")) }, false, "> Too curt, please say why."},
		"by a command": {func(h *house, m sentMail) {
			h.do("outbox.release", RowsArgs{IDs: []string{h.answersOn(1)[0].ID.String()}})
		}, true, "on its way to the customer"},
		"nobody's word": {func(h *house, m sentMail) {}, false, ""},
		"the writer's": {func(h *house, m sentMail) {
			h.deliver(mail{from: anna, rcpt: []string{m.link(h, "Send it")}, body: "Press send."})
		}, false, ""},
		"the customer's": {func(h *house, m sentMail) { h.deliver(mail{rcpt: []string{m.read.ReplyTo[0].Addr}, body: "ok"}) }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, first, notice := toBeAnswered(t, review)
			h.deliver(notice.reply(anna, "Hello Mia,\r\n\r\nclear the cache."))
			m := h.unsentMail("ben@example.com", "Please read this answer")
			for _, want := range []string{"Anna Keller has written this answer", "clear the cache.", "mia@acme.example", "The customer waits for an answer"} {
				if !strings.Contains(m.read.Text, want) {
					t.Errorf("%q is missing:\n%s", want, m.read.Text)
				}
			}
			h.reopen()
			c.do(h, m)
			all := h.flushDue()
			out := customers(all)
			if (len(out) == 1) != c.sent || c.sent && out[0].read.From[0].Name != "Anna Keller" {
				t.Fatalf("%d left", len(out))
			}
			if p := h.promise(first.ticket.PromiseID); (p.State == promise.Kept) != c.sent {
				t.Errorf("the promise is %s", p.State)
			}
			var told string
			for _, x := range to(all, "anna@example.com") {
				told += x.read.Text
			}
			if !strings.Contains(told, c.told) {
				t.Errorf("Anna is told\n%s", told)
			}
		})
	}
}

// What the guard stops of a new hire goes on to the reader when its writer says so; and
// while the reader is away, to whoever stands in.
func TestReviewBehindGuard(t *testing.T) {
	h, _, notice := toBeAnswered(t, review)
	h.deliver(notice.reply(anna, "We answer as soon as possible."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	link := m.link(h, "Send it")
	h.deliver(m.reply(anna, "send"))
	read := h.unsentMail("ben@example.com", "Please read this answer")
	h.press(anna, link) // hers was for the first question
	if out := customers(h.flushDue()); len(out) > 0 {
		t.Fatal("she let her own answer go")
	}
	if items := h.unsentItems(); len(items) != 1 || !strings.Contains(items[0].Why, "review") {
		t.Errorf("in the drawer: %+v", items)
	}
	h.press(ben, read.link(h, "Send it"))
	if out := customers(h.flushDue()); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
}

// A ticket is merged while an answer waits on it: the answer goes with it, and the links
// still work.
func TestUnsentIsMerged(t *testing.T) {
	h, first, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "We answer as soon as possible."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	other := h.deliver(mail{subject: "Another matter"})
	h.do("ticket.merge", MergeArgs{From: first.Ticket, To: other.Ticket})
	h.flushDue()
	if items := h.unsentItems(); len(items) != 1 || items[0].Ticket != other.Ticket {
		t.Errorf("in the drawer: %+v", items)
	}
	h.press(anna, m.link(h, "Send it"))
	if out := customers(h.flush()); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
	if got := h.ticket(other.Ticket); got.Status != ticket.Pending {
		t.Errorf("the ticket is %s", got.Status)
	}
}

// A typed answer is looked at, too.
func TestGuardTyped(t *testing.T) {
	h, first, _ := toBeAnswered(t)
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "This is Globex's."})
	m := h.unsentMail("anna@example.com", "Not sent yet")
	h.press(anna, m.link(h, "Send it"))
	if out := customers(h.flush()); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
}

// wording.avoid names the phrases; ["none"] names none.
func TestAvoid(t *testing.T) {
	for set, stopped := range map[string]bool{
		`wording.avoid=["clear the cache"]`: true, `wording.avoid=["none"]`: false, `wording.avoid=[]`: true,
	} {
		h, _, notice := toBeAnswered(t, set)
		h.deliver(notice.reply(anna, "Clear the  cache, as soon as possible."))
		if out := customers(h.flushDue()); (len(out) == 0) != stopped {
			t.Errorf("%s: %d left", set, len(out))
		}
	}
}

// While an answer waits for its reader the clock runs: the reminder says that it is written.
func TestReviewIsReminded(t *testing.T) {
	h, first, notice := toBeAnswered(t, review)
	h.deliver(notice.reply(anna, "Clear the cache."))
	h.flushDue()
	due := h.ticket(first.Ticket).PromiseDue
	said := false
	for at := monday; at.Before(due.Add(time.Hour)); at = at.Add(5 * time.Minute) {
		h.at(at)
		if _, err := h.round(at); err != nil {
			t.Fatal(err)
		}
		for _, m := range h.flushDue() {
			said = said || strings.Contains(m.read.Text, "An answer is written, and waits for somebody’s word")
		}
	}
	if p := h.promise(first.ticket.PromiseID); !said || p.State == promise.Kept {
		t.Errorf("reminded: %t; the promise is %s", said, p.State)
	}
}

// A ticket that waits with an answer is erased: row, note and drawer go with it.
func TestUnsentIsErased(t *testing.T) {
	h, first, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "Secret words, as soon as possible."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	h.press(anna, m.link(h, "Do not send it"))
	h.deliver(notice.reply(anna, "More secret words, as soon as possible."))
	h.flushDue()
	h.do("customer.erase", EraseArgs{Who: "mia@acme.example"})
	if items := h.unsentItems(); len(items) > 0 {
		t.Errorf("in the drawer: %+v", items)
	}
	for _, row := range h.rows() {
		if row.Kind == ticket.Answer {
			t.Errorf("it still waits: %+v", row)
		}
	}
	if all := h.dump(first.Ticket); strings.Contains(strings.ToLower(all), "secret words") {
		t.Errorf("its words are still there: %s", all)
	}
}

// The desk is called otherwise while an answer waits: who is asked can still say it.
func TestUnsentOfRenamedDesk(t *testing.T) {
	h, _, notice := toBeAnswered(t)
	h.deliver(notice.reply(anna, "As soon as possible."))
	m := h.unsentMail("anna@example.com", "Not sent yet")
	h.reconfigure(func(text string) string { return strings.Replace(text, `name = "support"`, `name = "help"`, 1) })
	h.press(anna, m.link(h, "Send it"))
	if out := customers(h.flushDue()); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
}

// News that waited leaves the ticket open when it goes: more is owed, as it would have
// been without the wait.
func TestUnsentNewsOwesMore(t *testing.T) {
	for _, command := range []string{"#update", "#workaround"} {
		h := newHouse(t)
		h.deliver(mail{})
		notice := h.noticeTo("anna@example.com")
		h.deliver(notice.reply(anna, command+"\r\nUse the other port; we go on as soon as possible."))
		m := h.unsentMail("anna@example.com", "Not sent yet")
		h.press(anna, m.link(h, "Send it"))
		if out := customers(h.flush()); len(out) != 1 {
			t.Fatalf("%s: %d left", command, len(out))
		}
		if got := h.ticket(1).Status; got != ticket.Open {
			t.Errorf("%s: the ticket is %s", command, got)
		}
	}
}
