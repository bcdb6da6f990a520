package wording_test

import (
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// unsentFacts are those of an answer that waits for one of the reasons.
func unsentFacts(lang, why string) wording.UnsentFacts {
	f := wording.UnsentFacts{
		Ticket: 1042, Subject: said[lang].subject, Why: why, To: []string{"Maria Rossi <maria@acme.example>", "tom@acme.example"}, Answer: answers[lang],
		Send: "support+send@example.com", TakeBack: "support+back@example.com", CanReply: true,
	}
	switch why {
	case wording.UnsentGuard:
		f.Due = said[lang].nextDay
		for _, kind := range []string{"name", "address", "token", "note", "phrase"} {
			f.Found = append(f.Found, wording.UnsentFinding{Kind: kind, What: "Globex Ltd", Line: "Globex, E-217"})
		}
	case wording.UnsentReview:
		f.Who, f.Due = "Ben Ortiz", said[lang].nextDay
	case wording.UnsentCollision:
		f.Who, f.Other = "Ben Ortiz", answers[lang]
	case wording.UnsentHold:
		f.At, f.Send, f.CanReply = "2026-07-14 15:00:30 CEST", "", false
	case wording.UnsentReturned:
		f.Who, f.Other, f.Send, f.TakeBack = "Ben Ortiz", answers[lang], "", ""
	default:
		f.To, f.Answer, f.Send, f.TakeBack, f.CanReply = nil, "", "", "", false
	}
	return f
}

// reasons are why somebody is told of an answer that has not left.
var reasons = []string{
	wording.UnsentGuard, wording.UnsentReview, wording.UnsentCollision, wording.UnsentHold, wording.UnsentReturned, wording.UnsentTakenBack, wording.UnsentSent, wording.UnsentGone,
}

// unsentGoldens are the messages about answers that have not left.
func unsentGoldens(lang string) map[string]func() (wording.Message, error) {
	all := map[string]func() (wording.Message, error){
		"unsent-bare": func() (wording.Message, error) { return wording.Builtin().Unsent(lang, wording.UnsentFacts{}) },
	}
	for _, why := range reasons {
		all["unsent-"+strings.ReplaceAll(why, "_", "-")] = func() (wording.Message, error) { return wording.Builtin().Unsent(lang, unsentFacts(lang, why)) }
	}
	return all
}

// Each reason is said in every language, with the words, what was found and the steps.
func TestUnsentIsSaid(t *testing.T) {
	for _, lang := range wording.Languages() {
		seen := map[string]string{}
		for _, why := range append(reasons, "another reason") {
			m, err := wording.Builtin().Unsent(lang, unsentFacts(lang, why))
			if err != nil {
				t.Fatal(err)
			}
			what, _, _ := strings.Cut(m.Text, "\n")
			if seen[what] != "" || what == "" {
				t.Errorf("%s: %s says the same as %s: %q", lang, why, seen[what], what)
			}
			seen[what] = why
		}
		m, err := wording.Builtin().Unsent(lang, unsentFacts(lang, wording.UnsentGuard))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"#1042", "Globex Ltd (“Globex, E-217”)", "support+send@example.com", "support+back@example.com", "Maria Rossi", said[lang].nextDay, "> " + strings.Split(answers[lang], "\n")[0]} {
			if !strings.Contains(m.Subject+m.Text, want) {
				t.Errorf("%s: %q is missing:\n%s", lang, want, m.Text)
			}
		}
		if strings.Count(m.HTML, `href="mailto:`) != 2 {
			t.Errorf("%s: no links:\n%s", lang, m.HTML)
		}
	}
}
