package roster

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

// editor is one on a book, with ids in order.
func (b *book) editor() *Editor {
	return &Editor{Tx: b, NotFound: errAbsent, Now: time.Unix(2e9, 0).UTC(), Who: "command", NewID: func() ticket.ID { b.id++; return 1000 + b.id }}
}

// newBook keeps customers.
func newBook(t *testing.T, list ...customer.Customer) *book {
	t.Helper()
	b := &book{records: map[uint64]customer.Customer{}}
	b.seed(t, list...)
	return b
}

// refusedWith checks that a change was refused with a line.
func refusedWith(t *testing.T, err error, want string) {
	t.Helper()
	var r *Refused
	if !errors.As(err, &r) || !strings.Contains(r.Text, want) {
		t.Errorf("got %v, want it refused with %q", err, want)
	}
}

func better(a, b string) bool { return a == "premium" && b != "premium" }

func TestRename(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme AG"}, customer.Customer{Name: "Globex"})
	e := b.editor()
	ev, err := e.Rename(1, "  Spectra \t Lab ")
	if c := b.records[1]; err != nil || c.Name != "Spectra Lab" || !slices.Equal(c.Aliases, []string{"Acme AG"}) || ev.Who != "command" || len(ev.Before) != 1 {
		t.Errorf("%+v %+v %v", c, ev, err)
	}
	if _, err := e.Rename(1, "ACME ag"); err != nil || b.records[1].Name != "ACME ag" || !slices.Equal(b.records[1].Aliases, []string{"Spectra Lab"}) {
		t.Errorf("back: %+v %v", b.records[1], err)
	}
	if ev, err := e.Rename(1, "ACME ag"); err != nil || ev.ID != 0 {
		t.Errorf("nothing changed, but %+v %v", ev, err)
	}
	for name, want := range map[string]string{
		" \t": "must not be empty", strings.Repeat("x", 201): "may have 200 characters", "A\u202eB": "cannot be seen", "A\x00B": "cannot be seen",
		"GLOBEX": `"globex" is "Globex"'s already (customer 2)`,
	} {
		_, err := e.Rename(1, name)
		refusedWith(t, err, want)
	}
	_, err = e.Rename(7, "x")
	refusedWith(t, err, "there is no customer 7")
}

func TestAliasAndLearn(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}})
	e := b.editor()
	_, err := e.AddAlias(1, "Road Runner")
	_, err2 := e.AddAlias(1, "road  runner")
	if err := errors.Join(err, err2); err != nil || !slices.Equal(b.records[1].Aliases, []string{"Road Runner"}) {
		t.Errorf("%+v %v", b.records[1], err)
	}
	_, err = e.DropAlias(1, "acme")
	refusedWith(t, err, "is the name of customer 1")
	_, err = e.DropAlias(1, "other")
	refusedWith(t, err, `has no alias "other"; it has "Road Runner"`)
	if _, err = e.DropAlias(1, "ROAD RUNNER"); err != nil || len(b.records[1].Aliases) != 0 {
		t.Errorf("%+v %v", b.records[1], err)
	}
	_, err = e.Learn(1, "Max@Free.example")
	_, err2 = e.Learn(1, "max@free.example")
	if err := errors.Join(err, err2); err != nil || !slices.Equal(b.records[1].Addresses, []string{"max@free.example"}) {
		t.Errorf("%+v %v", b.records[1], err)
	}
	_, err = e.Learn(1, "no address")
	refusedWith(t, err, "is not an address")
}

