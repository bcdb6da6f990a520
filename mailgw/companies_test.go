package mailgw

import (
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// companyMail is a mail of testdata/companies, and whose it is.
type companyMail struct {
	line, from, display, subject, body string
	company                            string   // "" for nobody's
	candidates                         []string // who must be shown, when it is nobody's
}

// readCompanyMails reads a file of testdata/companies.
func readCompanyMails(t *testing.T, name string) (list []companyMail) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "companies", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		head, isHead := strings.CutPrefix(line, "@ ")
		switch {
		case isHead:
			f := strings.Split(strings.TrimSpace(head), " | ")
			if len(f) < 4 {
				t.Fatalf("%s: %s", name, line)
			}
			m := companyMail{line: strings.TrimSpace(head), from: f[0], display: strings.Join(f[1:len(f)-2], " | "), subject: f[len(f)-2], company: f[len(f)-1]}
			if near, is := strings.CutPrefix(m.company, "? "); is {
				m.candidates = strings.Split(near, " / ")
				m.company = ""
			}
			if m.company == "-" {
				m.company = ""
			}
			list = append(list, m)
		case len(list) > 0 && !strings.HasPrefix(line, "# ---"):
			list[len(list)-1].body += line
		}
	}
	return list
}

// readCompanies reads the customers of files of testdata/companies.
func readCompanies(t *testing.T, files ...string) *customer.Directory {
	t.Helper()
	var text strings.Builder
	for _, file := range files {
		part, err := os.ReadFile(filepath.Join("testdata", "companies", file))
		if err != nil {
			t.Fatal(err)
		}
		text.Write(part)
		text.WriteByte('\n')
	}
	var list []customer.Customer
	for line := range strings.Lines(text.String()) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, alias, _ := strings.Cut(line, " = ")
		c := customer.Customer{Name: name, Level: "premium"}
		if alias != "" {
			c.Aliases = []string{alias}
		}
		list = append(list, c)
	}
	d, problems := customer.New(list, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

// containsAll reports whether each of part is in all.
func containsAll(all, part []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(all, s) })
}

// TestCompanyOfMail finds the company of people who are not registered, in mails of
// ten languages, among customers whose names are near, or ordinary words.
func TestCompanyOfMail(t *testing.T) {
	few, more := readCompanies(t, "customers.txt"), readCompanies(t, "customers.txt", "customers-more.txt")
	for _, file := range []string{"mails.txt", "mails-heldback.txt", "mails-second.txt", "mails-fresh.txt", "mails-fresh2.txt", "mails-fresh3.txt"} {
		d := few
		if strings.HasPrefix(file, "mails-fresh") {
			d = more
		}
		t.Run(file, func(t *testing.T) {
			mails := readCompanyMails(t, file)
			right, wrong, open := 0, 0, 0
			for _, m := range mails {
				raw := "From: " + mime.BEncoding.Encode("utf-8", m.display) + " <" + m.from + ">\r\nTo: support@example.com\r\nSubject: " +
					mime.BEncoding.Encode("utf-8", m.subject) + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
					strings.ReplaceAll(m.body, "\n", "\r\n")
				in := &incoming{mail: letter.Parse([]byte(raw), m.from, letter.DefaultLimits())}
				id := d.IdentifyMail(m.from, true, in.said())
				switch {
				case id.Customer == m.company && containsAll(id.Candidates, m.candidates):
					right++
				case id.Customer != "":
					wrong++
					t.Errorf("wrong: %s: %q, because %s", m.line, id.Customer, id.Reason)
				default:
					open++
					t.Logf("not found: %s: candidates %q, because %s", m.line, id.Candidates, id.Reason)
				}
				if id.Customer != "" && id.Confidence != ticket.Claimed {
					t.Errorf("%s: %s, by a name alone", m.line, id.Confidence)
				}
			}
			t.Logf("%d mails: %d right, %d wrong, %d not found", len(mails), right, wrong, open)
			if right*100 < len(mails)*90 || wrong*100 > len(mails) {
				t.Error("less than 90 % right, or more than 1 % wrong")
			}
		})
	}
}
