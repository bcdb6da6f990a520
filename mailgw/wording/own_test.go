package wording_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// own makes a file of one phrase.
func own(name, text string) []byte {
	return fmt.Appendf(nil, "[phrase]\n%q = '''%s'''\n", name, text)
}

func load(t *testing.T, files map[string][]byte) *wording.Catalogue {
	t.Helper()
	c, problems := wording.Load(files)
	if problems != nil {
		t.Fatalf("problems %+v", problems)
	}
	return c
}

func TestLoadReplacesSinglePhrases(t *testing.T) {
	c := load(t, map[string][]byte{
		"en.toml": []byte("[phrase]\n\"ack.closing\" = \" Yours truly \"\n\"ack.subject\" = \"Your mail to us{{if .NeutralDesk}} ({{.NeutralDesk}}){{end}}\"\n"),
		"de.toml": []byte("# nothing yet\n"),
	})
	before := mustAck(t, "en", ackFacts("en", wording.StyleNeutral))
	m, err := c.Acknowledgement("en", ackFacts("en", wording.StyleNeutral))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(before.Text, "Kind regards", "Yours truly", 1); m.Text != want || before.Text == want {
		t.Errorf("got\n%s\nwant\n%s", m.Text, want)
	}
	if want := strings.Replace(before.HTML, "Kind regards", "Yours truly", 1); !strings.Contains(m.HTML, "Yours truly") || strings.Count(m.HTML, "\n") != strings.Count(want, "\n") {
		t.Errorf("html\n%s", m.HTML)
	}
	if m.Subject != "Your mail to us (Example Support)" {
		t.Errorf("subject %q", m.Subject)
	}
	for _, lang := range []string{"de", "fr"} {
		f := ackFacts(lang, wording.StyleListened)
		if m, err = c.Acknowledgement(lang, f); err != nil || m != mustAck(t, lang, f) {
			t.Errorf("%s has changed (%v)", lang, err)
		}
	}
	if again := mustAck(t, "en", ackFacts("en", wording.StyleNeutral)); again != before {
		t.Error("the built-in catalogue has changed")
	}
	if c.Match("de-CH") != "de" || c.WhyUndelivered(550, [3]int{5, 1, 1}, "de") != wording.Builtin().WhyUndelivered(550, [3]int{5, 1, 1}, "de") {
		t.Error("it lacks languages or words")
	}
}

func TestLoadNothing(t *testing.T) {
	if c := load(t, nil); c != wording.Builtin() {
		t.Error("without files it is not the built-in one")
	}
}

// Each language's notice has the commands, so that an own phrase must keep them.
func TestNoticesHaveSigns(t *testing.T) {
	for lang, phrases := range wording.Phrases() {
		for _, sign := range []string{"#note", "#only"} {
			if !strings.Contains(phrases["notice.answer"], sign) {
				t.Errorf("%s: no %s", lang, sign)
			}
		}
	}
}

// A fact in an own phrase is escaped like all others.
func TestOwnPhraseEscapes(t *testing.T) {
	c := load(t, map[string][]byte{"en.toml": own("ack.greeting", "Dear {{.Name}}, thanks for “{{.ReplySubject}}”")})
	f := ackFacts("en", wording.StyleListened)
	f.Subject = `<script>"x"</script>{{.By}}`
	m, err := c.Acknowledgement("en", f)
	if err != nil || strings.Contains(m.HTML, "<script") || !strings.Contains(m.HTML, "Re: &lt;script&gt;") || !strings.Contains(m.Text, "{{.By}}") {
		t.Errorf("%v\n%s", err, m.HTML)
	}
}

