package mailgw

import (
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// A key that is a year old seals nothing more, and what it has sealed still opens.
func TestKeysAreRenewed(t *testing.T) {
	h := newHouse(t)
	first := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	h.flush()
	h.at(monday.Add(keyAge))
	h.reopen()
	if n := h.currentKey(); n != 1 {
		t.Errorf("before its time: key %d", n)
	}
	h.at(monday.Add(keyAge + time.Hour))
	h.reopen()
	if n := h.currentKey(); n != 2 {
		t.Errorf("after more than a year: key %d", n)
	}
	h.want(h.deliver(mail{subject: "a year later"}), ticket.OutcomeNew)
	reply := mail{from: "Eve <eve@elsewhere.example>", rcpt: []string{first.ack.ReplyTo}, subject: "x"}
	if a := h.deliver(reply); a.Ticket != first.Ticket {
		t.Errorf("a token of last year leads to ticket %d", a.Ticket)
	}
	if a := h.deliver(mail{subject: "Re: Printer portal", head: []string{"In-Reply-To: <" + first.ack.MessageID + ">"}}); a.Ticket != first.Ticket {
		t.Errorf("a Message-ID of last year leads to ticket %d", a.Ticket)
	}
	h.flush()
	h.reopen()
	if n := h.currentKey(); n != 2 {
		t.Errorf("at the next start: key %d", n)
	}
}

// currentKey is the id of the key that seals, as it is kept.
func (h *house) currentKey() byte {
	h.t.Helper()
	var keys storedKeys
	h.view(func(r store.Reader) error { return readKeys(r, &keys) })
	return keys.Current.ID
}

func TestRenew(t *testing.T) {
	var k storedKeys
	for i := range 300 {
		if _, err := k.renew(monday.AddDate(2*i, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if k.Current.ID != 255 || len(k.Old) != 254 {
		t.Errorf("after 600 years: key %d, %d old ones", k.Current.ID, len(k.Old))
	}
	old := storedKeys{Current: k.Current}
	if changed, err := old.renew(monday); !changed || err != nil || old.Since.IsZero() || old.Current.ID != k.Current.ID {
		t.Errorf("a key of before keys were renewed: %t, %v, %+v", changed, err, old)
	}
}
