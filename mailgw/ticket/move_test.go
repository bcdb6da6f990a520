package ticket

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNext(t *testing.T) {
	moves := []Move{{First: 2, Last: 4, To: 7, As: 11}, {First: 6, Last: 6, To: 8, As: 1}}
	for _, c := range []struct {
		name   string
		ticket Ticket
		entry  uint32
		to     uint64
		as     uint32
	}{
		{"nothing moved", Ticket{Status: Open}, 1, 0, 0},
		{"closed, nothing moved", Ticket{Status: Closed}, 1, 0, 0},
		{"the first of a run", Ticket{Status: Open, Moves: moves}, 2, 7, 11},
		{"the last of a run", Ticket{Status: Open, Moves: moves}, 4, 7, 13},
		{"before a run", Ticket{Status: Open, Moves: moves}, 1, 0, 0},
		{"between runs", Ticket{Status: Open, Moves: moves}, 5, 0, 0},
		{"a run of one", Ticket{Status: Closed, Moves: moves}, 6, 8, 1},
		{"behind all", Ticket{Status: Open, Moves: moves}, 7, 0, 0},
		{"the ticket itself stays", Ticket{Status: Open, Moves: moves}, 0, 0, 0},
		{"merged, an entry that went", Ticket{Status: Closed, Moves: moves, MovedTo: 7}, 6, 8, 1},
		{"merged, one that nobody knows", Ticket{Status: Closed, Moves: moves, MovedTo: 7}, 9, 7, 0},
		{"merged, the ticket itself", Ticket{Status: Closed, Moves: moves, MovedTo: 7}, 0, 7, 0},
		{"opened again, the ticket itself", Ticket{Status: Open, Moves: moves, MovedTo: 7}, 0, 0, 0},
		{"opened again, an entry that went", Ticket{Status: Open, Moves: moves, MovedTo: 7}, 3, 7, 12},
		{"a record of before there were moves", Ticket{Status: Closed, MovedTo: 7, MovedAs: 4}, 1, 7, 4},
		{"its other entries", Ticket{Status: Closed, MovedTo: 7, MovedAs: 4}, 2, 7, 0},
		{"opened again", Ticket{Status: Pending, MovedTo: 7, MovedAs: 4}, 1, 0, 0},
		{"followed by another", Ticket{Status: Closed, FollowedBy: 9}, 1, 0, 0},
	} {
		to, as, ok := c.ticket.Next(c.entry)
		if to != c.to || as != c.as || ok != (c.to != 0) {
			t.Errorf("%s: entry %d of %d, %t; must be %d of %d", c.name, as, to, ok, c.as, c.to)
		}
	}
}

func TestLeave(t *testing.T) {
	var tk Ticket
	if n := tk.Leave([]uint32{1, 2, 4, 7, 8, 9}, 5, 3); n != 3 {
		t.Errorf("%d moves, must be 3", n)
	}
	if n := tk.Leave([]uint32{10}, 5, 9); n != 1 { // another deed: a move of its own
		t.Errorf("%d moves, must be 1", n)
	}
	want := []Move{{1, 2, 5, 3}, {4, 4, 5, 5}, {7, 9, 5, 6}, {10, 10, 5, 9}}
	if d := cmp.Diff(want, tk.Moves); d != "" {
		t.Error(d)
	}
	if tk.Gone() != 7 {
		t.Errorf("%d are gone", tk.Gone())
	}
	if tk.Leave(nil, 5, 1) != 0 || len(tk.Moves) != 4 {
		t.Error("nothing left, and it is noted")
	}
	before := tk
	tk.Leave([]uint32{11}, 6, 1)
	if len(before.Moves) != 4 {
		t.Error("a copy of the ticket was changed")
	}
}

// Entries that go to and fro between tickets in runs of any form are found where
// they are, by whatever number they ever had.
func TestEveryNumberFindsItsEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type where struct {
			ticket int
			number uint32
		}
		var tickets [3]Ticket
		now := map[string]where{}               // by entry
		ever := map[string][]where{}            // all its numbers
		put := func(name string, n int) where { // gives the entry the next number
			tickets[n].Entries++
			w := where{n, tickets[n].Entries}
			now[name], ever[name] = w, append(ever[name], w)
			return w
		}
		for i := range 8 {
			put(fmt.Sprint("e", i), i%3)
		}
		for range rapid.IntRange(1, 12).Draw(t, "moves") {
			from, to := rapid.IntRange(0, 2).Draw(t, "from"), rapid.IntRange(0, 2).Draw(t, "to")
			if from == to {
				continue
			}
			var numbers []uint32
			as := tickets[to].Entries + 1
			for n := uint32(1); n <= tickets[from].Entries; n++ {
				for name, w := range now {
					if w == (where{from, n}) && rapid.Bool().Draw(t, "goes") {
						numbers = append(numbers, n)
						put(name, to)
						break
					}
				}
			}
			tickets[from].Leave(numbers, uint64(to)+1, as)
		}
		for name, list := range ever {
			for _, w := range list {
				at := w
				for {
					to, as, ok := tickets[at.ticket].Next(at.number)
					if !ok {
						break
					}
					at = where{int(to) - 1, as}
				}
				if at != now[name] {
					t.Fatalf("%s was %v, and leads to %v instead of %v", name, w, at, now[name])
				}
			}
		}
	})
}

func TestJoined(t *testing.T) {
	for _, c := range []struct{ a, b, want Status }{
		{New, New, New}, {New, Open, Open}, {New, Pending, Open}, {New, Solved, Open}, {New, Closed, Open},
		{Open, Open, Open}, {Open, Pending, Open}, {Open, Solved, Open}, {Open, Closed, Open},
		{Pending, Pending, Pending}, {Pending, Solved, Pending}, {Pending, Closed, Pending},
		{Solved, Solved, Solved}, {Solved, Closed, Solved}, {Closed, Closed, Closed},
	} {
		if got, other := c.a.Joined(c.b), c.b.Joined(c.a); got != c.want || other != c.want {
			t.Errorf("%s and %s: %s and %s, must be %s", c.a, c.b, got, other, c.want)
		}
	}
}

// A ticket's new fields read back, and are absent where there is nothing to say;
// a record of before there were moves still says where its mail is.
func TestMovesInJSON(t *testing.T) {
	at := time.Date(2026, 7, 13, 10, 0, 0, 0, time.UTC)
	in := Ticket{
		Number: 3, Status: Closed, MovedTo: 1, FollowedBy: 9, Moves: []Move{{First: 1, Last: 2, To: 1, As: 5}},
		Merged: &Merged{At: at, Moves: 1, Status: Open, Promises: []ID{7}, People: []string{"a@b.example"}, ToBefore: Merging{Status: Closed, ClosedAt: at}},
	}
	j, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var back Ticket
	if err := json.Unmarshal(j, &back); err != nil || cmp.Diff(in, back) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(in, back))
	}
	if j, err = json.Marshal(Ticket{Number: 1}); err != nil {
		t.Fatal(err)
	}
	var names map[string]any
	if err := json.Unmarshal(j, &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"moves", "merged", "followed_by", "moved_to", "moved_as"} {
		if names[name] != nil {
			t.Errorf("a ticket that never moved says %s: %s", name, j)
		}
	}
	var old Ticket
	if err := json.Unmarshal([]byte(`{"number":2,"status":"closed","moved_to":1,"moved_as":4}`), &old); err != nil {
		t.Fatal(err)
	}
	if to, as, ok := old.Next(1); to != 1 || as != 4 || !ok {
		t.Errorf("entry %d of %d, %t", as, to, ok)
	}
}
