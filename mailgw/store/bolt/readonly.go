package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"supportgw/mailgw/store"
)

// ErrReadOnly is returned by Update of a store that was opened to be read.
var ErrReadOnly = errors.New("store: opened to be read only")

// ReadOnly is a data folder that is looked at and not written to: nothing in it is
// made, synced or swept. While it is open, no Store can open the folder.
type ReadOnly struct {
	db   *bolt.DB
	dir  string
	lock *os.File
}

// OpenToRead opens a data folder that is there. It returns store.ErrLocked when another
// process has it open, and an error for one that an earlier version left: that must be
// written to first.
func OpenToRead(dir string) (*ReadOnly, error) {
	dir = filepath.Clean(dir)
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	db, err := openBolt(filepath.Join(dir, fileName), &bolt.Options{Timeout: lockWait, NoStatistics: true, ReadOnly: true})
	if errors.Is(err, berrors.ErrTimeout) {
		err = store.ErrLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), lock.Close())
	}
	err = db.View(func(tx *bolt.Tx) error {
		if err := checkFormat(tx); err != nil {
			return err
		}
		for _, in := range laterBuckets {
			if tx.Bucket([]byte(bucketNames[in])) == nil {
				return fmt.Errorf("the database is of an earlier version: it lacks the bucket %q; start the gateway once (mailgw serve)", bucketNames[in])
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close(), lock.Close())
	}
	return &ReadOnly{db: db, dir: dir, lock: lock}, nil
}

// View runs fn on the last commit. See store.Store.
func (s *ReadOnly) View(fn func(store.Reader) error) error {
	return s.db.View(func(tx *bolt.Tx) error { return fn(&reader{tx: tx, dir: s.dir}) })
}

// Update returns ErrReadOnly.
func (s *ReadOnly) Update(store.Class, func(store.Tx) error) error { return ErrReadOnly }

// Close lets others open the folder. It must be called once.
func (s *ReadOnly) Close() error { return errors.Join(s.db.Close(), s.lock.Close()) }
