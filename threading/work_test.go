package threading

import (
	"fmt"
	"strings"
	"testing"
)

// nasty are inputs of about n bytes that make careless readers slow.
func nasty(n int) map[string]string {
	repeat := func(s string) string { return strings.Repeat(s, n/len(s)) }
	var different strings.Builder
	for i := 0; different.Len() < n; i++ {
		fmt.Fprintf(&different, "<%d@x>", i)
	}
	return map[string]string{
		"opening brackets": repeat("<"), "lost brackets": repeat("<a@b "), "open comments": repeat("("), "comments": repeat("(a)"),
		"deep comments": strings.Repeat("(", n/2) + strings.Repeat(")", n/2), "comment never closed": repeat("(a <b@c> "),
		"at signs": repeat("@"), "one long word": repeat("a"), "white space": repeat(" \t"), "in brackets": "<" + repeat("a ") + ">",
		"different ids": different.String(), "the same id": repeat("<a@b>"), "backslashes": repeat(`\(`),
		"replies": repeat("Re: "), "counters": repeat("Re[2]: "), "forwards": repeat("[Fwd: "), "nested forwards": strings.Repeat("[Fwd: ", n/8) + strings.Repeat("]", n/8),
		"trailing forwards": repeat("(fwd)"), "tags": repeat("[a]"), "open tags": repeat("["), "tags of systems": repeat("[#1]"), "round": repeat("(Ref: "),
		"hashes": repeat("#"), "pairs of hashes": repeat("##a"), "ref": repeat("ref:"), "ticket": repeat("Ticket "), "jira": repeat("[JIRA] ("),
		"marks": repeat("[EXT]"), "colons": repeat(":"), "wide colons": repeat("："), "direction": repeat("\u202e"), "broken": repeat("\xff"), "INC": repeat("INC0"),
	}
}

// TestWorkIsLinear counts the bytes that the readers look at: twice the input
// is never more than twice the work (and a little), and none looks at a byte
// more often than a bound says.
func TestWorkIsLinear(t *testing.T) {
	// The window of the last tag is cut by the end, once for each byte of it.
	const size, perByte, slack = 1 << 13, 100, maxTagBytes * maxTagBytes
	readers := map[string]func(string) int{
		"ids":     func(s string) int { sc := scanner{text: s}; sc.run(); return sc.steps },
		"subject": func(s string) int { b := barer{rest: s}; b.run(); return b.steps },
		"tags":    func(s string) int { sc := tagScanner{text: s}; sc.run(); return sc.steps },
	}
	short, long := nasty(size), nasty(2*size)
	for name, steps := range readers {
		worst := 0
		for input := range short {
			one, two := steps(short[input]), steps(long[input])
			if two > 2*one+slack || one > perByte*size {
				t.Errorf("%s, %s: %d bytes take %d steps, twice as many %d", name, input, len(short[input]), one, two)
			}
			worst = max(worst, two)
		}
		t.Logf("%s: at most %.1f steps a byte", name, float64(worst)/(2*size))
		if worst < size {
			t.Errorf("%s: %d steps for %d bytes is not counted right", name, worst, 2*size)
		}
	}
}

// countingIndex knows every clue and no id, and counts what it is asked.
type countingIndex struct {
	fakeIndex
	asked *int
}

func (x countingIndex) ByMessageID(id string) (uint64, bool) {
	*x.asked++
	return x.fakeIndex.ByMessageID(id)
}

func (x countingIndex) Ticket(n uint64, entry uint32) (TicketFacts, bool) {
	*x.asked++
	return TicketFacts{BareSubject: "other"}, n < 1000
}

func (x countingIndex) ByClue(Clue) []uint64 { *x.asked++; return []uint64{1, 2, 3, 4} }

func (x countingIndex) Copy(id string) (uint64, bool) {
	*x.asked++
	return x.fakeIndex.Copy(id)
}

func (x countingIndex) Learned(id string) (Ref, bool) {
	*x.asked++
	return x.fakeIndex.Learned(id)
}

// TestMatchAsksLittle: what a mail names without end costs no more than what the
// limits say, in questions, in tokens opened and in what is kept of it.
func TestMatchAsksLittle(t *testing.T) {
	const most = 200
	k := testKeyring(t, testKey(1, 1))
	asks := func(n int, known bool) (int, Decision) {
		m := Mail{MessageID: "self@x", Scope: "Acme", Day: 100, OwnTags: []string{"SUP"}, ThreadIndex: "AQHZPBFaewECAwQFBgcICQoLDA0ODxAR" + strings.Repeat("A", n)}
		var subject strings.Builder
		ids := map[string]uint64{}
		for i := range n {
			m.Recipients = append(m.Recipients, fmt.Sprintf("support+%d@example.com", i))
			m.InReplyTo = append(m.InReplyTo, fmt.Sprintf("irt%d@x", i))
			m.References = append(m.References, fmt.Sprintf("ref%d@x", i))
			fmt.Fprintf(&subject, "[SUP-%d] [CASE-%d] ", i, i)
			if known {
				ids[fmt.Sprintf("irt%d@x", i)], ids[fmt.Sprintf("ref%d@x", i)] = uint64(i), uint64(i)
			}
		}
		m.Subject = subject.String() + "x"
		asked := 0
		d := Match(m, testDesks, k, testDomains, countingIndex{fakeIndex{ids: ids}, &asked})
		if clues := m.Clues(d); len(clues) > maxAncestors+maxTags+2 {
			t.Errorf("%d clues", len(clues))
		}
		return asked, d
	}
	for _, known := range []bool{false, true} {
		once, d := asks(1000, known)
		twice, _ := asks(2000, known)
		t.Logf("known %v: asked %d times, with twice as much %d times", known, once, twice)
		if twice > once || once > most {
			t.Errorf("known %v: asked %d times, with twice as much %d times", known, once, twice)
		}
		if len(d.Rejected) > maxTokens+maxReferences+maxAnswered+maxSubjectTag || len(d.Unresolved) > maxReferences+maxAnswered || len(d.Also) > maxAlso || len(d.Suggestions) > maxAlso {
			t.Errorf("known %v: %d rejected, %d unresolved, %d also, %d suggested", known, len(d.Rejected), len(d.Unresolved), len(d.Also), len(d.Suggestions))
		}
	}
}
