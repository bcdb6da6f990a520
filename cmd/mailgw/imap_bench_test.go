//go:build linux

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// imapRounds is how often each server is asked, in turns.
const imapRounds = 5

// BenchmarkIMAP lets the same client list the same mails of mailgw and of Dovecot, in
// turns: SELECT, then all flags, then all flags, envelopes and structures, then a search
// for words in the text. "first" is after a start, Dovecot's without its index files.
//
//	MAILGW_IMAP=10000 go test -run '^$' -bench BenchmarkIMAP -benchtime 1x -timeout 30m ./cmd/mailgw
func BenchmarkIMAP(b *testing.B) {
	mails := envNumber(b, "MAILGW_IMAP", 400)
	if _, err := exec.LookPath("dovecot"); err != nil {
		b.Skip("Dovecot is not installed: nothing to compare with")
	}
	for b.Loop() {
		ours := newBenchGateway(b, mails)
		theirs := newBenchDovecot(b, ours.dump(b))
		times := map[string][]time.Duration{}
		for round := range imapRounds {
			for _, s := range []benchServer{ours, theirs} {
				s.restart(b)
				for _, visit := range []string{"first", "second"} {
					for what, took := range visitFolder(b, s, mails) {
						key := s.name() + " " + visit + " " + what
						times[key] = append(times[key], took)
					}
				}
				if round == imapRounds-1 {
					s.stop(b)
				}
			}
		}
		for _, visit := range []string{"first", "second"} {
			for _, what := range []string{"SELECT", "FLAGS", "LIST", "TEXT"} {
				a, d := median(times["mailgw "+visit+" "+what]), median(times["dovecot "+visit+" "+what])
				fmt.Printf("imap, %d mails, %s %s: mailgw %.1f ms, Dovecot %.1f ms, ratio %.2f\n", mails, visit, what, ms(a), ms(d), ms(a)/ms(d))
			}
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	if len(d) == 0 {
		return 0
	}
	return d[len(d)/2]
}

// benchServer is one of those that are compared.
type benchServer interface {
	name() string
	dial(b *testing.B) *imapclient.Client // logged in
	folder() string
	restart(b *testing.B) // as after a first start
	stop(b *testing.B)
}

// visitFolder does what a client does with a folder, and says how long each thing took.
func visitFolder(b *testing.B, s benchServer, want int) map[string]time.Duration {
	c := s.dial(b)
	defer c.Close()
	out := map[string]time.Duration{}
	step := func(what string, fn func() (int, error)) {
		begun := time.Now()
		n, err := fn()
		out[what] = time.Since(begun)
		if err != nil || n != want {
			b.Fatalf("%s %s: %d, want %d: %v", s.name(), what, n, want, err)
		}
	}
	all := imap.SeqSet{}
	all.AddRange(1, 0)
	fetch := func(o *imap.FetchOptions) (n int, err error) {
		cmd := c.Fetch(all, o)
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			for m.Next() != nil {
			}
			n++
		}
		return n, cmd.Close()
	}
	step("SELECT", func() (int, error) {
		box, err := c.Select(s.folder(), nil).Wait()
		if err != nil {
			return 0, err
		}
		return int(box.NumMessages), nil
	})
	step("FLAGS", func() (int, error) { return fetch(&imap.FetchOptions{Flags: true, UID: true}) })
	step("LIST", func() (int, error) {
		return fetch(&imap.FetchOptions{Flags: true, Envelope: true, BodyStructure: &imap.FetchItemBodyStructure{}})
	})
	step("TEXT", func() (int, error) {
		found, err := c.UIDSearch(&imap.SearchCriteria{Text: []string{"zeppelin"}}, nil).Wait()
		if err != nil {
			return 0, err
		}
		if n := len(found.AllUIDs()); n == 0 || n > want/2 {
			return 0, fmt.Errorf("%d mails found", n)
		}
		return want, nil
	})
	if err := c.Logout().Wait(); err != nil {
		b.Fatal(err)
	}
	return out
}

// benchGateway is mailgw with a folder of so many mails: half of them customers', half
// acknowledgements.
type benchGateway struct {
	d    *daemon
	addr string
}

func newBenchGateway(b *testing.B, mails int) *benchGateway {
	d := newDaemon(b)
	host, _, _ := strings.Cut(d.smtp, ":")
	g := &benchGateway{d: d, addr: host + ":2143"}
	d.sets = append(d.sets, fmt.Sprintf("imap.listen=[%q]", g.addr))
	d.start()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c, err := dial(d.smtp)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.close()
			for n := next.Add(1); n <= int64(mails/2); n = next.Add(1) {
				m := draft{id: fmt.Sprintf("bench-%d@acme.example", n), from: fmt.Sprintf("p%d@acme.example", n), name: "Paula Meier", subject: fmt.Sprintf("Scale %d shows nothing", n)}
				m.body = "Hello,\r\n\r\nthe scale in hall 3 shows nothing since this morning.\r\n" + strings.Repeat("It says E17, and stays as it is after a restart.\r\n", 20) + "\r\nPaula\r\n"
				if n%100 == 0 {
					m.body = "It hangs from the zeppelin.\r\n" + m.body
				}
				if _, err := c.send(m.from, []string{"support@example.com"}, m.bytes()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for end := time.Now().Add(10 * time.Minute); len(d.outbox()) > 0 && time.Now().Before(end); {
		<-time.After(100 * time.Millisecond)
	}
	return g
}

func (g *benchGateway) name() string   { return "mailgw" }
func (g *benchGateway) folder() string { return "Unassigned" }

func (g *benchGateway) dial(b *testing.B) *imapclient.Client {
	return dialBench(b, g.addr, "anna@example.com", "demo")
}

func (g *benchGateway) restart(b *testing.B) {
	g.stop(b)
	g.d.start()
}

func (g *benchGateway) stop(*testing.B) {
	if g.d.cmd != nil {
		g.d.stop()
	}
}

// dump returns the folder's mails as they are shown.
func (g *benchGateway) dump(b *testing.B) (mails [][]byte) {
	return dumpFolder(b, g.addr, "anna@example.com", g.folder())
}

// dumpFolder fetches all mails of a folder.
func dumpFolder(t testing.TB, addr, name, folder string) (mails [][]byte) {
	t.Helper()
	c := dialBench(t, addr, name, "demo")
	defer c.Close()
	selected, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	if selected.NumMessages == 0 { // then 1:* is BAD
		return nil
	}
	whole := &imap.FetchItemBodySection{Peek: true}
	cmd := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{whole}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		got, err := m.Collect()
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, got.FindBodySection(whole))
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	return mails
}

func dialBench(t testing.TB, addr, name, password string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(name, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// benchDovecot is Dovecot with a Maildir of the same mails.
type benchDovecot struct {
	dir string
	cmd *exec.Cmd
}

// dovecotPort is where Dovecot listens, on an address that nobody else has.
const (
	dovecotHost = "127.99.3.7"
	dovecotPort = "1144"
)

func newBenchDovecot(b *testing.B, mails [][]byte) *benchDovecot {
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		b.Fatal(err)
	}
	d := &benchDovecot{dir: dir}
	b.Cleanup(func() {
		d.stop(b)
		os.RemoveAll(dir)
	})
	who, err := user.Lookup("nobody")
	if err != nil {
		b.Fatal(err)
	}
	cur := filepath.Join(dir, "home", "Maildir", "cur")
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(cur), sub), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	for i, m := range mails {
		if err := os.WriteFile(filepath.Join(cur, fmt.Sprintf("%d.M%dP1.host:2,", 1700000000+i, i)), m, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	conf := fmt.Sprintf(`base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap
listen = %[5]s
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_uid = %[2]s
mail_gid = %[3]s
mail_location = maildir:~/Maildir
mail_fsync = always
passdb {
  driver = passwd-file
  args = scheme=PLAIN %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
service imap-login {
  inet_listener imap {
    port = %[4]s
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  vsz_limit = 4G
}
`, dir, who.Uid, who.Gid, dovecotPort, dovecotHost)
	for name, text := range map[string]string{"dovecot.conf": conf, "users": fmt.Sprintf("anna:x:%s:%s::%s/home\n", who.Uid, who.Gid, dir)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, args := range [][]string{{"chmod", "755", dir}, {"chown", "-R", who.Uid + ":" + who.Gid, filepath.Join(dir, "home")}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return d
}

func (d *benchDovecot) name() string   { return "dovecot" }
func (d *benchDovecot) folder() string { return "INBOX" }

func (d *benchDovecot) dial(b *testing.B) *imapclient.Client {
	return dialBench(b, dovecotHost+":"+dovecotPort, "anna", "x")
}

// restart also takes its index files away: it has never seen the folder.
func (d *benchDovecot) restart(b *testing.B) {
	d.stop(b)
	old, err := filepath.Glob(filepath.Join(d.dir, "home", "Maildir", "dovecot*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			b.Fatal(err)
		}
	}
	d.cmd = exec.Command("dovecot", "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	if err := d.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	waitFor(b, "Dovecot", func() bool {
		c, err := imapclient.DialInsecure(dovecotHost+":"+dovecotPort, nil)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

func (d *benchDovecot) stop(b *testing.B) {
	if d.cmd == nil {
		return
	}
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		b.Error(err)
	}
	_ = d.cmd.Wait() // its status tells of the signal
	d.cmd = nil
}
