package bolt

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"supportgw/mailgw/ticket"
)

// segmentFile is what a segment needs of a file; tests put faults behind it.
type segmentFile interface {
	WriteAt(b []byte, off int64) (int, error)
	Sync() error
	Close() error
}

// segments appends raw mails to numbered files. A file is one line that says
// whose bytes follow and how many, the bytes, an empty line, and so on, so that
// it can be read with any pager. What no commit names lies behind the end that
// the database records, and is overwritten or swept.
//
// Only the committer uses it.
type segments struct {
	dir  string
	max  int64
	ends map[uint32]int64 // committed ends, as in the database

	open  func(path string) (segmentFile, error)
	file  segmentFile // the current segment; nil until first written
	num   uint32      // its number
	end   int64       // its end with what this commit has appended
	dirty bool        // appended to, and not synced
	fresh map[uint32]int64
	gone  map[uint32]bool // segments that this commit takes from the database
	bad   uint32          // segments up to this number are not written any more
}

func newSegments(dir string, max int64, ends map[uint32]int64) *segments {
	s := &segments{dir: dir, max: max, ends: ends, fresh: map[uint32]int64{}, gone: map[uint32]bool{}}
	s.open = func(path string) (segmentFile, error) { return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) }
	return s
}

func segmentName(n uint32) string { return fmt.Sprintf("%08d.seg", n) }

// place says where a raw mail's bytes are.
type place struct {
	Segment uint32 `json:"segment"`
	Offset  int64  `json:"offset"`
	Size    int    `json:"size"`
}

// append writes a mail behind the last one. It is durable after sync.
func (s *segments) append(id ticket.ID, raw []byte) (place, error) {
	return s.record(rawHead(id, len(raw), sha256.Sum256(raw), nil), raw)
}

// rawHead is the line before the bytes of a mail that are its own. files are in between them.
func rawHead(id ticket.ID, size int, hash sum, files []piece) []byte {
	head := fmt.Appendf(nil, "mailgw-raw id=%s size=%d sha256=%x", id, size, hash[:])
	for i, f := range files {
		between := ","
		if i == 0 {
			between = " files="
		}
		head = fmt.Appendf(head, "%s%d:%x", between, f.At, f.Sum[:])
	}
	return append(head, '\n')
}

// fileHead is the line before the bytes of a file that mails have.
func fileHead(size int, hash sum) []byte {
	return fmt.Appendf(nil, "mailgw-file size=%d sha256=%x\n", size, hash[:])
}

// record writes a line and what belongs to it, in one piece or several.
func (s *segments) record(head []byte, bytes ...[]byte) (place, error) {
	if s.file == nil || s.end >= s.max {
		if err := s.next(); err != nil {
			return place{}, err
		}
	}
	at, size := s.end, 0
	write := func(b []byte) error {
		if _, err := s.file.WriteAt(b, at); err != nil {
			return fmt.Errorf("write raw mail: %w", err)
		}
		at += int64(len(b))
		return nil
	}
	if err := write(head); err != nil {
		return place{}, err
	}
	for _, b := range bytes {
		if err := write(b); err != nil {
			return place{}, err
		}
		size += len(b)
	}
	if err := write([]byte("\n\n")); err != nil {
		return place{}, err
	}
	p := place{Segment: s.num, Offset: s.end + int64(len(head)), Size: size}
	s.end, s.dirty = at, true
	s.fresh[s.num] = at
	return p, nil
}

// next goes on to the segment that has room, or to a new one whose name is
// durable before anything in it is named by a commit.
func (s *segments) next() error {
	if s.file != nil {
		if s.dirty {
			if err := s.sync(); err != nil {
				return err
			}
		}
		if err := s.close(); err != nil {
			return fmt.Errorf("close segment: %w", err)
		}
	}
	n, end := s.bad+1, int64(0)
	for _, ends := range []map[uint32]int64{s.ends, s.fresh} { // a commit may fill several
		for have, e := range ends {
			if have > n || have == n && e > end {
				n, end = have, e
			}
		}
	}
	if end >= s.max {
		n, end = n+1, 0
	}
	f, err := s.open(filepath.Join(s.dir, segmentName(n)))
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	if end == 0 {
		if err := syncDir(s.dir); err != nil {
			s.bad = n
			return errors.Join(fmt.Errorf("sync segment folder: %w", err), f.Close())
		}
	}
	s.file, s.num, s.end = f, n, end
	return nil
}

