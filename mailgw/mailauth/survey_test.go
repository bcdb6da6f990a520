package mailauth

import (
	"strings"
	"testing"

	"supportgw/mailgw/mailauth/dnstest"
)

// right is the DNS of a domain where all is as it should be.
var right = []string{
	"example.com MX 10 gw.example.com", "example.com TXT v=spf1 ip4:198.51.100.7 -all", "_dmarc.example.com TXT v=DMARC1; p=reject",
	"one._domainkey.example.com TXT v=DKIM1; k=rsa; p=AAAA BBBB", "gw.example.com A 198.51.100.7", "7.100.51.198.in-addr.arpa PTR gw.example.com.",
}

// TestSurvey: what is wrong is found, and said together with what to publish.
func TestSurvey(t *testing.T) {
	ours := Outside{Domain: "example.com", Hostname: "gw.example.com", TakesMX: true, WayOut: "", Keys: []Published{{"one._domainkey.example.com", "v=DKIM1; k=rsa; p=AAAABBBB"}}}
	sub := ours
	sub.Domain = "support.example.com"
	bare := ours
	bare.Keys = nil
	behind := ours
	behind.TakesMX = false
	relayed := ours
	relayed.WayOut = "relay.example.net"
	for _, tt := range []struct {
		name     string
		out      Outside
		without  string   // records of this name are taken away
		with     []string // and these added
		about    string
		grade    Grade
		contains string
	}{
		{"MX", ours, "", nil, "MX", Good, "gw.example.com"},
		{"no MX", ours, "example.com", []string{"example.com TXT v=spf1 -all"}, "MX", Wrong, "IN MX 10 gw.example.com."},
		{"null MX", ours, "example.com", []string{"example.com MX 0 ."}, "MX", Wrong, "takes no mail"},
		{"MX without address", ours, "example.com", []string{"example.com MX 5 gone.example.com"}, "MX", Wrong, "gone.example.com"},
		{"MX elsewhere", ours, "example.com", []string{"example.com MX 5 mx.example.net", "mx.example.net A 203.0.113.1"}, "MX", Doubt, "not to gw.example.com"},
		{"MX elsewhere, which hands it on", behind, "example.com", []string{"example.com MX 5 mx.example.net", "mx.example.net A 203.0.113.1"}, "MX", Good, "must hand it"},
		{"MX silent", ours, "", []string{"example.com FAIL"}, "MX", Unknown, "dns.resolver"},
		{"SPF", ours, "", nil, "SPF", Good, "allows gw.example.com"},
		{"no SPF", ours, "example.com", []string{"example.com TXT google-site-verification=1"}, "SPF", Wrong, "v=spf1 mx a:gw.example.com -all"},
		{"two SPF", ours, "", []string{"example.com TXT v=spf1 -all"}, "SPF", Wrong, "2 records"},
		{"SPF for all", ours, "example.com", []string{"example.com TXT v=spf1 +all"}, "SPF", Wrong, "everybody"},
		{"broken SPF", ours, "example.com", []string{"example.com TXT v=spf1 ip4:1.2.3 -all"}, "SPF", Wrong, "broken"},
		{"SPF without us", ours, "example.com", []string{"example.com TXT v=spf1 ip4:203.0.113.1 -all"}, "SPF", Doubt, "198.51.100.7"},
		{"SPF of the relay", relayed, "", []string{"relay.example.net A 203.0.113.9"}, "SPF", Doubt, "relay.example.net (203.0.113.9)"},
		{"SPF of an unknown relay", relayed, "", nil, "SPF", Doubt, "has no address"},
		{"DKIM", ours, "", nil, "DKIM", Good, "one._domainkey"},
		{"no key", bare, "", nil, "DKIM", Doubt, "mailgw dkim new example.com"},
		{"no record", ours, "one._domainkey.example.com", nil, "DKIM", Wrong, "no record"},
		{"another key", ours, "one._domainkey.example.com", []string{"one._domainkey.example.com TXT v=DKIM1; p=CCCC"}, "DKIM", Wrong, "another key"},
		{"revoked", ours, "one._domainkey.example.com", []string{"one._domainkey.example.com TXT v=DKIM1; p="}, "DKIM", Wrong, "revoked"},
		{"two keys", ours, "", []string{"one._domainkey.example.com TXT v=DKIM1; p=CCCC"}, "DKIM", Wrong, "2 records"},
		{"test key", ours, "one._domainkey.example.com", []string{"one._domainkey.example.com TXT v=DKIM1; t=s:y; p=AAAABBBB"}, "DKIM", Doubt, "t=y"},
		{"DMARC", ours, "", nil, "DMARC", Good, "p=reject"},
		{"DMARC of the organisation", sub, "", nil, "DMARC", Good, "_dmarc.example.com"},
		{"sp of the organisation", sub, "_dmarc.example.com", []string{"_dmarc.example.com TXT v=DMARC1; p=reject; sp=none"}, "DMARC", Doubt, "p=none"},
		{"no DMARC", ours, "_dmarc.example.com", nil, "DMARC", Wrong, "v=DMARC1; p=none; rua="},
		{"two DMARC", ours, "", []string{"_dmarc.example.com TXT v=DMARC1; p=none"}, "DMARC", Wrong, "2 records"},
		{"DMARC p=none", ours, "_dmarc.example.com", []string{"_dmarc.example.com TXT v=DMARC1; p=none"}, "DMARC", Doubt, "everybody"},
		{"DMARC unreadable", ours, "_dmarc.example.com", []string{"_dmarc.example.com TXT v=DMARC1; p=maybe"}, "DMARC", Wrong, "cannot be read"},
		{"strict, with keys above", sub, "_dmarc.example.com", []string{"_dmarc.example.com TXT v=DMARC1; p=reject; adkim=s"}, "DMARC", Wrong, "adkim=s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := dnstest.New(right...)
			if tt.without != "" {
				z.Remove(tt.without)
			}
			for _, l := range tt.with {
				name, rest, _ := strings.Cut(l, " ")
				kind, value, _ := strings.Cut(rest, " ")
				if kind == "FAIL" {
					z.Fail(name, true)
					continue
				}
				z.Add(name, kind, value)
			}
			wantAdvice(t, Survey(t.Context(), z, tt.out), tt.about, tt.grade, tt.contains)
		})
	}
}

