package mailgw

import (
	"net/netip"
	"strings"
	"testing"
)

// TestBlockLists: an address that a list has is refused, in the dialogue; a list that
// fails, or says that it was not to be asked, blocks nobody.
func TestBlockLists(t *testing.T) {
	const name = "25.113.0.203."
	for _, c := range []struct {
		name    string
		records []string
		want    string
	}{
		{"listed", []string{name + "list.example A 127.0.0.2"}, "554 5.7.1 203.0.113.25 is on the block list list.example"},
		{"by the second", []string{name + "other.example A 127.0.0.10"}, "554 5.7.1 203.0.113.25 is on the block list other.example"},
		{"not listed", nil, "250"},
		{"not to be asked", []string{name + "list.example A 127.255.255.254"}, "250"},
		{"no list any more", []string{name + "list.example A 198.51.100.1"}, "250"},
		{"silent", []string{name + "list.example FAIL"}, "250"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, `smtp.trusted_networks=[]`, `smtp.block_lists=["list.example", "other.example"]`, `smtp.greet_pause="0s"`)
			h.nameServer(c.records...)
			if got := sendTo(t, h.mxDoor(), aMail("A question", "\r\nHello?\r\n")); !strings.HasPrefix(got, strings.TrimSuffix(c.want, ".")) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	h := newHouse(t, `sender.upstream_networks=["`+outside+`/32"]`, `sender.trusted_authserv_ids=["mx.example.com"]`, `smtp.block_lists=["list.example"]`)
	h.nameServer(name + "list.example A 127.0.0.2")
	if got := sendTo(t, h.mxDoor(), aMail("A question", "\r\nHello?\r\n")); got != "250" {
		t.Errorf("from a server of the house: %s", got)
	}
	if got := reversed(netip.MustParseAddr("2001:db8::1")); got != "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" {
		t.Errorf("IPv6: %s", got)
	}
}
