package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
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
