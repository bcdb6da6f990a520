package mailgw

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The test patterns that scanners know; in pieces, so that no scanner minds this file.
const (
	gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-" + "STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
	eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`
)

// child runs a server until the test ends, and waits until it listens.
func child(t *testing.T, network, addr, name string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	log, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	t.Cleanup(stop)
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial(network, addr); err == nil {
			c.Close()
			return stop
		}
		select {
		case <-ended:
			out, _ := os.ReadFile(log.Name())
			t.Fatalf("%s has ended:\n%s", name, out)
		default:
		}
		if time.Since(begun) > time.Minute {
			out, _ := os.ReadFile(log.Name())
			t.Fatalf("%s does not listen:\n%s", name, out)
		}
	}
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startRspamd runs a real rspamd that speaks the milter protocol.
func startRspamd(t *testing.T) (addr string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	dir := t.TempDir()
	conf := writeFile(t, filepath.Join(dir, "rspamd.conf"), fmt.Sprintf(`.include "/etc/rspamd/common.conf"
options { pidfile = "%[1]s/pid"; control_socket = "%[1]s/ctl mode=0600"; history_file = "%[1]s/history"; tempdir = "%[1]s"; dns { nameserver = "127.0.0.1:1"; timeout = 0.1s; retransmits = 1; } }
logging { type = "file"; filename = "%[1]s/log"; level = "warning"; }
worker "rspamd_proxy" { bind_socket = "%[2]s"; milter = yes; timeout = 60s; count = 1; upstream "local" { default = yes; self_scan = yes; } }
milter_headers { use = ["x-spamd-result"]; skip_local = false; skip_authenticated = false; }
`, dir, addr))
	return addr, child(t, "tcp", addr, "rspamd", "-i", "-f", "-c", conf)
}

// startClamd runs a real clamd that knows one virus, the test file.
func startClamd(t *testing.T) (addr string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "db", "test.hdb"), "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n")
	socket := filepath.Join(dir, "s")
	conf := writeFile(t, filepath.Join(dir, "clamd.conf"), fmt.Sprintf("Foreground yes\nLocalSocket %s\nDatabaseDirectory %s/db\nTemporaryDirectory %s\n", socket, dir, dir))
	return "unix:" + socket, child(t, "unix", socket, "clamd", "-c", conf)
}

func aMail(subject, body string) string {
	return "From: Mia Meier <mia@acme.example>\r\nTo: support@example.com\r\nSubject: " + subject + "\r\nDate: " + time.Now().Format(time.RFC1123Z) +
		"\r\nMessage-ID: <" + strings.ReplaceAll(subject, " ", "") + "@acme.example>\r\n" + body
}

// withVirus carries the test file as an attachment.
func withVirus() string {
	return aMail("Your invoice", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n"+
		"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=invoice.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(eicar))+"\r\n--b--\r\n")
}

// TestRealScanners: rspamd and clamd of the distribution behind the door, from a client
// outside; what they refuse is refused in the dialogue, what they write is on the mail,
// and when they are down it is as configured.
func TestRealScanners(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rspamd", "clamd"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("SKIPPED: %s is not installed: no real scanner was asked (%v)", name, err)
		}
	}
	rspamd, stopRspamd := startRspamd(t)
	clamd, stopClamd := startClamd(t)
	h := newHouse(t, `smtp.trusted_networks=[]`, `milter=[{address="`+rspamd+`"}]`, `clamd.address="`+clamd+`"`, `dns.resolver="127.0.0.1:1"`,
		`rule=[{name="seen", if={header={regexp="(?m)^X-Spamd-Result: default: False"}}, then={tags=["seen-by-rspamd"]}}]`)
	door := h.mxDoor()
	send := func(mail string) string { t.Helper(); return sendTo(t, door, mail) }
	if got := send(aMail("A question", "\r\nWhere is my invoice?\r\n")); got != "250" {
		t.Fatalf("a clean mail: %s", got)
	}
	raw := h.lastRaw()
	if !strings.Contains(raw, "X-Spamd-Result: ") || !strings.HasSuffix(raw, "\r\n\r\nWhere is my invoice?\r\n") {
		t.Errorf("a clean mail is kept as\n%s", raw)
	}
	if got := h.ticket(1).Tags; len(got) != 1 || got[0] != "seen-by-rspamd" {
		t.Errorf("a rule about its header: tags %q of\n%s", got, raw)
	}
	if got := send(aMail("Buy", "\r\n"+gtube+"\r\n")); !strings.HasPrefix(got, "554 5.7.1") {
		t.Errorf("GTUBE: %s", got)
	}
	if got := send(withVirus()); !strings.HasPrefix(got, "554 5.7.1 the mail carries Eicar-Test-Signature") {
		t.Errorf("EICAR: %s", got)
	}
	stopRspamd()
	if got := send(aMail("Second question", "\r\nAnd now?\r\n")); got != "250" {
		t.Errorf("without rspamd: %s", got)
	}
	if e := h.lastEntry(); len(e.Problems) != 1 || !strings.Contains(e.Problems[0], "not seen by the mail filter "+rspamd) {
		t.Errorf("the entry says %q", e.Problems)
	}
	stopClamd()
	if got := send(aMail("Third question", "\r\nAnd now?\r\n")); !strings.HasPrefix(got, "451 4.7.1") {
		t.Errorf("without clamd: %s", got)
	}
	h = newHouse(t, `smtp.trusted_networks=[]`, `milter=[{address="`+rspamd+`", when_down="tempfail"}]`, `dns.resolver="127.0.0.1:1"`)
	door = h.mxDoor()
	if got := send(aMail("Fourth question", "\r\nAnd now?\r\n")); !strings.HasPrefix(got, "451 4.7.1") {
		t.Errorf("without rspamd, tempfail: %s", got)
	}
}

// sendTo hands in a mail, and returns "250" or the reply that refused it.
func sendTo(t *testing.T, door, mail string) string {
	t.Helper()
	err := smtp.SendMail(door, nil, "mia@acme.example", []string{"support@example.com"}, []byte(mail))
	var reply *textproto.Error
	switch {
	case err == nil:
		return "250"
	case errors.As(err, &reply):
		return fmt.Sprint(reply.Code, " ", reply.Msg)
	}
	return err.Error()
}

// lastRaw are the bytes of the mail that opened the newest ticket.
func (h *house) lastRaw() string {
	h.t.Helper()
	var raw []byte
	e := h.lastEntry()
	h.view(func(r store.Reader) (err error) {
		raw, err = r.Raw(e.ID)
		return err
	})
	return string(raw)
}

// TestScannerRefusesOfOurOwn: what a scanner refuses of a server of the house is taken and kept
// from people, since that server would write to whoever was forged.
func TestScannerRefusesOfOurOwn(t *testing.T) {
	clamd := fakeClamd(t, "stream: Bad.Virus FOUND\x00")
	h := newHouse(t, `sender.upstream_networks=["`+outside+`/32"]`, `sender.trusted_authserv_ids=["mx.example.com"]`, `clamd.address="`+clamd+`"`)
	if got := sendTo(t, h.mxDoor(), aMail("Infected", "\r\nSee.\r\n")); got != "250" {
		t.Fatalf("from an upstream: %s", got)
	}
	out, err := ask(t, &Admin{local: h.Gateway}, "junk.list", NoArgs{})
	if err != nil || len(out) != 1 || !strings.Contains(fmt.Sprint(out[0]["why"]), "Bad.Virus") {
		t.Fatalf("junk: %v %v", out, err)
	}
	if n := len(h.flush()); n != 0 {
		t.Errorf("%d mails left", n)
	}
	// Taken out of the junk by hand, it is a mail like others.
	if _, err := ask(t, &Admin{local: h.Gateway}, "junk.release", DrawerArgs{ID: fmt.Sprint(out[0]["id"])}); err != nil {
		t.Fatal(err)
	}
	if e := h.lastEntry(); e.Outcome != ticket.OutcomeNew {
		t.Errorf("released: %s", e.Outcome)
	}
	h = newHouse(t, `smtp.trusted_networks=[]`, `clamd.address="`+clamd+`"`, `dns.resolver="127.0.0.1:1"`)
	if got := sendTo(t, h.mxDoor(), aMail("Infected", "\r\nSee.\r\n")); !strings.HasPrefix(got, "554 5.7.1 the mail carries Bad.Virus") {
		t.Errorf("from a stranger: %s", got)
	}
}

// fakeClamd says one thing about each mail.
func fakeClamd(t *testing.T, reply string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 64<<10)
			for n := 0; n < 4 || string(b[n-4:n]) != "\x00\x00\x00\x00"; {
				k, err := c.Read(b[n:])
				if err != nil {
					break
				}
				n += k
			}
			_, _ = c.Write([]byte(reply))
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return "unix:" + path
}

// TestHeaderInRules: what a filter wrote is asked about in a rule, folded and in any case.
func TestHeaderInRules(t *testing.T) {
	h := newHouse(t, `rule=[{name="spam", if={header="X-Spam: yes"}, then={priority="low", tags=["spam"]}},
		{name="score", if={header={regexp="(?m)^X-Score: [5-9]"}}, then={tags=["score"]}}]`)
	for _, c := range []struct {
		head []string
		tags string
	}{
		{[]string{"x-SPAM:\r\n YES"}, "[spam]"},
		{[]string{"X-Score: 7.5", "X-Spam: no"}, "[score]"},
		{[]string{"X-Score: 3"}, "[]"},
		{nil, "[]"},
	} {
		if a := h.deliver(mail{head: c.head, body: "X-Spam: yes"}); fmt.Sprint(a.ticket.Tags) != c.tags {
			t.Errorf("%q: tags %v, want %s", c.head, a.ticket.Tags, c.tags)
		}
	}
	if h.settings.Load().RuleSet.AsksHeader() != true || newHouse(t).settings.Load().RuleSet.AsksHeader() {
		t.Error("who asks for the header is not known")
	}
}
