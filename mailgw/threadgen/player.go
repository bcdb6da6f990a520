package threadgen

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
)

// Player plays lines to a house and judges what comes of them.
type Player struct {
	House    House       // to which it plays; required
	ByMail   bool        // agents can answer by mail: their notices carry tokens
	Learning func(*Line) // called before a line is played; nil: nobody wants to know

	score   Score
	tickets map[string]uint64          // by the name of threadgen
	owners  map[uint64]string          // the conversation of each ticket that was seen
	refs    map[string]*Mail           // mails of ours, by the name of threadgen
	landed  map[string]Landing         // mails of others, by their name
	notices map[uint64]*Mail           // the last that the agent got about a ticket
	convs   map[string]*conversation   // by name
	issued  map[string]uint64          // tokens, by the ticket that they were made for
	known   map[string]map[string]bool // tokens that an outsider got or wrote, by his address
	watched map[string][]*Mail         // mails to those who must not get any
	attacks map[string][]string        // the words of attacks, by their name
}

// conversation is what was said in one.
type conversation struct {
	customer string // whom agents answer
	outgoing int    // mails to outsiders
	inbox    map[uint64][]*Mail
	secrets  map[uint64][]string // what a stranger must not read, by ticket
}

// Play plays all lines in their order and returns the score.
func (p *Player) Play(lines []Line) (*Score, error) {
	p.score = Score{Scenarios: map[string]*Tally{}, Quirks: map[string]*Tally{}, Why: map[string]int{}}
	p.tickets, p.owners, p.refs, p.landed = map[string]uint64{}, map[uint64]string{}, map[string]*Mail{}, map[string]Landing{}
	p.notices, p.convs, p.issued = map[uint64]*Mail{}, map[string]*conversation{}, map[string]uint64{}
	p.known, p.watched = map[string]map[string]bool{}, map[string][]*Mail{}
	p.attacks = map[string][]string{}
	for i := range lines {
		l := &lines[i]
		c := p.conversation(l)
		if l.To != "" && c.customer == "" {
			c.customer = l.To
		}
		if l.Expect != nil {
			for _, a := range l.Expect.NotSent {
				p.watched[a] = nil
			}
		}
	}
	for i := range lines {
		if p.Learning != nil {
			p.Learning(&lines[i])
		}
		if err := p.line(&lines[i]); err != nil {
			return nil, fmt.Errorf("line %d (%s): %w", lines[i].Seq, lines[i].Scenario, err)
		}
	}
	p.lookAgain(lines)
	return &p.score, nil
}

func (p *Player) conversation(l *Line) *conversation {
	c := p.convs[l.Conv]
	if c == nil {
		c = &conversation{inbox: map[uint64][]*Mail{}, secrets: map[uint64][]string{}}
		p.convs[l.Conv] = c
	}
	return c
}

// line plays one line.
func (p *Player) line(l *Line) error {
	switch l.Op {
	case "inbound":
		return p.inbound(l)
	case "capture-ack":
		p.capture(l)
		return nil
	case "agent-reply":
		return p.agentReplies(l)
	case "close":
		if n := p.tickets[l.Ticket]; n != 0 {
			return p.House.Close(l.At, n)
		}
		p.skip(l, "its ticket is not known")
		return nil
	}
	return fmt.Errorf("unknown op %q", l.Op)
}

func (p *Player) skip(l *Line, why string) {
	p.score.Why[why]++
	p.score.count(l, func(t *Tally) { t.Skipped++ })
}

// capture keeps the newest mail of ours to the customer, as a later line will mean it.
func (p *Player) capture(l *Line) {
	for _, m := range slices.Backward(p.conversation(l).inbox[p.tickets[l.Ticket]]) {
		if m.kind() == ackMail && slices.Contains(m.To, l.To) {
			p.refs[l.Ref] = m
			return
		}
	}
	p.skip(l, "no acknowledgement left")
}

