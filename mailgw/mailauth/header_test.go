package mailauth

import "testing"

func TestHeader(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"fields", "A: b\r\nB : c\r\n d\r\n\te\r\n\r\nC: d\r\n", "A[ b\r\n]B[ c\r\n d\r\n\te\r\n]"},
		{"bare LF", "A: b\nB: c\n\nC: d\n", "A[ b\n]B[ c\n]"},
		{"no end", "A: b\r\nB: c", "A[ b\r\n]B[ c]"},
		{"empty", "", ""},
		{"begins folded", " A: b\r\nB: c\r\n", ""},
		{"a line that is no field", "A: b\r\nwell then\r\nB: c\r\n", "A[ b\r\n]"},
		{"a name that is none", "A: b\r\nB\x00: c\r\nC: d\r\n", "A[ b\r\n]"},
		{"a name with a space", "A: b\r\nB c: d\r\n", "A[ b\r\n]"},
		{"no name", ": b\r\nA: b\r\n", ""},
		{"a colon further down", "A\r\n b: c\r\n", ""},
		{"an empty value", "A:\r\nB:\r\n", "A[\r\n]B[\r\n]"},
	} {
		got := ""
		for name, value := range header([]byte(c.in)) {
			got += name + "[" + value + "]"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
