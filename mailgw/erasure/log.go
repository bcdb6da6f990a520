package erasure

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"supportgw/mailgw/ticket"
)

// Line is one erasure in a [Log]. It holds no address and no word of anybody.
type Line struct {
	ID        ticket.ID   `json:"id"`   // of the erasure
	At        time.Time   `json:"at"`   // what came later was not erased by it
	Kind      string      `json:"kind"` // person, company or retention
	Mails     []ticket.ID `json:"mails,omitempty"`
	Entries   []ticket.ID `json:"entries,omitempty"`
	Tickets   []uint64    `json:"tickets,omitempty"`   // that were all theirs
	Parts     []uint64    `json:"parts,omitempty"`     // that named them
	Customers []uint64    `json:"customers,omitempty"` // companies that went
	Addresses []string    `json:"addresses,omitempty"` // see [Log.Hash]
}

// Log keeps what was erased, a line each, in a file outside of the data folder. Make
// it with [OpenLog].
type Log struct {
	path  string
	key   []byte
	Lines []Line // oldest first
}

// logHead is the first line of the file.
type logHead struct {
	Key string `json:"key"` // hexadecimal, of the hashes of addresses
}

// maxLine bounds a line: an erasure of a million mails.
const maxLine = 64 << 20

// OpenLog reads a log. One that is not there is empty, and made by the first line. A
// last line that was cut off is left out: its erasure had not begun.
func OpenLog(path string) (*Log, error) {
	l := &Log{path: path}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the log of erasures: %w", err)
	}
	err = l.read(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read the log of erasures %s: %w", path, err)
	}
	return l, nil
}

func (l *Log) read(r io.Reader) error {
	in := bufio.NewReader(io.LimitReader(r, 1<<40))
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // nothing, or cut off
			return nil
		}
		if err != nil {
			return err
		}
		if len(line) > maxLine {
			return fmt.Errorf("line %d is longer than %d bytes", n, maxLine)
		}
		if n == 1 {
			var head logHead
			err = json.Unmarshal(line, &head)
			if l.key, _ = hex.DecodeString(head.Key); err == nil && len(l.key) != sha256.Size {
				err = errors.New("no key")
			}
		} else {
			var one Line
			if err = json.Unmarshal(line, &one); err == nil {
				l.Lines = append(l.Lines, one)
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// Hash is by what an address is known in the log: a hash with a key that only the log
// has. Who has the log can try out addresses, and nothing else.
func (l *Log) Hash(address string) string {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(fold(address)))
	return hex.EncodeToString(h.Sum(nil)[:ticket.ErasedHash])
}

// Begin makes the file with its key, unless it is there, so that hashes can be made. It
// says now, before anything is erased, that the file cannot be written.
func (l *Log) Begin() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of erasures: %w", err)
	}
	err = l.begin(f)
	return errors.Join(err, f.Close())
}

func (l *Log) begin(f *os.File) error {
	if len(l.key) > 0 {
		return cutOff(f)
	}
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("make the key of the log of erasures: %w", err)
	}
	head, err := json.Marshal(logHead{hex.EncodeToString(key)})
	if err != nil {
		return fmt.Errorf("make the log of erasures: %w", err)
	}
	if err := f.Truncate(0); err != nil { // a head that was cut off
		return fmt.Errorf("make the log of erasures: %w", err)
	}
	if _, err := f.WriteAt(append(head, '\n'), 0); err != nil {
		return fmt.Errorf("make the log of erasures: %w", err)
	}
	l.key = key
	return errors.Join(f.Sync(), syncFolder(filepath.Dir(l.path)))
}

// cutOff removes a last line without an end.
func cutOff(f *os.File) error {
	all, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("read the log of erasures: %w", err)
	}
	if end := bytes.LastIndexByte(all, '\n') + 1; end < len(all) {
		return f.Truncate(int64(end))
	}
	return nil
}

// Has reports whether an erasure is in the log.
func (l *Log) Has(id ticket.ID) bool {
	for i := range l.Lines {
		if l.Lines[i].ID == id {
			return true
		}
	}
	return false
}

// Add writes a line, and returns when it is durable. One that is there is not written again.
func (l *Log) Add(one Line) error {
	if l.Has(one.ID) {
		return nil
	}
	if err := l.Begin(); err != nil {
		return err
	}
	raw, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("write the log of erasures: %w", err)
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write the log of erasures: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the log of erasures: %w", err)
	}
	l.Lines = append(l.Lines, one)
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the folder of the log of erasures: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync the folder of the log of erasures: %w", err)
	}
	return nil
}
