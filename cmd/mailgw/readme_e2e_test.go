//go:build linux

package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var inlineCommand = regexp.MustCompile("`(mailgw [^`]+)`")

// readmeScript are the commands of README.md's first five minutes, as they stand
// there: all lines of a block that is marked as sh, and in the others what follows "$ ".
func readmeScript(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectRoot(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## The first five minutes\n")
	section, _, closed := strings.Cut(section, "\n## ")
	if !ok || !closed {
		t.Fatal("README.md has no first five minutes")
	}
	var script []string
	for i, block := range strings.Split(section, "```") {
		if i%2 == 0 { // between two blocks
			continue
		}
		if body, ok := strings.CutPrefix(block, "sh\n"); ok {
			script = append(script, body)
			continue
		}
		open := false // the command goes on in the next line
		for line := range strings.Lines(block) {
			command, begins := strings.CutPrefix(line, "$ ")
			switch {
			case begins:
				script = append(script, command)
			case open:
				script[len(script)-1] += line
			}
			open = (begins || open) && strings.HasSuffix(line, "\\\n")
		}
	}
	for _, m := range inlineCommand.FindAllStringSubmatch(section, -1) { // told between the blocks
		script = append(script, m[1]+"\n")
	}
	return script
}

// settled is put behind each command that sends: what it caused has left then.
const settled = `
for _ in $(seq 600); do [ -z "$(mailgw outbox list --json)" ] && break; sleep 0.05; done
`

// TestReadme plays the first five minutes: every command of them, in their order,
// with other ports, and looks at what came of it.
func TestReadme(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "swaks"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: there is no %s, with which the README sends mail", tool)
		}
	}
	d := newDaemon(t)
	example, err := os.ReadFile(filepath.Join(projectRoot(t), "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	smtp, web := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	ports := strings.NewReplacer("127.0.0.1:2525", smtp, "127.0.0.1:2580", web, "#ask_next_step = true", "ask_next_step = false") // whose mails wait for Monday, when it is Sunday
	config := filepath.Join(d.dir, "config.example.toml")
	if err := os.WriteFile(config, []byte(ports.Replace(string(example))), 0o600); err != nil {
		t.Fatal(err)
	}
	d.config, d.smtp, d.sets = config, smtp, nil
	d.start()
	var script strings.Builder
	for _, command := range readmeScript(t) {
		if strings.Contains(command, "go build") { // its alias stands for what was built here
			command = "mailgw() { " + d.program() + ` "$@"; }` + "\n"
		}
		script.WriteString(ports.Replace(command))
		if strings.Contains(command, "swaks ") || strings.Contains(command, "curl ") {
			script.WriteString(settled)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience) // some forty programs, one after the other
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-e", "-u", "-o", "pipefail")
	cmd.Dir, cmd.Stdin = d.dir, strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n--- of the commands\n%s", err, out, script.String())
	}
	t.Logf("%s", out)
	rest := string(out)
	for _, want := range []string{
		"mail.eml: new\n", "triage: priority normal, level premium, desk support", "  sure         claimed", "Auto-Submitted: auto-replied", "PROMISED", "Ticket 1: Calibration certificate is missing",
		"250 2.0.0 accepted as ", "From: Anna Keller <support@example.com>", "it lay in the next box", "kept", "250 2.0.0 accepted as ", "mail appended", "duplicate", "ok: 5 accepted mails, 2 tickets, ", "withdrawn",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q does not follow in\n%s", want, out)
		}
		rest = after
	}
	d.stop()
}
