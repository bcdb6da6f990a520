package imapd

import (
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Fetch is FETCH (RFC 9051 §6.4.5).
func (x *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, err := x.pick(set)
	if err != nil {
		return err
	}
	if reads(o) && !x.readOnly {
		if err := x.markSeen(at); err != nil {
			return err
		}
	}
	for len(at) > 0 {
		n := min(len(at), fetchAtOnce)
		if err := x.fetch(w, at[:n], o); err != nil {
			return err
		}
		at = at[n:]
	}
	if !pieces(o) {
		x.last = body{}
	}
	return nil
}

// pieces reports whether a mail is read piece by piece, so that the next command wants it too.
func pieces(o *imap.FetchOptions) bool {
	for _, s := range o.BodySection {
		if s.Partial != nil {
			return true
		}
	}
	for _, s := range o.BinarySection {
		if s.Partial != nil {
			return true
		}
	}
	return false
}

// reads reports whether what is fetched makes mails read (§6.4.5.1: without .PEEK).
func reads(o *imap.FetchOptions) bool {
	for _, s := range o.BodySection {
		if !s.Peek {
			return true
		}
	}
	for _, s := range o.BinarySection {
		if !s.Peek {
			return true
		}
	}
	return false
}

// markSeen marks mails as read; the poll behind the command tells it.
func (x *session) markSeen(at []int) error {
	var unseen []Mail
	for _, i := range at {
		if m := x.view.Mails[i]; m.Flags&Seen == 0 {
			unseen = append(unseen, m)
		}
	}
	if len(unseen) == 0 {
		return nil
	}
	return x.told(x.account.Mark(x.folder, unseen, Seen, 0))
}

// fetch answers about a few mails.
func (x *session) fetch(w *imapserver.FetchWriter, at []int, o *imap.FetchOptions) error {
	known := make([]*Listing, len(at))
	if o.Envelope || o.BodyStructure != nil || o.InternalDate || o.RFC822Size {
		err := x.account.Listings(mailsAt(x.view, at), func(i int, l *Listing) error {
			known[i] = l
			return nil
		})
		if err != nil {
			return x.told(err)
		}
	}
	for i, n := range at {
		if len(o.BodySection)+len(o.BinarySection)+len(o.BinarySectionSize) > 0 {
			if err := x.read(x.view.Mails[n]); err != nil {
				return x.told(err)
			}
		}
		if err := x.write(w, n, o, known[i]); err != nil {
			return err
		}
	}
	return nil
}

// read has a mail's bytes at hand; clients ask for one piece after the other.
func (x *session) read(m Mail) error {
	if x.last.uid == m.UID && x.last.raw != nil {
		return nil
	}
	raw, err := x.account.Bytes(m)
	if err == nil {
		x.last = body{uid: m.UID, raw: raw}
	}
	return err
}

// write is the answer about one mail.
func (x *session) write(w *imapserver.FetchWriter, n int, o *imap.FetchOptions, l *Listing) error {
	m := x.view.Mails[n]
	out := w.CreateMessage(uint32(n) + 1)
	if o.UID {
		out.WriteUID(imap.UID(m.UID))
	}
	if o.Flags {
		out.WriteFlags(flagNames(m.Flags, x.view.Keywords))
	}
	if l != nil {
		if o.InternalDate {
			out.WriteInternalDate(l.Date)
		}
		if o.RFC822Size {
			out.WriteRFC822Size(l.Size)
		}
		if o.Envelope {
			out.WriteEnvelope(l.Envelope)
		}
		if o.BodyStructure != nil {
			out.WriteBodyStructure(extended(l.Structure))
		}
	}
	var err error
	for _, s := range o.BodySection {
		b := cut(x.last.section(s), s.Partial)
		err = writeAll(out.WriteBodySection(s, int64(len(b))), b, err)
	}
	for _, s := range o.BinarySection {
		b := cut(x.last.binary(s.Part), s.Partial)
		err = writeAll(out.WriteBinarySection(s, int64(len(b))), b, err)
	}
	for _, s := range o.BinarySectionSize {
		out.WriteBinarySectionSize(s, uint32(len(x.last.binary(s.Part))))
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

func writeAll(w io.WriteCloser, b []byte, before error) error {
	_, err := w.Write(b)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if before != nil {
		return before
	}
	return err
}

// extended is a structure with what BODYSTRUCTURE has beside BODY, empty where it is not known.
func extended(s imap.BodyStructure) imap.BodyStructure {
	switch s := s.(type) {
	case *imap.BodyStructureSinglePart:
		if s.Extended == nil {
			c := *s
			c.Extended = &imap.BodyStructureSinglePartExt{}
			return &c
		}
	case *imap.BodyStructureMultiPart:
		c := *s
		if c.Extended == nil {
			c.Extended = &imap.BodyStructureMultiPartExt{}
		}
		return &c
	case nil:
		return &imap.BodyStructureSinglePart{Type: "text", Subtype: "plain", Extended: &imap.BodyStructureSinglePartExt{}}
	}
	return s
}
