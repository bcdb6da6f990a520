//go:build !linux

package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// syncFiles makes files of a folder, and their names, durable.
func syncFiles(dir string, names []string) error {
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("sync mail: %w", err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("sync mail: %w", err)
		}
	}
	return syncFolder(dir)
}
