package letter

import (
	"fmt"
	"strings"
	"testing"
)

// kindsOf is a text with the kind of each span in front of it.
func kindsOf(m *Mail) string {
	var b strings.Builder
	for _, s := range m.Split {
		fmt.Fprintf(&b, "%s %q\n", s.Kind, m.Text[s.Start:s.End])
	}
	return b.String()
}

// TestSpansOfForwards: what is passed on is told from the words above, between and
// below, and from the answer to it.
func TestSpansOfForwards(t *testing.T) {
	const head = "From: Jo Doe <jo@example.org>\nDate: 6 January 2025 10:00\nSubject: Parcel\nTo: mia@example.com\n\n"
	const mark = "---------- Forwarded message ---------\n"
	quoted := "> " + strings.ReplaceAll(strings.TrimSpace(head+"Where is it?\nJo"), "\n", "\n> ") + "\n"
	for _, c := range []struct {
		name, subject, text string
		answers             bool
		want                string
		passed              string // the text of the mail that is passed on; "" for none
	}{
		{"all of it", "Fwd: Parcel", mark + head + "Where is it?\n", false, "forwarded all", "Where is it?"},
		{"words above", "Fwd: Parcel", "See:\n\n" + mark + head + "Where is it?\n", false, "new 6, forwarded rest", "Where is it?"},
		{"a signature above", "Fwd: Parcel", "See:\n-- \nMia\n\n" + mark + head + "Where is it?\n", false, "new 5, separator 4, signature 5, forwarded rest", "Where is it?"},
		{"quoted, words below", "Fwd: Parcel", quoted + "\nSee above.\n", false, "forwarded 124, new rest", "Where is it?\nJo"},
		{"quoted, words above and below", "Fwd: Parcel", "See:\n" + quoted + "See above.\n", false, "new 5, forwarded 124, new rest", "Where is it?\nJo"},
		{"its end is marked", "Fwd: Parcel", "See:\n" + mark + head + "Where is it?\n----- End forwarded message -----\nMia\n", false, "new 5, forwarded 146, separator 34, new rest", "Where is it?"},
		{"an end within it", "Fwd: Parcel", "See:\n" + mark + head + mark + head + "x\n----- End forwarded message -----\nJo\n", false, "new 5, forwarded rest", mark + head + "x\n----- End forwarded message -----\nJo"},
		{"two, one below the other", "Fwd: Parcel", mark + head + "x\n----- End forwarded message -----\nand\n" + mark + head + "y\n", false, "forwarded 135, separator 34, new 4, forwarded rest", "x"},
		{"below a rule", "FW: Parcel", "See:\n===\n\n" + head + "Where is it?\n", false, "new 5, separator 5, forwarded rest", "Where is it?"},
		{"only announced", "Fwd: Parcel", "See:\n\nOn 6 January 2025 at 10:00, Jo Doe <jo@example.org> wrote:\n> Where is it?\n> Jo\nThanks\n", false, "new 6, forwarded 79, new rest", "Where is it?\nJo"},
		{"an answer to one, below its subject", "Fwd: Parcel", "At the post office.\n\nOn 6 January 2025 at 10:00, Jo Doe <jo@example.org> wrote:\n> Where is it?\n> Jo\n", true, "new 21, quoted rest", ""},
		{"an answer, which quotes one", "Re: Parcel", "Thanks.\n\nOn 7 January 2025 at 11:00, Mia <mia@example.com> wrote:\n> " + mark + quoted, false, "new 9, quoted rest", ""},
		{"no subject says so", "Parcel", "See:\n" + mark + head + "Where is it?\n", false, "new 5, forwarded rest", "Where is it?"},
		{"no subject says so, and it answers", "Re: Parcel", "See:\n" + head + "Where is it?\n", true, "new 5, quoted rest", ""},
		{"quotes without a header", "Fwd: Parcel", "See:\n> Where is it?\n> Jo\n", false, "new 5, quoted rest", ""},
		{"a disclaimer above", "Fwd: Parcel", "See:\n\n" + disclaimers["en"] + "\n\n" + mark + head + "Where is it?\n", false, fmt.Sprintf("new 6, disclaimer %d, forwarded rest", len(disclaimers["en"])+2), "Where is it?"},
	} {
		m := &Mail{Text: c.text, Subject: c.subject, Kind: Person}
		if c.answers {
			m.InReplyTo = []string{"1@example.net"}
		}
		m.setSplit()
		m.readForwarded(&walker{})
		checkSplit(t, m)
		var got []string
		for _, s := range m.Split {
			length := fmt.Sprint(s.End - s.Start)
			if s.End == len(m.Text) {
				length = "rest"
				if s.Start == 0 {
					length = "all"
				}
			}
			got = append(got, string(s.Kind)+" "+length)
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s: %s\n%s", c.name, got, kindsOf(m))
		}
		passed := ""
		if m.Forwarded != nil {
			passed = m.Forwarded.Text
		}
		if passed != strings.TrimSpace(c.passed) {
			t.Errorf("%s: passed on %q", c.name, passed)
		}
		if strings.Contains(m.NewText, "Where is it?") || strings.Contains(c.want, "forwarded") && c.passed != "" && !strings.Contains(m.Matter(), strings.TrimSpace(c.passed)) && !strings.Contains(c.text, "> ") {
			t.Errorf("%s: new %q, matter %q", c.name, m.NewText, m.Matter())
		}
	}
}

