package config

import (
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// Target is within what time the level wants a thing done for a ticket of a
// priority: the first or the next answer, an update, the resolution. ok is false
// when it has no such clock.
func (l *Level) Target(kind promise.Kind, priority ticket.Priority) (t promise.Target, ok bool) {
	if priority == ticket.Urgent {
		if t.Answer = l.Urgent.of(kind); t.Answer == 0 && (kind == promise.First || kind == promise.Next) {
			t.Answer = l.UrgentAnswer
		}
		if t.Answer > 0 {
			t.AroundTheClock = true
			return t, true
		}
	}
	own := Targets{FirstAnswer: l.FirstAnswer, NextAnswer: l.NextAnswer, Update: l.Update, Resolution: l.Resolution}
	switch priority {
	case ticket.Low:
		t.Answer = l.Low.of(kind)
	case ticket.High:
		t.Answer = l.High.of(kind)
	}
	if t.Answer == 0 {
		t.Answer = own.of(kind)
	}
	if t.Answer == 0 && kind == promise.Next {
		return l.Target(promise.First, priority)
	}
	return t, t.Answer > 0
}

// of is the target of a kind; 0 when there is none.
func (t *Targets) of(kind promise.Kind) time.Duration {
	switch kind {
	case promise.First:
		return t.FirstAnswer
	case promise.Next:
		return t.NextAnswer
	case promise.Update:
		return t.Update
	case promise.Resolution:
		return t.Resolution
	}
	return 0
}
