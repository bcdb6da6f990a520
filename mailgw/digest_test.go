package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// listHouse opens a house in which Ben gets lists every two hours, from 09:00 in Zurich on.
func listHouse(t *testing.T, set ...string) *house {
	t.Helper()
	return newHouse(t, append([]string{`agent[1].notices="digest"`, `agent[1].notices_at="working"`, `agent[0].notices_at="always"`}, set...)...)
}

const (
	annas = "anna@example.com"
	bens  = "ben@example.com"
)

// leftFor lets leave what is due, and returns what one person gets.
func (h *house) leftFor(addr string) []sentMail {
	h.t.Helper()
	if _, err := h.round(h.clock.Now()); err != nil {
		h.t.Fatal(err)
	}
	return to(h.flushDue(), addr)
}

func TestDigest(t *testing.T) {
	h := listHouse(t)
	globex := mail{from: "Gus <gus@globex.example>", subject: "Invoice 17", body: "The total is wrong."}
	first := h.deliver(globex)
	second := h.at(monday.Add(20 * time.Minute)).deliver(mail{from: "Ida <ida@initech.example>", subject: "Scanner <b>", body: "It does not scan."})
	if got := to(h.flushDue(), annas); len(got) != 2 {
		t.Fatalf("Anna got %d mails at once", len(got))
	}
	if got := h.at(monday.Add(59 * time.Minute)).leftFor(bens); len(got) != 0 {
		t.Fatalf("Ben got %d mails before his list: %s", len(got), got[0].read.Subject)
	}
	h.reopen()
	got := h.at(monday.Add(time.Hour)).leftFor(bens)
	if len(got) != 1 || got[0].read.Subject != "2 tickets have news · Example Support" {
		t.Fatalf("Ben got %d mails: %+v", len(got), got)
	}
	text := got[0].read.Text
	for _, want := range []string{fmt.Sprintf("#%d · Globex Ltd · Invoice 17", first.Ticket), fmt.Sprintf("#%d · Initech Inc. · Scanner <b>", second.Ticket), "Answer due by", "Gus <gus@globex.example>", "It does not scan.", "Answer: support+", "Take it: support+"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text)
		}
	}
	if again := h.at(monday.Add(3 * time.Hour)).leftFor(bens); len(again) != 0 {
		t.Errorf("the list came twice: %s", again[0].read.Subject)
	}
	h.answersFromList(text, first.Ticket)
}

// answersFromList answers a ticket at the address that Ben's list gives.
func (h *house) answersFromList(text string, number uint64) {
	h.t.Helper()
	_, after, _ := strings.Cut(text, fmt.Sprintf("– #%d ", number))
	_, after, _ = strings.Cut(after, "Answer: ")
	addr, _, _ := strings.Cut(after, "\n")
	h.deliver(mail{from: "Ben Ortiz <" + bens + ">", rcpt: []string{addr}, subject: "Re: Invoice 17", body: "Here is the right one."})
	sent := to(h.flushDue(), "gus@globex.example")
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "Here is the right one.") {
		h.t.Errorf("the answer at %q gave %d mails to the customer", addr, len(sent))
	}
}

func TestDigestOfOne(t *testing.T) {
	h := listHouse(t)
	h.deliver(mail{from: "Gus <gus@globex.example>", subject: "Invoice 17"})
	h.flushDue()
	got := h.at(monday.Add(time.Hour)).leftFor(bens)
	if len(got) != 1 || !strings.Contains(got[0].read.Subject, "Invoice 17") || !strings.Contains(got[0].read.Text, "The export button does nothing") {
		t.Fatalf("%d mails: %+v", len(got), got)
	}
}

