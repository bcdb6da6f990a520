package heard

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	simplePromise = regexp.MustCompile(`(?i)\b(?:i|we)(?:'ll| will) [^.?!\n]*?\bby ((\d{1,2}) ?(am|pm))\b`)
	simpleNeed    = regexp.MustCompile(`(?i)\b(?:i|we) need [^.?!\n]*?\bby ((\d{1,2}) ?(am|pm))\b`)
	simpleTime    = regexp.MustCompile(`(?i)^((\d{1,2}) ?(am|pm))$`)
)

// Promises finds the times that an agent's new words promise.
func Promises(text string, c Context) []Promise { return simple(simplePromise, text, c) }

// Needs finds the times by which a customer's words need something.
func Needs(text string, c Context) []Promise { return simple(simpleNeed, text, c) }

func simple(re *regexp.Regexp, text string, c Context) []Promise {
	var out []Promise
	for _, m := range re.FindAllStringSubmatchIndex(text, 20) {
		at, ok := clockToday(text[m[4]:m[5]], text[m[6]:m[7]], c.Now)
		p := Promise{Words: text[m[0]:min(m[1], m[0]+200)], Start: m[2], End: m[3], At: at, Sure: ok, Why: "today, " + text[m[2]:m[3]]}
		if !ok {
			p.Why = "that time has passed today"
		}
		out = append(out, p)
	}
	return out
}

func clockToday(hour, half string, now time.Time) (time.Time, bool) {
	h, err := strconv.Atoi(hour)
	if err != nil || h < 1 || h > 12 {
		return time.Time{}, false
	}
	h %= 12
	if strings.EqualFold(half, "pm") {
		h += 12
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), h, 0, 0, 0, now.Location())
	return at, at.After(now)
}

// ErrNoTime is wrapped by [Time] when a text is no time that it understands.
var ErrNoTime = errors.New(`is no time; write it as "2026-11-27 12:00", "tomorrow 9:00" or "in 2h"`)

// Time reads a time that was typed as an argument or as a whole reply.
func Time(s string, c Context) (time.Time, error) {
	m := simpleTime.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return time.Time{}, ErrNoTime
	}
	at, ok := clockToday(m[2], m[3], c.Now)
	if !ok {
		return time.Time{}, ErrNoTime
	}
	return at, nil
}
