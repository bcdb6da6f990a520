package mailauth

import (
	"slices"
	"strings"
)

// results is one Authentication-Results field.
type results struct {
	id   string // authserv-id in lower case; noID when the field has none
	list []result
}

// result is what a field says about one method.
type result struct {
	method, value string // in lower case: dkim, pass
	comments      []string
	properties    []property
}

// property is what was checked: header.d=example.com.
type property struct{ name, value string } // the name in lower case

// noID is the id of a field that has none, as Microsoft 365 writes it.
const noID = "-"

// get returns a property's value, "" when there is none.
func (r *result) get(name string) string {
	for _, p := range r.properties {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// parseResults reads a field's value, whatever its writer thought of RFC 8601 §2.2.
// It returns false when the field has a quote or comment that is not closed, or
// text behind its id: then nothing that it says may count.
func parseResults(v string) (results, bool) {
	p := &scanner{text: v}
	f := results{id: readID(p)}
	// RFC 8601 §2.2: a version may follow the id.
	if p.skip(); !p.done() && !p.at(';') {
		if version := p.word("="); strings.Trim(version, "0123456789") != "" {
			return f, false
		}
		if p.skip(); !p.done() && !p.at(';') {
			return f, false
		}
	}
	if f.id == noID {
		p.pos = 0
	}
	for !p.done() && !p.bad {
		if p.skip(); p.at(';') {
			p.pos++
			continue
		}
		if r, ok := readResult(p); ok {
			f.list = append(f.list, r)
		}
	}
	return f, !p.bad
}

// readID reads the authserv-id and stands behind it. A field without one begins
// with its first result; then it stands at the end of that.
func readID(p *scanner) string {
	p.skip()
	id := p.word("=")
	if p.skip(); p.at('=') {
		p.pos = len(p.text)
		return noID
	}
	id, _, _ = strings.Cut(id, "/")
	return normalID(id)
}

// normalID is the form in which ids are compared.
func normalID(id string) string { return strings.TrimSuffix(strings.ToLower(id), ".") }

// readResult reads up to the next semicolon: method=value and its properties.
// RFC 8601 §2.2: "none" stands alone; so does whatever else is no result.
func readResult(p *scanner) (r result, ok bool) {
	p.comments = nil
	method := p.word("=")
	if p.skip(); !p.at('=') {
		for !p.done() && !p.at(';') {
			p.word("")
			p.skip()
		}
		return r, false
	}
	p.pos++
	p.skip()
	method, _, _ = strings.Cut(method, "/") // a version
	r.method, r.value = strings.ToLower(method), strings.ToLower(p.word(""))
	before := "" // of a name that is written with spaces around its dot
	for {
		if p.skip(); p.done() || p.at(';') {
			break
		}
		name := strings.ToLower(p.word("="))
		if strings.HasSuffix(before, ".") || strings.HasPrefix(name, ".") {
			name = before + name
		}
		if p.skip(); !p.at('=') {
			before = name
			continue
		}
		p.pos++
		r.properties = append(r.properties, property{name, readValue(p)})
		before = ""
	}
	r.comments = p.comments
	return r, true
}

// readValue reads a property's value, which may be empty: then the next property
// is not taken for it.
func readValue(p *scanner) string {
	if p.done() || !isSpace(p.text[p.pos]) {
		return p.word("")
	}
	p.skip()
	start := p.pos
	kind, _, dotted := strings.Cut(strings.ToLower(p.word("=")), ".")
	// RFC 8601 §2.3 and later: the kinds of properties.
	next := dotted && p.at('=') && slices.Contains([]string{"smtp", "header", "body", "policy", "dns"}, kind)
	p.pos = start
	if next {
		return ""
	}
	return p.word("")
}
