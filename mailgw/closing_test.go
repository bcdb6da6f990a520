package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// july is a local time in July 2026, at the desks of config.example.toml.
func july(day, hour, minute int) time.Time {
	return time.Date(2026, 7, day, hour-2, minute, 0, 0, time.UTC)
}

// ofClosing are the mails about closing among those that left, whose time is said.
func ofClosing(list []sentMail) (out []sentMail) {
	for _, m := range toOutside(list) {
		if m.read.Header.Get("Auto-Submitted") == "auto-generated" {
			out = append(out, m)
		}
	}
	return out
}

// closeUntilQuiet does what is due by silence, and returns when something is again.
func (h *house) closeUntilQuiet() time.Time {
	h.t.Helper()
	for range 100 {
		next, err := h.closeDue(h.clock.Now())
		if err != nil {
			h.t.Fatal(err)
		}
		if next.IsZero() || next.After(h.clock.Now()) {
			return next
		}
	}
	h.t.Fatal("something is due for ever")
	return time.Time{}
}

// silentAt sets the clock, and returns what leaves then.
func (h *house) silentAt(at time.Time) []sentMail {
	h.t.Helper()
	h.at(at).closeUntilQuiet()
	return h.flush()
}

// silentTo lets the clock go to a time, from one thing that is due to the next.
func (h *house) silentTo(at time.Time) (sent []sentMail) {
	h.t.Helper()
	for range 100 {
		next := h.closeUntilQuiet()
		sent = append(sent, h.flush()...)
		if next.IsZero() || next.After(at) {
			return append(sent, h.silentAt(at)...)
		}
		h.at(next)
	}
	h.t.Fatal("something is due for ever")
	return nil
}

// Solved on Monday at 10:00, silent: one notice on Friday at the desk's opening,
// with the very time at which the ticket is closed on the Monday after. A restart
// at every step changes nothing, and nothing is done twice.
func TestClosedBySilence(t *testing.T) {
	h := newHouse(t)
	h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	step := func(at time.Time, mails int, status ticket.Status) []sentMail {
		t.Helper()
		h.reopen()
		sent := ofClosing(h.silentAt(at))
		if got := h.ticket(1).Status; len(sent) != mails || got != status {
			t.Fatalf("at %s: %d mails, %s; events %q", at, len(sent), got, h.events(1))
		}
		return sent
	}
	step(july(17, 8, 59), 0, ticket.Solved)
	notice := step(july(17, 9, 0), 1, ticket.Solved)[0]
	if !strings.Contains(notice.read.Text, "by 10:00 on Monday, 20 July (CEST)") || notice.To[0] != "mia@acme.example" || notice.read.Subject != "Re: Printer portal" {
		t.Errorf("%s\n%s", notice.read.Subject, notice.read.Text)
	}
	step(july(17, 9, 0), 0, ticket.Solved)
	step(july(20, 9, 59), 0, ticket.Solved)
	step(july(20, 10, 0), 0, ticket.Closed)
	step(july(30, 10, 0), 0, ticket.Closed)
	got := h.ticket(1)
	if !got.ClosedAt.Equal(july(20, 10, 0)) || got.Satisfaction != "" || !got.Closing.Silent {
		t.Errorf("%s %q %+v", got.ClosedAt, got.Satisfaction, got.Closing)
	}
	if why := h.reasonOf(1, "status solved to closed"); !strings.Contains(why, "said nothing since 2026-07-13 10:00") {
		t.Errorf("why: %s", why)
	}
	h.wantFigure(1, "mailgw_solved_answers_total", "desk", "support", "said", "silence")
	h.wantFigure(0, "mailgw_solved_answers_total", "desk", "support", "said", "yes")
	// A word that comes later counts, as a yes to the last notice or a no.
	a := h.deliver(notice.reply(mia, "No, not at all."))
	if a.ticket.Status != ticket.Open || a.ticket.Satisfaction != ticket.Unsatisfied || a.ack == nil {
		t.Errorf("%s %q", a.ticket.Status, a.ticket.Satisfaction)
	}
}

// A yes after silence is counted, and opens nothing.
func TestYesAfterSilence(t *testing.T) {
	h := newHouse(t)
	_, asks := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	h.silentTo(july(22, 10, 0))
	if a := h.deliver(asks.reply(mia, "Yes, all good")); a.ticket.Status != ticket.Closed || a.ticket.Satisfaction != ticket.Satisfied || a.ack != nil {
		t.Errorf("%s %q", a.ticket.Status, a.ticket.Satisfaction)
	}
	h.at(july(30, 10, 0).AddDate(1, 0, 0)) // long over: it would be a ticket of its own
	if a := h.deliver(asks.reply(mia, "Yes")); a.Ticket != 1 || a.ticket.Status != ticket.Closed {
		t.Errorf("ticket %d is %s", a.Ticket, a.ticket.Status)
	}
}

