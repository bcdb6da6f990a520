package config

import (
	"fmt"
	"strconv"
	"strings"
)

// explain says in a person's words what the library found.
func (m *mistake) explain() string {
	value, behind := uncommented(m.rest), uncommented(m.from(m.col))
	word, after := behind, "" // of a list or a table in braces
	if i := strings.IndexAny(behind, ",]}"); i >= 0 {
		word, after = behind[:i], behind[i:]
	}
	if i := strings.IndexAny(value, " \t\"'[]{},;"); i < 0 && value != "" {
		word, after = value, ""
	}
	alone := word != "" && !strings.ContainsAny(word, " \t\"'[]{},;") && (word == value || after != "")
	switch {
	case m.twice() && strings.HasPrefix(strings.TrimSpace(m.own()), "[["):
		return fmt.Sprintf("is no list of tables, on line %d; write it in the same way in both places", locate(m.text).of(m.path))
	case m.twice() && m.listed:
		return fmt.Sprintf("is a list of tables, which begins on line %d; write [[%s]] for one more", locate(m.text).of(m.path), m.path)
	case m.twice() && locate(m.text).of(m.path) == m.line:
		return "has the same key twice in its braces; remove one of the two"
	case m.twice():
		return fmt.Sprintf("is there already, on line %d; remove one of the two", locate(m.text).of(m.path))
	case strings.Contains(m.said, "expected value") && behind == "":
		return "there is no value; write one behind the equals sign"
	case strings.Contains(m.said, "expected value"):
		return noValue(word, alone)
	case alone && (strings.Contains(m.said, "nvalid float") || strings.Contains(m.said, "top-level item to end")):
		return needsQuotes(word)
	case strings.Contains(m.said, "nvalid datetime"):
		return fmt.Sprintf("is no date or time (got %s); write one that is in the calendar, and in quotes", shorten(word))
	case strings.Contains(m.said, "leading zero"):
		return fmt.Sprintf("a number has no zeroes in front (got %s); write it without", shorten(word))
	case strings.Contains(m.said, "top-level item to end"), strings.Contains(m.said, "nvalid float"):
		return fmt.Sprintf("there is more behind the value (got %s); remove it, or write it in a line of its own", show(behind))
	case strings.Contains(m.said, "invalid UTF-8"):
		return fmt.Sprintf("is not UTF-8 (got %s); write the file in UTF-8, which the editor can do when it saves it", m.lastWord())
	case strings.Contains(m.said, "control characters") && !strings.Contains(m.said, "'0x0d'"):
		return fmt.Sprintf("is a character that cannot be seen (got %s); remove it", m.lastWord())
	case strings.Contains(m.said, "expected '.' or '='") && strings.Contains(behind, "="):
		return fmt.Sprintf("a key has no space in it (got %s); write it with _", show(strings.TrimSpace(m.own())))
	case strings.Contains(m.said, "expected '.' or '='"):
		return fmt.Sprintf("there is no equals sign behind the key (got %s); write key = value", show(strings.TrimSpace(m.own())))
	case strings.Contains(m.said, "to end table name"):
		return fmt.Sprintf("the name of the table does not end (got %s); write ] behind it", show(strings.TrimSpace(m.own())))
	case strings.Contains(m.said, "out of range"):
		return fmt.Sprintf("is beyond all numbers (got %s); write one nearer to 0", shorten(value))
	}
	for _, known := range plainMistakes() {
		if strings.Contains(m.said, known[0]) {
			return known[1]
		}
	}
	return "is not TOML: " + m.said + "; write text in quotes, and numbers, true and false without"
}

// plainMistakes is parts of the library's texts, and what to say for them.
func plainMistakes() [][2]string {
	return [][2]string{
		{"cannot contain newlines", `the string does not end; write its closing quote in the same line`},
		{`'"""'`, `the string does not end; write """ behind it`},
		{`"'''"`, `the string does not end; write ''' behind it`},
		{`expected '"'`, `the string does not end; write its closing quote in the same line`},
		{`expected "'"`, `the string does not end; write its closing quote in the same line`},
		{"invalid escape", `a backslash in double quotes means something else; write \\ for a backslash, or put the text in single quotes`},
		{"array terminator", "a list does not end, or lacks a comma; write ] behind it and commas between its values"},
		{"table terminator", "a table in braces does not end, or lacks a comma; write } behind it and commas between its keys"},
		{"NULL bytes", "is not UTF-8, but probably UTF-16; write the file in UTF-8, which the editor can do when it saves it"},
		{"key name appears blank", "there is no key before the equals sign; write key = value"},
		{"names cannot be empty", "the table has no name; write one like [smtp]"},
		{"'0x0d'", "a line ends with CR alone; write line ends as LF or CR LF"},
	}
}

// own is the line itself.
func (m *mistake) own() string { return m.lines[m.line-1] }

// from is the line from a column on.
func (m *mistake) from(col int) string {
	own := m.own()
	return own[min(max(0, col-1), len(own)):]
}

func (m *mistake) lastWord() string { return m.said[strings.LastIndexByte(m.said, ' ')+1:] }

// noValue says what is wrong with a text that is no TOML value; alone is one
// that has no others beside it.
func noValue(got string, alone bool) string {
	const curly = "“”„«»‘’‚"
	switch strings.ToLower(got) {
	case "true", "yes", "on":
		return fmt.Sprintf("is no value (got %s); write true", got)
	case "false", "no", "off":
		return fmt.Sprintf("is no value (got %s); write false", got)
	}
	if strings.ContainsAny(got, curly) {
		return fmt.Sprintf(`these quotes are not plain (got %s); write " before and behind a text`, shorten(got))
	}
	if alone {
		return needsQuotes(got)
	}
	return fmt.Sprintf("is no value (got %s); write text in quotes", shorten(got))
}

func needsQuotes(text string) string {
	return fmt.Sprintf("a text needs quotes (got %s); write %s", shorten(text), strconv.Quote(shorten(text)))
}

// uncommented is a piece of a line without the comment at its end, as far as
// it is one for sure.
func uncommented(piece string) string {
	before, _, _ := strings.Cut(strings.ToValidUTF8(piece, "�"), " #")
	return strings.TrimSpace(before)
}
