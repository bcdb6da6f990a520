package bolt

import (
	"errors"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// TestVerifyNamesErased damages what is left of an erased mail.
func TestVerifyNamesErased(t *testing.T) {
	id, keyed := mailA.ID(), mailA.Keyed()
	row := func(what byte, hash []byte) []byte { return append(erasedKey(what, hash), idKey(id)...) }
	for name, c := range map[string]struct {
		damage func(*tx) error
		want   string // "" = nothing
	}{
		"none":            {func(*tx) error { return nil }, ""},
		"clue left":       {func(x *tx) error { return x.PutClue('l', [16]byte{}, id) }, "a clue of kind l leads to 000000000000g, which was erased"},
		"bytes left":      {func(x *tx) error { return x.PutRaw(id, []byte("words"), nil) }, "its mail was erased, and its bytes are there: <nil>"},
		"timer left":      {func(x *tx) error { return x.PutTimer(store.TimerSender, id, time.Time{}) }, "for the sender of mail 000000000000g, which was erased"},
		"same not found":  {func(x *tx) error { return x.delete(inErased, row(erasedSame, keyed.Same)) }, "would not be known when it comes again"},
		"id not found":    {func(x *tx) error { return x.delete(inErased, row(erasedMessageID, keyed.MessageID)) }, "is not found by the hash of its Message-ID"},
		"says too much":   {changeReceipt(func(r *ticket.Receipt) { r.Peer = "192.0.2.1" }), "the receipt still says more than it may"},
		"its ticket gone": {func(x *tx) error { return x.delete(inTicket, ticketKey(1)) }, "its ticket 1 is not there"},
		"receipt damaged": {func(x *tx) error {
			return errors.Join(x.putBytes(inErased, append(erasedKey(erasedSame, keyed.Same), idKey(3)...), nil), x.putBytes(inID, nameKey(3, idReceipt), []byte("[")))
		}, "damaged record"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(problems(t, func(x *tx) error {
				if err := mailA.Erase(x); err != nil {
					return err
				}
				return c.damage(x)
			}), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("it says\n%s\nand must say: %s", got, c.want)
			}
		})
	}
}

// changeReceipt changes what is left of mailA's receipt.
func changeReceipt(how func(*ticket.Receipt)) func(*tx) error {
	return func(x *tx) error {
		rc, err := x.Receipt(mailA.ID())
		return change(rc, err, how, func(r *ticket.Receipt) error { return x.put(inID, nameKey(r.ID, idReceipt), r) })
	}
}

// TestCheckNamesErased puts rows into the index of erased mails that lead nowhere.
func TestCheckNamesErased(t *testing.T) {
	hash := mailA.Keyed().Same
	for name, c := range map[string]struct {
		key  []byte
		want string
	}{
		"too short":        {[]byte("s"), "a key of 1 bytes"},
		"no receipt":       {append(erasedKey(erasedSame, hash), idKey(99)...), "leads to no receipt"},
		"not erased":       {append(erasedKey(erasedSame, hash), idKey(mailB.ID())...), "is not of an erased mail"},
		"another hash":     {append(erasedKey(erasedSame, make([]byte, 16)), idKey(mailA.ID())...), "has another hash"},
		"of another sort":  {append(erasedKey('x', hash), idKey(mailA.ID())...), "has another hash"},
		"the right hashes": {append(erasedKey(erasedSame, hash), idKey(mailA.ID())...), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, small(t.TempDir()))
			defer s.Close()
			err := s.Update(store.Intake, func(x store.Tx) error {
				_, a := mailA.Put(x)
				_, b := mailB.Put(x)
				return errors.Join(a, b, mailA.Erase(x), x.(*tx).putBytes(inErased, c.key, nil))
			})
			if err != nil {
				t.Fatal(err)
			}
			got := errors.Join(s.Check()...)
			if (got == nil) != (c.want == "") || got != nil && !strings.Contains(got.Error(), c.want) {
				t.Errorf("it says %v, must say %q", got, c.want)
			}
		})
	}
}

// TestEraseDamagedMail: of a mail whose pieces cannot be read, its rows go all the same.
func TestEraseDamagedMail(t *testing.T) {
	s := newStore(t, small(t.TempDir()))
	err := s.Update(store.Intake, func(x store.Tx) error {
		_, a := mailA.Put(x)
		_, b := mailB.Put(x)
		return errors.Join(a, b, x.(*tx).putBytes(inRaw, idKey(mailA.ID()), []byte("\x02{")), mailA.Erase(x))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.View(func(x *bolt.Tx) error {
		if k, _ := x.Bucket([]byte(bucketNames[inFile])).Cursor().First(); k != nil {
			t.Errorf("a row of a file is left: %x", k)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
