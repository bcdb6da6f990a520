package wording

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	texttemplate "text/template"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

//go:embed lang/*.toml
var languageFiles embed.FS

//go:embed layout/*.tmpl
var layoutFiles embed.FS

// fallback is the language of mails whose own we do not have.
const fallback = "en"

// tongue is one language: the words of its file, joined with the layouts that
// all languages share.
type tongue struct {
	tag  string
	data languageFile
	// text and html hold, by name, the layouts that are executed. Both are complete
	// after load and only read later.
	text map[string]*texttemplate.Template
	html map[string]*htmltemplate.Template
}

// languageFile is the form of lang/*.toml.
type languageFile struct {
	// Never lists phrases that we do not say, see Forbidden.
	Never []string `toml:"never"`
	// Phrase are small templates, by the name under which the layouts call them. The
	// same phrase goes into text and HTML; escaping is the template's work.
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
	if len(lang) > 100 {
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
	t := &tongue{tag: tag, text: make(map[string]*texttemplate.Template), html: make(map[string]*htmltemplate.Template)}
	md, err := toml.Decode(string(raw), &t.data)
	if err != nil {
		return nil, err
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %s", extra[0])
	}
	text := texttemplate.New(tag).Funcs(textFuncs)
	html := htmltemplate.New(tag).Funcs(htmlFuncs)
	for name, phrase := range t.data.Phrase {
		phrase = strings.TrimSpace(phrase)
		if _, err := text.New(name).Parse(phrase); err != nil {
			return nil, err
		}
		if _, err := html.New(name).Parse(phrase); err != nil {
			return nil, err
		}
	}
	if _, err := text.ParseFS(layoutFiles, "layout/*.text.tmpl"); err != nil {
		return nil, err
	}
	if _, err := html.ParseFS(layoutFiles, "layout/*.html.tmpl"); err != nil {
		return nil, err
	}
	return t, t.compile(text, html)
}

// compile picks out what is executed and executes it once without facts, so
// that a phrase that is missing or breaks HTML is found here, not in a mail.
func (t *tongue) compile(text *texttemplate.Template, html *htmltemplate.Template) error {
	for name, blank := range map[string]any{TemplateAcknowledgement: ackView{}, TemplateNotice: noticeView{}, TemplatePage: pageView{}} {
		for _, part := range []string{".subject", ".text"} {
			p := text.Lookup(name + part)
			if p == nil {
				return fmt.Errorf("no template %s%s", name, part)
			}
			if err := p.Execute(io.Discard, blank); err != nil {
				return err
			}
			t.text[name+part] = p
		}
		h := html.Lookup(name + ".html")
		if h == nil {
			return fmt.Errorf("no template %s.html", name)
		}
		if err := h.Execute(io.Discard, blank); err != nil {
			return err
		}
		t.html[name] = h
	}
	return nil
}
