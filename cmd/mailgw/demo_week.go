package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw"
)

func (p *play) fridayEvening(s *plot) error {
	if err := p.pass(0, 18, 40, "the desk has closed at 17:30"); err != nil {
		return err
	}
	p.scene("A second customer, on Friday evening")
	err := p.writes(sheet{from: s.gus, to: "support@example.com", subject: "Wrong amount on our invoice", id: idEvening,
		words: "Good evening,\n\ninvoice 2207 has the old price. Please correct it.\n\nRegards\nGus Okafor, Globex"})
	if err != nil {
		return err
	}
	ack, err := p.arrivesAgain("Gus is told a time, too, and what to do if it cannot wait", toPerson(s.gus, autoReply))
	if err != nil {
		return err
	}
	mail, err := p.became(idEvening)
	if err != nil || mail.Ticket == nil {
		return fmt.Errorf("expected: a ticket for <%s>; got: %+v, %w", idEvening, mail, err)
	}
	s.second = *mail.Ticket
	owed, err := p.lastPromise(s.second)
	if err != nil {
		return err
	}
	due := p.clockOf(owed.DueAt)
	if err := p.check(p.says(ack, owed.DueAt) && due == "Monday 17:00", due, "%s: eight working hours, and the weekend has none", due); err != nil {
		return err
	}
	s.evening, err = p.await("a notice of Gus's mail for Anna", about(s.anna, s.second))
	return err
}

func (p *play) saturdayNight(s *plot) error {
	if err := p.pass(1, 22, 0, "nobody has been promised anything for today"); err != nil {
		return err
	}
	p.scene("Production is down")
	err := p.writes(sheet{from: s.nina, to: "support@example.com", subject: "Production down", id: idUrgent,
		words: "All three lines have stopped, the controller says E17.\nWe have 40 people waiting.\n\nNina Rossi, Globex"})
	if err != nil {
		return err
	}
	page, err := p.arrivesAgain("Ben, who is on call, is woken", func(m *mailgw.DemoMail) bool {
		return m.EnvelopeTo == s.ben.addr && strings.Contains(strings.ToLower(m.Subject), "urgent") && m.ReplyTo != ""
	})
	if err != nil {
		return err
	}
	ack, err := p.arrivesAgain("Nina knows that somebody is", toPerson(s.nina, autoReply))
	if err != nil {
		return err
	}
	mail, err := p.became(idUrgent)
	if err != nil || mail.Ticket == nil {
		return fmt.Errorf("expected: a ticket for <%s>; got: %+v, %w", idUrgent, mail, err)
	}
	s.urgent = *mail.Ticket
	owed, err := p.lastPromise(s.urgent)
	if err != nil {
		return err
	}
	if err := p.check(p.says(ack, owed.DueAt) && p.clockOf(owed.DueAt) == "Saturday 22:30", owed, "half an hour, at night and on a weekend: %s", p.clockOf(owed.DueAt)); err != nil {
		return err
	}
	if err := p.pass(1, 22, 9, "Ben is at his kitchen table"); err != nil {
		return err
	}
	return p.answers(s.ben.reply(page, idOnCall, "Hello Nina,\n\nE17 is the door switch of line 1. Hold the blue button for ten seconds,\nthen all three start again. I stay awake until you write that they run."), s.nina, s.urgent)
}

// answers has an agent reply, and looks whether that keeps the promise.
func (p *play) answers(s sheet, customer person, number uint64) error {
	if err := p.writes(s); err != nil {
		return err
	}
	answer, err := p.arrivesAgain(customer.first()+" gets the answer", toPerson(customer, byPerson))
	if err != nil {
		return err
	}
	if err := p.rest(); err != nil {
		return err
	}
	kept, err := p.lastPromise(number)
	if err != nil {
		return err
	}
	if kept.State != "kept" || kept.KeptAt == nil || !slices.Contains(kept.KeptBy, answer.MessageID) {
		return fmt.Errorf("expected: the promise of ticket %d kept by <%s>; got: %+v", number, answer.MessageID, kept)
	}
	return p.check(!kept.KeptAt.After(kept.DueAt), kept, "kept at %s; promised was %s", p.clockOf(*kept.KeptAt), p.clockOf(kept.DueAt))
}

