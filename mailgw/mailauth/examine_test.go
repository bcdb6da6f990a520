package mailauth

import (
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth/dnstest"
)

// direct is a sender's own mail server.
var direct = netip.MustParseAddr("203.0.113.25")

// handed is a mail as it was handed over by a sender's own server.
func handed(path, raw string) *Handover {
	m := letter.Parse([]byte(raw), path, letter.DefaultLimits())
	return &Handover{Peer: direct, Helo: "mx.acme.example", ReversePath: path, Raw: []byte(raw), Mail: m}
}

func mailFrom(from string) string {
	return "From: " + from + "\r\nTo: support@example.com\r\nSubject: Export\r\n\r\nIt does nothing.\r\n"
}

// one is what a method can come to for a domain, as it is arranged in the DNS.
type one struct {
	name   string // of the case
	domain string // that it is about, relative to From's "mail.acme.example"
	result string
}

// The whole table: what SPF says, what DKIM says, each for From's own domain, one of
// the same organisation, or a stranger's; the policy with sp, percentage and strict
// alignment; and what could not be answered. The expected verdict is computed by an
// oracle that is written down from RFC 7489 another way than the code: by counting.
func TestVerdictTable(t *testing.T) {
	const from = "mail.acme.example"
	domains := []string{from, "acme.example", "evil.example"}
	var methods []one
	for _, d := range domains {
		for _, r := range []string{resultPass, resultFail, resultTempError} {
			methods = append(methods, one{r + " for " + d, d, r})
		}
	}
	methods = append(methods, one{"nothing", "", resultNone})
	policies := []string{
		"", "FAIL", "p=none", "p=quarantine", "p=reject", "p=reject; sp=none", "p=none; sp=reject", "p=none; sp=quarantine",
		"p=reject; aspf=s", "p=reject; adkim=s", "p=reject; aspf=s; adkim=s", "p=none; aspf=s; adkim=s", "p=reject; pct=0", "p=quarantine; pct=0", "p=reject; t=y", "p=quarantine; t=y", "TWICE",
	}
	n := 0
	for _, spf := range methods {
		for _, dkim := range methods {
			h := arranged(t, from, spf, dkim)
			for _, policy := range policies {
				for _, relayed := range []bool{false, true} {
					n++
					want := oracle(from, spf, dkim, policy, relayed)
					got := examined(t, h, spf, dkim, policy, relayed)
					if got != want {
						t.Errorf("SPF %s, DKIM %s, policy %q, relayed %v: %s, want %s", spf.name, dkim.name, policy, relayed, got, want)
					}
				}
			}
		}
	}
	t.Logf("%d cases", n)
}

// oracle says what becomes of a case: the verdict, what the policy asks for, and
// whether it is asked again.
func oracle(from string, spf, dkim one, policy string, relayed bool) string {
	if relayed {
		spf = one{}
	}
	tags := map[string]string{}
	for tag := range strings.SplitSeq(policy, "; ") {
		name, value, _ := strings.Cut(tag, "=")
		tags[name] = value
	}
	known := policy != "FAIL"
	speaks := func(m one, mode string) bool {
		if m.domain == "evil.example" || m.domain == "" {
			return false
		}
		return m.domain == from || tags[mode] != "s"
	}
	passes, open := 0, 0
	for _, m := range []struct {
		one
		mode string
	}{{spf, "aspf"}, {dkim, "adkim"}} {
		switch {
		case !speaks(m.one, m.mode):
		case m.result == resultPass && (known || m.domain == from):
			passes++
		case m.result == resultTempError:
			open++
		}
	}
	if relayed && dkim.result == resultNone { // nothing is asked
		return "none"
	}
	if passes > 0 {
		return "pass"
	}
	if open > 0 || !known {
		return "none again"
	}
	wants := tags["p"]
	if sp := tags["sp"]; sp != "" { // From is a subdomain
		wants = sp
	}
	weaker := map[string]string{"reject": "quarantine", "quarantine": "none"}
	if tags["pct"] == "0" || tags["t"] == "y" {
		wants = weaker[wants]
	}
	if relayed || wants != "reject" && wants != "quarantine" {
		return "none"
	}
	return "fail " + wants
}

// arranged is the mail of a case.
func arranged(t *testing.T, from string, spf, dkim one) *Handover {
	t.Helper()
	path := "bounce@nowhere.example"
	if spf.domain != "" {
		path = "bounce@" + spf.domain
	}
	raw := mailFrom("Mia <mia@" + from + ">")
	if dkim.domain != "" {
		raw = testSigner(dkim.domain, dnstest.New()).sign(t, raw)
	}
	if dkim.result == resultFail {
		raw = strings.Replace(raw, "It does nothing", "It does too much", 1)
	}
	return handed(path, raw)
}

