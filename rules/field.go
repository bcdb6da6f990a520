package rules

import "unicode/utf8"

// field is one text of the facts.
type field uint8

const (
	fieldSubject field = iota
	fieldWords
	fieldSender
	fieldName
	fieldRecipient
	fieldSenderAuth
	fieldCustomer
	fieldLevel
	fieldDesk
	fieldStatus
	fieldTags
	fieldLanguage
	fieldHeader
	fieldScanner
	fieldPlain // so many are asked in a condition itself

	fieldFileName = fieldPlain // of attachment, as many texts as there are files
	fieldFileType = fieldPlain + 1
	fieldCount    = fieldPlain + 2
)

// name is the field's key in TOML.
func (f field) name() string {
	return [fieldCount]string{
		"subject", "words", "sender", "name", "recipient", "sender_auth", "customer", "level", "desk", "status", "tags",
		"language", "header", "scanner", "attachment name", "attachment type",
	}[f]
}

// match takes the field's match from a condition.
func (f field) match(c *Condition) *Match {
	return [fieldPlain]*Match{
		c.Subject, c.Words, c.Sender, c.Name, c.Recipient, c.SenderAuth, c.Customer, c.Level, c.Desk, c.Status, c.Tags,
		c.Language, c.Header, c.Scanner,
	}[f]
}

// one is the text of a field that has one.
func (f field) one(facts *Facts) string {
	switch f {
	case fieldSubject:
		return facts.Subject
	case fieldWords:
		return facts.Words
	case fieldSender:
		return facts.Sender
	case fieldName:
		return facts.Name
	case fieldSenderAuth:
		return facts.SenderAuth
	case fieldCustomer:
		return facts.Customer
	case fieldLevel:
		return facts.Level
	case fieldDesk:
		return facts.Desk
	case fieldStatus:
		return facts.Status
	case fieldLanguage:
		return facts.Language
	}
	return ""
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
