package appdef

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/ropeway/ropeway/internal/fault"
)

// starterFiles is a working app that New copies.
//
//go:embed all:starter
var starterFiles embed.FS

// The words in the files of the starter that New replaces.
const (
	starterName  = "APP_NAME"
	starterLabel = "APP_LABEL"
)

// New writes a small working app with the given name into dir, which must not exist or be empty.
func New(dir, name string) error {
	if !appName.MatchString(name) {
		return fault.Newf(fault.InvalidConfiguration, "%q cannot be the name of an app.", name).
			WithField("name").WithHint("Begin with a letter and use only letters, digits, - and _ (64 at most).")
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the folder of the new app: %w", err)
	}
	if len(entries) > 0 {
		return fault.Newf(fault.InvalidConfiguration, "The folder %s is not empty.", dir).WithHint("Choose a new folder.")
	}
	words := strings.NewReplacer(starterName, name, starterLabel, title(name))
	return fs.WalkDir(starterFiles, "starter", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the starter: %w", err)
		}
		target := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, "starter")))
		return copyStarter(path, target, entry.IsDir(), words)
	})
}

func copyStarter(path, target string, isDir bool, words *strings.Replacer) error {
	const dirMode, fileMode = 0o755, 0o644
	if isDir {
		if err := os.MkdirAll(target, dirMode); err != nil {
			return fmt.Errorf("make a folder of the new app: %w", err)
		}
		return nil
	}
	data, err := starterFiles.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the starter: %w", err)
	}
	if err := os.WriteFile(target, []byte(words.Replace(string(data))), fileMode); err != nil {
		return fmt.Errorf("write a file of the new app: %w", err)
	}
	return nil
}

// title makes a label of a name: "my-app" becomes "My App".
func title(name string) string {
	parts := strings.FieldsFunc(name, func(c rune) bool { return c == '-' || c == '_' })
	for i, p := range parts {
		r := []rune(p)
		r[0] = unicode.ToUpper(r[0])
		parts[i] = string(r)
	}
	return strings.Join(parts, " ")
}
