package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"supportgw/mailgw/store"
)

// purgeKey is the name in the bucket meta that stands there while a Purge has not
// ended: what an earlier one wrote may then look as if it were on the disk, and is
// written again.
const purgeKey = "purge"

// errReopened ends a Purge during which the storage failed: the files that it was
// writing are gone.
var errReopened = fmt.Errorf("%w: it failed during the purge, which is to be started again", store.ErrUnavailable)

// purge is one Purge. What the committer must not change meanwhile is done by
// requests to it, all short; the rest beside it.
type purge struct {
	s      *Store
	step   func(what string, done, of uint64)
	rep    store.PurgeReport
	left   []error // what could not be read
	again  bool    // an earlier one has not ended
	opened uint64  // the opening of the database in which this one began

	sealed map[uint32]int64 // the segments that there were, with their ends; nothing is appended to them
	before uint32           // of the committer's bad, before it was raised
	raised uint32           // and after
	out    *segments        // where what lives on is written
}

// Purge removes what is dead from all files. See store.Purger.
//
// Segments with dead bytes are written anew under other numbers, then all places in
// them are moved, in commits as any other, then their files are removed. Pages of
// the database that no state needs are overwritten with zeros. A crash leaves files
// that no commit names, which opening sweeps, or old segments, which the next Purge
// finds; and pages that hold what they held.
func (s *Store) Purge(step func(what string, done, of uint64)) (store.PurgeReport, error) {
	s.purging.Lock()
	defer s.purging.Unlock()
	p := &purge{s: s, step: step}
	err := p.run()
	return p.rep, errors.Join(append(p.left, err)...)
}

func (p *purge) run() error {
	if err := p.begin(); err != nil {
		return err
	}
	err := p.segments()
	if p.out != nil {
		err = errors.Join(err, p.out.close())
	}
	if err == nil {
		err = p.pages()
	}
	if err != nil {
		return err
	}
	return p.update(func(t *tx) error { return t.delete(inMeta, []byte(purgeKey)) })
}

// begin notes that a Purge has begun, and sees to it that nothing is appended to
// the segments that there are.
func (p *purge) begin() error {
	if err := p.removeHalfMade(); err != nil {
		return err
	}
	err := p.update(func(t *tx) error {
		p.again = t.bucket(inMeta).Get([]byte(purgeKey)) != nil
		return t.putBytes(inMeta, []byte(purgeKey), []byte("begun"))
	})
	if err != nil {
		return err
	}
	p.passed("begun")
	return p.alone(p.seal)
}

// removeHalfMade removes what is left of the very first opening, when that was cut short.
func (p *purge) removeHalfMade() error {
	err := os.Remove(filepath.Join(p.s.o.Dir, fileName+".new"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(p.s.o.Dir)
	}
	if err != nil {
		return fmt.Errorf("remove half-made database: %w", storageError(err))
	}
	return nil
}

// update runs fn in a commit, which may not be that of another opening of the
// database than the first one's.
func (p *purge) update(fn func(*tx) error) error {
	var from time.Time
	err := p.s.Update(store.Background, func(x store.Tx) error {
		if from.IsZero() {
			from = time.Now()
		}
		if p.opened == 0 {
			p.opened = p.s.opened
		}
		if p.opened != p.s.opened {
			return errReopened
		}
		return fn(x.(*tx))
	})
	if !from.IsZero() {
		p.held(time.Since(from))
	}
	return err
}

// alone runs fn in the committer, between two commits.
func (p *purge) alone(fn func() error) error {
	return p.s.alone(func() error {
		from := time.Now()
		defer func() { p.held(time.Since(from)) }()
		return fn()
	})
}

// held notes how long arriving mail had to wait at most. The committer calls it
// while run waits for the committer.
func (p *purge) held(d time.Duration) {
	p.rep.LongestHold = max(p.rep.LongestHold, d)
}

func (p *purge) tell(what string, done, of uint64) {
	if p.step != nil {
		p.step(what, done, of)
	}
}

// passed tells tests which step was made.
func (p *purge) passed(step string) {
	if p.s.o.faults.purgeAt != nil {
		p.s.o.faults.purgeAt(step)
	}
}

// waitForViews waits until no View reads a state before the last commit, or returns
// an error with store.ErrViewOpen.
func (p *purge) waitForViews() error {
	if !p.s.views.wait(p.s.views.now(), p.s.o.PurgeWait) {
		return fmt.Errorf("%w, in %s", store.ErrViewOpen, p.s.o.PurgeWait)
	}
	return nil
}
