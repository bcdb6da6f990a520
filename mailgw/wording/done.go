package wording

import (
	"slices"
	"strings"
)

// What an agent's mail did, or why not.
const (
	DoneTake          = "take"           // the ticket is the agent's
	DoneAssign        = "assign"         // it is a colleague's
	DoneSolve         = "solve"          // it is solved
	DoneClose         = "close"          // it is closed
	DoneWait          = "wait"           // it waits until a time
	DoneAsked         = "asked"          // the customer was asked again
	DoneWrongCustomer = "wrong_customer" // it is nobody's any more
	DoneNotForUs      = "not_for_us"     // it is back with the desk
	DoneCall          = "call"           // the customer is to be called by a time
	DoneCalled        = "called"         // they were called
	DonePriority      = "priority"       // it has another priority
	DoneTag           = "tag"            // it has these tags
	DoneDesk          = "desk"           // it is another desk's
	DoneMerge         = "merge"          // it goes on as another ticket
	DoneSplit         = "split"          // the mail has a ticket of its own
	DoneCustomer      = "customer"       // it is of somebody else
	DoneCc            = "cc"             // these get copies
	DoneWorkaround    = "workaround"     // how the customer can go on is kept
	DoneSolution      = "solution"       // what solved it is kept
	DoneUndo          = "undo"           // taken back
	DoneRefused       = "refused"        // not done
	DoneBefore        = "before"         // done before: a link is good once
)

// DoneItem is one thing that an agent's mail did.
type DoneItem struct {
	// What is one of the Done constants; another one is shown as it is.
	What string `json:"what"`
	// Field is what Detail is a value of: a field of the ticket by its name in package
	// deed; "" when that is plain.
	Field string `json:"field,omitempty"`
	// Detail is a name, a time, a number, or why not; "" for none.
	Detail string `json:"detail,omitempty"`
}

// DoneFacts tells an agent what a mail of theirs did.
type DoneFacts struct {
	// Ticket is the number.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Items are what was done, in order; 20 are listed.
	Items []DoneItem `json:"items,omitempty"`
	// Undo is the address that takes it back; "" offers no such link.
	Undo string `json:"undo,omitempty"`
}

// Done tells an agent what a mail of theirs did. It errs only when the languages
// themselves are broken.
func (c *Catalogue) Done(lang string, f DoneFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateDone, t.done(f)), nil
}

func (t *tongue) done(f DoneFacts) view {
	var list []string
	for _, i := range f.Items {
		said := t.word("done", i.What)
		detail := line(i.Detail, maxLine)
		if i.Field != "" {
			said += ": " + t.word("done_field", i.Field)
			detail = t.word(i.Field, detail) // a status and a priority are words of ours
		}
		if detail != "" {
			said += ": " + detail
		}
		list = append(list, said)
	}
	nothing := !slices.ContainsFunc(f.Items, func(i DoneItem) bool { return i.What != DoneRefused })
	v := view{
		"Nothing": "", "Lang": t.tag, "Ticket": number(f.Ticket), "Subject": line(f.Subject, maxSubject), "Items": items(list, maxCommands),
		"Undo": f.Undo, "UndoLink": "",
	}
	if nothing {
		v["Nothing"] = t.word("done", DoneRefused)
	}
	if f.Undo != "" {
		about := strings.TrimSpace(t.data.Phrase["done.undo"] + " · #" + number(f.Ticket))
		v["UndoLink"] = mailto(f.Undo, about, t.data.Word["done"]["send"])
	}
	return v
}

// WhyFacts explains a ticket to an agent who asks. Empty lists leave out their part.
type WhyFacts struct {
	// Ticket is the number.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Here is why the mail is on this ticket, and what proves its sender.
	Here []string `json:"here,omitempty"`
	// Company is whose it is, and why.
	Company []string `json:"company,omitempty"`
	// Priority is how soon it has to be looked at, and what made it so.
	Priority []string `json:"priority,omitempty"`
	// Time is by when an answer is due, and how that was counted.
	Time []string `json:"time,omitempty"`
}

// Why explains a ticket. It errs only when the languages themselves are broken.
func (c *Catalogue) Why(lang string, f WhyFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateWhy, t.why(f)), nil
}

// maxReasons bounds the lines of one part of an explanation.
const maxReasons = 12

func (t *tongue) why(f WhyFacts) view {
	return view{
		"Lang": t.tag, "Ticket": number(f.Ticket), "Subject": line(f.Subject, maxSubject), "Here": items(f.Here, maxReasons),
		"WhyCompany": items(f.Company, maxReasons), "WhyPriority": items(f.Priority, maxReasons), "WhyTime": items(f.Time, maxReasons),
	}
}

// HelpFacts lists the commands.
type HelpFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Answers are the names of the canned answers; 50 are listed.
	Answers []string `json:"answers,omitempty"`
}

// forms are how the commands are written, in the order in which they are listed, by the
// name of what they do.
func forms() [27][2]string {
	return [...][2]string{
		{"note", "#note TEXT"}, {"only", "#only"}, {"cc", "#cc ADDRESS"}, {"promise", "#promise fri 12:00"}, {"update", "#update"}, {"workaround", "#workaround"},
		{"use", "#use NAME"}, {"take", "#take"}, {"assign", "#assign NAME"}, {"desk", "#desk NAME"}, {"wait", "#wait 3d"}, {"call", "#call fri 12:00"},
		{"called", "#called TEXT"}, {"solve", "#solve"}, {"close", "#close"}, {"solution", "#solution TEXT"}, {"priority", "#priority high"}, {"tag", "#tag NAME -NAME"},
		{"customer", "#customer ADDRESS"}, {"merge", "#merge NUMBER"}, {"split", "#split"}, {"away", "#away until mon"}, {"back", "#back"}, {"left", "#left ADDRESS"},
		{"undo", "#undo"}, {"why", "?"}, {"help", "#help"},
	}
}

// Help lists the commands. It errs only when the languages themselves are broken.
func (c *Catalogue) Help(lang string, f HelpFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateHelp, t.help(f)), nil
}

func (t *tongue) help(f HelpFacts) view {
	var list []string
	for _, form := range forms() {
		list = append(list, form[1]+" – "+t.word("help", form[0]))
	}
	return view{
		"Lang": t.tag, "Ticket": number(f.Ticket), "Subject": line(f.Subject, maxSubject),
		"Items": strings.Join(list, "\n"), "Answers": strings.Join(lines(f.Answers, maxDrawer), ", "),
	}
}
