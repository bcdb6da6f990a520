package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw"
)

// cast are the people of the story.
type cast struct{ paula, gus, nina, ivy, anna, ben, eve person }

func people() cast {
	return cast{
		paula: person{"Paula Brandt", "paula@acme.example", "Microsoft Outlook 16.0"},
		gus:   person{"Gus Okafor", "gus@globex.example", "Apple Mail (2.3826)"},
		nina:  person{"Nina Rossi", "nina@globex.example", "K-9 Mail"},
		ivy:   person{"Ivy Chen", "ivy@initech.example", "Mozilla Thunderbird"},
		anna:  person{"Anna Keller", "anna@example.com", "Mozilla Thunderbird"},
		ben:   person{"Ben Ortiz", "ben@example.com", "K-9 Mail"},
		eve:   person{"Anna Keller", "anna@example.com", "Mozilla Thunderbird"}, // she says
	}
}

// The Message-IDs of the story's mails.
const (
	idFirst   = "certificate-1@acme.example"
	idAnswer  = "answer-1@client.example.com"
	idMore    = "certificate-2@acme.example"
	idForged  = "answer-2@client.example.com"
	idEvening = "invoice-1@globex.example"
	idUrgent  = "down-1@globex.example"
	idOnCall  = "answer-3@client.example.com"
	idMonday  = "answer-4@client.example.com"
	idMonday2 = "answer-5@client.example.com"
	idClose   = "answer-6@client.example.com"
	idLate    = "manual-1@initech.example"
	idTuesday = "answer-7@client.example.com"
)

// plot is what one scene leaves for the next.
type plot struct {
	cast
	notice, answer        *mailgw.DemoMail // Anna's first notice; her answer as Paula got it
	more, evening, manual *mailgw.DemoMail // Anna's notices of the mails that wait
	first, urgent, second uint64           // tickets
}

func (p *play) scenes() []func() error {
	s := &plot{cast: people()}
	return []func() error{
		func() error { return p.customerWrites(s) },
		func() error { return p.agentReplies(s) },
		func() error { return p.customerReplies(s) },
		func() error { return p.somebodyForges(s) },
		func() error { return p.fridayEvening(s) },
		func() error { return p.saturdayNight(s) },
		func() error { return p.monday(s) },
		func() error { return p.lateOne(s) },
		p.figures,
	}
}

func (p *play) customerWrites(s *plot) error {
	p.scene("A customer writes")
	p.say("Paula of Acme Instruments needs something. She has no number, no password and no form: she writes to support@example.com.")
	err := p.writes(sheet{from: s.paula, to: "support@example.com", subject: "Calibration certificate is missing", id: idFirst,
		words: "Hello,\n\nthe scale came back from you without its certificate, and our auditor\nis here on Tuesday. Could you send it?\n\nPaula"})
	if err != nil {
		return err
	}
	ack, err := p.arrives("Paula hears at once by when she is answered", toPerson(s.paula, autoReply))
	if err != nil {
		return err
	}
	mail, err := p.became(idFirst)
	if err != nil || mail.Ticket == nil {
		return fmt.Errorf("expected: a ticket for <%s>; got: %+v, %w", idFirst, mail, err)
	}
	s.first = *mail.Ticket
	owed, err := p.lastPromise(s.first)
	if err != nil {
		return err
	}
	at := ack.Date.In(p.zone).Format("15:04:05")
	if err := p.check(ack.Date.Sub(storyBegins()) < time.Minute && ack.InReplyTo == idFirst, ack, "it was written at %s, and stands in her own conversation", at); err != nil {
		return err
	}
	due := p.clockOf(owed.DueAt)
	if err := p.check(p.says(ack, owed.DueAt) && owed.Told && owed.State == "open" && due == "Monday 09:30", owed, "the ledger has the very same time, %s: two working hours, an hour and a half today and the rest on Monday", due); err != nil {
		return err
	}
	s.notice, err = p.arrives("Anna, on the desk, finds a notice in her own mailbox", about(s.anna, s.first))
	return err
}

