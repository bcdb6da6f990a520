package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"supportgw/mailgw/ticket"
)

// record is a record in a segment that rows name: a mail's own bytes, or a file's.
type record struct {
	at    place
	id    ticket.ID // the mail's; 0 of a file
	files []piece   // of the mail, those kept elsewhere
	file  *sum      // the file's; nil of a mail
}

// line is the line before a record with these bytes.
func (r *record) line(b []byte) []byte {
	if r.file != nil {
		return fileHead(len(b), *r.file)
	}
	return rawHead(r.id, len(b), sha256.Sum256(b), r.files)
}

// length is how long the record is in its segment, with its line and the empty one.
func (r *record) length() int64 {
	line := fileHead
	if r.file == nil {
		line = func(size int, s sum) []byte { return rawHead(r.id, size, s, r.files) }
	}
	return int64(len(line(r.at.Size, sum{})) + r.at.Size + 2)
}

// walker finds the records of segments.
type walker struct {
	sealed map[uint32]int64
	fn     func(record)
	from   []byte  // where it goes on
	last   sum     // the file whose rows it is among
	places []place // of that one, those that it has seen
}

// walkedAtOnce bounds how long one View of a walk takes.
const walkedAtOnce = 4096

// some walks over a part of the rows, and reports whether there are more.
func (w *walker) some(r *reader, in bucket) (more bool, err error) {
	c := r.bucket(in).Cursor()
	k, v := c.Seek(w.from)
	for n := 0; k != nil; k, v = c.Next() {
		if n++; n > walkedAtOnce {
			w.from = bytes.Clone(k)
			return true, nil
		}
		if in == inRaw {
			err = w.raw(k, v)
		} else {
			err = w.file(k, v)
		}
		if err != nil {
			return false, fmt.Errorf("%s %x: %w", bucketNames[in], k, err)
		}
	}
	return false, nil
}

func (w *walker) raw(k, v []byte) error {
	if len(k) != 8 || len(v) == 0 {
		return errDamaged
	}
	r := record{id: ticket.ID(binary.BigEndian.Uint64(k))}
	switch v[0] {
	case rawInline:
		return nil
	case rawSegment:
		if err := decode(v[1:], &r.at); err != nil {
			return err
		}
	case rawPieces:
		p, err := decodePieces(v)
		if err != nil {
			return err
		}
		r.at, r.files = p.Text, p.Files
	default:
		return errDamaged
	}
	w.found(r)
	return nil
}

func (w *walker) file(k, v []byte) error {
	if len(k) != fileLength {
		return errDamaged
	}
	s := sum(k[:sha256.Size])
	r := record{file: &s}
	if err := decode(v, &r.at); err != nil {
		return err
	}
	if s != w.last {
		w.last, w.places = s, w.places[:0]
	}
	for _, seen := range w.places {
		if seen == r.at {
			return nil
		}
	}
	w.places = append(w.places, r.at)
	w.found(r)
	return nil
}

func (w *walker) found(r record) {
	if _, ok := w.sealed[r.at.Segment]; ok {
		w.fn(r)
	}
}

// move is a record and where it is now too.
type move struct {
	record
	to place
}

// mover moves the rows of records that were copied.
type mover struct {
	moves  []move
	behind []byte // the first one is a file of which the rows from here on were moved
}

// some moves a few rows, and returns what is left. A row that names another place
// by now is left alone.
func (m mover) some(t *tx) (mover, error) {
	for n := 0; len(m.moves) > 0 && n < purgeRows; {
		first := &m.moves[0]
		if first.file == nil {
			if err := t.moveRaw(first); err != nil {
				return m, err
			}
			n++
		} else {
			rows, behind, err := t.moveFile(first, m.behind, purgeRows-n)
			if err != nil {
				return m, err
			}
			if n += rows; behind != nil {
				return mover{m.moves, behind}, nil
			}
		}
		m = mover{m.moves[1:], nil}
	}
	return m, nil
}

func (t *tx) moveRaw(m *move) error {
	v := t.bucket(inRaw).Get(idKey(m.id))
	if len(v) == 0 { // erased meanwhile
		return nil
	}
	switch v[0] {
	case rawSegment:
		var at place
		if err := decode(v[1:], &at); err != nil || at != m.at {
			return err
		}
		return t.putPlace(inRaw, idKey(m.id), []byte{rawSegment}, m.to)
	case rawPieces:
		p, err := decodePieces(v)
		if err != nil || p.Text != m.at {
			return err
		}
		p.Text = m.to
		return t.putPlace(inRaw, idKey(m.id), []byte{rawPieces}, p)
	}
	return nil
}

// moveFile moves rows of a file, from the newest mail's on: a mail that comes
// meanwhile takes the place that the newest one has, which thus is never the old one
// again. It looks at no more than some rows, and returns where it stopped, nil at the end.
func (t *tx) moveFile(m *move, behind []byte, most int) (n int, stopped []byte, err error) {
	if behind == nil {
		behind = append(bytes.Clone(m.file[:]), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	}
	var keys [][]byte
	c := t.bucket(inFile).Cursor()
	var v []byte
	k, _ := c.Seek(behind)
	if k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for ; bytes.HasPrefix(k, m.file[:]); k, v = c.Prev() {
		if n++; n > most {
			break
		}
		var at place
		if err := decode(v, &at); err != nil {
			return n, nil, err
		}
		stopped = bytes.Clone(k)
		if at == m.at {
			keys = append(keys, stopped)
		}
	}
	if n <= most {
		stopped = nil
	}
	for _, k := range keys {
		if err := t.putPlace(inFile, k, nil, m.to); err != nil {
			return n, nil, err
		}
	}
	return n, stopped, nil
}
