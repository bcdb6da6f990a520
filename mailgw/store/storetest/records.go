package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func testEmpty(t *testing.T, h *house) {
	h.view(func(r store.Reader) error {
		if err := (Mail{N: 1, Rows: MaxRows}).Absent(r); err != nil {
			t.Error(err)
		}
		if _, err := r.Ticket(1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ticket: %v", err)
		}
		if d := cmp.Diff(state{Counts: map[ticket.Outcome]uint64{}}, dump(t, r), equal); d != "" {
			t.Errorf("an empty store is not empty:\n%s", d)
		}
		return nil
	})
}

// full returns one of each record with every field set.
func full() state {
	zone := time.FixedZone("", 2*3600)
	at := time.Date(2026, 7, 14, 15, 0, 0, 123456789, zone)
	later := at.Add(time.Hour)
	row := ticket.Outgoing{ID: 18, Ticket: 1, Kind: ticket.Answer, EnvelopeFrom: "b@example.com", EnvelopeTo: []string{"ann@example.net"}, From: "Support <s@example.com>",
		To: []string{"Ann <ann@example.net>"}, ReplyTo: "s+x@example.com", MessageID: "o@example.com", Date: at, InReplyTo: "m@example.net", References: []string{"a@b", "c@d"},
		Template: "answer", Language: "de", Facts: []byte(`{"text":"a < b & c","n":[1,2]}`), Entry: 16, EntrySeq: 1, Clock: "x600", Lane: "example.net", Files: []ticket.SentFile{{Number: 1, Name: "a.png"}}, Omitted: true, Attempts: 2, NextAt: later, LastReply: "451 later"}
	sent := row
	sent.ID = 19
	return state{
		Tickets: []ticket.Ticket{{Number: 1, Desk: "support", Status: ticket.Closed, Priority: ticket.Urgent, Subject: "Grüße, 日本 \x00\u2028", Requester: "Ann <ann@example.net>",
			Address: "ann@example.net", People: []string{"a@b", "c@d"}, Customer: "Acme", Confidence: ticket.Claimed, Level: "premium", Assignee: "anna@example.com",
			Tags: []string{"vip"}, Linked: []uint64{7, 1 << 63}, CreatedAt: at, Satisfaction: ticket.HalfSo,
			Closing: &ticket.Closing{AskedAt: at, Mails: []uint32{2}, Subjects: []string{"Re: <Grüße>"}, CloseAt: later, NoticeAt: at, ToldAt: at, NoticeID: 18, Silent: true}, UpdatedAt: later, ClosedAt: later, PromiseID: 20, PromiseDue: later, PromiseIs: "open", Language: "de", Entries: 1, LastIn: "m@example.net"}},
		Entries: []ticket.Entry{
			{ID: 16, Ticket: 1, Seq: 1, Kind: ticket.MailIn, From: "Ann <ann@example.net>", To: []string{"s@example.com"}, Cc: []string{"c@d"}, At: at, Subject: "s", MessageID: "m@example.net",
				Excerpt: "help", Outcome: ticket.OutcomeNew, Evidence: []string{"token"}, SenderAuth: "pass", SenderWhy: []string{"SPF: pass"}, Attachments: []ticket.Attachment{{Name: "a.png", Type: "image/png", Size: 3}}, Problems: []string{"charset"}},
			{ID: 19, Ticket: 1, Seq: 2, Kind: ticket.MailOut, At: at, Text: "words", Outgoing: &sent, SentAt: later, Reply: "250 ok"},
		},
		Events: []ticket.Event{{Ticket: 1, ID: 16, At: at, Who: "rule vip", What: "priority", Why: "vip"}, {Ticket: 1, ID: 17, At: at, Who: "customer", What: "created"}},
		Receipts: []ticket.Receipt{{ID: 16, MessageID: "m@example.net", Outcome: ticket.OutcomeDuplicate, Ticket: 1, At: at, Source: "mx", Peer: "2001:db8::1", MailFrom: "<>",
			RcptTo: []string{"s@example.com"}, Author: "ann@example.net", Hash: []byte{0, 1, 255}, Size: 5, RawSum: []byte{9}, Original: 15, Helo: "mx.example.net"}},
		Raw:      map[ticket.ID]string{16: "a\x00\r\n\xff"},
		Outgoing: []ticket.Outgoing{row},
		Promises: []promise.Promise{{ID: 20, Ticket: 1, Customer: "Acme", Agent: "anna@example.com", Kind: promise.Callback, Told: true, State: promise.Open, DueAt: later, MadeAt: at,
			MadeBy: "rule vip", KeptAt: later, KeptBy: []string{"k@example.com"}, Cause: "m@example.net"}},
		Drawers: []ticket.DrawerItem{{ID: 21, Kind: ticket.DrawerHeld, Ticket: 1, Own: 1 << 63, Desk: "support", From: "Eve <eve@example.org>", Subject: "Re: <Grüße>", Why: "no proof",
			Since: at, DueAt: later, ListedAt: later}},
		Timers: []store.Timer{{At: later.Truncate(time.Millisecond), Kind: store.TimerOutbox, Ref: 18, Lane: "example.net"}, {At: later.Truncate(time.Millisecond), Kind: store.TimerPromise, Ref: 20},
			{At: later.Truncate(time.Millisecond), Kind: store.TimerDrawer, Ref: 21}, {At: later.Truncate(time.Millisecond), Kind: store.TimerSender, Ref: 16},
			{At: later.Truncate(time.Millisecond), Kind: store.TimerTicket, Ref: 1}},
		Counts: map[ticket.Outcome]uint64{ticket.OutcomeDuplicate: 1},
		LastID: 21,
		Meta:   map[string]string{"a": "\x00value"},
	}
}