// TestMatter: the words that a mail is about.
func TestMatter(t *testing.T) {
	attached := &Forwarded{Text: "inner"}
	for _, c := range []struct {
		name string
		mail Mail
		want string
	}{
		{"new words", Mail{Text: "new\n> old\n> older\n-- \nMia"}, "new"},
		{"passed on", Mail{Text: "new\n---- Forwarded message ----\nold", Subject: "Fwd: x"}, "new\n---- Forwarded message ----\nold"},
		{"passed on alone", Mail{Text: "\n---- Forwarded message ----\nold\n"}, "---- Forwarded message ----\nold"},
		{"attached", Mail{Text: "new\n-- \nMia", Forwarded: attached}, "new\n\ninner"},
		{"attached alone", Mail{Text: "-- \nMia", Forwarded: attached}, "inner"},
		{"attached, nothing to read", Mail{Text: "-- \nMia", Forwarded: &Forwarded{}}, "-- \nMia"},
		{"nothing new", Mail{Text: "> old\n> older\n"}, "> old\n> older"},
		{"a phone's line", Mail{Text: "Sent from my iPhone\n"}, "Sent from my iPhone"},
		{"nothing", Mail{}, ""},
		{"blanks", Mail{Text: " \n\n"}, ""},
		{"too long to split", Mail{Text: strings.Repeat("> x\n", longestSplit/3)}, strings.TrimSpace(strings.Repeat("> x\n", longestSplit/3))},
	} {
		m := c.mail
		m.setSplit()
		if got := m.Matter(); got != c.want {
			t.Errorf("%s: %.80q", c.name, got)
		}
	}
}

// TestLanguageOfOldWords: without new words the old ones tell the language; with
// them they don't.
func TestLanguageOfOldWords(t *testing.T) {
	const german = "Guten Tag, ich habe eine Frage zu meiner Rechnung und bitte um Ihre Antwort."
	const french = "Bonjour, nous avons une question pour vous et merci de votre réponse."
	for text, want := range map[string]string{
		"---- Forwarded message ----\n" + german:                       "de",
		french + "\n\n---- Forwarded message ----\n" + german:          "fr",
		"-----Original Message-----\n" + german:                        "de",
		french + "\n\n-----Original Message-----\n" + german:           "fr",
		french + "\n\n" + disclaimers["de"] + "\n" + disclaimers["de"]: "fr",
	} {
		if m := Parse(mailWith("x", strings.ReplaceAll(text, "\n", "\r\n")), "mia@example.com", DefaultLimits()); m.Language != want {
			t.Errorf("%q is of %q", text, m.Language)
		}
	}
}

// TestPassedOn: it has what is passed on, in the text or attached, and nothing else.
func TestPassedOn(t *testing.T) {
	const from = "From: Mia <mia@example.com>\r\nSubject: Fwd: Parcel\r\n"
	for name, c := range map[string]struct{ raw, want string }{
		"in the text": {from + "\r\nSee:\r\n---------- Forwarded message ---------\r\nFrom: Jo <jo@example.org>\r\nSubject: Parcel\r\nTo: mia@example.com\r\n\r\nWhere is it?\r\n", "Where is it?"},
		"attached":    {from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee:\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Jo <jo@example.org>\r\n\r\nWhere is it?\r\n--b--\r\n", "Where is it?"},
		"nothing":     {from + "\r\nSee you.\r\n", ""},
	} {
		got := Parse([]byte(c.raw), "mia@example.com", DefaultLimits()).PassedOn()
		if !strings.HasSuffix(got, c.want) || strings.Contains(got, "See") || (got == "") != (c.want == "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
