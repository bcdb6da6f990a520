//go:build linux

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
	"supportgw/mailgw/threadgen"
)

// TestThreadgenSMTP replays invented conversations to the real program: mail goes
// in over SMTP, agents answer by mail or by a command, and what leaves is read in
// sent/. The program lives in the real time, so days of a conversation are seconds;
// TestThreadgen in package mailgw plays many more, at their own times.
func TestThreadgenSMTP(t *testing.T) {
	mails := 60
	if os.Getenv("MAILGW_THREADGEN") != "" {
		mails = 1000
	}
	source := filepath.Join(projectRoot(t), "..", "shared", "threadgen")
	_, err := os.Stat(source)
	skipUnless(t, err == nil, "../shared/threadgen is absent, so no conversation was replayed over SMTP")
	lines, err := threadgen.Generate(source, t.TempDir(), mails*9/20, 4, "-desk", threadgen.Desk, "-desk2", threadgen.Desk2)
	if err != nil {
		t.Fatal(err)
	}
	h := newSMTPHouse(t)
	p := threadgen.Player{House: h, ByMail: true}
	score, err := p.Play(threadgen.Sharpen(lines))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := score.Print(&table); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails\n%s\n%s", score.Total.Lines, table.String(), strings.Join(score.Complaints, "\n"))
	if score.Precision() < 1 || score.Recall() < 0.99 {
		t.Errorf("precision %.4f, recall %.4f, at least 1 and 0.99 are wanted", score.Precision(), score.Recall())
	}
	want(t, "breaches", score.Total.Breaches, 0)
	want(t, "answers to machines", score.Machines, 0)
	want(t, "doubled mails", score.Doubled, 0)
	want(t, "swallowed mails", score.Swallowed, 0)
	want(t, "mails without acknowledgement", score.Unanswered, 0)
	want(t, "mails too many", score.TooChatty, 0)
	want(t, "other faults", score.Total.Faults, 0)
	h.verifyClean()
}

// smtpHouse is the real program as conversations are played to it.
type smtpHouse struct {
	*daemon
	admin *mailgw.Admin
	conn  *smtpClient
	seen  map[string]bool // the files of sent/ that were returned
}

func newSMTPHouse(t *testing.T) *smtpHouse {
	t.Helper()
	h := &smtpHouse{seen: map[string]bool{}}
	h.daemon = startDaemon(t, append(threadgen.Settings("127.0.0.0/8", "plus"), `outbox.yield="0s"`, "smtp.max_commands=0", "smtp.max_errors=1000000")...)
	var sets []string
	for i, f := range h.flags()[2:] {
		if i%2 == 1 {
			sets = append(sets, f)
		}
	}
	c, err := config.Load(h.flags()[1], sets)
	if err != nil {
		t.Fatal(err)
	}
	if h.admin, err = mailgw.Connect(c, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if h.conn, err = dial(h.smtp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.conn.close()
		if err := h.admin.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// do runs one command and returns the objects of its answer.
func (h *smtpHouse) do(command string, args any) (out []json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = h.admin.Do(ctx, command, args, func(line json.RawMessage) error {
		out = append(out, bytes.Clone(line))
		return nil
	})
	return out, err
}

// askOne runs a command that answers with one object.
func askOne[T any](h *smtpHouse, command string, args any) (v T, err error) {
	out, err := h.do(command, args)
	if err == nil && len(out) != 1 {
		err = fmt.Errorf("%s %v: %d objects", command, args, len(out))
	}
	if err == nil {
		err = json.Unmarshal(out[0], &v)
	}
	return v, err
}

// Deliver hands a mail over by SMTP, and waits until what it caused has left.
func (h *smtpHouse) Deliver(_ time.Time, from string, to []string, raw []byte) (threadgen.Landing, []threadgen.Mail, error) {
	r, err := h.conn.send(from, to, raw)
	if err != nil {
		return threadgen.Landing{}, nil, err
	}
	if r.code >= 500 {
		return threadgen.Landing{Refused: true}, nil, nil
	}
	if r.id() == "" {
		return threadgen.Landing{}, nil, fmt.Errorf("the gateway said %s", r)
	}
	found, err := askOne[findJSON](h, "ticket.find", mailgw.FindArgs{IDs: []string{r.id()}})
	if err != nil {
		return threadgen.Landing{}, nil, err
	}
	land := threadgen.Landing{Outcome: found.Outcome}
	if found.Ticket != nil {
		land.Ticket = *found.Ticket
	}
	left, err := h.left()
	return land, left, err
}

// left waits until nothing waits to leave, and returns what has left meanwhile.
func (h *smtpHouse) left() (out []threadgen.Mail, err error) {
	waitFor(h.t, "an empty outbox", func() bool {
		rows, e := h.do("outbox.list", mailgw.NoArgs{})
		err = errors.Join(err, e)
		return len(rows) == 0
	})
	for _, name := range h.sentNames() {
		if h.seen[name] {
			continue
		}
		h.seen[name] = true
		m, e := readSent(name)
		if err = errors.Join(err, e); err != nil {
			return nil, err
		}
		mail := threadgen.Mail{From: strings.Trim(m.envelopeFrom, "<> "), Raw: m.raw}
		for to := range strings.SplitSeq(m.envelopeTo, ",") {
			mail.To = append(mail.To, strings.Trim(to, "<> "))
		}
		out = append(out, mail)
	}
	return out, err
}

// Answer is a command of the agent.
func (h *smtpHouse) Answer(_ time.Time, number uint64, words string) ([]threadgen.Mail, error) {
	if _, err := h.do("ticket.reply", mailgw.ReplyArgs{Number: number, As: threadgen.Agent, Text: words}); err != nil {
		return nil, err
	}
	return h.left()
}

// Close is a command of the agent.
func (h *smtpHouse) Close(_ time.Time, number uint64) error {
	_, err := h.do("ticket.set", mailgw.SetArgs{Number: number, Status: "closed", Who: threadgen.Agent})
	return err
}

// Status asks for a ticket.
func (h *smtpHouse) Status(number uint64) (string, error) {
	v, err := askOne[ticketJSON](h, "ticket.show", mailgw.NumberArgs{Number: number})
	return v.Status, err
}
