package imapd

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// ErrListing is returned for bytes that are no listing.
var ErrListing = errors.New("imap: damaged listing")

// The kinds of parts in an encoded listing.
const (
	isNone = iota
	isSingle
	isMulti
)

// deepest bounds how many parts may stand in one another.
const deepest = 100

// AppendListing appends a listing to b, as [ReadListing] reads it.
func AppendListing(b []byte, l *Listing) []byte {
	w := writer{b}
	w.num(l.Size)
	w.time(l.Date)
	w.envelope(l.Envelope)
	w.part(l.Structure)
	return w.b
}

// ReadListing reads what AppendListing wrote; its error is an ErrListing.
func ReadListing(b []byte) (*Listing, error) {
	r := reader{b: b}
	l := &Listing{Size: r.num(), Date: r.time(), Envelope: r.envelope(), Structure: r.part(0)}
	if r.bad || len(r.b) > 0 {
		return nil, ErrListing
	}
	return l, nil
}

type writer struct{ b []byte }

func (w *writer) num(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *writer) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) texts(list []string) {
	w.num(int64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *writer) time(t time.Time) {
	if t.IsZero() {
		w.num(0)
		w.num(0)
		return
	}
	_, offset := t.Zone()
	w.num(t.Unix())
	w.num(int64(offset))
}

func (w *writer) params(m map[string]string) {
	w.num(int64(len(m)))
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.text(k)
		w.text(m[k])
	}
}

func (w *writer) addresses(list []imap.Address) {
	w.num(int64(len(list)))
	for _, a := range list {
		w.text(a.Name)
		w.text(a.Mailbox)
		w.text(a.Host)
	}
}

func (w *writer) envelope(e *imap.Envelope) {
	if e == nil {
		w.num(isNone)
		return
	}
	w.num(isSingle)
	w.time(e.Date)
	w.text(e.Subject)
	for _, list := range [][]imap.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		w.addresses(list)
	}
	w.texts(e.InReplyTo)
	w.text(e.MessageID)
}

func (w *writer) disposition(d *imap.BodyStructureDisposition) {
	if d == nil {
		w.num(isNone)
		return
	}
	w.num(isSingle)
	w.text(d.Value)
	w.params(d.Params)
}

func (w *writer) part(s imap.BodyStructure) {
	switch s := s.(type) {
	case *imap.BodyStructureSinglePart:
		w.num(isSingle)
		w.single(s)
	case *imap.BodyStructureMultiPart:
		w.num(isMulti)
		w.text(s.Subtype)
		w.num(int64(len(s.Children)))
		for _, c := range s.Children {
			w.part(c)
		}
		ext := s.Extended
		if ext == nil {
			ext = &imap.BodyStructureMultiPartExt{}
		}
		w.params(ext.Params)
		w.disposition(ext.Disposition)
		w.texts(ext.Language)
		w.text(ext.Location)
	default:
		w.num(isNone)
	}
}

func (w *writer) single(s *imap.BodyStructureSinglePart) {
	w.text(s.Type)
	w.text(s.Subtype)
	w.params(s.Params)
	w.text(s.ID)
	w.text(s.Description)
	w.text(s.Encoding)
	w.num(int64(s.Size))
	if m := s.MessageRFC822; m != nil {
		w.num(isSingle)
		w.envelope(m.Envelope)
		w.part(m.BodyStructure)
		w.num(m.NumLines)
	} else {
		w.num(isNone)
	}
	if s.Text != nil {
		w.num(isSingle)
		w.num(s.Text.NumLines)
	} else {
		w.num(isNone)
	}
	ext := s.Extended
	if ext == nil {
		ext = &imap.BodyStructureSinglePartExt{}
	}
	w.disposition(ext.Disposition)
	w.texts(ext.Language)
	w.text(ext.Location)
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) num() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count is how many things follow, of which each takes a byte or more.
func (r *reader) count() int {
	n := r.num()
	if n < 0 || n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)-size) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[size : size+int(n)])
	r.b = r.b[size+int(n):]
	return s
}

func (r *reader) texts() (out []string) {
	for range r.count() {
		out = append(out, r.text())
	}
	return out
}

func (r *reader) time() time.Time {
	at, offset := r.num(), r.num()
	if at == 0 && offset == 0 {
		return time.Time{}
	}
	if offset == 0 {
		return time.Unix(at, 0).UTC()
	}
	return time.Unix(at, 0).In(time.FixedZone("", int(offset)))
}

func (r *reader) params() map[string]string {
	n := r.count()
	if n == 0 {
		return nil
	}
	out := make(map[string]string, n)
	for range n {
		k := r.text()
		out[k] = r.text()
	}
	return out
}

func (r *reader) addresses() (out []imap.Address) {
	n := r.count()
	if n > 0 {
		out = make([]imap.Address, 0, n)
	}
	for range n {
		out = append(out, imap.Address{Name: r.text(), Mailbox: r.text(), Host: r.text()})
	}
	return out
}

func (r *reader) envelope() *imap.Envelope {
	if r.num() == isNone {
		return nil
	}
	e := &imap.Envelope{Date: r.time(), Subject: r.text()}
	for _, list := range []*[]imap.Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		*list = r.addresses()
	}
	e.InReplyTo = r.texts()
	e.MessageID = r.text()
	return e
}

func (r *reader) disposition() *imap.BodyStructureDisposition {
	if r.num() == isNone {
		return nil
	}
	return &imap.BodyStructureDisposition{Value: r.text(), Params: r.params()}
}

func (r *reader) part(depth int) imap.BodyStructure {
	if depth > deepest {
		r.bad, r.b = true, nil
		return nil
	}
	switch r.num() {
	case isSingle:
		return r.single(depth)
	case isMulti:
		m := &imap.BodyStructureMultiPart{Subtype: r.text()}
		for range r.count() {
			c := r.part(depth + 1)
			if c == nil {
				r.bad = true
				return nil
			}
			m.Children = append(m.Children, c)
		}
		m.Extended = &imap.BodyStructureMultiPartExt{Params: r.params(), Disposition: r.disposition(), Language: r.texts(), Location: r.text()}
		return m
	}
	return nil
}

func (r *reader) single(depth int) imap.BodyStructure {
	s := &imap.BodyStructureSinglePart{Type: r.text(), Subtype: r.text(), Params: r.params(), ID: r.text(), Description: r.text(), Encoding: r.text(), Size: uint32(r.num())}
	if r.num() != isNone {
		s.MessageRFC822 = &imap.BodyStructureMessageRFC822{Envelope: r.envelope(), BodyStructure: r.part(depth + 1), NumLines: r.num()}
	}
	if r.num() != isNone {
		s.Text = &imap.BodyStructureText{NumLines: r.num()}
	}
	s.Extended = &imap.BodyStructureSinglePartExt{Disposition: r.disposition(), Language: r.texts(), Location: r.text()}
	return s
}
