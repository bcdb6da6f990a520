package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// errRandom is how a random update fails on purpose.
var errRandom = errors.New("random failure")

// randomUpdate returns an update of a few random operations on few keys, so that
// they meet. It does the same on whatever Tx it runs on, and says what it saw.
func randomUpdate(r *rand.Rand) func(store.Tx) (string, error) {
	var ops []func(store.Tx) string
	for range 1 + r.IntN(6) {
		ops = append(ops, randomOp(r))
	}
	fails := r.IntN(8)
	return func(tx store.Tx) (string, error) {
		var saw []string
		for _, op := range ops {
			saw = append(saw, op(tx))
		}
		switch fails {
		case 0:
			return strings.Join(saw, "; "), errRandom
		case 1:
			panic(errRandom)
		}
		return strings.Join(saw, "; "), nil
	}
}

// randomOp returns one operation; it says what came of it.
func randomOp(r *rand.Rand) func(store.Tx) string {
	id, number := ticket.ID(1+r.IntN(rawIDs-1)), uint64(1+r.IntN(8))
	at := start.Add(time.Duration(r.IntN(50)) * time.Minute)
	size, word := r.IntN(6000), fmt.Sprint(r.IntN(1000))
	lane := []string{"", "example.net", "b\xffd.example"}[r.IntN(3)]
	kind := store.TimerKinds()[r.IntN(len(store.TimerKinds()))]
	all := []func(store.Tx) string{
		func(tx store.Tx) string { n, err := tx.NewTicketNumber(); return say(fmt.Sprint("number ", n), err) },
		func(tx store.Tx) string {
			return say("ticket", tx.PutTicket(&ticket.Ticket{Number: number, Subject: word, CreatedAt: at, CustomerID: uint64(id % 4), Confidence: someConfidence(word), Status: someStatus(word)}))
		},
		func(tx store.Tx) string {
			// An entry stays on its ticket, unless it is moved.
			return say("entry", tx.PutEntry(&ticket.Entry{ID: id, Ticket: 1 + uint64(id)%8, Text: word, At: at}))
		},
		func(tx store.Tx) string { return say("move", tx.MoveEntry(id, number, uint32(size))) },
		func(tx store.Tx) string {
			return say("move receipt", tx.MoveReceipt(id, ticket.Outcomes()[size%7], number))
		},
		func(tx store.Tx) string {
			e, err := tx.Entry(id)
			return say(fmt.Sprint("entry of ", e.Ticket, " ", e.Seq), err)
		},
		func(tx store.Tx) string {
			return say("events", tx.PutEvents([]ticket.Event{{Ticket: number, ID: id, What: word}, {Ticket: number, ID: id + 1, What: "too"}}))
		},
		func(tx store.Tx) string {
			return say("receipt", tx.PutReceipt(&ticket.Receipt{ID: id, MessageID: fmt.Sprint("m", number), Outcome: ticket.Outcomes()[number%7], Ticket: number}))
		},
		func(tx store.Tx) string {
			raw, bodies := withFiles([]byte(strings.Repeat(word, 1+size/len(word))), []uint64{number % 3, uint64(size % 3)}[:size%4%3])
			return say("raw", tx.PutRaw(id, raw, bodies))
		},
		func(tx store.Tx) string {
			return say("row", tx.PutOutgoing(&ticket.Outgoing{ID: id, Ticket: number, Lane: lane, NextAt: at, Facts: []byte(`{"x":"<` + word + `>"}`)}))
		},
		func(tx store.Tx) string { return say("delete", tx.DeleteOutgoing(id)) },
		func(tx store.Tx) string {
			state := []promise.State{promise.Open, promise.Open, promise.Kept, promise.Broken}[size%4]
			var alarm time.Time // some are looked at before they are due
			if size%3 == 0 {
				alarm = at.Add(-time.Minute)
			}
			return say("promise", tx.PutPromise(&promise.Promise{ID: id, Ticket: number, State: state, DueAt: at, AlarmAt: alarm}))
		},
		func(tx store.Tx) string {
			found, err := tx.TicketPromises(number)
			return say(fmt.Sprint("promises ", len(found)), err)
		},
		func(tx store.Tx) string {
			d := ticket.DrawerItem{ID: id, Kind: ticket.DrawerHeld, Ticket: number, Why: word, DueAt: at}
			if size%3 == 0 {
				d.DueAt = time.Time{}
			}
			return say("drawer", tx.PutDrawerItem(&d))
		},
		func(tx store.Tx) string { return say("timer", tx.PutTimer(kind, id, at)) },
		func(tx store.Tx) string { return say("no timer", tx.DeleteTimer(kind, id, at)) },
		func(tx store.Tx) string { return say("out of the drawer", tx.DeleteDrawerItem(id)) },
		func(tx store.Tx) string {
			d, err := tx.DrawerItem(id)
			return say(fmt.Sprint("drawer ", d.Why), err)
		},
		func(tx store.Tx) string { return say("meta", tx.PutMeta(metaNames[size%len(metaNames)], []byte(word))) },
		func(tx store.Tx) string {
			found, err := tx.ReceiptsByMessageID(fmt.Sprint("m", number), 3)
			return say(fmt.Sprint("find ", len(found)), err)
		},
		func(tx store.Tx) string {
			found, err := tx.Repeated(fmt.Sprint("m", number), "", nil)
			return say(fmt.Sprint("repeated ", found.ID), err)
		},
		func(tx store.Tx) string {
			counts, err := tx.Counts()
			return say(fmt.Sprint("counts ", counts), err)
		},
		func(tx store.Tx) string {
			n := 0
			err := tx.Timers(kind, at, func(store.Timer) bool { n++; return true })
			return say(fmt.Sprintf("timers %c %d", kind, n), err)
		},
		func(tx store.Tx) string { last, err := tx.LastID(); return say(fmt.Sprint("last ", last), err) },
		func(tx store.Tx) string {
			raw, err := tx.Raw(id)
			return say(fmt.Sprintf("raw %.9q %d", raw, len(raw)), err)
		},
		func(tx store.Tx) string {
			o, err := tx.Outgoing(id)
			return say(fmt.Sprint("row ", string(o.Facts)), err)
		},
	}
	all = append(all, clueOps(id, number, size)...)
	all = append(all, unreachableOps(number, word)...)
	all = append(all, eraseOps(id, number, size)...)
	all = append(all, customerOps(id, number, word)...)
	all = append(all, placeOps(id, number, size)...)
	return all[r.IntN(len(all))]
}

