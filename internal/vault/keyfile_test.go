package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func writeFile(tb testing.TB, text string, mode fs.FileMode) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		tb.Fatal(err)
	}
	return path
}

func TestKeyFileIsCreatedOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	created, err := LoadOrCreateKeyFile(path)
	if err != nil || len(created) != 1 {
		t.Fatalf("LoadOrCreateKeyFile gives %v, %v; want one key", created, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v; want 0600", info.Mode(), err)
	}
	loaded, err := LoadOrCreateKeyFile(path)
	if err != nil || len(loaded) != 1 || !loaded[0].Equal(created[0]) {
		t.Errorf("loaded again it gives %v, %v; want %v", loaded, err, created)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v; want the key file alone", names, err)
	}
}

func TestKeyFileOfManyStartersIsOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	const starters = 8
	var all sync.WaitGroup
	keys, errs := make([][]MasterKey, starters), make([]error, starters)
	for i := range starters {
		all.Go(func() { keys[i], errs[i] = LoadOrCreateKeyFile(path) })
	}
	all.Wait()
	for i := range starters {
		if errs[i] != nil || len(keys[i]) != 1 || !keys[i][0].Equal(keys[0][0]) {
			t.Errorf("starter %d has %v, %v; want the key of the others", i, keys[i], errs[i])
		}
	}
}

func TestKeyFileHoldsSeveralKeys(t *testing.T) {
	t.Parallel()
	fresh, old := testKey(t, "2026", 1), testKey(t, "2025", 2)
	path := writeFile(t, fmt.Sprintf("# keys\n\n%s\r\n  %s  \n# end", fresh.Encode(), old.Encode()), 0o400)
	keys, err := LoadOrCreateKeyFile(path)
	if err != nil || len(keys) != 2 || !keys[0].Equal(fresh) || !keys[1].Equal(old) {
		t.Errorf("LoadOrCreateKeyFile gives %v, %v; want %v and %v", keys, err, fresh, old)
	}
}

func TestKeyFileIsRefusedWhereOthersMayRead(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666, 0o777} {
		path := writeFile(t, testKey(t, "2026", 1).Encode(), mode)
		_, err := LoadOrCreateKeyFile(path)
		if fault.KindOf(err) != fault.InvalidConfiguration || !strings.Contains(fault.From(err).Hint, "chmod 600") {
			t.Errorf("a file with mode %04o gives %v, want a fault that says chmod 600", mode, err)
		}
	}
}

func TestKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	good := testKey(t, "2026", 1).Encode()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ path, want string }{
		"empty":         {writeFile(t, "", 0o600), "holds no key"},
		"only comments": {writeFile(t, "# nothing\n\n", 0o600), "holds no key"},
		"a bad line":    {writeFile(t, "# one\n"+good+"\n\npassword\n", 0o600), "line 4 of the key file: this is not a master key"},
		"too large":     {writeFile(t, good+strings.Repeat("\n", MaxKeyFileBytes), 0o600), "not a file of at most 65536 bytes"},
		"a folder":      {folder, "not a file"},
		"in no folder":  {filepath.Join(folder, "missing", "key"), "cannot be created"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, _ := os.ReadFile(test.path)
			keys, err := LoadOrCreateKeyFile(test.path)
			if err == nil || keys != nil || !strings.Contains(err.Error(), test.want) || fault.From(err).Hint == "" {
				t.Errorf("LoadOrCreateKeyFile gives %v, %v; want a fault with %q and a hint", keys, err, test.want)
			}
			if after, _ := os.ReadFile(test.path); string(after) != string(before) {
				t.Errorf("the file changed from %q to %q", before, after)
			}
		})
	}
}

func TestKeyFileOfTheLargestSizeIsRead(t *testing.T) {
	t.Parallel()
	good := testKey(t, "2026", 1).Encode()
	keys, err := LoadOrCreateKeyFile(writeFile(t, good+strings.Repeat("\n", MaxKeyFileBytes-len(good)), 0o600))
	if err != nil || len(keys) != 1 {
		t.Errorf("LoadOrCreateKeyFile gives %v, %v; want one key", keys, err)
	}
}

func TestAddKeyPutsAFreshOneInFront(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if _, err := AddKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("adding to no file: got %v, want that there is none", err)
	}
	first, err := LoadOrCreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var keys []MasterKey
	for len(keys) < MaxKeys {
		if keys, err = AddKey(path); err != nil {
			t.Fatal(err)
		}
	}
	again, err := LoadOrCreateKeyFile(path)
	if err != nil || len(again) != MaxKeys || !again[0].Equal(keys[0]) || !again[MaxKeys-1].Equal(first[0]) {
		t.Errorf("got %v (%v), want the new keys in front of %v", again, err, first)
	}
	if _, err := AddKey(path); err == nil || !strings.Contains(err.Error(), "16 keys already") {
		t.Errorf("one more key than allowed: got %v", err)
	}
}
