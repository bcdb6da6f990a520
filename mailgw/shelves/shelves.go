// Package shelves keeps where mails stand true, and holds in memory those of the shelves
// that somebody looks at.
//
// A [Keeper] belongs to one transaction. It is told of each ticket, entry and drawer item
// that the transaction writes, and before the end writes the places that follow (see
// package view). What it reads and writes for a mail that comes onto a ticket does not grow
// with the ticket, unless the ticket goes to another shelf.
//
// A [Hub] is told, after the commits, what was written, and hands out snapshots of
// shelves that nobody changes.
package shelves

import (
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Tx is what a Keeper needs of a transaction. Its errors are store's.
type Tx interface {
	Ticket(number uint64) (ticket.Ticket, error)
	Entry(id ticket.ID) (ticket.Entry, error)
	Entries(number uint64) ([]ticket.Entry, error)
	TicketPlaces(number uint64) ([]view.Place, error)
	ItemPlaces(id ticket.ID) ([]view.Place, error)
	NewUIDs(n uint32) (first uint32, err error)
	PutPlace(p *view.Place) error
	DeletePlace(shelf string, uid uint32) error
	DeleteShown(ref view.MailRef) error
	DeleteItem(id ticket.ID) error
}

// Write is one write of a place.
type Write struct {
	Place   view.Place // of one that was removed, only Shelf and UID count
	Removed bool
}
