package deed_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/mailgw/deed"
	"supportgw/mailgw/ticket"
)

// drawn makes a ticket with random values in all fields that deeds change.
func drawn(t *rapid.T, name string) ticket.Ticket {
	word := func(field string) string {
		return rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(t, name+field)
	}
	list := func(field string) []string {
		if w := word(field); w != "" {
			return []string{w, "more"}
		}
		return nil
	}
	at := func(field string) time.Time {
		if n := rapid.IntRange(0, 2).Draw(t, name+field); n > 0 {
			return time.Date(2026, 7, n, 8, 0, 0, n, time.UTC)
		}
		return time.Time{}
	}
	return ticket.Ticket{
		Status: ticket.Status(word("status")), ClosedAt: at("closed"), Priority: ticket.Priority(word("priority")), Assignee: word("assignee"),
		Desk: word("desk"), Tags: list("tags"), Copies: list("copies"), People: list("people"), Customer: word("customer"), CustomerID: uint64(len(word("id"))),
		Confidence: ticket.Confidence(word("confidence")), Level: word("level"), LevelWhy: word("why"), Requester: word("requester"), Address: word("address"),
		WaitUntil: at("wait"), Workaround: word("workaround"), Solution: word("solution"),
	}
}

// Whatever a deed changed is put back, to the value.
func TestTakeBackIsTheInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawn(t, "before "), drawn(t, "after ")
		d := deed.Done{Changes: deed.Between(&before, &after)}
		now := after
		back, changed := d.TakeBack(&now, nil)
		if !reflect.DeepEqual(now, before) || len(back) != len(d.Changes) || len(changed) != 0 {
			t.Fatalf("taken back %v, changed since %v:\n%+v\nwant\n%+v", back, changed, now, before)
		}
		if (len(d.Changes) == 0) != d.Empty() {
			t.Fatalf("empty: %v of %v", d.Empty(), d.Changes)
		}
	})
}

// What somebody has changed since stays as they want it.
func TestTakeBackLeavesOthersWork(t *testing.T) {
	before := ticket.Ticket{Status: ticket.Open, Assignee: "anna@example.com", Priority: ticket.Normal}
	after := before
	after.Status, after.Assignee, after.Priority = ticket.Solved, "", ticket.High
	d := deed.Done{Changes: deed.Between(&before, &after)}
	now := after
	now.Assignee, now.Priority = "ben@example.com", ticket.Normal // one goes on, the other was put back by hand
	back, changed := d.TakeBack(&now, nil)
	if now.Assignee != "ben@example.com" || now.Status != ticket.Open || now.Priority != ticket.Normal {
		t.Errorf("%+v", now)
	}
	if len(back) != 1 || back[0].Field != "status" || len(changed) != 1 || changed[0].Field != "assignee" {
		t.Errorf("back %v, changed %v", back, changed)
	}
}

// The last deed of one's own is found, or that of a mail; none twice.
func TestLast(t *testing.T) {
	var list []deed.Done
	for i, who := range []string{"a", "b", "a", "b"} {
		list = deed.Add(list, deed.Done{ID: ticket.ID(i + 1), Mail: deed.Mail{On: 7, Seq: uint32(i + 1)}, Who: who})
	}
	list[2].Back = true
	for _, c := range []struct {
		who  string
		by   deed.Mail
		want int
	}{{"A", deed.Mail{}, 0}, {"b", deed.Mail{}, 3}, {"c", deed.Mail{}, -1}, {"c", deed.Mail{On: 7, Seq: 2}, 1}, {"a", deed.Mail{On: 7, Seq: 3}, -1}, {"a", deed.Mail{On: 7, Seq: 9}, -1}, {"b", deed.Mail{On: 8, Seq: 2}, -1}} {
		if got := deed.Last(list, c.who, c.by); got != c.want {
			t.Errorf("last of %s, mail %v: %d, want %d", c.who, c.by, got, c.want)
		}
	}
	for range 2 * deed.Kept {
		list = deed.Add(list, deed.Done{Who: "a"})
	}
	if len(list) != deed.Kept {
		t.Errorf("%d are kept", len(list))
	}
}

// Status and wait belong together: of a ticket that a colleague puts aside for longer,
// taking back the first wait changes neither.
func TestTakeBackLeavesAWait(t *testing.T) {
	before := ticket.Ticket{Status: ticket.New}
	anna, ben := before, before
	anna.Status, anna.WaitUntil = ticket.Pending, time.Date(2026, 7, 16, 7, 0, 0, 0, time.UTC)
	ben.Status, ben.WaitUntil = ticket.Pending, time.Date(2026, 7, 20, 7, 0, 0, 0, time.UTC)
	d := deed.Done{Changes: deed.Between(&before, &anna)}
	now := ben
	if back, changed := d.TakeBack(&now, nil); len(back) != 0 || len(changed) != 1 || now.Status != ben.Status || !now.WaitUntil.Equal(ben.WaitUntil) {
		t.Errorf("back %v, changed %v: %s until %s", back, changed, now.Status, now.WaitUntil)
	}
}

// What others have done since stays, even when it is as the deed left it; what the same
// agent has done does not count, nor what was done before.
func TestTakeBackAfterOthers(t *testing.T) {
	at := time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)
	before := ticket.Ticket{Status: ticket.New, Desk: "support"}
	after := before
	after.Status, after.Assignee, after.Desk = ticket.Solved, "anna@example.com", "billing"
	d := deed.Done{ID: 7, Who: "anna@example.com", At: at, Changes: deed.Between(&before, &after)}
	for _, c := range []struct {
		e    ticket.Event
		want string // the field that stays
	}{
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "status open to solved"}, "status"},
		{ticket.Event{ID: 9, At: at, Who: "customer", What: "status solved to open"}, "status"},
		{ticket.Event{ID: 5, At: at.Add(time.Second), Who: "customer", What: "status solved to open"}, "status"},
		{ticket.Event{ID: 5, At: at, Who: "customer", What: "status solved to open"}, ""},
		{ticket.Event{ID: 9, At: at, Who: "Anna@example.com", What: "status open to solved"}, ""},
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "assigned to anna@example.com"}, "assignee"},
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "no longer assigned to cleo@example.com"}, "assignee"},
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "assignee taken back: anna@example.com"}, "assignee"},
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "desk support to billing"}, "desk"},
		{ticket.Event{ID: 9, At: at, Who: "ben@example.com", What: "statuses of sensors were asked for"}, ""},
	} {
		now := after
		back, changed := d.TakeBack(&now, []ticket.Event{c.e})
		stays := ""
		for _, f := range changed {
			stays += f.Field
		}
		if stays != c.want || len(back)+len(changed) != 3 {
			t.Errorf("%s %q: %v back, %q stays, must be %q", c.e.Who, c.e.What, back, stays, c.want)
		}
	}
}
