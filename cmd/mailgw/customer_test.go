package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCustomerCommands works on customers in the daemon and on the closed store, in words.
func TestCustomerCommands(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	check := func(want string, args ...string) string {
		t.Helper()
		out := g.must(append([]string{"customer"}, args...)...)
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("customer %s printed\n%s\nwant %s", strings.Join(args, " "), out, want)
		}
		return out
	}
	check(`^ +ID  NAME +LEVEL +DOMAINS +PEOPLE  ALSO CALLED\n +1  Acme Instruments AG +premium +acme\.example +\d`, "list")
	out := check(`^acme\.example is now called Spectra Lab; to take it back: mailgw customer undo \w{13}\n$`, "rename", "acme.example", "Spectra Lab", "--why", "they asked")
	if show := g.must("ticket", "list"); !strings.Contains(show, "Spectra Lab") {
		t.Errorf("the ticket has the old name:\n%s", show)
	}
	check(`(?s)^customer 1: Spectra Lab\nalso called  .*Acme Instruments AG\nlevel        premium\n.*\nticket       1, new, .*change       \w{13}  .* command.*: renamed to Spectra Lab \(they asked\)\n$`, "show", "Acme Instruments AG", "--log")
	check(`^nothing was to be changed of Spectra Lab\n`, "alias", "1", "spectra lab")
	check(`^taken back: renamed to Spectra Lab; to take it back`, "undo", out[len(out)-14:len(out)-1])
	g.stop()
	check(`(?m)^note: the levels differ.*\nGlobex Ltd \(customer 2\) goes on as Acme Instruments AG \(customer 1\); to take`, "merge", "globex.example", "1")
	check(`(?m)^ +2  Globex Ltd .* goes on as 1$`, "list", "--merged")
}

// TestCustomerImport takes a file in, says what is wrong with another, and takes back
// what it has printed itself.
func TestCustomerImport(t *testing.T) {
	g := newSite(t)
	g.serve()
	file := func(text string) string {
		t.Helper()
		name := filepath.Join(t.TempDir(), "crm.csv")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	wrong := file("Company;E-Mail;Level\nHooli;gavin@hooli.example;gold\n;x@y.example;\nPied;gavin@hooli.example;\n")
	o := g.call("customer", "import", wrong)
	if o.status != exitFailed || o.stderr != "mailgw: nothing was imported: 1 thing is wrong in "+wrong+"\n" || o.stdout != wrong+":3: has no name; write how the company is called\n" {
		t.Errorf("%+v", o)
	}
	o = g.call("customer", "import", wrong, "--ignore", "E-Mail")
	if o.status != exitFailed || !strings.Contains(o.stdout, ":3: has no name") {
		t.Errorf("%+v", o)
	}
	right := file("Company;E-Mail;Level\nHooli;gavin@hooli.example;premium\n")
	if out := g.must("customer", "import", right, "--dry-run"); out != right+":2: made: Hooli\n1 customer to be made, 0 changed, 0 the same\n" {
		t.Errorf("dry run: %q", out)
	}
	if out := g.must("customer", "import", right, "--missing"); !strings.Contains(out, "not in the file: Globex Ltd (customer 2)\n") || !strings.HasSuffix(out, "\n1 customer made, 0 changed, 0 the same\n") {
		t.Errorf("import: %q", out)
	}
	for _, format := range []string{"--csv", "--json"} {
		if out := g.must("customer", "import", file(g.must("customer", "list", format))); out != "0 customers made, 0 changed, 4 the same\n" {
			t.Errorf("what list %s printed: %q", format, out)
		}
	}
	checkKeys(t, "import", g.must("customer", "import", right, "--json"), map[string]string{"": "kind sum", "sum": "made changed same dry_run"})
	if o := g.call("customer", "import", "nowhere.csv"); o.status != exitFailed || o.stderr != "mailgw: cannot read nowhere.csv: no such file or directory\n" {
		t.Errorf("%+v", o)
	}
	g.stop()
	if out := g.must("verify"); !strings.HasPrefix(out, "ok: ") {
		t.Error(out)
	}
}
