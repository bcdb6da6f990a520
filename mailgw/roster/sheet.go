package roster

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"supportgw/mailgw/customer"
)

// Row is what a file says of one customer; a CSV file may say it in several rows.
type Row struct {
	Line int               `json:"line"` // of the first
	Want customer.Customer `json:"want"` // with the ID, when the file says it
}

// LineProblem is one thing wrong in a file.
type LineProblem struct {
	Line int    // from 1; 0: of all of it
	Text string // what, and what to write instead
}

// ReadSheet reads customers of a file: CSV with a header, with commas, semicolons or
// tabs; or an object of JSON in each line, as "customer list --json" prints them.
// ignore are columns, or keys, that nobody needs. What is wrong is returned all at once.
func ReadSheet(data []byte, ignore []string) ([]Row, []LineProblem) {
	text, problem := plainText(data)
	if problem != nil {
		return nil, []LineProblem{*problem}
	}
	s := &sheet{byName: map[string]int{}, byID: map[uint64]int{}}
	for _, column := range ignore {
		s.ignore = append(s.ignore, heading(column))
	}
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		s.readJSON(text)
	} else {
		s.readCSV(text)
	}
	if len(s.rows) == 0 && len(s.problems) == 0 {
		s.problem(0, "there is no customer in it; write a header with name, and a line for each customer")
	}
	return s.rows, s.problems
}

// plainText is a file as UTF-8. What is in another charset, and does not say so, is
// refused: guessed wrong it would be in each name for good.
func plainText(data []byte) (string, *LineProblem) {
	for bom, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if rest, ok := bytes.CutPrefix(data, []byte(bom)); ok {
			units := make([]uint16, len(rest)/2)
			for i := range units {
				units[i] = order.Uint16(rest[2*i:])
			}
			return string(utf16.Decode(units)), nil
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", &LineProblem{lineAt(data, i), "has a byte 0: it is no text, or UTF-16 that does not say so; convert it: iconv -f UTF-16LE -t UTF-8 FILE >NEW"}
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return "", &LineProblem{lineAt(data, i), "is not UTF-8; convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE >NEW (or from whatever charset it is in)"}
		}
		i += n
	}
	return string(data), nil
}

func lineAt(data []byte, i int) int { return 1 + bytes.Count(data[:i], []byte("\n")) }

type sheet struct {
	ignore   []string
	rows     []Row
	byName   map[string]int // index in rows
	byID     map[uint64]int
	problems []LineProblem
}

func (s *sheet) problem(line int, format string, args ...any) {
	s.problems = append(s.problems, LineProblem{line, fmt.Sprintf(format, args...)})
}

// row is where what a line says of a customer goes: to what an earlier line says of
// the same one.
func (s *sheet) row(line int, id uint64, name string) *customer.Customer {
	key := customer.NameKey(name)
	at, have := s.byID[id], id != 0
	if have {
		_, have = s.byID[id]
	}
	if !have && key != "" {
		if i, ok := s.byName[key]; ok && (id == 0 || s.rows[i].Want.ID == 0) {
			at, have = i, true
		}
	}
	if !have {
		at = len(s.rows)
		s.rows = append(s.rows, Row{Line: line, Want: customer.Customer{ID: id, Name: strings.Join(strings.Fields(name), " ")}})
	}
	if id != 0 {
		s.byID[id], s.rows[at].Want.ID = at, id
	}
	if key != "" {
		s.byName[key] = at
	}
	return &s.rows[at].Want
}

// column is what a column of a CSV file is.
type column int

const (
	ignored column = iota
	colID
	colName
	colAliases
	colDomains
	colAddresses
	colLevel
	colPerson
	colPersonAddresses
	colAgreement
)

