package appdef

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// LoadDir reads the app in a directory of the machine. Symbolic links that lead out of it are not followed.
func LoadDir(dir string) (*App, fault.Problems) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Problems{{Problem: "the folder of the app cannot be opened: " + readProblem(err), Hint: "check the path " + dir}}
	}
	defer root.Close()
	return Load(root.FS())
}

// Load reads an app from the root of fsys, in any of the layouts, and checks it. The App is nil where nothing could be read;
// with problems that are more than warnings it must not be run.
func Load(fsys fs.FS) (*App, fault.Problems) {
	l := &loader{folder: &folder{fs: fsys}}
	l.manifest = l.folder.manifest()
	if len(l.manifest.components) == 0 && len(l.manifest.general) == 0 {
		return nil, l.problems
	}
	l.app = &App{
		Name: l.manifest.name, Label: l.manifest.label, Description: l.manifest.description, Version: l.manifest.version,
		Icon: l.manifest.icon, Color: l.manifest.color, Tags: l.manifest.tags,
		Connections: map[string]*Connection{}, RPCs: map[string]*RPC{}, Webhooks: map[string]*Webhook{},
	}
	l.general()
	for _, c := range l.manifest.of("connection") {
		l.app.Connections[c.name] = l.connection(c)
	}
	for _, c := range l.manifest.of("rpc") {
		l.app.RPCs[c.name] = l.rpc(c)
	}
	for _, c := range l.manifest.of("webhook") {
		l.app.Webhooks[c.name] = l.webhook(c)
	}
	for _, c := range l.manifest.of("module") {
		l.app.Modules = append(l.app.Modules, l.module(c))
	}
	for _, c := range l.manifest.of("endpoint") {
		l.warn(c.meta, "", "the endpoint "+c.name+" is not supported", "modules that need it are not run")
	}
	l.groups()
	l.texts()
	l.check()
	return l.app, l.problems
}

type loader struct {
	*folder
	app      *App
	manifest manifest
	base     source
	origins  map[string]bool
}

func (l *loader) compiler() *compiler {
	return &compiler{folder: l.folder, functions: l.app.Functions}
}

// general reads the base, the app-wide data and the names of the functions.
func (l *loader) general() {
	for _, c := range l.manifest.of("function") {
		l.app.Functions = append(l.app.Functions, c.name)
	}
	if file, ok := l.manifest.general["base"]; ok {
		l.base, _ = l.json(file)
	}
	if file, ok := l.manifest.general["common"]; ok {
		l.common(file)
	}
	if l.base.value.IsNothing() {
		return
	}
	c := l.compiler()
	if !c.object(l.base) {
		l.base.value = value.Undefined
		return
	}
	l.keys(l.base, baseKeyNames)
	own := l.base
	b := value.NewBuilder(own.value.Len())
	own.value = b.Merge(own.value).Delete("baseUrl").Build()
	c.request(own)
	l.app.BaseURL = c.tree(l.base, "baseUrl")
	l.checkBaseURL()
}

// common reads the app-wide secret data, which is often kept out of the folder that people share.
func (l *loader) common(file string) {
	if !l.exists(file) {
		l.add(fault.Problem{
			File: file, Problem: "there is no such file, so common is empty", Warning: true,
			Hint: "write the file with the app's own secrets, or set it to null",
		})
		return
	}
	s, _ := l.json(file)
	l.app.Common = s.value
}

// checkBaseURL sees to it that nothing mapped decides where credentials go.
func (l *loader) checkBaseURL() {
	if l.app.BaseURL == nil {
		return
	}
	l.app.BaseURL.Walk(func(_ string, t *expression.Template) {
		for _, r := range t.References() {
			if r.Name != "connection" && r.Name != "common" && r.Name != "environment" {
				l.problem(l.base, "baseUrl", fmt.Sprintf("the base address depends on %q", r.Name),
					"it may depend on connection and common only: the credentials go there")
			}
		}
	})
	l.origin(l.base.value.Get("baseUrl").Str())
}

// origin notes the scheme and host of a URL where they stand literally in it.
func (l *loader) origin(text string) {
	literal, _, computed := strings.Cut(text, "{{")
	scheme, rest, ok := strings.Cut(literal, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return
	}
	host, _, ended := strings.Cut(rest, "/")
	if computed && !ended || host == "" {
		return
	}
	if u, err := url.Parse(scheme + "://" + host); err == nil && u.User == nil {
		if l.origins == nil {
			l.origins = map[string]bool{}
		}
		l.origins[strings.ToLower(u.Scheme+"://"+u.Host)] = true
	}
}

// noteOrigins collects the literal origins of the URLs of a communication.
func (l *loader) noteOrigins(s source) {
	if s.value.Kind() == value.KindArray {
		for i := range s.value.Items() {
			l.noteOrigins(s.item(i))
		}
		return
	}
	l.origin(s.value.Get("url").Str())
	l.origin(s.value.Get("pagination").Get("url").Str())
}