func (p *play) agentReplies(s *plot) error {
	if err := p.pass(0, 16, 25, "Anna has found the certificate"); err != nil {
		return err
	}
	p.scene("An agent presses reply")
	p.say("Anna answers in her own mail client, as she answers any mail. Her reply goes to the address in the notice, which is hers alone.")
	words := "Hello Paula,\n\nsorry about that: the certificate lay in the next box. You find it under\nhttps://example.com/c/4711. Is that all your auditor needs?\n\n-- \nAnna Keller\nanna@example.com, extension 12"
	if err := p.writes(s.anna.reply(s.notice, idAnswer, words)); err != nil {
		return err
	}
	var err error
	s.answer, err = p.arrives("Paula gets the answer", toPerson(s.paula, byPerson))
	if err != nil {
		return err
	}
	hidden := !strings.Contains(s.answer.Text+s.answer.From, "anna@example.com") && !strings.Contains(s.answer.Text, "extension 12") && !strings.Contains(s.answer.Text, "wrote:")
	if err := p.check(s.answer.InReplyTo == idFirst && hidden, s.answer, "in her own conversation, from the desk's address; without Anna's address, her client's signature and the quoted notice"); err != nil {
		return err
	}
	if err := p.rest(); err != nil {
		return err
	}
	kept, err := p.lastPromise(s.first)
	if err != nil {
		return err
	}
	return p.check(kept.State == "kept" && slices.Contains(kept.KeptBy, s.answer.MessageID), kept, "the ledger says: kept, by the mail <%s>", s.answer.MessageID)
}

func (p *play) customerReplies(s *plot) error {
	if err := p.pass(0, 16, 40, "Paula has read it"); err != nil {
		return err
	}
	p.scene("The customer replies")
	if err := p.writes(s.paula.reply(s.answer, idMore, "Thank you, that was quick! He will also want the one of last year.\n\nPaula")); err != nil {
		return err
	}
	mail, err := p.became(idMore)
	if err != nil {
		return err
	}
	if err := p.check(mail.Outcome == "appended" && mail.Ticket != nil && *mail.Ticket == s.first, mail, "it is on the same ticket, number %d, which Paula never had to know", s.first); err != nil {
		return err
	}
	ack, err := p.arrivesAgain("She is told the next time", toPerson(s.paula, autoReply))
	if err != nil {
		return err
	}
	owed, err := p.lastPromise(s.first)
	if err != nil {
		return err
	}
	if err := p.check(p.says(ack, owed.DueAt) && owed.State == "open" && owed.Kind == "next" && p.clockOf(owed.DueAt) == "Monday 10:00", owed, "a new promise: %s", p.clockOf(owed.DueAt)); err != nil {
		return err
	}
	s.more, err = p.await("a notice of Paula's reply for Anna", about(s.anna, s.first))
	return err
}

func (p *play) somebodyForges(s *plot) error {
	if err := p.pass(0, 16, 55, "somebody has got hold of the address in Anna's notice"); err != nil {
		return err
	}
	p.scene("Somebody writes in Anna's name")
	p.say("It comes from outside, and nothing proves who wrote it: only the From line says that it was Anna.")
	if err := p.rest(); err != nil {
		return err
	}
	before := p.received(s.paula)
	forged := s.eve.reply(s.more, idForged, "Hello Paula,\n\nour bank account has changed. Please pay to the new one today.")
	forged.outside = true
	if err := p.writes(forged); err != nil {
		return err
	}
	mail, err := p.became(idForged)
	if err != nil {
		return err
	}
	if err := p.check(mail.Outcome == "held", mail.Outcome, "it is held"); err != nil {
		return err
	}
	if _, err := p.arrivesAgain("The real Anna is told", func(m *mailgw.DemoMail) bool {
		return m.EnvelopeTo == s.anna.addr && strings.Contains(m.Text, "nothing proves")
	}); err != nil {
		return err
	}
	if err := p.rest(); err != nil {
		return err
	}
	if err := p.check(p.received(s.paula) == before, "more mails", "Paula got nothing: she has %d mails, as before", before); err != nil {
		return err
	}
	if mail.Ticket == nil || *mail.Ticket == s.first {
		return fmt.Errorf("expected: the forged mail on a ticket of its own; got: %+v", mail)
	}
	held, err := p.await("a notice of what is held for Ben", about(s.ben, *mail.Ticket))
	if err != nil {
		return err
	}
	p.say("It waits on a ticket of its own, number %d, in nobody's drawer. Ben looks at it, and closes it with one word in his reply.", *mail.Ticket)
	if err := p.writes(s.ben.reply(held, idClose, "#close")); err != nil {
		return err
	}
	shown, err := demoAsk[mailgw.TicketView](p, "ticket.show", mailgw.NumberArgs{Number: *mail.Ticket})
	if err != nil || len(shown) != 1 {
		return fmt.Errorf("expected: ticket %d; got: %d tickets, %w", *mail.Ticket, len(shown), err)
	}
	return p.check(shown[0].Status == "closed", shown[0].Status, "ticket %d is closed", *mail.Ticket)
}
