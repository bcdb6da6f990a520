package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// askDueAt sets the clock and asks about the senders that are due then.
func (h *house) askDueAt(at time.Time) {
	h.t.Helper()
	h.at(at)
	if _, err := h.askDue(h.t.Context(), at); err != nil {
		h.t.Fatal(err)
	}
}

// senderTimers is when senders are asked about again, behind Monday morning.
func (h *house) senderTimers() (out []time.Duration) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		return r.Timers(store.TimerSender, endOfTime, func(t store.Timer) bool {
			out = append(out, t.At.Sub(monday))
			return true
		})
	})
	return out
}

func (h *house) entry(id ticket.ID) (e ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		e, err = r.Entry(id)
		return err
	})
	return e
}

// noAnswers is a house with a ticket of Acme's, whose domain the DNS does not answer for.
func noAnswers(t *testing.T) (*house, arrived) {
	t.Helper()
	h := newHouse(t, `desk.support.reply_token="plus"`)
	first := h.want(h.deliver(mail{id: "one@acme.example"}), ticket.OutcomeNew)
	h.flush()
	h.zone.Fail("*", true)
	return h, first
}

var byIDs = []string{"In-Reply-To: <one@acme.example>"}

// A reply that was held because the DNS did not answer is admitted when it does, also
// behind a restart.
func TestLaterPassAdmits(t *testing.T) {
	h, first := noAnswers(t)
	held := h.want(h.deliver(mail{client: outside, head: byIDs, body: "It is worse now."}), ticket.OutcomeHeld)
	if held.entry.SenderAuth != "none" || !strings.Contains(strings.Join(held.entry.SenderWhy, " "), "asked again") || len(h.senderTimers()) != 1 {
		t.Fatalf("%s %q, timers %v", held.entry.SenderAuth, held.entry.SenderWhy, h.senderTimers())
	}
	h.askDueAt(monday.Add(59 * time.Second))
	if e := h.entry(held.ID); e.SenderAuth != "none" {
		t.Error("it was asked too early")
	}
	h.reopen()
	h.zone.Fail("*", false)
	h.zone.Add("acme.example", "TXT", "v=spf1 ip4:"+outside+" -all")
	h.askDueAt(monday.Add(time.Minute))
	e := h.entry(held.ID)
	if e.SenderAuth != "pass" || e.Ticket != first.Ticket || !slices.Contains(e.Evidence, "admitted by mailgw") {
		t.Errorf("the entry is %s on ticket %d: %q", e.SenderAuth, e.Ticket, e.Evidence)
	}
	if left := h.senderTimers(); len(left) != 0 || len(h.items()) != 0 {
		t.Errorf("timers %v, drawers %+v", left, h.items())
	}
	if got := h.events(held.Ticket); !slices.Contains(got, "mailgw: the sender of mail "+held.ID.String()+" is pass, asked again") || !slices.Contains(got, "mailgw: held mail admitted") {
		t.Errorf("events %q", got)
	}
	if n := len(to(h.flush(), "anna@example.com")); n == 0 {
		t.Error("nobody of the desk was told")
	}
}

// What else can come of it.
func TestAskedAgain(t *testing.T) {
	const fails = "acme.example TXT v=spf1 -all"
	pass := acmeSends
	for _, c := range []struct {
		name   string
		mail   mail
		zone   []string // what the DNS knows when it answers
		before func(*house, arrived)
		auth   string
		held   bool // it waits for a person still
	}{
		{"a new matter passes", mail{subject: "Another matter"}, []string{pass}, nil, "pass", false},
		{"a new matter fails", mail{subject: "Another matter"}, []string{fails, acmeRejects}, nil, "fail", false},
		{"a reply fails", mail{head: byIDs}, []string{fails, acmeRejects}, nil, "fail", true},
		{"nothing proves a reply", mail{head: byIDs}, nil, nil, "none", true},
		{"a stranger's reply passes, and is a stranger's", mail{head: byIDs, from: "eve@evil.example"}, []string{"evil.example TXT v=spf1 +all"}, nil, "pass", true},
		{"an agent's reply is not sent after all", mail{head: byIDs, from: anna}, []string{weSend}, nil, "pass", true},
		{"somebody has rejected it", mail{head: byIDs}, []string{pass}, func(h *house, a arrived) {
			if err := h.rejectHeld(DrawerArgs{ID: a.ID.String()}, func(any) error { return nil }); err != nil {
				h.t.Fatal(err)
			}
		}, "pass", false},
		{"somebody has admitted it", mail{head: byIDs}, []string{pass}, func(h *house, a arrived) {
			if err := h.admitHeld(DrawerArgs{ID: a.ID.String()}, func(any) error { return nil }); err != nil {
				h.t.Fatal(err)
			}
		}, "pass", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, _ := noAnswers(t)
			c.mail.client = outside
			got := h.deliver(c.mail)
			h.flush()
			if c.before != nil {
				c.before(h, got)
			}
			h.zone.Fail("*", false)
			for _, line := range c.zone {
				name, rest, _ := strings.Cut(line, " TXT ")
				h.zone.Add(name, "TXT", rest)
			}
			was := h.entry(got.ID).Ticket
			h.askDueAt(monday.Add(time.Minute))
			e := h.entry(got.ID)
			if e.SenderAuth != c.auth || len(h.senderTimers()) != 0 {
				t.Errorf("the sender is %s, timers %v", e.SenderAuth, h.senderTimers())
			}
			if e.Ticket != was {
				t.Errorf("it went from ticket %d to %d", was, e.Ticket)
			}
			waits := slices.ContainsFunc(h.items(), func(d ticket.DrawerItem) bool { return d.ID == got.ID && d.Kind == ticket.DrawerHeld })
			if waits != c.held {
				t.Errorf("held: %v", waits)
			}
			if sent := customers(h.flush()); len(sent) != 0 {
				t.Errorf("%d mails left for customers", len(sent))
			}
		})
	}
}

// While no answers come it is asked again for half an hour, less and less often.
func TestAskedForHalfAnHour(t *testing.T) {
	h, _ := noAnswers(t)
	got := h.deliver(mail{client: outside, subject: "Another matter"})
	var asked []time.Duration
	for range 10 {
		due := h.senderTimers()
		if len(due) == 0 {
			break
		}
		asked = append(asked, due[0])
		h.askDueAt(monday.Add(due[0]))
	}
	if !slices.Equal(asked, askedAgain()) || asked[len(asked)-1] != 30*time.Minute {
		t.Errorf("asked after %v", asked)
	}
	if e := h.entry(got.ID); e.SenderAuth != "none" {
		t.Errorf("the sender is %s", e.SenderAuth)
	}
}

// Many that are due at the same time are all asked about.
func TestManyAskedAgain(t *testing.T) {
	h, _ := noAnswers(t)
	const n = askBatch + 5
	var ids []ticket.ID
	for range n {
		ids = append(ids, h.deliver(mail{client: outside, subject: "Another matter"}).ID)
	}
	h.zone.Fail("*", false)
	h.zone.Add("acme.example", "TXT", "v=spf1 ip4:"+outside+" -all")
	h.askDueAt(monday.Add(time.Minute))
	for _, id := range ids {
		if e := h.entry(id); e.SenderAuth != "pass" {
			t.Fatalf("%s is %s", id, e.SenderAuth)
		}
	}
}
