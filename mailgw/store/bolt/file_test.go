package bolt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
)

// A mail whose body, a file that others have too, stands between texts of its own.
func withBody(i int, body string) (raw []byte, bodies []store.Range) {
	head := fmt.Sprintf("Subject: mail %d\r\n\r\n", i)
	return []byte(head + body + "\r\n-- \r\nbye\r\n"), []store.Range{{Start: len(head), End: len(head) + len(body)}}
}

// putBody writes such a mail under an id.
func putBody(s *Store, id ticket.ID, body string) error {
	raw, bodies := withBody(int(id), body)
	return s.Update(store.Intake, func(x store.Tx) error { return x.PutRaw(id, raw, bodies) })
}

// hasBody returns an error unless the mail is there.
func hasBody(s *Store, id ticket.ID, body string) error {
	want, _ := withBody(int(id), body)
	return s.View(func(r store.Reader) error {
		got, err := r.Raw(id)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("mail %s is %q", id, got)
		}
		return err
	})
}

// TestFilesInSegment sees what a segment looks like that has mails with one file.
func TestFilesInSegment(t *testing.T) {
	o := small(t.TempDir())
	s := newStore(t, o)
	body := strings.Repeat("QUJD", 300)
	if err := errors.Join(putBody(s, 16, body), putBody(s, 17, body)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(o.Dir, segmentDir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	hash := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	text := func(i int) string { return fmt.Sprintf("Subject: mail %d\r\n\r\n\r\n-- \r\nbye\r\n", i) }
	want := "mailgw-file size=1200 sha256=" + hash(body) + "\n" + body + "\n\n" +
		"mailgw-raw id=000000000000g size=32 sha256=" + hash(text(16)) + " files=20:" + hash(body) + "\n" + text(16) + "\n\n" +
		"mailgw-raw id=000000000000h size=32 sha256=" + hash(text(17)) + " files=20:" + hash(body) + "\n" + text(17) + "\n\n"
	if string(got) != want {
		t.Errorf("the segment is\n%s\nmust be\n%s", got, want)
	}
}

// TestSmallMailKeepsItsFiles: what fits into the database is kept there as it always was.
func TestSmallMailKeepsItsFiles(t *testing.T) {
	s := newStore(t, small(t.TempDir()))
	if err := putBody(s, 16, strings.Repeat("x", 500)); err != nil {
		t.Fatal(err)
	}
	want, _ := withBody(16, strings.Repeat("x", 500))
	err := s.db.View(func(x *bolt.Tx) error {
		v := x.Bucket([]byte(bucketNames[inRaw])).Get(idKey(16))
		if !bytes.Equal(v, append([]byte{rawInline}, want...)) {
			t.Errorf("kept as %q", v)
		}
		if k, _ := x.Bucket([]byte(bucketNames[inFile])).Cursor().First(); k != nil {
			t.Errorf("a row for a file: %x", k)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDamagedFileIsKeptAgain: a mail never relies on bytes that the disk has
// changed; those that have relied on them are named.
func TestDamagedFileIsKeptAgain(t *testing.T) {
	for name, damage := range map[string]func(path string, b []byte) error{
		"one bit": func(path string, b []byte) error { b[700] ^= 1; return os.WriteFile(path, b, 0o600) },
		"the last": func(path string, b []byte) error {
			b[bytes.LastIndex(b, []byte("QUJD"))+3] ^= 1
			return os.WriteFile(path, b, 0o600)
		},
		"cut off": func(path string, b []byte) error { return os.WriteFile(path, b[:900], 0o600) },
		"no file": func(path string, _ []byte) error { return os.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			o := small(t.TempDir())
			o.SegmentBytes = 1000 // the file is alone in the first segment
			s := mustOpen(t, o)
			defer s.Close()
			body := strings.Repeat("QUJD", 300)
			path := filepath.Join(o.Dir, segmentDir, segmentName(1))
			if err := putBody(s, 16, body); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, b); err != nil {
				t.Fatal(err)
			}
			for id := ticket.ID(17); id < 20; id++ {
				if err := errors.Join(putBody(s, id, body), hasBody(s, id, body)); err != nil {
					t.Error(err)
				}
			}
			if hasBody(s, 16, body) == nil {
				t.Error("the first mail is whole")
			}
			if found := s.Check(); len(found) == 0 || len(found) > 2 { // the mail, and its row
				t.Errorf("the check finds %v", found)
			}
			copies := 0
			err = filepath.WalkDir(filepath.Join(o.Dir, segmentDir), func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					b, err = os.ReadFile(path)
					copies += bytes.Count(b, []byte(body))
				}
				return err
			})
			if err != nil || copies != 1 {
				t.Errorf("%d copies, must be one more than the damaged one: %v", copies, err)
			}
		})
	}
}

// TestCheckNamesFiles breaks rows of files, and mails that name them.
func TestCheckNamesFiles(t *testing.T) {
	body := strings.Repeat("QUJD", 300)
	hash := sum(sha256.Sum256([]byte(body)))
	key := fileKey(hash, 16)
	other := func(change func(*pieces)) func(*tx) error {
		return func(x *tx) error {
			p, err := decodePieces(x.bucket(inRaw).Get(idKey(16)))
			change(&p)
			return errors.Join(err, x.putPlace(inRaw, idKey(16), []byte{rawPieces}, p))
		}
	}
	place := func(json string) func(*tx) error {
		return func(x *tx) error { return x.putBytes(inFile, key, []byte(json)) }
	}
	for name, c := range map[string]struct {
		damage func(*tx) error
		check  string // what the engine's check says; "" = nothing
		read   string // what reading the mail says; "" = it is whole
	}{
		"none":            {func(*tx) error { return nil }, "", ""},
		"row missing":     {func(x *tx) error { return x.delete(inFile, key) }, "raw mail 0000000000000010", "the row of its file"},
		"row of nobody":   {func(x *tx) error { return x.putBytes(inFile, fileKey(hash, 99), x.bucket(inFile).Get(key)) }, "no mail has it", ""},
		"row of an other": {func(x *tx) error { return x.putBytes(inFile, fileKey(hash, 18), x.bucket(inFile).Get(key)) }, "no mail has it", ""},
		"row's key":       {func(x *tx) error { return x.putBytes(inFile, []byte("short"), nil) }, "a key of 5 bytes", ""},
		"row damaged":     {place(`{`), "damaged record", "damaged record"},
		"another size":    {place(`{"segment":1,"offset":96,"size":7}`), "has 7 bytes, must have 1200", "has 7 bytes, must have 1200"},
		"outside":         {place(`{"segment":1,"offset":9223372036854775807,"size":1200}`), "the mail is said to be 1200 at", "the mail is said to be 1200 at"},
		"no segment":      {place(`{"segment":7,"offset":0,"size":1200}`), "no such file", "no such file"},
		"other bytes":     {place(`{"segment":1,"offset":90,"size":1200}`), "its bytes have another hash", "another mail"},
		"hash of another": {func(x *tx) error {
			// The body is kept, and found, under the hash of another.
			wrong := hash
			wrong[5] ^= 1
			v := bytes.Clone(x.bucket(inFile).Get(key))
			return errors.Join(x.delete(inFile, key), x.putBytes(inFile, fileKey(wrong, 16), v), other(func(p *pieces) { p.Files[0].Sum = wrong })(x))
		}, "its bytes have another hash", ""},
		"pieces damaged":   {func(x *tx) error { return x.putBytes(inRaw, idKey(16), []byte("\x02{")) }, "damaged record", "damaged record"},
		"hash damaged":     {func(x *tx) error { return x.putBytes(inRaw, idKey(16), []byte("\x02"+`{"files":[{"sha256":"00"}]}`)) }, "2 digits where a hash must be", "2 digits where"},
		"file too far":     {other(func(p *pieces) { p.Files[0].At = 1 << 62 }), "", "a file at 4611686018427387904"},
		"file before all":  {other(func(p *pieces) { p.Files[0].At = -1 }), "", "a file at -1"},
		"files overlap":    {other(func(p *pieces) { p.Files = append(p.Files, p.Files[0]) }), "", "a file at 20 of a mail, after 1220"},
		"text outside":     {other(func(p *pieces) { p.Text.Size = 1 << 62 }), "", "the mail is said to be"},
		"the text is less": {other(func(p *pieces) { p.Text.Size-- }), "", "another mail"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, small(t.TempDir()))
			defer s.Close()
			if err := errors.Join(putBody(s, 16, body), putBody(s, 17, strings.Repeat("other", 400)), putBody(s, 18, "small")); err != nil {
				t.Fatal(err)
			}
			if err := s.Update(store.Intake, func(x store.Tx) error { return c.damage(x.(*tx)) }); err != nil {
				t.Fatal(err)
			}
			says := func(what, want string, err error) {
				if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s says %v, must say %q", what, err, want)
				}
			}
			says("the check", c.check, errors.Join(s.Check()...))
			err := hasBody(s, 16, body)
			if err != nil && c.read == "another mail" {
				err = errors.New("another mail")
			}
			says("reading", c.read, err)
		})
	}
}

