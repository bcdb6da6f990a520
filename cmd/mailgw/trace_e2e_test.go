//go:build linux

package main_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A trace is what the kernel saw of the daemon: its writes and syncs, in order,
// as strace writes them down.

// call is the beginning or the end of a system call.
type call struct {
	thread string
	name   string
	file   string // what the descriptor is: a path, or socket:[n]
	offset int64  // of a pwrite64
	data   string // what is written, as strace escapes it
	begins bool
	ends   bool
	failed bool
}

var (
	callBegins  = regexp.MustCompile(`^(\d+) +(\w+)\((\d+)<(.*?)>(.*)$`)
	callResumes = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	callOffset  = regexp.MustCompile(`, (\d+)\) += -?\d+`)
	callPending = regexp.MustCompile(`, (\d+) <unfinished \.\.\.>$`)
)

// parseTrace reads a trace. A call that others interrupt stands in two lines.
func parseTrace(text string) ([]call, error) {
	var out []call
	open := map[string]call{} // by thread
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := callBegins.FindStringSubmatch(line); m != nil {
			c := call{thread: m[1], name: m[2], file: m[4], data: m[5], begins: true}
			pending := strings.HasSuffix(line, "<unfinished ...>")
			at := callOffset.FindStringSubmatch(line)
			if pending {
				at = callPending.FindStringSubmatch(line)
			}
			if at != nil && c.name == "pwrite64" {
				n, err := strconv.ParseInt(at[1], 10, 64)
				if err != nil {
					return nil, err
				}
				c.offset = n
			}
			if pending {
				open[c.thread] = c
			} else {
				c.ends, c.failed = true, strings.Contains(m[5], ") = -1 ")
			}
			out = append(out, c)
			continue
		}
		if m := callResumes.FindStringSubmatch(line); m != nil {
			c, ok := open[m[1]]
			if !ok || c.name != m[2] {
				continue // begun before strace looked, or a call without a file
			}
			delete(open, m[1])
			c.begins, c.ends, c.failed = false, true, strings.Contains(m[3], "= -1 ")
			out = append(out, c)
		}
	}
	return out, lines.Err()
}

// disk follows a trace: what was written to the database and to the files of raw
// mails, and what of it is synced.
type disk struct {
	step     int            // counts the calls
	syncs    int            // of commits that brought mail, with those of their raw mails; the outbox's own do not count
	pending  int            // since the last commit
	brought  bool           // the commit under way names a mail that none before it did
	syncing  map[string]int // thread -> step at which its sync began
	meta     []int          // steps at which a meta page's write had ended
	safe     int            // all writes to the database that ended before this step are synced
	rawSafe  map[string]int // the same of each file of raw mails
	inPages  map[string]int // id of a mail -> step at which a page that names it was written
	inRaw    map[string]int // id of a mail -> step at which its bytes were written to a file
	rawFile  map[string]string
	accepted []string // ids, in the order of their 250s
	syncsAt  []int    // syncs before each of them
	problems []string
}

// metaPages are where the database's two meta pages begin.
var metaPages = map[int64]bool{0: true, int64(os.Getpagesize()): true}

var (
	replyAccepted = regexp.MustCompile(`250 2\.0\.0 accepted as ([0-9a-z]{13})`)
	rawHead       = regexp.MustCompile(`^, "mailgw-raw id=([0-9a-z]{13}) `)
	receiptID     = regexp.MustCompile(`\{\\"id\\":\\"([0-9a-z]{13})\\",\\"message_id\\"`)
)

// replay follows the calls. Each 250 must come after the mail's receipt was
// written into the database, then a meta page, then a sync that began after it
// and has ended; a mail in a file must be synced before that meta page is written.
func replay(calls []call) *disk {
	d := &disk{syncing: map[string]int{}, rawSafe: map[string]int{}, inPages: map[string]int{}, inRaw: map[string]int{}, rawFile: map[string]string{}}
	for _, c := range calls {
		d.step++
		switch {
		case c.name == "write" && c.begins:
			for _, m := range replyAccepted.FindAllStringSubmatch(c.data, -1) {
				d.reply(m[1])
			}
		case c.name == "fdatasync" || c.name == "fsync":
			d.sync(c)
		case c.name == "pwrite64":
			d.write(c)
		}
	}
	return d
}

func isDatabase(file string) bool { return strings.HasSuffix(file, "/mailgw.db") }
func isRaw(file string) bool      { return strings.HasSuffix(file, ".seg") }

func (d *disk) sync(c call) {
	if c.begins {
		d.syncing[c.thread] = d.step
	}
	if !c.ends || c.failed {
		return
	}
	switch began := d.syncing[c.thread]; {
	case isRaw(c.file):
		d.rawSafe[c.file] = max(d.rawSafe[c.file], began)
		d.pending++
	case isDatabase(c.file):
		committed := len(d.meta) > 0 && d.meta[len(d.meta)-1] >= d.safe
		d.safe = max(d.safe, began)
		d.pending++
		if committed {
			d.endCommit()
		}
	case strings.HasSuffix(c.file, "/raw"):
		d.pending++
	}
}

func (d *disk) endCommit() {
	if d.brought {
		d.syncs += d.pending
	}
	d.pending, d.brought = 0, false
}

func (d *disk) write(c call) {
	switch {
	case isRaw(c.file) && c.ends:
		if m := rawHead.FindStringSubmatch(c.data); m != nil {
			d.rawFile[m[1]] = c.file
		}
		for id, f := range d.rawFile { // its bytes come in writes of their own, before the next mail's
			if _, named := d.inPages[id]; f == c.file && !named {
				d.inRaw[id] = d.step
			}
		}
	case isDatabase(c.file) && metaPages[c.offset]:
		if c.begins {
			d.beginMeta()
		}
		if c.ends && !c.failed {
			d.meta = append(d.meta, d.step)
		}
	case isDatabase(c.file) && c.ends && !c.failed:
		for _, m := range receiptID.FindAllStringSubmatch(c.data, -1) {
			if _, known := d.inPages[m[1]]; !known {
				d.inPages[m[1]] = d.step
				d.brought = true
			}
		}
	}
}

// beginMeta checks that raw mails are safe before a commit can name them.
func (d *disk) beginMeta() {
	last := 0
	if len(d.meta) > 0 {
		last = d.meta[len(d.meta)-1]
	}
	for id, page := range d.inPages {
		if page < last { // of an earlier commit
			continue
		}
		if page >= d.safe {
			d.problem("the commit of %s: its meta page is written before its data is synced", id)
		}
		if at, ok := d.inRaw[id]; ok && at >= d.rawSafe[d.rawFile[id]] {
			d.problem("the commit of %s: its meta page is written before the mail's bytes are synced", id)
		}
	}
}

func (d *disk) reply(id string) {
	d.accepted = append(d.accepted, id)
	d.syncsAt = append(d.syncsAt, d.syncs)
	page, ok := d.inPages[id]
	if !ok {
		d.problem("250 for %s, which was not written", id)
		return
	}
	for _, meta := range d.meta {
		if meta > page {
			if meta >= d.safe {
				d.problem("250 for %s before its commit was synced", id)
			}
			return
		}
	}
	d.problem("250 for %s before its commit", id)
}

func (d *disk) problem(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

// needStrace skips a test where there is no strace, or it may not trace.
func needStrace(t testing.TB) {
	t.Helper()
	out, err := exec.Command("strace", "-o", "/dev/null", "true").CombinedOutput()
	skipUnless(t, err == nil, fmt.Sprintf("strace does not work here: %v %s", err, out))
}
