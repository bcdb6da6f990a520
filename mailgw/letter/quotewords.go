package letter

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// quoteFiles are the words that mail programs write around an earlier mail, one
// file a language; en.txt says how they are read.
//
//go:embed quotes/*.txt
var quoteFiles embed.FS

// headerLabel is a field's role in a header that was repeated as text.
type headerLabel int

const (
	labelNone headerLabel = iota
	labelFrom
	labelSent
	labelTo
	labelSubject
	labelOther // a field that stands there too, such as Cc
	labels
)

// labelKeys are the roles as the files call them.
var labelKeys = map[string]headerLabel{"from": labelFrom, "sent": labelSent, "to": labelTo, "subject": labelSubject, "cc": labelOther}

// quoteTable is what all languages have, in small letters.
type quoteTable struct {
	labels    map[string]headerLabel // names of fields
	on        map[string]bool        // first words of an announcement
	wrote     phrases                // its verbs
	original  phrases                // what stands above an earlier mail
	forwarded phrases                // what stands above a mail that is passed on
	fwd       map[string]bool        // marks before its subject
	device    phrases                // beginnings of the line that a phone adds
	gear      phrases                // of which that line speaks
	pardon    phrases                // for what it may ask
	ended     phrases                // what stands below a mail that was passed on
	notice    phrases                // headings of disclaimers
	opens     phrases                // how disclaimers begin
	footer    phrases                // how lines begin that are no more than a footer
	checked   phrases                // how those begin that need a link for it
	legal     legalTable             // what disclaimers say
	months    map[string]int         // names and abbreviations, 1 to 12
	common    map[string][]string    // frequent words, by language
}

// quoteWords is the table of all files. Nothing changes it.
var quoteWords = mustReadQuotes()

func mustReadQuotes() *quoteTable {
	t, err := readQuotes(embedded(quoteFiles, "quotes"))
	if err != nil {
		panic("letter: " + err.Error()) // TestQuoteFiles reads the same files
	}
	return t
}

// readQuotes makes the table of files by language.
func readQuotes(files map[string]string) (*quoteTable, error) {
	t := &quoteTable{
		labels: map[string]headerLabel{}, on: map[string]bool{}, fwd: map[string]bool{}, months: map[string]int{}, common: map[string][]string{},
	}
	lists := map[string][]string{}
	err := phraseLines("quotes", files, func(lang, line string) error {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return errNoQuoteLine
		}
		return t.add(lists, lang, key, strings.TrimSpace(value))
	})
	if err != nil {
		return nil, err
	}
	for key, all := range lists {
		slices.Sort(all)
		for _, p := range all {
			t.listOf(key).add(p)
		}
	}
	return t, nil
}

var (
	errNoQuoteLine = errors.New(`must be "key: phrase, phrase"`)
	errTwoRoles    = errors.New("is the name of two fields")
	errMonths      = errors.New(`must be twelve months with "/" between them`)
	errTooShort    = errors.New("is too short")
	errUnknownKey  = errors.New("is no key")
)

// listOf returns the list of phrases that a key means, nil for all other keys.
func (t *quoteTable) listOf(key string) *phrases {
	switch key {
	case "wrote":
		return &t.wrote
	case "original":
		return &t.original
	case "forwarded":
		return &t.forwarded
	case "ended":
		return &t.ended
	case "device":
		return &t.device
	case "gear":
		return &t.gear
	case "pardon":
		return &t.pardon
	case "notice":
		return &t.notice
	case "opens":
		return &t.opens
	case "footer":
		return &t.footer
	case "checked":
		return &t.checked
	}
	return nil
}

// add takes one line of a file. What belongs to a list of phrases it adds to lists, by
// the key.
func (t *quoteTable) add(lists map[string][]string, lang, key, value string) error {
	if strings.ToLower(value) != value {
		return fmt.Errorf("%q must be in small letters", value)
	}
	phrases := strings.Split(value, ",")
	for i := range phrases {
		phrases[i] = strings.TrimSpace(phrases[i])
	}
	switch role := labelKeys[key]; {
	case role != labelNone:
		for _, p := range phrases {
			if old := t.labels[p]; old != labelNone && old != role {
				return fmt.Errorf("%q %w", p, errTwoRoles)
			}
			t.labels[p] = role
		}
	case t.listOf(key) != nil:
		for _, p := range phrases {
			if len(p) < shortestPhrase {
				return fmt.Errorf("%q %w", p, errTooShort)
			}
		}
		lists[key] = append(lists[key], phrases...)
	case key == "on":
		for _, p := range phrases {
			first, _, _ := strings.Cut(p, " ")
			t.on[first] = true
		}
	case key == "fwd":
		for _, p := range phrases {
			t.fwd[p] = true
		}
	case key == "legal":
		t.legal.add(lang, phrases)
	case key == "self":
		t.legal.self[t.legal.tongue(lang)] = phrases
	case key == "months":
		return t.addMonths(value)
	case key == "words":
		t.common[lang] = append(t.common[lang], strings.Fields(value)...)
	default:
		return fmt.Errorf("%q %w", key, errUnknownKey)
	}
	return nil
}

// addMonths takes twelve lists of names.
func (t *quoteTable) addMonths(value string) error {
	months := strings.Split(value, "/")
	if len(months) != 12 {
		return errMonths
	}
	for i, names := range months {
		for name := range strings.FieldsSeq(names) {
			t.months[name] = i + 1
		}
	}
	return nil
}
