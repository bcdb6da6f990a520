package customer

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name      string
		customers []Customer
		freeMail  []string
		customer  int
		field     string
		text      string
	}{
		{"no name", []Customer{{Name: " "}}, nil, 0, "name", "empty"},
		{"name twice", []Customer{{Name: "Acme"}, {Name: "ACME "}}, nil, 1, "name", "also a name"},
		{"alias is a name", []Customer{{Name: "Acme"}, {Name: "Globex", Aliases: []string{"acme"}}}, nil, 1, "aliases[0]", "also a name"},
		{"domain twice", []Customer{{Name: "A", Domains: []string{"a.example"}}, {Name: "B", Domains: []string{"A.EXAMPLE."}}}, nil, 1, "domains[0]", "twice"},
		{"domain twice in one", []Customer{{Name: "A", Domains: []string{"a.example", "a.example"}}}, nil, 0, "domains[1]", "twice"},
		{"free mail", []Customer{{Name: "A", Domains: []string{"gmail.com"}}}, nil, 0, "domains[0]", "provider"},
		{"below free mail", []Customer{{Name: "A", Domains: []string{"mail.web.de"}}}, nil, 0, "domains[0]", "provider"},
		{"own free mail", []Customer{{Name: "A", Domains: []string{"city.example"}}}, []string{"City.example"}, 0, "domains[0]", "provider"},
		{"public suffix", []Customer{{Name: "A", Domains: []string{"co.uk"}}}, nil, 0, "domains[0]", "public suffix"},
		{"private public suffix", []Customer{{Name: "A", Domains: []string{"GitHub.io"}}}, nil, 0, "domains[0]", "public suffix"},
		{"one label", []Customer{{Name: "A", Domains: []string{"com"}}}, nil, 0, "domains[0]", "public suffix"},
		{"an address as domain", []Customer{{Name: "A", Domains: []string{"@a.example"}}}, nil, 0, "domains[0]", "not a domain"},
		{"an IP as domain", []Customer{{Name: "A", Domains: []string{"192.0.2.1"}}}, nil, 0, "domains[0]", "not a domain"},
		{"an IPv6 as domain", []Customer{{Name: "A", Domains: []string{"2001:db8::1"}}}, nil, 0, "domains[0]", "not a domain"},
		{"empty domain", []Customer{{Name: "A", Domains: []string{""}}}, nil, 0, "domains[0]", "not a domain"},
		{"bad address", []Customer{{Name: "A", Addresses: []string{"max"}}}, nil, 0, "addresses[0]", "not an address"},
		{"address with a name", []Customer{{Name: "A", Addresses: []string{"Max <max@a.example>"}}}, nil, 0, "addresses[0]", "not an address"},
		{"address twice", []Customer{{Name: "A", Addresses: []string{"max@a.example"}}, {Name: "B", Addresses: []string{"MAX@a.example"}}}, nil, 1, "addresses[0]", "twice"},
		{"bad free mail", nil, []string{"a b"}, -1, "free_mail_domains[0]", "not a domain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := New(c.customers, c.freeMail)
			if len(problems) != 1 || problems[0].Customer != c.customer || problems[0].Field != c.field || !strings.Contains(problems[0].Text, c.text) {
				t.Errorf("got %+v", problems)
			}
			if d == nil {
				t.Error("no directory")
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, problems := New([]Customer{{Name: "", Domains: []string{"com", "gmail.com"}, Addresses: []string{"x"}}}, []string{""})
	if len(problems) != 5 {
		t.Errorf("got %+v", problems)
	}
}

// TestRefusedDomainFindsNobody: what is a problem is not in the index either.
func TestRefusedDomainFindsNobody(t *testing.T) {
	d, _ := New([]Customer{{Name: "A", Domains: []string{"gmail.com", "co.uk", "com"}}}, nil)
	for _, a := range []string{"x@gmail.com", "x@y.co.uk", "x@y.com"} {
		if id := d.Identify(a, true); id.Confidence != ticket.Unknown {
			t.Errorf("%s: %+v", a, id)
		}
	}
}

func TestFreeMailList(t *testing.T) {
	if n := len(freeMailDomains); n < 100 {
		t.Errorf("only %d domains", n)
	}
	for f := range freeMailDomains {
		if d, ok := normalDomain(f); !ok || d != f || isPublicSuffix(f) {
			t.Errorf("%q is not written as a domain is compared", f)
		}
	}
	for _, company := range []string{"microsoft.com", "google.com", "apple.com", "siemens.com", "abb.com", "novartis.com", "sap.com", "bmw.de", "ethz.ch", "swisscom.com", "vodafone.com", "telekom.de", "orange.com", "acme.example"} {
		if withinBuiltin(company) {
			t.Errorf("%s is a company's domain", company)
		}
	}
	if withinBuiltin("notgmail.com") {
		t.Error("a longer name counts as a subdomain")
	}
}

func TestNormalDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Acme.Example": "acme.example", "acme.example.": "acme.example", " acme.example ": "acme.example",
		"MÜLLER.example": "xn--mller-kva.example", "ａｃｍｅ.example": "acme.example", "_x.acme.example": "_x.acme.example",
		"": "", ".": "", "a..b": "", ".a.b": "", "a.b..": "", "192.0.2.1": "", "[192.0.2.1]": "", "::1": "", "a b.c": "", "a@b.c": "",
		strings.Repeat("a.", 200) + "b": "",
	} {
		if got, ok := normalDomain(in); got != want || ok != (want != "") {
			t.Errorf("normalDomain(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

// withinBuiltin tells whether a domain is a mail provider's to begin with.
func withinBuiltin(domain string) bool {
	d, _ := New(nil, nil)
	return d.isFreeMail(domain)
}
