package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/store/storetest/powercut"
)

// childEnv makes the test binary a child that runs a workload, as its value says.
const childEnv = "MAILGW_STORE_CHILD"

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		if err := runChild(spec); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// workload says what a child does.
type workload struct {
	Dir     string
	Writers uint64 // goroutines; writer g writes the updates g+1, g+1+Writers, ...
	Updates uint64 // the last one's number
	KillAt  int64  // SIGKILL itself when so many were acknowledged; 0 = never
	Fault   string // "", "no sync" or "raw not synced"
	Opens   bool   // only open the store, and say how long that took
	Check   bool   // read everything back before the end, and die by SIGKILL
	DieAt   string // SIGKILL itself at the so manieth of a step of a Purge, as "moved 3"
	Erases  bool   // some updates erase a mail, and the store is purged all the while
}

func (w workload) options() Options {
	o := small(w.Dir)
	o.faults.smallMap = true
	o.faults.purgeAt = w.purgeAt()
	switch w.Fault {
	case "no sync":
		o.faults.noSync = true
	case "raw not synced":
		o.faults.openSegment = func(path string) (segmentFile, error) {
			f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
			return neverSynced{f}, err
		}
	}
	return o
}

// neverSynced is a segment whose sync does nothing.
type neverSynced struct{ *os.File }

func (neverSynced) Sync() error { return nil }

// shelves are those on which mails come, movedShelf is that to which every third of them goes.
var shelves = []string{"t\x1fsupport\x1factive\x1f", "t\x1fsupport\x1factive\x1fanna@example.com", "t\x1fsales\x1factive\x1f"}

const movedShelf = "t\x1fsupport\x1fsolved\x1f"

// mail is what update n adds.
func (w workload) mail(n uint64) storetest.Mail {
	size := []int{300, 900, 1500, 5000, 9000}[n%5]
	if n%35 == 0 {
		size = 30000
	}
	return storetest.Mail{N: n, RawSize: size, Rows: int(n % 3), Promise: n%2 == 0, Drawer: n%3 == 1, Clues: int(n % 4), Shelf: shelves[n%uint64(len(shelves))], Files: int(n%5*(n%2)) % 4}
}

// doomed is a mail that is written and undone before update n.
func (w workload) doomed(n uint64) storetest.Mail {
	return storetest.Mail{N: n + 1<<20, RawSize: 2500, Rows: 1, Clues: 2, Files: 2, Shelf: shelves[0]}
}

// moved is where update n moves the first row of its writer's update before it, if it does not delete it.
func (w workload) moved(n uint64) time.Time { return time.Unix(1800000000+int64(n), 0) }

// movedLane is the lane of a row that was moved.
const movedLane = "moved.example"

// put is update n: it adds a mail, and deletes or moves a row and the drawer item of an earlier one.
func (w workload) put(tx store.Tx, n uint64) error {
	if _, err := w.mail(n).Put(tx); err != nil || n <= w.Writers {
		return err
	}
	before := w.mail(n - w.Writers)
	if n%3 == 0 {
		if err := before.Move(tx, movedShelf); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	o, err := tx.Outgoing(before.RowID(0))
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case n%2 == 0:
		err = tx.DeleteOutgoing(o.ID)
	default:
		o.NextAt, o.Attempts, o.Lane = w.moved(n), 9, movedLane
		err = tx.PutOutgoing(&o)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	d, err := tx.DrawerItem(before.ID())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case n%2 == 1:
		return tx.DeleteDrawerItem(d.ID)
	}
	d.ListedAt, d.DueAt = w.moved(n), w.moved(n+1)
	return tx.PutDrawerItem(&d)
}

