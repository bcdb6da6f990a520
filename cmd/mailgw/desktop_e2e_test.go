//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"supportgw/mailgw"
)

// The tests of mail clients run real ones on a notice of a running gateway:
//
//	MAILGW_CLIENTS=1           run them
//	MAILGW_CLIENT_PICTURES=dir put pictures of their windows there

// needClients skips a test of a mail client unless it is asked for and its programs are there.
func needClients(t *testing.T, programs ...string) {
	t.Helper()
	skipUnless(t, os.Getenv("MAILGW_CLIENTS") == "1", "a mail client takes its time: MAILGW_CLIENTS=1 runs it, as CI does")
	for _, p := range programs {
		_, err := exec.LookPath(p)
		skipUnless(t, err == nil, "there is no "+p+", and no mail client but Go's has tried it")
	}
}

// agentDesk is a gateway with one ticket, and the notice of it that Anna has got.
type agentDesk struct {
	*daemon
	home   string // a folder for the mail client
	notice *sentMail
}

// newAgentDesk has a customer write, in a working hour that does not hang on today's.
func newAgentDesk(t *testing.T) *agentDesk {
	t.Helper()
	d := newDaemon(t)
	d.clock = "2026-11-24T10:00:00+01:00 x1"
	d.start()
	a := &agentDesk{daemon: d, home: filepath.Join(d.dir, "home")}
	if err := os.Mkdir(a.home, 0o700); err != nil {
		t.Fatal(err)
	}
	m := draft{
		id: "one@acme.example", from: "berta@acme.example", name: "Berta Brand", subject: "The export stops at page 9",
		date: "Tue, 24 Nov 2026 10:00:00 +0100", body: "Hello,\r\n\r\nsince this morning the export of our report stops at page 9.\r\nWhat can we do?\r\n\r\nBerta Brand\r\n",
	}
	if r := d.sendOne(m.from, m.bytes()); r.id() == "" {
		t.Fatal(r)
	}
	waitFor(t, "the notice", func() bool { a.notice = a.to("anna@example.com", ""); return a.notice != nil })
	return a
}

// to is the newest mail to somebody that has some words; nil when there is none.
func (a *agentDesk) to(addr, words string) (found *sentMail) {
	a.t.Helper()
	for _, m := range a.mails() {
		if text, err := m.plain(); err == nil && strings.Contains(m.envelopeTo, addr) && strings.Contains(text, words) {
			found = m
		}
	}
	return found
}

// received is the notice as a mail server hands it over.
func (a *agentDesk) received() []byte {
	_, mail, _ := bytes.Cut(a.notice.raw, []byte("X-Envelope-To:"))
	_, mail, _ = bytes.Cut(mail, []byte("\n"))
	return bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n"))
}

// step is the address of the notice behind the name of a step.
func (a *agentDesk) step(name string) string {
	a.t.Helper()
	text, err := a.notice.plain()
	if err != nil {
		a.t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + `: (\S+@\S+)$`).FindStringSubmatch(text)
	if m == nil {
		a.t.Fatalf("no step %q in\n%s", name, text)
	}
	return m[1]
}

// wantAnswer waits for the answer, in which nothing of the notice stands.
func (a *agentDesk) wantAnswer(words string) {
	a.t.Helper()
	var answer *sentMail
	waitFor(a.t, "the answer", func() bool { answer = a.to("berta@acme.example", words); return answer != nil })
	text, err := answer.plain()
	if err != nil {
		a.t.Fatal(err)
	}
	if !strings.HasPrefix(text, words+"\n") {
		a.t.Errorf("the customer reads\n%s", text)
	}
	for _, private := range []string{"Acme Instruments AG", "#note", "> ", "page 9", "anna@example.com", "due"} {
		if strings.Contains(text, private) {
			a.t.Errorf("the answer has %q:\n%s", private, text)
		}
	}
	if got := answer.get("From"); got != "Anna Keller <support@example.com>" {
		a.t.Errorf("the answer is from %q", got)
	}
	if got := strings.Trim(answer.get("In-Reply-To"), "<>"); got != "one@acme.example" {
		a.t.Errorf("the answer is to %q", got)
	}
}

// wantAssigned waits until the ticket is somebody's.
func (a *agentDesk) wantAssigned(addr string) {
	a.t.Helper()
	type ticket struct {
		Assignee *string `json:"assignee"`
	}
	waitFor(a.t, "the ticket to be of "+addr, func() bool {
		got := ask[ticket](a.daemon, "ticket.show", mailgw.NumberArgs{Number: 1})[0].Assignee
		return got != nil && *got == addr
	})
}

// run starts a program that ends with the test.
func (a *agentDesk) run(env []string, name string, args ...string) *exec.Cmd {
	a.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = a.home, append(append(os.Environ(), "HOME="+a.home, "LC_ALL=C.UTF-8"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil { // with what it has started
			a.t.Logf("end %s: %v", name, err)
		}
		cmd.Wait() //nolint:errcheck // it was killed
	})
	return cmd
}

// display starts a screen that nobody sees, and returns its DISPLAY.
func (a *agentDesk) display(size string) string {
	a.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	w.Close()
	a.t.Cleanup(func() {
		if err := cmd.Process.Kill(); err == nil {
			cmd.Wait() //nolint:errcheck // it was killed
		}
	})
	var number int
	if _, err := fmt.Fscan(r, &number); err != nil {
		a.t.Fatalf("Xvfb tells no display: %v", err)
	}
	return fmt.Sprintf("DISPLAY=:%d", number)
}

// picture puts the screen into a file, when pictures are asked for.
func (a *agentDesk) picture(display, name string) {
	a.t.Helper()
	dir := os.Getenv("MAILGW_CLIENT_PICTURES")
	if dir == "" {
		return
	}
	cmd := exec.Command("import", "-window", "root", "+dither", "-colors", "24", "-define", "png:compression-level=9", filepath.Join(dir, name+".png"))
	cmd.Env = append(os.Environ(), display)
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Errorf("picture: %v: %s", err, out)
	}
}
