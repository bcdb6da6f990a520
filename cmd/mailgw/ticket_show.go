package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show NUMBER",
		Short: "Print a ticket with all that was written on it",
		Args:  exactly("the number of a ticket"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			return a.ask(c.Context(), "ticket.show", mailgw.NumberArgs{Number: n}, answer(a, func(v mailgw.TicketView) error {
				return a.printf("%s", ticketStory(&v))
			}))
		},
	}
}

// ticketStory tells a ticket from its beginning to now.
func ticketStory(v *mailgw.TicketView) *story {
	s := &story{}
	s.head("Ticket %d: %s", v.Number, v.Subject)
	if v.ErasedAt != nil {
		s.field("erased on", long(*v.ErasedAt))
	}
	s.field("is", strings.Join([]string{string(v.Status), string(v.Priority), "desk " + v.Desk, "level " + v.Level}, ", "))
	s.field("from", or(v.Requester, "nobody known"))
	if v.Customer != nil {
		s.field("customer", fmt.Sprintf("%s (%s)", *v.Customer, v.Confidence))
	}
	s.field("assigned to", or(v.Assignee, "nobody"))
	s.field("created", long(v.CreatedAt))
	if v.PromiseDueAt != nil && v.ErasedAt == nil { // what was told is in the ledger
		state := v.PromiseState
		if state == "none" {
			state = "the customer was told no time"
		}
		s.field("promised", fmt.Sprintf("%s (%s)", long(*v.PromiseDueAt), state))
	}
	s.field("tags", strings.Join(v.Tags, ", "))
	var linked []string
	for _, n := range v.Linked {
		linked = append(linked, fmt.Sprint(n))
	}
	s.field("linked to", strings.Join(linked, ", "))
	if v.GoesOnAs != nil {
		s.field("goes on as", fmt.Sprintf("ticket %d", *v.GoesOnAs))
	}
	for i := range v.Entries {
		entryStory(s, &v.Entries[i])
	}
	return s
}

// kindNames are the kinds of entries in words.
var kindNames = map[string]string{"mail_in": "mail in", "mail_out": "mail out", "note": "note"}

func entryStory(s *story, e *mailgw.EntryView) {
	kind := kindNames[string(e.Kind)]
	if kind == "" {
		kind = string(e.Kind)
	}
	s.head("%d. %s, %s", e.Number, kind, long(e.At))
	if e.ErasedAt != nil {
		s.field("erased on", long(*e.ErasedAt))
	}
	s.field("from", or(e.From, ""))
	s.field("to", strings.Join(e.To, ", "))
	s.field("copy to", strings.Join(e.Cc, ", "))
	s.fields("needs it", needed(e.NeededBy))
	if e.Kind == "mail_out" {
		sent := "not yet"
		if e.SentAt != nil {
			sent = long(*e.SentAt)
		} else if e.Reply != nil {
			sent += ": " + *e.Reply
		}
		s.field("sent", sent)
	}
	if e.Outcome != nil {
		outcome := *e.Outcome
		if e.SenderAuth != nil {
			outcome += ", sender " + *e.SenderAuth
		}
		s.field("outcome", outcome)
	}
	s.fields("because", e.Evidence)
	s.fields("sender", e.AuthReasons)
	s.fields("attached", attached(e.Attachments))
	s.fields("repaired", e.Problems)
	if e.ErasedAt == nil {
		s.field("raw", "mailgw "+e.Raw)
	}
	s.quote(e.Text)
}

// attached says what is attached, one line each.
func attached(list []mailgw.AttachmentView) []string {
	lines := make([]string, 0, len(list))
	for _, at := range list {
		lines = append(lines, fmt.Sprintf("%s (%s, %s)", or(at.Name, "without name"), at.Type, size(at.Size)))
	}
	return lines
}

// needed says by when a customer needs something; of what is not sure the words alone.
func needed(list []mailgw.NeedView) (out []string) {
	for _, n := range list {
		said := fmt.Sprintf("%q", n.Words)
		if n.At != nil {
			said = "by " + long(*n.At) + ": " + said
		}
		out = append(out, said)
	}
	return out
}
