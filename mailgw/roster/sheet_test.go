package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supportgw/mailgw/customer"
)

// said are problems as lines.
func said(problems []LineProblem) string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%d: %s", p.Line, p.Text))
	}
	return strings.Join(out, "\n")
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// TestReadSheet reads what spreadsheets and other systems write.
func TestReadSheet(t *testing.T) {
	max := []customer.Person{{Name: "Max", Addresses: []string{"max@x.example"}}}
	for name, c := range map[string]struct {
		text string
		want []Row
	}{
		"commas":              {"name,domain,level\nAcme AG,acme.example,premium\n", []Row{{2, customer.Customer{Name: "Acme AG", Domains: []string{"acme.example"}, Level: "premium"}}}},
		"semicolons, CRLF":    {"Company;E-Mail\r\n\"Acme; the one\";a@x.example\r\n", []Row{{2, customer.Customer{Name: "Acme; the one", Addresses: []string{"a@x.example"}}}}},
		"tabs":                {"Account Name\tAKA\nAcme\tRoad | Runner\n", []Row{{2, customer.Customer{Name: "Acme", Aliases: []string{"Road", "Runner"}}}}},
		"a mark of UTF-8":     {"\xef\xbb\xbfname\nMüller\n", []Row{{2, customer.Customer{Name: "Müller"}}}},
		"UTF-16":              {utf16le("name\tdomains\nMüller\tm.example\n"), []Row{{2, customer.Customer{Name: "Müller", Domains: []string{"m.example"}}}}},
		"lines in a field":    {"name,aliases\n\"A\nB\",\"x;\ny\"\nC,\n", []Row{{2, customer.Customer{Name: "A B", Aliases: []string{"x", "y"}}}, {5, customer.Customer{Name: "C"}}}},
		"rows of one name":    {"name,domain\nAcme,a.example\nGlobex,g.example\nACME,b.example\n", []Row{{2, customer.Customer{Name: "Acme", Domains: []string{"a.example", "b.example"}}}, {3, customer.Customer{Name: "Globex", Domains: []string{"g.example"}}}}},
		"rows of one number":  {"id,name\n7,Acme\n7,Road Runner\n", []Row{{2, customer.Customer{ID: 7, Name: "Acme"}}}},
		"a list of contacts":  {"company,contact,email\nAcme,Max,max@x.example\n", []Row{{2, customer.Customer{Name: "Acme", People: max}}}},
		"people and all":      {"name,email,contact,contact email\nAcme,info@x.example,Max,max@x.example\n", []Row{{2, customer.Customer{Name: "Acme", Addresses: []string{"info@x.example"}, People: max}}}},
		"escaped":             {"name,aliases\nAcme,a\\;b;c\\|d;e\\\\f;g\\h\n", []Row{{2, customer.Customer{Name: "Acme", Aliases: []string{"a;b", "c|d", `e\f`, `g\h`}}}}},
		"no formula":          {"name\n'=cmd()\n''quoted\n", []Row{{2, customer.Customer{Name: "=cmd()"}}, {3, customer.Customer{Name: "''quoted"}}}},
		"blank lines":         {"name,domain\n\n ,\nAcme\n\n", []Row{{4, customer.Customer{Name: "Acme"}}}},
		"an agreement":        {"name,agreement\nAcme,\"premium name=Gold until=2026-12-31\"\n", []Row{{2, customer.Customer{Name: "Acme", Agreements: []customer.Agreement{{Name: "Gold", Level: "premium", Until: "2026-12-31"}}}}}},
		"objects":             {`{"id":3,"name":"Acme","level":null,"people":[{"name":"Max","addresses":["max@x.example"],"left_at":null}]}` + "\n\n" + `{"name":"B","configured":true,"created_at":"x"}`, []Row{{1, customer.Customer{ID: 3, Name: "Acme", People: max}}, {3, customer.Customer{Name: "B"}}}},
		"nobody any more":     {`{"id":3,"name":"Acme","merged_into":4}` + "\n" + `{"name":"B"}`, []Row{{2, customer.Customer{Name: "B"}}}},
		"a comma in a header": {"\"name\";\"domain, or so\"\nAcme;x\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			rows, problems := ReadSheet([]byte(c.text), nil)
			if c.want == nil {
				if len(problems) == 0 {
					t.Errorf("taken: %+v", rows)
				}
				return
			}
			if d := cmp.Diff(c.want, rows, cmpopts.EquateEmpty()); d != "" || len(problems) > 0 {
				t.Errorf("%s\n%s", said(problems), d)
			}
		})
	}
}

