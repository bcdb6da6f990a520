package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw"
)

// evilFiles has two files of the same bytes, and one that is a page, under names
// that nobody should write to.
const evilFiles = `From: Rosa Maier <rosa@acme.example>
To: support@example.com
Subject: Files
Date: Fri, 20 Nov 2026 15:00:00 +0100
Message-ID: <files@acme.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

See these.
--b
Content-Type: text/plain
Content-Disposition: attachment; filename*=utf-8''..%2F..%2F.bashrc%1B%5D0%3Bx%07%E2%80%AEtxt.exe

same bytes
--b
Content-Type: text/html
Content-Disposition: attachment; filename="/etc/passwd"

<script>alert(1)</script>
--b
Content-Type: application/octet-stream; name="C:\\CON"

same bytes
--b--
`

// inFolder is what a folder has.
func inFolder(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// TestTicketFiles lists and saves with the daemon and without it.
func TestTicketFiles(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", evilFiles)
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	same, page := hash("same bytes"), hash("<script>alert(1)</script>")
	for _, running := range []bool{true, false} {
		if !running {
			g.stop()
		}
		list := g.must("ticket", "files", "1")
		want := "ENTRY    N       SIZE  TYPE                      NAME                              SHA256\n" +
			"    1    1   10 bytes  text/plain                bashrc]0;xtxt.exe                 " + same + "\n" +
			"    1    2   25 bytes  text/html                 passwd                            " + page + "\n" +
			"    1    3   10 bytes  application/octet-stream  _CON                              " + same + "\n"
		if !strings.HasPrefix(list, want) || strings.ContainsAny(list, "\x1b\x07\u202e") {
			t.Errorf("running %t: it prints\n%s\nmust print\n%s", running, list, want)
		}
		for _, command := range [][]string{{"ticket", "show", "1"}, {"explain", write(t, evilFiles)}, {"ticket", "files", "1"}} {
			if got := g.must(command...); !strings.Contains(got, "bashrc]0;xtxt.exe") || strings.ContainsAny(got, "\x1b\x07\u202e") || strings.Contains(got, "../") {
				t.Errorf("running %t: %v prints %q", running, command, got)
			}
		}
		dir := filepath.Join(t.TempDir(), "new", "folder")
		for range 2 { // the second time all is there
			want := same[:32] + ".txt ← bashrc]0;xtxt.exe\n" + page[:32] + ".bin ← passwd\n" + same[:32] + ".txt ← _CON\n"
			if got := g.must("ticket", "files", "#1", "--save", dir); !strings.HasPrefix(got, want) {
				t.Errorf("running %t: it prints\n%s\nmust print\n%s", running, got, want)
			}
		}
		if got := inFolder(t, dir); !strings.Contains(got, same[:32]+".txt") || !strings.Contains(got, page[:32]+".bin") || len(strings.Fields(got)) != 2 {
			t.Errorf("the folder has %s", got)
		}
		for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Dir(dir): 0o700, filepath.Join(dir, same[:32]+".txt"): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, must be %o: %v", path, info.Mode(), mode, err)
			}
		}
		if b, err := os.ReadFile(filepath.Join(dir, same[:32]+".txt")); string(b) != "same bytes" || err != nil {
			t.Errorf("%q %v", b, err)
		}
		var v mailgw.FileView
		line, _, _ := strings.Cut(g.must("ticket", "files", "1", "--save", dir, "--json"), "\n")
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Saved != filepath.Join(dir, same[:32]+".txt") || v.Bytes != "" || v.SHA256 != same {
			t.Errorf("%s: %v", line, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "none")
	if o := g.call("ticket", "files", "77", "--save", dir); o.status != exitFailed {
		t.Errorf("%+v", o)
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Error("a folder was made for nothing")
	}
}

// TestSaveFileFollowsNothing: what stands where a file is to be is neither written
// nor followed, and what is no name of ours, or of other bytes, is not written.
func TestSaveFileFollowsNothing(t *testing.T) {
	content := "the bytes"
	sum := sha256.Sum256([]byte(content))
	digits := hex.EncodeToString(sum[:])
	name := digits[:32] + ".txt"
	outside := filepath.Join(t.TempDir(), "outside")
	for what, prepare := range map[string]func(dir string) error{
		"other bytes":         func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte("another"), 0o600) },
		"other bytes as long": func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte("The bytes"), 0o600) },
		"a link out":          func(dir string) error { return os.Symlink(outside, filepath.Join(dir, name)) },
		"a link within":       func(dir string) error { return os.Symlink("target", filepath.Join(dir, name)) },
		"a link to the same": func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "target"), []byte(content), 0o600), os.Symlink("target", filepath.Join(dir, name)))
		},
		"a folder": func(dir string) error { return os.Mkdir(filepath.Join(dir, name), 0o700) },
	} {
		dir := t.TempDir()
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		before := inFolder(t, dir)
		root, err := openFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		v := mailgw.FileView{As: name, SHA256: digits, Bytes: base64.StdEncoding.EncodeToString([]byte(content))}
		if err := saveFile(root, &v); err == nil || !strings.Contains(err.Error(), "is something else") {
			t.Errorf("%s: %v", what, err)
		}
		root.Close()
		if after := inFolder(t, dir); after != before {
			t.Errorf("%s: the folder had %s, and has %s", what, before, after)
		}
		if _, err := os.Lstat(outside); err == nil {
			t.Errorf("%s: written outside of the folder", what)
		}
	}
	root, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, as := range []string{"", "x.txt", "../" + name, digits[:32], digits[:32] + "/x", strings.ToUpper(name), digits[:32] + ".txt/..", strings.Repeat("0", 32) + ".txt"} {
		v := mailgw.FileView{As: as, SHA256: digits, Bytes: base64.StdEncoding.EncodeToString([]byte(content))}
		if err := saveFile(root, &v); err == nil {
			t.Errorf("written as %q", as)
		}
	}
	v := mailgw.FileView{As: name, SHA256: digits, Bytes: base64.StdEncoding.EncodeToString([]byte("other"))}
	if err := saveFile(root, &v); err == nil {
		t.Error("other bytes were written under the name")
	}
}

// TestSaveFolder: a link in the folder's place is not followed.
func TestSaveFolder(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := errors.Join(os.Symlink(t.TempDir(), link), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, link + "/", file, filepath.Join(file, "x")} {
		if root, err := openFolder(path); err == nil {
			root.Close()
			t.Errorf("%s was opened", path)
		}
	}
	root, err := openFolder(fmt.Sprintf("%s/a/../a//b", dir))
	if err != nil {
		t.Fatal(err)
	}
	root.Close()
}
