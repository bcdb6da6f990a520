//go:build linux

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"supportgw/mailgw/letter"
)

// specimen is a mail of the corpora.
type specimen struct {
	path  string
	raw   []byte
	score int // how broken it is
}

// mostBroken returns the n most broken mails of the corpora, always the same.
func mostBroken(t testing.TB, n int) []specimen {
	t.Helper()
	dir := filepath.Join(projectRoot(t), "..", "shared", "corpora")
	_, err := os.Stat(dir)
	skipUnless(t, err == nil, "the mails of "+dir+" are not there")
	var all []specimen
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".eml" {
			return err
		}
		raw, err := os.ReadFile(path)
		all = append(all, specimen{path, raw, brokenness(raw)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b specimen) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return strings.Compare(a.path, b.path)
	})
	if len(all) < n {
		t.Fatalf("the corpora have %d mails, %d are wanted", len(all), n)
	}
	return all[:n]
}

// brokenness counts what three parsers and a look at the bytes find wrong.
func brokenness(raw []byte) int {
	score := 3 * len(letter.Parse(raw, "", letter.DefaultLimits()).Problems)
	if _, err := netmail.ReadMessage(bytes.NewReader(raw)); err != nil {
		score += 3
	}
	score += 2 * engineErrors(raw)
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	for _, found := range []bool{
		bytes.IndexByte(raw, 0) >= 0,
		bytes.ContainsAny(head, "\x01\x02\x03\x07\x08\x0b\x0c\x0e\x1b\x7f\r"),
		slices.ContainsFunc(head, func(b byte) bool { return b >= 0x80 }),
		isBare(raw) && bytes.Contains(raw, []byte("\r")), // more than one kind of line end
		slices.ContainsFunc(bytes.Split(raw, []byte("\n")), func(l []byte) bool { return len(l) > 999 }),
		!hasField(head, "from"), !hasField(head, "date"), !hasField(head, "message-id"),
	} {
		if found {
			score += 2
		}
	}
	return score
}

func hasField(head []byte, name string) bool {
	return bytes.Contains(bytes.ToLower(append([]byte("\n"), head...)), []byte("\n"+name+":"))
}

// engineErrors counts what go-message cannot read.
func engineErrors(raw []byte) int {
	n := 0
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		n++
	}
	if e == nil {
		return n
	}
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err == nil {
			_, err = io.Copy(io.Discard, part.Body)
		}
		if err != nil {
			n++
		}
		return nil
	})
	if err != nil {
		n++
	}
	return n
}

// isBare reports whether a mail has a CR or LF that stands alone.
func isBare(raw []byte) bool {
	return bytes.ContainsAny(bytes.ReplaceAll(raw, []byte("\r\n"), nil), "\r\n")
}

var (
	lineEnds   = regexp.MustCompile(`\r\n|\r|\n`)
	returnPath = regexp.MustCompile(`^(?i:return-path[ \t]*:[^\r\n]*\r\n(?:[ \t]+[^\r\n]*\r\n)*)+`)
)

// kept is what must be kept of a mail: all but a Return-Path of others on top.
func kept(raw []byte) []byte {
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		raw = append(raw[:len(raw):len(raw)], "\r\n"...) // as it was sent
	}
	return returnPath.ReplaceAll(lineEnds.ReplaceAll(raw, []byte("\r\n")), nil)
}

// maxMemory is what the daemon may hold at most. The race detector takes a multiple.
const maxMemory = 128 << 20

