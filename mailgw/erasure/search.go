package erasure

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Hit is a place where one of the texts was found.
type Hit struct {
	File   string `json:"file"`   // relative to the folder
	Offset int64  `json:"offset"` // of its first byte
	Text   string `json:"text"`   // as it was found
}

// Searched is what a search looked at, and found.
type Searched struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Hits  []Hit `json:"hits"`
}

// maxHits bounds what one file reports.
const maxHits = 200

// searchChunk is how much of a file is read at once.
const searchChunk = 4 << 20

// Search looks for texts in every byte of every file below a folder. A file that goes
// away meanwhile is left out.
func Search(dir string, f *Finder) (Searched, error) {
	found := Searched{Hits: []Hit{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found.Files++
		n, hits, err := f.searchFile(path, filepath.ToSlash(rel))
		found.Bytes += n
		found.Hits = append(found.Hits, hits...)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return found, fmt.Errorf("search %s: %w", dir, err)
	}
	return found, nil
}

func (f *Finder) searchFile(path, name string) (n int64, hits []Hit, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	longest := 0
	if len(f.needles) > 0 {
		longest = len(f.needles[0])
	}
	buf := make([]byte, searchChunk+longest)
	kept := 0 // bytes of the last chunk, in which a text may have begun
	for {
		got, rerr := io.ReadFull(file, buf[kept:])
		in := buf[:kept+got]
		at := n - int64(kept)
		n += int64(got)
		from := 0
		for len(hits) < maxHits {
			start, end, ok := find(f, in, from)
			if !ok || rerr == nil && start >= len(in)-longest { // the next chunk has it whole
				break
			}
			hits = append(hits, Hit{name, at + int64(start), string(in[start:end])})
			from = end
		}
		if errors.Is(rerr, io.EOF) || errors.Is(rerr, io.ErrUnexpectedEOF) {
			return n, hits, nil
		}
		if rerr != nil {
			return n, hits, rerr
		}
		kept = copy(buf, in[max(len(in)-longest, from):])
	}
}
