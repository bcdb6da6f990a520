package mailgw

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func TestJunkList(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	a := h.deliver(code())
	v, _ := h.do("junk.list", NoArgs{}).(JunkView)
	if v.ID != a.ID || *v.From != "Shop <no-reply@shop.example>" || v.Subject != "Your verification code" || !strings.Contains(v.Why, "verification") || !v.Since.Equal(monday) {
		t.Errorf("%+v", v)
	}
	h.look(zurichTime(t, "2026-07-14 09:00")) // listed, it stays
	if v, ok := h.do("junk.list", NoArgs{}).(JunkView); !ok || v.ID != a.ID {
		t.Error("gone from the list")
	}
}

// counts are the mails of each outcome.
func (h *house) counts() (n map[ticket.Outcome]uint64) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		n, err = r.Counts()
		return err
	})
	return n
}

// A released mail is what it would have been, had it been taken for a person's at
// once; the clock begins now. The sum of the outcomes stays.
func TestJunkRelease(t *testing.T) {
	h := newHouse(t)
	a := h.want(h.deliver(code()), ticket.OutcomeQuarantined)
	h.at(monday.Add(24 * time.Hour))
	before := h.rows()
	v := h.do("junk.release", DrawerArgs{ID: a.ID.String()}).(ReleasedView)
	if v.Outcome != ticket.OutcomeNew || v.Ticket != 1 || v.Acknowledged || v.Why != "no-reply@shop.example is not read by a person" {
		t.Errorf("%+v", v)
	}
	got := h.stored(a.ID, before)
	if got.Outcome != ticket.OutcomeNew || !got.At.Equal(monday) || got.entry.Outcome != ticket.OutcomeNew || !got.entry.At.Equal(monday) || got.ack != nil || len(got.notices) == 0 {
		t.Errorf("%+v, %d notices", got.entry, len(got.notices))
	}
	if got.ticket.Status != ticket.New || !got.ticket.CreatedAt.Equal(monday) || !got.ticket.PromiseDue.After(monday.Add(24*time.Hour)) || got.ticket.Subject != "Your verification code" {
		t.Errorf("%+v", got.ticket)
	}
	if events := h.events(1); !slices.Contains(events, "admin: released from junk") {
		t.Errorf("%q", events)
	}
	if n := h.counts(); n[ticket.OutcomeQuarantined] != 0 || n[ticket.OutcomeNew] != 1 {
		t.Errorf("counted %v", n)
	}
	if ill := h.ill(); ill != "" {
		t.Errorf("health: %s", ill)
	}
	if list := h.items(); len(list) != 0 {
		t.Errorf("still in a drawer: %+v", list)
	}
	h.flush()
}

// quarantine takes any mail for one of a third service.
func (h *house) quarantine(m mail) ticket.ID {
	h.t.Helper()
	in := h.newIncoming(h.t.Context(), h.arrival(m))
	in.mail.Kind = letter.Verification
	err := h.store.Update(store.Intake, func(tx store.Tx) error {
		d, err := h.decide(tx, in, tx.NewTicketNumber)
		if err != nil {
			return err
		}
		return d.record(tx)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return in.ID
}

// A person whose mail was quarantined by mistake gets what they deserve now.
func TestJunkReleaseOfAPerson(t *testing.T) {
	for _, c := range []struct {
		name    string
		mail    mail
		outcome ticket.Outcome
		ticket  uint64
		ack     bool
		drawer  ticket.DrawerKind
	}{
		{"proven", mail{subject: "My code does not work"}, ticket.OutcomeNew, 2, true, ""},
		{"a colleague, about a ticket", mail{from: "Tom <tom@acme.example>", head: []string{"In-Reply-To: <one@acme.example>"}}, ticket.OutcomeAppended, 1, false, ""},
		{"a stranger, about a ticket of others", intruder("one@acme.example"), ticket.OutcomeHeld, 2, true, ticket.DrawerHeld},
		{"over budget", mail{client: stranger, subject: "Another matter"}, ticket.OutcomeNew, 2, false, ticket.DrawerUnacknowledged},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, "acknowledge.budget.per_address=1")
			h.deliver(mail{id: "one@acme.example", client: stranger})
			id := h.quarantine(c.mail)
			before := h.rows()
			h.do("junk.release", DrawerArgs{ID: id.String()})
			got := h.stored(id, before)
			if got.Outcome != c.outcome || got.Ticket != c.ticket || (got.ack != nil) != c.ack {
				t.Errorf("%s on ticket %d, acknowledged %v", got.Outcome, got.Ticket, got.ack != nil)
			}
			switch list := h.items(); {
			case c.drawer == "" && len(list) != 0, c.drawer != "" && (len(list) != 1 || list[0].Kind != c.drawer || list[0].ID != id):
				t.Errorf("in drawers: %+v", list)
			}
			if n := h.counts(); n[ticket.OutcomeQuarantined] != 0 || n[ticket.OutcomeNew]+n[ticket.OutcomeAppended]+n[ticket.OutcomeHeld] != 2 {
				t.Errorf("counted %v", n)
			}
		})
	}
}

