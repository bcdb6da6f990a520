package wording

import (
	"strconv"
	"strings"
)

// The most that is listed of each kind.
const (
	maxCommands   = 20
	maxRecipients = 20
	maxTooBig     = 20
	maxDrawer     = 50
)

// NotSent tells an agent that a mail did not go to the customer, why, and what
// to do; the words are kept below. It errs only when the languages themselves
// are broken.
func (c *Catalogue) NotSent(lang string, f NotSentFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateNotSent, t.notSent(f)), nil
}

func (t *tongue) notSent(f NotSentFacts) view {
	v := view{
		"Lang":    t.tag,
		"Ticket":  number(f.Ticket),
		"Subject": line(f.Subject, maxSubject),
		"Why":     t.data.Word["not_sent"][f.Reason],
		"Now":     t.data.Word["not_sent_now"][f.Reason],
		"Detail":  line(f.Detail, maxLine),
		"Words":   "",
	}
	if f.Words != "" {
		v["Words"] = words(f.Words)
	}
	return v
}

// Commands tells an agent which lines were not understood. It errs only when the
// languages themselves are broken.
func (c *Catalogue) Commands(lang string, f CommandFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateCommands, t.commands(f)), nil
}

func (t *tongue) commands(f CommandFacts) view {
	var list []string
	for _, c := range f.Unknown[:min(len(f.Unknown), maxCommands+1)] {
		said := line(c.Line, maxLine)
		if meant := line(c.Meant, maxName); meant != "" {
			said += " → #" + meant + "?"
		}
		list = append(list, said)
	}
	return view{
		"Lang":    t.tag,
		"Ticket":  number(f.Ticket),
		"Subject": line(f.Subject, maxSubject),
		"Unknown": bulleted(list, len(f.Unknown), maxCommands),
	}
}

// Undelivered tells an agent whom an answer did not reach and why, in plain
// words; what the server said stands small at the end. It errs only when the
// languages themselves are broken.
func (c *Catalogue) Undelivered(lang string, f UndeliveredFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateUndelivered, t.undelivered(f)), nil
}

func (t *tongue) undelivered(f UndeliveredFacts) view {
	var who, replies []string
	for _, r := range f.Recipients[:min(len(f.Recipients), maxRecipients+1)] {
		address, why := line(r.Address, maxLine), line(r.Why, 2*maxLine)
		if why != "" {
			why = ": " + why
		}
		who = append(who, address+why)
		if reply := line(r.Reply, maxLine); reply != "" {
			replies = append(replies, address+": "+reply)
		}
	}
	v := view{
		"Lang":       t.tag,
		"Ticket":     number(f.Ticket),
		"Subject":    line(f.Subject, maxSubject),
		"Recipients": bulleted(who, len(f.Recipients), maxRecipients),
		"Replies":    strings.Join(replies[:min(len(replies), maxRecipients)], "\n"),
		"TooBig":     items(f.TooBig, maxTooBig),
		"GaveUp":     yes(f.GaveUp),
		"Words":      "",
	}
	if f.Words != "" {
		v["Words"] = words(f.Words)
	}
	return v
}

// Drawer writes the daily list of what nobody has looked at. It errs only when
// the languages themselves are broken.
func (c *Catalogue) Drawer(lang string, f DrawerFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateDrawer, t.drawer(f)), nil
}

// Behind writes the list of the promises that are late or about to be, in place of
// a mail about each of them. It errs only when the languages themselves are broken.
func (c *Catalogue) Behind(lang string, f DrawerFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateBehind, t.drawer(f)), nil
}

// LastHour writes the list of those who wrote today and have neither an answer nor
// a told time. It errs only when the languages themselves are broken.
func (c *Catalogue) LastHour(lang string, f DrawerFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateLastHour, t.drawer(f)), nil
}

func (t *tongue) drawer(f DrawerFacts) view {
	var list []string
	for _, it := range f.Items[:min(len(f.Items), maxDrawer)] {
		list = append(list, t.drawerItem(it))
	}
	all := len(f.Items) + max(0, f.More)
	return view{
		"Lang":     t.tag,
		"DeskName": line(f.DeskName, maxName),
		"Count":    strconv.Itoa(all),
		"One":      yes(all == 1),
		"Items":    strings.Join(append(list, more(all, len(list))...), "\n\n"),
	}
}

// drawerItem says one thing that waits, over at most four lines.
func (t *tongue) drawerItem(it DrawerItem) string {
	head := []string{t.word("drawer", it.Kind)}
	for _, s := range []string{number(it.Ticket), line(it.Since, maxLine)} {
		if s != "" {
			head = append(head, s)
		}
	}
	if it.Ticket > 0 {
		head[1] = "#" + head[1]
	}
	said := []string{"– " + strings.Join(head, " · ")}
	about := line(it.From, maxLine)
	if subject := line(it.Subject, maxLine); subject != "" && about != "" {
		about += ": " + subject
	} else {
		about = or(about, subject)
	}
	for _, s := range []string{about, line(it.Why, maxLine), line(it.Command, maxLine)} {
		if s != "" {
			said = append(said, "   "+s)
		}
	}
	return strings.Join(said, "\n")
}

// bulleted lists what is said already, cleaned, and says how many more there are.
func bulleted(list []string, all, limit int) string {
	if len(list) == 0 {
		return ""
	}
	list = append(list[:min(len(list), limit)], more(all, limit)...)
	return "– " + strings.Join(list, "\n– ")
}

// more says how many of all are not listed; nil when all are.
func more(all, limit int) []string {
	if all <= limit {
		return nil
	}
	return []string{"… +" + strconv.Itoa(all-limit)}
}
