package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
)

// openingFactsOf are those of a mail that opens a ticket.
func (h *house) openingFactsOf(m mail) rules.Facts {
	h.t.Helper()
	a := h.arrival(m)
	return h.readMail(h.t.Context(), h.settings.Load(), a).openingFacts()
}

func TestFactsOfAMail(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	token := letterAddr(first.ack.ReplyTo)
	a := h.arrival(mail{
		from: "Mia Meier <mia@acme.example>", rcpt: []string{token, "billing@example.com", "x@other.example"}, subject: "Bericht",
		body: "--b\r\nContent-Type: text/plain\r\n\r\nDie Rechnung ist leider falsch, bitte helfen Sie uns damit.\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n" +
			"Content-Disposition: attachment; filename=a.pdf\r\n\r\nabc\r\n--b--",
		head: []string{"Cc: SUPPORT@example.com, Ben <ben@acme.example>", `Content-Type: multipart/mixed; boundary=b`},
	})
	f := h.readMail(t.Context(), h.settings.Load(), a).openingFacts()
	if f.Name != "Mia Meier" || f.Sender != "mia@acme.example" || f.SenderAuth != "trusted" || f.Language != "de" || f.Desk != "support" {
		t.Errorf("facts %+v", f)
	}
	if got := fmt.Sprint(f.Recipients); got != "[support@example.com billing@example.com x@other.example ben@acme.example]" {
		t.Errorf("recipients %s", got)
	}
	if fmt.Sprint(f.Attachments) != "[{a.pdf application/pdf 3}]" || f.Size != int64(len(a.Raw)-a.Body) {
		t.Errorf("attachments %v, size %d", f.Attachments, f.Size)
	}
	if f.FollowUp || f.Status != "" || f.Done != nil || f.Affected != 0 || f.Blocked != rules.Unsaid {
		t.Errorf("a mail that opens a ticket: %+v", f)
	}
	if !f.WorkingHours || f.Local.Format("Mon 15:04") != "Mon 10:00" {
		t.Errorf("at %s, working hours %t", f.Local, f.WorkingHours)
	}
	if night := h.at(monday.Add(12*time.Hour + time.Minute)).openingFactsOf(mail{}); night.WorkingHours || night.Local.Format("Mon 15:04") != "Mon 22:01" {
		t.Errorf("at %s, working hours %t", night.Local, night.WorkingHours)
	}
}

// What the sender wrote is none of our filters' words, also when it looks like them.
func TestFactsOfOurFilters(t *testing.T) {
	h := newHouse(t, rule("spam", `scanner="X-Spam: yes"`, `tags=["spam"]`))
	a := h.arrival(mail{head: []string{"X-Spam: yes", "X-Other: 1"}})
	in := h.readMail(t.Context(), h.settings.Load(), a)
	if f := in.openingFacts(); f.Scanner != "" || !strings.Contains(f.Header, "X-Spam: yes\n") {
		t.Errorf("unscanned: scanner %q", f.Scanner)
	}
	a = h.arrival(mail{head: []string{"X-Spam: yes", "X-Other: 1"}})
	a.Sent = slices.Clone(a.Raw[a.Body:])
	a.Raw = slices.Concat(a.Raw[:a.Body], []byte("X-Spam: yes\r\nX-Score: 9\r\n"), a.Raw[a.Body:])
	if f := h.readMail(t.Context(), h.settings.Load(), a).openingFacts(); strings.Count(f.Scanner, "\n") != 2 || !strings.Contains(f.Scanner, "X-Score: 9\n") || !strings.Contains(f.Scanner, "X-Spam: yes\n") {
		t.Errorf("scanner %q", f.Scanner)
	}
}

func TestNeededBeforeDue(t *testing.T) {
	h := newHouse(t)
	for body, want := range map[string]bool{
		"We need it by 11:00 today.":       true,
		"We need it by Friday next week.":  false,
		"The export button does nothing.":  false,
		"We need it some time, no matter.": false,
	} {
		if got := h.openingFactsOf(mail{body: body}).NeededBeforeDue; got != want {
			t.Errorf("%q: %t", body, got)
		}
	}
}

func TestFactsOfAFollowUp(t *testing.T) {
	h := newHouse(t, rule("note-it", `all=[{follow_up=true}, {status="new"}, {tags="vip"}]`, `priority="high"`), `rule[2]={name="vip", then={tags=["vip"]}}`)
	first := h.deliver(mail{})
	next := h.deliver(mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}})
	if next.ticket.Priority != ticket.High || fmt.Sprint(next.ticket.RulesDone) != "[new vip follow-up note-it]" {
		t.Errorf("priority %s, done %q", next.ticket.Priority, next.ticket.RulesDone)
	}
}

func TestFirstContact(t *testing.T) {
	h := newHouse(t, rule("hello", `first_contact=true`, `tags=["first"]`))
	for _, c := range []struct {
		from string
		want string
	}{
		{"mia@acme.example", "[first]"}, {"noah@acme.example", "[]"}, {"x@stranger.example", "[first]"},
		{"x@stranger.example", "[]"}, {"y@stranger.example", "[first]"},
	} {
		if a := h.deliver(mail{from: c.from}); fmt.Sprint(a.ticket.Tags) != c.want {
			t.Errorf("%s: tags %v, want %s", c.from, a.ticket.Tags, c.want)
		}
	}
}

// What is found before the commit is what would be found inside it.
func TestVerdictBeforeTheCommit(t *testing.T) {
	h := newHouse(t, rule("vip", `all=[{language="en"}, {working_hours=true}, {recipient="support@example.com"}]`, `tags=["vip"]`),
		`rule[2]={name="big", if={size={at_least=10}}, then={priority="high"}}`, `rule[3]={name="soon", if={needed_before_due=true}, then={tags=["soon"]}}`)
	for i, m := range []mail{{}, {subject: "outage"}, {from: "x@stranger.example", client: stranger}, {body: "We need it by 11:00 today."}, {rcpt: []string{"billing@example.com"}}} {
		a := h.arrival(m)
		in := h.readMail(t.Context(), h.settings.Load(), a)
		h.view(func(r store.Reader) error {
			d := &decision{g: h.Gateway, in: in, r: r, now: in.At, explain: true, newNumber: func() (uint64, error) { return 1, nil }}
			if err := d.run(); err != nil {
				return err
			}
			inside, before := d.facts(), in.openingFacts()
			inside.BrokenPromises, inside.Reopened, inside.Contacts, inside.FirstContact = 0, 0, 0, false
			if x, y := fmt.Sprintf("%+v", inside), fmt.Sprintf("%+v", before); x != y {
				t.Errorf("mail %d: inside the commit rules see\n%s\nbefore it\n%s", i, x, y)
			}
			for k := range d.verdict.Trace {
				d.verdict.Trace[k].Why = nil
			}
			if x, y := fmt.Sprintf("%+v", d.verdict), fmt.Sprintf("%+v", in.verdict); x != y {
				t.Errorf("mail %d: inside the commit\n%s\nbefore it\n%s", i, x, y)
			}
			return nil
		})
		h.deliverArrival(a)
	}
}

// deliverArrival takes an arrival in.
func (h *house) deliverArrival(a *letter.Arrival) arrived {
	h.t.Helper()
	before := h.rows()
	if err := h.Deliver(h.t.Context(), a); err != nil {
		h.t.Fatal(err)
	}
	return h.stored(a.ID, before)
}
