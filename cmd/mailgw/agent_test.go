package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// setupFlags are a gateway that mail clients can reach at two names of a service.
var setupFlags = []string{
	"--set", `hostname="support.example.com"`, "--set", `smtp.tls_certificate="/none/cert.pem"`, "--set", `smtp.tls_key="/none/key.pem"`,
	"--set", `imap.listen=["0.0.0.0:143"]`, "--set", `imap.tls_listen=["0.0.0.0:993"]`, "--set", `submission.listen=["0.0.0.0:587"]`, "--set", "submission.tls_listen=[]",
}

func setupOf(t *testing.T, args ...string) outcome {
	t.Helper()
	return call(t, "", append(append([]string{"agent", "setup", "--config", example}, setupFlags...), args...)...)
}

// TestAgentSetup prints the card, the lines for mutt, the object and the profile.
func TestAgentSetup(t *testing.T) {
	for _, who := range []string{"anna@example.com", "ANNA@example.com", "anna", "Anna Keller", "keller"} {
		got := setupOf(t, who)
		for _, want := range []string{"Anna Keller <anna@example.com>: ", "IMAP  support.example.com  port 993  security: SSL/TLS\n", "SMTP  support.example.com  port 587  security: STARTTLS\n", "user name  anna@example.com, for both\n"} {
			if got.status != exitDone || !strings.Contains(got.stdout, want) {
				t.Errorf("%s: no %q in %+v", who, want, got)
			}
		}
	}
	if got := setupOf(t, "anna", "--muttrc"); got.status != exitDone || !strings.Contains(got.stdout, `set folder = "imaps://anna%40example.com@support.example.com:993/"`+"\n") {
		t.Errorf("%+v", got)
	}
	const object = `{"name":"Anna Keller","address":"anna@example.com","user":"anna@example.com","imap":{"host":"support.example.com","port":993,"security":"SSL/TLS"},"submission":{"host":"support.example.com","port":587,"security":"STARTTLS"}}` + "\n"
	if got, want := setupOf(t, "anna", "--json"), (outcome{exitDone, object, ""}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	file := filepath.Join(t.TempDir(), "anna.mobileconfig")
	if got, want := setupOf(t, "anna", "--mobileconfig", file), (outcome{exitDone, "wrote " + file + "\n", ""}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "<string>anna@example.com</string>") || !strings.HasSuffix(string(text), "</plist>\n") {
		t.Errorf("%v: %s", err, text)
	}
}

// TestAgentSetupRefused: who is nobody, or cannot log in, is told so, and no file is written.
func TestAgentSetupRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.mobileconfig")
	for _, c := range []struct {
		want string
		args []string
	}{
		{`there is no agent "zoe"; write the address of an [[agent]]`, []string{"zoe"}},
		{`there is no agent "@example.com"; write the address of an [[agent]]`, []string{"@example.com"}},
		{"mail clients have nowhere to connect to: write imap.tls_listen or imap.listen", []string{"anna", "--set", "imap.listen=[]", "--set", "imap.tls_listen=[]"}},
		{"mail clients cannot log in at submission: TLS needs a certificate (smtp.tls_certificate or acme) and a fixed port, or listen on 127.0.0.1", []string{"anna", "--set", `submission.listen=["0.0.0.0:0"]`}},
		{`"agent" is not one agent; write anna@example.com or ben@example.com`, []string{"agent", "--set", `agent=[{name="Agent A",address="anna@example.com"},{name="Agent B",address="ben@example.com"}]`}},
	} {
		got := setupOf(t, append(c.args, "--mobileconfig", file)...)
		if want := (outcome{exitFailed, "", "mailgw: " + c.want + "\n"}); got != want {
			t.Errorf("%q: got  %+v\nwant %+v", c.args, got, want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a profile was written all the same")
	}
}

// TestAgentSetupJSON: the object has a host that clients on this machine reach, with the
// example's configuration.
func TestAgentSetupJSON(t *testing.T) {
	got := call(t, "", "agent", "setup", "ben", "--json", "--config", example, "--set", `imap.listen=["127.0.0.1:2143"]`, "--set", `submission.listen=["127.0.0.1:2587"]`)
	var v struct {
		IMAP, Submission struct{ Host, Security string }
	}
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || v.IMAP.Host != "127.0.0.1" || v.IMAP.Security != "none" || v.Submission.Host != "127.0.0.1" {
		t.Errorf("%v: %+v", err, got)
	}
}
