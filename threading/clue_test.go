package threading

import (
	"encoding/base64"
	"fmt"
	"testing"
)

func TestClues(t *testing.T) {
	root, _ := ThreadIndexRoot(base64.StdEncoding.EncodeToString(testRoot()))
	m := Mail{ThreadIndex: base64.StdEncoding.EncodeToString(testRoot()), Scope: "Acme", Subject: "Re: [CASE-99] [SUP-12] Printer", Day: 100, OwnTags: []string{"SUP"}}
	ancestor, thread, tag, subject := ancestorClue("a@x"), threadClue(root), tagClue("acme", "CASE-99"), subjectClue("acme", "printer", 100)
	for _, c := range []struct {
		name string
		mail Mail
		d    Decision
		want []Clue
	}{
		{"a new matter leaves all", m, Decision{Unresolved: []string{"a@x"}}, []Clue{ancestor, thread, tag, subject}},
		{"a mail that joined leaves no subject", m, Decision{Ticket: 1, Unresolved: []string{"a@x"}}, []Clue{ancestor, thread, tag}},
		{"what is there on this ticket is not left again", m, Decision{Ticket: 1, left: []leftClue{{thread, 1}, {tag, 2}}}, []Clue{tag}},
		{"what is there on another ticket is left", m, Decision{left: []leftClue{{thread, 1}}}, []Clue{thread, tag, subject}},
		{"nobody's subject and tags are not compared", Mail{Subject: "[CASE-99] Printer"}, Decision{}, nil},
		{"no subject", Mail{Scope: "Acme"}, Decision{}, nil},
		{"nothing", Mail{}, Decision{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.mail.Clues(c.d)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("Clues = %v, want %v", got, c.want)
			}
		})
	}
}

// Of a long conversation the root and the nearest are left.
func TestCluesAreFew(t *testing.T) {
	var d Decision
	for i := range 200 {
		d.Unresolved = append(d.Unresolved, fmt.Sprintf("%d@x", i))
	}
	got := Mail{}.Clues(d)
	if len(got) != maxAncestors || got[0] != ancestorClue("0@x") || got[maxAncestors-1] != ancestorClue("199@x") {
		t.Errorf("%d clues", len(got))
	}
}

// Clues of different kinds, scopes and days are different, and one day's begin alike.
func TestClueKeys(t *testing.T) {
	seen := map[Clue]string{}
	for name, c := range map[string]Clue{
		"ancestor": ancestorClue("x"), "learned": LearnedClue("x"), "tag of a": tagClue("a", "x"), "tag of b": tagClue("b", "x"),
		"scope and text shifted": tagClue("ax", ""), "subject": subjectClue("a", "x", 7), "another day": subjectClue("a", "x", 8),
	} {
		if other, twice := seen[c]; twice {
			t.Errorf("%s and %s are one clue", name, other)
		}
		seen[c] = name
	}
	a, b := subjectClue("a", "x", 300), subjectClue("b", "y", 300)
	if [4]byte(a.Key[:4]) != [4]byte{0, 0, 1, 44} || [4]byte(b.Key[:4]) != [4]byte{0, 0, 1, 44} {
		t.Errorf("%x and %x do not begin with the day", a.Key, b.Key)
	}
	if subjectClue("ACME", "Printer", 1) != subjectClue("acme", "PRINTER", 1) || tagClue("ACME", "X-1") != tagClue("acme", "X-1") {
		t.Error("the case of letters makes another clue")
	}
}
