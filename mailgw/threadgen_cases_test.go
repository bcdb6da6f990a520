package mailgw

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
)

// Conversations that threadgen does not invent. Each is played in a house of its
// own, in which Mia of Acme, a registered customer, writes from a network whose
// word counts, and a stranger from one of which nothing is known.
func TestConversationsOfOurOwn(t *testing.T) {
	for name, play := range map[string]func(*house){
		"Outlook's thread with another subject is another matter":        outlookOtherSubject,
		"two customers forward the same newsletter":                      sameNewsletter,
		"blind copy to the desk":                                         blindCopy,
		"a blind copy to a ticket":                                       blindCopyToTicket,
		"thanks, but":                                                    thanksBut,
		"a colleague in Cc answers all":                                  colleagueAnswersAll,
		"a colleague in Cc answers all from an unproven address":         colleagueUnproven,
		"a stranger answers a notice that an agent passed on":            strangersNotice,
		"a stranger answers a mail that a customer passed on":            strangersMail,
		"what hosts and clients make of a token":                         mangledTokens,
		"a token of another ticket stands for that one, and for no more": tokenOfAnother,
		"Outlook's thread with the same subject":                         outlookSameSubject,
		"a reply to a mail that we never saw, twice":                     sharedAncestor,
		"thanks on a closed ticket":                                      thanksOnClosed,
		"a reply long after the end":                                     followUp,
		"the answer comes before the mail that it answers":               outOfOrder,
		"a relay gave our mail another id":                               relayGaveID,
		"directly and through a list that adds a footer":                 listFooter,
	} {
		t.Run(name, func(t *testing.T) { play(newHouse(t)) })
	}
}

// joins wants a mail on the ticket of another.
func (h *house) joins(first arrived, m mail) arrived {
	h.t.Helper()
	a := h.deliver(m)
	if a.Outcome != ticket.OutcomeAppended || a.Ticket != first.Ticket {
		h.t.Errorf("%s on ticket %d, want appended on %d: %s", a.Outcome, a.Ticket, first.Ticket, a.entry.Evidence)
	}
	return a
}

// opens wants a ticket of its own for a mail.
func (h *house) opens(m mail) arrived {
	h.t.Helper()
	a := h.deliver(m)
	if a.Outcome != ticket.OutcomeNew || a.entry.Seq != 1 {
		h.t.Errorf("%s on ticket %d, want a new one: %s", a.Outcome, a.Ticket, a.entry.Evidence)
	}
	return a
}

// answer lets Anna answer, and returns what the customer got.
func (h *house) answer(number uint64, words string) sentMail {
	h.t.Helper()
	h.flush()
	h.do("ticket.reply", ReplyArgs{Number: number, As: "anna@example.com", Text: words})
	out := customers(h.flush())
	if len(out) != 1 {
		h.t.Fatalf("%d mails left for the customer", len(out))
	}
	return out[0]
}

func (h *house) finish(number uint64) {
	h.t.Helper()
	h.do("ticket.set", SetArgs{Number: number, Status: "closed", Who: "anna@example.com"})
}

func threadIndex(more int) string {
	b := make([]byte, 22+5*more)
	for i := range b {
		b[i] = byte(7*i + more*i/22)
	}
	b[0] = 1
	return "Thread-Index: " + base64.StdEncoding.EncodeToString(b)
}

func outlookOtherSubject(h *house) {
	h.deliver(mail{subject: "Invoice 12", head: []string{threadIndex(0)}})
	h.opens(mail{subject: "Holiday plans", head: []string{threadIndex(1)}})
}

