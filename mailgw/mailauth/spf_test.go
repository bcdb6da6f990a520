package mailauth

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/mailauth/dnstest"
)

// suiteZone makes a zone of a suite's data. The suite's records of type SPF stand for
// TXT records, unless there are such too; of a list of strings all are one record.
func suiteZone(data map[string][]any) *dnstest.Zone {
	z := dnstest.New()
	for name, list := range data {
		txt, fails := []string{}, false
		own := false
		for _, item := range list {
			if item == "TIMEOUT" {
				fails = true
				continue
			}
			for kind, value := range item.(map[string]any) {
				text := ""
				switch v := value.(type) {
				case string:
					text = v
				case []any:
					for _, part := range v {
						switch part := part.(type) {
						case string:
							text += part
						case float64:
							text += "10 " // a preference
						}
					}
				}
				switch {
				case kind == "SPF":
					if !own {
						txt = append(txt, text)
					}
				case kind == "TXT":
					if !own {
						own, txt = true, nil
					}
					if text != "NONE" {
						txt = append(txt, text)
					}
				default:
					z.Add(name, kind, text)
				}
			}
		}
		for _, text := range txt {
			z.Add(name, "TXT", text)
		}
		z.Fail(name, fails && len(txt) == 0)
	}
	return z
}

// All of RFC 7208's own tests, through our code and our cache.
func TestSPFSuite(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "corpora", "spf-rfc7208")
	zones := map[string]*Cache{}
	for _, z := range jsonLines[struct {
		Suite    string
		Zonedata map[string][]any
	}](t, filepath.Join(folder, "zones.jsonl")) {
		zones[z.Suite] = NewCache(suiteZone(z.Zonedata))
	}
	tests := jsonLines[struct {
		Suite, Test, Helo, IP, MailFrom string
		Accept                          []string
	}](t, filepath.Join(folder, "truth.jsonl"))
	right := 0
	for _, c := range tests {
		dns := &limited{Resolver: zones[c.Suite]}
		f := checkMailFrom(context.Background(), dns, netip.MustParseAddr(c.IP), c.Helo, c.MailFrom)
		if slices.Contains(c.Accept, f.result) {
			right++
			continue
		}
		t.Errorf("%s: %s: %s (%s) for %q from %s, helo %s; want one of %s", c.Suite, c.Test, f.result, f.why, c.MailFrom, c.IP, c.Helo, strings.Join(c.Accept, ", "))
	}
	t.Logf("%d/%d", right, len(tests))
}

// An @ in a quoted local part does not choose the domain.
func TestSPFOfQuotedLocalPart(t *testing.T) {
	dns := NewCache(dnstest.New("acme.example TXT v=spf1 -all", `evil.example"@acme.example TXT v=spf1 +all`, "evil.example TXT v=spf1 +all"))
	f := checkMailFrom(t.Context(), dns, netip.MustParseAddr("192.0.2.1"), "mx.evil.example", `"x@evil.example"@acme.example`)
	if f.result != resultFail || f.domain != "acme.example" {
		t.Errorf("%+v", f)
	}
}

// Whatever a record holds, it is read or refused, and the check ends within its limits.
func FuzzSPF(f *testing.F) {
	for _, s := range []string{"v=spf1 -all", "v=spf1 a/24//64 mx:%{d2} ptr ?exists:%{ir}.%{v}._spf.%{d} ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all", "v=spf1 redirect=%{l1r-}.a.example exp=x.example", "v=spf1 include:a.example include:a.example", "v=spf1 %", "v=spf1 a:%{", "v=spf1 -", "v=spf1 a//", "v=spf1 a:b.c/", "v=spf1 ip6::", "v=spf1 =a", "v=spf1 exists:%{p}.a.example"} {
		f.Add(s, "Mia.Meier+x")
	}
	client := netip.MustParseAddr("2001:db8::25")
	f.Fuzz(func(t *testing.T, txt, local string) {
		z := dnstest.New()
		z.Add("a.example", "TXT", txt)
		dns := &limited{Resolver: z}
		got := checkMailFrom(t.Context(), dns, client, "mx.a.example", local+"@a.example")
		if !slices.Contains([]string{resultPass, resultFail, resultSoftFail, resultNeutral, resultNone, resultTempError, resultPermError}, got.result) {
			t.Errorf("%+v", got)
		}
		if n := z.Asked("", ""); n > 3*maxLookups+2 {
			t.Errorf("%d questions", n)
		}
	})
}
