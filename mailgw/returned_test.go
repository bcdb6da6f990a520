package mailgw

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// aReport is a delivery report that came to an address of ours: which recipient, what
// became of the mail there, and the status.
func aReport(rcpt, about, action, status string) mail {
	body := "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; " + about + "\r\nAction: " + action + "\r\nStatus: " + status +
		"\r\nDiagnostic-Code: smtp; the server's words\r\n\r\n--b--"
	return mail{from: "Mail Delivery <mailer-daemon@acme.example>", rcpt: []string{rcpt}, subject: "Undelivered", body: body, path: str(""), client: stranger,
		head: []string{`MIME-Version: 1.0`, `Content-Type: multipart/report; report-type=delivery-status; boundary=b`}}
}

// withAnswer is a house with ticket 1, which anna has answered; the answer has left.
func withAnswer(t *testing.T) (*house, sentMail) {
	t.Helper()
	h := newHouse(t)
	h.deliver(mail{})
	notice := to(h.flush(), "anna@example.com")
	h.at(monday.Add(10 * time.Minute))
	h.deliver(mail{from: anna, rcpt: []string{notice[0].read.ReplyTo[0].Addr}, body: "Here it is.", head: []string{"In-Reply-To: <" + notice[0].read.MessageID + ">"}})
	sent := customers(h.flush())
	if len(sent) != 1 || sent[0].From == "" {
		t.Fatalf("%d answers left", len(sent))
	}
	return h, sent[0]
}

// TestAnswerComesBack: the one who wrote it is told in plain words, the clock that it
// stopped runs on, and nothing goes to the side that returned it.
func TestAnswerComesBack(t *testing.T) {
	for _, c := range []struct {
		name, about, action, status string
		lost, gone                  bool // it did not arrive; nobody is there
	}{
		{"nobody there", "mia@acme.example", "failed", "5.1.1", true, true},
		{"a forwarder's address", "m.meier@elsewhere.example", "failed", "5.1.1", true, true},
		{"full", "mia@acme.example", "failed", "5.2.2", true, false},
		{"refused for what it says", "mia@acme.example", "failed", "5.7.1", true, false},
		{"tried too long", "mia@acme.example", "failed", "4.4.7", true, false},
		{"delayed", "mia@acme.example", "delayed", "4.4.1", false, false},
		{"delivered", "mia@acme.example", "delivered", "2.0.0", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, answer := withAnswer(t)
			before := h.promise(h.ticket(1).PromiseID)
			if before.State != promise.Kept {
				t.Fatalf("the promise is %s", before.State)
			}
			h.at(monday.Add(20 * time.Minute))
			h.want(h.deliver(aReport(answer.From, c.about, c.action, c.status)), ticket.OutcomeBounce)
			sent := h.flush()
			if len(customers(sent)) > 0 {
				t.Errorf("a report drew a mail to %v", customers(sent)[0].To)
			}
			told := to(sent, "anna@example.com")
			if (len(told) == 1) != c.lost || len(to(sent, "ben@example.com")) > 0 {
				t.Fatalf("%d mails to anna, %d to ben", len(told), len(to(sent, "ben@example.com")))
			}
			if c.lost && (!strings.Contains(told[0].read.Text, "mia@acme.example") || strings.Contains(told[0].read.Text, "Final-Recipient")) {
				t.Errorf("anna reads:\n%s", told[0].read.Text)
			}
			p := h.promise(before.ID)
			if open := p.State == promise.Open && len(p.KeptBy) == 0 && h.ticket(1).PromiseIs == "open"; open != c.lost {
				t.Errorf("the promise: %+v, on the ticket %s", p, h.ticket(1).PromiseIs)
			}
			if got := strings.Contains(strings.Join(h.events(1), "\n"), "not delivered to mia@acme.example"); got != c.lost {
				t.Errorf("events: %q", h.events(1))
			}
			if got := strings.Contains(strings.Join(h.events(1), "\n"), "not delivered yet"); got != (c.action == "delayed") {
				t.Errorf("events: %q", h.events(1))
			}
			h.at(monday.Add(24 * time.Hour))
			next := h.deliver(mail{subject: "Something else"})
			if (next.ack == nil) != c.gone {
				t.Errorf("acknowledged: %v", next.ack != nil)
			}
			h.at(monday.Add(62 * 24 * time.Hour))
			if late := h.deliver(mail{subject: "Much later"}); late.ack == nil {
				t.Error("after 60 days nothing is said yet")
			}
		})
	}
}

// TestAnswerComesBackTooLate: the due time is over when the report comes.
func TestAnswerComesBackTooLate(t *testing.T) {
	h, answer := withAnswer(t)
	id := h.ticket(1).PromiseID
	h.at(monday.Add(48 * time.Hour))
	h.deliver(aReport(answer.From, "mia@acme.example", "failed", "5.1.1"))
	if p := h.promise(id); p.State != promise.Broken || len(p.KeptBy) != 0 || h.ticket(1).PromiseIs != "broken" {
		t.Errorf("%+v, on the ticket %s", p, h.ticket(1).PromiseIs)
	}
	if h.ticket(1).Status != ticket.Open {
		t.Errorf("the ticket is %s", h.ticket(1).Status)
	}
}

// TestForgedReport: who does not have the mail's address or id can say nothing about it.
func TestForgedReport(t *testing.T) {
	h, answer := withAnswer(t)
	id := h.ticket(1).PromiseID
	flipped := strings.Replace(answer.From, answer.From[10:14], "0000", 1)
	for name, m := range map[string]mail{
		"to the desk":         aReport("support@example.com", "mia@acme.example", "failed", "5.1.1"),
		"with a broken token": aReport(flipped, "mia@acme.example", "failed", "5.1.1"),
		"to a reply address":  aReport(answer.read.ReplyTo[0].Addr, "mia@acme.example", "failed", "5.1.1"),
		"to other recipients": aReport(answer.From, "somebody@else.example", "relayed", "2.0.0"),
	} {
		h.deliver(m)
		if p := h.promise(id); p.State != promise.Kept {
			t.Errorf("%s: the promise is %s", name, p.State)
		}
	}
	h.flush()
	if a := h.deliver(mail{subject: "Something else"}); a.ack == nil {
		t.Error("a forged report has silenced an address")
	}
}

