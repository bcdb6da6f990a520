package threading

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// weakIndex is the house of the match tests with clues: ticket 1 (Printer) has
// all kinds, 2 (Scanner) has an ancestor of its own, 3 (Plotter, closed long ago)
// and 5 (Printer again, of the author) share what 1 has.
func weakIndex() fakeIndex {
	idx := testIndex()
	idx.tickets[5] = TicketFacts{BareSubject: "Printer", Known: true}
	root, _ := ThreadIndexRoot(base64.StdEncoding.EncodeToString(testRoot()))
	idx.clues = map[Clue][]uint64{
		ancestorClue("lost@acme.example"):               {1},
		ancestorClue("late@acme.example"):               {1},
		ancestorClue("other@globex.example"):            {2},
		ancestorClue("merged@acme.example"):             {4},
		ancestorClue("gone@acme.example"):               {9},
		ancestorClue("newsletter@news.example"):         {2, 1, 5},
		threadClue(root):                                {3, 1},
		tagClue("acme", "CASE-99"):                      {1},
		subjectClue("acme", "printer", 100):             {1},
		subjectClue("acme", "printer", 98):              {5},
		subjectClue("acme", "plotter", 100):             {3},
		subjectClue("acme", "printer", 100-subjectDays): {2},
		subjectClue("globex", "scanner", 100):           {2},
		subjectClue("joe@evil.example", "printer", 100): {2},
		tagClue("joe@evil.example", "CASE-99"):          {2},
		ancestorClue("plotter@acme.example"):            {3},
	}
	idx.copies = map[string]uint64{"twice@acme.example": 1, "moved@acme.example": 4, "nowhere@acme.example": 9}
	idx.learned = map[string]Ref{sesID + "@eu-west-1.amazonses.com": {Purpose: MessageID, Ticket: 2, Entry: 3}}
	return idx
}

