package outbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func newRelay(t *testing.T, dir string) *FileRelay {
	t.Helper()
	r, err := NewFileRelay(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestFileRelayWritesTheEnvelope(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "sent")
	r := newRelay(t, dir)
	for _, m := range []*Mail{
		{Name: "1", From: "b@x.example", To: []string{"a@y.example", "c@y.example"}, Bytes: []byte("Subject: first\r\n\r\nx\r\n")},
		{Name: "1", From: "", To: []string{"a@y.example"}, Bytes: []byte("Subject: again\r\n\r\nx\r\n")},
		{Name: "2", From: "b@x.example", To: []string{"a@y.example", "c@y.example"}, Bytes: []byte("Subject: s\r\n\r\nx\r\n")},
	} {
		if s := r.Send(context.Background(), m); len(s.Failures) != 0 || s.Reply != "written to sent/"+m.Name+".eml" {
			t.Errorf("%+v", s)
		}
	}
	if err := r.Flush(); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"1.eml": "X-Envelope-From: <>\r\nX-Envelope-To: <a@y.example>\r\nSubject: again\r\n\r\nx\r\n",
		"2.eml": "X-Envelope-From: <b@x.example>\r\nX-Envelope-To: <a@y.example>, <c@y.example>\r\nSubject: s\r\n\r\nx\r\n",
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(b) != want {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	if got := fmt.Sprint(names(t, dir)); got != "[1.eml 2.eml]" {
		t.Errorf("files %s", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "1.eml")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// What a crash left half written is swept at the start, whatever the folder's
// name; whole mails stay.
func TestFileRelaySweeps(t *testing.T) {
	for _, name := range []string{"sent", "a [b", "*"} {
		dir := filepath.Join(t.TempDir(), name)
		r := newRelay(t, dir)
		if s := r.Send(context.Background(), &Mail{Name: "1", To: []string{"a@b"}, Bytes: []byte("x")}); len(s.Failures) != 0 {
			t.Fatal(s)
		}
		if err := os.WriteFile(filepath.Join(dir, tempPrefix+"2.eml"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		newRelay(t, dir)
		if got := fmt.Sprint(names(t, dir)); got != "[1.eml]" {
			t.Errorf("%s: files %s", name, got)
		}
	}
}

// A reader of the folder sees whole mails only, also while one is replaced.
func TestFileRelayMailsAreWhole(t *testing.T) {
	dir := t.TempDir()
	r := newRelay(t, dir)
	body := strings.Repeat("x", 1<<20)
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if b, err := os.ReadFile(filepath.Join(dir, "1.eml")); err == nil && (len(b) < len(body) || !strings.HasSuffix(string(b), "\r\nend")) {
				t.Errorf("half a mail of %d bytes", len(b))
				return
			}
		}
	})
	for range 20 {
		if s := r.Send(context.Background(), &Mail{Name: "1", To: []string{"a@b"}, Bytes: []byte(body + "\r\nend")}); len(s.Failures) != 0 {
			t.Error(s)
		}
	}
	close(stop)
	reader.Wait()
}

// A disk that takes nothing is an error, and nothing appears.
func TestFileRelayFails(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Logf("SKIPPED the full disk: %v", err)
	} else {
		dir := t.TempDir()
		r := newRelay(t, dir)
		if err := os.Symlink("/dev/full", filepath.Join(dir, tempPrefix+"1")); err != nil {
			t.Fatal(err)
		}
		if s := r.Send(context.Background(), &Mail{Name: "1", To: []string{"a@b"}, Bytes: []byte("x")}); len(s.Failures) != 1 || !strings.Contains(s.Failures[0].Reply, "no space left") {
			t.Errorf("a full disk: %+v", s)
		}
		if got := names(t, dir); len(got) != 0 {
			t.Errorf("files %q", got)
		}
	}
	dir := t.TempDir()
	r := newRelay(t, dir)
	if err := os.Mkdir(filepath.Join(dir, "1.eml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if s := r.Send(context.Background(), &Mail{Name: "1", To: []string{"a@b"}, Bytes: []byte("x")}); len(s.Failures) == 0 {
		t.Error("a folder was replaced")
	}
	if got := fmt.Sprint(names(t, dir)); got != "[1.eml]" {
		t.Errorf("files %s", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if s := r.Send(context.Background(), &Mail{Name: "2", To: []string{"a@b"}, Bytes: []byte("x")}); len(s.Failures) == 0 {
		t.Error("a mail was written into a folder that is gone")
	}
	r.unsynced = []string{"1.eml"}
	if err := r.Flush(); err == nil {
		t.Error("a folder that is gone was synced")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileRelay(file); err == nil {
		t.Error("a file serves as folder")
	}
}
