package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The keys that are promised to those who script; more may come, none may go.
const (
	ticketKeys   = "number desk status priority subject customer customer_confidence requester assignee tags level created_at promise_due_at promise_state linked"
	entryKeys    = "id kind from to at message_id text outcome evidence sender_auth attachments needed_by raw"
	customerKeys = "id name aliases domains addresses people level agreements merged_into removed configured created_at updated_at"
	explainKeys  = "file outcome kind reasons from subject text new_text quoted_text signature forwarded attachments bounce language sender_auth match admit customer customer_confidence rules priority level desk target promise_due_at acknowledge"
)

// answered is what a command answers with: the path of an object, "" for the line
// itself, and its keys.
type answered struct {
	args []string
	keys map[string]string
}

var contract = []answered{
	{[]string{"ticket", "list"}, map[string]string{"": ticketKeys}},
	{[]string{"ticket", "show", "1"}, map[string]string{"": ticketKeys + " entries", "entries": entryKeys, "entries.attachments": "name type size sha256"}},
	{[]string{"ticket", "files", "1"}, map[string]string{"": "entry number n name type size sha256 as"}},
	{[]string{"ticket", "log", "1"}, map[string]string{"": "at who what why"}},
	{[]string{"ticket", "find", "outage@acme.example", "<question@elsewhere.example>"}, map[string]string{"": "message_id id outcome ticket"}},
	{[]string{"promise", "list"}, map[string]string{"": "id ticket customer agent kind told state due_at made_at made_by by kept_at kept_by cause announced_at words"}},
	{[]string{"customer", "list"}, map[string]string{"": customerKeys}},
	{[]string{"customer", "show", "acme.example"}, map[string]string{"": customerKeys + " tickets promises", "tickets": ticketKeys, "promises": "open kept broken"}},
	{[]string{"outbox", "list"}, map[string]string{"": "id ticket kind to attempts next_at last_reply"}},
	{[]string{"queue", "list"}, map[string]string{"": "id ticket kind to attempts next_at last_reply"}},
	{[]string{"verify"}, map[string]string{"": "receipts tickets entries raw outgoing promises problems"}},
	{[]string{"check"}, map[string]string{"": "ok desks agents customers rules"}},
	{[]string{"version"}, map[string]string{"": "version revision go os arch"}},
}

// TestAnswers holds each command to its keys, and the closed store to the daemon's
// answers: who scripts need not care whether one runs.
func TestAnswers(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.blockOutbox()
	g.send("rosa@acme.example", outage)
	g.send("joe@elsewhere.example", question)
	id := g.idOf("outage@acme.example")
	all := append(slices.Clone(contract), answered{[]string{"ticket", "raw", id}, map[string]string{"": "id raw_base64"}})
	fromDaemon := map[string]string{}
	for _, p := range all {
		fromDaemon[fmt.Sprint(p.args)] = g.must(append(p.args, "--json")...)
	}
	g.stop()
	g.freeOutbox()
	for _, p := range all {
		name := fmt.Sprint(p.args)
		t.Run(name, func(t *testing.T) {
			daemon, closed := fromDaemon[name], g.must(append(p.args, "--json")...)
			for where, answer := range map[string]string{"daemon": daemon, "closed store": closed} {
				checkKeys(t, where, answer, p.keys)
			}
			if waits := p.args[0] == "outbox" || p.args[0] == "queue"; !waits && daemon != closed { // attempts go on
				t.Errorf("the daemon says\n%s\nthe closed store says\n%s", daemon, closed)
			}
		})
	}
	if raw := g.must("ticket", "raw", id); !strings.HasSuffix(raw, string(wire(outage))) {
		t.Errorf("ticket raw wrote %q", raw)
	}
}

// blockOutbox makes handing over fail, so that something waits.
func (g *site) blockOutbox() {
	g.t.Helper()
	sent := filepath.Join(g.data, "sent")
	if err := os.RemoveAll(sent); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(sent, nil, 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *site) freeOutbox() {
	g.t.Helper()
	if err := os.Remove(filepath.Join(g.data, "sent")); err != nil {
		g.t.Fatal(err)
	}
}

// idOf is the id of an accepted mail.
func (g *site) idOf(messageID string) string {
	g.t.Helper()
	var found struct{ ID string }
	if err := json.Unmarshal([]byte(g.must("ticket", "find", messageID, "--json")), &found); err != nil {
		g.t.Fatal(err)
	}
	return found.ID
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// checkKeys reads an answer as lines of objects and looks for the keys of each.
func checkKeys(t *testing.T, where, answer string, want map[string]string) {
	t.Helper()
	if answer == "" || !strings.HasSuffix(answer, "}\n") {
		t.Fatalf("%s: %q is not lines of objects", where, answer)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(answer) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %q: %v", where, line, err)
		}
		walkKeys(v, "", func(path string, object map[string]any) {
			seen[path] = true
			for key := range object {
				if !snakeCase.MatchString(key) {
					t.Errorf("%s: key %q in %q is not snake_case", where, key, path)
				}
			}
			for key := range strings.FieldsSeq(want[path]) {
				if _, ok := object[key]; !ok {
					t.Errorf("%s: there is no %q in %q of %s", where, key, path, line)
				}
			}
		})
	}
	for path := range want {
		if !seen[path] {
			t.Errorf("%s: no object at %q in %s", where, path, answer)
		}
	}
}

func walkKeys(v any, path string, visit func(string, map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			walkKeys(e, path, visit)
		}
	case map[string]any:
		visit(path, v)
		for key, e := range v {
			walkKeys(e, strings.TrimPrefix(path+"."+key, "."), visit)
		}
	}
}

// TestSet changes a ticket in the daemon, then on the closed store.
func TestSet(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("joe@elsewhere.example", question)
	if got, want := g.must("ticket", "set", "#1", "--priority", "high", "--assignee", "anna@example.com"),
		"ticket 1 is new, high, desk support, assigned to anna@example.com\n"; got != want {
		t.Errorf("set printed %q, want %q", got, want)
	}
	g.stop()
	var v struct {
		Status, Priority, Desk, Assignee string
		PromiseState                     string `json:"promise_state"`
	}
	answer := g.must("ticket", "set", "1", "--status", "solved", "--desk", "billing", "--assignee", "-", "--json")
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatal(err)
	}
	if v.Status != "solved" || v.Priority != "high" || v.Desk != "billing" || v.Assignee != "" || v.PromiseState != "none" {
		t.Errorf("set answered %+v", v)
	}
	log := g.must("ticket", "log", "1")
	for _, what := range []string{"priority normal to high", "assigned to anna@example.com", "no longer assigned", "desk support to billing", "status new to solved", "promise withdrawn"} {
		if !strings.Contains(log, what) {
			t.Errorf("%q is not in the log:\n%s", what, log)
		}
	}
}
