package mailgw

import (
	"slices"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
	"supportgw/threading"
)

// triage runs the rules, and does what they say: on a new ticket all of it, on one that
// is there what they say for follow-ups.
func (d *decision) triage() error {
	d.judge()
	if !d.isPerson() || d.in.isAgent() { // a program's words and an agent's are filed, and nobody is woken by them
		d.verdict = rules.Verdict{Trace: d.verdict.Trace}
		if d.isNew && !d.opened {
			d.ticket.Priority = ticket.Low
		}
		return d.number()
	}
	if d.verdict.Junk && !d.released {
		d.toJunk()
		return nil
	}
	if d.verdict.Hold && !d.isNew {
		return d.holdApart()
	}
	if err := d.number(); err != nil {
		return err
	}
	if err := d.does(); err != nil {
		return err
	}
	d.remember()
	return nil
}

// judge evaluates the rules. What was found before the store was asked holds for a new
// ticket, as long as nothing that the store knows is asked for.
func (d *decision) judge() {
	set := d.in.s.RuleSet
	d.followsUp = !d.isNew
	switch {
	case d.explain:
		d.verdict = set.Explain(d.facts())
	case d.isNew && d.given == nil && d.followed == nil && !d.released && !set.AsksCounts():
		d.verdict = d.in.verdict
	default:
		d.verdict = set.Eval(d.facts())
	}
}

// number gives a new ticket its number: a mail in the junk uses none up.
func (d *decision) number() error {
	if !d.isNew || d.ticket.Number != 0 {
		return nil
	}
	number, err := d.newNumber()
	if err != nil {
		return err
	}
	d.ticket.Number = number
	for i := range d.events {
		d.events[i].Ticket = number
	}
	return nil
}

// toJunk keeps the mail from people, as the rules say. It stands on no ticket.
func (d *decision) toJunk() {
	d.junkedBy = d.ruleThat(func(e *rules.Effects) bool { return e.Junk })
	d.outcome, d.final = ticket.OutcomeQuarantined, true
	d.ticket, d.events, d.isNew, d.desk, d.admitted, d.followed = ticket.Ticket{}, nil, false, nil, "", nil
	d.ack.why = "in the junk by " + d.junkedBy
}

// holdApart lets a mail that would go onto a ticket wait until somebody has decided:
// it opens a ticket of its own meanwhile, and nobody is answered.
func (d *decision) holdApart() error {
	d.heldBy = d.ruleThat(func(e *rules.Effects) bool { return e.Hold })
	d.admitted, d.why, d.outcome = threading.Hold, d.heldBy+" holds it", ""
	d.before, d.events, d.learned, d.departed, d.said, d.thanks, d.raised = ticket.Ticket{}, nil, nil, nil, "", false, false
	d.impact = impact{}
	for _, step := range []func() error{d.place, d.identify, d.takeImpact, d.number} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := d.does(); err != nil {
		return err
	}
	d.remember()
	return nil
}

// does does what the rules say.
func (d *decision) does() error {
	v := &d.verdict
	raised := false
	if p := ticket.Priority(v.Priority); p != "" && p != d.ticket.Priority {
		who, may := d.decides(func(e *rules.Effects) bool { return e.Priority != "" })
		if raised = p.Above(d.ticket.Priority); raised || may {
			d.event(who, "priority "+string(d.ticket.Priority)+" to "+string(p), "")
			d.ticket.Priority = p
		}
	}
	_, may := d.decides(func(e *rules.Effects) bool { return e.Page })
	d.paged = v.Page && (raised || may)
	if d.in.mail.Kind == letter.List { // whoever can write to a list must not wake anybody
		d.paged = false
	}
	for _, tag := range v.Tags {
		if i, have := slices.BinarySearch(d.ticket.Tags, tag); !have {
			d.ticket.Tags = slices.Insert(slices.Clone(d.ticket.Tags), i, tag)
		}
	}
	d.doesDesk()
	d.doesLevel()
	if err := d.doesAssignee(); err != nil {
		return err
	}
	d.doesTell()
	if d.heldBy = d.stillHeld(); v.Hold {
		d.heldBy = d.ruleThat(func(e *rules.Effects) bool { return e.Hold })
		d.event(d.heldBy, "held: nothing goes to the customer by itself", "")
	}
	return nil
}

