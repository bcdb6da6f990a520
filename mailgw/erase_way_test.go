package mailgw

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// A row that was on its way while its ticket was erased does not bring it back.
func TestEraseWhatIsOnItsWay(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(agnesMail(h, "first@agnes.example", "Oszilloskop", agnesWords))
	row := *a.ack
	h.erase(EraseArgs{Who: agnes})
	if err := (&queue{h.Gateway}).Done([]outbox.Result{{Row: row, Taken: row.EnvelopeTo, Reply: "250 ok for " + agnes}}); err != nil {
		t.Fatal(err)
	}
	h.purge()
	if got := h.found([]string{agnes, agnesWords}); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// Nor does a mail to somebody else bring back what was taken out of it, however that went:
// here the ids of a mail that told of her.
func TestEraseOutOfWhatIsOnItsWay(t *testing.T) {
	for name, result := range map[string]func(r *outbox.Result){
		"taken": func(r *outbox.Result) { r.Taken = r.Row.EnvelopeTo },
		"deferred": func(r *outbox.Result) {
			r.Left, r.Row.Attempts, r.Row.NextAt = r.Row.EnvelopeTo, 1, monday.Add(time.Hour)
		},
		"failed": func(r *outbox.Result) {
			r.Failures = []outbox.Failure{{To: r.Row.EnvelopeTo[0], Reply: "550 5.1.1 no such user"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(agnesMail(h, "first@agnes.example", "Oszilloskop", agnesWords))
			h.flush()
			joe := mail{from: "Joe Doe <joe@elsewhere.example>", client: stranger, id: "of-her@elsewhere.example", subject: "Re: Oszilloskop", body: "Is this " + agnes + "?", head: []string{"In-Reply-To: <first@agnes.example>"}}
			a := h.want(h.deliver(joe), ticket.OutcomeHeld)
			if a.ack == nil || a.ack.InReplyTo != "of-her@elsewhere.example" {
				t.Fatalf("its acknowledgement: %+v", a.ack)
			}
			row := *a.ack
			h.erase(EraseArgs{Who: agnes, Mentions: true})
			res := outbox.Result{Row: row, Reply: "said so"}
			result(&res)
			if err := (&queue{h.Gateway}).Done([]outbox.Result{res}); err != nil {
				t.Fatal(err)
			}
			h.purge()
			if got := h.found([]string{agnes, agnesWords, "of-her@elsewhere.example"}); len(got) > 0 {
				t.Errorf("%q", got)
			}
		})
	}
}

// Who is erased while a mail to them and others is deferred is not written to any more.
func TestEraseOfOneOfSeveral(t *testing.T) {
	h := newEraseHouse(t)
	h.flush()
	before := h.rows()
	h.do("ticket.reply", ReplyArgs{Number: h.shared, As: "ben", Text: "Is it well now?"})
	var rows []ticket.Outgoing
	for _, r := range h.rows() {
		if _, old := before[r.ID]; !old && r.Kind == ticket.Answer {
			rows = append(rows, r)
		}
	}
	if len(rows) != 1 || len(rows[0].EnvelopeTo) < 2 || !slices.Contains(rows[0].EnvelopeTo, agnes) {
		t.Fatalf("the answer: %+v", rows)
	}
	row := rows[0]
	h.erase(EraseArgs{Who: agnes})
	row.Attempts, row.NextAt, row.LastReply = 1, h.clock.Now().Add(time.Minute), "451 not now, "+agnes
	if err := (&queue{h.Gateway}).Done([]outbox.Result{{Row: row, Left: row.EnvelopeTo, Reply: "451 not now, " + agnes}}); err != nil {
		t.Fatal(err)
	}
	h.view(func(r store.Reader) error {
		now, err := r.Outgoing(row.ID)
		if err != nil || len(now.EnvelopeTo) != len(row.EnvelopeTo)-1 || slices.Contains(now.EnvelopeTo, agnes) || now.Attempts != 1 {
			t.Errorf("it goes to %q, attempts %d: %v", now.EnvelopeTo, now.Attempts, err)
		}
		if raw, err := json.Marshal(now); err != nil || bytes.Contains(raw, []byte(agnes)) {
			t.Errorf("the row still names her: %s", raw)
		}
		return nil
	})
}
