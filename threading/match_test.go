package threading

import (
	"strings"
	"testing"
)

// fakeIndex is a store for tests.
type fakeIndex struct {
	ids     map[string]uint64
	tickets map[uint64]TicketFacts
	clues   map[Clue][]uint64
	learned map[string]Ref
	copies  map[string]uint64
}

func (f fakeIndex) ByMessageID(id string) (uint64, bool) {
	n, ok := f.ids[id]
	return n, ok
}

func (f fakeIndex) Ticket(n uint64, _ uint32) (TicketFacts, bool) {
	facts, ok := f.tickets[n]
	return facts, ok
}

func (f fakeIndex) ByClue(c Clue) []uint64 { return f.clues[c] }

func (f fakeIndex) Copy(id string) (uint64, bool) {
	n, ok := f.copies[id]
	return n, ok
}

func (f fakeIndex) Learned(id string) (Ref, bool) {
	ref, ok := f.learned[id]
	return ref, ok
}

// The house of the match tests: ticket 1 and 2 are open, 3 was closed long ago,
// 4 was merged into 1, 9 does not exist.
var (
	testDesks   = []string{"support@example.com", "billing@example.com"}
	testDomains = []string{"example.com"}
)

func testIndex() fakeIndex {
	return fakeIndex{
		ids: map[string]uint64{"one@acme.example": 1, "two@globex.example": 2, "three@acme.example": 3, "four@acme.example": 4, "gone@acme.example": 9},
		tickets: map[uint64]TicketFacts{
			1: {BareSubject: "Printer"}, 2: {BareSubject: "Scanner"},
			3: {BareSubject: "Plotter", ClosedLong: true}, 4: {Number: 1, BareSubject: "Printer again"},
		},
	}
}

func TestMatch(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	reply := func(n uint64) string {
		return ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Reply, Ticket: n, Entry: 1}))
	}
	own := func(p Purpose, n uint64) string {
		return k.MessageID(Ref{Purpose: p, Ticket: n, Entry: 1}, "example.com")
	}
	bounce := ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Bounce, Ticket: 1, Entry: 1}))
	private := ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Private, Ticket: 1, Person: 5}))
	for _, c := range []struct {
		name     string
		mail     Mail
		ticket   uint64
		proof    bool
		linked   uint64
		evidence string // part of the first evidence; "" = there is none
	}{
		{"nothing", Mail{Recipients: []string{"support@example.com"}, Subject: "Printer"}, 0, false, 0, ""},
		{"token", Mail{Recipients: []string{reply(1)}}, 1, true, 0, "reply token"},
		{"token in upper case", Mail{Recipients: []string{strings.ToUpper(reply(1))}}, 1, true, 0, "reply token"},
		{"token behind a minus", Mail{Recipients: []string{strings.Replace(reply(1), "+", "-", 1)}}, 1, true, 0, "reply token"},
		{"token in To after others", Mail{Recipients: []string{"support@example.com", "eve@acme.example", reply(1)}}, 1, true, 0, "reply token"},
		{"token on the other desk", Mail{Recipients: []string{strings.Replace(reply(1), "support", "billing", 1)}}, 1, true, 0, "billing@example.com"},
		{"token before In-Reply-To", Mail{Recipients: []string{reply(1)}, InReplyTo: []string{own(MessageID, 2)}}, 1, true, 0, "reply token"},
		{"two tokens, first wins", Mail{Recipients: []string{reply(2), reply(1)}}, 2, true, 0, "reply token"},
		{"private token", Mail{Recipients: []string{private}}, 1, true, 0, "private token"},
		{"bounce token is no proof", Mail{Recipients: []string{bounce}}, 1, false, 0, "bounce token"},
		{"token of a merged ticket", Mail{Recipients: []string{reply(4)}}, 1, true, 0, "reply token"},
		{"token of no ticket", Mail{Recipients: []string{reply(9)}}, 0, false, 0, ""},
		{"our id", Mail{InReplyTo: []string{own(MessageID, 2)}}, 2, false, 0, "In-Reply-To"},
		{"our pseudo id", Mail{References: []string{own(Pseudo, 2), "x@y"}}, 2, false, 0, "References"},
		{"their id", Mail{InReplyTo: []string{"one@acme.example"}}, 1, false, 0, "In-Reply-To <one@acme.example>"},
		{"their merged id", Mail{InReplyTo: []string{"four@acme.example"}}, 1, false, 0, "In-Reply-To"},
		{"second id in In-Reply-To", Mail{InReplyTo: []string{"x@y", "one@acme.example"}}, 1, false, 0, "In-Reply-To"},
		{"In-Reply-To before References", Mail{InReplyTo: []string{"one@acme.example"}, References: []string{"two@globex.example"}}, 1, false, 0, "In-Reply-To"},
		{"unknown In-Reply-To, References help", Mail{InReplyTo: []string{"x@y"}, References: []string{"two@globex.example", "x@y"}}, 2, false, 0, "References <two"},
		{"last reference first", Mail{References: []string{"one@acme.example", "two@globex.example"}}, 2, false, 0, "References <two"},
		{"id of a ticket that is gone", Mail{InReplyTo: []string{"gone@acme.example"}, References: []string{"gone@acme.example"}}, 0, false, 0, ""},
		{"In-Reply-To on a long closed ticket", Mail{InReplyTo: []string{"three@acme.example"}, Subject: "New matter"}, 3, false, 0, "In-Reply-To"},
		{"References, long closed, same subject", Mail{References: []string{"three@acme.example"}, Subject: "AW: plotter"}, 3, false, 0, "References"},
		{"References, long closed, other subject", Mail{References: []string{"three@acme.example"}, Subject: "New matter"}, 0, false, 3, "linked only"},
		{"References, long closed, no subject", Mail{References: []string{"three@acme.example"}}, 0, false, 3, "linked only"},
		{"References, open, other subject", Mail{References: []string{"one@acme.example"}, Subject: "New matter"}, 1, false, 0, "References"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Match(c.mail, testDesks, k, testDomains, testIndex())
			if d.Ticket != c.ticket || d.Proof != c.proof || d.NewLinkedTo != c.linked {
				t.Fatalf("got %+v", d)
			}
			if (c.evidence == "") != (len(d.Evidence) == 0) || c.evidence != "" && !strings.Contains(d.Evidence[0], c.evidence) {
				t.Errorf("evidence %q, want %q", d.Evidence, c.evidence)
			}
		})
	}
}

