package blueprint

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// MaxNameCharacters is the length of a scenario's name.
const MaxNameCharacters = 120

// MaxDescriptionCharacters is the length of a scenario's description.
const MaxDescriptionCharacters = 240

// MaxProblems is the number of problems that Validate reports, and also that of warnings.
const MaxProblems = 1000

// tally counts problems and warnings.
type tally struct{ problems, warnings int }

// next counts one more and returns how many of its kind there are.
func (t *tally) next(warning bool) int {
	if warning {
		t.warnings++
		return t.warnings
	}
	t.problems++
	return t.problems
}

// Catalog knows the modules that are installed. One that also has the methods of AppIndex tells a wrong name of a module from an app that
// is not installed; one that has those of NameIndex gets suggestions for wrong names.
type Catalog interface {
	// Describe returns the module with the full name ("app:Name"), in the version nearest to the wanted one.
	Describe(name string, version int) (*module.Description, bool)
}

// AppIndex is what a Catalog may know about apps.
type AppIndex interface {
	// HasApp reports whether any module belongs to the app.
	HasApp(app string) bool
}

// NameIndex is what a Catalog may know about names.
type NameIndex interface {
	// Names returns the full names of all modules.
	Names() []string
}

// Validate says everything that is wrong with the blueprint, in document order. Problems that are warnings leave the scenario
// valid: it can be activated and run, but perhaps not as somebody means it. What stands in disabled modules, routes and branches
// is never more than a warning. Without a Catalog (nil), modules are not looked up, and only what their names and places tell is checked.
func (b *Blueprint) Validate(cat Catalog) fault.Problems {
	c := newChecker(b, cat)
	for _, p := range b.problems {
		if !c.idle(p.Path) {
			c.report(finding{Problem: p})
		}
	}
	c.document()
	c.identifiers()
	c.declared()
	c.flow(b.Flow, place{}, nil)
	c.scenario()
	return c.sorted()
}

// checker is one run of Validate. Its slices have one entry for each module, by Node.ordinal.
type checker struct {
	b     *Blueprint
	cat   Catalog
	names []string // of the catalog, where it tells them

	described []*module.Description // nil where the catalog does not know the module
	kinds     []module.Kind         // "" where it is unknown
	off       []bool                // disabled, or inside something disabled
	byID      map[int]*Node
	byPath    map[string]*Node

	visible []*Node      // modules whose output can be used at the place that the walk has come to
	status  []visibility // of each module at that place
	hider   []*Node      // the aggregator that collected the module's bundles, where status is collected

	findings []finding
	seen     map[string]bool // findings by path and text
	count    tally
}

// finding is a problem with what decides its place in the report.
type finding struct {
	fault.Problem
	always bool // stays a problem inside disabled parts
}

func newChecker(b *Blueprint, cat Catalog) *checker {
	count := len(b.nodes)
	c := &checker{
		b: b, cat: cat, described: make([]*module.Description, count), kinds: make([]module.Kind, count),
		off: make([]bool, count), byID: make(map[int]*Node, count), byPath: make(map[string]*Node, count),
		status: make([]visibility, count), hider: make([]*Node, count), seen: map[string]bool{},
	}
	if index, ok := cat.(NameIndex); ok {
		c.names = index.Names()
	}
	for _, n := range b.nodes {
		c.byPath[n.Path] = n
		if _, taken := c.byID[n.ID]; !taken && n.ID > 0 {
			c.byID[n.ID] = n
		}
		c.kinds[n.ordinal] = kindByName(n)
		if cat == nil {
			continue
		}
		if d, ok := cat.Describe(n.Module, n.Version); ok {
			c.described[n.ordinal], c.kinds[n.ordinal] = d, d.Kind
		}
	}
	return c
}

// kindByName returns the kind of the modules that every scenario may use, and of those that their shape gives away; else "".
func kindByName(n *Node) module.Kind {
	switch n.Module {
	case "builtin:BasicRouter":
		return module.Router
	case "builtin:BasicIfElse":
		return module.IfElse
	case "builtin:BasicMerge":
		return module.Merge
	case "builtin:Ignore", "builtin:Resume", breakModule, "builtin:Commit", "builtin:Rollback":
		return module.Directive
	case "builtin:BasicFeeder", "builtin:BasicRepeater":
		return module.Iterator
	case "gateway:CustomWebHook", "gateway:CustomMailHook":
		return module.InstantTrigger
	case "gateway:WebhookRespond":
		return module.Responder
	}
	if n.Feeder > 0 || n.Module == "builtin:BasicAggregator" {
		return module.Aggregator
	}
	return ""
}