// After weeks of downtime the customer is told first, in the desk's hours, and still
// has a day.
func TestClosingAfterDowntime(t *testing.T) {
	h := newHouse(t)
	h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	back := july(16, 3, 0).AddDate(0, 1, 0) // a Sunday in August, at night
	if sent := ofClosing(h.silentAt(back)); len(sent) != 0 || h.ticket(1).Status != ticket.Solved {
		t.Fatalf("%d mails at night, %s", len(sent), h.ticket(1).Status)
	}
	sent := ofClosing(h.silentTo(july(17, 9, 0).AddDate(0, 1, 0)))
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "by 09:00 tomorrow, Tuesday 18 August (CEST)") {
		t.Fatalf("%d mails: %+v", len(sent), h.events(1))
	}
	h.silentTo(july(18, 8, 59).AddDate(0, 1, 0))
	if got := h.ticket(1); got.Status != ticket.Solved {
		t.Errorf("closed before the time that was told")
	}
	h.silentTo(july(18, 9, 30).AddDate(0, 1, 0))
	if got := h.ticket(1); got.Status != ticket.Closed {
		t.Errorf("%s", got.Status)
	}
}

// Down when the ticket should have been closed, but the notice had gone: it is closed.
func TestClosingDownAfterNotice(t *testing.T) {
	h := newHouse(t)
	h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	h.silentAt(july(17, 9, 0))
	if sent := ofClosing(h.silentAt(july(31, 4, 0))); len(sent) != 0 || h.ticket(1).Status != ticket.Closed {
		t.Errorf("%d mails, %s", len(sent), h.ticket(1).Status)
	}
}

// What ends the silence, and what does not.
func TestSilenceEnds(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(h *house, first arrived, asks sentMail)
		status ticket.Status // a week later
		mails  int           // about closing, in that week
	}{
		"nothing":     {func(*house, arrived, sentMail) {}, ticket.Closed, 1},
		"words":       {func(h *house, _ arrived, asks sentMail) { h.deliver(asks.reply(mia, "I will look at it.")) }, ticket.Open, 0},
		"a stranger":  {func(h *house, _ arrived, asks sentMail) { h.deliver(asks.reply("Eve <eve@elsewhere.example>", "Hm.")) }, ticket.Open, 0},
		"thanks":      {func(h *house, _ arrived, asks sentMail) { h.deliver(asks.reply(mia, "Thank you!")) }, ticket.Closed, 1},
		"yes":         {func(h *house, _ arrived, asks sentMail) { h.deliver(asks.reply(mia, "Yes")) }, ticket.Closed, 0},
		"by hand":     {func(h *house, _ arrived, _ sentMail) { h.set(SetArgs{Number: 1, Status: "open"}) }, ticket.Open, 0},
		"an answer":   {func(h *house, _ arrived, _ sentMail) { h.answer(1, "One more thing.") }, ticket.Pending, 0},
		"another one": {func(h *house, _ arrived, _ sentMail) { h.deliver(mail{subject: "Other"}) }, ticket.Closed, 1},
		"a program": {func(h *house, _ arrived, asks sentMail) {
			m := asks.reply(mia, "I am away.")
			m.head = append(m.head, "Auto-Submitted: auto-replied")
			h.deliver(m)
		}, ticket.Closed, 1},
		"turned off": {func(h *house, _ arrived, _ sentMail) {
			h.settings.Load().Desk("support").CloseAfter = 0
		}, ticket.Solved, 0},
		"held": {func(h *house, first arrived, _ sentMail) {
			h.want(h.deliver(mail{from: "Eve <eve@elsewhere.example>", client: stranger, subject: "Re: Printer portal", head: []string{"In-Reply-To: <" + first.MessageID + ">"}}), ticket.OutcomeHeld)
		}, ticket.Solved, 0},
		"merged": {func(h *house, _ arrived, _ sentMail) {
			h.deliver(mail{subject: "The same"})
			h.do("ticket.merge", MergeArgs{From: 1, To: 2, As: "anna@example.com"})
		}, ticket.Closed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first, asks := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
			h.at(july(14, 10, 0))
			c.do(h, first, asks)
			sent := ofClosing(h.silentTo(july(22, 12, 0)))
			sent = slices.DeleteFunc(sent, func(m sentMail) bool { return !strings.Contains(m.read.Text, "close it") })
			if got := h.ticket(1).Status; got != c.status || len(sent) != c.mails {
				t.Errorf("%s, %d mails; events %q", got, len(sent), h.events(1))
			}
		})
	}
}