// What is urgent for the one who waits comes at once; what is settled is said so.
func TestDigestSettled(t *testing.T) {
	h := listHouse(t)
	answered := h.deliver(mail{from: "Gus <gus@globex.example>", subject: "Invoice 17"})
	for n := range 2 {
		h.deliver(mail{from: "Ida <ida@initech.example>", subject: fmt.Sprintf("Scanner %d", n)})
	}
	annasNotice := to(h.flushDue(), annas)[0]
	h.deliver(annasNotice.reply(annas, "Corrected."))
	h.flushDue()
	got := h.at(monday.Add(time.Hour)).leftFor(bens)
	if len(got) != 1 || strings.Contains(got[0].read.Text, "Invoice 17") || !strings.Contains(got[0].read.Text, fmt.Sprintf("meanwhile, by a colleague or by you: #%d\n", answered.Ticket)) {
		t.Fatalf("%d mails: %+v", len(got), got)
	}
}

// A list never costs a promise: with two hours to answer, and three to the list, it comes now.
func TestDigestInTime(t *testing.T) {
	h := listHouse(t, `agent[1].digest_every="4h"`)
	h.at(monday.Add(-50 * time.Minute)).deliver(mail{}) // premium: two working hours
	if got := to(h.flushDue(), bens); len(got) != 1 {
		t.Errorf("%d mails at once of what is due before the list", len(got))
	}
}

// Who has left gets none, and nothing stays behind; who wants no lists any more gets
// the last one.
func TestDigestAfterChange(t *testing.T) {
	for _, c := range []struct {
		name string
		set  []string
		want int
	}{
		{"each again", []string{`agent[1].notices="each"`}, 1},
		{"left", []string{`agent=[{name="Anna Keller", address="anna@example.com", notices_at="always"}]`, `desk[0].agents=["anna@example.com"]`, `desk[1].agents=["anna@example.com"]`}, 0},
	} {
		h := listHouse(t)
		for n := range 2 {
			h.deliver(mail{from: "Ida <ida@initech.example>", subject: fmt.Sprintf("Scanner %d", n)})
		}
		h.flushDue()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h.c = houseConfig(t, h.c.Data, c.set...)
		h.open(monday.Add(time.Hour))
		if got := h.leftFor(bens); len(got) != c.want {
			t.Errorf("%s: %d mails", c.name, len(got))
		}
		for _, row := range h.rows() {
			t.Errorf("%s: %s waits for %s", c.name, row.Template, row.EnvelopeTo)
		}
	}
}

