package mailgw

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// answering is a relay that answers as a test says.
type answering struct {
	memoryRelay
	answer func(m *outbox.Mail) outbox.Sent
}

func (r *answering) Send(ctx context.Context, m *outbox.Mail) outbox.Sent {
	s := r.answer(m)
	if len(s.Failures) < len(m.To) {
		r.memoryRelay.Send(ctx, m)
	}
	return s
}

// attempt lets all that is due be tried once.
func (h *house) attempt(answer func(m *outbox.Mail) outbox.Sent) *answering {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	relay := &answering{answer: answer}
	var b *outbox.Outbox
	idle := func(ctx context.Context, _ time.Time, wake <-chan struct{}) {
		if b.Pending() == 0 {
			stop()
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
		}
	}
	b = outbox.New(outbox.Options{
		Queue: &queue{h.Gateway}, Relay: relay, Workers: 2, PerLane: 2, Now: h.clock.Now, Wait: idle, RetryFirst: time.Minute, RetryMax: 4 * time.Hour,
		GiveUpAfter: 120 * time.Hour, Log: slog.New(slog.DiscardHandler),
	})
	b.Run(ctx)
	return relay
}

// failFor answers the mails to one address, and takes the others.
func failFor(to string, f outbox.Failure) func(m *outbox.Mail) outbox.Sent {
	return func(m *outbox.Mail) outbox.Sent {
		s := outbox.Sent{Reply: "250 ok"}
		if slices.Contains(m.To, to) {
			f.To = to
			s.Failures = []outbox.Failure{f}
		}
		return s
	}
}

var (
	greylisted = outbox.Failure{Reply: "450 4.2.0 greylisted", Code: 450}
	unknown    = outbox.Failure{Reply: "550 5.1.1 no such user", Code: 550, Permanent: true}
)

func (h *house) entryOf(id ticket.ID) (e ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		e, err = r.Entry(id)
		return err
	})
	return e
}

// A mail that fails for now waits in its lane; one that is taken leaves its time
// and reply on the entry.
func TestQueueRecordsAttempts(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.attempt(failFor("mia@acme.example", greylisted))
	row, ok := h.rows()[a.ack.ID]
	if !ok || len(h.rows()) != 1 || row.Attempts != 1 || row.Lane != "acme.example" || row.LastReply != "450 4.2.0 greylisted" || !row.NextAt.After(h.clock.Now()) {
		t.Fatalf("%d rows, %+v", len(h.rows()), row)
	}
	if e := h.entryOf(a.ack.ID); !e.SentAt.IsZero() || e.Outgoing != nil {
		t.Errorf("%+v", e)
	}
	h.at(monday.Add(time.Hour))
	h.attempt(failFor("", greylisted))
	if e := h.entryOf(a.ack.ID); !e.SentAt.Equal(monday.Add(time.Hour)) || e.Outgoing == nil || e.Reply != "250 ok" || len(h.rows()) != 0 {
		t.Errorf("%+v", e)
	}
}

// One of the agents gets his notice later; the others are not written to twice.
func TestQueuePartOfARow(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.attempt(failFor("anna@example.com", greylisted))
	if row := h.rows()[a.notices[0].ID]; !slices.Equal(row.EnvelopeTo, []string{"anna@example.com"}) || !slices.Equal(row.To, []string{"anna@example.com", "ben@example.com"}) {
		t.Errorf("%+v", row)
	}
	h.at(monday.Add(time.Hour))
	r := h.attempt(failFor("", greylisted))
	if len(r.mails) != 1 || !slices.Equal(r.mails[0].To, []string{"anna@example.com"}) {
		t.Errorf("%+v", r.mails)
	}
}

// What is refused for good, or has become too old, is an event on the ticket.
func TestQueueGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		fail outbox.Failure
		want string
	}{"refused": {unknown, "550 5.1.1"}, "too old": {greylisted, "450 4.2.0"}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			a := h.deliver(mail{})
			for i := range 4 {
				h.at(monday.Add(time.Duration(i) * 60 * time.Hour))
				h.attempt(failFor("mia@acme.example", c.fail))
			}
			if len(h.rows()) != 0 {
				t.Fatalf("%d rows stay", len(h.rows()))
			}
			if e := h.entryOf(a.ack.ID); !e.SentAt.IsZero() || e.Outgoing == nil || !strings.Contains(e.Reply, c.want) {
				t.Errorf("%+v", e)
			}
			if got := strings.Join(h.events(1), "\n"); !strings.Contains(got, "not delivered to mia@acme.example") {
				t.Errorf("events:\n%s", got)
			}
		})
	}
}

