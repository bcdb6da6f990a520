package imapd

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message"
)

// headerEnd is where a mail's text begins: behind the empty line.
func headerEnd(raw []byte) int {
	if bytes.HasPrefix(raw, []byte("\r\n")) {
		return 2
	}
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return len(raw)
}

// section is a part of a mail (RFC 9051 §6.4.5.1), whole.
func (b *body) section(s *imap.FetchItemBodySection) []byte {
	head, text := b.raw[:headerEnd(b.raw)], b.raw[headerEnd(b.raw):]
	if len(s.Part) > 0 {
		p := b.parts().find(s.Part)
		if p == nil {
			return nil
		}
		switch s.Specifier {
		case imap.PartSpecifierNone:
			return p.body
		case imap.PartSpecifierMIME:
			return p.head
		}
		if p.mail != nil {
			p = p.mail
		}
		head, text = p.head, p.body
	}
	switch s.Specifier {
	case imap.PartSpecifierHeader:
		if s.HeaderFields == nil && s.HeaderFieldsNot == nil {
			return head
		}
		return fields(head, s.HeaderFields, s.HeaderFieldsNot)
	case imap.PartSpecifierText:
		return text
	}
	return b.raw
}

// binary is a part without its transfer encoding (RFC 9051 §6.4.5.2).
//
// Workaround: go-imap changes the charset, too; TestSections.
func (b *body) binary(path []int) []byte {
	if len(path) == 0 {
		return b.raw
	}
	p := b.parts().find(path)
	if p == nil {
		return nil
	}
	var h message.Header
	h.Set("Content-Transfer-Encoding", p.header.Get("Content-Transfer-Encoding"))
	e, err := message.New(h, bytes.NewReader(p.body))
	if err != nil { // an encoding that nobody knows
		return p.body
	}
	out, _ := io.ReadAll(e.Body) // up to where the encoding is broken
	return out
}

// fields are some lines of a header, with the empty one behind them: those that are
// named, or those that are not.
func fields(header []byte, named, not []string) []byte {
	var out []byte
	taken := false
	for line := range bytes.Lines(header) {
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			is := func(n string) bool { return strings.EqualFold(n, string(bytes.TrimRight(name, " \t"))) }
			if named != nil {
				taken = slices.ContainsFunc(named, is)
			} else {
				taken = !slices.ContainsFunc(not, is)
			}
		}
		if taken {
			out = append(out, line...)
		}
	}
	return append(out, "\r\n"...)
}

// cut is a piece of b (RFC 9051 §6.4.5: BODY[]<0.2048>).
func cut(b []byte, p *imap.SectionPartial) []byte {
	if p == nil {
		return b
	}
	if p.Offset >= int64(len(b)) {
		return nil
	}
	b = b[p.Offset:]
	return b[:min(int64(len(b)), p.Size)]
}
