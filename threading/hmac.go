package threading

import "crypto/sha256"

// hmacKey is a key for HMAC-SHA-256 with both pads made ready. A mail needs a
// dozen tokens; crypto/hmac makes its states anew for each (15 allocations and
// three times the time).
type hmacKey struct {
	inner, outer [sha256.BlockSize]byte
}

// deriveKey makes the key for one use from a secret of at most one block.
func deriveKey(secret []byte, use string) *hmacKey {
	h := newHMAC(secret).sum([]byte(use))
	return newHMAC(h[:])
}

// newHMAC makes a key of at most one block ready.
//
// RFC 2104 §2: the key, filled with zeros, XOR 0x36 (inner) and 0x5c (outer).
func newHMAC(key []byte) *hmacKey {
	k := new(hmacKey)
	copy(k.inner[:], key)
	copy(k.outer[:], key)
	for i := range k.inner {
		k.inner[i] ^= 0x36
		k.outer[i] ^= 0x5c
	}
	return k
}

// sum returns the HMAC of text.
//
// RFC 2104 §2: H(outer, H(inner, text)).
func (k *hmacKey) sum(text []byte) [sha256.Size]byte {
	var short [sha256.BlockSize + 64]byte // on the stack for the texts of tokens
	in := append(append(short[:0], k.inner[:]...), text...)
	digest := sha256.Sum256(in)
	in = append(append(short[:0], k.outer[:]...), digest[:]...)
	return sha256.Sum256(in)
}
