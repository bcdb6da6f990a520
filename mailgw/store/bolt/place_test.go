package bolt

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/view"
)

// A place's value is read as it was written, and nothing else is taken for one.
func TestPlaceValue(t *testing.T) {
	for _, p := range []view.Place{
		{Count: 1, Ticket: 1, Seq: 1},
		{Count: 300, Ticket: 1 << 40, Seq: 127, Customer: 128, Answered: 16384, Urgent: true},
		{Count: 1, Ticket: math.MaxUint64, Seq: math.MaxUint32, Customer: math.MaxUint64, Answered: math.MaxUint32, Urgent: true, Overdue: true},
		{Count: 1, Item: math.MaxUint64, Customer: 7, Overdue: true},
		{Count: 1, Item: 1},
	} {
		p.Shelf, p.UID = "a", 1
		v := appendValue(nil, &p)
		got := view.Place{Shelf: "a", UID: 1}
		if err := readValue(v, &got); err != nil || got != p || len(v) > placeLength {
			t.Errorf("%+v came back as %+v of %d bytes: %v", p, got, len(v), err)
		}
		for i := range v {
			if err := readValue(v[:i], &view.Place{Shelf: "a", UID: 1}); err == nil {
				t.Errorf("%x was taken for a place", v[:i])
			}
		}
		for _, bad := range [][]byte{append(v[:len(v):len(v)], 0), append([]byte{v[0] | 8}, v[1:]...)} {
			if err := readValue(bad, &view.Place{Shelf: "a", UID: 1}); err == nil {
				t.Errorf("%x was taken for a place", bad)
			}
		}
	}
	for _, bad := range []string{"", "\x00", "\x00\x00\x01\x01\x00\x00", "\x00\x01\x00\x01\x00\x00", "\x00\x01\x01\x00\x00\x00", "\x01\x00\x00\x00", "\x00\x01\xff\xff\xff\xff\x7f\x01\x00\x00"} {
		if err := readValue([]byte(bad), &view.Place{Shelf: "a", UID: 1}); !errors.Is(err, errDamaged) {
			t.Errorf("%x: %v", bad, err)
		}
	}
}

// aPlace is where mail A's entry stands, and what the tests of damage do with it.
var aPlace = view.Place{Shelf: "t\x1fsupport", UID: 1, Count: 1, Ticket: 1, Seq: 1}

// placed makes mail A stand on a shelf, mail B on one without its ticket, and does damage.
func placed(damage func(*tx) error) func(*tx) error {
	return func(x *tx) error {
		first, err := x.NewUIDs(4)
		if err != nil || first != 1 {
			return errors.Join(err, errors.New("other UIDs are given"))
		}
		a, b := aPlace, view.Place{Shelf: "h", UID: 2, Count: 1, Item: mailB.ID()}
		return errors.Join(x.PutPlace(&a), x.PutPlace(&b), x.PutShown(view.MailRef{Ticket: 1, Seq: 1}, []byte("x")), x.PutMarks("a", view.MailRef{Ticket: 1}, []byte("x")), damage(x))
	}
}

// ticketPlaceKey is where it stands that ticket 1 has a place.
func ticketPlaceKey(uid uint32, shelf string) []byte {
	return append(binary.BigEndian.AppendUint32(append(numberKey(1), partPlace), uid), shelf...)
}