// TestNoticeComesBack: the agent gets no more notices, the others and the admin do,
// and the agent's own answer shows that the address lives again.
func TestNoticeComesBack(t *testing.T) {
	for _, by := range []string{"address", "id"} {
		t.Run(by, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := to(h.flush(), "ben@example.com")[0]
			report := aReport(notice.From, "ben@example.com", "failed", "5.1.1")
			if by == "id" {
				report = aReport("support@example.com", "ben@example.com", "failed", "5.1.1")
				report.body = strings.Replace(report.body, "--b--", "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <"+notice.read.MessageID+">\r\n\r\n--b--", 1)
			}
			h.deliver(report)
			sent := h.flush()
			if told := to(sent, "admin@example.com"); len(told) != 1 || !strings.Contains(told[0].read.Text, "ben@example.com") || len(sent) != 1 {
				t.Fatalf("the admin was told %d times, %d mails in all", len(told), len(sent))
			}
			h.reopen()
			h.deliver(mail{subject: "another"})
			if sent = h.flush(); len(to(sent, "ben@example.com")) != 0 || len(to(sent, "anna@example.com")) != 1 {
				t.Errorf("%d notices to ben, %d to anna", len(to(sent, "ben@example.com")), len(to(sent, "anna@example.com")))
			}
			h.deliver(mail{from: ben, rcpt: []string{notice.read.ReplyTo[0].Addr}, body: "I am back."})
			h.flush()
			h.deliver(mail{subject: "a third"})
			if sent = h.flush(); len(to(sent, "ben@example.com")) != 1 {
				t.Error("ben answers again, and gets no notices")
			}
		})
	}
}

// TestSilencedByCommand: who was silenced by a mistake is named, and can be taken back.
func TestSilencedByCommand(t *testing.T) {
	h, answer := withAnswer(t)
	h.deliver(aReport(answer.From, "mia@acme.example", "failed", "5.1.1"))
	h.flush()
	admin := &Admin{local: h.Gateway}
	out, err := ask(t, admin, "outbox.unreachable", NoArgs{})
	if err != nil || len(out) != 1 || out[0]["address"] != "mia@acme.example" || !strings.Contains(fmt.Sprint(out[0]["reply"]), "the server's words") {
		t.Fatalf("%v %v", out, err)
	}
	if _, err := ask(t, admin, "outbox.reach", AddressArgs{Address: "Mia@acme.example"}); err != nil {
		t.Fatal(err)
	}
	if a := h.deliver(mail{subject: "Something else"}); a.ack == nil {
		t.Error("no acknowledgement")
	}
	if _, err := ask(t, admin, "outbox.reach", AddressArgs{Address: "mia@acme.example"}); err == nil || !strings.Contains(err.Error(), "mia@acme.example") {
		t.Errorf("an address that is not silenced: %v", err)
	}
	if !slices.Contains(h.events(1), "mailgw: not delivered to mia@acme.example") {
		t.Errorf("%q", h.events(1))
	}
}

// TestRealReports: the delivery reports of some 65 mail servers, sent to the address
// in an answer's envelope. Each is put on the answer's ticket, none becomes a person's mail,
// and whatever it says is failed is told to the one who wrote.
func TestRealReports(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(projectRoot(t), "..", "shared", "corpora", "sisimai")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no ../shared/corpora/sisimai beside the project: no real delivery report was attributed (%v)", err)
	}
	var h *house
	var answer sentMail
	var total, ours, failed, gone int
	for _, tr := range readTruth(t, filepath.Join(dir, "truth.jsonl")) {
		if tr.Kind != "bounce" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, tr.File))
		if err != nil {
			t.Fatal(err)
		}
		if total%10 == 0 { // another ticket: this one grows with each
			h, answer = withAnswer(t)
		}
		total++
		head := "Return-Path: <>\r\nReceived: from client by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\n"
		before := len(h.events(1))
		in := &letter.Arrival{
			ID: h.ids.Next(), Source: "mx", Recipients: []string{answer.From}, ClientIP: netip.MustParseAddr(stranger), At: h.clock.Now(),
			Raw: append([]byte(head), raw...), Body: len(head),
		}
		if err := h.Deliver(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		a := h.stored(in.ID, h.rows())
		if a.Ticket == 1 && a.Outcome == ticket.OutcomeDuplicate { // the corpus has some twice
			total--
			continue
		}
		if a.Outcome != ticket.OutcomeBounce || a.Ticket != 1 {
			t.Logf("not attributed: %s: %s, ticket %d, %s", tr.File, a.Outcome, a.Ticket, a.entry.From)
			continue
		}
		ours++
		news := strings.Join(h.events(1)[before:], "\n")
		if strings.Contains(news, "not delivered to mia@acme.example") {
			failed++
		}
		err = h.store.Update(store.Background, func(tx store.Tx) error {
			err := tx.DeleteUnreachable("mia@acme.example")
			if err == nil {
				gone++
			}
			return ignoreMissing(err)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d real reports, %d attributed to the answer, %d say that it did not arrive, %d that nobody is there", total, ours, failed, gone)
	if total < 280 || float64(ours) < .99*float64(total) || float64(failed) < .9*float64(total) || gone < 50 {
		t.Error("too few")
	}
}