// A relay that refuses the null sender gets an address that bounces come to.
func TestQueueReturnPath(t *testing.T) {
	for _, token := range []string{"plus", "off"} {
		h := newHouse(t, `desk.support.reply_token="`+token+`"`)
		h.deliver(mail{})
		r := h.attempt(func(m *outbox.Mail) outbox.Sent {
			if m.From == "" {
				return outbox.Sent{Failures: []outbox.Failure{{To: m.To[0], Reply: "550 no null sender", Permanent: true, NullRefused: true}}}
			}
			return outbox.Sent{Reply: "250 ok"}
		})
		if len(r.mails) != 3 || len(h.rows()) != 0 {
			t.Errorf("%d mails, %d rows", len(r.mails), len(h.rows()))
		}
		for _, m := range r.mails {
			if plus := strings.HasPrefix(m.From, "support+"); plus != (token == "plus") || !strings.HasSuffix(m.From, "@example.com") {
				t.Errorf("%s: from %q", token, m.From)
			}
		}
	}
	h := newHouse(t)
	q := &queue{h.Gateway}
	if got := q.ReturnPath(&ticket.Outgoing{Ticket: 99}); got != "" {
		t.Errorf("of no ticket: %q", got)
	}
}

// rowsCommand runs a command on rows and returns the ids that it answers with.
func (h *house) rowsCommand(name string, a RowsArgs) (ids []string, err error) {
	h.t.Helper()
	out, err := ask(h.t, &Admin{local: h.Gateway}, name, a)
	for _, v := range out {
		ids = append(ids, v["id"].(string))
	}
	return ids, err
}

func TestOutboxRetryAndRelease(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.attempt(failFor("mia@acme.example", greylisted))
	id := a.ack.ID
	h.at(monday.Add(119 * time.Hour))
	if ids, err := h.rowsCommand("outbox.retry", RowsArgs{IDs: []string{id.String()}}); err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if row := h.rows()[id]; !row.NextAt.Equal(h.clock.Now()) || row.Attempts != 1 || !row.Released.IsZero() {
		t.Errorf("after retry: %+v", row)
	}
	h.attempt(failFor("mia@acme.example", greylisted))
	if ids, err := h.rowsCommand("outbox.release", RowsArgs{All: true}); err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if row := h.rows()[id]; !row.NextAt.Equal(h.clock.Now()) || row.Attempts != 0 || !row.Released.Equal(h.clock.Now()) {
		t.Errorf("after release: %+v", row)
	}
	for i := range 4 { // older than five days since its Date, not since its release
		h.at(monday.Add(time.Duration(130+i*10) * time.Hour))
		h.attempt(failFor("mia@acme.example", greylisted))
	}
	if _, waits := h.rows()[id]; !waits {
		t.Error("a released mail was given up at its old age")
	}
	h.attempt(failFor("", greylisted))
	if _, err := h.rowsCommand("outbox.retry", RowsArgs{All: true}); err != nil {
		t.Error(err)
	}
	h.at(h.clock.Now().Add(5 * time.Hour)).flush()
}

func TestOutboxDrop(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	if ids, err := h.rowsCommand("outbox.drop", RowsArgs{IDs: []string{a.ack.ID.String(), a.notices[0].ID.String()}}); err != nil || len(ids) != 2 {
		t.Fatal(ids, err)
	}
	if e := h.entryOf(a.ack.ID); len(h.rows()) != 0 || !e.SentAt.IsZero() || e.Reply != "dropped by admin" || e.Outgoing == nil {
		t.Errorf("%d rows, %+v", len(h.rows()), e)
	}
	got := strings.Join(h.events(1), "\n")
	for _, want := range []string{"admin: dropped the acknowledgement to mia@acme.example", "admin: dropped the notice to anna@example.com, ben@example.com"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among the events:\n%s", want, got)
		}
	}
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.raw", IDArgs{a.ack.ID.String()}); err != nil {
		t.Errorf("its words: %v", err)
	}
}

// What cannot be done changes nothing, and is said in plain words.
func TestOutboxCommandsRefuse(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	before, known := h.dump(1), a.ack.ID.String()
	for _, c := range []struct {
		command string
		args    RowsArgs
		want    string
		usage   bool
	}{
		{"outbox.drop", RowsArgs{All: true}, "takes the ids", true},
		{"outbox.drop", RowsArgs{}, "write the ids", true},
		{"outbox.retry", RowsArgs{}, "write the ids", true},
		{"outbox.retry", RowsArgs{IDs: []string{known}, All: true}, "or --all", true},
		{"outbox.release", RowsArgs{IDs: []string{"x"}}, `"x" is not an id`, true},
		{"outbox.retry", RowsArgs{IDs: []string{known, "0000000000001"}}, "no mail 0000000000001 waits", false},
		{"outbox.drop", RowsArgs{IDs: []string{known, "0000000000001"}}, "no mail 0000000000001 waits", false},
	} {
		_, err := h.rowsCommand(c.command, c.args)
		var ce *CommandError
		if !errors.As(err, &ce) || ce.Usage != c.usage || !strings.Contains(ce.Text, c.want) {
			t.Errorf("%s %+v: %v", c.command, c.args, err)
		}
	}
	if len(h.rows()) != 2 || h.dump(1) != before {
		t.Error("something has changed")
	}
	h.flush()
}
