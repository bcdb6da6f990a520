package notify

import (
	"fmt"
	"time"
)

// Span is a time of the day, in minutes since 00:00 of the clock on the wall, its end
// not included. One whose end is before its start goes on over MinutesOfDay.
type Span struct {
	// From is the first minute, 0 to 1439.
	From int
	// To is the first minute behind it, 0 to 1440.
	To int
}

// MinutesOfDay are those of a day on a clock on the wall.
const MinutesOfDay = 24 * 60

// Mark marks the minutes of the day that the span has.
func (s Span) Mark(minutes *[MinutesOfDay]bool) {
	for m := range minutes {
		minutes[m] = minutes[m] || s.holds(m)
	}
}

// ParseSpan reads "22:00-07:00". The error says what to write instead.
func ParseSpan(s string) (Span, error) {
	var a, b, c, d int
	n, err := fmt.Sscanf(s, "%d:%d-%d:%d", &a, &b, &c, &d)
	span := Span{60*a + b, 60*c + d}
	switch {
	case n != 4 || err != nil || span.String() != s || min(a, b, c, d) < 0 || max(b, d) > 59 || a > 23 || span.To > MinutesOfDay:
		return Span{}, fmt.Errorf("%q is no time of the day; write it like \"22:00-07:00\"", s)
	case span.From == span.To || span.From == 0 && span.To == MinutesOfDay:
		return Span{}, fmt.Errorf("%q would leave no time for any notice; write it like \"22:00-07:00\"", s)
	}
	return span, nil
}

// String is the form that [ParseSpan] reads.
func (s Span) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60)
}

// holds reports whether a minute of the day is in the span.
func (s Span) holds(minute int) bool {
	if s.From < s.To {
		return s.From <= minute && minute < s.To
	}
	return minute >= s.From || minute < s.To
}

// end is the first instant behind the span after t, which lies in it.
func (s Span) end(t time.Time) time.Time {
	day := t.Day()
	if s.From > s.To && t.Hour()*60+t.Minute() >= s.From {
		day++
	}
	return time.Date(t.Year(), t.Month(), day, 0, s.To, 0, 0, t.Location())
}

// zone is where the person's day is.
func (p *Person) zone() *time.Location {
	if p.Hours == nil {
		return time.UTC
	}
	return p.Hours.Location()
}

// maxTurns bounds how often working time and quiet time send a notice on to each
// other: hours that are all quiet never let one through.
const maxTurns = 20

// next is the first time from t on at which something may come; t itself when there is
// none.
func (p *Person) next(t time.Time) time.Time {
	at := t
	for range maxTurns {
		was := at
		if p.Working && p.Hours != nil {
			open, ok := p.Hours.NextOpen(at)
			if !ok {
				return t
			}
			at = open
		}
		local := at.In(p.zone())
		for _, q := range p.Quiet {
			if q.holds(local.Hour()*60 + local.Minute()) {
				at = q.end(local)
				local = at
			}
		}
		if at.Equal(was) {
			return at
		}
	}
	return t
}

// quarter is the grid on which lists leave.
const quarter = 15 * time.Minute

// slot is when the next list after t leaves; t itself when there is none.
func (p *Person) slot(t time.Time) time.Time {
	every := max(p.Every.Round(quarter), quarter)
	local := t.In(p.zone())
	for day := range 2 * maxTurns {
		from, to, ok := p.day(time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, local.Location()))
		if !ok {
			continue
		}
		for at := roundUp(from); at.Before(to); at = at.Add(every) {
			if free := p.next(at); free.After(t) {
				return free
			}
		}
	}
	return p.next(t)
}

// day is the working day around noon, or the whole day of who is told at any hour.
func (p *Person) day(noon time.Time) (from, to time.Time, ok bool) {
	if !p.Working || p.Hours == nil {
		from = time.Date(noon.Year(), noon.Month(), noon.Day(), 0, 0, 0, 0, noon.Location())
		return from, time.Date(noon.Year(), noon.Month(), noon.Day()+1, 0, 0, 0, 0, noon.Location()), true
	}
	from, ok = p.Hours.Opening(noon)
	to, _ = p.Hours.Closing(noon)
	return from, to, ok
}

// roundUp is the first quarter of an hour from t on, as zones of whole quarters show it.
func roundUp(t time.Time) time.Time {
	if down := t.Truncate(quarter); down.Before(t) {
		return down.Add(quarter)
	}
	return t
}

// Says is in words when a person is told, for who checks a configuration.
func (p *Person) Says() string {
	out := "each thing at once"
	if p.Digest {
		out = fmt.Sprintf("all in a list every %s", short(max(p.Every.Round(quarter), quarter)))
	}
	if p.Working {
		out += ", in working time"
	} else {
		out += ", at any hour"
	}
	for _, q := range p.Quiet {
		out += ", quiet " + q.String()
	}
	if p.OnlyMine {
		out += ", only their own tickets"
	}
	if p.From > 0 {
		out += ", from priority " + priorities[min(p.From, len(priorities)-1)] + " on"
	}
	return out
}

// priorities are the words by rank.
var priorities = [...]string{"low", "normal", "high", "urgent"}

// short writes a duration without what is zero: "2h", "1h30m", "45m".
func short(d time.Duration) string {
	switch h, m := int(d/time.Hour), int(d%time.Hour/time.Minute); {
	case m == 0:
		return fmt.Sprintf("%dh", h)
	case h == 0:
		return fmt.Sprintf("%dm", m)
	default:
		return fmt.Sprintf("%dh%dm", h, m)
	}
}
