package remote

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ropeway/ropeway/internal/fault"
)

// tokensFile is the name of the file with the tokens, in the folder of the user's settings.
const tokensFile = "servers.json"

// Permissions of what holds tokens.
const (
	ownDir  fs.FileMode = 0o700
	ownFile fs.FileMode = 0o600
)

// Tokens are those of the servers that somebody has signed in to, in one file that only he may read.
type Tokens struct{ path string }

// TokensIn returns those that are kept in the folder dir.
func TokensIn(dir string) *Tokens { return &Tokens{path: filepath.Join(dir, tokensFile)} }

// Known is a server with its token.
type Known struct {
	Token string `json:"token"`
	User  string `json:"user"` // whose it is, for people
}

// Get returns the token of a server; ok is false where nobody has signed in.
func (t *Tokens) Get(address string) (k Known, ok bool, err error) {
	all, err := t.read()
	if err != nil {
		return k, false, err
	}
	u, err := ParseAddress(address)
	if err != nil {
		return k, false, err
	}
	k, ok = all[u.String()]
	return k, ok, nil
}

// Put keeps the token of a server.
func (t *Tokens) Put(address string, k Known) error {
	u, err := ParseAddress(address)
	if err != nil {
		return err
	}
	all, err := t.read()
	if err != nil {
		return err
	}
	all[u.String()] = k
	return t.write(all)
}

// Remove forgets the token of a server; ok is false where there was none.
func (t *Tokens) Remove(address string) (ok bool, err error) {
	u, err := ParseAddress(address)
	if err != nil {
		return false, err
	}
	all, err := t.read()
	if err != nil {
		return false, err
	}
	if _, ok = all[u.String()]; !ok {
		return false, nil
	}
	delete(all, u.String())
	return true, t.write(all)
}

func (t *Tokens) read() (map[string]Known, error) {
	data, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Known{}, nil
	}
	all := map[string]Known{}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The tokens in "+t.path+" cannot be read.").WithHint("remove the file and sign in again")
	}
	return all, nil
}

// write replaces the file as a whole, so that it is never half.
func (t *Tokens) write(all map[string]Known) error {
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return t.failed(err)
	}
	dir := filepath.Dir(t.path)
	if err := os.MkdirAll(dir, ownDir); err != nil {
		return t.failed(err)
	}
	f, err := os.CreateTemp(dir, ".servers-*") // only its owner may read it
	if err != nil {
		return t.failed(err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Chmod(ownFile), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), t.path)
	}
	if err != nil {
		return t.failed(errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

func (t *Tokens) failed(err error) error {
	return fault.Wrap(fault.InvalidConfiguration, err, "The token cannot be kept in "+t.path+".").WithHint("see that the folder may be written to, or set ROPEWAY_TOKEN instead")
}
