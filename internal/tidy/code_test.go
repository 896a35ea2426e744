package tidy

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
	"testing"
)

// Sizes in lines. A function is counted from its name to its closing brace;
// tests are not, since a long table of cases reads better in one piece.
const (
	maxFunctionLines = 70
	maxFileLines     = 600
)

// longFunctions and longFiles may be longer, for the reason given. The lists only ever shrink.
func longFunctions() map[string]string { return map[string]string{} }

func longFiles() map[string]string { return map[string]string{} }

func TestFunctionsAndFilesAreShort(t *testing.T) {
	t.Parallel()
	r := load(t)
	functions, files := longFunctions(), longFiles()
	for _, file := range r.code {
		if _, excused := files[file.path]; file.lines > maxFileLines && !excused {
			t.Errorf("%s has %d lines; %d are allowed: split it by what its parts do", file.path, file.lines, maxFileLines)
		}
		for _, decl := range file.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || file.test {
				continue
			}
			lines := r.fset.Position(fn.End()).Line - r.fset.Position(fn.Pos()).Line + 1
			name := path.Join(file.pkg, fn.Name.Name)
			if _, excused := functions[name]; lines > maxFunctionLines && !excused {
				t.Errorf("%s: %s has %d lines; %d are allowed", r.place(fn), name, lines, maxFunctionLines)
			}
		}
	}
}

func TestNoInit(t *testing.T) {
	t.Parallel()
	r := load(t)
	for _, file := range r.code {
		for _, decl := range file.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init runs unseen; let the server build it", r.place(fn))
			}
		}
	}
}

// ban forbids names of a package of the standard library.
type ban struct {
	names   []string
	except  []string // folders that may use them, with those below
	inTests bool
	instead string
}

// bans is by import path. Everything that reads the time or dials is in it.
func bans() map[string][]ban {
	outside := []string{"internal/sandbox"} // a server of its own, which stands outside the product
	return map[string][]ban{
		"time": {
			{[]string{"Now", "Since", "Until"}, append([]string{"internal/clock"}, outside...), false, "take a clock.Clock or a time.Time"},
			{[]string{"After", "Tick", "NewTimer", "NewTicker", "AfterFunc"}, append([]string{"internal/clock"}, outside...), false, "use clock.Clock"},
			{[]string{"Sleep"}, nil, true, "use clock.Clock; in tests wait for a signal"},
		},
		// E-mail is not HTTP: notify dials the one mail server that whoever starts the server names.
		"net": {
			{[]string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"}, append([]string{"internal/outbound", "internal/notify", "internal/socket", "internal/remote"}, outside...), false, "use outbound.Client"},
		},
		"crypto/tls": {
			{[]string{"Dial", "DialWithDialer", "Dialer"}, []string{"internal/outbound"}, false, "use outbound.Client"},
		},
		"net/http": {
			{[]string{"Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport"}, nil, false, "use outbound.Client"},
			// Commands call the server that their user names, wherever it is. The libraries of single sign-on want a client; account
			// hands them the one of outbound that it is given.
			{[]string{"Client"}, append([]string{"internal/outbound", "internal/remote", "internal/account"}, outside...), false, "use outbound.Client"},
			{[]string{"Transport"}, append([]string{"internal/outbound", "internal/remote"}, outside...), false, "use outbound.Client"},
		},
		"os": {
			{[]string{"Exit"}, []string{"cmd/ropeway"}, false, "return an error; only main exits"},
		},
	}
}

func TestClockAndNetworkAreUsedWhereTheyMay(t *testing.T) {
	t.Parallel()
	r := load(t)
	table := bans()
	for _, file := range r.code {
		imported := importNames(file.syntax)
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, ban := range table[imported[pkg.Name]] {
				if ban.forbids(file, selector.Sel.Name) {
					t.Errorf("%s: %s.%s is not allowed here; %s", r.place(selector), pkg.Name, selector.Sel.Name, ban.instead)
				}
			}
			return true
		})
	}
}

func (b ban) forbids(file sourceFile, name string) bool {
	if file.test && !b.inTests {
		return false
	}
	for _, folder := range b.except {
		if file.pkg == folder || strings.HasPrefix(file.pkg, folder+"/") {
			return false
		}
	}
	for _, banned := range b.names {
		if banned == name {
			return true
		}
	}
	return false
}

// importNames returns the import paths of a file by the name under which it uses them.
func importNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	return names
}
