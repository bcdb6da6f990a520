//go:build linux

package main_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// halfway is a mail of which half is sent.
type halfway struct {
	draft
	raw  []byte
	conn *smtpClient
	rest []byte
}

func sendHalf(t testing.TB, d *daemon, name string) *halfway {
	t.Helper()
	h := &halfway{draft: draft{id: name + "@acme.example", from: "maria@acme.example", subject: "While you stop"}}
	h.raw = h.bytes()
	var err error
	if h.conn, err = dial(d.smtp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.conn.close)
	if r, err := h.conn.envelope(h.from, []string{"support@example.com"}); err != nil || r.code != 354 {
		t.Fatalf("%s, %v", r, err)
	}
	wire := stuffed(h.raw)
	if err := h.conn.write(wire[:len(wire)/2]); err != nil {
		t.Fatal(err)
	}
	h.rest = wire[len(wire)/2:]
	return h
}

// awaitClosed waits until the listener takes nobody any more.
func awaitClosed(t testing.TB, d *daemon) {
	t.Helper()
	waitFor(t, "the listener to close", func() bool {
		c, err := dial(d.smtp)
		if err == nil {
			c.close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

// TestStop stops the daemon while a mail is on its way in: it gets a true answer.
func TestStop(t *testing.T) {
	d := startDaemon(t)
	idle, err := dial(d.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.close()
	h := sendHalf(t, d, "inflight")
	d.terminate()
	awaitClosed(t, d)
	if r, err := idle.read(); err != nil || r.code != 421 {
		t.Errorf("an idle connection gets %s, %v, want 421", r, err)
	}
	if err := h.conn.write(h.rest); err != nil {
		t.Fatal(err)
	}
	r, err := h.conn.read()
	if err != nil || r.id() == "" {
		t.Fatalf("the mail in flight gets %s, %v, want 250", r, err)
	}
	d.awaitEnd()

	d.verifyClean()
	d.start()
	o := &office{d, t}
	want(t, "outcome", o.outcome(r.id()), "new")
	if raw := d.raw(r.id()); !bytes.HasSuffix(raw, h.raw) {
		t.Errorf("its bytes were changed: %q", raw)
	}
	d.awaitOutbox()
	o.acknowledgement(h.id)
}

// TestStopEndsWaiting stops the daemon while a sender does not go on: it is told
// that nothing was accepted, and nothing is.
func TestStopEndsWaiting(t *testing.T) {
	d := startDaemon(t, `smtp.shutdown_grace="200ms"`)
	h := sendHalf(t, d, "stuck")
	d.terminate()
	r, err := h.conn.read()
	if err == nil && r.code != 421 || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a sender that does not go on gets %s, %v, want 421", r, err)
	}
	d.awaitEnd()
	if out, _, status := d.command("ticket", "find", h.id); status != 1 {
		t.Errorf("half a mail was accepted: %s", out)
	}
	d.verifyClean()
}

// TestStopSignals: each signal that asks for the end gets a good one.
func TestStopSignals(t *testing.T) {
	d := startDaemon(t)
	socket := filepath.Join(d.data(), "mailgw.sock")
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		if _, err := os.Lstat(socket); err != nil {
			t.Fatal(err)
		}
		if err := d.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		d.awaitEnd()
		if _, err := os.Lstat(socket); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %v the socket is still there (%v)", sig, err)
		}
		d.start()
	}
}
