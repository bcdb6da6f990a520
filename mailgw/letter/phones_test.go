package letter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// written are numbers as people write them; the domain is the writer's.
var written = []struct{ domain, text, want string }{
	{"", "+41 44 668 18 00", "+41446681800"},
	{"", "+41446681800", "+41446681800"},
	{"", "Call +41 (0)44 668 18 00 please.", "+41446681800"},
	{"", "+41(0)446681800", "+41446681800"},
	{"", "+41 (0) 44 668 18 00", "+41446681800"},
	{"", "(+41) 44 668 18 00", "+41446681800"},
	{"", "tel:+41446681800", "+41446681800"},
	{"", "0041 44 668 18 00", "+41446681800"},
	{"", "00 41 44 668 18 00", "+41446681800"},
	{"", "0041-44-668-18-00", "+41446681800"},
	{"", "Tel. 0041446681800", "+41446681800"},
	{"", "+49 30 1234567", "+49301234567"},
	{"", "+49/30/1234567", "+49301234567"},
	{"", "+49 (30) 1234-567", "+49301234567"},
	{"", "M +49 151 23456789 | E jo@example.com", "+4915123456789"},
	{"", "+1 (212) 555-0123", "+12125550123"},
	{"", "+1-212-555-0123 ext. 12", "+12125550123"},
	{"", "+1.212.555.0123", "+12125550123"},
	{"", "+1 212 555 0123x45", "+12125550123"},
	{"", "+44 20 7946 0018", "+442079460018"},
	{"", "+44 (0) 20 7946 0018", "+442079460018"},
	{"", "+33 1 42 68 53 00", "+33142685300"},
	{"", "+39 06 6982 1234", "+390669821234"},
	{"", "+7 495 123-45-67", "+74951234567"},
	{"", "+81-3-1234-5678", "+81312345678"},
	{"", "电话：+86 10 6552 9988", "+861065529988"},
	{"", "電話+81 3 1234 5678まで", "+81312345678"},
	{"", "+90 212 123 45 67.", "+902121234567"},
	{"", "(+351) 21 123 4567", "+351211234567"},
	{"", "\u260e +48\u00a022\u00a0123\u00a045\u00a067", "+48221234567"},
	{"", "Phone: +41\u201144\u2011668\u201118\u201100", "+41446681800"},
	{"", "+41 044 668 18 00", "+41446681800"}, // wrong, and written
	{"example.ch", "Tel. 044 668 18 00", "+41446681800"},
	{"example.ch", "Natel: 079 123 45 67", "+41791234567"},
	{"example.ch", "Tél: 022/123 45 67", "+41221234567"},
	{"example.ch", "Sie erreichen mich unter 044 668 18 00.", "+41446681800"},
	{"example.de", "Tel.-Nr.: 030 / 1234567", "+49301234567"},
	{"example.de", "Telefon (030) 12 34 567", "+49301234567"},
	{"example.de", "Handy 0151-23456789", "+4915123456789"},
	{"example.de", "T: 089 123456", "+4989123456"},
	{"mail.example.co.uk", "Mobile: 07911 123456", "+447911123456"},
	{"example.fr", "Tél. : 01.42.68.53.00", "+33142685300"},
	{"example.it", "Cell. 347 123 4567", "+393471234567"},
	{"example.it", "Tel. 06 6982 1234", "+390669821234"},
	{"example.es", "móvil 612 34 56 78", "+34612345678"},
	{"example.pl", "tel. kom. 512 345 678", "+48512345678"},
	{"example.dk", "Tlf. 20 12 34 56", "+4520123456"},
	{"example.ru", "Тел.: 8 (495) 123-45-67", "+74951234567"},
	{"example.us", "Cell: 212-555-0123", "+12125550123"},
	{"example.hu", "Telefonszám: 06 1 234 5678", "+3612345678"},
	{"example.jp", "電話番号：03-1234-5678", "+81312345678"},
	{"example.ch", "Call me at 044 668 18 00", "+41446681800"},
}

