package mailauth

import (
	"net/netip"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
)

// checker has 10.0.0.1 and 10.0.0.2 as upstreams, which sign as mx.example.com or
// not at all, and a trusted 10.0.0.2.
func checker() *Checker {
	return &Checker{
		TrustedNetworks:  []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")},
		UpstreamNetworks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/30"), netip.MustParsePrefix("127.0.0.0/8")},
		AuthservIDs:      []string{"MX.example.com", "mx.google.com", "-"},
	}
}

// Lines of mails.
const (
	border    = "Received: from mail.acme.example (mail.acme.example [192.0.2.7]) by mx.example.com (Postfix) with ESMTPS id 1; Mon, 13 Jul 2026"
	inner     = "Received: from mx.example.com (mx.example.com [10.0.0.2]) by filter.example.com (Postfix) with ESMTP id 2; Mon, 13 Jul 2026"
	submitted = "Received: from phone (unknown [192.0.2.7]) by mx.example.com (Postfix) with ESMTPSA id 1; Mon, 13 Jul 2026"
	local     = "Received: by mx.example.com (Postfix, from userid 1000) id 1; Mon, 13 Jul 2026"
	// What a forger writes to look like the outside of the upstream.
	fakeInner  = inner
	fakeBorder = "Received: from mail.acme.example (mail.acme.example [198.51.100.7]) by mx.example.com (Postfix) with ESMTPS id 9; Mon, 13 Jul 2026"

	dmarcPass = "Authentication-Results: mx.example.com; dmarc=pass (p=reject dis=none) header.from=acme.example"
	dmarcFail = "Authentication-Results: mx.example.com; dmarc=fail (p=reject dis=none) header.from=acme.example"
	dmarcNone = "Authentication-Results: mx.example.com; dmarc=none header.from=acme.example"
	spfPass   = "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=bounce.acme.example"
	dkimPass  = "Authentication-Results: mx.example.com; dkim=pass header.d=acme.example"
	dkimNone  = "Authentication-Results: mx.example.com; dkim=none (message not signed) header.d=none"
)

