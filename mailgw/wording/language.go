package wording

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template/parse"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

//go:embed lang/*.toml
var languageFiles embed.FS

//go:embed layout/*.tmpl
var layoutFiles embed.FS

// fallback is the language of mails whose own we do not have.
const fallback = "en"

// maxTag is how much of a language header is worth reading, in bytes.
const maxTag = 100

// tongue is one language: the words of its file, joined with the layouts that
// all languages share. Nothing of it changes after load.
type tongue struct {
	tag       string
	data      languageFile
	templates map[string]messagePrograms // by template name
}

// messagePrograms write the three parts of a Message.
type messagePrograms struct{ subject, text, html program }

// languageFile is the form of lang/*.toml.
type languageFile struct {
	// Never lists phrases that we do not say, see Forbidden.
	Never []string `toml:"never"`
	// Phrase are small templates, by the name under which the layouts call them. The
	// same phrase goes into text and HTML: it has no markup of its own.
	Phrase map[string]string `toml:"phrase"`
	// Word translates the gateway's own words: kind, then word.
	Word map[string]map[string]string `toml:"word"`
}

// word translates one of the gateway's own words; unknown ones stay.
func (t *tongue) word(kind, word string) string {
	if said, ok := t.data.Word[kind][word]; ok {
		return said
	}
	return line(word, maxLine)
}

// catalogue is all that is embedded, parsed once.
type catalogue struct {
	tongues map[string]*tongue
	tags    []string // sorted, the fallback first
	matcher language.Matcher
	never   []string // of all languages, folded
}

// loaded is the catalogue, made at the first use. It depends on nothing but the
// embedded files: it is a constant that Go cannot write as one.
var loaded = sync.OnceValues(load)

// Languages are the tags of the languages we speak, the fallback first.
func Languages() []string {
	c, err := loaded()
	if err != nil {
		return nil
	}
	return slices.Clone(c.tags)
}

// Match is the nearest available language for a tag such as "de-CH" or a header
// such as Content-Language; "en" when lang is empty, not understood or far from
// all we have.
func Match(lang string) string {
	c, err := loaded()
	if err != nil {
		return fallback
	}
	return c.match(lang)
}

func (c *catalogue) match(lang string) string {
	if _, ok := c.tongues[lang]; ok {
		return lang
	}
	if primary, _, ok := strings.Cut(lang, "-"); ok && !strings.ContainsAny(lang, ",;") {
		if _, ok := c.tongues[primary]; ok {
			return primary
		}
	}
	if len(lang) > maxTag {
		return fallback
	}
	wanted, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(lang, "_", "-"))
	if err != nil || len(wanted) == 0 {
		return fallback
	}
	_, i, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return fallback
	}
	return c.tags[i]
}

// speak is the language nearest to lang.
func speak(lang string) (*tongue, error) {
	c, err := loaded()
	if err != nil {
		return nil, err
	}
	return c.tongues[c.match(lang)], nil
}

func load() (*catalogue, error) {
	files, err := languageFiles.ReadDir("lang")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	c := &catalogue{tongues: make(map[string]*tongue), tags: []string{fallback}}
	for _, f := range files {
		tag := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		if c.tongues[tag], err = loadTongue(tag); err != nil {
			return nil, fmt.Errorf("language %s: %w", tag, err)
		}
		if tag != fallback {
			c.tags = append(c.tags, tag)
		}
		for _, phrase := range c.tongues[tag].data.Never {
			c.never = append(c.never, fold(phrase))
		}
	}
	known := make([]language.Tag, len(c.tags))
	for i, tag := range c.tags {
		if known[i], err = language.Parse(tag); err != nil {
			return nil, fmt.Errorf("language %s: %w", tag, err)
		}
	}
	c.matcher = language.NewMatcher(known)
	return c, nil
}

func loadTongue(tag string) (*tongue, error) {
	raw, err := languageFiles.ReadFile("lang/" + tag + ".toml")
	if err != nil {
		return nil, err
	}
	t := &tongue{tag: tag, templates: make(map[string]messagePrograms)}
	md, err := toml.Decode(string(raw), &t.data)
	if err != nil {
		return nil, err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %s", extra[0])
	}
	phrases := compiler{trees: make(map[string]*parse.Tree)}
	for name, phrase := range t.data.Phrase {
		if strings.ContainsAny(phrase, "<>&\n") {
			return nil, fmt.Errorf("phrase %q: has markup or a line break", name)
		}
		if err := phrases.source(name, phrase); err != nil {
			return nil, err
		}
	}
	for name, facts := range map[string]view{
		TemplateAcknowledgement: t.acknowledgement(AckFacts{}),
		TemplateNotice:          t.notice(NoticeFacts{}),
		TemplatePage:            t.page(PageFacts{}),
		TemplateAnswer:          t.answer(AnswerFacts{}),
		TemplateNotSent:         t.notSent(NotSentFacts{}),
		TemplateCommands:        t.commands(CommandFacts{}),
		TemplateUndelivered:     t.undelivered(UndeliveredFacts{}),
		TemplateDrawer:          t.drawer(DrawerFacts{}),
		TemplateLate:            t.late(LateFacts{}),
		TemplateDue:             t.due(DueFacts{}),
	} {
		if t.templates[name], err = compileMessage(name, facts, phrases.trees); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// compileMessage joins a template's two layouts with the phrases of a language.
func compileMessage(name string, facts view, phrases map[string]*parse.Tree) (m messagePrograms, err error) {
	text := compiler{trees: maps.Clone(phrases), facts: facts}
	html := compiler{trees: maps.Clone(phrases), facts: facts}
	for _, l := range []struct {
		c    compiler
		file string
	}{{text, name + ".text"}, {html, name + ".html"}, {html, "mail.html"}} {
		raw, err := layoutFiles.ReadFile("layout/" + l.file + ".tmpl")
		if err != nil {
			return m, err
		}
		if err := l.c.source(l.file+".tmpl", string(raw)); err != nil {
			return m, err
		}
	}
	if m.subject, err = text.compile(name+".subject", 0); err != nil {
		return m, err
	}
	if m.text, err = text.compile(name+".text", 0); err != nil {
		return m, err
	}
	m.html, err = html.compile(name+".html", 0)
	return m, err
}

// write runs a template's programs.
func (t *tongue) write(name string, v view) Message {
	p := t.templates[name]
	var subject, text, html strings.Builder
	p.subject.run(&subject, v, false)
	text.Grow(2048 + len(v["Words"]))
	p.text.run(&text, v, false)
	html.Grow(4096 + len(v["Words"]))
	p.html.run(&html, v, true)
	return Message{
		Subject: line(subject.String(), maxSubject),
		Text:    strings.Trim(text.String(), "\n") + "\n",
		HTML:    html.String(),
	}
}
