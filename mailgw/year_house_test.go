package mailgw

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/mailauth/dnstest"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// yearConfig is the house of a desk's year: five people in two zones, one of them
// part-time, two levels, and holidays.
const yearConfig = `hostname = "mail.example.com"
data = %q
[admin]
address = "admin@example.com"
[smtp]
listen = ["127.0.0.1:0"]
trusted_networks = ["127.0.0.0/8"]
[relay]
kind = "file"
[promise]
mode = "calibrated"
[[calendar]]
name = "zurich"
zone = "Europe/Zurich"
week = { mon-fri = ["08:00-18:00"] }
holidays = ["2026-01-01", "2026-01-02", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-08-01", "2026-12-24", "2026-12-25", "2026-12-31"]
[[calendar]]
name = "part"
zone = "Europe/Zurich"
week = { mon-wed = ["08:30-12:00", "13:00-17:00"] }
[[calendar]]
name = "newyork"
zone = "America/New_York"
week = { mon-fri = ["08:00-16:00"] }
holidays = ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"]
[[level]]
name = "standard"
first_answer = "8h"
urgent_answer = "1h"
[[level]]
name = "premium"
first_answer = "4h"
urgent_answer = "30m"
[[desk]]
name = "support"
address = "support@example.com"
from_name = "Example Support"
calendar = "zurich"
level = "standard"
reply_token = "plus"
agents = ["anna@example.com", "ben@example.com", "carl@example.com", "dora@example.com", "eva@example.com"]
on_call = ["oncall@example.com"]
[[agent]]
name = "Anna Keller"
address = "anna@example.com"
notices_at = "always"
[[agent]]
name = "Ben Ortiz"
address = "ben@example.com"
notices_at = "always"
[[agent]]
name = "Carl Moser"
address = "carl@example.com"
notices_at = "always"
calendar = "part"
[[agent]]
name = "Dora Quinn"
address = "dora@example.com"
notices_at = "always"
calendar = "newyork"
[[agent]]
name = "Eva Lang"
address = "eva@example.com"
notices_at = "always"
[[customer]]
name = "Acme Instruments AG"
domains = ["acme.example"]
level = "premium"
[[customer]]
name = "Globex Ltd"
domains = ["globex.example"]
[[rule]]
name = "production-down"
if.words = ["production down"]
then = { priority = "urgent", page = true }
[[rule]]
name = "question"
if.words = ["a question about"]
then = { priority = "low" }
`

// year is a desk's year: a gateway with all its machines on the bubble's clock, and
// those who write to it and answer.
type year struct {
	t          *testing.T
	g          *Gateway
	r          *rand.Rand
	log        bytes.Buffer // what the gateway calls an error
	start, end time.Time
	cal        *hours.Calendar // the desk's
	hop        *yearHop
	agents     []*yearAgent
	events     agenda
	jobs       []*job        // what waits for an agent
	n          int           // any number that grows
	mails      int           // customers'
	open       map[*job]bool // who has no answer
	silent     int           // evenings on which somebody had neither an answer nor a time
	stop       context.CancelFunc
	stopped    sync.WaitGroup
}