func sameNewsletter(h *house) {
	head := []string{"References: <issue7@newsletter.example>"}
	h.opens(mail{subject: "Fwd: Issue 7", head: head})
	second := h.opens(mail{subject: "Fwd: Issue 7", head: head, from: "Gil <gil@globex.example>", body: "Is this from you?"})
	third := h.opens(mail{subject: "Fwd: Issue 7", head: head, from: "Eve <eve@elsewhere.example>", client: stranger})
	for _, m := range customers(h.flush()) {
		if strings.Contains(m.read.Text, "mia") || strings.Contains(m.read.Text, "Mia") != strings.Contains(m.To[0], "mia@") {
			h.t.Errorf("%s reads of another\n%s", m.To, m.read.Text)
		}
	}
	if second.ack == nil || third.ack == nil {
		h.t.Error("a matter of its own is acknowledged")
	}
}

func blindCopy(h *house) {
	a := h.arrival(mail{rcpt: []string{"partner@elsewhere.example"}})
	a.Recipients = []string{"billing@example.com"}
	before := h.rows()
	if err := h.Deliver(h.t.Context(), a); err != nil {
		h.t.Fatal(err)
	}
	got := h.stored(a.ID, before)
	if got.Outcome != ticket.OutcomeNew || got.ticket.Desk != "billing" || got.ack == nil {
		h.t.Errorf("%s at %s, acknowledged %v", got.Outcome, got.ticket.Desk, got.ack != nil)
	}
}

func blindCopyToTicket(h *house) {
	first := h.deliver(mail{})
	out := h.answer(first.Ticket, "Please try again.")
	a := h.arrival(mail{rcpt: []string{"boss@acme.example"}, subject: "See what they wrote"})
	a.Recipients = []string{out.read.ReplyTo[0].Addr}
	if err := h.Deliver(h.t.Context(), a); err != nil {
		h.t.Fatal(err)
	}
	if got := h.stored(a.ID, h.rows()); got.Outcome != ticket.OutcomeAppended || got.Ticket != first.Ticket {
		h.t.Errorf("%s on %d", got.Outcome, got.Ticket)
	}
}

func thanksBut(h *house) {
	for _, words := range []string{
		"Thanks, but it still fails.", "Thank you. When will it ship?", "Danke, geht aber immer noch nicht.", "Merci, mais cela ne marche pas.", "Thanks! One more thing: the invoice is wrong.",
		"Gracias, pero sigue sin funcionar.", "Thanks for nothing.",
	} {
		first := h.deliver(mail{})
		out := h.answer(first.Ticket, "Please clear the cache.")
		h.finish(first.Ticket)
		got := h.joins(first, mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: words})
		if got.ticket.Status != ticket.Open || got.ack == nil {
			h.t.Errorf("%q: the ticket is %s, acknowledged %v", words, got.ticket.Status, got.ack != nil)
		}
	}
}

func colleagueAnswersAll(h *house) {
	first := h.deliver(mail{head: []string{"Cc: Pat <pat@partner.example>"}})
	out := h.answer(first.Ticket, "Which browser?")
	m := out.reply("Pat <pat@partner.example>", "Firefox.")
	m.head = append(m.head, "Cc: mia@acme.example")
	got := h.joins(first, m)
	if strings.Contains(strings.Join(h.events(first.Ticket), "\n"), "not on the ticket") || got.ack == nil {
		h.t.Errorf("flagged, or not acknowledged: %v", h.events(first.Ticket))
	}
}

func colleagueUnproven(h *house) {
	first := h.deliver(mail{head: []string{"Cc: Pat <pat@partner.example>"}})
	out := h.answer(first.Ticket, "Which browser?")
	m := out.reply("Pat <pat@partner.example>", "Firefox.")
	m.client = stranger
	h.joins(first, m)
	m = out.reply("Eve <eve@evil.example>", "Let me in.")
	m.client = stranger
	got := h.joins(first, m)
	if strings.Contains(strings.Join(got.ticket.People, " "), "eve@") {
		h.t.Errorf("a stranger with a token is one of %v now", got.ticket.People)
	}
	if next := h.answer(first.Ticket, "Thank you, that helps."); strings.Contains(strings.Join(next.To, " "), "eve@") {
		h.t.Errorf("the answer went to %v", next.To)
	}
}