// While a mail that may be the customer's waits for a person, the ticket waits, too.
func TestClosingWaitsForHeld(t *testing.T) {
	h := newHouse(t)
	first, _ := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	h.silentAt(july(17, 9, 0))
	h.at(july(20, 9, 45))
	h.want(h.deliver(intruder(first.MessageID)), ticket.OutcomeHeld)
	if h.silentAt(july(20, 10, 0)); h.ticket(1).Status != ticket.Solved {
		t.Fatal("closed while a mail for it was held")
	}
	h.do("held.reject", IDArgs{ID: h.items()[0].ID.String()})
	if h.silentTo(july(21, 10, 0)); h.ticket(1).Status != ticket.Closed {
		t.Errorf("%s", h.ticket(1).Status)
	}
}

// Who solves a ticket and promises a time in the same words is waited for: nobody is told
// that it will be closed before they were to hear.
func TestClosingWaitsForAPromise(t *testing.T) {
	h := newHouse(t)
	h.solvedBy(mail{}, "#solve\r\n\r\nPress the button. I'll check back with you by Friday, 24 July, 12:00.")
	if sent := ofClosing(h.silentTo(july(24, 11, 59))); len(sent) != 0 || h.ticket(1).Status != ticket.Solved {
		t.Fatalf("%d mails, %s", len(sent), h.ticket(1).Status)
	}
	if sent := ofClosing(h.silentTo(july(24, 12, 30))); len(sent) != 1 {
		t.Errorf("%d last notices, %+v", len(sent), h.events(1))
	}
	if h.silentTo(july(28, 10, 0)); h.ticket(1).Status != ticket.Closed {
		t.Errorf("%s", h.ticket(1).Status)
	}
}

// A notice that does not leave tells nobody anything: the ticket waits until a day
// after it has left. One that came back does not keep it.
func TestClosingWaitsForNotice(t *testing.T) {
	for name, permanent := range map[string]bool{"later": false, "for good": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
			h.at(july(17, 9, 0))
			h.closeUntilQuiet()
			if permanent {
				h.refuse = refusing(noMailbox, "mia@acme.example")
				h.flush()
				h.refuse = nil
			}
			h.at(july(20, 10, 0))
			h.closeUntilQuiet()
			if got := h.ticket(1); (got.Status == ticket.Closed) != permanent {
				t.Fatalf("%s %+v", got.Status, got.Closing)
			}
			if permanent {
				return
			}
			h.flush() // it leaves now
			if h.silentAt(july(21, 8, 0)); h.ticket(1).Status != ticket.Solved {
				t.Error("closed less than a day after the notice left")
			}
			if h.silentTo(july(22, 10, 0)); h.ticket(1).Status != ticket.Closed {
				t.Errorf("%s", h.ticket(1).Status)
			}
		})
	}
}

// Whom no mail reaches gets none; their ticket is closed all the same, says so, and
// is not counted as silence when nobody was asked.
func TestClosingUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		m       mail
		prepare func(h *house)
		silence float64
	}{
		"since the question": {mail{}, func(h *house) {
			f := outbox.Failure{To: "mia@acme.example", Reply: noMailbox.Reply, Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}
			if err := h.store.Update(store.Background, func(tx store.Tx) error { return h.markUnreachable(tx, &f, 1, h.clock.Now()) }); err != nil {
				h.t.Fatal(err)
			}
		}, 1},
		"a program's":  {mail{head: []string{"Auto-Submitted: auto-generated"}}, func(*house) {}, 0},
		"an agent's":   {mail{from: anna}, func(*house) {}, 0},
		"from a list":  {mail{head: []string{"List-Id: <users.acme.example>"}}, func(*house) {}, 0},
		"postmaster's": {mail{rcpt: []string{"postmaster@example.com"}}, func(*house) {}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(c.m)
			h.flush()
			h.set(SetArgs{Number: 1, Status: "solved"})
			h.flush()
			c.prepare(h)
			sent := ofClosing(h.silentTo(july(22, 12, 0)))
			got := h.ticket(1)
			if len(sent) != 0 || (got.Status == ticket.Closed) != (c.silence >= 0) {
				t.Fatalf("%d mails, %s", len(sent), got.Status)
			}
			if c.silence >= 0 {
				h.wantFigure(c.silence, "mailgw_solved_answers_total", "desk", "support", "said", "silence")
				if why := h.reasonOf(1, "the customer gets no last notice"); why == "" {
					t.Errorf("events %q", h.events(1))
				}
			}
		})
	}
}

