// Package gist says in a few lines what is known of a ticket's matter: what it was
// about first, what the desk asked and was answered, what its customer has done and
// sent already, what they were told and what became of it, and who has had it. Whoever
// gets the ticket then asks nothing twice.
//
// It is for people of the house. It picks sentences and never writes any: what stands
// there is what somebody wrote. The notes of the house are told in other mails than
// what customers may read, so they stand here only when the reader's mail is a note too.
//
// The package is pure: no network, no disk, no clock of its own, no goroutine. The same
// story gives the same lines, nothing fails, and time is linear in the story.
package gist

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// Story is what a gist is made of.
type Story struct {
	Ticket   *ticket.Ticket      // the matter; must be there
	Before   []ticket.Entry      // what went before the mail, oldest first; the last of a long story are enough
	Promises []promise.Promise   // of the ticket, in any order
	Events   []ticket.Event      // of the ticket, oldest first; without any, who has it is all that is said of its hands
	Words    string              // the new words of the mail: what stands there is not said again
	Files    []ticket.Attachment // of the mail: they are not named again
	Mail     ticket.ID           // of the mail itself, where it stands in Before: its words are not said again; zero when it does not
	Reply    bool                // the mail is its customer's, who may answer there what was asked last
	Private  bool                // the mail is a note: notes are told with it
	At       time.Time           // when the mail came; what was later does not count
	Zone     *time.Location      // in which times are written; must be there
}

// The most lines of each kind, so that none crowds out the others.
const (
	mostKnown  = 7
	mostAsked  = 3
	mostRecent = 4
)

// Known are the lines about the matter, in the order in which they are to be read.
func (s *Story) Known() (lines []wording.MatterLine) {
	add := func(is, state, text string) {
		text = flat(text)
		if text == "" || len(lines) == mostKnown || is != wording.MatterTold && s.saysAgain(text) {
			return
		}
		lines = append(lines, wording.MatterLine{Is: is, Text: cut(text, wording.MaxMatterLine), State: state})
	}
	if len(s.Before) > 0 {
		add(wording.MatterFirst, "", s.first())
	}
	add(wording.MatterSolution, "", s.Ticket.Solution)
	add(wording.MatterWorkaround, "", s.Ticket.Workaround)
	for _, a := range s.asked() {
		add(a.is, "", a.text)
	}
	add(wording.MatterDone, "", s.done())
	add(wording.MatterSent, "", s.sent())
	if p := s.told(); p != nil {
		add(wording.MatterTold, string(p.State), p.DueAt.In(s.Zone).Format(dateTime))
	}
	add(wording.MatterHad, "", s.had())
	if n := s.notes(); n > 0 {
		add(wording.MatterNotes, "", strconv.Itoa(n))
	}
	return lines
}

// How times are written: the same in all languages.
const (
	dateOnly = "2006-01-02"
	dateTime = "2006-01-02 15:04"
)

// Recent are the last exchanges, newest last, as many as there is room for beside the
// known lines.
func (s *Story) Recent(known int) (lines []string) {
	for i := len(s.Before) - 1; i >= 0 && len(lines) < min(mostRecent, wording.MaxMatter-known); i-- {
		e := &s.Before[i]
		if e.Seq == 1 || s.isMail(e) || !s.tells(e) {
			continue
		}
		if words := flat(said(e)); words != "" {
			lines = append(lines, cut(e.At.In(s.Zone).Format(dateTime)+" "+who(e)+": "+words, wording.MaxMatterLine))
		}
	}
	slices.Reverse(lines)
	return lines
}

// isMail says whether an entry is the mail whose words are shown.
func (s *Story) isMail(e *ticket.Entry) bool { return s.Mail != 0 && e.ID == s.Mail }

// tells says whether an entry's words may stand in this mail, and say something there.
func (s *Story) tells(e *ticket.Entry) bool {
	switch {
	case !e.ErasedAt.IsZero():
		return false
	case e.Kind == ticket.Note:
		return s.Private
	case e.Kind == ticket.MailOut:
		return true
	case e.ByAgent != "": // what of it left the house is an entry of its own; the rest is nobody else's
		return s.copied(e)
	}
	return byCustomer(e)
}

