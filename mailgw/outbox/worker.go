package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/ticket"
)

// work hands over one row after the other until ctx ends; hand is the context of
// what is on its way.
func (b *Outbox) work(ctx, hand context.Context) {
	for {
		w, trouble, ok := b.next(ctx)
		if !ok {
			return
		}
		r, v, found := b.attempt(hand, w.ID, trouble)
		b.mu.Lock()
		if v == saysAway || v == saysLeft {
			b.state.why, b.state.login = r.Row.LastReply, b.login.Load()
		}
		b.state.landed(w.ID, v, time.Now(), b.o.Random(), b.o.PerLane > 0)
		if !found {
			delete(b.state.flying, w.ID)
		}
		b.more.Broadcast()
		b.mu.Unlock()
		if found {
			b.results <- r
		} else {
			b.poke()
		}
	}
}

// next waits for a row that may be handed over. It returns false when ctx has ended.
// Trouble is since when the row's way has been failing; zero: it has not.
func (b *Outbox) next(ctx context.Context) (w Waiting, trouble time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ctx.Err() == nil {
		if len(b.state.flying) < b.o.Window {
			if w, ok = b.state.pick(time.Now(), b.o.PerLane); ok {
				return w, b.state.flying[w.ID].trouble, true
			}
			b.poke()
		}
		b.more.Wait()
	}
	return w, trouble, false
}

// attempt reads one row and hands its mails over. found is false when the row is
// not there, or cannot be read.
func (b *Outbox) attempt(ctx context.Context, id ticket.ID, trouble time.Time) (r Result, v verdict, found bool) {
	b.mu.Lock()
	for b.barred[id] > 0 {
		b.more.Wait()
	}
	b.mu.Unlock()
	row, found, err := b.o.Queue.Row(id)
	if err != nil {
		b.o.Log.Error("a row of the outbox cannot be read", "id", id, "err", err)
	}
	b.mu.Lock()
	b.state.read(id, found, err, time.Now(), b.o.Random())
	b.mu.Unlock()
	if !found || err != nil {
		return r, saysNothing, false
	}
	if !trouble.IsZero() && !b.ours.Load() && b.tooOld(&row) && time.Since(trouble) >= b.o.RetryMax {
		return b.result(row, nil, failAll(row.EnvelopeTo, "its way has been failing since "+trouble.Format(time.RFC3339))), saysNothing, true
	}
	mails, err := b.compose(&row)
	if err != nil {
		return b.result(row, nil, failAll(row.EnvelopeTo, err.Error())), saysNothing, true
	}
	v = saysNothing
	var failed []Failure
	reply := ""
	for i := range mails {
		s := b.send(ctx, &row, &mails[i])
		failed = append(failed, s.Failures...)
		if s.Reply != "" {
			reply = s.Reply
		}
		v = max(v, s.verdict(len(mails[i].To)))
		b.ours.Store(slices.ContainsFunc(s.Failures, isOurs))
		b.login.Store(slices.ContainsFunc(s.Failures, func(f Failure) bool { return f.Login }))
		if s.HopAway { // the others would find the same
			for _, m := range mails[i+1:] {
				failed = append(failed, likewise(&m, s.Failures[0])...)
			}
			break
		}
	}
	r = b.result(row, &reply, failed)
	for i := range mails {
		r.IDs = append(r.IDs, mails[i].ID)
	}
	return r, v, true
}

// failAll is one and the same failure, for now, of all recipients.
func failAll(to []string, reply string) []Failure {
	out := make([]Failure, 0, len(to))
	for _, t := range to {
		out = append(out, Failure{To: t, Reply: reply})
	}
	return out
}

// verdict is what a mail's end tells about the way.
func (s *Sent) verdict(recipients int) verdict {
	switch {
	case s.HopAway && s.Hung:
		return saysLeft
	case s.HopAway:
		return saysAway
	case s.Hung:
		return saysHung
	case len(s.Failures) == recipients && slices.ContainsFunc(s.Failures, func(f Failure) bool { return !f.Permanent && !f.aboutRecipient() }):
		return saysLater
	}
	return saysWell
}

// aboutRecipient reports whether a failure is about one recipient, and tells nothing
// about others of the destination: an address or mailbox status (RFC 3463 §3.2 and
// §3.3), or greylisting, which looks at each sender and recipient. A destination
// that greylists everybody once must not rest until each has had his turn.
func (f *Failure) aboutRecipient() bool {
	if f.Code >= 400 && f.Code < 600 && (f.Enhanced[1] == 1 || f.Enhanced[1] == 2) {
		return true
	}
	reply := strings.ToLower(f.Reply)
	return strings.Contains(reply, "greylist") || strings.Contains(reply, "graylist") || strings.Contains(reply, "grey-list") || strings.Contains(reply, "postgrey")
}

// send hands one mail over. A relay that refuses the null reverse path gets the
// row's bounce address instead, from then on.
func (b *Outbox) send(ctx context.Context, row *ticket.Outgoing, m *Mail) Sent {
	if m.From == "" && b.null.Load() {
		m.From = b.o.Queue.ReturnPath(row)
		row.EnvelopeFrom = m.From
	}
	s := b.o.Relay.Send(ctx, m)
	if m.From != "" {
		return s
	}
	var refused []string
	for _, f := range s.Failures {
		if f.NullRefused {
			refused = append(refused, f.To)
		}
	}
	from := ""
	if len(refused) > 0 {
		from = b.o.Queue.ReturnPath(row)
	}
	if from == "" {
		return s
	}
	if !b.o.ManyHops && !b.null.Swap(true) {
		b.o.Log.Warn("the relay refuses the null sender: automatic mail gets a bounce address from now on; write acknowledge.envelope_from = \"bounce\"")
	}
	row.EnvelopeFrom = from
	again := b.o.Relay.Send(ctx, &Mail{Name: m.Name, From: from, To: refused, Bytes: m.Bytes})
	again.Failures = append(again.Failures, slices.DeleteFunc(s.Failures, func(f Failure) bool { return f.NullRefused })...)
	if again.Reply == "" {
		again.Reply = s.Reply
	}
	return again
}

// compose makes a row's mails. A row whose words make it panic waits like one
// that fails: it must not stop the others, nor the gateway at each start.
func (b *Outbox) compose(row *ticket.Outgoing) (mails []Mail, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compose %s: panic: %v", row.ID, p)
		}
	}()
	return b.o.Queue.Compose(row)
}

// oneLine is a text of others as one short line.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if len(s) > maxReply {
		s = s[:maxReply]
	}
	return strings.ToValidUTF8(s, "?")
}

// maxReply is how many bytes of a reply are kept.
const maxReply = 500
