package threadgen

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/letter"
)

// arrived is a mail with what came of it.
type arrived struct {
	*Line
	raw    []byte
	read   *letter.Mail
	at     Landing
	before string // the status of the ticket that it belongs to; "" when it has none
	old    bool   // the ticket was there before
	left   []*Mail
}

// byHeart are the machines that do not look at the reverse path: they answer to
// Reply-To.
var byHeart = []string{"words-only", "suppress-header-only", "cpanel"}

// inbound delivers a mail and judges what became of it.
func (p *Player) inbound(l *Line) error {
	from, to, raw, absent := p.written(l)
	if absent != "" {
		p.skip(l, absent)
		return nil
	}
	a := arrived{Line: l, raw: handOn(raw, from, l.Kind != "attack", publishesPolicy(l))}
	a.read = letter.Parse(a.raw, from, letter.DefaultLimits())
	var err error
	if n := p.tickets[l.Expect.Ticket]; n != 0 {
		if a.before, err = p.House.Status(n); err != nil {
			return err
		}
	}
	var left []Mail
	if a.at, left, err = p.House.Deliver(l.At, from, to, a.raw); err != nil {
		return err
	}
	_, a.old = p.owners[a.at.Ticket]
	if !a.old && a.at.Ticket != 0 {
		p.owners[a.at.Ticket] = l.Conv
	}
	p.landed[l.Ref] = a.at
	p.knows(a.read.Author().Addr, tokensOf(a.read, to...))
	p.knows(from, tokensOf(a.read, to...))
	a.left = p.took(l, a.at.Ticket, left)
	p.score.count(l, func(t *Tally) { t.Lines++ })
	if l.Kind == "attack" {
		p.attacks[l.Ref] = lines(a.read.Matter())
	}
	p.judge(&a)
	if !a.old && a.at.Ticket != 0 && l.Expect.New {
		p.tickets[l.Expect.Ticket] = a.at.Ticket
	}
	c := p.conversation(l)
	c.secrets[a.at.Ticket] = append(c.secrets[a.at.Ticket], secrets(&a)...)
	return p.afterwards(&a)
}

// written fills the placeholders of a mail and its envelope; absent says why that
// cannot be.
func (p *Player) written(l *Line) (from string, to []string, raw, absent string) {
	f := filler{
		mail: func(ref string) *Mail { return p.refs[ref] },
		number: func(string) string {
			return fmt.Sprintf("[%s-%d]", subjectTag, p.tickets["t"+strings.TrimPrefix(l.Conv, "c")])
		},
	}
	if slices.Contains(l.Quirks, "needs-notification-mail") {
		notice := p.notices[p.tickets[l.Expect.Ticket]]
		f.mail = func(string) *Mail { return notice }
	}
	raw = f.whole(l.EML)
	for _, r := range l.Rcpt {
		addr := f.text(r)
		if f.absent == nothingToAnswer && slices.ContainsFunc(byHeart, func(q string) bool { return slices.Contains(l.Quirks, q) }) {
			f.absent = ""
			addr = f.text(strings.Replace(r, "@@ENVFROM:", "@@REPLYTO:", 1))
		}
		to = append(to, addr)
	}
	switch {
	case f.absent != "":
		return "", nil, "", f.absent
	case l.Expect.Ticket != "" && !l.Expect.New && p.tickets[l.Expect.Ticket] == 0:
		return "", nil, "", "its ticket is not known"
	}
	return *l.MailFrom, to, raw, ""
}

// secrets are what a stranger must not read of a mail: its middle, without
// greeting and farewell; its subject; who wrote it.
func secrets(a *arrived) (out []string) {
	parts := strings.Split(a.Expect.ReplyText, "\n\n")
	if len(parts) > 2 {
		parts = parts[1:]
	}
	for _, part := range parts[:max(0, len(parts)-1)] {
		out = append(out, lines(part)...)
	}
	if len(a.read.Subject) >= 10 {
		out = append(out, a.read.Subject)
	}
	return append(out, a.read.Author().Addr)
}

