package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// mailA has everything, its raw bytes in a segment; mailB's are in the database.
var (
	mailA = storetest.Mail{N: 1, RawSize: 4000, Rows: 2, Promise: true, Drawer: true, Clues: 2, Files: 2}
	mailB = storetest.Mail{N: 2, RawSize: 10}
)

// problems returns what Verify says of a store with both mails, after damage.
func problems(t *testing.T, damage func(*tx) error) []string {
	t.Helper()
	o := small(t.TempDir())
	s := mustOpen(t, o)
	defer s.Close()
	if err := errors.Join(put(s, mailA), put(s, mailB)); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(store.Intake, func(x store.Tx) error { return damage(x.(*tx)) }); err != nil {
		t.Fatal(err)
	}
	var rep store.Report
	err := s.View(func(r store.Reader) (err error) { rep, err = store.Verify(r, nil); return err })
	if err != nil {
		return []string{err.Error()}
	}
	return rep.Problems
}

// change reads a value, changes it and writes it back.
func change[T any](v T, err error, how func(*T), write func(*T) error) error {
	if err != nil {
		return err
	}
	how(&v)
	return write(&v)
}

func TestVerifyNamesDamage(t *testing.T) {
	id, b := mailA.ID(), mailB.ID()
	row := mailA.RowID(0)
	for name, c := range map[string]struct {
		damage func(*tx) error
		want   string // "" = nothing
	}{
		"none":          {func(*tx) error { return nil }, ""},
		"counter":       {func(x *tx) error { return x.putBytes(inCount, []byte("new"), numberKey(7)) }, "the counter of new is 7, the receipts are 2"},
		"odd counter":   {func(x *tx) error { return x.putBytes(inCount, []byte("odd"), numberKey(1)) }, `unknown outcome "odd"`},
		"odd outcome":   {func(x *tx) error { return x.put(inID, nameKey(99, idReceipt), ticket.Receipt{ID: 99, Outcome: "odd"}) }, `receipts with the unknown outcome "odd"`},
		"raw gone":      {func(x *tx) error { return x.delete(inRaw, idKey(id)) }, "raw mail: store: not found"},
		"raw changed":   {func(x *tx) error { return x.PutRaw(b, []byte("0123456789"), nil) }, "not the one that was accepted"},
		"raw cut":       {func(x *tx) error { return x.PutRaw(b, mailB.Raw()[:9], nil) }, "not the one that was accepted (9 bytes, must be 10)"},
		"place damaged": {func(x *tx) error { return x.putBytes(inRaw, idKey(id), []byte("\x01{")) }, "raw mail: store: damaged record"},
		"place outside": {func(x *tx) error {
			return x.putBytes(inRaw, idKey(id), []byte("\x01{\"segment\":1,\"offset\":9,\"size\":9223372036854775807}"))
		}, "the mail is said to be 9223372036854775807 at 9"},
		"file's row gone": {func(x *tx) error {
			k, _ := x.bucket(inFile).Cursor().First()
			return x.delete(inFile, k)
		}, "raw mail: store: damaged record: the row of its file"},
		"segment damaged":  {damageSegment, "not the one that was accepted"},
		"not in the index": {func(x *tx) error { return x.delete(inMessageID, indexKey(mailA)) }, "not in the index of its Message-ID"},
		"index dangles": {func(x *tx) error {
			return x.putBytes(inMessageID, append(indexKey(mailA)[:messageIDHash+contentHash], idKey(5)...), numberKey(1))
		},
			"index of \"m1@example.net\": store: not found"},
		"original gone": {func(x *tx) error {
			return x.PutReceipt(&ticket.Receipt{ID: 77, Outcome: ticket.OutcomeDuplicate, Original: 76})
		}, "it repeats 000000000002c, which is not there"},
		"entry gone":       {func(x *tx) error { return x.delete(inID, nameKey(id, idEntry)) }, "no entry on ticket 1"},
		"entry too few":    {func(x *tx) error { return x.delete(inTicket, partKey(1, partEntry, id)) }, "ticket 1: it has 0 entries, and says 1"},
		"receipt gone":     {func(x *tx) error { return x.delete(inID, nameKey(id, idReceipt)) }, "of ticket 1: no receipt for it"},
		"ticket gone":      {func(x *tx) error { return x.delete(inTicket, ticketKey(2)) }, "its ticket 2 is not there"},
		"ticket damaged":   {func(x *tx) error { return x.putBytes(inTicket, ticketKey(1), []byte("{")) }, "damaged record"},
		"no event":         {func(x *tx) error { return x.delete(inTicket, partKey(1, partEvents, id)) }, "no event says how it came to be"},
		"promise gone":     {func(x *tx) error { return x.delete(inID, nameKey(id+8, idPromise)) }, "is not in the ledger"},
		"row without time": {func(x *tx) error { return x.delete(inTimer, firstTimer(x, store.TimerOutbox)) }, "1 timers of kind o, must be 2"},
		"promise's timer":  {func(x *tx) error { return x.delete(inTimer, firstTimer(x, store.TimerPromise)) }, "0 timers of kind p, must be 1"},
		"timer alone": {func(x *tx) error {
			return x.putBytes(inTimer, timerKey(store.Timer{Kind: store.TimerOutbox, Ref: 3}), nil)
		}, "which is not there or not due then"},
		"another lane": {func(x *tx) error { return x.putBytes(inTimer, firstTimer(x, store.TimerOutbox), []byte("b.example")) },
			`a timer in lane "b.example" for outgoing 000000000000h, which waits in lane "example.com"`},
		"timer without lane":   {func(x *tx) error { return x.putBytes(inTimer, firstTimer(x, store.TimerOutbox), nil) }, `a timer in lane "" for`},
		"item without time":    {func(x *tx) error { return x.delete(inTimer, firstTimer(x, store.TimerDrawer)) }, "0 timers of kind d, must be 1"},
		"item gone":            {func(x *tx) error { return x.delete(inDrawer, idKey(id)) }, "for drawer item 000000000000g, which is not there or not due then"},
		"item damaged":         {func(x *tx) error { return x.putBytes(inDrawer, idKey(id), []byte("[")) }, "damaged record"},
		"item without a clock": {changeItem(func(d *ticket.DrawerItem) { d.DueAt = time.Time{} }), "1 timers of kind d, must be 0"},
		"item due later":       {changeItem(func(d *ticket.DrawerItem) { d.DueAt = d.DueAt.Add(time.Second) }), "not due then"},
		"item of no ticket":    {changeItem(func(d *ticket.DrawerItem) { d.Ticket = 0 }), ""},
		"item's ticket gone":   {changeItem(func(d *ticket.DrawerItem) { d.Ticket = 9 }), "drawer item 000000000000g: its ticket 9 is not there"},
		"item's own gone":      {changeItem(func(d *ticket.DrawerItem) { d.Own = 8 }), "drawer item 000000000000g: its ticket 8 is not there"},
		"item in no drawer":    {changeItem(func(d *ticket.DrawerItem) { d.Kind = "lost" }), `no drawer is called "lost"`},
		"number of none":       {changeEntry(func(e *ticket.Entry) { e.Seq = 0 }), "its number 0 is not its own"},
		"number not given":     {changeEntry(func(e *ticket.Entry) { e.Seq = 2 }), "its number 2 is not its own"},
		"number that went": {changeTicket(func(t *ticket.Ticket) { t.Entries, t.Moves = 2, []ticket.Move{{First: 1, Last: 1, To: 2, As: 1}} }),
			"its number 1 is not its own"},
		"went nowhere": {changeTicket(func(t *ticket.Ticket) { t.Entries, t.Moves = 2, []ticket.Move{{First: 2, Last: 2, To: 9, As: 1}} }),
			"entries went to ticket 9, which is not there"},
		"went to no number": {changeTicket(func(t *ticket.Ticket) { t.Entries, t.Moves = 3, []ticket.Move{{First: 2, Last: 3, To: 2, As: 1}} }),
			"entries went to ticket 2 as its 1-th and later, and it has given 1 numbers"},
		"went without having been": {changeTicket(func(t *ticket.Ticket) { t.Moves = []ticket.Move{{First: 2, Last: 2, To: 2, As: 1}} }),
			"entries 2 to 2 are said to have gone to ticket 2, of 1"},
		"went to another ticket": {changeTicket(func(t *ticket.Ticket) { t.Entries, t.Moves = 2, []ticket.Move{{First: 2, Last: 2, To: 2, As: 1}} }), ""},
		"clue alone":             {func(x *tx) error { return x.PutClue('a', [16]byte{}, 99) }, "a clue of kind a leads to 0000000000033, which is no mail"},
		"one clue of two mails":  {func(x *tx) error { return errors.Join(x.PutClue('l', [16]byte{}, id), x.PutClue('l', [16]byte{}, b)) }, ""},
		"clue damaged":           {func(x *tx) error { return x.putBytes(inClue, []byte("a"), nil) }, "clue 61: store: damaged record"},
		"timer damaged":          {func(x *tx) error { return x.putBytes(inTimer, []byte("oX"), nil) }, "damaged record"},
		"entry says another ticket": {func(x *tx) error {
			e, err := x.Entry(id)
			return change(e, err, func(e *ticket.Entry) { e.Ticket = 2 }, func(e *ticket.Entry) error { return x.put(inTicket, partKey(1, partEntry, id), e) })
		}, "kept under ticket 1, and says 2"},
		"note not found by its id": {func(x *tx) error {
			return x.put(inTicket, partKey(1, partEntry, 99), ticket.Entry{ID: 99, Ticket: 1, Kind: ticket.Note})
		}, "not found by its id"},
		"waits and has left": {func(x *tx) error {
			return x.PutEntry(&ticket.Entry{ID: row, Ticket: 1, Kind: ticket.MailOut, Outgoing: &ticket.Outgoing{}})
		}, "must either wait or have left"},
		"neither waits nor left": {func(x *tx) error { return x.PutEntry(&ticket.Entry{ID: 99, Ticket: 1, Kind: ticket.MailOut}) }, "must either wait or have left"},
		"promise says otherwise": {func(x *tx) error {
			p, err := x.Promise(id + 8)
			return change(p, err, func(p *promise.Promise) { p.State = promise.Kept }, x.PutPromise)
		}, "it says that its promise is open"},
		"row due at another time": {func(x *tx) error {
			o, err := x.Outgoing(row)
			return change(o, err, func(o *ticket.Outgoing) { o.NextAt = o.NextAt.AddDate(1, 0, 0) }, func(o *ticket.Outgoing) error { return x.put(inOutgoing, idKey(row), o) })
		}, "which is not there or not due then"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(problems(t, c.damage), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("it says\n%s\nand must say: %s", got, c.want)
			}
		})
	}
}

