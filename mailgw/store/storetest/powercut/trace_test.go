package powercut

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// x is a string as strace -xx writes it.
func x(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return `"` + b.String() + `"`
}

func mustRead(t *testing.T, lines ...string) *Trace {
	t.Helper()
	tr := New("/d")
	if err := tr.Read(strings.NewReader(strings.Join(append(lines, ""), "\n"))); err != nil {
		t.Fatal(err)
	}
	return tr
}

// outcomes returns the different contents that the file f can have after the trace.
func outcomes(t *testing.T, tr *Trace, at int) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	rng := rand.New(rand.NewPCG(1, uint64(at)))
	under := t.TempDir()
	for i := range 150 {
		dir := filepath.Join(under, fmt.Sprint(i))
		if err := tr.Cut(rng, at, Rule{}, dir); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "f"))
		switch {
		case os.IsNotExist(err):
			got["absent"] = true
		case err != nil:
			t.Fatal(err)
		default:
			got[string(bytes.ReplaceAll(b, []byte{0}, []byte(".")))] = true
		}
	}
	return got
}

var (
	open  = `7 openat(AT_FDCWD, ` + x("/d/f") + `, O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3`
	named = []string{`7 openat(AT_FDCWD, ` + x("/d") + `, O_RDONLY|O_CLOEXEC) = 4`, `7 fsync(4) = 0`, `7 close(4) = 0`}
)

func pwrite(text string, off int) string {
	return fmt.Sprintf(`7 pwrite64(3, %s, %d, %d) = %d`, x(text), len(text), off, len(text))
}

func TestCut(t *testing.T) {
	with := func(lines ...string) []string { return append(append([]string{open}, named...), lines...) }
	for name, c := range map[string]struct {
		lines []string
		want  string // all that may be there
	}{
		"nothing":                      {nil, "absent"},
		"a name not synced":            {[]string{open}, "absent|"},
		"file synced, name not":        {[]string{open, pwrite("ab", 0), `7 fsync(3) = 0`}, "absent|ab"},
		"both synced":                  {with(pwrite("ab", 0), `7 fsync(3) = 0`), "ab"},
		"written, not synced":          {with(pwrite("ab", 0)), "|..|ab"},
		"overwritten":                  {with(pwrite("ab", 0), `7 fdatasync(3) = 0`, pwrite("XY", 0)), "ab|XY"},
		"any of three":                 {with(pwrite("ab", 0), `7 fsync(3) = 0`, pwrite("cd", 0), pwrite("ef", 0)), "ab|cd|ef"},
		"versions add up":              {with(pwrite("ab", 0), `7 fsync(3) = 0`, pwrite("c", 0), pwrite("d", 1)), "ab|cb|cd"},
		"a failed sync is none":        {with(pwrite("a", 0), `7 fsync(3) = 0`, pwrite("b", 0), `7 fsync(3) = -1 EIO (Input/output error) (INJECTED)`), "a|b"},
		"a failed write is none":       {with(pwrite("a", 0), `7 fsync(3) = 0`, `7 pwrite64(3, `+x("b")+`, 1, 0) = -1 ENOSPC (No space left on device)`), "a"},
		"truncated":                    {with(pwrite("abc", 0), `7 fsync(3) = 0`, `7 ftruncate(3, 1) = 0`), "abc|a"},
		"truncated by name":            {with(pwrite("abc", 0), `7 fsync(3) = 0`, `7 truncate(`+x("/d/f")+`, 1) = 0`, `7 fsync(3) = 0`), "a"},
		"grown":                        {with(pwrite("a", 0), `7 fsync(3) = 0`, `7 ftruncate(3, 3) = 0`), "a|a.."},
		"removed":                      {with(pwrite("a", 0), `7 fsync(3) = 0`, `7 unlinkat(AT_FDCWD, `+x("/d/f")+`, 0) = 0`), "a|absent"},
		"a sync that has not returned": {with(pwrite("a", 0), `7 fsync(3) = 0`, pwrite("b", 0), `7 fsync(3 <unfinished ...>`), "a|b"},
		"a sync that returned late":    {with(pwrite("a", 0), `7 fsync(3 <unfinished ...>`, `8 close(9) = 0`, `7 <... fsync resumed>) = 0`), "a"},
		"a write during a sync is not covered": {with(pwrite("a", 0), `7 fsync(3) = 0`, `7 fsync(3 <unfinished ...>`,
			strings.Replace(pwrite("b", 0), "7", "8", 1), `7 <... fsync resumed>) = 0`), "a|b"},
		"a write that ends during a sync is not covered": {with(pwrite("a", 0), `7 fsync(3) = 0`, `8 pwrite64(3, `+x("b")+`, 1, 0 <unfinished ...>`, `7 fsync(3 <unfinished ...>`,
			`8 <... pwrite64 resumed>) = 1`, `7 <... fsync resumed>) = 0`), "a|b"},
		"a write that has not returned": {with(pwrite("a", 0), `7 fsync(3) = 0`, `8 pwrite64(3, `+x("b")+`, 1, 0 <unfinished ...>`), "a|b"},
		"a write that was killed":       {with(pwrite("a", 0), `7 fsync(3) = 0`, `8 pwrite64(3, `+x("b")+`, 1, 0) = ?`), "a|b"},
		"a number used again before its close returned": {with(`8 close(3 <unfinished ...>`, `7 openat(AT_FDCWD, `+x("/d/f")+`, O_RDWR) = 3`, `8 <... close resumed>) = 0`,
			pwrite("a", 0), `7 fsync(3) = 0`), "a"},
		"renamed": {[]string{strings.Replace(open, x("/d/f"), x("/d/g"), 1), named[0], named[1], pwrite("a", 0), `7 fsync(3) = 0`,
			`7 renameat(AT_FDCWD, ` + x("/d/g") + `, AT_FDCWD, ` + x("/d/f") + `) = 0`}, "absent|a"},
		"others' files": {with(`7 openat(AT_FDCWD, `+x("/dd/f")+`, O_RDWR) = 5`, `7 pwrite64(5, `+x("z")+`, 1, 0) = 1`, `7 write(5, `+x("z")+`, 1) = 1`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := mustRead(t, c.lines...)
			got := outcomes(t, tr, tr.Len())
			for _, w := range strings.Split(c.want, "|") {
				if !got[w] {
					t.Errorf("never %q", w)
				}
				delete(got, w)
			}
			for w := range got {
				t.Errorf("impossible: %q", w)
			}
		})
	}
}

