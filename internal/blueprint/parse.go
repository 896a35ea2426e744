package blueprint

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/value"
)

// The limits of a blueprint.
const (
	// MaxBytes is the length of the JSON text.
	MaxBytes = 16 << 20
	// MaxModules is the number of modules; beyond a few hundred nobody can follow a scenario.
	MaxModules = 5000
	// MaxRouteDepth is the number of routes, branches and error routes inside each other.
	MaxRouteDepth = 50
)

// maxInteger bounds module numbers and versions so that they fit everywhere.
const maxInteger = math.MaxInt32

// Parse reads a blueprint: the bare form {name, flow, metadata}, {"blueprint": …} and the answer of Make's API
// {"code", "response": {"blueprint": …}}. It fails only where nothing sensible can be shown: text that is not JSON (the error
// names line and column), no list of modules, more than the limits. Whatever else is wrong is left for Validate to
// report, so that a broken scenario can be opened and mended. The error is a *fault.Error or fault.Problems.
func Parse(src []byte) (*Blueprint, error) {
	if len(src) > MaxBytes {
		return nil, fault.Newf(fault.Data, "[blueprint-long] the blueprint is %d bytes long; at most %d are allowed", len(src), MaxBytes).
			WithHint("[hint-metadata] remove metadata that only the editor of another system needs, or split the scenario")
	}
	document, err := value.ParseJSON(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, notJSON(err)
	}
	raw, err := unwrap(document)
	if err != nil {
		return nil, err
	}
	r := &reader{b: &Blueprint{document: document, raw: raw}}
	return r.blueprint()
}

func notJSON(err error) error {
	e := fault.Wrapf(fault.Data, err, "[blueprint-json] the blueprint is not valid JSON: %v", err)
	var broken *value.JSONError
	if errors.As(err, &broken) && broken.Offset == 0 {
		return e.WithHint("[hint-blueprint-file] a blueprint is a JSON file that starts with {; export it from the scenario editor")
	}
	return e.WithHint("[hint-mend] mend the text at this place, or export the blueprint again")
}

// unwrap finds the blueprint in what surrounds it.
func unwrap(document value.Value) (value.Value, error) {
	inner := document
	if inner.Get("flow").IsUndefined() {
		if response := inner.Get("response"); response.Kind() == value.KindCollection {
			inner = response
		}
		if wrapped, ok := inner.Lookup("blueprint"); ok {
			inner = wrapped
		}
	}
	if inner.Kind() == value.KindText && inner.Len() > 0 && document.Kind() == value.KindCollection {
		parsed, err := value.ParseJSON([]byte(inner.Str()))
		if err != nil {
			return value.Undefined, notJSON(err)
		}
		inner = parsed
	}
	flow := inner.Get("flow")
	switch {
	case inner.Kind() != value.KindCollection:
		return value.Undefined, fault.Problems{{
			Problem: "a blueprint is an object with name and flow, this is " + short(inner), Hint: exportHint,
		}}
	case flow.IsUndefined():
		return value.Undefined, fault.Problems{{Path: "flow", Problem: "there is no list of modules", Hint: flowHint(inner)}}
	case flow.Kind() != value.KindArray:
		return value.Undefined, fault.Problems{{
			Path: "flow", Problem: "expected a list of modules, got " + short(flow), Hint: `write "flow": [ … ]`,
		}}
	}
	return inner, nil
}

const exportHint = "export the scenario as a blueprint in its editor"

// flowHint recognizes files of other tools.
func flowHint(v value.Value) string {
	switch {
	case !v.Get("nodes").IsUndefined():
		return "this looks like a workflow of another tool (nodes and connections), which cannot be imported"
	case !v.Get("modules").IsUndefined():
		return `the list of modules is named "flow", not "modules"`
	}
	return exportHint
}

// reader turns the document into nodes and collects what is wrong.
type reader struct {
	b       *Blueprint
	tooDeep string // path of the first flow that is nested too deep
	orphans bool   // problems are not reported
	count   tally
}

func (r *reader) problem(path, text, hint string) {
	r.add(fault.Problem{Path: path, Problem: text, Hint: hint})
}

// under takes over problems whose paths are relative to path.
func (r *reader) under(path string, problems fault.Problems) {
	for _, p := range problems {
		p.Path = join(path, p.Path)
		r.add(p)
	}
}

// add keeps one problem more than is reported, so that Validate notices that there are more.
func (r *reader) add(p fault.Problem) {
	if !r.orphans && r.count.next(p.Warning) <= MaxProblems+1 {
		r.b.problems = append(r.b.problems, p)
	}
}

