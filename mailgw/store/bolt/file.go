package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Files that several mails have are kept once: the bytes as they stand in the
// mails, found by their SHA-256. Of the mail itself the rest is kept. Each mail has
// its own row for each of its files, so that it can be counted who needs one.

// sum is the SHA-256 of a file's bytes, in JSON as hexadecimal digits.
type sum [sha256.Size]byte

// MarshalText returns the digits.
func (s sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads the digits.
func (s *sum) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(s)) {
		return fmt.Errorf("%w: %d digits where a hash must be", errDamaged, len(b))
	}
	_, err := hex.Decode(s[:], b)
	return err
}

// pieces says where the bytes of a mail are that shares some of them. Earlier
// versions find no place at its top, and return an error instead of half a mail.
type pieces struct {
	Text  place   `json:"text"`  // what is the mail's alone, without gaps
	Files []piece `json:"files"` // in their order
}

// piece is a file in a mail.
type piece struct {
	At   int `json:"at"` // where in the mail it begins
	Size int `json:"size"`
	Sum  sum `json:"sha256"`
}

// fileLength is the length of a row's key.
const fileLength = sha256.Size + 8

// fileKey is where the place of a file of a mail is.
func fileKey(s sum, id ticket.ID) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, fileLength), s[:]...), uint64(id))
}

// cutting is a mail before it is written in pieces.
type cutting struct {
	piece
	body []byte
}

// cut takes the bodies out of a mail. Nothing is copied.
func (t *tx) cut(raw []byte, bodies []store.Range) (files []cutting, text [][]byte) {
	last := 0
	for _, r := range bodies {
		if r.Start == r.End {
			continue
		}
		body := raw[r.Start:r.End]
		files = append(files, cutting{piece{At: r.Start, Size: len(body), Sum: sha256.Sum256(body)}, body})
		text = append(text, raw[last:r.Start])
		last = r.End
	}
	return files, append(text, raw[last:])
}

// putPieces writes a mail that has files: first those that are not kept yet.
func (t *tx) putPieces(id ticket.ID, files []cutting, text [][]byte) error {
	var p pieces
	for _, f := range files {
		at, err := t.keepFile(f)
		if err == nil {
			err = t.putPlace(inFile, fileKey(f.Sum, id), nil, at)
		}
		if err != nil {
			return err
		}
		p.Files = append(p.Files, f.piece)
	}
	h, size := sha256.New(), 0
	for _, b := range text {
		h.Write(b)
		size += len(b)
	}
	var err error
	if p.Text, err = t.s.segments.record(rawHead(id, size, sum(h.Sum(nil)), p.Files), text...); err != nil {
		return t.breaks(err)
	}
	return t.putPlace(inRaw, idKey(id), []byte{rawPieces}, p)
}

// keepFile returns where a file's bytes are. Those that are there are compared,
// so that a mail never relies on bytes that the disk has changed.
func (t *tx) keepFile(f cutting) (place, error) {
	if at, err := t.fileAt(f.Sum); err == nil {
		if err = t.compare(at, f.body); err == nil {
			return at, nil
		}
		t.s.o.Log.Error("an attached file is damaged where it is kept, and is kept once more", "sha256", hex.EncodeToString(f.Sum[:]), "err", err)
	}
	at, err := t.s.segments.record(fileHead(f.Size, f.Sum), f.body)
	if err != nil {
		return at, t.breaks(err)
	}
	return at, nil
}

// fileAt returns where the newest mail that has a file says that its bytes are.
func (r *reader) fileAt(s sum) (at place, err error) {
	c := r.bucket(inFile).Cursor()
	k, v := c.Seek(fileKey(s, ^ticket.ID(0)))
	switch {
	case k == nil:
		k, v = c.Last()
	case !bytes.HasPrefix(k, s[:]): // else it is the greatest id that there can be
		k, v = c.Prev()
	}
	if !bytes.HasPrefix(k, s[:]) {
		return at, store.ErrNotFound
	}
	return at, decode(v, &at)
}

