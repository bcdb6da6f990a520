package rules

import (
	"slices"
	"time"
)

// Rule is the TOML form of one [[rule]]. Rules are looked at in the order
// in which they stand; every one that matches takes effect.
type Rule struct {
	// Name is what traces, logs and errors call the rule. Required, unique
	// in its set (letter for letter), without control characters.
	Name string `toml:"name"`
	// If says when the rule matches; nil matches every mail.
	If *Condition `toml:"if"`
	// Then is what the rule does when it matches: on a new ticket all of it; on one
	// that is there, where FollowUp is nil, it can only raise the priority (and page, when
	// it does), set the target and add tags. It may be empty only when Stop or FollowUp is
	// set.
	Then Effects `toml:"then"`
	// FollowUp is what it does instead when the mail goes onto a ticket that is there
	// already. Nil: see Then.
	FollowUp *Effects `toml:"follow_up"`
	// Stop ends the list when this rule matched: later rules are not
	// looked at. False (the zero value) goes on.
	Stop bool `toml:"stop"`
}

// Condition holds when everything that is given in it holds. One that says
// nothing is refused: a rule for every mail leaves `if` out.
type Condition struct {
	// Any holds when at least one of its conditions does. Nil is not
	// asked; an empty list is refused.
	Any []Condition `toml:"any"`
	// All holds when each of its conditions does. Nil is not asked; an
	// empty list is refused.
	All []Condition `toml:"all"`
	// Not holds when its condition does not. Nil is not asked.
	Not *Condition `toml:"not"`

	// FollowUp asks whether the mail goes onto a ticket that is there already. Nil is
	// not asked.
	FollowUp *bool `toml:"follow_up"`

	// Subject looks at the subject line. Nil is not asked.
	Subject *Match `toml:"subject"`
	// Words looks at the subject and the new words, never at quotes. Nil
	// is not asked.
	Words *Match `toml:"words"`
	// Sender looks at the bare address of the author. Nil is not asked.
	Sender *Match `toml:"sender"`
	// Name looks at the name with which the author signs in From. Nil is not asked.
	Name *Match `toml:"name"`
	// Recipient looks at the bare addresses that the mail went to, those of its
	// envelope, To and Cc: one of them is enough. Nil is not asked.
	Recipient *Match `toml:"recipient"`
	// SenderAuth looks at whether the author is really them: pass, none, fail or
	// trusted. Nil is not asked.
	SenderAuth *Match `toml:"sender_auth"`
	// Customer looks at the customer's names: that of today, and those that it goes by
	// or once had. Nil is not asked.
	Customer *Match `toml:"customer"`
	// Level looks at the service level's name. Nil is not asked.
	Level *Match `toml:"level"`
	// Desk looks at the desk's name. Nil is not asked.
	Desk *Match `toml:"desk"`
	// Status looks at how the ticket stood before a mail that goes onto one: new, open,
	// pending, solved or closed; there is none for a mail that opens one. Nil is not
	// asked.
	Status *Match `toml:"status"`
	// Tags looks at the tags of the ticket, and at those that rules before this one have
	// put there: one of them is enough. Nil is not asked.
	Tags *Match `toml:"tags"`
	// Language looks at the language of the new words, as a BCP 47 tag like "de"; there
	// is none when it is not known. Nil is not asked.
	Language *Match `toml:"language"`
	// Header looks at the fields of the header, each as in "X-Spam: yes": one of them is
	// enough. What the sender wrote is among them. Nil is not asked.
	Header *Match `toml:"header"`
	// Scanner looks at the fields that our own spam and virus filters have added, each as
	// in "X-Spam: yes": one of them is enough. Nil is not asked.
	Scanner *Match `toml:"scanner"`
	// Attachment looks at the attached files: all that is asked has to hold for one of
	// them. Nil is not asked.
	Attachment *File `toml:"attachment"`
	// Size looks at how many bytes the mail has. Nil is not asked.
	Size *Range `toml:"size"`

	// Affected looks at how many people the customer says are affected; "everybody" is
	// more than any number. It does not hold when they have not said. Nil is not asked.
	Affected *Range `toml:"affected"`
	// Blocked asks whether the customer says that they cannot work: true holds when they
	// say so, false when they say that they can. It does not hold when they have not
	// said. Nil is not asked.
	Blocked *bool `toml:"blocked"`
	// NeededBeforeDue asks whether the customer says that they need it before the time
	// in which their level has it answered. Nil is not asked.
	NeededBeforeDue *bool `toml:"needed_before_due"`

	// WorkingHours asks whether the desk works when the mail comes. Nil is not asked.
	WorkingHours *bool `toml:"working_hours"`
	// Day lists days of the week on which the mail comes, in the desk's time zone, like
	// "mon" or "mon-fri". Nil is not asked.
	Day *Days `toml:"day"`
	// Time lists spans of the desk's day in which the mail comes, like "08:00-12:30";
	// one past midnight is "22:00-06:00". Nil is not asked.
	Time *Spans `toml:"time"`
	// FirstContact asks whether nobody of the customer has written before; of an unknown
	// one, whether the author has not. Nil is not asked.
	FirstContact *bool `toml:"first_contact"`

	// BrokenPromises looks at how many promises to the customer were broken in the
	// last 90 days: times that they were told. Nil is not asked.
	BrokenPromises *Range `toml:"broken_promises"`
	// Reopened looks at how many of the customer's tickets were opened again by
	// their words in the last 90 days. Nil is not asked.
	Reopened *Range `toml:"reopened"`
	// Contacts looks at how many mails the customer's people wrote in the last 7
	// days, this one counted. Nil is not asked.
	Contacts *Range `toml:"contacts"`
}

