package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoad sends mails to a gateway and finds each of them there.
func TestLoad(t *testing.T) {
	g := newSite(t)
	g.serve()
	record := filepath.Join(t.TempDir(), "record")
	answer := g.must("load", "--addr", g.smtp, "--messages", "60", "--connections", "4", "--senders", "5", "--size", "1500",
		"--thread", "50", "--pipeline", "--retry", "--run", "t", "--record", record, "--json")
	checkKeys(t, "load", answer, map[string]string{"": "addr run connections messages accepted errors retries bytes seconds per_second dot_p50_ms dot_p90_ms dot_p99_ms dot_max_ms first_errors"})
	var rep struct{ Accepted, Errors int }
	if err := json.Unmarshal([]byte(answer), &rep); err != nil || rep.Accepted != 60 || rep.Errors != 0 {
		t.Fatalf("%s (%v)", answer, err)
	}
	lines, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	for line := range strings.Lines(string(lines)) {
		messageID, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		var found struct {
			MessageID string `json:"message_id"`
			ID        string
			Outcome   string
		}
		if err := json.Unmarshal([]byte(g.must("ticket", "find", id, "--json")), &found); err != nil {
			t.Fatal(err)
		}
		if found.MessageID != messageID || found.ID != id {
			t.Errorf("recorded %q, found %+v", line, found)
		}
		outcomes[found.Outcome]++
	}
	if outcomes["new"]+outcomes["appended"] != 60 || outcomes["appended"] < 10 {
		t.Errorf("outcomes %v, want 60 new and appended, a good part appended", outcomes)
	}
	again := g.must("load", "--addr", g.smtp, "--messages", "1", "--run", "t", "--size", "1500", "--senders", "5", "--record", record)
	if !strings.HasPrefix(again, g.smtp+": 1 of 1 mail accepted in ") || !strings.Contains(again, "\n  dot to 250   p50 ") {
		t.Errorf("load printed %q", again)
	}
	if got := g.must("ticket", "find", "t.0.load@example.net"); strings.Count(got, "\n") != 3 || !strings.Contains(got, "duplicate") {
		t.Errorf("the same run again is not the same mail:\n%s", got)
	}
}

// TestLoadFails: a mail that is not accepted is a failure, with the server's words.
func TestLoadFails(t *testing.T) {
	g := newSite(t)
	g.serve()
	got := g.call("load", "--addr", g.smtp, "--messages", "3", "--to", "nobody@example.com")
	if got.status != exitFailed || got.stderr != "mailgw: 3 mails of 3 not accepted: RCPT: 550 5.1.1 no such address here\n" ||
		!strings.Contains(got.stdout, "  trouble      3 mails given up, 0 tried again\n") {
		t.Errorf("load = %+v", got)
	}
}

// TestLoadNeedsAddr: nobody is sent thousands of mails by default.
func TestLoadNeedsAddr(t *testing.T) {
	for args, want := range map[string]string{
		"load":                            "load needs --addr host:port; it sends 5000 mails there",
		"load --addr=":                    "load needs --addr host:port; it sends 5000 mails there",
		"load --messages 1 --timeout 10s": "load needs --addr host:port; it sends 1 mail there",
		"load --rate=-1":                  "--rate must not be negative (got -1); write 0 for no limit",
	} {
		got := call(t, "", strings.Fields(args)...)
		if want := (outcome{exitUsage, "", "mailgw: " + want + "\n"}); got != want {
			t.Errorf("%s: %+v, want %+v", args, got, want)
		}
	}
}
