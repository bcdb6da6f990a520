package wording

import (
	"maps"
	"slices"
	"strings"
)

// templateFile takes the name of a file of a template's words apart: outage.en.toml.
func templateFile(file string) (template, tag string, ok bool) {
	base, isTOML := strings.CutSuffix(file, ".toml")
	dot := strings.LastIndexByte(base, '.')
	if !isTOML || dot <= 0 {
		return "", "", false
	}
	return base[:dot], base[dot+1:], true
}

// readTemplates reads the words of templates, over those of their languages.
func (c *Catalogue) readTemplates(files map[string][]byte) (wrong []Problem) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		template, tag, ok := templateFile(name)
		if !ok {
			continue
		}
		f := &ownFile{name: name, tongue: Builtin().tongues[tag]}
		if f.tongue == nil {
			f.at(nil, "is of no language that mailgw speaks (got %q); write %s.%s, or take it out of the folder", name, template, Builtin().tags[0]+".toml")
			wrong = append(wrong, f.wrong...)
			continue
		}
		if usual := c.tongues[tag]; usual != nil {
			f.tongue = usual
		}
		if c.templates == nil {
			c.templates = make(map[string]map[string]*tongue)
		}
		if c.templates[template] == nil {
			c.templates[template] = make(map[string]*tongue)
		}
		c.templates[template][tag] = f.read(files[name])
		wrong = append(wrong, f.wrong...)
	}
	return wrong
}

// Templates are the names of the templates that [Load] has read, sorted; nil for none.
func (c *Catalogue) Templates() []string { return slices.Sorted(maps.Keys(c.templates)) }
