package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCheck prints every problem, and counts them on standard error.
func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(file, []byte("data = 3\ncolour = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := call(t, "", "check", "--config", file)
	if got.status != exitFailed || strings.Count(got.stdout, "\n") < 3 || !strings.Contains(got.stdout, "bad.toml:2: colour: ") {
		t.Errorf("check printed %+v", got)
	}
	if !strings.HasSuffix(got.stderr, " problems in "+file+"\n") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("standard error is %q", got.stderr)
	}
	asked := call(t, "", "check", "--config", file, "--json")
	checkKeys(t, "problems", asked.stdout, map[string]string{"": "file line key text warning"})
	if n := strings.Count(asked.stdout, "\n"); n != strings.Count(got.stdout, "\n") {
		t.Errorf("%d problems with --json, %d without", n, strings.Count(got.stdout, "\n"))
	}
	other := call(t, "", "ticket", "list", "--config", file)
	if other.status != exitFailed || !strings.Contains(other.stderr, "more: mailgw check shows all)\n") || strings.Count(other.stderr, "\n") != 1 {
		t.Errorf("another command says %+v", other)
	}
}

// TestMissingConfiguration says what to write, for every command that needs one.
func TestMissingConfiguration(t *testing.T) {
	for _, args := range []string{"serve", "check", "explain x.eml", "ticket list", "outbox list", "promise list", "verify"} {
		got := call(t, "", append(strings.Fields(args), "--config", "nowhere.toml")...)
		want := outcome{exitFailed, "", "mailgw: there is no configuration nowhere.toml; write --config FILE or set MAILGW_CONFIG (config.example.toml is one to begin with)\n"}
		if got != want {
			t.Errorf("%s: %+v, want %+v", args, got, want)
		}
	}
	if got := call(t, "", "version", "--config", "nowhere.toml"); got.status != exitDone {
		t.Errorf("version needs a configuration: %+v", got)
	}
}

func TestConfigurationFromEnvironment(t *testing.T) {
	t.Setenv("MAILGW_CONFIG", example)
	if got := call(t, "", "check"); got.status != exitDone {
		t.Errorf("check = %+v", got)
	}
	t.Setenv("MAILGW_CONFIG", "nowhere.toml")
	if got := call(t, "", "check", "--config", example); got.status != exitDone {
		t.Errorf("--config does not win: %+v", got)
	}
}

// TestSetOverrides: the last word has the command line.
func TestSetOverrides(t *testing.T) {
	got := call(t, "", "check", "--config", example, "--set", `agent=[]`, "--set", `desk.support.agents=[]`)
	if got.status != exitFailed || !strings.Contains(got.stdout, "desk[1].agents") {
		t.Errorf("check = %+v", got)
	}
	got = call(t, "", "check", "--config", example, "--set", "smtp.listen")
	if got.status != exitFailed || !strings.HasPrefix(got.stdout, "--set ") {
		t.Errorf("check = %+v", got)
	}
}