func TestVerifyPlaces(t *testing.T) {
	b := mailB.ID()
	put := func(p view.Place) func(*tx) error { return func(x *tx) error { return x.PutPlace(&p) } }
	for name, c := range map[string]struct {
		damage func(*tx) error
		want   string // "" = nothing
	}{
		"none":         {func(*tx) error { return nil }, ""},
		"of no entry":  {put(view.Place{Shelf: "a", UID: 3, Count: 2, Ticket: 1, Seq: 1}), "ticket 1: UID 4 is said to be its entry 2"},
		"of no ticket": {put(view.Place{Shelf: "a", UID: 3, Count: 1, Ticket: 9, Seq: 1}), `shelf "a": UID 3 is of ticket 9: store: not found`},
		"of no mail":   {put(view.Place{Shelf: "a", UID: 3, Count: 1, Item: 99}), "UID 3 is of mail 0000000000033, which is not there"},
		"of a draft": {func(x *tx) error {
			return errors.Join(x.PutDraft(99, []byte("x")), put(view.Place{Shelf: "a", UID: 3, Count: 1, Item: 99})(x))
		}, ""},
		"of an item":            {put(view.Place{Shelf: "a", UID: 3, Count: 1, Item: mailA.ID()}), ""},
		"UID in two spans":      {put(view.Place{Shelf: "z", UID: 1, Count: 2, Ticket: 1, Seq: 1}), "UID 1 stands for two mails"},
		"UID twice":             {put(view.Place{Shelf: "a", UID: 2, Count: 1, Item: b}), "UID 2 stands for two mails"},
		"UID not given":         {put(view.Place{Shelf: "a", UID: 5, Count: 1, Item: b}), `shelf "a": its highest UID is 5, and none was given above 4`},
		"above its shelf's top": {func(x *tx) error { return x.putBytes(inShelf, topKey("h"), []byte{0, 0, 0, 1}) }, `shelf "h": UID 2 is above its highest, 1`},
		"no top":                {func(x *tx) error { return x.delete(inShelf, topKey("h")) }, `shelf "h" has no top`},
		"top damaged":           {func(x *tx) error { return x.putBytes(inShelf, topKey("h"), []byte{1}) }, `shelf "h" has no top`},
		"not found by its ticket": {func(x *tx) error { return x.delete(inTicket, ticketPlaceKey(1, aPlace.Shelf)) },
			"1 places of tickets' mails, and tickets lead to 0"},
		"not found by its mail": {func(x *tx) error {
			_, k := mailPlaceKey(&view.Place{Shelf: "h", UID: 2, Item: b})
			return x.delete(inShelf, k)
		}, "UID 2 is not found by its mail"},
		"place gone": {func(x *tx) error { return x.delete(inShelf, placeKey(aPlace.Shelf, 1)) }, "ticket 1: where its mails stand: place 1"},
		"ticket leads to another's": {func(x *tx) error { return x.putBytes(inTicket, ticketPlaceKey(2, "h"), nil) },
			"place 2 of a mail on shelf \"h\": store: damaged record: it says that it is of another"},
		"place damaged":  {func(x *tx) error { return x.putBytes(inShelf, placeKey("h", 2), []byte{0}) }, "UID 2: store: damaged record"},
		"key damaged":    {func(x *tx) error { return x.putBytes(inShelf, []byte("s\x00"), []byte{0}) }, "store: damaged record: row 7300 of a shelf"},
		"shown no entry": {func(x *tx) error { return x.PutShown(view.MailRef{Ticket: 1, Seq: 2}, nil) }, "ticket 1: it is kept how its entry 2 is shown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(problems(t, placed(c.damage)), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("it says\n%s\nand must say: %s", got, c.want)
			}
		})
	}
}

