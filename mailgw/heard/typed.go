package heard

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNoTime is wrapped by the errors of [Time].
var ErrNoTime = errors.New(`write it as "2026-11-27 12:00", "tomorrow 9:00", "fri 15:00" or "in 2h"`)

// maxTyped is how long a typed time may be, in bytes.
const maxTyped = 100

// Time reads a time that was typed as an argument or as a whole reply. A clock
// alone is today if it is still ahead, else an error: an agent who types "9:00"
// in the evening may mean tomorrow, or may have made a mistake. A day alone is the
// end of its working time. A weekday is the next one; today's own name with an hour that
// is still ahead is an error, with one that has passed it is in a week.
// The error is one line that says what to write instead and wraps [ErrNoTime].
func Time(s string, c Context) (time.Time, error) {
	s = strings.TrimSpace(s)
	all, err := loaded()
	if err != nil {
		return time.Time{}, err
	}
	if s == "" || len(s) > maxTyped {
		return time.Time{}, fmt.Errorf("no time was given: %w", ErrNoTime)
	}
	tokens := tokenize(s)
	shown := strings.Join(strings.Fields(s), " ")
	var found time.Time
	why := ""
	for _, l := range order(all, tongue(c.Lang)) {
		m, ok := typed(l, tokens, c)
		switch {
		case !ok:
			continue
		case !m.sure:
			if why == "" {
				why = m.why
			}
		case found.IsZero():
			found = m.at
		case !found.Equal(m.at):
			if tongue(c.Lang) != "" {
				continue
			}
			return time.Time{}, fmt.Errorf("%q means different times in different languages: %w", shown, ErrNoTime)
		}
		if l.tag == tongue(c.Lang) && !m.sure {
			break
		}
	}
	switch {
	case !found.IsZero():
		return found, nil
	case why != "":
		return time.Time{}, fmt.Errorf("%q: %s; %w", shown, why, ErrNoTime)
	}
	return time.Time{}, fmt.Errorf("%q is no time; %w", shown, ErrNoTime)
}

// order puts the language of the words first.
func order(all []*lexicon, first string) []*lexicon {
	out := make([]*lexicon, 0, len(all))
	for _, l := range all {
		if l.tag == first {
			out = append(out, l)
		}
	}
	for _, l := range all {
		if l.tag != first {
			out = append(out, l)
		}
	}
	return out
}

// typed reads all of the words as one time.
func typed(l *lexicon, tokens []token, c Context) (meaning, bool) {
	r := reader{lex: l, items: l.items(tokens, nil), typed: true}
	s, ok := r.span(0)
	if !ok {
		return meaning{}, false
	}
	for i := s.to; i < len(r.items); i++ {
		if !r.items[i].isMark(".!") || i < len(r.items)-1 {
			return meaning{}, false
		}
	}
	if s.prep&(aroundWord|afterWord|ofWord) != 0 {
		return unsure("it says about when, not by when"), true
	}
	m := resolver{now: c.Now, desk: desk{c.Hours, c.Now.Location()}, typed: true}.resolve(&s)
	return m, true
}
