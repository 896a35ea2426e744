package tidy

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Texts for people that have a code, as in "[host-unknown] The host name %s was not found.", are said in other languages by the web
// application. English stands where the failure is made; the list of all of them is in two files, which this test writes:
//
//	go test ./internal/tidy -run TestListOfFailures -args -update-failures
const (
	failuresFile = "web/src/text/en/failures.ts"
	hintsFile    = "web/src/text/en/hints.ts" // the texts whose code begins with hint-
)

var updateFailures = flag.Bool("update-failures", false, "write "+failuresFile+" and "+hintsFile)

// codedText is what a literal with a code looks like. A message in the middle of a line begins in lower case.
var codedText = regexp.MustCompile(`(?s)^\[([a-z0-9-]+)\] (.+)$`)

// wordedPackages are those whose failures people of every language read. The texts of the others are for who runs the server or writes
// apps: commands, the log, a database that does not open.
func wordedPackages() []string {
	return []string{
		"internal/value", "internal/expression", "internal/filter", "internal/module", "internal/engine", "internal/runner",
		"internal/builtin", "internal/connector", "internal/outbound", "internal/account", "internal/access", "internal/server",
	}
}

// wordedElsewhere are files of these packages whose failures stop a server from starting, and are read on its command line.
func wordedElsewhere() []string {
	return []string{"internal/account/sso.go", "internal/server/keycheck.go", "internal/server/lease.go", "internal/server/signals.go"}
}

func TestFailuresHaveACode(t *testing.T) {
	t.Parallel()
	r := load(t)
	for _, pkg := range wordedPackages() {
		w := wording{r: r, t: t, asked: map[string]bool{}}
		for _, file := range r.code {
			if file.pkg == pkg && !file.test && !slices.Contains(wordedElsewhere(), file.path) {
				w.files = append(w.files, file)
			}
		}
		w.check()
	}
}

// wording checks the failures of one package.
type wording struct {
	r     *repo
	t     *testing.T
	files []sourceFile
	asked map[string]bool // the parameters whose values were checked, "name 2"
}

// textOf says which argument of a call is a text for people; -1 where none is.
func textOf(call *ast.CallExpr) int {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return -1
	}
	if x, ok := selector.X.(*ast.Ident); ok && x.Name == "fault" {
		return map[string]int{"Say": 1, "New": 2, "Newf": 2, "Wrap": 3, "Wrapf": 3}[selector.Sel.Name] - 1
	}
	return map[string]int{"WithHint": 1, "WithHintf": 1}[selector.Sel.Name] - 1
}

func (w *wording) check() {
	w.calls(func(fn *ast.FuncDecl, call *ast.CallExpr) {
		if i := textOf(call); i >= 0 && i < len(call.Args) {
			w.text(fn, call.Args[i])
		}
	})
}

func (w *wording) calls(visit func(fn *ast.FuncDecl, call *ast.CallExpr)) {
	for _, file := range w.files {
		for _, decl := range file.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					visit(fn, call)
				}
				return true
			})
		}
	}
}

// text checks that an expression comes to a text with a code: a literal, a variable that is only given such, or a parameter whose
// arguments are such.
func (w *wording) text(fn *ast.FuncDecl, e ast.Expr) {
	switch x := e.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		if text, ok := literal(x); !ok || text != "" && !codedText.MatchString(text) {
			w.t.Errorf("%s: the text has no code: begin it with one, as in \"[host-unknown] The host name %%s was not found.\"", w.r.place(e))
		}
	case *ast.Ident:
		w.variable(fn, x)
	case *ast.CallExpr:
		if name, ok := x.Fun.(*ast.Ident); ok && w.returns(name.Name) {
			return
		}
		w.t.Errorf("%s: nothing shows that the text has a code; give it as a format with values", w.r.place(e))
	case *ast.SelectorExpr:
		w.t.Errorf("%s: nothing shows that the text has a code; hand over the failure itself", w.r.place(e))
	}
}

func (w *wording) variable(fn *ast.FuncDecl, name *ast.Ident) {
	if i := parameter(fn, name.Name); i >= 0 {
		w.arguments(fn.Name.Name, i)
		return
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AssignStmt:
			for i, left := range x.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name.Name && i < len(x.Rhs) {
					w.text(fn, x.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, id := range x.Names {
				if id.Name == name.Name && i < len(x.Values) {
					w.text(fn, x.Values[i])
				}
			}
		}
		return true
	})
}