// TestKilledInAWrite sees that a write in which a process died does not come back
// over what the next process wrote.
func TestKilledInAWrite(t *testing.T) {
	for _, killed := range []string{" <unfinished ...>", ") = ?"} {
		tr := mustRead(t, append(append([]string{open}, named...), `7 pwrite64(3, `+x("old")+`, 3, 0`+killed, `7 +++ killed by SIGKILL +++`)...)
		again := strings.Join([]string{open, pwrite("new", 0), `7 fsync(3) = 0`, ""}, "\n")
		if err := tr.Read(strings.NewReader(again)); err != nil {
			t.Fatal(err)
		}
		if got := outcomes(t, tr, tr.Len()); len(got) != 1 || !got["new"] {
			t.Errorf("%s: it may be %v, must be new", killed, got)
		}
	}
}

func TestSectors(t *testing.T) {
	old, fresh := strings.Repeat("o", 8192), strings.Repeat("n", 8192)
	tr := mustRead(t, append(append([]string{open}, named...), pwrite(old, 0), `7 fsync(3) = 0`, pwrite(fresh, 0))...)
	mixed := 0
	for b := range outcomes(t, tr, tr.Len()) {
		for s := 0; s < len(b); s += 512 {
			if sector := b[s : s+512]; sector != old[:512] && sector != fresh[:512] {
				t.Fatal("a torn sector")
			}
		}
		if strings.Contains(b, "o") && strings.Contains(b, "n") {
			mixed++
		}
	}
	if mixed < 20 {
		t.Errorf("%d mixtures of old and new sectors, must be many", mixed)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, lines := range map[string][]string{
		"not modelled":      {open, `7 fallocate(3, 0, 0, 10) = 0`},
		"no offset":         {open, `7 write(3, ` + x("a") + `, 1) = 1`},
		"cut string":        {open, `7 pwrite64(3, ` + x("a") + `..., 900, 0) = 900`},
		"linked":            {`7 linkat(AT_FDCWD, ` + x("/d/f") + `, AT_FDCWD, ` + x("/d/g") + `, 0) = 0`},
		"end without start": {`7 <... fsync resumed>) = 0`},
		"rubbish":           {`7 rubbish`},
		"too much written":  {open, `7 pwrite64(3, ` + x("a") + `, 1, 0) = 2`},
		"truncating open":   {`7 openat(AT_FDCWD, ` + x("/d/f") + `, O_RDWR|O_TRUNC) = 3`},
		"other folder":      {open, `7 rename(` + x("/d/f") + `, ` + x("/d/s/f") + `) = 0`},
	} {
		if err := New("/d").Read(strings.NewReader(strings.Join(lines, "\n") + "\n")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNotes(t *testing.T) {
	tr := mustRead(t, open, `7 write(1, `+x("ACK 1\n")+`, 6 <unfinished ...>`, pwrite("a", 0), `7 write(2, `+x("no")+`, 2) = 2`)
	for at, want := range []string{"", "", "ACK 1\n", "ACK 1\n"} {
		var got string
		tr.Notes(at, func(s string) { got += s })
		if got != want {
			t.Errorf("before %d: %q, must be %q\n%s", at, got, want, tr.Describe(at, 9))
		}
	}
}
