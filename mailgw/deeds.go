package mailgw

import (
	"slices"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/deed"
	"supportgw/mailgw/store"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// isAgents reports whether a token with this purpose is one of agents.
func isAgents(p threading.Purpose) bool {
	return p == threading.AgentReply || p == threading.Private || p == threading.Clock || p.IsAction()
}

// isNote reports whether the words of an agent's mail are for the house alone: a
// command says so, or the address that it came to.
func (d *decision) isNote() bool {
	_, said := d.agent.read.Has(agent.Note)
	return said || d.matched.Ref.Purpose == threading.Private
}

// toldTwoWays reports whether a mail that would go to the customer names an address of
// the house's own words, too. In doubt a word stays private.
func (d *decision) toldTwoWays() bool {
	if d.matched.Ref.Purpose == threading.Private {
		return false
	}
	rcpts := d.in.recipients()
	return slices.ContainsFunc(rcpts[:min(len(rcpts), maxShown)], func(rcpt string) bool {
		m := threading.Match(threading.Mail{Recipients: []string{rcpt}}, d.in.s.addresses, d.g.keys, d.in.s.domains, anyTicket{})
		return isAgents(m.Ref.Purpose) && m.Ref.Purpose != threading.AgentReply
	})
}

// agentDeeds are what an agent's mail does besides what it says.
type agentDeeds struct {
	tried []int                  // the places of commands that are done, or not understood
	done  []wording.DoneItem     // in words, for the agent
	after []func(store.Tx) error // to be done when the mail is recorded, on the tickets as they are then
	undo  *undoing               // what it takes back; nil for nothing
	into  uint64                 // the ticket that this one is merged into; 0: none
	part  uint64                 // the ticket that is split off; 0: none
	tell  []string               // who is to see the ticket because of it
}

// did notes what was done. Detail is a name, a time or a text; "" for none.
func (d *decision) did(what, detail string) {
	d.deeds.done = append(d.deeds.done, wording.DoneItem{What: what, Detail: detail})
}

// doCommands does what the commands of an agent's mail ask for, those with some names, or
// all that are not done yet; and returns those that it could not make sense of.
func (d *decision) doCommands(names ...string) (unknown []agent.Command, err error) {
	for i, c := range d.agent.read.Commands {
		if len(names) > 0 && !slices.Contains(names, c.Name) || slices.Contains(d.deeds.tried, i) {
			continue
		}
		d.deeds.tried = append(d.deeds.tried, i)
		meant, err := d.do(c)
		if err != nil {
			return nil, err
		}
		if meant != "" {
			c.Meant = meant
			unknown = append(unknown, c)
		}
	}
	return unknown, nil
}

// do does one command. What it returns is what would have been understood instead, ""
// when it was.
func (d *decision) do(c agent.Command) (meant string, err error) {
	switch c.Name {
	case agent.Note, agent.Use: // read with the words
		return "", nil
	case agent.Left:
		if ok, err := d.leave(c.Arg); err != nil || ok {
			return "", err
		}
		return "left ADDRESS (an address of the ticket's customer)", nil
	case agent.Assign:
		return d.assign(c.Arg), nil
	case agent.Away, agent.Back:
		return "", d.goAway(c)
	case agent.Promise, agent.Call, agent.Workaround, agent.Update:
		return d.ofAnswer(c)
	case agent.Solution:
		d.keepWords(&d.ticket.Solution, wording.DoneSolution, c.Arg)
		return "", nil
	case agent.Wait:
		return d.wait(c.Arg), nil
	case agent.Priority:
		return d.setPriority(c.Arg), nil
	case agent.Tag:
		return d.setTags(c.Arg), nil
	case agent.Desk:
		return d.handOver(c.Arg), nil
	case agent.Cc:
		return d.copyTo(c.Arg), nil
	case agent.Customer:
		return d.setCustomer(c.Arg)
	case agent.Merge:
		return d.mergeInto(c.Arg)
	case agent.Split:
		return d.splitOff(c.Arg)
	case agent.Called:
		return d.called(c.Arg)
	}
	if c.Arg != "" { // words behind it, which nobody gets
		return c.Name, nil
	}
	switch c.Name {
	case agent.Take:
		return d.take(), nil
	case agent.Undo:
		return d.takeBackLast(deed.Mail{})
	case agent.Help:
		return "", d.tellHelp()
	}
	return "", nil
}
