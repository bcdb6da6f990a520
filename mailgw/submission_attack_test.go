package mailgw

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/ticket"
)

// outsideOf are the mails that went to people outside.
func outsideOf(list []sentMail) (out []sentMail) {
	for _, m := range list {
		if slices.ContainsFunc(m.To, func(a string) bool { return !strings.HasSuffix(a, "@example.com") }) {
			out = append(out, m)
		}
	}
	return out
}

// Words that are handed in for others alone do not go to the customer whose mail they seem to
// reply to: they are a matter of their own, linked.
func TestSubmittedForOthersAlone(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]mail{
		"a supplier":                {rcpt: []string{"sales@vendor.example"}},
		"another customer":          {rcpt: []string{"Olaf <olaf@globex.example>"}},
		"a supplier, desk in copy":  {rcpt: []string{"sales@vendor.example", "support@example.com"}},
		"a supplier, shown to none": {rcpt: []string{"support@example.com"}},
	} {
		h := newHouse(t)
		first := h.deliver(mail{id: "first@acme.example", from: "Mia Meier <" + miaAt + ">"})
		h.flush()
		to.subject, to.body, to.head = "Re: Printer portal", "What do we pay for a new one?", []string{"In-Reply-To: <first@acme.example>"}
		var blind []string
		if strings.Contains(name, "shown to none") {
			blind = []string{"sales@vendor.example"}
		}
		got := h.submit(annasAddr, to, blind...)
		if got.Ticket == first.Ticket || !slices.Contains(h.ticket(got.Ticket).Linked, first.Ticket) {
			t.Errorf("%s: it is on ticket %d, linked %v", name, got.Ticket, h.ticket(got.Ticket).Linked)
		}
		out := outsideOf(h.flush())
		if len(out) != 1 || slices.Contains(out[0].To, miaAt) {
			t.Errorf("%s: %d went out: %v", name, len(out), out)
		}
		if p := h.promise(first.ticket.PromiseID); p.State != "open" {
			t.Errorf("%s: what was promised to the customer is %s", name, p.State)
		}
	}
}

// With the customer, somebody of hers, or the ticket's own address among the addressees it is an answer.
func TestSubmittedWithOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver(mail{id: "first@acme.example", from: "Mia Meier <" + miaAt + ">", head: []string{"Cc: boss@acme.example"}})
	token := h.noticeTo(annasAddr).read.ReplyTo[0].Addr
	h.flush()
	for i, rcpt := range [][]string{{miaAt, "sales@vendor.example"}, {"boss@acme.example"}, {token, "sales@vendor.example"}, {"sales@vendor.example"}} { // the last one is known by now
		h.submit(annasAddr, mail{rcpt: rcpt, subject: "Re: Printer portal", body: "We order a new one.", head: []string{"In-Reply-To: <first@acme.example>"}})
		out := outsideOf(h.flush())
		if len(out) != 1 || !slices.Contains(out[0].To, miaAt) || h.tickets() != 1 {
			t.Errorf("%d: to %v: %d went out: %v", i, rcpt, len(out), out)
		}
	}
}

// A mail without a Message-ID that is handed in again, since its 250 was lost, is one answer.
func TestSubmittedAgainWithoutID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver(mail{id: "first@acme.example"})
	h.flush()
	m := mail{rcpt: []string{miaAt}, id: "-", subject: "Re: Printer portal", body: "Press it twice.", head: []string{"In-Reply-To: <first@acme.example>"}}
	h.submit(annasAddr, m)
	h.submit(annasAddr, m)
	if out := outsideOf(h.flush()); len(out) != 1 {
		t.Errorf("%d answers went to the customer", len(out))
	}
	m.body = "Press it once more."
	h.submit(annasAddr, m)
	if out := outsideOf(h.flush()); len(out) != 1 {
		t.Errorf("of another mail %d answers went to the customer", len(out))
	}
}

// A mail that is handed in again, wrapped otherwise or with a space more, is one answer; with
// other words, another file or to somebody else it is another one.
func TestSubmittedAgainWrapped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver(mail{id: "first@acme.example"})
	h.flush()
	m := mail{rcpt: []string{miaAt}, id: "again@laptop.example", subject: "Re: Printer portal", body: "Press it twice, then hold it.", head: []string{"In-Reply-To: <first@acme.example>"}}
	file := func(content string) mail {
		f := m
		f.id, f.head = "file@laptop.example", append(slices.Clone(m.head), "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
		f.body = "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n" + content + "\r\n--b--"
		return f
	}
	picture := func(content string) mail {
		f := file("")
		f.id = "picture@laptop.example"
		f.body = "--b\r\nContent-Type: text/plain\r\n\r\nSee it.\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content + "\r\n--b--"
		return f
	}
	with := func(body string) mail { o := m; o.body = body; return o }
	for _, c := range []struct {
		name string
		mail mail
		want int // answers that go out
	}{
		{"first", m, 1}, {"the same", m, 0}, {"a space more", with("Press it  twice, then hold it. "), 0}, {"wrapped", with("Press it twice,\r\nthen hold it."), 0},
		{"other words", with("Press it twice, then let it go."), 1}, {"no space", with("Pressit twice, then hold it."), 1},
		{"a file", file("one"), 1}, {"the same file", file("one"), 0}, {"another file", file("two"), 1},
		{"a picture", picture("iVBORw0KGgoA"), 1}, {"the same picture", picture("iVBORw0KGgoA"), 0}, {"another picture", picture("iVBORw0KGgoB"), 1},
	} {
		h.submit(annasAddr, c.mail)
		if out := outsideOf(h.flush()); len(out) != c.want {
			t.Errorf("%s: %d answers went to the customer, want %d", c.name, len(out), c.want)
		}
	}
	if got := h.submit(benAt, m); got.Outcome == ticket.OutcomeDuplicate {
		t.Errorf("another agent's mail with the same id is %s", got.Outcome)
	}
}

// What an agent's mail program writes on top makes a mail no machine's; an answer to an
// invitation is refused with a sentence.
func TestSubmittedKinds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver(mail{id: "first@acme.example"})
	h.flush()
	for _, line := range []string{"Precedence: bulk", "List-Id: <x.example.com>"} {
		h.submit(annasAddr, mail{rcpt: []string{miaAt}, subject: "Re: Printer portal", body: "Press it twice.", head: []string{"In-Reply-To: <first@acme.example>", line}})
		if out := outsideOf(h.flush()); len(out) != 1 || strings.Contains(string(out[0].Bytes), "Precedence: bulk") || strings.Contains(string(out[0].Bytes), "x.example.com") {
			t.Errorf("%s: %d went out", line, len(out))
		}
	}
	invited := h.submitted(annasAddr, mail{rcpt: []string{miaAt}, subject: "Accepted: Call", body: "--b\r\nContent-Type: text/plain\r\n\r\nAnna has accepted.\r\n--b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:anna@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--", head: []string{"Content-Type: multipart/alternative; boundary=b"}})
	var no *smtpd.ReplyError
	if err := h.Deliver(context.Background(), invited); !errors.As(err, &no) || no.Code != 550 || !strings.Contains(no.Text, "invitation") {
		t.Errorf("an answer to an invitation is answered %v", err)
	}
	if h.ticket(1).Status == ticket.Closed || h.tickets() != 1 {
		t.Errorf("%d tickets", h.tickets())
	}
}
