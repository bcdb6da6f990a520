package letter

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzHeader: the body is a tail of the mail, what is in no field is little, and
// names and values are clean.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("A: b\r\n c\nX : d\njunk\n\nbody"))
	f.Add([]byte("From x\n A:b\n;\nDate:\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := headerReader{text: string(raw), body: len(raw), note: func(string) {}}
		h, at := r.run()
		if at < 0 || at > len(raw) || r.steps > 10*len(raw)+100 {
			t.Errorf("%q: body at %d, %d steps", raw, at, r.steps)
		}
		size := 0
		for i, fd := range h.fields {
			size += len(fd.name) + len(fd.value)
			if fd.name == "" || !isClean(fd.name) || strings.ContainsAny(fd.name, ": ") || fd.key != nameKey(fd.name) {
				t.Errorf("%q: name %q", raw, fd.name)
			}
			if v := unfold(fd.value); !isOneLine(v) {
				t.Errorf("%q: field %d: %q", raw, i, v)
			}
		}
		if size > len(raw) {
			t.Errorf("%q: fields of %d bytes", raw, size)
		}
	})
}

// FuzzWords: an encoded word becomes a clean line, and white space alone is added.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"=?utf-8?q?a_=C3=BC?= =?utf-8?b?w7w=?=", "x =?iso-2022-jp?B?GyRCJDMkcw==?= y", "=?=?utf-8?q?=?=", "=?utf-8?q?cut off =?"} {
		f.Add(s, "windows-1251")
	}
	f.Fuzz(func(t *testing.T, s, hint string) {
		got := decodeWords(s, hint)
		if !isOneLine(got) || got != strings.Trim(got, " ") {
			t.Errorf("%q gives %q", s, got)
		}
		if !strings.Contains(s, "=?") && isClean(strings.Trim(s, " \t\r\n")) && got != strings.Trim(s, " \t\r\n") {
			t.Errorf("%q became %q", s, got)
		}
		if len(got) > 4*len(s)+4 {
			t.Errorf("%q: %d bytes", s, len(got))
		}
	})
}

// FuzzMediaType: values keep their limits, and a file's name is one line.
func FuzzMediaType(f *testing.F) {
	f.Add(`text/plain; charset="utf-8"; format=flowed`)
	f.Add("a/b; name*0*=utf-8''%e2; name*1*=%82%ac; name*2=c")
	f.Add("a/b (c; name=\"d\\\"e; (f)g=h")
	f.Fuzz(func(t *testing.T, v string) {
		m := parseMediaType(v)
		if m.value != strings.ToLower(m.value) || len(m.params) > maxParams || !isOneLine(m.value) {
			t.Errorf("%q: %q, %d parameters", v, m.value, len(m.params))
		}
		for _, p := range m.params {
			if p.name != strings.ToLower(p.name) || strings.ContainsAny(p.name, "=;") {
				t.Errorf("%q: parameter %q", v, p.name)
			}
		}
		if name := m.text("name", ""); !isOneLine(name) || len(name) > 4*len(v)+4 {
			t.Errorf("%q: name %q", v, name)
		}
	})
}

// FuzzTransfer: decoding makes nothing longer, and what was never encoded stays.
func FuzzTransfer(f *testing.F) {
	f.Add([]byte("a=20b=\r\nc \n=4"))
	f.Add([]byte("R3LDvMOf\nZQ==\n\nfooter!"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := decodeQP(b); len(got) > len(b) || bytes.IndexByte(b, '=') < 0 && len(bytes.Fields(got)) != len(bytes.Fields(b)) {
			t.Errorf("%q as quoted-printable: %q", b, got)
		}
		if got, _ := decodeBase64Text(b); len(got) > len(b)+2 {
			t.Errorf("%q as base64: %q", b, got)
		}
		var d base64Decoder
		whole := d.finish(d.decode(nil, b))
		d = base64Decoder{}
		half := len(b) / 2
		if pieces := d.finish(d.decode(d.decode(nil, b[:half]), b[half:])); !bytes.Equal(whole, pieces) {
			t.Errorf("%q in two pieces: %q, as a whole %q", b, pieces, whole)
		}
	})
}

// FuzzQuotedDate: a date is whole or zero.
func FuzzQuotedDate(f *testing.F) {
	for _, s := range []string{"Mo., 6. Jan. 2025 um 10:00 Uhr", "2021年10月26日 下午2:25", "10/26/21 2:25 PM +0200", "06.01.25 10.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := quotedDate(s, time.UTC)
		if y := got.Year(); !got.IsZero() && (y < 1969 || y > 10000) {
			t.Errorf("%q: %s", s, got)
		}
		if a := quotedAuthor(s); utf8.ValidString(s) && (!isOneLine(a.Name) || !isOneLine(a.Addr)) {
			t.Errorf("%q: author %q", s, a)
		}
	})
}
