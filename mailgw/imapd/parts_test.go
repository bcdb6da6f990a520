package imapd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

func nestedParts(n int) string {
	var b, end strings.Builder
	b.WriteString("Subject: x\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("\r\nx\r\n")
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&end, "--b%d--\r\n", i)
	}
	return b.String() + end.String()
}

// TestPartsAreBounded: what anybody may send costs what its octets cost, once: no line is looked
// at more than three times, and what is kept and allocated has a bound.
func TestPartsAreBounded(t *testing.T) {
	for name, raw := range map[string]string{
		"parts":          "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\n\r\n", 1<<20) + "--b--\r\n",
		"nested 90":      nestedParts(90),
		"nested 5000":    nestedParts(5000),
		"rfc822 5000":    "Subject: x\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 5000) + "x\r\n",
		"addresses":      "To: " + strings.Repeat("a@b.example,\r\n ", 600_000) + "c@d.example\r\n\r\nx",
		"references":     "In-Reply-To: " + strings.Repeat("<a@b>\r\n ", 1_000_000) + "\r\n\r\nx",
		"fields":         strings.Repeat("X: y\r\n", 1_000_000) + "\r\nx",
		"params":         "Content-Type: text/plain" + strings.Repeat(";\r\n a=b", 1_000_000) + "\r\n\r\nx",
		"params of many": "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: text/x; a=b; c=d; e=f\r\n\r\n\r\n", 300_000) + "--b--\r\n",
		"encoded words":  "Subject: " + strings.Repeat("=?utf-8?q?a?=\r\n ", 600_000) + "\r\n\r\nx",
		"dashes":         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + strings.Repeat("--\r\n", 1<<20),
		"no header ends": "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nwords\r\nX: y\r\n", 300_000),
	} {
		s := scan{raw: []byte(raw), open: map[string]int{}, left: mostParts, headers: mostHeaders}
		s.mail()
		if all := strings.Count(raw, "\n") + 1; s.lines > 3*all {
			t.Errorf("%s: %d lines, %d looks", name, all, s.lines)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b := AppendListing(nil, NewListing([]byte(raw), time.Unix(0, 0)))
		runtime.ReadMemStats(&after)
		allocated := int64(after.TotalAlloc-before.TotalAlloc) - int64(len(raw))
		if allocated > 192<<20 || len(b) > 2<<20 {
			t.Errorf("%s: %d KiB of mail, %d MiB allocated, %d KiB kept", name, len(raw)>>10, allocated>>20, len(b)>>10)
		}
		t.Logf("%-14s %5d KiB: %d MiB allocated, %d KiB kept", name, len(raw)>>10, allocated>>20, len(b)>>10)
		if _, err := ReadListing(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParts: what a client is told of the parts of a mail is what it gets, and of real mail the
// same as from go-imap, but for what that reads wrong.
func TestParts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../shared/corpora/*/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		fmt.Println("!!! SKIPPED TestParts of real mails: ../shared/corpora is absent")
	}
	read, other := 0, 0
	for i, f := range files {
		if i%3 != 0 && os.Getenv("MAILGW_E2E_LARGE") != "1" {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")) // as it comes in
		b := &body{raw: raw}
		s := b.parts().structure()
		asTold(t, f, b, s, nil)
		if _, err := header(raw[:headerEnd(raw)]); err != nil { // then go-imap sees no parts
			continue
		}
		if !bytes.HasSuffix(raw, []byte("--\r\n")) { // nor the last line's end where the last part has no end
			continue
		}
		if strings.Contains(told(theirs(raw)), "()") || broken.MatchString(told(theirs(raw))) { // nor a type with a wrong parameter
			continue
		}
		if read++; !alike(s, theirs(raw)) {
			other++
			t.Logf("%s is another than go-imap's:\n%s\n%s", f, told(s), told(theirs(raw)))
		}
	}
	if t.Logf("%d of %d mails have another structure than go-imap's", other, read); other*20 > read {
		t.Error("these are too many")
	}
}

var broken = regexp.MustCompile(`/[^: ]*[; ]+[a-z]+=`)

func theirs(raw []byte) (s imap.BodyStructure) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	return imapserver.ExtractBodyStructure(bytes.NewReader(raw))
}

// asTold compares sizes and lines with the parts that are fetched.
func asTold(t *testing.T, name string, b *body, s imap.BodyStructure, path []int) {
	t.Helper()
	switch s := s.(type) {
	case *imap.BodyStructureMultiPart:
		for i, c := range s.Children {
			asTold(t, name, b, c, append(path[:len(path):len(path)], i+1))
		}
	case *imap.BodyStructureSinglePart:
		if len(path) == 0 {
			path = []int{1}
		}
		got := b.section(&imap.FetchItemBodySection{Part: path})
		if len(got) != int(s.Size) || s.Text != nil && bytes.Count(got, []byte("\n")) != int(s.Text.NumLines) {
			t.Errorf("%s: part %v has %d octets, and is told with %d", name, path, len(got), s.Size)
		}
		if s.MessageRFC822 != nil {
			in := s.MessageRFC822.BodyStructure
			if _, multi := in.(*imap.BodyStructureMultiPart); !multi {
				path = append(path[:len(path):len(path)], 1)
			}
			asTold(t, name, b, in, path)
		}
	}
}

// told is a structure in a line.
func told(s imap.BodyStructure) string {
	switch s := s.(type) {
	case *imap.BodyStructureMultiPart:
		var in []string
		for _, c := range s.Children {
			in = append(in, told(c))
		}
		return s.Subtype + "(" + strings.Join(in, " ") + ")"
	case *imap.BodyStructureSinglePart:
		text := fmt.Sprintf("%s/%s:%d:%s:%v", s.Type, s.Subtype, s.Size, s.Encoding, s.Params)
		if s.MessageRFC822 != nil {
			text += "[" + told(s.MessageRFC822.BodyStructure) + "]"
		}
		return text
	}
	return "nothing"
}

func alike(a, b imap.BodyStructure) bool {
	return told(a) == told(b) && reflect.DeepEqual(disposed(a), disposed(b))
}

func disposed(s imap.BodyStructure) any {
	switch s := s.(type) {
	case *imap.BodyStructureMultiPart:
		var in []any
		for _, c := range s.Children {
			in = append(in, disposed(c))
		}
		return in
	case *imap.BodyStructureSinglePart:
		if d := s.Extended.Disposition; d != nil {
			return strings.ToLower(d.Value) + fmt.Sprint(d.Params)
		}
	}
	return ""
}

// TestPartsOfBrokenMail takes apart what is not as it should be.
func TestPartsOfBrokenMail(t *testing.T) {
	t.Parallel()
	mixed := "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	for _, c := range []struct{ raw, told, one string }{
		{mixed + "pre\r\n--x\r\n\r\nA\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>\r\n--x--\r\npost\r\n", "mixed(text/plain:1::map[] text/html:3::map[])", "A"},
		{mixed + "--x\r\n\r\nA\r\n--x  \r\n\r\nB", "mixed(text/plain:1::map[] text/plain:1::map[])", "A"},                                                                          // no end
		{mixed + "--x\r\nHello\r\n--x--", "mixed(text/plain:5::map[])", "Hello"},                                                                                                   // no header
		{mixed + "--x\r\nX-A: b\r\n--x--", "mixed(text/plain:0::map[])", ""},                                                                                                       // no body
		{mixed + "--x\nContent-Type: text/css\n\nA\n--x--\n", "mixed(text/css:1::map[])", "A"},                                                                                     // bare LF
		{mixed + "no part\r\n", "text/plain:9::map[]", "no part\r\n"},                                                                                                              // says that it has parts
		{mixed + "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nA\r\n--x--", "mixed(text/plain:1::map[])", "A"},                                                          // the outer one's boundary
		{mixed + "--x\r\nContent-Type: multipart/a; boundary=y\r\n\r\n--y\r\n\r\nA\r\n--x\r\n\r\nB\r\n--x--", "mixed(a(text/plain:1::map[]) text/plain:1::map[])", "--y\r\n\r\nA"}, // the inner one has no end
		{"Content-Type: multipart/mixed; boundary=a b; x\r\n\r\n--a\r\n\r\nA\r\n--a--\r\n", "mixed(text/plain:1::map[])", "A"},                                                     // no quotes
		{"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nSubject: in\r\n\r\nA\r\n--x--", "digest(message/rfc822:16::map[][text/plain:1::map[]])", "Subject: in\r\n\r\nA"},
		{"Content-Type: what\r\n\r\nA", "text/plain:1::map[]", "A"},
	} {
		b := &body{raw: []byte(c.raw)}
		s := b.parts().structure()
		if got := told(s); got != c.told {
			t.Errorf("%q\nis   %s\nnot  %s", c.raw, got, c.told)
		}
		if got := string(b.section(&imap.FetchItemBodySection{Part: []int{1}})); got != c.one {
			t.Errorf("%q: BODY[1] is %q", c.raw, got)
		}
		asTold(t, c.raw, b, s, nil)
	}
}

// TestPartNumbers reads the example of RFC 3501 §6.4.5.
func TestPartNumbers(t *testing.T) {
	t.Parallel()
	in := "Subject: in\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\n31\r\n--i\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nMzI=\r\n--i--"
	b := &body{raw: []byte("Subject: out\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\n1\r\n--o\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" + in + "\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: one\r\n\r\n41\r\n--o--\r\n")}
	for _, c := range []struct {
		part []int
		of   imap.PartSpecifier
		want string
	}{
		{[]int{1}, "", "1"}, {[]int{2}, "", "=E4"}, {[]int{3}, "", in}, {[]int{3, 1}, "", "31"}, {[]int{3, 2}, "", "MzI="}, {[]int{4, 1}, "", "41"},
		{[]int{3}, imap.PartSpecifierHeader, "Subject: in\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"}, {[]int{3}, imap.PartSpecifierMIME, "Content-Type: message/rfc822\r\n\r\n"},
		{[]int{4}, imap.PartSpecifierText, "41"}, {[]int{1, 1}, "", ""}, {[]int{5}, "", ""}, {[]int{0}, "", ""}, {[]int{4, 2}, "", ""}, {[]int{4, 1, 1}, "", ""},
	} {
		if got := string(b.section(&imap.FetchItemBodySection{Part: c.part, Specifier: c.of})); got != c.want {
			t.Errorf("BODY[%v.%s] is %q, not %q", c.part, c.of, got, c.want)
		}
	}
	if got := string(b.section(&imap.FetchItemBodySection{Part: []int{3}, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"subject"}})); got != "Subject: in\r\n\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(b.binary([]int{2})); got != "\xe4" {
		t.Errorf("BINARY[2] is %q: its charset is not to be changed", got)
	}
	if got := string(b.binary([]int{3, 2})); got != "32" {
		t.Errorf("BINARY[3.2] is %q", got)
	}
}
