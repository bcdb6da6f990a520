package login

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw/passhash"
)

// Device is the password of one device. It is random, of 100 bits, so that one SHA-256 is
// enough to keep it by.
type Device struct {
	Name string            // how its owner calls the device
	Made time.Time         // when
	Sum  [sha256.Size]byte // of the password
	Keys passhash.Keys     // for SCRAM
}

// deviceBits is how much chance is in a password of a device.
const deviceBits = 100

// NewDevice makes a password for a device, in groups of five letters and digits. It is
// not kept: the caller shows it once. The salt is that of the owner's account, see [Salt].
func NewDevice(name string, salt []byte, now time.Time) (Device, string, error) {
	var b [(deviceBits + 7) / 8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return Device{}, "", fmt.Errorf("password of a device: %w", err)
	}
	text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))[:deviceBits/5]
	var groups []string
	for i := 0; i < len(text); i += 5 {
		groups = append(groups, text[i:i+5])
	}
	password := strings.Join(groups, "-")
	keys, err := passhash.MakeKeys(password, salt, passhash.Iterations)
	if err != nil {
		return Device{}, "", err
	}
	return Device{Name: name, Made: now, Sum: sha256.Sum256([]byte(password)), Keys: keys}, password, nil
}

// fits compares in constant time.
func (v *Device) fits(password string) bool {
	sum := sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(sum[:], v.Sum[:]) == 1
}
