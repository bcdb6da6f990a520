package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// withHeld makes a house in which somebody of whom nothing is proven asks for
// ticket 1, which has been answered: its clock has stopped.
func withHeld(t *testing.T) (*house, arrived) {
	t.Helper()
	h := newHouse(t)
	first := h.deliver(mail{id: "one@acme.example"})
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "Please try again."})
	h.flush()
	h.at(monday.Add(time.Hour))
	return h, h.want(h.deliver(intruder("one@acme.example")), ticket.OutcomeHeld)
}

func TestHeldList(t *testing.T) {
	h, a := withHeld(t)
	h.deliver(code()) // is in another drawer
	v, _ := h.do("held.list", NoArgs{}).(HeldView)
	if v.ID != a.ID || *v.From != "Eve <eve@elsewhere.example>" || v.Subject != "Re: Printer portal" || v.Ticket != 1 || v.OwnTicket != a.Ticket || v.Why == "" || !v.DueAt.Equal(monday.Add(90*time.Minute)) {
		t.Errorf("%+v", v)
	}
}

// An admitted mail is on the ticket that it asked for as if it had come there: its
// writer belongs to it, its clock goes on, and who answers the new notice answers
// that writer.
func TestHeldAdmit(t *testing.T) {
	h, a := withHeld(t)
	h.flush() // the notices of its own ticket
	due := a.ticket.PromiseDue
	v := h.do("held.admit", DrawerArgs{ID: a.ID.String()}).(DecidedView)
	if v.Ticket != 1 || v.OwnTicket != a.Ticket || v.Agent != nil {
		t.Errorf("%+v", v)
	}
	got := h.stored(a.ID, nil)
	asked, own := got.ticket, h.ticket(a.Ticket)
	if got.Outcome != ticket.OutcomeHeld || got.Ticket != 1 || got.entry.Ticket != 1 || got.entry.Seq != 4 || got.entry.Evidence[len(got.entry.Evidence)-1] != "admitted by admin" {
		t.Errorf("the mail: %+v", got.entry)
	}
	if asked.Status != ticket.Open || !slices.Contains(asked.People, "eve@elsewhere.example") || !slices.Contains(asked.Linked, a.Ticket) || asked.LastIn != a.MessageID ||
		asked.PromiseIs != "open" || !asked.Told || !asked.PromiseDue.Equal(due) || asked.PromiseID != a.ticket.PromiseID {
		t.Errorf("the ticket that it asked for: %+v", asked)
	}
	if own.Status != ticket.Closed || own.ClosedAt.IsZero() || own.PromiseID != 0 || own.PromiseIs != "none" || own.Told {
		t.Errorf("its own ticket: %+v", own)
	}
	h.view(func(r store.Reader) error {
		left, err := r.Entries(a.Ticket)
		for i := range left {
			if left[i].ID == a.ID {
				t.Error("the mail is on its own ticket, too")
			}
		}
		if len(left) != 2 || left[0].Kind != ticket.MailOut || left[1].Kind != ticket.Note || left[1].Seq != 3 {
			t.Errorf("what is left: %+v", left)
		}
		return err
	})
	if len(h.items()) != 0 {
		t.Error("it is still in the drawer")
	}
	for number, want := range map[uint64]string{1: "admin: held mail admitted", a.Ticket: "admin: status new to closed"} {
		if !slices.Contains(h.events(number), want) {
			t.Errorf("ticket %d: %q is not among %q", number, want, h.events(number))
		}
	}

	notice := h.noticeTo("anna@example.com")
	if !strings.Contains(notice.read.Text, "And what about me?") {
		t.Fatalf("the notice:\n%s", notice.read.Text)
	}
	h.deliver(notice.reply(anna, "You as well, Eve."))
	if answer := to(h.flush(), "eve@elsewhere.example"); len(answer) != 1 {
		t.Fatalf("%d answers to the mail's writer", len(answer))
	}
	if p := h.promise(asked.PromiseID); p.State != promise.Kept || p.Ticket != 1 {
		t.Errorf("promise %s of ticket %d", p.State, p.Ticket)
	}
	if own := h.ticket(a.Ticket); own.Status != ticket.Closed {
		t.Errorf("its own ticket is %s", own.Status)
	}
}