func (d *decision) doesDesk() {
	to := d.in.s.Desk(d.verdict.Desk)
	who, ok := d.decides(func(e *rules.Effects) bool { return e.Desk != "" })
	if to == nil || to == d.desk || !ok {
		return
	}
	d.event(who, "desk "+d.desk.Name+" to "+to.Name, "")
	d.desk, d.ticket.Desk = to, to.Name
}

// doesLevel gives the ticket a level. The clocks follow, as when an agreement gave it.
func (d *decision) doesLevel() {
	to := d.in.s.Level(d.verdict.Level)
	old := d.in.level(d.ticket.Level, d.desk)
	who, ok := d.decides(func(e *rules.Effects) bool { return e.Level != "" })
	if to == nil || to.Name == old || !ok {
		return
	}
	d.event(who, "level "+old+" to "+to.Name, "")
	d.ticket.Level, d.ticket.LevelWhy, d.level = to.Name, who, to
	d.entitled.Why, d.entitled.Agreement, d.entitled.Others = who, nil, nil
	d.raised = d.raised || !d.isNew && d.in.s.isBetter(to.Name, old)
}

// effectsOf is what a rule does with this mail, and whether it says so for such mails:
// what a rule says for new tickets can only raise one that is there.
func (d *decision) effectsOf(r *rules.Rule) (e *rules.Effects, own bool) {
	if d.followsUp && r.FollowUp != nil {
		return r.FollowUp, true
	}
	return &r.Then, !d.followsUp
}

// ruleThat names the last rule that took effect and sets something, for the audit
// trail: later rules overrule earlier ones.
func (d *decision) ruleThat(sets func(*rules.Effects) bool) string {
	who, _ := d.decides(sets)
	return who
}

// decides is ruleThat, and whether a rule may set that on a ticket that is there, too.
func (d *decision) decides(sets func(*rules.Effects) bool) (who string, may bool) {
	name := ""
	d.took(func(r *rules.Rule) {
		if e, own := d.effectsOf(r); sets(e) && (own || !may) {
			name, may = r.Name, own
		}
	})
	return "rule " + name, may
}

// took calls fn for each rule that took effect, in their order.
func (d *decision) took(fn func(*rules.Rule)) {
	if !slices.ContainsFunc(d.verdict.Trace, func(t rules.Trace) bool { return t.Matched && !t.Done }) {
		return
	}
	byName := make(map[string]*rules.Rule, len(d.in.s.Rules))
	for i := range d.in.s.Rules {
		byName[d.in.s.Rules[i].Name] = &d.in.s.Rules[i]
	}
	for i := range d.verdict.Trace {
		if t := &d.verdict.Trace[i]; t.Matched && !t.Done && byName[t.Rule] != nil {
			fn(byName[t.Rule])
		}
	}
}

// maxRulesDone is how many rules that took effect a ticket remembers, the latest.
const maxRulesDone = 500

// remember keeps on the ticket which rules took effect, so that none does twice with
// mails of one kind. One that changed nothing may still do so later.
func (d *decision) remember() {
	kind := doneNew
	if d.followsUp {
		kind = doneFollowUp
	}
	var more []string
	d.took(func(r *rules.Rule) {
		e, own := d.effectsOf(r)
		changes := own || e.Target > 0 || ticket.Priority(e.Priority).Above(d.before.Priority) ||
			slices.ContainsFunc(e.Tags, func(tag string) bool { return !slices.Contains(d.before.Tags, tag) })
		if name := kind + r.Name; changes && !slices.Contains(d.ticket.RulesDone, name) {
			more = append(more, name)
		}
	})
	if len(more) == 0 {
		return
	}
	d.ticket.RulesDone = append(slices.Clone(d.ticket.RulesDone), more...)
	if extra := len(d.ticket.RulesDone) - maxRulesDone; extra > 0 {
		d.ticket.RulesDone = d.ticket.RulesDone[extra:]
	}
}