// copied says whether an agent's mail went to the customer by itself, the desk in copy.
func (s *Story) copied(e *ticket.Entry) bool {
	for _, list := range [][]string{e.To, e.Cc} {
		for _, to := range list {
			if s.Ticket.Address != "" && strings.EqualFold(letter.ParseAddress(to).Addr, s.Ticket.Address) {
				return true
			}
		}
	}
	return false
}

// byCustomer says whether an entry is a customer's own words.
func byCustomer(e *ticket.Entry) bool {
	return e.Kind == ticket.MailIn && e.ByAgent == "" && e.ErasedAt.IsZero() &&
		(e.Outcome == ticket.OutcomeNew || e.Outcome == ticket.OutcomeAppended || e.Outcome == ticket.OutcomeHeld)
}

// saysAgain says whether the mail's new words hold a text.
func (s *Story) saysAgain(text string) bool {
	return len(text) > 3 && strings.Contains(strings.ToLower(flat(s.Words)), strings.ToLower(strings.TrimRight(text, ".!… ")))
}

// first is what the matter was about first: its first words, else its subject.
func (s *Story) first() string {
	head := s.Ticket.CreatedAt.In(s.Zone).Format(dateOnly) + " " + name(s.Ticket.Requester) + ": "
	for i := range s.Before {
		if e := &s.Before[i]; e.Seq == 1 && byCustomer(e) {
			if s.isMail(e) {
				return ""
			}
			if words := flat(said(e)); words != "" {
				return head + words
			}
		}
	}
	if s.Ticket.Subject == "" {
		return ""
	}
	return head + s.Ticket.Subject
}

// told is the last time that the customer was told and that is over, or nil: the one
// that runs stands at the top of the mail.
func (s *Story) told() (last *promise.Promise) {
	for i := range s.Promises {
		p := &s.Promises[i]
		if p.Told && p.ID != s.Ticket.PromiseID && p.State != promise.Open && !p.DueAt.After(s.At) && (last == nil || p.DueAt.After(last.DueAt)) {
			last = p
		}
	}
	return last
}

// had are those who have had the ticket, in order, each once.
func (s *Story) had() string {
	var list []string
	for i := range s.Events {
		e := &s.Events[i]
		to, ok := strings.CutPrefix(e.What, "assigned to ")
		if ok && to != "nobody" && !e.At.After(s.At) && !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	if len(s.Events) == 0 { // of a long ticket
		return s.Ticket.Assignee
	}
	return strings.Join(list, ", ")
}

// notes counts the notes of agents that this mail must not tell.
func (s *Story) notes() (n int) {
	if s.Private {
		return 0
	}
	for i := range s.Before {
		if e := &s.Before[i]; e.Kind == ticket.Note && e.ByAgent != "" {
			n++
		}
	}
	return n
}

// sent names the files that the customer has sent before.
func (s *Story) sent() string {
	const most = 5
	var names []string
	has := func(list []ticket.Attachment, f *ticket.Attachment) bool {
		return slices.ContainsFunc(list, func(o ticket.Attachment) bool {
			return o.Name == f.Name || f.SHA256 != "" && o.SHA256 == f.SHA256
		})
	}
	for i := range s.Before {
		if !byCustomer(&s.Before[i]) || s.isMail(&s.Before[i]) {
			continue
		}
		for j := range s.Before[i].Attachments {
			f := &s.Before[i].Attachments[j]
			if f.Name != "" && !decoration(f) && !has(s.Files, f) && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], "… +"+strconv.Itoa(more))
	}
	return strings.Join(names, ", ")
}

// decoration tells the small pictures of signatures.
func decoration(f *ticket.Attachment) bool {
	const small = 8 << 10
	return strings.HasPrefix(f.Type, "image/") && f.Size < small
}

// who wrote an entry.
func who(e *ticket.Entry) string { return name(e.From) }

// name is a person's name, else the address.
func name(from string) string {
	a := letter.ParseAddress(from)
	if a.Name != "" {
		return a.Name
	}
	return a.Addr
}

// said are an entry's words.
func said(e *ticket.Entry) string {
	if e.Kind == ticket.MailIn || e.Text == "" {
		return e.Excerpt
	}
	return e.Text
}