func (r *reader) blueprint() (*Blueprint, error) {
	b := r.b
	b.Name, b.Description = b.raw.Get("name").Str(), b.raw.Get("description").Str()
	metadata := r.object(b.raw.Get("metadata"), "metadata")
	b.Instant = metadata.Get("instant").Truth()
	b.Settings = r.settings(metadata)
	b.Interface = readInterface(b.raw.Get("interface"))
	b.Flow = r.flow(b.raw.Get("flow"), "flow", 0)
	if r.tooDeep != "" {
		return nil, fault.Problems{{
			Path: r.tooDeep, Problem: fmt.Sprintf("routes are nested deeper than %d levels", MaxRouteDepth),
			Hint: "move a part of the scenario into a scenario of its own",
		}}
	}
	if len(b.nodes) > MaxModules {
		return nil, fault.Problems{{
			Path: "flow", Problem: fmt.Sprintf("the scenario has more than %d modules", MaxModules), Hint: "split it into several scenarios",
		}}
	}
	if b.Interface == nil {
		b.Interface = interfaceOfModules(b)
	}
	r.orphans = true
	for i, row := range metadata.Get("designer").Get("orphans").Items() {
		if nodes := r.flow(row, fmt.Sprintf("metadata.designer.orphans[%d]", i), 0); len(nodes) > 0 {
			b.Orphans = append(b.Orphans, nodes)
		}
	}
	return b, nil
}

// list returns the elements of an array that may be missing.
func (r *reader) list(v value.Value, path string) []value.Value {
	if !v.IsNothing() && v.Kind() != value.KindArray {
		r.problem(path, "expected a list, got "+short(v), "write [ … ]")
	}
	return v.Items()
}

func (r *reader) flow(v value.Value, path string, depth int) []*Node {
	if depth > MaxRouteDepth {
		if r.tooDeep == "" {
			r.tooDeep = path
		}
		return nil
	}
	var flow []*Node
	for i, item := range r.list(v, path) {
		at := element(path, i)
		if len(r.b.nodes) > MaxModules {
			break
		}
		if item.Kind() != value.KindCollection {
			r.problem(at, "expected a module, got "+short(item), `write {"id": 1, "module": "app:Name", "version": 1, "mapper": {…}}`)
			continue
		}
		flow = append(flow, r.node(item, at, depth))
	}
	return flow
}

// template reads one field that may hold expressions; "" and null are none.
func (r *reader) template(v value.Value, path string) *expression.Template {
	if v.IsEmpty() {
		return nil
	}
	t, err := expression.Parse(value.Render(v), expression.Scenario)
	if err == nil {
		return t
	}
	hint := ""
	var syntax *expression.SyntaxError
	if errors.As(err, &syntax) {
		hint = syntax.Hint
	}
	r.problem(path, err.Error(), hint)
	return nil
}

// tree reads fields that may hold expressions; null is none.
func (r *reader) tree(v value.Value, path string) *expression.Tree {
	if v.IsNothing() {
		return nil
	}
	t, problems := expression.CompileTree(v, expression.Scenario)
	r.under(path, problems)
	return t
}

func (r *reader) filter(v value.Value, path string) *filter.Filter {
	if v.IsNothing() {
		return nil
	}
	f, problems := filter.Parse(v, expression.Scenario)
	r.under(path, problems)
	return f
}

// number reads a whole number; what is none is 0 and a problem.
func (r *reader) number(v value.Value, path, what string) int {
	n, ok := integer(v)
	if !ok {
		got := short(v)
		if v.IsNothing() {
			got = "nothing"
		}
		r.problem(path, fmt.Sprintf("expected %s, a whole number, got %s", what, got), "")
	}
	return n
}

// integer reads a whole number of moderate size, also from text.
func integer(v value.Value) (int, bool) {
	n, err := value.ToNumber(v)
	f := n.Float()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxInteger {
		return 0, false
	}
	return int(f), true
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// join appends a relative path: join("a", "b") is "a.b", join("a", "[1]") is "a[1]".
func join(path, rest string) string {
	switch {
	case rest == "":
		return path
	case path == "" || rest[0] == '[':
		return path + rest
	}
	return path + "." + rest
}

// shownCharacters is how much of a user's text a message repeats.
const shownCharacters = 60

// short describes a value in a message.
func short(v value.Value) string {
	switch v.Kind() {
	case value.KindArray:
		return "a list"
	case value.KindCollection:
		return "an object"
	case value.KindNull, value.KindUndefined:
		return "null"
	}
	return cut(v.JSON())
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= shownCharacters {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:shownCharacters])) + "…"
}
