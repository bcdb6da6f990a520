package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw"
)

// play is the story while it is told. What it tells of the gateway it has asked
// the gateway before.
type play struct {
	ctx    context.Context
	demo   *mailgw.Demo
	screen *screen
	fast   bool
	zone   *time.Location

	mails  []mailgw.DemoMail // all that left
	told   map[string]bool   // names of those that the story has spoken of
	checks int               // how many things were looked at and found as told
}

// The times that the story takes, in real time.
const (
	toRead   = 1300 * time.Millisecond // for a mail
	patience = 30 * time.Second        // for what must happen at once; it is only used up by what fails
	look     = 3 * time.Millisecond    // between two looks
)

// How many times as fast as the real one the clock runs while nothing happens.
const (
	hurried = 6 * 3600
	leaping = 1e6
)

// perform plays all scenes, to the first thing that is not as it is told.
func (p *play) perform() error {
	p.told = map[string]bool{}
	for _, scene := range p.scenes() {
		if err := scene(); err != nil {
			return err
		}
		if p.screen.err != nil {
			return p.screen.err
		}
	}
	return nil
}

func (p *play) scene(title string) { p.screen.scene(p.demo.Now(), title) }

func (p *play) say(format string, args ...any) {
	p.screen.say(p.demo.Now(), fmt.Sprintf(format, args...))
}

// check looks at one thing: it is told when it is so, and ends the story when not.
func (p *play) check(ok bool, got any, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if !ok {
		return fmt.Errorf("expected: %s; got: %v", text, got)
	}
	p.checks++
	p.screen.checked(p.demo.Now(), text)
	return nil
}

// pause gives time to read.
func (p *play) pause() error {
	if p.fast {
		return p.ctx.Err()
	}
	t := time.NewTimer(toRead)
	defer t.Stop()
	select {
	case <-p.ctx.Done():
	case <-t.C:
	}
	return p.ctx.Err()
}

// pass lets the gateway's clock run to a time of the story's days: 0 is the Friday.
// why says what may be seen meanwhile.
func (p *play) pass(day, hour, minute int, why string) error {
	begun := storyBegins().In(p.zone)
	until := time.Date(begun.Year(), begun.Month(), begun.Day()+day, hour, minute, 0, 0, p.zone)
	factor := float64(hurried)
	if p.fast {
		factor = leaping
	}
	err := p.demo.Pass(p.ctx, until, factor, func(now time.Time) { p.screen.clock(now, deskState(now)) })
	if err != nil {
		return err
	}
	p.screen.passed(p.demo.Now(), why)
	return nil
}

// deskState is what a passer-by sees of the desk.
func deskState(now time.Time) string {
	clock := now.Hour()*60 + now.Minute()
	switch {
	case now.Weekday() == time.Saturday || now.Weekday() == time.Sunday:
		return "weekend: nobody is at the desk"
	case clock < 9*60 || clock >= 17*60+30:
		return "the desk is closed"
	}
	return "the desk is open"
}

// writes has a person write a mail, and hands it to the gateway by SMTP.
func (p *play) writes(s sheet) error {
	now := p.demo.Now()
	fields := []string{"From: " + s.from.String(), "To: " + s.to, "Subject: " + s.subject}
	p.screen.mail(demoLine{At: now, What: "wrote", Text: s.words}, cyan, fields, s.words+s.quoted(), wholeMail)
	reply, err := p.demo.Deliver(p.ctx, s.from.addr, []string{s.to}, s.bytes(now))
	if err != nil {
		return fmt.Errorf("%s writes: %w", s.from.first(), err)
	}
	p.screen.line(p.demo.Now(), "    250 "+reply)
	return p.pause()
}

// await waits for a mail that left and that the story has not spoken of.
func (p *play) await(what string, is func(*mailgw.DemoMail) bool) (*mailgw.DemoMail, error) {
	for end := time.Now().Add(patience); ; {
		fresh, err := p.demo.Sent()
		if err != nil {
			return nil, err
		}
		p.mails = append(p.mails, fresh...)
		for i := range p.mails {
			if m := &p.mails[i]; !p.told[m.Name] && is(m) {
				p.told[m.Name] = true
				return m, nil
			}
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("expected: %s; got: no such mail in sent/ after %s", what, patience)
		}
		if err := p.breathe(); err != nil {
			return nil, err
		}
	}
}

func (p *play) breathe() error {
	t := time.NewTimer(look)
	defer t.Stop()
	select {
	case <-p.ctx.Done():
	case <-t.C:
	}
	return p.ctx.Err()
}