// runChild runs a workload. It says on standard output, in one write each, which
// updates returned nil ("ACK n") and which failed ("FAIL n").
func runChild(spec string) error {
	var w workload
	if err := json.Unmarshal([]byte(spec), &w); err != nil {
		return err
	}
	if w.Opens {
		return w.sayOpening()
	}
	s, err := Open(w.options())
	if err != nil {
		return err
	}
	var (
		wg    sync.WaitGroup
		acked atomic.Int64
		done  = make([]bool, w.Updates+1)
	)
	for g := range w.Writers {
		wg.Go(func() {
			for n := g + 1; n <= w.Updates; n += w.Writers {
				if s.View(func(r store.Reader) error { _, err := r.Receipt(w.mail(n).ID()); return err }) == nil {
					continue // from the run before
				}
				if n%7 == 0 {
					_ = s.Update(store.Background, func(tx store.Tx) error {
						_, err := w.doomed(n).Put(tx)
						return errors.Join(err, errors.New("doomed"))
					})
				}
				if err := s.Update(store.Class(n%2), func(tx store.Tx) error { return errors.Join(w.put(tx, n), w.erase(tx, n)) }); err != nil {
					fmt.Printf("FAIL %d %v\n", n, err)
					w.absent(s, n)
					recovered(s)
					continue
				}
				done[n] = true
				fmt.Printf("ACK %d\n", n)
				if acked.Add(1) == w.KillAt {
					die()
				}
			}
		})
	}
	stop := w.purgeOften(s)
	wg.Wait()
	stop()
	if w.Check {
		if errs := s.Check(); len(errs) > 0 {
			return errs[0]
		}
		err := s.View(func(r store.Reader) error { return w.verify(r, func(n uint64) bool { return done[n] }, true) })
		if err != nil {
			return err
		}
		fmt.Printf("CHECKED %d\n", acked.Load())
		die()
	}
	return s.Close()
}

// absent waits until the store can be read again, and sees that a failed update left nothing.
func (w workload) absent(s *Store, n uint64) {
	for {
		err := s.View(w.mail(n).Absent)
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) {
			fmt.Fprintln(os.Stderr, "child: a failed update is visible:", err)
			os.Exit(1)
		}
		time.Sleep(time.Millisecond)
	}
}

// recovered waits until the store takes updates again.
func recovered(s *Store) {
	for s.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta("again", []byte("yes")) }) != nil {
		time.Sleep(time.Millisecond)
	}
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// Errors of verify.
var (
	errLost = errors.New("LOST")
	errHalf = errors.New("HALF")
)

// verify says whether a store is what the workload may have left: with exact, each
// update that is acknowledged and no other; else each acknowledged one, and each
// other wholly or not at all.
func (w workload) verify(r store.Reader, acked func(n uint64) bool, exact bool) error {
	rep, err := store.Verify(r, nil)
	if err != nil || len(rep.Problems) > 0 {
		return fmt.Errorf("%w: verify: %w %q", errHalf, err, rep.Problems)
	}
	there := make([]bool, w.Updates+1)
	tickets := uint64(0)
	for n := uint64(1); n <= w.Updates; n++ {
		rc, err := w.present(r, n)
		switch {
		case err == nil:
			there[n] = true
			tickets++
			if exact && !acked(n) {
				return fmt.Errorf("%w: update %d failed, and is there", errHalf, n)
			}
			if !exact && n > w.Writers && !there[n-w.Writers] {
				return fmt.Errorf("%w: update %d is there, its writer's one before is not", errLost, n)
			}
		case acked(n):
			return fmt.Errorf("%w: %w", errLost, err)
		default:
			if err := w.mail(n).Absent(r); err != nil {
				return fmt.Errorf("%w: %w", errHalf, err)
			}
		}
		if there[n] && rc.Ticket > w.Updates {
			return fmt.Errorf("%w: ticket number %d", errHalf, rc.Ticket)
		}
		if n%7 == 0 {
			if err := w.doomed(n).Absent(r); err != nil {
				return fmt.Errorf("%w: %w", errHalf, err)
			}
		}
	}
	if rep.Tickets != tickets || rep.Receipts != tickets {
		return fmt.Errorf("%w: %d tickets and %d receipts of %d mails", errHalf, rep.Tickets, rep.Receipts, tickets)
	}
	if _, err := r.Ticket(tickets); tickets > 0 && err != nil {
		return fmt.Errorf("%w: the numbers have a gap", errHalf)
	}
	return errors.Join(w.verifyRows(r, there), w.verifyDrawers(r, there), w.verifyPlaces(r, there, rep.Places))
}

// verifyPlaces sees that each mail stands where the updates that are there left it, that
// each of them was counted, and that no UID was lost.
func (w workload) verifyPlaces(r store.Reader, there []bool, places uint64) error {
	var mails, uids uint64
	for n := uint64(1); n <= w.Updates; n++ {
		if !there[n] {
			continue
		}
		mails++
		uids++
		if n > w.Writers && n%3 == 0 && there[n-w.Writers] {
			uids++
		}
		want, next := w.mail(n).Shelf, n+w.Writers
		if next <= w.Updates && there[next] && next%3 == 0 {
			want = movedShelf
		}
		if on, err := w.mail(n).StandsOn(r); err != nil || on != want {
			return fmt.Errorf("%w: mail %d stands on %q, must be on %q: %w", errHalf, n, on, want, err)
		}
	}
	version, err := r.PlaceVersion()
	last, err2 := r.LastUID()
	if err := errors.Join(err, err2); err != nil || places != mails || version != mails || uint64(last) != uids {
		return fmt.Errorf("%w: %d mails in %d places, version %d, last UID %d of %d: %w", errHalf, mails, places, version, last, uids, err)
	}
	return nil
}