// Timers that stand for themselves must have somebody whom they are for.
func TestVerifyTimersAlone(t *testing.T) {
	for name, c := range map[string]struct {
		kind store.TimerKind
		ref  ticket.ID
		want string
	}{
		"of no mail":   {store.TimerSender, 99, "for the sender of mail 0000000000033, which was not accepted"},
		"of no ticket": {store.TimerTicket, 9, "for ticket 9, which is not there"},
		"of a mail":    {store.TimerSender, mailA.ID(), ""},
		"of a ticket":  {store.TimerTicket, 1, ""},
	} {
		got := strings.Join(problems(t, func(x *tx) error { return x.PutTimer(c.kind, c.ref, time.Time{}) }), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: it says\n%s\nand must say: %s", name, got, c.want)
		}
	}
}

// indexKey is where a mail is in the index of Message-IDs.
func indexKey(m storetest.Mail) []byte {
	rc := m.Receipt(1)
	return append(contentKey(rc.MessageID, rc.Author, rc.Hash), idKey(rc.ID)...)
}

func firstTimer(x *tx, kind store.TimerKind) []byte {
	k, _ := x.bucket(inTimer).Cursor().Seek([]byte{byte(kind)})
	return append([]byte(nil), k...)
}

// changeEntry changes mail A's entry.
func changeEntry(how func(*ticket.Entry)) func(*tx) error {
	return func(x *tx) error {
		e, err := x.Entry(mailA.ID())
		return change(e, err, how, x.PutEntry)
	}
}

