package mailgw

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// aBounce is a delivery report about a mail of ours.
func aBounce(original, rcpt string) mail {
	body := "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; mia@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + original + ">\r\n\r\n--b--"
	return mail{from: "Mail Delivery <mailer-daemon@acme.example>", rcpt: []string{rcpt}, subject: "Undelivered", body: body, path: str(""), client: stranger,
		head: []string{`MIME-Version: 1.0`, `Content-Type: multipart/report; report-type=delivery-status; boundary=b`}}
}

func TestOutcomeNew(t *testing.T) {
	h := newHouse(t)
	a := h.want(h.deliver(mail{subject: "=?utf-8?q?M=C3=BCll?="}), ticket.OutcomeNew)
	if a.ticket.Subject != "Müll" || a.ticket.Customer != "Acme Instruments AG" || a.ticket.Level != "premium" || a.ticket.Status != ticket.New ||
		a.ticket.Desk != "support" || a.ticket.Requester != "Mia Meier <mia@acme.example>" || a.ticket.Entries != 2 {
		t.Errorf("ticket %+v", a.ticket)
	}
	if a.ack == nil || len(a.notices) != 1 || len(a.pages) != 0 {
		t.Errorf("ack %v, notices %d, pages %d", a.ack, len(a.notices), len(a.pages))
	}
	if got := strings.Join(h.events(1), "\n"); got != "customer: created\nmailgw: promised an answer by 2026-07-13 12:00 CEST" {
		t.Errorf("events: %s", got)
	}
}

// The four ways in which a later mail finds a ticket, and what it may do there.
func TestOutcomeOfLaterMails(t *testing.T) {
	type world struct {
		*house
		first arrived
	}
	token := func(w world) string { return letterAddr(w.first.ack.ReplyTo) }
	for _, c := range []struct {
		name    string
		later   func(w world) mail
		outcome ticket.Outcome
		people  string // of ticket 1 afterwards
	}{
		{"token, the requester", func(w world) mail { return mail{rcpt: []string{token(w)}} }, ticket.OutcomeAppended, "mia@acme.example"},
		{"token, a stranger", func(w world) mail {
			return mail{rcpt: []string{token(w)}, from: "eve@elsewhere.example", client: stranger}
		}, ticket.OutcomeAppended, "mia@acme.example"},
		{"token in To only", func(w world) mail {
			return mail{head: []string{"Cc: " + token(w)}, from: "eve@elsewhere.example", client: stranger}
		}, ticket.OutcomeAppended, "mia@acme.example"},
		{"In-Reply-To, the requester", func(w world) mail { return mail{head: []string{"In-Reply-To: <" + w.first.ack.MessageID + ">"}} }, ticket.OutcomeAppended, "mia@acme.example"},
		{"In-Reply-To, a colleague", func(w world) mail {
			return mail{from: "Tom <tom@acme.example>", head: []string{"In-Reply-To: <" + w.first.ack.MessageID + ">"}}
		}, ticket.OutcomeAppended, "mia@acme.example tom@acme.example"},
		{"In-Reply-To of the customer's own mail", func(w world) mail { return mail{head: []string{"In-Reply-To: <" + w.first.MessageID + ">"}} }, ticket.OutcomeAppended, "mia@acme.example"},
		{"References, pseudo id", func(w world) mail { return mail{head: []string{"References: <" + w.first.ack.References[0] + ">"}} }, ticket.OutcomeAppended, "mia@acme.example"},
		{"In-Reply-To, somebody else authenticated", func(w world) mail {
			return mail{from: "eve@elsewhere.example", head: []string{"In-Reply-To: <" + w.first.ack.MessageID + ">"}}
		}, ticket.OutcomeHeld, "mia@acme.example"},
		{"In-Reply-To, a stranger", func(w world) mail {
			return mail{from: "eve@elsewhere.example", client: stranger, head: []string{"In-Reply-To: <" + w.first.ack.MessageID + ">"}}
		}, ticket.OutcomeHeld, "mia@acme.example"},
		{"the number in the subject", func(world) mail { return mail{subject: "Re: [#1] Printer portal"} }, ticket.OutcomeNew, "mia@acme.example"},
		{"a token changed in one letter", func(w world) mail {
			a := []byte(token(w))
			i := strings.IndexByte(string(a), '+') + 5
			if a[i]++; a[i] == 'z'+1 || a[i] == 'i' || a[i] == 'l' || a[i] == 'o' || a[i] == 'u' || a[i] == ':' {
				a[i] = '7'
			}
			return mail{rcpt: []string{string(a)}}
		}, ticket.OutcomeNew, "mia@acme.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			w := world{h, h.deliver(mail{})}
			got := h.want(h.deliver(c.later(w)), c.outcome)
			if joined := got.Ticket == 1; joined != (c.outcome == ticket.OutcomeAppended) {
				t.Errorf("on ticket %d (%q)", got.Ticket, got.entry.Evidence)
			}
			if held := c.outcome == ticket.OutcomeHeld; held != (fmt.Sprint(got.ticket.Linked) == "[1]") {
				t.Errorf("linked to %v", got.ticket.Linked)
			}
			h.view(func(r store.Reader) error {
				one, err := r.Ticket(1)
				if people := strings.Join(one.People, " "); people != c.people {
					t.Errorf("people %q, want %q", people, c.people)
				}
				return err
			})
		})
	}
}