// breakModule is the directive that needs a setting.
const breakModule = "builtin:Break"

func (c *checker) kind(n *Node) module.Kind { return c.kinds[n.ordinal] }

// report notes a finding unless it was noted before, or enough were.
func (c *checker) report(f finding) {
	key := f.Path + "\x00" + f.Problem.Problem
	if c.seen[key] {
		return
	}
	switch n := c.count.next(f.Warning); {
	case n == MaxProblems+1:
		f = finding{always: true, Problem: fault.Problem{
			Problem: fmt.Sprintf("there are more than %d problems or warnings; the others are not shown", MaxProblems),
			Hint:    "mend these first", Warning: f.Warning,
		}}
	case n > MaxProblems:
		return
	}
	c.seen[key] = true
	c.findings = append(c.findings, f)
}

// problem reports what keeps the scenario from running. The format may begin with the code of the finding, as in "[required] the field …".
func (c *checker) problem(path, hint, format string, args ...any) {
	c.report(finding{Problem: said(path, hint, format, args)})
}

func (c *checker) warning(path, hint, format string, args ...any) {
	p := said(path, hint, format, args)
	p.Warning = true
	c.report(finding{Problem: p})
}

// said makes a finding of a format that may begin with a code.
func said(path, hint, format string, args []any) fault.Problem {
	p := fault.Problem{Path: path, Hint: hint}
	if code, text, ok := strings.Cut(strings.TrimPrefix(format, "["), "] "); ok && strings.HasPrefix(format, "[") {
		p.Code, format = code, text
		for _, a := range args {
			if t, ok := a.(title); ok {
				p.Modules = append(p.Modules, t.id)
			} else {
				p.Args = append(p.Args, fmt.Sprint(a))
			}
		}
	}
	p.Problem = fmt.Sprintf(format, args...)
	return p
}

// document checks what belongs to no module.
func (c *checker) document() {
	name := c.b.raw.Get("name")
	switch length := utf8.RuneCountInString(c.b.Name); {
	case name.IsEmpty():
		c.problem("name", "give it a name of 1 to 120 characters", "[name-missing] the scenario has no name")
	case name.Kind() != value.KindText:
		c.problem("name", "write it in quotes", "the name must be a text, got %s", short(name))
	case length > MaxNameCharacters:
		c.problem("name", "shorten it", "[name-long] the name has %d characters; at most %d are allowed", length, MaxNameCharacters)
	}
	if length := utf8.RuneCountInString(c.b.Description); length > MaxDescriptionCharacters {
		c.warning("description", "shorten it", "the description has %d characters; other systems accept at most %d", length, MaxDescriptionCharacters)
	}
	if len(c.b.Flow) == 0 {
		c.problem("flow", "add a trigger or an action as the first module", "[empty] the scenario has no module")
	}
	c.settings()
}

func (c *checker) settings() {
	s := c.b.Settings
	if zone := c.b.raw.Get("metadata").Get("ropeway").Get("timezone"); !zone.IsEmpty() {
		if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" || s.Timezone == "Local" {
			c.problem("metadata.ropeway.timezone", "use a name such as Europe/Rome or UTC", "there is no time zone %s", short(zone))
		}
	}
	if s.OrderKey == nil {
		return
	}
	const path = "metadata.ropeway.orderKey"
	if s.BundlesAtOnce <= 1 {
		c.warning(path, "set bundlesAtOnce, or remove the key", "the order key has no effect while bundles travel one at a time")
	}
	for _, ref := range s.OrderKey.References() {
		if ref.Name == "" && c.byID[ref.Module] == nil {
			c.problem(path, "choose a module of this scenario", "column %d: there is no module %d", ref.Column, ref.Module)
		}
	}
}