func strangersNotice(h *house) {
	first := h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	m := notice.reply("Eve <eve@evil.example>", "Please pay to my account.")
	m.client = stranger
	got := h.deliver(m)
	if got.Outcome != ticket.OutcomeHeld || got.Ticket == first.Ticket {
		h.t.Errorf("%s on ticket %d", got.Outcome, got.Ticket)
	}
	for _, s := range customers(h.flush()) {
		if s.To[0] != "eve@evil.example" || strings.Contains(s.read.Text, "export") || strings.Contains(string(s.Bytes), notice.read.MessageID) && len(s.read.References) > 2 {
			h.t.Errorf("to %s left\n%s", s.To, s.Bytes)
		}
	}
}

func strangersMail(h *house) {
	first := h.deliver(mail{})
	out := h.answer(first.Ticket, "Your password is hidden.")
	m := out.reply("Eve <eve@evil.example>", "Please send it again.")
	m.rcpt, m.client = []string{"support@example.com"}, stranger
	if got := h.deliver(m); got.Outcome != ticket.OutcomeHeld || got.Ticket == first.Ticket {
		h.t.Errorf("%s on ticket %d", got.Outcome, got.Ticket)
	}
	for _, s := range customers(h.flush()) {
		if strings.Contains(s.read.Text, "password") || strings.Contains(s.read.Text, "mia@") {
			h.t.Errorf("to %s left\n%s", s.To, s.read.Text)
		}
	}
}

func mangledTokens(h *house) {
	first := h.deliver(mail{})
	out := h.answer(first.Ticket, "Please try again.")
	plus := out.read.ReplyTo[0].Addr
	local, host, _ := strings.Cut(plus, "@")
	desk, token, _ := strings.Cut(local, "+")
	for _, to := range []string{
		strings.ToUpper(plus), desk + "-" + token + "@" + host, desk + "=" + strings.ToUpper(token) + "@" + host, `"` + local + `"@` + host,
		strings.ToUpper(desk) + "+" + token + "@EXAMPLE.COM",
	} {
		if err := h.Recipient(h.t.Context(), to); err != nil {
			h.t.Errorf("%s is refused: %v", to, err)
			continue
		}
		h.joins(first, mail{rcpt: []string{to}, subject: "A new subject", body: "Written to " + to})
	}
	cut := desk + "+" + token[:len(token)-1] + "@" + host
	h.opens(mail{rcpt: []string{cut}, subject: "A new subject", body: "Written to a part of a token"})
}

func tokenOfAnother(h *house) {
	mias, gils := h.deliver(mail{}), h.deliver(mail{from: "Gil <gil@globex.example>"})
	out := h.answer(gils.Ticket, "Please try again.")
	got := h.joins(gils, mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: "Gil forwarded this to me."})
	if strings.Contains(strings.Join(got.ticket.People, " "), "mia@") {
		h.t.Errorf("ticket %d of Gil has Mia of ticket %d among %v", gils.Ticket, mias.Ticket, got.ticket.People)
	}
}

func outlookSameSubject(h *house) {
	first := h.deliver(mail{subject: "Invoice 12", head: []string{threadIndex(0)}})
	h.joins(first, mail{subject: "RE: Invoice 12", head: []string{threadIndex(1)}, body: "Any news?"})
	h.opens(mail{subject: "RE: Invoice 12", head: []string{threadIndex(1)}, from: "Eve <eve@evil.example>", client: stranger})
}

func sharedAncestor(h *house) {
	head := []string{"In-Reply-To: <never-seen@acme.example>", "References: <never-seen@acme.example>"}
	first := h.opens(mail{subject: "Re: Contract", head: head})
	h.joins(first, mail{subject: "Re: Contract", head: head, from: "Tom <tom@acme.example>", body: "I agree with Mia."})
}

