package wording_test

import "supportgw/mailgw/wording"

// deedGoldens are the mails about what agents did, and asked, by mail.
func deedGoldens(lang string) map[string]func() (wording.Message, error) {
	s, subject := said[lang], "Line 3 stands still & <more>"
	done := wording.DoneFacts{Ticket: 1042, Subject: subject, Undo: "support+token@example.com"}
	for _, what := range []string{
		wording.DoneTake, wording.DoneSolve, wording.DoneClose, wording.DoneAsked, wording.DoneWrongCustomer, wording.DoneNotForUs,
	} {
		done.Items = append(done.Items, wording.DoneItem{What: what})
	}
	done.Items = append(done.Items, wording.DoneItem{What: wording.DoneWait, Detail: "2026-07-16 09:00 CEST"})
	undone := wording.DoneFacts{Ticket: 1042, Subject: subject, Items: []wording.DoneItem{
		{What: wording.DoneUndo, Field: "status", Detail: "new"}, {What: wording.DoneUndo, Field: "priority", Detail: "high"}, {What: wording.DoneRefused, Field: "assignee", Detail: "ben@example.com"},
	}}
	refused := wording.DoneFacts{Ticket: 1042, Subject: subject, Items: []wording.DoneItem{{What: wording.DoneRefused, Detail: "#assign me (ben@example.com has it)"}}}
	why := wording.WhyFacts{
		Ticket: 1042, Subject: subject, Here: []string{"Maria Rossi <maria@acme.example>", "sender_auth pass: DKIM of acme.example"}, Company: []string{"Acme Instruments AG (domain), premium"},
		Priority: []string{"urgent", "2026-07-14 10:00 CEST rule production-down: priority normal to urgent"}, Time: []string{s.by + " (open, told to the customer)"},
	}
	digest := wording.DigestFacts{DeskName: "Example Support", Items: []wording.DigestItem{
		{Ticket: 1042, Due: s.by, Urgent: true, From: "Maria Rossi <maria@acme.example>", Company: "Acme Instruments AG", Subject: s.subject, Words: s.excerpt, Reply: "support+token@example.com", Links: wording.NoticeLinks{Take: "support+take@example.com", Solve: "support+solve@example.com"}},
		{Ticket: 1043, From: "Gus <gus@globex.example>", Subject: "E-217 & <5>", Words: "…"},
	}, Settled: []uint64{1007, 1008}, More: 3}
	builtin := wording.Builtin()
	return map[string]func() (wording.Message, error){
		"done":         func() (wording.Message, error) { return builtin.Done(lang, done) },
		"done-undo":    func() (wording.Message, error) { return builtin.Done(lang, undone) },
		"done-refused": func() (wording.Message, error) { return builtin.Done(lang, refused) },
		"why":          func() (wording.Message, error) { return builtin.Why(lang, why) },
		"help": func() (wording.Message, error) {
			return builtin.Help(lang, wording.HelpFacts{Ticket: 1042, Answers: []string{"install", "outage"}})
		},
		"digest": func() (wording.Message, error) { return builtin.Digest(lang, digest) },
		"answer-call": func() (wording.Message, error) {
			return builtin.Answer(lang, wording.AnswerFacts{Text: "…", By: s.by, Call: true, AgentName: "Anna Keller", DeskName: "Example Support"})
		},
		"answer-remind": func() (wording.Message, error) {
			return builtin.Answer(lang, wording.AnswerFacts{Again: s.excerpt, AgentName: "Anna Keller", DeskName: "Example Support"})
		},
	}
}
