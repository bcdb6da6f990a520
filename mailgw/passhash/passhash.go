// Package passhash reads and makes the hashes that stand in for passwords: argon2id (RFC
// 9106, in the text form of the PHC), bcrypt, and the keys of SCRAM-SHA-256 (RFC 5802 §3,
// RFC 7677).
//
// All is computed from what is handed in, salts too; nothing is kept. A comparison takes
// the same time whatever the password is. [Hash.Verify] is costly on purpose: whoever
// calls it for strangers must bound how many run at once.
package passhash

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// SaltBytes is how long a salt is, in bytes. RFC 9106 §3.1 recommends 16.
const SaltBytes = 16

// Cost of the hashes that [Make] makes: 19 MiB, two passes, one lane, about 30 ms of one
// core; the least that OWASP's cheat sheet on password storage asks for (2024). More would
// give strangers more to wear us down with.
const (
	makeMemory = 19 << 10 // KiB
	makePasses = 2
	makeLanes  = 1
	makeKey    = 32 // bytes
)

// Bounds on hashes that are read: what a login may cost.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
	mostLanes  = 16
	mostCost   = 14 // of bcrypt: about a second
)

// MaxPassword is how long a password may be, in bytes. bcrypt looks at 72 alone.
const MaxPassword = 1024

// Hash is what is kept of a password. The zero Hash fits none.
type Hash struct {
	bcrypt         []byte // nil for argon2id
	memory, passes uint32 // KiB, count
	lanes          uint8
	salt, key      []byte
}

// ErrForm says that a text is no hash that is known here. The text is not in it: it may
// be a password.
var ErrForm = errors.New("is no argon2id or bcrypt hash")

// Parse reads "$argon2id$v=19$m=…,t=…,p=…$salt$key" or "$2b$…" ($2a$, $2y$). Errors are
// ErrForm, or say which part costs too much; they never have the text in them.
func Parse(text string) (Hash, error) {
	if strings.HasPrefix(text, "$2") {
		return parseBcrypt(text)
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprint("v=", argon2.Version) {
		return Hash{}, ErrForm
	}
	var h Hash
	var lanes uint32
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &lanes); err != nil || n != 3 || parts[3] != costs(h.memory, h.passes, lanes) {
		return Hash{}, ErrForm
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.key) < 16:
		return Hash{}, ErrForm
	case h.passes < 1 || lanes < 1 || h.memory < 8*lanes: // RFC 9106 §3.1
		return Hash{}, ErrForm
	case h.memory > mostMemory || h.passes > mostPasses || lanes > mostLanes || len(h.key) > 128 || len(h.salt) > 128:
		return Hash{}, fmt.Errorf("costs too much at each login: at most m=%d,t=%d,p=%d", mostMemory, mostPasses, mostLanes)
	}
	h.lanes = uint8(lanes)
	return h, nil
}

func parseBcrypt(text string) (Hash, error) {
	cost, err := bcrypt.Cost([]byte(text))
	switch {
	case err != nil || len(text) != 60:
		return Hash{}, ErrForm
	case cost > mostCost:
		return Hash{}, fmt.Errorf("costs too much at each login: at most cost %d", mostCost)
	}
	return Hash{bcrypt: []byte(text)}, nil
}

func costs(memory, passes, lanes uint32) string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", memory, passes, lanes)
}

// Memory is how much memory a Verify takes, in bytes, about.
func (h Hash) Memory() int64 { return int64(h.memory) << 10 }

// Verify reports whether a password is the one that the hash was made of, also when one of
// the two was typed in another Unicode form (see [Prepare]).
func (h Hash) Verify(password string) bool {
	if len(password) > MaxPassword {
		return false
	}
	password = Prepare(password)
	switch {
	case h.bcrypt != nil:
		return bcrypt.CompareHashAndPassword(h.bcrypt, []byte(password)) == nil
	case h.key == nil:
		return false
	}
	got := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1
}

// Make returns the argon2id hash of a password, as Parse reads it. The salt has
// [SaltBytes] random bytes.
func Make(password string, salt []byte) string {
	key := argon2.IDKey([]byte(Prepare(password)), salt, makePasses, makeMemory, makeLanes, makeKey)
	return fmt.Sprintf("$argon2id$v=%d$%s$%s$%s", argon2.Version, costs(makeMemory, makePasses, makeLanes),
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// Prepare brings a password, or user name, to the one form in which it is compared: spaces
// of other kinds become plain ones, what is not seen goes, and the rest is in the Unicode
// form KC. RFC 4013 §2 (SASLprep), but that nothing is prohibited: a password that it would
// refuse stands as it is, for who has one must be able to log in.
func Prepare(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii || !utf8.ValidString(s) {
		return s
	}
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case r != ' ' && unicode.Is(unicode.Zs, r), r == '\u200b': // RFC 3454 C.1.2
			return ' '
		case unseen(r):
			return -1
		}
		return r
	}, s))
}

// unseen says whether a character is commonly mapped to nothing. RFC 3454 B.1.
func unseen(r rune) bool {
	switch r {
	case 0xad, 0x34f, 0x1806, 0x180b, 0x180c, 0x180d, 0x200c, 0x200d, 0x2060, 0xfeff:
		return true
	}
	return 0xfe00 <= r && r <= 0xfe0f
}

// Usable reports whether there is a password that h fits.
func (h Hash) Usable() bool { return h.bcrypt != nil || h.key != nil }

// Sum tells hashes apart: two passwords, or the same one with another salt, have another.
func (h Hash) Sum() []byte {
	if h.bcrypt != nil {
		return h.bcrypt
	}
	return h.key
}
