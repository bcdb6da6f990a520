package wording_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
)

// strictReader reads mails with Python's email package, which has the strictest
// parser at hand, and says what is wrong with each.
const strictReader = `
import base64, email, email.policy, json, re, sys
wrong = []
for m in json.load(sys.stdin):
    raw, say = base64.b64decode(m["Raw"]), lambda what: wrong.append(m["Name"] + ": " + what)
    try:
        for policy in (email.policy.strict, email.policy.SMTP.clone(raise_on_defect=True), email.policy.SMTPUTF8.clone(raise_on_defect=True)):
            p = email.message_from_bytes(raw, policy=policy)
            for name, value in p.items():
                if value.defects: say("%s: %s" % (name, value.defects))
                if str(value) != "".join(str(value).splitlines()): say("a line break in " + name)
            for part in p.walk():
                if part.defects: say(str(part.defects))
                for name, value in part.items():
                    if value.defects: say("%s: %s" % (name, value.defects))
            for name in ("Date", "Message-ID", "MIME-Version", "From", "To", "Subject"):
                if len(p.get_all(name, [])) != 1: say("not one " + name)
            if p["Date"].datetime.isoformat() != "2026-07-14T10:00:00+02:00": say("Date " + p["Date"])
            if [a.addr_spec for a in p["To"].addresses] != ["mia@acme.example", "bob@acme.example"]: say("To " + p["To"])
            if [a.addr_spec for a in p["From"].addresses] != ["support@example.com"]: say("From " + p["From"])
            if p["Subject"] != m["Subject"]: say("Subject %r is not %r" % (p["Subject"], m["Subject"]))
            if p.get_content_type() != "multipart/alternative": say(p.get_content_type())
            for kind, want in (("plain", m["Text"]), ("html", m["HTML"])):
                got = p.get_body((kind,)).get_content().replace("\r\n", "\n").rstrip("\n")
                if got != want.rstrip("\n"): say("%s is %r" % (kind, got[:200]))
    except Exception as e:
        say(repr(e))
    head, body = raw.split(b"\r\n\r\n", 1)
    if any(len(l) > 78 for l in head.split(b"\r\n")): say("a long line in the header")
    if any(len(l) > 76 for l in body.split(b"\r\n")): say("a long line in the body")
    if re.search(rb"\r(?!\n)|(?<!\r)\n|\0", raw): say("a line end that is not CRLF, or NUL")
    if any(b > 126 for b in raw): say("a byte that is not ASCII")
    if re.search(rb"[ \t]\r\n", raw): say("white space at the end of a line")
print(json.dumps(wrong))
`

// TestStrictly writes every mail of ours, in each language and with words of every
// kind, and has it read by a strict parser of somebody else.
func TestStrictly(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: no python3 here: our mails were not read by a strict parser")
	}
	type one struct {
		Name, Subject, Text, HTML string
		Raw                       []byte
	}
	names := []string{"Example Support", "Büro Zürich", "ميا ماير", "מיה מאיר", "三号线支持团队", "Support 👩‍🔧", `"O'Neill", Pat <x@y.z>`, "a, b; c: d (e) [f]", strings.Repeat("Länge ", 40)}
	var all []one
	for name, m := range pictured(t) {
		from := names[len(all)%len(names)]
		d := letter.Draft{
			From: quotedName(from) + " <support@example.com>", To: []string{quotedName(names[(len(all)+4)%len(names)]) + " <mia@acme.example>", "bob@acme.example"},
			Subject: m.Subject, MessageID: "1.2@example.com", InReplyTo: "a@b.example", References: []string{"t@example.com", "a@b.example"},
			Date: time.Date(2026, 7, 14, 10, 0, 0, 0, time.FixedZone("", 7200)), Text: m.Text, HTML: m.HTML, Headers: [][2]string{{"Auto-Submitted", "auto-generated"}},
		}
		raw, err := letter.Compose(d)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all = append(all, one{name, m.Subject, m.Text, m.HTML, raw})
	}
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", strictReader)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	if err := json.Unmarshal(out, &wrong); err != nil || len(all) < 100 {
		t.Fatalf("%d mails: %v: %s", len(all), err, out)
	}
	for _, w := range wrong {
		t.Errorf("%.400s", w)
	}
}

// quotedName is a display name as RFC 5322 §3.2.4 quotes it.
func quotedName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