// TestFileBehindTheEnd: a row must not name bytes that no commit has.
func TestFileBehindTheEnd(t *testing.T) {
	s := mustOpen(t, small(t.TempDir()))
	defer s.Close()
	body := strings.Repeat("QUJD", 300)
	if err := putBody(s, 16, body); err != nil {
		t.Fatal(err)
	}
	err := s.Update(store.Intake, func(x store.Tx) error {
		return x.(*tx).putBytes(inSegment, []byte{0, 0, 0, 1}, numberKey(50))
	})
	if found := errors.Join(s.Check()...); err != nil || found == nil || !strings.Contains(found.Error(), "behind the end of segment 1") {
		t.Errorf("the check says %v: %v", found, err)
	}
}

// TestFileOfFailedCommit: a commit fails that was the first to have a file; the
// next mails with it do not rely on it.
func TestFileOfFailedCommit(t *testing.T) {
	d := &faultyFiles{}
	o := small(t.TempDir())
	o.faults.openSegment = d.open
	s := newStore(t, o)
	body := strings.Repeat("QUJD", 300)
	for id := ticket.ID(16); id < 26; id++ {
		fails := id%2 == 0
		if fails {
			d.sync = 1
		}
		b := body + fmt.Sprint(id/4) // four mails share
		if err := putBody(s, id, b); (err != nil) != fails {
			t.Errorf("mail %s: %v", id, err)
		}
		d.sync = 0
		recovered(s)
		if err := hasBody(s, id, b); fails != errors.Is(err, store.ErrNotFound) || !fails && err != nil {
			t.Errorf("mail %s: %v", id, err)
		}
	}
}

