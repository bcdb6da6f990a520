package mailgw

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/threadgen"
)

// replayHouse is a gateway to which conversations are played, in process: mail
// goes in by Gateway.Deliver, at the time that its line says; all that is due
// leaves at once, through the outbox and a relay in memory, as the bytes that
// would go over the wire. The watcher stands still: no promise is announced late.
type replayHouse struct {
	*house
	id string // that the relay gives the next mail to a customer; "": it keeps ours
}

// upstream is the honest mail server in front.
const upstream = "203.0.113.25"

func (h *replayHouse) Deliver(at time.Time, from string, to []string, raw []byte) (threadgen.Landing, []threadgen.Mail, error) {
	h.at(at)
	for _, rcpt := range to {
		if err := h.Recipient(context.Background(), rcpt); err != nil {
			return threadgen.Landing{Refused: true}, nil, nil
		}
	}
	head := "Return-Path: <" + from + ">\r\nReceived: from " + threadgen.Upstream + " by mail.desk.example; " + at.Format(time.RFC1123Z) + "\r\n"
	a := &letter.Arrival{
		ID: h.ids.Next(), Source: "mx", ReversePath: from, Recipients: to, ClientIP: netip.MustParseAddr(upstream),
		At: at, Raw: append([]byte(head), raw...), Body: len(head),
	}
	if err := h.Gateway.Deliver(context.Background(), a); err != nil {
		return threadgen.Landing{}, nil, err
	}
	var land threadgen.Landing
	h.view(func(r store.Reader) error {
		got, err := r.Receipt(a.ID)
		land = threadgen.Landing{Outcome: string(got.Outcome), Ticket: got.Ticket}
		return err
	})
	return land, h.left(), nil
}

// left lets all that is due leave.
func (h *replayHouse) left() (out []threadgen.Mail) {
	for _, m := range h.leave(&memoryRelay{reply: h.taken}) {
		out = append(out, threadgen.Mail{From: m.From, To: m.To, Raw: m.Bytes})
	}
	return out
}

// taken is what the relay says when it takes a mail.
func (h *replayHouse) taken(m *outbox.Mail) string {
	if h.id == "" || h.settings.Load().isHouse(m.To[0]) {
		return "250 2.0.0 Ok"
	}
	return "250 2.6.0 " + h.id + " [InternalId=1, Hostname=relay.example] Queued mail for delivery"
}

func (h *replayHouse) Answer(at time.Time, number uint64, words string) ([]threadgen.Mail, error) {
	h.at(at)
	_, err := h.try("ticket.reply", ReplyArgs{Number: number, As: threadgen.Agent, Text: words})
	return h.left(), err
}

func (h *replayHouse) Close(at time.Time, number uint64) error {
	h.at(at)
	_, err := h.try("ticket.set", SetArgs{Number: number, Status: "closed", Who: threadgen.Agent})
	return err
}

func (h *replayHouse) Status(number uint64) (string, error) {
	return string(h.ticket(number).Status), nil
}

// relayID is an id that a relay gave a mail of ours in the place of our own.
var relayID = regexp.MustCompile(`<[\w-]+@[\w.-]*amazonses\.com>`)

// learning tells the relay what to say: where a later line names an id that a
// relay made, the relay has said it when it took our mail.
func (h *replayHouse) learning(lines []threadgen.Line) func(*threadgen.Line) {
	ids := map[string]string{}
	for i := range lines {
		if id := relayID.FindString(lines[i].EML); id != "" {
			ids[lines[i].Conv] = id
		}
	}
	return func(l *threadgen.Line) {
		h.id = ""
		if l.Op == "agent-reply" {
			h.id = ids[l.Conv]
		}
	}
}

// threadgenLines are conversations with about so many mails.
func threadgenLines(t *testing.T, mails int, seed uint64, more ...string) []threadgen.Line {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the working directory")
		}
		root = filepath.Dir(root)
	}
	source := filepath.Join(root, "..", "shared", "threadgen")
	if _, err := os.Stat(source); err != nil {
		t.Skip("SKIPPED: ../shared/threadgen is absent, so no conversation was replayed and threading is not proven")
	}
	lines, err := threadgen.Generate(source, t.TempDir(), max(1, mails*9/20), seed,
		append([]string{"-desk", threadgen.Desk, "-desk2", threadgen.Desk2}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return threadgen.Sharpen(lines)
}
