package hours

import (
	"fmt"
	"time"
)

// Segment is one stretch of open time that was counted; intervals that touch
// are one segment.
type Segment struct {
	From time.Time // the first counted instant, in the calendar's zone
	To   time.Time // the instant after the last
}

// Length returns how much open time the segment holds.
func (s Segment) Length() time.Duration { return s.To.Sub(s.From) }

// String shows the segment for people: "Tue 2026-07-14 09:00 to 12:00 CEST (3h0m0s)";
// the end has its own date and zone where they are not those of the start.
func (s Segment) String() string {
	const date, clock = "Mon 2006-01-02 ", "15:04"
	end := clock + " MST"
	fromYear, fromDay := s.From.Year(), s.From.YearDay()
	if s.To.Year() != fromYear || s.To.YearDay() != fromDay {
		end = date + end
	}
	start := date + clock
	if zone, _ := s.From.Zone(); zone != s.To.Format("MST") {
		start += " MST"
	}
	return fmt.Sprintf("%s to %s (%s)", s.From.Format(start), s.To.Format(end), s.Length())
}

// Explain returns the segments that [Calendar.Add] counts from t to come to d,
// in order; the last one ends at Add's result. It returns nil when d is zero or
// less, and when Add fails.
func (c *Calendar) Explain(t time.Time, d time.Duration) []Segment {
	due, ok := c.Add(t, d)
	if !ok || d <= 0 {
		return nil
	}
	t = t.Round(0).In(c.loc)
	if c.always {
		return []Segment{{From: t, To: due}}
	}
	var segments []Segment
	w := c.walkFrom(t.Unix())
	for {
		s, ok := w.nextMerged(due.Unix() + 1)
		from := time.Unix(s.from, 0).In(c.loc)
		if !ok || !from.Before(due) {
			return segments
		}
		to := time.Unix(s.to, 0).In(c.loc)
		if from.Before(t) {
			from = t
		}
		if to.After(due) {
			to = due
		}
		segments = append(segments, Segment{From: from, To: to})
	}
}
