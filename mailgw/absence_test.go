package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// absence is what is kept of somebody's; nil for nothing.
func (h *house) absence(addr string) (a *staff.Absence) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		s, err := h.settings.Load().staffIn(r)
		if err == nil {
			a = s.Away(addr, h.clock.Now())
		}
		return err
	})
	return a
}

// An agent goes away and comes back by a line in a reply to a notice, and hears how it was
// understood. Nothing of it reaches the customer, and what is not understood changes nothing.
func TestGoAway(t *testing.T) {
	for _, c := range []struct {
		line, until, standIn, told string
	}{
		{"#away until wed", "2026-07-15 09:00", "", "15 July"},
		{"#away until 2026-07-16 12:00, ben stands in", "2026-07-16 12:00", "ben@example.com", "ben@example.com"},
		{"#away bis mittwoch", "2026-07-15 09:00", "", "15 July"},
		{"#away", "", "", "14 days"},
		{"#away until the cows come home", "-", "", "not understood"},
		{"#away until wed, zoe stands in", "-", "", "not understood"},
		{"#away until wed, anna stands in", "-", "", "not understood"},
		{"#away until yesterday", "-", "", "not understood"},
	} {
		t.Run(c.line, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			h.deliver(notice.reply(anna, c.line))
			out := h.flush()
			if n := len(to(out, "mia@acme.example")); n != 0 {
				t.Errorf("%d mails to the customer", n)
			}
			told := to(out, "anna@example.com")
			if len(told) != 1 || !strings.Contains(told[0].read.Subject+told[0].read.Text, c.told) {
				t.Fatalf("told in %d mails: %+v", len(told), told)
			}
			a := h.absence("anna@example.com")
			if c.until == "-" {
				if a != nil {
					t.Errorf("away: %+v", a)
				}
				return
			}
			if a == nil || !a.Own || a.StandIn != c.standIn {
				t.Fatalf("away: %+v", a)
			}
			if want := c.until; want != "" && !a.Until.Equal(zurichTime(t, want)) || want == "" && !a.Until.IsZero() {
				t.Errorf("until %s, want %s", a.Until, want)
			}
			h.reopen()
			if h.absence("anna@example.com") == nil {
				t.Error("a restart forgets it")
			}
			h.deliver(notice.reply(anna, "#back"))
			if a := h.absence("anna@example.com"); a != nil {
				t.Errorf("back, and still away: %+v", a)
			}
			if told := to(h.flush(), "anna@example.com"); len(told) != 1 || !strings.Contains(told[0].read.Subject, "Back") {
				t.Errorf("told of being back in %d mails", len(told))
			}
		})
	}
}

// The words beside #away go to the customer as ever; and nobody else can send an agent away.
func TestGoAwayBesideWords(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	forged := notice.reply("Eve <eve@evil.example>", "#away until wed")
	h.deliver(forged)
	forged = notice.reply(anna, "#away until wed")
	forged.client = stranger
	h.deliver(forged)
	if a := h.absence("anna@example.com"); a != nil {
		t.Fatalf("forged: %+v", a)
	}
	h.flush()
	h.deliver(notice.reply(anna, "#away until wed\r\n\r\nPlease restart it."))
	got := to(h.flush(), "mia@acme.example")
	if len(got) != 1 || !strings.Contains(got[0].read.Text, "Please restart it.") || strings.Contains(got[0].read.Text, "away") {
		t.Errorf("%d mails to the customer", len(got))
	}
	if h.absence("anna@example.com") == nil {
		t.Error("not away")
	}
}

// An agent's own absence mail is read, when it is provably theirs; a customer's is not, and
// what the agent typed counts more. One without an end is over when the agent answers.
func TestAbsenceMail(t *testing.T) {
	auto := func(from, client, words string) mail {
		return mail{from: from, client: client, subject: "Automatic reply: your mail", head: []string{"Auto-Submitted: auto-replied"}, body: words}
	}
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	for name, m := range map[string]mail{
		"a forger's":       auto(anna, stranger, "I am out of the office until 15 July."),
		"a customer's":     auto("Mia <mia@acme.example>", "", "I am out of the office until 15 July."),
		"an ordinary mail": notice.reply(anna, "I am out of the office until 15 July."),
	} {
		h.deliver(m)
		for _, who := range []string{"anna@example.com", "mia@acme.example"} {
			if a := h.absence(who); a != nil {
				t.Errorf("%s sends %s away: %+v", name, who, a)
			}
		}
	}
	got := h.deliver(auto(anna, "", "I am out of the office until 15 July. Ben helps."))
	if a := h.absence("anna@example.com"); a == nil || !a.Until.Equal(zurichTime(t, "2026-07-16 09:00")) || a.Own {
		t.Fatalf("%+v", a)
	}
	if got.Outcome != ticket.OutcomeAutomatic {
		t.Errorf("outcome %s", got.Outcome)
	}
	h.deliver(notice.reply(anna, "Answered from the beach."))
	if h.absence("anna@example.com") == nil {
		t.Error("an answer ends an absence that has an end")
	}
	h.deliver(notice.reply(anna, "#away until 2026-07-20 12:00"))
	h.deliver(auto(anna, "", "I am out of the office until 15 July."))
	if a := h.absence("anna@example.com"); a == nil || !a.Own {
		t.Errorf("an absence mail counts more than what was typed: %+v", a)
	}
	h.deliver(notice.reply(anna, "#back"))
	h.deliver(auto(anna, "", "I am on holiday and read no mails."))
	if a := h.absence("anna@example.com"); a == nil || !a.Until.IsZero() {
		t.Fatalf("without an end: %+v", a)
	}
	h.at(h.clock.Now().Add(time.Hour)).deliver(notice.reply(anna, "I am here again."))
	if a := h.absence("anna@example.com"); a != nil {
		t.Errorf("answers, and still away: %+v", a)
	}
}
