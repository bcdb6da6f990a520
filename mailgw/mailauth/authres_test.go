package mailauth

import (
	"fmt"
	"strings"
	"testing"
)

// brief is a field in one line: id, then method=value with its properties.
func brief(f results) string {
	out := []string{f.id}
	for _, r := range f.list {
		s := r.method + "=" + r.value
		for _, p := range r.properties {
			s += fmt.Sprintf(" %s=%s", p.name, p.value)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// fields as servers write them, and what is read. "" is a field that counts for nothing.
var fieldTests = []struct{ name, in, want string }{
	{"Gmail", "mx.google.com;\r\n       dkim=pass header.i=@acme.example header.s=sel1 header.b=Xk3/9aB=;\r\n       spf=pass (google.com: domain of mia@acme.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=mia@acme.example;\r\n       dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE) header.from=acme.example",
		"mx.google.com; dkim=pass header.i=@acme.example header.s=sel1 header.b=Xk3/9aB=; spf=pass smtp.mailfrom=mia@acme.example; dmarc=pass header.from=acme.example"},
	{"Microsoft 365", "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=acme.example; dkim=pass (signature was verified)\r\n header.d=acme.example;dmarc=pass action=none\r\n header.from=acme.example;compauth=pass reason=100",
		"-; spf=pass smtp.mailfrom=acme.example; dkim=pass header.d=acme.example; dmarc=pass action=none header.from=acme.example; compauth=pass reason=100"},
	{"Microsoft 365 inside, with a version", "mx.microsoft.com 1; spf=pass smtp.mailfrom=acme.example; dmarc=pass action=none header.from=acme.example; arc=none",
		"mx.microsoft.com; spf=pass smtp.mailfrom=acme.example; dmarc=pass action=none header.from=acme.example; arc=none"},
	{"Postfix and opendmarc", "mx.example.com; dmarc=fail (p=reject dis=none) header.from=acme.example",
		"mx.example.com; dmarc=fail header.from=acme.example"},
	{"opendkim", "mx.example.com;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=acme.example header.i=@acme.example header.a=rsa-sha256 header.s=mail header.b=QwErTy12;\r\n\tdkim-atps=neutral",
		"mx.example.com; dkim=pass header.d=acme.example header.i=@acme.example header.a=rsa-sha256 header.s=mail header.b=QwErTy12; dkim-atps=neutral"},
	{"policyd-spf", "mx.example.com; spf=pass (mailfrom) smtp.mailfrom=acme.example (client-ip=192.0.2.7; helo=mail.acme.example; envelope-from=mia@acme.example; receiver=<UNKNOWN>)",
		"mx.example.com; spf=pass smtp.mailfrom=acme.example"},
	{"rspamd", "mx.example.com;\r\n\tdkim=pass header.d=acme.example header.s=mail header.b=abc123;\r\n\tdmarc=pass (policy=reject) header.from=acme.example;\r\n\tspf=pass (mx.example.com: domain of mia@acme.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=mia@acme.example",
		"mx.example.com; dkim=pass header.d=acme.example header.s=mail header.b=abc123; dmarc=pass header.from=acme.example; spf=pass smtp.mailfrom=mia@acme.example"},
	{"Fastmail", "mx3.messagingengine.com;\r\n    dkim=pass (2048-bit rsa key sha256) header.d=acme.example\r\n    header.i=@acme.example header.b=abc header.a=rsa-sha256\r\n    header.s=mail x-bits=2048;\r\n    dmarc=pass policy.published-domain-policy=reject\r\n    policy.applied-disposition=none policy.evaluated-disposition=none\r\n    (p=reject,d=none,d.eval=none) policy.policy-from=p\r\n    header.from=acme.example;\r\n    iprev=pass smtp.remote-ip=192.0.2.7 (mail.acme.example);\r\n    spf=pass smtp.mailfrom=mia@acme.example smtp.helo=mail.acme.example",
		"mx3.messagingengine.com; dkim=pass header.d=acme.example header.i=@acme.example header.b=abc header.a=rsa-sha256 header.s=mail x-bits=2048; dmarc=pass policy.published-domain-policy=reject policy.applied-disposition=none policy.evaluated-disposition=none policy.policy-from=p header.from=acme.example; iprev=pass smtp.remote-ip=192.0.2.7; spf=pass smtp.mailfrom=mia@acme.example smtp.helo=mail.acme.example"},
	{"Yahoo", "atlas-production.v2-mail-prod1-gq1.omega.yahoo.com;\r\n dkim=pass header.i=@acme.example header.s=mail;\r\n spf=pass smtp.mailfrom=acme.example;\r\n dmarc=pass(p=REJECT) header.from=acme.example;",
		"atlas-production.v2-mail-prod1-gq1.omega.yahoo.com; dkim=pass header.i=@acme.example header.s=mail; spf=pass smtp.mailfrom=acme.example; dmarc=pass header.from=acme.example"},
	{"mailbox.org", "spamfilter05.heinlein-hosting.de (amavisd-new); dkim=pass (2048-bit key)\r\n\treason=\"pass (just generated, assumed good; yes)\" header.d=acme.example",
		"spamfilter05.heinlein-hosting.de; dkim=pass reason=pass (just generated, assumed good; yes) header.d=acme.example"},
	{"GMX", "gmx.net; dkim=pass header.i=@acme.example; dmarc=none header.from=acme.example", "gmx.net; dkim=pass header.i=@acme.example; dmarc=none header.from=acme.example"},
	{"Exim", "mx.example.com;\r\n\tiprev=pass (mail.acme.example) smtp.remote-ip=192.0.2.7;\r\n\tspf=pass smtp.mailfrom=acme.example;\r\n\tdkim=pass header.d=acme.example header.s=mail header.a=rsa-sha256;\r\n\tdmarc=pass header.from=acme.example",
		"mx.example.com; iprev=pass smtp.remote-ip=192.0.2.7; spf=pass smtp.mailfrom=acme.example; dkim=pass header.d=acme.example header.s=mail header.a=rsa-sha256; dmarc=pass header.from=acme.example"},

	{"nothing was checked", "mx.example.com; none", "mx.example.com"},
	{"only the id", "mx.example.com", "mx.example.com"},
	{"empty", "", ""},
	{"odd case", "MX.Example.COM.; SPF=Pass SMTP.MailFrom=Acme.Example", "mx.example.com; spf=pass smtp.mailfrom=Acme.Example"},
	{"a quoted id", `"mx.example.com"; spf=pass smtp.mailfrom=acme.example`, "mx.example.com; spf=pass smtp.mailfrom=acme.example"},
	{"versions", "mx.example.com/1 ; spf/1=pass smtp.mailfrom=acme.example", "mx.example.com; spf=pass smtp.mailfrom=acme.example"},
	{"quoted semicolons", `mx.example.com; dkim=fail reason="bad; spf=pass smtp.mailfrom=acme.example" header.d=evil.example`,
		"mx.example.com; dkim=fail reason=bad; spf=pass smtp.mailfrom=acme.example header.d=evil.example"},
	{"a quoted quote", `mx.example.com; dkim=fail reason="\"; dmarc=pass" header.d=evil.example`, `mx.example.com; dkim=fail reason="; dmarc=pass header.d=evil.example`},
	{"quoted values", `mx.example.com; spf=pass smtp.mailfrom="mia m"@acme.example; dkim=pass header.d="acme.example"`, "mx.example.com; spf=pass smtp.mailfrom=mia m@acme.example; dkim=pass header.d=acme.example"},
	{"nested comments", `mx.example.com (a (b; c) \) d); spf=pass (x (y)) smtp.mailfrom=acme.example`, "mx.example.com; spf=pass smtp.mailfrom=acme.example"},
	{"comments everywhere", "(a)mx.example.com(b)1(c);(d)spf(e)=(f)pass(g)smtp(h).(i)mailfrom(j)=acme.example(k)", "mx.example.com; spf=pass smtp.mailfrom=acme.example"},
	{"spaces everywhere", " mx.example.com ; dkim = pass header . d = acme.example", "mx.example.com; dkim=pass header.d=acme.example"},
	{"an address with =", "mx.example.com; spf=pass smtp.mailfrom=bounce+mia=acme.example@lists.example", "mx.example.com; spf=pass smtp.mailfrom=bounce+mia=acme.example@lists.example"},
	{"the null sender", "mx.example.com; spf=pass smtp.mailfrom= smtp.helo=acme.example", "mx.example.com; spf=pass smtp.mailfrom= smtp.helo=acme.example"},
	{"unknown methods and stray words", "mx.example.com; hello there; x-sieve=yes; ; spf=pass well smtp.mailfrom=acme.example", "mx.example.com; x-sieve=yes; spf=pass smtp.mailfrom=acme.example"},

	{"a quote that is not closed", `mx.example.com; spf=pass smtp.mailfrom="mia; dmarc=pass header.from=acme.example`, ""},
	{"a comment that is not closed", "mx.example.com; spf=fail (domain of (evil; dmarc=pass header.from=acme.example)", ""},
	{"an address that closes the comment", `mx.example.com; spf=pass (domain of "a); dkim=pass header.d=acme.example (b"@evil.example is good) smtp.mailfrom=evil.example`, ""},
	{"no semicolon behind the id", "mx.example.com dmarc=pass header.from=acme.example", ""},
	{"words behind the id", "mx.example.com trusts acme.example; spf=pass", ""},
}

func TestParseResults(t *testing.T) {
	for _, c := range fieldTests {
		t.Run(c.name, func(t *testing.T) {
			f, ok := parseResults(c.in)
			if got := brief(f); ok && got != c.want || !ok && c.want != "" {
				t.Errorf("%v, got  %s\nwant %s", ok, got, c.want)
			}
		})
	}
}

// FuzzParseResults checks that each input is read once, in pieces of itself.
func FuzzParseResults(f *testing.F) {
	for _, c := range fieldTests {
		f.Add(c.in)
	}
	f.Add("=;=;(\\")
	f.Add("a;b=\"\\")
	f.Fuzz(func(t *testing.T, in string) {
		r, ok := parseResults(in)
		if id := readID(&scanner{text: in}); id != r.id {
			t.Fatalf("%q: the id is %q and %q", in, id, r.id)
		}
		read := 0
		for _, x := range r.list {
			read += len(x.method) + len(x.value)
			for _, p := range x.properties {
				read += len(p.value)
			}
			for _, c := range x.comments {
				read += len(c)
			}
		}
		// Lower case may be longer: three bytes for one that is not UTF-8.
		if read > 3*len(in) {
			t.Fatalf("%q: %d bytes were read of %d", in, read, len(in))
		}
		if strings.Count(in, ";") == 0 && len(r.list) > 1 {
			t.Fatalf("%q: %d results without a semicolon", in, len(r.list))
		}
		// A field that is cut within its last quote or comment is never believed.
		if ok {
			if _, still := parseResults(in + "(\""); still {
				t.Fatalf("%q with an open comment is believed", in)
			}
		}
	})
}
