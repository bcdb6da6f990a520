package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck prints every problem, and counts them on standard error.
func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(file, []byte("data = 3\ncolour = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := call(t, "", "check", "--config", file)
	if got.status != exitFailed || strings.Count(got.stdout, "\n") < 3 || !strings.Contains(got.stdout, "bad.toml:2: colour: ") {
		t.Errorf("check printed %+v", got)
	}
	if !strings.HasSuffix(got.stderr, " problems in "+file+"\n") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("standard error is %q", got.stderr)
	}
	asked := call(t, "", "check", "--config", file, "--json")
	checkKeys(t, "problems", asked.stdout, map[string]string{"": "file line key text"})
	if n := strings.Count(asked.stdout, "\n"); n != strings.Count(got.stdout, "\n") {
		t.Errorf("%d problems with --json, %d without", n, strings.Count(got.stdout, "\n"))
	}
	other := call(t, "", "ticket", "list", "--config", file)
	if other.status != exitFailed || !strings.Contains(other.stderr, "more: mailgw check shows all)\n") || strings.Count(other.stderr, "\n") != 1 {
		t.Errorf("another command says %+v", other)
	}
}

// TestMissingConfiguration says what to write, for every command that needs one.
func TestMissingConfiguration(t *testing.T) {
	for _, args := range []string{"serve", "check", "explain x.eml", "ticket list", "outbox list", "promise list", "verify"} {
		got := call(t, "", append(strings.Fields(args), "--config", "nowhere.toml")...)
		want := outcome{exitFailed, "", "mailgw: there is no configuration nowhere.toml; write --config FILE or set MAILGW_CONFIG (config.example.toml is one to begin with)\n"}
		if got != want {
			t.Errorf("%s: %+v, want %+v", args, got, want)
		}
	}
	if got := call(t, "", "version", "--config", "nowhere.toml"); got.status != exitDone {
		t.Errorf("version needs a configuration: %+v", got)
	}
}

func TestConfigurationFromEnvironment(t *testing.T) {
	t.Setenv("MAILGW_CONFIG", example)
	if got := call(t, "", "check"); got.status != exitDone {
		t.Errorf("check = %+v", got)
	}
	t.Setenv("MAILGW_CONFIG", "nowhere.toml")
	if got := call(t, "", "check", "--config", example); got.status != exitDone {
		t.Errorf("--config does not win: %+v", got)
	}
}

// TestSetOverrides: the last word has the command line.
func TestSetOverrides(t *testing.T) {
	got := call(t, "", "check", "--config", example, "--set", `agent=[]`, "--set", `desk.support.agents=[]`)
	if got.status != exitFailed || !strings.Contains(got.stdout, "desk[1].agents") {
		t.Errorf("check = %+v", got)
	}
	got = call(t, "", "check", "--config", example, "--set", "smtp.listen")
	if got.status != exitFailed || !strings.HasPrefix(got.stdout, "--set ") {
		t.Errorf("check = %+v", got)
	}
}
