package wording_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// answers holds, per language, what an agent writes.
var answers = map[string]string{
	"en": "Hello Maria,\n\nE-217 is the guard of the drive. Please\n- switch it off,\n- wait 10 seconds,\n  not less,\n- switch it on again.\n\nMore: https://example.com/e-217?a=1&b=<2>.\n\n  code = 217\n\nKind regards",
	"de": "Guten Tag Frau Rossi,\n\nE-217 ist der Schutz des Antriebs. Bitte\n1. ausschalten,\n2. 10 Sekunden warten,\n3. wieder einschalten.\n\n> Kann das am Netzteil liegen?\nNein (siehe https://example.com/netz_(neu)).",
	"fr": "Bonjour Madame,\n\nE-217 est la protection de l’entraînement.",
	"it": "Buongiorno Maria,\n\nE-217 è la protezione dell’azionamento.",
	"es": "Hola, Maria:\n\nE-217 es la protección del accionamiento.",
	"pt": "Olá, Maria,\n\nE-217 é a proteção do acionamento.",
	"nl": "Beste Maria,\n\nE-217 is de beveiliging van de aandrijving.",
	"pl": "Dzień dobry,\n\nE-217 to zabezpieczenie napędu.",
}

// agentGoldens are the messages about agents' mails that are kept in testdata.
func agentGoldens(lang string) map[string]func() (wording.Message, error) {
	subject := said[lang].subject
	answer := wording.AnswerFacts{Subject: subject, Text: answers[lang], AgentName: "Anna Keller", DeskName: "Example Support", Signature: "Example Support\n+41 44 555 01 00"}
	omitted := answer
	omitted.Subject, omitted.Signature, omitted.Omitted = "", "", []string{"trace.zip", "film.mov"}
	can := noticeFacts(lang)
	can.CanReply = true
	notSent := wording.NotSentFacts{Ticket: 1042, Subject: subject, Reason: wording.ReasonMisplacedCommand, Detail: "#note", Words: answers[lang]}
	commands := wording.CommandFacts{Ticket: 1042, Subject: subject, Unknown: []wording.CommandLine{{Line: "#asign ben", Meant: "assign"}, {Line: "#frobnicate now"}}}
	undelivered := wording.UndeliveredFacts{
		Ticket: 1042, Subject: subject, Words: answers[lang],
		Recipients: []wording.UndeliveredRecipient{
			{Address: "maria@acme.example", Why: wording.Builtin().WhyUndelivered(550, [3]int{5, 1, 1}, lang), Reply: "550 5.1.1 User unknown"},
			{Address: "tom@acme.example", Why: wording.Builtin().WhyUndelivered(452, [3]int{4, 2, 2}, lang)},
		},
	}
	gaveUp := undelivered
	gaveUp.GaveUp = true
	drawer := wording.DrawerFacts{DeskName: "Example Support", Items: []wording.DrawerItem{
		{Kind: wording.DrawerHeld, From: "Maria Rossi <maria@acme.example>", Subject: subject, Since: said[lang].nextDay, Why: "In-Reply-To", Ticket: 1042, Command: "mailgw held admit 01jz"},
		{Kind: wording.DrawerJunk, From: "code@shop.example", Command: "mailgw junk release 01k0"},
	}}
	one := drawer
	one.Items = one.Items[1:]
	return map[string]func() (wording.Message, error){
		"answer":              func() (wording.Message, error) { return wording.Builtin().Answer(lang, answer) },
		"answer-omitted":      func() (wording.Message, error) { return wording.Builtin().Answer(lang, omitted) },
		"answer-bare":         func() (wording.Message, error) { return wording.Builtin().Answer(lang, wording.AnswerFacts{}) },
		"notice-can-reply":    func() (wording.Message, error) { return wording.Builtin().Notice(lang, can) },
		"not-sent":            func() (wording.Message, error) { return wording.Builtin().NotSent(lang, notSent) },
		"not-sent-bare":       func() (wording.Message, error) { return wording.Builtin().NotSent(lang, wording.NotSentFacts{}) },
		"commands":            func() (wording.Message, error) { return wording.Builtin().Commands(lang, commands) },
		"undelivered":         func() (wording.Message, error) { return wording.Builtin().Undelivered(lang, undelivered) },
		"undelivered-gave-up": func() (wording.Message, error) { return wording.Builtin().Undelivered(lang, gaveUp) },
		"undelivered-too-big": func() (wording.Message, error) {
			return wording.Builtin().Undelivered(lang, wording.UndeliveredFacts{Ticket: 1042, Subject: subject, TooBig: []string{"film.mov (41 MB)"}})
		},
		"drawer": func() (wording.Message, error) { return wording.Builtin().Drawer(lang, drawer) },
		"forward": func() (wording.Message, error) {
			return wording.Builtin().Forward(lang, wording.ForwardFacts{DeskName: "Example Support", Ticket: 1042, Subject: subject})
		},
		"forward-bare": func() (wording.Message, error) { return wording.Builtin().Forward(lang, wording.ForwardFacts{}) },
		"slow": func() (wording.Message, error) {
			return wording.Builtin().Slow(lang, wording.SlowFacts{DeskName: "Example Support", Priority: "normal", Target: "8h", Took: "9h10m", Cases: 212, Waiting: 14, Since: "2026-05-01", Honest: true})
		},
		"slow-urgent": func() (wording.Message, error) {
			return wording.Builtin().Slow(lang, wording.SlowFacts{Priority: "urgent", Target: "30m", Took: "2h", AtLeast: true, Cases: 40, Around: true})
		},
		"slow-bare":  func() (wording.Message, error) { return wording.Builtin().Slow(lang, wording.SlowFacts{}) },
		"drawer-one": func() (wording.Message, error) { return wording.Builtin().Drawer(lang, one) },
	}
}