// parameter returns the place of a parameter, -1 where fn has none of the name.
func parameter(fn *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range fn.Type.Params.List {
		for _, id := range field.Names {
			if id.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// arguments checks what the package hands to argument i of its function.
func (w *wording) arguments(name string, i int) {
	key := fmt.Sprint(name, " ", i)
	if w.asked[key] {
		return
	}
	w.asked[key] = true
	w.calls(func(fn *ast.FuncDecl, call *ast.CallExpr) {
		called := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called = f.Name
		case *ast.SelectorExpr:
			called = f.Sel.Name
		}
		if called == name && i < len(call.Args) {
			w.text(fn, call.Args[i])
		}
	})
}

// returns checks the texts that a function of the package returns, and reports whether there is such a function.
func (w *wording) returns(name string) bool {
	found := false
	for _, file := range w.files {
		for _, decl := range file.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Name.Name != name {
				continue
			}
			found = true
			ast.Inspect(fn, func(n ast.Node) bool {
				if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 0 {
					w.text(fn, ret.Results[0])
				}
				return true
			})
		}
	}
	return found
}

// literal returns the text of a literal, or of several that are joined.
func literal(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		return text, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		a, okA := literal(x.X)
		b, okB := literal(x.Y)
		return a + b, okA && okB
	}
	return "", false
}

func TestListOfFailures(t *testing.T) {
	t.Parallel()
	r := load(t)
	texts := map[string]string{}
	for _, file := range r.code {
		if file.test || !strings.HasPrefix(file.pkg, "internal/") {
			continue
		}
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			if file.pkg == "internal/blueprint" && isFinding(n) { // their texts stand in web/src/text/en/problems.ts
				return false
			}
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := literal(e)
			if !ok {
				return true
			}
			if m := codedText.FindStringSubmatch(text); m != nil {
				if before, ok := texts[m[1]]; ok && before != m[2] {
					t.Errorf("%s: the code %s stands for %q as well", r.place(e), m[1], before)
				}
				texts[m[1]] = m[2]
			}
			return false
		})
	}
	hints := maps.Clone(texts)
	maps.DeleteFunc(hints, func(code, _ string) bool { return !strings.HasPrefix(code, "hint-") })
	maps.DeleteFunc(texts, func(code, _ string) bool { return hints[code] != "" })
	const value = "{0} is a value. English is said by the server itself; this list is what other tables have to hold. */\n"
	keepList(t, r, hintsFile, "/** What the server says is to be done about failures, by code. "+value+"export const hints = {\n", hints)
	keepList(t, r, failuresFile, "import { hints } from './hints';\n\n/** What the server says in failures, by code. "+value+"export const failures = {\n  ...hints,\n", texts)
}

// keepList compares a list with what stands in its file, or writes it.
func keepList(t *testing.T, r *repo, file, head string, texts map[string]string) {
	t.Helper()
	written := "// Written by go test ./internal/tidy -run TestListOfFailures -args -update-failures from the texts in the Go code.\n\n" + head + listed(texts)
	name := filepath.Join(r.root, filepath.FromSlash(file))
	if *updateFailures {
		if err := os.WriteFile(name, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have := string(r.read(t, file)); have != written {
		t.Errorf("%s is not what the code says; run: go test ./internal/tidy -run TestListOfFailures -args -update-failures", file)
	}
}

// isFinding recognises the call that reports a finding of a blueprint.
func isFinding(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	return ok && (selector.Sel.Name == "problem" || selector.Sel.Name == "warning")
}

// verb is a place for a value in a format.
var verb = regexp.MustCompile(`%(?:%|[-+# 0]*(?:\d+)?(?:\.\d+)?[a-zA-Z])`)

// listed writes texts as the inside of a table and its end, in the order of their codes.
func listed(texts map[string]string) string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		i := -1
		text := verb.ReplaceAllStringFunc(texts[code], func(v string) string {
			if v == "%%" {
				return "%"
			}
			i++
			return "{" + strconv.Itoa(i) + "}"
		})
		fmt.Fprintf(&b, "  '%s': %s,\n", code, quoteScript(text))
	}
	b.WriteString("};\n")
	return b.String()
}

// quoteScript writes a text as a literal of TypeScript.
func quoteScript(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(text) + "'"
}
