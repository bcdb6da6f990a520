package wording_test

import (
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// clockReasons are all reasons of ClockFacts.
var clockReasons = [...]string{
	wording.ClockNoted, wording.ClockTold, wording.ClockAsk, wording.ClockNext, wording.ClockWasTold, wording.ClockMovedTold, wording.ClockUnread, wording.ClockOver,
	wording.ClockAway, wording.ClockAwayOpen, wording.ClockBack, wording.ClockAwayWhat,
}

func clockFacts(lang, reason string) wording.ClockFacts {
	s := said[lang]
	f := wording.ClockFacts{Ticket: 1042, Subject: s.subject, Reason: reason, When: s.by, CanReply: true}
	switch reason {
	case wording.ClockNoted:
		f.Words, f.Also = "I'll call you by 3 pm.", []string{s.nextDay}
	case wording.ClockAsk:
		f.When, f.Words, f.Detail = "", "I hope to have it by Friday.", "hedged"
	case wording.ClockNext, wording.ClockOver:
		f.When = ""
	case wording.ClockAway:
		f.Detail, f.CanReply = "Ben Ortiz <ben@example.com>", false
	case wording.ClockAwayOpen, wording.ClockBack, wording.ClockAwayWhat:
		f.When, f.CanReply = "", false
	case wording.ClockUnread:
		f.When, f.Words, f.Detail = "", "soon", `"soon" is no time`
	}
	return f
}

func updateFacts(lang, state string) wording.UpdateFacts {
	s := said[lang]
	return wording.UpdateFacts{
		DeskName: "Example Support", DeskAddress: "support@example.com", CustomerName: "Maria Rossi", Subject: s.subject, Ticket: 1042,
		State: state, Agent: "Anna Keller", To: "Example Billing", Since: "10:12", By: s.nextDay, Signature: s.signature,
	}
}

// clockGoldens are the messages about agents' own times, kept in testdata.
func clockGoldens(lang string) map[string]func() (wording.Message, error) {
	all := map[string]func() (wording.Message, error){}
	for _, reason := range clockReasons {
		all["clock-"+strings.ReplaceAll(reason, "_", "-")] = func() (wording.Message, error) { return wording.Builtin().Clock(lang, clockFacts(lang, reason)) }
	}
	all["clock-bare"] = func() (wording.Message, error) { return wording.Builtin().Clock(lang, wording.ClockFacts{}) }
	for _, state := range []string{wording.UpdateOnIt, wording.UpdatePassed, wording.UpdateNobody} {
		all["update-"+strings.ReplaceAll(state, "_", "-")] = func() (wording.Message, error) { return wording.Builtin().Update(lang, updateFacts(lang, state)) }
	}
	late := updateFacts(lang, wording.UpdateOnIt)
	late.Told, late.Neutral = said[lang].by, true
	all["update-late-neutral"] = func() (wording.Message, error) { return wording.Builtin().Update(lang, late) }
	all["update-bare"] = func() (wording.Message, error) { return wording.Builtin().Update(lang, wording.UpdateFacts{}) }
	all["answer-again"] = func() (wording.Message, error) {
		return wording.Builtin().Answer(lang, wording.AnswerFacts{By: said[lang].by})
	}
	return all
}

// Each reason says something of its own, and what to reply where there is something.
func TestClockSaysWhatToReply(t *testing.T) {
	for _, lang := range wording.Languages() {
		seen := map[string]bool{}
		for _, reason := range clockReasons {
			f := clockFacts(lang, reason)
			f.When, f.Words, f.Detail, f.Also = "", "", "", nil
			m, err := wording.Builtin().Clock(lang, f)
			if err != nil {
				t.Fatal(err)
			}
			if seen[m.Text] || seen[m.Subject] {
				t.Errorf("%s: %s says what another reason says:\n%s\n%s", lang, reason, m.Subject, m.Text)
			}
			seen[m.Text], seen[m.Subject] = true, true
			if !f.CanReply {
				continue
			}
			f.CanReply = false
			if not, err := wording.Builtin().Clock(lang, f); err != nil || not.Text == m.Text || regexp.MustCompile("12:00|“no”|„nein“|“non”|«no»|“nee”|„nie”|“não”").MatchString(not.Text) {
				t.Errorf("%s: %s says what to reply where no reply comes home: %v\n%s", lang, reason, err, not.Text)
			}
		}
	}
}

// The customer reads how it stands before the new time; a stranger nothing of what
// was written.
func TestUpdateSaysItInOrder(t *testing.T) {
	for _, lang := range wording.Languages() {
		f := updateFacts(lang, wording.UpdateOnIt)
		f.Told = said[lang].by
		m, err := wording.Builtin().Update(lang, f)
		if err != nil {
			t.Fatal(err)
		}
		inOrder(t, m, f.CustomerName, f.Told, f.By, f.Signature, f.DeskAddress, "1042")
		inOrder(t, m, f.Agent)
		inOrder(t, m, f.Since)
		f.Neutral, f.CustomerName, f.Subject = true, "QNAME", "QSUBJECT"
		if m, err = wording.Builtin().Update(lang, f); err != nil || regexp.MustCompile("Q[A-Z]{3}").MatchString(m.Subject+m.Text+m.HTML) {
			t.Errorf("%s: %v, shows words of theirs:\n%s\n%s", lang, err, m.Subject, m.Text)
		}
		passed, err := wording.Builtin().Update(lang, updateFacts(lang, wording.UpdatePassed))
		if err != nil || strings.Contains(passed.Text, "Anna") || !strings.Contains(passed.Text, "Example Billing") {
			t.Errorf("%s: %v\n%s", lang, err, passed.Text)
		}
	}
}

// The line with which a promise ends an answer stands alone, without a signature.
func TestAgainIsOneLine(t *testing.T) {
	for _, lang := range wording.Languages() {
		m, err := wording.Builtin().Answer(lang, wording.AnswerFacts{By: said[lang].by})
		if err != nil || strings.Count(m.Text, "\n") != 1 || !strings.Contains(m.Text, said[lang].by) {
			t.Errorf("%s: %v %q", lang, err, m.Text)
		}
	}
}
