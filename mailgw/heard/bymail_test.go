package heard_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"supportgw/mailgw/heard"
)

// goldenLines are the lines of a file in testdata/bymail, in two parts.
func goldenLines(t testing.TB, name string) (out [][2]string) {
	t.Helper()
	f, err := os.Open("testdata/bymail/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		i := strings.LastIndexByte(lines.Text(), '|')
		if i < 0 {
			t.Fatalf("%s: %q", name, lines.Text())
		}
		out = append(out, [2]string{strings.ReplaceAll(lines.Text()[:i], `\n`, "\n"), lines.Text()[i+1:]})
	}
	return out
}

// score counts how many lines of two files are read as they say; each must be.
func score(t *testing.T, read func(string) string, files ...string) {
	t.Helper()
	n, right := 0, 0
	for _, name := range files {
		for _, l := range goldenLines(t, name) {
			n++
			if got := read(l[0]); got != l[1] {
				t.Errorf("%s: %q is read as %q, want %q", name, l[0], got, l[1])
			} else {
				right++
			}
		}
	}
	t.Logf("%d of %d", right, n)
}

func TestCompany(t *testing.T) {
	score(t, func(words string) string {
		for _, name := range heard.Company(words) {
			return name
		}
		return "-"
	}, "company.txt")
}

func TestStatus(t *testing.T) {
	for _, l := range goldenLines(t, "status.txt") {
		if got := heard.Status(l[1]); got != (l[0] == "yes") {
			t.Errorf("%q asks for the status: %t", l[1], got)
		}
	}
}

func TestCallUs(t *testing.T) {
	score(t, func(words string) string {
		if name, ok := heard.CallUs(words); ok {
			return name
		}
		return "-"
	}, "callus.txt")
}

func TestLeft(t *testing.T) {
	score(t, func(words string) string {
		d, ok := heard.Left(words)
		if !ok {
			return "-"
		}
		said := d.Name
		if d.Self {
			said = "self"
		}
		if d.TakesOver {
			said += "+"
		}
		return strings.TrimSpace(said + " " + strings.Join(d.Addresses, " "))
	}, "left.txt", "left_held.txt")
}

// Whatever is written, reading it ends, and finds nothing that is not there.
func FuzzByMail(f *testing.F) {
	for _, name := range []string{"company.txt", "status.txt", "callus.txt", "left.txt"} {
		for _, l := range goldenLines(f, name) {
			f.Add(l[0])
			f.Add(l[1])
		}
	}
	f.Fuzz(func(t *testing.T, words string) {
		for _, name := range heard.Company(words) {
			if strings.TrimSpace(name) == "" {
				t.Errorf("an empty company in %q", words)
			}
		}
		if heard.Status(words) && len(words) > 200 {
			t.Errorf("a long text asks for the status: %q", words)
		}
		if name, ok := heard.CallUs(words); ok && strings.ContainsAny(name, "\n") {
			t.Errorf("a name of two lines: %q", name)
		}
		if d, ok := heard.Left(words); ok && !d.Self && d.Name == "" {
			t.Errorf("nobody left in %q", words)
		}
	})
}
