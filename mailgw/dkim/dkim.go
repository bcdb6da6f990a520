// Package dkim signs outgoing mail (RFC 6376, RFC 8463), and makes the keys for it
// and the DNS records that publish them.
//
// It reads no file and asks no DNS: keys come as PEM text, mails as bytes. Keys and
// Signers never change once they are made, so any number of goroutines may use them.
//
// Failure policy: a key that cannot sign what receivers accept is refused when it is
// read, with the reason; after that, signing fails only for a mail without From.
package dkim

import (
	"bytes"
	"cmp"
	"crypto"
	"fmt"
	"slices"
	"strings"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
)

// Key is a private key that signs for a domain and what is below it.
type Key struct {
	Domain   string        // in lower case; receivers ask it for the public key (d=)
	Selector string        // under which the domain publishes the public key (s=)
	Signer   crypto.Signer // of an *rsa.PublicKey or an ed25519.PublicKey, see ParseKey
}

// Signer signs mail with the keys of its From domain.
type Signer struct {
	keys map[string][]Key // by domain
}

// New makes a Signer. All keys of one domain sign each of its mails: an old key
// beside a new one while they are exchanged, RSA beside Ed25519.
func New(keys []Key) *Signer {
	s := &Signer{keys: map[string][]Key{}}
	for _, k := range keys {
		s.keys[k.Domain] = append(s.keys[k.Domain], k)
	}
	for _, list := range s.keys { // a receiver looks at the first few only: the one that all can check comes first
		slices.SortStableFunc(list, func(a, b Key) int { return cmp.Compare(b.Kind(), a.Kind()) })
	}
	return s
}

// Keys returns the keys that sign the mail of a domain: its own, else those of the
// nearest domain above it, which count as aligned unless a policy says adkim=s
// (RFC 7489 §3.1.1); none when there are none.
func (s *Signer) Keys(domain string) []Key {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		ascii = domain // nothing is published for what is no name
	}
	for domain = strings.ToLower(ascii); domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if list := s.keys[domain]; len(list) > 0 {
			return list
		}
	}
	return nil
}

// signed are the fields that say what a mail is (RFC 6376 §5.4.1). Each is named once
// more than it is there, so that nobody can add one to a mail of ours (§8.15).
var signed = [...]string{
	"From", "Subject", "To", "Date", "Cc", "Reply-To", "Message-ID", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
}

// Sign returns a mail with the signatures of a From domain's keys above it, or the
// mail itself when the domain has none. The mail must be complete, with CRLF line
// ends; nothing may change in it afterwards.
func (s *Signer) Sign(domain string, mail []byte) ([]byte, error) {
	keys := s.Keys(domain)
	if len(keys) == 0 {
		return mail, nil
	}
	var signatures []string
	size := len(mail)
	for _, k := range keys {
		sig, err := k.sign(mail)
		if err != nil {
			return nil, fmt.Errorf("dkim: sign for %s with selector %s: %w", k.Domain, k.Selector, err)
		}
		signatures = append(signatures, sig)
		size += len(sig)
	}
	out := make([]byte, 0, size)
	for _, sig := range signatures {
		out = append(out, sig...)
	}
	return append(out, mail...), nil
}

// sign makes one DKIM-Signature field, with its line end.
func (k Key) sign(mail []byte) (string, error) {
	fields := slices.Clone(signed[:])
	for _, name := range signed {
		if hasField(mail, name) {
			fields = append(fields, name)
		}
	}
	w, err := msgauth.NewSigner(&msgauth.SignOptions{
		Domain: k.Domain, Selector: k.Selector, Signer: k.Signer, Hash: crypto.SHA256, HeaderKeys: fields,
		// Workaround: go-msgauth v0.7.0 signs simple/simple unless told: a relay that
		// folds a field anew would break it (TestSignatureSurvivesARelay).
		HeaderCanonicalization: msgauth.CanonicalizationRelaxed, BodyCanonicalization: msgauth.CanonicalizationRelaxed,
	})
	if err != nil {
		return "", err
	}
	if _, err := w.Write(mail); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return w.Signature(), nil
}

// hasField reports whether a mail's header has a field of this name.
func hasField(mail []byte, name string) bool {
	header, _, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	for line := range bytes.Lines(header) {
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name) {
			return true
		}
	}
	return false
}