// compare returns an error unless the bytes at a place are body.
func (t *tx) compare(at place, body []byte) error {
	if at.Size != len(body) {
		return fmt.Errorf("%w: %d bytes are kept, of %d", errDamaged, at.Size, len(body))
	}
	f, err := openPlace(t.dir, at)
	if err != nil {
		return err
	}
	defer f.Close()
	if t.s.compared == nil {
		t.s.compared = make([]byte, comparedAtOnce)
	}
	in, b := io.NewSectionReader(f, at.Offset, int64(at.Size)), t.s.compared
	for len(body) > 0 {
		n, err := io.ReadFull(in, b[:min(len(b), len(body))])
		if err != nil {
			return fmt.Errorf("read attached file: %w", err)
		}
		if !bytes.Equal(b[:n], body[:n]) {
			return fmt.Errorf("%w: other bytes are kept", errDamaged)
		}
		body = body[n:]
	}
	return nil
}

// comparedAtOnce is how many bytes are compared at a time.
const comparedAtOnce = 64 << 10

// forgetFiles takes the rows of a mail whose bytes are written again.
func (t *tx) forgetFiles(id ticket.ID) error {
	p, err := decodePieces(t.bucket(inRaw).Get(idKey(id)))
	if err != nil { // it is damaged, and on its way out
		return nil
	}
	for _, f := range p.Files {
		if err := t.delete(inFile, fileKey(f.Sum, id)); err != nil {
			return err
		}
	}
	return nil
}

// decodePieces reads a value of the raw bucket; one that is kept otherwise has none.
func decodePieces(v []byte) (p pieces, err error) {
	if len(v) == 0 || v[0] != rawPieces {
		return p, nil
	}
	return p, decode(v[1:], &p)
}

// readPieces puts a mail together.
func (r *reader) readPieces(id ticket.ID, v []byte) ([]byte, error) {
	p, err := decodePieces(v)
	if err != nil {
		return nil, err
	}
	text, err := readPlace(r.dir, p.Text)
	if err != nil {
		return nil, err
	}
	files, size, between := make([]place, len(p.Files)), len(text), 0
	for i, last := 0, 0; i < len(files); i++ {
		f := p.Files[i]
		if files[i], err = r.filePlace(f, id); err != nil {
			return nil, err
		}
		if f.At < last || f.At-last > len(text)-between {
			return nil, fmt.Errorf("%w: a file at %d of a mail, after %d and %d bytes of its own", errDamaged, f.At, last, len(text))
		}
		between += f.At - last
		last = f.At + f.Size
		size += f.Size
	}
	out := make([]byte, 0, size)
	for i, f := range p.Files {
		n := f.At - len(out)
		out = append(out, text[:n]...)
		text = text[n:]
		if out, err = appendPlace(out, r.dir, files[i]); err != nil {
			return nil, err
		}
	}
	return append(out, text...), nil
}

// filePlace returns where a file of a mail is. The place lies in its segment.
func (r *reader) filePlace(f piece, id ticket.ID) (place, error) {
	at, err := get[place](r.bucket(inFile), fileKey(f.Sum, id))
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w: the row of its file %x is not there", errDamaged, f.Sum)
	}
	if err == nil && (at.Size != f.Size || f.Size <= 0) {
		err = fmt.Errorf("%w: its file %x has %d bytes, must have %d", errDamaged, f.Sum, at.Size, f.Size)
	}
	if err != nil {
		return at, err
	}
	seg, err := openPlace(r.dir, at)
	if err != nil {
		return at, err
	}
	return at, seg.Close()
}

// appendPlace reads a place behind what is there already.
func appendPlace(out []byte, dir string, at place) ([]byte, error) {
	f, err := openPlace(dir, at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	from := len(out)
	out = append(out, make([]byte, at.Size)...)
	if _, err := f.ReadAt(out[from:], at.Offset); err != nil {
		return nil, fmt.Errorf("read attached file: %w", err)
	}
	return out, nil
}
