package imapd

import (
	"bufio"
	"bytes"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// NewListing reads a mail for what is known of it without reading it again. at is its
// INTERNALDATE. There is no mail that it cannot list: what cannot be read is left out.
func NewListing(raw []byte, at time.Time) *Listing {
	l := &Listing{Size: int64(len(raw)), Date: at.Truncate(time.Second)}
	l.Envelope = envelope(raw[:headerEnd(raw)])
	l.Structure = structure(raw)
	return l
}

// envelope reads a header.
//
// Workaround: go-message reads nothing of a header in which one line is wrong;
// TestListingOfBrokenMail.
func envelope(header []byte) (e *imap.Envelope) {
	defer func() {
		if recover() != nil {
			e = &imap.Envelope{}
		}
	}()
	h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(header)))
	if err != nil {
		if h, err = textproto.ReadHeader(bufio.NewReader(bytes.NewReader(wellFormed(header)))); err != nil {
			return &imap.Envelope{}
		}
	}
	return imapserver.ExtractEnvelope(h)
}

// wellFormed are the lines of a header that are some.
func wellFormed(header []byte) []byte {
	var out []byte
	kept := false
	for line := range bytes.Lines(header) {
		if line[0] == ' ' || line[0] == '\t' {
			kept = kept && len(bytes.TrimSpace(line)) > 0
		} else {
			name, _, ok := bytes.Cut(line, []byte(":"))
			kept = ok && len(name) > 0 && bytes.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
		}
		if kept && bytes.HasSuffix(line, []byte("\n")) {
			out = append(out, line...)
		}
	}
	return append(out, "\r\n"...)
}

// structure reads a mail's parts; one that cannot be read is text as a whole.
func structure(raw []byte) (s imap.BodyStructure) {
	defer func() {
		if recover() != nil || s == nil {
			s = whole(raw)
		}
	}()
	s = imapserver.ExtractBodyStructure(bytes.NewReader(raw))
	if !within(s, deepest) {
		return whole(raw)
	}
	if m, ok := s.(*imap.BodyStructureMultiPart); ok && len(m.Children) == 0 { // it says that it has parts, and has none
		return whole(raw)
	}
	return s
}

// within reports whether parts stand in one another no deeper than so many times.
func within(s imap.BodyStructure, most int) bool {
	if most < 0 {
		return false
	}
	switch s := s.(type) {
	case *imap.BodyStructureSinglePart:
		return s.MessageRFC822 == nil || s.MessageRFC822.BodyStructure == nil || within(s.MessageRFC822.BodyStructure, most-1)
	case *imap.BodyStructureMultiPart:
		return !slices.ContainsFunc(s.Children, func(c imap.BodyStructure) bool { return !within(c, most-1) })
	}
	return true
}

func whole(raw []byte) imap.BodyStructure {
	text := raw[headerEnd(raw):]
	return &imap.BodyStructureSinglePart{
		Type: "text", Subtype: "plain", Encoding: "8bit", Size: uint32(len(text)),
		Text: &imap.BodyStructureText{NumLines: int64(bytes.Count(text, []byte("\n")))}, Extended: &imap.BodyStructureSinglePartExt{},
	}
}
