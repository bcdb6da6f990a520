package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Fifty answers to one ticket come at once, while it is changed, answered and
// noted by hand, its rows are hurried and dropped, mails leave, and the
// configuration is read again: each answer is on the ticket once, reaches the
// customer once or was dropped with an event, and nothing is damaged.
func TestCrowdOnOneTicket(t *testing.T) {
	const replies = 50
	h, file, load, _ := fileHouse(t, `desk.support.collision_within="0s"`)
	first := h.deliver(mail{})
	h.flush()
	notices := map[string]sentMail{anna: to(h.sent, "anna@example.com")[0], ben: to(h.sent, "ben@example.com")[0]}
	edit(t, file, "Example Billing", "Example Accounts")
	var mails []mail
	for i := range replies {
		who := []string{anna, ben}[i%2]
		n := notices[who]
		m := n.reply(who, fmt.Sprintf("Answer number %d.", i))
		m.id = fmt.Sprintf("answer%d@example.com", i)
		mails = append(mails, m)
	}
	arrivals := make([]func() error, len(mails))
	for i := range mails {
		a := h.arrival(mails[i])
		arrivals[i] = func() error { return h.Deliver(t.Context(), a) }
	}
	// The outbox is at work all the time, and the one that commands ask.
	relay := &memoryRelay{}
	h.outbox = outbox.New(outbox.Options{
		Queue: &queue{h.Gateway}, Relay: relay, Workers: 4, Now: h.clock.Now, RetryFirst: time.Minute, RetryMax: time.Hour, Wait: func(ctx context.Context, _ time.Time, wake <-chan struct{}) {
			select {
			case <-wake:
			case <-ctx.Done():
			}
		}, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	rested := make(chan struct{})
	go func() { defer close(rested); h.outbox.Run(ctx) }()
	nothing := func(any) error { return nil }
	var all sync.WaitGroup
	try := func(times int, fn func(i int) error) {
		all.Go(func() {
			for i := range times {
				if err := fn(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, deliver := range arrivals {
		try(1, func(int) error { return deliver() })
	}
	var dropped sync.Map
	try(10, func(i int) error {
		return h.setTicket(SetArgs{Number: first.Ticket, Assignee: []string{"anna@example.com", "ben@example.com"}[i%2], Who: "admin"}, nothing)
	})
	try(5, func(i int) error {
		return h.replyTicket(ReplyArgs{Number: first.Ticket, As: "anna", Text: fmt.Sprintf("By hand %d.", i)}, nothing)
	})
	try(5, func(int) error {
		return h.noteTicket(ReplyArgs{Number: first.Ticket, As: "ben", Text: "A note."}, nothing)
	})
	try(5, func(int) error { h.reload("asked for", load); return nil })
	try(10, func(int) error { return h.retryRows(RowsArgs{All: true}, nothing) })
	try(10, func(int) error {
		for id, row := range h.rows() {
			if row.Kind != ticket.Answer {
				continue
			}
			if err := h.dropRows(RowsArgs{IDs: []string{id.String()}}, nothing); err == nil {
				dropped.Store(id, true)
			}
			return nil
		}
		return nil
	})
	all.Wait()
	stop()
	<-rested
	h.flush()

	for i := range relay.mails {
		h.sent = append(h.sent, sentMail{relay.mails[i], letter.Parse(relay.mails[i].Bytes, "", letter.DefaultLimits())})
	}
	h.checkCrowd(first.Ticket, replies+5, &dropped)
}

// checkCrowd checks that each of so many answers left once, or was dropped.
func (h *house) checkCrowd(number uint64, want int, dropped *sync.Map) {
	h.t.Helper()
	var entries []ticket.Entry
	h.view(func(r store.Reader) (err error) { entries, err = r.Entries(number); return err })
	seen := map[uint32]bool{}
	answers := 0
	for _, e := range entries {
		if seen[e.Seq] {
			h.t.Errorf("two entries have number %d", e.Seq)
		}
		seen[e.Seq] = true
		if e.Kind == ticket.MailOut && e.ByAgent != "" {
			answers++
		}
	}
	if n := int(h.ticket(number).Entries); len(entries) != n {
		h.t.Errorf("%d entries, the ticket says %d", len(entries), n)
	}
	gone := 0
	dropped.Range(func(any, any) bool { gone++; return true })
	got := map[string]int{}
	for _, m := range customers(h.sent) {
		got[strings.SplitN(m.read.Text, "\n", 2)[0]]++
		if n := strings.Join(m.To, " "); n != "mia@acme.example" {
			h.t.Errorf("an answer went to %s", n)
		}
	}
	for words, n := range got {
		if n != 1 {
			h.t.Errorf("%q left %d times", words, n)
		}
	}
	if answers != want || len(got)+gone != answers {
		h.t.Errorf("%d answers on the ticket, %d left, %d were dropped", answers, len(got), gone)
	}
	if ev := h.events(number); gone > 0 && !slices.ContainsFunc(ev, func(s string) bool { return strings.Contains(s, "dropped") }) {
		h.t.Errorf("no event tells of the dropped answers: %q", ev)
	}
}