// The agent's words are the customer's answer: all of them, and first.
func TestAnswerIsWhole(t *testing.T) {
	for _, lang := range wording.Languages() {
		text := strings.Repeat("A line, with  two spaces.\n\n\n", 20_000) + "end"
		m, err := wording.Builtin().Answer(lang, wording.AnswerFacts{Text: "\n" + text + "\n\n", AgentName: "Anna", Signature: "S"})
		if err != nil {
			t.Fatal(err)
		}
		if want := text + "\n\nAnna\n\n-- \nS\n"; m.Text != want {
			t.Errorf("%s: %d bytes became %d; the end is %q", lang, len(want), len(m.Text), m.Text[max(0, len(m.Text)-60):])
		}
	}
}

// Each reason that the pipeline gives has its words in every language.
func TestReasonsAreSaid(t *testing.T) {
	for _, lang := range wording.Languages() {
		seen := map[string]string{}
		for _, reason := range []string{wording.ReasonNoWords, wording.ReasonNotProven, wording.ReasonNotOnDesk, wording.ReasonMisplacedCommand, wording.ReasonUnknownAgent, wording.ReasonWhoWrote, wording.ReasonNoRecipient, wording.ReasonCannedUnknown, wording.ReasonCannedUnfilled, wording.ReasonSolutionUnseen} {
			m, err := wording.Builtin().NotSent(lang, wording.NotSentFacts{Reason: reason, Detail: "QDETAIL", Words: "QWORDS"})
			if err != nil {
				t.Fatal(err)
			}
			if other := seen[m.Text]; other != "" {
				t.Errorf("%s: %s says the same as %s", lang, reason, other)
			}
			seen[m.Text] = reason
			if strings.Count(m.Text, "\n\n") != 3 || !strings.Contains(m.Text, "QDETAIL") || !strings.Contains(m.Text, "> QWORDS") {
				t.Errorf("%s: %s:\n%s", lang, reason, m.Text)
			}
		}
		for _, kind := range []string{wording.DrawerHeld, wording.DrawerJunk, wording.DrawerOverBudget, wording.DrawerUndelivered, wording.DrawerUnsent, wording.DrawerUnassigned} {
			if m, err := wording.Builtin().Drawer(lang, wording.DrawerFacts{Items: []wording.DrawerItem{{Kind: kind}}}); err != nil || strings.Contains(m.Text, "– "+kind) {
				t.Errorf("%s: %s is not said: %v\n%s", lang, kind, err, m.Text)
			}
		}
	}
}