// section reads the file of a section; its value is undefined where there is none.
func (l *loader) section(c component, name string) source {
	file, ok := c.files[name]
	if !ok {
		return source{}
	}
	s, _ := l.json(file)
	return s
}

func (l *loader) connection(c component) *Connection {
	out := &Connection{Name: c.name, Label: orText(c.text("label"), c.name), OAuth: c.text("connectionType") == "oauth" || c.text("type") == "oauth"}
	out.parameters = l.section(c, "parameters")
	out.Parameters, _ = l.fields(out.parameters)
	out.Common = l.section(c, "common").value
	s := l.section(c, "communication")
	if isOAuth(s.value) {
		out.OAuth = true
	}
	compiler := l.compiler()
	if !out.OAuth {
		out.Communication = compiler.communication(value.Undefined, s)
		return out
	}
	l.keys(s, oauthKeyNames)
	for _, key := range s.value.Keys() {
		if step := s.at(key); step.value.Kind() == value.KindCollection {
			compiler.request(step)
		}
	}
	return out
}

// isOAuth recognises a login in several steps, which some apps do not declare as such.
func isOAuth(v value.Value) bool {
	return !v.Get("authorize").IsUndefined() || !v.Get("token").IsUndefined() || !v.Get("requestToken").IsUndefined()
}

func (l *loader) rpc(c component) *RPC {
	out := &RPC{Name: c.name, Connection: c.text("connection")}
	out.Parameters, _ = l.fields(l.section(c, "parameters"))
	compiler := l.compiler()
	s := l.section(c, "communication")
	l.noteOrigins(s)
	out.Communication = compiler.communication(l.base.value, s)
	out.Unsupported = l.withOAuth(compiler.unsupported, out.Connection)
	if out.Communication == nil {
		l.warn(s, "", fmt.Sprintf("the procedure %s has no communication", c.name), "")
	}
	return out
}

// withOAuth adds the reason why components with such a connection do not run.
func (l *loader) withOAuth(reasons []string, connection string) []string {
	if c := l.app.Connections[connection]; c != nil && c.OAuth {
		return append(reasons, "a connection with OAuth")
	}
	return reasons
}

func (l *loader) webhook(c component) *Webhook {
	out := &Webhook{Name: c.name, Label: orText(c.text("label"), c.name), Connection: c.text("connection"), Shared: c.text("webhookType") == "web-shared"}
	out.Parameters, _ = l.fields(l.section(c, "parameters"))
	out.Attached = !l.section(c, "attach").value.IsEmpty()
	s := l.section(c, "communication")
	compiler := l.compiler()
	if s.value.IsEmpty() || !compiler.object(s) {
		return out
	}
	l.keys(s, webhookKeyNames)
	if v := s.at("verification"); compiler.object(v) {
		l.keys(v, verifyKeyNames)
		out.VerifyCondition, out.VerifyRespond = compiler.tree(v, "condition"), compiler.respond(v.at("respond"))
	}
	out.Condition, out.Respond = compiler.tree(s, "condition"), compiler.respond(s.at("respond"))
	out.Iterate, out.Output, out.UID = compiler.iterate(s), compiler.tree(s, "output"), compiler.tree(s, "uid")
	return out
}

func (c *compiler) respond(s source) *Respond {
	if !c.object(s) {
		return nil
	}
	c.keys(s, respondKeyNames)
	out := &Respond{Type: orText(s.value.Get("type").Str(), "json"), Status: c.tree(s, "status"), Headers: c.flat(s, "headers"), Body: c.tree(s, "body")}
	if !slices.Contains([]string{"json", "urlencoded", "text"}, out.Type) {
		c.problem(s, "type", fmt.Sprintf("unknown type of answer %q", out.Type), "use json, urlencoded or text")
	}
	return out
}

func (l *loader) module(c component) *Module {
	m := &Module{
		Name: c.name, Label: orText(c.text("label"), c.name), Summary: orText(c.text("description"), c.text("label")),
		Connection: c.text("connection"), Webhook: c.text("webhook"),
	}
	var static, mapped, output bool
	parameters := l.section(c, "parameters")
	m.expect, m.output, m.communication = l.section(c, "expect"), l.section(c, "interface"), l.section(c, "communication")
	m.Parameters, static = l.fields(parameters)
	m.Expect, mapped = l.fields(m.expect)
	m.Interface, output = l.fields(m.output)
	m.DynamicInput, m.DynamicOutput = static || mapped, output
	m.ExpectValue, m.InterfaceValue = m.expect.value, m.output.value
	m.samples = l.section(c, "samples")
	m.Samples = m.samples.value
	if m.communication.file == "" {
		m.communication = c.meta
		m.communication.value = value.Undefined
	}
	m.Kind = l.kind(c, m.communication.value)
	l.moduleRequests(m, c)
	m.Delivery, m.Annotated = delivery(m, c.meta.value.Get("annotations"))
	m.Examples = l.examples(c)
	l.rpcNames(parameters)
	l.rpcNames(m.expect)
	l.rpcNames(m.output)
	return m
}

