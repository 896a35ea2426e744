package expression

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// spreadKey is the key in app definitions whose object is merged into the surrounding one.
const spreadKey = "{{...}}"

// Tree is a JSON document whose texts are templates. It never changes and may be used by many goroutines.
type Tree struct {
	dialect Dialect
	root    branch
}

// branch is one place of a Tree: a constant, a template, or an array or collection with either in it.
type branch struct {
	path     string
	constant value.Value
	template *Template
	broken   *fault.Error // what is wrong with the template
	entries  []entry
	kind     value.Kind // of a branch with entries
}

// entry is an element of an array or a field of a collection.
type entry struct {
	key      string
	computed *Template // a key that is a template
	spread   bool
	child    branch
}

// CompileTree reads every text of v as a template; in app definitions the keys too, where "{{...}}" is the spread key.
// Problems name the place in v and the column. A Tree with broken templates evaluates to an error only when it comes to one.
func CompileTree(v value.Value, d Dialect) (*Tree, fault.Problems) {
	c := treeCompiler{dialect: d}
	root := c.compile("", v, 0)
	return &Tree{dialect: d, root: root}, c.problems
}

type treeCompiler struct {
	dialect  Dialect
	problems fault.Problems
}

func (c *treeCompiler) compile(path string, v value.Value, depth int) branch {
	b := branch{path: path, constant: v, kind: v.Kind()}
	switch b.kind {
	case value.KindText:
		t := c.parse(&b, v.Str())
		if t != nil && !t.literal {
			b.template = t
		}
	case value.KindArray, value.KindCollection:
		if depth == MaxTreeDepth {
			b.broken = c.problem(path, (&lexer{}).fail(0, "", "[too-deep] nested deeper than %d levels", MaxTreeDepth))
			return b
		}
		c.children(&b, v, depth)
	}
	return b
}

// children compiles the parts of v and keeps them only where one of them is no constant.
func (c *treeCompiler) children(b *branch, v value.Value, depth int) {
	entries := make([]entry, v.Len())
	constant := true
	for i := range entries {
		e := &entries[i]
		if b.kind == value.KindArray {
			e.child = c.compile(b.path+"["+strconv.Itoa(i)+"]", v.At(i), depth+1)
		} else {
			e.key = v.Keys()[i]
			e.child = c.compile(joinPath(b.path, e.key), v.At(i), depth+1)
			c.key(e)
		}
		constant = constant && e.child.fixed() && e.computed == nil && !e.spread
	}
	if !constant {
		b.entries = entries
	}
}

// key makes a template of the entry's key in app definitions.
func (c *treeCompiler) key(e *entry) {
	if c.dialect != App || !strings.Contains(e.key, opening) {
		return
	}
	if e.key == spreadKey {
		e.spread = true
		return
	}
	e.computed = c.parse(&e.child, e.key)
}

func (b *branch) fixed() bool { return b.template == nil && b.entries == nil && b.broken == nil }

func joinPath(parent, key string) string {
	if parent == "" {
		return key
	}
	return parent + "." + key
}

// parse returns nil where src is wrong, and notes why.
func (c *treeCompiler) parse(b *branch, src string) *Template {
	t, err := Parse(src, c.dialect)
	if err != nil {
		var syntax *SyntaxError
		if errors.As(err, &syntax) {
			b.broken = c.problem(b.path, syntax)
		}
		return nil
	}
	for _, w := range t.warnings {
		p := fault.ProblemOf(b.path, w.Fault())
		p.Warning = true
		c.problems = append(c.problems, p)
	}
	return t
}

func (c *treeCompiler) problem(path string, e *SyntaxError) *fault.Error {
	told := e.Fault()
	c.problems = append(c.problems, fault.ProblemOf(path, told))
	return told.WithField(path)
}

// Eval computes the document within the limits of one evaluation. Fields and elements that come to Ignore are left out; so are
// undefined fields in app definitions, while in scenarios they are null. Undefined elements are null. The error is a *fault.Error whose Field is the place.
func (t *Tree) Eval(env *Env) (value.Value, error) {
	w := treeWalk{ev: newEvaluation(env), dialect: t.dialect}
	v, err := w.eval(&t.root)
	if err != nil {
		return value.Undefined, err
	}
	if IsIgnore(v) {
		return value.Undefined, nil
	}
	if v.IsUndefined() && t.dialect == Scenario {
		return value.Null, nil
	}
	return v, nil
}

