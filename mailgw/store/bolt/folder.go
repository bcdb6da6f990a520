package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
)

// lockFolder takes the data folder for this process, as long as the file is open.
// bbolt's own lock is not enough: it is let go while a failed commit is taken back.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	for begun := time.Now(); ; time.Sleep(lockWait / 40) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if errors.Is(err, syscall.EWOULDBLOCK) && time.Since(begun) < lockWait {
			continue
		}
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = store.ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), f.Close())
	}
}

// create makes the database under another name, syncs it, and only then gives
// it its name: a power cut during bbolt's very first initialisation would leave a
// file that it cannot open.
func (s *Store) create() error {
	path := filepath.Join(s.o.Dir, fileName)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove half-made database: %w", err)
	}
	db, err := bolt.Open(fresh, 0o600, s.o.bolt())
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, n := range bucketNames {
			if _, err := tx.CreateBucket([]byte(n)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketNames[inMeta])).Put([]byte(formatKey), []byte(format))
	})
	if err = errors.Join(err, db.Sync(), db.Close()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// readAtOpen reports whether a bucket is read before anybody asks for a row.
func readAtOpen(name string) bool {
	return name == bucketNames[inMeta] || name == bucketNames[inSegment]
}

// addLaterBuckets refuses a database that this program does not know, and makes in
// one commit what an earlier version's one lacks.
func addLaterBuckets(db *bolt.DB) error {
	lacks := false
	err := db.View(func(tx *bolt.Tx) error {
		if err := soundPages(tx, readAtOpen); err != nil {
			return err
		}
		if err := checkFormat(tx); err != nil {
			return err
		}
		for _, in := range laterBuckets {
			lacks = lacks || tx.Bucket([]byte(bucketNames[in])) == nil
		}
		return nil
	})
	if err != nil || !lacks {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, in := range laterBuckets {
			missing := tx.Bucket([]byte(bucketNames[in])) == nil
			b, err := tx.CreateBucketIfNotExists([]byte(bucketNames[in]))
			if err == nil && missing && in == inOpen {
				err = findOpen(tx, b)
			}
			if err == nil && missing && in == inLoad {
				err = findLoad(tx, b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add buckets to the database: %w", err)
	}
	return nil
}

// bolt returns how bbolt is opened.
func (o *Options) bolt() *bolt.Options {
	b := &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoStatistics: true, NoSync: o.faults.noSync}
	// Elsewhere the file itself grows to the map's size, or the address space is too small.
	if runtime.GOOS == "linux" && strconv.IntSize == 64 && !o.faults.smallMap {
		size := int64(mapBytes)
		b.InitialMmapSize = int(size)
	}
	return b
}

// makeFolder makes a folder and those above it that are missing, each with a durable name.
func makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