// TestMatchAttacks: what somebody can write who was never sent anything of
// ticket 1. Nothing may match, and what looked like ours is named.
func TestMatchAttacks(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	stranger := testKeyring(t, testKey(1, 66))
	token := k.Seal(Ref{Purpose: Reply, Ticket: 1, Entry: 1})
	flipped := []byte(token)
	flipped[9] = alphabet[(strings.IndexByte(alphabet, flipped[9])+1)%32]
	for _, c := range []struct {
		name     string
		mail     Mail
		rejected bool
	}{
		{"number in the subject", Mail{Subject: "Re: [#1] Printer [support #1] Ticket 1"}, false},
		{"number as a token", Mail{Recipients: []string{"support+1@example.com"}}, true},
		{"one character changed", Mail{Recipients: []string{"support+" + string(flipped) + "@example.com"}}, true},
		{"sealed with a guessed key", Mail{Recipients: []string{ReplyAddress("support@example.com", stranger.Seal(Ref{Purpose: Reply, Ticket: 1}))}}, true},
		{"a valid token at a foreign domain", Mail{Recipients: []string{"support+" + token + "@evil.example"}}, false},
		{"a valid token at no desk", Mail{Recipients: []string{"sales+" + token + "@example.com"}}, false},
		{"a token with more behind it", Mail{Recipients: []string{"support+" + token + "0@example.com"}}, true},
		{"a Message-ID's token as recipient", Mail{Recipients: []string{ReplyAddress("support@example.com", k.Seal(Ref{Purpose: MessageID, Ticket: 1, Entry: 1}))}}, true},
		{"a reply token as Message-ID", Mail{InReplyTo: []string{token + "@example.com"}}, true},
		{"the shape of our id", Mail{InReplyTo: []string{strings.Repeat("7", 32) + "@example.com"}, References: []string{strings.Repeat("7", 39) + "@EXAMPLE.com"}}, true},
		{"our id's key guessed", Mail{InReplyTo: []string{stranger.MessageID(Ref{Purpose: MessageID, Ticket: 1, Entry: 1}, "example.com")}}, true},
		{"number in an id", Mail{InReplyTo: []string{"1@example.com", "ticket-1@example.com"}}, false},
		{"broken addresses", Mail{Recipients: []string{"", "@", "support+" + token, "@example.com", "support+@example.com"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Match(c.mail, testDesks, k, testDomains, testIndex())
			if d.Ticket != 0 || d.Proof || d.NewLinkedTo != 0 || d.Ref != (Ref{}) || len(d.Evidence) != 0 {
				t.Errorf("matched: %+v", d)
			}
			if (len(d.Rejected) > 0) != c.rejected {
				t.Errorf("rejected evidence: %q", d.Rejected)
			}
			for _, why := range d.Rejected {
				if strings.Contains(why, token) {
					t.Errorf("a valid token is printed: %q", why)
				}
			}
		})
	}
}

func BenchmarkMatchNothing(b *testing.B) {
	k := testKeyring(b, testKey(1, 1))
	m := Mail{Recipients: []string{"support@example.com", "eve@acme.example"}, InReplyTo: []string{"x@acme.example"}, References: []string{"a@acme.example", "x@acme.example"}, Subject: "Re: Printer"}
	b.ReportAllocs()
	for b.Loop() {
		Match(m, testDesks, k, testDomains, fakeIndex{})
	}
}

func BenchmarkMatchToken(b *testing.B) {
	k := testKeyring(b, testKey(1, 1))
	m := Mail{Recipients: []string{ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Reply, Ticket: 1}))}}
	idx := testIndex()
	b.ReportAllocs()
	for b.Loop() {
		Match(m, testDesks, k, testDomains, idx)
	}
}
