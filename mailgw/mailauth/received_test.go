package mailauth

import (
	"fmt"
	"testing"
)

// receivedTests are lines as mail servers write them: the client that is read,
// and whether the line goes on to the next ("within") or is a submission.
var receivedTests = []struct{ name, in, want string }{
	{"Postfix", "from mail.acme.example (mail.acme.example [192.0.2.7])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\t(No client certificate requested)\r\n\tby mx.example.com (Postfix) with ESMTPS id 4XyZ\r\n\tfor <support@example.com>; Mon, 13 Jul 2026 08:00:00 +0000 (UTC)", "192.0.2.7"},
	{"Postfix, IPv6", "from a.example (unknown [IPv6:2001:db8::7]) by mx.example.com (Postfix) with ESMTP id 1", "2001:db8::7"},
	{"Postfix, a literal as HELO", "from [10.0.0.1] (unknown [192.0.2.7]) by mx.example.com (Postfix) with ESMTP id 1", "192.0.2.7"},
	{"Postfix, submitted", "from phone (unknown [192.0.2.7])\r\n\t(Authenticated sender: anna@example.com)\r\n\tby mx.example.com (Postfix) with ESMTPSA id 1", "192.0.2.7 submitted"},
	{"Postfix, submitted, as the comment says", "from phone (unknown [192.0.2.7]) (Authenticated sender: anna) by mx.example.com with ESMTPS id 1", "192.0.2.7 submitted"},
	{"Postfix, a local user", "by mx.example.com (Postfix, from userid 1000) id 1; Mon, 13 Jul 2026", "unknown"},
	{"Postfix, a local user with a protocol", "by mx.example.com (Postfix, from userid 1000) with SMTP id 1", "unknown"},
	{"Sendmail", "from mail.acme.example (mail.acme.example [192.0.2.7] (may be forged))\r\n\tby mx.example.com (8.17.1/8.17.1) with ESMTPS id 1", "192.0.2.7"},
	{"Sendmail, a local user", "(from root@localhost) by mx.example.com (8.17.1/8.17.1/Submit) id 1", "unknown"},
	{"Exim", "from mail.acme.example ([192.0.2.7]:42042 helo=mx1.acme.example)\r\n\tby mx.example.com with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <mia@acme.example>) id 1", "192.0.2.7"},
	{"Exim, no name", "from [192.0.2.7] (helo=[10.0.0.1]) by mx.example.com with esmtp (Exim 4.96) id 1", "192.0.2.7"},
	{"Exim, submitted", "from [192.0.2.7] (helo=phone) by mx.example.com with esmtpsa (TLS1.3) id 1", "192.0.2.7 submitted"},
	{"Exim, a local user", "from root by mx.example.com with local (Exim 4.96) id 1", "unknown"},
	{"Gmail", "from mail.acme.example (mail.acme.example. [192.0.2.7])\r\n        by mx.google.com with ESMTPS id x1si123\r\n        for <support@example.com>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n        Mon, 13 Jul 2026 01:00:00 -0700 (PDT)", "192.0.2.7"},
	{"Gmail, inside", "by 2002:a05:6402:268c:b0:62a:1 with SMTP id 1csp2; Mon, 13 Jul 2026 01:00:00 -0700 (PDT)", "within"},
	{"Microsoft 365", "from mail.acme.example (192.0.2.7) by\r\n AM3PEPF0000A78F.mail.protection.outlook.com (10.167.16.22) with Microsoft SMTP\r\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.1 via Frontend\r\n Transport; Mon, 13 Jul 2026", "192.0.2.7"},
	{"Microsoft 365, inside", "from AM0PR01MB1.eurprd01.prod.exchangelabs.com (2603:10a6:208:1::15)\r\n by AM0PR01MB2.eurprd01.prod.exchangelabs.com with HTTPS; Mon, 13 Jul 2026", "2603:10a6:208:1::15"},
	{"qmail", "from unknown (HELO 10.0.0.1) (192.0.2.7)\r\n  by mx.example.com with SMTP; 13 Jul 2026 08:00:00 -0000", "192.0.2.7"},
	{"ours", "from mail.acme.example ([192.0.2.7])\r\n\tby support.example.com with ESMTP id 00a1; Mon, 13 Jul 2026", "192.0.2.7"},
	{"IPv4 in IPv6", "from a (unknown [::ffff:192.0.2.7]) by b with ESMTP id 1", "192.0.2.7"},

	{"HELO by", "from by (unknown [192.0.2.7]) by mx.example.com with ESMTP", "192.0.2.7"},
	{"HELO with", "from with (unknown [192.0.2.7]) by mx.example.com with ESMTP", "192.0.2.7"},
	{"two addresses", "from a (10.0.0.1 [192.0.2.7]) by mx.example.com with ESMTP", "unknown"},
	{"no address", "from client by mx; Mon, 13 Jul 2026", "unknown"},
	{"an address in HELO alone", "from [10.0.0.1] by mx.example.com with ESMTP", "unknown"},
	{"a zone", "from a (unknown [fe80::1%eth0]) by b with ESMTP", "unknown"},
	{"an open comment", "from a (unknown [192.0.2.7] by b with ESMTP", "unknown"},
	{"an open quote", `from "a (unknown [192.0.2.7]) by b with ESMTP`, "unknown"},
	{"within without a protocol", "by mx.example.com; Mon, 13 Jul 2026", "unknown"},
	{"nothing", "", "unknown"},
	{"words", "with love from (10.0.0.1)", "unknown"},
}

func TestParseReceived(t *testing.T) {
	for _, c := range receivedTests {
		t.Run(c.name, func(t *testing.T) {
			h := parseReceived(c.in)
			got := "unknown"
			switch {
			case h.within:
				got = "within"
			case h.client.IsValid():
				got = h.client.String()
			}
			if h.submitted {
				got += " submitted"
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// FuzzParseReceived checks that whatever a client calls itself, in the words that
// a server lets through, its true address is read or none.
func FuzzParseReceived(f *testing.F) {
	for _, helo := range []string{"mail.acme.example", "[10.0.0.1]", "by", "from", "10.0.0.1", "helo=[10.0.0.1]", "[IPv6:::1]", "[10.0.0.1", "]"} {
		f.Add(helo)
	}
	f.Fuzz(func(t *testing.T, helo string) {
		word := []byte(helo)
		for i, c := range word { // what Postfix does with the name
			if c <= ' ' || c > '~' || c == '(' || c == ')' || c == '<' || c == '>' || c == '\\' || c == '"' || c == ';' || c == '@' {
				word[i] = '?'
			}
		}
		if len(word) == 0 {
			return
		}
		for _, line := range []string{"from %s (unknown [192.0.2.7]) by mx.example.com with ESMTP id 1", "from %s (192.0.2.7) by mx.example.com with SMTP", "from a.example ([192.0.2.7] helo=%s) by mx.example.com with esmtp", "from unknown (HELO %s) (192.0.2.7) by mx.example.com with SMTP"} {
			line = fmt.Sprintf(line, word)
			h := parseReceived(line)
			if h.within || h.submitted || h.client.IsValid() && h.client.String() != "192.0.2.7" {
				t.Fatalf("%q is read as %+v", line, h)
			}
		}
	})
}
