package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// magic is what a third service lets only the owner of an address read.
const magic = "493021"

// services are the mails by which third services find out whose an address is.
func services() map[string]mail {
	return map[string]mail{
		"a code":                       {from: "Slick <no-reply@slick.example>", subject: "Your verification code", body: "Your verification code is " + magic + ".\r\nIt expires in 10 minutes."},
		"a code in the subject":        {from: "noreply@slick.example", subject: magic + " is your verification code", body: "Enter it to confirm your email address."},
		"a link":                       {from: "Slick <noreply@slick.example>", subject: "Confirm your email address", body: "Confirm your email address:\r\nhttps://slick.example/verify?token=" + magic},
		"in German":                    {from: "noreply@slick.example", subject: "Ihr Bestätigungscode", body: "Ihr Bestätigungscode lautet:\r\n\r\n" + magic},
		"from somebody, and not known": {from: "Slick Team <team@slick.example>", subject: "Welcome to Slick", body: "Your team wants you. The word is " + magic + "."},
		"as a note that goes out":      {from: "no-reply@slick.example", subject: "You are invited", body: "The word is " + magic + ".", head: []string{"Auto-Submitted: auto-generated"}},
	}
}

// The Ticket Trick: a third service is made to send its proof to an address of the
// desk, in the hope that the desk shows it to who owns a ticket. Wherever it is sent,
// the attacker reads nothing of it: not when it comes, not when the desk answers the
// attacker's ticket, not when a later time is told.
func TestAttackTicketTrick(t *testing.T) {
	known := map[string]bool{"a code": true, "a code in the subject": true, "a link": true, "in German": true}
	for _, place := range []string{"the desk", "an alias", "a tag of nobody's", "the ticket's number", "the attacker's reply address", "the desk, with the attacker in copy", "the desk, as an answer to our mail"} {
		h := newHouse(t)
		first := h.want(h.deliver(mail{from: eve, subject: "Export"}), ticket.OutcomeNew)
		hers := h.noticeTo("anna@example.com")
		token := h.tokenOf("eve@evil.example")
		for what, m := range services() {
			m.rcpt = []string{map[string]string{
				"an alias": "help@example.com", "a tag of nobody's": "support+slick@example.com", "the ticket's number": "support+1@example.com", "the attacker's reply address": token,
			}[place]}
			switch place {
			case "the desk, with the attacker in copy":
				m.rcpt, m.head = []string{"support@example.com"}, append(m.head, "Cc: eve@evil.example")
			case "the desk, as an answer to our mail":
				m.rcpt, m.head = []string{"support@example.com"}, append(m.head, "References: <"+to(h.sent, "eve@evil.example")[0].read.MessageID+">")
			}
			if m.rcpt[0] == "" {
				m.rcpt = []string{"support@example.com"}
			}
			a := h.deliver(m)
			if threaded := place == "the desk, as an answer to our mail"; known[what] && !threaded && (a.Outcome != ticket.OutcomeQuarantined || a.Ticket != 0 || len(a.notices) > 0) {
				t.Errorf("%s to %s: %s", what, place, a.Outcome)
			}
			if a.Ticket == first.Ticket && a.Outcome == ticket.OutcomeNew {
				t.Errorf("%s to %s: on her ticket", what, place)
			}
		}
		h.deliver(hers.reply(anna, "Please try again."))
		h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "Did it help?"})
		h.deliver(mail{from: eve, rcpt: []string{token}, body: "What did they write?"})
		h.look(monday.AddDate(0, 0, 3))
		h.tick(monday.AddDate(0, 0, 3))
		heard := 0
		for _, s := range h.sent {
			if strings.HasSuffix(s.To[0], "@example.com") {
				continue
			}
			heard++
			if all := s.read.Text + string(s.Bytes); strings.Contains(all, magic) && !strings.Contains(strings.Join(s.To, " "), "slick.example") {
				t.Errorf("%s: %s reads\n%s", place, s.To, s.read.Text)
			}
			if strings.Contains(s.read.Text, magic) && strings.Contains(strings.Join(s.To, " "), "eve@") {
				t.Errorf("%s: eve reads\n%s", place, s.read.Text)
			}
		}
		if heard == 0 {
			t.Error("nobody heard anything: the test looks at nothing")
		}
	}
}

// Addresses that can be guessed open no ticket: each is the desk's plain address.
func TestAttackGuessedAddresses(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	h.flush()
	token := h.tokenOf("mia@acme.example")
	local, domain, _ := strings.Cut(token, "@")
	changed := []byte(local)
	changed[len(changed)-1] ^= 1
	guesses := []string{"support+1", "support+0000000001", "support+ticket1", "support-1", "support+SUP-1", "support+id1", "support+a1b2c3", string(changed), local[:len(local)-1], local + "0"}
	for _, client := range []string{"127.0.0.1", stranger} {
		for _, guess := range guesses {
			addr := guess + "@" + domain
			if h.Recipient(t.Context(), addr) != nil {
				continue // there is no such address
			}
			if a := h.deliver(mail{from: eve, client: client, rcpt: []string{addr}, subject: "[SUP-1] [#1] Re: Printer portal", body: "To " + addr}); a.Ticket == first.Ticket {
				t.Errorf("%s leads to the ticket: %s", addr, a.Outcome)
			}
		}
	}
	for _, s := range to(h.flush(), "eve@evil.example") {
		if strings.Contains(strings.ToLower(s.read.Text), "acme") {
			t.Errorf("she reads\n%s", s.read.Text)
		}
	}
}