func TestWhyUndelivered(t *testing.T) {
	tests := []struct {
		code     int
		enhanced [3]int
		want     string
	}{
		{550, [3]int{5, 1, 1}, "there is no such mailbox"},
		{550, [3]int{}, "the address was refused; probably there is no such mailbox"},
		{550, [3]int{5, 1, 2}, "the part after the @ does not exist, or takes no mail"},
		{556, [3]int{5, 1, 10}, "this address takes no mail"},
		{551, [3]int{}, "the person has moved to another address"},
		{452, [3]int{4, 2, 2}, "the mailbox is full"},
		{552, [3]int{5, 2, 2}, "the mailbox is full"},
		{552, [3]int{}, "the mailbox is full, or the mail is too large for it"},
		{552, [3]int{5, 3, 4}, "the mail is too large for them"},
		{550, [3]int{5, 7, 1}, "they refused it as unwanted, by their own rules or as suspected spam"},
		{550, [3]int{5, 7, 26}, "they refused it as unwanted, by their own rules or as suspected spam"},
		{554, [3]int{}, "they refused it as unwanted, by their own rules or as suspected spam"},
		{535, [3]int{5, 7, 8}, "our own mail server does not let us in; the admin must look at it"},
		{530, [3]int{}, "our own mail server does not let us in; the admin must look at it"},
		{451, [3]int{4, 4, 1}, "their mail server does not answer"},
		{0, [3]int{}, "their mail server does not answer"},
		{451, [3]int{}, "their mail server would not take it for now"},
		{499, [3]int{4, 9, 9}, "their mail server would not take it for now"},
		{550, [3]int{5, 4, 6}, "the mail went round in circles between their servers"},
		{554, [3]int{5, 6, 0}, "they could not read or convert the mail"},
		{553, [3]int{5, 1, 3}, "the address is not written correctly"},
		{599, [3]int{9, 9, 9}, "it was refused without a clear reason"},
		{-1, [3]int{-1, -1, -1}, "it was refused without a clear reason"},
	}
	for _, tt := range tests {
		if got := wording.Builtin().WhyUndelivered(tt.code, tt.enhanced, "en"); got != tt.want {
			t.Errorf("%d %v: %q, want %q", tt.code, tt.enhanced, got, tt.want)
		}
	}
	// In every language there are words, and no key shows through.
	for code := range 600 {
		for detail := range 12 {
			for _, lang := range wording.Languages() {
				if got := wording.Builtin().WhyUndelivered(code, [3]int{5, detail % 8, detail}, lang); got == "" || strings.Contains(got, "_") {
					t.Fatalf("%s: %d 5.%d.%d: %q", lang, code, detail%8, detail, got)
				}
			}
		}
	}
}

func TestListsAreBounded(t *testing.T) {
	var f wording.UndeliveredFacts
	var d wording.DrawerFacts
	var c wording.CommandFacts
	for i := range 100 {
		f.Recipients = append(f.Recipients, wording.UndeliveredRecipient{Address: fmt.Sprintf("a%d@e.x", i), Reply: "no"})
		d.Items = append(d.Items, wording.DrawerItem{Kind: "held", Subject: fmt.Sprintf("s%d.", i)})
		c.Unknown = append(c.Unknown, wording.CommandLine{Line: fmt.Sprintf("#x%d.", i)})
	}
	for name, tt := range map[string]struct {
		template      string
		facts         any
		shown, hidden string
		more          string
	}{
		"recipients": {wording.TemplateUndelivered, f, "a19@e.x", "a20@e.x", "+80"},
		"drawer":     {wording.TemplateDrawer, d, "s49.", "s50.", "+50"},
		"commands":   {wording.TemplateCommands, c, "#x19.", "#x20.", "+80"},
	} {
		raw, err := json.Marshal(tt.facts)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wording.Builtin().Render(tt.template, "en", raw)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(m.Text, tt.shown) || strings.Contains(m.Text, tt.hidden) || !strings.Contains(m.Text, tt.more) {
			t.Errorf("%s:\n%s", name, m.Text)
		}
	}
}

// How to answer stands in the notice only when an answer goes out, and no line of
// it could pass for a command when it is quoted without its marks.
func TestNoticeSaysHowToAnswer(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := noticeFacts(lang)
		kept, err := wording.Builtin().Notice(lang, f)
		if err != nil {
			t.Fatal(err)
		}
		f.CanReply = true
		can, err := wording.Builtin().Notice(lang, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"#note", "#close", "#assign", "#only"} {
			if !strings.Contains(can.Text, command) || strings.Contains(kept.Text, command) {
				t.Errorf("%s: %s:\n%s", lang, command, can.Text)
			}
		}
		for word := range strings.FieldsSeq(can.Text) {
			if strings.HasPrefix(word, "#") {
				t.Errorf("%s: a wrapped line may begin with %q", lang, word)
			}
		}
	}
}