// examined arranges a case in the DNS and examines its mail.
func examined(t *testing.T, h *Handover, spf, dkim one, policy string, relayed bool) string {
	t.Helper()
	z := dnstest.New()
	switch spf.result {
	case resultPass:
		z.Add(spf.domain, "TXT", "v=spf1 ip4:"+direct.String()+" -all")
	case resultFail:
		z.Add(spf.domain, "TXT", "v=spf1 -all")
	case resultTempError:
		z.Fail(spf.domain, true)
	}
	if dkim.domain != "" {
		testSigner(dkim.domain, z)
		z.Fail("s._domainkey."+dkim.domain, dkim.result == resultTempError)
	}
	switch policy {
	case "":
	case "FAIL":
		z.Fail("_dmarc.acme.example", true)
	case "TWICE":
		z.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
		z.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
	default:
		z.Add("_dmarc.acme.example", "TXT", "v=DMARC1; "+policy)
	}
	h.Relayed = relayed
	v := (&Checker{DNS: NewCache(z)}).Examine(t.Context(), h)
	got := string(v.Result)
	if v.Policy != "" {
		got += " " + v.Policy
	}
	if v.Again {
		got += " again"
	}
	if v.Direct == relayed || len(v.Reasons) == 0 {
		t.Errorf("direct %v, reasons %q", v.Direct, v.Reasons)
	}
	return got
}

// What the table has not: who is checked, and how mails can be odd.
func TestExamine(t *testing.T) {
	allow := "acme.example TXT v=spf1 ip4:" + direct.String() + " -all"
	reject := "_dmarc.acme.example TXT v=DMARC1; p=reject"
	for _, c := range []struct {
		name   string
		zone   []string
		change func(*Handover)
		want   Result
		why    string
	}{
		{"SPF passes", []string{allow, reject}, nil, Pass, "SPF: pass for acme.example (ip4:203.0.113.25), aligned with From (acme.example)"},
		{"without a policy, too", []string{allow}, nil, Pass, "no policy is published for acme.example"},
		{"SPF of HELO says nothing about From", []string{"mx.acme.example TXT v=spf1 +all", reject}, nil, Fail, "SPF of HELO: pass for mx.acme.example (+all)"},
		{"the null sender is HELO's", []string{"mx.acme.example TXT v=spf1 +all", reject}, func(h *Handover) { h.ReversePath = "" }, Pass, "SPF: pass for mx.acme.example (+all), aligned with From (acme.example)"},
		{"the null sender of another HELO", []string{"mx.evil.example TXT v=spf1 +all", reject}, func(h *Handover) { h.ReversePath, h.Helo = "", "mx.evil.example" }, Fail, "SPF: pass for mx.evil.example (+all), which is not aligned with From (acme.example)"},
		{"HELO with an address", []string{reject}, func(h *Handover) { h.ReversePath, h.Helo = "", "[203.0.113.25]" }, Fail, "SPF: none (its domain can have no record)"},
		{"IPv4 in IPv6", []string{allow, reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("::ffff:203.0.113.25") }, Pass, "SPF: pass"},
		{"from a private network", []string{"acme.example TXT v=spf1 -all", reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("10.1.2.3") }, None, ""},
		{"from this machine", []string{"acme.example TXT v=spf1 -all", reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("127.0.0.1") }, None, ""},
		{"by a Unix socket", []string{reject}, func(h *Handover) { h.Peer = netip.Addr{} }, None, ""},
		{"from behind a provider's NAT", []string{"acme.example TXT v=spf1 -all", reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("100.64.0.1") }, None, ""},
		{"by LMTP", []string{"acme.example TXT v=spf1 -all", reject}, func(h *Handover) { h.Relayed = true }, None, ""},
		{"two authors", []string{allow, reject}, func(h *Handover) {
			*h = *handed(h.ReversePath, mailFrom("mia@acme.example, tom@acme.example"))
		}, None, "From does not name exactly one author"},
		{"two From", []string{allow, reject}, func(h *Handover) {
			*h = *handed(h.ReversePath, "From: eve@evil.example\r\n"+mailFrom("mia@acme.example"))
		}, None, "From does not name exactly one author"},
		{"no From", []string{allow, reject}, func(h *Handover) { *h = *handed(h.ReversePath, "Subject: x\r\n\r\nx\r\n") }, None, "From does not name exactly one author"},
		{"an author without a domain", []string{allow, reject}, func(h *Handover) { *h = *handed(h.ReversePath, mailFrom("root")) }, None, "From does not name exactly one author"},
		{"an upstream's is its word alone", []string{allow, reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("192.0.2.10") }, None, "no Received field of the upstream"},
		{"born on a trusted peer", []string{reject}, func(h *Handover) { h.Peer = netip.MustParseAddr("192.0.2.20") }, Trusted, "born on"},
		{"relayed by a trusted peer", []string{"acme.example TXT v=spf1 -all", reject}, func(h *Handover) {
			*h = *handed(h.ReversePath, "Received: from x by y; z\r\n"+mailFrom("mia@acme.example"))
			h.Peer = netip.MustParseAddr("192.0.2.20")
		}, None, ""},
		{"a stranger claims an upstream's results", []string{reject}, func(h *Handover) {
			*h = *handed(h.ReversePath, "Authentication-Results: mx.example.com; dmarc=pass header.from=acme.example\r\n"+mailFrom("mia@acme.example"))
		}, Fail, "counts for nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handed("mia@acme.example", mailFrom("Mia <mia@acme.example>"))
			if c.change != nil {
				c.change(h)
			}
			checker := &Checker{
				UpstreamNetworks: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")}, TrustedNetworks: []netip.Prefix{netip.MustParsePrefix("192.0.2.20/32")},
				AuthservIDs: []string{"mx.example.com"}, DNS: NewCache(dnstest.New(c.zone...)),
			}
			v := checker.Examine(t.Context(), h)
			if v.Result != c.want || !strings.Contains(strings.Join(v.Reasons, "\n"), c.why) || v.Client != h.Peer && v.Result != None {
				t.Errorf("%s %q, want %s with %q", v.Result, v.Reasons, c.want, c.why)
			}
			if again := checker.Examine(t.Context(), h); again.Result != v.Result || !slices.Equal(again.Reasons, v.Reasons) {
				t.Errorf("asked again: %s %q", again.Result, again.Reasons)
			}
		})
	}
}

