package main

import (
	"bufio"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/ropeway/ropeway/internal/api"
)

// comments reads what the source says of types, one package when it is first asked for.
type comments struct {
	root   string // folder of the module
	module string // its path
	read   map[string]map[string]api.TypeText
	err    error // the first package that could not be read
}

func newComments(root string) (*comments, error) {
	f, err := os.Open(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if module, ok := strings.CutPrefix(lines.Text(), "module "); ok {
			return &comments{root: root, module: module, read: map[string]map[string]api.TypeText{}}, nil
		}
	}
	return nil, errors.New("find the module: go.mod does not name it")
}

// of returns the comments of a type, none for types of other modules.
func (c *comments) of(t reflect.Type) api.TypeText {
	folder, ours := strings.CutPrefix(t.PkgPath(), c.module+"/")
	if !ours {
		return api.TypeText{}
	}
	if c.read[folder] == nil {
		texts, err := readPackage(filepath.Join(c.root, filepath.FromSlash(folder)))
		c.err = errors.Join(c.err, err)
		c.read[folder] = texts
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	return c.read[folder][name]
}

func readPackage(folder string) (map[string]api.TypeText, error) {
	texts := map[string]api.TypeText{}
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return texts, fmt.Errorf("read comments: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return texts, fmt.Errorf("read comments: %w", err)
		}
		for _, d := range file.Decls {
			if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == token.TYPE {
				readTypes(decl, texts)
			}
		}
	}
	return texts, nil
}

func readTypes(decl *ast.GenDecl, texts map[string]api.TypeText) {
	for _, spec := range decl.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		doc := t.Doc
		if doc == nil && len(decl.Specs) == 1 {
			doc = decl.Doc
		}
		text := api.TypeText{Doc: flat(doc.Text()), Fields: map[string]string{}}
		if s, ok := t.Type.(*ast.StructType); ok {
			names := jsonNames(s)
			text.Doc = renamed(text.Doc, names)
			readFields(s, names, text.Fields)
		}
		texts[t.Name.Name] = text
	}
}

// readFields notes the comment of each field: the one above it, else the one behind it. A comment above that names the fields
// that follow is theirs too.
func readFields(s *ast.StructType, names map[string]string, texts map[string]string) {
	above := ""
	for _, f := range s.Fields.List {
		own, behind := flat(f.Doc.Text()), flat(f.Comment.Text())
		if own != "" {
			above = own
		}
		for _, name := range f.Names {
			switch {
			case own != "":
				texts[name.Name] = renamed(own, names)
			case behind != "":
				texts[name.Name] = renamed(behind, names)
			case word(name.Name).MatchString(above):
				texts[name.Name] = renamed(above, names)
			}
		}
	}
}

func word(name string) *regexp.Regexp { return regexp.MustCompile(`\b` + name + `\b`) }

// jsonNames returns the names that JSON has for the fields of a struct.
func jsonNames(s *ast.StructType) map[string]string {
	names := map[string]string{}
	for _, f := range s.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		tag, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		if tag != "" && tag != "-" {
			names[f.Names[0].Name] = tag
		}
	}
	return names
}

// renamed puts the names that JSON has in place of those that Go has.
func renamed(text string, names map[string]string) string {
	for name, tag := range names {
		text = word(name).ReplaceAllLiteralString(text, "`"+tag+"`")
	}
	return text
}

// flat puts a comment on one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
