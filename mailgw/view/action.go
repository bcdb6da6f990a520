package view

import (
	"fmt"
	"strings"
)

// Action is what moving a mail from one folder into another does to its ticket, or to the mail.
type Action string

// The actions.
const (
	Take     Action = "take"      // the ticket is the agent's, and to be worked on
	HandOn   Action = "hand on"   // it is the colleague's whose folder it is
	GiveBack Action = "give back" // it is nobody's, and to be worked on
	Wait     Action = "wait"      // it waits for its customer
	Solve    Action = "solve"     // it is solved
	ToDesk   Action = "to desk"   // it is that desk's
	WorkOn   Action = "work on"   // it is to be worked on, whosever it is
	Admit    Action = "admit"     // a held mail comes onto the ticket that it asked for
	Reject   Action = "reject"    // a held mail is turned down
	Release  Action = "release"   // a mail in Junk becomes a ticket, as of its arrival
	Hide     Action = "hide"      // the mail is in this agent's Trash, and nowhere else of hers
	Show     Action = "show"      // it is out of her Trash, and its ticket as the folder says
	Restore  Action = "restore"   // a draft is a draft again
)

// The sentences of what cannot be done. A client shows them.
const (
	NoDrafts   = "Drafts are what you write yourself: reply to the mail, or write a new one."
	NoSent     = "Sent is what you have sent: nothing is moved there."
	NoDerived  = "This folder shows what is so; tickets come into it by themselves."
	NoArchive  = "Tickets come into the archive when they are closed; move it to Solved."
	NoResolve  = "It is closed, which is more than solved: move it to INBOX or Mine to work on it again."
	NoHold     = "Nothing is held or made junk by hand: move it to Trash, or write “#close” in a reply."
	NoHeldOut  = "It is held: move it to Held first, and from there to Mine or INBOX."
	NoJunkOut  = "It is junk: move it to Junk first, and from there to Mine or INBOX."
	NoDrawer   = "Move it to a folder of tickets, such as Mine, or to Trash."
	NoOwn      = "What is your own stays in Drafts, Sent and Trash."
	NoSame     = "It is in this folder already."
	NoUnowned  = "It is in your INBOX already: move it to Mine, Waiting or Solved."
	NoSentMove = "What you have sent stays in Sent, or goes to Trash."
)

// ActionOf is the table of what moving does. no is the sentence for what cannot be done.
func ActionOf(from, to Kind) (does Action, no string) {
	switch {
	case from == to && from != Desk && from != Agent && from != Customer && from != Archive:
		return "", NoSame
	case from == Drafts:
		if to == Trash {
			return Hide, ""
		}
		return "", NoOwn
	case from == Sent:
		if to == Trash {
			return Hide, ""
		}
		return "", NoSentMove
	case to == Drafts:
		if from == Trash {
			return Restore, ""
		}
		return "", NoDrafts
	case to == Sent:
		if from == Trash {
			return Show, ""
		}
		return "", NoSent
	case from == Held || from == Junk:
		return drawerAction(from, to)
	}
	switch to {
	case Trash:
		return Hide, ""
	case Overdue, Customer:
		if from == Trash {
			return Show, ""
		}
		return "", NoDerived
	case Archive:
		if from == Trash {
			return Show, ""
		}
		return "", NoArchive
	case Held, Junk:
		if from == Trash {
			return Show, ""
		}
		return "", NoHold
	}
	if from == Trash {
		return Show, ""
	}
	return TicketAction(from, to)
}

// TicketAction is what a folder makes of a ticket that is moved there.
func TicketAction(from, to Kind) (does Action, no string) {
	switch to {
	case Mine:
		return Take, ""
	case Agent:
		return HandOn, ""
	case Unassigned:
		return GiveBack, ""
	case WaitingFor:
		return Wait, ""
	case SolvedBy:
		if from == Archive {
			return "", NoResolve
		}
		return Solve, ""
	case Desk:
		return ToDesk, ""
	case Inbox:
		switch from {
		case Mine, Agent: // a colleague's would not be in the INBOX
			return GiveBack, ""
		case Unassigned:
			return "", NoUnowned
		}
		return WorkOn, ""
	}
	return "", NoDerived
}

func drawerAction(from, to Kind) (does Action, no string) {
	switch to {
	case Trash:
		if from == Held {
			return Reject, ""
		}
		return Hide, ""
	case Inbox, Mine, Unassigned, WaitingFor, SolvedBy, Desk, Agent:
		if from == Held {
			return Admit, ""
		}
		return Release, ""
	}
	return "", NoDrawer
}

// Kinds are all kinds, in the order of the table.
func Kinds() []Kind {
	return []Kind{Inbox, Mine, Unassigned, WaitingFor, SolvedBy, Overdue, Held, Junk, Desk, Agent, Customer, Archive, Drafts, Sent, Trash}
}

// ActionTable is the table in Markdown, for the docs. A number leads to a sentence below it.
func ActionTable() string {
	var b strings.Builder
	var notes []string
	note := func(s string) int {
		for i, n := range notes {
			if n == s {
				return i + 1
			}
		}
		notes = append(notes, s)
		return len(notes)
	}
	b.WriteString("| from \\ to |")
	for _, to := range Kinds() {
		fmt.Fprintf(&b, " %s |", to)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(Kinds())) + "\n")
	for _, from := range Kinds() {
		fmt.Fprintf(&b, "| **%s** |", from)
		for _, to := range Kinds() {
			if does, no := ActionOf(from, to); no != "" {
				fmt.Fprintf(&b, " (%d) |", note(no))
			} else {
				fmt.Fprintf(&b, " %s |", does)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for i, n := range notes {
		fmt.Fprintf(&b, "%d. NO [CANNOT] %s\n", i+1, n)
	}
	return b.String()
}
