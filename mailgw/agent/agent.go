// Package agent understands what agents write in their mail client: [Read] takes
// the commands out of a reply to a notice, [Clean] takes out of the words what a
// customer must not see. What is left goes to the customer, or is a note.
//
// The package decides nothing and does nothing: whether the mail is proven to
// come from an agent, and what a command changes, is asked and done elsewhere.
// In doubt it says so ([Reply.Doubtful]): then nothing should be sent, since the
// words may have been meant for the house alone.
//
// It is pure: no network, no disk, no clock, no goroutine, no state. All
// functions may be called at the same time, take any text, never fail and never
// panic; time is linear in the text.
package agent

import "strings"

// The commands that agents have, without the sign before them.
const (
	Note    = "note"    // the words stay in the house; what follows on the line belongs to them
	Close   = "close"   // the ticket is closed
	Solve   = "solve"   // the ticket is solved
	Assign  = "assign"  // the ticket goes to the agent whose name follows
	Only    = "only"    // the answer goes to the writer of the mail alone, not to all in copy
	Promise = "promise" // the customer is told that they hear from the agent by the time that follows
	Away    = "away"    // the agent is away until the time that follows, behind a comma who stands in
	Back    = "back"    // the agent is in again
	Left    = "left"    // the person with the address that follows has left the customer's company

	Take       = "take"       // the ticket is the agent's own
	Wait       = "wait"       // there is nothing to do before the time that follows
	Priority   = "priority"   // the ticket has the priority that follows
	Tag        = "tag"        // the ticket has the tags that follow; one behind a - is taken off
	Desk       = "desk"       // the ticket goes to the desk that follows
	Merge      = "merge"      // the ticket goes on as the one whose number follows
	Split      = "split"      // the mail that is answered gets a ticket of its own
	Customer   = "customer"   // the ticket is of the person or company that follows
	Cc         = "cc"         // the addresses that follow get copies from now on
	Call       = "call"       // the customer is called by the time that follows
	Called     = "called"     // the customer was called
	Workaround = "workaround" // the answer is a way to go on until it is solved
	Update     = "update"     // the answer says how things stand; more is owed
	Solution   = "solution"   // what solved it, kept for the next such matter
	Use        = "use"        // the answer holds the canned answer, or the solution of the ticket, that follows
	Undo       = "undo"       // what the agent's last commands did on the ticket is taken back
	Help       = "help"       // the agent gets the list of commands
)

// Known returns the names of the commands that are always known.
func Known() []string {
	return []string{
		Note, Close, Solve, Assign, Only, Promise, Away, Back, Left, Take, Wait, Priority, Tag, Desk, Merge, Split, Customer, Cc, Call, Called,
		Workaround, Update, Solution, Use, Undo, Help,
	}
}

// Names says which commands there are. The zero value means those of [Known].
type Names struct {
	Commands []string // further commands, lower case, without the sign
	Agent    string   // the writer's name as in the configuration: a block that begins with it is a signature; "" looks for none
}

// has tells whether name is a known command.
func (n Names) has(name string) bool {
	for _, list := range [][]string{Known(), n.Commands} {
		for _, known := range list {
			if known == name {
				return true
			}
		}
	}
	return false
}

// Command is one command that an agent wrote.
type Command struct {
	Name  string // lower case, without the sign
	Arg   string // what follows it, up to the next command of the line; "" when nothing does
	Line  string // the whole line as the agent wrote it, trimmed
	Meant string // of an unknown one: the known command that was probably meant, "" when none is near
	Last  bool   // it stood below the words
}

// Reply is an agent's mail, read.
type Reply struct {
	Commands  []Command // known ones of the first and last lines, in order
	Unknown   []Command // unknown ones of the first and last lines, in order; they are cut out too
	Words     string    // the rest, for the customer or for a note; "" when there is none
	Misplaced []string  // lines with a known command among the words, cut out too; or a line left of a notice, which stays
	Asks      bool      // it is no more than "?" or "Why?": the agent asks for the reasons; Words is "" then
}

// Has returns the first command of that name, and whether there is one.
func (r Reply) Has(name string) (Command, bool) {
	for _, c := range r.Commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// Doubtful tells that the words may have been meant for the house, although no
// command says so: a command stands among the words, or one that is
// unknown resembles [Note] or [Only]. Then nothing should go to a customer.
func (r Reply) Doubtful() bool {
	if len(r.Misplaced) > 0 {
		return true
	}
	for _, c := range r.Unknown {
		if c.Meant == Note || c.Meant == Only {
			return true
		}
	}
	return false
}

// NoteText is the text of the note that the reply holds: what follows [Note] on
// its line, and the words. "" when both are missing.
func (r Reply) NoteText() string {
	var parts []string
	for _, c := range r.Commands {
		if c.Name == Note && c.Arg != "" {
			parts = append(parts, c.Arg)
		}
	}
	if r.Words != "" {
		parts = append(parts, r.Words)
	}
	return strings.Join(parts, "\n\n")
}