// TestReadSheetProblems: what is wrong is said by line, all at once, with what to write
// instead.
func TestReadSheetProblems(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		ignore     []string
	}{
		"Latin-1":             {"name\nAcme\nM\xfcller\n", "3: is not UTF-8; convert it: iconv -f WINDOWS-1252", nil},
		"UTF-16 without mark": {"n\x00a\x00m\x00e\x00", "1: has a byte 0", nil},
		"empty":               {"", "0: there is no customer in it", nil},
		"a header alone":      {"name,domain\n", "0: there is no customer in it", nil},
		"no name":             {"domain\nacme.example\n", "1: the header has no column name", nil},
		"unknown columns":     {"name,Street,City\nAcme,x,y\n", `1: nothing is known of the columns "Street", "City"; known are id, name,`, nil},
		"one is ignored":      {"name,Street,City\nAcme,x,y\n", `1: nothing is known of the column "City"`, []string{"street"}},
		"twice":               {"name,company\nA,B\n", `1: the column "company" says what an earlier one says`, nil},
		"two lines":           {"id,name,level\n0,A,x\n,B,x\n,,x\n1,C,x,y\nz,D,\n", "2: \"0\" is not the number of a customer; write one that mailgw customer list prints, or leave it empty\n4: has no name; write how the company is called\n5: has 4 fields, and the header 3; put quotes around a field with the separator in it\n6: \"z\" is not the number", nil},
		"a quote":             {"name\nA\nB \"C\" D\n", "3: cannot be read: bare", nil},
		"no end of a quote":   {"name\nA\n\"B\nC\n", "3: cannot be read: extraneous or missing", nil},
		"two levels":          {"name,level\nA,x\nA,y\n", `3: the level is "y", and an earlier line of the customer says "x"`, nil},
		"an agreement":        {"name,agreement\nA,until=2026-01-01\n", `2: agreement "until=2026-01-01": it names no level`, nil},
		"an unknown key":      {`{"name":"A"}` + "\n" + `{"name":"B","street":1}`, `2: unknown field "street"; write an object`, nil},
		"no object":           {`{"name":"A"}` + "\n[]\n{\"name\":\"B\"} x", "2: cannot unmarshal array", nil},
		"nobody's name":       {`{"level":"x"}`, "1: has no name", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, problems := ReadSheet([]byte(c.text), c.ignore); !strings.HasPrefix(said(problems), c.want) {
				t.Errorf("got\n%s\nwant\n%s", said(problems), c.want)
			}
		})
	}
	if rows, problems := ReadSheet([]byte(`{"name":"A","street":1}`), []string{"Street"}); len(problems) > 0 || len(rows) != 1 {
		t.Errorf("a key that is ignored: %s", said(problems))
	}
}

