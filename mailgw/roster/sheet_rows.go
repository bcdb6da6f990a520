package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/customer"
)

// record takes one record of a CSV file.
func (s *sheet) record(line int, columns []column, record []string) {
	var fields [colAgreement + 1][]string
	for i, f := range record {
		f = strings.TrimSpace(unguarded(f))
		if f == "" || columns[i] == ignored {
			continue
		}
		switch columns[i] {
		case colAliases, colDomains, colAddresses, colPersonAddresses:
			fields[columns[i]] = append(fields[columns[i]], values(f)...)
		default:
			fields[columns[i]] = []string{f}
		}
	}
	first := func(c column) string { return strings.Join(fields[c], "") }
	var id uint64
	if text := first(colID); text != "" {
		var err error
		if id, err = strconv.ParseUint(strings.TrimPrefix(text, "#"), 10, 64); err != nil || id == 0 {
			s.problem(line, "%q is not the number of a customer; write one that mailgw customer list prints, or leave it empty", text)
			return
		}
	}
	if id == 0 && first(colName) == "" {
		s.problem(line, "has no name; write how the company is called")
		return
	}
	c := s.row(line, id, first(colName))
	if l := first(colLevel); l != "" {
		if c.Level != "" && c.Level != l {
			s.problem(line, "the level is %q, and an earlier line of the customer says %q; write one", l, c.Level)
		}
		c.Level = l
	}
	c.Aliases, c.Domains = append(c.Aliases, fields[colAliases]...), append(c.Domains, fields[colDomains]...)
	addresses, theirs := fields[colAddresses], fields[colPersonAddresses]
	switch person := first(colPerson); {
	case person != "":
		if len(theirs) == 0 && !slices.Contains(columns, colPersonAddresses) { // an export of contacts: the address is the person's
			addresses, theirs = nil, addresses
		}
		c.People = append(c.People, customer.Person{Name: strings.Join(strings.Fields(person), " "), Addresses: theirs})
	default:
		addresses = append(addresses, theirs...)
	}
	c.Addresses = append(c.Addresses, addresses...)
	if text := first(colAgreement); text != "" {
		a, err := customer.ParseAgreement(text)
		if err != nil {
			s.problem(line, "%v", err)
			return
		}
		c.Agreements = append(c.Agreements, a)
	}
}

// object is a customer as "customer list --json" prints it.
type object struct {
	ID         uint64               `json:"id"`
	Name       string               `json:"name"`
	Aliases    []string             `json:"aliases"`
	Domains    []string             `json:"domains"`
	Addresses  []string             `json:"addresses"`
	People     []objectPerson       `json:"people"`
	Level      *string              `json:"level"`
	Agreements []customer.Agreement `json:"agreements"`
	MergedInto *uint64              `json:"merged_into"`
	Removed    bool                 `json:"removed"`

	// What only the store can say is taken and not looked at.

	Configured json.RawMessage `json:"configured"`
	CreatedAt  json.RawMessage `json:"created_at"`
	UpdatedAt  json.RawMessage `json:"updated_at"`
}

type objectPerson struct {
	Name      *string    `json:"name"`
	Addresses []string   `json:"addresses"`
	LeftAt    *time.Time `json:"left_at"`
}

func (s *sheet) readJSON(text string) {
	line := 0
	for one := range strings.Lines(text) {
		line++
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		raw := []byte(one)
		if len(s.ignore) > 0 {
			raw = s.without(raw)
		}
		var o object
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&o); err != nil {
			s.problem(line, "%s; write an object in one line as mailgw customer list --json does, or leave a key out: --ignore KEY", strings.TrimPrefix(err.Error(), "json: "))
			continue
		}
		if dec.More() {
			s.problem(line, "has something behind the object; write each on a line of its own")
			continue
		}
		s.object(line, &o)
	}
}

// without takes the keys out that nobody needs. What is not an object stays: reading
// it says what is wrong.
func (s *sheet) without(raw []byte) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return raw
	}
	for key := range all {
		if slices.Contains(s.ignore, heading(key)) {
			delete(all, key)
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		return raw
	}
	return out
}

// object takes one object.
func (s *sheet) object(line int, o *object) {
	if o.MergedInto != nil || o.Removed { // nobody any more
		return
	}
	if o.Name == "" && o.ID == 0 {
		s.problem(line, "has no name; write how the company is called")
		return
	}
	c := s.row(line, o.ID, o.Name)
	c.Aliases, c.Domains, c.Addresses = append(c.Aliases, o.Aliases...), append(c.Domains, o.Domains...), append(c.Addresses, o.Addresses...)
	c.Agreements = append(c.Agreements, o.Agreements...)
	if o.Level != nil {
		c.Level = *o.Level
	}
	for _, p := range o.People {
		next := customer.Person{Addresses: p.Addresses}
		if p.Name != nil {
			next.Name = *p.Name
		}
		if p.LeftAt != nil {
			next.Left = *p.LeftAt
		}
		c.People = append(c.People, next)
	}
}

// SheetHead are the columns of [SheetRows].
func SheetHead() []string {
	return []string{"id", "name", "aliases", "domains", "addresses", "level", "person", "person_addresses", "agreement"}
}

// SheetRows writes a customer as rows of a CSV file, as [ReadSheet] reads them: one, and
// one more for each further person or agreement. People who have left are not in it.
func SheetRows(c *customer.Customer) [][]string {
	id := strconv.FormatUint(c.ID, 10)
	people := slices.DeleteFunc(slices.Clone(c.People), func(p customer.Person) bool { return !p.Left.IsZero() })
	var rows [][]string
	for i := range max(1, len(people), len(c.Agreements)) {
		row := make([]string, 9)
		row[0], row[1] = id, c.Name
		if i == 0 {
			row[2], row[3], row[4], row[5] = joined(c.Aliases), joined(c.Domains), joined(c.Addresses), c.Level
		}
		if i < len(people) {
			row[6], row[7] = people[i].Name, joined(people[i].Addresses)
		}
		if i < len(c.Agreements) {
			row[8] = c.Agreements[i].String()
		}
		for k, f := range row {
			if isFormula(f) {
				row[k] = "'" + f
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// joined is several values as one field.
func joined(list []string) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = strings.NewReplacer(`\`, `\\`, ";", `\;`, "|", `\|`).Replace(v)
	}
	return strings.Join(out, "; ")
}

// SheetLines are rows as they stand in a CSV file.
func SheetLines(rows ...[]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			panic(err) // a Builder takes all
		}
	}
	w.Flush()
	return b.String()
}
