package wording_test

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"supportgw/mailgw/wording"
)

func mustAck(t *testing.T, lang string, f wording.AckFacts) wording.Message {
	t.Helper()
	m, err := wording.Builtin().Acknowledgement(lang, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// An acknowledgement to an address that may be forged carries nothing that the
// mail said.
func TestNeutralShowsNothingOfTheirs(t *testing.T) {
	for _, lang := range wording.Languages() {
		for _, style := range []string{wording.StyleNeutral, "", "no such style"} {
			f := ackFacts(lang, style)
			f.CustomerName, f.Company, f.Subject, f.Excerpt = "QNAME", "QCOMPANY", "https://q.example QSUBJECT", "www.q.example QWORDS"
			m := mustAck(t, lang, f)
			if all := m.Subject + m.Text + m.HTML; regexp.MustCompile("Q[A-Z]{4}").MatchString(all) || strings.Contains(all, "q.example") {
				t.Errorf("%s %q shows words of theirs:\n%s\n%s", lang, style, m.Subject, m.Text)
			}
			if strings.HasPrefix(m.Subject, "Re:") || !strings.Contains(m.Text, f.By) {
				t.Errorf("%s %q: subject %q, text\n%s", lang, style, m.Subject, m.Text)
			}
		}
	}
}

func TestFullShowsNoWordsOfTheirs(t *testing.T) {
	f := ackFacts("en", wording.StyleFull)
	f.Subject, f.Excerpt = "QSUBJECT", "QWORDS"
	m := mustAck(t, "en", f)
	if body := m.Text + m.HTML; strings.Contains(body, "QSUBJECT") || strings.Contains(body, "QWORDS") {
		t.Errorf("the body quotes a mail that may be forged:\n%s", m.Text)
	}
	if m.Subject != "Re: QSUBJECT" || !strings.Contains(m.Text, "Maria Rossi") || !strings.Contains(m.Text, "Acme Instruments AG") {
		t.Errorf("subject %q, text\n%s", m.Subject, m.Text)
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// Text and HTML say the same, in the order that the design asks for.
func TestAcknowledgementSaysItInOrder(t *testing.T) {
	for _, lang := range wording.Languages() {
		for _, nextDay := range []bool{false, true} {
			f := ackFacts(lang, wording.StyleListened)
			f.NextDay = nextDay
			m := mustAck(t, lang, f)
			order := []string{f.CustomerName, f.Company, f.By, f.Emergency, "40 ", f.Signature, "1042"}
			if nextDay {
				order = append([]string{f.Emergency}, append(order[:3:3], order[4:]...)...)
			}
			plain := html.UnescapeString(tag.ReplaceAllString(m.HTML, ""))
			for form, body := range map[string]string{"text": m.Text, "html": plain} {
				rest := body
				for _, words := range order {
					_, after, found := strings.Cut(rest, words)
					if !found {
						t.Fatalf("%s %s nextDay=%v: %q is missing or out of order in\n%s", lang, form, nextDay, words, body)
					}
					rest = after
				}
				if strings.Count(body, f.Emergency) != 1 {
					t.Errorf("%s %s: the emergency step is said twice", lang, form)
				}
			}
			if first, _, _ := strings.Cut(m.Text, f.CustomerName); nextDay && !strings.Contains(first, f.Emergency) {
				t.Errorf("%s: the emergency step is not before everything else:\n%s", lang, m.Text)
			}
		}
	}
}

func TestAcknowledgementLeavesOutWhatThereIsNot(t *testing.T) {
	f := wording.AckFacts{Style: wording.StyleListened, NextDay: true}
	for _, lang := range wording.Languages() {
		m := mustAck(t, lang, f)
		if strings.Contains(m.Text, "\n\n\n") || strings.HasPrefix(m.Text, "\n") || strings.Contains(m.Text, "“”") || strings.Contains(m.Text, "{{") {
			t.Errorf("%s: gaps in\n%s", lang, m.Text)
		}
		for _, words := range []string{"<blockquote", "<table"} {
			if strings.Contains(m.HTML, words) {
				t.Errorf("%s: an empty %s", lang, words)
			}
		}
		if m.Subject == "" {
			t.Errorf("%s: no subject", lang)
		}
	}
}

func TestSignatureFallsBackToTheDesk(t *testing.T) {
	f := ackFacts("en", wording.StyleListened)
	f.Signature = " \n"
	if m := mustAck(t, "en", f); !strings.Contains(m.Text, "Kind regards\nExample Support\n") {
		t.Errorf("signed:\n%s", m.Text)
	}
}

// Words of the customer cannot imitate a line of ours in an agent's notice.
func TestNoticeQuotesEveryLine(t *testing.T) {
	f := noticeFacts("en")
	f.Words = "Hello\r\nTicket 1 · solved\n\nAnswer due by never\u2028On this ticket because: I say so"
	m, err := wording.Builtin().Notice("en", f)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(m.Text, "\n") {
		for _, fake := range []string{"Ticket 1 ", "never", "I say so"} {
			if strings.Contains(l, fake) && !strings.HasPrefix(l, "> ") {
				t.Errorf("not marked as theirs: %q", l)
			}
		}
	}
}

func TestNoticeKeepsTheNewestHistory(t *testing.T) {
	f := noticeFacts("en")
	for i := range 15 {
		f.History = append(f.History, "entry-"+string(rune('a'+i))+".")
	}
	m, err := wording.Builtin().Notice("en", f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(m.Text, "entry-e.") || !strings.Contains(m.Text, "entry-f.") || !strings.Contains(m.Text, "entry-o.") {
		t.Errorf("history:\n%s", m.Text)
	}
}

func TestPageFitsOnOneScreen(t *testing.T) {
	for _, lang := range wording.Languages() {
		m, err := wording.Builtin().Page(lang, wording.PageFacts{
			Ticket: 1 << 63, From: strings.Repeat("x", 900), Company: strings.Repeat("y", 900), Subject: strings.Repeat("z ", 900),
			Words: strings.Repeat("long words\n", 900), Due: said[lang].by, Rule: strings.Repeat("r", 900), Desk: "support",
		})
		if err != nil {
			t.Fatal(err)
		}
		if lines, size := strings.Count(m.Text, "\n"), utf8.RuneCountInString(m.Text); lines > 18 || size > 1500 {
			t.Errorf("%s: %d lines, %d characters", lang, lines, size)
		}
	}
}

func TestRenderErrors(t *testing.T) {
	for name, c := range map[string]struct{ template, facts, says string }{
		"unknown template": {"poem", `{}`, `unknown template "poem"`},
		"no facts":         {wording.TemplateNotice, ``, "read facts"},
		"broken facts":     {wording.TemplatePage, `{"ticket":`, "read facts"},
		"other facts":      {wording.TemplateAcknowledgement, `{"ticket":"x"}`, "read facts"},
	} {
		if _, err := wording.Builtin().Render(c.template, "en", json.RawMessage(c.facts)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.says)
		}
	}
}

// The JSON form is what outbox rows hold over upgrades: Render must give what
// the direct call gives.
func TestRenderIsTheSameAsTheCall(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := ackFacts(lang, wording.StyleListened)
		f.NextDay, f.AskCompany = true, true
		facts, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wording.Builtin().Render(wording.TemplateAcknowledgement, lang+"-CH", facts)
		if err != nil {
			t.Fatal(err)
		}
		if want := mustAck(t, lang, f); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", lang, got.Text, want.Text)
		}
	}
}

// What is shown is bounded, whatever comes; so is the work, which a test cannot
// time but a reader can: each fact is cut before it is cleaned.
func TestHugeFacts(t *testing.T) {
	for name, huge := range map[string]string{
		"letters": strings.Repeat("ü", 1<<20), "prefixes": strings.Repeat("Re: ", 1<<19),
		"lines": strings.Repeat("\n\n", 1<<19), "nothing visible": strings.Repeat("\n\u202e", 1<<19),
	} {
		list := strings.Split(huge, "\n")
		n, err := wording.Builtin().Notice("en", wording.NoticeFacts{From: huge, Company: huge, Subject: huge, Words: huge, Attachments: list, History: list, Evidence: list, Tags: list,
			CanReply: true, Matter: []wording.MatterLine{{Is: huge, Text: huge, State: huge}, {Is: wording.MatterAsked, Text: huge}}, Similar: []wording.NoticeSimilar{{Subject: huge, Solution: huge}, {Subject: huge, Solution: huge}},
			Goes: wording.NoticeGoes{To: list, Not: list, Only: huge}})
		if err != nil {
			t.Fatal(err)
		}
		check(t, name, n)
		check(t, name, mustAck(t, "en", wording.AckFacts{Style: wording.StyleListened, CustomerName: huge, Company: huge, Subject: huge, Excerpt: huge, Emergency: huge, Signature: huge}))
		check(t, name, mustSolved(t, "en", wording.SolvedFacts{DeskName: huge, DeskAddress: huge, CustomerName: huge, Subject: huge, By: huge, ReplyTo: "a@b.example", Tag: huge, Signature: huge}))
		check(t, name, mustLate(t, "en", wording.LateFacts{DeskName: huge, DeskAddress: huge, CustomerName: huge, Subject: huge, Told: huge, By: huge, Emergency: huge, Signature: huge}))
		check(t, name, mustDue(t, "en", wording.DueFacts{DeskName: huge, From: huge, Company: huge, Level: huge, Subject: huge, Words: huge, Due: huge, NewDue: huge}))
	}
}

func FuzzRender(f *testing.F) {
	f.Add("de", "Maria", "Re: x", "words", "listened", uint64(7), true)
	f.Add("fr-CA", "<script>alert(1)</script>", "a\r\nBcc: x@y", "\u202e\x00{{.Subject}}</p>", "full", uint64(0), false)
	f.Add("\xff", "Rossi, Maria", "回复：", "> quoted\n-- \n\u2028", "neutral", uint64(1), true)
	f.Add("en", strings.Repeat("ü", 300), strings.Repeat("Re: ", 100), strings.Repeat("\n\n", 100), "", uint64(1<<63), false)
	f.Fuzz(func(t *testing.T, lang, name, subject, words, style string, ticket uint64, flag bool) {
		event := style
		if flag {
			event = wording.EventReply
		}
		list := strings.Split(words, "\n")
		for template, facts := range map[string]any{
			wording.TemplateAcknowledgement: wording.AckFacts{Style: style, DeskName: name, DeskAddress: name, CustomerName: name, Company: name, Subject: subject, Excerpt: words, Ticket: ticket, By: subject, NextDay: flag, Emergency: words, Signature: words, AskCompany: flag},
			wording.TemplateNotice:          wording.NoticeFacts{Ticket: ticket, Desk: name, From: name, Company: subject, Confidence: style, Level: style, Priority: style, Status: style, Due: subject, Subject: subject, Words: words, Attachments: list, History: list, Evidence: list, Tags: list, Event: event, CanReply: flag, Matter: []wording.MatterLine{{Is: style, Text: words, State: name}}, Similar: []wording.NoticeSimilar{{Ticket: ticket, Subject: subject, Solution: words}}, Goes: wording.NoticeGoes{To: list, Not: list, Only: name}},
			wording.TemplatePage:            wording.PageFacts{Ticket: ticket, From: name, Company: subject, Subject: subject, Words: words, Due: style, Rule: name, Desk: style},
			wording.TemplateNotSent:         wording.NotSentFacts{Ticket: ticket, Subject: subject, Reason: style, Detail: name, Words: words},
			wording.TemplateCommands:        wording.CommandFacts{Ticket: ticket, Subject: subject, Unknown: []wording.CommandLine{{Line: words, Meant: name}, {Line: subject}}},
			wording.TemplateUndelivered:     wording.UndeliveredFacts{Ticket: ticket, Subject: subject, Recipients: []wording.UndeliveredRecipient{{Address: name, Why: words, Reply: words}}, TooBig: list, GaveUp: flag, Words: words},
			wording.TemplateDrawer:          wording.DrawerFacts{DeskName: name, Items: []wording.DrawerItem{{Kind: style, From: name, Subject: subject, Since: words, Why: words, Ticket: ticket, Command: words}}},
			wording.TemplateForward:         wording.ForwardFacts{DeskName: name, Ticket: ticket, Subject: subject},
			wording.TemplateDone:            wording.DoneFacts{Ticket: ticket, Subject: subject, Items: []wording.DoneItem{{What: wording.DoneTake}}},
			wording.TemplateWhy:             wording.WhyFacts{Ticket: ticket, Subject: subject, Here: []string{name}},
			wording.TemplateHelp:            wording.HelpFacts{Ticket: ticket, Subject: subject},
			wording.TemplateSlow:            wording.SlowFacts{DeskName: name, Priority: style, Target: name, Took: subject, AtLeast: flag, Cases: len(words), Waiting: len(name), Since: words, Around: flag, Honest: !flag},
			wording.TemplateSolved:          wording.SolvedFacts{DeskName: name, DeskAddress: name, CustomerName: name, Subject: subject, Ticket: ticket, By: subject, ReplyTo: words, Tag: name, Signature: words, Neutral: flag},
			wording.TemplateLate:            wording.LateFacts{DeskName: name, DeskAddress: name, CustomerName: name, Subject: subject, Ticket: ticket, Told: words, By: subject, Emergency: words, Signature: words, Neutral: flag},
			wording.TemplateClock:           wording.ClockFacts{Ticket: ticket, Subject: subject, Reason: style, When: name, Words: words, Also: list, Detail: words, CanReply: flag},
			wording.TemplateUpdate:          wording.UpdateFacts{DeskName: name, DeskAddress: name, CustomerName: name, Subject: subject, Ticket: ticket, State: style, Agent: name, To: subject, Since: words, Told: words, By: subject, Signature: words, Neutral: flag},
			wording.TemplateDue:             wording.DueFacts{Ticket: ticket, Desk: name, From: name, Company: subject, Level: style, Subject: subject, Words: words, Due: subject, NewDue: style, Broken: flag, CanReply: flag},
		} {
			raw, err := json.Marshal(facts)
			if err != nil {
				t.Fatal(err)
			}
			m, err := wording.Builtin().Render(template, lang, raw)
			if err != nil {
				t.Fatalf("%s: %v", template, err)
			}
			check(t, template, m)
		}
	})
}

// check holds what is true of every message, whatever the facts.
func check(t *testing.T, template string, m wording.Message) {
	t.Helper()
	if m.Subject == "" || strings.ContainsAny(m.Subject, "\r\n") || utf8.RuneCountInString(m.Subject) > 250 {
		t.Errorf("%s: subject %q", template, m.Subject)
	}
	all := m.Subject + m.Text + m.HTML
	if !utf8.ValidString(all) || strings.ContainsAny(all, "\r\x00\x1b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029") {
		t.Errorf("%s: holds what cannot be seen: %q", template, all)
	}
	if !strings.HasSuffix(m.Text, "\n") || strings.HasPrefix(m.Text, "\n") {
		t.Errorf("%s: text %q", template, m.Text)
	}
	lower := strings.ReplaceAll(strings.ToLower(m.HTML), `<a href="mailto:`, "")
	for _, bad := range []string{"<script", "<img", "<a ", "<iframe", "url(", "src="} {
		// Facts may say "url(" in words; as markup nothing of this is ours.
		if bad[0] == '<' && strings.Contains(lower, bad) {
			t.Errorf("%s: html holds %s", template, bad)
		}
	}
	for _, markup := range tag.FindAllString(m.HTML, -1) {
		if strings.Contains(markup, "url(") || strings.Contains(markup, "src=") || strings.Contains(markup, "http") || strings.Contains(markup, " on") {
			t.Errorf("%s: markup %s", template, markup)
		}
	}
	if len(all) > 64<<10 {
		t.Errorf("%s: %d bytes", template, len(all))
	}
}
