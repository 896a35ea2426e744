// Package server puts the parts of Ropeway together.
//
// It is the only place besides the command line that constructs: every other
// package gets what it needs handed in. It holds no rules of its own.
package server

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ropeway/ropeway/apps"
	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/templates"
)

// connectionAtOnce is how many operations use one connection at the same time: services count what comes from one account.
const connectionAtOnce = 64

// Options are the choices made at start.
type Options struct {
	Clock clock.Clock
	// Allow names the private hosts, addresses and networks that scenarios may call.
	Allow []string
	// AppFolders are folders with further app definitions; one replaces an embedded app of the same name.
	AppFolders []string
	// Connections opens the connections that scenarios name.
	Connections func(*System) runner.Connections
	UserAgent   string
	// Keys opens the vault that holds the secrets of webhooks; nil where there are none.
	Keys *Keys
	// Durable keeps data stores and queues in a data directory: the modules work when a Service serves the system.
	Durable bool
}

// System is the running product: apps, modules and what they need.
type System struct {
	Modules    *Modules
	Runner     *runner.Runner
	Outbound   *outbound.Client
	Apps       []*appdef.App
	Keys       *Keys
	Allowed    []string // private hosts, addresses and networks that scenarios may call
	connectors map[string]*connector.Connector
	// What the built-in apps and the templates say in other languages.
	builtinTexts, templateTexts module.Texts
	late                        *late // what modules get from the service
}

// Assemble builds the system. Problems of an app definition come back as fault.Problems.
func Assemble(o Options) (*System, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if err := outbound.CheckAllow(o.Allow); err != nil {
		return nil, fmt.Errorf("allowed addresses: %w", err)
	}
	client := outbound.New(outbound.Options{Allow: o.Allow, Clock: o.Clock, UserAgent: o.UserAgent})
	s := &System{Outbound: client, Keys: o.Keys, Allowed: o.Allow, connectors: map[string]*connector.Connector{}, late: &late{}}
	deps := builtin.Deps{HTTP: client, Clock: o.Clock, Keychains: keychains{s}, Cookies: (&cookieJars{}).of}
	if o.Durable {
		deps.Stores, deps.Scenarios = lateStores{s.late}, lateScenarios{s.late}
	}
	if err := s.readTexts(); err != nil {
		return nil, err
	}
	list := builtin.Modules(deps)
	if err := s.loadApps(o.AppFolders); err != nil {
		return nil, err
	}
	for _, app := range s.Apps {
		c, err := connector.New(app, connector.Deps{HTTP: client, Clock: o.Clock})
		if err != nil {
			return nil, fmt.Errorf("app %s: %w", app.Name, err)
		}
		s.connectors[app.Name] = c
		list = append(list, c.Modules()...)
	}
	if o.Durable {
		for _, m := range list {
			s.late.queued(m)
		}
	}
	s.Modules = NewModules(list)
	s.Runner = &runner.Runner{Clock: o.Clock, PerConnection: connectionAtOnce}
	if o.Connections != nil {
		s.Runner.Connections = o.Connections(s)
	}
	return s, nil
}

// readTexts reads what comes with the program in other languages.
func (s *System) readTexts() (err error) {
	if s.builtinTexts, err = module.ReadTexts(builtin.Texts); err != nil {
		return fmt.Errorf("the built-in apps: %w", err)
	}
	if s.templateTexts, err = module.ReadTexts(templates.Files); err != nil {
		return fmt.Errorf("the templates: %w", err)
	}
	return nil
}

// textsOf returns what an app says in other languages.
func (s *System) textsOf(app string) module.Texts {
	for _, a := range s.Apps {
		if a.Name == app {
			return a.Texts
		}
	}
	return s.builtinTexts
}

// loadApps loads the embedded apps and those of the given folders.
func (s *System) loadApps(folders []string) error {
	entries, err := fs.ReadDir(apps.Files, ".")
	if err != nil {
		return fmt.Errorf("list the embedded apps: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		folder, err := fs.Sub(apps.Files, e.Name())
		if err != nil {
			return fmt.Errorf("open the embedded app %s: %w", e.Name(), err)
		}
		if err := s.addApp(folder, e.Name()); err != nil {
			return err
		}
	}
	for _, dir := range folders {
		if err := s.addApp(os.DirFS(dir), filepath.Clean(dir)); err != nil {
			return err
		}
	}
	return nil
}

func (s *System) addApp(folder fs.FS, name string) error {
	app, problems := appdef.Load(folder)
	if problems.Invalid() {
		for i := range problems {
			problems[i].File = filepath.Join(name, problems[i].File)
		}
		return problems
	}
	for i, known := range s.Apps {
		if known.Name == app.Name {
			s.Apps[i] = app
			return nil
		}
	}
	s.Apps = append(s.Apps, app)
	return nil
}

// Connector returns what runs the modules of the named app.
func (s *System) Connector(app string) (*connector.Connector, bool) {
	c, ok := s.connectors[app]
	return c, ok
}

// ConnectionFields returns the form of a connection type of an app.
func (s *System) ConnectionFields(app, kind string) ([]module.Field, error) {
	for _, t := range builtin.ConnectionTypes() {
		if t.App == app && t.Name == kind {
			return t.Fields, nil
		}
	}
	for _, a := range s.Apps {
		if a.Name != app {
			continue
		}
		if c := a.Connections[kind]; c != nil {
			return c.Parameters, nil
		}
	}
	return nil, fault.Newf(fault.InvalidConfiguration, "[connection-type-gone] There is no connection type %s of the app %s.", kind, app)
}
