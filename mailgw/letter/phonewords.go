package letter

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phoneFiles are the words around phone numbers, one file a language; en.txt says
// how they are read.
//
//go:embed phones/*.txt
var phoneFiles embed.FS

// phoneTable is what all languages have, in small letters.
type phoneTable struct {
	labels map[string][]string // by their last word
	glued  []string            // labels of scripts that write no spaces
	never  map[string]bool
	unit   map[string]bool
}

// phoneWords is the table of all files. Nothing changes it.
var phoneWords = mustReadPhoneWords()

func mustReadPhoneWords() *phoneTable {
	t, err := readPhoneWords(embedded(phoneFiles, "phones"))
	if err != nil {
		panic("letter: " + err.Error()) // TestPhoneFiles reads the same files
	}
	return t
}

func readPhoneWords(files map[string]string) (*phoneTable, error) {
	t := &phoneTable{labels: map[string][]string{}, never: map[string]bool{}, unit: map[string]bool{}}
	err := phraseLines("phones", files, func(_, line string) error {
		key, value, _ := strings.Cut(line, ":")
		if strings.ToLower(value) != value {
			return fmt.Errorf("%q must be in small letters", value)
		}
		for word := range strings.SplitSeq(value, ",") {
			if !t.add(key, strings.TrimSpace(word)) {
				return fmt.Errorf("%q is no key", key)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The longest label is asked first.
	for _, list := range t.labels {
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	}
	return t, nil
}

func (t *phoneTable) add(key, word string) bool {
	switch first, _ := utf8.DecodeRuneInString(word); {
	case key == "never":
		t.never[word] = true
	case key == "unit":
		t.unit[word] = true
	case key != "label":
		return false
	case first >= 0x2e80:
		t.glued = append(t.glued, word)
	default:
		last := lastLetters(word)
		if !slices.Contains(t.labels[last], word) {
			t.labels[last] = append(t.labels[last], word)
		}
	}
	return true
}

// longestLabel is how many bytes before a number may name it.
const longestLabel = 48

// numberName tells what the end of a line, up to a number, says of it.
type numberName int

const (
	namedNothing numberName = iota
	namedPhone
	namedOther // it is the number of something else
)

// name reads the words before a number.
func (t *phoneTable) name(before string) numberName {
	for len(before) > longestLabel { // not in the middle of a character
		before = before[len(before)-longestLabel:]
		for len(before) > 0 && !utf8.RuneStart(before[0]) {
			before = before[1:]
		}
	}
	bare := strings.TrimRightFunc(before, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\n'
	})
	between := before[len(bare):]
	const far = 8 // bytes
	if len(between) > far || bare == "" || strings.HasSuffix(bare, "\n") {
		return namedNothing
	}
	var buf [2 * longestLabel]byte
	low := string(lowerInto(buf[:0], bare[strings.LastIndexByte(bare, '\n')+1:]))
	for _, label := range t.glued {
		if strings.HasSuffix(low, label) {
			return namedPhone
		}
	}
	last := lastLetters(low)
	_, size := utf8.DecodeRuneInString(last)
	for _, label := range t.labels[last] {
		if head, ok := strings.CutSuffix(low, label); ok && (len(label) > size || strings.ContainsAny(between, ":.") || strings.Trim(head, " \t*|•·–-") == "") {
			return namedPhone
		}
	}
	if t.never[last] || strings.ContainsAny(between, "#№") || isIBAN(bare) {
		return namedOther
	}
	return namedNothing
}

// lastLetters returns the letters at the end of s.
func lastLetters(s string) string {
	return s[len(strings.TrimRightFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) })):]
}

// isIBAN tells whether a text ends with a word that begins an IBAN, such as CH93.
func isIBAN(s string) bool {
	w := s[strings.LastIndexAny(s, " \t\n")+1:]
	return len(w) == 4 && isLetter(w[0]) && isLetter(w[1]) && isDigit(w[2]) && isDigit(w[3])
}

// measures tells whether what stands behind a number makes an amount of it.
func (t *phoneTable) measures(behind string) bool {
	behind = strings.TrimLeft(behind, " \u00a0\u202f")
	r, size := utf8.DecodeRuneInString(behind)
	if unicode.Is(unicode.Sc, r) || r == '%' || r == '‰' || r == '°' {
		return true
	}
	if size == 0 || !unicode.IsLetter(r) {
		return false
	}
	const longest = 12
	word := behind
	if i := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = word[:i]
	}
	if len(word) > longest {
		return false
	}
	var buf [2 * longest]byte
	return t.unit[string(lowerInto(buf[:0], word))]
}
