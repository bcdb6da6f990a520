package imapd

import (
	"io"
	"net"
	"strings"
	"testing"
)

// When the server stops while an answer is being written, BYE stands at the beginning of a
// line, or is not said: within a literal it would be octets of a mail.
func TestGoodbyeBetweenAnswers(t *testing.T) {
	t.Parallel()
	const bye = "* BYE the server stops; please come back\r\n"
	for _, c := range []struct {
		parts []string // as go-imap writes them
		said  bool
	}{
		{nil, true},
		{[]string{"* 3 EXISTS\r\n"}, true},
		{[]string{"* 3 EXI"}, false},
		{[]string{"* 1 FETCH (BODY[] {10}\r\n"}, false},
		{[]string{"* 1 FETCH (BODY[] {1", "0}\r\n"}, false},
		{[]string{"* 1 FETCH (BODY[] {10}", "\r", "\n01234"}, false},
		{[]string{"* 1 FETCH (BODY[] {10}\r\n", "a\r\nb\r\n\r\nc\r"}, false},
		{[]string{"* 1 FETCH (BODY[] {12}\r\n", "a\r\nb\r\n\r\nc\r", "\n"}, false},
		{[]string{"* 1 FETCH (BODY[] {11}\r\n", "a\r\nb\r\n\r\nc", "\r\n", " UID 7)\r\n"}, true},
		{[]string{"* 1 FETCH (BODY[] {10}\r\n0123456789 BODY[1] {3}\r\nab"}, false},
		{[]string{"* 1 FETCH (BODY[] {10}\r\n0123456789 BODY[1] {3}\r\nab\n)\r\n"}, true},
		{[]string{"* 1 FETCH (BINARY[1] ~{4}\r\n{2}\r"}, false},
		{[]string{"* 1 FETCH (BODY[] {0}\r\n"}, false},
		{[]string{"* 1 FETCH (BODY[] {0}\r\n)\r\n"}, true},
		{[]string{"* 1 FETCH (ENVELOPE (\"" + strings.Repeat("x", 100) + "{10}\")\r\n"}, true},
	} {
		client, server := net.Pipe()
		f := newFront(&Server{}, server, true, false)
		got := make(chan string)
		go func() {
			b, err := io.ReadAll(client)
			if err != nil {
				t.Error(err)
			}
			got <- string(b)
		}()
		for _, p := range c.parts {
			if _, err := f.Write([]byte(p)); err != nil {
				t.Fatal(err)
			}
		}
		f.goodbye("the server stops; please come back")
		if _, err := f.Write([]byte("* 4 EXISTS\r\n")); err == nil {
			t.Error("more is written behind the last words")
		}
		f.Close()
		want := strings.Join(c.parts, "")
		if c.said {
			want += bye
		}
		if s := <-got; s != want {
			t.Errorf("%q is ended with\n%q, must be\n%q", c.parts, s, want)
		}
		client.Close()
	}
}
