package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// refusing refuses the recipients that a mail of ours has among to.
func refusing(f outbox.Failure, to ...string) func(*outbox.Mail) []outbox.Failure {
	return func(m *outbox.Mail) (out []outbox.Failure) {
		for _, rcpt := range m.To {
			if slices.Contains(to, rcpt) {
				g := f
				g.To = rcpt
				out = append(out, g)
			}
		}
		return out
	}
}

var noMailbox = outbox.Failure{Reply: "550 5.1.1 user unknown", Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}

// answered is a house in which Anna has answered Mia and Tom.
func answered(t *testing.T) (h *house, first arrived) {
	h = newHouse(t)
	first = h.deliver(mail{head: []string{"Cc: tom@acme.example"}})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Try again."))
	return h, first
}

// An answer that is refused for good keeps no promise: it is a note on the
// ticket, which is work again, its writer hears of it in plain words, and it
// waits in the desk's drawer. When only a copy fails, the promise is kept.
func TestUndelivered(t *testing.T) {
	for name, c := range map[string]struct {
		refused []string
		state   promise.State
		got     string // who has got the answer
	}{
		"nobody has it":  {[]string{"mia@acme.example", "tom@acme.example"}, promise.Open, ""},
		"not the writer": {[]string{"mia@acme.example"}, promise.Open, "mia@acme.example tom@acme.example"},
		"not the copy":   {[]string{"tom@acme.example"}, promise.Kept, "mia@acme.example tom@acme.example"},
	} {
		t.Run(name, func(t *testing.T) {
			h, first := answered(t)
			h.refuse = refusing(noMailbox, c.refused...)
			sent := h.flush()
			var got []string
			for _, m := range customers(sent) {
				got = append(got, m.To...)
			}
			if strings.Join(got, " ") != c.got {
				t.Errorf("the answer went to %s", got)
			}
			if p := h.promise(first.ticket.PromiseID); p.State != c.state {
				t.Errorf("the promise is %s", p.State)
			}
			if got := h.ticket(first.Ticket); got.Status != ticket.Open {
				t.Errorf("the ticket is %s", got.Status)
			}
			told := to(sent, "anna@example.com")
			if len(told) != 1 || !strings.Contains(told[0].read.Text, "there is no such mailbox") || !strings.Contains(told[0].read.Text, c.refused[0]) || !strings.Contains(told[0].read.Text, "Try again.") {
				t.Fatalf("%d mails told the agent: %+v", len(told), told)
			}
			h.view(func(r store.Reader) error {
				list, err := r.LastEntries(first.Ticket, 0, 1)
				if list[0].Kind != ticket.Note || !strings.Contains(list[0].Text, "user unknown") {
					t.Errorf("the last entry is %+v", list[0])
				}
				n := 0
				err2 := r.DrawerItems(func(i ticket.DrawerItem) bool {
					n++
					// Monday's answer is looked at by Tuesday's opening.
					if want := time.Date(2026, 7, 14, 7, 0, 0, 0, time.UTC); i.Kind != ticket.DrawerUndelivered || i.Ticket != first.Ticket || !i.DueAt.Equal(want) {
						t.Errorf("%+v", i)
					}
					return true
				})
				if n != 1 || err2 != nil {
					t.Errorf("%d items in the drawer: %v", n, err2)
				}
				return err
			})
			// The agent's answer to the bad news reaches the customer.
			h.refuse = nil
			h.want(h.deliver(told[0].reply(anna, "Once more.")), ticket.OutcomeAppended)
			if again := customers(h.flush()); len(again) != 1 || h.promise(first.ticket.PromiseID).State != promise.Kept {
				t.Errorf("%d answers, the promise is %s", len(again), h.promise(first.ticket.PromiseID).State)
			}
		})
	}
}