// sync makes what was appended durable. After a failure this segment is never
// written or synced again: the kernel may have dropped what it could not write,
// and a second sync would not say so.
func (s *segments) sync() error {
	if !s.dirty {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		s.bad = s.num
		return fmt.Errorf("sync raw mail: %w", err)
	}
	s.dirty = false
	return nil
}

// commit notes that the database has the new ends.
func (s *segments) commit() {
	maps.Copy(s.ends, s.fresh)
	for n := range s.gone {
		delete(s.ends, n)
	}
	clear(s.fresh)
	clear(s.gone)
}

// rollback forgets what was appended since the last commit.
func (s *segments) rollback() {
	clear(s.gone)
	if len(s.fresh) == 0 {
		return
	}
	clear(s.fresh)
	s.end = s.ends[s.num]
	s.dirty = false
	if s.end >= s.max || s.num <= s.bad {
		s.end = s.max // next() picks another
	}
}

func (s *segments) close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// sweep removes what no commit names: bytes behind a segment's end, and
// segments that the database does not know.
func (s *segments) sweep(log *slog.Logger) error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("sweep raw mails: %w", err)
	}
	swept := false
	for _, f := range files {
		n, err := strconv.ParseUint(strings.TrimSuffix(f.Name(), ".seg"), 10, 32)
		if err != nil || segmentName(uint32(n)) != f.Name() {
			continue
		}
		path := filepath.Join(s.dir, f.Name())
		info, err := f.Info()
		if err != nil {
			return fmt.Errorf("sweep raw mails: %w", err)
		}
		end, known := s.ends[uint32(n)]
		switch {
		case !known:
			err = os.Remove(path)
			swept = true
		case info.Size() > end:
			err = cutOff(path, end)
		case info.Size() < end:
			return fmt.Errorf("%s has %d bytes, the database names %d", path, info.Size(), end)
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("sweep raw mails: %w", err)
		}
		log.Info("swept raw bytes that no commit names", "segment", f.Name(), "bytes", info.Size()-end)
	}
	if swept { // what was given up must not come back with the next power cut
		if err := syncDir(s.dir); err != nil {
			return fmt.Errorf("sweep raw mails: %w", err)
		}
	}
	for n := range s.ends {
		if _, err := os.Stat(filepath.Join(s.dir, segmentName(n))); err != nil {
			return fmt.Errorf("the database names raw mails in a missing file: %w", err)
		}
	}
	return nil
}

// cutOff shortens a file, durably.
func cutOff(path string, end int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Truncate(end)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// readPlace reads a raw mail from its segment.
func readPlace(dir string, p place) ([]byte, error) {
	f, err := openPlace(dir, p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, p.Size)
	if _, err := f.ReadAt(b, p.Offset); err != nil {
		return nil, fmt.Errorf("read raw mail: %w", err)
	}
	return b, nil
}

// openPlace opens the segment of a place, which lies within it.
func openPlace(dir string, p place) (*os.File, error) {
	f, err := os.Open(filepath.Join(dir, segmentDir, segmentName(p.Segment)))
	if err != nil {
		return nil, fmt.Errorf("read raw mail: %w", err)
	}
	info, err := f.Stat()
	if err == nil && (p.Size < 0 || p.Offset < 0 || p.Offset > info.Size()-int64(p.Size)) {
		err = fmt.Errorf("%w: %s has %d bytes, the mail is said to be %d at %d", errDamaged, f.Name(), info.Size(), p.Size, p.Offset)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read raw mail: %w", err), f.Close())
	}
	return f, nil
}
