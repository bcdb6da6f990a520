package wording

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDocumentedPhrases holds the table at the end of docs/wording.md to the
// built-in phrases; with -update it writes it.
func TestDocumentedPhrases(t *testing.T) {
	const file, head = "../../docs/wording.md", "| phrase | in English | facts |\n|---|---|---|\n"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Builtin().speak(fallback)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := usesOf(text)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString(head)
	for _, name := range slices.Sorted(maps.Keys(text.data.Phrase)) {
		if len(uses[name]) == 0 {
			t.Fatalf("no template says %s", name)
		}
		facts := strings.NewReplacer("{{", "", "}}", "").Replace(strings.Join(sayable(shared(uses[name])), " "))
		table.WriteString("| `" + name + "` | " + strings.ReplaceAll(text.data.Phrase[name], "|", `\|`) + " | " + facts + " |\n")
	}
	before, after, _ := strings.Cut(string(raw), head)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(before+table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if head+after != table.String() {
		t.Errorf("%s is not what it should be; renew it: go test ./mailgw/wording -run TestDocumentedPhrases -update\n%s", file, table.String())
	}
}

// TestSeveralLines: the facts that phrases must not show are those that can have
// line breaks, and no others.
func TestSeveralLines(t *testing.T) {
	const two = "one\ntwo"
	list := []string{two, two}
	text, err := Builtin().speak(fallback)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, v := range []view{
		text.acknowledgement(AckFacts{Style: StyleListened, DeskName: two, DeskAddress: two, CustomerName: two, Company: two, Subject: two, Excerpt: two, By: two, Emergency: two, Signature: two}),
		text.notice(NoticeFacts{Desk: two, DeskName: two, From: two, Company: two, Confidence: two, Level: two, Priority: two, Status: two, Due: two, Subject: two, Words: two, WordsHTML: two, Attachments: list, History: list, Evidence: list, Tags: list, Needs: list, HeldID: two, LevelWhy: two, Ending: list, RuleNotes: list, Matter: []MatterLine{{Is: two, Text: two, State: two}, {Is: two, Text: two}},
			Similar: []NoticeSimilar{{Subject: two, Solution: two}, {Subject: two}}, Goes: NoticeGoes{To: list, Not: list, Only: two}}),
		text.page(PageFacts{From: two, Company: two, Subject: two, Words: two, Due: two, Rule: two, Desk: two}),
		text.answer(AnswerFacts{Subject: two, Text: two, AgentName: two, DeskName: two, Signature: two, Omitted: list, Again: two}),
		text.notSent(NotSentFacts{Subject: two, Reason: two, Detail: two, Words: two}),
		text.commands(CommandFacts{Subject: two, Unknown: []CommandLine{{Line: two, Meant: two}, {Line: two}}}),
		text.undelivered(UndeliveredFacts{Subject: two, Recipients: []UndeliveredRecipient{{two, two, two}, {two, two, two}}, TooBig: list, Words: two}),
		text.drawer(DrawerFacts{DeskName: two, Items: []DrawerItem{{Kind: two, From: two, Subject: two, Since: two, Why: two, Command: two}}}),
		text.forward(ForwardFacts{DeskName: two, Subject: two}),
		text.unsent(UnsentFacts{Subject: two, Why: two, Who: two, To: list, Found: []UnsentFinding{{two, two, two}, {two, two, two}}, Answer: two, Other: two, At: two, Due: two}),
		text.done(DoneFacts{Subject: two, Items: []DoneItem{{What: two, Field: two, Detail: two}, {What: two, Detail: two}}, Undo: "x@example.com"}),
		text.why(WhyFacts{Subject: two, Here: list, Company: list, Priority: list, Time: list}),
		text.help(HelpFacts{Subject: two, Answers: list}),
		text.slow(SlowFacts{DeskName: two, Priority: two, Target: two, Took: two, Since: two}),
		text.late(LateFacts{DeskName: two, DeskAddress: two, CustomerName: two, Subject: two, Told: two, By: two, Emergency: two, Signature: two}),
		text.solved(SolvedFacts{DeskName: two, DeskAddress: two, CustomerName: two, Subject: two, By: two, ReplyTo: two, Tag: two, Signature: two}),
		text.clock(ClockFacts{Subject: two, Reason: two, When: two, Words: two, Also: list, Detail: two}),
		text.update(UpdateFacts{DeskName: two, DeskAddress: two, CustomerName: two, Subject: two, Agent: two, To: two, Since: two, Told: two, By: two, Signature: two}),
		text.due(DueFacts{Desk: two, DeskName: two, From: two, Company: two, Level: two, Subject: two, Words: two, Due: two, NewDue: two}),
	} {
		for fact, said := range v {
			if strings.Contains(said, "\n") {
				found[fact] = true
			}
		}
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, severalLines()) {
		t.Errorf("facts of several lines: %q, severalLines has %q", got, severalLines())
	}
}
