package mailauth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

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
		t.Setenv("GODEBUG", "rsa1024min=0")
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