func TestMatchWeak(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	index := base64.StdEncoding.EncodeToString(append(testRoot(), 1, 2, 3, 4, 5))
	for _, c := range []struct {
		name      string
		mail      Mail
		ticket    uint64
		weak      bool
		suggested []uint64
		evidence  string
	}{
		{"shared ancestor", Mail{References: []string{"lost@acme.example"}, Subject: "Re: Printer"}, 1, true, nil, "ancestor"},
		{"shared ancestor in In-Reply-To", Mail{InReplyTo: []string{"lost@acme.example"}, Subject: "Printer"}, 1, true, nil, "ancestor"},
		{"shared ancestor, another subject", Mail{References: []string{"lost@acme.example"}, Subject: "Door"}, 0, false, []uint64{1}, ""},
		{"shared ancestor, no subject", Mail{References: []string{"lost@acme.example"}}, 0, false, []uint64{1}, ""},
		{"it comes after the mail that answers it", Mail{MessageID: "late@acme.example", Subject: "Printer"}, 1, true, nil, "ancestor"},
		{"ancestor of a merged ticket", Mail{References: []string{"merged@acme.example"}, Subject: "Printer again"}, 1, true, nil, "ancestor"},
		{"ancestor of a ticket that is gone", Mail{References: []string{"gone2@acme.example"}, Subject: "Printer"}, 0, false, nil, ""},
		{"newsletter: the author's own ticket first", Mail{References: []string{"newsletter@news.example"}, Subject: "Fwd: Printer"}, 5, true, []uint64{2, 1}, "ancestor"},
		{"a known id before an ancestor", Mail{References: []string{"lost@acme.example", "two@globex.example"}, Subject: "Printer"}, 2, false, []uint64{1}, "References <two"},
		{"Thread-Index", Mail{ThreadIndex: index, Subject: "RE: Printer"}, 1, true, []uint64{3}, "Thread-Index"},
		{"Thread-Index, a new matter in an old mail", Mail{ThreadIndex: index, Subject: "Holidays"}, 0, false, []uint64{3, 1}, ""},
		{"our tag", Mail{Subject: "Re: [SUP-2] Scanner"}, 2, true, nil, "our tag of ticket 2"},
		{"our tag, another subject", Mail{Subject: "[SUP-2] urgent!"}, 2, true, nil, "our tag"},
		{"our tag of a merged ticket", Mail{Subject: "[SUP-4] urgent!"}, 1, true, nil, "our tag"},
		{"our tag, no such ticket", Mail{Subject: "[SUP-9] urgent!"}, 0, false, nil, ""},
		{"our tag, closed long ago", Mail{Subject: "[SUP-3] urgent!"}, 0, false, []uint64{3}, ""},
		{"our tag, closed long ago, same subject", Mail{Subject: "[SUP-3] Plotter"}, 3, true, nil, "our tag"},
		{"two tags of ours", Mail{Subject: "[SUP-2] [SUP-1]"}, 2, true, []uint64{1}, "our tag"},
		{"a tag of nobody's", Mail{Subject: "[OPS-2] Scanner"}, 0, false, nil, ""},
		{"their tag", Mail{Scope: "Acme", Subject: "[CASE-99] Printer"}, 1, true, nil, "the other side's tag [CASE-99]"},
		{"their tag, another subject", Mail{Scope: "Acme", Subject: "[CASE-99] Door"}, 0, false, []uint64{1}, ""},
		{"their tag, of another customer", Mail{Scope: "Globex", Subject: "[CASE-99] Printer"}, 0, false, nil, ""},
		{"their tag, of nobody", Mail{Subject: "[CASE-99] Printer"}, 0, false, nil, ""},
		{"same subject suggests", Mail{Scope: "Acme", Subject: "Re: Printer", Day: 100}, 0, false, []uint64{1, 5}, ""},
		{"same subject, days later", Mail{Scope: "ACME", Subject: "printer", Day: 98 + subjectDays - 1}, 0, false, []uint64{1, 5}, ""},
		{"same subject, too late", Mail{Scope: "Acme", Subject: "Printer", Day: 100 + subjectDays}, 0, false, nil, ""},
		{"same subject, before it", Mail{Scope: "Acme", Subject: "Printer", Day: 97}, 0, false, nil, ""},
		{"same subject, other people", Mail{Scope: "Initech", Subject: "Printer", Day: 100}, 0, false, nil, ""},
		{"same subject, a closed ticket", Mail{Scope: "Acme", Subject: "Plotter", Day: 100}, 0, false, nil, ""},
		{"same subject joins where a desk asks for it", Mail{Scope: "Acme", Subject: "Printer", Day: 100, JoinSubject: true}, 1, true, nil, "same subject"},
		{"a copy, changed on its way", Mail{MessageID: "twice@acme.example", Subject: "Printer"}, 1, true, nil, "the same Message-ID and author"},
		{"a copy with another subject", Mail{MessageID: "twice@acme.example", Subject: "Door"}, 0, false, []uint64{1}, ""},
		{"a copy of what was merged", Mail{MessageID: "moved@acme.example", Subject: "Printer again"}, 1, true, nil, "the same Message-ID and author"},
		{"a copy of what is nowhere", Mail{MessageID: "nowhere@acme.example", Subject: "Door"}, 0, false, nil, ""},
		{"a copy that answers another ticket", Mail{MessageID: "twice@acme.example", InReplyTo: []string{"two@globex.example"}}, 2, false, nil, "In-Reply-To"},
		{"the id that a relay gave", Mail{InReplyTo: []string{sesID + "@eu-west-1.amazonses.com"}, Subject: "x"}, 2, false, nil, "In-Reply-To"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.mail.OwnTags = []string{"SUP"}
			d := Match(c.mail, testDesks, k, testDomains, weakIndex())
			var suggested []uint64
			for _, s := range d.Suggestions {
				suggested = append(suggested, s.Ticket)
				if s.Why == "" {
					t.Error("a suggestion without a reason")
				}
			}
			if d.Ticket != c.ticket || d.Weak != c.weak || d.Proof || !slices.Equal(suggested, c.suggested) {
				t.Fatalf("got %+v", d)
			}
			if (c.evidence == "") != (len(d.Evidence) == 0) || c.evidence != "" && !strings.Contains(d.Evidence[0], c.evidence) {
				t.Errorf("evidence %q, want %q", d.Evidence, c.evidence)
			}
		})
	}
}

