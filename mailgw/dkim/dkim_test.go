package dkim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"
)

// testKeys are made once: an RSA key takes its time.
var testKeys = sync.OnceValue(func() map[Kind]crypto.Signer {
	m := map[Kind]crypto.Signer{}
	for _, kind := range []Kind{RSA, Ed25519} {
		key, text, err := NewKey(kind)
		if err != nil {
			panic(err)
		}
		again, err := ParseKey(text)
		if err != nil || (Key{Signer: again}).Kind() != kind || (Key{Signer: key}).Kind() != kind {
			panic(fmt.Sprint(kind, err))
		}
		m[kind] = again
	}
	return m
})

// pair is an RSA and an Ed25519 key of a domain.
func pair(domain string) []Key {
	return []Key{{Domain: domain, Selector: "new", Signer: testKeys()[Ed25519]}, {Domain: domain, Selector: "old", Signer: testKeys()[RSA]}}
}

const plain = "From: Support <support@example.com>\r\nTo: paula@acme.example\r\nSubject: Re: printer\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\n" +
	"Message-ID: <1@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGood morning Paula,\r\n\r\nit works again.\r\n"

// verify checks all signatures of a mail with the records that the keys publish. It
// returns the domains of those that are right.
func verify(t *testing.T, mail []byte, keys []Key) (right []string) {
	t.Helper()
	zone := map[string]string{}
	for _, k := range keys {
		record, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		zone[k.RecordName()] = record
	}
	all, err := msgauth.VerifyWithOptions(bytes.NewReader(mail), &msgauth.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if text, ok := zone[name]; ok {
			return []string{text}, nil
		}
		return nil, errors.New("no such record: " + name)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Err == nil {
			right = append(right, v.Domain)
		}
	}
	return right
}

func TestSign(t *testing.T) {
	keys := pair("example.com")
	s := New(keys)
	for _, domain := range []string{"example.com", "EXAMPLE.com", "support.eu.example.com"} {
		mail, err := s.Sign(domain, []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if got := verify(t, mail, keys); !slices.Equal(got, []string{"example.com", "example.com"}) {
			t.Errorf("%s: right signatures: %v of\n%s", domain, got, mail)
		}
		if !bytes.HasSuffix(mail, []byte(plain)) {
			t.Errorf("%s: the mail itself changed", domain)
		}
		if a := regexp.MustCompile(`a=[a-z0-9-]+`).FindAllString(string(mail), -1); !slices.Equal(a, []string{"a=rsa-sha256", "a=ed25519-sha256"}) {
			t.Errorf("algorithms: %v", a)
		}
	}
	for _, other := range []string{"example.org", "notexample.com", "com", ""} {
		if got, err := s.Sign(other, []byte(plain)); err != nil || string(got) != plain {
			t.Errorf("%q was signed (%v)", other, err)
		}
	}
	if _, err := s.Sign("example.com", []byte("no header")); err == nil {
		t.Error("what is no mail was signed")
	}
}

// TestNearestKeys: a desk below a domain with keys of its own takes those.
func TestNearestKeys(t *testing.T) {
	s := New(append(pair("example.com"), pair("eu.example.com")...))
	for domain, want := range map[string]string{"example.com": "example.com", "a.eu.example.com": "eu.example.com", "us.example.com": "example.com"} {
		if keys := s.Keys(domain); len(keys) != 2 || keys[0].Domain != want {
			t.Errorf("%s: %v, want those of %s", domain, keys, want)
		}
	}
}

// TestNothingCanBeAdded: who adds or changes a field, or a word, breaks both.
func TestNothingCanBeAdded(t *testing.T) {
	keys := pair("example.com")
	mail, err := New(keys).Sign("example.com", []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	end := strings.Index(string(mail), "\r\n\r\n") + 2
	for _, name := range signed {
		added := string(mail[:end]) + name + ": x@attacker.example\r\n" + string(mail[end:])
		if got := verify(t, []byte(added), keys); len(got) > 0 {
			t.Errorf("a further %s below is not noticed by %v", name, got)
		}
		added = name + ": x@attacker.example\r\n" + string(mail)
		if got := verify(t, []byte(added), keys); len(got) > 0 {
			t.Errorf("a further %s above is not noticed by %v", name, got)
		}
	}
	for _, change := range [][2]string{{"works again", "works not"}, {"paula@acme", "paul@acme"}, {"text/plain", "text/html"}, {"again.\r\n", "again.\r\nPay here.\r\n"}} {
		if got := verify(t, []byte(strings.ReplaceAll(string(mail), change[0], change[1])), keys); len(got) > 0 {
			t.Errorf("%q is not noticed by %v", change[1], got)
		}
	}
}

// TestSignatureSurvivesARelay: what honest relays do to a mail breaks nothing.
func TestSignatureSurvivesARelay(t *testing.T) {
	keys := pair("example.com")
	mail, err := New(keys).Sign("example.com", []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	relayed := "Received: from a by b; Mon, 2 Nov 2026 10:00:01 +0100\r\nX-Spam: no\r\n" + string(mail)
	relayed = strings.Replace(relayed, "Subject: Re: printer", "SUBJECT:  Re:\r\n  printer  ", 1)
	relayed = strings.Replace(relayed, "again.\r\n", "again. \r\n\r\n\r\n", 1)
	if got := verify(t, []byte(relayed), keys); len(got) != 2 {
		t.Errorf("right signatures: %v of\n%s", got, relayed)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveDER, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "no PEM"},
		{"words", "v=DKIM1; p=AAAA", "no PEM"},
		{"public", text("PUBLIC KEY", []byte("x")), "is a public key"},
		{"broken", text("PRIVATE KEY", []byte("x")), "cannot be read"},
		{"short", text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short)), "of 1024 bits"},
		{"curve", text("PRIVATE KEY", curveDER), "neither RSA nor Ed25519"},
	} {
		if _, err := ParseKey([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, _, err := NewKey("dsa"); err == nil {
		t.Error("a key of an unknown kind was made")
	}
	pkcs1 := text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKeys()[RSA].(*rsa.PrivateKey)))
	if _, err := ParseKey([]byte(pkcs1)); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
}

func TestZoneLine(t *testing.T) {
	for _, k := range pair("example.com") {
		record, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		line := ZoneLine(k.RecordName(), record)
		var joined string
		for _, s := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(line, -1) {
			if len(s[1]) > 255 {
				t.Errorf("a string of %d bytes", len(s[1]))
			}
			joined += s[1]
		}
		if joined != record || !strings.HasPrefix(line, k.Selector+"._domainkey.example.com. IN TXT (") {
			t.Errorf("%s says %q, want %q", line, joined, record)
		}
	}
}

// BenchmarkSign is the CPU of an answer's signatures, of one key each and of both.
func BenchmarkSign(b *testing.B) {
	both := pair("example.com")
	for name, keys := range map[string][]Key{"rsa": both[1:], "ed25519": both[:1], "both": both} {
		s := New(keys)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign("example.com", []byte(plain)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
