//go:build linux

package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mountSmall puts a file system of a size at a folder.
func mountSmall(t testing.TB, dir, size string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size)
	skipUnless(t, err == nil, fmt.Sprintf("cannot mount a tmpfs (that takes root): %v", err))
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// ballast takes room on a file system; removing it makes room.
func ballast(t testing.TB, file string, bytes int) {
	t.Helper()
	if err := os.WriteFile(file, make([]byte, bytes), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fullDisk is a daemon on a small disk, and the mails that it was sent.
type fullDisk struct {
	d     *daemon
	rng   *rand.Rand
	mails []*handed
}

// send sends one mail, once.
func (f *fullDisk) send(size int) *handed {
	f.d.t.Helper()
	n := len(f.mails)
	m := &handed{id: fmt.Sprintf("full%d@acme.example", n), from: fmt.Sprintf("f%d@acme.example", n)}
	m.raw = draft{id: m.id, from: m.from, subject: "No room", body: filler(f.rng, size)}.bytes()
	r := f.d.sendOne(m.from, m.raw)
	m.accepted, m.refused = r.id(), r.code >= 400
	if m.refused && !(r.code == 452 && strings.HasPrefix(r.text, "4.3.1 ")) {
		f.d.t.Errorf("mail %d: %s, want 452 4.3.1", n, r)
	}
	f.mails = append(f.mails, m)
	return m
}

// newFullDisk mounts a small disk under a folder of d and starts it on a clock on
// which the pauses of the outbox are short.
func newFullDisk(t testing.TB, d *daemon, dir, size string) *fullDisk {
	t.Helper()
	mountSmall(t, dir, size)
	ballast(t, filepath.Join(dir, "ballast"), 64<<10)
	d.clock = "2026-11-20T10:00:00+01:00 x3600"
	d.start()
	return &fullDisk{d: d, rng: rand.New(rand.NewPCG(1, 2))}
}

// fill sends mails until some are refused, and returns how many were accepted before.
func (f *fullDisk) fill(size int) int {
	f.d.t.Helper()
	accepted := 0
	for refused := 0; refused < 5; {
		if f.send(size).refused {
			refused++
		} else if accepted++; accepted > 5000 {
			f.d.t.Fatal("the disk does not become full")
		}
	}
	if accepted == 0 {
		f.d.t.Fatal("nothing was accepted before the disk was full")
	}
	return accepted
}

// TestFullDisk fills the disk under the store: what does not fit is answered 452
// and not kept, what was accepted is there, and with room again it goes on.
func TestFullDisk(t *testing.T) {
	for _, c := range []struct {
		name string
		size int // of the mails
	}{{"small mails", 6 << 10}, {"large mails", 60 << 10}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t)
			f := newFullDisk(t, d, d.data(), "24m")
			ballast(t, filepath.Join(d.data(), "ballast"), 20<<20)
			before := f.fill(c.size)
			if err := os.Remove(filepath.Join(d.data(), "ballast")); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "a mail to be accepted again", func() bool { return !f.send(c.size).refused })
			for range 10 {
				if f.send(c.size).refused {
					t.Error("a mail was refused although there was room again")
				}
			}
			a := d.audit(f.mails)
			d.kill()
			d.start()
			d.verifyClean()
			fmt.Printf("full disk, %s: %d accepted before it was full, %d of %d refused, lost %d, doubled %d\n", c.name, before, a.refused, len(f.mails), a.lost, a.doubled)
		})
	}
}

// TestFullSent fills only the disk that outgoing mail is written to: mail is
// accepted all the same, and what waits leaves when there is room.
func TestFullSent(t *testing.T) {
	d := newDaemon(t, `outbox.yield="0s"`)
	f := newFullDisk(t, d, d.sent(), "256k")
	failing := func() bool {
		for _, row := range d.outbox() {
			if row.Attempts > 0 && strings.Contains(row.LastReply, "no space left") {
				return true
			}
		}
		return false
	}
	for n := 0; !failing(); n++ {
		if f.send(2<<10).refused || n > 1000 {
			t.Fatal("mail was refused, or the disk of sent/ does not become full")
		}
	}
	if f.send(2 << 10).refused {
		t.Error("mail was refused because outgoing mail has no room")
	}
	if err := syscall.Mount("tmpfs", d.sent(), "tmpfs", syscall.MS_REMOUNT, "mode=0700,size=16m"); err != nil {
		t.Fatal(err)
	}
	a := d.audit(f.mails)
	fmt.Printf("full sent folder: %d mails accepted, lost %d, doubled %d\n", len(f.mails), a.lost, a.doubled)
}
