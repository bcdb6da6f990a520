package threading

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// testKey makes a key whose secret is one byte repeated.
func testKey(id, fill byte) Key { return Key{ID: id, Secret: bytes.Repeat([]byte{fill}, SecretBytes)} }

// testKeyring makes a keyring or fails the test.
func testKeyring(t testing.TB, current Key, old ...Key) *Keyring {
	t.Helper()
	k, err := NewKeyring(current, old...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// anyRef draws any Ref within the limits.
func anyRef(t *rapid.T) Ref {
	return Ref{
		Purpose: Purpose(rapid.ByteRange(1, byte(purposes)-1).Draw(t, "purpose")),
		Ticket:  rapid.Uint64Range(0, MaxTicket).Draw(t, "ticket"),
		Entry:   rapid.Uint32Range(0, MaxEntry).Draw(t, "entry"),
		Person:  rapid.Uint32().Draw(t, "person"),
	}
}

func TestTokenRoundTrip(t *testing.T) {
	k := testKeyring(t, testKey(7, 1))
	rapid.Check(t, func(t *rapid.T) {
		ref := anyRef(t)
		token := k.Seal(ref)
		if token != k.Seal(ref) {
			t.Fatal("not the same twice")
		}
		if !TokenShaped(token) || len(token) > MaxTokenLength || token != strings.ToLower(token) {
			t.Fatalf("bad shape: %q", token)
		}
		mangled := strings.NewReplacer("0", "O", "1", "l").Replace(strings.ToUpper(token))
		for _, s := range []string{token, strings.ToUpper(token), mangled} {
			if got, ok := k.Open(s); !ok || got != ref {
				t.Fatalf("Open(%q) = %+v, %v, want %+v", s, got, ok, ref)
			}
		}
	})
}

func TestTokenLengths(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	customer := k.Seal(Ref{Purpose: Reply, Ticket: MaxTicket, Entry: MaxEntry})
	agent := k.Seal(Ref{Purpose: AgentReply, Ticket: MaxTicket, Entry: MaxEntry, Person: 1<<32 - 1})
	if len(customer) != 32 || len(agent) != MaxTokenLength {
		t.Errorf("lengths %d and %d, want 32 and %d", len(customer), len(agent), MaxTokenLength)
	}
	local, _, _ := cutLast(ReplyAddress(strings.Repeat("d", MaxDeskLocal)+"@example.com", agent), '@')
	if len(local) != 64 {
		t.Errorf("the longest local part has %d octets, want 64", len(local))
	}
}

// TestForgedTokens changes each single bit, and each single character, of a
// token: none may open.
func TestForgedTokens(t *testing.T) {
	k := testKeyring(t, testKey(1, 1), testKey(0, 2), testKey(3, 3))
	for _, ref := range []Ref{
		{Purpose: Reply, Ticket: 42, Entry: 3},
		{Purpose: AgentReply, Ticket: 42, Entry: 3, Person: 99},
	} {
		token := k.Seal(ref)
		var raw [headBytes + longPayload]byte
		n, ok := decode32(raw[:], token)
		if !ok {
			t.Fatal("cannot decode an own token")
		}
		for bit := range n * 8 {
			forged := raw
			forged[bit/8] ^= 1 << (bit % 8)
			if got, ok := k.Open(encode32(forged[:n])); ok {
				t.Errorf("bit %d changed: opens as %+v", bit, got)
			}
		}
		for i := range token {
			for _, c := range alphabet {
				forged := token[:i] + string(c) + token[i+1:]
				if _, ok := k.Open(forged); ok && forged != token {
					t.Errorf("character %d changed to %c: opens", i, c)
				}
			}
		}
		for _, forged := range []string{"", token[:len(token)-1], token + "0", token[1:], " " + token, token + " ", strings.Replace(token, token[:1], "u", 1), strings.Repeat("0", len(token))} {
			if _, ok := k.Open(forged); ok {
				t.Errorf("%q opens", forged)
			}
		}
	}
}

func TestTokenShowsNoNumber(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	a, b := k.Seal(Ref{Purpose: Reply, Ticket: 1}), k.Seal(Ref{Purpose: Reply, Ticket: 2})
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	if same > len(a)/2 {
		t.Errorf("neighbouring tickets have alike tokens: %s %s", a, b)
	}
}

func TestKeyRotation(t *testing.T) {
	first, second, third := testKey(1, 1), testKey(2, 2), testKey(3, 3)
	ref := Ref{Purpose: Reply, Ticket: 42, Entry: 1}
	old := testKeyring(t, first).Seal(ref)
	rotated := testKeyring(t, third, second, first)
	if got, ok := rotated.Open(old); !ok || got != ref {
		t.Error("an old key's token does not open")
	}
	if rotated.Seal(ref) == old {
		t.Error("the old key still seals")
	}
	if _, ok := testKeyring(t, third, second).Open(old); ok {
		t.Error("a removed key's token opens")
	}
	if _, ok := testKeyring(t, testKey(1, 9)).Open(old); ok {
		t.Error("another secret under the same id opens")
	}
}

func TestNewKeyringRefuses(t *testing.T) {
	if _, err := NewKeyring(Key{ID: 1, Secret: []byte("short")}); !errors.Is(err, ErrSecretLength) {
		t.Errorf("short secret: %v", err)
	}
	if _, err := NewKeyring(testKey(1, 1), testKey(2, 2), testKey(1, 3)); !errors.Is(err, ErrKeyTwice) {
		t.Errorf("id twice: %v", err)
	}
}

func TestPersonTag(t *testing.T) {
	before := testKeyring(t, testKey(1, 1))
	after := testKeyring(t, testKey(2, 2), testKey(1, 1))
	tag := before.PersonTag("Anna@Example.com")
	if tag == 0 || tag != before.PersonTag(" anna@example.com") {
		t.Error("the tag depends on case or white space")
	}
	if tag == before.PersonTag("ben@example.com") || tag == after.PersonTag("anna@example.com") {
		t.Error("different people or keys have the same tag")
	}
	if !after.IsPerson(tag, "anna@example.com") || after.IsPerson(tag, "ben@example.com") || after.IsPerson(0, "") {
		t.Error("a tag does not outlive the rotation, or fits others")
	}
}

func FuzzOpen(f *testing.F) {
	k := testKeyring(f, testKey(1, 1))
	f.Add(k.Seal(Ref{Purpose: Reply, Ticket: 42}))
	f.Add(k.Seal(Ref{Purpose: AgentReply, Ticket: 42, Person: 5}))
	f.Add("0123456789abcdefghjkmnpqrstvwxyz")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		ref, ok := k.Open(s)
		if !ok {
			if ref != (Ref{}) {
				t.Fatalf("%q: not ok with %+v", s, ref)
			}
			return
		}
		// Only what this keyring seals can open, and in one form only.
		if canon := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(s)); k.Seal(ref) != canon {
			t.Fatalf("%q opens as %+v, whose token is %q", s, ref, k.Seal(ref))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k := testKeyring(b, testKey(1, 1))
	b.ReportAllocs()
	for b.Loop() {
		k.Seal(Ref{Purpose: Reply, Ticket: 42, Entry: 1})
	}
}

func BenchmarkOpen(b *testing.B) {
	k := testKeyring(b, testKey(1, 1))
	token := k.Seal(Ref{Purpose: Reply, Ticket: 42, Entry: 1})
	b.ReportAllocs()
	for b.Loop() {
		k.Open(token)
	}
}

// What an agent's token was stays what it was, when another key has become the current one.
func TestSealPersonOutlivesRotation(t *testing.T) {
	first, second := Key{ID: 1, Secret: bytes.Repeat([]byte{1}, SecretBytes)}, Key{ID: 2, Secret: bytes.Repeat([]byte{2}, SecretBytes)}
	before, err := NewKeyring(first)
	if err != nil {
		t.Fatal(err)
	}
	after, err := NewKeyring(second, first)
	if err != nil {
		t.Fatal(err)
	}
	ref := Ref{Purpose: AgentReply, Ticket: 7, Entry: 2}
	a, ok := before.SealPerson(before.KeyID(), ref, "Anna@example.com")
	b, ok2 := after.SealPerson(1, ref, "anna@example.com")
	if !ok || !ok2 || a != b || len(a) != MaxTokenLength {
		t.Errorf("%q and %q", a, b)
	}
	if got, ok := after.Open(a); !ok || !after.IsPerson(got.Person, "anna@example.com") || after.IsPerson(got.Person, "ben@example.com") {
		t.Errorf("it opens as %+v", got)
	}
	if _, ok := before.SealPerson(2, ref, "anna@example.com"); ok {
		t.Error("a key that is not there seals")
	}
}
