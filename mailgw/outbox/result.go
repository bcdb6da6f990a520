package outbox

import (
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/ticket"
)

// manyAttempts is how often a row is tried before its age counts: after a gateway
// was off for a week, one busy signal must not be the end of what waited.
const manyAttempts = 3

// result decides what becomes of the recipients of a row whose attempt is over:
// who has it, who is tried again, and who is given up. A nil reply says that
// nothing was sent, and that all failures are the last ones when the row is old.
func (b *Outbox) result(row ticket.Outgoing, reply *string, failed []Failure) Result {
	r := Result{Row: row}
	last := b.tooOld(&row) && (reply == nil || row.Attempts+1 >= manyAttempts)
	for _, f := range failed {
		f.Reply = oneLine(f.Reply)
		if f.Permanent || last && !f.Ours {
			r.Failures = append(r.Failures, f)
		} else {
			r.Left = append(r.Left, f.To)
		}
		r.Reply = f.Reply
	}
	for _, to := range row.EnvelopeTo {
		if !slices.ContainsFunc(failed, func(f Failure) bool { return f.To == to }) {
			r.Taken = append(r.Taken, to)
		}
	}
	if len(r.Taken) > 0 && reply != nil {
		r.Reply = oneLine(*reply)
	}
	if slices.ContainsFunc(failed, isNotOurs) { // else nothing was learned about the row
		r.Row.Attempts++
	}
	if len(failed) > 0 {
		r.Row.LastReply = oneLine(failed[len(failed)-1].Reply)
	}
	if len(r.Left) > 0 {
		pause := doubled(b.o.RetryFirst, b.o.RetryMax, r.Row.Attempts)
		r.Row.NextAt = b.o.Now().Add(min(spread(pause, b.o.Random()), b.o.RetryMax))
	}
	return r
}

// tooOld reports whether a row is no longer tried after the next failure.
func (b *Outbox) tooOld(row *ticket.Outgoing) bool {
	return b.o.GiveUpAfter > 0 && b.o.Now().Sub(born(row)) >= b.o.GiveUpAfter
}

// born is from when a row's age counts.
func born(row *ticket.Outgoing) time.Time {
	if row.Released.After(row.Date) {
		return row.Released
	}
	return row.Date
}

// log writes one line for each delivery, and one for each attempt that failed.
func (b *Outbox) log(r *Result) {
	args := []any{"id", r.Row.ID, "ticket", r.Row.Ticket, "kind", r.Row.Kind, "message_id", strings.Join(r.IDs, " ")}
	if len(r.Taken) > 0 {
		b.o.Log.Info("mail left", append(args, "to", r.Taken, "reply", r.Reply)...)
	}
	if len(r.Left) > 0 {
		b.o.Log.Warn("mail waits", append(args, "to", r.Left, "attempts", r.Row.Attempts, "next_at", r.Row.NextAt, "reply", r.Row.LastReply)...)
	}
	for _, f := range r.Failures {
		b.o.Log.Warn("mail given up", append(args, "to", f.To, "attempts", r.Row.Attempts, "permanent", f.Permanent, "reply", f.Reply)...)
	}
}
