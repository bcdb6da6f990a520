package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/mailauth/dnstest"
)

// TestCheckDNS asks about each domain of a desk once, and about the gateway's name.
func TestCheckDNS(t *testing.T) {
	z := dnstest.New("example.com MX 10 gw.example.com", "example.com TXT v=spf1 ip4:198.51.100.7 -all", "_dmarc.example.com TXT v=DMARC1; p=reject",
		"gw.example.com A 198.51.100.7", "7.100.51.198.in-addr.arpa PTR gw.example.com.")
	for host, want := range map[string]string{
		"gw.example.com": "MX ok, SPF ok, DKIM warning, DMARC ok, PTR ok",
		"gw":             "MX ok, SPF warning, DKIM warning, DMARC ok, PTR warning",
	} {
		all, err := surveyAll(t.Context(), houseConfig(t, t.TempDir(), `sender.upstream_networks=["10.0.0.1/32"]`), host, z)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range all {
			got = append(got, a.About+" "+string(a.Grade))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", host, all, want)
		}
	}
	z.Add("relay.example.net", "A", "203.0.113.9")
	for relay, contains := range map[string]string{"relay.example.net": "relay.example.net (203.0.113.9)", "203.0.113.9": "203.0.113.9"} {
		all, err := surveyAll(t.Context(), houseConfig(t, t.TempDir(), `relay.kind="smtp"`, `relay.address="`+relay+`:587"`), "gw.example.com", z)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, a := range all {
			found = found || a.About == "SPF" && a.Grade == mailauth.Doubt && strings.Contains(a.Text, contains)
		}
		if !found {
			t.Errorf("through %s: %v", relay, all)
		}
	}
}