// A held mail is answered like a new matter of an unknown, with nothing of the
// ticket that it asks for, and changes nothing there.
func TestHeldMail(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "Secret merger"})
	h.flush()
	before := h.dump(1)
	a := h.want(h.deliver(mail{from: "Tom Acme <tom@acme.example>", client: stranger, subject: "Re: Secret merger", head: []string{"In-Reply-To: <" + first.ack.MessageID + ">"}}), ticket.OutcomeHeld)
	if h.dump(1) != before {
		t.Error("the held mail changed the ticket that it asks for")
	}
	for _, m := range to(h.flush(), "tom@acme.example") {
		if strings.Contains(string(m.Bytes), "merger") || strings.Contains(string(m.Bytes), "Tom") || strings.Contains(string(m.Bytes), first.ack.References[0]) {
			t.Errorf("the answer shows something of the ticket:\n%s", m.Bytes)
		}
	}
	if a.ack == nil || !a.ticket.Told {
		t.Error("the held mail was not answered")
	}
}

func TestOutcomeAutomatic(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	vacation := mail{head: []string{"Auto-Submitted: auto-replied", "In-Reply-To: <" + first.ack.MessageID + ">"}}
	if a := h.want(h.deliver(vacation), ticket.OutcomeAutomatic); a.Ticket != 1 || a.ack != nil || a.ticket.PromiseID != first.ticket.PromiseID {
		t.Errorf("matched: ticket %d, ack %v", a.Ticket, a.ack)
	}
	alone := mail{head: []string{"Auto-Submitted: auto-replied"}, subject: "outage"}
	a := h.want(h.deliver(alone), ticket.OutcomeAutomatic)
	if a.Ticket != 2 || a.ack != nil || a.ticket.PromiseID != 0 || a.ticket.Priority != ticket.Low || len(a.pages) != 0 {
		t.Errorf("unmatched: %+v, ack %v, pages %d", a.ticket, a.ack, len(a.pages))
	}
	if len(a.notices) != 1 {
		t.Errorf("%d notices: nobody sees it", len(a.notices))
	}
}

