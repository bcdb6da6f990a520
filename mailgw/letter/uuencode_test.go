package letter

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// uuOf writes a file as uuencode does. Spaces are written as "`" or as they are.
func uuOf(name string, b []byte, space string) string {
	out := "begin 644 " + name + "\n"
	char := func(v byte) string {
		if v == 0 {
			return space
		}
		return string(rune(v + ' '))
	}
	for len(b) > 0 {
		n := min(45, len(b))
		line := append(append([]byte{}, b[:n]...), 0, 0)
		out += char(byte(n))
		for i := 0; i < n; i += 3 {
			q := line[i : i+3]
			out += char(q[0]>>2) + char(q[0]<<4&63|q[1]>>4) + char(q[1]<<2&63|q[2]>>6) + char(q[2]&63)
		}
		out += "\n"
		b = b[n:]
	}
	return out + space + "\nend\n"
}

func TestTakeUU(t *testing.T) {
	cat := uuOf("cat.txt", []byte("Cat"), "`")
	for _, c := range []struct{ name, in, rest, files string }{
		{"no file", "begin with this\nend\n", "begin with this\nend\n", ""},
		{"one", "before\n" + cat + "after\n", "before\nafter\n", "cat.txt=Cat"},
		{"at the start", cat + "after", "after", "cat.txt=Cat"},
		{"two", cat + "between\n" + uuOf("a b.bin", []byte("\x00\xff"), " "), "between\n", "cat.txt=Cat a b.bin=\x00\xff"},
		{"trimmed spaces", "begin 644 z\n#\n \nend\n", "begin 644 z\n#\n \nend\n", ""},
		{"a space at the end is lost", "begin 644 z\n#86$\n`\nend\n", "", "z=aa\x00"},
		{"with CRLF", strings.ReplaceAll(cat, "\n", "\r\n"), "", "cat.txt=Cat"},
		{"a checksum", "begin 644 c\n#0V%TX\n`\nend\n", "", "c=Cat"},
		{"no end", "begin 644 c\n#0V%T\n`\n", "begin 644 c\n#0V%T\n`\n", ""},
		{"words below", "begin 644 c\nthese are words\nend\n", "begin 644 c\nthese are words\nend\n", ""},
		{"a file that begins in another", "begin 644 a\n" + cat, "begin 644 a\n", "cat.txt=Cat"},
		{"quoted", "> begin 644 c\n> #0V%T\n> end\n", "> begin 644 c\n> #0V%T\n> end\n", ""},
		{"empty", "", "", ""},
	} {
		rest, files := takeUU([]byte(c.in), 5)
		var got []string
		for _, f := range files {
			got = append(got, fmt.Sprintf("%s=%s", f.Name, f.Bytes))
		}
		if string(rest) != c.rest || strings.Join(got, " ") != c.files {
			t.Errorf("%s: rest %q, files %q", c.name, rest, got)
		}
	}
	if _, files := takeUU([]byte(strings.Repeat(cat, 3)), 2); len(files) != 2 {
		t.Errorf("%d files, 2 allowed", len(files))
	}
}

func TestUUInAMail(t *testing.T) {
	raw := []byte("From: a@b.c\r\n\r\nSee the log.\r\n\r\n" + uuOf("../log.txt", []byte("E-217"), "`") + "\r\nRegards\r\n")
	m := Parse(raw, "a@b.c", Limits{})
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "log.txt" || m.Attachments[0].Size != 5 || m.Attachments[0].SHA256 != hashOf("E-217") || m.Text != "See the log.\n\n\nRegards\n" {
		t.Errorf("%q %+v", m.Text, m.Attachments)
	}
	if files := Files(raw, Limits{}); len(files) != 1 || string(files[0].Bytes) != "E-217" || files[0].Name != "log.txt" {
		t.Errorf("files %+v", files)
	}
}

// Whatever is encoded comes back, and the text around it stays.
func TestUUComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "bytes")
		space := rapid.SampledFrom([]string{"`", " "}).Draw(t, "space")
		text := "before\n" + uuOf("f", b, space) + "after"
		rest, files := takeUU([]byte(text), 9)
		if string(rest) != "before\nafter" || len(files) != 1 || !bytes.Equal(files[0].Bytes, b) {
			t.Fatalf("rest %q, files %+v of %q", rest, files, text)
		}
		if got := decodeUU([]byte(text)); !bytes.Equal(got, b) {
			t.Fatalf("as a transfer encoding: %q", got)
		}
	})
}

func FuzzUU(f *testing.F) {
	f.Add([]byte("x\n" + uuOf("a", []byte("Cat"), "`") + "y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rest, files := takeUU(b, 5)
		total := len(rest)
		for _, file := range files {
			total += len(file.Bytes)
		}
		if total > len(b) || len(files) > 5 {
			t.Errorf("%d bytes of %d", total, len(b))
		}
	})
}
