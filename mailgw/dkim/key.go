package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Kind is a sort of key.
type Kind string

// The kinds of keys.
const (
	RSA     Kind = "rsa"     // 2048 bits; every receiver can check it
	Ed25519 Kind = "ed25519" // RFC 8463; short, and some large receivers still ignore it
)

// The bits of RSA keys. Receivers must check 1024 to 2048 and may refuse longer ones
// (RFC 8301 §3.2); 4096 is as long as a record can be in practice.
const (
	newBits = 2048
	minBits = 2048
	maxBits = 4096
)

// NewKey makes a private key and its text: PEM with PKCS #8.
func NewKey(kind Kind) (crypto.Signer, []byte, error) {
	var key crypto.Signer
	var err error
	switch kind {
	case RSA:
		key, err = rsa.GenerateKey(rand.Reader, newBits)
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no kind of key is called %q", kind)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("dkim: make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("dkim: make a key: %w", err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ParseKey reads a private key: PEM with PKCS #8, or PKCS #1 as opendkim-genkey and
// rspamadm write it. The error says what the text is instead.
func ParseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("is no PEM text")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("is a %s, not a private key", strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, fmt.Errorf("holds a private key that cannot be read: %w", err)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if bits := k.N.BitLen(); bits < minBits || bits > maxBits {
			return nil, fmt.Errorf("holds an RSA key of %d bits: receivers want %d to %d", bits, minBits, maxBits)
		}
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, errors.New("holds a key that is neither RSA nor Ed25519")
}

// Kind returns what sort of key it is.
func (k Key) Kind() Kind {
	if _, ok := k.Signer.Public().(ed25519.PublicKey); ok {
		return Ed25519
	}
	return RSA
}

// RecordName is where a key's record stands in DNS, without a dot at its end.
func (k Key) RecordName() string { return k.Selector + "._domainkey." + k.Domain }

// Record is the text of the DNS record that publishes a key (RFC 6376 §3.6.1).
func (k Key) Record() (string, error) {
	public := k.Signer.Public()
	if p, ok := public.(ed25519.PublicKey); ok { // RFC 8463 §4: the bare key
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(p), nil
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("dkim: record of %s: %w", k.RecordName(), err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}

// longestString is how long one string of a TXT record may be (RFC 1035 §3.3.14).
const longestString = 255

// ZoneLine writes a TXT record as a line of a zone file, in as many strings as it
// takes (RFC 6376 §3.6.2.2: they are joined without anything between).
func ZoneLine(name, text string) string {
	var b strings.Builder
	b.WriteString(name + ". IN TXT (")
	for len(text) > longestString {
		b.WriteString(` "` + text[:longestString] + `"`)
		text = text[longestString:]
	}
	b.WriteString(` "` + text + `" )`)
	return b.String()
}
