package ticket

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPriorityOrder(t *testing.T) {
	order := []Priority{"unknown", Low, Normal, High, Urgent}
	for i, p := range order {
		for j, q := range order {
			if p.Above(q) != (i > j) {
				t.Errorf("%s above %s: %v", p, q, p.Above(q))
			}
		}
		if p.Valid() != (i > 0) {
			t.Errorf("%s valid: %v", p, p.Valid())
		}
	}
}

func TestStatusValid(t *testing.T) {
	for _, s := range []Status{New, Open, Pending, Solved, Closed} {
		if !s.Valid() {
			t.Errorf("%s is not valid", s)
		}
	}
	for _, s := range []Status{"", "NEW", "lost"} {
		if s.Valid() {
			t.Errorf("%q is valid", s)
		}
	}
}

// The list that is handed out is the caller's.
func TestOutcomes(t *testing.T) {
	list := Outcomes()
	if len(list) != 7 || list[0] != OutcomeNew || list[6] != OutcomeDuplicate {
		t.Errorf("%v", list)
	}
	slices.Reverse(list)
	if Outcomes()[0] != OutcomeNew {
		t.Error("the list was changed from outside")
	}
}

// An ID's text reads back, in any case of letters, and texts sort like their IDs.
func TestIDRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := ID(rapid.Uint64Min(1).Draw(t, "a")), ID(rapid.Uint64Min(1).Draw(t, "b"))
		for _, s := range []string{a.String(), strings.ToUpper(a.String())} {
			if got, err := ParseID(s); err != nil || got != a {
				t.Fatalf("%d is %s and reads as %d, %v", a, s, got, err)
			}
		}
		if (a < b) != (a.String() < b.String()) {
			t.Fatalf("%d and %d sort otherwise as %s and %s", a, b, a, b)
		}
	})
}

func TestParseID(t *testing.T) {
	for _, c := range []struct {
		text string
		want ID // 0: ErrBadID
	}{
		{"0000000000001", 1},
		{"000000000000z", 31},
		{"fzzzzzzzzzzzz", 1<<64 - 1},
		{"FZZZZZZZZZZZZ", 1<<64 - 1},
		{"oooooooooooo1", 1},
		{"000000000000l", 1},
		{"000000000000I", 1},
		{"gzzzzzzzzzzzz", 0}, // more than 64 bits
		{"0000000000000", 0},
		{"000000000000u", 0},
		{"00000000001", 0},
		{"00000000000001", 0},
		{"", 0},
		{"000000000000\x00", 0},
		{"00000000000é", 0},
	} {
		got, err := ParseID(c.text)
		if got != c.want || (c.want == 0) != errors.Is(err, ErrBadID) {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"0000000000001", "fzzzzzzzzzzzz", "OIL0000000000", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if (err == nil) != (id != 0) {
			t.Fatalf("%q: %d, %v", s, id, err)
		}
		if again, err2 := ParseID(id.String()); err == nil && (err2 != nil || again != id) {
			t.Fatalf("%q: %d reads back as %d, %v", s, id, again, err2)
		}
	})
}

// The zero ID is empty in JSON, and an empty text is the zero ID.
func TestIDInJSON(t *testing.T) {
	type holder struct{ A, B ID }
	j, err := json.Marshal(holder{A: 1})
	if err != nil || string(j) != `{"A":"0000000000001","B":""}` {
		t.Errorf("%s, %v", j, err)
	}
	back := holder{B: 7}
	if err := json.Unmarshal(j, &back); err != nil || back != (holder{A: 1}) {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"x"}`), &back); !errors.Is(err, ErrBadID) {
		t.Errorf("%v", err)
	}
}

// Records read back as they were written: the store keeps them as JSON.
func TestRecordsReadBack(t *testing.T) {
	o := Outgoing{ID: 1, Ticket: 2, Kind: Notice, EnvelopeTo: []string{"a@b"}, Facts: json.RawMessage(`{"x":1}`), EntrySeq: 3}
	e := Entry{ID: 1, Kind: MailOut, Outgoing: &o, Attachments: []Attachment{{Name: "a", Type: "text/plain", Size: 3}}}
	j, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Entry
	if err := json.Unmarshal(j, &back); err != nil || back.Outgoing == nil || string(back.Outgoing.Facts) != `{"x":1}` || back.Outgoing.EntrySeq != 3 || back.Attachments[0] != e.Attachments[0] {
		t.Errorf("%+v, %v", back, err)
	}
	if strings.Contains(string(j), "sent_at") {
		t.Errorf("an entry that did not leave says when: %s", j)
	}
}
