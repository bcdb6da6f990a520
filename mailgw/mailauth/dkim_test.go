package mailauth

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
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
