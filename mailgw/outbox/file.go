package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// FileRelay is the relay of kind "file": it writes each mail to a folder, as it
// would go over the wire, below its envelope. A mail appears complete, by rename.
// The same mail again replaces itself.
type FileRelay struct {
	dir string

	mu       sync.Mutex
	unsynced []string // names of files
}

// NewFileRelay makes the folder, and removes what a crash left half written.
func NewFileRelay(dir string) (*FileRelay, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make sent folder: %w", err)
	}
	// The folder's own name must last, or a power cut takes all mails with it.
	if err := syncFolder(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("sweep sent folder: %w", err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), tempPrefix) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return nil, fmt.Errorf("sweep sent folder: %w", err)
		}
	}
	return &FileRelay{dir: dir}, nil
}

const tempPrefix = ".writing-"

// Send writes one mail. It is not durable before Flush: after a power cut it may
// stand there empty until it is sent again.
func (r *FileRelay) Send(_ context.Context, m *Mail) Sent {
	reply, err := r.write(m)
	if err != nil {
		return Sent{Failures: failAll(m.To, err.Error())}
	}
	return Sent{Reply: reply}
}

// Close does nothing: no file is open.
func (r *FileRelay) Close() error { return nil }

func (r *FileRelay) write(m *Mail) (string, error) {
	name := m.Name + ".eml"
	temp := filepath.Join(r.dir, tempPrefix+m.Name) // not *.eml: nobody must read it half written
	if err := os.WriteFile(temp, withEnvelope(m), 0o600); err != nil {
		return "", fmt.Errorf("write mail: %w", errors.Join(err, os.Remove(temp)))
	}
	if err := os.Rename(temp, filepath.Join(r.dir, name)); err != nil {
		return "", fmt.Errorf("write mail: %w", errors.Join(err, os.Remove(temp)))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsynced = append(r.unsynced, name)
	return "written to sent/" + name, nil
}

// withEnvelope puts the envelope on top, where no relay would.
func withEnvelope(m *Mail) []byte {
	head := "X-Envelope-From: <" + m.From + ">\r\nX-Envelope-To: <" + strings.Join(m.To, ">, <") + ">\r\n"
	b := make([]byte, 0, len(head)+len(m.Bytes))
	return append(append(b, head...), m.Bytes...)
}

// Flush makes the mails and their names durable.
func (r *FileRelay) Flush() error {
	r.mu.Lock()
	names := r.unsynced
	r.unsynced = nil
	r.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	return syncFiles(r.dir, names)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync sent folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync sent folder: %w", err)
	}
	return nil
}
