package customer

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestHistoryCounts at the edges of its days, whatever the zone of the time.
func TestHistoryCounts(t *testing.T) {
	noon := time.Date(2026, 7, 13, 12, 0, 0, 0, time.UTC)
	east := time.FixedZone("", 12*3600)
	for _, tc := range []struct {
		name  string
		after time.Duration
		want  Counts
	}{
		{"at once", 0, Counts{2, 1, 3}},
		{"a day before the clock was set back", -24 * time.Hour, Counts{}},
		{"on the seventh day", 6*24*time.Hour + 11*time.Hour, Counts{2, 1, 3}},
		{"on the eighth", 6*24*time.Hour + 12*time.Hour, Counts{2, 1, 0}},
		{"on the ninetieth", 89*24*time.Hour + 11*time.Hour, Counts{2, 1, 0}},
		{"on the next", 89*24*time.Hour + 12*time.Hour, Counts{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var h History
			h.Broke(noon)
			h.Broke(noon)
			h.Reopened(noon)
			for range 3 {
				h.Wrote(noon)
			}
			back := ReadHistory(h.Append(nil))
			if got := back.Counts(noon.Add(tc.after).In(east)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestHistoryWaited(t *testing.T) {
	var h History
	want := func(but uint64, ticket uint64, took time.Duration, late bool) {
		t.Helper()
		h = ReadHistory(h.Append(nil))
		if w, ok := h.Waited(but); w != (Wait{ticket, took, late}) || ok != (ticket != 0) {
			t.Errorf("but %d: %+v, %v", but, w, ok)
		}
	}
	want(1, 0, 0, false)
	h.Answered(Wait{Ticket: 1, Took: 5 * 24 * time.Hour, Late: true})
	h.Answered(Wait{Ticket: 1, Took: time.Minute}) // a later answer on it was quick
	want(1, 0, 0, false)
	want(2, 1, 5*24*time.Hour, true)
	h.Answered(Wait{Ticket: 2, Took: -time.Hour}) // a clock was set back
	want(2, 1, 5*24*time.Hour, true)
	want(3, 2, 0, false)
	h.Answered(Wait{Ticket: 3, Took: time.Hour})
	want(3, 2, 0, false)
}

// TestHistoryLaws: it counts what a list of all that happened counts, is bounded, and
// one customer's can be joined with another's and parted again.
func TestHistoryLaws(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	type deed struct {
		at   time.Time
		kind int
	}
	rapid.Check(t, func(t *rapid.T) {
		var h, other History
		var all []deed
		now := start
		for range rapid.IntRange(0, 200).Draw(t, "deeds") {
			now = now.Add(time.Duration(rapid.IntRange(0, 70).Draw(t, "hours")) * time.Hour)
			d := deed{now, rapid.IntRange(0, 2).Draw(t, "kind")}
			of := &h
			if rapid.Bool().Draw(t, "other's") {
				of = &other
			} else {
				all = append(all, d)
			}
			[]func(time.Time){of.Broke, of.Reopened, of.Wrote}[d.kind](now)
			of.Answered(Wait{Ticket: uint64(rapid.IntRange(1, 5).Draw(t, "ticket")), Took: time.Hour})
		}
		var want Counts
		day := func(t time.Time) int { return int(t.Sub(start) / (24 * time.Hour)) }
		for _, d := range all {
			switch age := day(now) - day(d.at); {
			case d.kind == 0 && age < 90:
				want.BrokenPromises++
			case d.kind == 1 && age < 90:
				want.Reopened++
			case d.kind == 2 && age < 7:
				want.Mails++
			}
		}
		if got := h.Counts(now); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		raw := h.Append(nil)
		if len(raw) > 2048 {
			t.Fatalf("%d bytes", len(raw))
		}
		joined := ReadHistory(raw)
		joined.Add(&other)
		sum, o := joined.Counts(now), other.Counts(now)
		if sum != (Counts{want.BrokenPromises + o.BrokenPromises, want.Reopened + o.Reopened, want.Mails + o.Mails}) {
			t.Fatalf("joined %+v of %+v and %+v", sum, want, o)
		}
		if joined.Subtract(&other); joined.Counts(now) != want {
			t.Fatalf("parted %+v, before %+v", joined.Counts(now), want)
		}
	})
}

// FuzzReadHistory: whatever bytes there are, it counts nothing negative, and what it
// writes it reads.
func FuzzReadHistory(f *testing.F) {
	var h History
	h.Broke(time.Unix(1e9, 0))
	h.Answered(Wait{Ticket: 7, Took: time.Hour, Late: true})
	f.Add(h.Append(nil))
	f.Add([]byte{1, 0xff, 0xff, 0xff})
	f.Add([]byte{2, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h := ReadHistory(b)
		again := ReadHistory(h.Append(nil))
		if !bytes.Equal(again.Append(nil), h.Append(nil)) {
			t.Errorf("%x reads as %+v, that as %+v", b, h, again)
		}
		if c := h.Counts(time.Unix(1e9, 0)); c.BrokenPromises < 0 || c.Mails < 0 || c.Reopened < 0 {
			t.Errorf("%+v", c)
		}
	})
}