// A mail that is too large goes again without its files, at once: the customer
// reads which are missing, and the agent knows.
func TestTooLarge(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	m := notice.reply(anna, "")
	m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
	m.body = "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"guide.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat("JVBERi0xLjQK\r\n", 1000) + "--b--"
	h.deliver(m)
	h.refuse = func(m *outbox.Mail) []outbox.Failure {
		if len(m.Bytes) < 10_000 {
			return nil
		}
		return refusing(outbox.Failure{Reply: "the mail has 20000 bytes, the relay takes 10000", Permanent: true, TooBig: true}, m.To...)(m)
	}
	sent := h.flush()
	out := customers(sent)
	if len(out) != 1 || len(out[0].read.Attachments) != 0 || !strings.Contains(out[0].read.Text, "See the file.") || !strings.Contains(out[0].read.Text, "guide.pdf") {
		t.Fatalf("the customer got %+v", out)
	}
	if told := to(sent, "anna@example.com"); len(told) != 1 || !strings.Contains(told[0].read.Text, "guide.pdf") {
		t.Errorf("the agent was told %+v", told)
	}
	if p := h.promise(first.ticket.PromiseID); p.State != promise.Kept {
		t.Errorf("the promise is %s", p.State)
	}
	if got := h.ticket(first.Ticket); got.Status != ticket.Pending {
		t.Errorf("the ticket is %s", got.Status)
	}
}

// An answer that leaves after its time does not turn a broken promise into a kept
// one; the ledger says when and by what it was answered.
func TestAnsweredLate(t *testing.T) {
	h, first := answered(t)
	due := first.ticket.PromiseDue
	h.at(due.Add(time.Second))
	if _, err := h.breakDue(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	out := customers(h.flush())
	p := h.promise(first.ticket.PromiseID)
	if p.State != promise.Broken || len(p.KeptBy) != 1 || p.KeptBy[0] != out[0].read.MessageID || !p.KeptAt.Equal(h.clock.Now()) {
		t.Errorf("%+v", p)
	}
	if h.ticket(first.Ticket).PromiseIs != string(promise.Broken) {
		t.Error("the ticket says otherwise")
	}
	next := h.deliver(mail{subject: "Re: x", head: []string{"In-Reply-To: <" + out[0].read.MessageID + ">"}})
	if next.ack == nil || next.Ticket != first.Ticket {
		t.Error("the customer's next mail started no clock")
	}
}

// What was written before a promise was made does not keep it.
func TestEarlierAnswerKeepsNothing(t *testing.T) {
	h, first := answered(t)
	answer := h.rows()
	h.at(monday.Add(time.Minute))
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.set", SetArgs{Number: 1, Status: "solved"}); err != nil { // withdraws
		t.Fatal(err)
	}
	next := h.deliver(mail{head: []string{"In-Reply-To: <" + first.MessageID + ">"}})
	if next.ticket.PromiseID == first.ticket.PromiseID {
		t.Fatalf("no new promise; rows before %d", len(answer))
	}
	h.flush()
	if p := h.promise(next.ticket.PromiseID); p.State != promise.Open || len(p.KeptBy) != 0 {
		t.Errorf("%+v", p)
	}
	if p := h.promise(first.ticket.PromiseID); p.State != promise.Withdrawn {
		t.Errorf("%+v", p)
	}
}

// A notice that does not arrive is the admin's business.
func TestNoticeRefused(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	h.refuse = refusing(noMailbox, "ben@example.com")
	sent := h.flush()
	if told := to(sent, "admin@example.com"); len(told) != 1 || !strings.Contains(told[0].read.Text, "ben@example.com") {
		t.Errorf("the admin was told %+v", told)
	}
	h.refuse = refusing(noMailbox, "ben@example.com", "anna@example.com", "admin@example.com")
	h.deliver(mail{subject: "another"})
	if sent = h.flush(); len(to(sent, "ben@example.com")) != 0 {
		t.Error("ben, at whose address nobody is, was written to again")
	}
	h.refuse = nil
	h.deliver(mail{subject: "a third"})
	if sent = h.flush(); len(to(sent, "admin@example.com")) != 1 || len(to(sent, "anna@example.com")) != 0 {
		t.Errorf("nobody of the desk is there, and the admin got %d notices", len(to(sent, "admin@example.com")))
	}
	if !slices.Contains(h.events(first.Ticket), "mailgw: notice not delivered to ben@example.com") {
		t.Errorf("%q", h.events(first.Ticket))
	}
}