func TestOutcomeBounce(t *testing.T) {
	h := newHouse(t, `acknowledge.envelope_from="bounce"`)
	first := h.deliver(mail{})
	h.deliver(mail{})
	if !strings.HasPrefix(first.ack.EnvelopeFrom, "support+") || first.ack.EnvelopeFrom == first.ack.ReplyTo {
		t.Fatalf("envelope from %q", first.ack.EnvelopeFrom)
	}
	for name, m := range map[string]mail{
		"by the returned Message-ID": aBounce(first.ack.MessageID, "support@example.com"),
		"by the token":               aBounce("unknown@elsewhere.example", first.ack.EnvelopeFrom),
	} {
		if a := h.want(h.deliver(m), ticket.OutcomeBounce); a.Ticket != 1 || a.ack != nil {
			t.Errorf("%s: on ticket %d, ack %v", name, a.Ticket, a.ack)
		}
	}
	if a := h.want(h.deliver(aBounce("unknown@elsewhere.example", "support@example.com")), ticket.OutcomeBounce); a.Ticket != 3 || a.ack != nil {
		t.Errorf("unmatched: on ticket %d, ack %v", a.Ticket, a.ack)
	}
}

// The letter's kind is given here, so that the test holds whatever words a
// sign-up mail is known by.
func TestOutcomeQuarantined(t *testing.T) {
	h := newHouse(t)
	in := h.newIncoming(t.Context(), h.arrival(mail{from: "Shop <accounts@shop.example>", subject: "Your code"}))
	in.mail.Kind = letter.Verification
	err := h.store.Update(store.Intake, func(tx store.Tx) error {
		d, err := h.decide(tx, in, tx.NewTicketNumber)
		if err != nil {
			return err
		}
		return d.record(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := h.want(h.stored(in.ID, nil), ticket.OutcomeQuarantined); a.Ticket != 0 || len(h.rows()) != 0 {
		t.Errorf("ticket %d, rows %d", a.Ticket, len(h.rows()))
	}
	var out RawView
	if err := h.rawMail(IDArgs{in.ID.String()}, func(v any) error { out = v.(RawView); return nil }); err != nil || out.Raw == "" {
		t.Errorf("its bytes: %v", err)
	}
}

func TestDuplicate(t *testing.T) {
	base := mail{id: "same@client.example.net", head: []string{"X-Trace: 1"}}
	change := func(f func(*mail)) mail { m := base; f(&m); return m }
	for _, c := range []struct {
		name    string
		again   mail
		outcome ticket.Outcome
	}{
		{"byte for byte", base, ticket.OutcomeDuplicate},
		{"another way here", change(func(m *mail) { m.head = []string{"Received: from a by b; now", "X-Trace: 2"}; m.client = stranger }), ticket.OutcomeDuplicate},
		{"another Date", change(func(m *mail) { m.head = []string{"Date: Tue, 14 Jul 2026 10:00:00 +0000"} }), ticket.OutcomeDuplicate},
		{"to another desk", change(func(m *mail) { m.rcpt = []string{"billing@example.com"} }), ticket.OutcomeDuplicate},
		{"another author", change(func(m *mail) { m.from = "Tom <tom@acme.example>" }), ticket.OutcomeNew},
		{"other words", change(func(m *mail) { m.body = "Other words." }), ticket.OutcomeNew},
		{"another subject", change(func(m *mail) { m.subject = "Another" }), ticket.OutcomeNew},
		{"another Message-ID", change(func(m *mail) { m.id = "other@client.example.net" }), ticket.OutcomeNew},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(base)
			before, rows := h.dump(1), len(h.rows())
			again := h.want(h.deliver(c.again), c.outcome)
			if c.outcome != ticket.OutcomeDuplicate {
				if again.Ticket == 1 {
					t.Error("it is on the ticket of the first")
				}
				return
			}
			if h.dump(1) != before || len(h.rows()) != rows || again.Original != first.ID || again.Ticket != 1 {
				t.Errorf("the duplicate changed something: %+v", again.Receipt)
			}
			h.view(func(r store.Reader) error {
				counts, err := r.Counts()
				if counts[ticket.OutcomeDuplicate] != 1 || counts[ticket.OutcomeNew] != 1 {
					t.Errorf("counts %v", counts)
				}
				return err
			})
			third := h.want(h.deliver(c.again), ticket.OutcomeDuplicate)
			if third.Original != first.ID {
				t.Error("a duplicate's duplicate does not repeat the first")
			}
		})
	}
	t.Run("without Message-ID", func(t *testing.T) {
		h := newHouse(t)
		h.deliver(mail{id: "-"})
		h.want(h.deliver(mail{id: "-"}), ticket.OutcomeNew)
	})
}

// TestSumLaw delivers seeded random sequences of all sorts of mail: the counters
// of the outcomes add up to the accepted mails, and the store stays whole.
func TestSumLaw(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHouse(t)
			rnd := rand.New(rand.NewPCG(seed, 7))
			var past []arrived
			var mails []mail
			for n := range 60 {
				m := randomMail(rnd, n, past, mails)
				a := h.deliver(m)
				past, mails = append(past, a), append(mails, m)
				if rnd.IntN(8) == 0 {
					h.flush()
				}
			}
			h.view(func(r store.Reader) error {
				counts, err := r.Counts()
				var sum uint64
				for _, n := range counts {
					sum += n
				}
				if sum != 60 {
					t.Errorf("counters %v add up to %d of 60 mails", counts, sum)
				}
				for _, o := range []ticket.Outcome{ticket.OutcomeNew, ticket.OutcomeAppended, ticket.OutcomeDuplicate} {
					if counts[o] == 0 {
						t.Errorf("no mail ended as %s: the sequence tests nothing", o)
					}
				}
				return err
			})
		})
	}
}

