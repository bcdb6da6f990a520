package mailgw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/rehearsal"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
)

// What "mailgw rehearse" needs of package rehearsal; commands know this package only.
type (
	// RehearsedTicket is the difference of one ticket.
	RehearsedTicket = rehearsal.Ticket
	// RehearsedStand is how one configuration leaves a ticket.
	RehearsedStand = rehearsal.Stand
	// RehearsedSum is a rehearsal in sum.
	RehearsedSum = rehearsal.Result
)

// RehearseArgs says what Rehearse compares. Of New the data folder is read.
type RehearseArgs struct {
	New, Old *config.Config
	Since    time.Time // mails from then on; zero = all
	Until    time.Time // mails before then; zero = all
	Desk     string    // tickets that are on it now; "" = all
	Limit    int       // tickets to be looked at; 0 = all

	Progress func(done, of int) // called now and then with numbers of tickets; nil = nobody looks
}

// errEnough ends a rehearsal of so many tickets as were asked for.
var errEnough = errors.New("enough tickets")

// Rehearse runs the rules of two configurations over the mails that are stored, in the
// order of tickets, and calls emit for each ticket that differs. Nothing is written. When
// ctx ends, the sum has what is known by then, and Partial.
//
// Both see the same facts: each mail as it came, its customer as of today. What was
// decided about a mail before the rules (which ticket it belongs to, whether its sender
// was proven) is taken as it is recorded. Mails of before Since are run under Old for
// both: they make the ticket that New finds.
func Rehearse(ctx context.Context, a RehearseArgs, emit func(RehearsedTicket) error) (RehearsedSum, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r, err := newRehearsing(ctx, &a, emit)
	if err != nil {
		return RehearsedSum{}, err
	}
	err = r.run(ctx)
	return r.sum.Result(), err
}

// rehearsing is a rehearsal under way. One ticket is held at a time.
type rehearsing struct {
	a       *RehearseArgs
	sides   [2]*rehearsed // the rules of now, and the new ones
	changed map[string]bool
	needs   bool // some rule looks at by when something is needed
	sum     *rehearsal.Sum
	emit    func(RehearsedTicket) error
	tickets int // begun

	record ticket.Ticket    // as it is kept, of the ticket under way
	mails  int              // of it, those of the time that was asked for
	opened bool             // the part has begun
	clocks []rehearsedClock // of the part
	rules  []rehearsal.Rule
	since  bool // the part has come to the time that was asked for
}

// rehearsedClock is one that a mail began; zero times: it did not.
type rehearsedClock struct {
	mail ticket.ID
	end  [2]time.Time
}

// maxClocks bounds the clocks that are listed of one ticket.
const maxClocks = 20

func newRehearsing(ctx context.Context, a *RehearseArgs, emit func(RehearsedTicket) error) (*rehearsing, error) {
	admin, err := connectToRead(a.New) // what is wrong there is told without more words
	if err == nil {
		err = admin.Close()
	}
	if err != nil {
		return nil, err
	}
	people, err := storedRoster(ctx, a.New)
	if err != nil {
		return nil, err
	}
	clock, err := ParseClock("")
	if err != nil {
		return nil, err
	}
	r := &rehearsing{a: a, emit: emit, changed: map[string]bool{}}
	var names [2][]string
	for i, c := range []*config.Config{a.Old, a.New} {
		mine := *c
		mine.Promise.Mode = config.PromiseTarget
		s := newSettings(&mine, nil)
		s.customers = people
		g := &Gateway{store: emptyStore{}, clock: clock, budget: &budget{}, ids: newIDSource(0), roster: people, log: slog.New(slog.DiscardHandler)}
		g.settings.Store(s)
		r.sides[i] = &rehearsed{g: g, s: s}
		for k := range c.Rules {
			names[i] = append(names[i], c.Rules[k].Name)
			r.needs = r.needs || c.Rules[k].If != nil && askNeeds(*c.Rules[k].If)
		}
	}
	for i := range a.New.Rules {
		for k := range a.Old.Rules {
			if now, was := &a.New.Rules[i], &a.Old.Rules[k]; now.Name == was.Name {
				r.changed[now.Name] = !reflect.DeepEqual(*now, *was)
			}
		}
	}
	r.sum = rehearsal.NewSum(names[0], names[1])
	r.sum.Notes = notesOf(a)
	return r, nil
}

// notesOf says what the mails cannot show.
func notesOf(a *RehearseArgs) []string {
	notes := []string{"customers, their levels and agreements are those of today; what agents set by hand is not done again"}
	if a.Old.RuleSet.AsksCounts() || a.New.RuleSet.AsksCounts() {
		notes = append(notes, "how often a customer wrote before, and what they were promised, is not made up again: rules that ask for it see a first contact")
	}
	if a.Old.Promise.Mode == config.PromiseCalibrated || a.New.Promise.Mode == config.PromiseCalibrated {
		notes = append(notes, "promises are those of the targets, not of how long such cases took")
	}
	return notes
}

// run works on all pages.
func (r *rehearsing) run(ctx context.Context) error {
	a := StoredArgs{Since: r.a.Since, Until: r.a.Until, Desk: r.a.Desk}
	done, last := 0, 0
	for p := range storedPages(ctx, r.a.New, a) {
		if p.err != nil {
			if ctx.Err() == nil {
				return p.err
			}
			break
		}
		r.sum.LeftOut.Junk += p.end.Junk
		err := r.page(ctx, p.lines)
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			break
		}
		done, last = int(p.end.Ticket)-1, int(p.end.Last)
		if r.a.Progress != nil {
			r.a.Progress(min(done, last), last)
		}
		if p.end.Done {
			return r.finish()
		}
	}
	r.sum.Partial = true // and a part of a ticket tells nothing
	return nil
}

