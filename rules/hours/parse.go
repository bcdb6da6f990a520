package hours

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dayMinutes is 24:00, the end of the day, in minutes.
const dayMinutes = 24 * 60

// Interval is a half-open stretch of a local day, in minutes since its 00:00 as
// the clock on the wall shows them; 0 <= From < To <= 1440.
type Interval struct {
	From int // the first open minute
	To   int // the first minute that is closed again; 1440 is 24:00
}

// String returns the form that [ParseInterval] reads, "09:00-17:30".
func (iv Interval) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", iv.From/60, iv.From%60, iv.To/60, iv.To%60)
}

// ParseInterval reads "09:00-17:30"; the end may be "24:00". The error says what
// to write instead.
func ParseInterval(s string) (Interval, error) {
	iv, ok := readInterval(s)
	switch {
	case !ok:
		return Interval{}, fmt.Errorf("%q is not an interval; write \"09:00-17:00\"", s)
	case iv.From == iv.To:
		return Interval{}, fmt.Errorf("%q is empty; write \"00:00-24:00\" for the whole day, or leave it out", s)
	case iv.From > iv.To && iv.To == 0:
		return Interval{}, fmt.Errorf("%q ends before it starts; write \"%v\"", s, Interval{iv.From, dayMinutes})
	case iv.From > iv.To:
		return Interval{}, fmt.Errorf("%q ends before it starts; for a night write \"%v\" on this day and \"%v\" on the next",
			s, Interval{iv.From, dayMinutes}, Interval{0, iv.To})
	case iv.String() != s:
		return Interval{}, fmt.Errorf("%q is not an interval; write \"%v\"", s, iv)
	}
	return iv, nil
}

// readInterval understands more than is allowed ("9-17", "9:00 – 17.30"), so
// that an error can show what was probably meant.
func readInterval(s string) (Interval, bool) {
	s = strings.NewReplacer("–", "-", "—", "-", ".", ":", " ", "").Replace(s)
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return Interval{}, false
	}
	a, okFrom := readClock(from)
	b, okTo := readClock(to)
	return Interval{a, b}, okFrom && okTo
}

// readClock reads "9", "9:30" or "09:30" as minutes of the day, 24:00 included.
func readClock(s string) (int, bool) {
	hour, minute, both := strings.Cut(s, ":")
	h, ok := readDigits(hour, 1)
	m := 0
	if both && ok {
		m, ok = readDigits(minute, 2)
	}
	total := h*60 + m
	return total, ok && m < 60 && total <= dayMinutes
}

// readDigits reads atLeast to two decimal digits and nothing else.
func readDigits(s string, atLeast int) (int, bool) {
	if len(s) < atLeast || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Date is a day of the calendar on the wall, without a zone.
type Date struct {
	Year  int        // from 1 to 9999
	Month time.Month // from 1
	Day   int        // from 1
}

// ErrBadDate is wrapped by [ParseDate] when a text is not a date.
var ErrBadDate = errors.New("is not a date")

// ParseDate reads "2026-12-25"; the day must exist. Its error wraps [ErrBadDate]
// and says what to write instead.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("%q %w; write year, month and day as \"2026-12-25\"", s, ErrBadDate)
	}
	return DateOf(t), nil
}

// DateOf returns the date that t shows in its own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// String returns the form that [ParseDate] reads, "2026-12-25".
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// unixDay returns the days from 1970-01-01 to d.
func (d Date) unixDay() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
}