// What no Reader can list, the engine's own check looks at.
func TestCheckPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*tx) error
		want   string // "" = nothing
	}{
		"none":            {func(*tx) error { return nil }, ""},
		"shown no ticket": {func(x *tx) error { return x.PutShown(view.MailRef{Ticket: 9, Seq: 2}, nil) }, "of shown: store: damaged record: there is no such mail"},
		"shown no mail":   {func(x *tx) error { return x.PutShown(view.MailRef{Item: 9}, nil) }, "of shown: store: damaged record: there is no such mail"},
		"shown, a mail":   {func(x *tx) error { return x.PutShown(view.MailRef{Item: mailB.ID()}, nil) }, ""},
		"shown damaged":   {func(x *tx) error { return x.putBytes(inShown, []byte("n1"), nil) }, "row 6e31 of shown: store: damaged record"},
		"shown entry 0": {func(x *tx) error {
			return x.putBytes(inShown, append([]byte{refTicket}, "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"...), nil)
		}, "of shown: store: damaged record"},
		"marks no ticket": {func(x *tx) error { return x.PutMarks("a", view.MailRef{Ticket: 9}, []byte("x")) }, "of marks: store: damaged record: there is no such mail"},
		"marks no mail":   {func(x *tx) error { return x.PutMarks("a", view.MailRef{Item: 9}, []byte("x")) }, "of marks: store: damaged record: there is no such mail"},
		"marks damaged":   {func(x *tx) error { return x.putBytes(inMarks, []byte("a"), nil) }, "row 61 of marks"},
		"marks of nobody": {func(x *tx) error { return x.putBytes(inMarks, append([]byte{0, refTicket}, numberKey(1)...), nil) }, `marks of ""`},
		"ticket's place":  {func(x *tx) error { return x.putBytes(inTicket, ticketPlaceKey(9, "h"), nil) }, "of ticket: store: not found"},
		"another's place": {func(x *tx) error { return x.putBytes(inTicket, ticketPlaceKey(2, "h"), nil) }, "it is the place of another"},
		"short place":     {func(x *tx) error { return x.putBytes(inTicket, ticketPlaceKey(2, ""), nil) }, "of ticket: store: damaged record"},
		"mail's place": {func(x *tx) error {
			return x.putBytes(inShelf, []byte("i\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01h"), nil)
		}, "of shelf: store: not found"},
		"a shelf's row": {func(x *tx) error { return x.putBytes(inShelf, []byte("s"), nil) }, "row 73 of shelf"},
		"a place":       {func(x *tx) error { return x.putBytes(inShelf, placeKey("z", 1), []byte{9}) }, "of shelf: store: damaged record: place 09"},
		"a top":         {func(x *tx) error { return x.putBytes(inShelf, topKey("z"), []byte{9}) }, "of shelf: store: damaged record"},
		"key after the top": {func(x *tx) error {
			return x.putBytes(inShelf, append(placeKey("z", math.MaxUint32), 1), []byte{0, 0, 0, 1})
		}, "row 737a00ffffffff01 of shelf"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mustOpen(t, small(t.TempDir()))
			defer s.Close()
			if err := errors.Join(put(s, mailA), put(s, mailB)); err != nil {
				t.Fatal(err)
			}
			err := s.Update(store.Intake, func(x store.Tx) error { return placed(c.damage)(x.(*tx)) })
			if err != nil {
				t.Fatal(err)
			}
			got := errors.Join(s.Check()...)
			if (got == nil) != (c.want == "") || got != nil && !strings.Contains(got.Error(), c.want) {
				t.Errorf("it says\n%v\nand must say: %s", got, c.want)
			}
		})
	}
}

// Shelves are appended to in between each other. Their pages may not be left so full
// that each of them splits again at once, and leaves crumbs.
func TestShelvesLeaveNoCrumbs(t *testing.T) {
	t.Parallel()
	o := small(t.TempDir())
	o.faults.noSync = true
	s := mustOpen(t, o)
	defer s.Close()
	for n := uint64(1); n <= 6000; {
		err := s.Update(store.Intake, func(tx store.Tx) (err error) {
			for range 30 {
				err = errors.Join(err, tx.PutPlace(&view.Place{Shelf: benchShelf(n * n % 997), UID: uint32(n), Count: 1, Ticket: n, Seq: 1}))
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.read(func(r *reader) error {
		stats := r.bucket(inShelf).Stats()
		if used := float64(stats.LeafInuse) / float64(stats.LeafAlloc); used < 0.45 {
			t.Errorf("of %d bytes of leaves %.0f %% are in use", stats.LeafAlloc, 100*used)
		} else {
			t.Logf("of %d bytes of leaves %.0f %% are in use", stats.LeafAlloc, 100*used)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A data folder of before there were places opens, and has none yet.
func TestOpenWithoutPlaces(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, small(dir))
	if err := put(s, mailA); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) (err error) {
		for _, in := range []bucket{inShelf, inPlaceVersion, inShown, inMarks} {
			err = errors.Join(err, tx.DeleteBucket([]byte(bucketNames[in])))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := OpenToRead(dir); err == nil || !strings.Contains(err.Error(), `it lacks the bucket "shelf"`) {
		t.Errorf("opened to be read: %v %v", r, err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, fileName)); err != nil || string(after) != string(before) {
		t.Errorf("opening to read changed the file: %v", err)
	}
	s = newStore(t, small(dir))
	err = s.View(func(r store.Reader) error {
		of, err := r.TicketPlaces(1)
		last, err2 := r.LastUID()
		if len(of) != 0 || last != 0 {
			t.Errorf("places %v, last UID %d", of, last)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	if err := put(s, mailB); err != nil {
		t.Error(err)
	}
	if err := s.Update(store.Intake, func(x store.Tx) error { return placed(func(*tx) error { return nil })(x.(*tx)) }); err != nil {
		t.Error(err)
	}
}
