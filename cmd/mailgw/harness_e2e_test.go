//go:build linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests in the files *_e2e_test.go build the program, run it as a process of
// its own, and look at it from the outside only: through SMTP, its commands, the
// admin socket, the mails in sent/, and what the kernel saw of it.
//
//	MAILGW_E2E_RACE=1       build it with the race detector
//	MAILGW_CRASH_KILLS=40   how often the crash test kills it
//	MAILGW_CRASH_SEED=n     repeat a crash test's random choices
//	MAILGW_E2E_LARGE=1      the large numbers of the other tests

// patience bounds every wait: it is only ever used up by what hangs.
const patience = 60 * time.Second

// built is the folder with the program, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mailgw-e2e-")
	if err != nil {
		return "", err
	}
	args := []string{"build", "-o", filepath.Join(dir, "mailgw")}
	if os.Getenv("MAILGW_E2E_RACE") == "1" {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return dir, fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	dir, err := built()
	status := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		waitTogether()
		status = m.Run()
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// waitTogether lets twice as many tests run at the same time as there are processors, unless
// -parallel says how many: they wait for disks and processes more than they work.
func waitTogether() {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if f := flag.Lookup("test.parallel"); f != nil && !asked {
		if err := f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
}

// projectRoot is the folder with go.mod.
func projectRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// envNumber reads a number from the environment.
func envNumber(t testing.TB, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// sized is how much a test does: small, or large where the environment asks for it.
func sized(small, large int) int {
	if os.Getenv("MAILGW_E2E_LARGE") == "1" {
		return large
	}
	return small
}

// noDNS is a name server that does not answer, at once: tests ask nobody outside.
const noDNS = `dns.resolver="127.0.0.1:1"`

// daemon is one data folder with the configuration of a small team, and the
// process on it, which can be killed and started again.
type daemon struct {
	t      testing.TB
	dir    string   // a short one: the path of the admin socket is bounded
	sets   []string // beside those of the harness
	clock  string   // of a rehearsal
	config string   // the file; "" = config.example.toml
	around []string // a command that the program is run under

	cmd  *exec.Cmd // nil when none runs
	log  *logTail
	done chan error // the process's end

	smtp, lmtp, http string // addresses, when it is ready
	imap, submission string
}

// newDaemon makes a data folder; start starts the process.
func newDaemon(t testing.TB, sets ...string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250)) // its ports are nobody else's
	d := &daemon{t: t, dir: dir, smtp: host + ":0"}
	d.sets = append([]string{
		fmt.Sprintf("http.listen=[%q]", host+":0"), noDNS, "imap.listen=[]", "submission.listen=[]",
		"acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0",
		"acknowledge.budget.per_network=0", "acknowledge.budget.total=0", "desk.support.ask_impact=false", "desk.support.ask_next_step=false", "desk.billing.ask_next_step=false",
	}, sets...)
	t.Cleanup(func() {
		d.kill()
		if t.Failed() && d.log != nil {
			t.Logf("the daemon's complaints and last words:\n%s\n%s", d.log.complaints(), d.log.tail(1500))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove data: %v", err)
		}
	})
	return d
}

// startDaemon is newDaemon and start.
func startDaemon(t testing.TB, sets ...string) *daemon {
	t.Helper()
	d := newDaemon(t, sets...)
	d.start()
	return d
}

func (d *daemon) data() string { return filepath.Join(d.dir, "data") }
func (d *daemon) sent() string { return filepath.Join(d.data(), "sent") }

// flags are the configuration, for the daemon and for the commands alike.
func (d *daemon) flags() []string {
	file := d.config
	if file == "" {
		file = filepath.Join(projectRoot(d.t), "config.example.toml")
	}
	out := []string{"--config", file}
	for _, s := range append([]string{fmt.Sprintf("data=%q", d.data()), fmt.Sprintf("smtp.listen=[%q]", d.smtp)}, d.sets...) {
		out = append(out, "--set", s)
	}
	return out
}

func (d *daemon) program() string {
	dir, err := built()
	if err != nil {
		d.t.Fatal(err)
	}
	return filepath.Join(dir, "mailgw")
}

// start starts the process and waits until it is ready. The listener keeps the
// address that it once got.
func (d *daemon) start() {
	d.t.Helper()
	d.launch()
	d.awaitReady()
}

// launch starts the process and waits for nothing.
func (d *daemon) launch() {
	d.t.Helper()
	args := append(append([]string{}, d.around...), d.program(), "serve")
	args = append(args, d.flags()...)
	if d.clock != "" {
		args = append(args, "--clock", d.clock)
	}
	d.log = &logTail{ready: make(chan string, 1)}
	d.cmd = exec.Command(args[0], args[1:]...)
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = d.dir, d.log, d.log
	d.cmd.WaitDelay = patience
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	cmd, done := d.cmd, make(chan error, 1)
	d.done = done
	go func() { done <- cmd.Wait() }()
}

var (
	smtpDoor = regexp.MustCompile(`\bsmtp="?([0-9.]+:\d+)`)
	httpDoor = regexp.MustCompile(`\bhttp="?([0-9.]+:\d+)`)
	lmtpDoor = regexp.MustCompile(`\blmtp="?([0-9.]+:\d+)`)
	imapDoor = regexp.MustCompile(`\bimap="?([0-9.]+:\d+)`)
	sendDoor = regexp.MustCompile(`\bsubmission="?([0-9.]+:\d+)`)
)

func (d *daemon) awaitReady() {
	d.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case line := <-d.log.ready:
		m := smtpDoor.FindStringSubmatch(line)
		if m == nil {
			d.t.Fatalf("no smtp listener in %q", line)
		}
		if d.smtp != m[1] { // else senders are looking at it
			d.smtp = m[1]
		}
		if m := httpDoor.FindStringSubmatch(line); m != nil {
			d.http = m[1]
		}
		if m := lmtpDoor.FindStringSubmatch(line); m != nil {
			d.lmtp = m[1]
		}
		if m := imapDoor.FindStringSubmatch(line); m != nil {
			d.imap = m[1]
		}
		if m := sendDoor.FindStringSubmatch(line); m != nil {
			d.submission = m[1]
		}
	case err := <-d.done:
		d.cmd = nil
		d.t.Fatalf("the daemon ended before it was ready: %v\n%s", err, d.log.tail(8000))
	case <-limit.C:
		d.t.Fatalf("the daemon does not become ready:\n%s", d.log.tail(8000))
	}
}

