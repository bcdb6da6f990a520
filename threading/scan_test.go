package threading

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

func TestScanIDs(t *testing.T) {
	for _, c := range []struct {
		name, field string
		want        []string
	}{
		{"empty", "", nil},
		{"one", "<a@b>", []string{"a@b"}},
		{"many", "<a@b> <c@d>\r\n <e@f>", []string{"a@b", "c@d", "e@f"}},
		{"each once", "<a@b> <c@d> <a@b>", []string{"a@b", "c@d"}},
		{"no white space", "<a@b><c@d>", []string{"a@b", "c@d"}},
		{"commas", "<a@b>, <c@d>,<e@f>", []string{"a@b", "c@d", "e@f"}},
		{"folded inside", "<abc\r\n\t def@x.example>", []string{"abcdef@x.example"}},
		{"two at signs", "<a@b@c>", []string{"a@b@c"}},
		{"no at sign", "<20260101.17>", []string{"20260101.17"}},
		{"no brackets", "a@b c@d", []string{"a@b", "c@d"}},
		{"closing bracket lost", "<a@b <c@d>", []string{"a@b", "c@d"}},
		{"closing bracket lost at the end", "<c@d> <a@b (Joe's mail)", []string{"c@d", "a@b"}},
		{"opening bracket lost", "a@b> <c@d>", []string{"a@b", "c@d"}},
		{"inner brackets lost", "<a@b c@d>", []string{"a@b", "c@d"}},
		{"comment", "<a@b> (joe@x.example's mail (of <m@y>)) <c@d>", []string{"a@b", "c@d"}},
		{"comment with an escape", `(a\)b@c) <d@e>`, []string{"d@e"}},
		{"comment never closed", "<a@b> (see <c@d>", []string{"a@b", "c@d"}},
		{"phrase before", `Your message of "Tue, 5 May" <a@b>`, []string{"a@b"}},
		{"junk between", "<a@b> ;;; ??? <> < > @ <c@d>", []string{"a@b", "c@d"}},
		{"domain literal", "<a@[127.0.0.1]>", []string{"a@[127.0.0.1]"}},
		{"nul and delete", "<a\x00@b\x7f>", []string{"a@b"}},
		{"encoded word", "=?utf-8?q?=3Ca=40b=3E?=", []string{"a@b"}},
		{"looks encoded, is none", "<=?utf-8?q?x?=@b>", []string{"=?utf-8?q?x?=@b"}},
		{"not utf-8", "<a\xff@b>", []string{"a\xff@b"}},
		{"too long", "<" + strings.Repeat("a", maxIDBytes) + "@b> <c@d>", []string{"c@d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ScanIDs(c.field); !slices.Equal(got, c.want) {
				t.Errorf("ScanIDs(%q) = %q, want %q", c.field, got, c.want)
			}
		})
	}
}

func TestScanIDsKeepsBothEnds(t *testing.T) {
	var field strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&field, "<%d@x> <%d@x>\r\n ", i, i)
	}
	ids := ScanIDs(field.String())
	if len(ids) != maxIDs || ids[0] != "0@x" || ids[maxIDs-1] != "999@x" {
		t.Fatalf("%d ids from %s to %s, want %d from 0@x to 999@x", len(ids), ids[0], ids[len(ids)-1], maxIDs)
	}
}

func FuzzScanIDs(f *testing.F) {
	for _, s := range []string{"<a@b> <c@d>", "(((<a@b>", "<a@b <c@d> e@f, (x) <g h@i>", "=?utf-8?q?=3Ca=40b=3E?=", "<<<>>>", "\\(\"<a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		ids := ScanIDs(field)
		if len(ids) > maxIDs {
			t.Fatalf("%d ids", len(ids))
		}
		seen := map[string]bool{}
		for _, id := range ids {
			if id == "" || len(id) > maxIDBytes || strings.ContainsAny(id, "<> \t\r\n\x00") || seen[id] {
				t.Fatalf("bad id %q in %q", id, ids)
			}
			seen[id] = true
		}
		// What is not malformed, go-message reads too: never fewer than it.
		var h mail.Header
		h.Set("References", field)
		want, _ := h.MsgIDList("References")
		requireAll(t, field, ids, want)
	})
}

// requireAll fails when an id of want is missing in ids, unless the limit cut them.
func requireAll(t *testing.T, field string, ids, want []string) {
	t.Helper()
	if len(ids) == maxIDs {
		return
	}
	for _, id := range want {
		if len(id) <= maxIDBytes && !slices.Contains(ids, id) {
			t.Fatalf("%.300q: go-message reads %q, ScanIDs does not", field, id)
		}
	}
}

// corpora returns the folder of test mail, or skips the test.
func corpora(t *testing.T, sub string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod above the test")
	}
	path := filepath.Join(dir, "..", "shared", "corpora", sub)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: no corpus: %v", err)
	}
	return path
}

// TestScanIDsCorpora reads the ids of every mail of the corpora: never fewer
// than go-message finds, and more where it stops at a malformed one.
func TestScanIDsCorpora(t *testing.T) {
	root := corpora(t, "")
	files, ours, theirs, cut := 0, 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".eml" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		th, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return nil // a header that the library refuses as a whole
		}
		files++
		var h mail.Header
		h.Header.Header = th
		for _, key := range []string{"Message-Id", "In-Reply-To", "References"} {
			want, _ := h.MsgIDList(key)
			ids := ScanIDs(h.Get(key))
			requireAll(t, h.Get(key), ids, want)
			if len(ids) == maxIDs {
				cut++
				continue
			}
			ours, theirs = ours+len(ids), theirs+len(want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails: %d ids, go-message %d; %d fields at the limit", files, ours, theirs, cut)
	if files < 500 || ours < theirs {
		t.Errorf("%d mails with %d ids (go-message: %d) is too little", files, ours, theirs)
	}
}

func BenchmarkScanIDs(b *testing.B) {
	field := strings.Repeat("<CAF=abcdefghijklmnopqrstuvwxyz0123456789@mail.gmail.com>\r\n ", 10)
	b.ReportAllocs()
	for b.Loop() {
		ScanIDs(field)
	}
}