// The same mail that comes once more changes nothing, before and after.
func TestJunkReleasedIsNotRepeated(t *testing.T) {
	h := newHouse(t)
	m := code()
	m.id = "code@shop.example"
	a := h.deliver(m)
	h.want(h.deliver(m), ticket.OutcomeDuplicate)
	h.do("junk.release", DrawerArgs{ID: a.ID.String()})
	if again := h.want(h.deliver(m), ticket.OutcomeDuplicate); again.Ticket != 1 {
		t.Errorf("a duplicate of ticket %d", again.Ticket)
	}
	if _, err := h.try("junk.release", DrawerArgs{ID: a.ID.String()}); err == nil {
		t.Error("released twice")
	}
}

// Kill the gateway at any commit of a release: all of it happened, or nothing.
func TestJunkReleaseIsOneCommit(t *testing.T) {
	for commits := range 2 {
		h := newHouse(t)
		a := h.deliver(code())
		h.limit(commits)
		_, err := h.try("junk.release", DrawerArgs{ID: a.ID.String()})
		h.reopen()
		n := h.counts()
		if done := commits == 1; (err == nil) != done || (n[ticket.OutcomeNew] == 1) != done || (n[ticket.OutcomeQuarantined] == 0) != done || (len(h.items()) == 0) != done {
			t.Errorf("%d commits: %v, counted %v, %d items", commits, err, n, len(h.items()))
		}
	}
}

func TestOwnTrace(t *testing.T) {
	const trace = "Return-Path: <a@b.example>\r\nReceived: from x ([192.0.2.1])\r\n\tby y with ESMTP id 1;\r\n\tMon, 13 Jul 2026 08:00:00 +0000\r\n"
	for name, c := range map[string]struct {
		raw  string
		want int
	}{
		"both":                   {trace + "Received: from z\r\nFrom: a@b.example\r\n\r\nhi", len(trace)},
		"nothing else":           {trace, len(trace)},
		"none":                   {"From: a@b.example\r\n\r\nhi", 0},
		"the path alone":         {"Return-Path: <>\r\nFrom: a@b.example\r\n", len("Return-Path: <>\r\n")},
		"cut":                    {"Return-Path: <a@b", len("Return-Path: <a@b")},
		"empty":                  {"", 0},
		"the peer's begins with": {trace + "\r\n hi", len(trace)},
	} {
		if got := ownTrace([]byte(c.raw)); got != c.want {
			t.Errorf("%s: %d, must be %d", name, got, c.want)
		}
	}
}

func FuzzOwnTrace(f *testing.F) {
	f.Add([]byte("Return-Path: <>\r\nReceived: x\r\n y\r\nFrom: z\r\n"))
	f.Add([]byte("Received: x\n\t"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := ownTrace(raw)
		if n < 0 || n > len(raw) || n > 0 && n < len(raw) && (raw[n-1] != '\n' || bytes.HasPrefix(raw[n:], []byte("\t"))) {
			t.Errorf("%q ends at %d", raw, n)
		}
	})
}
