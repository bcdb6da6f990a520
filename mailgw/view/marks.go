package view

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Marks are what one agent has marked on one ticket, or on a mail on none, whose Seq is 0.
// What the bits mean is not said here.
type Marks struct {
	Runs    []MarkRun // in order of Seq, apart; none has no bits
	Deleted []At      // by UID
}

// MarkRun are mails that follow each other and are marked alike.
type MarkRun struct {
	Seq   uint32 // of the first
	Count uint32 // how many, at least 1
	Bits  uint64
}

// At is where an agent has flagged a mail as deleted (RFC 9051 §2.3.2): in a folder, under
// a UID. The same mail elsewhere is not.
type At struct {
	Folder string // see [Folder.Key]
	UID    uint32
}

// Get returns a mail's bits.
func (m *Marks) Get(seq uint32) uint64 {
	i, ok := slices.BinarySearchFunc(m.Runs, seq, func(r MarkRun, seq uint32) int {
		switch {
		case seq < r.Seq:
			return 1
		case seq-r.Seq >= r.Count:
			return -1
		}
		return 0
	})
	if !ok {
		return 0
	}
	return m.Runs[i].Bits
}

// Set gives a mail its bits.
func (m *Marks) Set(seq uint32, bits uint64) {
	if m.Get(seq) == bits {
		return
	}
	var out []MarkRun
	add := func(r MarkRun) {
		if r.Count == 0 || r.Bits == 0 {
			return
		}
		if n := len(out); n > 0 && out[n-1].Bits == r.Bits && out[n-1].Seq+out[n-1].Count == r.Seq {
			out[n-1].Count += r.Count
			return
		}
		out = append(out, r)
	}
	done := false
	for _, r := range m.Runs {
		if !done && seq < r.Seq {
			add(MarkRun{seq, 1, bits})
			done = true
		}
		if seq < r.Seq || seq-r.Seq >= r.Count {
			add(r)
			continue
		}
		add(MarkRun{r.Seq, seq - r.Seq, r.Bits})
		add(MarkRun{seq, 1, bits})
		add(MarkRun{seq + 1, r.Count - (seq - r.Seq) - 1, r.Bits})
		done = true
	}
	if !done {
		add(MarkRun{seq, 1, bits})
	}
	m.Runs = out
}

// IsDeleted reports whether a mail is flagged so in a folder.
func (m *Marks) IsDeleted(folder string, uid uint32) bool {
	return slices.Contains(m.Deleted, At{folder, uid})
}

// SetDeleted flags a mail in a folder so, or not.
func (m *Marks) SetDeleted(folder string, uid uint32, on bool) {
	i := slices.Index(m.Deleted, At{folder, uid})
	switch {
	case on && i < 0:
		m.Deleted = append(m.Deleted, At{folder, uid})
	case !on && i >= 0:
		m.Deleted = slices.Delete(m.Deleted, i, i+1)
	}
}

// marksVersion begins what Bytes returns.
const marksVersion = 1

// Bytes is how they are kept; nil for none.
func (m *Marks) Bytes() []byte {
	if len(m.Runs)+len(m.Deleted) == 0 {
		return nil
	}
	b := binary.AppendUvarint([]byte{marksVersion}, uint64(len(m.Runs)))
	for _, r := range m.Runs {
		b = binary.AppendUvarint(b, uint64(r.Seq))
		b = binary.AppendUvarint(b, uint64(r.Count))
		b = binary.AppendUvarint(b, r.Bits)
	}
	for _, d := range m.Deleted {
		b = binary.AppendUvarint(b, uint64(d.UID))
		b = binary.AppendUvarint(b, uint64(len(d.Folder)))
		b = append(b, d.Folder...)
	}
	return b
}

// ErrMarks is returned for bytes that Bytes has not made.
var ErrMarks = errors.New("view: not marks")

// ReadMarks reads what Bytes wrote, into m, whose memory it uses again.
func ReadMarks[B []byte | string](m *Marks, b B) error {
	m.Runs, m.Deleted = m.Runs[:0], m.Deleted[:0]
	if len(b) == 0 {
		return nil
	}
	r := marksReader{rest: []byte(b[1:]), ok: b[0] == marksVersion}
	for n := r.number(); n > 0 && r.ok; n-- {
		m.Runs = append(m.Runs, MarkRun{uint32(r.number()), uint32(r.number()), r.number()})
	}
	for r.ok && len(r.rest) > 0 {
		uid, n := uint32(r.number()), r.number()
		if !r.ok || n > uint64(len(r.rest)) {
			return ErrMarks
		}
		m.Deleted = append(m.Deleted, At{string(r.rest[:n]), uid})
		r.rest = r.rest[n:]
	}
	if !r.ok {
		return ErrMarks
	}
	return nil
}

// marksReader reads numbers until one is none.
type marksReader struct {
	rest []byte
	ok   bool
}

func (r *marksReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || !r.ok {
		r.ok = false
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
