//go:build linux

package main_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
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
