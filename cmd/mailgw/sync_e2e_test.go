//go:build linux

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSyncBeforeReply proves from a trace of the system calls that each 250 was
// said after the mail was safe, and counts what that costs.
func TestSyncBeforeReply(t *testing.T) {
	t.Parallel() // it waits for a process that is traced
	needStrace(t)
	d := newDaemon(t, `outbox.yield="10m"`)
	file := filepath.Join(d.dir, "trace")
	// Each sync takes 2 ms more, as on a plain disk, so that counts do not depend on this one.
	d.around = []string{"strace", "-D", "-f", "--seccomp-bpf", "-y", "-o", file, "-s", "8192",
		"-e", "trace=write,pwrite64,fsync,fdatasync", "-e", "inject=fdatasync:delay_enter=2000"}
	d.start()
	phases := []struct {
		connections, mails int
		large              int // every so many-th is too large for the database; 0 = none
		most               float64
	}{
		{1, sized(20, 200), 0, 3}, {20, sized(160, 2000), 0, 0.6}, {100, sized(600, 6000), 0, 0.1},
		{10, sized(60, 600), 5, 3},
	}
	for _, p := range phases {
		flood(t, d, p.connections, p.mails, p.large)
	}
	d.awaitOutbox()
	d.stop()
	text := finishedTrace(t, file)
	calls, err := parseTrace(text)
	if err != nil {
		t.Fatal(err)
	}
	disk := replay(calls)
	for _, p := range disk.problems {
		t.Error(p)
	}
	report, at := "", 0
	for _, p := range phases {
		if at+p.mails > len(disk.accepted) {
			t.Fatalf("the trace has %d accepted mails, %d were sent", len(disk.accepted), at+p.mails)
		}
		before := 0
		if at > 0 {
			before = disk.syncsAt[at-1]
		}
		perMail := float64(disk.syncsAt[at+p.mails-1]-before) / float64(p.mails)
		if perMail <= 0 || perMail > p.most {
			t.Errorf("%d connections: %.3f syncs per mail, want at most %.1f and some", p.connections, perMail, p.most)
		}
		if p.large == 0 {
			report += fmt.Sprintf(", %d: %.2f", p.connections, perMail)
		}
		at += p.mails
	}
	if len(disk.accepted) != at {
		t.Errorf("the trace has %d accepted mails, %d were sent", len(disk.accepted), at)
	}
	fmt.Printf("syncs per mail: %s\n", strings.TrimPrefix(report, ", "))
	fmt.Printf("trace: %d mails, each 250 after the sync of its commit; %d of them in files of raw mails\n", at, len(disk.inRaw))
	d.around = nil
	d.start()
	d.verifyClean()
}

