package letter

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// splitText splits a text and joins its kinds.
func splitText(text string, subject passing) (fresh, quoted, signature string, oldOnly bool) {
	s := split(text, subject)
	fresh = joined(text, s.spans, SpanNew)
	return fresh, joined(text, s.spans, SpanQuoted), joined(text, s.spans, SpanSignature), s.unsure || fresh == "" && !isBlank(text)
}

func TestSplitText(t *testing.T) {
	for _, c := range []struct {
		name, in            string
		subject             passing
		fresh, quoted, sign string
	}{
		{"nothing quoted", "just\nthis\n", passesNone, "just\nthis", "", ""},
		{"top posting", "new\n\nOn Mon, 1 Jan 2024, Bob wrote:\n> old\n> old2\n", passesNone, "new", "On Mon, 1 Jan 2024, Bob wrote:\n> old\n> old2", ""},
		{"bottom posting", "On Mon, 1 Jan 2024, Bob wrote:\n> old\n\nnew\n", passesNone, "new", "On Mon, 1 Jan 2024, Bob wrote:\n> old", ""},
		{"interleaved", "On 1 Jan, Bob wrote:\n> one?\nyes\n> two?\nno\n", passesNone, "yes\nno", "On 1 Jan, Bob wrote:\n> one?\n> two?", ""},
		{"announcement over two lines", "new\n\nOn Mon, 1 Jan 2024 at 10:00, Bob Builder\n<bob@example.com> wrote:\n\n> old\n", passesNone, "new", "On Mon, 1 Jan 2024 at 10:00, Bob Builder\n<bob@example.com> wrote:\n> old", ""},
		{"unquoted below announcement", "new\n\nAm 01.01.2024 um 10:00 schrieb Bob:\nold\n", passesNone, "new", "Am 01.01.2024 um 10:00 schrieb Bob:\nold", ""},
		{"french", "oui\n\nLe lun. 1 janv. 2024 à 10:00, Bob <b@c.d> a écrit :\n\n> vieux\n", passesNone, "oui", "Le lun. 1 janv. 2024 à 10:00, Bob <b@c.d> a écrit :\n> vieux", ""},
		{"outlook block", "new\n\nVon: Bob\nGesendet: Montag\nAn: Jane\nBetreff: x\n\nold", passesNone, "new", "Von: Bob\nGesendet: Montag\nAn: Jane\nBetreff: x\n\nold", ""},
		{"bold outlook block below a rule", "new\n________________________________\n*From:* Bob\n*Sent:* Monday\n*Subject:* x\n\nold", passesNone, "new", "________________________________\n*From:* Bob\n*Sent:* Monday\n*Subject:* x\n\nold", ""},
		{"original message", "new\n-----Original Message-----\nold", passesNone, "new", "-----Original Message-----\nold", ""},
		{"what is passed on is neither new nor quoted", "fyi\n-----Original Message-----\nold", passesFresh, "fyi", "", ""},
		{"nothing new", "-----Original Message-----\nold", passesNone, "", "-----Original Message-----\nold", ""},
		{"signature", "new\n-- \nJane\n", passesNone, "new", "", "Jane"},
		{"signature above the quote", "new\n-- \nJane\n\nOn 1 Jan, Bob wrote:\n> old", passesNone, "new", "On 1 Jan, Bob wrote:\n> old", "Jane"},
		{"phone", "new\n\nSent from my iPhone", passesNone, "new", "", "Sent from my iPhone"},
		{"a sentence like a phone's", "new\n\nSent from my desk, as always", passesNone, "new\n\nSent from my desk, as always", "", ""},
		{"a prompt is no quote", "it says\n> GET /\nand stops", passesNone, "it says\n> GET /\nand stops", "", ""},
		{"quotes that nothing announced", "> one\n> two\nnew", passesNone, "new", "> one\n> two", ""},
		{"a colon is no announcement", "These are the steps:\n1. log in\nI wrote this:\nx", passesNone, "These are the steps:\n1. log in\nI wrote this:\nx", "", ""},
		{"From in a sentence", "From: here to there\nis far", passesNone, "From: here to there\nis far", "", ""},
		{"empty", "", passesNone, "", "", ""},
	} {
		fresh, quoted, sign, _ := splitText(c.in, c.subject)
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
		if _, _, _, oldOnly := splitText(text, passesNone); oldOnly != want {
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

// checkPartition: the spans cover the text, in order and without gaps, and begin
// where lines begin.
func checkPartition(t interface{ Errorf(string, ...any) }, text string, spans []Span) {
	end := 0
	for i, s := range spans {
		switch {
		case s.Start != end || s.End <= s.Start:
			t.Errorf("%.80q: span %d is %+v behind %d", text, i, s, end)
		case s.Start > 0 && text[s.Start-1] != '\n':
			t.Errorf("%.80q: span %d begins within a line: %+v", text, i, s)
		case i > 0 && s.Kind == spans[i-1].Kind:
			t.Errorf("%.80q: two spans of %s, %+v", text, s.Kind, s)
		case !slices.Contains(spanKinds, s.Kind):
			t.Errorf("%.80q: span %d is of kind %q", text, i, s.Kind)
		}
		end = s.End
	}
	if end != len(text) {
		t.Errorf("%.80q: the spans end at %d of %d: %+v", text, end, len(text), spans)
	}
}

var spanKinds = []SpanKind{SpanNew, SpanQuoted, SpanSignature, SpanDisclaimer, SpanForwarded, SpanSeparator}

// checkSplit: what is derived from the spans agrees with them.
func checkSplit(t interface{ Errorf(string, ...any) }, m *Mail) {
	checkPartition(t, m.Text, m.Split)
	words := 0
	for _, k := range spanKinds {
		words += len(strings.Fields(m.Of(k)))
	}
	if all := len(strings.Fields(m.Text)); words != all {
		t.Errorf("%.80q: %d of %d words are in a span", m.Text, words, all)
	}
	if m.NewText != m.Of(SpanNew) || m.QuotedText != m.Of(SpanQuoted) || m.Signature != m.Of(SpanSignature) {
		t.Errorf("%.80q: new %q, quoted %q, signature %q of %+v", m.Text, m.NewText, m.QuotedText, m.Signature, m.Split)
	}
	if blank := isBlank(m.Text); m.NewText == "" && m.OldOnly == blank || m.Matter() == "" && !blank {
		t.Errorf("%.80q: new %q, old only %v, matter %q", m.Text, m.NewText, m.OldOnly, m.Matter())
	}
}

// textPieces are what splits look for, and what stands around it.
var textPieces = []string{
	"new words", "new", "", "", " ", "\t", "> old", ">> older", ">", "-- ", "--", "—", "_____", "---", "=====", "Jane", "Sent from my iPhone", "：",
	"On Mon, 1 Jan 2024, Bob wrote:", "On Mon, 1 Jan 2024 at 10:00, Bob Builder", "<bob@example.com> wrote:", "Am 01.01.2024 um 10:00 schrieb Bob:", "在 2024，Bob 写道：",
	"-----Original Message-----", "---------- Forwarded message ----------", "----- End forwarded message -----", "Begin forwarded message:", "> Begin forwarded message:",
	"From: Bob <bob@example.com>", "Sent: 1 January 2024", "To: jane@example.com", "Subject: x", "> From: Bob <bob@example.com>", "> Subject: y", "---- Forwarded ---- Von: b@example.com",
	"This e-mail is confidential and for the intended recipient only. If you received it in error, any use is prohibited: notify the sender and destroy all copies.",
	"Disclaimer", "Please consider the environment before printing this e-mail.", "\xff\xfe", "\u200b", "x\r",
}

// TestSplitIsAPartition: whatever a text holds, each byte of it is in one span.
func TestSplitIsAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(textPieces)).Draw(t, "lines"), "\n")
		m := Mail{Text: text, Subject: rapid.SampledFrom([]string{"x", "Fwd: x"}).Draw(t, "subject")}
		if rapid.Bool().Draw(t, "answers") {
			m.InReplyTo = []string{"1@example.com"}
		}
		m.setSplit()
		m.readForwarded(&walker{})
		checkSplit(t, &m)
	})
}