// Replies to the mail that was admitted find the ticket that it is on.
func TestRepliesFollowAnAdmittedMail(t *testing.T) {
	h, a := withHeld(t)
	h.do("held.admit", DrawerArgs{ID: a.ID.String()})
	b := h.deliver(mail{from: "Mia Meier <mia@acme.example>", head: []string{"In-Reply-To: <" + a.MessageID + ">"}})
	if b.Ticket != 1 || b.Outcome != ticket.OutcomeAppended || b.entry.Seq != 5 {
		t.Errorf("%s on ticket %d, entry %d", b.Outcome, b.Ticket, b.entry.Seq)
	}
	again := h.deliver(mail{from: "Eve <eve@elsewhere.example>", head: []string{"In-Reply-To: <" + a.MessageID + ">"}}) // proven now
	if again.Ticket != 1 || again.Outcome != ticket.OutcomeAppended {
		t.Errorf("its writer: %s on ticket %d", again.Outcome, again.Ticket)
	}
}

// Replies to what was said under the number of the closed ticket, by its
// acknowledgement and by its first notice, go on to the ticket that the mail is on;
// not when somebody has opened it again.
func TestRepliesToTheClosedTicketGoOn(t *testing.T) {
	h, a := withHeld(t)
	first := h.noticeTo("anna@example.com")
	h.deliver(mail{id: "later@acme.example", head: []string{"In-Reply-To: <one@acme.example>"}, body: "It works again."})
	h.do("held.admit", DrawerArgs{ID: a.ID.String()})
	h.flush()
	eve := mail{from: "Eve <eve@elsewhere.example>", client: stranger, rcpt: []string{letterAddr(a.ack.ReplyTo)}}
	b := h.want(h.deliver(eve), ticket.OutcomeAppended)
	if b.Ticket != 1 || !strings.Contains(strings.Join(b.entry.Evidence, "; "), "ticket 2 goes on as ticket 1") {
		t.Errorf("the customer's reply is on ticket %d: %q", b.Ticket, b.entry.Evidence)
	}
	h.flush()
	c := h.want(h.deliver(first.reply(anna, "You as well, Eve.")), ticket.OutcomeAppended)
	if answers := to(h.flush(), "eve@elsewhere.example"); c.Ticket != 1 || len(answers) != 1 || answers[0].read.InReplyTo[0] != a.MessageID {
		t.Errorf("the agent's answer is on ticket %d, %d left", c.Ticket, len(answers))
	}
	if own := h.ticket(a.Ticket); own.Status != ticket.Closed || own.Entries != 3 || own.Gone() != 1 {
		t.Errorf("the closed ticket: %s, %d entries", own.Status, own.Entries)
	}
	h.set(SetArgs{Number: a.Ticket, Status: "open"})
	if d := h.deliver(eve); d.Ticket != a.Ticket {
		t.Errorf("opened again, and a reply is on ticket %d", d.Ticket)
	}
}

