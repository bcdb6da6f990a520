package ticket

import (
	"errors"
	"strings"
)

// ID names one thing that the gateway keeps: an accepted mail, an entry, an
// outbox row, a promise. It is given once, when the thing comes into being, and
// is never used again. IDs made later compare greater (within the clock's
// precision), so that they serve as store keys that append. Zero is no ID.
type ID uint64

// idAlphabet is Crockford's base 32 in lower case: no i, l, o, u.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idLength is the length of an ID's text: 13 digits of 5 bits hold 64.
const idLength = 13

// ErrBadID is returned by [ParseID] when a text is not an ID's.
var ErrBadID = errors.New("not an id (13 letters and digits, as in the 250 reply)")

// String returns the ID as 13 lower-case Crockford base 32 digits, the form
// that the "250 accepted as" reply, logs and commands show.
func (id ID) String() string { return string(id.Append(make([]byte, 0, idLength))) }

// Append appends what [ID.String] returns to b.
func (id ID) Append(b []byte) []byte {
	var digits [idLength]byte
	for i := idLength - 1; i >= 0; i-- {
		digits[i] = idAlphabet[id&31]
		id >>= 5
	}
	return append(b, digits[:]...)
}

// ParseID reads what [ID.String] wrote; case does not matter, and o, i, l are
// read as 0, 1, 1. It returns [ErrBadID] for anything else.
func ParseID(s string) (ID, error) {
	if len(s) != idLength {
		return 0, ErrBadID
	}
	var id ID
	for i, c := range []byte(strings.ToLower(s)) {
		switch c {
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		d := strings.IndexByte(idAlphabet, c)
		if d < 0 || (i == 0 && d > 15) {
			return 0, ErrBadID
		}
		id = id<<5 | ID(d)
	}
	if id == 0 {
		return 0, ErrBadID
	}
	return id, nil
}

// MarshalText writes the ID's text form, so that JSON and logs show it.
func (id ID) MarshalText() ([]byte, error) {
	if id == 0 {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads the ID's text form; an empty text is the zero ID.
func (id *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseID(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}
