package customerly

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

const (
	snapshotName = "snapshot.jsonl"
	journalName  = "journal.jsonl"
	scratchName  = "snapshot.new"
	lockName     = "lock"
	// maxLineBytes bounds a line on disk: a message with all its attachments still fits.
	maxLineBytes = 4 * maxBodyBytes
)

// openDisk loads what dir holds into the store and starts its journal. It reports whether there was anything.
func (s *store) openDisk(dir string, log *slog.Logger) (bool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("make data directory: %w", err)
	}
	var err error
	if s.lock, err = lockDir(dir); err != nil {
		return false, err
	}
	before, err := s.load(filepath.Join(dir, snapshotName), nil)
	if err != nil {
		return false, err
	}
	after, err := s.load(filepath.Join(dir, journalName), log)
	if err != nil {
		return false, err
	}
	return before+after > 0, s.compact(dir)
}

// load applies every line of a file and returns how many there were; a missing file has none. A last line that was
// cut off was never acknowledged: with a log it is dropped and named there, without one it is an error.
func (s *store) load(path string, log *slog.Logger) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("open stored data: %w", err)
	}
	defer file.Close() // only read
	lines := bufio.NewReaderSize(file, 1<<16)
	for number := 1; ; number++ {
		line, whole, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return number - 1, nil
		}
		if err != nil {
			return 0, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		if !whole && log != nil {
			log.Warn("dropped an unfinished last line of the journal", "file", path, "line", number, "bytes", len(line))
			return number - 1, nil
		}
		if err := s.applyLine(line); err != nil {
			return 0, fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
}

// readLine returns the next line and whether it was ended by a line feed; io.EOF when there is none.
func readLine(from *bufio.Reader) ([]byte, bool, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLineBytes:
			return nil, false, fmt.Errorf("line is longer than %d bytes", maxLineBytes)
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), true, nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, fmt.Errorf("read line: %w", err)
		}
	}
}

// compact writes everything into a new snapshot and begins an empty journal. A crash in between leaves an old journal
// beside the new snapshot, which does no harm, because its lines lead to the same state again.
// After an error the store refuses changes. The caller holds the store's lock or is its only user.
func (s *store) compact(dir string) error {
	if err := s.journal.stop(); err != nil {
		return err
	}
	if err := s.writeSnapshot(dir); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, journalName), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	s.journal = startJournal(file)
	return syncDir(dir)
}

func (s *store) writeSnapshot(dir string) error {
	scratch := filepath.Join(dir, scratchName)
	file, err := os.OpenFile(scratch, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create snapshot: %w", err)
	}
	if err := errors.Join(s.writeRecords(file), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := os.Rename(scratch, filepath.Join(dir, snapshotName)); err != nil {
		return fmt.Errorf("put snapshot in place: %w", err)
	}
	return syncDir(dir)
}

func (s *store) writeRecords(to io.Writer) error {
	buffered := bufio.NewWriterSize(to, 1<<16)
	var line []byte
	err := s.records(func(r record) (err error) {
		if line, err = appendRecord(line[:0], r); err != nil {
			return err
		}
		if _, err = buffered.Write(line); err != nil {
			return fmt.Errorf("write record: %w", err)
		}
		return nil
	})
	return errors.Join(err, buffered.Flush())
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	handle, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	if err := errors.Join(handle.Sync(), handle.Close()); err != nil {
		return fmt.Errorf("sync data directory: %w", err)
	}
	return nil
}
