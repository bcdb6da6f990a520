package wording

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCanned is the longest canned answer, in bytes: a dozen pages.
const maxCanned = 64 << 10

// Names of canned answers and of the places in them that agents fill. No name begins with
// a digit: behind #use a number is a ticket.
var (
	cannedName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	cannedPlace = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
)

// LoadCanned reads canned answers. The files' names are NAME.LANGUAGE.txt. Unless avoid is
// nil, it finds phrases that are not said here. The problems are all that is wrong, by file
// and line; there are then no answers.
func LoadCanned(files map[string][]byte, avoid func(text string) []string) (*Canned, []Problem) {
	c := &Canned{answers: map[string]map[string]cannedText{}}
	var wrong []Problem
	first := map[string]string{} // the file of each name and language
	for _, file := range slices.Sorted(maps.Keys(files)) {
		f := &cannedFile{name: file}
		name, tag := f.title()
		if name != "" {
			key := strings.ToLower(tag)
			if other := first[name+"."+key]; other != "" {
				f.at(0, "is the same answer in the same language as %s (got %q); take one of them out of the folder", other, file)
			} else {
				first[name+"."+key] = file
			}
			parts := f.read(files[file], avoid)
			if c.answers[name] == nil {
				c.answers[name] = map[string]cannedText{}
			}
			c.answers[name][key] = cannedText{tag: tag, parts: parts}
		}
		wrong = append(wrong, f.wrong...)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return c, nil
}

// cannedFile is a canned answer while it is read.
type cannedFile struct {
	name  string
	wrong []Problem
}

func (f *cannedFile) at(line int, format string, args ...any) {
	f.wrong = append(f.wrong, Problem{File: f.name, Line: line, Text: fmt.Sprintf(format, args...)})
}

// title reads the file's name; name is "" when it is not the name of a canned answer.
func (f *cannedFile) title() (name, tag string) {
	stem, isText := strings.CutSuffix(f.name, ".txt")
	name, tag, both := strings.Cut(stem, ".")
	switch {
	case !isText || !both:
		f.at(0, "is no name of a canned answer (got %q); write NAME.LANGUAGE.txt, like install.en.txt, or take it out of the folder", f.name)
		return "", ""
	case !cannedName.MatchString(name):
		f.at(0, "its name must begin with a letter and have lower-case letters, digits, - and _ alone, at most 40 (got %q); write one like install.en.txt", name)
		return "", ""
	}
	known, ok := canonical(tag)
	if !ok {
		f.at(0, "has no language tag behind its name (got %q); write one like %s.en.txt or %s.pt-BR.txt", tag, name, name)
		return "", ""
	}
	return name, known
}

// read cuts a text at its places, and says all that is wrong with it.
func (f *cannedFile) read(raw []byte, avoid func(string) []string) (parts []cannedPart) {
	text := strings.TrimPrefix(string(raw), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if len(raw) > maxCanned {
		f.at(0, "has %d bytes, and an answer at most %d; write a shorter one", len(raw), maxCanned)
		return nil
	}
	if strings.TrimSpace(text) == "" {
		f.at(0, "is empty; write the words of the answer, or take it out of the folder")
		return nil
	}
	number := 0
	for l := range strings.Lines(text) {
		number++
		f.look(number, strings.TrimSuffix(l, "\n"))
		parts = append(parts, f.places(number, l)...)
	}
	if len(f.wrong) == 0 && avoid != nil {
		for _, phrase := range avoid(text) {
			f.at(lineOf(text, phrase), "says what is not said here (got %q); write what will happen, and when", phrase)
		}
	}
	return trimParts(parts)
}

// look reports what must not stand in a line.
func (f *cannedFile) look(number int, l string) {
	switch {
	case !utf8.ValidString(l):
		f.at(number, "is no UTF-8 (got %q); save the file as UTF-8", firstWrong(l))
	case visible(l) != l || strings.ContainsFunc(l, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
		f.at(number, "has a character that nobody sees (got %q); write the line without it", l)
	case strings.TrimRight(l, " ") == "--":
		f.at(number, "begins a signature (got %q); leave it out: the desk's signature comes by itself", l)
	case likeCommand(strings.TrimLeft(l, " \t>|*_`\\-–—•·")):
		f.at(number, "begins like a command to the gateway (got %q); put a word before the #", l)
	}
}

// likeCommand reports a line that begins with # and a letter.
func likeCommand(l string) bool {
	rest, ok := strings.CutPrefix(l, "#")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && unicode.IsLetter(r)
}

// firstWrong is what stands around the first byte that is no UTF-8.
func firstWrong(l string) string {
	for i, r := range l {
		if r == utf8.RuneError {
			return l[max(0, i-10):min(len(l), i+10)]
		}
	}
	return l
}

// places cuts a line at its places.
func (f *cannedFile) places(number int, l string) (parts []cannedPart) {
	for l != "" {
		before, rest, opened := strings.Cut(l, "{{")
		f.stray(number, before)
		if before != "" {
			parts = append(parts, cannedPart{text: before})
		}
		if !opened {
			return parts
		}
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed {
			f.at(number, "has {{ without }} on the same line (got %q); write a place like {{version}}", strings.TrimSpace("{{"+rest))
			return parts
		}
		place := strings.TrimSpace(inside)
		f.place(number, place)
		parts, l = append(parts, cannedPart{place: place}), after
	}
	return parts
}

// place reports a name that no place can have.
func (f *cannedFile) place(number int, name string) {
	switch {
	case slices.Contains(CannedFacts(), name):
	case strings.Contains(name, ".") && cannedPlace.MatchString(strings.ReplaceAll(name, ".", "-")):
		f.at(number, "there is no such fact (got {{%s}}); write one of {{%s}}, or a name without a dot that the agent fills", name, strings.Join(CannedFacts(), "}}, {{"))
	case !cannedPlace.MatchString(name):
		f.at(number, "is no name of a place (got {{%s}}); write one of lower-case letters, digits, - and _, like {{version}}, or a fact like {{customer.name}}", name)
	}
}

// stray reports braces that were probably meant for a place.
func (f *cannedFile) stray(number int, text string) {
	if strings.Contains(text, "}}") {
		f.at(number, "has }} without {{ before it (got %q); write a place like {{version}}", strings.TrimSpace(text))
		return
	}
	for _, fact := range CannedFacts() {
		if strings.Contains(text, "{"+fact+"}") {
			f.at(number, "has single braces (got {%s}); write {{%s}}", fact, fact)
		}
	}
}

// trimParts takes empty lines from both ends.
func trimParts(parts []cannedPart) []cannedPart {
	for len(parts) > 0 && parts[0].place == "" && strings.TrimSpace(parts[0].text) == "" {
		parts = parts[1:]
	}
	for n := len(parts); n > 0 && parts[n-1].place == "" && strings.TrimSpace(parts[n-1].text) == ""; n-- {
		parts = parts[:n-1]
	}
	if n := len(parts); n > 0 {
		parts[n-1].text = strings.TrimRight(parts[n-1].text, " \t\n")
	}
	return parts
}

// lineOf is the line in which a phrase stands, 0 when it runs over several.
func lineOf(text, phrase string) int {
	number := 0
	for l := range strings.Lines(text) {
		if number++; strings.Contains(fold(l), fold(phrase)) {
			return number
		}
	}
	return 0
}