// otherNumbers are no phone numbers, whatever the writer's domain is.
var otherNumbers = []string{
	"Ticket 0446681800", "[#446681800]", "order no. 044 668 18 00", "Bestellnummer 004412345678", "Bestellung Nr. 0044 20 7946 0018", "invoice #0041 44 668 18 00",
	"Rechnung 2026-0041-44", "Kundennummer: 0446681800", "commande n° 0142685300", "factura 612345678", "customer 2079460018",
	"CH93 0076 2011 6238 5295 7", "DE89 3704 0044 0532 0130 00", "IBAN GB33 BUKB 2020 1555 5555 55", "FR14 2004 1010 0505 0001 3M02 606", "NO93 0041 4466 8180 0",
	"2026-07-14", "14.07.2026", "14.07.2026 09:59:57", "Tue, 14 Jul 2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", "20260714095957", "Tel. 14.07.2026 or later", "Phone 2026-07-14 10", "Phone 2026-07-14", "Tel. 14.07.2026",
	"+41 500 000 €", "+49 30 1234567 EUR", "CHF 1'234'567.00", "$+1 212 555 0123", "+12 %", "1.234.567,00", "+100 000 000", "Mobile 1,234,567",
	"CHE-123.456.789 MWST", "DE123456789", "ATU12345678", "VAT GB 123 4567 89", "NIF 612345678",
	"00340434161094027318", "1Z 999 AA1 01 2345 6784", "RR123456789CH", "tracking 0041 44 668 18 00", "Sendungsnummer 0041 44 668 18 00",
	"10.0.0.12", "192.168.100.200", "Phone 192.168.100.200", "2001:db8::4466:8180", "127.0.0.1:25", "550e8400-e29b-41d4-a716-446655440000", "0041446-6818-0000-41d4-446655440000",
	"+47.3769381, +8.5417", "47.376938", "C++ 11 22 33 44 55", "GMT+0200 446681800", "v+41446681800", "user+41446681800@example.com", "https://example.com/+41446681800", "?id=0041446681800",
	"0446681800", "044 668 18 00", "+0 44 668 18 00", "+999 123 456 789", "+41 44", "+41 44 668 18 00 12 34 56", "5.1.1 550 0041", "4111 1111 1111 1111", "ISBN 978-3-16-148410-0", "1234567890123456789012345",
	"0x0041446681800", "A-0041-446-6818", "serial 00-41-44668-1800", "10:00-12:00", "9 seats, 12 of them", "+1 +1 +1", "+++",
}

func TestPhones(t *testing.T) {
	for _, c := range written {
		if got := phones(c.domain, c.text); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q of %q: %q, want %q", c.text, c.domain, got, c.want)
		}
		if got := phones(c.domain, "before it\n"+c.text+"\nbehind it"); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q on its line: %q, want %q", c.text, got, c.want)
		}
	}
	for _, domain := range []string{"", "example.ch", "example.de", "example.uk", "example.us", "example.it", "example.dk"} {
		for _, text := range otherNumbers {
			if got := phones(domain, text); got != nil {
				t.Errorf("%q of %q: %q, which is no phone number", text, domain, got)
			}
		}
	}
}

func TestPhonesOfTexts(t *testing.T) {
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, "+41 44 668 18 %02d\n", i)
	}
	if got := phones("", many.String()); len(got) != maxPhones || got[9] != "+41446681809" {
		t.Errorf("of 30: %q", got)
	}
	if got := phones("a.ch", "+41 44 668 18 00", "Tel. 044 668 18 00 / Fax 044 668 18 01"); !slices.Equal(got, []string{"+41446681800", "+41446681801"}) {
		t.Errorf("each once: %q", got)
	}
	raw := func(from, subject string) []byte {
		return []byte("From: Jo <" + from + ">\r\nSubject: " + subject + "\r\n\r\nPlease call.\r\n\r\nOn Mon, 5 Jan 2026, Ann <ann@b.ch> wrote:\r\n> Tel. 044 668 18 09\r\n\r\n-- \r\nJo\r\nTel. 044 668 18 00\r\n")
	}
	if m := Parse(raw("jo@a.ch", "Call"), "jo@a.ch", Limits{}); !slices.Equal(m.Phones, []string{"+41446681800"}) {
		t.Errorf("of the signature, not of the quotation: %q", m.Phones)
	}
	if m := Parse(raw("jo@a.com", "Call"), "jo@a.com", Limits{}); m.Phones != nil {
		t.Errorf("a number of no country: %q", m.Phones)
	}
	if m := Parse(raw("jo@a.ch", "Automatic reply: Call"), "", Limits{}); m.Phones != nil {
		t.Errorf("of a program: %q", m.Phones)
	}
}

