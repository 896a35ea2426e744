package expression

import (
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// evaluation is the state of one call of Eval.
type evaluation struct {
	env   *Env
	left  Limits
	zones map[string]*time.Location // zones looked up by name so far
}

func newEvaluation(env *Env) *evaluation {
	if env == nil {
		env = &Env{}
	}
	return &evaluation{env: env, left: env.Limits.withDefaults()}
}

// zone returns the zone of texts that name none.
func (ev *evaluation) zone() *time.Location {
	if ev.env.Zone == nil {
		return time.UTC
	}
	return ev.env.Zone
}

// node is a part of a parsed expression.
type node interface {
	eval(ev *evaluation) (value.Value, error)
}

// constant is a literal or a keyword with a fixed value.
type constant struct {
	v      value.Value
	absent bool // an argument that was not written
}

func (n *constant) eval(*evaluation) (value.Value, error) { return n.v, nil }

// segmentKind says how one step of a path goes on.
type segmentKind uint8

const (
	segmentKey   segmentKind = iota // .name
	segmentIndex                    // [3]
	segmentFirst                    // []
	segmentValue                    // [expression]
)

// segment is one step of a path.
type segment struct {
	kind  segmentKind
	key   string
	index int
	expr  node
}

// reference reads a path from a module's bundle or from a named root.
type reference struct {
	module   int    // 0 for a named root
	name     string // of the root, where module is 0
	segments []segment
	at       int // byte offset in the template
}

func (n *reference) eval(ev *evaluation) (value.Value, error) {
	scope := ev.env.Scope
	if err := ev.charge(1 + len(n.segments)); err != nil || scope == nil {
		return value.Undefined, err
	}
	if n.module == 0 {
		return walk(ev, scope.Name(n.name), n.segments)
	}
	root := scope.Module(n.module)
	if len(n.segments) > 0 && n.segments[0].kind == segmentKey && strings.HasPrefix(n.segments[0].key, metaPrefix) {
		return n.meta(ev, root)
	}
	return walk(ev, root, n.segments)
}

// metaPrefix starts the names of the items that the engine keeps beside bundles.
const metaPrefix = "__IMT"

// meta reads an item whose name is reserved: from the bundle where it stands there (__IMTKEY__), else from the engine.
func (n *reference) meta(ev *evaluation, root value.Value) (value.Value, error) {
	v, ok := root.Lookup(n.segments[0].key)
	if !ok {
		v = ev.env.Scope.Meta(n.module, n.segments[0].key)
	}
	return walk(ev, v, n.segments[1:])
}

// member reads a path from the result of an expression.
type member struct {
	base     node
	segments []segment
}

func (n *member) eval(ev *evaluation) (value.Value, error) {
	v, err := n.base.eval(ev)
	if err != nil {
		return value.Undefined, err
	}
	if err := ev.charge(len(n.segments)); err != nil {
		return value.Undefined, err
	}
	return walk(ev, v, n.segments)
}

// walk follows segments from v. What is missing is undefined, never an error.
func walk(ev *evaluation, v value.Value, segments []segment) (value.Value, error) {
	for i := range segments {
		s := &segments[i]
		switch s.kind {
		case segmentKey:
			v = memberNamed(v, s.key)
		case segmentIndex:
			v = elementAt(v, s.index)
		case segmentFirst:
			v = elementAt(v, 1)
		case segmentValue:
			key, err := s.expr.eval(ev)
			if err != nil {
				return value.Undefined, err
			}
			v = memberOf(v, key)
		}
		if v.IsUndefined() {
			return v, nil
		}
	}
	return v, nil
}

// memberNamed returns the field key of a collection. An array answers with its first element's field, and with an
// element where key is a number.
func memberNamed(v value.Value, key string) value.Value {
	for v.Kind() == value.KindArray {
		if i, err := strconv.Atoi(key); err == nil {
			return elementAt(v, i)
		}
		v = v.At(0)
	}
	return v.Get(key)
}

// elementAt returns element i of an array, counted from 1, or from the end where i is negative; there is no element 0. A value that
// is no array counts as an array of itself, but a collection answers with its field of that name first.
func elementAt(v value.Value, i int) value.Value {
	if v.Kind() == value.KindArray {
		if i < 0 {
			return v.At(v.Len() + i)
		}
		return v.At(i - 1)
	}
	if field, ok := v.Lookup(strconv.Itoa(i)); ok {
		return field
	}
	if i == 1 || i == -1 {
		return v
	}
	return value.Undefined
}

func memberOf(v, key value.Value) value.Value {
	switch key.Kind() {
	case value.KindNumber:
		if f := key.Float(); f == float64(int(f)) {
			return elementAt(v, int(f))
		}
	case value.KindText:
		return memberNamed(v, key.Str())
	}
	return value.Undefined
}

// joined is the concatenation of parts as text: a template with text around its expressions, or apps' parts side by side.
type joined struct{ parts []node }

func (n *joined) eval(ev *evaluation) (value.Value, error) {
	var b strings.Builder
	for _, part := range n.parts {
		v, err := part.eval(ev)
		if err != nil {
			return value.Undefined, err
		}
		if err := ev.append(&b, v); err != nil {
			return value.Undefined, err
		}
	}
	return value.Text(b.String()), nil
}

// append adds v as text to b within the limits.
func (ev *evaluation) append(b *strings.Builder, v value.Value) error {
	s, err := ev.render(v)
	if err != nil {
		return err
	}
	if err := ev.build(len(s)); err != nil {
		return err
	}
	b.WriteString(s)
	return nil
}

// object is the {key: value} of app definitions.
type object struct {
	keys   []string
	values []node
}

func (n *object) eval(ev *evaluation) (value.Value, error) {
	b := value.NewBuilder(len(n.keys))
	for i, key := range n.keys {
		v, err := n.values[i].eval(ev)
		if err != nil {
			return value.Undefined, err
		}
		b.Set(key, v)
	}
	return b.Build(), ev.build(len(n.keys) * valueBytes)
}

// list is the [a, b] of app definitions.
type list struct{ items []node }

func (n *list) eval(ev *evaluation) (value.Value, error) {
	items := make([]value.Value, len(n.items))
	for i, item := range n.items {
		v, err := item.eval(ev)
		if err != nil {
			return value.Undefined, err
		}
		items[i] = v
	}
	return value.Array(items...), ev.build(len(items) * valueBytes)
}

// drawn is a keyword whose value depends on the Env.
type drawn struct {
	name string
	draw func(ev *evaluation) (value.Value, error)
}

func (n *drawn) eval(ev *evaluation) (value.Value, error) {
	if err := ev.charge(1); err != nil {
		return value.Undefined, err
	}
	return n.draw(ev)
}

// callNode is a call of a built-in function.
type callNode struct {
	fn      *builtin
	args    []node
	prepare prepared
}

func (n *callNode) eval(ev *evaluation) (value.Value, error) {
	if err := n.enter(ev); err != nil {
		return value.Undefined, err
	}
	c := call{ev: ev, node: n}
	if !n.fn.lazy {
		var err error
		if c.args, err = evalAll(ev, n.args); err != nil {
			return value.Undefined, err
		}
	}
	v := n.fn.run(&c)
	ev.left.Depth++
	if c.err != nil {
		return value.Undefined, c.err
	}
	size := builtSize(v)
	if err := ev.build(size); err != nil {
		return value.Undefined, err
	}
	return v, ev.charge(1 + size/bytesPerStep)
}

func (n *callNode) enter(ev *evaluation) error {
	if ev.left.Depth <= 0 {
		return fault.Newf(fault.Runtime, "[functions-deep] functions are nested deeper than %d levels", ev.env.Limits.withDefaults().Depth).
			WithHint("[hint-nested] set a variable to the inner part first")
	}
	ev.left.Depth--
	return ev.charge(1)
}

func evalAll(ev *evaluation, nodes []node) ([]value.Value, error) {
	args := make([]value.Value, len(nodes))
	for i, arg := range nodes {
		v, err := arg.eval(ev)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	return args, nil
}
