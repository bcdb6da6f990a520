package mailgw

import (
	"time"

	"supportgw/rules/hours"
)

// The working time behind a promise.
type (
	// SegmentView is a stretch of working time that was counted.
	SegmentView struct {
		From   time.Time `json:"from"`
		To     time.Time `json:"to"`
		Length string    `json:"length"` // as Go writes durations: "3h0m0s"
		Text   string    `json:"text"`   // all three for people, with the weekday
	}
	// SkippedView is days between the mail and the end of the target on which nothing, or less than
	// usual, was counted.
	SkippedView struct {
		From    string       `json:"from"` // a local date, like 2026-12-25
		To      string       `json:"to"`   // the last one, included
		Why     hours.Reason `json:"why"`
		Holiday *string      `json:"holiday"` // its name; null for others, and for a holiday without a name
		Source  *string      `json:"source"`  // where the holiday comes from: a set, a file, "holidays"
		Text    string       `json:"text"`    // for people
	}
)

// viewHours shows what is counted between two times, and what is left out.
func (v *ExplainView) viewHours(cal *hours.Calendar, from, to time.Time) {
	for _, s := range cal.Explain(from, cal.Between(from, to)) {
		v.Segments = append(v.Segments, SegmentView{s.From, s.To, s.Length().String(), s.String()})
	}
	if len(v.Segments) == 0 {
		return
	}
	for _, s := range cal.Skipped(from, v.Segments[len(v.Segments)-1].To) {
		v.Skipped = append(v.Skipped, SkippedView{s.From.String(), s.To.String(), s.Reason, orNull(s.Holiday.Name), orNull(s.Holiday.Source), s.String()})
	}
}
