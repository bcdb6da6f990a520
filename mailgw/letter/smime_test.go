package letter

import (
	"encoding/base64"
	"strings"
	"testing"
)

// tlv writes one BER value.
func tlv(tag byte, content string) string {
	n := len(content)
	if n < 0x80 {
		return string([]byte{tag, byte(n)}) + content
	}
	return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + content
}

// open writes a BER value that is told by its end.
func open(tag byte, content string) string { return string([]byte{tag, 0x80}) + content + "\x00\x00" }

const (
	oidSigned    = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	oidData      = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	oidEnveloped = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
)

func TestSignedContent(t *testing.T) {
	version, algorithms := "\x02\x01\x01", tlv(0x31, "")
	long := strings.Repeat("signed words ", 30)
	for _, c := range []struct{ name, in, want string }{
		{"whole", tlv(0x30, oidSigned+tlv(0xa0, tlv(0x30, version+algorithms+tlv(0x30, oidData+tlv(0xa0, tlv(0x04, long)))+tlv(0xa0, "certificates")))), long},
		{"in pieces", open(0x30, oidSigned+open(0xa0, open(0x30, version+algorithms+open(0x30, oidData+open(0xa0, open(0x24, tlv(0x04, long)+tlv(0x04, "end"))))))), long + "end"},
		{"in pieces of pieces", open(0x30, oidSigned+open(0xa0, oidData+open(0xa0, open(0x24, open(0x24, tlv(0x04, "a"))+tlv(0x04, "b"))))), "ab"},
		{"in counted pieces", tlv(0x30, oidSigned+tlv(0xa0, oidData+tlv(0xa0, tlv(0x24, tlv(0x04, "a")+tlv(0x24, tlv(0x04, "b")))))), "ab"},
		{"apart from its words", tlv(0x30, oidSigned+tlv(0xa0, tlv(0x30, version+algorithms+tlv(0x30, oidData)+tlv(0xa0, "certificates")))), ""},
		{"encrypted", tlv(0x30, oidEnveloped+tlv(0xa0, oidData+tlv(0xa0, tlv(0x04, long)))), ""},
		{"cut off", tlv(0x30, oidSigned+tlv(0xa0, oidData+tlv(0xa0, tlv(0x04, long))))[:60], (long)[:60-(4+11+4+11+4+4)]},
		{"too deep", tlv(0x30, oidSigned+oidData+tlv(0xa0, tlv(0x24, tlv(0x24, tlv(0x24, tlv(0x24, tlv(0x24, tlv(0x04, "x")))))))), ""},
		{"none", "words", ""},
	} {
		if got := string(signedContent([]byte(c.in))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A mail signed as a whole is read like any other, and stays a file.
func TestOpaqueMail(t *testing.T) {
	inner := "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n--i\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--i--\r\n"
	signed := tlv(0x30, oidSigned+tlv(0xa0, tlv(0x30, oidData+tlv(0xa0, tlv(0x04, inner)))))
	raw := []byte("From: a@b.c\r\nSubject: s\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(signed)) + "\r\n")
	m := Parse(raw, "a@b.c", Limits{})
	if strings.TrimSpace(m.Text) != "Grüße" || len(m.Attachments) != 2 || m.Attachments[0].Name != "smime.p7m" || m.Attachments[1].Name != "a.pdf" {
		t.Errorf("%q %+v", m.Text, m.Attachments)
	}
	wantProblem(t, "opaque", m, "signed as a whole")
	files := Files(raw, Limits{})
	if len(files) != 2 || string(files[1].Bytes) != "%PDF" {
		t.Errorf("files %+v", files)
	}
	if m := Parse(raw, "a@b.c", Limits{Depth: 1}); len(m.Attachments) != 1 {
		t.Errorf("past the depth: %+v", m.Attachments)
	}
}

func FuzzSigned(f *testing.F) {
	f.Add([]byte(open(0x30, oidSigned+oidData+open(0xa0, open(0x24, tlv(0x04, "a")+tlv(0x24, tlv(0x04, "b")))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := signedContent(b); len(got) > len(b) {
			t.Errorf("%d bytes of %d", len(got), len(b))
		}
	})
}
