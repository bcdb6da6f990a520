package threading

import (
	"strings"
	"testing"
)

func TestUnwrapAddress(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "joe@acme.example", "joe@acme.example"},
		{"no address", "joe", "joe"},
		{"empty", "", ""},
		{"SRS0", "SRS0=HHH=TT=acme.example=joe@fwd.example", "joe@acme.example"},
		{"SRS0, other separators", "srs0+HHH=TT=acme.example=joe@fwd.example", "joe@acme.example"},
		{"SRS0, a local part with =", "SRS0-HHH=TT=acme.example=joe=work=x@fwd.example", "joe=work=x@acme.example"},
		{"SRS1", "SRS1=HHH=first.example==HHH=TT=acme.example=joe@second.example", "joe@acme.example"},
		{"SRS1 of SRS0+", "SRS1+HHH=first.example=+HHH=TT=acme.example=joe@second.example", "joe@acme.example"},
		{"SRS1 of nothing", "SRS1=HHH=first.example==@second.example", "SRS1=HHH=first.example==@second.example"},
		{"BATV", "prvs=0123456789=joe@acme.example", "joe@acme.example"},
		{"BATV, a local part with =", "prvs=0123456789=joe=x@acme.example", "joe=x@acme.example"},
		{"BATV, old order", "prvs=joe/0123456789@acme.example", "joe@acme.example"},
		{"BATV in upper case", "PRVS=0123ABCDEF=JOE@ACME.EXAMPLE", "JOE@ACME.EXAMPLE"},
		{"btv1", "btv1==0123456789a==joe@acme.example", "joe@acme.example"},
		{"msprvs1", "msprvs1=18131aYc8wtJc=joe@acme.example", "joe@acme.example"},
		{"BATV in SRS", "SRS0=HHH=TT=acme.example=prvs=0123456789=joe@fwd.example", "joe@acme.example"},
		{"quoted", `"SRS0=HHH=TT=acme.example=joe"@fwd.example`, "joe@acme.example"},
		{"SRS0 with too little", "SRS0=HHH=TT=joe@fwd.example", "SRS0=HHH=TT=joe@fwd.example"},
		{"SRS0 without a domain", "SRS0=HHH=TT=x=joe@fwd.example", "SRS0=HHH=TT=x=joe@fwd.example"},
		{"SRS0 with nothing left", "SRS0=H=T=acme.example=@fwd.example", "SRS0=H=T=acme.example=@fwd.example"},
		{"a name like it", "srs0@fwd.example", "srs0@fwd.example"},
		{"prvs with no tag", "prvs=joe@acme.example", "prvs=joe@acme.example"},
		{"prvs with a short tag", "prvs=12=joe@acme.example", "prvs=12=joe@acme.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := UnwrapAddress(c.in); got != c.want {
				t.Errorf("UnwrapAddress(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// manglings are what becomes of a reply address on its way.
func manglings(local, domain string) map[string]string {
	addr := local + "@" + domain
	return map[string]string{
		"as it is":        addr,
		"upper case":      strings.ToUpper(addr),
		"minus":           strings.Replace(addr, "+", "-", 1),
		"equals":          strings.Replace(addr, "+", "=", 1),
		"percent":         strings.Replace(addr, "+", "%2B", 1),
		"percent, lower":  strings.Replace(addr, "+", "%2b", 1),
		"equals 2B":       strings.Replace(addr, "+", "=2B", 1),
		"quoted":          `"` + local + `"@` + domain,
		"quoted, escaped": `"` + strings.Replace(local, "+", `\+`, 1) + `"@` + domain,
		"SRS0":            "SRS0=HHH=TT=" + domain + "=" + local + "@fwd.example",
		"SRS1":            "SRS1=HHH=a.example==HHH=TT=" + domain + "=" + local + "@b.example",
		"BATV":            "prvs=0123456789=" + addr,
		"BATV, old":       "prvs=" + local + "/0123456789@" + domain,
		"BATV, equals":    "prvs=0123456789=" + strings.Replace(addr, "+", "=", 1),
		"SRS0, upper":     strings.ToUpper("SRS0=HHH=TT=" + domain + "=" + local + "@fwd.example"),
	}
}

// A token survives what is done to addresses on the way, and nothing but a token
// comes through by it.
func TestTokenSurvivesManglings(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	for _, ref := range []Ref{{Purpose: Reply, Ticket: 1, Entry: 1}, {Purpose: AgentReply, Ticket: 1, Entry: 2, Person: 7}} {
		token := k.Seal(ref)
		for name, addr := range manglings("support+"+token, "example.com") {
			if d := Match(Mail{Recipients: []string{addr}}, testDesks, k, testDomains, testIndex()); d.Ticket != 1 || !d.Proof || d.Ref != ref {
				t.Errorf("%s: %s: %+v", name, addr, d)
			}
		}
		forged := strings.Replace(token, token[9:10], string(alphabet[(strings.IndexByte(alphabet, token[9])+1)%32]), 1)
		for name, addr := range manglings("support+"+forged, "example.com") {
			if d := Match(Mail{Recipients: []string{addr}}, testDesks, k, testDomains, testIndex()); d.Ticket != 0 || d.Proof {
				t.Errorf("%s, forged: %s: %+v", name, addr, d)
			}
		}
	}
	for name, addr := range manglings("support+1", "example.com") {
		if d := Match(Mail{Recipients: []string{addr}}, testDesks, k, testDomains, testIndex()); d.Ticket != 0 || d.Proof {
			t.Errorf("%s: a bare number joins: %s: %+v", name, addr, d)
		}
	}
}

func FuzzUnwrapAddress(f *testing.F) {
	for _, s := range []string{"SRS0=H=T=a.b=c@d", "SRS1=H=x==H=T=a.b=c@d", "prvs=012345=a@b", "prvs=a/012345@b", "btv1==012345==a@b", `"srs0=h=t=a.b=c"@d`, "srs0=", "SRS1=H==@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		got := UnwrapAddress(addr)
		if got == addr {
			return
		}
		local, domain, ok := cutLast(got, '@')
		if !ok || local == "" || domain == "" || len(got) >= len(addr) {
			t.Fatalf("UnwrapAddress(%q) = %q", addr, got)
		}
	})
}
