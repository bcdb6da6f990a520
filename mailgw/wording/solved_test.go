package wording_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/wording"
)

func solvedFacts(lang string) wording.SolvedFacts {
	s := said[lang]
	return wording.SolvedFacts{
		DeskName: "Example Support", DeskAddress: "support@example.com", CustomerName: "Maria Rossi", Subject: s.subject,
		Ticket: 1042, ReplyTo: "support+k7f2q9@example.com", Signature: s.signature,
	}
}

// solvedGoldens are the messages that ask whether it is solved, kept in testdata.
func solvedGoldens(lang string) map[string]func() (wording.Message, error) {
	solved := func(change func(*wording.SolvedFacts)) func() (wording.Message, error) {
		f := solvedFacts(lang)
		change(&f)
		return func() (wording.Message, error) { return wording.Builtin().Solved(lang, f) }
	}
	no := noticeFacts(lang)
	no.Event, no.Priority, no.Status, no.Said = wording.EventReply, "high", "open", wording.SaidNo
	answer := wording.AnswerFacts{Subject: "Re: x", Text: "…", AgentName: "Anna Keller", Signature: said[lang].signature, Asks: true, ReplyTo: "support+k7f2q9@example.com"}
	return map[string]func() (wording.Message, error){
		"solved":         solved(func(*wording.SolvedFacts) {}),
		"solved-last":    solved(func(f *wording.SolvedFacts) { f.By = said[lang].nextDay }),
		"solved-neutral": solved(func(f *wording.SolvedFacts) { f.Neutral = true }),
		"solved-bare":    func() (wording.Message, error) { return wording.Builtin().Solved(lang, wording.SolvedFacts{}) },
		"notice-no":      func() (wording.Message, error) { return wording.Builtin().Notice(lang, no) },
		"answer-asks":    func() (wording.Message, error) { return wording.Builtin().Answer(lang, answer) },
	}
}

func mustSolved(t *testing.T, lang string, f wording.SolvedFacts) wording.Message {
	t.Helper()
	m, err := wording.Builtin().Solved(lang, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var mailtoLink = regexp.MustCompile(`href="(mailto:[^"]*)"`)

// The links of text and HTML write the mails that package heard reads as they are
// meant, to the same address, with the subject of the conversation.
func TestSolvedLinks(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := solvedFacts(lang)
		f.Tag = "[SUP-1042]"
		m := mustSolved(t, lang, f)
		found := mailtoLink.FindAllStringSubmatch(m.HTML, -1)
		if len(found) != 3 {
			t.Fatalf("%s: %d links in\n%s", lang, len(found), m.HTML)
		}
		for i, want := range []heard.Verdict{heard.Yes, heard.No, heard.Partly} {
			link := html.UnescapeString(found[i][1])
			if strings.Count(m.Text, link) != 1 {
				t.Errorf("%s: %s is not in the text", lang, link)
			}
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			to, err := url.PathUnescape(u.Opaque)
			if got := heard.Solved(u.Query().Get("body"), lang); got != want || to != f.ReplyTo || err != nil {
				t.Errorf("%s: %q to %s is %q, want %q", lang, u.Query().Get("body"), u.Opaque, got, want)
			}
			if got := u.Query().Get("subject"); got != m.Subject+" "+f.Tag {
				t.Errorf("%s: the link's subject is %q, the mail's %q", lang, got, m.Subject)
			}
			if strings.Contains(link, "+") {
				t.Errorf("%s: clients do not read + as a space: %s", lang, link)
			}
		}
		f.ReplyTo = ""
		if m := mustSolved(t, lang, f); strings.Contains(m.HTML+m.Text, "mailto:") {
			t.Errorf("%s: links without an address:\n%s", lang, m.Text)
		}
	}
}

// What stands in a subject or a name never gets out of a link, nor into a mail to
// an address that may be forged.
func TestSolvedIsSafe(t *testing.T) {
	f := wording.SolvedFacts{
		DeskName: "Help Point", CustomerName: "QNAME", Subject: `QSUBJECT "><script>x&body=No&cc=eve@evil.example`, ReplyTo: `a"><b@example.com?cc=eve@evil.example`, By: "by 10:00",
	}
	m := mustSolved(t, "en", f)
	if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, `"><b`) {
		t.Errorf("it breaks out:\n%s", m.HTML)
	}
	for _, found := range mailtoLink.FindAllStringSubmatch(m.HTML, -1) {
		u, err := url.Parse(html.UnescapeString(found[1]))
		if err != nil || u.Query().Has("cc") || len(u.Query()["body"]) != 1 || strings.Contains(u.Opaque, "?") {
			t.Errorf("%s: %v", found[1], err)
		}
	}
	f.Neutral = true
	if m := mustSolved(t, "en", f); regexp.MustCompile("Q[A-Z]{3}").MatchString(m.Subject + m.Text + m.HTML) {
		t.Errorf("it shows words of theirs:\n%s", m.Text)
	}
	f.Neutral, f.Subject, f.ReplyTo = false, strings.Repeat("ä", 200), "a@example.com"
	if m := mustSolved(t, "en", f); strings.Contains(m.Text, "subject=") || !strings.Contains(m.Text, "?body=") {
		t.Errorf("a long subject is in the link:\n%s", m.Text)
	}
}

// The last notice says when, and that an answer opens it again; the question says neither.
func TestSolvedSaysWhen(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := solvedFacts(lang)
		asks := mustSolved(t, lang, f)
		f.By = said[lang].nextDay
		last := mustSolved(t, lang, f)
		inOrder(t, last, f.CustomerName, f.By, f.Signature, f.DeskAddress)
		if strings.Contains(asks.Text, f.By) || asks.Text == last.Text || asks.Subject != last.Subject {
			t.Errorf("%s: the question is\n%s", lang, asks.Text)
		}
	}
}
