package bolt

import (
	"fmt"
	"strings"

	"supportgw/mailgw/ticket"
)

func (r *reader) Unreachable(address string) (ticket.Unreachable, error) {
	return get[ticket.Unreachable](r.bucket(inUnreachable), addressKey(address))
}

func (r *reader) AllUnreachable(fn func(ticket.Unreachable) bool) error {
	c := r.bucket(inUnreachable).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		var u ticket.Unreachable
		if err := decode(raw, &u); err != nil {
			return fmt.Errorf("unreachable address %q: %w", k, err)
		}
		if !fn(u) {
			return nil
		}
	}
	return nil
}

func (t *tx) PutUnreachable(u *ticket.Unreachable) error {
	return t.put(inUnreachable, addressKey(u.Address), u)
}

func (t *tx) DeleteUnreachable(address string) error {
	if _, err := t.Unreachable(address); err != nil {
		return err
	}
	return t.delete(inUnreachable, addressKey(address))
}

// addressKey is the key of an address.
func addressKey(address string) []byte { return []byte(strings.ToLower(address)) }
