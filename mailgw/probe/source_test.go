package probe

import (
	"bufio"
	"bytes"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// text is a message as the server sees it.
func text(t testing.TB, m *message) string {
	t.Helper()
	s, err := readText(bufio.NewReader(strings.NewReader(strings.Join(m.parts, ""))))
	if err != nil {
		t.Fatalf("%v in %q", err, m.parts)
	}
	return s
}

func TestSizes(t *testing.T) {
	for _, size := range []int{0, 1, 200, 500, 1000, 4096, 65537} {
		for _, attach := range []bool{false, true} {
			w := newWriter(&Options{From: "c%d@example.net", To: "s@example.com", Size: size, Attach: attach, Senders: 3, Connections: 1, Run: "t"})
			for n := range 100 {
				m, err := w.message(n)
				if err != nil {
					t.Fatal(err)
				}
				got := text(t, &m)
				if len(got) != m.size {
					t.Fatalf("size %d: says %d bytes, has %d", size, m.size, len(got))
				}
				if off := size - m.size; size >= 4096 && (off < 0 || off > 1 && !attach || off > base64Width) {
					t.Errorf("size %d, attach %v: mail %d has %d bytes", size, attach, n, m.size)
				}
				if bare := strings.ReplaceAll(got, "\r\n", ""); strings.ContainsAny(bare, "\r\n") {
					t.Errorf("size %d: mail %d has a bare CR or LF", size, n)
				}
			}
		}
	}
}

// TestAttachment reads the multipart with another's parser.
func TestAttachment(t *testing.T) {
	w := newWriter(&Options{From: "c%d@example.net", To: "s@example.com", Size: 9000, Attach: true, Senders: 1, Connections: 1})
	m, err := w.message(1)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(strings.NewReader(text(t, &m)))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	var names []string
	for {
		p, err := r.NextPart()
		if err != nil {
			break
		}
		names = append(names, p.FileName())
	}
	if len(names) != 2 || names[1] != "screen.png" {
		t.Errorf("parts %q", names)
	}
}

// TestThreads: as many replies as wanted, each to an earlier mail, from the sender
// of the first one, with its subject.
func TestThreads(t *testing.T) {
	w := newWriter(&Options{From: "c%d@example.net", To: "s@example.com", Size: 500, Thread: 30, Senders: 50, Connections: 5, Run: "t"})
	mails := make([]*mail.Message, 1020)
	replies := 0
	for n := range mails {
		m, err := w.message(n)
		if err != nil {
			t.Fatal(err)
		}
		if mails[n], err = mail.ReadMessage(strings.NewReader(text(t, &m))); err != nil {
			t.Fatal(err)
		}
		parent, isReply := w.parent(n)
		h := mails[n].Header
		if !isReply {
			if h.Get("In-Reply-To") != "" {
				t.Errorf("mail %d is no reply and names %s", n, h.Get("In-Reply-To"))
			}
			continue
		}
		replies++
		first := mails[w.origin(n)].Header
		if parent > n-2*w.Connections || h.Get("In-Reply-To") != mails[parent].Header.Get("Message-ID") ||
			h.Get("From") != first.Get("From") || h.Get("Subject") != "Re: "+first.Get("Subject") {
			t.Errorf("mail %d replies to %d: %v", n, parent, h)
		}
	}
	if replies != 300 {
		t.Errorf("%d replies among 1000 mails, want 300", replies)
	}
}

func TestOnWire(t *testing.T) {
	for raw, want := range map[string]string{
		"":                   "",
		"a":                  "a\r\n",
		"a\nb\n":             "a\r\nb\r\n",
		"a\r\nb\r\n":         "a\r\nb\r\n",
		".first\n":           "..first\r\n",
		"a\n.\nb":            "a\r\n..\r\nb\r\n",
		"a\n..b\n":           "a\r\n...b\r\n",
		"bare\rcr\n":         "bare\rcr\r\n",
		"\n\n":               "\r\n\r\n",
		"no dot . inside.\n": "no dot . inside.\r\n",
	} {
		if got, _ := onWire([]byte(raw)); got != want {
			t.Errorf("onWire(%q) = %q, want %q", raw, got, want)
		}
	}
}

// FuzzOnWire: the server sees the same lines, and nothing ends the mail too early.
func FuzzOnWire(f *testing.F) {
	for _, s := range []string{"", ".", "a\r\n.\r\nb", "\r\n..\n\r\r\n", "x\n."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		wire, size := onWire(raw)
		got, err := readText(bufio.NewReader(strings.NewReader(wire + finalDot)))
		if err != nil || len(got) != size {
			t.Fatalf("%q is read as %q of %d bytes (%v), want %d", wire, got, len(got), err, size)
		}
		want := bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		if len(want) > 0 && want[len(want)-1] != '\n' {
			want = append(bytes.TrimSuffix(want, []byte("\r")), '\n')
		}
		if plain := strings.ReplaceAll(got, "\r\n", "\n"); plain != string(want) {
			t.Errorf("%q became %q", raw, plain)
		}
	})
}

func TestMessageIDOf(t *testing.T) {
	for raw, want := range map[string]string{
		"Message-ID: <a@b>\n\n":                       "a@b",
		"Subject: x\r\nmessage-id:\r\n <a@b>\r\n\r\n": "a@b",
		"Message-Id: <a@b> (comment)\n":               "a@b",
		"Subject: x\n\nMessage-ID: <body@b>\n":        "",
		"Message-ID: a@b\nTo: <c@d>\n\n":              "",
		"Message-ID: <a b>\n\n":                       "",
		"Message-ID: <a@b\n\n":                        "",
		"X-Message-ID: <a@b>\n\n":                     "",
		"":                                            "",
	} {
		if got := messageIDOf([]byte(raw)); got != want {
			t.Errorf("messageIDOf(%q) = %q, want %q", raw, got, want)
		}
	}
}

// TestCorpus: the files of all folders below, in order, again and again.
func TestCorpus(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.eml": "Message-ID: <a@x>\n\n.dot\n", "sub/b.EML": "Subject: \xe4\n\n", "c.txt": "no mail"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := &fake{t: t}
	o := options(f)
	var record strings.Builder
	o.Corpus, o.Messages, o.Record = dir, 3, &record
	rep, err := Load(t.Context(), o)
	if err != nil || rep.Accepted != 3 {
		t.Fatalf("Load = %+v, %v", rep, err)
	}
	if got, want := record.String(), "a@x id1\n- id2\na@x id3\n"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if got, want := f.mails[0].text, "Message-ID: <a@x>\r\n\r\n.dot\r\n"; got != want || f.mails[2].text != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if got, want := f.mails[1].from, "FROM:<c1@example.net> BODY=8BITMIME"; got != want {
		t.Errorf("MAIL %s, want %s", got, want)
	}
	o.Corpus = filepath.Join(dir, "none")
	if _, err := Load(t.Context(), o); err == nil {
		t.Error("a missing corpus is no error")
	}
}
