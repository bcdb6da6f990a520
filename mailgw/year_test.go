package mailgw

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules/hours"
)

var updateYear = flag.Bool("update-year", false, "write the table and the picture of the desk's year into docs")

// TestDeskYear lets a desk live for three weeks, or for a year with MAILGW_YEAR, in
// the real pipeline: mails come as a Poisson process, five people answer, one is
// ill, one leaves for good, a month brings twice as many mails. Promises are
// calibrated; what is asked of them is asked of the ledger and of what left.
func TestDeskYear(t *testing.T) {
	t.Parallel()
	start, end, whole := day(2026, 6, 1), day(2026, 6, 22), os.Getenv("MAILGW_YEAR") != ""
	if whole {
		start, end = yearStart, yearEnd
	}
	begun := time.Now()
	var f *yearFigures
	synctest.Test(t, func(t *testing.T) {
		y := openYear(t, start, end)
		defer y.close()
		y.run()
		f = y.figures()
	})
	t.Logf("%s of real time\n%s", time.Since(begun).Round(time.Second/10), f.table())
	if f.silent > 0 {
		t.Errorf("%d times the day ended for somebody without an answer and without a time", f.silent)
	}
	if f.unannounced > 0 {
		t.Errorf("%d broken promises were not announced before their time: %v", f.unannounced, f.firstUnannounced)
	}
	if f.twice > 0 {
		t.Errorf("%d customers were told twice that one promise breaks", f.twice)
	}
	if len(f.atNight) > 0 {
		t.Errorf("%d mails of the clock came while their reader was at home: %v", len(f.atNight), f.atNight[:min(5, len(f.atNight))])
	}
	if !whole {
		return
	}
	if f.mails < 5000 {
		t.Errorf("%d mails are no year", f.mails)
	}
	if kept := f.steady.share(); kept < .93 {
		t.Errorf("on steady load %.3f of the calibrated promises were kept", kept)
	}
	if f.steady.mean() > f.steadyOracle*1.5 {
		t.Errorf("promised in %.1f h, where %.1f h would do: kept by promising late", f.steady.mean(), f.steadyOracle)
	}
	if *updateYear {
		f.write(t)
	}
}

// tally is what became of promises.
type tally struct {
	made, kept, broken, announced int
	promised                      float64 // the sum of what was promised, in hours of the case's own time
	target                        float64 // what the target would have been
}

func (c *tally) share() float64 { return float64(c.kept) / math.Max(1, float64(c.kept+c.broken)) }
func (c *tally) mean() float64  { return c.promised / math.Max(1, float64(c.made)) }

// yearFigures is what a year came to.
type yearFigures struct {
	mails, tickets, answers, reminders, alarms, later int
	silent, unannounced, twice                        int
	firstUnannounced                                  []string
	atNight                                           []string
	all, first, calibrated, steady                    tally // of told promises: all; without those that were told later; by history
	steadyOracle                                      float64
	months                                            [12]tally
	givenUp                                           int
}

// figures looks at the ledger and at what left.
func (y *year) figures() *yearFigures {
	f := &yearFigures{mails: y.mails, silent: y.silent}
	var rows []promise.Promise
	err := y.g.store.View(func(r store.Reader) error {
		return r.Promises(func(p promise.Promise) bool { rows = append(rows, p); return true })
	})
	if err != nil {
		y.t.Fatal(err)
	}
	f.ofSent(y)
	f.ofLedger(y, rows)
	f.ofOracle(y, rows)
	return f
}

// ofSent counts what left, and finds what came to people who were not there.
func (f *yearFigures) ofSent(y *year) {
	zurich := y.g.settings.Load()
	seen := map[uint64]bool{}
	for _, s := range y.hop.sent {
		if !seen[s.ticket] && s.ticket > 0 {
			seen[s.ticket] = true
			f.tickets++
		}
		switch {
		case s.kind == ticket.Answer:
			f.answers++
		case s.template == wording.TemplateLate:
			f.later++
		case s.template == wording.TemplateSlow:
			f.alarms++
		case s.kind == ticket.Notice && s.template == wording.TemplateNotice: // the customer's mail, as it came in
			continue
		case s.kind == ticket.Notice || s.template == wording.TemplateDue:
			f.reminders++
		}
		if s.kind != ticket.Notice {
			continue
		}
		if cal := readerHours(zurich, s.to); cal != nil && !cal.Open(s.at) && !isEdge(cal, s.at) {
			f.atNight = append(f.atNight, fmt.Sprintf("%s to %s at %s", s.template, s.to, s.at.In(cal.Location()).Format("Mon 2006-01-02 15:04 MST")))
		}
	}
}

// isEdge reports the end of a working stretch, at which a mail that was due within it may leave.
func isEdge(cal *hours.Calendar, at time.Time) bool {
	last, ok := cal.LastOpen(at)
	return ok && at.Sub(last) < time.Minute
}

// readerHours are an agent's own hours, nil for others.
func readerHours(s *settings, addr string) *hours.Calendar {
	a := s.Agent(addr)
	if a == nil {
		return nil
	}
	return s.Hours[cmp.Or(a.Calendar, "zurich")]
}

