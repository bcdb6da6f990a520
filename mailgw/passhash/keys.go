package passhash

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Iterations is how often the password is hashed for keys that are made here. RFC 7677 §4
// asks for 4096 at least; the client does this work at each login, we do it once.
const Iterations = 32_768

// mostIterations bounds what a client is asked to do.
const mostIterations = 10_000_000

// Keys is what SCRAM-SHA-256 needs of a password (RFC 5802 §3). Stored proves the client,
// Server ourselves.
type Keys struct {
	Salt           []byte
	Iterations     int
	Stored, Server [sha256.Size]byte
}

// ErrKeysForm says that a text has no keys. The text is not in it.
var ErrKeysForm = errors.New("are no keys for SCRAM-SHA-256")

// MakeKeys computes the keys of a password.
func MakeKeys(password string, salt []byte, iterations int) (Keys, error) {
	salted, err := pbkdf2.Key(sha256.New, Prepare(password), salt, iterations, sha256.Size)
	if err != nil {
		return Keys{}, fmt.Errorf("keys for SCRAM: %w", err)
	}
	k := Keys{Salt: salt, Iterations: iterations}
	k.Stored = sha256.Sum256(mac(salted, "Client Key"))
	copy(k.Server[:], mac(salted, "Server Key"))
	return k, nil
}

// String returns the keys as ParseKeys reads them: "SCRAM-SHA-256$iterations:salt$stored:server",
// the form that PostgreSQL uses.
func (k Keys) String() string {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", k.Iterations, b64(k.Salt), b64(k.Stored[:]), b64(k.Server[:]))
}

// ParseKeys reads what String returns.
func ParseKeys(text string) (Keys, error) {
	var k Keys
	rest, ok := strings.CutPrefix(text, "SCRAM-SHA-256$")
	first, second, ok2 := strings.Cut(rest, "$")
	count, salt, ok3 := strings.Cut(first, ":")
	stored, server, ok4 := strings.Cut(second, ":")
	if !ok || !ok2 || !ok3 || !ok4 {
		return k, ErrKeysForm
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 4096 || n > mostIterations {
		return k, ErrKeysForm
	}
	k.Iterations = n
	if k.Salt, err = base64.StdEncoding.DecodeString(salt); err != nil || len(k.Salt) < 8 || len(k.Salt) > 128 {
		return Keys{}, ErrKeysForm
	}
	if !keyInto(&k.Stored, stored) || !keyInto(&k.Server, server) {
		return Keys{}, ErrKeysForm
	}
	return k, nil
}

func keyInto(to *[sha256.Size]byte, text string) bool {
	b, err := base64.StdEncoding.DecodeString(text)
	return err == nil && copy(to[:], b) == sha256.Size && len(b) == sha256.Size
}

// Proves reports whether a client's proof for an exchange shows that it knows the password.
// RFC 5802 §3: ClientSignature and the check of ClientKey.
func (k Keys) Proves(exchange string, proof []byte) bool {
	if len(proof) != sha256.Size {
		return false
	}
	var key [sha256.Size]byte
	subtle.XORBytes(key[:], proof, mac(k.Stored[:], exchange))
	sum := sha256.Sum256(key[:])
	return subtle.ConstantTimeCompare(sum[:], k.Stored[:]) == 1
}

// Signature is what shows the client that we know the password, too.
func (k Keys) Signature(exchange string) []byte { return mac(k.Server[:], exchange) }

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
