package store

import (
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// PlaceReader is the part of a [Reader] that knows where mails stand.
type PlaceReader interface {
	// Places calls fn for each place on a shelf that has UIDs from one on, in their order, until fn returns false.
	Places(shelf string, from uint32, fn func(view.Place) bool) error
	// TicketPlaces returns the places of a ticket's mails, by shelf and UID.
	TicketPlaces(number uint64) ([]view.Place, error)
	// ItemPlaces returns the places of a mail on no ticket, by shelf and UID.
	ItemPlaces(id ticket.ID) ([]view.Place, error)
	// Shelves calls fn for each shelf whose name begins so, in order of names, with the
	// highest UID that was ever given on it, until fn returns false. A shelf stays when it is empty.
	Shelves(prefix string, fn func(shelf string, top uint32) bool) error
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
	// NewUIDs returns the first of n UIDs that nothing had before. They are used up only if the Update succeeds.
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
	// PutDraft keeps the bytes of a mail on no ticket that only its agent sees, instead of
	// earlier ones, see [Reader.Raw]. It has no receipt.
	PutDraft(id ticket.ID, raw []byte) error
	// DeleteDraft removes its bytes, places, and what is kept about it. None there is no error.
	DeleteDraft(id ticket.ID) error
}
