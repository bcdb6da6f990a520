package store

import (
	"errors"
	"time"

	"supportgw/mailgw/ticket"
)

// TimerKind says what a timer is for.
type TimerKind byte

// The kinds of timers. Those of the first three follow their records; the others
// stand for themselves, and are set by [Tx.PutTimer].
const (
	TimerOutbox  TimerKind = 'o' // Ref is an outgoing row's ID
	TimerPromise TimerKind = 'p' // Ref is a promise's ID
	TimerDrawer  TimerKind = 'd' // Ref is a drawer item's ID
	TimerSender  TimerKind = 's' // Ref is the ID of an accepted mail, whose sender is asked about again
	TimerTicket  TimerKind = 't' // Ref is a ticket's number, which is to be closed, or its customer told so
)

// TimerKinds are all kinds of timers, those that follow their records first.
func TimerKinds() []TimerKind {
	return []TimerKind{TimerOutbox, TimerPromise, TimerDrawer, TimerSender, TimerTicket}
}

// ErrFollows is returned when a timer is set or deleted that follows its record.
var ErrFollows = errors.New("store: a timer of this kind follows its record")

// Alone reports whether timers of a kind stand for themselves.
func (k TimerKind) Alone() bool { return k == TimerSender || k == TimerTicket }

// Timer is a durable alarm.
type Timer struct {
	At   time.Time // kept to the millisecond, rounded down
	Kind TimerKind
	Ref  ticket.ID
	Lane string // of a TimerOutbox: the row's Lane, so that it need not be read; "" for other kinds and in old data
}
