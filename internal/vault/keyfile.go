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

// AddKey puts a fresh key in front of those of the file at path, and returns all of them: the new one seals from now on, the
// others still open. The file is replaced as a whole, or not at all.
func AddKey(path string) ([]MasterKey, error) {
	keys, err := loadKeyFile(path)
	if err != nil {
		return nil, err
	}
	if len(keys) == MaxKeys {
		return nil, fault.Newf(fault.InvalidConfiguration, "the key file holds %d keys already, which is the most", MaxKeys).
			WithHint("remove the last ones, which no backup needs any more")
	}
	fresh, err := GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	keys = append([]MasterKey{fresh}, keys...)
	file, err := writeKeys(path, keys)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be replaced").WithHint("check that its folder is writable")
	}
	if err := os.Rename(file, path); err != nil {
		return nil, errors.Join(fault.Wrap(fault.InvalidConfiguration, err, "the key file cannot be replaced"), os.Remove(file))
	}
	return keys, syncFolder(filepath.Dir(path))
}

// ParseKeys reads keys from a text with one key a line, the current one first, as key files have them.
func ParseKeys(text string) ([]MasterKey, error) { return parseKeys(text) }

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
	file, err := writeKeys(path, []MasterKey{key})
	if err != nil {
		return err
	}
	defer os.Remove(file) //nolint:errcheck // a second name of the file, or a failed attempt
	if err := os.Link(file, path); err != nil {
		return fmt.Errorf("give the file its name: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// writeKeys writes keys into a file beside path, which is on disk when its name is returned.
func writeKeys(path string, keys []MasterKey) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // only the owner may read it
	if err != nil {
		return "", fmt.Errorf("create a file beside it: %w", err)
	}
	text := "# The master key of Ropeway. Without it no stored secret can be opened: keep a copy, apart from the data.\n"
	for i, key := range keys {
		if i == 1 {
			text += "# Earlier keys, which older backups need.\n"
		}
		text += key.Encode() + "\n"
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write a file beside it: %w", err), os.Remove(file.Name()))
	}
	return file.Name(), nil
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
