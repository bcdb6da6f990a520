package mailgw

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"supportgw/mailgw/store"
	"supportgw/threading"
)

// storedKeys is how the keys of tokens are kept: in the store, since a token is
// worth nothing without the tickets that it names.
type storedKeys struct {
	Current threading.Key   `json:"current"`
	Since   time.Time       `json:"since"` // when Current was made; zero in stores of before keys were renewed
	Old     []threading.Key `json:"old,omitempty"`
}

const keysName = "token_keys"

// keyAge is how long one key seals. Old ones open for ever: a customer answers a
// mail of years ago. Its id has one byte, which is enough for 255 years.
const keyAge = 365 * 24 * time.Hour

// loadKeys reads the keys of tokens and Message-IDs. It makes the first one, and a
// new one when a start finds the current one too old.
func (g *Gateway) loadKeys() error {
	var keys storedKeys
	err := g.store.View(func(r store.Reader) error { return readKeys(r, &keys) })
	if err != nil {
		return err
	}
	changed, err := keys.renew(g.clock.Now())
	if err != nil {
		return err
	}
	if changed {
		j, err := json.Marshal(keys)
		if err != nil {
			return fmt.Errorf("keep token keys: %w", err)
		}
		if err := g.store.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(keysName, j) }); err != nil {
			return fmt.Errorf("keep token keys: %w", err)
		}
	}
	g.keys, err = threading.NewKeyring(keys.Current, keys.Old...)
	return err
}

// renew makes a new current key when there is none, or when it is too old, and
// reports whether anything has changed.
func (k *storedKeys) renew(now time.Time) (changed bool, err error) {
	switch {
	case k.Current.ID != 0 && k.Since.IsZero(): // its age counts from now
		k.Since = now.UTC()
		return true, nil
	case k.Current.ID != 0 && now.Sub(k.Since) <= keyAge || k.Current.ID == 255:
		return false, nil
	}
	fresh := threading.Key{ID: k.Current.ID + 1, Secret: make([]byte, threading.SecretBytes)}
	if _, err := rand.Read(fresh.Secret); err != nil {
		return false, fmt.Errorf("make token key: %w", err)
	}
	if k.Current.ID != 0 {
		k.Old = append(k.Old, k.Current)
	}
	k.Current, k.Since = fresh, now.UTC()
	return true, nil
}

func readKeys(r store.Reader, keys *storedKeys) error {
	j, err := r.Meta(keysName)
	if err != nil || j == nil {
		return err
	}
	if err := json.Unmarshal(j, keys); err != nil {
		return fmt.Errorf("read token keys: %w", err)
	}
	return nil
}