// agentReplies lets the agent answer: in every second conversation by mail, to the
// notice, where that is possible.
func (p *Player) agentReplies(l *Line) error {
	n := p.tickets[l.Ticket]
	if n == 0 {
		p.skip(l, "its ticket is not known")
		return nil
	}
	c := p.conversation(l)
	c.secrets[n] = append(c.secrets[n], lines(l.Body)...)
	var left []Mail
	var err error
	if notice := p.notices[n]; p.ByMail && notice != nil && n%2 == 0 {
		_, left, err = p.House.Deliver(l.At, Agent, []string{notice.answersTo()}, handOn(p.agentsMail(l, notice), Agent, true, true))
	} else {
		left, err = p.House.Answer(l.At, n, l.Body)
	}
	if err != nil {
		return err
	}
	for _, m := range p.took(l, n, left) {
		if m.kind() == answerMail {
			p.refs[l.Ref] = m
		}
	}
	if p.refs[l.Ref] == nil {
		p.score.fault(l, "the agent's answer did not leave")
	}
	return nil
}

// agentsMail is an agent's reply to a notice.
func (p *Player) agentsMail(l *Line, notice *Mail) string {
	quoted := "> " + strings.ReplaceAll(strings.TrimSpace(notice.read.Text), "\n", "\r\n> ")
	f := filler{mail: func(string) *Mail { return notice }}
	return "Received: from mail.desk.example ([192.0.2.9]) by " + Upstream + " with ESMTPS; " + l.At.Format("Mon, 2 Jan 2006 15:04:05 -0700") + "\r\n" +
		f.header("From: Alex Agent <"+Agent+">\r\nTo: <@@REPLYTO:x@@>\r\nSubject: Re: @@SUBJ:x@@\r\nIn-Reply-To: @@MID:x@@\r\nReferences: @@REFS:x@@\r\n") +
		"Message-ID: <" + l.Ref + "@mail.desk.example>\r\nDate: " + l.At.Format("Mon, 2 Jan 2006 15:04:05 -0700") + "\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + strings.ReplaceAll(l.Body, "\n", "\r\n") +
		"\r\n\r\nOn " + l.At.Format("Mon, 2 Jan 2006 at 15:04") + ", " + notice.read.Author().Name + " wrote:\r\n" + quoted + "\r\n"
}

// took takes note of mails that left because of a line.
func (p *Player) took(l *Line, ticket uint64, left []Mail) []*Mail {
	c := p.conversation(l)
	var out []*Mail
	for i := range left {
		m := &left[i]
		m.read, m.ticket, m.seq = letter.Parse(m.Raw, m.From, letter.DefaultLimits()), ticket, l.Seq
		out = append(out, m)
		for _, to := range m.To {
			if _, watch := p.watched[to]; watch {
				p.watched[to] = append(p.watched[to], m)
			}
		}
		if m.kind() == toHouse {
			if slices.Contains(m.To, Agent) {
				p.notices[ticket] = m
			}
			continue
		}
		c.outgoing++
		c.inbox[ticket] = append(c.inbox[ticket], m)
		p.checkTokens(l, m)
	}
	return out
}

// checkTokens looks for tokens of another ticket in a mail to somebody who never
// had them.
func (p *Player) checkTokens(l *Line, m *Mail) {
	found := tokensOf(m.read, m.From)
	for t := range found {
		owner, old := p.issued[t]
		if !old {
			p.issued[t] = m.ticket
			continue
		}
		for _, to := range m.To {
			if owner != m.ticket && !p.known[strings.ToLower(to)][t] {
				p.score.breach(l, "the mail to %s about ticket %d has a token of ticket %d", to, m.ticket, owner)
			}
		}
	}
	for _, to := range m.To {
		p.knows(to, found)
	}
}

// knows notes that somebody knows tokens.
func (p *Player) knows(addr string, found map[string]bool) {
	addr = strings.ToLower(addr)
	if p.known[addr] == nil {
		p.known[addr] = map[string]bool{}
	}
	for t := range found {
		p.known[addr][t] = true
	}
}

// lines are the lines of a text that are long enough to be told from others.
func lines(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); len(l) >= 15 {
			out = append(out, l)
		}
	}
	return out
}
