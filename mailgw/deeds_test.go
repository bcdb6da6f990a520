package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// action is a mail to the address of a one-step action about an entry, as a link in a
// notice writes it.
func (h *house) action(from string, number uint64, seq uint32, p threading.Purpose) mail {
	h.t.Helper()
	person := from[strings.IndexByte(from, '<')+1 : len(from)-1]
	token := h.keys.Seal(threading.Ref{Purpose: p, Ticket: number, Entry: seq, Person: h.keys.PersonTag(person)})
	return mail{from: from, rcpt: []string{"support+" + token + "@example.com"}, subject: "Take it", body: "Press send. Nothing that stands here goes to the customer."}
}

// byAgent is a mail to the address in a notice about a ticket's first entry.
func (h *house) byAgent(from string, number uint64, body string) mail {
	m := h.action(from, number, 1, threading.AgentReply)
	m.subject, m.body = "Re: a notice", body
	return m
}

// toldIn is what somebody of the house was told last, beside notices.
func toldIn(list []sentMail, subject string) string {
	var out []string
	for _, m := range list {
		if strings.HasPrefix(m.read.Subject, subject) {
			out = append(out, m.read.Text)
		}
	}
	return strings.Join(out, "\n")
}

// inDays is when the desk opens in some days.
func inDays(n int) time.Time {
	return time.Date(monday.Year(), monday.Month(), monday.Day()+n, 7, 0, 0, 0, time.UTC)
}

// What each command makes of the ticket, and that undo takes it back, to the field.
func TestCommandsAndUndo(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		want  func(*ticket.Ticket) bool
		told  string // by the mail about what was done
	}{
		"take":             {"#take", func(t *ticket.Ticket) bool { return t.Assignee == "anna@example.com" && t.Status == ticket.New }, "It is yours"},
		"assign me":        {"#assign me", func(t *ticket.Ticket) bool { return t.Assignee == "anna@example.com" }, "Given to: Anna Keller"},
		"wait for days":    {"#wait 3d", func(t *ticket.Ticket) bool { return t.Status == ticket.Pending && t.WaitUntil.Equal(inDays(3)) }, "Waits until: 2026-07-16 09:00 CEST"},
		"wait, in words":   {"#wait 3 days", func(t *ticket.Ticket) bool { return t.WaitUntil.Equal(inDays(3)) }, "Waits until"},
		"wait for a week":  {"#wait 1w", func(t *ticket.Ticket) bool { return t.WaitUntil.Equal(inDays(7)) }, "Waits until"},
		"wait for hours":   {"#wait 2h", func(t *ticket.Ticket) bool { return t.WaitUntil.Equal(monday.Add(2 * time.Hour)) }, "Waits until"},
		"wait until a day": {"#wait until fri 12:00", func(t *ticket.Ticket) bool { return t.Status == ticket.Pending && !t.WaitUntil.IsZero() }, "12:00"},
		"priority":         {"#priority high", func(t *ticket.Ticket) bool { return t.Priority == ticket.High }, "Priority: high"},
		"tags":             {"#tag VIP, line-3 -none", func(t *ticket.Ticket) bool { return slices.Equal(t.Tags, []string{"line-3", "vip"}) }, "line-3, vip"},
		"another desk":     {"#desk billing", func(t *ticket.Ticket) bool { return t.Desk == "billing" && t.Number == 1 }, "Handed over to: billing"},
		"a copy": {"#cc joe@acme.example", func(t *ticket.Ticket) bool {
			return slices.Equal(t.Copies, []string{"joe@acme.example"}) && belongs(t, "joe@acme.example")
		}, "joe@acme.example"},
		"another person": {"#customer Zoe Globex <zoe@globex.example>", func(t *ticket.Ticket) bool { return t.Address == "zoe@globex.example" && t.Customer == "Globex Ltd" }, "Globex Ltd"},
		"another company": {"#customer Globex Ltd", func(t *ticket.Ticket) bool {
			return t.Customer == "Globex Ltd" && t.Confidence == ticket.Known && t.Level == "standard"
		}, "Globex Ltd"},
		"no company": {"#customer -", func(t *ticket.Ticket) bool { return t.Customer == "" && t.CustomerID == 0 }, "Customer"},
		"solve":      {"#solve", func(t *ticket.Ticket) bool { return t.Status == ticket.Solved }, "Solved"},
		"close": {"#close", func(t *ticket.Ticket) bool {
			return t.Status == ticket.Closed && t.PromiseIs == string(promise.Withdrawn)
		}, "Closed"},
		"call by no time":    {"#call", func(t *ticket.Ticket) bool { return t.PromiseIs == string(promise.Open) }, "To be called"},
		"a workaround named": {"#workaround use the other port", func(t *ticket.Ticket) bool { return t.Workaround == "use the other port" }, "use the other port"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			before := h.ticket(1)
			h.want(h.deliver(notice.reply(anna, c.words)), ticket.OutcomeAppended)
			after := h.ticket(1)
			if !c.want(&after) {
				t.Fatalf("%+v", after)
			}
			sent := h.flush()
			if got := toldIn(to(sent, "anna@example.com"), "Done"); !strings.Contains(got, c.told) {
				t.Errorf("the agent reads %q", got)
			}
			for _, m := range customers(sent) {
				if c.words != "#solve" {
					t.Errorf("the customer gets\n%s", m.read.Text)
				}
			}
			h.want(h.deliver(notice.reply(anna, "#undo")), ticket.OutcomeAppended)
			now := h.ticket(1)
			back := []any{now.Status, now.Priority, now.Assignee, now.Desk, now.Customer, now.CustomerID, now.Level, now.Address, now.WaitUntil, now.Workaround, now.PromiseIs}
			was := []any{before.Status, before.Priority, before.Assignee, before.Desk, before.Customer, before.CustomerID, before.Level, before.Address, before.WaitUntil, before.Workaround, before.PromiseIs}
			if !slices.Equal(back, was) || len(now.Tags) > 0 || len(now.Copies) > 0 || belongs(&now, "joe@acme.example") {
				t.Errorf("taken back it is\n%v, before it was\n%v", back, was)
			}
			h.want(h.deliver(notice.reply(anna, "#undo")), ticket.OutcomeAppended)
			if again := h.ticket(1); again.Status != now.Status || again.Assignee != now.Assignee {
				t.Error("undo undid the undo")
			}
		})
	}
}

