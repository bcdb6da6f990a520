package bolt

import (
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func (t *tx) PutTimer(kind store.TimerKind, ref ticket.ID, at time.Time) error {
	if !kind.Alone() {
		return store.ErrFollows
	}
	return t.putBytes(inTimer, timerKey(store.Timer{At: at, Kind: kind, Ref: ref}), []byte{})
}

func (t *tx) DeleteTimer(kind store.TimerKind, ref ticket.ID, at time.Time) error {
	if !kind.Alone() {
		return store.ErrFollows
	}
	key := timerKey(store.Timer{At: at, Kind: kind, Ref: ref})
	if t.bucket(inTimer).Get(key) == nil {
		return store.ErrNotFound
	}
	return t.delete(inTimer, key)
}
