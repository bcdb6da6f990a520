// Package powercut rebuilds what a disk may hold after the power went away. A kill
// does not test a sync: the kernel still has what the process wrote. So a program
// is run under strace, its writes, syncs and changes of names are read from the
// trace ([Trace.Read]), and for any instant of it disks are made ([Trace.Cut]) on
// which what was synced is there, and of the rest any part, sector by sector.
//
// It is imported by tests only, has no state of its own, and fails rather than
// guess: a system call on a traced file that it does not model is an error.
package powercut

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Flags are the flags that strace must be run with, before its -o.
func Flags() []string {
	return []string{"-f", "--seccomp-bpf", "-xx", "-s", "16777216", "-e", "trace=" + strings.Join(calls, ",")}
}

// calls are the system calls that change files, modelled or not, and those that give them numbers.
var calls = []string{
	"openat", "close", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "truncate", "renameat", "renameat2", "rename", "unlinkat", "unlink", "mkdirat", "mkdir",
	"open", "creat", "writev", "pwritev", "pwritev2", "fallocate", "copy_file_range", "sendfile", "splice", "link", "linkat", "symlink", "symlinkat", "dup", "dup2", "dup3", "sync_file_range", "sync", "syncfs",
}

// kind is what an event is.
type kind int

const (
	evWrite     kind = iota // began: bytes go to a file
	evTruncate              // began
	evDone                  // a write or truncate returned
	evSync                  // began
	evSynced                // returned: what was done before it began is durable
	evCreate                // returned: a name for a new file
	evMkdir                 // returned
	evRemove                // returned
	evRename                // returned
	evNote                  // the program said something
	evForgotten             // failed, or not about our files
)

// event is one change, or a moment of one.
type event struct {
	kind   kind
	path   string // of the file or folder; its name when it was opened
	to     string // of a rename
	node   int    // the file, from 1; 0 is a folder
	data   []byte
	offset int64 // of a write; the size of a truncation
	began  int   // of evDone and evSynced: where the call began
	note   string
}

// Trace is the history of the files below a folder.
type Trace struct {
	root   string // only what is below is looked at
	events []event
	names  map[string]int // files by name, at the end of the trace
	nodes  int
}

// New returns the empty history of an empty folder.
func New(root string) *Trace { return &Trace{root: root, names: map[string]int{}} }

// Len returns the number of instants.
func (t *Trace) Len() int { return len(t.events) }

// Syncs returns how many syncs ended whose file's name ends in suffix.
func (t *Trace) Syncs(suffix string) int {
	n := 0
	for _, e := range t.events {
		if e.kind == evSynced && strings.HasSuffix(e.path, suffix) {
			n++
		}
	}
	return n
}

// Notes calls fn with what the program had begun to write to its standard output before an instant.
func (t *Trace) Notes(before int, fn func(string)) {
	for _, e := range t.events[:before] {
		if e.kind == evNote {
			fn(e.note)
		}
	}
}

// handle is an open file of the process.
type handle struct {
	path string
	node int // 0: a folder
}

// process is one run of the program.
type process struct {
	*Trace
	open    map[string]handle // by descriptor
	pending map[string]call   // calls that have not returned, by thread
}

// call is a system call that began.
type call struct {
	name  string
	args  string
	event int // where its start is, -1 when it has none
}

// Read appends what strace wrote about one run of the program.
func (t *Trace) Read(r io.Reader) error {
	p := &process{Trace: t, open: map[string]handle{}, pending: map[string]call{}}
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			p.over()
			return nil
		}
		if err == nil {
			err = p.line(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return fmt.Errorf("trace, line %d: %w (%.200s)", n, err, line)
		}
	}
}

// over ends the writes in which the process was killed. They were made or not, but
// not later: what the next process writes comes after them.
func (p *process) over() {
	for _, thread := range slices.Sorted(maps.Keys(p.pending)) {
		c := p.pending[thread]
		if c.event < 0 {
			continue
		}
		if k := p.events[c.event].kind; k == evWrite || k == evTruncate {
			p.events = append(p.events, event{kind: evDone, node: p.events[c.event].node, began: c.event})
		}
	}
}

// line reads one line: a whole call, the start of one, or the end of one.
func (p *process) line(s string) error {
	thread, s, _ := strings.Cut(s, " ")
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, "+++") || strings.HasPrefix(s, "---") {
		return nil
	}
	if rest, ok := strings.CutPrefix(s, "<... "); ok {
		name, rest, ok := strings.Cut(rest, " resumed>")
		c, began := p.pending[thread]
		if !ok || !began || c.name != name {
			return errors.New("the end of a call that did not begin")
		}
		delete(p.pending, thread)
		return p.end(c, rest)
	}
	name, rest, ok := strings.Cut(s, "(")
	if !ok {
		return errors.New("not a call")
	}
	if args, ok := strings.CutSuffix(rest, " <unfinished ...>"); ok {
		c, err := p.begin(name, args)
		p.pending[thread] = c
		return err
	}
	args, result, ok := strings.Cut(rest, ")") // strings are all hexadecimal
	if !ok {
		return errors.New("a call without an end")
	}
	c, err := p.begin(name, args)
	if err != nil {
		return err
	}
	return p.end(c, ")"+result)
}

