package mailauth

import (
	"net/netip"
	"testing"

	"supportgw/mailgw/mailauth/dnstest"
)

// An @ in a quoted local part does not choose the domain.
func TestSPFOfQuotedLocalPart(t *testing.T) {
	dns := NewCache(dnstest.New("acme.example TXT v=spf1 -all", `evil.example"@acme.example TXT v=spf1 +all`, "evil.example TXT v=spf1 +all"))
	f := checkMailFrom(t.Context(), dns, netip.MustParseAddr("192.0.2.1"), "mx.evil.example", `"x@evil.example"@acme.example`)
	if f.result != resultFail || f.domain != "acme.example" {
		t.Errorf("%+v", f)
	}
}
