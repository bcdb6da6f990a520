package customer

import (
	"encoding/binary"
	"slices"
	"time"
)

// How many days back things count, the day itself among them. Days are those of UTC.
const (
	historyDays = 90 // broken promises, tickets opened again
	mailDays    = 7
)

// historyForm is the first byte of a written History, maxHistoryDays the most days that it has.
const (
	historyForm    = 1
	maxHistoryDays = historyDays + 2
)

// History is how it went with a customer lately: counts by day, and how long they
// last waited for an answer. The zero value has nothing. Written it takes some ten
// bytes, and never more than 2 KiB, however much happens.
type History struct {
	days   []daily // ascending
	last   Wait    // of the last two tickets that were answered
	before Wait
}

// daily is what happened on one day.
type daily struct {
	day                     uint64 // since 1970
	broken, reopened, mails uint64
}

// Counts is what History counts.
type Counts struct {
	// BrokenPromises is how many times that they were told have passed without an answer, in 90 days.
	BrokenPromises int
	// Reopened is how many times a ticket of theirs was opened again by their words, in 90 days.
	Reopened int
	// Mails is how many mails they wrote in 7 days.
	Mails int
}

// Wait is how long somebody waited for an answer.
type Wait struct {
	// Ticket is its number; 0: there is none.
	Ticket uint64
	// Took is from their mail to our answer: the longest on the ticket, in whole seconds.
	Took time.Duration
	// Late says that a time they had been told had passed.
	Late bool
}

// ReadHistory reads what [History.Append] wrote. What is of another form has nothing.
func ReadHistory(b []byte) History {
	var h History
	if len(b) == 0 || b[0] != historyForm {
		return h
	}
	r := numbers{rest: b[1:]}
	for n := min(r.next(), maxHistoryDays); n > 0; n-- {
		h.days = append(h.days, daily{r.next(), r.next(), r.next(), r.next()})
	}
	h.last, h.before = r.wait(), r.wait()
	if r.bad || len(r.rest) > 0 || !slices.IsSortedFunc(h.days, byDay) {
		return History{}
	}
	return h
}

func byDay(a, b daily) int { return int(int64(a.day) - int64(b.day)) }

// Append writes the history behind b.
func (h *History) Append(b []byte) []byte {
	b = binary.AppendUvarint(append(b, historyForm), uint64(len(h.days)))
	for _, d := range h.days {
		for _, n := range [...]uint64{d.day, d.broken, d.reopened, d.mails} {
			b = binary.AppendUvarint(b, n)
		}
	}
	for _, w := range [...]Wait{h.last, h.before} {
		late := uint64(0)
		if w.Late {
			late = 1
		}
		b = binary.AppendUvarint(b, w.Ticket)
		b = binary.AppendUvarint(b, uint64(w.Took/time.Second)<<1|late)
	}
	return b
}

// numbers reads what Append writes.
type numbers struct {
	rest []byte
	bad  bool
}

func (r *numbers) next() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 1<<50 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *numbers) wait() Wait {
	ticket, took := r.next(), r.next()
	return Wait{Ticket: ticket, Took: time.Duration(min(took>>1, 1<<32)) * time.Second, Late: took&1 == 1}
}

// today returns the day of a time, made when it is not there; what counts no more is dropped.
func (h *History) today(now time.Time) *daily {
	day := dayNumber(now)
	for i := range h.days {
		if h.days[i].day+mailDays <= day {
			h.days[i].mails = 0
		}
	}
	h.days = slices.DeleteFunc(h.days, func(d daily) bool {
		return d.day+historyDays <= day || d.day != day && d.broken+d.reopened+d.mails == 0
	})
	i, there := slices.BinarySearchFunc(h.days, daily{day: day}, byDay)
	if !there {
		h.days = slices.Insert(h.days, i, daily{day: day})
	}
	if len(h.days) > maxHistoryDays { // a clock that was wrong
		h.days = slices.Delete(h.days, len(h.days)-1, len(h.days))
		i = min(i, len(h.days)-1)
	}
	return &h.days[i]
}

func dayNumber(t time.Time) uint64 { return uint64(max(0, t.Unix())) / (24 * 60 * 60) }

// Broke counts that a promise was broken.
func (h *History) Broke(now time.Time) { h.today(now).broken++ }

// Reopened counts that a ticket was opened again.
func (h *History) Reopened(now time.Time) { h.today(now).reopened++ }

// Wrote counts a mail.
func (h *History) Wrote(now time.Time) { h.today(now).mails++ }

// Answered notes how long somebody waited on a ticket.
func (h *History) Answered(w Wait) {
	if w.Took = max(0, w.Took.Truncate(time.Second)); h.last.Ticket == w.Ticket {
		h.last.Took, h.last.Late = max(h.last.Took, w.Took), h.last.Late || w.Late
		return
	}
	h.before, h.last = h.last, w
}

// Counts are the counts as of now.
func (h *History) Counts(now time.Time) (c Counts) {
	day := dayNumber(now)
	for _, d := range h.days {
		if d.day > day || d.day+historyDays <= day {
			continue
		}
		c.BrokenPromises += int(d.broken)
		c.Reopened += int(d.reopened)
		if d.day+mailDays > day {
			c.Mails += int(d.mails)
		}
	}
	return c
}

// Since reports whether anything was counted on a day behind that of a time.
func (h *History) Since(t time.Time) bool {
	return len(h.days) > 0 && h.days[len(h.days)-1].day > dayNumber(t)
}

// Waited is the wait on the last ticket but this one; ok is false when there is none.
func (h *History) Waited(but uint64) (w Wait, ok bool) {
	if w = h.last; w.Ticket == but {
		w = h.before
	}
	return w, w.Ticket != 0
}

// Add adds another customer's history, who turned out to be the same.
func (h *History) Add(o *History) {
	h.combine(o, func(a, b uint64) uint64 { return a + b })
	for _, w := range [...]Wait{o.before, o.last} {
		switch {
		case w.Ticket == 0 || w.Ticket == h.last.Ticket || w.Ticket == h.before.Ticket:
		case w.Ticket > h.last.Ticket:
			h.before, h.last = h.last, w
		case w.Ticket > h.before.Ticket:
			h.before = w
		}
	}
}

// Subtract takes it away again. Where less is there, nothing is left.
func (h *History) Subtract(o *History) {
	h.combine(o, func(a, b uint64) uint64 { return a - min(a, b) })
	h.days = slices.DeleteFunc(h.days, func(d daily) bool { return d.broken+d.reopened+d.mails == 0 })
	own := func(w Wait) bool { return w.Ticket != 0 && w.Ticket != o.last.Ticket && w.Ticket != o.before.Ticket }
	if !own(h.before) {
		h.before = Wait{}
	}
	if !own(h.last) {
		h.last, h.before = h.before, Wait{}
	}
}

func (h *History) combine(o *History, with func(a, b uint64) uint64) {
	for _, d := range o.days {
		i, there := slices.BinarySearchFunc(h.days, d, byDay)
		if !there {
			h.days = slices.Insert(h.days, i, daily{day: d.day})
		}
		mine := &h.days[i]
		mine.broken, mine.reopened, mine.mails = with(mine.broken, d.broken), with(mine.reopened, d.reopened), with(mine.mails, d.mails)
	}
	if extra := len(h.days) - maxHistoryDays; extra > 0 {
		h.days = slices.Delete(h.days, 0, extra)
	}
}