// openYear starts the gateway, in a bubble of synctest.
func openYear(t *testing.T, start, end time.Time) *year {
	t.Helper()
	dir := t.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil { // a sync costs nothing there
		if dir, err = os.MkdirTemp("/dev/shm", "mailgw-year-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		})
	}
	c, err := config.Parse("year.toml", fmt.Appendf(nil, yearConfig, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	y := &year{t: t, open: map[*job]bool{}, r: rand.New(rand.NewPCG(7, 2026)), start: start, end: end}
	log := slog.New(slog.NewTextHandler(&y.log, &slog.HandlerOptions{Level: slog.LevelError}))
	g, err := Open(c, &Clock{start: start, origin: time.Now(), factor: 1}, log)
	if err != nil {
		t.Fatal(err)
	}
	y.g, y.cal = g, c.Hours["zurich"]
	g.dns = mailauth.NewCache(dnstest.New())
	g.finder = nil // a year in minutes leaves no time in which tickets are made findable, and nobody looks for any
	g.settings.Store(g.derive(c, g.dns))
	y.hop = &yearHop{now: g.clock.Now, rows: map[string]ticket.Outgoing{}, to: map[string]yearAddress{}}
	g.outbox = outbox.New(outbox.Options{
		Queue: &yearQueue{&queue{g}, y.hop}, Relay: y.hop, Workers: 2, Now: g.clock.Now, Wait: g.clock.Wait,
		RetryFirst: time.Minute, RetryMax: time.Hour, GiveUpAfter: 24 * time.Hour, Log: log,
	})
	y.agents = []*yearAgent{
		y.agent("Anna Keller <anna@example.com>", "zurich"), y.agent("Ben Ortiz <ben@example.com>", "zurich"), y.agent("Carl Moser <carl@example.com>", "part"),
		y.agent("Dora Quinn <dora@example.com>", "newyork"), y.agent("Eva Lang <eva@example.com>", "zurich"),
	}
	ctx, stop := context.WithCancel(context.Background())
	y.stop = stop
	y.stopped.Go(func() { g.Run(ctx) })
	return y
}

// close ends the year: what is stored must be whole, and nothing went wrong.
func (y *year) close() {
	y.stop()
	y.stopped.Wait()
	err := y.g.store.View(func(r store.Reader) error {
		rep, err := store.Verify(r, nil)
		for _, p := range rep.Problems {
			y.t.Errorf("the store is damaged: %s", p)
		}
		return err
	})
	if err != nil {
		y.t.Error(err)
	}
	if err := y.g.Close(); err != nil {
		y.t.Error(err)
	}
	if y.log.Len() > 0 {
		y.t.Errorf("errors in the log:\n%.2000s", y.log.String())
	}
}

// yearQueue shows the hop which row a mail is made of.
type yearQueue struct {
	*queue
	hop *yearHop
}

func (q *yearQueue) Compose(row *ticket.Outgoing) ([]outbox.Mail, error) {
	mails, err := q.queue.Compose(row)
	q.hop.mu.Lock()
	defer q.hop.mu.Unlock()
	for i := range mails {
		q.hop.rows[mails[i].Name] = *row
	}
	return mails, err
}

// yearHop is the next hop: it takes all, and remembers when and for whom.
type yearHop struct {
	now  func() time.Time
	mu   sync.Mutex
	rows map[string]ticket.Outgoing // by the mail's name, until it has left
	sent []yearSent
	to   map[string]yearAddress // the last mail to whom an answer goes, by reader and ticket
}

// yearSent is a mail that left.
type yearSent struct {
	at       time.Time
	to       string
	kind     ticket.OutgoingKind
	template string
	ticket   uint64
}

// yearAddress is what pressing reply on a mail gives.
type yearAddress struct{ replyTo, id string }

var (
	replyToField   = regexp.MustCompile(`(?i)\r\nReply-To:[^@]*?([^\s<:]+@[^\s>]+)`)
	messageIDField = regexp.MustCompile(`(?mi)^Message-ID:\s*<([^>]+)>`)
)

func (h *yearHop) Send(_ context.Context, m *outbox.Mail) outbox.Sent {
	h.mu.Lock()
	defer h.mu.Unlock()
	row := h.rows[m.Name]
	delete(h.rows, m.Name)
	for _, to := range m.To {
		h.sent = append(h.sent, yearSent{h.now(), to, row.Kind, row.Template, row.Ticket})
		reply, id := replyToField.FindSubmatch(m.Bytes), messageIDField.FindSubmatch(m.Bytes)
		if reply != nil && id != nil && row.Ticket > 0 {
			h.to[readerKey(to, row.Ticket)] = yearAddress{string(reply[1]), string(id[1])}
		}
	}
	return outbox.Sent{Reply: "250 ok"}
}

func (h *yearHop) Flush() error { return nil }
func (h *yearHop) Close() error { return nil }

func readerKey(addr string, number uint64) string {
	return fmt.Sprintf("%s %d", strings.ToLower(addr), number)
}

// last is the last mail that somebody got about a ticket.
func (h *yearHop) last(addr string, number uint64) (yearAddress, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.to[readerKey(addr, number)]
	return a, ok
}

// deliver takes a mail in, and returns its ticket.
func (y *year) deliver(from, rcpt, subject, body string, inReplyTo string) uint64 {
	y.t.Helper()
	y.n++
	addr := letter.ParseAddress(from).Addr
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <y%d@client.example.net>\r\n", from, rcpt, subject, y.g.clock.Now().In(y.cal.Location()).Format(time.RFC1123Z), y.n)
	if inReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\r\n", inReplyTo)
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body + "\r\n")
	head := "Return-Path: <" + addr + ">\r\nReceived: from client by mx; " + y.g.clock.Now().UTC().Format(time.RFC1123Z) + "\r\n"
	a := &letter.Arrival{
		ID: y.g.ids.Next(), Source: "mx", ReversePath: addr, Recipients: []string{rcpt}, ClientIP: netip.MustParseAddr("127.0.0.1"),
		At: y.g.clock.Now(), Raw: []byte(head + b.String()), Body: len(head),
	}
	if err := y.g.Deliver(context.Background(), a); err != nil {
		y.t.Fatalf("deliver: %v", err)
	}
	var rc ticket.Receipt
	err := y.g.store.View(func(r store.Reader) (err error) {
		rc, err = r.Receipt(a.ID)
		return err
	})
	if err != nil || rc.Outcome != ticket.OutcomeNew && rc.Outcome != ticket.OutcomeAppended {
		y.t.Fatalf("%s from %s: %s, %v", subject, from, rc.Outcome, err)
	}
	return rc.Ticket
}