// begin notes that a call began. A write may be on the disk from now on.
func (p *process) begin(name, args string) (call, error) {
	c := call{name: name, args: args, event: -1}
	f := strings.Split(args, ", ") // strings are all hexadecimal
	h, ours := p.open[f[0]]
	e := event{path: h.path, node: h.node, began: -1}
	var err error
	switch name {
	case "close":
		delete(p.open, f[0]) // another call may get the number before this one returns
		return c, nil
	case "write":
		if f[0] != "1" {
			if ours {
				return c, errors.New("a write without an offset is not modelled")
			}
			return c, nil
		}
		text, err := unquote(f[1])
		if err != nil {
			return c, err
		}
		e.kind, e.note = evNote, string(text)
		ours = true
	case "pwrite64":
		e.kind = evWrite
		if e.data, err = unquote(f[1]); err == nil {
			e.offset, err = strconv.ParseInt(f[3], 10, 64)
		}
	case "ftruncate":
		e.kind = evTruncate
		e.offset, err = strconv.ParseInt(f[1], 10, 64)
	case "truncate":
		e.kind = evTruncate
		if e.path, ours, err = p.name(f[0]); err == nil {
			e.node = p.names[e.path]
			e.offset, err = strconv.ParseInt(f[1], 10, 64)
		}
	case "fsync", "fdatasync":
		e.kind = evSync
	case "openat", "renameat", "renameat2", "rename", "unlinkat", "unlink", "mkdirat", "mkdir":
		return c, nil // what became of it is known at its end
	default:
		if ours || strings.Contains(strings.ReplaceAll(args, `\x`, ""), hex.EncodeToString([]byte(p.root))) {
			return c, fmt.Errorf("%s is not modelled", name)
		}
		return c, nil
	}
	if ours && err == nil {
		c.event = len(p.events)
		p.events = append(p.events, e)
	}
	return c, err
}

// end notes that a call returned.
func (p *process) end(c call, rest string) error {
	_, result, ok := strings.Cut(rest, "= ")
	if !ok {
		return errors.New("a call without a result")
	}
	result, _, _ = strings.Cut(result, " ")
	bad := strings.HasPrefix(result, "-") || result == "?"
	f := strings.Split(c.args, ", ")
	if c.event >= 0 {
		return p.endOfChange(c.event, result, bad)
	}
	if bad {
		return nil
	}
	switch c.name {
	case "openat":
		return p.opened(f, result)
	case "mkdirat":
		return p.named(evMkdir, f[1])
	case "unlinkat":
		return p.named(evRemove, f[1])
	case "unlink":
		return p.named(evRemove, f[0])
	case "mkdir":
		return p.named(evMkdir, f[0])
	case "renameat", "renameat2":
		return p.renamed(f[1], f[3])
	case "rename":
		return p.renamed(f[0], f[1])
	}
	return nil
}

// endOfChange notes that a write, truncation or sync returned.
func (p *process) endOfChange(began int, result string, bad bool) error {
	e := p.events[began]
	switch {
	case e.kind == evNote:
		return nil
	case bad && result != "?":
		p.events[began].kind = evForgotten
		return nil
	case bad && e.kind == evSync: // killed within the call
		return nil
	case e.kind == evSync:
		p.events = append(p.events, event{kind: evSynced, path: e.path, node: e.node, began: began})
		return nil
	case e.kind == evWrite && !bad:
		n, err := strconv.Atoi(result)
		if err != nil || n > len(e.data) {
			return fmt.Errorf("a write of %d bytes returned %s", len(e.data), result)
		}
		p.events[began].data = e.data[:n]
	}
	p.events = append(p.events, event{kind: evDone, node: e.node, began: began})
	return nil
}

// opened notes a new descriptor, and a new name when the file was not known.
func (p *process) opened(f []string, fd string) error {
	path, ours, err := p.name(f[1])
	if err != nil || !ours {
		delete(p.open, fd)
		return err
	}
	if strings.Contains(f[2], "O_TRUNC") {
		return errors.New("O_TRUNC is not modelled")
	}
	node, known := p.names[path]
	if !known && strings.Contains(f[2], "O_CREAT") {
		p.nodes++
		node = p.nodes
		p.names[path] = node
		p.events = append(p.events, event{kind: evCreate, path: path, node: node})
	}
	p.open[fd] = handle{path, node}
	return nil
}

// named notes a new or removed name.
func (p *process) named(k kind, arg string) error {
	path, ours, err := p.name(arg)
	if err != nil || !ours {
		return err
	}
	delete(p.names, path)
	p.events = append(p.events, event{kind: k, path: path})
	return nil
}

func (p *process) renamed(from, to string) error {
	old, ours, err := p.name(from)
	if err != nil || !ours {
		return err
	}
	path, _, err := p.name(to)
	if err != nil {
		return err
	}
	if filepath.Dir(old) != filepath.Dir(path) {
		return errors.New("a rename to another folder is not modelled")
	}
	p.names[path] = p.names[old]
	delete(p.names, old)
	p.events = append(p.events, event{kind: evRename, path: old, to: path, node: p.names[path]})
	return nil
}

// name reads a path, and reports whether it is below the root, or the root.
func (p *process) name(arg string) (string, bool, error) {
	b, err := unquote(arg)
	path := string(b)
	return path, path == p.root || strings.HasPrefix(path, p.root+"/"), err
}

// unquote reads a string of \xNN.
func unquote(s string) ([]byte, error) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return nil, fmt.Errorf("not a whole string: %.40s", s)
	}
	return hex.DecodeString(strings.ReplaceAll(s[1:len(s)-1], `\x`, ""))
}