// When the notice and the end come, by the desk's hours.
func TestClosingTimes(t *testing.T) {
	for name, c := range map[string]struct {
		set            []string
		solved         time.Time
		notice, closed time.Time
	}{
		"a week":                {nil, july(13, 10, 0), july(17, 9, 0), july(20, 10, 0)},
		"ends on a weekend":     {[]string{`desk.support.close_after="5d"`}, july(13, 10, 0), july(17, 9, 0), july(20, 9, 0)},
		"in the evening":        {nil, july(15, 22, 7), july(22, 9, 0), july(23, 9, 0)},
		"an odd minute":         {nil, july(15, 11, 7), july(21, 9, 0), july(22, 11, 15)},
		"two days":              {[]string{`desk.support.close_after="2d"`}, july(13, 10, 0), july(14, 9, 0), july(15, 10, 0)},
		"no room for a notice":  {[]string{`desk.support.close_after="1h"`}, july(13, 10, 0), july(13, 11, 0), july(14, 11, 0)},
		"a day, over a weekend": {[]string{`desk.support.close_after="1d"`}, july(17, 17, 0), july(20, 9, 0), july(21, 9, 0)},
		"around the clock":      {[]string{`calendar.zurich.week={ mon-sun = ["00:00-24:00"] }`}, july(13, 2, 0), july(18, 9, 0), july(20, 2, 0)},
		"never":                 {[]string{`desk.support.close_after="0s"`}, july(13, 10, 0), time.Time{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.set...)
			h.at(c.solved)
			h.deliver(mail{})
			h.flush()
			h.set(SetArgs{Number: 1, Status: "solved"})
			h.flush()
			got := h.ticket(1).Closing
			if !got.NoticeAt.Equal(c.notice) {
				t.Errorf("notice at %s, want %s", got.NoticeAt.In(time.Local), c.notice)
			}
			h.silentTo(c.solved.AddDate(0, 0, 12))
			at := h.ticket(1).ClosedAt
			if !at.Equal(c.closed) {
				t.Errorf("closed at %s, want %s", at, c.closed)
			}
			if !c.notice.IsZero() && at.Sub(h.ticket(1).Closing.ToldAt) < lastNotice {
				t.Errorf("told %s before", at.Sub(h.ticket(1).Closing.ToldAt))
			}
		})
	}
}

// Merged and parted again, a solved ticket is still closed when nobody writes.
func TestClosingAfterUnmerge(t *testing.T) {
	h := newHouse(t)
	h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	h.deliver(mail{subject: "The same"})
	h.do("ticket.merge", MergeArgs{From: 1, To: 2, As: "anna@example.com"})
	h.silentAt(july(17, 10, 0)) // its time comes while it is merged
	h.do("ticket.merge", MergeArgs{From: 1, To: 2, Undo: true, As: "anna@example.com"})
	if got := h.ticket(1); got.Status != ticket.Solved {
		t.Fatalf("%s", got.Status)
	}
	if h.silentTo(july(23, 12, 0)); h.ticket(1).Status != ticket.Closed {
		t.Errorf("%s %+v", h.ticket(1).Status, h.ticket(1).Closing)
	}
}

// Many at once are done in batches; one that is damaged keeps no other from its end.
func TestClosingInBatches(t *testing.T) {
	h := newHouse(t)
	const n = dueBatch + 5
	if err := h.store.Update(store.Background, func(tx store.Tx) error {
		for i := range uint64(n) {
			number, err := tx.NewTicketNumber()
			if err != nil {
				return err
			}
			at := monday.Add(time.Duration(i) * time.Second)
			tk := ticket.Ticket{Number: number, Desk: "support", Status: ticket.Solved, PromiseIs: "none", CreatedAt: monday, UpdatedAt: monday, Closing: &ticket.Closing{NoticeAt: at, ToldAt: at, CloseAt: at}}
			if err := setAlarm(tx, &tk); err != nil {
				return err
			}
			if err := tx.PutTicket(&tk); err != nil {
				return err
			}
			if err := tx.PutEvents([]ticket.Event{{Ticket: number, ID: h.ids.Next(), At: monday, Who: "x", What: "created"}}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	now := monday.Add(time.Hour)
	if next, err := h.at(now).closeDue(now); err != nil || next.After(now) || h.ticket(dueBatch).Status != ticket.Closed || h.ticket(n).Status != ticket.Solved {
		t.Fatalf("next %s, %v", next, err)
	}
	if next, err := h.closeDue(now); err != nil || !next.IsZero() || h.ticket(n).Status != ticket.Closed {
		t.Errorf("next %s, %v", next, err)
	}
}