// Match says what one text must look like. In TOML it is a string or a list
// of strings (short for contains), or a table with the keys below. Of each
// list one entry is enough; of several keys all must hold.
type Match struct {
	// Contains lists whole words or phrases, folded for case and accents.
	// What stands between two words (spaces, line ends, punctuation) does
	// not count. Scripts that are written without spaces are matched as
	// parts of the text. Each entry needs a letter or a digit. Nil is not
	// asked.
	Contains []string `toml:"contains"`
	// Glob lists patterns for the whole folded text: * is any run of
	// characters, line ends included, also none; ? is exactly one
	// character. Nil is not asked.
	Glob []string `toml:"glob"`
	// Regexp is RE2 over the first 64 KiB of the raw text: case
	// counts, unless it starts with (?i). Empty is not asked.
	Regexp string `toml:"regexp"`
	// Is lists whole texts, folded for case and accents. The entry "" holds
	// when there is no text, as with an unknown customer. Nil is not asked.
	Is []string `toml:"is"`

	// wrong keeps what the TOML had in a form that is none of ours, until
	// [Compile] can say in which rule it stands.
	wrong []wrongShape
}

// wrongShape is one part of a match that could not be read.
type wrongShape struct {
	key    string // below the match, "" for the match itself
	text   string
	number bool // a bound: text is the value alone, for what it counts says the rest
}

// File says what one attached file must look like; of several keys all must hold.
type File struct {
	// Name looks at its name. Nil is not asked.
	Name *Match `toml:"name"`
	// Type looks at its media type, like "application/pdf". Nil is not asked.
	Type *Match `toml:"type"`
	// Size looks at how many bytes it has, decoded. Nil is not asked.
	Size *Range `toml:"size"`
}

// Effects is what a matching rule does. The zero value of a field leaves
// alone what earlier rules said; tags, notices, notes and forwards are added to theirs.
type Effects struct {
	// Priority is low, normal, high or urgent. Empty sets none.
	Priority string `toml:"priority"`
	// Tags are put on the ticket, beside those of other rules.
	Tags []string `toml:"tags"`
	// Desk is the name of the desk that gets the ticket. Empty sets none.
	Desk string `toml:"desk"`
	// Level is the name of the service level that the ticket gets. Empty sets none.
	Level string `toml:"level"`
	// Target is the working time within which we want to answer, in TOML a
	// string with its unit, like "30m". Zero sets none; below one second
	// (a number that lost its unit) is refused.
	Target time.Duration `toml:"target"`
	// Template names the words of the acknowledgement, in place of the desk's usual
	// ones. Empty sets none.
	Template string `toml:"template"`
	// Page wakes the on-call. Once a rule has said true it stays.
	Page bool `toml:"page"`
	// Assignee is the agent who gets the ticket, or how one is found. Zero sets none.
	Assignee Assignee `toml:"assignee"`
	// Notify lists agents who get a notice beside those who get one anyway.
	Notify []string `toml:"notify"`
	// Note is what agents read in the notice, and as an internal note on the ticket; no
	// customer sees it. Empty adds none.
	Note string `toml:"note"`
	// Forward lists addresses that get the mail, as it came, attached to one of ours.
	Forward []string `toml:"forward"`
	// Hold keeps back whatever would go to the customer by itself, until somebody has
	// looked at it. Once a rule has said true it stays.
	Hold bool `toml:"hold"`
	// Junk puts the mail to the junk: it opens no ticket and nobody is answered. Once a
	// rule has said true it stays, and no other effect counts.
	Junk bool `toml:"junk"`
}

// Assignee is an agent's address, or how one is found. In TOML it is the address, or a
// table with the keys below.
type Assignee struct {
	// Agent is the one who gets it, whoever is in. Empty: one is found by By.
	Agent string `toml:"agent"`
	// By is "least_loaded", who has the fewest open tickets, or "round_robin", whose last
	// one was the longest ago. Empty: Agent says it.
	By string `toml:"by"`
	// Among lists the agents to choose from. None: those of the desk.
	Among []string `toml:"among"`
	// Skills lists what the agent must know, by the words of agent.skills: each of them.
	Skills []string `toml:"skills"`
	// Language asks for an agent who speaks the mail's language (agent.languages).
	Language bool `toml:"language"`

	// wrong keeps what the TOML had in a form that is none of ours, until
	// [Compile] can say in which rule it stands.
	wrong []wrongShape
	given bool // in the TOML
}

// Equal reports whether both say the same.
func (a Assignee) Equal(b Assignee) bool {
	return a.Agent == b.Agent && a.By == b.By && a.Language == b.Language &&
		slices.Equal(a.Among, b.Among) && slices.Equal(a.Skills, b.Skills)
}

// IsZero reports whether nobody is to get it.
func (a *Assignee) IsZero() bool { return a.Agent == "" && a.By == "" }

// Problem is one thing wrong in a list of rules.
type Problem struct {
	// Rule is the index in the list, from 0.
	Rule int
	// Field is the path below the rule, in TOML's words, like
	// `if.any[1].subject.regexp`. Never empty.
	Field string
	// Text says in one sentence what is wrong and what to write instead.
	Text string
}
