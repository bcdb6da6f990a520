// Package search finds tickets by words, and tickets that were about something like
// another one. It keeps an inverted index (bleve's scorch) in a folder of its own.
//
// The index is derived: whoever has the tickets can make it again, and everything in
// it may be gone after a crash. So it never waits for the disk, and each document has a
// stamp by which its owner sees whether it is the newest ([Index.Stamps]). It holds
// words without their order and no text; what is shown comes from the tickets.
//
// It decides nothing about who may see what, and reads no tickets: documents are
// handed to it. All methods of an Index may be called from many goroutines. An index
// that cannot be read, or that another version made, is removed when it is opened; one
// that turns out to be damaged later fails with [ErrDamaged], and Reset makes it anew.
package search

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// Errors of an index.
var (
	// ErrDamaged is returned when the index cannot be read or written as it is.
	ErrDamaged = errors.New("search: the index is damaged")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("search: closed")
)

// version is of the documents and their analysis: an index of another one is made anew.
const version = "1 scorch 2.5.7\n"

// The names in an index's folder.
const (
	versionFile = "VERSION"
	wordsFolder = "words"
)

// Options say how an index is kept.
type Options struct {
	// Dir is the index's folder; it holds nothing else.
	Dir string
	// Gather is how long what is put is gathered in memory before it is written, so
	// that many small writes are one large one; 0 writes at once.
	Gather time.Duration
}

// Index is an open index.
type Index struct {
	options Options
	mu      sync.RWMutex // held to write by what opens and closes
	words   *scorch.Scorch
	queue   *index.AnalysisQueue
	fresh   bool
}

// Open opens the index in a folder, or makes it. One that cannot be opened, or that
// is of another version, is removed and made anew. Two indexes must not have one folder
// open at a time. It fails when the folder cannot be written.
func Open(o Options) (*Index, error) {
	x := &Index{options: o}
	if have, err := os.ReadFile(filepath.Join(o.Dir, versionFile)); err == nil && string(have) == version {
		if err := x.open(); err == nil {
			return x, nil
		}
	}
	return x, x.Reset()
}

// Fresh reports whether the index was made anew since it was opened, and not what was put into it.
func (x *Index) Fresh() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.fresh
}

// Reset removes every file of the index and begins an empty one.
func (x *Index) Reset() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	_ = x.close() // what it says of what goes does not matter
	if err := Remove(x.options.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(x.options.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the index: %w", err)
	}
	if err := x.open(); err != nil {
		return err
	}
	x.fresh = true
	if err := os.WriteFile(filepath.Join(x.options.Dir, versionFile), []byte(version), 0o600); err != nil {
		return errors.Join(fmt.Errorf("write the version of the index: %w", err), x.close())
	}
	return nil
}

// Remove removes an index that is not open. One that is not there is no error.
func Remove(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the index: %w", err)
	}
	return nil
}

// open opens the files. The caller has the lock, or nobody else knows the index.
func (x *Index) open() (err error) {
	queue := index.NewAnalysisQueue(1)
	defer func() {
		if x.words == nil {
			queue.Close()
		}
	}()
	defer damaged(&err)
	made, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": filepath.Join(x.options.Dir, wordsFolder), "bolt_timeout": "1s", "unsafe_batch": true, "numSnapshotsToKeep": 1,
		"scorchPersisterOptions": map[string]any{"PersisterNapTimeMSec": int(x.options.Gather.Milliseconds())},
	}, queue)
	if err != nil {
		return fmt.Errorf("make the index: %w", err)
	}
	words, ok := made.(*scorch.Scorch)
	if !ok {
		return fmt.Errorf("%w: it is a %T", ErrDamaged, made)
	}
	if err := words.Open(); err != nil {
		return fmt.Errorf("open the index: %w", err)
	}
	x.words, x.queue = words, queue
	return nil
}

// Close ends the index. What was put within the last [Options.Gather] may be lost,
// unless Flush was called.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.close()
}

func (x *Index) close() (err error) {
	if x.words == nil {
		return nil
	}
	defer damaged(&err)
	words := x.words
	x.words = nil
	x.queue.Close()
	return words.Close()
}

// damaged makes an error of a panic: damaged files make the reader of them panic.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
	}
}

// Put writes documents instead of earlier ones about the same tickets, and removes
// those of the tickets in gone. It can be found when it returns, and is on the disk
// some time later. It returns ErrDamaged when what was put before could not be written.
func (x *Index) Put(docs []Document, gone []uint64) (err error) {
	defer damaged(&err)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.words == nil {
		return ErrClosed
	}
	batch := index.NewBatch()
	for i := range docs {
		batch.Update(docs[i].made())
	}
	for _, n := range gone {
		batch.Delete(strconv.FormatUint(n, 10))
	}
	if err := x.words.Batch(batch); err != nil {
		return fmt.Errorf("put %d tickets into the index: %w", len(docs), err)
	}
	return x.writes()
}

// writes reports whether the index could write what it gathered. The caller has the lock.
func (x *Index) writes() error {
	if n, _ := x.words.StatsMap()["TotPersistLoopErr"].(uint64); n > 0 {
		return fmt.Errorf("%w: it cannot be written", ErrDamaged)
	}
	return nil
}

// Flush waits until what was put is on the disk, or ctx ends.
func (x *Index) Flush(ctx context.Context) (err error) {
	defer damaged(&err)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.words == nil {
		return ErrClosed
	}
	done := make(chan error, 1)
	batch := index.NewBatch()
	batch.SetPersistedCallback(func(err error) { done <- err })
	if err := x.words.Batch(batch); err != nil {
		return fmt.Errorf("flush the index: %w", err)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read runs do on one state of the index.
func (x *Index) read(do func(index.IndexReader) error) (err error) {
	defer damaged(&err)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.words == nil {
		return ErrClosed
	}
	r, err := x.words.Reader()
	if err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	return errors.Join(do(r), r.Close())
}

// Stamps returns the stamps of all documents, by the numbers of their tickets.
func (x *Index) Stamps() (stamps map[uint64]uint64, err error) {
	err = x.read(func(r index.IndexReader) error {
		stamps = map[uint64]uint64{}
		values, err := r.DocValueReader([]string{fieldStamp})
		if err != nil {
			return err
		}
		all, err := r.DocIDReaderAll()
		if err != nil {
			return err
		}
		for {
			id, err := all.Next()
			if err != nil || id == nil {
				return errors.Join(err, all.Close())
			}
			name, err := r.ExternalID(id)
			if err != nil {
				return err
			}
			number, err := strconv.ParseUint(name, 10, 64)
			if err != nil {
				return fmt.Errorf("%w: a document %q", ErrDamaged, name)
			}
			stamps[number] = 0
			if err := values.VisitDocValues(id, func(_ string, term []byte) { stamps[number], _ = strconv.ParseUint(string(term), 16, 64) }); err != nil {
				return err
			}
		}
	})
	return stamps, err
}

// Count returns how many documents there are.
func (x *Index) Count() (n uint64, err error) {
	err = x.read(func(r index.IndexReader) (err error) {
		n, err = r.DocCount()
		return err
	})
	return n, err
}

// Bytes returns how much room an index takes on the disk; 0 when there is none.
func Bytes(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil { // it may be gone by now
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