// Of two who take a ticket one gets it, and the other reads who.
func TestTakenByTwo(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.flush()
	h.deliver(h.action(anna, 1, 1, threading.ActTake))
	h.deliver(h.action(ben, 1, 1, threading.ActTake))
	if got := h.ticket(1).Assignee; got != "anna@example.com" {
		t.Errorf("it is %s's", got)
	}
	if got := toldIn(to(h.flush(), "ben@example.com"), "Not done"); !strings.Contains(got, "#assign me (anna@example.com has it)") {
		t.Errorf("the other reads %q", got)
	}
}

// Who presses a colleague's link hears that it is not theirs; nobody else hears anything.
func TestColleaguesLink(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.flush()
	m := h.action(anna, 1, 1, threading.ActTake)
	m.from = ben
	h.deliver(m)
	sent := h.flush()
	if got := to(sent, "ben@example.com"); len(got) != 1 || !strings.Contains(strings.ToLower(got[0].read.Subject), "not sent") {
		t.Errorf("Ben gets %d mails", len(got))
	}
	if got := to(sent, "anna@example.com"); len(got) != 0 || h.ticket(1).Assignee != "" {
		t.Errorf("Anna gets %d mails, it is %q's", len(got), h.ticket(1).Assignee)
	}
}

// What is taken back is said in the desk's language, and that a customer knows a time
// that has left.
func TestUndoSays(t *testing.T) {
	h := newHouse(t, `desk[0].language="de"`)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#promise fri 12:00\r\nWir sehen nach.\r\n"))
	h.flush()
	h.deliver(notice.reply(anna, "#undo"))
	var all string
	for _, m := range to(h.flush(), "anna@example.com") {
		all += m.read.Subject + "\n" + m.read.Text
	}
	for _, want := range []string{"Status: neu", "zugewiesen: –", "12:00"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if want := "wurde diese Zeit aber genannt"; !strings.Contains(all, want) {
		t.Errorf("that the customer knows of it is not said:\n%s", all)
	}
}

// Each action does its one thing, once; what it did can be taken back by the link in the
// mail that says so.
func TestOneStepActions(t *testing.T) {
	for name, c := range map[string]struct {
		purpose threading.Purpose
		want    func(*ticket.Ticket) bool
	}{
		"take":           {threading.ActTake, func(t *ticket.Ticket) bool { return t.Assignee == "anna@example.com" }},
		"solve":          {threading.ActSolve, func(t *ticket.Ticket) bool { return t.Status == ticket.Solved }},
		"wait":           {threading.ActWait, func(t *ticket.Ticket) bool { return t.Status == ticket.Pending && !t.WaitUntil.IsZero() }},
		"wrong customer": {threading.ActWrongCustomer, func(t *ticket.Ticket) bool { return t.Customer == "" }},
		"not for us":     {threading.ActNotForUs, func(t *ticket.Ticket) bool { return slices.Contains(t.Tags, tagNotForUs) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			h.flush()
			before := h.ticket(1)
			h.want(h.deliver(h.action(anna, 1, 1, c.purpose)), ticket.OutcomeAppended)
			after := h.ticket(1)
			if !c.want(&after) {
				t.Fatalf("%+v", after)
			}
			sent := h.flush()
			for _, m := range customers(sent) {
				if strings.Contains(m.read.Text, "Press send") {
					t.Errorf("the customer reads\n%s", m.read.Text)
				}
			}
			if toldIn(to(sent, "anna@example.com"), "Done") == "" {
				t.Error("the agent hears nothing")
			}
			for seq := uint32(2); seq <= after.Entries; seq++ { // the question whether it is solved has a number, too
				h.deliver(h.action(anna, 1, seq, threading.ActUndo))
				if now := h.ticket(1); now.Status == before.Status && now.Customer == before.Customer && now.Assignee == before.Assignee && len(now.Tags) == 0 {
					break
				}
			}
			now := h.ticket(1)
			if now.Status != before.Status || now.Customer != before.Customer || now.Assignee != before.Assignee || len(now.Tags) != 0 {
				t.Fatalf("taken back it is %+v", now)
			}
			h.flush()
			h.deliver(h.action(anna, 1, 1, c.purpose)) // the same link again
			if again := h.ticket(1); again.Status != before.Status || again.Assignee != before.Assignee {
				t.Errorf("a link that was used acts again: %+v", again)
			}
			if got := toldIn(to(h.flush(), "anna@example.com"), "Done"); !strings.Contains(got, "Done before, on") {
				t.Errorf("the agent reads %q", got)
			}
		})
	}
}

// A ticket that was put aside is work again at its time, and whoever has it sees it;
// when the customer writes before, it is work at once, and nothing comes later.
func TestWaitIsOver(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#take #wait 3d"))
	h.flush()
	until := h.ticket(1).WaitUntil
	h.at(until)
	if _, err := h.closeDue(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := h.ticket(1); got.Status != ticket.Open || !got.WaitUntil.IsZero() {
		t.Errorf("%s, waits until %s", got.Status, got.WaitUntil)
	}
	if got := to(h.flush(), "anna@example.com"); len(got) != 1 || !strings.Contains(got[0].read.Subject, "#1") {
		t.Errorf("%d mails", len(got))
	}
	h.deliver(notice.reply(anna, "#wait 3d"))
	until = h.ticket(1).WaitUntil
	h.deliver(mail{subject: "Re: Export", head: []string{"In-Reply-To: <" + h.ticket(1).LastIn + ">"}, body: "One more thing."})
	if got := h.ticket(1); got.Status != ticket.Open || !got.WaitUntil.IsZero() {
		t.Errorf("when the customer wrote: %s, waits until %s", got.Status, got.WaitUntil)
	}
	h.flush()
	h.at(until)
	if _, err := h.closeDue(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := to(h.flush(), "anna@example.com"); len(got) != 0 {
		t.Errorf("%d mails of a wait that is over", len(got))
	}
}

// Merging and splitting by mail, and both taken back.
func TestMoveByMail(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "One", id: "one@acme.example"})
	h.deliver(mail{subject: "Two", id: "two@acme.example"})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#merge 1"))
	if got := h.ticket(2); got.MovedTo != 1 || got.Status != ticket.Closed {
		t.Fatalf("%+v", got)
	}
	if got := toldIn(to(h.flush(), "anna@example.com"), "Done"); !strings.Contains(got, "It goes on as ticket: 1") {
		t.Errorf("the agent reads %q", got)
	}
	h.deliver(notice.reply(anna, "#undo"))
	if got := h.ticket(2); got.MovedTo != 0 || got.Status != ticket.New {
		t.Errorf("taken back: %+v", got)
	}
	h.deliver(notice.reply(anna, "#merge 9"))
	if got := toldIn(to(h.flush(), "anna@example.com"), "Not understood"); h.ticket(2).MovedTo != 0 || got != "" && !strings.Contains(got, "no ticket 9") {
		t.Errorf("the agent reads %q", got)
	}
	h.deliver(mail{subject: "Re: One", head: []string{"In-Reply-To: <one@acme.example>"}, body: "And something else: the printer."})
	notice = h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#split"))
	if got := h.ticket(3); got.SplitFrom != 1 || got.Customer != "Acme Instruments AG" {
		t.Errorf("split off: %+v", got)
	}
	h.flush()
	h.deliver(notice.reply(anna, "#undo"))
	if got := h.ticket(3); got.MovedTo != 1 {
		t.Logf("undo of a split through the part's notice: %+v", got)
	}
}

// A handed over ticket keeps its number, conversation and promise; the new desk sees it
// with all that went before, and the customer hears nothing.
func TestHandOverCarriesAll(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	notice := h.noticeTo("anna@example.com")
	before := h.ticket(1)
	h.deliver(notice.reply(anna, "#note He has tried the cable.\r\n#desk billing"))
	after := h.ticket(1)
	if after.Desk != "billing" || after.PromiseID != before.PromiseID || !after.PromiseDue.Equal(before.PromiseDue) || after.PromiseIs != before.PromiseIs {
		t.Errorf("%+v", after)
	}
	if got := customers(h.flush()); len(got) != 0 {
		t.Errorf("the customer gets %d mails", len(got))
	}
	a := h.want(h.deliver(mail{subject: "Re: x", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Any news?"}), ticket.OutcomeAppended)
	if a.Ticket != 1 || a.ticket.Desk != "billing" {
		t.Errorf("the customer's next mail is on ticket %d of %s", a.Ticket, a.ticket.Desk)
	}
	last := h.noticeTo("ben@example.com")
	h.deliver(last.reply(ben, "Hello."))
	answers := customers(h.flush())
	if len(answers) != 1 || answers[0].read.From[0].Addr != "billing@example.com" {
		t.Fatalf("%d answers", len(answers))
	}
}

// Whoever gets a ticket from another desk, or back from somebody who says that it is not
// for them, sees it at once, with what went before; nobody is told twice.
func TestHandsAreTold(t *testing.T) {
	h := newHouse(t)
	h.reconfigure(func(text string) string {
		first := strings.Replace(text, `agents = ["anna@example.com", "ben@example.com"]`, `agents = ["anna@example.com"]`, 1)
		return strings.Replace(first, `agents = ["anna@example.com", "ben@example.com"]`, `agents = ["ben@example.com"]`, 1)
	})
	h.deliver(mail{body: "The invoice of June is wrong."})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#desk billing\r\nI pass you to my colleagues, who see all that you wrote."))
	sent := h.flush()
	got := to(sent, "ben@example.com")
	if len(got) != 1 || !strings.Contains(got[0].read.Text, "The invoice of June is wrong.") || !strings.Contains(got[0].read.ReplyTo[0].Addr, "billing+") {
		t.Fatalf("%d mails to the new desk", len(got))
	}
	if out := customers(sent); len(out) != 1 || strings.Contains(out[0].read.Text, "#desk") {
		t.Errorf("%d answers", len(out))
	}
	h.deliver(got[0].reply(ben, "It is 12.50 less."))
	if out := customers(h.flush()); len(out) != 1 || out[0].read.From[0].Addr != "billing@example.com" {
		t.Errorf("%d answers of the new desk", len(out))
	}
	h.deliver(h.action(ben, 1, 1, threading.ActNotForUs))
	sent = h.flush()
	if got := to(sent, "admin@example.com"); len(got) != 1 || h.ticket(1).Assignee != "" {
		t.Errorf("%d mails to the admin, assigned to %q", len(got), h.ticket(1).Assignee)
	}
}

// A call that was promised is kept by #called; its words stay in the house.
func TestCalled(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#call fri 12:00\r\nI look into it."))
	out := customers(h.flush())
	if len(out) != 1 || !strings.Contains(out[0].read.Text, "I will call you by 12:00 on Friday") && !strings.Contains(out[0].read.Text, "I will call you") {
		t.Fatalf("%d answers: %v", len(out), out)
	}
	open := func() (list []promise.Promise) {
		h.view(func(r store.Reader) error {
			all, err := r.TicketPromises(1)
			for _, p := range all {
				if p.Kind == promise.Callback {
					list = append(list, p)
				}
			}
			return err
		})
		return list
	}
	if got := open(); len(got) != 1 || got[0].State != promise.Open || !got[0].Told {
		t.Fatalf("%+v", got)
	}
	h.at(h.clock.Now().Add(time.Hour))
	h.deliver(notice.reply(anna, "#called he will send the log"))
	if got := open(); got[0].State != promise.Kept || len(got[0].KeptBy) != 1 {
		t.Errorf("%+v", got[0])
	}
	if got := customers(h.flush()); len(got) != 0 {
		t.Errorf("the customer gets\n%s", got[0].read.Text)
	}
	h.deliver(notice.reply(anna, "#undo"))
	if got := open(); got[0].State != promise.Open || len(got[0].KeptBy) != 0 || !got[0].KeptAt.IsZero() {
		t.Errorf("taken back: %+v", got[0])
	}
	h.deliver(notice.reply(anna, "#called now he was there"))
	if got := open(); got[0].State != promise.Kept {
		t.Errorf("called after all: %+v", got[0])
	}
}

// News and a workaround leave the ticket open: more is owed.
func TestMoreIsOwed(t *testing.T) {
	for _, word := range []string{"#update", "#workaround"} {
		h := newHouse(t)
		h.deliver(mail{})
		notice := h.noticeTo("anna@example.com")
		h.deliver(notice.reply(anna, word+"\r\nUse the other port until we know more."))
		got := h.ticket(1)
		if got.Status != ticket.Open || (got.Workaround != "") != (word == "#workaround") {
			t.Errorf("%s: %s, workaround %q", word, got.Status, got.Workaround)
		}
		if out := customers(h.flush()); len(out) != 1 || strings.Contains(out[0].read.Text, "#") {
			t.Errorf("%s: %d answers", word, len(out))
		}
	}
}

// What is written to the private address is a note, and nothing of it leaves.
func TestPrivateAddress(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.flush()
	token := h.keys.Seal(threading.Ref{Purpose: threading.Private, Ticket: 1, Entry: 1, Person: h.keys.PersonTag("anna@example.com")})
	a := h.want(h.deliver(mail{from: anna, rcpt: []string{"support+" + token + "@example.com"}, body: "She is angry.\r\n#take"}), ticket.OutcomeAppended)
	if a.entry.Kind != ticket.Note || !strings.Contains(a.entry.Text, "She is angry.") {
		t.Errorf("a %s: %q", a.entry.Kind, a.entry.Text)
	}
	if got := customers(h.flush()); len(got) != 0 {
		t.Errorf("the customer gets\n%s", got[0].read.Text)
	}
	a = h.want(h.deliver(mail{from: anna, rcpt: []string{"support+" + token + "@example.com"}, body: "She said:\r\n#close it, please\r\nand meant it."}), ticket.OutcomeAppended)
	if !strings.Contains(a.entry.Text, "#close it, please") || h.ticket(1).Status == ticket.Closed {
		t.Errorf("a note that quotes a command: %q, the ticket is %s", a.entry.Text, h.ticket(1).Status)
	}
	reply := h.keys.Seal(threading.Ref{Purpose: threading.AgentReply, Ticket: 1, Entry: 1, Person: h.keys.PersonTag("anna@example.com")})
	h.deliver(mail{from: anna, rcpt: []string{"support+" + reply + "@example.com", "support+" + token + "@example.com"}, body: "Both addresses."})
	if got := customers(h.flush()); len(got) != 0 {
		t.Errorf("a mail to both addresses went out:\n%s", got[0].read.Text)
	}
}

// The customer is asked again what they did not answer, in the agent's name, and only
// when something waits for their answer.
func TestCustomerIsAskedAgain(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(h.action(anna, 1, 1, threading.ActAsk))
	if got := customers(h.flush()); len(got) != 0 {
		t.Fatalf("nothing was asked yet, and the customer gets\n%s", got[0].read.Text)
	}
	h.deliver(notice.reply(anna, "Which version do you have?"))
	h.flush()
	h.deliver(h.action(anna, 1, 2, threading.ActAsk))
	got := customers(h.flush())
	if len(got) != 1 || !strings.Contains(got[0].read.Text, "Which version do you have?") || strings.Contains(got[0].read.Text, "Press send") || strings.Contains(got[0].read.Text, "anna@") {
		t.Fatalf("%d mails: %v", len(got), got)
	}
	if now := h.ticket(1); now.Status != ticket.Pending {
		t.Errorf("it is %s", now.Status)
	}
}

// #undo takes back an answer that has not left yet; nothing of it goes to the customer.
func TestUndoTakesBackAnAnswer(t *testing.T) {
	h := newHouse(t, "desk[0].answers_hold=\"60s\"")
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Please clear the cache.\r\n#tag vip"))
	h.flushDue()
	h.deliver(notice.reply(anna, "#undo"))
	h.at(h.clock.Now().Add(10 * time.Minute))
	if got := customers(h.flushDue()); len(got) != 0 {
		t.Errorf("the customer gets\n%s", got[0].read.Text)
	}
	if got := h.ticket(1); got.Status != ticket.New || got.Assignee != "" || len(got.Tags) != 0 {
		t.Errorf("%+v", got)
	}
}

// A link on a ticket that was solved before takes back nothing that was promised.
func TestLinkKeepsPromises(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#solve\r\nIt works. I'll call you by 3 pm tomorrow."))
	h.flush()
	open := h.ticket(1)
	h.deliver(h.action(ben, 1, 1, threading.ActWrongCustomer))
	if got := h.ticket(1); got.PromiseIs != open.PromiseIs || got.PromiseID != open.PromiseID {
		t.Errorf("the promise was %s and is %s", open.PromiseIs, got.PromiseIs)
	}
}

// Each #undo takes back one mail more, the newest first.
func TestUndoGoesOn(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#tag vip"))
	h.deliver(notice.reply(anna, "#priority high"))
	h.deliver(notice.reply(anna, "#undo"))
	if got := h.ticket(1); got.Priority != ticket.Normal || len(got.Tags) != 1 {
		t.Errorf("after one: %s, %v", got.Priority, got.Tags)
	}
	h.deliver(notice.reply(anna, "#undo"))
	if got := h.ticket(1); got.Priority != ticket.Normal || len(got.Tags) != 0 {
		t.Errorf("after two: %s, %v", got.Priority, got.Tags)
	}
}
