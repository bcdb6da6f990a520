package search

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *Index {
	t.Helper()
	x, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func put(t *testing.T, x *Index, docs ...Document) {
	t.Helper()
	if err := x.Put(docs, nil); err != nil {
		t.Fatal(err)
	}
}

func numbers(hits []Hit) (out []uint64) {
	for _, h := range hits {
		out = append(out, h.Ticket)
	}
	return out
}

var some = []Document{
	{Ticket: 1, Stamp: 11, Desk: "support", Status: "open", Subject: "Printer is on fire", Words: "anna@acme.example Acme The printers in room 4711 burn"},
	{Ticket: 2, Stamp: 12, Desk: "support", Status: "solved", Subject: "Drucker druckt nicht", Words: "Die Rechnungen für Müller fehlen, Straße 5", Matter: "Drucker druckt nicht, Papierstau im Fach 2"},
	{Ticket: 3, Stamp: 13, Desk: "billing", Status: "closed", Subject: "Faktura", Words: "proszę o fakturę za październik, Łódź; the printer cost too much", Matter: "Faktura za październik"},
	{Ticket: 4, Stamp: 14, Desk: "billing", Status: "open", Subject: "La facture", Words: "Les factures payées, élève; 請求書の件"},
}

func TestFind(t *testing.T) {
	x := open(t, t.TempDir())
	put(t, x, some...)
	for name, c := range map[string]struct {
		q    Query
		want []uint64
	}{
		"a word":                        {Query{Words: "fire"}, []uint64{1}},
		"in the subject it counts more": {Query{Words: "printer"}, []uint64{1, 3}},
		"all words must be there":       {Query{Words: "printer fire"}, []uint64{1}},
		"none has both":                 {Query{Words: "fire invoice"}, nil},
		"many and one":                  {Query{Words: "rechnung"}, []uint64{2}},
		"without accents":               {Query{Words: "muller strasse"}, []uint64{2}},
		"with accents":                  {Query{Words: "ÉLÈVE payée"}, []uint64{4}},
		"Polish, bent":                  {Query{Words: "lodz faktury"}, []uint64{3}},
		"French, many":                  {Query{Words: "factures"}, []uint64{4}},
		"no spaces":                     {Query{Words: "請求書"}, []uint64{4}},
		"a number":                      {Query{Words: "4711"}, []uint64{1}},
		"an address":                    {Query{Words: "anna@acme.example"}, []uint64{1}},
		"one desk":                      {Query{Words: "printer", Desks: []string{"billing"}}, []uint64{3}},
		"two desks":                     {Query{Words: "printer", Desks: []string{"billing", "support"}}, []uint64{1, 3}},
		"no such desk":                  {Query{Words: "printer", Desks: []string{"sales"}}, nil},
		"one status":                    {Query{Words: "printer", Status: "closed"}, []uint64{3}},
		"the best":                      {Query{Words: "printer", Limit: 1}, []uint64{1}},
		"the rest":                      {Query{Words: "printer", Skip: 1}, []uint64{3}},
		"nothing asked":                 {Query{Words: " .,- "}, nil},
	} {
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		hits, err := x.Find(t.Context(), c.q)
		if got := numbers(hits); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v; %v", name, got, c.want, err)
		}
	}
}

// What is put instead of something, or taken out, is not found any more by its old words.
func TestPutInstead(t *testing.T) {
	x := open(t, t.TempDir())
	put(t, x, some...)
	if err := x.Put([]Document{{Ticket: 1, Stamp: 99, Desk: "support", Status: "open", Subject: "Coffee"}}, []uint64{3, 77}); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string][]uint64{"fire": nil, "coffee": {1}, "faktura": nil} {
		if hits, err := x.Find(t.Context(), Query{Words: words, Limit: 10}); err != nil || !slices.Equal(numbers(hits), want) {
			t.Errorf("%s: %v, %v", words, hits, err)
		}
	}
	stamps, err := x.Stamps()
	if err != nil || len(stamps) != 3 || stamps[1] != 99 || stamps[2] != 12 || stamps[4] != 14 {
		t.Errorf("stamps %v, %v", stamps, err)
	}
}

