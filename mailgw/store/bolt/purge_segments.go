package bolt

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/store"
)

// How much of a segment is written before its places are moved, how many rows one
// commit moves, and how long a pause is at most: after each piece the disk is left to
// others for as long as the piece took. A sync of much at once holds up theirs.
const (
	purgeBytes = 1 << 20
	purgeRows  = 256
	purgePause = 100 * time.Millisecond
)

// seal runs in the committer. New mail goes to segments with numbers above those
// that are kept free for what is written anew. Bytes behind a segment's end, of
// updates that failed, are cut off.
func (p *purge) seal() error {
	g := p.s.segments
	if p.opened != p.s.opened {
		return errReopened
	}
	p.sealed, p.before, p.raised = maps.Clone(g.ends), g.bad, g.bad
	if len(p.sealed) == 0 {
		return nil
	}
	if err := g.close(); err != nil {
		return storageError(err)
	}
	top, total := max(g.bad, g.num), int64(0)
	for n, end := range p.sealed {
		top, total = max(top, n), total+end
		path := filepath.Join(g.dir, segmentName(n))
		if info, err := os.Stat(path); err == nil && info.Size() > end {
			if err := cutOff(path, end); err != nil {
				return storageError(err)
			}
		}
	}
	p.out = newSegments(g.dir, g.max, map[uint32]int64{})
	p.out.open, p.out.bad = g.open, top
	// Each file but the last is as long as total/max asks for, or longer.
	g.bad = top + uint32(total/g.max) + 2
	p.raised = g.bad
	return nil
}

// unseal runs in the committer. When nothing was written anew nor begun since, the
// last segment goes on: a Purge that finds nothing must not leave a short one. The
// numbers of those that are still to be removed are not given again.
func (p *purge) unseal(unnamed []uint32) {
	g := p.s.segments
	if p.opened != p.s.opened || g.file != nil || p.out == nil || p.out.file != nil {
		return
	}
	for n := range g.ends {
		if n > p.raised {
			return
		}
	}
	if len(unnamed) == 0 || slices.Max(unnamed) <= p.before {
		g.bad = p.before
	}
}

// segments writes those anew that have dead bytes.
func (p *purge) segments() error {
	live := map[uint32]int64{}
	err := p.records(func(r record) { live[r.at.Segment] += r.length() })
	var dead []uint32
	for n, end := range p.sealed {
		if live[n] != end {
			dead = append(dead, n)
		}
	}
	slices.Sort(dead)
	var all []record
	if err == nil && len(dead) > 0 {
		err = p.records(func(r record) {
			if _, ok := slices.BinarySearch(dead, r.at.Segment); ok {
				all = append(all, r)
			}
		})
	}
	if err != nil {
		if errors.Is(err, errDamaged) { // whose bytes a row names is not known: nothing is given up
			p.left = append(p.left, fmt.Errorf("raw mails are not purged: %w", err))
			return p.removeUnnamed()
		}
		return err
	}
	slices.SortFunc(all, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.at.Segment, b.at.Segment), cmp.Compare(a.at.Offset, b.at.Offset))
	})
	for i, n := range dead {
		p.tell("raw mails", uint64(i), uint64(len(dead)))
		of := 0
		for of < len(all) && all[of].at.Segment == n {
			of++
		}
		if err := p.rewrite(n, all[:of]); err != nil {
			return err
		}
		all = all[of:]
	}
	return p.removeUnnamed()
}

