package mailgw

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// assign gives the ticket to the colleague who is meant: by address, by what stands
// before its @, or by a name or a part of one, if only one has it; "me" is the writer.
func (d *decision) assign(whom string) (meant string) {
	found := d.in.s.colleague(d.desk, whom)
	if strings.EqualFold(whom, "me") {
		found = d.agent.who
	}
	if found == nil {
		return "assign " + strings.Join(d.colleagues(), ", #assign ")
	}
	if found.Address != d.ticket.Assignee {
		d.event(d.agent.who.Address, "assigned to "+found.Address, "#assign")
		d.ticket.Assignee = found.Address
	}
	d.did(wording.DoneAssign, found.Name)
	return ""
}

// take makes the ticket the writer's own, if it is nobody else's: of two who take it one
// gets it, and the other reads who.
func (d *decision) take() (meant string) {
	me := d.agent.who.Address
	switch has := d.ticket.Assignee; has {
	case me:
	case "":
		d.event(me, "assigned to "+me, "#take")
		d.ticket.Assignee = me
	default:
		return "assign me (" + has + " has it)"
	}
	d.did(wording.DoneTake, "")
	return ""
}

// setPriority sets how soon the ticket has to be looked at.
func (d *decision) setPriority(arg string) (meant string) {
	to := ticket.Priority(strings.ToLower(arg))
	if !to.Valid() {
		return "priority low, #priority normal, #priority high, #priority urgent"
	}
	if to != d.ticket.Priority {
		d.event(d.agent.who.Address, "priority "+string(d.ticket.Priority)+" to "+string(to), "#priority")
		d.ticket.Priority = to
	}
	d.did(wording.DonePriority, string(to))
	return ""
}

// The most and the longest tags that an agent gives a ticket.
const (
	maxAgentTags = 50
	maxTagBytes  = 60
)

