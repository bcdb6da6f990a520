package bolt

import (
	"encoding/binary"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// The format of bbolt's pages: internal/common/page.go and bucket.go of bbolt v1.5.0.
const (
	pageHead    = 16 // id, flags, count, overflow
	pageElement = 16 // of a branch: position, key size, page; of a leaf: flags, position, key size, value size
	bucketHead  = 16 // root page, sequence

	branchPage = 0x01
	leafPage   = 0x02
	isBucket   = 0x01 // flag of an element of a leaf

	firstPage = 2 // those before are the meta pages
)

// pages reads the pages of a database as bytes, and says where they lead to what cannot be.
//
// Workaround: bbolt v1.5.0 follows what it reads through pointers. Damage leads it out of
// the file or into other memory, which can end the process, and round for ever where a page
// leads back (TestPowerCutCatches, TestCheckEndsInLoop). What pages finds nothing in is safe to follow.
type pages struct {
	file *os.File
	size int64    // of a page
	end  uint64   // the first page that is not in the file
	seen []uint64 // a bit for each page that something leads to
}

// soundPages reads every page of the buckets that want chooses. Nothing may be committed meanwhile.
func soundPages(tx *bolt.Tx, want func(name string) bool) error {
	f, err := os.Open(tx.DB().Path())
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: %d of %d bytes are there", errDamaged, info.Size(), tx.Size())
	}
	p := &pages{file: f, size: int64(tx.DB().Info().PageSize)}
	p.end = uint64(tx.Size() / p.size)
	p.seen = make([]uint64, p.end/64+1)
	return p.tree(uint64(tx.Cursor().Bucket().Root()), func(name, value []byte, flags uint32) error {
		switch {
		case flags&isBucket == 0:
			return fmt.Errorf("%w: a row where a bucket must be", errDamaged)
		case !want(string(name)):
			return nil
		}
		if err := p.bucket(value); err != nil {
			return fmt.Errorf("%.20q: %w", name, err)
		}
		return nil
	})
}

// bucket reads a bucket of rows.
func (p *pages) bucket(value []byte) error {
	if len(value) < bucketHead {
		return fmt.Errorf("%w: a bucket of %d bytes", errDamaged, len(value))
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return p.tree(root, row)
	}
	return leaf(value[bucketHead:], row) // a small one stands within its parent
}

// row takes an element of a leaf that is a row.
func row(_, _ []byte, flags uint32) error {
	if flags&isBucket != 0 {
		return fmt.Errorf("%w: a bucket where a row must be", errDamaged)
	}
	return nil
}

// each takes an element of a leaf.
type each func(key, value []byte, flags uint32) error

// tree reads a page and those that it leads to.
func (p *pages) tree(id uint64, take each) error {
	b, err := p.page(id)
	if err != nil {
		return err
	}
	if binary.NativeEndian.Uint16(b[8:]) == leafPage {
		if err := leaf(b, take); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		return nil
	}
	elements, err := elements(b, branchPage)
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	if len(elements) == 0 {
		return fmt.Errorf("page %d: %w: it leads to no page", id, errDamaged)
	}
	for at := pageHead; at < pageHead+len(elements); at += pageElement {
		e := b[at:]
		if _, err := within(e, binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		if err := p.tree(binary.NativeEndian.Uint64(e[8:]), take); err != nil {
			return err
		}
	}
	return nil
}

// page reads a page with those that overflow from it. Each may be led to once.
func (p *pages) page(id uint64) ([]byte, error) {
	if id < firstPage || id >= p.end {
		return nil, fmt.Errorf("%w: it leads to page %d of %d", errDamaged, id, p.end)
	}
	b := make([]byte, p.size)
	if _, err := p.file.ReadAt(b, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	over := uint64(binary.NativeEndian.Uint32(b[12:]))
	if is := binary.NativeEndian.Uint64(b); is != id || over >= p.end-id {
		return nil, fmt.Errorf("%w: page %d says that it is page %d and %d more", errDamaged, id, is, over)
	}
	for n := id; n <= id+over; n++ {
		if p.seen[n/64]&(1<<(n%64)) != 0 {
			return nil, fmt.Errorf("%w: page %d is led to twice", errDamaged, n)
		}
		p.seen[n/64] |= 1 << (n % 64)
	}
	if over == 0 {
		return b, nil
	}
	b = make([]byte, (1+int64(over))*p.size)
	if _, err := p.file.ReadAt(b, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return b, nil
}

// leaf reads the rows of a page.
func leaf(b []byte, take each) error {
	elements, err := elements(b, leafPage)
	if err != nil {
		return err
	}
	for at := pageHead; at < pageHead+len(elements); at += pageElement {
		e := b[at:]
		pos, key, value := binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
		all, err := within(e, pos, key, value)
		if err != nil {
			return err
		}
		if err := take(all[:key], all[key:], binary.NativeEndian.Uint32(e)); err != nil {
			return err
		}
	}
	return nil
}

// elements are the bytes of a page's elements.
func elements(b []byte, flags uint16) ([]byte, error) {
	if len(b) < pageHead {
		return nil, fmt.Errorf("%w: a page of %d bytes", errDamaged, len(b))
	}
	is, n := binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:]))
	if is != flags || pageHead+n*pageElement > len(b) {
		return nil, fmt.Errorf("%w: it has the flags %x and %d elements", errDamaged, is, n)
	}
	return b[pageHead : pageHead+n*pageElement], nil
}

// within are the bytes that an element leads to, which begins with b.
func within(b []byte, pos uint32, sizes ...uint32) ([]byte, error) {
	end := uint64(pos)
	for _, n := range sizes {
		end += uint64(n)
	}
	if pos < pageElement || end > uint64(len(b)) {
		return nil, fmt.Errorf("%w: an element leads to %d of %d bytes", errDamaged, end, len(b))
	}
	return b[pos:end], nil
}
