package tidy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// modulePath is the path of our module.
const modulePath = "github.com/ropeway/ropeway"

// repo is everything the rules look at, read once.
type repo struct {
	root  string
	files []string // all files under version control or about to be, with slashes, relative to root
	fset  *token.FileSet
	code  []sourceFile // the Go files among them, without test data and the modules of tools
}

// sourceFile is one parsed Go file.
type sourceFile struct {
	path   string
	pkg    string // its folder, such as internal/engine
	test   bool
	syntax *ast.File
	lines  int
}

// place says where a node stands, for messages.
func (r *repo) place(n ast.Node) string {
	p := r.fset.Position(n.Pos())
	return fmt.Sprintf("%s line %d", p.Filename, p.Line)
}

// read returns a file of the repository.
func (r *repo) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// load reads the repository.
func load(t *testing.T) *repo {
	t.Helper()
	r, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// loadOnce shares one reading between all tests, none of which changes it.
var loadOnce = sync.OnceValues(func() (*repo, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	r := &repo{root: root, fset: token.NewFileSet()}
	if r.files, err = listFiles(root); err != nil {
		return nil, err
	}
	for _, name := range r.files {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "/testdata/") || strings.HasPrefix(name, "tools/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) { // deleted, and not yet committed so
			continue
		}
		if err != nil {
			return nil, err
		}
		syntax, err := parser.ParseFile(r.fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		r.code = append(r.code, sourceFile{
			path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			syntax: syntax, lines: bytes.Count(data, []byte("\n")),
		})
	}
	return r, nil
})

// listFiles asks git, and walks the folders where there is no git (a source archive).
func listFiles(root string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil {
		files := strings.FieldsFunc(string(out), func(c rune) bool { return c == 0 })
		slices.Sort(files)
		return slices.Compact(files), nil
	}
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			relative, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(relative))
		}
		return nil
	})
	return files, err
}

// goPackage is what "go list" says about a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

// listPackages lists our packages with the imports of their code, not of their tests.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-mod=readonly", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Dir = load(t).root
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