func testRoundTrip(t *testing.T, h *house) {
	h.loose = true
	want := full()
	write := func(tx store.Tx) error {
		err := errors.Join(tx.PutTicket(&want.Tickets[0]), tx.PutEntry(&want.Entries[0]), tx.PutEntry(&want.Entries[1]), tx.PutEvents(want.Events),
			tx.PutReceipt(&want.Receipts[0]), tx.PutRaw(16, []byte(want.Raw[16]), nil), tx.PutOutgoing(&want.Outgoing[0]), tx.PutPromise(&want.Promises[0]), tx.PutDrawerItem(&want.Drawers[0]),
			tx.PutTimer(store.TimerSender, 16, want.Timers[3].At), tx.PutTimer(store.TimerTicket, 1, want.Timers[4].At))
		for k, v := range want.Meta {
			err = errors.Join(err, tx.PutMeta(k, []byte(v)))
		}
		return err
	}
	h.everywhere(write, func(t testing.TB, r store.Reader) {
		if d := cmp.Diff(want, dump(t, r), equal); d != "" {
			t.Errorf("what was read is not what was written:\n%s", d)
		}
		if e, err := r.Entry(19); err != nil || e.Text != "words" {
			t.Errorf("entry by its id: %v %v", e, err)
		}
	})
}