// ofLedger counts the told promises by what became of them.
func (f *yearFigures) ofLedger(y *year, rows []promise.Promise) {
	laterThan := map[uint64][]*promise.Promise{}
	for i := range rows {
		if p := &rows[i]; p.Late > 0 {
			laterThan[p.Ticket] = append(laterThan[p.Ticket], p)
		}
	}
	for i := range rows {
		p := &rows[i]
		if p.GivenUp {
			f.givenUp++
		}
		if !p.Told || p.Kind != promise.First && p.Kind != promise.Next {
			continue
		}
		announced := 0
		for _, n := range laterThan[p.Ticket] {
			if n.Late == p.Late+1 && n.ID > p.ID && n.MadeAt.Before(p.DueAt) && n.Kind == p.Kind {
				announced++
			}
		}
		if announced > 1 && p.State == promise.Broken && p.Late == 0 {
			announced = f.ofOneWait(laterThan[p.Ticket], p)
		}
		if announced > 1 {
			f.twice++
		}
		c := tally{made: 1, promised: y.length(p.Clock, p.MadeAt, p.DueAt), target: p.Wanted.Hours()}
		switch {
		case p.State == promise.Kept:
			c.kept = 1
		case p.State == promise.Broken:
			c.broken = 1
			if c.announced = min(1, announced); announced == 0 {
				f.unannounced++
				f.firstUnannounced = append(f.firstUnannounced, fmt.Sprintf("ticket %d, %s, due %s, late %d", p.Ticket, p.Kind, p.DueAt.Format(time.RFC3339), p.Late))
			}
		}
		f.all.add(&c)
		if p.Late == 0 {
			f.first.add(&c)
			f.months[p.MadeAt.In(y.cal.Location()).Month()-1].add(&c)
		}
		if p.Calibrated {
			f.calibrated.add(&c)
			if isSteady(p.MadeAt) {
				f.steady.add(&c)
			}
		}
	}
}

// ofOneWait counts those of the later times that were told before the next clock began.
func (f *yearFigures) ofOneWait(later []*promise.Promise, p *promise.Promise) (n int) {
	for _, q := range later {
		if q.Late == 1 && q.MadeAt.Before(p.DueAt) && !q.MadeAt.Before(p.MadeAt) {
			n++
		}
	}
	return n
}

func (c *tally) add(o *tally) {
	c.made += o.made
	c.kept += o.kept
	c.broken += o.broken
	c.announced += o.announced
	c.promised += o.promised
	c.target += o.target
}

// length is the time from one instant to another as a case counts it, in hours.
func (y *year) length(around bool, from, to time.Time) float64 {
	return took(y.cal, around, from, to).Hours()
}

// ofOracle is what somebody would have promised who knew the whole year: for each
// kind of case the time in which 95 of 100 of those on steady load were answered.
func (f *yearFigures) ofOracle(y *year, rows []promise.Promise) {
	type class struct {
		target   time.Duration
		priority ticket.Priority
		kind     promise.Kind
	}
	took := map[class][]float64{}
	made := map[class]int{}
	for i := range rows {
		p := &rows[i]
		if !p.Calibrated || !isSteady(p.MadeAt) || p.State == promise.Withdrawn {
			continue
		}
		c := class{p.Wanted, p.Priority, p.Kind}
		made[c]++
		if !p.KeptAt.IsZero() {
			took[c] = append(took[c], y.length(p.Clock, p.MadeAt, p.KeptAt))
		}
	}
	sum, n := 0.0, 0
	for c, list := range took {
		slices.Sort(list)
		sum += list[min(len(list)-1, int(math.Ceil(quantile*float64(made[c]))))] * float64(made[c])
		n += made[c]
	}
	f.steadyOracle = sum / math.Max(1, float64(n))
}

// table says the figures.
func (f *yearFigures) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d customers' mails on %d tickets, %d answers, %d reminders and pages of the clock, %d alarms that history exceeds the target, %d targets given up\n\n", f.mails, f.tickets, f.answers, f.reminders, f.alarms, f.givenUp)
	b.WriteString("| | promises | kept | kept of 100 | broken | announced before | mean promised | the target's mean |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	line := func(name string, c *tally) {
		if c.made > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d | %.1f | %d | %d | %.1f h | %.1f h |\n", name, c.made, c.kept, 100*c.share(), c.broken, c.announced, c.mean(), c.target/float64(c.made))
		}
	}
	for m := range f.months {
		line(time.Month(m+1).String(), &f.months[m])
	}
	line("**the year**", &f.first)
	line("of these by history", &f.calibrated)
	line("**by history, on steady load**", &f.steady)
	fmt.Fprintf(&b, "\nWhoever had known the year would have promised %.1f h on steady load to keep 95 of 100. Customers were told %d later times; twice about one promise: %d.\nNot announced before: %d. Reminders while their reader was at home: %d. Evenings without an answer and without a time: %d.\n",
		f.steadyOracle, f.later, f.twice, f.unannounced, len(f.atNight), f.silent)
	return b.String()
}

// write puts the table and the picture into the docs.
func (f *yearFigures) write(t *testing.T) {
	t.Helper()
	const begin, end = "<!-- the desk's year: begin -->\n", "<!-- the desk's year: end -->"
	page, err := os.ReadFile("../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/promises.md has no place for the year")
	}
	if err := os.WriteFile("../docs/promises.md", []byte(before+begin+f.table()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../docs/desk-year.svg", []byte(f.picture()), 0o644); err != nil {
		t.Fatal(err)
	}
}
