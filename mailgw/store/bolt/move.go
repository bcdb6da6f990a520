package bolt

import (
	"errors"
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func (t *tx) MoveEntry(id ticket.ID, to uint64, seq uint32) error {
	e, err := t.Entry(id)
	if err != nil {
		return err
	}
	e.Ticket, e.Seq = to, seq
	if err := t.PutEntry(&e); err != nil { // takes it from where it was
		return err
	}
	rc, err := t.Receipt(id)
	if errors.Is(err, store.ErrNotFound) { // it did not come in by mail
		return nil
	}
	if err != nil {
		return err
	}
	return t.MoveReceipt(id, rc.Outcome, to)
}

func (t *tx) MoveReceipt(id ticket.ID, outcome ticket.Outcome, number uint64) error {
	rc, err := t.Receipt(id)
	if err != nil {
		return fmt.Errorf("receipt %s: %w", id, err)
	}
	if rc.Outcome != outcome {
		t.counts[rc.Outcome]-- // may pass zero: flush adds it to what the database has
		t.counts[outcome]++
	}
	rc.Outcome, rc.Ticket = outcome, number
	if err := t.put(inID, nameKey(id, idReceipt), &rc); err != nil || rc.MessageID == "" {
		return err
	}
	return t.putBytes(inMessageID, append(contentKey(rc.MessageID, rc.Author, rc.Hash), idKey(id)...), numberKey(number))
}
