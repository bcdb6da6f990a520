package storetest

import (
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func (m *model) PutTimer(kind store.TimerKind, ref ticket.ID, at time.Time) error {
	if !kind.Alone() {
		return store.ErrFollows
	}
	m.alone[timerAlone(kind, ref, at)] = true
	return nil
}

func (m *model) DeleteTimer(kind store.TimerKind, ref ticket.ID, at time.Time) error {
	if !kind.Alone() {
		return store.ErrFollows
	}
	x := timerAlone(kind, ref, at)
	if !m.alone[x] {
		return store.ErrNotFound
	}
	delete(m.alone, x)
	return nil
}

// timerAlone is a timer as it is kept: to the millisecond, in one zone.
func timerAlone(kind store.TimerKind, ref ticket.ID, at time.Time) store.Timer {
	return store.Timer{At: time.UnixMilli(at.UnixMilli()).UTC(), Kind: kind, Ref: ref}
}
