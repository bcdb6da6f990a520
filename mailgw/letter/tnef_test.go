package letter

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// tnefOf writes a winmail.dat of attributes.
func tnefOf(attributes ...string) string {
	return "\x78\x9f\x3e\x22\x01\x00" + strings.Join(attributes, "")
}

// attributeOf writes one attribute with its checksum, which nobody looks at.
func attributeOf(id uint32, data string) string {
	level := byte(1)
	if id&0xffff == tnefFileBytes || id&0xffff == tnefFileTitle || id&0xffff == tnefFileBegins || id&0xffff == tnefFileProps {
		level = 2
	}
	b := binary.LittleEndian.AppendUint32([]byte{level}, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return string(b) + data + "\x00\x00"
}

// property is one property of a message or file.
func property(kind, id uint16, value string) string {
	b := binary.LittleEndian.AppendUint16(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, id)
	if size := fixedSize(kind &^ propManyFlag); size == 0 {
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	}
	return string(b) + value + strings.Repeat("\x00", (4-len(value)%4)%4)
}

// named is a property of an application's own.
func named(p, name string) string {
	key := strings.Repeat("g", 16) + "\x00\x00\x00\x00" + "\x01\x85\x00\x00"
	if name != "" {
		key = strings.Repeat("g", 16) + "\x01\x00\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(name)))) + name + strings.Repeat("\x00", (4-len(name)%4)%4)
	}
	return p[:4] + key + p[4:]
}

func propertiesOf(ps ...string) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(ps)))) + strings.Join(ps, "")
}

func utf16Of(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b) + "\x00\x00"
}

// The two examples of MS-OXRTFCP §4.1.
var (
	helloRTF = "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0"
	crossRTF = "\x1a\x00\x00\x00\x1c\x00\x00\x00\x4c\x5a\x46\x75\xe2\xd4\x4b\x51\x41\x00\x04\x20\x57\x58\x59\x5a\x0d\x6e\x7d\x01\x0e\xb0"
)

