package wording

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
)

// textFuncs are what the layouts and phrases may call in plain text.
var textFuncs = texttemplate.FuncMap{
	"quote": quote,
	"join":  strings.Join,
}

// htmlFuncs are the same in HTML.
var htmlFuncs = htmltemplate.FuncMap{
	"breaks": breaks,
	"join":   strings.Join,
}

// write executes a template's three parts.
func (t *tongue) write(name string, view any) (Message, error) {
	var b bytes.Buffer
	b.Grow(4096)
	if err := t.text[name+".subject"].Execute(&b, view); err != nil {
		return Message{}, fmt.Errorf("write subject: %w", err)
	}
	m := Message{Subject: line(b.String(), maxSubject)}
	b.Reset()
	if err := t.text[name+".text"].Execute(&b, view); err != nil {
		return Message{}, fmt.Errorf("write text: %w", err)
	}
	m.Text = strings.Trim(b.String(), "\n") + "\n"
	b.Reset()
	if err := t.html[name].Execute(&b, view); err != nil {
		return Message{}, fmt.Errorf("write html: %w", err)
	}
	m.HTML = b.String()
	return m, nil
}

// quote marks each line as somebody else's words, so that no word of theirs can
// pass for one of ours.
func quote(s string) string {
	return "> " + strings.ReplaceAll(s, "\n", "\n> ")
}

// breaks keeps the line breaks of words in HTML. Not every mail client knows
// white-space: pre-wrap, all know <br>.
func breaks(s string) htmltemplate.HTML {
	return htmltemplate.HTML(strings.ReplaceAll(htmltemplate.HTMLEscapeString(s), "\n", "<br>\n"))
}
