package mailgw

import (
	"bytes"
	"net/netip"
	"testing"

	"supportgw/mailgw/letter"
)

// FuzzDecide delivers any bytes to a gateway without tickets: each mail gets an
// outcome, and all that is decided to be said can be said.
func FuzzDecide(f *testing.F) {
	for _, m := range []string{
		"From: Mia <mia@acme.example>\r\nSubject: outage\r\nMessage-ID: <a@b>\r\n\r\nHello\r\n",
		"From: \"a b\"@x.example, c@d\r\nReply-To: =?utf-8?q?=0A?= <\xff@x>\r\nReferences: <ü> << <a b@c>\r\n\r\n",
		"Subject: =?utf-8?q?=0D=0AX: y?=\r\nMessage-ID: <" + string(bytes.Repeat([]byte("x"), 899)) + ">\r\nFrom: a@b\r\n\r\n",
		"\x00\xff\r\n\r\n",
	} {
		f.Add([]byte(m), "mia@acme.example", true)
		f.Add([]byte(m), "", false)
	}
	a, err := Explainer(houseConfig(f, f.TempDir()))
	if err != nil {
		f.Fatal(err)
	}
	g := a.local
	f.Fuzz(func(t *testing.T, raw []byte, path string, trusted bool) {
		ip := netip.MustParseAddr(stranger)
		if trusted {
			ip = netip.MustParseAddr("127.0.0.1")
		}
		in := g.newIncoming(t.Context(), &letter.Arrival{ID: g.ids.Next(), ReversePath: path, Recipients: []string{"support@example.com"}, ClientIP: ip, At: monday, Raw: raw})
		d, err := g.decide(emptyStore{}, in, func() (uint64, error) { return 1, nil })
		if err != nil || d.outcome == "" {
			t.Fatalf("outcome %q: %v", d.outcome, err)
		}
		for i := range d.outgoing {
			if _, err := g.compose(&d.outgoing[i], material{raw: raw}); err != nil {
				t.Errorf("%s: %v", d.outgoing[i].Kind, err)
			}
		}
	})
}