// clueOps are operations on few clues.
func clueOps(id ticket.ID, number uint64, size int) []func(store.Tx) string {
	kind, key := "ab\xff"[size%3], [16]byte{0: byte(number % 2 * 0xff), 15: byte(size % 2)}
	return []func(store.Tx) string{
		func(tx store.Tx) string { return say("clue", tx.PutClue(kind, key, id)) },
		func(tx store.Tx) string {
			found, err := tx.Clues(kind, key, 1+size%4)
			return say(fmt.Sprint("clues ", uints(found)), err)
		},
	}
}

// say says what came of an operation.
func say(what string, err error) string {
	for _, known := range []error{nil, store.ErrNotFound, store.ErrExists} {
		if errors.Is(err, known) {
			return fmt.Sprint(what, ": ", known)
		}
	}
	return fmt.Sprint(what, ": unexpected: ", err)
}

// done is an update that ran: where in the order of all, and what it saw.
type done struct {
	order int
	fn    func(store.Tx) (string, error)
	saw   string
	good  bool
}

// testModel runs random updates from several goroutines, with reopening between,
// and compares what each saw and the state they left with a model on which the
// same updates ran one after the other.
func testModel(t *testing.T, h *house) {
	h.loose = true
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := newModel()
	for round := range uint64(6) {
		all := h.randomRound(seed + round)
		slices.SortFunc(all, func(a, b done) int { return cmp.Compare(a.order, b.order) })
		for _, d := range all {
			after := m.copy()
			saw, err := runOn(after, d.fn)
			// One that failed saw a state of its own: those of its group that came
			// before it have run again since.
			if d.good && saw != d.saw || (err == nil) != d.good {
				t.Errorf("the store: %q %v\nthe model: %q %v", d.saw, d.good, saw, err)
			}
			if err == nil {
				m = after
			}
		}
		h.view(func(r store.Reader) error {
			if d := gocmp.Diff(dump(t, m), dump(t, r), equal); d != "" {
				t.Errorf("seed %d, round %d: model and store differ:\n%s", seed, round, d)
			}
			return nil
		})
		switch round % 3 {
		case 0:
			h.purge()
		case 1:
			h.reopen()
		}
	}
	err := h.s.Update(store.Background, func(tx store.Tx) (err error) { // chance may have left one out, and its parts would lie about
		for n := uint64(1); n <= 8; n++ {
			err = errors.Join(err, tx.PutTicket(&ticket.Ticket{Number: n}))
		}
		for id := range ticket.ID(rawIDs) {
			err = errors.Join(err, tx.PutDrawerItem(&ticket.DrawerItem{ID: id}))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// randomRound runs updates from several goroutines and returns all of them.
func (h *house) randomRound(seed uint64) []done {
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		all  []done
		turn int // the engine runs one function at a time; the last run of each counts
	)
	for g := range uint64(4) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, g))
			for range 25 {
				d := done{fn: randomUpdate(r)}
				err := h.s.Update(store.Class(r.IntN(2)), func(tx store.Tx) error {
					turn++
					d.order = turn
					var err error
					d.saw = ""
					d.saw, err = d.fn(tx)
					return err
				})
				d.good = err == nil
				mu.Lock()
				all = append(all, d)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return all
}

// runOn runs an update on a model, with a panic as an error.
func runOn(m *model, fn func(store.Tx) (string, error)) (saw string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errRandom
		}
	}()
	return fn(m)
}