// rewrite writes a segment's records anew, and gives up the segment. When one cannot
// be read, it stays.
func (p *purge) rewrite(n uint32, records []record) error {
	live := int64(0)
	for len(records) > 0 {
		begun := time.Now()
		moves, err := p.copy(records)
		if err == nil {
			p.passed("copied")
			err = p.move(moves)
		}
		if errors.Is(err, errUnreadable) {
			p.left = append(p.left, fmt.Errorf("%s is not purged: %w", segmentName(n), err))
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range moves {
			live += m.length()
		}
		records = records[len(moves):]
		time.Sleep(min(time.Since(begun), purgePause))
	}
	err := p.update(func(t *tx) error {
		t.wrote = true
		t.s.segments.gone[n] = true
		return nil
	})
	if err != nil {
		return err
	}
	p.passed("dropped")
	p.rep.Segments++
	p.rep.Copied += live
	p.rep.Dead += max(0, p.sealed[n]-live)
	if p.s.views.wait(p.s.views.now(), 0) { // else at the end
		return p.remove([]uint32{n})
	}
	return nil
}

// errUnreadable says that what lives on cannot be read.
var errUnreadable = errors.New("a mail in it cannot be read")

// copy writes the first records to the segments that come instead, and syncs them.
func (p *purge) copy(records []record) ([]move, error) {
	var moves []move
	for size := int64(0); len(moves) < len(records) && size < purgeBytes; {
		r := records[len(moves)]
		b, err := readPlace(p.s.o.Dir, r.at)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		to, err := p.out.record(r.line(b), b)
		if err != nil {
			return nil, storageError(err)
		}
		if to.Segment > p.raised {
			return nil, errors.New("store: more was written anew than there was")
		}
		moves = append(moves, move{r, to})
		size += r.length()
	}
	if err := p.out.sync(); err != nil {
		return nil, storageError(err)
	}
	return moves, nil
}

// move moves places, few in each commit.
func (p *purge) move(moves []move) error {
	for at := (mover{moves: moves}); len(at.moves) > 0; {
		var next mover
		err := p.update(func(t *tx) (err error) {
			t.wrote = true
			maps.Copy(t.s.segments.fresh, p.out.fresh)
			next, err = at.some(t)
			return err
		})
		if err != nil {
			return err
		}
		at = next
		p.passed("moved")
	}
	p.out.commit()
	return nil
}

// removeUnnamed removes the segments that no commit names any more, once no View does.
func (p *purge) removeUnnamed() error {
	var unnamed []uint32
	err := p.alone(func() (err error) {
		if unnamed, err = p.s.segments.unnamed(); err == nil {
			p.unseal(unnamed)
		}
		return err
	})
	if err != nil || len(unnamed) == 0 {
		return err
	}
	p.tell("waiting for readers", 0, 1)
	if err := p.waitForViews(); err != nil {
		return err
	}
	return p.remove(unnamed)
}

// unnamed returns the segments that the database does not know. Those that are
// still to be written are left out.
func (s *segments) unnamed() ([]uint32, error) {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, storageError(err)
	}
	var out []uint32
	for _, f := range files {
		n, err := strconv.ParseUint(strings.TrimSuffix(f.Name(), ".seg"), 10, 32)
		if err != nil || segmentName(uint32(n)) != f.Name() || uint32(n) > s.bad {
			continue
		}
		if _, known := s.ends[uint32(n)]; !known {
			out = append(out, uint32(n))
		}
	}
	return out, nil
}

// remove removes files, durably.
func (p *purge) remove(segments []uint32) error {
	dir := filepath.Join(p.s.o.Dir, segmentDir)
	for _, n := range segments {
		if err := os.Remove(filepath.Join(dir, segmentName(n))); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove segment: %w", storageError(err))
		}
		p.passed("removed")
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("sync segment folder: %w", storageError(err))
	}
	return nil
}

// records calls fn for each record that rows name in the sealed segments, once. It
// looks in many short Views: meanwhile records die, but none comes.
func (p *purge) records(fn func(record)) error {
	w := walker{sealed: p.sealed, fn: fn}
	for in := inRaw; ; {
		more := true
		err := p.s.View(func(r store.Reader) (err error) {
			more, err = w.some(r.(*reader), in)
			return err
		})
		if err == nil && p.s.queue.isClosed() {
			err = store.ErrClosed
		}
		switch {
		case err != nil:
			return err
		case more:
		case in == inRaw:
			in, w.from = inFile, nil
		default:
			return nil
		}
	}
}