// judge compares a mail's end with what is expected of it.
func (p *Player) judge(a *arrived) {
	want := a.Expect
	joined := a.old && a.at.Outcome != "duplicate"
	p.countEnd(a)
	switch {
	case want.DupOf != "":
		p.judgeCopy(a)
	case a.at.Outcome == "duplicate":
		p.score.Swallowed++
		p.score.fault(a.Line, "a mail of its own was taken for a copy of one on ticket %d", a.at.Ticket)
	case want.Ticket == "" || want.New:
		if joined {
			p.wrong(a)
		} else if want.New && a.at.Outcome != "new" && !slices.Contains(want.Accept, name(a)) && a.Kind == "human" {
			p.score.fault(a.Line, "a new matter ended as %s", a.at.Outcome)
		}
	default:
		p.judgeReply(a, joined)
	}
	for _, n := range want.NotJoin {
		if joined && p.tickets[n] == a.at.Ticket {
			p.score.breach(a.Line, "it got on ticket %d, where it must not be", a.at.Ticket)
		}
	}
	if joined && a.Kind == "attack" && (publishesPolicy(a.Line) || !slices.Contains(a.Quirks, knowsToken)) {
		p.score.breach(a.Line, "an attack got on ticket %d", a.at.Ticket)
	}
}

// countEnd counts where a mail ended.
func (p *Player) countEnd(a *arrived) {
	p.score.count(a.Line, func(t *Tally) {
		switch {
		case a.at.Outcome == "duplicate":
			t.Copies++
		case a.at.Outcome == "held":
			t.Held++
		case !a.old && a.at.Ticket != 0:
			t.New++
		}
	})
}

// name is what threadgen calls the end of a mail that joined nothing.
func name(a *arrived) string {
	switch a.at.Outcome {
	case "":
		return "reject"
	case "held", "quarantined":
		return "quarantine"
	case "automatic", "bounce": // filed for itself, and nobody hears of it
		return "ignore"
	}
	return "new"
}

func (p *Player) wrong(a *arrived) {
	p.score.count(a.Line, func(t *Tally) { t.Wrong++ })
	p.score.complain(a.Line, "it joined ticket %d of %s", a.at.Ticket, p.owners[a.at.Ticket])
}

// judgeCopy judges a mail that came again.
func (p *Player) judgeCopy(a *arrived) {
	first := p.landed[a.Expect.DupOf]
	if a.at.Outcome != "duplicate" || a.at.Ticket != first.Ticket {
		p.score.Doubled++
		p.score.fault(a.Line, "it is a mail that came before, and ended as %s on ticket %d, that one on %d", a.at.Outcome, a.at.Ticket, first.Ticket)
	}
}

// judgeReply judges a mail that belongs to a ticket.
func (p *Player) judgeReply(a *arrived, joined bool) {
	only := len(a.Expect.Accept) == 0
	right := joined && p.tickets[a.Expect.Ticket] == a.at.Ticket
	p.score.count(a.Line, func(t *Tally) {
		if only {
			t.Expected++
		}
		switch {
		case right:
			t.Right++
			if only {
				t.Found++
			}
		case joined: // counted below
		case only || !slices.Contains(a.Expect.Accept, name(a)):
			t.Missed++
		}
	})
	switch {
	case joined && !right:
		p.wrong(a)
	case !joined && !slices.Contains(a.Expect.Accept, name(a)):
		p.score.complain(a.Line, "it ought to join ticket %d (%s), and ended as %s on ticket %d", p.tickets[a.Expect.Ticket], a.before, a.at.Outcome, a.at.Ticket)
	}
	if a.Kind == "bounce" {
		if p.score.Undelivered[1]++; right && a.at.Outcome == "bounce" {
			p.score.Undelivered[0]++
		}
	}
}

// afterwards judges what left because of a mail, and what became of its ticket.
func (p *Player) afterwards(a *arrived) error {
	acks, answers := 0, 0
	for _, m := range a.left {
		switch m.kind() {
		case ackMail:
			acks++
		case answerMail:
			answers++
		}
		p.judgeMail(a, m)
	}
	p.judgeAck(a, acks)
	p.judgeAnswer(a, answers)
	if most := a.Expect.MaxOutgoing; most > 0 && p.conversation(a.Line).outgoing > most {
		p.score.TooChatty++
		p.score.fault(a.Line, "the conversation has caused %d mails, at most %d are right", p.conversation(a.Line).outgoing, most)
	}
	if a.before != "closed" || a.at.Ticket != p.tickets[a.Expect.Ticket] || !a.old {
		return nil
	}
	status, err := p.House.Status(a.at.Ticket)
	if err != nil {
		return err
	}
	if !a.Expect.Reopen {
		if status != "closed" {
			p.score.fault(a.Line, "it opened a closed ticket: %s", status)
		}
		return nil
	}
	if p.score.Reopened[1]++; status != "closed" {
		p.score.Reopened[0]++
	}
	return nil
}