func randomMail(rnd *rand.Rand, n int, past []arrived, mails []mail) mail {
	people := []string{"mia@acme.example", "Tom <tom@acme.example>", "eve@elsewhere.example", "Gus <gus@globex.example>", "anna@example.com"}
	m := mail{from: people[rnd.IntN(len(people))], id: fmt.Sprintf("r%d@client.example.net", n), subject: []string{"Hello", "production down", "Invoice"}[rnd.IntN(3)]}
	if rnd.IntN(2) == 0 {
		m.client = stranger
	}
	if len(past) > 0 {
		old := past[rnd.IntN(len(past))]
		switch rnd.IntN(6) {
		case 0:
			return mails[rnd.IntN(len(mails))]
		case 1:
			m.head = []string{"In-Reply-To: <" + old.MessageID + ">"}
		case 2:
			if old.ack != nil {
				m.rcpt = []string{letterAddr(old.ack.ReplyTo)}
			}
		case 3:
			if old.ack != nil {
				b := aBounce(old.ack.MessageID, "support@example.com")
				b.id = m.id
				return b
			}
		case 4:
			m.head = []string{"Auto-Submitted: auto-replied", "References: <" + old.MessageID + ">"}
		}
	}
	return m
}

// "I am a program" opens no door: whoever saw or guessed the Message-ID of a
// customer's mail could else put words on its ticket, and before its agents.
func TestProgramWithoutProof(t *testing.T) {
	eve := func(head ...string) mail {
		return mail{from: "eve@elsewhere.example", client: stranger, body: "pay to another account", head: head}
	}
	for _, c := range []struct {
		name string
		mail func(first string) mail
	}{
		{"Auto-Submitted", func(id string) mail { return eve("Auto-Submitted: auto-replied", "In-Reply-To: <"+id+">") }},
		{"null sender", func(id string) mail { m := eve("References: <" + id + ">"); m.path = str(""); return m }},
		{"delivery report", func(id string) mail { return aBounce(id, "support@example.com") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			before := h.dump(1)
			a := h.deliver(c.mail(first.MessageID))
			if a.Ticket == 1 || h.dump(1) != before {
				t.Errorf("it is on the customer's ticket (%q)", a.entry.Evidence)
			}
			if fmt.Sprint(a.ticket.Linked) != "[1]" || a.ack != nil || a.Outcome == ticket.OutcomeHeld {
				t.Errorf("linked to %v, outcome %s, ack %v", a.ticket.Linked, a.Outcome, a.ack)
			}
		})
	}
}
