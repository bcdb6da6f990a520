package wording

import (
	"bytes"
	htmltemplate "html/template"
	"strings"
	"testing"
	"text/template/parse"
)

func compileOne(source string) (program, error) {
	c := compiler{trees: make(map[string]*parse.Tree), facts: view{"A": "", "B": "", cleanFact: ""}}
	if err := c.source("it", source); err != nil {
		return nil, err
	}
	return c.compile("it", 0)
}

func TestProgram(t *testing.T) {
	tests := []struct {
		name, source, a, text, html string
	}{
		{"literal", "Hello", "", "Hello", "Hello"},
		{"fact", "[{{.A}}]", "x", "[x]", "[x]"},
		{"escaped", "{{.A}}", `<b a="1" b='2'>&`, `<b a="1" b='2'>&`, "&lt;b a=&#34;1&#34; b=&#39;2&#39;&gt;&amp;"},
		{"line breaks", "{{.A}}", "x\ny", "x\ny", "x<br>\ny"},
		{"quote", "{{quote .A}}", "x\ny", "> x\n> y", "x<br>\ny"},
		{"if", "{{if .A}}yes{{else}}no{{end}}", "x", "yes", "yes"},
		{"if empty", "{{if .A}}yes{{else}}no{{end}}", "", "no", "no"},
		{"else if", "{{if .B}}b{{else if .A}}a{{end}}", "x", "a", "a"},
		{"called", `{{define "c"}}({{.A}}){{end}}{{template "c" .}}!`, "x", "(x)!", "(x)!"},
		{"facts are no templates", "{{.A}}", "{{.B}}", "{{.B}}", "{{.B}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := compileOne(tt.source)
			if err != nil {
				t.Fatal(err)
			}
			var text, html strings.Builder
			p.run(&text, view{"A": tt.a, "B": ""}, false)
			p.run(&html, view{"A": tt.a, "B": ""}, true)
			if text.String() != tt.text || html.String() != tt.html {
				t.Errorf("got text %q, html %q; want %q, %q", text.String(), html.String(), tt.text, tt.html)
			}
		})
	}
}

func TestProgramRefuses(t *testing.T) {
	tests := []struct{ name, source, says string }{
		{"unknown fact", "{{.C}}", "no fact C"},
		{"unknown fact in a choice", "{{if .C}}{{end}}", "no fact C"},
		{"unknown template", `{{template "c" .}}`, `no template or phrase "c"`},
		{"function", "{{len .A}}", "not defined"},
		{"pipeline", "{{.A | quote}}", "not for wording"},
		{"variable", "{{$x := .A}}", "not for wording"},
		{"range", "{{range .A}}{{end}}", "not for wording"},
		{"field of a field", "{{.A.B}}", "not for wording"},
		{"quote in a choice", "{{if quote .A}}{{end}}", "fact alone"},
		{"HTML that nobody cleaned", "{{clean .A}}", "only WordsHTML"},
		{"HTML as words", "{{.WordsHTML}}", "only WordsHTML"},
		{"HTML as words, richer", "{{rich .WordsHTML}}", "only WordsHTML"},
		{"recursion", `{{define "c"}}{{template "c" .}}{{end}}{{template "c" .}}`, "calls itself"},
		{"syntax", "{{if .A}}", "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := compileOne(tt.source)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
}

// oracle is the same template run by html/template, which knows each place's
// context: our escaping must be what it does there.
func oracle(t *testing.T, tongue *tongue, name string, v view) string {
	t.Helper()
	h := htmltemplate.New(name).Funcs(htmltemplate.FuncMap{"quote": quote, "clean": func(s string) htmltemplate.HTML { return htmltemplate.HTML(s) }})
	for phrase, source := range tongue.data.Phrase {
		htmltemplate.Must(h.New(phrase).Parse(source))
	}
	htmltemplate.Must(h.ParseFS(layoutFiles, "layout/mail.html.tmpl", "layout/"+name+".html.tmpl"))
	var b bytes.Buffer
	if err := h.ExecuteTemplate(&b, name+".html", v); err != nil {
		t.Fatal(err)
	}
	// html/template escapes the plus sign too, for UTF-7, which no document that
	// names its charset is read as.
	return strings.ReplaceAll(b.String(), "&#43;", "+")
}

// A name that runs from right to left does not turn the sentence around it.
func TestNamesAreIsolated(t *testing.T) {
	m, err := Builtin().Notice("en", NoticeFacts{Subject: "<\u05d0>", Company: "Acme", Words: "\u05d0"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.HTML, "<bdi>&lt;\u05d0&gt;</bdi>") || strings.Count(m.HTML, "<bdi>") != 1 || strings.Contains(m.Text, "bdi") {
		t.Errorf("%s\n%s", m.HTML, m.Text)
	}
}

func TestEscapingIsThatOfHTMLTemplate(t *testing.T) {
	for _, lang := range Languages() {
		tongue, err := Builtin().speak(lang)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]view{
			TemplateAcknowledgement: tongue.acknowledgement(AckFacts{}),
			TemplateNotice:          tongue.notice(NoticeFacts{}),
			TemplatePage:            tongue.page(PageFacts{}),
			TemplateLate:            tongue.late(LateFacts{}),
			TemplateSlow:            tongue.slow(SlowFacts{}),
			TemplateSolved:          tongue.solved(SolvedFacts{}),
			TemplateDue:             tongue.due(DueFacts{}),
			TemplateClock:           tongue.clock(ClockFacts{}),
			TemplateUpdate:          tongue.update(UpdateFacts{}),
			TemplateStatus:          tongue.status(StatusFacts{}),
			TemplateOwnName:         tongue.ownName(OwnNameFacts{}),
			TemplateForward:         tongue.forward(ForwardFacts{}),
			TemplateUnsent:          tongue.unsent(UnsentFacts{}),
			TemplateDone:            tongue.done(DoneFacts{}),
			TemplateWhy:             tongue.why(WhyFacts{}),
			TemplateHelp:            tongue.help(HelpFacts{}),
		} {
			for _, evil := range []string{"plain", `</p><script>alert("1")</script>`, `" onload='x' + "`, "a & b &amp; c", "`$(x)` <!-- -->", ""} {
				for fact := range v {
					v[fact] = evil
				}
				v["Lang"] = lang
				if name == TemplateSolved { // links are made of what is escaped before, and are none that html/template would not let pass
					tongue.ways(v, evil, evil)
				}
				for fact := range v {
					if name != TemplateSolved && strings.HasSuffix(fact, "Link") {
						v[fact] = mailto(evil, evil, evil)
					}
				}
				if got, want := tongue.write(name, v).HTML, oracle(t, tongue, name, v); got != want {
					t.Errorf("%s %s with %q:\n%s\nhtml/template has\n%s", lang, name, evil, got, want)
				}
			}
		}
	}
}
