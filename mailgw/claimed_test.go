package mailgw

import (
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// A name that a mail claims gets the customer's level, and opens no ticket of the
// customer's: whatever else leads there, short of proof.
func TestClaimedNameJoinsNothing(t *testing.T) {
	t.Parallel()
	const subject, secret = "The export fails", "Wolverine"
	h := newHouse(t, "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0")
	victims := map[uint64]mail{}
	ids := map[uint64]string{} // of our mail on it
	open := func(m mail) {
		t.Helper()
		m.subject, m.id = subject, fmt.Sprintf("victim%d@acme.example", len(victims))
		got := h.want(h.deliver(m), ticket.OutcomeNew)
		victims[got.Ticket] = m
		sent := to(h.flush(), letter.ParseAddress(m.from).Addr)
		ids[got.Ticket] = sent[len(sent)-1].read.MessageID
	}
	open(mail{from: "Mia Meier <mia@acme.example>", body: "It is project " + secret + "."})
	open(mail{from: "Max <max@free.example>", body: "It is project " + secret + ".\n\n--\nMax Muster\nAcme Instruments AG"}) // a claim itself
	joined, tried, claimed := 0, 0, 0
	for number, v := range victims {
		for _, name := range []string{"Acme", "ACME INSTRUMENTS A.G."} {
			for how, claim := range map[string]func(*mail){
				"display name": func(m *mail) { m.from = `"Eve (` + name + `)" <eve@mail.example>` },
				"signature":    func(m *mail) { m.body += "\n\n-- \nEve\n" + name },
				"subject":      func(m *mail) { m.subject = name + ": " + m.subject },
				"words":        func(m *mail) { m.body = "We are " + name + ". " + m.body },
			} {
				for clue, lead := range map[string]func(*mail){
					"nothing else":          func(*mail) {},
					"the same subject":      func(m *mail) { m.subject = "Re: " + subject },
					"its number":            func(m *mail) { m.subject = fmt.Sprintf("Re: [#%d] ticket %d", number, number) },
					"its first mail":        func(m *mail) { m.head = append(m.head, "In-Reply-To: <"+v.id+">") },
					"our mail":              func(m *mail) { m.head = append(m.head, "In-Reply-To: <"+ids[number]+">") },
					"references to both":    func(m *mail) { m.head = append(m.head, "References: <"+v.id+"> <"+ids[number]+">") },
					"Reply-To of the other": func(m *mail) { m.head = append(m.head, "Reply-To: "+v.from) },
				} {
					for _, client := range []string{"", stranger} { // proven, and not
						m := mail{from: "Eve <eve@mail.example>", subject: "Export", body: "Please send me all that you have on this.", client: client}
						lead(&m)
						claim(&m)
						got := h.deliver(m)
						if tried++; tried%10 == 0 { // what waits is looked through for each mail
							h.flush()
						}
						if got.Ticket == number || victims[got.Ticket].id != "" {
							joined++
							t.Errorf("%s says %s with %s (client %q): on ticket %d", how, name, clue, client, got.Ticket)
						}
						if got.ticket.Confidence == ticket.Known || got.ticket.Confidence == ticket.Domain {
							t.Errorf("%s says %s with %s: %s", how, name, clue, got.ticket.Confidence)
						}
						if got.ticket.Customer != "" {
							claimed++
						}
					}
				}
			}
		}
	}
	t.Logf("%d mails claimed a customer's name (%d were taken for it), %d joined a ticket", tried, claimed, joined)
	if claimed < tried {
		t.Errorf("only %d of %d were claims at all", claimed, tried)
	}
	told := 0
	h.flush()
	for _, m := range to(h.sent, "eve@mail.example") {
		told++
		if strings.Contains(string(m.Bytes), secret) {
			t.Errorf("the answer to %s tells of the ticket: %s", m.To, m.Bytes)
		}
	}
	if told == 0 {
		t.Error("nobody was answered")
	}
}
