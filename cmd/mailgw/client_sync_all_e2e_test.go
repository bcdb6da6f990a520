//go:build linux

package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// syncAll is how many tickets TestClientSyncAll syncs: MAILGW_SYNC, or few.
func syncAll() int {
	if n, err := strconv.Atoi(os.Getenv("MAILGW_SYNC")); err == nil {
		return n
	}
	return 200
}

// wholeSync is how long a program may take to sync all, for each thousand tickets and to begin.
const wholeSync = time.Minute

// syncedFolders are those that a new account is subscribed to.
var syncedFolders = []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved"}

// TestClientSyncAll: mbsync and OfflineIMAP copy all mails of many tickets. Each mail of theirs is
// the gateway's to the byte, and behind our lines as the customer sent it; none is missing, none there
// twice. A second run fetches nothing.
func TestClientSyncAll(t *testing.T) {
	needClients(t, "mbsync", "offlineimap")
	t.Parallel()
	m := newMailDesk(t)
	tickets := syncAll()
	sent := m.writeMany(tickets)
	for end := time.Now().Add(wholeSync + time.Duration(tickets/100)*time.Second); len(m.outbox()) > 0 && time.Now().Before(end); {
		<-time.After(100 * time.Millisecond)
	}
	has := map[string]map[[sha256.Size]byte]int{} // mails by folder, without CRs
	found := map[string]bool{}
	mails := 0
	for _, folder := range syncedFolders {
		has[folder] = map[[sha256.Size]byte]int{}
		for _, mail := range dumpFolder(t, m.daemon.imap, "anna@example.com", folder) {
			has[folder][sha256.Sum256(bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n")))]++
			mails++
			id := firstID.FindSubmatch(mail)
			if id == nil {
				t.Fatalf("%s: no Message-ID:\n%s", folder, mail)
			}
			if want, ok := sent[string(id[1])]; ok && folder == "Unassigned" {
				found[string(id[1])] = true
				if !bytes.HasSuffix(mail, want) {
					t.Errorf("%s shows another mail than was sent:\n%.2000s\nsent:\n%.2000s", folder, mail, want)
				}
			}
		}
	}
	if len(found) != tickets || mails < 2*tickets {
		t.Fatalf("%d of %d customers' mails are in Unassigned; %d mails in all folders", len(found), tickets, mails)
	}
	for name, client := range map[string]struct {
		dir  string
		args []string
	}{
		"mbsync":      {"mb", []string{"-c", m.file("mbsyncrc", mbsyncrc(strings.Join(syncedFolders, " "))), "-a"}},
		"offlineimap": {"oi", []string{"-c", m.file("offlineimaprc", offlineimaprc("quiet", "f in '"+strings.Join(syncedFolders, " ")+"'.split()")), "-o"}},
	} {
		if err := os.MkdirAll(m.home+"/"+client.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		var took [2]time.Duration
		for run := range took {
			m.imap.forget()
			begun := time.Now()
			m.long(tickets, name, client.args...)
			took[run] = time.Since(begun)
			if n := m.imap.bodies(); run == 1 && n != 0 {
				t.Errorf("%s fetched %d mails again", name, n)
			} else if run == 0 && n < mails {
				t.Errorf("%s fetched %d of %d mails", name, n, mails)
			}
		}
		copies := 0
		for _, folder := range syncedFolders {
			left := maps.Clone(has[folder])
			for file, mail := range m.maildir(client.dir + "/" + folder) {
				copies++
				sum := sha256.Sum256(bytes.ReplaceAll(tuid.ReplaceAll(mail, nil), []byte("\r\n"), []byte("\n")))
				if left[sum] == 0 {
					t.Fatalf("%s: %s of %s is not the gateway's, or there twice:\n%.3000s", name, file, folder, mail)
				}
				if left[sum]--; left[sum] == 0 {
					delete(left, sum)
				}
			}
			if len(left) != 0 {
				t.Errorf("%s lacks %d mails of %s", name, len(left), folder)
			}
		}
		fmt.Printf("%s: %d mails of %d tickets, each compared, in %.1f s; again, nothing, in %.1f s\n", name, copies, tickets, took[0].Seconds(), took[1].Seconds())
	}
}

var (
	firstID = regexp.MustCompile(`(?im)^message-id:\s*<([^>]+)>`)
	tuid    = regexp.MustCompile(`(?m)^X-TUID: .*\r?\n`)
)

// writeMany has so many customers write, and returns what they sent, by Message-ID.
func (m *mailDesk) writeMany(tickets int) map[string][]byte {
	m.t.Helper()
	sent := make(map[string][]byte, tickets)
	var mu sync.Mutex
	var next atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			c, err := dial(m.smtp)
			if err != nil {
				m.t.Error(err)
				return
			}
			defer c.close()
			for n := next.Add(1); n <= int64(tickets); n = next.Add(1) {
				rng := rand.New(rand.NewPCG(7, uint64(n)))
				d := draft{id: fmt.Sprintf("all-%d@acme.example", n), from: fmt.Sprintf("p%d@acme.example", n), name: "Paula Meier", subject: fmt.Sprintf("Scale %d shows nothing", n)}
				d.body = "Hello,\r\n\r\n" + filler(rng, 200+rng.IntN(3000)) + "Grüße\r\n\r\nPaula\r\n"
				raw := d.bytes()
				if r, err := c.send(d.from, []string{"support@example.com"}, raw); err != nil || r.id() == "" {
					m.t.Errorf("mail %d: %s, %v", n, r, err)
					return
				}
				mu.Lock()
				sent[d.id] = raw
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return sent
}

// long runs a program that has so many tickets to sync.
func (m *mailDesk) long(tickets int, name string, args ...string) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), wholeSync+time.Duration(tickets)*wholeSync/1000)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = m.home, append(os.Environ(), "HOME="+m.home, "LC_ALL=C.UTF-8", "TERM=dumb", "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s %q: %v\n%.3000s\nits last words with the gateway:\n%s", name, args, err, out, m.imap.tail())
	}
}