// What was begun for one mail is not taken for another.
func TestEarlyOfAnotherMail(t *testing.T) {
	z := dnstest.New("acme.example TXT v=spf1 -all", "lists.acme.example TXT v=spf1 +all", "_dmarc.acme.example TXT v=DMARC1; p=reject")
	c := &Checker{DNS: NewCache(z)}
	h := handed("mia@acme.example", mailFrom("mia@acme.example"))
	for _, path := range []string{"eve@lists.acme.example", "mia@acme.example"} {
		h.Early = c.Begin(t.Context(), direct, h.Helo, path)
		if v := c.Examine(t.Context(), h); v.Result != Fail {
			t.Errorf("%s: %s %q", path, v.Result, v.Reasons)
		}
	}
}

// Eight seconds are for all checks together: what hangs is a temporary failure.
func TestExamineEnds(t *testing.T) {
	c := &Checker{DNS: NewCache(hanging{})}
	ctx, stop := contextThatEnds(t)
	defer stop()
	v := c.Examine(ctx, handed("mia@acme.example", testSigner("acme.example", dnstest.New()).sign(t, mailFrom("mia@acme.example"))))
	if v.Result != None || !v.Again {
		t.Errorf("%s, again %v: %q", v.Result, v.Again, v.Reasons)
	}
	for {
		c.DNS.mu.Lock()
		n := len(c.DNS.flights)
		c.DNS.mu.Unlock()
		if n == 0 { // else the test's time limit says that questions go on for nobody
			return
		}
		runtime.Gosched()
	}
}

// A verdict's reasons are bounded, whatever a mail holds.
func TestReasonsAreBounded(t *testing.T) {
	raw := mailFrom("mia@acme.example")
	for i := range 40 {
		raw = fmt.Sprintf("DKIM-Signature: v=1; a=rsa-sha256; d=d%d.example; s=s; h=from; bh=AAAA; b=AAAA; x=%s\r\n", i, strings.Repeat("\t9", 300)) + raw
	}
	z := dnstest.New()
	v := (&Checker{DNS: NewCache(z)}).Examine(t.Context(), handed("mia@acme.example", raw))
	if len(v.Reasons) > maxWhy || len(strings.Join(v.Reasons, "")) > maxWhy*4*maxSaid {
		t.Errorf("%d reasons: %q", len(v.Reasons), v.Reasons)
	}
	if n := z.Asked("", ""); n > maxQuestions {
		t.Errorf("%d questions", n)
	}
}
