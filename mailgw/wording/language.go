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

// Catalogue is every language that the gateway speaks, ready to write messages.
// It is made by Builtin or Load and never changes; the zero value is of no use.
type Catalogue struct {
	tongues map[string]*tongue
	tags    []string // sorted, the fallback first
	// templates are own words for some acknowledgements, by name and language; nil for none
	templates map[string]map[string]*tongue
	matcher   language.Matcher
	never     []string // of all languages, folded
	broken    error    // the built-in languages cannot be used, which tests exclude
}

// loaded is the built-in catalogue, made at the first use. It depends on nothing
// but the embedded files: it is a constant that Go cannot write as one.
var loaded = sync.OnceValues(readBuiltin)

// Builtin is the catalogue as it comes with the program.
func Builtin() *Catalogue {
	c, err := loaded()
	if err != nil {
		return &Catalogue{broken: err}
	}
	return c
}

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
func (c *Catalogue) Match(lang string) string {
	if c.broken != nil {
		return fallback
	}
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
func (c *Catalogue) speak(lang string) (*tongue, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	return c.tongues[c.Match(lang)], nil
}

func readBuiltin() (*Catalogue, error) {
	files, err := languageFiles.ReadDir("lang")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	c := &Catalogue{tongues: make(map[string]*tongue), tags: []string{fallback}}
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
	var data languageFile
	md, err := toml.Decode(string(raw), &data)
	if err != nil {
		return nil, err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %s", extra[0])
	}
	for name, phrase := range data.Phrase {
		if strings.ContainsAny(phrase, "<>&\n") {
			return nil, fmt.Errorf("phrase %q: has markup or a line break", name)
		}
	}
	return newTongue(tag, data)
}

// newTongue joins the words of a language with the layouts.
func newTongue(tag string, data languageFile) (*tongue, error) {
	t := &tongue{tag: tag, data: data, templates: make(map[string]messagePrograms)}
	phrases := compiler{trees: make(map[string]*parse.Tree)}
	for name, phrase := range data.Phrase {
		if err := phrases.source(name, phrase); err != nil {
			return nil, err
		}
	}
	for name, facts := range t.bare() {
		programs, err := compileMessage(name, facts, phrases.trees)
		if err != nil {
			return nil, err
		}
		t.templates[name] = programs
	}
	return t, nil
}

// bare is the view of each template when there is nothing to say; its keys are
// the names of the template's facts.
func (t *tongue) bare() map[string]view {
	return map[string]view{
		TemplateAcknowledgement: t.acknowledgement(AckFacts{}),
		TemplateNotice:          t.notice(NoticeFacts{}),
		TemplatePage:            t.page(PageFacts{}),
		TemplateAnswer:          t.answer(AnswerFacts{}),
		TemplateNotSent:         t.notSent(NotSentFacts{}),
		TemplateCommands:        t.commands(CommandFacts{}),
		TemplateUndelivered:     t.undelivered(UndeliveredFacts{}),
		TemplateDrawer:          t.drawer(DrawerFacts{}),
		TemplateSlow:            t.slow(SlowFacts{}),
		TemplateLate:            t.late(LateFacts{}),
		TemplateDue:             t.due(DueFacts{}),
		TemplateBehind:          t.drawer(DrawerFacts{}),
		TemplateLastHour:        t.drawer(DrawerFacts{}),
		TemplateDigest:          t.digest(DigestFacts{}),
		TemplateSolved:          t.solved(SolvedFacts{}),
		TemplateClock:           t.clock(ClockFacts{}),
		TemplateUpdate:          t.update(UpdateFacts{}),
		TemplateStatus:          t.status(StatusFacts{}),
		TemplateOwnName:         t.ownName(OwnNameFacts{}),
		TemplateForward:         t.forward(ForwardFacts{}),
		TemplateUnsent:          t.unsent(UnsentFacts{}),
		TemplateDone:            t.done(DoneFacts{}),
		TemplateWhy:             t.why(WhyFacts{}),
		TemplateHelp:            t.help(HelpFacts{}),
	}
}

// compileMessage joins a template's two layouts with the phrases of a language.
func compileMessage(name string, facts view, phrases map[string]*parse.Tree) (m messagePrograms, err error) {
	text := compiler{trees: maps.Clone(phrases), facts: facts}
	html := compiler{trees: maps.Clone(phrases), facts: facts}
	if err = text.layouts(name + ".text"); err != nil {
		return m, err
	}
	if err = html.layouts(name+".html", "mail.html"); err != nil {
		return m, err
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

// layouts parses the named files of the folder layout.
func (c *compiler) layouts(names ...string) error {
	for _, name := range names {
		raw, err := layoutFiles.ReadFile("layout/" + name + ".tmpl")
		if err != nil {
			return err
		}
		if err := c.source(name+".tmpl", string(raw)); err != nil {
			return err
		}
	}
	return nil
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
