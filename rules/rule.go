package rules

import "time"

// Rule is the TOML form of one [[rule]]. Rules are looked at in the order
// in which they stand; every one that matches takes effect.
type Rule struct {
	// Name is what traces, logs and errors call the rule. Required, unique
	// in its set (letter for letter), without control characters.
	Name string `toml:"name"`
	// If says when the rule matches; nil matches every mail.
	If *Condition `toml:"if"`
	// Then is what the rule does when it matches. It may be empty only
	// when Stop is set.
	Then Effects `toml:"then"`
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

	// Subject looks at the subject line. Nil is not asked.
	Subject *Match `toml:"subject"`
	// Words looks at the subject and the new words, never at quotes. Nil
	// is not asked.
	Words *Match `toml:"words"`
	// Sender looks at the bare address of the author. Nil is not asked.
	Sender *Match `toml:"sender"`
	// Customer looks at the customer's names: that of today, and those that it goes by
	// or once had. Nil is not asked.
	Customer *Match `toml:"customer"`
	// Level looks at the service level's name. Nil is not asked.
	Level *Match `toml:"level"`
	// Desk looks at the desk's name. Nil is not asked.
	Desk *Match `toml:"desk"`
	// Header looks at the fields of the header, one a line, as in "X-Spam: yes":
	// what spam filters wrote there, or the sender. Nil is not asked.
	Header *Match `toml:"header"`

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
	// Regexp is RE2 over the first [MaxRegexpBytes] of the raw text: case
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
	key  string // below the match, "" for the match itself
	text string
}

// Effects is what a matching rule does. The zero value of a field leaves
// alone what earlier rules said; tags are added to theirs.
type Effects struct {
	// Priority is low, normal, high or urgent. Empty sets none.
	Priority string `toml:"priority"`
	// Tags are put on the ticket, beside those of other rules.
	Tags []string `toml:"tags"`
	// Desk is the name of the desk that gets the ticket. Empty sets none.
	Desk string `toml:"desk"`
	// Target is the working time within which we want to answer, in TOML a
	// string with its unit, like "30m". Zero sets none; below one second
	// (a number that lost its unit) is refused.
	Target time.Duration `toml:"target"`
	// Page wakes the on-call. Once a rule has said true it stays.
	Page bool `toml:"page"`
	// Assignee is the agent who gets the ticket. Empty sets none.
	Assignee string `toml:"assignee"`
}

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
