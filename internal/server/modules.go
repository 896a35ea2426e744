package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
)

// Modules is the catalog of all modules, by full name and version. It does not change once made.
type Modules struct {
	byName map[string][]*module.Module // by version, ascending
	all    []*module.Module
	apps   map[string]bool
}

var (
	_ engine.Catalog      = (*Modules)(nil)
	_ blueprint.Catalog   = (*Modules)(nil)
	_ blueprint.AppIndex  = (*Modules)(nil)
	_ blueprint.NameIndex = (*Modules)(nil)
)

// NewModules makes the catalog. Of two modules with the same name and version the later one counts.
func NewModules(list []*module.Module) *Modules {
	c := &Modules{byName: map[string][]*module.Module{}, apps: map[string]bool{}}
	for _, m := range list {
		name := m.FullName()
		versions := slices.DeleteFunc(c.byName[name], func(o *module.Module) bool { return o.Version == m.Version })
		versions = append(versions, m)
		slices.SortFunc(versions, func(a, b *module.Module) int { return a.Version - b.Version })
		c.byName[name] = versions
		c.apps[m.App] = true
	}
	for _, versions := range c.byName {
		c.all = append(c.all, versions...)
	}
	slices.SortFunc(c.all, func(a, b *module.Module) int {
		if n := strings.Compare(a.FullName(), b.FullName()); n != 0 {
			return n
		}
		return a.Version - b.Version
	})
	return c
}

// Find returns the module in the version asked for, else in the nearest older one, else in the oldest.
func (c *Modules) Find(name string, version int) (*module.Module, bool) {
	versions := c.byName[name]
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].Version <= version {
			return versions[i], true
		}
	}
	if len(versions) > 0 {
		return versions[0], true
	}
	return nil, false
}

// Describe returns the description of the module that Find returns.
func (c *Modules) Describe(name string, version int) (*module.Description, bool) {
	m, ok := c.Find(name, version)
	if !ok {
		return nil, false
	}
	return &m.Description, true
}

// Names returns the full names of all modules, sorted.
func (c *Modules) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// All returns every module, sorted by name and version. The slice must not be changed.
func (c *Modules) All() []*module.Module { return c.all }

// HasApp reports whether any module belongs to the app.
func (c *Modules) HasApp(app string) bool { return c.apps[app] }