// What was flushed is there after a restart, and what was not may be gone; each tells by its stamp.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir)
	if !x.Fresh() {
		t.Error("a new index is not fresh")
	}
	put(t, x, some...)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := x.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if Bytes(dir) == 0 {
		t.Error("nothing is on the disk")
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Find(t.Context(), Query{Words: "fire", Limit: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	x = open(t, dir)
	stamps, err := x.Stamps()
	if err != nil || len(stamps) != len(some) || x.Fresh() {
		t.Errorf("after a restart: %v, %v, fresh %v", stamps, err, x.Fresh())
	}
}

// What cannot be read is made anew, empty, and works.
func TestDamage(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"another version": func(dir string) error { return os.WriteFile(filepath.Join(dir, versionFile), []byte("0\n"), 0o600) },
		"no version":      func(dir string) error { return os.Remove(filepath.Join(dir, versionFile)) },
		"no root": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, wordsFolder, "root.bolt"), []byte("no database at all"), 0o600)
		},
		"a file cut short": func(dir string) error {
			files, err := filepath.Glob(filepath.Join(dir, wordsFolder, "*.zap"))
			if err != nil || len(files) == 0 {
				return errors.Join(err, errors.New("no files"))
			}
			return os.Truncate(files[0], 10)
		},
		"a file gone": func(dir string) error {
			files, err := filepath.Glob(filepath.Join(dir, wordsFolder, "*.zap"))
			if err != nil || len(files) == 0 {
				return errors.Join(err, errors.New("no files"))
			}
			return os.Remove(files[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			x := open(t, dir)
			put(t, x, some...)
			if err := errors.Join(x.Flush(t.Context()), x.Close(), harm(dir)); err != nil {
				t.Fatal(err)
			}
			x = open(t, dir)
			if stamps, err := x.Stamps(); err != nil || len(stamps) != 0 {
				t.Errorf("%d tickets are left: %v", len(stamps), err)
			}
			put(t, x, some...)
			if hits, err := x.Find(t.Context(), Query{Words: "fire", Limit: 1}); err != nil || len(hits) != 1 {
				t.Errorf("%v, %v", hits, err)
			}
		})
	}
}

// Who closes right after the last word, or makes anew, meets no race of what writes: run with -race.
func TestCloseWhileWriting(t *testing.T) {
	for i := range 60 {
		dir := t.TempDir()
		x := open(t, dir)
		put(t, x, some...)
		time.Sleep(time.Duration(i) * 100 * time.Microsecond) // it writes somewhere in between
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		x = open(t, dir)
		if stamps, err := x.Stamps(); err != nil || len(stamps) != 0 && len(stamps) != len(some) {
			t.Fatalf("%d tickets, %v", len(stamps), err)
		}
		put(t, x, some[:2]...)
		if err := x.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}

// After Reset no file of before is there, and no word.
func TestReset(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir)
	put(t, x, some...)
	if err := x.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := filepath.Glob(filepath.Join(dir, wordsFolder, "*.zap"))
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	was, err := os.Stat(before[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(before[0]); err == nil && os.SameFile(was, now) {
		t.Errorf("%s is still there", before[0])
	}
	if hits, err := x.Find(t.Context(), Query{Words: "fire", Limit: 1}); err != nil || len(hits) != 0 {
		t.Errorf("%v, %v", hits, err)
	}
}

// A panic within becomes an error of whoever asked.
func TestDamagedLater(t *testing.T) {
	do := func() (err error) {
		defer damaged(&err)
		panic("slice bounds out of range")
	}
	if err := do(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "slice bounds") {
		t.Error(err)
	}
}

// Who searches, puts and makes anew at a time meets no race, and no word that is not there.
func TestTogether(t *testing.T) {
	x := open(t, t.TempDir())
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 20 {
			if err := x.Put(some, nil); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 3 {
			if err := x.Reset(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 50 {
			hits, err := x.Find(t.Context(), Query{Words: "fire", Limit: 5})
			if got := numbers(hits); err != nil || len(got) > 1 || len(got) == 1 && got[0] != 1 {
				t.Errorf("%v, %v", got, err)
			}
			if _, err := x.Weigh(t.Context(), "fire"); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}

func TestSimilar(t *testing.T) {
	x := open(t, t.TempDir())
	put(t, x, some...)
	text := "Papierstau! Unser Drucker druckt seit heute nicht mehr"
	hits, err := x.Similar(t.Context(), text, []string{"support"}, 3)
	if err != nil || !slices.Equal(numbers(hits), []uint64{2}) {
		t.Errorf("%v, %v", hits, err)
	}
	if hits, err = x.Similar(t.Context(), text, []string{"billing"}, 3); err != nil || len(hits) != 0 {
		t.Errorf("another desk's: %v, %v", hits, err)
	}
	if hits, err = x.Similar(t.Context(), "printer fire 4711", []string{"support"}, 3); err != nil || len(hits) != 0 {
		t.Errorf("one without a solution: %v, %v", hits, err)
	}
	if hits, err = x.Similar(t.Context(), "so it is", nil, 3); err != nil || len(hits) != 0 {
		t.Errorf("nothing telling: %v, %v", hits, err)
	}
	a, err := x.Weigh(t.Context(), text)
	b, err2 := x.Weigh(t.Context(), some[1].Matter)
	c, err3 := x.Weigh(t.Context(), some[2].Matter)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	if a.Like(b) < 0.4 || a.Like(c) != 0 || a.Like(a) < 0.999 || a.Shared(b) != 4 || a.Like(nil) != 0 {
		t.Errorf("like %.2f, %.2f, %.2f; shared %d", a.Like(b), a.Like(c), a.Like(a), a.Shared(b))
	}
}