// A held mail that asks for a ticket which was moved meanwhile goes where that went.
func TestHeldAdmitToATicketThatMoved(t *testing.T) {
	h, a := withHeld(t)
	other := intruder(a.MessageID)
	other.from, other.body = "Max <max@initech.example>", "So do I."
	b := h.want(h.deliver(other), ticket.OutcomeHeld)
	if b.Ticket == a.Ticket || fmt.Sprint(b.ticket.Linked) != fmt.Sprint([]uint64{a.Ticket}) {
		t.Fatalf("held on ticket %d, linked %v", b.Ticket, b.ticket.Linked)
	}
	h.do("held.admit", DrawerArgs{ID: a.ID.String()})
	v := h.do("held.admit", DrawerArgs{ID: b.ID.String()}).(DecidedView)
	if got := h.stored(b.ID, nil); v.Ticket != 1 || got.Ticket != 1 || got.entry.Seq != 5 {
		t.Errorf("%+v, entry %d of ticket %d", v, got.entry.Seq, got.Ticket)
	}
	if c := h.deliver(mail{from: "Max <max@initech.example>", client: stranger, rcpt: []string{letterAddr(b.ack.ReplyTo)}}); c.Ticket != 1 {
		t.Errorf("a reply is on ticket %d", c.Ticket)
	}
}

// A mail that was admitted after later ones came is answered as the one it is.
func TestAnswerToAMailAdmittedLate(t *testing.T) {
	h, a := withHeld(t)
	h.deliver(mail{id: "later@acme.example", head: []string{"In-Reply-To: <one@acme.example>"}, body: "It works again."})
	h.flush()
	h.do("held.admit", DrawerArgs{ID: a.ID.String()})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "You as well, Eve."))
	if sent := h.flush(); len(to(sent, "eve@elsewhere.example")) != 1 || len(to(sent, "mia@acme.example")) != 0 {
		t.Errorf("%d mails to the writer, %d to somebody else", len(to(sent, "eve@elsewhere.example")), len(to(sent, "mia@acme.example")))
	}
}

// clock is a ticket's answer clock, as a test sets it.
type clock struct {
	state promise.State // "" when the ticket has none
	told  bool
	due   time.Duration // after monday
}

// Of two clocks one goes on: what was told, then what is earlier.
func TestPromiseFollowsAnAdmittedMail(t *testing.T) {
	const open, broken, kept = promise.Open, promise.Broken, promise.Kept
	for _, c := range []struct {
		name       string
		asked, own clock
		goesOn     string // whose promise the ticket that was asked for has then
		other      promise.State
	}{
		{"the asked one has none", clock{}, clock{open, true, 2 * time.Hour}, "own", ""},
		{"the asked one's is kept", clock{kept, true, time.Hour}, clock{open, true, 2 * time.Hour}, "own", kept},
		{"both told, own earlier", clock{open, true, 3 * time.Hour}, clock{open, true, 2 * time.Hour}, "own", promise.Withdrawn},
		{"both told, asked earlier", clock{open, true, time.Hour}, clock{open, true, 2 * time.Hour}, "asked", promise.Withdrawn},
		{"both told, the same time", clock{open, true, 2 * time.Hour}, clock{open, true, 2 * time.Hour}, "asked", promise.Withdrawn},
		{"own told, asked earlier and not told", clock{open, false, time.Hour}, clock{open, true, 2 * time.Hour}, "own", promise.Withdrawn},
		{"asked told, own earlier and not told", clock{open, true, 3 * time.Hour}, clock{open, false, 2 * time.Hour}, "asked", promise.Withdrawn},
		{"neither told, own earlier", clock{open, false, 3 * time.Hour}, clock{open, false, 2 * time.Hour}, "own", promise.Withdrawn},
		{"own broken, asked without one", clock{}, clock{broken, true, 2 * time.Hour}, "own", ""},
		{"own broken, asked open", clock{open, true, 3 * time.Hour}, clock{broken, true, 2 * time.Hour}, "asked", broken},
		{"own kept, asked open", clock{open, true, 3 * time.Hour}, clock{kept, true, 2 * time.Hour}, "asked", kept},
		{"own none, asked open", clock{open, true, 3 * time.Hour}, clock{}, "asked", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{id: "one@acme.example"})
			a := h.want(h.deliver(intruder("one@acme.example")), ticket.OutcomeHeld)
			askedID, ownID := first.ticket.PromiseID, a.ticket.PromiseID
			h.wind(1, c.asked)
			h.wind(a.Ticket, c.own)
			h.do("held.admit", DrawerArgs{ID: a.ID.String()})
			asked, own := h.ticket(1), h.ticket(a.Ticket)
			want, other, winner, loser := askedID, ownID, c.asked, c.own
			if c.goesOn == "own" {
				want, other, winner, loser = ownID, askedID, c.own, c.asked
			}
			if asked.PromiseID != want || asked.PromiseIs != string(winner.state) || !asked.PromiseDue.Equal(monday.Add(winner.due)) || asked.Told != winner.told {
				t.Errorf("ticket 1 has promise %s, %s until %s", asked.PromiseID, asked.PromiseIs, asked.PromiseDue)
			}
			if p := h.promise(want); p.Ticket != 1 || p.State != winner.state {
				t.Errorf("ledger: %s on ticket %d", p.State, p.Ticket)
			}
			if loser.state == "" {
				return
			}
			if p := h.promise(other); p.State != c.other || c.other == promise.Withdrawn && p.Cause == "" {
				t.Errorf("the other is %s, cause %q", p.State, p.Cause)
			}
			if own.PromiseIs == string(promise.Open) {
				t.Error("the closed ticket has a clock that runs")
			}
		})
	}
}

