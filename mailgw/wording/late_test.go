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

func lateFacts(lang string) wording.LateFacts {
	s := said[lang]
	return wording.LateFacts{
		DeskName: "Example Support", DeskAddress: "support@example.com", CustomerName: "Maria Rossi", Subject: s.subject,
		Ticket: 1042, Told: s.by, By: s.nextDay, Emergency: s.emergency, Signature: s.signature,
	}
}

func dueFacts(lang string) wording.DueFacts {
	s := said[lang]
	return wording.DueFacts{
		Ticket: 1042, Desk: "support", DeskName: "Example Support", From: "Maria Rossi <maria@acme.example>",
		Company: "Acme Instruments AG", Level: "premium", Subject: s.subject, Words: s.excerpt, Due: s.by, CanReply: true,
	}
}

// lateGoldens are the messages about promises that break, kept in testdata.
func lateGoldens(lang string) map[string]func() (wording.Message, error) {
	late := func(f wording.LateFacts) func() (wording.Message, error) {
		return func() (wording.Message, error) { return wording.Builtin().Late(lang, f) }
	}
	due := func(f wording.DueFacts) func() (wording.Message, error) {
		return func() (wording.Message, error) { return wording.Builtin().Due(lang, f) }
	}
	neutral := lateFacts(lang)
	neutral.Neutral = true
	moved, broken := dueFacts(lang), dueFacts(lang)
	moved.NewDue = said[lang].nextDay
	broken.Broken, broken.CanReply = true, false
	return map[string]func() (wording.Message, error){
		"late":         late(lateFacts(lang)),
		"late-neutral": late(neutral),
		"late-bare":    late(wording.LateFacts{}),
		"due":          due(dueFacts(lang)),
		"due-new-time": due(moved),
		"due-broken":   due(broken),
		"due-bare":     due(wording.DueFacts{}),
	}
}

