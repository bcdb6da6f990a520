package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// bucket says in which bucket of the database something is.
type bucket int

// The buckets, with the form of their keys and values. Numbers are big-endian, so
// that later ones append. What one mail writes lies together where it can: a
// commit writes each page that it touches, and most hold what just came in.
const (
	inTicket        bucket = iota // number, part of a ticket (then an id) -> ticket, entry, list of events, promise
	inID                          // id, what it names -> receipt; or the number of the ticket that the thing is on
	inMessageID                   // hash of the Message-ID, of author and content, id of the receipt -> number
	inRaw                         // id -> the bytes, or their place
	inSegment                     // number of a segment -> its end
	inOutgoing                    // id -> row
	inTimer                       // kind, time, id -> the lane of a row, nothing of others
	inDrawer                      // id -> drawer item
	inClue                        // kind, key, id -> nothing
	inFile                        // hash of a file's bytes, id of a mail that has it -> their place
	inUnreachable                 // address -> what is known of it
	inErased                      // which hash of an erased mail, the hash, id of its receipt -> nothing
	inCustomer                    // number, what of it -> customer, or one of its events
	inCustomerKey                 // kind, key -> number of the customer
	inCustomerWrite               // version -> number of the customer that was last written then
	inOpen                        // customer, number of a ticket of it that is not closed -> nothing; or that number -> the customers that it is under
	inLoad                        // agent, number of a ticket of theirs that is not closed -> nothing; or that number -> the agent
	inShelf                       // what it is of a shelf, see shelfRow; its sequence is the last UID
	inPlaceVersion                // nothing; its sequence counts the Updates that wrote places
	inShown                       // ticket and number of an entry, or the id of a mail on none -> what is kept of it as it is shown
	inMarks                       // agent, ticket or id of a mail on none -> what the agent marked
	inCount                       // outcome -> number of mails
	inMeta                        // name -> value
	bucketCount
)

// bucketNames are the buckets' names in the file.
var bucketNames = [bucketCount]string{"ticket", "id", "message_id", "raw", "segment", "outgoing", "timer", "drawer", "clue", "file", "unreachable", "erased", "customer", "customer_key", "customer_write", "open", "load", "shelf", "place_version", "shown", "marks", "count", "meta"}

// laterBuckets are those that databases of earlier versions lack; opening makes them.
var laterBuckets = [...]bucket{inDrawer, inClue, inFile, inUnreachable, inErased, inCustomer, inCustomerKey, inCustomerWrite, inOpen, inLoad, inShelf, inPlaceVersion, inShown, inMarks}

// The parts of a ticket, in the order in which they lie.
const (
	partTicket  = 't' // the last byte of its key
	partEntry   = 'u' // the entry's id follows
	partEvents  = 'v' // the id of the first of them follows
	partPromise = 'w' // the promise's id follows
	partPlace   = 'x' // a UID of its mails and the shelf follow; it has no value
)

// What an id can name; one id may name several.
const (
	idReceipt = 'r'
	idEntry   = 'e'
	idPromise = 'p'
)

// errDamaged says that a record is not what this program writes.
var errDamaged = errors.New("store: damaged record")

// get decodes the value under a key, or returns store.ErrNotFound.
func get[T any](b *bolt.Bucket, key []byte) (T, error) {
	raw := b.Get(key)
	if raw == nil {
		var none T
		return none, store.ErrNotFound
	}
	var v T // on the heap: only for what there is
	return v, decode(raw, &v)
}

func decode(raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// number reads a big-endian number of 8 bytes.
func number(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: %d bytes where a number must be", errDamaged, len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

// idKey is an ID as a key.
func idKey(id ticket.ID) []byte { return numberKey(uint64(id)) }

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), n) }

// ticketKey is where a ticket is.
func ticketKey(n uint64) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 9), n), partTicket)
}

