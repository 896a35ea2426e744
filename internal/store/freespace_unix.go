//go:build linux || darwin

package store

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// freeSpace returns the bytes that an ordinary user may still write to the file system of dir.
func freeSpace(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// lockHolder returns the number of the process that holds a lock on a file of SQLite, 0 when none does. The process that
// holds it itself must not ask: closing the file would end its locks.
func lockHolder(path string) int {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the lock of the data directory
	if err != nil {
		return 0
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil || lock.Type == syscall.F_UNLCK {
		return 0
	}
	return int(lock.Pid)
}
