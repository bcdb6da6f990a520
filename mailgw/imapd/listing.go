package imapd

import (
	"bytes"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message"
)

// NewListing reads a mail for what is known of it without reading it again. at is its
// INTERNALDATE. There is no mail that it cannot list: what cannot be read is left out, and so
// is what is too much (a thousand parts, a hundred of them in one another, headers of a MiB).
func NewListing(raw []byte, at time.Time) *Listing {
	p := takeApart(raw)
	return &Listing{Size: int64(len(raw)), Date: at.Truncate(time.Second), Envelope: envelope(p.header), Structure: p.structure()}
}

// envelope reads a header.
func envelope(h message.Header) (e *imap.Envelope) {
	defer func() {
		if recover() != nil {
			e = &imap.Envelope{}
		}
	}()
	return imapserver.ExtractEnvelope(h.Header)
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
