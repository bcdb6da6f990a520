package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dkimpy checks all signatures of a mail; the records come as JSON.
const dkimpy = `
import sys, json, dkim
zone = json.load(open(sys.argv[2]))
mail = open(sys.argv[1], "rb").read()
def txt(name, timeout=5):
    record = zone.get(name.decode().rstrip("."))
    return record.encode() if record else None
n = mail.count(b"DKIM-Signature:")
print(n, *[dkim.DKIM(mail).verify(idx=i, dnsfunc=txt) for i in range(n)])
`

// TestDKIM makes two keys, lets them sign an acknowledgement, and has a program that
// knows nothing of ours check the mail with the records that were printed.
func TestDKIM(t *testing.T) {
	dir := t.TempDir()
	var keys []dkimLine
	out := call(t, "", "dkim", "new", "Example.com", "--kind", "both", "--dir", dir, "--json")
	for line := range strings.Lines(out.stdout) {
		var k dkimLine
		if err := json.Unmarshal([]byte(line), &k); err != nil {
			t.Fatalf("%v: %s", err, out.stderr)
		}
		keys = append(keys, k)
	}
	if len(keys) != 2 || keys[0].Kind != "rsa" || keys[1].Kind != "ed25519" || keys[0].Domain != "example.com" {
		t.Fatalf("made %+v: %s", keys, out.stderr)
	}
	for _, k := range keys {
		if info, err := os.Stat(k.KeyFile); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", k.KeyFile, info.Mode(), err)
		}
	}
	if again := call(t, "", "dkim", "new", "example.com", "--dir", dir); again.status != exitFailed || !strings.Contains(again.stderr, "is there already") {
		t.Errorf("a key was written over: %+v", again)
	}

	g := newSite(t)
	var tables []string
	for _, k := range keys {
		tables = append(tables, fmt.Sprintf("{domain=%q, selector=%q, key_file=%q}", k.Domain, k.Selector, k.KeyFile))
	}
	g.flags = append(g.flags, "--set", "dkim=["+strings.Join(tables, ",")+"]")
	if got := strings.Count(g.must("dkim", "list"), "IN TXT"); got != 2 {
		t.Errorf("list prints %d records", got)
	}
	g.must("check")
	g.serve()
	g.send("rosa@acme.example", outage)
	mails := g.left(t, 2) // to the customer and to the agents at least
	g.stop()
	verifyWithPython(t, keys, mails)
}

// left waits until so many mails at least are in sent/.
func (g *site) left(t *testing.T, n int) []string {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		mails, err := filepath.Glob(filepath.Join(g.data, "sent", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		if len(mails) >= n {
			return mails
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("%d mails left, want %d", len(mails), n)
		}
	}
}

// verifyWithPython has each mail's signatures checked by dkimpy.
func verifyWithPython(t *testing.T, keys []dkimLine, mails []string) {
	t.Helper()
	python := ""
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(p, "-c", "import dkim, nacl").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		t.Skip("SKIPPED: python3-dkim is not installed: no program but ours has checked the signatures")
	}
	zone := map[string]string{}
	for _, k := range keys {
		zone[k.Name] = k.Record
	}
	text, err := json.Marshal(zone)
	if err != nil {
		t.Fatal(err)
	}
	records := filepath.Join(t.TempDir(), "zone.json")
	if err := os.WriteFile(records, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range mails {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The two lines of the envelope on top are not part of the mail.
		_, mail, _ := strings.Cut(string(raw), "X-Envelope-To:")
		_, mail, _ = strings.Cut(mail, "\r\n")
		wire := filepath.Join(t.TempDir(), "mail.eml")
		if err := os.WriteFile(wire, []byte(mail), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command(python, "-c", dkimpy, wire, records).CombinedOutput()
		if err != nil || string(got) != "2 True True\n" {
			t.Errorf("dkimpy says %q (%v) of\n%s", got, err, mail)
		}
	}
	t.Logf("%d mails, each with 2 signatures, right for dkimpy", len(mails))
}

// TestCheckDNS: a name server that does not answer is a problem, and said to be one.
// What is found in answers is tested in the gateway.
func TestCheckDNS(t *testing.T) {
	g := newSite(t)
	g.flags = append(g.flags, "--set", `dns.resolver="127.0.0.1:1"`, "--set", `hostname="gw.example.com"`)
	got := g.call("check", "--dns")
	if got.status != exitFailed || !strings.Contains(got.stdout, "unknown: example.com MX: the DNS did not answer") || !strings.Contains(got.stderr, "problems in the DNS") {
		t.Errorf("without an answer: %+v", got)
	}
	got = g.call("check", "--dns", "--json")
	checkKeys(t, "check --dns", got.stdout[strings.IndexByte(got.stdout, '\n')+1:], map[string]string{"": "domain about grade text"})
}

// TestDKIMUsage costs one clear line each.
func TestDKIMUsage(t *testing.T) {
	for args, want := range map[string]string{
		"dkim new":                               "a domain",
		"dkim new support@example.com":           "is not a domain",
		"dkim new bücher.example":                "ASCII form",
		"dkim new example.com --kind dsa":        "write rsa, ed25519 or both",
		"dkim new example.com --selector a..b":   "is not a name that DNS can hold",
		"dkim new example.com --selector ../etc": "is not a name that DNS can hold",
		"dkim":                                   "list, new",
	} {
		if got := call(t, "", strings.Fields(args)...); got.status != exitUsage || !strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, want %q", args, got.status, got.stderr, want)
		}
	}
	if got := call(t, "", "dkim", "new", "example.com", "--dir", filepath.Join(t.TempDir(), "none")); got.status != exitFailed || !strings.Contains(got.stderr, "no such file") {
		t.Errorf("no folder: %+v", got)
	}
	if got := newSite(t).must("dkim", "list"); !strings.Contains(got, "no key signs") {
		t.Errorf("list without keys printed %q", got)
	}
}