// TestSurveyHost: an address and its name lead to each other.
func TestSurveyHost(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		records    []string
		grade      Grade
		contains   string
	}{
		{"right", "gw.example.com", right, Good, "198.51.100.7 leads back"},
		{"no address", "none.example.com", right, Wrong, "no address"},
		{"no PTR", "gw.example.com", []string{"gw.example.com A 198.51.100.8"}, Wrong, "no name"},
		{"another name", "gw.example.com", []string{"gw.example.com A 198.51.100.7", "7.100.51.198.in-addr.arpa PTR host7.isp.example."}, Doubt, "host7.isp.example"},
		{"inside", "gw.example.com", []string{"gw.example.com A 10.0.0.7"}, Doubt, "your own network"},
		{"silent", "gw.example.com", []string{"gw.example.com FAIL"}, Unknown, "did not answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantAdvice(t, SurveyHost(t.Context(), dnstest.New(tt.records...), tt.host), "PTR", tt.grade, tt.contains)
		})
	}
}

func wantAdvice(t *testing.T, all []Advice, about string, grade Grade, contains string) {
	t.Helper()
	for _, a := range all {
		if a.About == about && a.Grade == grade && strings.Contains(a.Text, contains) {
			if a.Grade == Wrong && !strings.Contains(a.Text, ";") {
				t.Errorf("says what is wrong and not what to do: %s", a.Text)
			}
			return
		}
	}
	t.Errorf("%s, %s, with %q is not among %+v", about, grade, contains, all)
}