// columnOf is the column that a heading names, in the spellings of usual exports.
func columnOf(heading string) column {
	switch heading {
	case "id", "customer id", "number":
		return colID
	case "name", "company", "company name", "customer", "customer name", "account", "account name", "organisation", "organization", "firma":
		return colName
	case "alias", "aliases", "aka", "also known as", "also called", "other names":
		return colAliases
	case "domain", "domains", "mail domain", "mail domains", "email domain":
		return colDomains
	case "address", "addresses", "email", "emails", "e mail", "mail", "email address", "email addresses":
		return colAddresses
	case "level", "service level", "sla":
		return colLevel
	case "person", "contact", "contact name", "contact person":
		return colPerson
	case "person addresses", "person address", "person email", "contact email", "contact emails", "contact address", "contact addresses":
		return colPersonAddresses
	case "agreement", "agreements":
		return colAgreement
	}
	return ignored
}

// heading is a heading as it is compared.
func heading(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" _-.\t", r) }), " ")
}

func (s *sheet) readCSV(text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter(text), -1, true
	head, err := r.Read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			s.badCSV(err)
		}
		return
	}
	columns := s.columns(head)
	if columns == nil {
		return
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			s.badCSV(err)
			return // where the next line begins is not known
		}
		line, _ := r.FieldPos(0)
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if len(record) > len(columns) {
			s.problem(line, "has %d fields, and the header %d; put quotes around a field with the separator in it", len(record), len(columns))
			continue
		}
		s.record(line, columns, record)
	}
}

func (s *sheet) badCSV(err error) {
	var p *csv.ParseError
	if errors.As(err, &p) {
		s.problem(p.StartLine, "cannot be read: %v; put quotes around the whole field, and double those inside", p.Err)
		return
	}
	s.problem(0, "cannot be read: %v", err)
}

// delimiter is the separator that makes the most of the first line.
func delimiter(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ',', -1
	for _, d := range ",;\t" {
		n := 0
		for _, f := range strings.Split(first, string(d)) {
			if columnOf(heading(strings.Trim(f, " \"\r"))) != ignored {
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

// columns reads the header; nil when it cannot be used.
func (s *sheet) columns(head []string) []column {
	out := make([]column, len(head))
	var unknown []string
	named := false
	for i, h := range head {
		h = strings.TrimSpace(h)
		out[i] = columnOf(heading(h))
		switch {
		case slices.Contains(s.ignore, heading(h)):
			out[i] = ignored
		case out[i] == ignored && h != "":
			unknown = append(unknown, h)
		case out[i] != ignored && out[i] != colAddresses && slices.Index(out, out[i]) < i:
			s.problem(1, "the column %q says what an earlier one says; leave one out: --ignore %q", h, h)
		}
		named = named || out[i] == colName || out[i] == colID
	}
	if len(unknown) > 0 {
		s.problem(1, "nothing is known of %s %s; known are id, name, aliases, domains, addresses, level, person, person addresses and agreement: write one of these, or leave it out: --ignore %q",
			plural(len(unknown), "column"), list(unknown), unknown[0])
	}
	if !named && len(unknown) == 0 {
		s.problem(1, "the header has no column name; write how each company is called into one with that heading")
	}
	if len(s.problems) > 0 {
		return nil
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "the " + what
	}
	return "the " + what + "s"
}

// values are those of one field: several stand behind ; or |, with a backslash before
// one that is part of a value.
func values(field string) (out []string) {
	var b strings.Builder
	add := func() {
		if v := strings.TrimSpace(b.String()); v != "" {
			out = append(out, v)
		}
		b.Reset()
	}
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '\\' && i+1 < len(field) && strings.IndexByte(`;|\`, field[i+1]) >= 0:
			i++
			b.WriteByte(field[i])
		case c == ';' || c == '|':
			add()
		default:
			b.WriteByte(c)
		}
	}
	add()
	return out
}

// formulas are what a spreadsheet takes for one to compute.
const formulas = "=+-@"

// isFormula reports whether a field, behind quotes, begins as one.
func isFormula(field string) bool {
	f := strings.TrimLeft(field, "'")
	return f != "" && strings.IndexByte(formulas, f[0]) >= 0
}

// unguarded takes away the quote that keeps a spreadsheet from computing a field.
func unguarded(field string) string {
	if isFormula(field) {
		return strings.TrimPrefix(field, "'")
	}
	return field
}