// changeTicket changes mail A's ticket.
func changeTicket(how func(*ticket.Ticket)) func(*tx) error {
	return func(x *tx) error {
		t, err := x.Ticket(1)
		return change(t, err, how, x.PutTicket)
	}
}

// changeItem changes mail A's drawer item, and not its timer.
func changeItem(how func(*ticket.DrawerItem)) func(*tx) error {
	return func(x *tx) error {
		d, err := x.DrawerItem(mailA.ID())
		return change(d, err, how, func(d *ticket.DrawerItem) error { return x.put(inDrawer, idKey(d.ID), d) })
	}
}

// damageSegment turns one bit of mail A's bytes.
func damageSegment(x *tx) error {
	path := filepath.Join(x.dir, segmentDir, segmentName(1))
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[len(b)-10] ^= 1
	return os.WriteFile(path, b, 0o600)
}

func TestVerifySteps(t *testing.T) {
	s := newStore(t, small(t.TempDir()))
	err := s.Update(store.Intake, func(x store.Tx) error {
		for n := range uint64(1500) {
			if _, err := (storetest.Mail{N: n + 1}).Put(x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]uint64{}
	err = s.View(func(r store.Reader) error {
		_, err := store.Verify(r, func(what string, n uint64) { seen[what] = n })
		return err
	})
	if err != nil || seen["receipts"] != 1024 || seen["tickets"] != 1024 {
		t.Errorf("steps %v: %v", seen, err)
	}
}

// FuzzRecords puts any bytes under any key of any bucket: readers may say that it
// is damaged, and never panic.
func FuzzRecords(f *testing.F) {
	s := mustOpen(f, small(f.TempDir()))
	f.Cleanup(func() { s.Close() })
	if err := errors.Join(put(s, mailA), put(s, mailB)); err != nil {
		f.Fatal(err)
	}
	id := idKey(mailA.ID())
	for in := range bucketCount {
		f.Add(uint8(in), id, []byte("{}"))
		f.Add(uint8(in), []byte("x"), []byte(""))
		f.Add(uint8(in), numberKey(1), []byte("null"))
		f.Add(uint8(in), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []byte(`{"number":-1}`))
	}
	f.Add(uint8(inRaw), id, []byte("\x01{\"segment\":1,\"offset\":9,\"size\":9223372036854775807}"))
	f.Add(uint8(inRaw), id, []byte("\x01{\"segment\":1,\"offset\":-9,\"size\":-1}"))
	f.Add(uint8(inRaw), id, []byte("\x02"))
	f.Add(uint8(inRaw), id, []byte("\x02{\"text\":{\"segment\":1,\"offset\":9,\"size\":9},\"files\":[{\"at\":9223372036854775807,\"size\":1}]}"))
	f.Add(uint8(inFile), append(make([]byte, 32), id...), []byte("{\"segment\":1,\"offset\":9,\"size\":1}"))
	f.Add(uint8(inSegment), []byte{0, 0, 0, 1}, []byte{1})
	f.Add(uint8(inShelf), []byte("sx\x00\xff\xff\xff\xff\x01"), []byte{0, 0, 0, 1})
	f.Add(uint8(inShelf), topKey("x"), []byte{0, 0, 0, 1})
	f.Add(uint8(inShelf), placeKey("x", 1), []byte{0, 1, 1, 1, 0, 0})
	f.Add(uint8(inTicket), append(numberKey(1), "x\x00\x00\x00\x01x"...), []byte{})
	f.Add(uint8(inMarks), []byte("a\x00n"), []byte{1})
	f.Add(uint8(inDrawer), id, []byte(`{"due_at":"9999-12-31T23:59:59+99:99"}`))
	f.Add(uint8(inCount), []byte("new"), []byte{1})
	f.Add(uint8(inID), nameKey(mailA.ID(), idEntry), []byte{1})
	f.Add(uint8(inTicket), partKey(1, partEvents, mailA.ID()), []byte(`[{"id":"!"}]`))
	f.Fuzz(func(t *testing.T, in uint8, key, value []byte) {
		btx, err := s.db.Begin(true)
		if err != nil {
			t.Fatal(err)
		}
		defer btx.Rollback()
		x := newTx(btx, s)
		if len(key) == 0 || len(key) > 1000 || x.putBytes(bucket(in)%bucketCount, key, value) != nil {
			return
		}
		_ = checkFormat(btx)
		_, _ = segmentEnds(btx)
		_, _ = store.Verify(x, nil)
		_, _ = x.LastID()
		_, _ = x.Meta(string(key))
		_, _ = x.Clues('a', [16]byte{}, 9)
		for _, id := range []ticket.ID{mailA.ID(), mailB.ID(), mailA.RowID(0)} {
			_, _ = x.Raw(id)
			_ = x.forgetFiles(id)
			_, _ = x.Entry(id)
			_, _ = x.Outgoing(id)
			_ = x.DeleteOutgoing(id)
			_ = x.PutPromise(&promise.Promise{ID: id + 8})
			_ = x.PutDrawerItem(&ticket.DrawerItem{ID: id})
			_ = x.DeleteDrawerItem(id)
		}
		_, _ = x.TicketPromises(1)
		_ = x.Marks("a", func(view.MailRef, []byte) bool { return true })
		_ = x.PutPlace(&view.Place{Shelf: "x", UID: 1, Count: 1, Ticket: 1, Seq: 1})
		_ = x.DeleteItem(mailA.ID())
		_ = x.checkPlaces(func(string, ...any) bool { return true })
		_ = x.Tickets(1<<62, func(ticket.Ticket) bool { return true })
		_ = checkFiles(&x.reader)
		_ = x.flush()
	})
}
