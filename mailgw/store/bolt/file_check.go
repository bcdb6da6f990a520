package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"supportgw/mailgw/ticket"
)

// checkFiles looks for files of mails that have no row, for rows of no mail, and
// for bytes that are not those of their hash. What a mail as a whole must be,
// store.Verify knows.
func checkFiles(r *reader) []error {
	var found []error
	note := func(format string, args ...any) bool {
		found = append(found, fmt.Errorf(format, args...))
		return len(found) < maxFindings
	}
	c := r.bucket(inRaw).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := r.hasRows(k, v); err != nil && !note("raw mail %x: %w", k, err) {
			return found
		}
	}
	ends, err := segmentEnds(r.tx)
	if err != nil {
		return append(found, err)
	}
	// Rows of one file follow on each other: its bytes are read once.
	var last struct {
		sum   []byte
		place place
	}
	c = r.bucket(inFile).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		at, err := r.namedFile(k, v)
		if err == nil && (!bytes.HasPrefix(k, last.sum) || at != last.place || last.sum == nil) {
			if err = r.isOf(at, ends, k[:sha256.Size]); err == nil {
				last.sum, last.place = k[:sha256.Size], at
			}
		}
		if err != nil && !note("attached file %x: %w", k, err) {
			return found
		}
	}
	return found
}

// hasRows returns an error unless each file of a mail has its row.
func (r *reader) hasRows(k, v []byte) error {
	p, err := decodePieces(v)
	if err != nil || len(p.Files) == 0 {
		return err
	}
	if len(k) != 8 {
		return errDamaged
	}
	for _, f := range p.Files {
		if _, err := r.filePlace(f, ticket.ID(binary.BigEndian.Uint64(k))); err != nil {
			return err
		}
	}
	return nil
}

// namedFile reads a row, whose mail must have the file.
func (r *reader) namedFile(k, v []byte) (at place, err error) {
	if len(k) != fileLength {
		return at, fmt.Errorf("%w: a key of %d bytes", errDamaged, len(k))
	}
	if err := decode(v, &at); err != nil {
		return at, err
	}
	p, err := decodePieces(r.bucket(inRaw).Get(k[sha256.Size:]))
	if err == nil && !slices.ContainsFunc(p.Files, func(f piece) bool { return bytes.Equal(f.Sum[:], k[:sha256.Size]) }) {
		err = fmt.Errorf("%w: no mail has it", errDamaged)
	}
	return at, err
}

// isOf returns an error unless the bytes at a place were committed and have a hash.
func (r *reader) isOf(at place, ends map[uint32]int64, want []byte) error {
	if at.Offset > ends[at.Segment]-int64(at.Size) {
		return fmt.Errorf("%w: %d bytes at %d, behind the end of segment %d", errDamaged, at.Size, at.Offset, at.Segment)
	}
	f, err := openPlace(r.dir, at)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, at.Offset, int64(at.Size))); err != nil {
		return fmt.Errorf("read attached file: %w", err)
	}
	if !bytes.Equal(h.Sum(nil), want) {
		return fmt.Errorf("%w: its bytes have another hash", errDamaged)
	}
	return nil
}
