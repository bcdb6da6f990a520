package mailauth

import (
	"net/netip"
	"testing"
)

func TestCheck(t *testing.T) {
	c := &Checker{TrustedNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}}
	for _, test := range []struct {
		name     string
		client   string
		received int
		want     Result
	}{
		{"born on a trusted peer", "127.0.0.1", 0, Trusted},
		{"trusted peer, IPv4 in IPv6", "::ffff:127.0.0.1", 0, Trusted},
		{"trusted peer, IPv6", "2001:db8::25", 0, Trusted},
		{"trusted peer that relays", "127.0.0.1", 1, None},
		{"stranger", "192.0.2.1", 0, None},
		{"stranger next to the network", "128.0.0.1", 0, None},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := c.Check(netip.MustParseAddr(test.client), test.received)
			if v.Result != test.want || len(v.Reasons) == 0 {
				t.Errorf("got %v %q, want %v with a reason", v.Result, v.Reasons, test.want)
			}
			if v.Authenticated() != (test.want == Trusted) {
				t.Errorf("Authenticated() = %v", v.Authenticated())
			}
		})
	}
	if (&Checker{}).Check(netip.Addr{}, 0).Result != None {
		t.Error("without networks, nobody is trusted")
	}
	if !(Verdict{Result: Pass}).Authenticated() || (Verdict{Result: Fail}).Authenticated() {
		t.Error("pass authenticates, fail does not")
	}
}