func TestMatchAlso(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	reply := ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Reply, Ticket: 1, Entry: 1}))
	for _, c := range []struct {
		name   string
		mail   Mail
		ticket uint64
		also   []uint64
	}{
		{"In-Reply-To names another than References", Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"two@globex.example", "one@acme.example"}}, 1, []uint64{2}},
		{"the token another than In-Reply-To", Mail{Recipients: []string{reply}, InReplyTo: []string{"two@globex.example"}}, 1, []uint64{2}},
		{"all name one", Mail{Recipients: []string{reply}, InReplyTo: []string{"one@acme.example"}, References: []string{"four@acme.example"}}, 1, nil},
		{"an ancestor on another ticket, same subject", Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"other@globex.example"}, Subject: "Scanner"}, 1, []uint64{2}},
		{"an ancestor on another ticket, another subject", Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"other@globex.example"}, Subject: "Printer"}, 1, nil},
		{"it was named on another ticket", Mail{MessageID: "other@globex.example", InReplyTo: []string{"one@acme.example"}, Subject: "Scanner"}, 1, []uint64{2}},
		{"a ticket that is gone", Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"gone@acme.example"}}, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			idx := weakIndex()
			idx.tickets[2] = TicketFacts{BareSubject: "Scanner", Known: true}
			if d := Match(c.mail, testDesks, k, testDomains, idx); d.Ticket != c.ticket || d.Weak || !slices.Equal(d.Also, c.also) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// Who forwarded the same newsletter as another customer is no second half of
// their conversation: that is suggested, not proposed for merging.
func TestMatchStrangersAncestor(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	m := Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"other@globex.example"}, Subject: "Scanner"}
	if d := Match(m, testDesks, k, testDomains, weakIndex()); d.Ticket != 1 || len(d.Also) != 0 || len(d.Suggestions) != 1 || d.Suggestions[0].Ticket != 2 {
		t.Errorf("got %+v", d)
	}
}

// An entry that was moved is found where it is now.
func TestMatchMovedEntry(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	ref := Ref{Purpose: AgentReply, Ticket: 4, Entry: 2, Person: 7}
	m := Mail{Recipients: []string{ReplyAddress("support@example.com", k.Seal(ref))}}
	idx := movingIndex{testIndex()}
	want := Ref{Purpose: AgentReply, Ticket: 1, Entry: 12, Person: 7}
	if d := Match(m, testDesks, k, testDomains, idx); d.Ticket != 1 || d.Ref != want {
		t.Errorf("by token: %+v", d)
	}
	m = Mail{InReplyTo: []string{k.MessageID(Ref{Purpose: MessageID, Ticket: 4, Entry: 2}, "example.com")}}
	if d := Match(m, testDesks, k, testDomains, idx); d.Ticket != 1 || d.Ref != (Ref{Purpose: MessageID, Ticket: 1, Entry: 12}) {
		t.Errorf("by id: %+v", d)
	}
	if d := Match(Mail{InReplyTo: []string{"four@acme.example"}}, testDesks, k, testDomains, idx); d.Ticket != 1 || d.Ref != (Ref{}) {
		t.Errorf("by another's id: %+v", d)
	}
}

// movingIndex has moved ticket 4's entries behind the ten of ticket 1.
type movingIndex struct{ fakeIndex }

func (x movingIndex) Ticket(n uint64, entry uint32) (TicketFacts, bool) {
	facts, ok := x.fakeIndex.Ticket(n, entry)
	if facts.Number != 0 && entry != 0 {
		facts.Entry = entry + 10
	}
	return facts, ok
}

// Unresolved ids come in order, the farthest ancestor first, and those that only
// look like ours are none.
func TestMatchUnresolved(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	m := Mail{
		MessageID: "self@x", InReplyTo: []string{"c@x"},
		References: []string{"a@x", "self@x", strings.Repeat("7", 32) + "@example.com", "b@x", "one@acme.example", "c@x"},
	}
	d := Match(m, testDesks, k, testDomains, testIndex())
	if want := []string{"a@x", "b@x", "c@x"}; d.Ticket != 1 || !slices.Equal(d.Unresolved, want) {
		t.Errorf("unresolved %q, want %q", d.Unresolved, want)
	}
}
