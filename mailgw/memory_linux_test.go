package mailgw

import (
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"
)

// TestMain lets the tests' data folders stand in memory where there is room: thousands of commits
// wait for a disk otherwise, and what survives a cut of power is tested with the store.
func TestMain(m *testing.M) {
	flag.Parse()
	bench := flag.Lookup("test.bench")
	memory := ""
	if os.Getenv("TMPDIR") == "" && (bench == nil || bench.Value.String() == "") && roomInMemory() {
		var err error
		if memory, err = os.MkdirTemp("/dev/shm", "mailgw"); err == nil {
			err = os.Setenv("TMPDIR", memory)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "tests stay on disk:", err)
		}
	}
	status := m.Run()
	if memory != "" {
		if err := os.RemoveAll(memory); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(status)
}

// roomInMemory reports whether 2 GiB are free in memory, where programs may be run.
func roomInMemory() bool {
	const noExec = 8 // ST_NOEXEC of statvfs(3)
	var s syscall.Statfs_t
	err := syscall.Statfs("/dev/shm", &s)
	return err == nil && s.Flags&noExec == 0 && s.Bavail*uint64(s.Bsize) >= 2<<30
}