// flood sends mails over connections and wants a 250 for each. Every large-th is
// too large for the database.
func flood(t testing.TB, d *daemon, connections, mails, large int) {
	t.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			c, err := dial(d.smtp)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.close()
			for n := next.Add(1); n <= int64(mails); n = next.Add(1) {
				m := draft{id: fmt.Sprintf("%d.%d@globex.example", connections, n), from: "jo@globex.example", subject: "A question"}
				if large > 0 && n%int64(large) == 0 {
					m.body = strings.Repeat("a line of a longer mail\r\n", 900)
				}
				if r, err := c.send(m.from, []string{"support@example.com"}, m.bytes()); err != nil || r.code != 250 {
					t.Errorf("mail %d: %s, %v", n, r, err)
					return
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// finishedTrace reads a trace when the tracer has written its end.
func finishedTrace(t testing.TB, file string) string {
	t.Helper()
	var text []byte
	waitFor(t, "the end of the trace", func() bool {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		tail := string(text[max(0, len(text)-4096):])
		return strings.Contains(tail, "+++ exited with") || strings.Contains(tail, "+++ killed by")
	})
	return string(text)
}

// The calls of one good commit, of a mail in the database and of one in a file.
const (
	tracePage   = `7 pwrite64(5</d/mailgw.db>, "{\"id\":\"0000000000abc\",\"message_id\":\"x\"", 4096, 20480) = 4096`
	traceSync   = `7 fdatasync(5</d/mailgw.db>) = 0`
	traceMeta   = `7 pwrite64(5</d/mailgw.db>, "\355"..., 4096, 0) = 4096`
	traceReply  = `8 write(9<socket:[1]>, "250 2.0.0 accepted as 0000000000abc\r\n", 37) = 37`
	traceRaw    = `7 pwrite64(6</d/raw/00000001.seg>, "mailgw-raw id=0000000000abc size=3 sha256=0\n", 46, 0) = 46`
	traceBody   = `7 pwrite64(6</d/raw/00000001.seg>, "abc", 3, 46) = 3`
	traceSeg    = `7 fdatasync(6</d/raw/00000001.seg>) = 0`
	traceBegun  = `7 fdatasync(5</d/mailgw.db> <unfinished ...>`
	traceDone   = `7 <... fdatasync resumed>) = 0`
	traceFailed = `7 fdatasync(5</d/mailgw.db>) = -1 EIO (Input/output error) (INJECTED)`
)

// TestReplay shows that the judge of traces can say no.
func TestReplay(t *testing.T) {
	cases := []struct {
		name  string
		lines []string
		want  string // in the first problem; "" for none
		syncs int
	}{
		{"good", []string{tracePage, traceSync, traceMeta, traceSync, traceReply}, "", 2},
		{"good, in a file", []string{traceRaw, traceBody, traceSeg, tracePage, traceSync, traceMeta, traceSync, traceReply}, "", 3},
		{"interrupted", []string{tracePage, traceSync, traceMeta, traceBegun, traceDone, traceReply}, "", 2},
		{"commit of others in between", []string{tracePage, traceSync, traceMeta, traceSync, traceMeta, traceReply}, "", 2},
		{"outbox's own commit", []string{traceMeta, traceSync, tracePage, traceSync, traceMeta, traceSync, traceReply}, "", 2},
		{"no last sync", []string{tracePage, traceSync, traceMeta, traceReply}, "before its commit was synced", 0},
		{"last sync not over", []string{tracePage, traceSync, traceMeta, traceBegun, traceReply, traceDone}, "before its commit was synced", 2},
		{"last sync begun too early", []string{tracePage, traceSync, traceBegun, strings.Replace(traceMeta, "7", "6", 1), traceDone, traceReply}, "before its commit was synced", 2},
		{"last sync failed", []string{tracePage, traceSync, traceMeta, traceFailed, traceReply}, "before its commit was synced", 0},
		{"no data sync", []string{tracePage, traceMeta, traceSync, traceReply}, "before its data is synced", 1},
		{"no meta page", []string{tracePage, traceSync, traceReply}, "before its commit", 0},
		{"only an earlier meta page", []string{traceMeta, traceSync, tracePage, traceReply}, "before its commit", 0},
		{"not written at all", []string{traceMeta, traceSync, traceReply}, "which was not written", 0},
		{"raw bytes not synced", []string{traceRaw, traceBody, tracePage, traceSync, traceMeta, traceSync, traceReply}, "before the mail's bytes are synced", 2},
		{"raw bytes synced too early", []string{traceRaw, traceSeg, traceBody, tracePage, traceSync, traceMeta, traceSync, traceReply}, "before the mail's bytes are synced", 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			calls, err := parseTrace(strings.Join(c.lines, "\n"))
			if err != nil {
				t.Fatal(err)
			}
			got := replay(calls)
			first := strings.Join(got.problems, "; ")
			if (c.want == "") != (first == "") || !strings.Contains(first, c.want) {
				t.Errorf("problems: %q, want %q", first, c.want)
			}
			if got.syncs != c.syncs {
				t.Errorf("%d syncs, want %d", got.syncs, c.syncs)
			}
		})
	}
}
