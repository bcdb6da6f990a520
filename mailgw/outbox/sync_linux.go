package outbox

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// syncFiles makes files of a folder, and their names, durable: in one call, since
// a sync for each costs more than all else that a mail costs. It reports a failed
// write from Linux 5.8 on (syncfs(2)).
func syncFiles(dir string, _ []string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync sent folder: %w", err)
	}
	if err := errors.Join(unix.Syncfs(int(d.Fd())), d.Close()); err != nil {
		return fmt.Errorf("sync sent folder: %w", err)
	}
	return nil
}