// rest waits until all that is to leave has left.
func (p *play) rest() error {
	for end := time.Now().Add(patience); ; {
		resting, err := p.demo.Resting(p.ctx)
		if err != nil {
			return err
		}
		if resting {
			fresh, err := p.demo.Sent()
			p.mails = append(p.mails, fresh...)
			return err
		}
		if time.Now().After(end) {
			return errors.New("expected: an empty outbox; got: mail that waits")
		}
		if err := p.breathe(); err != nil {
			return err
		}
	}
}

// arrives waits for a mail, and shows it as the one who gets it sees it.
func (p *play) arrives(what string, is func(*mailgw.DemoMail) bool) (*mailgw.DemoMail, error) {
	return p.arrival(what, is, wholeMail)
}

// arrivesAgain is arrives for a mail of a kind that was shown before.
func (p *play) arrivesAgain(what string, is func(*mailgw.DemoMail) bool) (*mailgw.DemoMail, error) {
	return p.arrival(what, is, briefMail)
}

func (p *play) arrival(what string, is func(*mailgw.DemoMail) bool, most int) (*mailgw.DemoMail, error) {
	m, err := p.await(what, is)
	if err != nil {
		return nil, err
	}
	fields := []string{"From: " + m.From, "To: " + m.To, "Subject: " + m.Subject}
	if most == wholeMail {
		fields = append(fields, "Date: "+m.Date.Format(time.RFC1123Z), "Reply-To: "+m.ReplyTo)
	}
	p.screen.say(p.demo.Now(), what+" (sent/"+m.Name+"):")
	p.screen.mail(demoLine{At: p.demo.Now(), What: "left", Text: what, Mail: m}, yellow, fields, m.Text, most)
	return m, p.pause()
}

// toPerson finds mails for somebody; automatic is what Auto-Submitted must say, "" for
// a mail that a person wrote.
func toPerson(to person, automatic string) func(*mailgw.DemoMail) bool {
	return func(m *mailgw.DemoMail) bool { return m.EnvelopeTo == to.addr && m.Automatic == automatic }
}

// about finds what the house tells somebody about a ticket.
func about(to person, number uint64) func(*mailgw.DemoMail) bool {
	return func(m *mailgw.DemoMail) bool {
		return toPerson(to, notice)(m) && strings.Contains(m.Subject, fmt.Sprintf("#%d ", number))
	}
}

// The values of Auto-Submitted.
const (
	notice    = "auto-generated" // also what the clock sends
	autoReply = "auto-replied"
	byPerson  = ""
)

// received counts the mails that somebody has got.
func (p *play) received(by person) (n int) {
	for i := range p.mails {
		if strings.Contains(p.mails[i].EnvelopeTo, by.addr) {
			n++
		}
	}
	return n
}

// became asks what became of a mail.
func (p *play) became(messageID string) (mailgw.FindView, error) {
	found, err := demoAsk[mailgw.FindView](p, "ticket.find", mailgw.FindArgs{IDs: []string{"<" + messageID + ">"}})
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("expected: one mail <%s>; got: %d", messageID, len(found))
	}
	if err != nil {
		return mailgw.FindView{}, err
	}
	return found[0], nil
}

// ledger returns the rows of a ticket, the oldest first; 0 is of all tickets.
func (p *play) ledger(number uint64) ([]mailgw.PromiseView, error) {
	all, err := demoAsk[mailgw.PromiseView](p, "promise.list", mailgw.NoArgs{})
	var rows []mailgw.PromiseView
	for _, row := range all {
		if number == 0 || row.Ticket == number {
			rows = append(rows, row)
		}
	}
	return rows, err
}

// lastPromise is the newest row of a ticket.
func (p *play) lastPromise(number uint64) (mailgw.PromiseView, error) {
	rows, err := p.ledger(number)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("expected: a promise on ticket %d; got: none", number)
	}
	if err != nil {
		return mailgw.PromiseView{}, err
	}
	newest := rows[0]
	for _, row := range rows {
		if row.MadeAt.After(newest.MadeAt) {
			newest = row
		}
	}
	return newest, nil
}

// clockOf is a time as people say it.
func (p *play) clockOf(t time.Time) string { return t.In(p.zone).Format("Monday 15:04") }

// says reports whether a mail names a time to the minute, with its day.
func (p *play) says(m *mailgw.DemoMail, t time.Time) bool {
	t = t.In(p.zone)
	return strings.Contains(m.Text, t.Format("15:04")) && strings.Contains(m.Text, t.Format("Monday"))
}
