package engine

import (
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// scope is what a module can see: a chain of the bundles on the way to it, newest first. It is immutable.
type scope struct {
	parent *scope
	id     int // module that put the bundle out, 0 for the root
	bundle value.Value
	index  int32 // number of the bundle among those of its operation, from 1
	length int32 // how many there are
	origin origin
	at     int64 // recorded time of a computed operation, in nanoseconds since 1970
	path   *path
}

// origin says where bundles came from, and so how a checkpoint can name them in place of holding them.
type origin uint8

const (
	given    origin = iota // by a directive, an aggregator, a variable: nobody else has them
	recorded               // by an operation whose result is recorded
	computed               // by a pure module: they can be computed again
	outside                // Config.Input
)

// originOf returns where the bundles of the module's operations come from.
func (x *Execution) originOf(n *node) origin {
	switch {
	case x.config.HasInput && n == x.plan.main.nodes[0]:
		return outside
	case n.module.Run != nil:
		return recorded
	case n.module.Pure != nil:
		return computed
	default:
		return given
	}
}

func (s *scope) extend(id int, bundle value.Value) *scope {
	return &scope{parent: s, id: id, bundle: bundle, index: 1, length: 1, path: s.path}
}

// find returns the newest bundle of the module on this way, nil where there is none.
func (s *scope) find(id int) *scope {
	for ; s != nil; s = s.parent {
		if s.id == id {
			return s
		}
	}
	return nil
}

// bundles returns what the scope holds as a collection of module number to bundle, oldest first.
func (s *scope) bundles() value.Value {
	var chain []*scope
	for ; s != nil && s.id != 0; s = s.parent {
		chain = append(chain, s)
	}
	b := value.NewBuilder(len(chain))
	for i := len(chain) - 1; i >= 0; i-- {
		b.Set(strconv.Itoa(chain[i].id), chain[i].bundle)
	}
	return b.Build()
}

// path is the chain of bundle numbers that led to an operation. It does not depend on timing.
type path struct {
	parent *path
	module int
	bundle int // from 1
	hash   uint64
}

func (p *path) extend(moduleID, bundle int) *path {
	return &path{parent: p, module: moduleID, bundle: bundle, hash: mix(p.hash ^ mix(uint64(moduleID)<<32|uint64(bundle)))}
}

// address renders "cycle/module.bundle/…/module" for an operation of the module at this path.
func (p *path) address(moduleID int) string {
	var parts []string
	for ; p.parent != nil; p = p.parent {
		parts = append(parts, strconv.Itoa(p.module)+"."+strconv.Itoa(p.bundle))
	}
	var b strings.Builder
	b.WriteString(strconv.Itoa(p.bundle)) // the root's bundle is the cycle
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(parts[i])
	}
	b.WriteByte('/')
	b.WriteString(strconv.Itoa(moduleID))
	return b.String()
}

// view answers the references of an expression from a scope.
type view struct {
	x     *Execution
	scope *scope
}

// Module returns the bundle of the module, Undefined where it has none on this way.
func (v *view) Module(id int) value.Value {
	if s := v.scope.find(id); s != nil && id != 0 {
		return s.bundle
	}
	return value.Undefined
}

// Meta returns the order number and the total of the bundle.
func (v *view) Meta(id int, item string) value.Value {
	s := v.scope.find(id)
	if s == nil || id == 0 {
		return value.Undefined
	}
	switch item {
	case "__IMTINDEX__":
		return value.Int(int(s.index))
	case "__IMTLENGTH__":
		return value.Int(int(s.length))
	}
	return value.Undefined
}

// Name returns var and executionId.
func (v *view) Name(name string) value.Value {
	switch name {
	case "var":
		return v.x.variables
	case "executionId", "executionID":
		return value.Text(v.x.config.ID)
	}
	return value.Undefined
}

// random is the splitmix64 generator: small, seedable, and good enough for what scenarios do with it.
type random struct{ state uint64 }

// Uint64 returns the next 64 bits.
func (r *random) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// mix is the output function of splitmix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