// The row of a list names nobody, and what was erased before it leaves is not in it.
func TestDigestHoldsNoWords(t *testing.T) {
	h := listHouse(t)
	for n := range 2 {
		h.deliver(mail{from: "Ida <ida@initech.example>", subject: fmt.Sprintf("Scanner %d", n), body: "The secret word is xylophone."})
	}
	h.flushDue()
	h.at(monday.Add(time.Hour))
	if _, err := h.round(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range h.rows() {
		if row.Template != "digest" {
			continue
		}
		n++
		for _, word := range []string{"Ida", "initech", "Initech", "Scanner", "xylophone"} {
			if strings.Contains(string(row.Facts), word) {
				t.Errorf("the row holds %q: %s", word, row.Facts)
			}
		}
	}
	if n != 1 {
		t.Fatalf("%d lists", n)
	}
	h.view(func(r store.Reader) error {
		return r.OutgoingRows(func(o ticket.Outgoing) bool {
			if isDigest(o.Lane) {
				t.Errorf("%s still waits for a list", o.ID)
			}
			return true
		})
	})
}

// dates are the times of mails as an inbox shows them.
func dates(list []sentMail) (out []string) {
	for _, m := range list {
		out = append(out, m.read.Date.Format("Mon 15:04 -0700"))
	}
	return out
}

func TestNoticesWaitForWork(t *testing.T) {
	h := newHouse(t, `agent[1].notices_at="working"`, `agent[0].notices_at="always"`, `agent[0].quiet=["22:00-07:00"]`, `agent[1].calendar="helsinki"`,
		`calendar=[{name="zurich", zone="Europe/Zurich", week={mon-fri=["09:00-17:30"]}}, {name="helsinki", zone="Europe/Helsinki", week={mon-fri=["08:00-16:00"]}}]`)
	night := monday.Add(13 * time.Hour) // 23:00 in Zurich
	h.at(night).deliver(mail{from: "Gus <gus@globex.example>", subject: "Invoice 17"})
	if got := slices.Concat(to(h.flushDue(), annas), to(h.sent, bens)); len(got) != 0 {
		t.Fatalf("%d mails at night", len(got))
	}
	early := h.at(night.Add(7 * time.Hour)).leftFor(bens) // 06:00 in Zurich is 07:00 in Helsinki
	if len(early) != 0 {
		t.Fatalf("Ben got %q", dates(early))
	}
	got := h.at(night.Add(8 * time.Hour)).flushDue() // 07:00 in Zurich, 08:00 in Helsinki
	if a, b := dates(to(got, annas)), dates(to(got, bens)); fmt.Sprint(a, b) != "[Tue 07:00 +0200] [Tue 08:00 +0300]" {
		t.Errorf("told at %q and %q", a, b)
	}
	if text := to(got, bens)[0].read.Text; !strings.Contains(text, "(EEST)") {
		t.Errorf("Ben reads the time of another zone:\n%s", text)
	}
	h.at(night.Add(24 * time.Hour)).deliver(mail{subject: "Production down"})
	if got := h.flushDue(); len(to(got, annas)) != 1 || len(to(got, bens)) != 1 {
		t.Errorf("at night they hear of what pages: %d and %d mails", len(to(got, annas)), len(to(got, bens)))
	}
}

func TestOneMailPerEvent(t *testing.T) {
	h := newHouse(t, `desk[0].on_call=["ben@example.com"]`)
	a := h.deliver(mail{subject: "Production down", rcpt: []string{"support@example.com", "billing@example.com"}})
	got := h.flush()
	if len(a.pages) != 1 || len(to(got, bens)) != 1 || len(to(got, annas)) != 1 || !strings.Contains(to(got, bens)[0].read.Subject, "URGENT") {
		t.Errorf("Ben, who is paged, got %d mails, Anna %d", len(to(got, bens)), len(to(got, annas)))
	}
	for _, c := range []struct {
		name      string
		cc        string
		anna, ben int
	}{
		{"Anna has it", "Anna <ANNA@example.com>", 0, 1},
		{"both have it", annas + ", " + bens, 1, 1},
		{"somebody else has it", "max@acme.example", 1, 1},
	} {
		h.deliver(mail{from: "Gus <gus@globex.example>", subject: c.name, head: []string{"Cc: " + c.cc}})
		got := h.flush()
		if len(to(got, annas)) != c.anna || len(to(got, bens)) != c.ben {
			t.Errorf("%s: Anna got %d, Ben %d", c.name, len(to(got, annas)), len(to(got, bens)))
		}
	}
}

func TestOnlyMine(t *testing.T) {
	h := newHouse(t, `agent[0].only_mine=true`, `agent[0].notices_at="always"`, `agent[1].notices_at="always"`)
	h.deliver(mail{from: "Gus <gus@globex.example>", subject: "Invoice 17"})
	got := h.flush()
	if len(to(got, annas)) != 0 || len(to(got, bens)) != 1 {
		t.Fatalf("Anna got %d, Ben %d", len(to(got, annas)), len(to(got, bens)))
	}
	h.deliver(to(got, bens)[0].reply(bens, "#assign anna"))
	if got := to(h.flush(), annas); len(got) != 1 {
		t.Errorf("given the ticket, Anna got %d", len(got))
	}
	h.deliver(to(got, bens)[0].reply(bens, "#away until fri"))
	h.flush()
	h.deliver(mail{from: "Ida <ida@initech.example>", subject: "Scanner"})
	if got := to(h.flush(), annas); len(got) != 1 {
		t.Errorf("the only one in, Anna got %d", len(got))
	}
}
