package mailauth

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth/dnstest"
)

// Mails that were signed and then changed, with their zone.
func TestDKIMMade(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "corpora", "dkim-made")
	tests := jsonLines[struct {
		D, DKIM, File string
		DMARC         string `json:"dmarc_by_dkim_alone"`
	}](t, filepath.Join(folder, "truth.jsonl"))
	text, err := os.ReadFile(filepath.Join(folder, "zone.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records map[string]string
	if err := json.Unmarshal(text, &records); err != nil {
		t.Fatal(err)
	}
	z := dnstest.New()
	for name, value := range records {
		z.Add(name, "TXT", value)
	}
	c := &Checker{DNS: NewCache(z)}
	right := 0
	for _, test := range tests {
		raw, err := os.ReadFile(filepath.Join(folder, test.File))
		if err != nil {
			t.Fatal(err)
		}
		m := letter.Parse(raw, "", letter.DefaultLimits())
		got := checkDKIM(context.Background(), c.DNS, raw, domainOf(m.Author().Addr))[0]
		dkim := got.result
		if dkim == resultPermError {
			dkim = resultFail
		}
		if len(m.Header.Values("From")) != 1 { // whom DMARC is about is not known then
			test.DMARC = "none"
		}
		v := c.Examine(context.Background(), &Handover{Peer: netip.MustParseAddr("203.0.113.25"), Helo: "mx.elsewhere.example", ReversePath: "x@elsewhere.example", Raw: raw, Mail: m})
		if dkim != test.DKIM || got.domain != test.D || string(v.Result) != test.DMARC {
			t.Errorf("%s: DKIM %s for %q (%s), verdict %s %q; want %s for %q, %s", test.File, got.result, got.domain, got.why, v.Result, v.Reasons, test.DKIM, test.D, test.DMARC)
			continue
		}
		right++
	}
	t.Logf("%d/%d", right, len(tests))
}

const unsigned = "From: Mia <mia@acme.example>\r\nTo: support@example.com\r\nSubject: Export\r\n\r\nIt does nothing.\r\n"

// Of several signatures each has its own result, those that could prove the author
// come first, and five are enough.
func TestDKIMSeveral(t *testing.T) {
	z := dnstest.New()
	raw := newSigner(t, z, "mail.acme.example", "a", 0, "").sign(t, unsigned)
	raw = newSigner(t, z, "acme.example", "b", 0, "").sign(t, raw)
	for _, list := range []string{"l1.example", "l2.example", "l3.example", "l4.example", "l5.example"} {
		raw = newSigner(t, z, list, "s", 0, "").sign(t, raw)
	}
	z.Remove("s._domainkey.l5.example")
	z.Fail("s._domainkey.l4.example", true)
	got := ""
	for _, f := range checkDKIM(t.Context(), NewCache(z), []byte(raw), "acme.example") {
		got += f.domain + "=" + f.result + " "
	}
	if want := "acme.example=pass mail.acme.example=pass l5.example=permerror l4.example=temperror l3.example=pass "; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// What makes a good signature count, or not.
func TestDKIMRules(t *testing.T) {
	change := func(old, new string) func(string) string {
		return func(raw string) string { return strings.Replace(raw, old, new, 1) }
	}
	top := func(field string) func(string) string { return func(raw string) string { return field + "\r\n" + raw } }
	same := func(raw string) string { return raw }
	for _, c := range []struct {
		name   string
		bits   int    // of the key; 0 for Ed25519
		flags  string // of its record
		i      string
		change func(string) string
		result string
		why    string
	}{
		{"Ed25519", 0, "", "", same, "pass", ""},
		{"RSA with 1024 bits", 1024, "", "", same, "pass", ""},
		{"RSA with 2048 bits", 2048, "", "", same, "pass", ""},
		{"RSA with 512 bits", 512, "", "", same, "permerror", "too short"},
		{"the key is for tests", 0, "t=y; ", "", same, "neutral", "tests"},
		{"for tests, among other flags", 0, "t=s : y; ", "", same, "neutral", "tests"},
		{"not for subdomains, and none", 0, "t=s; ", "mia@acme.example", same, "pass", ""},
		{"not for subdomains, without i=", 0, "t=s; ", "", same, "pass", ""},
		{"not for subdomains, and one", 0, "t=s; ", "@mail.acme.example", same, "permerror", "subdomains"},
		{"for subdomains, and one", 0, "", "@mail.acme.example", same, "pass", ""},
		{"i= of somebody else", 0, "", "@evil.example", same, "permerror", "domain mismatch"},
		{"not for mail", 0, "s=tlsrpt; ", "", same, "permerror", "service"},
		{"for another hash", 0, "h=sha1; ", "", same, "permerror", "hash"},
		{"for mail", 0, "s=email:x; h=sha256; ", "", same, "pass", ""},
		{"part of the body (l=)", 0, "", "", change("; bh=", "; l=5; bh="), "fail", "body length"},
		{"another algorithm's name", 0, "", "", change("ed25519-sha256", "rsa-sha256"), "permerror", "algorithm"},
		{"SHA-1", 0, "", "", change("ed25519-sha256", "ed25519-sha1"), "permerror", "too weak"},
		{"another body", 0, "", "", change("nothing", "anything"), "fail", "body hash"},
		{"another subject", 0, "", "", change("Subject: Export", "Subject: Import"), "fail", "signature"},
		{"another recipient, not signed", 0, "", "", change("To: support@example.com", "To: you@example.com"), "pass", ""},
		{"a field on top", 0, "", "", top("X-Other: 1"), "pass", ""},
		{"a second subject on top", 0, "", "", top("Subject: Pay at once"), "permerror", "several fields subject"},
		{"a second type on top", 0, "", "", top("CONTENT-type: text/html\r\nContent-Type: text/html"), "permerror", "several fields content-type"},
		{"a line that is no field", 0, "", "", top("X: 1\r\nwell then"), "none", "no field"},
		{"a line that is no field, below", 0, "", "", change("To:", "well then\r\nTo:"), "permerror", "no field"},
		{"no body at all", 0, "", "", func(raw string) string { return raw[:strings.Index(raw, "\r\n\r\n")+2] }, "permerror", "no field"},
		{"a header that is too long", 0, "", "", top("X: " + strings.Repeat("x", maxHeader)), "none", "too long"},
		{"no domain", 0, "", "", change("d=acme.example", "d=acme_example"), "permerror", "names no domain"},
		{"a public suffix", 0, "", "", change("d=acme.example", "d=co.uk"), "permerror", ""},
		{"garbage", 0, "", "", change("v=1", "v v v"), "permerror", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := dnstest.New()
			s := newSigner(t, z, "acme.example", "k", c.bits, c.flags)
			s.identity = c.i
			raw := c.change(s.sign(t, unsigned))
			f := checkDKIM(t.Context(), NewCache(z), []byte(raw), "acme.example")[0]
			if f.result != c.result || !strings.Contains(f.why, c.why) {
				t.Errorf("%s (%s), want %s (%s)\n%s", f.result, f.why, c.result, c.why, raw[:min(len(raw), 400)])
			}
		})
	}
}

// A record of a key that costs much to read is not read.
func TestDKIMLongKey(t *testing.T) {
	z := dnstest.New()
	raw := testSigner("acme.example", z).sign(t, unsigned)
	z.Remove("s._domainkey.acme.example")
	z.Add("s._domainkey.acme.example", "TXT", "v=DKIM1; k=rsa; p="+strings.Repeat("A", maxKeyRecord))
	if f := checkDKIM(t.Context(), NewCache(z), []byte(raw), "acme.example")[0]; f.result != resultPermError || !strings.Contains(f.why, "too long") {
		t.Errorf("%+v", f)
	}
}

// Whatever a mail and a key's record hold, each signature has a result, and none of a
// mail that was not signed passes.
func FuzzDKIM(f *testing.F) {
	z := dnstest.New()
	f.Add([]byte(unsigned), "")
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s; h=from; bh=; b=\r\n"+unsigned), "v=DKIM1; p=")
	f.Add([]byte("DKIM-Signature: ;;=;\r\n\tv=1\r\ndkim-signature:\r\n"+unsigned), "p=MA==; k=rsa")
	f.Add([]byte("DKIM-Signature: v=1; a=ed25519-sha256; d=acme.example; s=s; h=from:from::; c=relaxed/; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA; x=9999999999999999999999; q=dns/txt:;\r\n\r\n"), "v=DKIM1;k=ed25519;p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;t=:y:")
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		z.Remove("s._domainkey.acme.example")
		z.Add("s._domainkey.acme.example", "TXT", key)
		all := checkDKIM(t.Context(), NewCache(z), raw, "acme.example")
		if len(all) == 0 || len(all) > maxSignatures {
			t.Errorf("%d findings", len(all))
		}
		for _, f := range all {
			if f.result == resultPass || f.result == "" {
				t.Errorf("%+v", f)
			}
		}
	})
}