func (p *play) monday(s *plot) error {
	if err := p.pass(3, 9, 5, "the weekend is over"); err != nil {
		return err
	}
	p.scene("Monday morning")
	rows, err := p.ledger(0)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.State == "broken" {
			return fmt.Errorf("expected: no promise broken over the weekend; got: %+v", row)
		}
	}
	if err := p.check(len(rows) > 0, rows, "%s in the ledger, none broken while the desk was closed", count(len(rows), "promise")); err != nil {
		return err
	}
	p.say("Anna comes in, and answers both mails that waited.")
	if err := p.answers(s.anna.reply(s.more, idMonday, "Good morning Paula,\n\nhere is the one of last year: https://example.com/c/3980.\nGood luck on Tuesday!"), s.paula, s.first); err != nil {
		return err
	}
	if err := p.pass(3, 9, 20, "Anna has looked at the invoice"); err != nil {
		return err
	}
	return p.answers(s.anna.reply(s.evening, idMonday2, "#solve\nGood morning Gus,\n\nyou are right: you find the corrected invoice 2207 in your portal. You owe\nus 40 francs less."), s.gus, s.second)
}

// lateOne is the promise that is not kept: the customer hears so before it breaks.
func (p *play) lateOne(s *plot) error {
	if err := p.pass(3, 9, 25, "a busy day begins"); err != nil {
		return err
	}
	p.scene("A promise that will not be kept")
	err := p.writes(sheet{from: s.ivy, to: "support@example.com", subject: "Which manual is the right one?", id: idLate,
		words: "Hello,\n\nwe have two manuals for the S-400, and they differ. Which one is right?\n\nIvy Chen, Initech"})
	if err != nil {
		return err
	}
	ack, err := p.await("an acknowledgement for Ivy", toPerson(s.ivy, autoReply))
	if err != nil {
		return err
	}
	mail, err := p.became(idLate)
	if err != nil || mail.Ticket == nil {
		return fmt.Errorf("expected: a ticket for <%s>; got: %+v, %w", idLate, mail, err)
	}
	first, err := p.lastPromise(*mail.Ticket)
	if err != nil {
		return err
	}
	due := p.clockOf(first.DueAt)
	if err := p.check(p.says(ack, first.DueAt) && due == "Monday 17:15", due, "Ivy is told: %s", due); err != nil {
		return err
	}
	s.manual, err = p.await("a notice of Ivy's mail for Anna", about(s.anna, *mail.Ticket))
	if err != nil {
		return err
	}
	if err := p.pass(3, 16, 45, "nobody has answered Ivy"); err != nil {
		return err
	}
	if _, err := p.arrivesAgain("Half an hour before it breaks, the desk is woken", about(s.anna, *mail.Ticket)); err != nil {
		return err
	}
	if err := p.pass(3, 17, 6, "still nobody"); err != nil {
		return err
	}
	late, err := p.arrives("Ivy hears it from us, before the time is over, with a new one", toPerson(s.ivy, notice))
	if err != nil {
		return err
	}
	next, err := p.lastPromise(*mail.Ticket)
	if err != nil {
		return err
	}
	if err := p.check(next.ID != first.ID && p.says(late, next.DueAt) && late.Date.Before(first.DueAt), next,
		"written at %s, promised was %s; the new time is %s", p.clockOf(late.Date), p.clockOf(first.DueAt), p.clockOf(next.DueAt)); err != nil {
		return err
	}
	return p.lateAnswer(s, *mail.Ticket, first)
}

// lateAnswer lets the first time pass, and keeps the second.
func (p *play) lateAnswer(s *plot, number uint64, first mailgw.PromiseView) error {
	if err := p.pass(4, 9, 40, "the first time has passed"); err != nil {
		return err
	}
	passed, err := p.settled(number, first)
	if err != nil {
		return err
	}
	if err := p.check(passed.State == "broken", passed, "the ledger hides nothing: the promise for %s is broken", p.clockOf(first.DueAt)); err != nil {
		return err
	}
	return p.answers(s.anna.reply(s.manual, idTuesday, "Hello Ivy,\n\nI am sorry that you had to wait. The one with the blue cover is right;\nplease throw the other away."), s.ivy, number)
}

// settled waits until a row of the ledger is no longer open: the gateway books it when
// its time has come, and the clock may have leapt there just now.
func (p *play) settled(number uint64, row mailgw.PromiseView) (mailgw.PromiseView, error) {
	for end := time.Now().Add(patience); ; {
		rows, err := p.ledger(number)
		if err != nil {
			return row, err
		}
		at := slices.IndexFunc(rows, func(r mailgw.PromiseView) bool { return r.ID == row.ID })
		switch {
		case at < 0:
			return row, fmt.Errorf("expected: the promise for %s in the ledger; got: %+v", p.clockOf(row.DueAt), rows)
		case rows[at].State != "open" || time.Now().After(end):
			return rows[at], nil
		}
		if err := p.breathe(); err != nil {
			return row, err
		}
	}
}
