package threading

import "encoding/base64"

// ThreadIndexBytes is the length of a Thread-Index's root.
const ThreadIndexBytes = 22

// ThreadIndexRoot reads the root of Outlook's Thread-Index, which all mails of
// one conversation share: a time and a random number; each answer adds five bytes.
// White space in the field is skipped, and what follows the root does not matter.
// It returns false for what is too short, is no base64, or has no random number
// in it.
//
// Deviation: MS-OXOMSG §2.2.1.3 has the first byte 1; it is not looked at, since
// only equal roots count.
func ThreadIndexRoot(field string) (root [ThreadIndexBytes]byte, ok bool) {
	const digits = (8*ThreadIndexBytes + 5) / 6
	var text [digits + 2]byte // whole groups of four
	n := 0
	for i := 0; i < len(field) && n < digits; i++ {
		switch c := field[i]; {
		case isWordByte(c), c == '+', c == '/':
			text[n] = c
			n++
		case c == ' ', c == '\t', c == '\r', c == '\n', n == 0 && (c == '"' || c == '<'):
		default:
			return root, false
		}
	}
	if n < digits {
		return root, false
	}
	var raw [len(text) * 6 / 8]byte
	text[digits], text[digits+1] = 'A', 'A'
	if _, err := base64.RawStdEncoding.Decode(raw[:], text[:]); err != nil {
		return root, false
	}
	copy(root[:], raw[:])
	for _, b := range root[7:] {
		if b != root[6] { // 6 and on: the random number
			return root, true
		}
	}
	return [ThreadIndexBytes]byte{}, false
}
