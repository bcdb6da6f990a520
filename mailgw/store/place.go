package store

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Errors of places.
var (
	// ErrNoUIDs is returned when all UIDs are given: there are 2^32 - 1 (RFC 9051 §2.3.1.1).
	ErrNoUIDs = errors.New("store: all UIDs are given")
	// ErrPlace is returned for a place that no mail can have.
	ErrPlace = errors.New("store: not a place")
	// ErrRef is returned for a [view.MailRef] that names no mail and no ticket.
	ErrRef = errors.New("store: names no mail")
)

// CheckPlace returns an error with ErrPlace unless p can be written. Engines ask it before they write.
func CheckPlace(p *view.Place) error {
	switch {
	case p.Shelf == "" || strings.Contains(p.Shelf, "\x00"):
		return fmt.Errorf("%w: shelf %q", ErrPlace, p.Shelf)
	case p.UID == 0 || p.Count == 0 || p.Count-1 > math.MaxUint32-p.UID:
		return fmt.Errorf("%w: %d UIDs from %d on", ErrPlace, p.Count, p.UID)
	case p.Item != 0 && (p.Ticket != 0 || p.Seq != 0 || p.Count != 1):
		return fmt.Errorf("%w: item %s with ticket %d, entry %d, %d UIDs", ErrPlace, p.Item, p.Ticket, p.Seq, p.Count)
	case p.Item == 0 && (p.Ticket == 0 || p.Seq == 0 || p.Count-1 > math.MaxUint32-p.Seq):
		return fmt.Errorf("%w: %d entries from %d on of ticket %d", ErrPlace, p.Count, p.Seq, p.Ticket)
	}
	return nil
}

// PlaceReader is the part of a [Reader] that knows where mails stand.
type PlaceReader interface {
	// Places calls fn for each place on a shelf that has UIDs from one on, in their order,
	// until fn returns false. The first may have UIDs before that too.
	Places(shelf string, from uint32, fn func(view.Place) bool) error
	// TicketPlaces returns the places of a ticket's mails, by shelf and UID.
	TicketPlaces(number uint64) ([]view.Place, error)
	// ItemPlaces returns the places of a mail on no ticket, by shelf and UID.
	ItemPlaces(id ticket.ID) ([]view.Place, error)
	// Shelves calls fn for each shelf whose name begins so, in order of names, with the
	// highest UID that was ever given on it, until fn returns false. A shelf stays when it is empty.
	Shelves(prefix string, fn func(shelf string, top uint32) bool) error
	// LastUID is the highest UID that was ever given, 0 before the first.
	LastUID() (uint32, error)
	// PlaceVersion counts the Updates that wrote places: each of them adds one.
	PlaceVersion() (uint64, error)
	// Shown returns what is kept about a mail as it is shown, or ErrNotFound.
	Shown(ref view.MailRef) ([]byte, error)
	// ShownFrom calls fn for what is kept about a ticket's mails as they are shown, from
	// an entry on, in their order, until fn returns false. fn must not keep value.
	ShownFrom(number uint64, seq uint32, fn func(seq uint32, value []byte) bool) error
	// Marks calls fn for what an agent has marked, ticket by ticket in order of their
	// numbers, then mails on no ticket, until fn returns false. fn must not keep value.
	Marks(agent string, fn func(of view.MailRef, value []byte) bool) error
	// MarksOf returns what an agent has marked on one ticket (Seq is 0), or on a mail on none; nil for nothing.
	MarksOf(agent string, of view.MailRef) ([]byte, error)
}

// PlaceTx is the part of a [Tx] that says where mails stand.
type PlaceTx interface {
	// NewUIDs returns the first of n UIDs, at least one, that nothing had before. They are used
	// up only if the Update succeeds. It returns [ErrNoUIDs] when there are not so many left.
	NewUIDs(n uint32) (first uint32, err error)
	// PutPlace writes a place under its shelf and UID, instead of an earlier one.
	PutPlace(p *view.Place) error
	// DeletePlace removes a place. It returns ErrNotFound when there is none.
	DeletePlace(shelf string, uid uint32) error
	// PutShown keeps what is to stay as it is about a mail as it is shown.
	PutShown(ref view.MailRef, value []byte) error
	// DeleteShown forgets it: of a ticket (Seq is 0) of all its mails. None there is no error.
	DeleteShown(ref view.MailRef) error
	// PutMarks keeps what an agent has marked on one ticket (Seq is 0), or on a mail on none; nil forgets it.
	PutMarks(agent string, of view.MailRef, value []byte) error
	// DeleteItem removes the places of a mail on no ticket, what is kept about it as it is
	// shown, and what agents marked on it. None there is no error.
	DeleteItem(id ticket.ID) error
	// PutDraft keeps the bytes of a mail on no ticket that only its agent sees, instead of
	// earlier ones, see [Reader.Raw]. It has no receipt: with one it returns [ErrExists].
	PutDraft(id ticket.ID, raw []byte) error
	// DeleteDraft is DeleteItem, and removes its bytes. It returns [ErrExists] for a mail with a receipt.
	DeleteDraft(id ticket.ID) error
}
