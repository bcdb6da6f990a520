package powercut

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Rule says what of a trace is not believed, to see whether a test would notice.
type Rule struct {
	// Ignore reports syncs that are taken as not made, by the file's name; nil = none.
	Ignore func(path string) bool
}

// change is a write or truncation that is not durable yet.
type change struct {
	began    int
	ended    bool
	data     []byte
	offset   int64
	truncate bool
}

// apply makes the change on a file's bytes.
func (c *change) apply(b []byte) []byte {
	end := int(c.offset) + len(c.data)
	if len(b) < end {
		b = append(b, make([]byte, end-len(b))...)
	}
	if c.truncate {
		return b[:c.offset]
	}
	copy(b[c.offset:], c.data)
	return b
}

// file is a file's durable bytes and what may be on the disk too.
type file struct {
	bytes   []byte
	pending []*change
}

// renaming is a change of names in a folder that is not durable yet: one name goes, one comes.
type renaming struct {
	at        int
	gone, new string // "" = none
	node      int
}

// folder is a folder's durable names and what may be on the disk too.
type folder struct {
	names   map[string]int // 0 is a folder
	pending []renaming
}

// disk is the state of all files at an instant.
type disk struct {
	files   map[int]*file
	folders map[string]*folder
}

// replay brings an empty disk to an instant.
func (t *Trace) replay(at int, rule Rule) *disk {
	d := &disk{files: map[int]*file{}, folders: map[string]*folder{t.root: {names: map[string]int{}}}}
	changes := map[int]*change{}
	for i, e := range t.events[:at] {
		switch e.kind {
		case evWrite, evTruncate:
			c := &change{began: i, data: e.data, offset: e.offset, truncate: e.kind == evTruncate}
			changes[i] = c
			d.files[e.node].pending = append(d.files[e.node].pending, c)
		case evDone:
			changes[e.began].ended = true
			changes[e.began].began = i // from here on a sync covers it
		case evSynced:
			if rule.Ignore != nil && rule.Ignore(e.path) {
				continue
			}
			if e.node == 0 {
				d.folders[e.path].sync(e.began)
			} else {
				d.files[e.node].sync(e.began)
			}
		case evCreate:
			d.files[e.node] = &file{}
			d.rename(renaming{at: i, new: e.path, node: e.node})
		case evMkdir:
			d.folders[e.path] = &folder{names: map[string]int{}}
			d.rename(renaming{at: i, new: e.path})
		case evRemove:
			d.rename(renaming{at: i, gone: e.path})
		case evRename:
			d.rename(renaming{at: i, gone: e.path, new: e.to, node: e.node})
		}
	}
	return d
}

func (d *disk) rename(r renaming) {
	path := r.gone + r.new
	if r.gone != "" {
		path = r.gone
	}
	f := d.folders[filepath.Dir(path)]
	f.pending = append(f.pending, r)
}

// sync makes durable what had been done when the sync began.
func (f *file) sync(began int) {
	rest := f.pending[:0]
	for _, c := range f.pending {
		if c.ended && c.began < began {
			f.bytes = c.apply(f.bytes)
		} else {
			rest = append(rest, c)
		}
	}
	f.pending = rest
}

func (f *folder) sync(began int) {
	rest := f.pending[:0]
	for _, r := range f.pending {
		if r.at < began {
			r.apply(f.names)
		} else {
			rest = append(rest, r)
		}
	}
	f.pending = rest
}

func (r renaming) apply(names map[string]int) {
	delete(names, filepath.Base(r.gone))
	if r.new != "" {
		names[filepath.Base(r.new)] = r.node
	}
}

// after returns what a disk may hold of the file: each sector as it was at some
// time since the last sync, the size likewise.
func (f *file) after(rng *rand.Rand, sector int, forget float64) []byte {
	sizes := []int{len(f.bytes)}
	versions := map[int][][]byte{} // of each sector that changed
	now := slices.Clone(f.bytes)
	for _, c := range f.pending {
		now = c.apply(now)
		sizes = append(sizes, len(now))
		if c.truncate {
			continue
		}
		for s := int(c.offset) / sector; s*sector < int(c.offset)+len(c.data); s++ {
			versions[s] = append(versions[s], slices.Clone(now[s*sector:min((s+1)*sector, len(now))]))
		}
	}
	out := make([]byte, slices.Max(sizes))
	copy(out, f.bytes)
	for _, s := range slices.Sorted(maps.Keys(versions)) {
		if rng.Float64() < forget {
			continue
		}
		v := versions[s]
		copy(out[s*sector:], v[rng.IntN(len(v))])
	}
	size := sizes[len(sizes)-1]
	if rng.Float64() < forget {
		size = sizes[rng.IntN(len(sizes))]
	}
	return out[:size]
}

// Cut makes below dir, which must not exist, a disk as it may be when the power
// goes away at an instant from 0 to Len.
func (t *Trace) Cut(rng *rand.Rand, at int, rule Rule, dir string) error {
	d := t.replay(at, rule)
	sector := []int{512, 4096}[rng.IntN(2)]
	// Nearly nothing or nearly all forgotten is where mistakes hide; in between everything is.
	forget := []float64{0, 0.05, 0.5, 0.95, 1}[rng.IntN(5)]
	return d.write(rng, t.root, dir, sector, forget)
}

// write makes a folder of the disk, and what is in it.
func (d *disk) write(rng *rand.Rand, path, dir string, sector int, forget float64) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	f := d.folders[path]
	names := maps.Clone(f.names)
	for _, r := range f.pending {
		if rng.Float64() >= forget {
			r.apply(names)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var err error
		if node := names[name]; node == 0 {
			err = d.write(rng, filepath.Join(path, name), filepath.Join(dir, name), sector, forget)
		} else {
			err = os.WriteFile(filepath.Join(dir, name), d.files[node].after(rng, sector, forget), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Describe says which events led to an instant, the last n of them.
func (t *Trace) Describe(at, n int) string {
	var b strings.Builder
	for i := max(0, at-n); i < at; i++ {
		e := t.events[i]
		what := [...]string{"write", "truncate", "done", "sync", "synced", "create", "mkdir", "remove", "rename", "said", "-"}[e.kind]
		fmt.Fprintf(&b, "%6d %-8s %s %s at %d, %d bytes %s\n", i, what, e.path, e.to, e.offset, len(e.data), strings.TrimSpace(e.note))
	}
	return b.String()
}