// TestCheckSaysWhatIsRight, in three lines, and warns before them.
func TestCheckSaysWhatIsRight(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	asked := []string{"check", "--config", example, "--set", `data="` + data + `"`, "--set", "calendar.zurich.holidays=[]"}
	const right = "ok: 2 desks, 2 agents, 3 customers, 3 rules\nlistens on %s (no STARTTLS); mail leaves to %s/sent\n" +
		"anna@example.com is told of each thing at once, at any hour\nben@example.com is told of each thing at once, at any hour\n" +
		"calendar zurich (Europe/Zurich): no holidays in the next 12 months\n"
	want := outcome{exitDone, fmt.Sprintf(right, "smtp 127.0.0.1:2525, submission 127.0.0.1:2587, imap 127.0.0.1:2143, http 127.0.0.1:2580", data), ""}
	if got := call(t, "", asked...); got != want {
		t.Errorf("check = %+v, want %+v", got, want)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	asked = append(asked, "--set", "smtp.listen=[]", "--set", "http.listen=[]", "--set", "imap.listen=[]", "--set", "submission.listen=[]")
	want = outcome{exitDone, `warning: --set smtp.listen: there is no listener, so no mail comes in; write listen = ["127.0.0.1:2525"] or, for the world, ["0.0.0.0:25"]
warning: --set data: other users of the machine can look into the mails (got mode 0755 of "` + data + `"); write chmod go-rwx to the shell
` + fmt.Sprintf(right, "nothing", data), ""}
	if got := call(t, "", asked...); got != want {
		t.Errorf("check = %+v, want %+v", got, want)
	}
	got := call(t, "", append(asked, "--json")...)
	if lines := strings.Split(got.stdout, "\n"); got.status != exitDone || len(lines) != 4 ||
		!strings.HasSuffix(lines[0], `"warning":true}`) || !strings.HasSuffix(lines[2], `"ok":true,"desks":2,"agents":2,"customers":3,"rules":3,"levels":2,"calendars":1,"warnings":2,"tests":0,`+
		`"calendar_days":[{"calendar":"zurich","zone":"Europe/Zurich","always_open":false,"days":0,"known":0,"last":null,"holidays":[],"short_days":[]}],"answers":[]}`) {
		t.Errorf("check --json = %+v", got)
	}
}

// TestCheckRunsTests of the rules, says what fails and why, and then says nothing of being right.
func TestCheckRunsTests(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	file, rules := filepath.Join(dir, "m.toml"), filepath.Join(dir, "rules.toml")
	const tests = `
[[test]]
name = "a mail that asks"
mail = { from = "Bob <bob@acme.example>", subject = "A question" }
expect = { priority = "normal", level = "premium", page = false }

[[test]]
name = "a mail that cries"
mail = { subject = "We have no outage" }
expect = { priority = "high", rules = ["production-down"], not_rules = ["production-down"] }
`
	for name, data := range map[string]string{file: "include = \"rules.toml\"\n" + string(text), rules: strings.Replace(tests, `, not_rules = ["production-down"]`, "", 1)} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asked := []string{"check", "--config", file, "--set", `data="` + dir + `/data"`}
	want := outcome{exitFailed, rules + `:10: test[1].expect.priority: test "a mail that cries" fails: expected "high", came "urgent"; ` +
		`rule "production-down" matched: words contains "production down", "outage": true by "outage", in "we have no outage"` + "\n", "mailgw: 1 of 2 tests of rules failed\n"}
	if got := call(t, "", asked...); got != want {
		t.Errorf("check = %+v\nwant    %+v", got, want)
	}
	got := call(t, "", append(asked, "--json")...)
	checkKeys(t, "failures", got.stdout, map[string]string{"": "file line key text test what want got why"})
	if got.status != exitFailed || !strings.Contains(got.stdout, `"line":10,`) || !strings.Contains(got.stdout, `"what":"priority","want":"\"high\"","got":"\"urgent\""`) {
		t.Errorf("check --json = %+v", got)
	}
	if err := os.WriteFile(rules, []byte(strings.Replace(tests, `"high", rules = ["production-down"], not_rules = ["production-down"]`, `"urgent"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "", asked...); got.status != exitDone || !strings.HasSuffix(got.stdout, "\n2 tests of rules: ok\n") {
		t.Errorf("check = %+v", got)
	}
}

// TestCheckShowsHolidays, those of sets, lists and files, with their names; whenever it runs, so
// of the days only one is asked for.
func TestCheckShowsHolidays(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "m.toml")
	tomorrow := time.Now().AddDate(0, 0, 30)
	ics := "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Moving\nDTSTART;VALUE=DATE:" + tomorrow.Format("20060102") + "\nDTEND;VALUE=DATE:" + tomorrow.AddDate(0, 0, 2).Format("20060102") + "\nEND:VEVENT\nEND:VCALENDAR\n"
	for file, data := range map[string][]byte{config: text, filepath.Join(dir, "days.ics"): []byte(ics)} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	short := tomorrow.AddDate(0, 0, 5).Format(time.DateOnly)
	asked := []string{"check", "--config", config, "--set", "calendar.zurich.holidays=[]", "--set", `calendar.zurich.holidays_file="days.ics"`,
		"--set", `calendar.zurich.short_days={"` + short + `"=["09:00-12:00"]}`, "--set", `calendar[1]={name="night", zone="UTC", always_open=true}`}
	got := call(t, "", asked...)
	last := tomorrow.AddDate(0, 0, 1)
	follow(t, got.stdout, "calendar zurich (Europe/Zurich): 2 holidays in the next 12 months (2 of days.ics), 1 short day\n",
		"  "+tomorrow.Format("Mon 2006-01-02")+" to "+last.Format("Mon 2006-01-02")+"  Moving (days.ics)\n", short+"  open 09:00-12:00 (short_days)\n", "calendar night (UTC): always open\n")
	follow(t, call(t, "", append(asked, "--json")...).stdout, `"calendar_days":[{"calendar":"zurich","zone":"Europe/Zurich","always_open":false,"days":2,"known":2,"last":"`+last.Format(time.DateOnly)+
		`","holidays":[{"from":"`+tomorrow.Format(time.DateOnly)+`","to":"`+last.Format(time.DateOnly)+`","name":"Moving","source":"days.ics"}],"short_days":[{"date":"`+short+`","open":["09:00-12:00"]}]}`)
	got = call(t, "", append(asked, "--set", `calendar.zurich.holidays_of=["CH-ZH"]`, "--set", `calendar.zurich.holidays_file=""`, "--set", "calendar.zurich.short_days={}")...)
	follow(t, got.stdout, "calendar zurich", " holidays in the next 12 months (", " of CH-ZH")
	for _, name := range []string{"Weihnachtstag (CH-ZH)", "Bundesfeiertag (CH-ZH)"} {
		if strings.Count(got.stdout, name) != 1 {
			t.Errorf("no %s in\n%s", name, got.stdout)
		}
	}
}

// TestMissingCertificate stops check and serve, at the place where it is named.
func TestMissingCertificate(t *testing.T) {
	dir := t.TempDir()
	set := []string{"--config", example, "--set", `data="` + dir + `/data"`, "--set", `smtp.tls_certificate="` + dir + `/c.pem"`, "--set", `smtp.tls_key="` + dir + `/k.pem"`}
	const cert = `--set smtp.tls_certificate: cannot be read: no such file or directory (got "%s/c.pem"); write the file of the certificate chain`
	got := call(t, "", append([]string{"check"}, set...)...)
	if got.status != exitFailed || !strings.HasPrefix(got.stdout, fmt.Sprintf(cert, dir)+"\n--set smtp.tls_key: ") || got.stderr != "mailgw: 2 problems in "+example+"\n" {
		t.Errorf("check = %+v", got)
	}
	want := outcome{exitFailed, "", "mailgw: " + fmt.Sprintf(cert, dir) + " (and 1 more: mailgw check shows all)\n"}
	if got := call(t, "", append([]string{"serve"}, set...)...); got != want {
		t.Errorf("serve = %+v, want %+v", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("serve made a data folder all the same")
	}
}
