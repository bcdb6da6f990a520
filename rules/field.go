package rules

import "unicode/utf8"

// field is one text of the facts.
type field uint8

const (
	fieldSubject field = iota
	fieldWords
	fieldSender
	fieldCustomer
	fieldLevel
	fieldDesk
	fieldHeader
	fieldCount
)

// name is the field's key in TOML.
func (f field) name() string {
	return [fieldCount]string{"subject", "words", "sender", "customer", "level", "desk", "header"}[f]
}

// text takes the field from the facts, cut to what is looked at.
func (f field) text(facts *Facts) string {
	text := [fieldCount]*string{
		&facts.Subject, &facts.Words, &facts.Sender, &facts.Customer, &facts.Level, &facts.Desk, &facts.Header,
	}[f]
	return cut(*text, MaxTextBytes)
}

// match takes the field's match from a condition.
func (f field) match(c *Condition) *Match {
	return [fieldCount]*Match{c.Subject, c.Words, c.Sender, c.Customer, c.Level, c.Desk, c.Header}[f]
}

// cut returns at most n bytes of s and no half character.
func cut[T string | []byte](s T, n int) T {
	if len(s) <= n {
		return s
	}
	for back := 0; back < utf8.UTFMax && n > 0 && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return s[:n]
}
