package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

var errDisk = errors.New("disk: broken")

// faultyFile is a segment that fails when told to.
type faultyFile struct {
	*os.File
	d *faultyFiles
}

// faultyFiles says how its files fail, and remembers what was done with them.
type faultyFiles struct {
	write, sync, close int // fail at the n-th of these from now, 0 = never
	syncs              []string
}

func countdown(n *int) error {
	if *n--; *n == 0 {
		return errDisk
	}
	return nil
}

func (d *faultyFiles) open(path string) (segmentFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	return &faultyFile{f, d}, err
}

func (f *faultyFile) WriteAt(b []byte, off int64) (int, error) {
	if err := countdown(&f.d.write); err != nil {
		n, _ := f.File.WriteAt(b[:len(b)/2], off)
		return n, err
	}
	return f.File.WriteAt(b, off)
}

func (f *faultyFile) Sync() error {
	f.d.syncs = append(f.d.syncs, filepath.Base(f.Name()))
	return errors.Join(countdown(&f.d.sync), f.File.Sync())
}

func (f *faultyFile) Close() error { return errors.Join(f.File.Close(), countdown(&f.d.close)) }

func newFaulty(t *testing.T, max int64) (*segments, *faultyFiles) {
	d := &faultyFiles{}
	s := newSegments(t.TempDir(), max, map[uint32]int64{})
	s.open = d.open
	t.Cleanup(func() { s.close() })
	return s, d
}

