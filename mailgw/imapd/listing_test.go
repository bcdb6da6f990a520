package imapd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A listing is read as it was written, of every mail of the corpora.
func TestListingCodec(t *testing.T) {
	t.Parallel()
	n := 0
	each := func(name string, raw []byte) {
		l := NewListing(raw, time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("", 3600)))
		if l.Structure == nil || l.Envelope == nil || l.Size != int64(len(raw)) {
			t.Errorf("%s: %+v", name, l)
		}
		b := AppendListing(nil, l)
		got, err := ReadListing(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if again := AppendListing(nil, got); string(again) != string(b) {
			t.Errorf("%s: read and written again it is another", name)
		}
		n++
	}
	for i := range 20 {
		each("made", fakeRaw(i, i))
	}
	files, err := filepath.Glob("../../../shared/corpora/*/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		fmt.Println("!!! SKIPPED TestListingCodec of real mails: ../shared/corpora is absent")
	}
	for i, f := range files {
		if i%5 != 0 && os.Getenv("MAILGW_E2E_LARGE") != "1" {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		each(f, raw)
	}
	t.Logf("%d mails", n)
}

// Broken mail has a listing, too, with what can be read.
func TestListingOfBrokenMail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, subject string }{
		"a line that is none": {"From: a@b.example\r\nthis is no field\r\nSubject: still here\r\n\r\nbody\r\n", "still here"},
		"nothing":             {"", ""},
		"no header":           {"just words", ""},
		"no end":              {"Subject: cut off", "cut off"},
		"multipart of none":   {"Subject: m\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nno part\r\n", "m"},
		"a part in itself":    {"Subject: d\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", 300), "d"},
		"no charset":          {"Subject: =?x-none?q?=FF?=\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff", "=?x-none?q?=FF?="},
	} {
		l := NewListing([]byte(c.raw), time.Unix(1, 0))
		if l.Envelope == nil || l.Structure == nil || l.Envelope.Subject != c.subject {
			t.Errorf("%s: %+v", name, l.Envelope)
		}
		if _, err := ReadListing(AppendListing(nil, l)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadListing: nothing that a disk can hold makes it fall over.
func FuzzReadListing(f *testing.F) {
	f.Add(AppendListing(nil, NewListing(fakeRaw(1, 1), time.Unix(9, 0))))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ReadListing(b); err == nil {
			AppendListing(nil, l)
		}
	})
}

// TestSections takes mails apart.
func TestSections(t *testing.T) {
	t.Parallel()
	broken := []byte("From: a@b.example\r\nthis is no field\r\nSubject: x\r\n\r\nbody\r\n")
	addr, _ := served(t, func() *fake {
		f := newFake()
		f.add("INBOX", 1, 1, broken)
		return f
	}(), nil)
	w := in(t, addr, "INBOX")
	for what, want := range map[string]string{"BODY.PEEK[]": string(broken), "BODY.PEEK[TEXT]": "body\r\n", "BODY.PEEK[HEADER]": string(broken[:len(broken)-6]), "BODY.PEEK[HEADER.FIELDS (SUBJECT)]": "Subject: x\r\n\r\n"} {
		if got := w.do("a FETCH 1 %s", what); !strings.Contains(got, fmt.Sprintf("{%d}\r\n%s", len(want), want)) {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// BenchmarkReadListing reads what is known of a mail with two parts.
func BenchmarkReadListing(b *testing.B) {
	raw := "From: Paula <p@acme.example>\r\nTo: support@example.com\r\nSubject: Scale\r\nMessage-ID: <1@acme.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello\r\n--x--\r\n"
	enc := AppendListing(nil, NewListing([]byte(raw), time.Unix(1, 0)))
	b.ReportMetric(float64(len(enc)), "bytes")
	for b.Loop() {
		if _, err := ReadListing(enc); err != nil {
			b.Fatal(err)
		}
	}
}
