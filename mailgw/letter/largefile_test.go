package letter

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkBodies sees that ranges lie in the mail, in order and apart, and that none
// begins or ends with a line end.
func checkBodies(t *testing.T, name string, raw []byte, m *Mail) {
	t.Helper()
	last := 0
	for _, r := range m.Bodies {
		if r.Start < last || r.End > len(raw) || r.End-r.Start < LargeFile {
			t.Errorf("%s: bodies %v of %d bytes", name, m.Bodies, len(raw))
			return
		}
		if b := raw[r.Start:r.End]; bytes.ContainsAny(b[:1], "\r\n") || bytes.ContainsAny(b[len(b)-1:], "\r\n") {
			t.Errorf("%s: body %v is %.20q … %q", name, r, b, b[len(b)-20:])
		}
		last = r.End
	}
}

// base64Lines encodes bytes as clients do.
func base64Lines(b []byte) string {
	var out strings.Builder
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(b)), 76) {
		out.Write(line)
		out.WriteString("\r\n")
	}
	return strings.TrimSuffix(out.String(), "\r\n")
}

// TestBodies: which bytes of a mail are those of large files.
func TestBodies(t *testing.T) {
	file := base64Lines(bytes.Repeat([]byte("\x00file"), LargeFile/4))
	csv := strings.TrimSpace(strings.Repeat("1;2;3\r\n", LargeFile/5))
	small := base64Lines(make([]byte, LargeFile/2))
	b64 := "Content-Transfer-Encoding: base64"
	multi := "Content-Type: multipart/mixed; boundary=b"
	pdf := "Content-Type: application/pdf; name=a.pdf"
	for _, c := range []struct {
		name string
		mail []byte
		want []string
	}{
		{"attachment", crlf(multi, "", "--b", "", "words", "--b", pdf, b64, "", file, "--b--"), []string{file}},
		{"empty lines around it", crlf(multi, "", "--b", pdf, b64, "", "", file, "", "", "--b--"), []string{file}},
		{"empty lines before the header", append([]byte("\r\n\r\n"), crlf("From: a@b.c", multi, "", "--b", pdf, b64, "", file, "--b--")...), []string{file}},
		{"byte order mark", append([]byte("\ufeff"), crlf("From: a@b.c", multi, "", "--b", pdf, b64, "", file, "--b--")...), []string{file}},
		{"without its end", crlf(multi, "", "--b", pdf, b64, "", file), []string{file}},
		{"the mail is a file", crlf(pdf, b64, "", file), []string{file}},
		{"twice", crlf(multi, "", "--b", pdf, b64, "", file, "--b", pdf, b64, "", file, "--b--"), []string{file, file}},
		{"picture without a name", crlf(multi, "", "--b", "Content-Type: image/png", "Content-ID: <a@b>", b64, "", file, "--b--"), []string{file}},
		{"attached text", crlf(multi, "", "--b", "Content-Type: text/csv; name=a.csv", "", csv, "--b--"), []string{csv}},
		{"attached mail", crlf(multi, "", "--b", "Content-Type: message/rfc822", "", "Subject: x\r\n\r\n"+csv, "--b--"), []string{"Subject: x\r\n\r\n" + csv}},
		{"winmail.dat", crlf(multi, "", "--b", "Content-Type: application/ms-tnef; name=winmail.dat", b64, "", file, "--b--"), []string{file}},
		{"deeper", crlf(multi, "", "--b", "Content-Type: multipart/related; boundary=c", "", "--c", pdf, b64, "", file, "--c--", "--b--"), []string{file}},
		{"small", crlf(multi, "", "--b", pdf, b64, "", small, "--b--"), nil},
		{"words", crlf("Subject: x", "", csv), nil},
		{"HTML", crlf(multi, "", "--b", "Content-Type: text/html", "", csv, "--b--"), nil},
		{"within what is encoded", crlf(multi, b64, "", base64Lines(crlf("--b", pdf, b64, "", file, "--b--"))), nil},
		{"nothing but line ends", crlf(multi, "", "--b", pdf, "", strings.Repeat("\r\n", LargeFile), "--b--"), nil},
	} {
		m := Parse(c.mail, "", Limits{})
		checkBodies(t, c.name, c.mail, m)
		var got []string
		for _, r := range m.Bodies {
			got = append(got, string(c.mail[r.Start:r.End]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d bodies %v, must be %d", c.name, len(got), m.Bodies, len(c.want))
		}
	}
}

// TestSumsOfFiles: by its hash an attachment of a mail is found among its files, in
// every mail of the corpora.
func TestSumsOfFiles(t *testing.T) {
	known := 0
	err := filepath.WalkDir(corpora(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := map[string]bool{}
		for _, f := range Files(raw, DefaultLimits()) {
			files[hashOf(string(f.Bytes))] = true
		}
		for _, a := range Parse(raw, "", DefaultLimits()).Attachments {
			low := strings.ToLower(a.Name)
			if notFiles[a.Type] || low == "smime.p7s" || low == "winmail.dat" {
				continue
			}
			if known++; !files[a.SHA256] {
				t.Errorf("%s: no file of %+v", path, a)
			}
		}
		return nil
	})
	if err != nil || known < 300 {
		t.Errorf("%d attachments: %v", known, err)
	}
}

// TestTooLargeToKnow: what is not decoded has no hash.
func TestTooLargeToKnow(t *testing.T) {
	mail := crlf("Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", base64Lines(make([]byte, 9000)))
	for limit, want := range map[int64]string{8000: "", 0: hashOf(string(make([]byte, 9000)))} {
		if a := Parse(mail, "", Limits{DecodedBytes: limit}).Attachments; len(a) != 1 || a[0].SHA256 != want {
			t.Errorf("limit %d: %+v", limit, a)
		}
	}
}
