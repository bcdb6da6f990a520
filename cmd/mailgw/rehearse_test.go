package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// changed is the example with a rule that wakes somebody for printers, too.
func changed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	const old = `if.words = ["production down", "outage"]`
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %s", example, old)
	}
	file := filepath.Join(t.TempDir(), "new.toml")
	more := "\n[[rule]]\nname = \"printers\"\nif.words = \"printer\"\nthen = { tags = [\"hardware\"] }\n"
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, `if.words = ["certificate", "question"]`, 1)+more), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRehearse: what would differ is told, of a daemon's store and of a closed one
// alike, and stable for scripts.
func TestRehearse(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	g.send("joe@elsewhere.example", question)
	args := func(more ...string) []string {
		return append(append([]string{"rehearse"}, g.flags...), append([]string{"--config", changed(t), "--against", example}, more...)...)
	}
	daemon, lines := call(t, "", args()...), call(t, "", args("--json")...)
	g.stop()
	if closed := call(t, "", args()...); closed != daemon || closed.status != exitDone || closed.stderr != "" {
		t.Errorf("the closed store says\n%+v\nthe daemon\n%+v", closed, daemon)
	}
	for _, want := range []string{"ticket 1  ", "  priority     urgent → ", "-production-down", "2 mails on 2 tickets: ", "\n  promises     ", "printers: 0, and is new (no mail matched)"} {
		if !strings.Contains(daemon.stdout, want) {
			t.Errorf("%q is not in\n%s", want, daemon.stdout)
		}
	}
	var objects []map[string]any
	for line := range strings.Lines(lines.stdout) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, v)
	}
	if len(objects) < 2 {
		t.Fatalf("answer: %+v", lines)
	}
	of := func(v map[string]any, keys string) {
		for k := range strings.FieldsSeq(keys) {
			if _, ok := v[k]; !ok {
				t.Errorf("no %q in %v", k, v)
			}
		}
	}
	of(objects[0], "ticket subject mails differs was would_be rules promises")
	of(objects[0]["was"].(map[string]any), "priority desk level tags assignee page hold junk template notify notes forward promise_due_at")
	of(objects[len(objects)-1], "sum partial mails tickets differ more_urgent less_urgent priorities pages holds junked forwarded assigned desks tags promises rules left_out notes")
}

// TestRehearseRefused: what cannot be compared is one line, and nothing is made.
func TestRehearseRefused(t *testing.T) {
	g := newSite(t)
	file := changed(t)
	flags := append(slices.Clone(g.flags), "--config", file)
	wrong := filepath.Join(t.TempDir(), "wrong.toml")
	if err := os.WriteFile(wrong, []byte("desks = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"rehearse --against " + example:      "there is no store in " + g.data + "; start the gateway once",
		"rehearse --against nowhere.toml":    "--against: there is no configuration nowhere.toml",
		"rehearse --against " + wrong:        wrong + ":1: desks: there is no such key",
		"rehearse --config " + file + ".not": "there is no configuration " + file + ".not",
	} {
		got := call(t, "", append(slices.Clone(flags), strings.Fields(args)...)...)
		if got.status != exitFailed || got.stdout != "" || !strings.HasPrefix(got.stderr, "mailgw: "+want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if _, err := os.Stat(g.data); !os.IsNotExist(err) {
		t.Errorf("a data folder was made: %v", err)
	}
	t.Setenv("MAILGW_CONFIG", file)
	if got := call(t, "", append([]string{"rehearse"}, flags...)...); got.status != exitUsage || !strings.Contains(got.stderr, "would be compared with itself; write --config with the changed file, or --against with the file of now") {
		t.Errorf("with itself: %+v", got)
	}
}