// judgeAnswer judges what became of an agent's answer. One under a forward mark
// (threadgen writes "RV: RE:" for Spanish) goes to nobody; the agent hears of it.
func (p *Player) judgeAnswer(a *arrived, answers int) {
	want := 0
	if a.Expect.AgentReply && p.ByMail && name(a) != "quarantine" && !letter.IsForward(a.read.Subject) {
		want = 1
	}
	told := slices.ContainsFunc(a.left, func(m *Mail) bool { return slices.Contains(m.To, Agent) })
	if answers != want || a.Expect.AgentReply && want == 0 && !told {
		p.score.fault(a.Line, "%d answers left, the agent was told: %t", answers, told)
	}
}

// judgeAck judges how a mail was acknowledged.
func (p *Player) judgeAck(a *arrived, acks int) {
	machine := slices.Contains([]string{"auto-reply", "bounce", "list", "report"}, a.Kind) && !slices.Contains(a.Quirks, "no-auto-submitted")
	if machine && a.Kind != "list" && (a.at.Outcome == "new" || a.at.Outcome == "appended") {
		p.score.Mistaken++
		p.score.complain(a.Line, "a machine was taken for a person: %.60q", a.read.Subject)
	}
	switch {
	case machine && acks > 0:
		p.score.Machines++
		p.score.fault(a.Line, "a machine was answered")
	case a.Expect.Ack == nil:
	case *a.Expect.Ack && acks == 0 && !slices.Contains(a.Expect.Accept, name(a)):
		p.score.Unanswered++
		p.score.fault(a.Line, "it got no acknowledgement")
	case !*a.Expect.Ack && acks > 0:
		p.score.TooChatty++
		p.score.fault(a.Line, "it got an acknowledgement")
	}
}

// judgeMail looks at a mail that left because of another.
func (p *Player) judgeMail(a *arrived, m *Mail) {
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	for _, never := range a.Expect.NotHeader {
		if strings.Contains("\r\n"+strings.ToLower(head), "\r\n"+strings.ToLower(never)) {
			p.score.breach(a.Line, "a mail has the header line %q", never)
		}
	}
	for _, to := range m.To {
		// A neutral receipt to whoever really wrote is none.
		his := strings.EqualFold(to, a.read.Author().Addr) || domain(to) == domain(*a.MailFrom)
		if slices.Contains(a.Expect.NotSent, to) && (!his || m.kind() != ackMail) {
			p.score.breach(a.Line, "a mail left to %s", to)
		}
	}
	if a.Kind == "attack" && m.kind() != toHouse {
		p.judgeWords(a, m)
	}
}

// judgeWords looks for words and the number of another ticket of the conversation
// in a mail to a stranger. What he wrote himself he knows.
func (p *Player) judgeWords(a *arrived, m *Mail) {
	his := squeeze(a.read.Subject + "\n" + a.read.Text + "\n" + string(a.raw))
	said := squeeze(m.read.Subject + "\n" + m.read.Text + "\n" + strings.Join(m.read.Header.Values("From"), " "))
	for number, list := range p.conversation(a.Line).secrets {
		if number == a.at.Ticket {
			continue
		}
		for _, s := range list {
			if s = squeeze(s); strings.Contains(said, s) && !strings.Contains(his, s) {
				p.score.breach(a.Line, "the stranger's mail says %q of ticket %d", s, number)
			}
		}
		of := regexp.MustCompile(`(?i)(?:ticket|case|request|fall|vorgang|n[or]\.?|#|-)\s*#?` + strconv.FormatUint(number, 10) + `\b`)
		if of.MatchString(said) && !of.MatchString(his) {
			p.score.breach(a.Line, "the stranger's mail names ticket %d", number)
		}
	}
}

func squeeze(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// lookAgain looks at the end whether somebody who must not get a mail because of a
// line got one later.
func (p *Player) lookAgain(all []Line) {
	for i := range all {
		l := &all[i]
		if l.Op != "inbound" || l.Expect == nil {
			continue
		}
		at := p.landed[l.Ref]
		for _, addr := range l.Expect.NotSent {
			for _, m := range p.watched[addr] {
				if m.seq > l.Seq && (m.ticket == at.Ticket && m.kind() != ackMail || p.says(m, l)) {
					p.score.breach(l, "in the end a mail had left to %s", addr)
				}
			}
		}
	}
}

// says reports whether a mail repeats the words of an attack.
func (p *Player) says(m *Mail, l *Line) bool {
	return slices.ContainsFunc(p.attacks[l.Ref], func(s string) bool { return strings.Contains(squeeze(m.read.Text), squeeze(s)) })
}
