package threading

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Purpose says what a token is good for. A token opens with the purpose that it
// was made for, so that none can stand in for another.
type Purpose byte

// The purposes. Zero is none and is never sealed.
const (
	Reply      Purpose = iota + 1 // in the Reply-To of a customer's mail: public words
	Private                       // in the Reply-To of an agent's notice: words that stay in the house
	AgentReply                    // in the Reply-To of an agent's notice: this agent's answer to the customer
	Bounce                        // in the envelope sender of our mail: where delivery reports come
	MessageID                     // the Message-ID of one of our mails
	Pseudo                        // the ticket's pseudo id, first in References
	Clock                         // in the Reply-To of a mail to an agent about a time that they promised: words that never leave the house
	Naming                        // in a link of a customer's mail: how they want to be called
	Step                          // in a link of a mail to one person: a step that is taken once

	// In the links of an agent's notice: an action each, so that the link to one cannot
	// be turned into another. Each is good once.
	ActTake          // the ticket is mine
	ActSolve         // it is solved
	ActWait          // it waits three days
	ActAsk           // the customer is asked again
	ActWrongCustomer // it is not of the company that it was put down to
	ActNotForUs      // it is no matter of the desk
	ActCall          // the customer is called back
	ActUndo          // what the mail tells of is taken back
	ActSend          // the answer that waits is sent
	ActTakeBack      // the answer that waits is not sent
)

// purposes is one more than the last Purpose.
const purposes = ActTakeBack + 1

// IsAction reports whether a token with this purpose does one thing, whatever is
// written to it.
func (p Purpose) IsAction() bool { return p >= ActTake && p <= ActTakeBack }

// actionNames are what evidence calls the actions, in their order.
var actionNames = [...]string{"take", "solve", "wait", "ask", "wrong customer", "not for us", "call", "undo", "send", "take back"}

// String returns the purpose in words, for evidence and logs.
func (p Purpose) String() string {
	switch p {
	case Reply:
		return "reply"
	case Private:
		return "private"
	case AgentReply:
		return "agent reply"
	case Bounce:
		return "bounce"
	case MessageID:
		return "message id"
	case Pseudo:
		return "pseudo id"
	case Clock:
		return "clock"
	case Naming:
		return "naming"
	case Step:
		return "step"
	}
	if p.IsAction() {
		return actionNames[p-ActTake] + " action"
	}
	return fmt.Sprintf("purpose %d", byte(p))
}

// Ref is what a token refers to. Values beyond the limits below are cut to
// their lowest bits, so a caller must not have them.
type Ref struct {
	Purpose Purpose // what the token is good for; required
	Ticket  uint64  // the ticket's number, below 2^40
	Entry   uint32  // which of the ticket's entries, below 2^24; 0 where none is meant
	Person  uint32  // the agent's tag, see [Keyring.PersonTag]; 0 for customers
}

// The limits of a Ref.
const (
	MaxTicket = 1<<40 - 1 // the highest ticket number a token can hold
	MaxEntry  = 1<<24 - 1 // the highest entry number a token can hold
)

// Deviation: the design has a token "used as an index"; here it is a sealed
// reference (a synthetic IV). It reveals no number either, needs no row in the
// store (so its cost is the same at a million tickets), and whoever restores a
// backup still understands every mail that was sent.
//
//	key id (1) ‖ MAC = HMAC-SHA-256(kMAC, key id ‖ payload)[:10] ‖ payload XOR HMAC-SHA-256(kEnc, MAC)
//
// The payload is purpose (1), ticket (5), entry (3) and, for agents only,
// person (4). In base 32 that is 32 characters for a customer and 39 for an
// agent.
const (
	macBytes     = 10
	headBytes    = 1 + macBytes
	shortPayload = 9
	longPayload  = 13
	shortToken   = (8*(headBytes+shortPayload) + 4) / 5
	longToken    = (8*(headBytes+longPayload) + 4) / 5
)

// MaxTokenLength is the length of the longest token in bytes.
const MaxTokenLength = longToken

// MaxDeskLocal is the longest local part of a desk's address that leaves room
// for a separator and a token.
//
// RFC 5321 §4.5.3.1.1: a local part has at most 64 octets.
const MaxDeskLocal = 64 - 1 - MaxTokenLength

// SecretBytes is the length of a key's secret.
const SecretBytes = 32

// Key is one secret that tokens are sealed with.
type Key struct {
	ID     byte   // stands in each token; unique among the keys in use
	Secret []byte // SecretBytes random bytes
}

// Errors of [NewKeyring].
var (
	// ErrSecretLength is returned when a secret is not SecretBytes long.
	ErrSecretLength = errors.New("secret must have 32 bytes")
	// ErrKeyTwice is returned when two keys have the same ID.
	ErrKeyTwice = errors.New("key id used twice")
)

// derivedKey is a Key made ready: one key for each use.
type derivedKey struct {
	id            byte
	mac, enc, who *hmacKey
}

// Keyring seals and opens tokens. It never changes; make it with [NewKeyring].
type Keyring struct {
	current derivedKey
	old     []derivedKey
}