// identifiers checks that each module can be told from the others.
func (c *checker) identifiers() {
	for _, n := range c.b.nodes {
		if first := c.byID[n.ID]; first != nil && first != n {
			c.report(finding{always: true, Problem: fault.Problem{
				Path: n.Path + ".id", Problem: fmt.Sprintf("the number %d is taken by %s at %s", n.ID, cut(first.Module), first.Path),
				Hint: "give each module a number of its own; they need not be in order",
			}})
		}
		if _, ok := integer(n.raw.Get("id")); ok && n.ID < 1 {
			c.problem(n.Path+".id", "use 1, 2, 3 …", "the number of a module must be 1 or more, got %d", n.ID)
		}
		c.version(n)
		c.keys(n)
	}
}

func (c *checker) version(n *Node) {
	_, ok := integer(n.raw.Get("version"))
	switch {
	case !ok:
	case n.Version == 0:
		c.warning(n.Path+".version", "choose the module again in the editor once there is version 1",
			"version 0 marks a preview of a module, which may change or vanish")
	case n.Version < 0:
		c.problem(n.Path+".version", "use the version that the module's editor shows", "the version of a module must be 1 or more, got %d", n.Version)
	}
}

// nodeKeys are the members of a module's object that have a meaning.
func nodeKeys() []string {
	return []string{
		"id", "module", "version", "parameters", "mapper", "filter", "flags", "listener", "disabled", "onerror", "routes",
		"branches", "outputs", "filters", "tools", "metadata",
	}
}

// keys points to members that are kept but mean nothing; most of them are slips.
func (c *checker) keys(n *Node) {
	for _, key := range n.raw.Keys() {
		if slices.Contains(nodeKeys(), key) {
			continue
		}
		hint := "remove it if it is not meant for another program"
		if near := fault.Nearest(key, nodeKeys()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		c.warning(join(n.Path, key), hint, "%q is kept, but has no meaning here", cut(key))
	}
	if !n.raw.Get("tools").IsEmpty() {
		c.warning(n.Path+".tools", "the scenario can be edited and exported", "tools of agents are kept, but not run")
	}
}

// scenario checks what concerns several modules at once.
func (c *checker) scenario() {
	for _, n := range c.b.nodes {
		if c.kind(n) == module.Responder && c.startedByWebhook() == never {
			c.warning(n.Path, "start the scenario with a webhook, or remove the module",
				"[answers-nobody] %s answers a webhook call, but the scenario does not start with a webhook", n.title())
		}
	}
}

type certainty uint8

const (
	never certainty = iota
	perhaps
	surely
)

// startedByWebhook is perhaps where the first module is unknown.
func (c *checker) startedByWebhook() certainty {
	if len(c.b.Flow) == 0 {
		return never
	}
	first := c.b.Flow[0]
	switch {
	case first.Module == startModule:
		return never
	case c.kind(first) == module.InstantTrigger || first.Hook != "":
		return surely
	case c.kind(first) == "":
		return perhaps
	}
	return never
}

// sorted puts the findings in document order and takes the edge off those in disabled parts.
func (c *checker) sorted() fault.Problems {
	type placed struct {
		order int
		finding
	}
	list := make([]placed, len(c.findings))
	for i, f := range c.findings {
		n := c.nodeAt(f.Path)
		list[i] = placed{c.order(n, f.Path), f}
		if n != nil && c.off[n.ordinal] && !f.always {
			list[i].Warning = true
		}
	}
	slices.SortStableFunc(list, func(a, b placed) int { return a.order - b.order })
	problems := make(fault.Problems, len(list))
	for i := range list {
		problems[i] = list[i].Problem
	}
	return problems
}

// order puts the scenario's own members before the modules, its metadata behind them, and what has no place last.
func (c *checker) order(n *Node, path string) int {
	switch {
	case n != nil:
		return n.ordinal
	case strings.HasPrefix(path, "metadata"):
		return len(c.b.nodes)
	case path == "":
		return len(c.b.nodes) + 1
	}
	return -1
}

// nodeAt returns the innermost module that the path lies in, nil for none.
func (c *checker) nodeAt(path string) *Node {
	for path != "" {
		if n := c.byPath[path]; n != nil {
			return n
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return nil
		}
		path = path[:end]
	}
	return nil
}
