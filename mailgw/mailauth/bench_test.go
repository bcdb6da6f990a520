package mailauth

import (
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth/dnstest"
)

// BenchmarkJudgeWarm examines a 4 KiB mail by SPF, DKIM and DMARC, with all answers
// in the cache: what the checks add to the CPU of an accepted mail. "spf" is a mail
// that is not signed.
func BenchmarkJudgeWarm(b *testing.B) {
	z := dnstest.New("acme.example TXT v=spf1 include:_spf.mail.example mx -all", "_spf.mail.example TXT v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 ip4:"+direct.String()+" ~all",
		"mx.acme.example TXT v=spf1 a -all", "mx.acme.example A "+direct.String(), "_dmarc.acme.example TXT v=DMARC1; p=reject; rua=mailto:d@acme.example")
	raw := "From: Mia <mia@acme.example>\r\nTo: support@example.com\r\nSubject: Export\r\nDate: Mon, 13 Jul 2026 10:00:00 +0200\r\nMessage-ID: <1@acme.example>\r\n\r\n" +
		strings.Repeat("It does nothing since this morning, whatever I try.\r\n", 75)
	for name, raw := range map[string]string{
		"spf": raw, "rsa": newSigner(b, z, "acme.example", "r", 2048, "").sign(b, raw), "ed25519": newSigner(b, z, "acme.example", "e", 0, "").sign(b, raw),
	} {
		b.Run(name, func(b *testing.B) {
			c := &Checker{DNS: NewCache(z)}
			h := handed("mia@acme.example", raw)
			h.Mail = letter.Parse([]byte(raw), "", letter.DefaultLimits())
			b.ReportAllocs()
			for b.Loop() {
				if v := c.Examine(b.Context(), h); v.Result != Pass {
					b.Fatal(v.Reasons)
				}
			}
		})
	}
}