// strange is a customer with all that a separator or a spreadsheet could spoil.
var strange = customer.Customer{
	ID: 7, Name: `=A "quoted", '; | B`, Aliases: []string{"x;y", `p|q\`, "'=z", "-1", "ほげ"}, Domains: []string{"a.example", "b.example"},
	Addresses: []string{"info@x.example"}, Level: "premium",
	People: []customer.Person{{Name: "@Max", Addresses: []string{"max@x.example", "m@y.example"}}, {Name: "'Eve", Addresses: []string{"eve@x.example"}}},
	Agreements: []customer.Agreement{
		{Name: "Gold, 2026", Level: "premium", Desks: []string{"support", "billing"}, Products: []string{`Spectra "3000"`, "=x"}, From: "2026-01-01", Until: "2026-12-31"},
		{Level: "standard", People: []string{"max@x.example"}}, {Level: "standard"}},
}

// TestSheetRows: what is written as CSV is read again as it was, and no field of it is
// computed by a spreadsheet.
func TestSheetRows(t *testing.T) {
	rows := SheetRows(&strange)
	for _, r := range rows {
		for _, f := range r {
			if f != "" && strings.ContainsAny(f[:1], formulas) {
				t.Errorf("%q is computed", f)
			}
		}
	}
	text := SheetLines(append([][]string{SheetHead()}, rows...)...)
	got, problems := ReadSheet([]byte(text), nil)
	if d := cmp.Diff([]Row{{2, strange}}, got, cmpopts.EquateEmpty()); d != "" || len(problems) > 0 {
		t.Errorf("%s\n%s\n%s", text, said(problems), d)
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add("name,domain\nAcme,acme.example\n")
	f.Add("name;aliases\n'=A;x\\;y|z\n")
	f.Add(`{"id":1,"name":"A","people":[{"addresses":["a@b"]}]}`)
	f.Add("\xff\xfen\x00")
	f.Fuzz(func(t *testing.T, text string) {
		rows, problems := ReadSheet([]byte(text), nil)
		if len(problems) > 0 {
			return
		}
		for i := range rows { // what was taken is written so that it is taken again
			c := rows[i].Want
			if c.Name == "" || strings.ContainsAny(c.Name, "\r\n") || !slices.IsSorted([]int{0, rows[i].Line}) {
				continue
			}
			again, problems := ReadSheet([]byte(SheetLines(append([][]string{SheetHead()}, SheetRows(&c)...)...)), nil)
			if c.ID == 0 {
				continue // its rows say 0, which is nobody's number
			}
			if len(problems) > 0 || len(again) != 1 || again[0].Want.Name != strings.TrimSpace(c.Name) {
				t.Errorf("%q: %s %+v", c.Name, said(problems), again)
			}
		}
	})
}

// rulesOf checks rows as the gateway does.
func rulesOf() Rules {
	d, _ := customer.New(nil, nil)
	return Rules{NotFound: errAbsent, Check: d.Check, Levels: []string{"standard", "premium"}, Desks: []string{"support", "billing"}}
}

// take plans a file and imports it, unless something is wrong.
func (b *book) take(t *testing.T, text string) (Plan, string) {
	t.Helper()
	rows, problems := ReadSheet([]byte(text), nil)
	if len(problems) > 0 {
		return Plan{}, said(problems)
	}
	plan, err := PlanRows(b, rows, rulesOf(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Problems) > 0 {
		return plan, said(plan.Problems)
	}
	told, _, err := b.editor().Import(rows, "f.csv")
	if err != nil {
		t.Fatal(err)
	}
	return plan, strings.Join(told, "\n")
}

// TestImport makes, changes what differs, and leaves the rest alone.
func TestImport(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme AG", Aliases: []string{"Acme"}, Domains: []string{"acme.example"}, Level: "standard", Addresses: []string{"max@free.example"}})
	writes := func() int { return len(b.order) }
	plan, told := b.take(t, "name,domain,level,contact,email\nACME,acme.test,premium,Max,max@free.example\nGlobex,globex.example,,,\n")
	if plan.Made != 1 || plan.Changed != 1 || told != "" {
		t.Errorf("%+v %s", plan, told)
	}
	want := customer.Customer{ID: 1, Name: "Acme AG", Aliases: []string{"Acme"}, Domains: []string{"acme.example", "acme.test"}, Level: "premium", People: []customer.Person{{Name: "Max", Addresses: []string{"max@free.example"}}}}
	ignore := cmpopts.IgnoreFields(customer.Customer{}, "CreatedAt", "UpdatedAt", "Seed")
	if d := cmp.Diff(want, b.records[1], ignore, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	before := writes()
	if plan, _ := b.take(t, "name,domain,level,contact,email\nACME,ACME.test.,premium,Max,Max@free.example\nGlobex,globex.example,,,\n"); plan.Same != 2 || writes() != before {
		t.Errorf("the same again: %+v, %d writes", plan, writes()-before)
	}
	if plan, _ := b.take(t, "name,domain\nAcme Instruments,acme.example\n"); plan.Changed != 1 || b.records[1].Name != "Acme Instruments" || !slices.Contains(b.records[1].Aliases, "Acme AG") {
		t.Errorf("found by its domain: %+v %+v", plan, b.records[1])
	}
	if plan, _ := b.take(t, "id,name\n1,Spectra\n"); plan.Changed != 1 || b.records[1].Name != "Spectra" {
		t.Errorf("by its number: %+v %+v", plan, b.records[1])
	}
	ev := b.events[len(b.events)-1]
	if ev.What != "changed by the import of f.csv, line 2" {
		t.Errorf("%+v", ev)
	}
	if _, err := b.editor().Undo(1, ev.ID); err != nil || b.records[1].Name != "Acme Instruments" {
		t.Errorf("not taken back: %v", err)
	}
}

// TestImportRefuses: what cannot be all right is not begun.
func TestImportRefuses(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}}, customer.Customer{Name: "Globex", Domains: []string{"globex.example"}})
	before := len(b.order)
	for text, want := range map[string]string{
		"name,domain\nInitech,acme.example\nInitrode,globex.example\nAcme,globex.example\n": `4: is "Acme" (customer 1), as line 2 is`,
		"name,domain\nAcme,globex.example\n":                                                `2: "globex.example" is "Globex"'s already (customer 2)`,
		"name,domain\nNew,acme.example;globex.example\n":                                    "2: what it says is of two customers, 1 and 2",
		"name,domain\nNew,new.example\nOther,NEW.example\n":                                 `3: "new.example" is in line 2, too`,
		"name,aliases\nNew,Other\nOther,\n":                                                 `3: "other" is in line 2, too`,
		"id,name\n9,New\n":                                                                  "2: there is no customer 9",
		"name,level\nNew,gold\nOld,silver\n":                                                "2: level: there is no [[level]] of that name (got \"gold\"); write \"standard\" or \"premium\"\n3: level",
		"name,domain\nNew,gmail.com\n":                                                      `2: domains[0]: "gmail.com" is a mail provider's domain`,
		"name,email\nNew,max(at)x\n":                                                        `2: addresses[0]: "max(at)x" is not an address`,
		"name,agreement\nNew,premium desks=sales\n":                                         `2: agreement[0].desks[0]: there is no [[desk]]`,
		"name\nA\u202eB\n":                                                                  "2: the name",
	} {
		plan, told := b.take(t, text)
		if !strings.Contains(told, want) || len(plan.Problems) == 0 {
			t.Errorf("%q: %q, want %q", text, told, want)
		}
	}
	if len(b.order) != before {
		t.Error("something was written")
	}
}

