package customer

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// publicLists returns the domains of the two public lists.
func publicLists(t *testing.T) (list []string) {
	t.Helper()
	dir := corpora(t, "domains")
	for _, name := range []string{"freemail-free.txt", "freemail-disposable.txt"} {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for in := bufio.NewScanner(file); in.Scan(); {
			if d, ok := normalDomain(in.Text()); ok {
				list = append(list, d)
			}
		}
	}
	return list
}

// TestPublicFreeMail: no domain of the public lists makes a company, and two
// addresses in one of them are no colleagues. MAILGW_UPDATE_FREEMAIL=1 makes
// freemail.sums anew. Public suffixes are left out of it: they are refused as such,
// and a company may well have a domain below one.
func TestPublicFreeMail(t *testing.T) {
	list := publicLists(t)
	if os.Getenv("MAILGW_UPDATE_FREEMAIL") != "" {
		var sums []string
		for _, d := range list {
			if !isPublicSuffix(d) {
				sums = append(sums, freeMailSum(d))
			}
		}
		slices.Sort(sums)
		if err := os.WriteFile("freemail.sums", []byte(strings.Join(slices.Compact(sums), "")), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("freemail.sums is written; run the test again")
	}
	customers := make([]Customer, len(list))
	for i, d := range list {
		customers[i] = Customer{ID: uint64(i + 1), Name: "C" + d, Domains: []string{d}}
	}
	dir, problems := New(customers, nil)
	refused := map[int]bool{}
	for _, p := range problems {
		refused[p.Customer] = refused[p.Customer] || p.Field == "domains[0]"
	}
	bad := 0
	for i, d := range list {
		if id := dir.Identify("x@"+d, true); !refused[i] || id.Confidence != ticket.Unknown || dir.Colleagues("x@"+d, "y@"+d) {
			if bad++; bad < 10 {
				t.Errorf("%s makes a company: %+v", d, id)
			}
		}
	}
	t.Logf("%d domains, %d make a company; %d kB", len(list), bad, len(publicFreeMail)/1000)
	if len(list) < 90000 || bad > 0 {
		t.Errorf("%d of %d domains make a company", bad, len(list))
	}
}

// TestFreeMailSums: the list is whole, and other domains are not in it.
func TestFreeMailSums(t *testing.T) {
	if n := len(publicFreeMail); n%sumBytes != 0 || n < 90000*sumBytes {
		t.Fatalf("%d bytes", n)
	}
	for i := sumBytes; i < len(publicFreeMail); i += sumBytes {
		if publicFreeMail[i-sumBytes:i] >= publicFreeMail[i:i+sumBytes] {
			t.Fatal("not in order")
		}
	}
	d, _ := New(nil, nil)
	for _, provider := range []string{"gmail.com", "mail.gmail.com", "0-mail.com", "00.pe", "mailinator.com"} {
		if !d.isFreeMail(provider) {
			t.Errorf("%s is no mail provider", provider)
		}
	}
	for _, company := range []string{"microsoft.com", "google.com", "apple.com", "siemens.com", "bmw.de", "ethz.ch", "swisscom.com", "ibm.com", "acme.example", "notgmail.com", "com", ""} {
		if d.isFreeMail(company) {
			t.Errorf("%s is a mail provider", company)
		}
	}
}

// TestCompanyDomains: an administrator knows better than the list, and than its
// opposite.
func TestCompanyDomains(t *testing.T) {
	list := []Customer{{Name: "A", Domains: []string{"facebook.com"}}, {Name: "B", Domains: []string{"b.example"}}}
	if _, problems := New(list, nil); len(problems) != 1 || !strings.Contains(problems[0].Text, "company_domains") {
		t.Errorf("%+v", problems)
	}
	d, problems := New(list, nil, "Facebook.com")
	if len(problems) > 0 || d.Identify("x@mail.facebook.com", true).Customer != "A" || d.Colleagues("x@facebook.com", "y@b.example") {
		t.Errorf("%+v", problems)
	}
	if _, problems := New(list, []string{"b.example"}, "facebook.com", "no domain"); len(problems) != 2 || problems[0].Field != "company_domains[1]" || problems[1].Field != "domains[0]" {
		t.Errorf("%+v", problems)
	}
	// Of the two keys, the one that is nearer to the domain counts.
	d, _ = New(nil, []string{"mail.facebook.com"}, "facebook.com")
	if d.isFreeMail("facebook.com") || !d.isFreeMail("x.mail.facebook.com") {
		t.Error("the farther one counts")
	}
}
