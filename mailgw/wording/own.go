package wording

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Problem is one thing that is wrong in a file of an admin's own phrases.
type Problem struct {
	// File is the name of the file, as it was given to Load.
	File string
	// Path are the keys that lead to what is wrong: "phrase", then the phrase's name;
	// empty when the file as a whole is meant.
	Path []string
	// Line is counted from 1; 0 when Path says where it is, or the file as a whole is meant.
	Line int
	// Text is what is wrong, what was found and, unless Names is set, what to write
	// instead.
	Text string
	// Wrong is a name that does not exist, "" when that is not the matter.
	Wrong string
	// Names are those that could stand in the place of Wrong, sorted.
	Names []string
}

// Load is the built-in catalogue with single phrases replaced by those of the
// files. The files' names are those of the built-in languages with .toml; in each
// stands a table [phrase]. What is not in it stays as it is built in. A file with
// another name before the language, like outage.en.toml, has the words of acknowledgements
// of that template; what is not in it stays as without the template. The
// problems are all that is wrong, by file and name; there is then no catalogue.
func Load(files map[string][]byte) (*Catalogue, []Problem) {
	base := Builtin()
	if base.broken != nil || len(files) == 0 {
		return base, nil
	}
	c := *base
	c.tongues = maps.Clone(base.tongues)
	var wrong []Problem
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, _, ok := templateFile(name); ok {
			continue
		}
		f := &ownFile{name: name}
		tag, _ := strings.CutSuffix(name, ".toml")
		if f.tongue = base.tongues[tag]; f.tongue == nil || tag == name {
			f.at(nil, "is no language that mailgw speaks (got %q); write %s, or take it out of the folder", name, fileNames(base.tags))
		} else {
			c.tongues[tag] = f.read(files[name])
		}
		wrong = append(wrong, f.wrong...)
	}
	wrong = append(wrong, c.readTemplates(files)...)
	if len(wrong) > 0 {
		return nil, wrong
	}
	return &c, nil
}

// fileNames are the files that Load knows, in words.
func fileNames(tags []string) string {
	var names []string
	for _, tag := range tags {
		names = append(names, tag+".toml")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// ownFile is a file of own phrases while it is read.
type ownFile struct {
	name   string
	tongue *tongue // the built-in language that it changes
	wrong  []Problem
}

func (f *ownFile) at(path []string, format string, args ...any) {
	f.wrong = append(f.wrong, Problem{File: f.name, Path: path, Text: fmt.Sprintf(format, args...)})
}

// read makes the language with the file's phrases; of use only when nothing is wrong.
func (f *ownFile) read(raw []byte) *tongue {
	var doc map[string]any
	if _, err := toml.Decode(string(raw), &doc); err != nil {
		f.at(nil, "is no TOML: %v; write lines like \"ack.closing\" = \"Kind regards\" below [phrase]", err)
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if key != "phrase" {
			f.at([]string{key}, "a file of phrases has no such key (got %s); write it below [phrase], or take it out", key)
		}
	}
	table, ok := doc["phrase"].(map[string]any)
	if doc["phrase"] != nil && !ok {
		f.at([]string{"phrase"}, "is no table (got %s); write [phrase] and the phrases below it", shown(doc["phrase"]))
	}
	known, err := usesOf(f.tongue)
	if err != nil {
		f.at(nil, "the built-in layouts cannot be read: %v; write to those who made this program", err)
		return nil
	}
	data := f.tongue.data
	data.Phrase = maps.Clone(data.Phrase)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if text, ok := f.text(name, table[name]); ok {
			data.Phrase[name] = text
			f.check(name, text, known[name])
		}
	}
	if len(f.wrong) > 0 {
		return nil
	}
	t, err := newTongue(f.tongue.tag, data)
	if err != nil {
		f.at([]string{"phrase"}, "the phrases do not go together: %v; write them like the built-in ones", err)
		return nil
	}
	f.together(t)
	return t
}

// maxPhrase is the longest phrase, in characters: two screens of a phone.
const maxPhrase = 1000

// text is a phrase's text, without space around it, when it may be a phrase at all.
func (f *ownFile) text(name string, value any) (text string, ok bool) {
	path := []string{"phrase", name}
	if _, known := f.tongue.data.Phrase[name]; !known {
		f.unknown(name, value)
		return "", false
	}
	text, ok = value.(string)
	if !ok {
		f.at(path, "is no text (got %s); write it in quotes", shown(value))
		return "", false
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		f.at(path, `is empty (got ""); write words, or take the line out for the built-in ones`)
	case strings.ContainsAny(text, "<>&"):
		f.at(path, "has one of the characters < > & (got %s); write words: a phrase has no markup, it stands in the text and in the HTML", shown(text))
	case strings.ContainsAny(text, "\r\n\t") || visible(text) != text:
		f.at(path, "has a line break, or a character that nobody sees (got %s); write one line", shown(text))
	case utf8.RuneCountInString(text) > maxPhrase:
		f.at(path, "is too long (got %d characters); write at most %d", utf8.RuneCountInString(text), maxPhrase)
	default:
		return text, true
	}
	return "", false
}

// unknown tells of a phrase that is none. A name without quotes makes tables of
// what its dots part.
func (f *ownFile) unknown(name string, value any) {
	names := slices.Sorted(maps.Keys(f.tongue.data.Phrase))
	inner, ok := value.(map[string]any)
	if !ok {
		f.wrong = append(f.wrong, Problem{File: f.name, Path: []string{"phrase", name}, Text: "there is no such phrase (got " + strconv.Quote(name) + ")", Wrong: name, Names: names})
		return
	}
	for _, rest := range slices.Sorted(maps.Keys(inner)) {
		if whole := name + "." + rest; slices.Contains(names, whole) {
			f.at([]string{"phrase", name, rest}, "the dot makes a table of a name without quotes (got %s); write %q = …", whole, whole)
		} else {
			f.wrong = append(f.wrong, Problem{File: f.name, Path: []string{"phrase", name, rest}, Text: "there is no such phrase (got " + strconv.Quote(whole) + ")", Wrong: whole, Names: names})
		}
	}
}

// shown is a value that was found, short and on one line.
func shown(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(cut(v, maxName))
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return cut(fmt.Sprint(v), maxName)
}