// TestImportMeanwhile: what another customer has got since the rows were looked at stays
// there; what that one gives up later is taken in the next pass.
func TestImportMeanwhile(t *testing.T) {
	b := newBook(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}}, customer.Customer{Name: "New"})
	rows := []Row{{2, customer.Customer{Name: "New", Domains: []string{"acme.example", "new.example"}}}, {3, customer.Customer{Name: "ACME"}}, {4, customer.Customer{ID: 9, Name: "Gone"}}}
	told, left, err := b.editor().Import(rows[:1], "f")
	if err != nil || !left || len(told) != 1 || !slices.Equal(b.records[2].Domains, []string{"new.example"}) {
		t.Errorf("%q %t %v %+v", told, left, err, b.records[2])
	}
	c := b.records[1]
	c.Domains = nil
	if err := b.PutCustomer(&c); err != nil {
		t.Fatal(err)
	}
	told, left, err = b.editor().Import(rows, "f")
	if err != nil || !left || len(told) != 1 || !strings.Contains(told[0], "there is no customer 9") || len(b.records[2].Domains) != 2 || len(b.records) != 2 {
		t.Errorf("%q %t %v %+v", told, left, err, b.records)
	}
	writes := len(b.order)
	if _, _, err = b.editor().Import(rows, "f"); err != nil || len(b.order) != writes {
		t.Errorf("written again: %v", err)
	}
}

// TestExportImport: what is listed is imported as it was, by an empty store.
func TestExportImport(t *testing.T) {
	other := customer.Customer{Name: "Other", People: []customer.Person{{Addresses: []string{"x@y.example"}}, {Name: "Gone", Addresses: []string{"g@y.example"}, Left: time.Unix(5, 0)}}}
	b := newBook(t, other)
	c := strange
	c.ID = 0
	if told, _, err := b.editor().Import([]Row{{1, c}}, "f"); err != nil || len(told) > 0 {
		t.Fatal(told, err)
	}
	var rows [][]string
	for id := range uint64(2) {
		c := b.records[id+1]
		rows = append(rows, SheetRows(&c)...)
	}
	if plan, told := b.take(t, SheetLines(append([][]string{SheetHead()}, rows...)...)); plan.Same != 2 || told != "" {
		t.Errorf("taken by the one that wrote it: %+v %s", plan, told)
	}
}
