package passhash

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

var salt = []byte("0123456789abcdef")

func TestVerify(t *testing.T) {
	t.Parallel()
	cheap, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		Make("correct horse", salt),
		string(cheap),
		// The argon2 command of the reference implementation: printf 'correct horse' | argon2 0123456789abcdef -id -t 2 -k 256 -p 1 -e
		referenceArgon2,
	} {
		h, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		if !h.Verify("correct horse") {
			t.Errorf("%s does not fit its password", text)
		}
		for _, wrong := range []string{"", "correct", "correct horse ", "Correct horse", strings.Repeat("x", MaxPassword+1)} {
			if h.Verify(wrong) {
				t.Errorf("%s fits %.20q", text, wrong)
			}
		}
	}
	if (Hash{}).Verify("") {
		t.Error("the zero hash fits the empty password")
	}
}

// TestUnicodeForms: the same password typed on another keyboard fits; RFC 4013 §3 has the
// examples.
func TestUnicodeForms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"I\u00adX": "IX", "user": "user", "USER": "USER", "\u00aa": "a", "\u2168": "IX",
		"zu\u0308rich": "zürich", "a\u00a0b": "a b", "\u0007": "\u0007", "bad\xff": "bad\xff",
	} {
		if got := Prepare(in); got != want {
			t.Errorf("Prepare(%q) = %q, want %q", in, got, want)
		}
	}
	h, err := Parse(Make("zürich", salt))
	if err != nil || !h.Verify("zu\u0308rich") {
		t.Error("another form of the same password does not fit", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := Make("x", salt)
	for _, text := range []string{
		"", "demo", "$2b$", "$2b$31$" + strings.Repeat("a", 53), "$argon2id$", strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=19456", "m=4294967295", 1), strings.Replace(good, "t=2", "t=0", 1),
		strings.Replace(good, "t=2", "t=99", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=19456", "m=1", 1),
		strings.Replace(good, "p=1", "p=1 ", 1), good + "=", good[:len(good)-30], good + "$x", "$argon2id$v=19$m=19456,t=2,p=1$$",
	} {
		if h, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, h)
		} else if len(text) > 3 && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows what was written: %v", err)
		}
	}
}

// TestKeys follows the exchange of RFC 7677 §3.
func TestKeys(t *testing.T) {
	t.Parallel()
	theirs, _ := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	made, err := MakeKeys("pencil", theirs, 4096)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeys(made.String())
	if err != nil || k.String() != made.String() {
		t.Fatal(k, err)
	}
	const exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	proof, _ := base64.StdEncoding.DecodeString("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
	if !k.Proves(exchange, proof) {
		t.Error("the proof of the RFC does not count")
	}
	if got := base64.StdEncoding.EncodeToString(k.Signature(exchange)); got != "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" {
		t.Errorf("signature %s is not that of the RFC", got)
	}
	proof[3] ^= 1
	if k.Proves(exchange, proof) || k.Proves(exchange, nil) || k.Proves(exchange, proof[:31]) {
		t.Error("a wrong proof counts")
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	k, err := MakeKeys("x", salt, Iterations)
	if err != nil {
		t.Fatal(err)
	}
	good := k.String()
	for _, text := range []string{
		"", "demo", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:$:", strings.Replace(good, "32768", "1", 1), strings.Replace(good, "32768", "99999999", 1),
		good[:len(good)-8], good + "AAAA", strings.Replace(good, "256", "1", 1),
	} {
		if _, err := ParseKeys(text); err == nil {
			t.Errorf("ParseKeys(%q) is taken", text)
		}
	}
}

const referenceArgon2 = "$argon2id$v=19$m=256,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$BaW4fpaHKjCZWAGDYdvtrxLvSh/SRTUPoEiB6ytkbCs"
