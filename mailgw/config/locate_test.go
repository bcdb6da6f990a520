package config

import (
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

func TestLocate(t *testing.T) {
	tests := []struct {
		name, doc string
		want      lines // those to be looked at
	}{
		{"keys", "a = 1\n\n# c = 2\nb = 2\n", lines{"a": 1, "b": 4}},
		{"table", "[x]\na = 1\n[x.y]\nb = 2\n", lines{"x": 1, "x.a": 2, "x.y": 3, "x.y.b": 4}},
		{"dotted", "x.y.z = 1\nx.q = 2", lines{"x": 1, "x.y": 1, "x.y.z": 1, "x.q": 2}},
		{"spaces around dots", "x . y\t= 1", lines{"x.y": 1}},
		{"tables of a list", "[[d]]\na=1\n[[d]]\na=2\n", lines{"d": 1, "d[0]": 1, "d[0].a": 2, "d[1]": 3, "d[1].a": 4}},
		{"table in a list", "[[d]]\n[d.e]\na=1\n[[d]]\n[d.e]\na=1\n", lines{"d[0].e.a": 3, "d[1].e": 5, "d[1].e.a": 6}},
		{"list in a list", "[[d]]\n[[d.e]]\n[[d.e]]\n[[d]]\n[[d.e]]\n", lines{"d[0].e[0]": 2, "d[0].e[1]": 3, "d[1].e[0]": 5}},
		{"list over lines", "a = [\n 1, # ]\n\n 2,\n]\nb = 1", lines{"a": 1, "a[0]": 2, "a[1]": 4, "b": 6}},
		{"list of lists", "a = [[1], [2,\n3]]\nb=1", lines{"a[0][0]": 1, "a[1][1]": 2, "b": 3}},
		{"inline table", "a = { b = 1, c = { d = 2 } }\ne = 1", lines{"a.b": 1, "a.c.d": 1, "e": 2}},
		{"inline table over lines", "a = {\n b = 1, # }\n c = 2,\n}\ne = 1", lines{"a.b": 2, "a.c": 3, "e": 5}},
		{"inline tables in a list", "a = [\n {b=1},\n {b=2} ]", lines{"a[0].b": 2, "a[1].b": 3}},
		{"brackets in strings", "a = \"[[x]] # {\"\nb = '[\\'\nc = 1", lines{"a": 1, "b": 2, "c": 3}},
		{"quotes in strings", `a = "\"#"` + "\nb = 1", lines{"b": 2}},
		{"long strings", "a = \"\"\"\n[x]\nb=1\n\\\"\"\" \"\"\"\nc = '''\n[y]'''\nd=1", lines{"a": 1, "c": 5, "d": 7}},
		{"quotes at the end of a long string", "a = \"\"\"x\"\"\"\"\"\nb = 1", lines{"b": 2}},
		{"quoted keys", "\"a b\".'c.d' = 1\n[\"x\\u0041\"]\ny=1", lines{`"a b"."c.d"`: 1, "xA.y": 3}},
		{"carriage returns", "a = 1\r\n[b]\r\nc = 1\r\n", lines{"b": 2, "b.c": 3}},
		{"comment behind a header", "[a] # [b]\nc = 1", lines{"a.c": 2}},
		{"dates and floats", "a = 1979-05-27 07:32:00 # x\nb = 1e5\nc = [1.5, true]\nd = 1", lines{"b": 2, "c[1]": 3, "d": 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := decodeTOML(tt.doc, &map[string]any{}); err != nil {
				t.Fatal("the case is not TOML: ", err)
			}
			got := lines{}
			all := locate(tt.doc)
			for path := range tt.want {
				got[path] = all[path]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesOfMissingKeys(t *testing.T) {
	l := locate("\n[[d]]\na=1\n[[d]]\nb=1\n")
	for path, want := range map[string]int{
		"d[1].a": 4, "d[1].e.f": 4, "d[0].b[3]": 2, "d[7]": 2, "x.y": 1, "": 1, `d[0]."a.b[0]"`: 2,
	} {
		if got := l.of(path); got != want {
			t.Errorf("line of %s = %d, want %d", path, got, want)
		}
	}
}

// TestLibraryHidesIndexes shows what the locator is for: when it fails, the
// library may have become able to do this itself.
func TestLibraryHidesIndexes(t *testing.T) {
	var v struct{ Desk []struct{ Name string } }
	md, err := toml.Decode("[[desk]]\nname='a'\n[[desk]]\nnmae='b'\n[[desk]]\nnmae='c'\n", &v)
	if err != nil {
		t.Fatal(err)
	}
	unknown := md.Undecoded()
	if len(unknown) != 2 || unknown[0].String() != "desk.nmae" || unknown[1].String() != "desk.nmae" {
		t.Errorf("Undecoded = %v, want desk.nmae twice, without index", unknown)
	}
}

func TestGuard(t *testing.T) {
	err := guard(func() error { panic("BUG: a state\nthat cannot be") })
	got := newMistake("f", "", err).problem().String()
	if want := "f:1: is not TOML: BUG: a state that cannot be; write text in quotes, and numbers, true and false without"; got != want {
		t.Errorf("problem = %q, want %q", got, want)
	}
}

func TestParent(t *testing.T) {
	for path, want := range map[string]string{
		"": "", "a": "", "a.b": "a", "a[0]": "a", "a[0].b[1]": "a[0].b", `a."b.c"`: "a", `a."b\".c[0]"`: "a", `"x.y".z`: `"x.y"`,
	} {
		if got := parent(path); got != want {
			t.Errorf("parent(%s) = %q, want %q", path, got, want)
		}
	}
}
