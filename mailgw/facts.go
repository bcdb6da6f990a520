package mailgw

import (
	"bytes"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
	"supportgw/rules/hours"
)

// standingOn is what rules look at beside the mail itself: whose it is, where it goes,
// and what the store remembers.
type standingOn struct {
	desk         *config.Desk
	customer     string // its name
	customerID   uint64
	level        string
	before       *ticket.Ticket // on which the mail goes, as it was; nil: it opens one
	affected     int64          // as ticket.Ticket has them, with what this mail says
	blocked      string
	needs        []NeedView      // by when the customer needs something
	counts       customer.Counts // this mail counted
	firstContact bool
}

// factsOf is all that rules look at, of any mail: one that comes in, one of a test, one
// that is rehearsed.
func (in *incoming) factsOf(on *standingOn) rules.Facts {
	m, at := in.mail, in.At.In(in.s.zone(on.desk))
	f := rules.Facts{
		Subject: m.Subject, Words: in.words(), Sender: in.author, Name: m.Author().Name, Recipients: in.plainRecipients(),
		SenderAuth: string(in.auth.Result), Customer: on.customer, Level: on.level, Desk: on.desk.Name, Language: m.Language,
		Size: int64(len(in.Raw) - in.Body), Affected: on.affected, Blocked: saidBlocked(on.blocked),
		Local: at, WorkingHours: in.s.isWorking(on.desk, in), NeededBeforeDue: in.neededBeforeDue(on),
		BrokenPromises: on.counts.BrokenPromises, Reopened: on.counts.Reopened, Contacts: on.counts.Mails, FirstContact: on.firstContact,
	}
	if c := in.s.customers.Customer(on.customerID); c != nil {
		f.CustomerAlso = c.Aliases
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		f.Attachments = append(f.Attachments, rules.Attachment{Name: a.Name, Type: a.Type, Size: int64(a.Size)})
	}
	kind := doneNew
	if t := on.before; t != nil {
		kind = doneFollowUp
		f.FollowUp, f.Status, f.Priority, f.Tags = true, string(t.Status), string(t.Priority), t.Tags
		f.Done = doneAs(kind, t.RulesDone)
	}
	if in.s.RuleSet.AsksHeader() {
		f.Header = writtenFields(m.Header, nil)
		if in.Sent != nil {
			f.Scanner = writtenFields(m.Header, sentFields(in.Sent))
		}
	}
	return f
}

// saidBlocked is a ticket's Blocked as rules know it.
func saidBlocked(said string) rules.Answer {
	switch said {
	case "yes":
		return rules.Yes
	case "no":
		return rules.No
	}
	return rules.Unsaid
}

// isWorking reports whether a desk works when the mail comes. One without hours never does.
func (s *settings) isWorking(d *config.Desk, in *incoming) bool {
	cal := s.Hours[d.Calendar]
	return cal != nil && cal.Open(in.At)
}

// neededBeforeDue reports whether the customer says that they need it before the end of
// the target of their level, as it is before any rule: a rule that asks is about to
// change it. Only a time that can be understood in one way counts.
func (in *incoming) neededBeforeDue(on *standingOn) bool {
	sure := func(n NeedView) bool { return n.At != nil }
	if !slices.ContainsFunc(on.needs, sure) {
		return false
	}
	level, cal := in.s.Level(on.level), in.s.Hours[on.desk.Calendar]
	if level == nil || cal == nil {
		return false
	}
	due, ok := dueOf(level, cal, in, on.before)
	return ok && slices.ContainsFunc(on.needs, func(n NeedView) bool { return n.At != nil && n.At.Before(due.At) })
}

// dueOf is when a level would have the mail answered.
func dueOf(level *config.Level, cal *hours.Calendar, in *incoming, before *ticket.Ticket) (promise.DueTime, bool) {
	kind, priority := promise.First, ticket.Normal
	if before != nil {
		kind, priority = promise.Next, before.Priority
	}
	target, ok := level.Target(kind, priority)
	if !ok {
		return promise.DueTime{}, false
	}
	due, err := promise.Due(cal, in.At, target)
	return due, err == nil
}

// plainRecipients are the bare addresses of envelope, To and Cc, each once; what is sent
// to a reply address of a desk is sent to the desk.
func (in *incoming) plainRecipients() (out []string) {
	seen := map[string]bool{}
	add := func(addr string) {
		addr = in.s.plainAddress(addr)
		if key := strings.ToLower(addr); addr != "" && !seen[key] {
			seen[key] = true
			out = append(out, addr)
		}
	}
	for _, addr := range in.Recipients {
		add(addr)
	}
	for _, list := range [][]letter.Address{in.mail.To, in.mail.Cc} {
		for i := range list {
			add(list[i].Addr)
		}
	}
	return out
}

// plainAddress is an address of ours without a token; others stay as they are.
func (s *settings) plainAddress(addr string) string {
	if !s.takes(domainOf(addr)) {
		return addr
	}
	plain := s.plusForm(addr)
	at := strings.LastIndexByte(plain, '@')
	if at < 0 {
		return addr
	}
	for _, ours := range s.addresses {
		if replyForm(plain[:at], strings.ToLower(plain[at+1:]), ours) {
			return ours
		}
	}
	return addr
}

// sentFields are the fields of a mail as its peer sent it, with how many are alike.
func sentFields(sent []byte) map[string]int {
	head := sent
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(head, []byte(end)); i >= 0 {
			head = head[:i+len(end)]
		}
	}
	count := map[string]int{}
	for name, value := range letter.Parse(head, "", letter.DefaultLimits()).Header.All() {
		count[name+": "+value]++
	}
	return count
}

// writtenFields are the fields of a header, one a line, without those that are counted in
// but.
func writtenFields(h letter.Header, but map[string]int) string {
	var b strings.Builder
	for name, value := range h.All() {
		line := name + ": " + value
		if but[line] > 0 {
			but[line]--
			continue
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// How a ticket's RulesDone names the mail with which a rule took effect.
const (
	doneNew      = "new "       // the one that opened it
	doneFollowUp = "follow-up " // one that went onto it
)

// doneAs are the names of the rules that took effect with a mail of one kind.
func doneAs(kind string, done []string) (out []string) {
	for _, d := range done {
		if name, ok := strings.CutPrefix(d, kind); ok {
			out = append(out, name)
		}
	}
	return out
}

// openingFacts are those of a mail that opens a ticket, as far as they are known before
// the store is asked.
func (in *incoming) openingFacts() rules.Facts {
	return in.factsOf(&standingOn{
		desk: in.desk, customer: in.identity.Customer, customerID: in.identity.ID, level: in.level(in.identity.Level, in.desk),
		affected: in.impact.people, blocked: in.impact.blocked, needs: in.needs,
	})
}

// facts are what rules look at, with what the store knows.
func (d *decision) facts() rules.Facts {
	on := standingOn{
		desk: d.desk, customer: d.in.s.companyName(&d.ticket), customerID: d.ticket.CustomerID, level: d.ticket.Level,
		affected: d.ticket.Affected, blocked: d.ticket.Blocked, needs: d.needs(), counts: d.counts, firstContact: d.firstContact,
	}
	if !d.isNew {
		on.before = &d.before
	}
	f := d.in.factsOf(&on)
	if d.given != nil {
		d.given(&f)
	}
	return f
}