func testLookUpErrors(t *testing.T, h *house) {
	m := Mail{N: 1, RawSize: 10, Rows: 1, Promise: true}
	h.update(func(tx store.Tx) error { _, err := m.Put(tx); return err })
	rc, ev := m.Receipt(1), m.event(1)
	for name, c := range map[string]struct {
		do   func(store.Tx) error
		want error
	}{
		"receipt again": {func(tx store.Tx) error { return tx.PutReceipt(&rc) }, store.ErrExists},
		"events again":  {func(tx store.Tx) error { return tx.PutEvents([]ticket.Event{ev}) }, store.ErrExists},
		"no events":     {func(tx store.Tx) error { return tx.PutEvents(nil) }, nil},
		"delete no row": {func(tx store.Tx) error { return tx.DeleteOutgoing(99) }, store.ErrNotFound},
		"delete twice": {func(tx store.Tx) error {
			return errors.Join(tx.DeleteOutgoing(m.RowID(0)), tx.DeleteOutgoing(m.RowID(0)))
		}, store.ErrNotFound},
		"no ticket":  {func(tx store.Tx) error { _, err := tx.Ticket(2); return err }, store.ErrNotFound},
		"no entry":   {func(tx store.Tx) error { _, err := tx.Entry(2); return err }, store.ErrNotFound},
		"no receipt": {func(tx store.Tx) error { _, err := tx.Receipt(2); return err }, store.ErrNotFound},
		"no raw":     {func(tx store.Tx) error { _, err := tx.Raw(2); return err }, store.ErrNotFound},
		"no row":     {func(tx store.Tx) error { _, err := tx.Outgoing(2); return err }, store.ErrNotFound},
		"no item":    {func(tx store.Tx) error { _, err := tx.DrawerItem(2); return err }, store.ErrNotFound},
		"delete no timer": {func(tx store.Tx) error {
			return errors.Join(tx.PutTimer(store.TimerSender, 2, start), tx.DeleteTimer(store.TimerSender, 2, start.Add(time.Millisecond)))
		}, store.ErrNotFound},
		"delete another's timer": {func(tx store.Tx) error {
			return errors.Join(tx.PutTimer(store.TimerSender, 2, start), tx.DeleteTimer(store.TimerTicket, 2, start))
		}, store.ErrNotFound},
		"delete a timer": {func(tx store.Tx) error {
			return errors.Join(tx.PutTimer(store.TimerTicket, 2, start), tx.DeleteTimer(store.TimerTicket, 2, start))
		}, nil},
		"timer that follows":       {func(tx store.Tx) error { return tx.PutTimer(store.TimerPromise, 2, start) }, store.ErrFollows},
		"timer that follows, gone": {func(tx store.Tx) error { return tx.DeleteTimer(store.TimerOutbox, 2, start) }, store.ErrFollows},
		"delete no item":           {func(tx store.Tx) error { return tx.DeleteDrawerItem(99) }, store.ErrNotFound},
		"no promise":               {func(tx store.Tx) error { _, err := tx.Promise(2); return err }, store.ErrNotFound},
		"not encodable": {func(tx store.Tx) error {
			return tx.PutTicket(&ticket.Ticket{Number: 1, CreatedAt: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)})
		}, errAny},
		"nothing is fine": {func(store.Tx) error { return nil }, nil},
	} {
		err := h.s.Update(store.Background, c.do)
		if c.want == errAny && err != nil {
			continue
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, must be %v", name, err, c.want)
		}
	}
	h.view(func(r store.Reader) error { _, err := m.Present(r); return err })
}

// errAny stands for whatever error.
var errAny = errors.New("any error")

