package mailgw

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// friday is when the demo's stories begin.
var friday = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

func TestHurry(t *testing.T) {
	monday := friday.Add(64 * time.Hour)
	fast := hurry{from: friday, until: monday, factor: 3600}
	for _, c := range []struct {
		name string
		h    hurry
		real time.Duration
		want time.Time
	}{
		{"at the beginning", fast, 0, friday},
		{"an hour in a second", fast, time.Second, friday.Add(time.Hour)},
		{"at the end", fast, 64 * time.Second, monday},
		{"behind the end as fast as real time", fast, 74 * time.Second, monday.Add(10 * time.Second)},
		{"nowhere to go", hurry{from: friday, until: friday, factor: 1e6}, time.Second, friday.Add(time.Second)},
	} {
		if got := c.h.now(c.real); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if back := c.h.realUntil(c.want); back != c.real {
			t.Errorf("%s: %s is reached after %s, want %s", c.name, c.want, back, c.real)
		}
	}
}

// Who waits on a slow clock is awake when it is hurried to the time of the wait, and
// the clock does not run past its aim.
func TestHurryWakes(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := &Clock{start: friday, origin: time.Now(), factor: 1, text: "x"}
	c.hurryTo(friday, 1)
	until := friday.Add(48 * time.Hour)
	woken := make(chan time.Time)
	go func() {
		c.Wait(context.Background(), until, nil)
		woken <- c.Now()
	}()
	for at := friday; at.Before(until); at = at.Add(6 * time.Hour) {
		c.hurryTo(at, 1e6)
	}
	c.hurryTo(until, 1e6)
	if now := <-woken; now.Before(until) || now.After(until.Add(time.Hour)) {
		t.Errorf("woken at %s, waited until %s", now, until)
	}
	before := c.Now()
	c.hurryTo(friday, 1e6) // back in time: it stays
	if now := c.Now(); now.Before(before) {
		t.Errorf("the clock went back from %s to %s", before, now)
	}
}

// A Demo takes mail in by SMTP, tells what left, passes days, and ends without a trace.
func TestDemo(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, dir := context.Background(), shortDir(t)
	d, err := StartDemo(ctx, dir, friday)
	if err != nil {
		t.Fatal(err)
	}
	mail := "From: Paula <paula@acme.example>\r\nTo: support@example.com\r\nSubject: Scale\r\nMessage-ID: <one@acme.example>\r\n\r\nIt is broken.\r\n"
	if _, err := d.Deliver(ctx, "paula@acme.example", []string{"nobody@example.com"}, []byte(mail)); err == nil || !strings.Contains(err.Error(), "RCPT") {
		t.Errorf("mail to nobody: %v", err)
	}
	reply, err := d.Deliver(ctx, "paula@acme.example", []string{"support@example.com"}, []byte(mail))
	if err != nil || !strings.Contains(reply, "accepted as") {
		t.Fatalf("%q, %v", reply, err)
	}
	if err := d.Pass(ctx, friday.Add(time.Minute), 1e6, func(time.Time) {}); err != nil {
		t.Fatal(err)
	}
	var mails []DemoMail
	for len(mails) < 3 { // the acknowledgement and two notices
		fresh, err := d.Sent()
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, fresh...)
	}
	slices.SortFunc(mails, func(a, b DemoMail) int { return -strings.Compare(a.EnvelopeTo, b.EnvelopeTo) }) // they leave in any order
	ack := mails[0]
	if ack.EnvelopeTo != "paula@acme.example" || ack.InReplyTo != "one@acme.example" || ack.Automatic != "auto-replied" || !strings.HasPrefix(ack.ReplyTo, "support+") || !strings.Contains(ack.Text, "09:30") {
		t.Errorf("the acknowledgement is %+v", ack)
	}
	if again, err := d.Sent(); err != nil || len(again) > 0 {
		t.Errorf("told twice: %v, %v", again, err)
	}
	sunday := friday.Add(48 * time.Hour)
	if err := d.Pass(ctx, sunday, 1e6, func(time.Time) {}); err != nil || d.Now().Before(sunday) || d.Now().After(sunday.Add(time.Hour)) {
		t.Errorf("it is %s, %v", d.Now(), err)
	}
	rows := 0
	if err := d.Ask(ctx, "promise.list", NoArgs{}, func(json.RawMessage) error { rows++; return nil }); err != nil || rows != 1 {
		t.Errorf("%d promises, %v", rows, err)
	}
	// What the watcher writes leaves at once, though no mail comes in that wakes the outbox.
	if err := d.Pass(ctx, time.Date(2026, 11, 23, 8, 18, 30, 0, time.UTC), 1e6, func(time.Time) {}); err != nil {
		t.Fatal(err)
	}
	for woken, end := 0, time.Now().Add(demoPatience); woken < 2; {
		fresh, err := d.Sent()
		if err != nil || time.Now().After(end) {
			t.Fatalf("%d of two agents were woken before the promise breaks, %v", woken, err)
		}
		woken += len(fresh)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if log, err := os.ReadFile(filepath.Join(dir, DemoLogName)); err != nil || !strings.Contains(string(log), "msg=stopped") {
		t.Errorf("%s, %v", log, err)
	}
	if _, err := StartDemo(ctx, dir, friday); err == nil || !strings.Contains(err.Error(), "not an empty folder") {
		t.Errorf("in a used folder: %v", err)
	}
}

// Passing time ends when nobody wants it any more.
func TestDemoPassEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d, err := StartDemo(ctx, shortDir(t), friday)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := d.Pass(ctx, friday.Add(time.Hour), 1, func(time.Time) {}); err == nil {
		t.Error("an hour passed")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// shortDir is an empty folder whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