// judgeTests are headers behind the peer's address, and the verdict.
var judgeTests = []struct {
	name   string
	peer   string // "" is 10.0.0.1
	head   []string
	want   Result
	client string // "" is unknown
	why    string // a part of the reasons
}{
	{"above the border", "", []string{dmarcPass, border}, Pass, "192.0.2.7", "mx.example.com says dmarc=pass for acme.example, the domain of From"},
	{"right below the border", "", []string{border, dmarcPass}, Pass, "192.0.2.7", "dmarc=pass"},
	{"behind an inner hop", "", []string{inner, border, dkimPass}, Pass, "192.0.2.7", "dkim=pass for acme.example, aligned with From (acme.example)"},
	{"two fields", "", []string{border, spfPass, dkimNone, dmarcNone}, Pass, "192.0.2.7", "spf=pass for bounce.acme.example, aligned"},
	{"over a Unix socket", "socket", []string{border, dmarcPass}, Pass, "192.0.2.7", "dmarc=pass"},
	{"IPv4 in IPv6", "::ffff:10.0.0.1", []string{border, dmarcPass}, Pass, "192.0.2.7", "dmarc=pass"},
	{"a server without a name", "", []string{"Authentication-Results: spf=pass smtp.mailfrom=acme.example; dkim=none; dmarc=pass action=none header.from=acme.example; compauth=pass reason=100", border}, Pass, "192.0.2.7", "a server without a name says spf=pass"},
	{"Gmail", "", []string{"Received: by 2002:a05:6402::1 with SMTP id 1; Mon, 13 Jul 2026", "X-Received: by 2002:a17::1 with SMTP id 2; Mon, 13 Jul 2026", border,
		"Received-SPF: pass", "Authentication-Results: mx.google.com; dkim=pass header.i=@acme.example header.s=a header.b=b"}, Pass, "192.0.2.7", "mx.google.com says dkim=pass for acme.example"},
	{"folded and in odd case", "", []string{"AUTHENTICATION-RESULTS:\r\n  MX.EXAMPLE.COM\r\n ; DMARC = Pass\r\n\tHeader.From = ACME.example", border}, Pass, "192.0.2.7", "dmarc=pass"},

	{"fail", "", []string{dmarcFail, border}, Fail, "192.0.2.7", "mx.example.com says dmarc=fail (p=reject dis=none)"},
	{"fail with aligned results", "", []string{dmarcFail, dkimPass, spfPass, border}, Fail, "192.0.2.7", "dmarc=fail"},
	{"fail, Microsoft 365", "", []string{"Authentication-Results: spf=fail (sender IP is 192.0.2.7) smtp.mailfrom=acme.example; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=acme.example;compauth=fail reason=000", border}, Fail, "192.0.2.7", "dmarc=fail (action=oreject)"},
	{"fail, Fastmail", "", []string{"Authentication-Results: mx.example.com; dmarc=fail policy.published-domain-policy=reject header.from=acme.example", border}, Fail, "192.0.2.7", "(policy.published-domain-policy=reject)"},

	{"nothing said", "", []string{border}, None, "192.0.2.7", "the upstream says nothing"},
	{"nothing checked", "", []string{"Authentication-Results: mx.example.com; none", border}, None, "192.0.2.7", "the upstream says nothing"},
	{"not aligned", "", []string{"Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=eve@evil.example; dkim=pass header.d=evil.example; dmarc=none header.from=acme.example", border}, None, "192.0.2.7", "spf=pass for evil.example, which is not aligned with From (acme.example)"},
	{"no pass", "", []string{"Authentication-Results: mx.example.com; spf=softfail smtp.mailfrom=acme.example; dkim=temperror header.d=acme.example; dmarc=permerror header.from=acme.example", border}, None, "192.0.2.7", "spf=softfail for acme.example"},
	{"a best guess", "", []string{"Authentication-Results: -; dmarc=bestguesspass action=none header.from=acme.example", border}, None, "192.0.2.7", "dmarc=bestguesspass"},
	{"the HELO name alone", "", []string{"Authentication-Results: mx.example.com; spf=pass smtp.helo=acme.example", border}, None, "192.0.2.7", "not for an envelope sender"},
	{"the HELO name beside the sender", "", []string{"Authentication-Results: mx.example.com; spf=none smtp.helo=mail.acme.example; spf=pass smtp.mailfrom=acme.example", border}, Pass, "192.0.2.7", "spf=none, but not for an envelope sender"},
	{"a pass for another From", "", []string{"Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example", border}, None, "192.0.2.7", "evil.example, which is not the domain of From"},
	{"a pass for no From", "", []string{"Authentication-Results: mx.example.com; dmarc=pass", border}, None, "192.0.2.7", "which is not the domain of From"},
	{"the domain in the local part", "", []string{`Authentication-Results: mx.example.com; spf=pass smtp.mailfrom="mia@acme.example"@evil.example`, border}, None, "192.0.2.7", "not aligned"},
	{"two From fields", "", []string{dmarcPass, dkimPass, border, "From: mia@acme.example"}, None, "192.0.2.7", "exactly one author"},

	{"another id", "", []string{"Authentication-Results: mx.evil.example; dmarc=pass header.from=acme.example", border}, None, "192.0.2.7", "results of mx.evil.example count for nothing"},
	{"an id that begins alike", "", []string{"Authentication-Results: mx.example.com.evil.example; dmarc=pass header.from=acme.example", border}, None, "192.0.2.7", "count for nothing"},
	{"forged below a hop of the sender's", "", []string{border, fakeBorder, dmarcPass}, None, "192.0.2.7", "they stand below what the upstream wrote"},
	{"forged below a hop that looks like ours", "", []string{border, fakeInner, dmarcPass, fakeBorder}, None, "192.0.2.7", "they stand below what the upstream wrote"},
	{"forged with an id in disguise", "", []string{border, `Authentication-Results: "mx.\example.com"; dmarc=pass header.from=acme.example`}, None, "192.0.2.7", "the field is malformed"},
	{"forged as a line that goes on", "", []string{border, dmarcNone, "; dkim=pass header.d=acme.example"}, None, "192.0.2.7", "dmarc=none"},
	{"escape sequences", "", []string{"Authentication-Results: mx.example.com; spf=\x1b[2J\u202e smtp.mailfrom=acme\x1b.example", border}, None, "192.0.2.7", "spf=?[2j? for no domain"},
	{"forged below a submission", "", []string{submitted, dmarcPass}, None, "192.0.2.7", "they stand below what the upstream wrote"},
	{"forged by a local user", "", []string{local, dmarcPass, fakeBorder}, None, "", "they stand below what the upstream wrote"},
	{"forged under a border that is not readable", "", []string{"Received: from a by b; Mon, 13 Jul 2026", dmarcPass}, None, "", "they stand below what the upstream wrote"},
	{"forged against a fail", "", []string{border, dmarcFail, dmarcPass, dkimPass, spfPass}, Fail, "192.0.2.7", "dmarc=fail"},
	{"forged against none, DMARC", "", []string{border, dmarcNone, dmarcPass}, None, "192.0.2.7", "the results of dmarc contradict each other"},
	{"forged against none, DKIM", "", []string{border, dkimNone, dmarcNone, dkimPass}, None, "192.0.2.7", "the results of dkim contradict each other"},
	{"forged against another SPF", "", []string{border, "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=evil.example", spfPass}, None, "192.0.2.7", "the results of spf contradict each other"},
	{"forged in a quoted address", "", []string{`Authentication-Results: mx.example.com; spf=pass smtp.mailfrom="; dmarc=pass header.from=acme.example; "@evil.example`, border}, None, "192.0.2.7", "not aligned"},
	{"forged in a comment", "", []string{`Authentication-Results: mx.example.com; spf=pass (domain of "a); dkim=pass header.d=acme.example (b"@evil.example) smtp.mailfrom=evil.example`, border}, None, "192.0.2.7", "the field is malformed"},
	{"forged as a long field", "", []string{dmarcPass + "; x=" + strings.Repeat("y", maxField), border}, None, "192.0.2.7", "the field is malformed"},
	{"born on an inner host", "", []string{inner, dmarcPass}, None, "", "from outside"},
	{"no Received at all", "", []string{dmarcPass}, None, "", "from outside"},

	{"a trusted upstream's own mail", "10.0.0.2", []string{dmarcFail}, Trusted, "10.0.0.2", "born on 10.0.0.2"},
	{"what a trusted upstream relays", "10.0.0.2", []string{dmarcPass, border}, Pass, "192.0.2.7", "dmarc=pass"},
	{"what a trusted upstream relays, forged", "10.0.0.2", []string{border, fakeBorder, dmarcPass}, None, "192.0.2.7", "count for nothing"},
	{"a stranger's claim", "192.0.2.66", []string{dmarcPass, border}, None, "192.0.2.66", "the peer is not in sender.upstream_networks"},
	{"a stranger's claim of a fail", "192.0.2.66", []string{dmarcFail, border}, None, "192.0.2.66", "counts for nothing"},
	{"a stranger", "192.0.2.66", []string{border}, None, "192.0.2.66", "nothing is known about mail from 192.0.2.66"},
}