func testPaging(t *testing.T, h *house) {
	h.update(func(tx store.Tx) error {
		for n := uint64(1); n <= 300; n++ {
			if _, err := (Mail{N: n, RawSize: 3, Rows: 1}).Put(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for name, c := range map[string]struct {
		before uint64
		limit  int
		want   []uint64
	}{
		"newest":          {0, 3, []uint64{300, 299, 298}},
		"all behind":      {4, 9, []uint64{3, 2, 1}},
		"below the first": {1, 9, nil},
		"above the last":  {1 << 60, 2, []uint64{300, 299}},
		"one above":       {301, 1, []uint64{300}},
		"in the middle":   {256, 2, []uint64{255, 254}},
	} {
		h.view(func(r store.Reader) error {
			var got []uint64
			err := r.Tickets(c.before, func(t ticket.Ticket) bool {
				got = append(got, t.Number)
				return len(got) < c.limit
			})
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, must be %v", name, got, c.want)
			}
			return err
		})
	}
	h.view(func(r store.Reader) error {
		for what, each := range map[string]func(stop func() bool) error{
			"receipts": func(stop func() bool) error { return r.Receipts(func(ticket.Receipt) bool { return stop() }) },
			"rows":     func(stop func() bool) error { return r.OutgoingRows(func(ticket.Outgoing) bool { return stop() }) },
			"timers": func(stop func() bool) error {
				return r.Timers(store.TimerOutbox, start.AddDate(1, 0, 0), func(store.Timer) bool { return stop() })
			},
		} {
			n := 0
			if err := each(func() bool { n++; return n < 5 }); err != nil || n != 5 {
				t.Errorf("%s: %d after being told to stop at 5: %v", what, n, err)
			}
		}
		return nil
	})
}

func testMessageIDs(t *testing.T, h *house) {
	h.loose = true
	for i, id := range []string{"a@b", "A@b", "a@b ", "", "\xe9t\xe9@b", "日本@b", string(make([]byte, 5000))} {
		h.update(func(tx store.Tx) error {
			for k := range ticket.ID(3) {
				if err := tx.PutReceipt(&ticket.Receipt{ID: ticket.ID(100-10*i) + k, MessageID: id, Outcome: ticket.OutcomeNew}); err != nil {
					return err
				}
			}
			return nil
		})
		h.view(func(r store.Reader) error {
			for limit, want := range map[int]int{0: 0, 1: 1, 2: 2, 9: 3} {
				if id == "" {
					want = 0
				}
				found, err := r.ReceiptsByMessageID(id, limit)
				if err != nil || len(found) != want {
					t.Errorf("%.20q, at most %d: %d found, must be %d: %v", id, limit, len(found), want, err)
				}
				for k, rc := range found {
					if rc.ID != ticket.ID(100-10*i+k) {
						t.Errorf("%.20q: %d-th is %d", id, k, rc.ID)
					}
				}
			}
			rc, err := r.Receipt(ticket.ID(100 - 10*i))
			if err != nil {
				return err
			}
			if found, err := r.ReceiptsByMessageID(rc.MessageID, 9); err != nil || len(found) != 3 && id != "" {
				t.Errorf("%.20q, as kept: %d found: %v", id, len(found), err)
			}
			return nil
		})
	}
}

// A device that gives all its mails one Message-ID: each content is found, and its first receipt.
func testRepeated(t *testing.T, h *house) {
	h.loose = true // receipts without mails
	hash := func(n int) []byte { return []byte{byte(n), byte(n >> 8)} }
	const contents = 300
	h.update(func(tx store.Tx) error {
		for id := range ticket.ID(2 * contents) {
			rc := ticket.Receipt{ID: id + 1, MessageID: "same@device.example", Author: "device@example.net", Hash: hash(int(id) % contents), Outcome: ticket.OutcomeNew}
			if err := tx.PutReceipt(&rc); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		for n := range contents {
			if rc, err := r.Repeated("same@device.example", "device@example.net", hash(n)); err != nil || rc.ID != ticket.ID(n+1) {
				t.Errorf("content %d: receipt %d: %v", n, rc.ID, err)
			}
		}
		for what, found := range map[string]error{
			"another author":     second(r.Repeated("same@device.example", "other@example.net", hash(1))),
			"another content":    second(r.Repeated("same@device.example", "device@example.net", hash(contents))),
			"another Message-ID": second(r.Repeated("other@device.example", "device@example.net", hash(1))),
		} {
			if !errors.Is(found, store.ErrNotFound) {
				t.Errorf("%s is taken for the same mail: %v", what, found)
			}
		}
		return nil
	})
}

func second[T any](_ T, err error) error { return err }

// timers returns the references of a kind's timers that are due.
func timers(t testing.TB, r store.Reader, kind store.TimerKind, until time.Time) string {
	var got []ticket.ID
	err := r.Timers(kind, until, func(x store.Timer) bool {
		if x.Kind != kind {
			t.Errorf("asked for timers of kind %c, got %c", kind, x.Kind)
		}
		got = append(got, x.Ref)
		return true
	})
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprint([]uint64(uints(got)))
}

func uints(ids []ticket.ID) []uint64 {
	var out []uint64
	for _, id := range ids {
		out = append(out, uint64(id))
	}
	return out
}

func testOutgoingTimers(t *testing.T, h *house) {
	h.loose = true
	row := func(id ticket.ID, minutes int) *ticket.Outgoing {
		return &ticket.Outgoing{ID: id, NextAt: start.Add(time.Duration(minutes) * time.Minute)}
	}
	put := func(o *ticket.Outgoing) { h.update(func(tx store.Tx) error { return tx.PutOutgoing(o) }) }
	due := func(minutes int, want string) {
		t.Helper()
		h.view(func(r store.Reader) error {
			if got := timers(t, r, store.TimerOutbox, start.Add(time.Duration(minutes)*time.Minute)); got != want {
				t.Errorf("due after %d minutes: %s, must be %s", minutes, got, want)
			}
			if got := timers(t, r, store.TimerPromise, start.AddDate(9, 0, 0)); got != "[]" {
				t.Errorf("timers of promises: %s", got)
			}
			return nil
		})
	}
	put(row(3, 10))
	put(row(2, 10))
	put(row(1, 30))
	due(9, "[]")
	due(10, "[2 3]")
	due(30, "[2 3 1]")
	put(row(2, 40)) // moves
	due(30, "[3 1]")
	due(40, "[3 1 2]")
	put(row(2, 40)) // stays
	due(40, "[3 1 2]")
	h.update(func(tx store.Tx) error { return tx.DeleteOutgoing(1) })
	due(40, "[3 2]")
	h.reopen()
	due(40, "[3 2]")
}

func testPromiseTimers(t *testing.T, h *house) {
	h.loose = true
	p := promise.Promise{ID: 7, Ticket: 1, State: promise.Open, DueAt: start}
	h.update(func(tx store.Tx) error { return tx.PutTicket(&ticket.Ticket{Number: 1}) })
	step := func(change func(), want string) {
		t.Helper()
		change()
		h.update(func(tx store.Tx) error { return tx.PutPromise(&p) })
		h.view(func(r store.Reader) error {
			if got := timers(t, r, store.TimerPromise, start.Add(time.Hour)); got != want {
				t.Errorf("promise %s until %s: timers %s, must be %s", p.State, p.DueAt, got, want)
			}
			return nil
		})
	}
	step(func() {}, "[7]")
	step(func() { p.DueAt = start.Add(30 * time.Minute) }, "[7]")
	step(func() { p.DueAt = start.Add(61 * time.Minute) }, "[]")
	step(func() { p.DueAt = start }, "[7]")
	step(func() { p.State = promise.Kept }, "[]")
	step(func() { p.KeptBy = []string{"a@b"} }, "[]")
}

// testOldTimers sees that the zero time and others before 1970 are due first.
func testOldTimers(t *testing.T, h *house) {
	h.loose = true
	h.update(func(tx store.Tx) error {
		return errors.Join(tx.PutOutgoing(&ticket.Outgoing{ID: 1, NextAt: start}), tx.PutOutgoing(&ticket.Outgoing{ID: 2}),
			tx.PutOutgoing(&ticket.Outgoing{ID: 3, NextAt: time.Unix(-1, 0)}))
	})
	h.view(func(r store.Reader) error {
		for until, want := range map[time.Time]string{{}: "[2]", time.Unix(0, 0): "[2 3]", start: "[2 3 1]"} {
			if got := timers(t, r, store.TimerOutbox, until); got != want {
				t.Errorf("until %s: %s, must be %s", until, got, want)
			}
		}
		return nil
	})
}
