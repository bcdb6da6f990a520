package letter

import (
	"strings"
	"testing"
)

func TestSplitText(t *testing.T) {
	for _, c := range []struct {
		name, in            string
		forward             bool
		fresh, quoted, sign string
	}{
		{"nothing quoted", "just\nthis\n", false, "just\nthis", "", ""},
		{"top posting", "new\n\nOn Mon, 1 Jan 2024, Bob wrote:\n> old\n> old2\n", false, "new", "On Mon, 1 Jan 2024, Bob wrote:\n> old\n> old2", ""},
		{"bottom posting", "On Mon, 1 Jan 2024, Bob wrote:\n> old\n\nnew\n", false, "new", "On Mon, 1 Jan 2024, Bob wrote:\n> old", ""},
		{"interleaved", "On 1 Jan, Bob wrote:\n> one?\nyes\n> two?\nno\n", false, "yes\nno", "On 1 Jan, Bob wrote:\n> one?\n> two?", ""},
		{"announcement over two lines", "new\n\nOn Mon, 1 Jan 2024 at 10:00, Bob Builder\n<bob@example.com> wrote:\n\n> old\n", false, "new", "On Mon, 1 Jan 2024 at 10:00, Bob Builder\n<bob@example.com> wrote:\n> old", ""},
		{"unquoted below announcement", "new\n\nAm 01.01.2024 um 10:00 schrieb Bob:\nold\n", false, "new", "Am 01.01.2024 um 10:00 schrieb Bob:\nold", ""},
		{"french", "oui\n\nLe lun. 1 janv. 2024 à 10:00, Bob <b@c.d> a écrit :\n\n> vieux\n", false, "oui", "Le lun. 1 janv. 2024 à 10:00, Bob <b@c.d> a écrit :\n> vieux", ""},
		{"outlook block", "new\n\nVon: Bob\nGesendet: Montag\nAn: Jane\nBetreff: x\n\nold", false, "new", "Von: Bob\nGesendet: Montag\nAn: Jane\nBetreff: x\n\nold", ""},
		{"bold outlook block below a rule", "new\n________________________________\n*From:* Bob\n*Sent:* Monday\n*Subject:* x\n\nold", false, "new", "________________________________\n*From:* Bob\n*Sent:* Monday\n*Subject:* x\n\nold", ""},
		{"original message", "new\n-----Original Message-----\nold", false, "new", "-----Original Message-----\nold", ""},
		{"forward keeps all", "fyi\n-----Original Message-----\nold", true, "fyi\n-----Original Message-----\nold", "", ""},
		{"nothing new keeps all", "-----Original Message-----\nold", false, "-----Original Message-----\nold", "", ""},
		{"signature", "new\n-- \nJane\n", false, "new", "", "Jane"},
		{"signature above the quote", "new\n-- \nJane\n\nOn 1 Jan, Bob wrote:\n> old", false, "new", "On 1 Jan, Bob wrote:\n> old", "Jane"},
		{"phone", "new\n\nSent from my iPhone", false, "new", "", "Sent from my iPhone"},
		{"a sentence like a phone's", "new\n\nSent from my desk, as always", false, "new\n\nSent from my desk, as always", "", ""},
		{"a prompt is no quote", "it says\n> GET /\nand stops", false, "it says\n> GET /\nand stops", "", ""},
		{"quotes that nothing announced", "> one\n> two\nnew", false, "new", "> one\n> two", ""},
		{"a colon is no announcement", "These are the steps:\n1. log in\nI wrote this:\nx", false, "These are the steps:\n1. log in\nI wrote this:\nx", "", ""},
		{"From in a sentence", "From: here to there\nis far", false, "From: here to there\nis far", "", ""},
		{"empty", "", false, "", "", ""},
	} {
		fresh, quoted, sign, _ := splitText(c.in, c.forward)
		if fresh != c.fresh || !sameLines(quoted, c.quoted) || sign != c.sign {
			t.Errorf("%s: new %q, quoted %q, signature %q", c.name, fresh, quoted, sign)
		}
	}
}

func TestSplitTextSaysThatNothingIsNew(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "new": false, "new\n> old\n> old2": false, "> old\n> old2": true, "-----Original Message-----\nold": true,
		"-- \nJane": true, "Sent from my iPhone": true, "Sent from my iPhone\n\nOn 1 Jan, Bob wrote:\n> old": true, "new\nSent from my iPhone": false,
		strings.Repeat("new\n", 1<<18) + "> old\n": true,
	} {
		if _, _, _, oldOnly := splitText(text, false); oldOnly != want {
			t.Errorf("%.60q: %v", text, oldOnly)
		}
	}
}

// sameLines compares without empty lines.
func sameLines(a, b string) bool {
	squeeze := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' }), "\n")
	}
	return squeeze(a) == squeeze(b)
}

// FuzzSplit: every word of the text is in one of the three pieces.
func FuzzSplit(f *testing.F) {
	f.Add("new\n\nOn Mon, 1 Jan 2024, Bob wrote:\n> old\n\nbelow\n-- \nsig", false)
	f.Add("在 2024，Bob 写道：\n\n> old\nVon: x\nAn: y\nBetreff: z", true)
	f.Fuzz(func(t *testing.T, text string, forward bool) {
		count := func(s string) int { return len(strings.Fields(s)) }
		fresh, quoted, sign, _ := splitText(text, forward)
		lost := count(text) - count(fresh) - count(quoted) - count(sign)
		if marks := strings.Count("\n"+text, "\n--"); lost < 0 || lost > marks {
			t.Errorf("%q: %d words lost (new %q, quoted %q, signature %q)", text, lost, fresh, quoted, sign)
		}
	})
}

// TestSplitBombs: lines that each may begin an earlier mail, and never do, are
// looked at a few times each. (A runaway shows as a test that does not end; no time
// is measured.)
func TestSplitBombs(t *testing.T) {
	const size = 1 << 17
	for _, unit := range []string{
		"From: a\n", "From: a@b.c,\n   x@y.z,\n", "To: a@b.c From To Sent: b ", "On 5 May 2024 10:00\n", "On 5 May 2024 10:00 a@b.c:\nx\n\n", "10:00\n\n",
		"2024\n<\n", "----- x\n", "-- forwarded message --\n", "-- -- -- -- -", "―――――", "> a\n\n\n\n", "> a\nx\n", ">", "I wrote:\n", ":\n", "：2024 From：\n", "-- \n",
		"Sent from my iPhone\n", "confidential intended recipient virus " + strings.Repeat("x", 100) + "\n\n",
	} {
		text := strings.Repeat(unit, size/len(unit))
		for _, forward := range []bool{false, true} {
			s := split(text, forward)
			if len(s.newText)+len(s.oldText)+len(s.signText) > len(text)+2 {
				t.Errorf("%q: more text than there was", unit)
			}
		}
		forwardedIn(text, true, nil)
	}
}