// wind sets a ticket's clock; its promise stays in the ledger.
func (h *house) wind(number uint64, c clock) {
	h.t.Helper()
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		t, err := tx.Ticket(number)
		if err != nil {
			return err
		}
		p, err := tx.Promise(t.PromiseID)
		if err != nil {
			return err
		}
		if c.state == "" {
			t.PromiseID, t.PromiseDue, t.PromiseIs, t.Told = 0, time.Time{}, "none", false
			p.State, p.Cause = promise.Withdrawn, "wound back"
		} else {
			t.PromiseDue, t.PromiseIs, t.Told = monday.Add(c.due), string(c.state), c.told
			p.DueAt, p.State, p.Told = t.PromiseDue, c.state, c.told
		}
		if err := tx.PutPromise(&p); err != nil {
			return err
		}
		return tx.PutTicket(&t)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// A mail in an agent's name is kept on the ticket, and sent to nobody: not as an
// answer, not later by answering it, and no clock runs for it.
func TestHeldAdmitOfAnAgent(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	notice := h.noticeTo("anna@example.com")
	m := notice.reply(anna, "Here is our secret price list.")
	m.client = stranger // nothing proves that Anna wrote it
	a := h.want(h.deliver(m), ticket.OutcomeHeld)
	h.flush()
	before := h.ticket(1)
	v := h.do("held.admit", DrawerArgs{ID: a.ID.String()}).(DecidedView)
	if v.Agent == nil || *v.Agent != "anna@example.com" {
		t.Errorf("%+v", v)
	}
	asked := h.ticket(1)
	if asked.Status != before.Status || asked.PromiseID != before.PromiseID || asked.PromiseIs != "open" || slices.Contains(asked.People, "anna@example.com") || asked.LastIn != before.LastIn {
		t.Errorf("it changed the ticket: %+v", asked)
	}
	if own := h.ticket(a.Ticket); own.PromiseIs == "open" || own.Status != ticket.Closed {
		t.Errorf("its own ticket: %s, promise %s", own.Status, own.PromiseIs)
	}
	for _, m := range h.flush() {
		if m.To[0] != "ben@example.com" {
			t.Errorf("a mail to %s: %s", m.To, m.read.Subject)
		}
	}
	if e := h.stored(a.ID, nil).entry; e.ByAgent != "anna@example.com" || e.Ticket != 1 {
		t.Errorf("the entry: %+v", e)
	}
	h.do("ticket.reply", ReplyArgs{Number: 1, As: "anna", Text: "Done."}) // answers the customer, not Anna
	if sent := h.flush(); len(to(sent, "mia@acme.example")) != 1 || len(to(sent, "anna@example.com")) != 0 {
		t.Errorf("%d mails", len(sent))
	}
}

// Who is rejected hears nothing of it.
func TestHeldReject(t *testing.T) {
	h, a := withHeld(t)
	h.flush()
	before := h.dump(1)
	v := h.do("held.reject", DrawerArgs{ID: a.ID.String(), Who: "anna@example.com"}).(DecidedView)
	own := h.ticket(a.Ticket)
	if v.OwnTicket != a.Ticket || own.Status != ticket.Closed || !own.ClosedAt.Equal(h.clock.Now()) || own.PromiseIs != "withdrawn" {
		t.Errorf("%+v: %s, promise %s", v, own.Status, own.PromiseIs)
	}
	if p := h.promise(own.PromiseID); p.State != promise.Withdrawn || p.Cause != "held mail rejected by anna@example.com" {
		t.Errorf("promise %s, cause %q", p.State, p.Cause)
	}
	if h.dump(1) != before || len(h.items()) != 0 || len(h.rows()) != 0 {
		t.Errorf("%d items, %d mails", len(h.items()), len(h.rows()))
	}
	if events := h.events(a.Ticket); !slices.Contains(events, "anna@example.com: held mail rejected") {
		t.Errorf("%q", events)
	}
	if e := h.stored(a.ID, nil).entry; e.Ticket != a.Ticket {
		t.Errorf("the mail is on ticket %d", e.Ticket)
	}
}

// Kill the gateway at any commit of a command: all of it happened, or nothing.
func TestHeldAdmitIsOneCommit(t *testing.T) {
	for commits := range 2 {
		h, a := withHeld(t)
		before := h.dump(1) + h.dump(a.Ticket)
		h.limit(commits)
		_, err := h.try("held.admit", DrawerArgs{ID: a.ID.String()})
		h.reopen()
		changed := h.dump(1)+h.dump(a.Ticket) != before
		if done := commits == 1; (err == nil) != done || changed != done || (len(h.items()) == 0) != done {
			t.Errorf("%d commits: %v, changed %v, %d items", commits, err, changed, len(h.items()))
		}
	}
}

// What is typed wrong costs one clear line, and changes nothing.
func TestDrawerCommandErrors(t *testing.T) {
	h, a := withHeld(t)
	junk := h.deliver(code())
	late := h.want(h.deliver(intruder("one@acme.example")), ticket.OutcomeHeld)
	h.do("held.reject", DrawerArgs{ID: late.ID.String()})
	for _, c := range []struct{ command, id, want string }{
		{"held.admit", "17", "mailgw held list shows them"},
		{"held.admit", "", "mailgw held list shows them"},
		{"held.admit", ticket.ID(1).String(), "no mail was accepted with the id 0000000000001; mailgw held list shows what waits"},
		{"held.admit", late.ID.String(), fmt.Sprintf("mail %s is not in the drawer held (any more): it is on ticket %d", late.ID, late.Ticket)},
		{"held.reject", junk.ID.String(), fmt.Sprintf("mail %s is not in the drawer held; mailgw held list shows what waits", junk.ID)},
		{"held.reject", "x", "mailgw held list shows them"},
		{"junk.release", a.ID.String(), fmt.Sprintf("mail %s is not in the drawer junk (any more): it is on ticket %d", a.ID, a.Ticket)},
		{"junk.release", "x", "mailgw junk list shows them"},
	} {
		before := h.dump(1) + h.dump(a.Ticket) + h.dump(late.Ticket)
		_, err := h.try(c.command, DrawerArgs{ID: c.id})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %q: %v, want %q", c.command, c.id, err, c.want)
		}
		if h.dump(1)+h.dump(a.Ticket)+h.dump(late.Ticket) != before || len(h.items()) != 2 {
			t.Errorf("%s %q changed something", c.command, c.id)
		}
	}
}
