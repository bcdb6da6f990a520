package probe

import (
	"context"
	"errors"
	"time"
)

// worker sends mails over one connection at a time.
type worker struct {
	*run
	client *client
	sent   int // mails of this connection

	dot, whole             []time.Duration
	retries, failed, bytes int
}

// work sends mails until there are no more or ctx ends.
func (w *worker) work(ctx context.Context) {
	defer func() { w.hangUp(true) }()
	for ctx.Err() == nil {
		n := int(w.next.Add(1)) - 1
		if n >= w.Messages {
			return
		}
		due := time.Now()
		if w.Rate > 0 {
			due = w.start.Add(time.Duration(float64(n) / w.Rate * float64(time.Second)))
			if !pause(ctx, time.Until(due)) {
				return
			}
		}
		m, err := w.mails.message(n)
		if err == nil {
			err = w.deliver(ctx, &m, due)
		}
		var broken *recordError
		switch {
		case errors.As(err, &broken):
			w.stop(err)
			return
		case err != nil && ctx.Err() != nil:
			return // it was not the server's fault
		case err != nil:
			w.failed++
			w.note(err)
		default:
			w.accepted.Add(1)
		}
		w.finished.Add(1)
	}
}

// The pauses between two attempts at the same mail; each is twice the one before.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// deliver sends one mail, again and again if that is wanted.
func (w *worker) deliver(ctx context.Context, m *message, due time.Time) error {
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		id, took, err := w.attempt(ctx, m)
		if err == nil {
			w.dot, w.whole = append(w.dot, took), append(w.whole, time.Since(due))
			w.bytes += m.size
			return w.record(m.id, id)
		}
		var refused *refusal
		if !w.Retry || errors.As(err, &refused) && refused.permanent() {
			return err
		}
		w.note(err)
		w.retries++
		if !pause(ctx, wait) {
			return err
		}
	}
}

// attempt sends one mail once, over the connection that is open or a new one.
func (w *worker) attempt(ctx context.Context, m *message) (id string, took time.Duration, err error) {
	if w.PerConnection > 0 && w.sent >= w.PerConnection {
		w.hangUp(true)
	}
	if w.client == nil {
		if w.client, err = connect(ctx, w.Options); err != nil {
			return "", 0, err
		}
		w.sent = 0
	}
	w.sent++
	id, took, err = w.client.send(m, w.Pipeline)
	if err == nil {
		return id, took, nil
	}
	var refused *refusal
	listens := errors.As(err, &refused) && refused.code != codeClosing
	if !listens || refused.stage != atDot { // after the dot, the dialogue can go on
		w.hangUp(listens)
	}
	return "", 0, err
}

// hangUp closes the connection; politely when the server may still be listening.
func (w *worker) hangUp(politely bool) {
	if w.client != nil {
		w.client.close(politely)
		w.client = nil
	}
}

// pause waits, and says whether there is reason to go on.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
