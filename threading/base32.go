package threading

// alphabet is Crockford's base 32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// notDigit marks the bytes that no digit is read from.
const notDigit = 0xff

// digits gives each byte's value: both cases, o as 0, i and l as 1.
var digits = func() (t [256]byte) {
	for i := range t {
		t[i] = notDigit
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
		if c := alphabet[i]; c >= 'a' {
			t[c-'a'+'A'] = byte(i)
		}
	}
	for _, alias := range []struct{ c, as byte }{{'o', 0}, {'O', 0}, {'i', 1}, {'I', 1}, {'l', 1}, {'L', 1}} {
		t[alias.c] = alias.as
	}
	return t
}()

// encode32 writes b, most significant bit first; the last digit is filled with
// zero bits.
func encode32(b []byte) string {
	var out [MaxTokenLength]byte
	var acc uint
	bits, n := 0, 0
	for _, c := range b {
		acc = acc<<8 | uint(c)
		for bits += 8; bits >= 5; n++ {
			bits -= 5
			out[n] = alphabet[acc>>bits&31]
		}
	}
	if bits > 0 {
		out[n] = alphabet[acc<<(5-bits)&31]
		n++
	}
	return string(out[:n])
}

// decode32 reads what encode32 wrote into b and returns how many bytes there
// are. It refuses foreign characters, lengths that no bytes have, more than b
// holds, and filling bits that are not zero: one value has one text.
func decode32(b []byte, s string) (n int, ok bool) {
	if len(s)*5/8 > len(b) {
		return 0, false
	}
	var acc uint
	bits := 0
	for i := range len(s) {
		d := digits[s[i]]
		if d == notDigit {
			return 0, false
		}
		acc = acc<<5 | uint(d)
		if bits += 5; bits >= 8 {
			bits -= 8
			b[n] = byte(acc >> bits)
			n++
		}
	}
	if bits >= 5 || acc&(1<<bits-1) != 0 {
		return 0, false
	}
	return n, true
}

// TokenShaped tells whether s has the length and the alphabet of a token. It
// says nothing about whether it is one of ours: only [Keyring.Open] does.
func TokenShaped(s string) bool {
	if len(s) != shortToken && len(s) != longToken {
		return false
	}
	for i := range len(s) {
		if digits[s[i]] == notDigit {
			return false
		}
	}
	return true
}
