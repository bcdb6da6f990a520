package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw"
)

// TestCustomerErase: a person is exported and erased while the daemon runs, and again
// when an old copy of the data folder is put back, before it listens.
func TestCustomerErase(t *testing.T) {
	g := newSite(t)
	t.Cleanup(func() {
		if err := os.Remove(g.data + "-erased.log"); err != nil {
			t.Error(err)
		}
	})
	g.serve()
	g.send("rosa@acme.example", outage)
	g.send("joe@elsewhere.example", reply(1))
	g.stop()
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(g.data)); err != nil {
		t.Fatal(err)
	}
	g.serve()
	dir := filepath.Join(t.TempDir(), "of rosa")
	if out := g.must("customer", "export", "rosa@acme.example", dir); !strings.HasPrefix(out, "wrote ") {
		t.Errorf("export printed %q", out)
	}
	for _, name := range []string{mailgw.ExportMbox, mailgw.ExportRecords, mailgw.ExportIndex} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if o := g.call("customer", "export", "rosa@acme.example", dir); o.status != exitFailed || !strings.Contains(o.stderr, "is not empty") {
		t.Errorf("into a folder that is not empty: %+v", o)
	}
	if o := g.call("customer", "erase", "rosa@acme.example"); o.status != exitFailed || !strings.Contains(o.stderr, "--yes") {
		t.Errorf("without anybody to ask: %+v", o)
	}
	if out := g.must("customer", "erase", "rosa@acme.example", "--dry-run"); !strings.Contains(out, "Would erase") || strings.Contains(out, "Proof") || !strings.Contains(out, "\n  tickets      1: 1\n") {
		t.Errorf("dry run printed\n%s", out)
	}
	out := g.must("customer", "erase", "rosa@acme.example", "--yes", "--mentions", "--json")
	var v mailgw.EraseView
	if err := json.Unmarshal([]byte(out), &v); err != nil || !v.Proof.Clean || len(v.Tickets) != 1 {
		t.Errorf("%s, %v", out, err)
	}
	if out := g.must("ticket", "show", "1"); !strings.Contains(out, "erased on") || strings.Contains(out, "rosa") || strings.Contains(out, "ticket raw") || strings.Contains(out, "told no time") {
		t.Errorf("show printed\n%s", out)
	}
	if o := g.call("customer", "erase", "rosa@acme.example", "--yes"); o.status != exitFailed || o.stderr != "mailgw: nothing is kept of rosa@acme.example\n" {
		t.Errorf("again: %+v", o)
	}
	g.stop()
	if err := os.RemoveAll(g.data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(g.data, os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	if o := g.call("verify"); o.status != exitFailed || !strings.Contains(o.stdout, "is here again, from an old copy") {
		t.Errorf("verify of an old copy: %+v", o)
	}
	g.serve()
	if out := g.must("ticket", "show", "1"); !strings.Contains(out, "erased on") || strings.Contains(out, "rosa") {
		t.Errorf("after an old copy was put back show printed\n%s", out)
	}
	g.stop()
	g.must("verify")
}