// TestMerge: the one has what both had, the other is nobody, and all of it can be
// taken back, in order.
func TestMerge(t *testing.T) {
	b := newBook(t,
		customer.Customer{Name: "Acme", Domains: []string{"acme.example"}, Level: "premium", People: []customer.Person{{Name: "Max", Addresses: []string{"max@free.example"}}}},
		customer.Customer{Name: "Acme US", Aliases: []string{"Acme Inc"}, Domains: []string{"acme.test"}, Level: "standard", People: []customer.Person{{Name: "Max", Addresses: []string{"max@other.example"}}}},
		customer.Customer{Name: "Zero"})
	start := maps.Clone(b.records)
	e := b.editor()
	_, err := e.Rename(3, "Acme Zero")
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := e.Merge(3, 1, better)
	if err != nil {
		t.Fatal(err)
	}
	second, told, err := e.Merge(1, 2, better)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(told, "; "); !strings.Contains(got, `both have a person "Max"`) || !strings.Contains(got, `premium of "Acme" is taken`) {
		t.Errorf("told %q", got)
	}
	c := b.records[2]
	if c.Level != "premium" || !slices.Equal(c.Aliases, []string{"Acme Inc", "Acme", "Acme Zero", "Zero"}) || len(c.Domains) != 2 || len(c.People) != 2 {
		t.Errorf("%+v", c)
	}
	if b.records[1].MergedInto != 2 || b.records[3].MergedInto != 2 { // never a chain
		t.Errorf("%+v %+v", b.records[1], b.records[3])
	}
	if got, err := e.Customer(3); err != nil || got.ID != 2 {
		t.Errorf("customer 3 goes on as %d: %v", got.ID, err)
	}
	_, _, err = e.Merge(1, 3, better)
	refusedWith(t, err, `"Acme" (customer 1) goes on as customer 2 already`)
	_, _, err = e.Merge(2, 2, better)
	refusedWith(t, err, "with itself")
	_, err = e.Undo(1, first.ID)
	refusedWith(t, err, "customer 1 was changed since")
	undone, err := e.Undo(1, second.ID)
	if err != nil || undone.Undoes != second.ID {
		t.Fatalf("%+v %v", undone, err)
	}
	_, err = e.Undo(2, second.ID)
	refusedWith(t, err, "is taken back already; to have it again: mailgw customer undo "+undone.ID.String())
	if _, err = e.Undo(1, first.ID); err != nil {
		t.Fatal(err)
	}
	for i := len(b.events) - 1; i >= 0; i-- {
		if b.events[i].What == "renamed to Acme Zero" {
			if _, err := e.Undo(3, b.events[i].ID); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	same(t, b.records, start)
}

// same compares customers but for when they changed.
func same(t *testing.T, got, want map[uint64]customer.Customer) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(customer.Customer{}, "UpdatedAt"), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestUndoMade: a customer whose making is taken back identifies nobody, its keys
// are free, and it can come back unless they are taken.
func TestUndoMade(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}}, customer.Customer{Name: "Globex"})
	e := b.editor()
	undone, err := e.Undo(1, b.events[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Customer(1)
	refusedWith(t, err, "there is no customer 1")
	if _, err := e.Rename(2, "acme"); err != nil {
		t.Errorf("its name is not free: %v", err)
	}
	_, err = e.Undo(1, undone.ID)
	refusedWith(t, err, `"acme" is "acme"'s already`)
	if _, err := e.Rename(2, "Globex"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.DropAlias(2, "acme"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Undo(1, undone.ID); err != nil || b.records[1].Removed {
		t.Errorf("%+v %v", b.records[1], err)
	}
	_, err = e.Undo(1, 77)
	refusedWith(t, err, "has no event")
}

// TestUndoModel does random things and takes them back, the last one first: each
// time the records are what they were. What is not the last is refused, or touches
// others alone.
func TestUndoModel(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		b := newBook(t, customer.Customer{Name: "A", Domains: []string{"a.example"}}, customer.Customer{Name: "B", Level: "premium"}, customer.Customer{Name: "C"}, customer.Customer{Name: "D"})
		e := b.editor()
		type step struct {
			before map[uint64]customer.Customer
			ev     customer.Event
		}
		var steps []step
		name := func() string { return fmt.Sprintf("N%d", rnd.IntN(8)) }
		id := func() uint64 { return 1 + rnd.Uint64N(4) }
		for range 25 {
			before := maps.Clone(b.records)
			var ev customer.Event
			var err error
			switch rnd.IntN(6) {
			case 0:
				ev, err = e.Rename(id(), name())
			case 1:
				ev, err = e.AddAlias(id(), name())
			case 2:
				ev, err = e.DropAlias(id(), name())
			case 3:
				ev, err = e.Learn(id(), name()+"@free.example")
			case 4:
				ev, _, err = e.Merge(id(), id(), better)
			case 5:
				if len(steps) > 0 {
					s := steps[rnd.IntN(len(steps))]
					ev, err = e.Undo(s.ev.Customer, s.ev.ID)
				}
			}
			var r *Refused
			switch {
			case errors.As(err, &r):
				same(t, b.records, before)
			case err != nil:
				t.Fatal(err)
			case ev.ID != 0:
				steps = append(steps, step{before, ev})
			}
		}
		for _, s := range slices.Backward(steps) {
			if _, err := e.Undo(s.ev.Customer, s.ev.ID); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, s.ev.What, err)
			}
			same(t, b.records, s.before)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