// moduleRequests compiles the communication of a module.
func (l *loader) moduleRequests(m *Module, c component) {
	compiler := l.compiler()
	if m.Kind == module.Responder {
		l.keys(m.communication, responderKeyNames)
		m.Unsupported = []string{"a responder module of an app"}
		l.warn(m.communication, "", "responder modules of apps are not supported", "answer with the module Webhook response")
		return
	}
	if !m.DynamicInput {
		compiler.fields = map[string]bool{}
		fieldNames(compiler.fields, m.Parameters)
		fieldNames(compiler.fields, m.Expect)
	}
	l.noteOrigins(m.communication)
	m.Communication = compiler.communication(l.base.value, m.communication)
	if m.Kind == module.Trigger {
		l.polling(compiler, m, l.section(c, "epoch"))
	}
	m.OnlyGets = onlyGets(m.Communication)
	l.preview(compiler, m, l.section(c, "preview"))
	if m.Kind == module.InstantTrigger && m.Communication != nil {
		compiler.cannot(m.communication, "", "a request of an instant trigger", "add a module behind the trigger that asks for the rest")
	}
	m.Unsupported = l.withOAuth(compiler.unsupported, m.Connection)
}

// kind returns the kind of a module from its name or number, or from what it does where neither is given.
func (l *loader) kind(c component, communication value.Value) module.Kind {
	byName := map[string]module.Kind{
		"trigger": module.Trigger, "1": module.Trigger, "action": module.Action, "4": module.Action,
		"search": module.Search, "9": module.Search, "instant_trigger": module.InstantTrigger, "10": module.InstantTrigger,
		"responder": module.Responder, "11": module.Responder, "universal": module.Universal, "12": module.Universal,
	}
	for _, key := range []string{"moduleType", "typeId", "type"} {
		v := c.meta.value.Get(key)
		if v.IsNothing() {
			continue
		}
		if kind, ok := byName[value.Render(v)]; ok {
			return kind
		}
		l.problem(c.meta, key, fmt.Sprintf("unknown type of module %s", v.JSON()), "the types are trigger, action, search, instant_trigger, responder and universal")
		return module.Action
	}
	last := communication
	if n := communication.Len(); communication.Kind() == value.KindArray && n > 0 {
		last = communication.At(n - 1)
	}
	response := last.Get("response")
	switch {
	case !response.Get("trigger").IsUndefined():
		return module.Trigger
	case !response.Get("iterate").IsUndefined():
		return module.Search
	}
	return module.Action
}

// delivery returns what a repeated operation of the module does: what the definition says, else the most harmful of its methods.
func delivery(m *Module, annotations value.Value) (class module.Delivery, annotated bool) {
	switch {
	case annotations.Get("readOnlyHint").Truth(), m.Kind == module.Trigger: // a trigger only looks, whatever its method
		return module.Read, true
	case annotations.Get("idempotentHint").Truth():
		return module.Idempotent, true
	case value.Equal(annotations.Get("idempotentHint"), value.False):
		return module.Unsafe, true
	}
	class = module.Read
	if m.Communication == nil {
		return class, false
	}
	for _, r := range m.Communication.Requests {
		requests := []*Request{r}
		if r.Pagination != nil {
			requests = append(requests, r.Pagination.Next)
		}
		for _, r := range requests {
			class = worse(class, methodClass(r))
		}
	}
	return class, false
}

// methodClass returns what repeating a request does. With an idempotency key, the service does it once.
func methodClass(r *Request) module.Delivery {
	switch {
	case r.URL == nil || r.Method == nil:
		return module.Read
	case r.KeyHeader != "" && !r.Method.Constant():
		return module.Idempotent
	case !r.Method.Constant():
		return module.Unsafe
	}
	method, _ := r.Method.Eval(nil) // a constant has no error
	class := module.MethodDelivery(method.Str())
	if class == module.Unsafe && r.KeyHeader != "" {
		return module.Idempotent
	}
	return class
}

func worse(a, b module.Delivery) module.Delivery {
	order := []module.Delivery{module.Pure, module.Read, module.Idempotent, module.Unsafe}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// groups puts the modules into the order of the groups; those that no group names come last, as listed.
func (l *loader) groups() {
	file, ok := l.manifest.general["groups"]
	if !ok {
		return
	}
	s, _ := l.json(file)
	place := map[string]int{}
	for i, group := range s.value.Items() {
		for j, name := range group.Get("modules").Items() {
			m := l.app.Module(name.Str())
			if m == nil {
				l.problem(s, fmt.Sprintf("[%d].modules[%d]", i, j), fmt.Sprintf("there is no module %s", name.JSON()), suggestion(name.Str(), l.moduleNames()))
				continue
			}
			m.Group = group.Get("label").Str()
			place[m.Name] = len(place) - len(l.app.Modules) - 1 // before 0, the place of those not named
		}
	}
	slices.SortStableFunc(l.app.Modules, func(a, b *Module) int { return place[a.Name] - place[b.Name] })
}

func (l *loader) moduleNames() []string {
	names := make([]string, len(l.app.Modules))
	for i, m := range l.app.Modules {
		names[i] = m.Name
	}
	return names
}

func orText(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
