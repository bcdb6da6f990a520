package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// A mail from Gus that Mia passes on.
const passedOn = "---------- Forwarded message ---------\r\nFrom: Gus <gus@globex.example>\r\nDate: Mon, 6 Jul 2026 at 10:00\r\n" +
	"Subject: The line\r\nTo: <mia@acme.example>\r\n\r\nWe have an outage in hall seven."

// Rules look at the new words, and at the others only when there are none; agents
// and the excerpt get what the mail is about.
func TestMatter(t *testing.T) {
	const earlier = "-----Original Message-----\r\nFrom: Gus <gus@globex.example>\r\nSent: 6 July 2026 10:00\r\nTo: mia@acme.example\r\nSubject: The line\r\n\r\nWe have an outage in hall seven."
	for _, c := range []struct {
		name, subject, body string
		fresh               string
		urgent              bool   // a rule for "outage"
		excerpt             string // how it begins
		told                bool   // agents read of hall seven
		oldOnly             bool
	}{
		{"passed on with words", "Fwd: The line", "Please look at this.\r\n\r\n" + passedOn, "Please look at this.", false, "Please look at this. ---------- Forwarded", true, false},
		{"passed on without words", "Fwd: The line", passedOn, "", true, "---------- Forwarded message", true, true},
		{"answered above", "Re: The line", "It works again.\r\n\r\n" + earlier, "It works again.", false, "It works again.", false, false},
		{"nothing new", "Re: The line", earlier, "", true, "-----Original Message-----", true, true},
		{"only a phone's line", "Re: The line", "Sent from my iPhone\r\n\r\n" + earlier, "", true, "Sent from my iPhone", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			a := h.deliver(mail{subject: c.subject, body: c.body})
			if urgent := a.ticket.Priority == ticket.Urgent; urgent != c.urgent {
				t.Errorf("priority %s", a.ticket.Priority)
			}
			if !strings.HasPrefix(a.entry.Excerpt, c.excerpt) {
				t.Errorf("excerpt %q", a.entry.Excerpt)
			}
			h.view(func(r store.Reader) error {
				v, err := h.viewEntry(r, &a.entry)
				if got := strings.Contains(v.Text, "hall seven"); got != c.told {
					t.Errorf("the entry is %q", v.Text)
				}
				return err
			})
			if got := strings.Contains(h.noticeTo("anna@example.com").read.Text, "hall seven"); got != c.told {
				t.Errorf("the notice names the hall: %v", got)
			}
			v := h.explain(h.arrival(mail{subject: c.subject, body: c.body}))
			if v.NewText != c.fresh {
				t.Errorf("new text %q", v.NewText)
			}
			checkSplitView(t, &v)
		})
	}
}

// checkSplitView: the spans of explain cover its text, and hold what it says apart.
func checkSplitView(t *testing.T, v *ExplainView) {
	t.Helper()
	end, fresh := 0, ""
	for _, s := range v.Split {
		if s.Start != end || s.End <= s.Start {
			t.Errorf("span %+v behind %d", s, end)
		}
		if end = s.End; s.Kind == letter.SpanNew {
			fresh += v.Text[s.Start:s.End]
		}
	}
	if end != len(v.Text) || strings.TrimSpace(fresh) != v.NewText {
		t.Errorf("the spans end at %d of %d, new are %q, said to be %q", end, len(v.Text), fresh, v.NewText)
	}
}

// A company that only a disclaimer names is the author's; one in a mail that is passed
// on is somebody else's perhaps, whose level counts all the same.
func TestCompanyInWhatIsNotNew(t *testing.T) {
	for name, c := range map[string]struct{ body, company string }{
		"a disclaimer": {"The export button does nothing.\r\n\r\nMia\r\n\r\nThis e-mail of Globex Ltd is confidential and for the intended recipient only. If you received it in error, notify the sender and destroy all copies.", "Globex Ltd"},
		"passed on":    {"Please look at this.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Gus <gus@elsewhere.example>\r\nSubject: The line\r\nTo: <mia@elsewhere.example>\r\n\r\nHello,\r\nit stands still.\r\nGus, Globex Ltd", ""},
	} {
		h := newHouse(t)
		a := h.deliver(mail{from: "mia@elsewhere.example", subject: "Fwd: help", body: c.body})
		if a.ticket.Customer != c.company || (a.ticket.Confidence == ticket.Claimed) != (c.company != "") {
			t.Errorf("%s: %q, %s", name, a.ticket.Customer, a.ticket.Confidence)
		}
		if a.ticket.Level != "standard" {
			t.Errorf("%s: level %q", name, a.ticket.Level)
		}
	}
}

// What an agent passes on is no answer, however it is marked; in a note it stays
// with the house.
func TestAgentPassesOn(t *testing.T) {
	for name, c := range map[string]struct {
		subject, body string
		sent          string // to the customer; "" for nothing
		note          string
	}{
		"no subject says so":        {"Re: Printer portal", passedOn, "", ""},
		"below words":               {"Re: Printer portal", "It will be repaired.\r\n\r\n" + passedOn, "It will be repaired.", ""},
		"a note":                    {"Re: Printer portal", "#note\r\n" + passedOn, "", "We have an outage in hall seven."},
		"a note with words":         {"Fwd: Printer portal", "#note Gus says so, too.\r\n\r\n" + passedOn, "", "Gus says so, too."},
		"a header, nothing above":   {"Re: Printer portal", strings.Replace(passedOn, "---------- Forwarded message ---------\r\n", "", 1), "", ""},
		"announced, nothing marked": {"Re: Printer portal", "On 6 July 2026 at 10:00, Gus <gus@globex.example> wrote:\r\n\r\nWe have an outage in hall seven.", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			m := notice.reply(anna, c.body)
			m.subject = c.subject
			a := h.want(h.deliver(m), ticket.OutcomeAppended)
			sent := h.flush()
			answers := customers(sent)
			if len(answers) > 0 != (c.sent != "") || c.sent != "" && !strings.Contains(answers[0].read.Text, c.sent) {
				t.Errorf("the customer gets %d mails: %v", len(answers), answers)
			}
			for _, s := range answers {
				if strings.Contains(s.read.Text, "hall seven") {
					t.Errorf("the customer reads what was passed on: %s", s.read.Text)
				}
			}
			if isNote := a.entry.Kind == ticket.Note; isNote != (c.note != "") || !strings.Contains(a.entry.Text, c.note) || isNote && !strings.Contains(a.entry.Text, "hall seven") {
				t.Errorf("the entry is a %s: %q", a.entry.Kind, a.entry.Text)
			}
			told := slices.ContainsFunc(to(sent, "anna@example.com"), func(s sentMail) bool { return strings.Contains(strings.ToLower(s.read.Subject), "not sent") })
			if nothing := c.sent == "" && c.note == ""; told != nothing {
				t.Errorf("the agent is told that nothing was sent: %v", told)
			}
		})
	}
}
