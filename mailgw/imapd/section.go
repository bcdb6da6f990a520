package imapd

import (
	"bytes"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
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
//
// Workaround: go-imap takes a mail apart by a parser that gives nothing where it cannot
// read the header; what needs no parser is cut from the bytes; TestSections.
func section(raw []byte, s *imap.FetchItemBodySection) []byte {
	if len(s.Part) > 0 {
		return part(raw, s)
	}
	end := headerEnd(raw)
	switch s.Specifier {
	case imap.PartSpecifierHeader:
		if s.HeaderFields == nil && s.HeaderFieldsNot == nil {
			return raw[:end]
		}
		return fields(raw[:end], s.HeaderFields, s.HeaderFieldsNot)
	case imap.PartSpecifierText:
		return raw[end:]
	}
	return raw
}

// part is one of a mail's MIME parts, which go-imap finds.
func part(raw []byte, s *imap.FetchItemBodySection) (b []byte) {
	defer func() {
		if recover() != nil { // a mail like no other; its whole is there to be read
			b = nil
		}
	}()
	whole := *s
	whole.Partial = nil
	b = imapserver.ExtractBodySection(bytes.NewReader(raw), &whole)
	if len(b) == 0 && len(s.Part) == 1 && s.Part[0] == 1 && s.Specifier == imap.PartSpecifierNone {
		return raw[headerEnd(raw):] // it could not be taken apart: its text is there to be read
	}
	return b
}

func binarySection(raw []byte, path []int) (b []byte) {
	defer func() {
		if recover() != nil {
			b = nil
		}
	}()
	if len(path) == 0 {
		return raw
	}
	return imapserver.ExtractBinarySection(bytes.NewReader(raw), &imap.FetchItemBinarySection{Part: path})
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
