//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestDemoProgram plays the story with the real program, as a newcomer does: from
// anywhere, without a configuration, and nothing is left behind.
func TestDemoProgram(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, (&daemon{t: t}).program(), "demo", "--fast")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "MAILGW_CONFIG=nowhere.toml")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "All of it was true") || strings.Contains(string(out), "level=") {
		t.Errorf("it told:\n%s", out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestDemoIsLeft: who presses Ctrl-C, or stops reading, leaves nothing behind either.
func TestDemoIsLeft(t *testing.T) {
	t.Parallel() // it waits for a program that waits
	for _, how := range []struct {
		name  string
		leave func(*exec.Cmd, io.Closer) error
		said  string
	}{
		{"interrupted", func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(os.Interrupt) }, "mailgw: the demo was ended before its end\n"},
		{"its terminal is closed", func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGHUP) }, "mailgw: the demo was ended before its end\n"},
		{"nobody reads", func(_ *exec.Cmd, out io.Closer) error { return out.Close() }, "broken pipe"},
	} {
		t.Run(how.name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), (&daemon{t: t}).program(), "demo")
			cmd.Env = append(os.Environ(), "TMPDIR="+dir)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(out).ReadString('|'); err != nil { // the story has begun
				t.Fatal(err)
			}
			if err := how.leave(cmd, out); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), how.said) {
				t.Errorf("%v: %s", err, errs.String())
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
