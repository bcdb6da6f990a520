package mailauth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"supportgw/mailgw/mailauth/dnstest"
)

// signer signs mails of one domain, and publishes its key.
type signer struct {
	domain, selector string
	key              crypto.Signer
	identity         string // i=, "" for none
}

// newSigner makes a key; bits 0 is Ed25519. flags stand in the key's record.
func newSigner(t testing.TB, z *dnstest.Zone, domain, selector string, bits int, flags string) *signer {
	t.Helper()
	s := &signer{domain: domain, selector: selector}
	var public []byte
	kind := "ed25519"
	var err error
	if bits == 0 {
		var private ed25519.PrivateKey
		public, private, err = ed25519.GenerateKey(rand.Reader)
		s.key = private
	} else {
		if bits < 1024 {
			t.Setenv("GODEBUG", "rsa1024min=0")
		}
		var private *rsa.PrivateKey
		if private, err = rsa.GenerateKey(rand.Reader, bits); err == nil {
			kind, s.key = "rsa", private
			public, err = x509.MarshalPKIXPublicKey(&private.PublicKey)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	z.Add(selector+"._domainkey."+domain, "TXT", "v=DKIM1; k="+kind+"; "+flags+"p="+base64.StdEncoding.EncodeToString(public))
	return s
}

// sign puts a signature on top of a mail.
func (s *signer) sign(t testing.TB, raw string) string {
	t.Helper()
	var out bytes.Buffer
	o := &dkim.SignOptions{
		Domain: s.domain, Selector: s.selector, Signer: s.key, Identifier: s.identity, HeaderKeys: []string{"From", "Subject"},
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
	if err := dkim.Sign(&out, strings.NewReader(raw), o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// testKey is one key for the signers of large tables.
var testKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// testSigner signs with it, and publishes it under the selector s.
func testSigner(domain string, z *dnstest.Zone) *signer {
	z.Add("s._domainkey."+domain, "TXT", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(testKey.Public().(ed25519.PublicKey)))
	return &signer{domain: domain, selector: "s", key: testKey}
}

// hanging is a resolver that answers nothing before it is told to go.
type hanging struct{}

func (hanging) wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (h hanging) LookupTXT(ctx context.Context, _ string) ([]string, error) { return nil, h.wait(ctx) }

func (h hanging) LookupMX(ctx context.Context, _ string) ([]*net.MX, error) { return nil, h.wait(ctx) }

func (h hanging) LookupIPAddr(ctx context.Context, _ string) ([]net.IPAddr, error) {
	return nil, h.wait(ctx)
}

func (h hanging) LookupAddr(ctx context.Context, _ string) ([]string, error) { return nil, h.wait(ctx) }

// contextThatEnds is a context that ends soon.
func contextThatEnds(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 20*time.Millisecond)
}
