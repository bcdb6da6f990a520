package mailgw

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// useCanned puts the canned answers that #use names where the agent's words go, in place
// of the command. Words without the text that they were written for would be wrong: when
// one is not there, or has a place that nothing fills, nothing of the mail is done, and
// false is returned.
func (d *decision) useCanned() (bool, error) {
	a := &d.agent
	var above, below []string
	for _, c := range a.read.Commands {
		if c.Name != agent.Use {
			continue
		}
		text, err := d.canned(agent.ReadUse(c.Arg))
		if err != nil || a.why != "" {
			return false, err
		}
		if c.Last {
			below = append(below, text)
		} else {
			above = append(above, text)
		}
	}
	if all := append(append(above, a.read.Words), below...); len(all) > 1 {
		a.read.Words = strings.TrimSpace(strings.Join(all, "\n\n"))
	}
	return true, nil
}

// canned is one canned answer, filled; else the agent's mail has a reason why it is not sent.
func (d *decision) canned(use agent.UseArgs) (string, error) {
	a, all := &d.agent, d.in.s.Canned
	if number, ok := ticketNumber(use.Name); ok && len(use.Values) == 0 && use.Stray == "" {
		return d.useSolution(number)
	}
	name, tag, byTag := strings.Cut(use.Name, ".")
	wanted := []string{d.ticket.Language, d.desk.Language}
	if byTag {
		wanted = []string{tag}
	}
	f, ok := all.Fill(name, wanted, nil)
	if ok && byTag && !strings.EqualFold(f.Language, tag) {
		a.why, a.more = wording.ReasonCannedUnknown, "#use "+use.Name+" → #use "+name+"."+strings.Join(all.Languages(name), ", #use "+name+".")
		return "", nil
	}
	if !ok {
		a.why, a.more = wording.ReasonCannedUnknown, "#use "+use.Name+" → "+d.cannedInstead(name)
		return "", nil
	}
	for _, place := range slices.Sorted(maps.Keys(use.Values)) {
		if !slices.Contains(f.Places, place) {
			use.Stray = place + "=" + use.Values[place]
		}
	}
	values, err := d.cannedFacts(f.Language)
	if err != nil {
		return "", err
	}
	maps.Copy(values, use.Values)
	f, _ = all.Fill(name, []string{f.Language}, values)
	if len(f.Missing) > 0 || use.Stray != "" {
		a.why, a.more = wording.ReasonCannedUnfilled, cannedLine(name, use, &f)
		return "", nil
	}
	return f.Text, nil
}

// cannedLine is the command as it was read, and how to write it.
func cannedLine(name string, use agent.UseArgs, f *wording.CannedFilled) string {
	line := "#use " + use.Name
	if use.Stray != "" {
		line += " " + use.Stray
	}
	line += " → #use " + name
	for _, place := range f.Places {
		switch {
		case slices.Contains(f.Missing, place):
			line += " " + place + "=…"
		case use.Values[place] != "":
			line += " " + place + "=" + use.Values[place]
		}
	}
	return line
}

// cannedInstead is what an agent probably meant: the nearest canned answer, else all.
func (d *decision) cannedInstead(name string) string {
	const most = 20
	all := d.in.s.Canned
	if near := all.Nearest(name); near != "" {
		return "#use " + near
	}
	names := all.Names()
	if len(names) > most {
		names = append(names[:most:most], "…")
	}
	if len(names) == 0 {
		return "–"
	}
	return "#use " + strings.Join(names, ", #use ")
}

// cannedFacts are what the gateway knows of the places in canned answers, in a language.
func (d *decision) cannedFacts(lang string) (map[string]string, error) {
	m, err := d.g.mailToAnswer(d.r, &d.before, d.matched.Ref.Entry)
	if err != nil {
		return nil, fmt.Errorf("facts for a canned answer: %w", err)
	}
	to, _ := d.in.s.addressees(m, &d.ticket, true)
	facts := map[string]string{
		wording.CannedTicket:    fmt.Sprint(d.ticket.Number),
		wording.CannedAgentName: d.agent.who.Name,
		wording.CannedDeskName:  d.desk.FromName,
		wording.CannedSubject:   theirWords(threading.BareSubject(m.Subject), maxSubjectFact),
	}
	if !strings.Contains(to.Name, "@") { // an address is no name
		facts[wording.CannedCustomerName] = theirWords(to.Name, maxName)
	}
	if d.ticket.Confidence != ticket.Unknown {
		facts[wording.CannedCustomerCompany] = d.ticket.Customer
	}
	if t := &d.ticket; t.Told && t.PromiseIs == string(promise.Open) && t.PromiseDue.After(d.now) {
		zone := promise.Zone(m.Date, m.HasZone, d.in.s.zone(d.desk), laterOf(t.PromiseDue, d.now))
		facts[wording.CannedPromise] = sayOrNot(t.PromiseDue, d.now, zone, d.in.s.Words.Match(lang))
	}
	return facts, nil
}

// maxSubjectFact is the longest subject that a canned answer shows, in bytes.
const maxSubjectFact = 200

// theirWords are words of a customer that may begin a line of ours: not like a command.
func theirWords(s string, most int) string {
	return letter.Excerpt(strings.TrimLeft(s, "# >|*_`"), most)
}