func peerOf(s string) netip.Addr {
	switch s {
	case "":
		s = "10.0.0.1"
	case "socket":
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

// judge gives the verdict on a mail from mia@acme.example with these fields on top.
func judge(c *Checker, peer string, head []string) Verdict {
	raw := strings.Join(append(append([]string(nil), head...), "From: Mia Meier <mia@acme.example>", "To: support@example.com", "Subject: Export", "", "It hangs."), "\r\n")
	return c.Judge(peerOf(peer), []byte(raw), letter.Parse([]byte(raw), "mia@acme.example", letter.DefaultLimits()))
}

func TestJudge(t *testing.T) {
	for _, c := range judgeTests {
		t.Run(c.name, func(t *testing.T) {
			v := judge(checker(), c.peer, c.head)
			client := ""
			if v.Client.IsValid() {
				client = v.Client.String()
			}
			if why := strings.Join(v.Reasons, "\n"); v.Result != c.want || client != c.client || !strings.Contains(why, c.why) {
				t.Errorf("%s from %q, want %s from %q:\n%s\nwant %s", v.Result, client, c.want, c.client, why, c.why)
			}
		})
	}
}

// A mail of several authors proves none of them, in one From field too.
func TestJudgeTwoAuthors(t *testing.T) {
	for from, want := range map[string]Result{"mia@acme.example": Pass, "mia@acme.example, eve@evil.example": None, "eve@evil.example, mia@acme.example": None, "": None} {
		raw := []byte(dmarcPass + "\r\n" + dkimPass + "\r\n" + border + "\r\nFrom: " + from + "\r\n\r\nHello\r\n")
		if v := checker().Judge(peerOf(""), raw, letter.Parse(raw, "", letter.DefaultLimits())); v.Result != want {
			t.Errorf("From %q: %s, want %s (%q)", from, v.Result, want, v.Reasons)
		}
	}
}

// Without configuration nobody is believed, whatever the mail says.
func TestJudgeByDefault(t *testing.T) {
	for _, c := range judgeTests {
		for _, ch := range []*Checker{{}, {AuthservIDs: checker().AuthservIDs}, {UpstreamNetworks: checker().UpstreamNetworks}} {
			if v := judge(ch, c.peer, c.head); v.Result != None || len(v.Reasons) == 0 {
				t.Errorf("%s: %s %q", c.name, v.Result, v.Reasons)
			}
		}
	}
}

// What a mail makes us read and say is bounded.
func TestJudgeIsBounded(t *testing.T) {
	var head []string
	for range 3 * maxFields {
		head = append(head, "Authentication-Results: "+strings.Repeat("x", 4000)+"; none")
	}
	v := judge(checker(), "", append(head, dmarcPass, border))
	if said := len(strings.Join(v.Reasons, "")); v.Result != None || len(v.Reasons) > maxWhy || said > maxWhy*2*maxSaid {
		t.Errorf("%s, %d reasons with %d bytes", v.Result, len(v.Reasons), said)
	}
}

// door is a header after the door, by the fields that Door is asked about.
func door(c *Checker, peer netip.Addr, head []string) []string {
	ask, left := c.Door(peer), []string{}
	for _, line := range head {
		name, value, _ := strings.Cut(line, ":")
		if ask == nil || !ask(name, value) {
			left = append(left, line)
		}
	}
	return left
}

func TestDoor(t *testing.T) {
	const others = "Authentication-Results: mx.evil.example; dmarc=pass header.from=acme.example"
	const noName = "Authentication-Results: spf=pass smtp.mailfrom=acme.example"
	const broken = `Authentication-Results: "mx.example.com" (; dmarc=pass header.from=acme.example`
	for _, c := range []struct {
		name, peer string
		in, gone   []string
	}{
		{"a stranger's claims", "192.0.2.66", []string{dmarcPass, border, others, noName, broken, dmarcFail}, []string{dmarcPass, noName, broken, dmarcFail}},
		{"a trusted peer that is no upstream", "10.0.0.4", []string{dmarcPass, others}, []string{dmarcPass}},
		{"the upstream's own", "", []string{dmarcPass, noName, border, dmarcNone, others}, nil},
		{"below the sender's hop", "", []string{spfPass, border, spfPass, fakeInner, dmarcPass, fakeBorder, noName, others}, []string{dmarcPass, noName}},
		{"below a submission", "", []string{submitted, dmarcPass, others}, []string{dmarcPass}},
	} {
		left := door(checker(), peerOf(c.peer), c.in)
		want := []string{}
		for i, line := range c.in {
			// A line that comes twice goes from below.
			if !contained(c.gone, line) || line == dmarcPass && i == 0 && c.peer == "" {
				want = append(want, line)
			}
		}
		if strings.Join(left, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: what is left\n%s\nwant\n%s", c.name, strings.Join(left, "\n"), strings.Join(want, "\n"))
		}
	}
	if (&Checker{UpstreamNetworks: checker().UpstreamNetworks}).Door(peerOf("")) != nil {
		t.Error("without trusted ids there is nothing to ask")
	}
}

func contained(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// What the door takes out is what would not count: the verdict stays.
func TestDoorKeepsTheVerdict(t *testing.T) {
	for _, c := range judgeTests {
		head := door(checker(), peerOf(c.peer), c.head)
		if v := judge(checker(), c.peer, head); v.Result != c.want {
			t.Errorf("%s: behind the door %s, want %s (%q)", c.name, v.Result, c.want, v.Reasons)
		}
	}
}

// FuzzJudge writes what it likes below the border of an upstream that takes out
// fields in its own name and says that the mail fails or proves nothing: nobody is
// proven by it.
func FuzzJudge(f *testing.F) {
	for _, c := range judgeTests {
		f.Add(strings.Join(c.head, "\r\n"), "mia@acme.example")
	}
	f.Add("", `"; dkim=pass header.d=acme.example; "@evil.example`)
	c := checker()
	c.AuthservIDs = []string{"mx.example.com"}
	f.Fuzz(func(t *testing.T, below, path string) {
		if strings.Contains(strings.ToLower(below), "mx.example.com") { // taken out by the upstream
			return
		}
		for _, said := range []string{dkimNone, dmarcFail, "Authentication-Results: mx.example.com; dkim=none; spf=none smtp.mailfrom=evil.example; dmarc=none header.from=acme.example"} {
			if v := judge(c, "", []string{border, said, below}); v.Result == Pass || v.Client.String() != "192.0.2.7" {
				t.Fatalf("%s from %s: %q", v.Result, v.Client, v.Reasons)
			}
			if v := judge(c, "", []string{said, border, below}); v.Result == Pass {
				t.Fatalf("%s: %q", v.Result, v.Reasons)
			}
		}
		// An address stands in the field as RFC 5321 lets it be written, in quotes.
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(path)
		said := `Authentication-Results: mx.example.com; spf=pass smtp.mailfrom="` + quoted + `"@evil.example`
		if v := judge(c, "", []string{said, border}); v.Result == Pass {
			t.Fatalf("%q: %q", said, v.Reasons)
		}
	})
}
