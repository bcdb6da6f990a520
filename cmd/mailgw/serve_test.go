package main

import (
	"strings"
	"testing"
)

// TestServeRefuses: what cannot run ends before a listener is bound.
func TestServeRefuses(t *testing.T) {
	g := newSite(t)
	g.serve()
	got := g.call("serve")
	if got.status != exitFailed || strings.Count(strings.TrimSpace(lastLine(got.stderr)), "mailgw: ") != 1 || got.stdout != "" {
		t.Errorf("a second daemon on the same folder: %+v", got)
	}
	other := newSite(t)
	other.flags = append(other.flags, "--set", `smtp.listen=["`+g.smtp+`"]`)
	got = other.call("serve")
	if got.status != exitFailed || !strings.Contains(lastLine(got.stderr), "smtp.listen: listen tcp "+g.smtp) {
		t.Errorf("an address that is taken: %+v", got)
	}
	g.stop()
	g.serve("--log-json=false") // the folder is free again
}

func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

func TestMachineName(t *testing.T) {
	name := machineName()
	if name == "" || name != strings.ToLower(name) || strings.HasSuffix(name, ".") {
		t.Errorf("the machine is called %q", name)
	}
}