// page reads its mails on all processors, and then runs them in their order.
func (r *rehearsing) page(ctx context.Context, lines []*StoredView) error {
	read := make([]*rehearsedMail, len(lines))
	jobs, done := make(chan int), make(chan struct{})
	workers := min(runtime.GOMAXPROCS(0), 4)
	for range workers {
		go func() {
			for i := range jobs {
				read[i] = r.read(lines[i].Mail)
			}
			done <- struct{}{}
		}()
	}
	for i, l := range lines {
		if l.Mail != nil && ctx.Err() == nil {
			jobs <- i
		}
	}
	close(jobs)
	for range workers {
		<-done
	}
	for i, l := range lines {
		if ctx.Err() != nil {
			return nil // run sees it, too
		}
		var err error
		switch {
		case l.Ticket != nil:
			err = r.begin(l.Ticket)
		case l.Mail != nil:
			err = r.mail(read[i])
		case l.Answered != nil:
			r.answered()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin begins a ticket, or goes on with the one that the last page ended in.
func (r *rehearsing) begin(t *ticket.Ticket) error {
	if t.Number == r.record.Number {
		return nil
	}
	if err := r.finish(); err != nil {
		return err
	}
	if r.tickets++; r.a.Limit > 0 && r.tickets > r.a.Limit {
		return errEnough
	}
	r.record = *t
	return nil
}

// open begins a part of a ticket: what one mail opened. Entries that came by a merge
// bring theirs along.
func (r *rehearsing) open() {
	r.opened, r.since, r.mails, r.clocks, r.rules = true, false, 0, nil, nil
	for _, s := range r.sides {
		s.begin(&r.record)
	}
}

// finish compares what both sides made of a part.
func (r *rehearsing) finish() error {
	if !r.opened || r.mails == 0 {
		r.opened = false
		return nil
	}
	r.opened = false
	v := RehearsedTicket{
		Ticket: r.record.Number, Subject: r.record.Subject, Mails: r.mails,
		Was: r.sides[0].stand(), WouldBe: r.sides[1].stand(), Rules: orEmpty(r.rules), Promises: []rehearsal.Promise{},
	}
	for _, c := range r.clocks {
		v.Promises = append(v.Promises, rehearsal.Promise{Mail: c.mail.String(), Was: timeOrNull(c.end[0]), WouldBe: timeOrNull(c.end[1])})
	}
	v.Differs = rehearsal.Compare(&v.Was, &v.WouldBe)
	if len(v.Promises) > 0 && !slices.Contains(v.Differs, "promise_due_at") {
		v.Differs = append(v.Differs, "promises")
	}
	r.sum.Add(&v.Was, &v.WouldBe, len(v.Differs) > 0)
	if len(v.Differs) == 0 {
		return nil
	}
	return r.emit(v)
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// mail runs one under both sets.
func (r *rehearsing) mail(m *rehearsedMail) error {
	if r.leftOut(m) {
		return nil
	}
	isNew := m.outcome == ticket.OutcomeNew || m.outcome == ticket.OutcomeHeld
	if isNew {
		if err := r.finish(); err != nil {
			return err
		}
	}
	if !r.opened {
		r.open()
	}
	if m.in[0].At.Before(r.a.Since) {
		return r.before(m, isNew)
	}
	if !r.since {
		r.since = true
		for _, s := range r.sides {
			s.forget()
		}
	}
	r.mails++
	var took [2][]string
	clock := rehearsedClock{mail: m.in[0].ID}
	for i, s := range r.sides {
		var err error
		if took[i], clock.end[i], err = s.mail(m.in[i], m.outcome, isNew); err != nil {
			return fmt.Errorf("mail %s on ticket %d: %w", m.in[i].ID, r.record.Number, err)
		}
	}
	r.sum.Took(took[0], took[1])
	r.sum.Clock(clock.end[0], clock.end[1])
	if !clock.end[0].Equal(clock.end[1]) && len(r.clocks) < maxClocks {
		r.clocks = append(r.clocks, clock)
	}
	r.compareRules(took[0], took[1])
	return nil
}

// before runs a mail of before the time that was asked for.
func (r *rehearsing) before(m *rehearsedMail, isNew bool) error {
	_, _, err := r.sides[0].mail(m.in[0], m.outcome, isNew)
	r.sides[1].goOnFrom(r.sides[0])
	return err
}

// compareRules notes which rules make a difference.
func (r *rehearsing) compareRules(was, will []string) {
	note := func(name, change string) {
		if c := (rehearsal.Rule{Rule: name, Change: change}); !slices.Contains(r.rules, c) {
			r.rules = append(r.rules, c)
		}
	}
	for _, n := range was {
		switch {
		case !slices.Contains(will, n):
			note(n, rehearsal.Gone)
		case r.changed[n]:
			note(n, rehearsal.Changed)
		}
	}
	for _, n := range will {
		if !slices.Contains(was, n) {
			note(n, rehearsal.Added)
		}
	}
}

// answered notes that an agent answered.
func (r *rehearsing) answered() {
	if !r.opened {
		return
	}
	for _, s := range r.sides {
		if s.t.PromiseIs == string(promise.Open) {
			s.t.PromiseIs = string(promise.Kept)
		}
		if then, ok := s.t.Status.After(ticket.AgentAnswered); ok {
			s.t.Status = then
		}
	}
}

// tookEffect are the rules that did.
func tookEffect(v *rules.Verdict) (names []string) {
	for _, t := range v.Trace {
		if t.Matched && !t.Done {
			names = append(names, t.Rule)
		}
	}
	return names
}