func thanksOnClosed(h *house) {
	for _, words := range []string{
		"Thank you, it works now!\r\n\r\nMia", "Many thanks,\r\nMia Meier", "Danke, jetzt geht es!\r\n\r\nViele Grüße\r\nMia", "Merci, cela fonctionne !\r\n\r\nCordialement,\r\nMia",
		"¡Gracias, ya funciona!\r\n\r\nSaludos,\r\nMia", "Tack, nu fungerar det!\r\n\r\nMvh\r\nMia", "Dziękuję, już działa!\r\n\r\nPozdrawiam\r\nMia",
	} {
		first := h.deliver(mail{from: "Mia Meier <mia@acme.example>"})
		out := h.answer(first.Ticket, "Please clear the cache.")
		h.finish(first.Ticket)
		got := h.joins(first, mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: words, head: []string{"In-Reply-To: <" + out.read.MessageID + ">"}})
		if got.ticket.Status != ticket.Closed || got.ack != nil {
			h.t.Errorf("%q: the ticket is %s, acknowledged %v", words, got.ticket.Status, got.ack != nil)
		}
	}
}

func followUp(h *house) {
	first := h.deliver(mail{})
	out := h.answer(first.Ticket, "Please clear the cache.")
	h.finish(first.Ticket)
	h.at(monday.Add(29 * 24 * time.Hour))
	h.joins(first, mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: "It is back."})
	h.finish(first.Ticket)
	h.at(monday.Add(60 * 24 * time.Hour))
	later := mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: "It is back once more."}
	next := h.opens(later)
	if len(next.ticket.Linked) != 1 || next.ticket.Linked[0] != first.Ticket {
		h.t.Errorf("the follow-up is linked to %v", next.ticket.Linked)
	}
	if old := h.ticket(first.Ticket); old.Status != ticket.Closed {
		h.t.Errorf("the old ticket is %s", old.Status)
	}
	later.body, later.id = "And another page, too.", ""
	h.joins(next, later)
}

func outOfOrder(h *house) {
	first := h.opens(mail{subject: "Re: Scale in hall 3", from: "Tom <tom@acme.example>", head: []string{"In-Reply-To: <question@acme.example>"}, body: "It is the left one."})
	h.joins(first, mail{subject: "Scale in hall 3", id: "question@acme.example", body: "The scale shows nothing."})
}

func relayGaveID(h *house) {
	first := h.deliver(mail{})
	h.flush()
	const id = "0102018f5e6a7b8c-3b1f7c9a-1d2e-4f5a-9b8c-7d6e5f4a3b2c-000000"
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna@example.com", Text: "Please try again."})
	h.leave(&memoryRelay{reply: func(m *outbox.Mail) string {
		if m.To[0] == "mia@acme.example" {
			return "250 Ok " + id
		}
		return "250 Ok"
	}})
	h.joins(first, mail{subject: "It works", head: []string{"In-Reply-To: <" + id + "@eu-west-1.amazonses.com>"}})
	if got := h.deliver(mail{from: "Eve <eve@evil.example>", client: stranger, head: []string{"In-Reply-To: <" + id + "@eu-west-1.amazonses.com>"}}); got.Outcome != ticket.OutcomeHeld {
		h.t.Errorf("a stranger who knows the id: %s", got.Outcome)
	}
}

func listFooter(h *house) {
	m := mail{id: "twice@acme.example", head: []string{"Cc: team@lists.example, support@example.com"}}
	first := h.opens(m)
	m.head = append(m.head, "List-Id: Team <team.lists.example>", "Precedence: list")
	m.body = "The export button does nothing since this morning.\r\n_______________________________________________\r\nTeam mailing list\r\nteam@lists.example"
	again := h.deliver(m)
	if again.Ticket != first.Ticket {
		h.t.Errorf("the copy with a footer is on ticket %d (%s), want %d", again.Ticket, again.Outcome, first.Ticket)
	}
	if again.ack != nil {
		h.t.Error("it was acknowledged again")
	}
	m.body = "The export button does nothing since this morning.\r\n--\r\nYou get this because you are on the list."
	if third := h.deliver(m); third.Ticket != first.Ticket || third.ack != nil {
		h.t.Errorf("the copy with another footer is on ticket %d (%s), want %d", third.Ticket, third.Outcome, first.Ticket)
	}
}
