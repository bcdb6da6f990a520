package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
)

// TestCheckEndsInLoop: a bucket that stands where a row must be, and leads back to the page on
// which it stands. bbolt's own check would go round for ever, and read on when the file is closed.
func TestCheckEndsInLoop(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, small(dir))
	if err := errors.Join(put(s, mailA), s.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, fileName)
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	const mark = 0x1122334455667788 // by which the bucket's head is found in the file
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.Bucket([]byte(bucketNames[inErased])).CreateBucket([]byte("loop"))
		if err != nil {
			return err
		}
		return errors.Join(b.SetSequence(mark), b.Put([]byte("row"), make([]byte, 3*os.Getpagesize()))) // too much to stand on its parent's page
	})
	var head, back []byte
	err = errors.Join(err, db.View(func(tx *bolt.Tx) error {
		outer := tx.Bucket([]byte(bucketNames[inErased]))
		inner := outer.Bucket([]byte("loop"))
		head = binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(inner.Root())), mark)
		back = binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(outer.Root())), mark)
		if inner.Root() == 0 || outer.Root() == 0 {
			t.Errorf("the buckets have no pages of their own: %d, %d", outer.Root(), inner.Root())
		}
		return nil
	}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(data, head) {
		t.Fatalf("the bucket is not found in the file: %v", err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(data, head, back), 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, small(dir))
	defer s.Close()
	if found := s.Check(); len(found) != 1 || !errors.Is(found[0], errDamaged) || !strings.Contains(found[0].Error(), "a bucket where a row must be") {
		t.Errorf("%d findings: %.300v", len(found), errors.Join(found...))
	}
}

// TestCheckOfAnyDamage writes wrong bytes into a database, and whole pages over others: it opens or does not,
// and the check of it ends and says what it found. Run with -race, which sees a pointer that leads elsewhere.
func TestCheckOfAnyDamage(t *testing.T) {
	t.Parallel()
	w := workload{Updates: 200, Dir: t.TempDir()}
	s := mustOpen(t, w.options())
	for n := range w.Updates {
		if err := s.Update(store.Intake, func(tx store.Tx) error { return w.put(tx, n+1) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(w.Dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	const tries = 120
	var opened, found int
	for i := range uint64(tries) {
		rng := rand.New(rand.NewPCG(9, i))
		data := bytes.Clone(whole)
		pages := len(data)/page - firstPage
		at := (firstPage + rng.IntN(pages)) * page
		switch rng.IntN(4) {
		case 0: // somewhere in the heads of a page and of its elements
			for range 1 + rng.IntN(8) {
				data[at+rng.IntN(256)] = byte(rng.Uint32())
			}
		case 1: // anywhere
			for range 1 + rng.IntN(32) {
				data[at+rng.IntN(page)] = byte(rng.Uint32())
			}
		case 2:
			copy(data[at:at+page], whole[(firstPage+rng.IntN(pages))*page:])
		case 3:
			data = data[:at]
		}
		dir := filepath.Join(t.TempDir(), "data")
		if err := os.CopyFS(dir, os.DirFS(w.Dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		w := w
		w.Dir = dir
		s, err := Open(w.options())
		if err != nil {
			continue
		}
		opened++
		if len(s.Check()) > 0 {
			found++
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	}
	t.Logf("of %d damaged databases %d opened, and the check found something in %d", tries, opened, found)
	if opened < tries/2 || found < tries/4 {
		t.Errorf("%d opened, %d were found damaged: the test shows nothing", opened, found)
	}
}