// TestFilesCostNoSync: a commit with files has one sync of a segment, as any other
// with a mail that does not fit into the database.
func TestFilesCostNoSync(t *testing.T) {
	d := &faultyFiles{}
	o := small(t.TempDir())
	o.SegmentBytes = 1 << 20
	o.faults.openSegment = d.open
	s := newStore(t, o)
	const mails = 20
	for id := range ticket.ID(mails) {
		if err := putBody(s, id+1, strings.Repeat("QUJD", 300)+fmt.Sprint(id/5)); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.syncs) != mails {
		t.Errorf("%d syncs for %d mails", len(d.syncs), mails)
	}
}

// TestReadWithoutMailgw runs the program of docs/storage.md that reads all mails of
// all segments, with what a crash leaves behind them swept.
func TestReadWithoutMailgw(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: no python3 here to run the program of docs/storage.md")
	}
	doc, err := os.ReadFile("../../../docs/storage.md")
	if err != nil {
		t.Fatal(err)
	}
	var program string
	for _, m := range regexp.MustCompile("(?s)```python\n(.*?)```").FindAllStringSubmatch(string(doc), -1) {
		if strings.Contains(m[1], "*.seg") {
			program = m[1]
		}
	}
	o := small(t.TempDir())
	s := mustOpen(t, o)
	rng := rand.New(rand.NewPCG(1, 2))
	var mails []storetest.Mail
	for n := range uint64(60) {
		mails = append(mails, storetest.Mail{N: n + 1, RawSize: 1001 + rng.IntN(4000), Files: rng.IntN(storetest.MaxFiles + 1)})
		if err := put(s, mails[n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", program, o.Dir)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the program of docs/storage.md: %v\n%s", err, out)
	}
	for _, m := range mails {
		got, err := os.ReadFile(filepath.Join(cmd.Dir, m.ID().String()+".eml"))
		if err != nil || !bytes.Equal(got, m.Raw()) {
			t.Errorf("mail %d: %d bytes, must be %d: %v", m.N, len(got), len(m.Raw()), err)
		}
	}
}
