package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The rows by which erased mails are found: which of their hashes, the hash, the
// receipt's ID.
const (
	erasedMessageID = 'm'
	erasedSame      = 's'
	erasedPrefix    = 1 + ticket.ErasedHash
	erasedLength    = erasedPrefix + 8
)

// erasedKey is where the ids of erased mails with one hash are, with room for one.
func erasedKey(what byte, hash []byte) []byte {
	return append(append(make([]byte, 0, erasedLength), what), hash...)
}

// errErased is returned for hashes that EraseMail does not take.
var errErased = fmt.Errorf("store: an erased mail has two hashes of %d bytes, or none", ticket.ErasedHash)

func (t *tx) EraseMail(id ticket.ID, keyed ticket.Erased) error {
	if a, b := len(keyed.MessageID), len(keyed.Same); a != b || a != 0 && a != ticket.ErasedHash {
		return errErased
	}
	rc, err := t.Receipt(id)
	if err != nil {
		return fmt.Errorf("receipt %s: %w", id, err)
	}
	if rc.Erased != nil {
		return nil
	}
	err = t.eraseRaw(id)
	if err == nil {
		err = t.eraseShown(id)
	}
	if err == nil {
		err = t.eraseTimers(store.TimerSender, id)
	}
	if err == nil && rc.MessageID != "" {
		err = t.delete(inMessageID, append(contentKey(rc.MessageID, rc.Author, rc.Hash), idKey(id)...))
	}
	if err != nil {
		return err
	}
	rc = ticket.Receipt{ID: rc.ID, At: rc.At, Outcome: rc.Outcome, Ticket: rc.Ticket, Original: rc.Original, Erased: &keyed}
	if err := t.put(inID, nameKey(id, idReceipt), &rc); err != nil || len(keyed.Same) == 0 {
		return err
	}
	err = t.putBytes(inErased, append(erasedKey(erasedMessageID, keyed.MessageID), idKey(id)...), []byte{})
	if err == nil {
		err = t.putBytes(inErased, append(erasedKey(erasedSame, keyed.Same), idKey(id)...), []byte{})
	}
	return err
}

// eraseRaw removes a mail's bytes. Files that others have too stay for those.
func (t *tx) eraseRaw(id ticket.ID) error {
	v := t.bucket(inRaw).Get(idKey(id))
	if v == nil {
		return nil
	}
	var err error
	if _, damaged := decodePieces(v); damaged != nil { // nothing says which files it has
		err = t.deleteKeys(inFile, nil, func(k []byte) bool { return len(k) == fileLength && bytes.HasSuffix(k, idKey(id)) })
	} else {
		err = t.forgetFiles(id)
	}
	if err != nil {
		return err
	}
	return t.delete(inRaw, idKey(id))
}

// eraseTimers removes all timers of a kind that are about an id.
func (t *tx) eraseTimers(kind store.TimerKind, id ticket.ID) error {
	return t.deleteKeys(inTimer, []byte{byte(kind)}, func(k []byte) bool { return len(k) == timerLength && bytes.HasSuffix(k, idKey(id)) })
}

// deleteKeys removes the rows below a prefix whose keys are of those that go.
func (t *tx) deleteKeys(in bucket, prefix []byte, goes func(k []byte) bool) error {
	var gone [][]byte // a cursor does not stand still when a row goes
	c := t.bucket(in).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if goes(k) {
			gone = append(gone, bytes.Clone(k))
		}
	}
	for _, k := range gone {
		if err := t.delete(in, k); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) ReplaceEvents(number uint64, events []ticket.Event) error {
	for i := range events {
		if events[i].Ticket != number {
			return fmt.Errorf("store: an event of ticket %d among those of %d", events[i].Ticket, number)
		}
	}
	err := t.deleteKeys(inTicket, append(numberKey(number), partEvents), func([]byte) bool { return true })
	if err != nil {
		return err
	}
	return t.PutEvents(events)
}

func (t *tx) DeleteMeta(name string) error {
	if name == formatKey || name == purgeKey {
		return fmt.Errorf("store: the name %q is the engine's own", name)
	}
	return t.delete(inMeta, []byte(name))
}

func (r *reader) ErasedSame(same []byte) (ticket.Receipt, error) {
	found, err := r.erased(erasedSame, same, 1)
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return ticket.Receipt{}, err
	}
	return found[0], nil
}

func (r *reader) ErasedByMessageID(hash []byte, limit int) ([]ticket.Receipt, error) {
	return r.erased(erasedMessageID, hash, limit)
}

// erased returns the receipts of erased mails by one of their hashes.
func (r *reader) erased(what byte, hash []byte, limit int) ([]ticket.Receipt, error) {
	if len(hash) != ticket.ErasedHash {
		return nil, nil
	}
	var out []ticket.Receipt
	prefix := erasedKey(what, hash)
	c := r.bucket(inErased).Cursor()
	for k, _ := c.Seek(prefix); len(out) < limit && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		rc, err := r.indexed(k[len(prefix):])
		if err != nil {
			return nil, fmt.Errorf("index of erased mails: %w", err)
		}
		out = append(out, rc)
	}
	return out, nil
}

// namedErased returns an error unless a row leads to the mail whose hash it has.
func (r *reader) namedErased(k []byte) error {
	if len(k) != erasedLength {
		return fmt.Errorf("%w: a key of %d bytes", errDamaged, len(k))
	}
	rc, err := r.indexed(k[erasedPrefix:])
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: it leads to no receipt", errDamaged)
	case err != nil:
		return err
	case rc.Erased == nil:
		return fmt.Errorf("%w: receipt %s is not of an erased mail", errDamaged, rc.ID)
	}
	hash := map[byte][]byte{erasedMessageID: rc.Erased.MessageID, erasedSame: rc.Erased.Same}[k[0]]
	if !bytes.Equal(hash, k[1:erasedPrefix]) {
		return fmt.Errorf("%w: receipt %s has another hash", errDamaged, rc.ID)
	}
	return nil
}
