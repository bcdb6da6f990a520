package customer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// testCustomers are the companies of the identification tests.
func testCustomers() []Customer {
	return []Customer{
		{Name: "Acme Instruments AG", Aliases: []string{"Acme"}, Domains: []string{"acme.example", "acme.co.uk"}, Level: "premium"},
		{Name: "Globex Ltd", Domains: []string{"globex.example"}, Addresses: []string{"Ceo.Globex@gmail.com"}, Level: "standard"},
		{Name: "Acme Bank", Domains: []string{"bank.acme.example"}, Level: "standard"},
		{Name: "Müller Maschinenbau GmbH", Domains: []string{"müller.example"}, Level: "premium"},
		{Name: "Delta Ltd", Level: "standard"},
		{Name: "Delta S.p.A.", Level: "premium"},
		{Name: "IT AG", Level: "premium"},
		{Name: "株式会社アクメ", Level: "premium"},
	}
}

func testDirectory(t testing.TB) *Directory {
	t.Helper()
	d, problems := New(testCustomers(), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

func TestIdentifyByAddress(t *testing.T) {
	d := testDirectory(t)
	for _, c := range []struct {
		address  string
		auth     bool
		customer string
		want     ticket.Confidence
	}{
		{"max@acme.example", true, "Acme Instruments AG", ticket.Domain},
		{"MAX@ACME.EXAMPLE.", true, "Acme Instruments AG", ticket.Domain},
		{"max@eu.acme.example", true, "Acme Instruments AG", ticket.Domain},
		{"max@acme.co.uk", true, "Acme Instruments AG", ticket.Domain},
		{"max@bank.acme.example", true, "Acme Bank", ticket.Domain},
		{"max@x.bank.acme.example", true, "Acme Bank", ticket.Domain},
		{"ceo.globex@GMAIL.com", true, "Globex Ltd", ticket.Known},
		{"eva@müller.example", true, "Müller Maschinenbau GmbH", ticket.Domain},
		{"eva@xn--mller-kva.example", true, "Müller Maschinenbau GmbH", ticket.Domain},
		{`"a@b"@acme.example`, true, "Acme Instruments AG", ticket.Domain},
		{"max@acme.example", false, "Acme Instruments AG", ticket.Claimed},
		{"ceo.globex@gmail.com", false, "Globex Ltd", ticket.Claimed},
		{"other@gmail.com", true, "", ticket.Unknown},
		{"max@notacme.example", true, "", ticket.Unknown},
		{"max@acme.example.evil.example", true, "", ticket.Unknown},
		{"max@co.uk", true, "", ticket.Unknown},
		{"max@[192.0.2.1]", true, "", ticket.Unknown},
		{"max@192.0.2.1", true, "", ticket.Unknown},
		{"acme.example", true, "", ticket.Unknown},
		{"@acme.example", true, "", ticket.Unknown},
		{"max@", true, "", ticket.Unknown},
		{"", true, "", ticket.Unknown},
	} {
		id := d.Identify(c.address, c.auth)
		if id.Customer != c.customer || id.Confidence != c.want || id.Reason == "" {
			t.Errorf("Identify(%q, %v) = %+v, want %q, %s", c.address, c.auth, id, c.customer, c.want)
		}
		if id.Customer != "" && id.Level == "" {
			t.Errorf("%q: no level", c.address)
		}
		if id.Customer != "" && !c.auth && !strings.Contains(id.Reason, "not authenticated") {
			t.Errorf("%q: the reason hides that the sender is not authenticated: %s", c.address, id.Reason)
		}
	}
}

func TestIdentifyByName(t *testing.T) {
	d := testDirectory(t)
	for _, c := range []struct {
		name       string
		texts      []string
		customer   string
		level      string
		candidates []string
	}{
		{"signature", []string{"Max Muster", "--\nMax Muster\nAcme Instruments AG\nBern"}, "Acme Instruments AG", "premium", nil},
		{"alias", []string{"we at ACME cannot print"}, "Acme Instruments AG", "premium", nil},
		{"longest name wins", []string{"I write for Acme Bank."}, "Acme Bank", "standard", nil},
		{"other legal form", []string{"Globex Limited, London"}, "Globex Ltd", "standard", nil},
		{"genitive", []string{"Globex's printer is on fire"}, "Globex Ltd", "standard", nil},
		{"umlaut written out", []string{"Mueller Maschinenbau"}, "Müller Maschinenbau GmbH", "premium", nil},
		{"umlaut without its dots", []string{"Muller Maschinenbau"}, "Müller Maschinenbau GmbH", "premium", nil},
		{"name at a sentence's end", []string{"I work for globex. Please help."}, "Globex Ltd", "standard", nil},
		{"lower case goes on", []string{"the globex printer"}, "Globex Ltd", "standard", nil},
		{"first text decides", []string{"Max (Globex Ltd)", "our partner Acme Bank"}, "Globex Ltd", "standard", nil},
		{"two names", []string{"Globex and Acme Bank both fail"}, "", "standard", []string{"Globex Ltd", "Acme Bank"}},
		{"sisters, no form", []string{"we are Delta"}, "", "", []string{"Delta Ltd", "Delta S.p.A."}},
		{"sisters, with form", []string{"we are Delta SpA"}, "Delta S.p.A.", "premium", nil},
		{"sisters, a third form", []string{"we are Delta Inc."}, "", "", []string{"Delta Ltd", "Delta S.p.A."}},
		{"part of a longer name", []string{"Delta Air cannot print"}, "", "", []string{"Delta Ltd", "Delta S.p.A."}},
		{"part of a longer name in small letters", []string{"delta air"}, "", "", []string{"Delta Ltd", "Delta S.p.A."}},
		{"joined to another name", []string{"Globex-Media GmbH"}, "", "standard", []string{"Globex Ltd"}},
		{"joined from the left", []string{"Blue-Globex"}, "", "standard", []string{"Globex Ltd"}},
		{"partners", []string{"Globex & Sons"}, "", "standard", []string{"Globex Ltd"}},
		{"in an address", []string{"write to max@globex.example or www.globex.com"}, "", "", nil},
		{"in a longer word", []string{"globexing"}, "", "", nil},
		{"over a line's end", []string{"Acme\nBank"}, "Acme Instruments AG", "premium", nil},
		{"short name without form", []string{"our it is down"}, "", "", nil},
		{"short name with form", []string{"Max, IT AG"}, "IT AG", "premium", nil},
		{"short name alone", []string{"IT"}, "IT AG", "premium", nil},
		{"japanese", []string{"アクメの山田です。"}, "株式会社アクメ", "premium", nil},
		{"japanese, full", []string{"お世話になっております。株式会社アクメの山田です。"}, "株式会社アクメ", "premium", nil},
		{"nobody", []string{"Max", "help", ""}, "", "", nil},
		{"nothing", nil, "", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := d.Identify("somebody@gmail.com", true, c.texts...)
			want := ticket.Unknown
			if c.customer != "" {
				want = ticket.Claimed
			}
			if id.Customer != c.customer || id.Level != c.level || id.Confidence != want || !slices.Equal(id.Candidates, c.candidates) || id.Reason == "" {
				t.Errorf("got %+v", id)
			}
		})
	}
}

func TestAddressBeforeName(t *testing.T) {
	id := testDirectory(t).Identify("max@globex.example", true, "Max, Acme Bank")
	if id.Customer != "Globex Ltd" || id.Confidence != ticket.Domain {
		t.Errorf("%+v", id)
	}
}

func TestEmptyDirectory(t *testing.T) {
	empty, _ := New(nil, nil)
	for _, d := range []*Directory{nil, empty} {
		if id := d.Identify("max@acme.example", true, "Acme"); id.Confidence != ticket.Unknown || id.Customer != "" {
			t.Errorf("%+v", id)
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	d := testDirectory(t)
	if id := d.Identify("", false, strings.Repeat("x ", maxTextBytes/2)+"Globex"); id.Customer != "" {
		t.Errorf("found beyond the limit: %+v", id)
	}
	if id := d.Identify("", false, strings.Repeat("x ", maxTextBytes/2-20)+"Globex"); id.Customer == "" {
		t.Error("not found within the limit")
	}
}

func FuzzIdentify(f *testing.F) {
	d := testDirectory(f)
	f.Add("max@acme.example", "Max, Globex Ltd")
	f.Add("max@müller.example", "Delta & Delta SpA\xff")
	f.Add("@", "株式会社アクメ")
	f.Fuzz(func(t *testing.T, address, text string) {
		id := d.Identify(address, true, text)
		if (id.Customer == "") != (id.Confidence == ticket.Unknown) || id.Customer != "" && id.Candidates != nil || id.Reason == "" {
			t.Fatalf("%q, %q: %+v", address, text, id)
		}
	})
}

func BenchmarkIdentifyByDomain(b *testing.B) {
	d := manyCustomers(10000)
	b.ReportAllocs()
	for b.Loop() {
		d.Identify("max@eu.company777.example", true)
	}
}

func BenchmarkIdentifyByName(b *testing.B) {
	d := manyCustomers(10000)
	text := strings.Repeat("Hello, our printer on the third floor does not print since this morning. ", 30)[:2048]
	b.ReportAllocs()
	for b.Loop() {
		d.Identify("somebody@gmail.com", true, text)
	}
}

// manyCustomers makes a directory of n.
func manyCustomers(n int) *Directory {
	list := make([]Customer, n)
	for i := range list {
		list[i] = Customer{Name: fmt.Sprintf("The Company %d Ltd", i), Domains: []string{fmt.Sprintf("company%d.example", i)}}
	}
	d, _ := New(list, nil)
	return d
}
