package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// MaxKeyFileBytes is the size of a key file.
const MaxKeyFileBytes = 64 << 10

// othersMayRead are the permissions that a key file must not give: anything to group or world.
const othersMayRead fs.FileMode = 0o077

// LoadOrCreateKeyFile reads the master keys of the file at path; where there is none it makes one with a fresh key.
// The file has one key a line, the current one first; empty lines and those that start with # are skipped. It never
// overwrites a file, and refuses one that others may read. The folder must exist.
func LoadOrCreateKeyFile(path string) ([]MasterKey, error) {
	keys, err := loadKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	err = createKeyFile(path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // another process may have been faster; then its key counts
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be created").
			WithHint("check that the folder exists, is writable and allows hard links")
	}
	return loadKeyFile(path)
}

// loadKeyFile checks the open file, not its name, so that nobody can exchange it in between.
func loadKeyFile(path string) ([]MasterKey, error) {
	file, err := os.Open(path) //nolint:gosec // the path is part of the configuration
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be opened").WithHint("check its path and owner")
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be read").WithHint("check the disk")
	}
	if !info.Mode().IsRegular() || info.Size() > MaxKeyFileBytes {
		return nil, fault.Newf(fault.InvalidConfiguration, "the key file is not a file of at most %d bytes", MaxKeyFileBytes).WithHint("check its path")
	}
	if info.Mode().Perm()&othersMayRead != 0 {
		return nil, fault.Newf(fault.InvalidConfiguration, "other users may read the key file; its permissions are %04o", info.Mode().Perm()).
			WithHint("restrict it with chmod 600, and replace the key if others could have seen it")
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxKeyFileBytes))
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be read").WithHint("check the disk")
	}
	return parseKeys(string(text))
}

func parseKeys(text string) ([]MasterKey, error) {
	var keys []MasterKey
	line := 0
	for text := range strings.Lines(text) {
		line++
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		key, err := ParseKey(text)
		if err != nil {
			return nil, fault.From(err).WithField(fmt.Sprintf("line %d of the key file", line))
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.InvalidConfiguration, "the key file holds no key").
			WithHint("restore it from a backup; if nothing was sealed yet, remove it to get a new one")
	}
	return keys, nil
}

// createKeyFile writes a fresh key beside path and links it to path when all of it is on disk. A link, unlike a rename,
// fails where path exists by now.
func createKeyFile(path string) error {
	key, err := GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // only the owner may read it
	if err != nil {
		return fmt.Errorf("create a file beside it: %w", err)
	}
	defer os.Remove(file.Name()) //nolint:errcheck // a second name of the file, or a failed attempt
	text := "# The master key of Ropeway. Without it no stored secret can be opened: keep a copy, apart from the data.\n" + key.Encode() + "\n"
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write a file beside it: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil {
		return fmt.Errorf("give the file its name: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the path is part of the configuration
	if err != nil {
		return fmt.Errorf("open its folder: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync its folder: %w", err)
	}
	return nil
}
