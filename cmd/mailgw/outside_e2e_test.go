//go:build linux

package main_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

// The JSON of the commands, as people script against it.
type (
	ticketJSON struct {
		Number       uint64      `json:"number"`
		Desk         string      `json:"desk"`
		Status       string      `json:"status"`
		Priority     string      `json:"priority"`
		Subject      string      `json:"subject"`
		Customer     *string     `json:"customer"`
		Requester    string      `json:"requester"`
		Assignee     *string     `json:"assignee"`
		Confidence   string      `json:"customer_confidence"`
		Level        string      `json:"level"`
		PromiseDueAt *time.Time  `json:"promise_due_at"`
		PromiseState string      `json:"promise_state"`
		Linked       []uint64    `json:"linked"`
		Entries      []entryJSON `json:"entries"`
	}
	entryJSON struct {
		ID         string   `json:"id"`
		Kind       string   `json:"kind"`
		From       *string  `json:"from"`
		To         []string `json:"to"`
		MessageID  *string  `json:"message_id"`
		Text       string   `json:"text"`
		Outcome    *string  `json:"outcome"`
		Evidence   []string `json:"evidence"`
		SenderAuth *string  `json:"sender_auth"`
		Raw        string   `json:"raw"`
	}
	findJSON struct {
		MessageID string  `json:"message_id"`
		ID        string  `json:"id"`
		Outcome   string  `json:"outcome"`
		Ticket    *uint64 `json:"ticket"`
	}
	outboxJSON struct {
		ID        string  `json:"id"`
		Attempts  int     `json:"attempts"`
		LastReply string  `json:"last_reply"`
		Waits     *string `json:"waits"`
	}
	promiseJSON struct {
		Ticket uint64    `json:"ticket"`
		Told   bool      `json:"told"`
		State  string    `json:"state"`
		DueAt  time.Time `json:"due_at"`
	}
)

// ask runs a command through the daemon's admin socket, without a process for
// each: there are thousands of questions.
func ask[T any](d *daemon, command string, args any) []T {
	d.t.Helper()
	out, err := tryAsk[T](d, command, args)
	if err != nil {
		d.t.Fatalf("%s %v: %v", command, args, err)
	}
	return out
}

func tryAsk[T any](d *daemon, command string, args any) ([]T, error) {
	var sets []string
	for i, f := range d.flags()[2:] {
		if i%2 == 1 {
			sets = append(sets, f)
		}
	}
	c, err := config.Load(d.flags()[1], sets)
	if err != nil {
		return nil, err
	}
	admin, err := mailgw.Connect(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	var out []T
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = admin.Do(ctx, command, args, func(line json.RawMessage) error {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

func (d *daemon) show(number uint64) ticketJSON {
	d.t.Helper()
	return ask[ticketJSON](d, "ticket.show", mailgw.NumberArgs{Number: number})[0]
}

// find returns what is known of one Message-ID or id of a 250; it must be known.
func (d *daemon) find(id string) []findJSON {
	d.t.Helper()
	return ask[findJSON](d, "ticket.find", mailgw.FindArgs{IDs: []string{id}})
}

// ticketOf returns the ticket that an accepted mail is on.
func (d *daemon) ticketOf(id string) ticketJSON {
	d.t.Helper()
	found := d.find(id)
	if len(found) != 1 || found[0].Ticket == nil {
		d.t.Fatalf("find %s: %+v, want one mail on one ticket", id, found)
	}
	return d.show(*found[0].Ticket)
}

// raw returns the bytes of a mail as they are kept.
func (d *daemon) raw(id string) []byte {
	d.t.Helper()
	b, err := tryRaw(d, id)
	if err != nil {
		d.t.Fatalf("raw bytes of %s: %v", id, err)
	}
	return b
}

func tryRaw(d *daemon, id string) ([]byte, error) {
	v, err := tryAsk[struct {
		Raw string `json:"raw_base64"`
	}](d, "ticket.raw", mailgw.IDArgs{ID: id})
	if err != nil || len(v) != 1 {
		return nil, fmt.Errorf("%d answers, %w", len(v), err)
	}
	return base64.StdEncoding.DecodeString(v[0].Raw)
}

// outbox returns what waits to leave.
func (d *daemon) outbox() []outboxJSON {
	d.t.Helper()
	return ask[outboxJSON](d, "outbox.list", mailgw.NoArgs{})
}

// awaitOutbox waits until nothing waits to leave.
func (d *daemon) awaitOutbox() {
	d.t.Helper()
	waitFor(d.t, "an empty outbox", func() bool { return len(d.outbox()) == 0 })
}

// verifyClean runs "verify", which must find nothing.
func (d *daemon) verifyClean() {
	d.t.Helper()
	if out, errs, status := d.command("verify", "--json"); status != 0 {
		d.t.Errorf("verify: exit status %d: %s%s", status, errs, out)
	}
}

// sentMail is one mail in sent/.
type sentMail struct {
	name         string
	envelopeFrom string
	envelopeTo   string
	header       netmail.Header
	raw          []byte
}

func (s *sentMail) get(name string) string { return s.header.Get(name) }

// plain is the readable text.
func (s *sentMail) plain() (string, error) {
	e, err := message.Read(bytes.NewReader(s.raw))
	if err != nil {
		return "", err
	}
	text := ""
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		if kind, _, err := part.Header.ContentType(); err != nil || kind != "text/plain" {
			return err
		}
		b, err := io.ReadAll(part.Body)
		text += string(b)
		return err
	})
	return strings.ReplaceAll(text, "\r\n", "\n"), err
}

// messageID is without brackets.
func (s *sentMail) messageID() string { return strings.Trim(s.get("Message-Id"), "<> ") }

func readSent(path string) (*sentMail, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &sentMail{
		name: filepath.Base(path), envelopeFrom: m.Header.Get("X-Envelope-From"), envelopeTo: m.Header.Get("X-Envelope-To"),
		header: m.Header, raw: raw,
	}, nil
}

// sentNames returns the files of all that has left. As with a shell's *.eml, a
// name with a dot in front does not count: it is still being written.
func (d *daemon) sentNames() []string {
	d.t.Helper()
	paths, err := filepath.Glob(filepath.Join(d.sent(), "[^.]*.eml"))
	if err != nil {
		d.t.Fatal(err)
	}
	return paths
}

// mails returns all that has left.
func (d *daemon) mails() []*sentMail {
	d.t.Helper()
	var out []*sentMail
	for _, p := range d.sentNames() {
		m, err := readSent(p)
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// acknowledgements returns what has left as an automatic answer, by the
// Message-ID that it answers.
func (d *daemon) acknowledgements() map[string][]*sentMail {
	d.t.Helper()
	out := map[string][]*sentMail{}
	for _, m := range d.mails() {
		if m.get("Auto-Submitted") == "auto-replied" {
			to := strings.Trim(m.get("In-Reply-To"), "<> ")
			out[to] = append(out[to], m)
		}
	}
	return out
}

// skipUnless skips a test, so that nobody overlooks it.
func skipUnless(t testing.TB, ok bool, why string) {
	t.Helper()
	if !ok {
		fmt.Fprintf(os.Stderr, "!!! SKIPPED %s: %s\n", t.Name(), why)
		t.Skip(why)
	}
}