// verifyDrawers sees that each drawer item is as the updates that are there left it.
func (w workload) verifyDrawers(r store.Reader, there []bool) error {
	for n := uint64(1); n <= w.Updates; n++ {
		if !there[n] || !w.mail(n).Drawer || w.isErased(n, there) {
			continue
		}
		d, err := r.DrawerItem(w.mail(n).ID())
		next := n + w.Writers
		changed := next <= w.Updates && there[next]
		switch {
		case changed && next%2 == 1:
			if !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%w: the drawer item of %d should be deleted: %w", errHalf, n, err)
			}
		case err != nil:
			return fmt.Errorf("%w: drawer item of %d: %w", errLost, n, err)
		case changed == d.ListedAt.IsZero() || changed && !d.DueAt.Equal(w.moved(next+1)):
			return fmt.Errorf("%w: the drawer item of %d was listed at %s and is due at %s", errHalf, n, d.ListedAt, d.DueAt)
		}
	}
	return nil
}

// verifyRows sees that each row is as the updates that are there left it.
func (w workload) verifyRows(r store.Reader, there []bool) error {
	for n := uint64(1); n <= w.Updates; n++ {
		for i := range w.mail(n).Rows {
			o, err := r.Outgoing(w.mail(n).RowID(i))
			next := n + w.Writers
			changed := i == 0 && next <= w.Updates && there[next]
			switch {
			case !there[n]:
				continue
			case w.isErased(n, there):
				if !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%w: row %d of the erased %d is there: %w", errHalf, i, n, err)
				}
			case changed && next%2 == 0:
				if !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%w: row %d of %d should be deleted: %w", errHalf, i, n, err)
				}
			case err != nil:
				return fmt.Errorf("%w: row %d of %d: %w", errLost, i, n, err)
			case changed != (o.Attempts == 9) || changed != (o.Lane == movedLane) || changed && !o.NextAt.Equal(w.moved(next)):
				return fmt.Errorf("%w: row %d of %d is due at %s after %d attempts", errHalf, i, n, o.NextAt, o.Attempts)
			}
		}
	}
	return nil
}

// verifyDisk opens the store in dir, and says whether it is what the workload may have left. Then it goes on writing.
func (w workload) verifyDisk(dir string, acked func(n uint64) bool, exact bool) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // pages may lead anywhere
	defer func() {
		if p := recover(); p != nil { // bbolt asserts what it reads
			err = fmt.Errorf("%w: panic: %v", errHalf, p)
		}
	}()
	w.Dir = dir
	s, err := Open(w.options())
	if err != nil {
		return fmt.Errorf("%w: it does not open: %w", errLost, err)
	}
	defer s.Close()
	if errs := s.Check(); len(errs) > 0 {
		return fmt.Errorf("%w: %w", errHalf, errors.Join(errs...))
	}
	if err := s.View(func(r store.Reader) error { return w.verify(r, acked, exact) }); err != nil {
		return err
	}
	if err := w.purgeAgain(s); err != nil {
		return err
	}
	more := storetest.Mail{N: 1 << 30, RawSize: 3000, Rows: 1, Files: 1, Shelf: shelves[0]}
	if err := s.Update(store.Intake, func(tx store.Tx) error { _, err := more.Put(tx); return err }); err != nil {
		return fmt.Errorf("it does not go on: %w", err)
	}
	return s.View(func(r store.Reader) error { _, err := more.Present(r); return err })
}

// straced runs the workload in a child under strace and returns where the trace is.
func (w workload) straced(t testing.TB, flags ...string) (trace string, stdout []byte, err error) {
	t.Helper()
	trace = filepath.Join(t.TempDir(), "trace")
	spec, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("strace", append(append(powercut.Flags(), flags...), "-o", trace, os.Args[0])...)
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	stdout, err = cmd.Output()
	return trace, stdout, err
}

// needStrace skips the test, loudly, where nothing can be traced.
func needStrace(t testing.TB) {
	t.Helper()
	if out, err := exec.Command("strace", append(powercut.Flags(), "-o", os.DevNull, "true")...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, DURABILITY IS NOT TESTED: strace does not run here: %v %s", err, out)
	}
}

// put writes one mail.
func put(s *Store, m storetest.Mail) error {
	return s.Update(store.Intake, func(tx store.Tx) error { _, err := m.Put(tx); return err })
}