func TestLoadAccepts(t *testing.T) {
	for name, c := range map[string]struct{ phrase, text string }{
		"no fact":            {"ack.greeting", "Good day,"},
		"a fact not in ours": {"ack.greeting", "Good day{{if .Ticket}} ({{.Ticket}}){{end}},"},
		"asks for a text":    {"ack.received", "It is here{{if .Excerpt}}, and read{{end}}."},
		"else if":            {"ack.promise", "{{if .Urgent}}At once{{else if .Name}}We answer you{{else}}We answer{{end}}"},
		"trims":              {"ack.promise", "We answer {{- if .Name}} you{{end}}"},
		"comment":            {"ack.promise", "We answer{{/* in time */}}"},
		"what must stay":     {"late.missed", "We are late{{if .Told}}; we said {{.Told}}{{end}}."},
		"length":             {"ack.reply", strings.Repeat("ü", 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			load(t, map[string][]byte{"en.toml": own(c.phrase, c.text)})
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ phrase, text, says, wrong string }{
		"unknown phrase":      {"ack.hello", "Hello", "no such phrase", "ack.hello"},
		"syntax":              {"ack.closing", "{{if .Name}}", "no template: unexpected EOF", ""},
		"unknown fact":        {"ack.closing", "{{.Nam}}", "no such fact", "{{.Nam}}"},
		"fact of another":     {"ack.closing", "{{.Evidence}}", "no such fact", "{{.Evidence}}"},
		"fact of one of two":  {"ack.greeting", "{{if .Urgent}}Hello{{end}}", "no such fact", "{{.Urgent}}"},
		"deep unknown fact":   {"ack.closing", "{{if .Name}}{{if .By}}{{.X}}{{end}}{{end}}", "no such fact", "{{.X}}"},
		"empty":               {"ack.subject", "  ", "is empty", ""},
		"empty for some":      {"ack.subject", "{{if .Company}}Hello {{.Company}}{{end}}", "says nothing for some mails", ""},
		"forbidden":           {"ack.promise", "We answer  ASAP", `says what mailgw does not say (got "asap")`, ""},
		"forbidden in pieces": {"ack.promise", "as soon {{if .By}}as{{end}} possible", "as soon as possible", ""},
		"no reply":            {"ack.reply", "Please don’t reply", "don't reply", ""},
		"forbidden in German": {"ack.reply", "Bitte nicht antworten", "nicht antworten", ""},
		"time left out":       {"late.missed", "We are late.", "{{.Told}}", ""},
		"time left out once":  {"late.missed", "We are late{{if .NeutralDesk}}: {{.Told}}{{end}}.", "{{.Told}}", ""},
		"id left out":         {"notice.held", "Held for {{.Asks}}.", "{{.HeldID}}", ""},
		"files left out":      {"answer.omitted", "Some files are too large.", "{{.Omitted}}", ""},
		"commands left out":   {"notice.answer", "Just reply.", "got no #note", ""},
		"a command left out":  {"notice.answer", "Just reply. “#note” stays in the house, “#close” closes.", "got no #only", ""},
		"markup":              {"ack.closing", "<b>Bye</b>", "< > &", ""},
		"entity":              {"ack.closing", "&amp;", "< > &", ""},
		"line break":          {"ack.closing", "Kind\nregards", "line break", ""},
		"direction":           {"ack.closing", "Kind \u202eregards", "nobody sees", ""},
		"long":                {"ack.closing", strings.Repeat("x", 1001), "got 1001 characters", ""},
		"other's words":       {"notice.new", "{{.Words}}", "only layouts can show, or nobody (got {{.Words}})", ""},
		"quote":               {"notice.new", "{{quote .Subject}}", "only layouts can show, or nobody (got {{.Subject}})", ""},
		"a flag":              {"notice.new", "{{.CanReply}}", "only layouts can show, or nobody (got {{.CanReply}})", ""},
		"hidden in else":      {"notice.new", "{{if .Due}}x{{else}}{{.Words}}{{end}}", "only layouts can show, or nobody (got {{.Words}})", ""},
		"call":                {"ack.closing", `{{template "ack.reply" .}}`, "no template", ""},
		"define":              {"ack.closing", `Bye{{define "ack.text"}}{{end}}{{define "x"}}y{{end}}`, "define", ""},
		"range":               {"ack.closing", "{{range .Name}}{{end}}", "not for wording", ""},
	} {
		t.Run(name, func(t *testing.T) {
			catalogue, problems := wording.Load(map[string][]byte{"en.toml": own(c.phrase, c.text)})
			if catalogue != nil || len(problems) != 1 {
				t.Fatalf("%d problems, catalogue %v: %+v", len(problems), catalogue, problems)
			}
			if p := problems[0]; p.File != "en.toml" || !slices.Equal(p.Path, []string{"phrase", c.phrase}) || !strings.Contains(p.Text, c.says) || p.Wrong != c.wrong || (p.Wrong != "") != (p.Names != nil) {
				t.Errorf("%+v", p)
			}
		})
	}
}

// All that is wrong in all files is told, in one order.
func TestLoadTellsAll(t *testing.T) {
	files := map[string][]byte{
		"xx.toml": nil, "en": nil, "README": nil, "de.toml": []byte("= 1"), "fr.toml": []byte("phrase = 1\nnever = []"),
		"en.toml": []byte("[phrase]\nack.closing = \"x\"\nack.clos = 1\n\"ack.reply\" = 1.5\n"),
	}
	for range 5 {
		_, problems := wording.Load(files)
		var got []string
		for _, p := range problems {
			got = append(got, p.File+" "+strings.Join(p.Path, "/"))
		}
		want := []string{"README ", "de.toml ", "en ", "en.toml phrase/ack/clos", "en.toml phrase/ack/closing", "en.toml phrase/ack.reply", "fr.toml never", "fr.toml phrase", "xx.toml "}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestLoadSeesPhrasesTogether(t *testing.T) {
	_, problems := wording.Load(map[string][]byte{"en.toml": []byte("[phrase]\n\"ack.received\" = \"We answer as soon\"\n\"ack.company\" = \"as possible.\"\n")})
	if len(problems) != 1 || !slices.Equal(problems[0].Path, []string{"phrase"}) || !strings.Contains(problems[0].Text, "as soon as possible") {
		t.Errorf("%+v", problems)
	}
}

// FuzzLoad: whatever an admin writes, it is refused with all reasons, or each
// message still says the time, the step in an emergency and what to act by.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"[phrase]\n\"ack.promise\" = \"We answer {{.Name}}\"", "[phrase]\n\"ack.promise\" = \"{{if .By}}x{{else}}y{{end}}\"",
		"[phrase]\nack.reply = 1", "[phrase]\n\"late.missed\" = \"{{.Told}}\"", "x = [", "phrase = \"\"", "[phrase]\n\"late.title\" = \"{{.Ticket}}-\"",
		"[phrase]\n\"ack.number\" = \"{{.Ticket}} {{.Address}}\"", "[[phrase]]\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := wording.Load(map[string][]byte{"en.toml": []byte(text)})
		if (c == nil) != (len(problems) > 0) {
			t.Fatalf("catalogue %v with %d problems", c, len(problems))
		}
		if c == nil {
			return
		}
		ack, late, due := ackFacts("en", wording.StyleListened), lateFacts("en"), dueFacts("en")
		for template, facts := range map[string]struct {
			facts any
			says  []string
		}{
			wording.TemplateAcknowledgement: {ack, []string{ack.By, ack.Emergency, ack.Signature, "1042"}},
			wording.TemplateLate:            {late, []string{late.By, late.Told, late.Emergency}},
			wording.TemplateDue:             {due, []string{due.Due, due.From}},
			wording.TemplateNotice:          {noticeFacts("en"), []string{noticeFacts("en").Due, "1042"}},
		} {
			raw, err := json.Marshal(facts.facts)
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.Render(template, "en", raw)
			if err != nil {
				t.Fatal(err)
			}
			check(t, template, m)
			for _, words := range facts.says {
				if !strings.Contains(m.Text, words) {
					t.Errorf("%s does not say %q:\n%s", template, words, m.Text)
				}
			}
		}
	})
}

// TestBuiltinPhrasesAreTaken: the built-in phrases are right by the rules for an
// admin's own, so that a copy of them is a good beginning.
func TestBuiltinPhrasesAreTaken(t *testing.T) {
	for lang, phrases := range wording.Phrases() {
		var file strings.Builder
		file.WriteString("[phrase]\n")
		for name, text := range phrases {
			fmt.Fprintf(&file, "%q = \"\"\"Zz %s\"\"\"\n", name, text)
		}
		c := load(t, map[string][]byte{lang + ".toml": []byte(file.String())})
		if m, err := c.Notice(lang, noticeFacts(lang)); err != nil || strings.Count(m.Text, "Zz ") < 5 {
			t.Errorf("%s: %v\n%s", lang, err, m.Text)
		}
	}
}
