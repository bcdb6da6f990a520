// Package store is the one interface to what the gateway keeps: tickets, their
// entries and events, the receipts of accepted mails with their raw bytes, the
// rows that wait to leave, what waits for a person, timers, promises, and the
// counters of the outcomes.
//
// It holds the contract; engines live below it (store/bolt) and pass the suite in
// store/storetest. It decides nothing: what belongs together is written in one
// Update by the pipeline in package mailgw.
//
// Durability: when Update returns nil, everything that its function wrote is on
// stable storage, raw bytes included. When it returns an error, nothing of it is
// there, nor will it be. An engine that loses its storage fails every Update
// with [ErrUnavailable] or [ErrFull] until the storage works again, and then goes
// on without a restart.
//
// All methods of a Store may be called from many goroutines. A Reader or Tx
// belongs to the function that it was handed to, for as long as that runs.
package store

import (
	"errors"
	"fmt"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// Errors of looking up.
var (
	// ErrNotFound is returned when the store has nothing under a number or id.
	ErrNotFound = errors.New("store: not found")
	// ErrExists is returned when an id that must be new is already taken.
	ErrExists = errors.New("store: id is taken")
)

// KeyTaken is the error of a customer with a key that another one has.
type KeyTaken struct {
	Key customer.Key
	By  uint64 // the other customer's ID
}

// Error says which key, and who has it.
func (e *KeyTaken) Error() string {
	return fmt.Sprintf("store: %q is customer %d's already", e.Key.Text, e.By)
}

// Unwrap makes it an ErrExists.
func (e *KeyTaken) Unwrap() error { return ErrExists }

// ErrRange is returned for ranges that are not in order, overlap, or lie outside of the mail.
var ErrRange = errors.New("store: a range that is not of the mail")

// Errors of the storage.
var (
	// ErrFull is returned when the disk or a quota is full. The mail's sender keeps it.
	ErrFull = errors.New("store: no space left")
	// ErrUnavailable is returned when the storage failed to write or sync, and until it works again.
	ErrUnavailable = errors.New("store: storage does not work")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("store: closed")
	// ErrLocked is returned by an engine's Open when another process has the store open.
	ErrLocked = errors.New("store: in use by another process")
)

// Class is how urgent an Update is.
type Class int

// The classes. Arriving mail goes first; the rest shares the commits that it leaves room in.
const (
	Intake Class = iota
	Background
)

// Store keeps what the gateway must not lose.
type Store interface {
	// View runs fn on one consistent, committed state. fn must not wait for an
	// Update: one that meets a failing storage waits for all Views to end.
	View(fn func(Reader) error) error
	// Update runs fn and returns when its writes are durable. Many updates
	// may share one commit, in which each sees the writes of those before it.
	// fn may run more than once and must assign its results, not add to them.
	// An error or panic of fn undoes fn alone, and is returned. fn must not
	// call View or Update, nor end its goroutine (as a test's Fatal does).
	Update(class Class, fn func(Tx) error) error
	// Close ends what is under way and releases the storage.
	Close() error
}

// Clue is what a mail left by which later mails may find it.
type Clue struct {
	Kind byte      // what sort of thing Key is made of, see threading.ClueKind
	Key  [16]byte  // what a later mail looks for
	ID   ticket.ID // of the mail's receipt and entry
}

// Range is some of a mail's bytes.
type Range struct {
	Start int // of the first byte, from 0
	End   int // behind the last byte
}

// CheckRanges returns an error with ErrRange unless ranges lie in a mail of a size,
// in order and apart. They may touch and may be empty. Engines ask it before they write.
func CheckRanges(size int, ranges []Range) error {
	last := 0
	for _, r := range ranges {
		if r.Start < last || r.End < r.Start || r.End > size {
			return fmt.Errorf("%w: %d to %d, after %d, of %d bytes", ErrRange, r.Start, r.End, last, size)
		}
		last = r.End
	}
	return nil
}

// Reader looks at one consistent state. Values that it returns are the caller's.
// A function that is called for each of several things must not write.
type Reader interface {
	PlaceReader
	// Ticket returns a ticket, or ErrNotFound.
	Ticket(number uint64) (ticket.Ticket, error)
	// Tickets calls fn for each ticket with a number below before, highest
	// first (before 0: from the newest on), until fn returns false.
	Tickets(before uint64, fn func(ticket.Ticket) bool) error
	// Entries returns a ticket's entries in order.
	Entries(number uint64) ([]ticket.Entry, error)
	// LastEntries returns a ticket's last entries with an ID below before (0:
	// all), newest first, at most limit. Its work does not grow with the
	// ticket's other entries.
	LastEntries(number uint64, before ticket.ID, limit int) ([]ticket.Entry, error)
	// Entry returns an entry by its ID, or ErrNotFound.
	Entry(id ticket.ID) (ticket.Entry, error)
	// Events returns a ticket's events in order.
	Events(number uint64) ([]ticket.Event, error)
	// Receipt returns the record of an accepted mail, or ErrNotFound.
	Receipt(id ticket.ID) (ticket.Receipt, error)
	// ReceiptsByMessageID returns the records of the mails with this
	// Message-ID (without brackets), oldest first, at most limit.
	ReceiptsByMessageID(messageID string, limit int) ([]ticket.Receipt, error)
	// Repeated returns the first receipt with this Message-ID, author and hash of
	// the content, which a mail with the same three repeats, or ErrNotFound.
	// Its work does not grow with the mails that share the Message-ID.
	Repeated(messageID, author string, hash []byte) (ticket.Receipt, error)
	// ErasedSame returns the first receipt of an erased mail whose [ticket.Erased] has
	// this Same, which a mail with that hash repeats, or ErrNotFound.
	ErasedSame(same []byte) (ticket.Receipt, error)
	// ErasedByMessageID returns the receipts of the erased mails whose [ticket.Erased]
	// has this MessageID, oldest first, at most limit.
	ErasedByMessageID(hash []byte, limit int) ([]ticket.Receipt, error)
	// Receipts calls fn for each receipt in order of ID until fn returns false.
	Receipts(fn func(ticket.Receipt) bool) error
	// Raw returns the bytes of an accepted mail as they were kept, or ErrNotFound.
	Raw(id ticket.ID) ([]byte, error)
	// Outgoing returns a row that waits to leave, or ErrNotFound.
	Outgoing(id ticket.ID) (ticket.Outgoing, error)
	// OutgoingRows calls fn for each waiting row in order of ID until fn returns false.
	OutgoingRows(fn func(ticket.Outgoing) bool) error
	// Timers calls fn for each timer of a kind that is due at until or earlier,
	// earliest first, until fn returns false.
	Timers(kind TimerKind, until time.Time, fn func(Timer) bool) error
	// Promise returns a row of the ledger, or ErrNotFound.
	Promise(id ticket.ID) (promise.Promise, error)
	// Promises calls fn for each row of the ledger in order of ID until fn returns false.
	Promises(fn func(promise.Promise) bool) error
	// TicketPromises returns a ticket's promises in order of ID, none when there is no such ticket.
	TicketPromises(number uint64) ([]promise.Promise, error)
	// DrawerItem returns what waits for a person under an ID, or ErrNotFound.
	DrawerItem(id ticket.ID) (ticket.DrawerItem, error)
	// DrawerItems calls fn for each thing that waits for a person, in order of
	// ID, until fn returns false.
	DrawerItems(fn func(ticket.DrawerItem) bool) error
	// Clues returns the ids of the mails that left a clue (see [Tx.PutClue]), newest
	// first, at most limit. Its work does not grow with those beyond the limit.
	Clues(kind byte, key [16]byte, limit int) ([]ticket.ID, error)
	// AllClues calls fn for each clue, in order of kind, key and id, until fn returns false.
	AllClues(fn func(Clue) bool) error
	// Customer returns a customer, also one that was merged into another, or ErrNotFound.
	Customer(id uint64) (customer.Customer, error)
	// Customers calls fn for each customer with an ID above after, in order, until
	// fn returns false.
	Customers(after uint64, fn func(customer.Customer) bool) error
	// CustomerBy returns the ID of the customer that has a key, or ErrNotFound.
	CustomerBy(k customer.Key) (uint64, error)
	// CustomersVersion counts the writes of customers.
	CustomersVersion() (uint64, error)
	// CustomersSince calls fn for each customer that was written after a version, in
	// the order in which they were last written, until fn returns false.
	CustomersSince(version uint64, fn func(id uint64) bool) error
	// CustomerEvents returns a customer's events in order.
	CustomerEvents(id uint64) ([]customer.Event, error)
	// OpenTickets calls fn for the number, above after, of each ticket of a customer that
	// is not closed, in order, until fn returns false. Those of customer 0 are all of
	// which it is not certain whose they are, see [ticket.Ticket.Unsure]. Its work does
	// not grow with other tickets.
	OpenTickets(customer, after uint64, fn func(number uint64) bool) error
	// Assigned counts the tickets that are assigned to an agent and not closed, at most so
	// many. Case in the address does not count. Its work does not grow with others' tickets.
	Assigned(agent string, most int) (int, error)
	// Unreachable returns what is known of an address that mail does not reach, or ErrNotFound.
	Unreachable(address string) (ticket.Unreachable, error)
	// AllUnreachable calls fn for each such address, in order, until fn returns false.
	AllUnreachable(fn func(ticket.Unreachable) bool) error
	// Counts returns how many mails ended in each outcome; outcomes without a mail may be absent.
	Counts() (map[ticket.Outcome]uint64, error)
	// LastID returns the greatest ID of any receipt, row, drawer item or draft, zero for an empty store.
	LastID() (ticket.ID, error)
	// Meta returns a small named value, nil when there is none.
	Meta(name string) ([]byte, error)
}

// Tx is a Reader that can write. What it reads includes what it wrote. It keeps
// nothing that it is given. An error of the storage fails the Update, whatever
// its function makes of it.
type Tx interface {
	Reader
	PlaceTx
	// NewTicketNumber returns the next number; it is used up only if the Update succeeds.
	NewTicketNumber() (uint64, error)
	// PutTicket writes a ticket under its number.
	PutTicket(t *ticket.Ticket) error
	// PutEntry writes an entry under its ticket and ID.
	PutEntry(e *ticket.Entry) error
	// PutEvents writes events of one ticket that happened together. They are
	// kept under the first one's ID, which must be new to the ticket.
	PutEvents(events []ticket.Event) error
	// PutReceipt writes the record of an accepted mail, indexes its
	// Message-ID and counts its outcome. It returns ErrExists when the ID is taken.
	PutReceipt(r *ticket.Receipt) error
	// MoveEntry puts an entry on another ticket, as that one's entry number seq, and
	// with it the receipt of its mail, when it has one. How many entries each ticket
	// says to have is the caller's to write. It returns ErrNotFound when there is no such entry.
	MoveEntry(id ticket.ID, to uint64, seq uint32) error
	// MoveReceipt gives an accepted mail another outcome and ticket, and counts it
	// there instead. It returns ErrNotFound when there is no such receipt.
	MoveReceipt(id ticket.ID, outcome ticket.Outcome, number uint64) error
	// EraseMail leaves of an accepted mail's receipt its ID, At, Outcome, Ticket, Original
	// and keyed, by which it is found from now on, and removes its bytes, what [PlaceTx.PutShown]
	// kept of it, its rows in the indexes and the timers of its sender. The counts stay. Its
	// entry, clues, drawer item, places and rows are the caller's, and so are its duplicates. It
	// returns ErrNotFound when there is no such receipt, and does nothing to one that is erased.
	// The old bytes are on the disk until [Purger.Purge]. Its work grows with the timers of all senders, which are those of the last hour.
	EraseMail(id ticket.ID, keyed ticket.Erased) error
	// DeleteClues removes clues. One that is not there is no error.
	DeleteClues(clues []Clue) error
	// ReplaceEvents writes events of one ticket instead of all that it had.
	ReplaceEvents(number uint64, events []ticket.Event) error
	// PutRaw keeps a mail's bytes, instead of earlier ones. They are durable before the
	// commit that names them. bodies says where in them large files stand, as they are
	// encoded: what several mails have there, byte for byte, an engine may keep once. It
	// returns ErrRange, and has written nothing, when CheckRanges does not let them pass.
	PutRaw(id ticket.ID, raw []byte, bodies []Range) error
	// PutOutgoing writes a row and sets its timer to NextAt, with its Lane, instead of an earlier one.
	PutOutgoing(o *ticket.Outgoing) error
	// DeleteOutgoing removes a row and its timer. It returns ErrNotFound when there is none.
	DeleteOutgoing(id ticket.ID) error
	// PutPromise writes a row of the ledger, and sets its timer to its Alarm while the promise is open, and does not stand still.
	PutPromise(p *promise.Promise) error
	// PutDrawerItem writes an item under its ID, instead of an earlier one, and
	// sets its timer to DueAt, or takes it away when DueAt is zero.
	PutDrawerItem(d *ticket.DrawerItem) error
	// PutTimer sets a timer of a kind that stands for itself: those of the others
	// follow their records, and it returns ErrFollows for them. One ref may have several.
	PutTimer(kind TimerKind, ref ticket.ID, at time.Time) error
	// DeleteTimer removes one. It returns ErrNotFound when there is none, and ErrFollows
	// as PutTimer does.
	DeleteTimer(kind TimerKind, ref ticket.ID, at time.Time) error
	// DeleteDrawerItem removes an item and its timer. It returns ErrNotFound when there is none.
	DeleteDrawerItem(id ticket.ID) error
	// PutClue keeps that a mail left a clue by which later mails may find it: id is that
	// of its receipt and entry, so that the clue follows the entry to another
	// ticket. What kind and key mean is package threading's. Writing it again changes nothing.
	PutClue(kind byte, key [16]byte, id ticket.ID) error
	// NewCustomerID returns the next number of a customer; it is used up only if the Update succeeds.
	NewCustomerID() (uint64, error)
	// PutCustomer writes a customer under its ID, and its keys. It returns a
	// [KeyTaken], and has written nothing, when another customer has one of them.
	PutCustomer(c *customer.Customer) error
	// PutCustomerEvent writes an event of a customer. It returns ErrExists when the
	// customer has one with this ID.
	PutCustomerEvent(e *customer.Event) error
	// EraseCustomer removes a customer, its keys and its events. It returns
	// ErrNotFound when there is none.
	EraseCustomer(id uint64) error
	// PutUnreachable writes that mail does not reach an address, instead of what was known of it.
	PutUnreachable(u *ticket.Unreachable) error
	// DeleteUnreachable forgets that. It returns ErrNotFound when nothing is known of the address.
	DeleteUnreachable(address string) error
	// PutMeta writes a small named value.
	PutMeta(name string, value []byte) error
	// DeleteMeta forgets a small named value, if there is one.
	DeleteMeta(name string) error
}