// TestBadInput sends the most broken mails: each is a ticket with its bytes, or
// refused with a reason, and none costs much.
func TestBadInput(t *testing.T) {
	worst := mostBroken(t, 300)
	fmt.Printf("bad input: the 300 most broken mails of the corpora have %d to %d points\n", worst[len(worst)-1].score, worst[0].score)
	if worst[len(worst)-1].score == 0 {
		t.Error("some of them are not broken at all")
	}
	for _, mode := range []string{"fix", "reject"} {
		t.Run(mode, func(t *testing.T) {
			d := startDaemon(t, fmt.Sprintf("smtp.bare_newline=%q", mode))
			b := &badInput{d: d, mode: mode, outcomes: map[string]int{}, refusals: map[string]int{}}
			b.sendAll(worst)
			d.awaitOutbox()
			memory := d.peakMemory()
			if memory > maxMemory && os.Getenv("MAILGW_E2E_RACE") != "1" {
				t.Errorf("the daemon held %d MiB, at most %d are wanted", memory>>20, maxMemory>>20)
			}
			d.verifyClean()
			d.stop()
			fmt.Printf("bad input, bare_newline=%s: %d mails, outcomes %v, refused %v, at most %d MiB\n", mode, len(worst), b.outcomes, b.refusals, memory>>20)
			if total := sum(b.outcomes) + sum(b.refusals); total != len(worst) {
				t.Errorf("%d mails were sent, and %d came to an end", len(worst), total)
			}
			if mode == "fix" && b.outcomes["new"] < len(worst)/2 {
				t.Errorf("only %d of %d broken mails became a ticket", b.outcomes["new"], len(worst))
			}
		})
	}
}

func sum(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// badInput counts what becomes of bad mails.
type badInput struct {
	d        *daemon
	mode     string
	mu       sync.Mutex
	outcomes map[string]int
	refusals map[string]int // by reply
}

func (b *badInput) sendAll(worst []specimen) {
	var all sync.WaitGroup
	todo := make(chan specimen)
	for range 4 {
		all.Go(func() {
			for s := range todo {
				r, err := b.d.trySend("someone@stranger.example", s.raw)
				if err == nil {
					err = b.judge(s, r)
				}
				if err != nil {
					b.d.t.Errorf("%s: %v", s.path, err)
				}
			}
		})
	}
	for _, s := range worst {
		todo <- s
	}
	close(todo)
	all.Wait()
}

// judge checks what became of one mail.
func (b *badInput) judge(s specimen, r reply) error {
	refuse := b.mode == "reject" && isBare(s.raw)
	if r.code/100 == 5 {
		b.mu.Lock()
		b.refusals[r.String()]++
		b.mu.Unlock()
		switch {
		case refuse != strings.Contains(r.text, "bare CR or LF"):
			return fmt.Errorf("%s, and the mail has bare newlines: %t", r, isBare(s.raw))
		case !enhanced.MatchString(r.text):
			return fmt.Errorf("%s does not give a reason", r)
		}
		return nil
	}
	if refuse || r.id() == "" {
		return fmt.Errorf("%s", r)
	}
	found, err := tryAsk[findJSON](b.d, "ticket.find", map[string][]string{"ids": {r.id()}})
	if err != nil || len(found) != 1 {
		return fmt.Errorf("find %s: %v, %w", r.id(), found, err)
	}
	b.mu.Lock()
	b.outcomes[found[0].Outcome]++
	b.mu.Unlock()
	return b.judgeAccepted(s, found[0])
}

// enhanced is a status code with words behind it. RFC 3463.
var enhanced = regexp.MustCompile(`^5\.\d\.\d{1,2} \w+ \w+`)

func (b *badInput) judgeAccepted(s specimen, f findJSON) error {
	if f.Outcome == "duplicate" { // the bytes are the first one's
		return nil
	}
	if f.Ticket == nil && f.Outcome != "quarantined" {
		return fmt.Errorf("%s has no ticket", f.Outcome)
	}
	raw, err := tryRaw(b.d, f.ID)
	if err != nil {
		return err
	}
	if !bytes.HasSuffix(raw, kept(s.raw)) {
		return errors.New("its bytes were changed")
	}
	if f.Ticket != nil {
		if _, err := tryAsk[ticketJSON](b.d, "ticket.show", map[string]uint64{"number": *f.Ticket}); err != nil {
			return fmt.Errorf("show: %w", err)
		}
	}
	return nil
}

// peakMemory is how much memory of its own the daemon held at most, in bytes: not the
// pages of the database and of the program, which the kernel takes back when it wants.
func (d *daemon) peakMemory() int {
	d.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	kib := map[string]int{}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmHWM" && name != "RssFile" {
			continue
		}
		if kib[name], err = strconv.Atoi(strings.Fields(value)[0]); err != nil {
			d.t.Fatal(err)
		}
	}
	if len(kib) != 2 {
		d.t.Fatal("no VmHWM and RssFile in /proc/PID/status")
	}
	return (kib["VmHWM"] - kib["RssFile"]) << 10
}
