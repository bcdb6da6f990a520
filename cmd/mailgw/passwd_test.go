package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestPasswd prints the lines of a password that comes in, makes one for a device, and takes
// it back, without a daemon.
func TestPasswd(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	g.serve()
	g.stop()
	got := call(t, "correct horse\r\n", append([]string{"passwd", "anna"}, g.flags...)...)
	want := regexp.MustCompile(`^# in the \[\[agent\]\] with address = "anna@example\.com"\npassword = "\$argon2id\$v=19\$[^"]+"\nscram = "SCRAM-SHA-256\$32768:[^"]+"\n$`)
	if got.status != exitDone || !want.MatchString(got.stdout) || strings.Contains(got.stdout+got.stderr, "correct") {
		t.Errorf("%+v", got)
	}
	if got := call(t, "short\n", append([]string{"passwd", "anna"}, g.flags...)...); got != (outcome{exitFailed, "", "mailgw: the password has 5 characters; write at least 8\n"}) {
		t.Errorf("%+v", got)
	}
	if made := g.must("passwd", "anna", "--device", "phone"); !regexp.MustCompile(`^([a-z2-7]{5}-){3}[a-z2-7]{5}\n$`).MatchString(made) {
		t.Errorf("made %q", made)
	}
	if list := g.must("passwd", "anna", "--list"); !regexp.MustCompile(`(?m)^phone +20\d\d-\d\d-\d\d \d\d:\d\d  anna@example\.com$`).MatchString(list) {
		t.Errorf("listed\n%s", list)
	}
	if gone := g.must("passwd", "anna", "--revoke", "phone"); gone != "phone of anna@example.com logs in no more\n" {
		t.Errorf("%q", gone)
	}
}