// add appends mails of a size, syncs and commits.
func add(t *testing.T, s *segments, from, n, size int) []place {
	t.Helper()
	var out []place
	for i := range n {
		p, err := s.append(ticket.ID(from+i), bytes.Repeat([]byte{byte(from + i)}, size))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if err := s.sync(); err != nil {
		t.Fatal(err)
	}
	s.commit()
	return out
}

// intact fails the test unless each mail from the number from on is at its place.
func intact(t *testing.T, s *segments, from int, places []place) {
	t.Helper()
	for i, p := range places {
		b, err := os.ReadFile(filepath.Join(s.dir, segmentName(p.Segment)))
		if err != nil {
			t.Fatal(err)
		}
		if got := b[p.Offset : p.Offset+int64(p.Size)]; !bytes.Equal(got, bytes.Repeat([]byte{byte(from + i)}, p.Size)) {
			t.Errorf("mail %d at %v is another", from+i, p)
		}
	}
}

func TestSegmentsRollOver(t *testing.T) {
	for _, size := range []int{10, 400, 5000} {
		s, _ := newFaulty(t, 1000)
		places := add(t, s, 1, 7, size) // several segments in one commit
		for i := range 5 {
			places = append(places, add(t, s, 8+i, 1, size)...)
		}
		intact(t, s, 1, places)
		for n, end := range s.ends {
			if info, err := os.Stat(filepath.Join(s.dir, segmentName(n))); err != nil || info.Size() != end {
				t.Errorf("size %d: segment %d ends at %d, the file at %v: %v", size, n, end, info, err)
			}
		}
		for i := 1; i < len(places); i++ {
			if a, b := places[i-1], places[i]; a.Segment > b.Segment || a.Segment == b.Segment && a.Offset+int64(a.Size) > b.Offset {
				t.Errorf("size %d: %v and %v overlap", size, a, b)
			}
		}
	}
}

func TestSegmentIsReadable(t *testing.T) {
	s, _ := newFaulty(t, 1000)
	if _, err := s.append(16, []byte("Subject: x\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, segmentName(1)))
	want := "mailgw-raw id=000000000000g size=21 sha256=8e4b6a3c\nSubject: x\r\n\r\nhello\r\n\n\n"
	head, rest, _ := strings.Cut(string(b), "\n")
	if wantHead, wantRest, _ := strings.Cut(want, "\n"); err != nil || rest != wantRest || !strings.HasPrefix(head, wantHead[:40]) || len(head) != len("mailgw-raw id=000000000000g size=21 sha256=")+64 {
		t.Errorf("the file holds\n%s", b)
	}
}

func TestSegmentsRollBack(t *testing.T) {
	s, _ := newFaulty(t, 1000)
	places := add(t, s, 1, 2, 300)
	for range 3 {
		for i := range 5 { // over the end of the segment
			if _, err := s.append(ticket.ID(90+i), make([]byte, 300)); err != nil {
				t.Fatal(err)
			}
		}
		s.rollback()
	}
	s.rollback() // nothing to do
	places = append(places, add(t, s, 3, 6, 300)...)
	intact(t, s, 1, places)
}

func TestSegmentsSweep(t *testing.T) {
	s, _ := newFaulty(t, 1000)
	places := add(t, s, 1, 6, 300)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("00000009.seg", "orphan")
	write("9.seg", "not ours")
	write("notes.txt", "not ours")
	f, err := os.OpenFile(filepath.Join(s.dir, segmentName(2)), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("orphan"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 {
		if err := s.sweep(slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if want := []string{"00000001.seg", "00000002.seg", "9.seg", "notes.txt"}; !slices.Equal(names, want) {
		t.Errorf("the folder has %v, must have %v", names, want)
	}
	if info, err := os.Stat(filepath.Join(s.dir, segmentName(2))); err != nil || info.Size() != s.ends[2] {
		t.Errorf("segment 2: %v %v, must end at %d", info, err, s.ends[2])
	}
	intact(t, s, 1, places)
}

// TestSegmentFaults lets each operation on a segment fail in a store: the updates
// of that moment fail or not, but none is half there, and the next ones succeed.
func TestSegmentFaults(t *testing.T) {
	t.Parallel()
	for what, set := range map[string]func(*faultyFiles, int){
		"write": func(d *faultyFiles, n int) { d.write = n },
		"sync":  func(d *faultyFiles, n int) { d.sync = n },
		"close": func(d *faultyFiles, n int) { d.close = n },
	} {
		for n := 1; n <= 5; n++ {
			d := &faultyFiles{}
			o := small(t.TempDir())
			o.faults.openSegment = d.open
			s := newStore(t, o)
			set(d, n)
			failed := 0
			for i := range uint64(18) {
				m := mail(i+1, 3000)
				err := put(s, m)
				if err != nil {
					failed++
					if !errors.Is(err, store.ErrUnavailable) {
						t.Errorf("%s %d: %v", what, n, err)
					}
					recovered(s)
				}
				err = s.View(func(r store.Reader) error {
					if err != nil {
						return m.Absent(r)
					}
					_, err := m.Present(r)
					return err
				})
				if err != nil {
					t.Errorf("%s %d: mail %d: %v", what, n, i+1, err)
				}
			}
			if failed != 1 {
				t.Errorf("%s %d: %d updates failed, must be 1", what, n, failed)
			}
		}
	}
}

// TestFailedSegmentIsLeft sees that a segment whose sync failed is neither written nor synced again.
func TestFailedSegmentIsLeft(t *testing.T) {
	d := &faultyFiles{}
	o := small(t.TempDir())
	o.faults.openSegment = d.open
	s := newStore(t, o)
	d.sync = 3
	var err error
	for i := uint64(1); err == nil; i++ {
		err = put(s, mail(i, 1100))
	}
	if !errors.Is(err, store.ErrUnavailable) || len(d.syncs) != 3 {
		t.Fatalf("%d syncs, then: %v", len(d.syncs), err)
	}
	recovered(s)
	for i := range uint64(20) {
		if err := put(s, mail(100+i, 1100)); err != nil {
			t.Fatal(err)
		}
	}
	if bad := d.syncs[2]; slices.Contains(d.syncs[3:], bad) {
		t.Errorf("%s failed to sync and was synced again: %v", bad, d.syncs)
	}
}

// TestSwallowedError sees that an update cannot succeed after PutRaw told it that the storage failed.
func TestSwallowedError(t *testing.T) {
	d := &faultyFiles{}
	o := small(t.TempDir())
	o.faults.openSegment = d.open
	s := newStore(t, o)
	if err := put(s, mail(1, 3000)); err != nil {
		t.Fatal(err)
	}
	d.write = 2
	err := s.Update(store.Intake, func(x store.Tx) error {
		_ = x.PutRaw(99, make([]byte, 3000), nil)
		_ = x.PutRaw(98, make([]byte, 10), nil)
		return x.PutMeta("x", []byte("kept"))
	})
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errDisk) {
		t.Errorf("the update says: %v", err)
	}
	err = s.View(func(r store.Reader) error {
		if v, err := r.Meta("x"); v != nil || err != nil {
			return fmt.Errorf("meta %q %w", v, err)
		}
		_, err := r.Raw(98)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("something of it is there: %v", err)
	}
}