// FuzzSplit: each word of a text is in one of the spans.
func FuzzSplit(f *testing.F) {
	f.Add("new\n\nOn Mon, 1 Jan 2024, Bob wrote:\n> old\n\nbelow\n-- \nsig", byte(passesNone))
	f.Add(armourSigned+"\nHash: SHA256\n\nnew\n- -- \nsig\n"+armourSignature+"\n"+armourEnd+"\nbelow", byte(passesNone))
	f.Add("在 2024，Bob 写道：\n\n> old\nVon: x\nAn: y\nBetreff: z", byte(passesFresh))
	f.Add(strings.Join(textPieces, "\n"), byte(passesAnswered))
	f.Fuzz(func(t *testing.T, text string, subject byte) {
		m := Mail{Text: text, Kind: Person}
		if subject%3 != byte(passesNone) {
			m.Subject = "Fwd: x"
		}
		if subject%3 == byte(passesAnswered) {
			m.InReplyTo = []string{"1@example.com"}
		}
		m.setSplit()
		m.readForwarded(&walker{})
		checkSplit(t, &m)
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
		for _, forward := range []passing{passesNone, passesAnswered, passesFresh} {
			s := split(text, forward)
			checkPartition(t, text, s.spans)
		}
		forwardedIn(text, true, nil)
	}
}
