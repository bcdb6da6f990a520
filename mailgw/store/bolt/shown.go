package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// What a mail's part of a key of inShown and inMarks begins with, in their order.
const (
	refTicket = 'n' // number of the ticket; in inShown the entry's number follows
	refItem   = 'o' // id of a mail on no ticket
)

// refLength is the length of that part, without an entry's number.
const refLength = 1 + 8

// appendRef appends the ticket of ref, or the mail that is on none.
func appendRef(k []byte, ref view.MailRef) ([]byte, error) {
	switch {
	case ref.Item != 0 && ref.Ticket == 0 && ref.Seq == 0:
		return binary.BigEndian.AppendUint64(append(k, refItem), uint64(ref.Item)), nil
	case ref.Item == 0 && ref.Ticket != 0:
		return binary.BigEndian.AppendUint64(append(k, refTicket), ref.Ticket), nil
	}
	return nil, fmt.Errorf("%w: %+v", store.ErrRef, ref)
}

// readRef reads what appendRef wrote.
func readRef(k []byte) (ref view.MailRef, err error) {
	if len(k) == refLength && k[0] == refTicket {
		ref.Ticket = binary.BigEndian.Uint64(k[1:])
	} else if len(k) == refLength && k[0] == refItem {
		ref.Item = ticket.ID(binary.BigEndian.Uint64(k[1:]))
	}
	if ref == (view.MailRef{}) {
		err = fmt.Errorf("%w: %x where a mail must be named", errDamaged, k)
	}
	return ref, err
}

// shownKey is where it is kept how a mail is shown.
func shownKey(ref view.MailRef) ([]byte, error) {
	k, err := appendRef(make([]byte, 0, refLength+4), ref)
	if err != nil || ref.Item != 0 {
		return k, err
	}
	if ref.Seq == 0 {
		return nil, fmt.Errorf("%w: %+v", store.ErrRef, ref)
	}
	return binary.BigEndian.AppendUint32(k, ref.Seq), nil
}

// readShownKey reads what shownKey wrote.
func readShownKey(k []byte) (view.MailRef, error) {
	if len(k) != refLength+4 || k[0] != refTicket {
		return readRef(k)
	}
	ref, err := readRef(k[:refLength])
	if ref.Seq = binary.BigEndian.Uint32(k[refLength:]); err == nil && ref.Seq == 0 {
		err = fmt.Errorf("%w: %x where a mail must be named", errDamaged, k)
	}
	return ref, err
}

func (r *reader) Shown(ref view.MailRef) ([]byte, error) {
	k, err := shownKey(ref)
	if err != nil {
		return nil, err
	}
	v := r.bucket(inShown).Get(k)
	if v == nil {
		return nil, store.ErrNotFound
	}
	return append(make([]byte, 0, len(v)), v...), nil
}

func (r *reader) ShownFrom(number uint64, seq uint32, fn func(uint32, []byte) bool) error {
	prefix := binary.BigEndian.AppendUint64([]byte{refTicket}, number)
	c := r.bucket(inShown).Cursor()
	for k, v := c.Seek(binary.BigEndian.AppendUint32(prefix[:refLength:refLength], seq)); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		ref, err := readShownKey(k)
		if err != nil {
			return err
		}
		if !fn(ref.Seq, v) {
			break
		}
	}
	return nil
}

func (t *tx) PutShown(ref view.MailRef, value []byte) error {
	k, err := shownKey(ref)
	if err != nil {
		return err
	}
	t.older = t.older || ref.Item == 0 && ref.Ticket < t.fresh
	return t.putBytes(inShown, k, t.s.arena.copyOf(value))
}

func (t *tx) DeleteShown(ref view.MailRef) error {
	prefix, err := appendRef(nil, ref)
	if err == nil && ref.Seq != 0 {
		prefix, err = shownKey(ref)
	}
	if err != nil {
		return err
	}
	return t.deleteKeys(inShown, prefix, func([]byte) bool { return true })
}

