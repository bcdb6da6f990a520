package threading

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"pgregory.net/rapid"
)

func TestHMACIsTheStandards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, sha256.BlockSize).Draw(t, "key")
		text := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "text")
		want := hmac.New(sha256.New, key)
		want.Write(text)
		if got := newHMAC(key).sum(text); !hmac.Equal(got[:], want.Sum(nil)) {
			t.Fatalf("%x", got)
		}
	})
}
