package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAlarms: what is no way to tell anybody is refused with what to write instead.
func TestAlarms(t *testing.T) {
	for _, tt := range []struct {
		alarm string // members of the table behind its name
		want  string // of the error; "" for none
	}{
		{`url="https://ops.example.com/x", secret_file="/s"`, ""},
		{`url="http://127.0.0.1:9000/x", secret_file="/s"`, ""},
		{`command=["/bin/page", "a b"], on=["store", "stuck"], repeat="0s"`, ""},
		{`repeat="1h"`, `alarm[0].url: is missing, and so is command; write url = "https://ops.example.com/hooks/mailgw", or command = ["/usr/local/bin/page"]`},
		{`url="https://ops.example.com/x", secret_file="/s", command=["/bin/page"]`, `alarm[0].command: is a second way beside url; write one of the two, and a further [[alarm]] for the other`},
		{`url="https://ops.example.com/x"`, `alarm[0].secret_file: is missing, so nobody could tell our messages from others; write the file that "echo whsec_$(openssl rand -base64 32) > FILE" makes`},
		{`url="http://ops.example.com/x", secret_file="/s"`, `must begin with https:// (got "http://ops.example.com/x")`},
		{`url="ops.example.com", secret_file="/s"`, `alarm[0].url: is not a URL (got "ops.example.com"); write one like https://ops.example.com/hooks/mailgw`},
		{`command=["page"]`, `alarm[0].command: the program needs its whole path (got "page"), for no shell looks for it; write one like /usr/local/bin/page`},
		{`command=["/bin/page"], secret_file="/s"`, `alarm[0].secret_file: is for url alone (got "/s"); take it out`},
		{`command=["/bin/page"], on=["disk"]`, `alarm[0].on[0]: is none of what an alarm can be about (got "disk"); write one of certificate, drawers, login, outbox, relay, search, store, stuck, sum_law, token_ending`},
	} {
		c, err := Parse("m.toml", []byte(minimal), []string{`alarm=[{name="ops", ` + tt.alarm + `}]`})
		if err == nil && tt.want == "" {
			continue
		}
		if err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v\nwant %s", tt.alarm, c != nil, err, tt.want)
		}
	}
	c, err := Parse("m.toml", []byte(minimal), []string{`alarm=[{name="ops", command=["/bin/page"]}]`})
	if err != nil || c.Alarms[0].Repeat != 4*time.Hour {
		t.Errorf("%v", err)
	}
	if _, err := Parse("m.toml", []byte(minimal), []string{`alarm=[{name="ops", command=["/bin/page"]}, {name="OPS", command=["/bin/page"]}]`}); err == nil {
		t.Error("two of one name")
	}
}

// TestAlarmFiles: a secret that is none and a program that is not there are found before the start.
func TestAlarmFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return f
	}
	good, plain, empty, program := file("good", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", 0o600), file("plain", "secret\n", 0o600), file("empty", "", 0o600), file("page", "#!/bin/sh\n", 0o700)
	for alarm, want := range map[string]string{
		`url="https://ops.example.com/x", secret_file="` + good + `"`:     "",
		`command=["` + program + `"]`:                                     "",
		`url="https://ops.example.com/x", secret_file="` + plain + `"`:    "has no secret",
		`url="https://ops.example.com/x", secret_file="` + empty + `"`:    "has no secret",
		`url="https://ops.example.com/x", secret_file="` + dir + `/gone"`: "no such file",
		`command=["` + plain + `"]`:                                       "is no program that can be started",
		`command=["` + dir + `/gone"]`:                                    "is no program that can be started",
	} {
		c, err := Parse("m.toml", []byte(minimal), []string{`alarm=[{name="ops", ` + alarm + `}]`})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.CheckFiles(time.Now(), func([]byte) error { return nil })
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", alarm, err, want)
		}
	}
}