func TestPhoneFiles(t *testing.T) {
	if len(phoneNumbers.codes) < 200 || len(phoneWords.labels) < 50 || len(phoneWords.glued) == 0 || len(phoneWords.never) == 0 || len(phoneWords.unit) == 0 {
		t.Errorf("%d codes, %d labels", len(phoneNumbers.codes), len(phoneWords.labels))
	}
	for word := range phoneWords.never {
		if slices.Contains(phoneWords.labels[word], word) {
			t.Errorf("%q is and is not a phone number's", word)
		}
	}
	for code := range phoneNumbers.codes { // no code begins with another
		if phoneNumbers.codes[code/10] != nil || phoneNumbers.codes[code/100] != nil {
			t.Errorf("code %d begins with another", code)
		}
	}
	for file, want := range map[string]string{
		"41 ch 0 9":        "five words",
		"x ch 0 9 20":      "line 1",
		"41 ch 0 9-8 20":   "no range",
		"# a\n1 us 1 9 x2": "line 2",
	} {
		if _, err := readPhonePlans(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
	for file, want := range map[string]string{"label: Tel": "small letters", "lable: tel": "no key"} {
		if _, err := readPhoneWords(map[string]string{"x": file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
}

// TestPhonePlans asks a library that knows the numbers of every country exactly: none
// is read wrong, and few are not found, such as free ones that begin with 1800.
func TestPhonePlans(t *testing.T) {
	asked, missed, wrong := 0, 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil || !phonenumbers.IsValidNumber(example) {
				continue
			}
			asked++
			want := phonenumbers.Format(example, phonenumbers.E164)
			if got := phones("", phonenumbers.Format(example, phonenumbers.INTERNATIONAL)); !slices.Equal(got, []string{want}) {
				t.Logf("%s: %q, want %s", region, got, want)
				missed, wrong = missed+1, wrong+len(got)
			}
			domain := strings.ToLower(strings.Replace(region, "GB", "UK", 1))
			if _, known := phoneNumbers.domains[domain]; !known {
				continue
			}
			asked++
			if got := phones("a."+domain, "Tel. "+phonenumbers.Format(example, phonenumbers.NATIONAL)); !slices.Equal(got, []string{want}) {
				t.Logf("%s, national %q: %q, want %s", region, phonenumbers.Format(example, phonenumbers.NATIONAL), got, want)
				missed, wrong = missed+1, wrong+len(got)
			}
		}
	}
	if asked < 1000 || missed > asked/25 || wrong > 0 {
		t.Errorf("%d of %d numbers are not found, %d are wrong", missed, asked, wrong)
	}
}

// FuzzPhones: what is found is E.164, its digits stand in the text, and each byte
// costs little.
func FuzzPhones(f *testing.F) {
	for _, c := range written {
		f.Add(c.text, c.domain)
	}
	for _, s := range otherNumbers {
		f.Add(s, "example.ch")
	}
	f.Fuzz(func(t *testing.T, text, domain string) {
		got := phones(domain, text)
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text)
		for _, number := range got {
			if len(number) < 8 || len(number) > 16 || number[0] != '+' || strings.Trim(number[1:], "0123456789") != "" {
				t.Errorf("%q: %q", text, number)
			}
			if !strings.Contains(digits, number[len(number)-4:]) {
				t.Errorf("%q: %q is not in it", text, number)
			}
			if again := phones("", number); !slices.Equal(again, []string{number}) {
				t.Errorf("%q reads back as %q", number, again)
			}
		}
		if len(got) > maxPhones {
			t.Errorf("%d numbers", len(got))
		}
	})
}

// TestPhonesCostNothing: a mail without numbers pays nothing for them.
func TestPhonesCostNothing(t *testing.T) {
	text := strings.Repeat("Line 7: we have only 9 seats, but the invoice 64364 of 14.07.2026 says 12 of them.\n", 20)
	if n := testing.AllocsPerRun(100, func() { phones("example.ch", text, text) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
