package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/vault"
)

// keyFileName is the name of the file in the data directory that holds the master keys unless another one is named.
const keyFileName = "master.key"

// Keys opens the vault when a secret is first needed, so that who keeps no secret has no key to look after. It is safe for
// concurrent use.
type Keys struct {
	path, text string
	made       func(path string)

	mu    sync.Mutex
	vault *vault.Vault
}

// NewKeys finds the master keys: in text if there is any (one key a line, the current one first), else in file, else in the
// data directory dir. Where there is no file yet one is made, and made is told its path.
func NewKeys(dir, file, text string, made func(path string)) *Keys {
	if file == "" {
		file = filepath.Join(dir, keyFileName)
	}
	return &Keys{path: file, text: text, made: made}
}

// Vault returns the vault for opening secrets. It makes no key: a fresh one would open nothing.
func (k *Keys) Vault() (*vault.Vault, error) { return k.open(false) }

// Sealing returns the vault for sealing secrets, and makes the key file if there is none yet.
func (k *Keys) Sealing() (*vault.Vault, error) { return k.open(true) }

func (k *Keys) open(makes bool) (*vault.Vault, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.vault != nil {
		return k.vault, nil
	}
	keys, err := k.load(makes)
	if err != nil {
		return nil, err
	}
	k.vault, err = vault.Open(keys...)
	return k.vault, err
}

func (k *Keys) load(makes bool) ([]vault.MasterKey, error) {
	if k.text != "" {
		return vault.ParseKeys(k.text)
	}
	_, err := os.Stat(k.path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && !makes {
		return nil, fault.Newf(fault.InvalidConfiguration, "[no-master-key-at] There is no master key at %s, so no secret can be opened.", k.path).
			WithHint("[hint-master-key-back] put the file back from its copy, or say where it is with --key-file or ROPEWAY_MASTER_KEY")
	}
	keys, err := vault.LoadOrCreateKeyFile(k.path)
	if err != nil {
		return nil, fmt.Errorf("master key %s: %w", k.path, err)
	}
	if missing && k.made != nil {
		k.made(k.path)
	}
	return keys, nil
}

// NoneYet reports whether there is no key file, and no keys that were given as text.
func (k *Keys) NoneYet() bool {
	_, err := os.Stat(k.path)
	return k.text == "" && errors.Is(err, fs.ErrNotExist)
}

// Rotate makes the vault seal with a new key, which it adds to the key file. Keys that were given as text cannot be added
// to: then their first one counts. fresh says whether a key was made.
func (k *Keys) Rotate() (v *vault.Vault, fresh bool, err error) {
	if v, err = k.Vault(); err != nil || k.text != "" {
		return v, false, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := vault.AddKey(k.path)
	if err != nil {
		return nil, false, fmt.Errorf("master key %s: %w", k.path, err)
	}
	k.vault, err = vault.Open(keys...)
	if k.made != nil {
		k.made(k.path)
	}
	return k.vault, true, err
}

// errNoKeys refuses secrets where nothing says where the keys are.
func errNoKeys() error {
	return fault.New(fault.InvalidConfiguration, "[no-master-key] There is no master key here, so secrets cannot be opened.")
}

// openVault returns the vault of the system.
func (s *System) openVault() (*vault.Vault, error) {
	if s.Keys == nil {
		return nil, errNoKeys()
	}
	return s.Keys.Vault()
}