// kill ends the process with SIGKILL, if it runs.
func (d *daemon) kill() {
	if d.cmd == nil {
		return
	}
	if err := d.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Errorf("kill: %v", err)
	}
	<-d.done
	d.ended()
}

// ended looks what the process had to say in the end.
func (d *daemon) ended() {
	d.cmd = nil
	for _, word := range []string{"WARNING: DATA RACE", "\npanic: ", "msg=panic "} {
		if strings.Contains(d.log.tail(2*keptLog), word) {
			d.t.Errorf("the daemon's log says %q", word)
		}
	}
}

// stop ends the process with SIGTERM and checks that it ends well.
func (d *daemon) stop() {
	d.t.Helper()
	d.terminate()
	d.awaitEnd()
}

func (d *daemon) terminate() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatalf("SIGTERM: %v", err)
	}
}

func (d *daemon) awaitEnd() {
	d.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case err := <-d.done:
		d.ended()
		if err != nil {
			d.t.Errorf("the daemon ended with %v", err)
		}
	case <-limit.C:
		d.t.Fatal("the daemon does not stop")
	}
}

// command runs one of the program's commands on this data folder.
func (d *daemon) command(args ...string) (stdout, stderr string, status int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.program(), append(args, d.flags()...)...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.t.Fatalf("mailgw %q: %v", args, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// mustCommand runs a command that must succeed.
func (d *daemon) mustCommand(args ...string) string {
	d.t.Helper()
	out, errs, status := d.command(args...)
	if status != 0 {
		d.t.Fatalf("mailgw %q: exit status %d: %s%s", args, status, errs, out)
	}
	return out
}

// logTail keeps a process's last words, and gives the line that says "ready".
type logTail struct {
	mu    sync.Mutex
	line  []byte // not ended yet
	all   []byte
	ready chan string
}

const keptLog = 1 << 20

func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all = append(l.all, b...); len(l.all) > 2*keptLog {
		l.all = append([]byte(nil), l.all[len(l.all)-keptLog:]...)
	}
	l.line = append(l.line, b...)
	for {
		i := bytes.IndexByte(l.line, '\n')
		if i < 0 {
			return len(b), nil
		}
		if bytes.Contains(l.line[:i], []byte("msg=ready ")) {
			l.ready <- string(l.line[:i])
		}
		l.line = append(l.line[:0], l.line[i+1:]...)
	}
}

func (l *logTail) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.all[max(0, len(l.all)-n):])
}

// complaints are the last lines that are no mere information.
func (l *logTail) complaints() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.Lines(string(l.all)) {
		if !strings.Contains(line, "level=INFO") {
			out = append(out, line[:min(len(line), 300)])
		}
	}
	return strings.Join(out[max(0, len(out)-12):], "\n")
}

// waitFor waits until ok; what says what for.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); breathe() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// breathe lets others run between two looks at a thing.
func breathe() { <-time.After(3 * time.Millisecond) }
