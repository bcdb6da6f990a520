package mailauth

import (
	"testing"

	"supportgw/mailgw/mailauth/dnstest"
)

func TestParseRecord(t *testing.T) {
	plain := record{p: policyReject, percent: 100}
	with := func(change func(*record)) record { r := plain; change(&r); return r }
	for _, c := range []struct {
		name, txt string
		want      record
		ok        bool
	}{
		{"the shortest", "v=DMARC1;p=reject", plain, true},
		{"white space", " v = DMARC1 ; p = reject ; ", plain, true},
		{"capitals in values", "v=DMARC1; p=Reject", plain, true},
		{"unknown tags and broken ones", "v=DMARC1; x=1; =; ;;; fo=9:d; p=reject; ri=soon; rf=xml; rua", plain, true},
		{"all that counts", "v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=s; pct=20; t=y; rua=mailto:d@x.example",
			record{p: policyReject, sp: policyNone, np: policyQuarantine, strictDKIM: true, strictSPF: true, percent: 20, testing: true, reportsWhere: "mailto:d@x.example"}, true},
		{"relaxed, said", "v=DMARC1; p=reject; adkim=r; aspf=r; pct=100; t=n", plain, true},
		{"alignment that is none", "v=DMARC1; p=reject; adkim=strict; aspf=", plain, true},
		{"a percentage that is none", "v=DMARC1; p=reject; pct=101", plain, true},
		{"a negative percentage", "v=DMARC1; p=reject; pct=-1", plain, true},
		{"nought percent", "v=DMARC1; p=reject; pct=0", with(func(r *record) { r.percent = 0 }), true},
		{"no p, but reports", "v=DMARC1; rua=mailto:d@x.example", record{p: policyNone, percent: 100, reportsWhere: "mailto:d@x.example"}, true},
		{"a p that is none, but reports", "v=DMARC1; p=refuse; sp=reject; rua=mailto:d@x.example", record{p: policyNone, percent: 100, reportsWhere: "mailto:d@x.example"}, true},
		{"an sp that is none, but reports", "v=DMARC1; p=reject; sp=refuse; rua=mailto:d@x.example", record{p: policyNone, percent: 100, reportsWhere: "mailto:d@x.example"}, true},
		{"no p", "v=DMARC1", record{}, false},
		{"a p that is none", "v=DMARC1; p=refuse", record{}, false},
		{"another version", "v=DMARC2; p=reject", record{}, false},
		{"the version is not first", "p=reject; v=DMARC1", record{}, false},
		{"the version in other letters", "v=dmarc1; p=reject", record{}, false},
		{"more than the version", "v=DMARC1.0; p=reject", record{}, false},
		{"another record", "v=spf1 -all", record{}, false},
		{"empty", "", record{}, false},
	} {
		got, ok := parseRecord(c.txt)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %+v %v, want %+v %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

// lookedUp is what the zones of this table publish for a From domain.
func TestLookUpPolicy(t *testing.T) {
	const reject, quarantine = "TXT v=DMARC1; p=reject", "TXT v=DMARC1; p=quarantine"
	for _, c := range []struct {
		name   string
		from   string
		zone   []string
		domain string // where the policy was found; "" for nowhere
		wants  string
		open   bool // no answer came
	}{
		{"at the domain", "acme.example", []string{"_dmarc.acme.example " + reject}, "acme.example", "reject", false},
		{"at the organisation", "a.b.acme.example", []string{"_dmarc.acme.example " + reject}, "acme.example", "reject", false},
		{"not in between", "a.b.acme.example", []string{"_dmarc.b.acme.example " + reject}, "", "", false},
		{"the domain's own comes first", "mail.acme.example", []string{"_dmarc.mail.acme.example " + quarantine, "_dmarc.acme.example " + reject}, "mail.acme.example", "quarantine", false},
		{"under a suffix of two labels", "mail.acme.co.uk", []string{"_dmarc.acme.co.uk " + reject, "_dmarc.co.uk " + quarantine}, "acme.co.uk", "reject", false},
		{"a suffix is nobody's organisation", "acme.co.uk", []string{"_dmarc.co.uk " + reject}, "", "", false},
		{"sp for a subdomain", "mail.acme.example", []string{"_dmarc.acme.example " + reject + "; sp=none"}, "acme.example", "none", false},
		{"sp not for the domain", "acme.example", []string{"_dmarc.acme.example " + reject + "; sp=none"}, "acme.example", "reject", false},
		{"sp of a subdomain's own record", "mail.acme.example", []string{"_dmarc.mail.acme.example " + quarantine + "; sp=none"}, "mail.acme.example", "quarantine", false},
		{"np for what does not exist", "no.acme.example", []string{"_dmarc.acme.example TXT v=DMARC1; p=none; np=reject"}, "acme.example", "reject", false},
		{"np comes before sp", "no.acme.example", []string{"_dmarc.acme.example TXT v=DMARC1; p=none; sp=none; np=reject"}, "acme.example", "reject", false},
		{"np not for what exists", "mail.acme.example", []string{"_dmarc.acme.example TXT v=DMARC1; p=none; np=reject", "mail.acme.example A 192.0.2.1"}, "acme.example", "none", false},
		{"np not for a mail domain", "mail.acme.example", []string{"_dmarc.acme.example TXT v=DMARC1; p=none; np=reject", "mail.acme.example MX 10 mx.example"}, "acme.example", "none", false},
		{"np not when no answer comes", "mail.acme.example", []string{"_dmarc.acme.example TXT v=DMARC1; p=none; np=reject", "mail.acme.example FAIL"}, "acme.example", "none", false},
		{"none", "acme.example", nil, "", "", false},
		{"other records beside it", "acme.example", []string{"_dmarc.acme.example TXT v=spf1 -all", "_dmarc.acme.example " + reject}, "acme.example", "reject", false},
		{"several", "acme.example", []string{"_dmarc.acme.example " + reject, "_dmarc.acme.example " + quarantine}, "", "", false},
		{"several, and the organisation's", "mail.acme.example", []string{"_dmarc.mail.acme.example " + reject, "_dmarc.mail.acme.example " + reject, "_dmarc.acme.example " + reject}, "", "", false},
		{"no answer", "acme.example", []string{"_dmarc.acme.example FAIL"}, "", "", true},
		{"no answer at the domain", "mail.acme.example", []string{"_dmarc.mail.acme.example FAIL", "_dmarc.acme.example " + reject}, "", "", true},
		{"no answer at the organisation", "mail.acme.example", []string{"_dmarc.acme.example FAIL"}, "", "", true},
		{"an answer that is too large", "acme.example", []string{"_dmarc.acme.example TXT " + long(maxAnswer+1)}, "", "", false},
	} {
		p := lookUpPolicy(t.Context(), NewCache(dnstest.New(c.zone...)), c.from)
		if p.domain != c.domain || p.wants != c.wants || p.unknown != c.open || p.found != (c.domain != "") || p.why == "" {
			t.Errorf("%s: %q wants %q, open %v (%s); want %q, %q, %v", c.name, p.domain, p.wants, p.unknown, p.why, c.domain, c.wants, c.open)
		}
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

// What a policy asks for of a mail, on both sides of its percentage.
func TestAsks(t *testing.T) {
	for _, c := range []struct {
		wants   string
		percent int
		testing bool
		sample  int
		want    string
	}{
		{"none", 100, false, 0, "none"}, {"quarantine", 100, false, 99, "quarantine"}, {"reject", 100, false, 99, "reject"},
		{"reject", 50, false, 49, "reject"}, {"reject", 50, false, 50, "quarantine"}, {"reject", 0, false, 0, "quarantine"},
		{"quarantine", 50, false, 49, "quarantine"}, {"quarantine", 50, false, 50, "none"}, {"quarantine", 0, false, 0, "none"},
		{"none", 0, false, 0, "none"}, {"", 100, false, 0, ""},
		{"reject", 100, true, 0, "quarantine"}, {"quarantine", 100, true, 0, "none"},
	} {
		p := published{record: record{percent: c.percent, testing: c.testing}, wants: c.wants}
		if got := p.asks(c.sample); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// What is read of a record makes sense, whatever it holds.
func FuzzParseRecord(f *testing.F) {
	for _, s := range []string{"v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=s; pct=20; t=y; rua=mailto:d@x.example", "v=DMARC1;;;=;p", "v=DMARC1; p=; rua=x", "", ";", "v=DMARC1; pct=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		r, ok := parseRecord(txt)
		if ok && (policyOf(r.p) == "" || r.sp != "" && policyOf(r.sp) == "" || r.percent < 0 || r.percent > 100) {
			t.Errorf("%+v", r)
		}
	})
}
