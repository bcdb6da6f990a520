package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
)

// The parts of a customer, in the order in which they lie.
const (
	partCustomer      = 'c' // the last byte of its key
	partCustomerEvent = 'e' // the event's id follows
	partCustomerWrite = 'w' // the version of the last write; stays when the customer is erased
)

// customerPartKey is where a part of a customer is.
func customerPartKey(id uint64, part byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 17), id), part)
}

// customerKey is a key in the index.
func customerKey(k customer.Key) []byte { return append([]byte{k.Kind}, asKept(k.Text)...) }

func (r *reader) Customer(id uint64) (customer.Customer, error) {
	return get[customer.Customer](r.bucket(inCustomer), customerPartKey(id, partCustomer))
}

func (r *reader) Customers(after uint64, fn func(customer.Customer) bool) error {
	c := r.bucket(inCustomer).Cursor()
	for k, raw := c.Seek(numberKey(after + 1)); k != nil; k, raw = c.Next() {
		if len(k) != 9 || k[8] != partCustomer { // an event, or a version
			continue
		}
		var v customer.Customer
		if err := decode(raw, &v); err != nil {
			return fmt.Errorf("customer %x: %w", k, err)
		}
		if !fn(v) {
			return nil
		}
	}
	return nil
}

func (r *reader) CustomerBy(k customer.Key) (uint64, error) {
	v := r.bucket(inCustomerKey).Get(customerKey(k))
	if v == nil {
		return 0, store.ErrNotFound
	}
	return number(v)
}

func (r *reader) CustomersVersion() (uint64, error) { return r.bucket(inCustomerWrite).Sequence(), nil }

func (r *reader) CustomersSince(version uint64, fn func(uint64) bool) error {
	c := r.bucket(inCustomerWrite).Cursor()
	for k, v := c.Seek(numberKey(version + 1)); k != nil; k, v = c.Next() {
		id, err := number(v)
		if err != nil {
			return fmt.Errorf("write %x of a customer: %w", k, err)
		}
		if !fn(id) {
			return nil
		}
	}
	return nil
}

func (r *reader) CustomerEvents(id uint64) ([]customer.Event, error) {
	prefix := customerPartKey(id, partCustomerEvent)
	var out []customer.Event
	c := r.bucket(inCustomer).Cursor()
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		var e customer.Event
		if err := decode(raw, &e); err != nil {
			return out, fmt.Errorf("event of customer %d: %w", id, err)
		}
		out = append(out, e)
	}
	return out, nil
}

func (t *tx) NewCustomerID() (uint64, error) {
	t.wrote = true
	n, err := t.bucket(inCustomer).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("store: next customer: %w", err)
	}
	return n, nil
}

func (t *tx) PutCustomer(c *customer.Customer) error {
	keys := c.Keys()
	var fresh []customer.Key // that nobody has
	for _, k := range keys {
		switch by, err := t.CustomerBy(k); {
		case errors.Is(err, store.ErrNotFound):
			fresh = append(fresh, k)
		case err != nil:
			return err
		case by != c.ID:
			return &store.KeyTaken{Key: k, By: by}
		}
	}
	if err := t.forgetCustomer(c.ID, keys); err != nil {
		return err
	}
	for _, k := range fresh {
		if err := t.putBytes(inCustomerKey, customerKey(k), numberKey(c.ID)); err != nil {
			return err
		}
	}
	if err := t.customerWritten(c.ID); err != nil {
		return err
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("store: encode customer: %w", err)
	}
	return t.putBytes(inCustomer, customerPartKey(c.ID, partCustomer), raw)
}

// customerWritten gives a customer the next version, instead of the one that it has:
// who keeps a copy of the customers sees what was written, and erased.
func (t *tx) customerWritten(id uint64) error {
	t.wrote = true
	at := customerPartKey(id, partCustomerWrite)
	if old := t.bucket(inCustomer).Get(at); old != nil {
		if err := t.delete(inCustomerWrite, old); err != nil {
			return err
		}
	}
	version, err := t.bucket(inCustomerWrite).NextSequence()
	if err != nil {
		return fmt.Errorf("store: next version of the customers: %w", err)
	}
	if err := t.putBytes(inCustomer, at, numberKey(version)); err != nil {
		return err
	}
	return t.putBytes(inCustomerWrite, numberKey(version), numberKey(id))
}

// forgetCustomer removes a customer's keys, but for those that it keeps.
func (t *tx) forgetCustomer(id uint64, keep []customer.Key) error {
	old, err := t.Customer(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	kept := map[customer.Key]bool{}
	for _, k := range keep {
		kept[k] = true
	}
	for _, k := range old.Keys() {
		if kept[k] {
			continue
		}
		if err := t.delete(inCustomerKey, customerKey(k)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) PutCustomerEvent(e *customer.Event) error {
	key := binary.BigEndian.AppendUint64(customerPartKey(e.Customer, partCustomerEvent), uint64(e.ID))
	if t.bucket(inCustomer).Get(key) != nil {
		return fmt.Errorf("event %s of customer %d: %w", e.ID, e.Customer, store.ErrExists)
	}
	return t.put(inCustomer, key, e)
}

func (t *tx) EraseCustomer(id uint64) error {
	if _, err := t.Customer(id); err != nil {
		return err
	}
	if err := t.forgetCustomer(id, nil); err != nil {
		return err
	}
	if err := t.customerWritten(id); err != nil {
		return err
	}
	prefix := numberKey(id)
	var gone [][]byte
	c := t.bucket(inCustomer).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if k[8] != partCustomerWrite {
			gone = append(gone, bytes.Clone(k))
		}
	}
	for _, k := range gone {
		if err := t.delete(inCustomer, k); err != nil {
			return err
		}
	}
	return nil
}
