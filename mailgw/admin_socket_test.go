package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
)

// serveHouse runs the daemon of a configuration until the test ends or stop is called.
func serveHouse(t *testing.T, c *config.Config) (stop func()) {
	t.Helper()
	ready := &readyLog{ready: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, c, ServeOptions{Log: slog.New(ready)}) }()
	select {
	case <-ready.ready:
	case err := <-ended:
		cancel()
		t.Fatalf("serve: %v", err)
	}
	done := false
	stop = func() {
		cancel()
		if done {
			return
		}
		done = true
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// readyLog waits for the line "ready".
type readyLog struct{ ready chan struct{} }

func (*readyLog) Enabled(context.Context, slog.Level) bool { return true }
func (l *readyLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "ready" {
		close(l.ready)
	}
	return nil
}
func (l *readyLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *readyLog) WithGroup(string) slog.Handler      { return l }

func socketConfig(t *testing.T, dir string) *config.Config {
	return houseConfig(t, dir, `smtp.listen=["127.0.0.1:0"]`)
}

// The daemon and the store itself give the same answers.
func TestSocketAnswersLikeTheStore(t *testing.T) {
	dir := t.TempDir()
	h := &house{t: t, c: socketConfig(t, dir)}
	h.open(time.Now()) // so that the daemon has no promise to break meanwhile
	h.deliver(mail{id: "one@x.example", subject: "outage"})
	h.deliver(mail{})
	h.flush()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	questions := []struct {
		command string
		args    any
	}{
		{"ticket.list", ListArgs{}}, {"ticket.show", NumberArgs{1}}, {"ticket.log", NumberArgs{1}}, {"ticket.find", FindArgs{[]string{"one@x.example"}}},
		{"ticket.find", FindArgs{[]string{"one@x.example", "none"}}}, {"outbox.list", NoArgs{}}, {"verify", NoArgs{}},
		{"ticket.show", NumberArgs{7}}, {"ticket.set", SetArgs{Number: 1}}, {"nothing", NoArgs{}},
		{"explain", ExplainArgs{File: "f", At: monday, Raw: []byte("From: a@acme.example\n\nHi\n")}},
	}
	type answer struct {
		out  []map[string]any
		text string
	}
	var answers [2][]answer
	for i := range answers {
		if i == 1 {
			serveHouse(t, h.c)
		}
		a, err := Connect(h.c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if daemon := a.local == nil; daemon != (i == 1) {
			t.Fatalf("through the daemon: %v", daemon)
		}
		for _, q := range questions {
			out, err := ask(t, a, q.command, q.args)
			got := answer{out: out}
			if err != nil {
				var ce *CommandError
				got.text = err.Error()
				if errors.As(err, &ce) && ce.Usage {
					got.text += " (usage)"
				}
			}
			answers[i] = append(answers[i], got)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	for i, q := range questions {
		if !reflect.DeepEqual(answers[0][i], answers[1][i]) {
			t.Errorf("%s %+v:\nstore  %v\ndaemon %v", q.command, q.args, answers[0][i], answers[1][i])
		}
	}
}

// Only the owner can open the socket; a killed daemon's is replaced, a living one's is not.
func TestSocketFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := socketConfig(t, dir)
	path := filepath.Join(dir, "mailgw.sock")
	// What a killed daemon leaves: a socket on which nobody listens.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	stop := serveHouse(t, c)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: mode %v", err, info.Mode())
	}
	if again, err := listen("unix:" + path); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a second listener: %v, %v", again, err)
	}
	if err := Serve(context.Background(), c, ServeOptions{}); err == nil {
		t.Error("a second daemon runs on the same data")
	}
	a, err := Connect(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := ask(t, a, "ticket.list", ListArgs{}); err == nil {
		t.Error("a daemon that is gone answered")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
	// Without a daemon the store is open to commands again.
	a, err = Connect(c, slog.New(slog.DiscardHandler))
	if err != nil || a.local == nil {
		t.Fatalf("%v", err)
	}
	if _, err := Connect(c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "in use by a process") {
		t.Errorf("a second command on the store: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// An answer without its last line is not taken for a whole one.
func TestAnswerEndsEarly(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "ended early",
		`{"number":1}` + "\n":           "ended early",
		`{"number":1}` + "\n" + `{"_do`: "ended early",
		`{"_done":true}`:                "",
		`{"number":1}` + "\n" + `{"_done":true,"_error":"broken"}`:       "broken",
		`{"_done":true,"_error":"typed wrong","_kind":"usage"}`:          "typed wrong",
		`{"_done":false}` + "\n" + `{"_done":true}`:                      "",
		`{"number":1}` + "\n" + `{"_done":true}` + "\n" + `{"number":2}`: "",
	} {
		err := readAnswer(json.NewDecoder(strings.NewReader(text)), func(json.RawMessage) error { return nil })
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		var ce *CommandError
		if usage := errors.As(err, &ce) && ce.Usage; usage != strings.Contains(text, "usage") {
			t.Errorf("%q: usage %v", text, usage)
		}
	}
	stop := errors.New("stop")
	if err := readAnswer(json.NewDecoder(strings.NewReader(`{"a":1}`)), func(json.RawMessage) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// A data folder deeper than a socket's path may be long (107 bytes on Linux) works all the same.
func TestDeepDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	c := socketConfig(t, dir)
	serveHouse(t, c)
	a, err := Connect(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if a.local != nil {
		t.Error("the daemon was not found")
	}
	if out, err := ask(t, a, "verify", NoArgs{}); err != nil || len(out) != 1 {
		t.Errorf("%v, %v", out, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// When a listener cannot be bound, none stays and the store is released.
func TestServeBindsAllOrNone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := houseConfig(t, t.TempDir(), `smtp.listen=["127.0.0.1:0", "`+taken.Addr().String()+`"]`)
	if err := Serve(context.Background(), c, ServeOptions{}); err == nil || !strings.Contains(err.Error(), "smtp.listen") {
		t.Errorf("%v", err)
	}
	a, err := Connect(c, slog.New(slog.DiscardHandler))
	if err != nil || a.local == nil {
		t.Fatalf("the store is not free: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := Serve(context.Background(), c, ServeOptions{Clock: "now"}); err == nil {
		t.Error("a wrong clock was taken")
	}
}
