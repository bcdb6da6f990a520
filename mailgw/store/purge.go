package store

import (
	"errors"
	"time"
)

// ErrViewOpen is returned by Purge when a View that began before did not end in
// time. What it can read is still on the disk; Purge again goes on.
var ErrViewOpen = errors.New("store: a reader that began before does not end")

// Purger is a store that can clear its storage of what it does not hold any more.
type Purger interface {
	// Purge removes from the storage every byte of what was deleted or overwritten
	// before it was called, and in no state that a View still reads. Mail is accepted
	// meanwhile. Wherever it is cut short, nothing that the store holds is lost, and
	// calling it again goes on. step, if not nil, is told now and then what is being
	// done, and how much of how much. One Purge runs at a time; others wait for it. What the
	// storage itself keeps aside (a copy-on-write file system, the spare cells of
	// a disk, a backup) is out of its reach.
	//
	// It returns an error with ErrViewOpen when a View does not end, with ErrFull when
	// there is no room for what is written anew, with ErrUnavailable when the storage
	// fails, and another one when something that the store holds could not be read:
	// that is then left as it is, and the rest done. The report is of what was done.
	Purge(step func(what string, done, of uint64)) (PurgeReport, error)
}

// PurgeReport says what a Purge did.
type PurgeReport struct {
	Segments    int           `json:"segments"`     // files of raw mails that had dead bytes, written anew and removed
	Copied      int64         `json:"copied"`       // bytes of mails in them that live on
	Dead        int64         `json:"dead"`         // bytes in them that nobody needs any more
	Pages       uint64        `json:"pages"`        // pages of the database that were unused and not empty, and are now
	LongestHold time.Duration `json:"longest_hold"` // the longest time that arriving mail had to wait at once, in nanoseconds
}
