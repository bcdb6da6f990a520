package main

import (
	"strings"
	"testing"
)

// TestMergeAndSplit says what became of tickets, in the daemon and on the closed store.
func TestMergeAndSplit(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	g.send("rosa@acme.example", strings.NewReplacer("outage@acme.example", "again@acme.example", "In-Reply-To", "X-Was").Replace(outage))
	for _, c := range []struct{ args, want string }{
		{"merge 2 1 --as anna", "ticket 2 goes on as ticket 1, which is new, with 2 entries more\n"},
		{"merge 2 #1 --undo", "2 entries went back from ticket 1 to ticket 2, which is new\n"},
		{"merge 2 1", "ticket 2 goes on as ticket 1, which is new, with 2 entries more\n"},
		{"split 1 5", "2 entries of ticket 1 went to the new ticket 3, which is new\n"},
		{"split 1 " + g.idOf("again@acme.example") + " --undo", "ticket 3 goes on as ticket 1 again, which is new, with 3 entries more\n"},
	} {
		if got := g.must(append([]string{"ticket"}, strings.Fields(c.args)...)...); got != c.want {
			t.Errorf("ticket %s printed %q, want %q", c.args, got, c.want)
		}
	}
	if out := g.must("ticket", "show", "1"); !strings.Contains(out, "8. mail in") || strings.Contains(out, "3. mail in") {
		t.Errorf("show prints other numbers than the entries have:\n%s", out)
	}
	if out := g.must("ticket", "show", "2"); !strings.Contains(out, "goes on as") {
		t.Errorf("show does not say where the ticket goes on:\n%s", out)
	}
	g.stop()
	checkKeys(t, "merge", g.must("ticket", "merge", "2", "1", "--undo", "--json"), map[string]string{"": "from to entries from_status to_status"})
	if out := g.must("verify"); strings.Contains(out, "problem:") {
		t.Error(out)
	}
}

// TestMergeUsage costs one clear line each.
func TestMergeUsage(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"merge 1", exitUsage, "the number of the ticket that it goes on as"},
		{"merge one 2", exitUsage, `"one" is not the number of a ticket`},
		{"merge 1 two", exitUsage, `"two" is not the number of a ticket`},
		{"merge 1 1", exitUsage, "cannot be merged with itself"},
		{"merge 1 7", exitFailed, "there is no ticket 7"},
		{"split 1", exitUsage, "the number or the id of a mail on it"},
		{"split 1 77", exitFailed, "ticket 1 has no entry 77; mailgw ticket show 1 names its entries"},
		{"split 1 1 --as nobody", exitUsage, `"nobody" is not one agent`},
	} {
		o := g.call(append([]string{"ticket"}, strings.Fields(c.args)...)...)
		if o.status != c.status || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("mailgw ticket %s: status %d, stdout %q, stderr %q, want %q", c.args, o.status, o.stdout, o.stderr, c.want)
		}
	}
}
