package probe

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// corpus sends the files of a folder, in the order of their names. They are read
// when it is their turn: a corpus may be larger than memory.
type corpus struct {
	*Options
	files []string
}

func openCorpus(o *Options) (*corpus, error) {
	c := &corpus{Options: o}
	err := filepath.WalkDir(o.Corpus, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.EqualFold(filepath.Ext(path), ".eml") {
			c.files = append(c.files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	if len(c.files) == 0 {
		return nil, fmt.Errorf("read corpus: there is no .eml file in %s", o.Corpus)
	}
	return c, nil
}

func (c *corpus) message(n int) (message, error) {
	raw, err := os.ReadFile(c.files[n%len(c.files)])
	if err != nil {
		return message{}, fmt.Errorf("read corpus: %w", err)
	}
	wire, size := onWire(raw)
	return message{
		id: messageIDOf(raw), from: numbered(c.From, strconv.Itoa(n%c.Senders)), to: c.To,
		parts: []string{wire, finalDot}, size: size, eightBit: bytes.ContainsFunc(raw, func(r rune) bool { return r >= 0x80 }),
	}, nil
}

// onWire makes the lines of a file end in CRLF and stuffs dots (RFC 5321 §4.5.2).
// A CR that stands alone stays: what a server says to it is worth knowing. It
// returns the size without the stuffing, too.
func onWire(raw []byte) (string, int) {
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/40 + 2)
	stuffed := 0
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) > 0 && line[0] == '.' {
			b.WriteByte('.')
			stuffed++
		}
		b.Write(line)
		b.WriteString("\r\n")
	}
	return b.String(), b.Len() - stuffed
}

// messageIDOf finds a mail's Message-ID for the record; "" when it has none in the
// usual form.
func messageIDOf(raw []byte) string {
	const name = "message-id:"
	found := false
	for line := range bytes.Lines(raw) {
		switch trimmed := bytes.TrimRight(line, "\r\n"); {
		case len(trimmed) == 0:
			return ""
		case found && trimmed[0] != ' ' && trimmed[0] != '\t':
			return "" // the field ended
		case found:
		case len(trimmed) >= len(name) && strings.EqualFold(string(trimmed[:len(name)]), name):
			found = true
		}
		if !found {
			continue
		}
		if _, rest, ok := bytes.Cut(line, []byte("<")); ok {
			id, _, closed := bytes.Cut(rest, []byte(">"))
			if !closed || bytes.ContainsAny(id, " \t\r\n") {
				return ""
			}
			return string(id)
		}
	}
	return ""
}
