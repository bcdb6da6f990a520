package customer

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// String writes an agreement in one line, as [ParseAgreement] reads it:
//
//	premium name="Gold 2026" desks=support,billing products="Spectra 3000" until=2026-12-31
func (a *Agreement) String() string {
	var b strings.Builder
	b.WriteString(quoteField(a.Level))
	for _, f := range []struct {
		key  string
		list []string
	}{{"name", one(a.Name)}, {"desks", a.Desks}, {"people", a.People}, {"products", a.Products}, {"from", one(a.From)}, {"until", one(a.Until)}} {
		for i, v := range f.list {
			if i == 0 {
				b.WriteString(" " + f.key + "=")
			} else {
				b.WriteByte(',')
			}
			b.WriteString(quoteField(v))
		}
	}
	return b.String()
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// quoteField puts quotes around what would not be read as one value.
func quoteField(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",=\"'|;", r) }) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// ParseAgreement reads an agreement in one line: the level, then key=value of name,
// desks, people, products, from and until, with commas in lists, and quotes, doubled
// inside, around values with blanks or commas. The error says what is wrong with the
// form and what to write instead; [Problems] says what is wrong with the values.
func ParseAgreement(text string) (Agreement, error) {
	var a Agreement
	p := fieldReader{rest: strings.TrimSpace(text)}
	seen := map[string]bool{}
	for p.rest != "" {
		key, values, err := p.field()
		if err != nil {
			return Agreement{}, fmt.Errorf("agreement %q: %w", text, err)
		}
		if seen[key] {
			return Agreement{}, fmt.Errorf("agreement %q: %s stands there twice; write it once", text, cmp.Or(key, "the level"))
		}
		seen[key] = true
		single := map[string]*string{"": &a.Level, "level": &a.Level, "name": &a.Name, "from": &a.From, "until": &a.Until}[key]
		several := map[string]*[]string{"desks": &a.Desks, "desk": &a.Desks, "people": &a.People, "products": &a.Products, "product": &a.Products}[key]
		switch {
		case several != nil:
			*several = append(*several, values...)
		case single == nil:
			return Agreement{}, fmt.Errorf("agreement %q: there is no %q; write name, desks, people, products, from or until", text, key)
		case len(values) != 1:
			return Agreement{}, fmt.Errorf("agreement %q: %s has %d values; write one, in quotes when it has a comma", text, cmp.Or(key, "the level"), len(values))
		default:
			*single = values[0]
		}
	}
	if a.Level == "" {
		return Agreement{}, fmt.Errorf(`agreement %q: it names no level; write it first, like: premium name="Gold 2026" until=2026-12-31`, text)
	}
	return a, nil
}

// fieldReader reads key=value,value fields that blanks part.
type fieldReader struct{ rest string }

var errQuote = errors.New("a quote is not closed, or something stands right behind it; write name=\"Gold 2026\", with \"\" for a quote inside")

// field reads the next field; key is "" when there is only a value.
func (p *fieldReader) field() (key string, values []string, err error) {
	if at := strings.IndexAny(p.rest, " \t\r\n,=\"'"); at > 0 && p.rest[at] == '=' {
		key, p.rest = strings.ToLower(p.rest[:at]), p.rest[at+1:]
	}
	for {
		v, err := p.value()
		if err != nil {
			return key, nil, err
		}
		values = append(values, v)
		if !strings.HasPrefix(p.rest, ",") {
			break
		}
		p.rest = p.rest[1:]
	}
	p.rest = strings.TrimSpace(p.rest)
	return key, values, nil
}

// value reads one value, to a comma, a blank or the end.
func (p *fieldReader) value() (string, error) {
	if !strings.HasPrefix(p.rest, `"`) {
		at := strings.IndexAny(p.rest, " \t\r\n,")
		if at < 0 {
			at = len(p.rest)
		}
		v := p.rest[:at]
		p.rest = p.rest[at:]
		if v == "" || strings.ContainsAny(v, `="`) {
			return "", fmt.Errorf("%q cannot be read; write key=value, with quotes around a value that has blanks, commas, = or quotes", v)
		}
		return v, nil
	}
	var b strings.Builder
	for rest := p.rest[1:]; ; {
		at := strings.IndexByte(rest, '"')
		if at < 0 {
			return "", errQuote
		}
		b.WriteString(rest[:at])
		rest = rest[at+1:]
		if strings.HasPrefix(rest, `"`) {
			b.WriteByte('"')
			rest = rest[1:]
			continue
		}
		if rest != "" && !strings.ContainsRune(" \t\r\n,", rune(rest[0])) {
			return "", errQuote
		}
		p.rest = rest
		return b.String(), nil
	}
}