// partKey is where a part of a ticket is.
func partKey(n uint64, part byte, id ticket.ID) []byte {
	k := append(binary.BigEndian.AppendUint64(make([]byte, 0, 17), n), part)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

// idLength is the length of a key that says what an id names.
const idLength = 8 + 1

// nameKey is where it stands what an id names.
func nameKey(id ticket.ID, what byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, idLength), uint64(id)), what)
}

// The parts of a key in the index of Message-IDs: hashes of the Message-ID and of
// author and content, then the receipt's ID. One row finds both the mails with a
// Message-ID and the very mail that another repeats.
const (
	messageIDHash = 12
	contentHash   = 8
)

// messageIDKey is a Message-ID in the index, with room for the rest of a key. The
// hash makes keys short and of one length; who looks up compares what it finds. A
// byte that is not UTF-8 is taken as what JSON keeps of it.
func messageIDKey(messageID string) []byte {
	h := sha256.Sum256([]byte(asKept(messageID)))
	return append(make([]byte, 0, messageIDHash+contentHash+8), h[:messageIDHash]...)
}

// contentKey is a mail in the index, without its ID.
func contentKey(messageID, author string, hash []byte) []byte {
	h := sha256.New()
	h.Write([]byte(asKept(author)))
	h.Write([]byte{0})
	h.Write(hash)
	return append(messageIDKey(messageID), h.Sum(nil)[:contentHash]...)
}

// asKept is a text as it comes back from JSON.
func asKept(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// signBit, flipped, makes times before 1970 sort before those after it.
const signBit = 1 << 63

// timerLength is the length of a timer's key.
const timerLength = 1 + 8 + 8

// timerKey orders timers by kind, then by time (to the millisecond), then by ID.
func timerKey(t store.Timer) []byte {
	k := append(make([]byte, 0, timerLength), byte(t.Kind))
	k = binary.BigEndian.AppendUint64(k, uint64(t.At.UnixMilli())^signBit)
	return binary.BigEndian.AppendUint64(k, uint64(t.Ref))
}

// arena holds the values that a transaction writes: bbolt keeps those that it is
// given until the commit, so callers' buffers and pooled ones would not do.
type arena struct {
	chunk   []byte
	scratch []byte
	json    bytes.Buffer
	enc     *json.Encoder
}

// arenaChunk is how much is allocated at a time, arenaKept how much is kept for the next transaction.
const (
	arenaChunk = 64 << 10
	arenaKept  = 4 << 20
)

// reset forgets all values. The transaction that held them has ended.
func (a *arena) reset() {
	if cap(a.chunk) > arenaKept {
		a.chunk = nil
	}
	a.chunk = a.chunk[:0]
}

// keep returns room for n bytes.
func (a *arena) keep(n int) []byte {
	if cap(a.chunk)-len(a.chunk) < n {
		// The values in the full chunk keep it alive until they are written.
		a.chunk = make([]byte, 0, max(n, min(2*cap(a.chunk), arenaKept), arenaChunk))
	}
	from := len(a.chunk)
	a.chunk = a.chunk[:from+n]
	return a.chunk[from : from+n : from+n]
}

// copyOf returns a copy of b.
func (a *arena) copyOf(b []byte) []byte {
	kept := a.keep(len(b))
	copy(kept, b)
	return kept
}

// text returns the bytes of s.
func (a *arena) text(s string) []byte {
	kept := a.keep(len(s))
	copy(kept, s)
	return kept
}

// encode returns v as JSON.
func (a *arena) encode(v any) ([]byte, error) {
	fast := appender{b: a.scratch[:0]}
	if fast.record(v) {
		a.scratch = fast.b
		if fast.err != nil {
			return nil, fast.err
		}
		return a.copyOf(fast.b), nil
	}
	if a.enc == nil {
		a.enc = json.NewEncoder(&a.json)
		a.enc.SetEscapeHTML(false) // addresses are full of < and >
	}
	a.json.Reset()
	if err := a.enc.Encode(v); err != nil {
		a.enc = nil // an encoder does not go on after a writer's error
		return nil, err
	}
	return a.copyOf(bytes.TrimSuffix(a.json.Bytes(), []byte("\n"))), nil
}
