package threadgen

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Tally counts the mails of one scenario, of one quirk, or of all.
type Tally struct {
	Lines    int // mails that were delivered
	Expected int // of these, such for which a join is the only right outcome
	Found    int // of these, such that joined the right ticket
	Right    int // mails that joined the right ticket
	Wrong    int // mails that joined another one; a new matter on an old ticket is one
	Missed   int // mails that ought to have joined and did not
	Held     int // mails that wait for a person
	New      int // mails that opened a ticket
	Copies   int // mails that came again and changed nothing
	Breaches int // somebody got in, or something got out
	Faults   int // what else was not as it should be
	Skipped  int // lines that could not be played
}

// Score is what came of a replay.
type Score struct {
	Total     Tally
	Scenarios map[string]*Tally
	Quirks    map[string]*Tally

	Machines    int            // mails that answered a machine
	Mistaken    int            // mails of machines that were taken for a person's
	Unanswered  int            // mails that were owed an acknowledgement and got none
	TooChatty   int            // mails that were acknowledged and ought not, or more mails than a conversation may cause
	Doubled     int            // copies of a mail that became a mail of their own
	Swallowed   int            // new mails that were taken for copies
	Reopened    [2]int         // replies to a closed ticket: those that opened it, all that should have
	Undelivered [2]int         // bounces that were filed as such on their ticket, all
	Why         map[string]int // of skipped lines
	Complaints  []string       // one line for each thing that was wrong, at most maxComplaints
}

const maxComplaints = 400

// Precision is the share of right joins among all joins; 1 when there was none.
func (s *Score) Precision() float64 { return share(s.Total.Right, s.Total.Right+s.Total.Wrong) }

// Recall is the share of right joins among the mails for which nothing else is right.
func (s *Score) Recall() float64 { return share(s.Total.Found, s.Total.Expected) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// tallies are those that a line counts for.
func (s *Score) tallies(l *Line) []*Tally {
	out := []*Tally{&s.Total, tally(s.Scenarios, l.Scenario)}
	quirks := l.Quirks
	if len(quirks) == 0 {
		quirks = []string{"(none)"}
	}
	for _, q := range quirks {
		out = append(out, tally(s.Quirks, q))
	}
	return out
}

func tally(m map[string]*Tally, name string) *Tally {
	if m[name] == nil {
		m[name] = &Tally{}
	}
	return m[name]
}

// count counts one thing about a line.
func (s *Score) count(l *Line, add func(*Tally)) {
	for _, t := range s.tallies(l) {
		add(t)
	}
}

// breach notes that somebody got in, or that something got out.
func (s *Score) breach(l *Line, format string, args ...any) {
	s.count(l, func(t *Tally) { t.Breaches++ })
	s.complain(l, "BREACH: "+format, args...)
}

// fault notes what else was wrong.
func (s *Score) fault(l *Line, format string, args ...any) {
	s.count(l, func(t *Tally) { t.Faults++ })
	s.complain(l, format, args...)
}

func (s *Score) complain(l *Line, format string, args ...any) {
	if len(s.Complaints) < maxComplaints {
		where := fmt.Sprintf("line %d (%s, %s %s): ", l.Seq, l.Conv, l.Scenario, strings.Join(l.Quirks, " "))
		s.Complaints = append(s.Complaints, where+fmt.Sprintf(format, args...))
	}
}

// Print writes the tables.
func (s *Score) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	table(t, "scenario", s.Scenarios)
	table(t, "quirk", s.Quirks)
	row(t, "ALL", &s.Total)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "precision %.4f, recall %.4f (%d of %d), breaches %d, answers to machines %d, machines taken for persons %d, unanswered %d, too chatty %d, doubled %d, swallowed %d, reopened %d of %d, bounces filed %d of %d\n",
		s.Precision(), s.Recall(), s.Total.Found, s.Total.Expected, s.Total.Breaches, s.Machines, s.Mistaken, s.Unanswered, s.TooChatty, s.Doubled, s.Swallowed, s.Reopened[0], s.Reopened[1], s.Undelivered[0], s.Undelivered[1])
	for why, n := range s.Why {
		if err == nil {
			_, err = fmt.Fprintf(w, "skipped %d: %s\n", n, why)
		}
	}
	return err
}

func table(w io.Writer, name string, list map[string]*Tally) {
	fmt.Fprintf(w, "%s\tlines\texpected\tfound\tright\twrong\tmissed\theld\tnew\tcopies\tbreaches\tfaults\tskipped\n", name)
	var names []string
	for n := range list {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		row(w, n, list[n])
	}
}

func row(w io.Writer, name string, t *Tally) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n",
		name, t.Lines, t.Expected, t.Found, t.Right, t.Wrong, t.Missed, t.Held, t.New, t.Copies, t.Breaches, t.Faults, t.Skipped)
}
