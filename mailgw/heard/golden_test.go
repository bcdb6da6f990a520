package heard

import (
	"os"
	"strings"
	"testing"
	"time"
)

// zone finds a zone of the database.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// stamp is the form of times in the tables.
const stamp = "2006-01-02 15:04"

func wall(t testing.TB, text string, z *time.Location) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(stamp, text, z)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// golden is one line of testdata.
type golden struct{ lang, now, want, text string }

func goldens(t testing.TB, file string) []golden {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []golden
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " | ", 4)
		if len(f) != 4 {
			t.Fatalf("%s: %q has not four fields", file, line)
		}
		out = append(out, golden{f[0], f[1], f[2], f[3]})
	}
	return out
}

// said shows promises in the form of the tables: "-", "?", or the time.
func said(ps []Promise) string {
	out := "-"
	for _, p := range ps {
		switch {
		case !p.Sure && out == "-":
			out = "?"
		case p.Sure && (out == "-" || out == "?"):
			out = p.At.Format(stamp)
			if p.Callback {
				out += " call"
			}
		case p.Sure:
			out += ", " + p.At.Format(stamp)
		}
	}
	return out
}

// check compares, counts, and holds what must hold for each promise.
func (g golden) check(t *testing.T, ps []Promise, count map[string]int) {
	t.Helper()
	got := said(ps)
	kind := g.want
	if len(kind) > 1 {
		kind = "noted"
	}
	count[kind]++
	if got != g.want && !(g.want == "?" && got == "-") {
		t.Errorf("%s: %q gives %s, must be %s; %+v", g.lang, g.text, got, g.want, ps)
	}
	for _, p := range ps {
		lawful(t, g.text, p)
	}
}

// lawful holds what is true of every promise.
func lawful(t testing.TB, text string, p Promise) {
	t.Helper()
	switch {
	case p.Start < 0 || p.End <= p.Start || p.End > len(text):
		t.Errorf("%q: the time stands from %d to %d of %d", text, p.Start, p.End, len(text))
	case len(p.Words) > maxWords || p.Words == "" || !strings.Contains(text, p.Words):
		t.Errorf("%q: Words is %q", text, p.Words)
	case p.Why == "":
		t.Errorf("%q: no reason", text)
	case p.Sure && p.At.IsZero():
		t.Errorf("%q: sure of no time", text)
	}
}

func TestPromises(t *testing.T) {
	berlin, count := zone(t, "Europe/Berlin"), map[string]int{}
	for _, g := range goldens(t, "testdata/promises.txt") {
		g.check(t, Promises(g.text, Context{Now: wall(t, g.now, berlin), Lang: g.lang}), count)
	}
	t.Logf("%d noted, %d not to be noted, %d nothing", count["noted"], count["?"], count["-"])
	if count["noted"] < 250 || count["-"] < 150 || count["?"] < 150 {
		t.Errorf("the table has become small: %v", count)
	}
}

func TestNeeds(t *testing.T) {
	berlin, count := zone(t, "Europe/Berlin"), map[string]int{}
	for _, g := range goldens(t, "testdata/needs.txt") {
		g.check(t, Needs(g.text, Context{Now: wall(t, g.now, berlin), Lang: g.lang}), count)
	}
	t.Logf("%d known, %d not sure, %d nothing", count["noted"], count["?"], count["-"])
	if count["noted"] < 30 || count["-"] < 15 {
		t.Errorf("the table has become small: %v", count)
	}
}

// In a language that is not known, every one is tried, and no time becomes another.
func TestEveryLanguage(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	same, noted := 0, 0
	for _, g := range goldens(t, "testdata/promises.txt") {
		got := said(Promises(g.text, Context{Now: wall(t, g.now, berlin)}))
		switch {
		case len(g.want) == 1 && len(got) > 1:
			t.Errorf("%s: without its language %q gives %s, must be %s", g.lang, g.text, got, g.want)
		case len(g.want) > 1:
			noted++
			if got == g.want {
				same++
			} else if len(got) > 1 {
				t.Errorf("%s: without its language %q gives %s, must be %s", g.lang, g.text, got, g.want)
			}
		}
	}
	t.Logf("%d of %d noted as with their language", same, noted)
	if same*10 < noted*9 {
		t.Errorf("only %d of %d are noted without their language", same, noted)
	}
}