type treeWalk struct {
	ev      *evaluation
	dialect Dialect
}

func (w *treeWalk) eval(b *branch) (value.Value, error) {
	switch {
	case b.broken != nil:
		return value.Undefined, b.broken
	case b.template != nil:
		return w.leaf(b, b.template)
	case b.entries == nil:
		return b.constant, nil
	}
	if err := w.ev.build(len(b.entries) * valueBytes); err != nil {
		return value.Undefined, fault.From(err).WithField(b.path)
	}
	if b.kind == value.KindArray {
		return w.array(b)
	}
	return w.collection(b)
}

func (w *treeWalk) leaf(b *branch, t *Template) (value.Value, error) {
	v, err := t.root.eval(w.ev)
	if err != nil {
		return value.Undefined, fault.From(err).WithField(b.path)
	}
	return v, nil
}

func (w *treeWalk) array(b *branch) (value.Value, error) {
	items := make([]value.Value, 0, len(b.entries))
	for i := range b.entries {
		v, err := w.eval(&b.entries[i].child)
		if err != nil {
			return value.Undefined, err
		}
		if IsIgnore(v) {
			continue
		}
		if v.IsUndefined() {
			v = value.Null
		}
		items = append(items, v)
	}
	return value.Array(items...), nil
}

func (w *treeWalk) collection(b *branch) (value.Value, error) {
	fields := value.NewBuilder(len(b.entries))
	for i := range b.entries {
		if err := w.field(fields, &b.entries[i]); err != nil {
			return value.Undefined, err
		}
	}
	return fields.Build(), nil
}

func (w *treeWalk) field(fields *value.Builder, e *entry) error {
	v, err := w.eval(&e.child)
	if err != nil {
		return err
	}
	if e.spread {
		return w.spread(fields, e, v)
	}
	if IsIgnore(v) || v.IsUndefined() && w.dialect == App {
		return nil
	}
	if v.IsUndefined() {
		v = value.Null
	}
	key := e.key
	if e.computed != nil {
		k, err := w.leaf(&e.child, e.computed)
		if err == nil {
			key, err = w.ev.render(k)
		}
		if err != nil {
			return fault.From(err).WithField(e.child.path)
		}
	}
	fields.Set(key, v)
	return nil
}

func (w *treeWalk) spread(fields *value.Builder, e *entry, v value.Value) error {
	if v.IsNothing() || IsIgnore(v) {
		return nil
	}
	if v.Kind() != value.KindCollection {
		return fault.Newf(fault.BundleValidation, "[spread-collection] the key %s needs a collection, got %v", spreadKey, value.Noun(v)).WithField(e.child.path)
	}
	if err := w.ev.build(v.Len() * valueBytes); err != nil {
		return fault.From(err).WithField(e.child.path)
	}
	for key, x := range v.Fields() {
		if !x.IsUndefined() && !IsIgnore(x) {
			fields.Set(key, x)
		}
	}
	return nil
}

// Walk calls visit for each template that holds an expression, in document order; the path of a computed key is that of its field.
func (t *Tree) Walk(visit func(path string, t *Template)) { t.root.walk(visit) }

func (b *branch) walk(visit func(path string, t *Template)) {
	if b.template != nil {
		visit(b.path, b.template)
	}
	for i := range b.entries {
		if e := &b.entries[i]; e.computed != nil {
			visit(e.child.path, e.computed)
		}
		b.entries[i].child.walk(visit)
	}
}

// Without returns the tree without some fields of the collection at its top. They are neither evaluated nor walked.
func (t *Tree) Without(names []string) *Tree {
	if t == nil || len(names) == 0 || t.root.kind != value.KindCollection {
		return t
	}
	b := t.root
	left := value.NewBuilder(b.constant.Len())
	for name, v := range b.constant.Fields() {
		if !slices.Contains(names, name) {
			left.Set(name, v)
		}
	}
	b.constant = left.Build()
	if b.entries != nil {
		b.entries = slices.DeleteFunc(slices.Clone(b.entries), func(e entry) bool { return slices.Contains(names, e.key) })
	}
	return &Tree{dialect: t.dialect, root: b}
}

// Constant reports whether the document holds no expression and nothing broken.
func (t *Tree) Constant() bool { return t.root.fixed() }
