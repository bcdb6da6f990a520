package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// maxFindings bounds a check's answer: one cause can break a million rows.
const maxFindings = 1000

// guarded runs a walk over a database that may be damaged: pages that lead outside
// of the file are a fault of the processor, which here costs the walk only.
func guarded(walk func() []error) (found []error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			found = []error{fmt.Errorf("%w: %v", errDamaged, p)}
		}
	}()
	return walk()
}

// checkPages runs bbolt's own check.
//
// Workaround: in bbolt v1.5.0 it runs in a goroutine of its own, in which pages that lead outside
// of the file end the process: soundPages looks before (TestPowerCutCatches).
func checkPages(tx *bolt.Tx) []error {
	if err := soundPages(tx, func(string) bool { return true }); err != nil {
		return []error{err}
	}
	var found []error
	for e := range tx.Check() {
		if found = append(found, e); len(found) == maxFindings {
			break
		}
	}
	return found
}

// checkIndex looks for rows of the engine's own indexes that lead nowhere.
// store.Verify goes the other way: from each thing to its index.
func checkIndex(r *reader) []error {
	var found []error
	note := func(format string, args ...any) bool {
		found = append(found, fmt.Errorf(format, args...))
		return len(found) < maxFindings
	}
	c := r.bucket(inMessageID).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		rc, err := r.indexed(k[min(messageIDHash+contentHash, len(k)):])
		switch n, _ := number(v); {
		case err != nil:
			err = fmt.Errorf("a row of the index of Message-IDs leads to no receipt: %w", err)
		case !bytes.HasPrefix(k, contentKey(rc.MessageID, rc.Author, rc.Hash)):
			err = fmt.Errorf("receipt %s is in the index under another Message-ID", rc.ID)
		case n != rc.Ticket:
			err = fmt.Errorf("receipt %s is on ticket %d, and on %d in the index of Message-IDs", rc.ID, rc.Ticket, n)
		}
		if err != nil && !note("%w", err) {
			return found
		}
	}
	c = r.bucket(inErased).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if err := r.namedErased(k); err != nil && !note("a row %x of erased mails: %w", k, err) {
			return found
		}
	}
	if !r.checkPlaces(note) {
		return found
	}
	c = r.bucket(inTicket).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) < 9 || r.bucket(inTicket).Get(append(k[:8:8], partTicket)) == nil {
			if !note("a part of a ticket that is not there: key %x", k) {
				return found
			}
		}
	}
	c = r.bucket(inID).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if err := r.named(k); err != nil && !note("the id %x leads nowhere: %w", k, err) {
			return found
		}
	}
	return found
}

// named reads what a key of the id bucket names.
func (r *reader) named(k []byte) error {
	if len(k) != idLength {
		return errDamaged
	}
	id := ticket.ID(binary.BigEndian.Uint64(k))
	var err error
	switch k[8] {
	case idReceipt:
		_, err = r.Receipt(id)
	case idEntry:
		_, err = r.Entry(id)
	case idPromise:
		_, err = r.Promise(id)
	default:
		err = errDamaged
	}
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: nothing is there", errDamaged)
	}
	return err
}
