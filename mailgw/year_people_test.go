package mailgw

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// The year's troubles.
var (
	illFrom, illTo   = day(2026, 3, 9), day(2026, 3, 16)  // Ben
	lostFrom         = day(2026, 8, 3)                    // Eva, for good
	overFrom, overTo = day(2026, 10, 1), day(2026, 11, 1) // twice as many mails
	overload         = 2.1                                // how many times as many
	yearStart        = day(2026, 1, 1)                    // and the year
	yearEnd          = day(2027, 1, 1)                    // has no more
	disturbed        = [][2]time.Time{                    // no steady load: until the queue is short again
		{illFrom, illTo.AddDate(0, 0, 7)}, {lostFrom, lostFrom.AddDate(0, 0, 14)}, {overFrom, overTo.AddDate(0, 0, 28)},
	}
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func isSteady(t time.Time) bool {
	return !slices.ContainsFunc(disturbed, func(d [2]time.Time) bool { return !t.Before(d[0]) && t.Before(d[1]) })
}

// agenda is what will happen, earliest first.
type agenda []happening

type happening struct {
	at time.Time
	n  int // of the same instant, the first made goes first
	do func()
}

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(happening)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (y *year) happens(at time.Time, do func()) {
	y.n++
	heap.Push(&y.events, happening{at, y.n, do})
}

// run lets everything happen at its time.
func (y *year) run() {
	y.customersWrite()
	y.dayEnds(y.start)
	for _, a := range y.agents {
		y.shiftBegins(a, y.start)
	}
	for len(y.events) > 0 {
		e := heap.Pop(&y.events).(happening)
		if !e.at.Before(y.end) {
			break
		}
		time.Sleep(e.at.Sub(y.g.clock.Now()))
		e.do()
	}
	time.Sleep(y.end.Sub(y.g.clock.Now()))
}

// perHour is how many of a day's mails come in each hour: hardly any at night, most
// in the morning, and again after lunch.
var perHour = [24]float64{.4, .2, .2, .2, .3, .6, 1.5, 3, 6, 9, 10, 9, 6, 7, 9, 9, 8, 6, 4, 3, 3, 2.5, 1.6, .5}

// rate is how many mails are to be expected in the hour that begins at t.
func (y *year) rate(t time.Time) float64 {
	local := t.In(y.cal.Location())
	perDay := map[time.Weekday]float64{time.Monday: 22, time.Tuesday: 19, time.Wednesday: 17, time.Thursday: 17, time.Friday: 14, time.Saturday: 2.5, time.Sunday: 1.5}[local.Weekday()]
	if _, open := y.cal.Opening(t); !open && perDay > 5 {
		perDay = 3 // a holiday
	}
	perDay *= 1 + .15*math.Cos(2*math.Pi*float64(local.YearDay()-30)/365)
	if !t.Before(overFrom) && t.Before(overTo) {
		perDay *= overload
	}
	return perDay * perHour[local.Hour()] / 100
}

// customersWrite has mails come as an inhomogeneous Poisson process: an exponential
// time of the greatest rate to the next, which is left out by chance.
func (y *year) customersWrite() {
	const most = 8.0 // an hour; rate is always below
	for at := y.start; at.Before(y.end); {
		at = at.Add(time.Duration(y.r.ExpFloat64() / most * float64(time.Hour)))
		if y.r.Float64() < y.rate(at)/most {
			y.happens(at, y.firstMail)
		}
	}
}

// firstMail is a new matter.
func (y *year) firstMail() {
	n := y.r.IntN(400)
	from := fmt.Sprintf("Person %d <p%d@globex.example>", n, n)
	if y.r.Float64() < .3 {
		from = fmt.Sprintf("Person %d <p%d@acme.example>", n, n)
	}
	subject, urgent := fmt.Sprintf("Export %d fails", y.n), false
	switch u := y.r.Float64(); {
	case u < .02:
		subject, urgent = "production down", true
	case u < .10:
		subject = fmt.Sprintf("A question about report %d", y.n)
	}
	number := y.deliver(from, "support@example.com", subject, "The export button does nothing since this morning.", "")
	y.waits(number, from, urgent)
}

// job is a customer's mail that waits for an answer.
type job struct {
	ticket uint64
	from   string
	urgent bool
	due    time.Time
	left   time.Duration // of the work, once somebody began
}

// waits puts a customer's mail in front of the agents. Whoever is on call takes what
// is urgent, at any hour.
func (y *year) waits(number uint64, from string, urgent bool) {
	j := &job{ticket: number, from: from, urgent: urgent, due: y.ticket(number).PromiseDue, left: y.service()}
	y.open[j] = true
	y.mails++
	if !urgent {
		y.jobs = append(y.jobs, j)
		y.look()
		return
	}
	j.left = min(j.left, 25*time.Minute)
	reaction := time.Duration((2 + y.r.ExpFloat64()*5) * float64(time.Minute))
	y.happens(y.g.clock.Now().Add(reaction+j.left), func() { y.answers(y.agents[0], j) })
}

// service is how long an answer takes: log-normal, 25 minutes in the middle.
func (y *year) service() time.Duration {
	return time.Duration(25 * math.Exp(.8*y.r.NormFloat64()) * float64(time.Minute))
}

func (y *year) ticket(number uint64) (t ticket.Ticket) {
	err := y.g.store.View(func(r store.Reader) (err error) {
		t, err = r.Ticket(number)
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
	return t
}

// yearAgent is somebody who answers.
type yearAgent struct {
	who  string
	cal  *hours.Calendar
	busy bool
}

func (y *year) agent(who, calendar string) *yearAgent {
	return &yearAgent{who: who, cal: y.g.settings.Load().Hours[calendar]}
}

// works reports whether an agent is there.
func (y *year) works(a *yearAgent, at time.Time) bool {
	switch {
	case strings.HasPrefix(a.who, "Ben") && !at.Before(illFrom) && at.Before(illTo):
		return false
	case strings.HasPrefix(a.who, "Eva") && !at.Before(lostFrom):
		return false
	}
	return a.cal.Open(at)
}

// shiftBegins has an agent look what waits when they come.
func (y *year) shiftBegins(a *yearAgent, at time.Time) {
	begin, ok := a.cal.NextOpen(at)
	if !ok {
		y.t.Fatal("a calendar that never opens")
	}
	y.happens(begin, func() {
		y.look()
		end := begin
		for a.cal.Open(end) {
			end = end.Add(30 * time.Minute)
		}
		y.shiftBegins(a, end)
	})
}

// look has everybody who is free take what is due first.
func (y *year) look() {
	now := y.g.clock.Now()
	for _, a := range y.agents {
		if a.busy || !y.works(a, now) || len(y.jobs) == 0 {
			continue
		}
		i := 0
		for k, j := range y.jobs {
			if j.due.Before(y.jobs[i].due) {
				i = k
			}
		}
		j := y.jobs[i]
		y.jobs = slices.Delete(y.jobs, i, i+1)
		a.busy = true
		y.begins(a, j)
	}
}

// begins is an agent at work; what is not done when they go home waits again.
func (y *year) begins(a *yearAgent, j *job) {
	now := y.g.clock.Now()
	done := now.Add(j.left)
	if begun := a.cal.IntervalStart(done); !a.cal.Open(done) || begun.After(now) || !y.works(a, done) {
		stop, _ := a.cal.LastOpen(done)
		if begun.After(now) {
			stop, _ = a.cal.LastOpen(begun.Add(-time.Second))
		}
		stop = laterOf(stop, now)
		y.happens(stop, func() {
			j.left -= stop.Sub(now)
			y.jobs = append(y.jobs, j)
			a.busy = false
		})
		return
	}
	y.happens(done, func() {
		y.answers(a, j)
		rest := time.Duration(y.r.ExpFloat64() * 12 * float64(time.Minute)) // other work
		y.happens(y.g.clock.Now().Add(rest), func() { a.busy = false; y.look() })
	})
}

// answers is an agent pressing reply on the notice.
func (y *year) answers(a *yearAgent, j *job) {
	me := letter.ParseAddress(a.who).Addr
	notice, ok := y.hop.last(me, j.ticket)
	if !ok {
		y.t.Fatalf("%s has no notice of ticket %d", me, j.ticket)
	}
	y.deliver(a.who, notice.replyTo, fmt.Sprintf("Re: #%d", j.ticket), "Hello,\r\n\r\nplease clear the cache and try once more.", notice.id)
	delete(y.open, j)
	if y.r.Float64() < .3 { // the customer has more to say
		after := time.Duration((.3 + y.r.ExpFloat64()*12) * float64(time.Hour))
		y.happens(y.g.clock.Now().Add(after), func() { y.further(j) })
	}
}

// further is a customer's answer to an answer.
func (y *year) further(j *job) {
	answer, ok := y.hop.last(letter.ParseAddress(j.from).Addr, j.ticket)
	if !ok {
		y.t.Fatalf("%s has no answer on ticket %d", j.from, j.ticket)
	}
	number := y.deliver(j.from, answer.replyTo, "Re: Export", "It still does nothing, and now the import fails, too.", answer.id)
	if t := y.ticket(number); t.PromiseIs == string(promise.Open) {
		y.waits(number, j.from, t.Priority == ticket.Urgent)
	}
}

// dayEnds looks each evening whether somebody waits who has no time.
func (y *year) dayEnds(at time.Time) {
	closing, ok := y.cal.Closing(at)
	if ok && closing.After(at) {
		y.happens(closing, y.evening)
	}
	local := at.In(y.cal.Location())
	y.happens(time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, y.cal.Location()), func() { y.dayEnds(y.g.clock.Now()) })
}

func (y *year) evening() {
	now := y.g.clock.Now()
	for j := range y.open {
		if t := y.ticket(j.ticket); t.PromiseIs != string(promise.Open) || !t.Told || !t.PromiseDue.After(now) {
			y.silent++
		}
	}
}