// NewKeyring makes a keyring that seals with current, and opens what current
// and the old keys have sealed. It fails with [ErrSecretLength] or [ErrKeyTwice].
func NewKeyring(current Key, old ...Key) (*Keyring, error) {
	k := new(Keyring)
	seen := map[byte]bool{}
	for i, key := range append([]Key{current}, old...) {
		if len(key.Secret) != SecretBytes {
			return nil, fmt.Errorf("key %d: %w (got %d)", key.ID, ErrSecretLength, len(key.Secret))
		}
		if seen[key.ID] {
			return nil, fmt.Errorf("key %d: %w", key.ID, ErrKeyTwice)
		}
		seen[key.ID] = true
		d := derivedKey{
			id:  key.ID,
			mac: deriveKey(key.Secret, "mailgw token mac"),
			enc: deriveKey(key.Secret, "mailgw token enc"),
			who: deriveKey(key.Secret, "mailgw person tag"),
		}
		if i == 0 {
			k.current = d
		} else {
			k.old = append(k.old, d)
		}
	}
	return k, nil
}

// Seal makes the token of ref with the current key: the same token for the same
// ref. It is lower case and at most MaxTokenLength bytes long.
func (k *Keyring) Seal(ref Ref) string {
	var b [headBytes + longPayload]byte
	n := headBytes + putPayload(b[headBytes:], ref)
	key := &k.current
	b[0] = key.id
	mac := key.sign(b[headBytes:n])
	copy(b[1:], mac[:])
	key.mask(b[1:headBytes], b[headBytes:n])
	return encode32(b[:n])
}

// KeyID is the id of the key that Seal uses.
func (k *Keyring) KeyID() byte { return k.current.id }

// SealPerson is Seal with a key of this keyring, for the agent with an address: what
// was sealed once is sealed again, after another key became the current one. It
// returns false when the keyring does not have the key any more.
func (k *Keyring) SealPerson(key byte, ref Ref, address string) (string, bool) {
	d := k.find(key)
	if d == nil {
		return "", false
	}
	ref.Person = d.tag(address)
	one := Keyring{current: *d}
	return one.Seal(ref), true
}

// Open reads a token that this keyring has sealed with any of its keys. Case
// does not matter, and o, i, l are read as 0, 1, 1. For anything else, a single
// changed bit included, it returns false and no Ref. The comparison takes the
// same time wherever the difference lies.
func (k *Keyring) Open(token string) (Ref, bool) {
	var b [headBytes + longPayload]byte
	n, ok := decode32(b[:], token)
	if !ok || (n != headBytes+shortPayload && n != headBytes+longPayload) {
		return Ref{}, false
	}
	key := k.find(b[0])
	if key == nil {
		return Ref{}, false
	}
	payload := b[headBytes:n]
	key.mask(b[1:headBytes], payload)
	if mac := key.sign(payload); subtle.ConstantTimeCompare(mac[:], b[1:headBytes]) != 1 {
		return Ref{}, false
	}
	return getPayload(payload)
}

// PersonTag returns the tag that stands for an agent in [Ref.Person]: a keyed
// hash of the address, in any case of letters. It is never 0.
func (k *Keyring) PersonTag(address string) uint32 { return k.current.tag(address) }

// IsPerson tells whether tag is the PersonTag of address under any key of the
// keyring, so that an agent's tokens outlive the rotation of keys.
func (k *Keyring) IsPerson(tag uint32, address string) bool {
	if tag == 0 {
		return false
	}
	found := tag == k.current.tag(address)
	for i := range k.old {
		found = found || tag == k.old[i].tag(address)
	}
	return found
}

// find returns the key with the id, nil when there is none.
func (k *Keyring) find(id byte) *derivedKey {
	if k.current.id == id {
		return &k.current
	}
	for i := range k.old {
		if k.old[i].id == id {
			return &k.old[i]
		}
	}
	return nil
}

// sign returns the MAC over the key's id and the payload.
func (d *derivedKey) sign(payload []byte) (mac [macBytes]byte) {
	var in [1 + longPayload]byte
	in[0] = d.id
	n := 1 + copy(in[1:], payload)
	h := d.mac.sum(in[:n])
	copy(mac[:], h[:])
	return mac
}

// mask encrypts or decrypts the payload in place with the stream of its MAC.
func (d *derivedKey) mask(mac, payload []byte) {
	stream := d.enc.sum(mac)
	for i := range payload {
		payload[i] ^= stream[i]
	}
}

// tag is PersonTag under one key.
func (d *derivedKey) tag(address string) uint32 {
	h := d.who.sum([]byte(strings.ToLower(strings.TrimSpace(address))))
	if t := binary.BigEndian.Uint32(h[:]); t != 0 {
		return t
	}
	return 1
}

// putPayload writes ref and returns the bytes used.
func putPayload(b []byte, ref Ref) int {
	b[0] = byte(ref.Purpose)
	b[1] = byte(ref.Ticket >> 32)
	binary.BigEndian.PutUint32(b[2:], uint32(ref.Ticket))
	b[6] = byte(ref.Entry >> 16)
	binary.BigEndian.PutUint16(b[7:], uint16(ref.Entry))
	if ref.Person == 0 {
		return shortPayload
	}
	binary.BigEndian.PutUint32(b[9:], ref.Person)
	return longPayload
}

// getPayload reads what putPayload wrote.
func getPayload(b []byte) (Ref, bool) {
	ref := Ref{
		Purpose: Purpose(b[0]),
		Ticket:  uint64(b[1])<<32 | uint64(binary.BigEndian.Uint32(b[2:])),
		Entry:   uint32(b[6])<<16 | uint32(binary.BigEndian.Uint16(b[7:])),
	}
	if len(b) == longPayload {
		ref.Person = binary.BigEndian.Uint32(b[9:])
	}
	if ref.Purpose == 0 || ref.Purpose >= purposes {
		return Ref{}, false
	}
	return ref, true
}
