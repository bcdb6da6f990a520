package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// fileBody is the n-th file, as it stands in the mails that have it.
func fileBody(n uint64) []byte { return randomBytes(n+1<<40, int(1200+n%4*700)) }

// withFiles puts files into a mail. The first stands alone, further ones touch.
func withFiles(own []byte, files []uint64) (raw []byte, bodies []store.Range) {
	raw = append(raw, own[:len(own)/3]...)
	for _, n := range files {
		start := len(raw)
		raw = append(raw, fileBody(n)...)
		bodies = append(bodies, store.Range{Start: start, End: len(raw)})
	}
	return append(raw, own[len(own)/3:]...), bodies
}

// onDisk returns how often bytes are found in the files of a folder.
func onDisk(t testing.TB, dir string, what []byte) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		n += bytes.Count(b, what)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// testFiles keeps mails with no, one, several and equal files, some small enough
// to be kept otherwise, and reads them back byte for byte.
func testFiles(t *testing.T, h *house) {
	var mails []Mail
	for n := range uint64(40) {
		mails = append(mails, Mail{N: n + 1, RawSize: []int{0, 10, 1500}[n%3], Files: int(n % (MaxFiles + 1))})
	}
	present := func(r store.Reader, mails []Mail) (err error) {
		for _, m := range mails {
			_, missing := m.Present(r)
			err = errors.Join(err, missing)
		}
		return err
	}
	h.update(func(tx store.Tx) error { // some in one commit, the rest in others
		for _, m := range mails[:10] {
			if _, err := m.Put(tx); err != nil {
				return err
			}
		}
		return present(tx, mails[:10])
	})
	for _, m := range mails[10:] {
		h.update(func(tx store.Tx) error { _, err := m.Put(tx); return err })
	}
	look := func(r store.Reader) error { return present(r, mails) }
	h.view(look)
	h.reopen()
	h.view(look)
}

// testFilesOnce sees that what many mails have is on the disk once, and what one has is there.
func testFilesOnce(t *testing.T, h *house) {
	h.loose = true
	shared, own := fileBody(2), fileBody(9)
	raw, bodies := withFiles([]byte("words before and after, which are not many"), []uint64{2, 2})
	for i := range ticket.ID(20) {
		if i%7 == 0 {
			h.reopen()
		}
		h.update(func(tx store.Tx) error {
			return errors.Join(tx.PutRaw(2*i+1, raw, bodies), tx.PutRaw(2*i+2, append(bytes.Clone(raw), byte(i)), bodies))
		})
	}
	other, otherBodies := withFiles([]byte("other words"), []uint64{9})
	h.update(func(tx store.Tx) error { return tx.PutRaw(99, other, otherBodies) })
	if n := onDisk(t, h.dir, shared); n > 1 {
		t.Errorf("what 40 mails have is on the disk %d times", n)
	}
	if n := onDisk(t, h.dir, own); n > 1 {
		t.Errorf("what one mail has is on the disk %d times", n)
	}
	// The bytes of a mail are written again: others keep theirs.
	h.update(func(tx store.Tx) error {
		return errors.Join(tx.PutRaw(1, []byte("short"), nil), tx.PutRaw(3, other, otherBodies), tx.PutRaw(99, raw, bodies))
	})
	h.view(func(r store.Reader) error {
		for id, want := range map[ticket.ID][]byte{1: []byte("short"), 2: append(bytes.Clone(raw), 0), 3: other, 5: raw, 40: append(bytes.Clone(raw), 19), 99: raw} {
			if got, err := r.Raw(id); err != nil || !bytes.Equal(got, want) {
				t.Errorf("mail %d has %d bytes, must have %d: %v", id, len(got), len(want), err)
			}
		}
		return nil
	})
}

// testFileRanges keeps one mail under many ranges, and sees that wrong ones are refused.
func testFileRanges(t *testing.T, h *house) {
	h.loose = true
	raw := randomBytes(7, 5000)
	type ranges = [][2]int // start and end of each
	for i, c := range []struct {
		name string
		in   ranges
		ok   bool
	}{
		{"none", nil, true},
		{"all of it", ranges{{0, 5000}}, true},
		{"the beginning", ranges{{0, 1300}}, true},
		{"the end", ranges{{3700, 5000}}, true},
		{"one byte", ranges{{77, 78}}, true},
		{"touching", ranges{{100, 1300}, {1300, 3000}, {3000, 5000}}, true},
		{"empty ones", ranges{{0, 0}, {10, 10}, {10, 2000}, {2000, 2000}, {5000, 5000}}, true},
		{"behind the end", ranges{{4000, 5001}}, false},
		{"far behind the end", ranges{{math.MaxInt - 1, math.MaxInt}}, false},
		{"before the beginning", ranges{{-1, 5}}, false},
		{"backwards", ranges{{2000, 1000}}, false},
		{"not in order", ranges{{2000, 3000}, {0, 1000}}, false},
		{"overlapping", ranges{{0, 1000}, {999, 2000}}, false},
		{"a good one, then none", ranges{{0, 2000}, {2000, 9000}}, false},
	} {
		id := ticket.ID(i + 1)
		var bodies []store.Range
		for _, r := range c.in {
			bodies = append(bodies, store.Range{Start: r[0], End: r[1]})
		}
		err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.PutRaw(id, raw, bodies) })
		if c.ok != (err == nil) || !c.ok && !errors.Is(err, store.ErrRange) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		h.view(func(r store.Reader) error {
			got, err := r.Raw(id)
			switch {
			case !c.ok && !errors.Is(err, store.ErrNotFound):
				t.Errorf("%s: it was refused, and reading it says: %v", c.name, err)
			case c.ok && (err != nil || !bytes.Equal(got, raw)):
				t.Errorf("%s: another mail came back, of %d bytes: %v", c.name, len(got), err)
			}
			return nil
		})
	}
}

// testFileOfFailed has an update fail that was the first to have a file, in one
// commit with others that have it, too.
func testFileOfFailed(t *testing.T, h *house) {
	boom := errors.New("boom")
	mail := func(n uint64) Mail { return Mail{N: n, RawSize: 10, Files: 2} } // 8 to 15 share
	update := func(n uint64, end func() error) func() {
		return func() {
			err := h.s.Update(store.Intake, func(tx store.Tx) error {
				_, err := mail(n).Put(tx)
				return errors.Join(err, end())
			})
			if (err == nil) != (n%2 == 1) {
				t.Errorf("update %d: %v", n, err)
			}
		}
	}
	for round := range uint64(3) {
		from := 8 + 8*round
		h.inOneGroup(
			update(from, func() error { return boom }), update(from+1, func() error { return nil }),
			update(from+2, func() error { panic(boom) }), update(from+3, func() error { return nil }))
		look := func(r store.Reader) error {
			_, err1 := mail(from + 1).Present(r)
			_, err3 := mail(from + 3).Present(r)
			return errors.Join(mail(from).Absent(r), mail(from+2).Absent(r), err1, err3)
		}
		h.view(look)
		h.reopen()
		h.view(look)
		if n := onDisk(t, h.dir, fileBody(from/8)); n > 1 {
			t.Errorf("the file is on the disk %d times", n)
		}
	}
}