func mustLate(t *testing.T, lang string, f wording.LateFacts) wording.Message {
	t.Helper()
	m, err := wording.Builtin().Late(lang, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustDue(t *testing.T, lang string, f wording.DueFacts) wording.Message {
	t.Helper()
	m, err := wording.Builtin().Due(lang, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// inOrder wants each of the words once, in this order, in text and in HTML.
func inOrder(t *testing.T, m wording.Message, order ...string) {
	t.Helper()
	for form, body := range map[string]string{"text": m.Text, "html": html.UnescapeString(tag.ReplaceAllString(m.HTML, ""))} {
		rest := body
		for _, words := range order {
			_, after, found := strings.Cut(rest, words)
			if !found {
				t.Fatalf("%s: %q is missing or out of order in\n%s", form, words, body)
			}
			if rest = after; strings.Count(body, words) != 1 {
				t.Errorf("%s: %q is said twice in\n%s", form, words, body)
			}
		}
	}
}

// What will not be kept stands first, then sorry, then the new time.
func TestLateSaysItInOrder(t *testing.T) {
	sorry := map[string]string{"en": "sorry", "de": "leid", "fr": "désolés", "it": "dispiace", "es": "Sentimos", "pt": "Lamentamos", "nl": "spijt", "pl": "Przykro"}
	for _, lang := range wording.Languages() {
		f := lateFacts(lang)
		m := mustLate(t, lang, f)
		inOrder(t, m, f.CustomerName, f.Told, sorry[lang], f.By, f.Emergency, f.Signature, f.DeskAddress, "1042")
		if m.Subject != "Re: "+strings.TrimPrefix(f.Subject, "AW: ") && m.Subject != f.Subject {
			t.Errorf("%s: subject %q", lang, m.Subject)
		}
		if strings.Contains(m.Text, f.Subject) {
			t.Errorf("%s: the body repeats the subject:\n%s", lang, m.Text)
		}
	}
}

// A mail to an address that may be forged carries nothing that the mail said.
func TestLateNeutralShowsNothingOfTheirs(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := lateFacts(lang)
		f.CustomerName, f.Subject, f.DeskName, f.Neutral = "QNAME", "https://q.example QSUBJECT", "Help Point", true
		m := mustLate(t, lang, f)
		if all := m.Subject + m.Text + m.HTML; regexp.MustCompile("Q[A-Z]{3}").MatchString(all) || strings.Contains(all, "q.example") {
			t.Errorf("%s shows words of theirs:\n%s\n%s", lang, m.Subject, m.Text)
		}
		for _, words := range []string{f.DeskName, f.Told, f.By, f.Emergency, f.DeskAddress} {
			inOrder(t, m, words)
		}
		f.CustomerName, f.Subject = "Maria Rossi", "Printer"
		if again := mustLate(t, lang, f); again != m {
			t.Errorf("%s: their words change it:\n%s\nwas\n%s", lang, again.Text, m.Text)
		}
		if f.Neutral = false; mustLate(t, lang, f).Subject != "Re: Printer" {
			t.Errorf("%s: known, but the subject is %q", lang, mustLate(t, lang, f).Subject)
		}
	}
}

// The subject and the first lines tell apart what is still open from what is over.
func TestDueSaysHowItStands(t *testing.T) {
	marks := map[string][3]string{
		"en": {"ANSWER DUE", "LATE", "OVERDUE"}, "de": {"ANTWORT FÄLLIG", "VERSPÄTET", "ÜBERFÄLLIG"},
		"fr": {"RÉPONSE ATTENDUE", "EN RETARD", "DÉLAI DÉPASSÉ"}, "it": {"RISPOSTA IN SCADENZA", "IN RITARDO", "SCADUTA"},
		"es": {"RESPUESTA PENDIENTE", "CON RETRASO", "PLAZO VENCIDO"}, "pt": {"RESPOSTA A DAR", "ATRASADA", "PRAZO VENCIDO"},
		"nl": {"ANTWOORD NODIG", "TE LAAT", "TIJD VOORBIJ"}, "pl": {"ODPOWIEDŹ POTRZEBNA", "SPÓŹNIONE", "PO TERMINIE"},
	}
	for _, lang := range wording.Languages() {
		soon, moved, broken := dueFacts(lang), dueFacts(lang), dueFacts(lang)
		moved.NewDue, moved.Broken = said[lang].nextDay, true // the new time counts
		broken.Broken = true
		seen := map[string]bool{}
		for i, f := range []wording.DueFacts{soon, moved, broken} {
			m := mustDue(t, lang, f)
			if want := marks[lang][i] + " · #1042 Acme Instruments AG: " + f.Subject; m.Subject != want {
				t.Errorf("%s: subject %q, want %q", lang, m.Subject, want)
			}
			order := []string{f.Due, f.Company, f.Level, f.From, f.Subject, "E-217", "1042"}
			if f.NewDue != "" {
				order = append([]string{f.NewDue}, order...)
			}
			inOrder(t, m, order...)
			// What differs must be more than the times.
			said := strings.NewReplacer(f.Due, "", said[lang].nextDay, "").Replace(m.Text)
			if seen[said] {
				t.Errorf("%s: says the same twice:\n%s", lang, m.Text)
			}
			seen[said] = true
		}
		f := soon
		f.CanReply = false
		if can, not := mustDue(t, lang, soon), mustDue(t, lang, f); strings.Count(can.Text, f.DeskName) != 2 || strings.Count(can.HTML, f.DeskName) != 2 ||
			strings.Count(not.Text, f.DeskName) != 1 || strings.Count(not.HTML, f.DeskName) != 1 {
			t.Errorf("%s: where a reply goes is not said:\n%s", lang, can.Text)
		}
	}
}

func TestLateAndDueLeaveOutWhatThereIsNot(t *testing.T) {
	for _, lang := range wording.Languages() {
		s := said[lang]
		for name, m := range map[string]wording.Message{
			"late":         mustLate(t, lang, wording.LateFacts{}),
			"late neutral": mustLate(t, lang, wording.LateFacts{Neutral: true}),
			"due":          mustDue(t, lang, wording.DueFacts{}),
			"due broken":   mustDue(t, lang, wording.DueFacts{Broken: true}),
			"due level":    mustDue(t, lang, wording.DueFacts{Level: "premium"}),
			"due from":     mustDue(t, lang, wording.DueFacts{From: "maria@acme.example", CanReply: true}),
		} {
			for _, gap := range []string{"\n\n\n", " .", "{{", " \n\n", ": ."} {
				if strings.Contains(m.Text, gap) {
					t.Errorf("%s %s: %q in\n%s", lang, name, gap, m.Text)
				}
			}
			for _, empty := range []string{"<blockquote", "<table", `"></p>`, "<strong></strong>"} {
				if strings.Contains(m.HTML, empty) {
					t.Errorf("%s %s: an empty %s", lang, name, empty)
				}
			}
		}
		m := mustDue(t, lang, wording.DueFacts{NewDue: s.nextDay})
		inOrder(t, m, s.nextDay)
		inOrder(t, mustDue(t, lang, wording.DueFacts{Desk: "support"}), "support")
	}
}

// Words of the customer cannot imitate a line of ours.
func TestDueQuotesEveryLine(t *testing.T) {
	f := dueFacts("en")
	f.Words = "Hello\r\nQ1\n\nQ2\u2028Q3"
	for _, l := range strings.Split(mustDue(t, "en", f).Text, "\n") {
		if strings.Contains(l, "Q") && !strings.HasPrefix(l, "> Q") {
			t.Errorf("not marked as theirs: %q", l)
		}
	}
}

func TestDueFitsOnOneScreen(t *testing.T) {
	for _, lang := range wording.Languages() {
		m := mustDue(t, lang, wording.DueFacts{
			Ticket: 1 << 63, From: strings.Repeat("x", 900), Company: strings.Repeat("y", 900), Level: strings.Repeat("l", 900),
			Subject: strings.Repeat("z ", 900), Words: strings.Repeat("long words\n", 900), Due: said[lang].by, NewDue: said[lang].nextDay,
			Desk: "support", CanReply: true,
		})
		if lines, size := strings.Count(m.Text, "\n"), utf8.RuneCountInString(m.Text); lines > 20 || size > 1900 {
			t.Errorf("%s: %d lines, %d characters", lang, lines, size)
		}
	}
}

// Outbox rows hold the JSON form over upgrades: its names must not change.
func TestLateFactsAsRowsHoldThem(t *testing.T) {
	for template, c := range map[string]struct {
		facts any
		row   string
		want  wording.Message
	}{
		wording.TemplateLate: {
			wording.LateFacts{DeskName: "D", DeskAddress: "d@e.x", CustomerName: "Maria", Subject: "S", Ticket: 7, Told: "by 1", By: "by 2", Emergency: "E", Signature: "X", Neutral: true},
			`{"desk_name":"D","desk_address":"d@e.x","customer_name":"Maria","subject":"S","ticket":7,"told":"by 1","by":"by 2","emergency":"E","signature":"X","neutral":true}`,
			mustLate(t, "de", wording.LateFacts{DeskName: "D", DeskAddress: "d@e.x", CustomerName: "Maria", Subject: "S", Ticket: 7, Told: "by 1", By: "by 2", Emergency: "E", Signature: "X", Neutral: true}),
		},
		wording.TemplateDue: {
			wording.DueFacts{Ticket: 7, Desk: "d", DeskName: "D", From: "F", Company: "C", Level: "L", Subject: "S", Words: "W", Due: "by 1", NewDue: "by 2", Broken: true, CanReply: true},
			`{"ticket":7,"desk":"d","desk_name":"D","from":"F","company":"C","level":"L","subject":"S","words":"W","due":"by 1","new_due":"by 2","broken":true,"can_reply":true}`,
			mustDue(t, "de", wording.DueFacts{Ticket: 7, Desk: "d", DeskName: "D", From: "F", Company: "C", Level: "L", Subject: "S", Words: "W", Due: "by 1", NewDue: "by 2", Broken: true, CanReply: true}),
		},
	} {
		row, err := json.Marshal(c.facts)
		if err != nil || string(row) != c.row {
			t.Errorf("%s: row %s, %v", template, row, err)
		}
		if got, err := wording.Builtin().Render(template, "de-CH", json.RawMessage(c.row)); err != nil || got != c.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", template, err, got.Text, c.want.Text)
		}
	}
}