func TestUnpackRTF(t *testing.T) {
	for in, want := range map[string]string{
		helloRTF: "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
		crossRTF: "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
		"\x15\x00\x00\x00\x05\x00\x00\x00MELA\x00\x00\x00\x00plain and more": "plain",
		"short": "",
		"\x15\x00\x00\x00\x05\x00\x00\x00ABCD\x00\x00\x00\x00unknown": "",
	} {
		if got := string(unpackRTF([]byte(in))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRTFText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"words", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}\f0 Gr\'fc\'dfe\par from {\b K\u246?ln}\tab x}`, "Grüße\nfrom Köln\tx"},
		{"other code page", `{\rtf1\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}`, "Привет"},
		{"two bytes a character", `{\rtf1\ansicpg932 \'93\'fa\'96\'7b}`, "日本"},
		{"beyond 16 bits", `{\rtf1\uc0 \u-10179 \u-8704 !}`, "😀!"},
		{"what stands for it", `{\rtf1\uc2 \u8364 EUx}`, "€x"},
		{"left out", `{\rtf1{\*\generator Riched}{\pict abcdef}{\info{\title t}}text}`, "text"},
		{"HTML in it", `{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hello{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 World}`, "Hello\nWorld"},
		{"escaped", `{\rtf1 a\{b\}c\\d\~e}`, `a{b}c\d e`},
		{"bytes of a picture", `{\rtf1 a\bin3 }}}b}`, "ab"},
		{"broken off", `{\rtf1 a\`, "a"},
		{"ends too often", `{\rtf1 a}}}b`, "ab"},
		{"none", "", ""},
	} {
		if got := rtfText([]byte(c.in)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// outlook is a winmail.dat with all that is read.
func outlook() string {
	inner := tnefOf(attributeOf(tnefBody, "inner words\x00"), attributeOf(tnefProperties, propertiesOf(property(propUnicode, propSubject, utf16Of("Größe")),
		property(propString8, propSenderName, "Jane\x00"), property(propString8, propSenderSMTP, "jane@b.c\x00"), property(propString8, propMessageID, "<1@b.c>\x00"))),
		attributeOf(tnefFileBegins, ""), attributeOf(tnefFileTitle, "deep.txt\x00"), attributeOf(tnefFileBytes, "deep"))
	return tnefOf(
		attributeOf(0x89006, "\x00\x00\x01\x00"),
		attributeOf(0x69007, "\xe3\x04\x00\x00\x00\x00\x00\x00"), // code page 1251
		attributeOf(0x69003, propertiesOf(
			property(0x03, 0x0e17, "abcd"),
			named(property(0x0b, 0x8001, "\x01\x00\x00\x00"), ""),
			named(property(propUnicode, 0x8002, utf16Of("x")), utf16Of("Name")),
			property(0x40, 0x0039, "12345678"),
			property(propManyFlag|propString8, 0x8000-1, "many"),
			property(propString8, propBody, "\xcf\xf0\xe8\xe2\xe5\xf2\r\nsecond\x00"),
			property(propBinary, propRTF, helloRTF),
		)),
		attributeOf(0x69002, strings.Repeat("\x00", 14)),
		attributeOf(0x18010, "REPORT~1.PDF\x00"),
		attributeOf(0x6800f, "%PDF"),
		attributeOf(0x69005, propertiesOf(
			property(propUnicode, propFileLongName, utf16Of("Report für Köln.pdf")),
			property(propString8, propFileType, "application/pdf\x00"),
			property(propString8, propFileID, "<a@b>\x00"),
		)),
		attributeOf(0x69002, ""), attributeOf(0x18010, "mail\x00"),
		attributeOf(0x69005, propertiesOf(property(propObject, propFileObject, strings.Repeat("i", 16)+inner))),
	)
}

func TestReadTNEF(t *testing.T) {
	got, ok := readTNEF([]byte(outlook()), 10, 0)
	want := tnefContent{text: "Привет\nsecond", files: []File{
		{Name: "Report für Köln.pdf", Type: "application/pdf", ContentID: "a@b", Bytes: []byte("%PDF")},
		{Name: "mail", Type: "message/global"},
	}}
	if len(got.files) == 2 {
		want.files[1].Bytes = got.files[1].Bytes
		m := Parse(got.files[1].Bytes, "a@b.c", Limits{})
		if m.Text != "inner words" || m.Author().Addr != "jane@b.c" || m.Author().Name != "Jane" || m.Subject != "Größe" || m.MessageID != "1@b.c" ||
			len(m.Attachments) != 1 || m.Attachments[0].Name != "deep.txt" || len(m.Problems) > 0 {
			t.Errorf("the message in it: %+v", m)
		}
		if files := Files(got.files[1].Bytes, Limits{}); len(files) != 1 || string(files[0].Bytes) != "deep" {
			t.Errorf("its files: %+v", files)
		}
	}
	got.steps = 0
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tnefContent{})); !ok || diff != "" {
		t.Error(ok, diff)
	}
	for name, c := range map[string]struct{ in, text string }{
		"old words":  {tnefOf(attributeOf(tnefBody, "old words\x00\x00")), "old words"},
		"RTF alone":  {tnefOf(attributeOf(tnefProperties, propertiesOf(property(propBinary, propRTF, helloRTF)))), "hello world"},
		"HTML alone": {tnefOf(attributeOf(tnefProperties, propertiesOf(property(propBinary, propHTML, "<p>hello")))), "hello"},
		"unicode":    {tnefOf(attributeOf(tnefProperties, propertiesOf(property(propUnicode, propBody, utf16Of("grün"))))), "grün"},
	} {
		if got, ok := readTNEF([]byte(c.in), 1, 0); !ok || got.readable() != c.text {
			t.Errorf("%s: %v, %+v", name, ok, got)
		}
	}
	if got, _ := readTNEF([]byte(outlook()), 1, 0); len(got.files) != 1 {
		t.Errorf("%d files, 1 allowed", len(got.files))
	}
	for n := range outlook() { // cut anywhere: what was whole stays
		if got, ok := readTNEF([]byte(outlook())[:n], 10, 0); ok != (n >= 6) || n > 400 && got.text == "" {
			t.Fatalf("%d bytes: %v %+v", n, ok, got)
		}
	}
}

// outlookMail carries a winmail.dat beside a text, if any.
func outlookMail(text, dat string) []byte {
	return []byte("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + text +
		"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(dat)) + "\r\n--b--\r\n")
}

func TestWinmail(t *testing.T) {
	for _, c := range []struct{ name, text, dat, wantText, wantFiles string }{
		{"words and files", "", outlook(), "Привет\nsecond", "Report für Köln.pdf application/pdf 4, mail message/global 364"},
		{"beside a text", "Hello", outlook(), "Hello", "Report für Köln.pdf application/pdf 4, mail message/global 364"},
		{"words alone", "", tnefOf(attributeOf(tnefBody, "words\x00")), "words", "winmail.dat application/ms-tnef 23"},
		{"nothing of use", "Hello", tnefOf(), "Hello", "winmail.dat application/ms-tnef 6"},
		{"no TNEF", "Hello", "garbage", "Hello", "winmail.dat application/ms-tnef 7"},
	} {
		raw := outlookMail(c.text, c.dat)
		m := Parse(raw, "a@b.c", Limits{})
		var files []string
		for _, a := range m.Attachments {
			files = append(files, fmt.Sprint(a.Name, " ", a.Type, " ", a.Size))
		}
		if strings.TrimSpace(m.Text) != c.wantText || strings.Join(files, ", ") != c.wantFiles {
			t.Errorf("%s: %q, %q", c.name, m.Text, files)
		}
		if got := Files(raw, Limits{}); len(files) != len(got) && len(got) > 0 {
			t.Errorf("%s: %d files, %d attachments", c.name, len(got), len(files))
		}
		if got := Files(raw, Limits{Parts: 4}); len(got) > 1 {
			t.Errorf("%s: %d files past the limit", c.name, len(got))
		}
	}
	got := Files(outlookMail("", outlook()), Limits{})
	if len(got) != 2 || !bytes.Equal(got[0].Bytes, []byte("%PDF")) {
		t.Errorf("files: %+v", got)
	}
}

// Real ones: the list of properties is read to its end.
func TestRealTNEF(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "sisimai", "lhost-amazonworkmail-0*.eml"))
	seen := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, at, ok := bytes.Cut(raw, []byte("application/ms-tnef"))
		if !ok {
			continue
		}
		_, body, _ := bytes.Cut(normalLines(at), []byte("\n\n"))
		body, _, _ = bytes.Cut(body, []byte("\n--"))
		var d base64Decoder
		b := d.finish(d.decode(nil, body))
		const properties = 15
		n := 0
		eachProperty(b[properties:], func(uint16, uint16, []byte) { n++ })
		if want := int(binary.LittleEndian.Uint32(b[properties:])); n < want || want < 30 {
			t.Errorf("%s: %d properties of %d", file, n, want)
		}
		seen++
	}
	if seen == 0 {
		t.Errorf("no TNEF in %d files", len(files))
	}
}

func FuzzTNEF(f *testing.F) {
	f.Add([]byte(outlook()))
	f.Add([]byte(tnefOf(attributeOf(tnefProperties, propertiesOf(property(propBinary, propRTF, crossRTF))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _ := readTNEF(b, 5, 0)
		total := len(got.text) + len(got.html)
		for _, file := range got.files {
			total += len(file.Bytes)
			if file.Name != cleanLine(file.Name) {
				t.Errorf("name %q", file.Name)
			}
		}
		if len(got.files) > 5 || total > 20*len(b)+1000 {
			t.Errorf("%d files, %d bytes of %d", len(got.files), total, len(b))
		}
	})
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansicpg932{\*\x y}\'93\'fa\u-10179?\uc0\u5 \bin2 }}\par`), []byte(helloRTF))
	f.Fuzz(func(t *testing.T, b, packed []byte) {
		if got := rtfText(b); len(got) > 4*len(b) || got != strings.ToValidUTF8(got, "?") {
			t.Errorf("%q from %q", got, b)
		}
		if got := unpackRTF(packed); len(got) > 9*len(packed) {
			t.Errorf("%d bytes from %d", len(got), len(packed))
		}
	})
}
