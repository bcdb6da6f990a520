package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
)

// quarantine closes the database after a failed commit. What the failed commit
// wrote may or may not be on the disk, and the page cache may show what the disk
// does not have: nothing of it is read any more.
func (s *Store) quarantine() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.db.Close(); err != nil {
		s.o.Log.Error("close database after failure", "err", err)
	}
	s.db = nil
	s.badSegment = s.segments.bad
	if err := s.segments.close(); err != nil {
		s.o.Log.Error("close segment after failure", "err", err)
	}
}

// reopen brings the store back to the last commit that succeeded.
func (s *Store) reopen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	good := s.lastGood
	if err := takeBack(filepath.Join(s.o.Dir, fileName), good); err != nil {
		return fmt.Errorf("take back failed commit: %w", err)
	}
	if err := s.open(); err != nil {
		return err
	}
	if found := s.lastGood; found != good {
		s.lastGood = good
		err := errors.Join(fmt.Errorf("the database is at transaction %d, the last good one was %d", found, good), s.db.Close())
		s.db = nil
		return err
	}
	s.o.Log.Info("store is back at its last commit", "transaction", good)
	return nil
}

// The layout of a bbolt meta page (bbolt v1.5.0 internal/common: a page header
// of 16 bytes, then Meta). A test compares it with what bbolt reads.
const (
	metaStart    = 16
	metaMagicAt  = metaStart
	metaPageAt   = metaStart + 8
	metaTxidAt   = metaStart + 48
	metaSumAt    = metaStart + 56
	metaEnd      = metaStart + 64
	metaMagic    = 0xED0CDAED
	maxMetaPages = 2
)

// takeBack makes the newest valid meta page of the file be that of transaction
// good: a later one belongs to a commit whose sync failed, which nobody was told
// had succeeded. That page is overwritten, which makes it dirty again, so that the
// sync after it is about these bytes; also when it is not valid, as an earlier
// takeBack whose own sync failed left it.
func takeBack(path string, good uint64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := metaPageSize(f)
	if err != nil {
		return err
	}
	var late []int64 // the pages to overwrite
	found := false
	for i := range int64(maxMetaPages) {
		b := make([]byte, metaEnd)
		if _, err := f.ReadAt(b, i*size); err != nil {
			return err
		}
		txid, ok := metaTxid(b)
		found = found || ok && txid == good
		if !ok || txid > good {
			late = append(late, i*size)
		}
	}
	if !found {
		return fmt.Errorf("no meta page of transaction %d", good)
	}
	for _, at := range late {
		if _, err := f.WriteAt(make([]byte, size), at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// metaPageSize reads the page size from the first meta page, or, when that is
// not valid, looks for the second one where page sizes would put it.
func metaPageSize(f *os.File) (int64, error) {
	b := make([]byte, metaEnd)
	if _, err := f.ReadAt(b, 0); err != nil {
		return 0, err
	}
	if _, ok := metaTxid(b); ok {
		return int64(binary.NativeEndian.Uint32(b[metaPageAt:])), nil
	}
	for size := int64(512); size <= 64<<10; size *= 2 {
		if _, err := f.ReadAt(b, size); err != nil {
			break
		}
		if _, ok := metaTxid(b); ok {
			return size, nil
		}
	}
	return 0, errors.New("no valid meta page")
}

// metaTxid returns the transaction id of a meta page, and whether the page is valid.
func metaTxid(b []byte) (uint64, bool) {
	if binary.NativeEndian.Uint32(b[metaMagicAt:]) != metaMagic {
		return 0, false
	}
	h := fnv.New64a()
	h.Write(b[metaStart:metaSumAt])
	if h.Sum64() != binary.NativeEndian.Uint64(b[metaSumAt:]) {
		return 0, false
	}
	return binary.NativeEndian.Uint64(b[metaTxidAt:]), true
}