// setTags puts tags on the ticket, and takes those behind a - off.
func (d *decision) setTags(arg string) (meant string) {
	words := strings.FieldsFunc(strings.ToLower(arg), func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	tags := slices.Clone(d.ticket.Tags)
	for _, w := range words {
		name := strings.Trim(w, "+-\"'“”")
		i, have := slices.BinarySearch(tags, name)
		switch off := strings.HasPrefix(w, "-"); {
		case name == "" || len(name) > maxTagBytes || !off && !have && len(tags) >= maxAgentTags:
			return "tag NAME (or -NAME, which takes it off)"
		case off && have:
			tags = slices.Delete(tags, i, i+1)
		case !off && !have:
			tags = slices.Insert(tags, i, name)
		}
	}
	if len(words) == 0 {
		return "tag NAME (or -NAME, which takes it off)"
	}
	if !slices.Equal(tags, d.ticket.Tags) {
		d.event(d.agent.who.Address, "tags: "+strings.Join(tags, ", "), "#tag")
		d.ticket.Tags = tags
	}
	d.did(wording.DoneTag, strings.Join(tags, ", "))
	return ""
}

// handOver gives the ticket to another desk. It keeps its number, its conversation and
// what was promised; who has it keeps it, if they are on that desk, too.
func (d *decision) handOver(arg string) (meant string) {
	to := d.in.s.deskMeant(arg)
	if to == nil {
		var names []string
		for i := range d.in.s.Desks {
			names = append(names, d.in.s.Desks[i].Name)
		}
		return "desk " + strings.Join(names, ", #desk ")
	}
	if to.Name != d.ticket.Desk {
		d.event(d.agent.who.Address, "desk "+d.ticket.Desk+" to "+to.Name, "#desk")
		d.ticket.Desk = to.Name
		if has := d.ticket.Assignee; has != "" && !to.HasAgent(has) {
			d.event(d.agent.who.Address, "no longer assigned to "+has, "not on desk "+to.Name)
			d.ticket.Assignee = ""
		}
	}
	d.did(wording.DoneDesk, to.Name)
	return ""
}

// deskMeant finds a desk by its name, its address, or what stands before the @ of one;
// nil when there is none.
func (s *settings) deskMeant(arg string) *config.Desk {
	arg = strings.ToLower(strings.Trim(arg, "<>\"' "))
	for i := range s.Desks {
		d := &s.Desks[i]
		is := func(a string) bool { return strings.EqualFold(a, arg) || localOf(a) == arg }
		if arg != "" && (strings.EqualFold(d.Name, arg) || slices.ContainsFunc(d.Addresses(), is)) {
			return d
		}
	}
	return nil
}

// maxAgentCopies bounds who gets copies of a ticket's answers, by #cc.
const maxAgentCopies = 20

// copyTo lets addresses have copies of this answer and the next ones; those behind a -
// have none any more.
func (d *decision) copyTo(arg string) (meant string) {
	const how = "cc ADDRESS, ADDRESS (of people outside; or -ADDRESS, who gets none any more)"
	copies, people := slices.Clone(d.ticket.Copies), slices.Clone(d.ticket.People)
	words := strings.FieldsFunc(arg, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	for _, w := range words {
		addr := letter.ParseAddress(strings.TrimLeft(w, "+-")).Addr
		i := slices.IndexFunc(copies, func(a string) bool { return strings.EqualFold(a, addr) })
		switch off := strings.HasPrefix(w, "-"); {
		case addr == "" || !sendable(addr) || d.in.s.isHouse(addr): // colleagues see the ticket, and customers not their addresses
			return how
		case off && i >= 0:
			copies = slices.Delete(copies, i, i+1)
		case !off && i < 0 && len(copies) >= maxAgentCopies:
			return how
		case !off && i < 0:
			copies = append(copies, addr)
			if !belongs(&d.ticket, addr) && len(people) < maxPeople {
				people = append(people, addr)
			}
		}
	}
	if len(words) == 0 {
		return how
	}
	if !slices.Equal(copies, d.ticket.Copies) {
		d.event(d.agent.who.Address, "copies of answers: "+strings.Join(copies, ", "), "#cc")
		d.ticket.Copies, d.ticket.People = copies, people
	}
	d.did(wording.DoneCc, strings.Join(copies, ", "))
	return ""
}

// typedWait is a time as it is typed for short: "3d", "2 h", "1w", "3 days".
var typedWait = regexp.MustCompile(`^(?:in )?(\d{1,3}) ?([dhw])(?:ays?|ours?|eeks?)?$`)

// wait puts the ticket aside until a time, when it is work again. What was promised to
// the customer keeps its time.
func (d *decision) wait(arg string) (meant string) {
	const how = "wait 3d, #wait fri 12:00"
	c := d.in.s.timeContext(d.agent.who.Address, "", d.desk, d.now)
	if m := typedWait.FindStringSubmatch(strings.ToLower(arg)); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n == 0 {
			return how
		}
		switch m[2] {
		case "h":
			return d.waitUntil(d.now.Add(time.Duration(n) * time.Hour))
		case "w":
			n *= 7
		}
		return d.waitDays(n)
	}
	said, err := staff.ReadAway(arg, c)
	if err != nil || said.Back || said.StandIn != "" || !said.Until.After(d.now) {
		return how
	}
	return d.waitUntil(said.Until)
}

// waitUntil puts the ticket aside until an instant.
func (d *decision) waitUntil(at time.Time) (meant string) {
	if _, ok := d.ticket.Status.After(ticket.Wait); !ok {
		return "wait (on a ticket that is not " + string(d.ticket.Status) + ")"
	}
	d.happened(ticket.Wait, d.agent.who.Address, "#wait")
	d.ticket.WaitUntil = at
	d.event(d.agent.who.Address, "waits until "+at.In(d.in.s.zone(d.desk)).Format(timeFormat), "#wait")
	d.did(wording.DoneWait, d.shown(at))
	return ""
}

// shown is an instant in the agent's zone, as a list has it.
func (d *decision) shown(at time.Time) string {
	return at.In(d.in.s.timeContext(d.agent.who.Address, "", d.desk, d.now).Now.Location()).Format("2006-01-02 15:04 MST")
}

// waitDays puts the ticket aside for some days: until the agent's working time of that
// day begins, or the next one after it.
func (d *decision) waitDays(days int) (meant string) {
	c := d.in.s.timeContext(d.agent.who.Address, "", d.desk, d.now)
	at := c.Now.AddDate(0, 0, days)
	if c.Hours != nil {
		y, m, day := at.Date()
		if open, ok := c.Hours.NextOpen(time.Date(y, m, day, 0, 0, 0, 0, at.Location())); ok {
			at = open
		}
	}
	return d.waitUntil(at)
}

// ofAnswer does what a command asks for beside the answer that it stands in; a note has
// none. What the answer itself says of it is said when it is written.
func (d *decision) ofAnswer(c agent.Command) (meant string, err error) {
	switch {
	case d.isNote():
		return strings.TrimSpace(c.Name+" "+c.Arg) + " (without #note)", nil
	case c.Name == agent.Workaround:
		d.keepWords(&d.ticket.Workaround, wording.DoneWorkaround, c.Arg)
	case c.Name == agent.Call && c.Arg == "":
		return "", d.callBack()
	}
	return "", nil
}
