package mailgw

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/view"
)

// accountRecord is what is stored of an account beside its marks. No customer's name is in it.
type accountRecord struct {
	Generation uint32          `json:"generation"` // goes up when old mails come into folders, under UIDs that lie before those that are known there
	Desks      []string        `json:"desks"`      // that she was on when it was written
	Next       uint32          `json:"next"`       // UIDNEXT is never less: it was more while she was on other desks
	Keywords   []string        `json:"keywords,omitempty"`
	Subscribed map[string]bool `json:"subscribed,omitempty"` // by [view.Folder.Key]: what she has decided
}

// accountPrefix begins the names under which accounts' records are stored.
const accountPrefix = "account "

func (a *account) recordName() string { return accountPrefix + a.address }

// step brings the record in step with the settings. The caller has the lock.
func (a *account) step(s *settings) error {
	if a.record != nil && a.seen == s {
		return nil
	}
	desks := a.reader(s).Desks
	err := a.change(func(tx store.Tx, r *accountRecord, isNew bool) error {
		if isNew || slices.Equal(r.Desks, desks) {
			r.Desks = desks
			return nil
		}
		if slices.ContainsFunc(desks, func(d string) bool { return !slices.Contains(r.Desks, d) }) {
			r.Generation++
		}
		last, err := tx.LastUID()
		r.Desks, r.Next = desks, last+1
		return err
	})
	if err == nil {
		a.seen = s
	}
	return err
}

// change changes the record. The caller has the lock.
func (a *account) change(edit func(tx store.Tx, r *accountRecord, isNew bool) error) error {
	var r *accountRecord
	err := a.g.store.Update(store.Background, func(tx store.Tx) error {
		was, err := tx.Meta(a.recordName())
		if err != nil {
			return err
		}
		r = &accountRecord{}
		if was != nil {
			if err := json.Unmarshal(was, r); err != nil {
				return fmt.Errorf("the record of the account of %s: %w", a.address, err)
			}
		}
		if err := edit(tx, r, was == nil); err != nil {
			return err
		}
		now, err := json.Marshal(r)
		if err != nil || string(now) == string(was) {
			return err
		}
		return tx.PutMeta(a.recordName(), now)
	})
	if err == nil {
		a.record = r
	}
	return err
}

// validityName is the name under which the number is stored that all UIDVALIDITY begin with.
const validityName = "uidvalidity"

// loadValidity returns that number, which is made once for all UIDs that a store gives.
func (g *Gateway) loadValidity() (uint32, error) {
	if v := g.validity.Load(); v != 0 {
		return v, nil
	}
	var v uint32
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		raw, err := tx.Meta(validityName)
		if err != nil {
			return err
		}
		if raw != nil {
			return json.Unmarshal(raw, &v)
		}
		v = uint32(g.clock.Now().Unix())
		return tx.PutMeta(validityName, fmt.Append(nil, v))
	})
	if err != nil {
		return 0, fmt.Errorf("the number of UIDVALIDITY: %w", err)
	}
	g.validity.Store(v)
	return v, nil
}

// validityOf is a folder's UIDVALIDITY (RFC 9051 §2.3.1.1). Folders whose names do not say
// for good whose they are have each another. The caller has the lock.
func (a *account) validityOf(f view.Folder) (uint32, error) {
	base, err := a.g.loadValidity()
	if err != nil {
		return 0, err
	}
	if f.Kind != view.Customer && f.Kind != view.Agent {
		return base + a.record.Generation, nil
	}
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %d %s", base, a.record.Generation, f.Key())
	return max(1, h.Sum32()), nil
}

// Subscribe keeps whether clients show a folder without being asked to. One that is not
// there needs nothing to be taken away.
func (a *account) Subscribe(folder string, on bool) error {
	f, err := a.folder(folder)
	if err != nil {
		if !on {
			return nil
		}
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.change(func(_ store.Tx, r *accountRecord, _ bool) error {
		if r.Subscribed == nil {
			r.Subscribed = map[string]bool{}
		}
		r.Subscribed[f.Key()] = on
		return nil
	})
}

// keywordRoom is how many bytes a keyword has.
const keywordRoom = 100

// Keyword returns the bit of a keyword, which it gets when it has none. Case does not count.
func (a *account) Keyword(name string) (imapd.Flags, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.step(a.g.settings.Load()); err != nil {
		return 0, err
	}
	at := func(list []string) int {
		return slices.IndexFunc(list, func(k string) bool { return strings.EqualFold(k, name) })
	}
	if i := at(a.record.Keywords); i >= 0 {
		return imapd.FirstKeyword << i, nil
	}
	limit := func(format string, args ...any) error {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeLimit, Text: fmt.Sprintf(format, args...)}
	}
	if name == "" || len(name) > keywordRoom {
		return 0, limit("A keyword has at most %d bytes.", keywordRoom)
	}
	if len(a.record.Keywords) >= imapd.MaxKeywords {
		return 0, limit("There are %d keywords already, and room for no more.", imapd.MaxKeywords)
	}
	if err := a.change(func(_ store.Tx, r *accountRecord, _ bool) error {
		r.Keywords = append(r.Keywords, name)
		return nil
	}); err != nil {
		return 0, err
	}
	a.news.ring()
	return imapd.FirstKeyword << at(a.record.Keywords), nil
}