// eraseShown forgets how an accepted mail was shown, on its ticket and on none.
func (t *tx) eraseShown(id ticket.ID) error {
	err := t.DeleteShown(view.MailRef{Item: id})
	e, missing := t.Entry(id)
	if err != nil || errors.Is(missing, store.ErrNotFound) || e.Seq == 0 {
		return err
	}
	if missing != nil {
		return missing
	}
	return t.DeleteShown(view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
}

// markPrefix is what all keys of an agent's marks begin with.
func markPrefix(agent string) []byte {
	return append(append(make([]byte, 0, len(agent)+1+refLength), agent...), 0)
}

// markKey is where an agent's marks of a ticket are, or of a mail on none.
func markKey(agent string, of view.MailRef) ([]byte, error) {
	if agent == "" || strings.Contains(agent, "\x00") {
		return nil, fmt.Errorf("%w: agent %q", store.ErrRef, agent)
	}
	return appendRef(markPrefix(agent), of)
}

func (r *reader) Marks(agent string, fn func(view.MailRef, []byte) bool) error {
	prefix := markPrefix(agent)
	c := r.bucket(inMarks).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		of, err := readRef(k[len(prefix):])
		if err != nil {
			return err
		}
		if !fn(of, v) {
			break
		}
	}
	return nil
}

func (r *reader) MarksOf(agent string, of view.MailRef) ([]byte, error) {
	k, err := markKey(agent, of)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(r.bucket(inMarks).Get(k)), nil
}

func (t *tx) PutMarks(agent string, of view.MailRef, value []byte) error {
	k, err := markKey(agent, of)
	if err != nil {
		return err
	}
	if len(value) > 0 {
		return t.putBytes(inMarks, k, t.s.arena.copyOf(value))
	}
	if t.bucket(inMarks).Get(k) == nil {
		return nil
	}
	return t.delete(inMarks, k)
}

// readMarkKey reads what markKey wrote.
func readMarkKey(k []byte) (agent string, of view.MailRef, err error) {
	name, ref, ok := bytes.Cut(k, []byte{0})
	if !ok {
		return "", of, fmt.Errorf("%w: marks %x", errDamaged, k)
	}
	of, err = readRef(ref)
	return string(name), of, err
}

// deleteMarks removes what all agents marked on a mail. Its work grows with the agents.
func (t *tx) deleteMarks(id ticket.ID) error {
	var gone [][]byte
	c := t.bucket(inMarks).Cursor()
	for k, _ := c.First(); k != nil; {
		i := bytes.IndexByte(k, 0)
		if i < 0 {
			return fmt.Errorf("%w: marks %x", errDamaged, k)
		}
		prefix := bytes.Clone(k[:i+1])
		of := binary.BigEndian.AppendUint64(append(prefix[:i+1:i+1], refItem), uint64(id))
		if k, _ = c.Seek(of); bytes.Equal(k, of) {
			gone = append(gone, of)
		}
		prefix[i] = 1 // behind all of this agent
		k, _ = c.Seek(prefix)
	}
	for _, k := range gone {
		if err := t.delete(inMarks, k); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) DeleteItem(id ticket.ID) error {
	places, err := t.ItemPlaces(id)
	for _, p := range places {
		if err == nil {
			err = t.DeletePlace(p.Shelf, p.UID)
		}
	}
	if err == nil {
		err = t.DeleteShown(view.MailRef{Item: id})
	}
	if err == nil {
		err = t.deleteMarks(id)
	}
	return err
}

// noReceipt returns an error unless a mail was never accepted.
func (t *tx) noReceipt(id ticket.ID) error {
	if t.bucket(inID).Get(nameKey(id, idReceipt)) != nil {
		return fmt.Errorf("draft %s: %w", id, store.ErrExists)
	}
	return nil
}

func (t *tx) PutDraft(id ticket.ID, raw []byte) error {
	if err := t.noReceipt(id); err != nil {
		return err
	}
	return t.PutRaw(id, raw, nil)
}

func (t *tx) DeleteDraft(id ticket.ID) error {
	err := t.noReceipt(id)
	if err == nil {
		err = t.DeleteItem(id)
	}
	if err == nil {
		err = t.eraseRaw(id)
	}
	return err
}
