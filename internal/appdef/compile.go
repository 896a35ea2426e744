package appdef

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// compiler turns the objects of one component into requests.
type compiler struct {
	folder    *folder
	functions []string // names of the app's JavaScript functions
	// quiet compiles what has been reported already: a request with its base merged in.
	quiet       bool
	unsupported []string
	// fields are the names that "parameters" has; nil where they are not known.
	fields map[string]bool
	// also are names that expressions can read beside those that all can.
	also []string
}

func (c *compiler) problem(s source, relative, problem, hint string) {
	if !c.quiet {
		c.folder.problem(s, relative, problem, hint)
	}
}

func (c *compiler) keys(s source, allowed []string) {
	if !c.quiet {
		c.folder.keys(s, allowed)
	}
}

// cannot notes something that the definition needs and Ropeway does not do; the module is then not run.
func (c *compiler) cannot(s source, relative, what, hint string) {
	if !slices.Contains(c.unsupported, what) {
		c.unsupported = append(c.unsupported, what)
	}
	if !c.quiet {
		c.folder.warn(s, relative, what+" is not supported", hint)
	}
}

// tree compiles the member key of s, nil where it is missing or null.
func (c *compiler) tree(s source, key string) *expression.Tree {
	if s.value.Get(key).IsNothing() {
		return nil
	}
	return c.whole(s.at(key))
}

// whole compiles all of s.
func (c *compiler) whole(s source) *expression.Tree {
	tree, problems := expression.CompileTree(s.value, expression.App)
	for _, p := range problems {
		if name := c.ownFunction(p); name != "" {
			c.cannot(s, p.Path, "the JavaScript function "+name+"()", "write the same with built-in functions; scripts of apps are never executed")
			continue
		}
		if p.Warning {
			if !c.quiet {
				c.folder.warn(s, p.Path, p.Problem, p.Hint)
			}
			continue
		}
		c.problem(s, p.Path, p.Problem, p.Hint)
	}
	if !c.quiet {
		tree.Walk(func(at string, t *expression.Template) { c.references(s, at, t) })
	}
	return tree
}

// roots are the names that expressions of apps can read.
func roots() []string {
	return []string{
		"parameters", "connection", "common", "data", "temp", "environment", "scenario", "metadata", "body", "headers", "statusCode",
		"item", "output", "iterate", "pagination", "query", "method", "webhook", "payload", "oauth",
	}
}

// references warns of names that are never there: they would silently be nothing.
func (c *compiler) references(s source, at string, t *expression.Template) {
	for _, r := range t.References() {
		switch {
		case r.Module != 0:
			c.folder.warn(s, at, fmt.Sprintf("column %d: %d is the number of a module", r.Column, r.Module), "apps know nothing of the scenario's modules")
		case !slices.Contains(roots(), r.Name) && !slices.Contains(c.also, r.Name):
			c.folder.warn(s, at, fmt.Sprintf("column %d: there is no %q here", r.Column, r.Name), suggestion(r.Name, append(roots(), c.also...)))
		case r.Name == "parameters" && c.fields != nil && len(r.Path) > 0 && !strings.HasPrefix(r.Path[0], "[") && !c.fields[r.Path[0]]:
			c.folder.warn(s, at, fmt.Sprintf("column %d: there is no field %q", r.Column, r.Path[0]), suggestion(r.Path[0], slices.Sorted(maps.Keys(c.fields))))
		}
	}
}

// ownFunction returns the name of the app's own function that p says to be unknown.
func (c *compiler) ownFunction(p fault.Problem) string {
	_, name, found := strings.Cut(p.Problem, "unknown function '")
	if !found {
		return ""
	}
	name, _, _ = strings.Cut(name, "'")
	if slices.Contains(c.functions, strings.TrimPrefix(name, "iml.")) {
		return name
	}
	return ""
}

// object reports whether s is an object, and notes a problem where it is something else than nothing.
func (c *compiler) object(s source) bool {
	if s.value.Kind() == value.KindCollection {
		return true
	}
	if !s.value.IsNothing() {
		c.problem(s, "", fmt.Sprintf("expected an object, got a %s", s.value.Kind()), "")
	}
	return false
}

// communication compiles the requests of s, nil where there is none.
func (c *compiler) communication(base value.Value, s source) *Communication {
	if s.value.IsEmpty() {
		return nil
	}
	parts := []source{s}
	if s.value.Kind() == value.KindArray {
		parts = parts[:0]
		for i := range s.value.Items() {
			parts = append(parts, s.item(i))
		}
	}
	if len(parts) > MaxRequests {
		c.problem(s, "", fmt.Sprintf("there are %d requests; %d are allowed", len(parts), MaxRequests), "")
		parts = parts[:MaxRequests]
	}
	out := &Communication{}
	for _, part := range parts {
		if !c.object(part) {
			continue
		}
		c.request(part) // for the problems, with their lines
		c.quiet = true
		part.value = inherit(base, part.value)
		out.Requests = append(out.Requests, c.request(part))
		c.quiet = false
	}
	return out
}

// request compiles one request as it stands.
func (c *compiler) request(s source) *Request {
	c.keys(s, requestKeyNames)
	for _, key := range []string{"oauth", "aws", "endpoint", "input"} {
		if !s.value.Get(key).IsEmpty() {
			c.cannot(s, key, "the directive "+key, "")
		}
	}
	r := &Request{
		URL: c.tree(s, "url"), Method: c.method(s), Headers: c.flat(s, "headers"), Query: c.flat(s, "qs"), Body: c.tree(s, "body"),
		TrustedHost: trustedHost(s.value.Get("url").Str()), BodyType: c.bodyType(s), EncodeURL: s.value.Get("encodeUrl").IsUndefined() || s.value.Get("encodeUrl").Truth(),
		Temp: c.flat(s, "temp"), CA: c.tree(s, "ca"), Timeout: c.milliseconds(s, "timeout", MaxTimeout),
		Redirects: redirects(s.value), Sanitize: c.sanitize(s.at("log")),
		Repeat: c.repeat(s.at("repeat")), Response: c.response(s.at("response")),
	}
	if condition := s.at("condition"); condition.value.Kind() == value.KindCollection {
		c.keys(condition, conditionKeyNames)
		r.Condition, r.Default = c.tree(condition, "condition"), c.tree(condition, "default")
	} else {
		r.Condition = c.tree(s, "condition")
	}
	r.KeyHeader = c.keyHeader(s)
	if r.Pagination = c.pagination(s); r.Pagination != nil {
		r.Pagination.Next.KeyHeader = r.KeyHeader
	}
	return r
}

func (c *compiler) keyHeader(s source) string {
	v := s.value.Get("idempotencyHeader")
	if v.IsNothing() {
		return ""
	}
	if !module.ValidKeyHeader(v.Str()) {
		c.problem(s, "idempotencyHeader", "a header for idempotency keys cannot be called "+v.JSON(), "write the name that the service documents, such as Idempotency-Key")
		return ""
	}
	return v.Str()
}

// methods are those that can be sent; others are mistakes.
func methods() []string { return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} }

func (c *compiler) method(s source) *expression.Tree {
	t := c.tree(s, "method")
	if t == nil {
		return nil
	}
	if v := s.value.Get("method"); t.Constant() && !slices.Contains(methods(), strings.ToUpper(v.Str())) {
		c.problem(s, "method", fmt.Sprintf("unknown method %s", v.JSON()), "use one of "+strings.Join(methods(), ", "))
	}
	return t
}

// flat compiles an object of headers, of the query string or of temporary values.
func (c *compiler) flat(s source, key string) *expression.Tree {
	v := s.value.Get(key)
	if k := v.Kind(); k != value.KindCollection && k != value.KindText && !v.IsNothing() {
		c.problem(s, key, fmt.Sprintf("expected an object, got a %s", k), "")
		return nil
	}
	return c.tree(s, key)
}

func (c *compiler) bodyType(s source) BodyType {
	v := s.value.Get("type")
	switch v.Str() {
	case "", "json":
		if v.IsEmpty() || v.Str() != "" {
			return BodyJSON
		}
	case "urlencoded":
		return BodyURLEncoded
	case "multipart/form-data", "multipart":
		return BodyMultipart
	case "text", "string", "raw":
		return BodyText
	case "binary":
		return BodyBinary
	}
	c.problem(s, "type", fmt.Sprintf("unknown type of body %s", v.JSON()), "use json, urlencoded, multipart/form-data, text or binary")
	return BodyJSON
}

// milliseconds reads a literal duration.
func (c *compiler) milliseconds(s source, key string, longest time.Duration) time.Duration {
	n := c.number(s, key, float64(longest/time.Millisecond))
	return time.Duration(n) * time.Millisecond
}

// number reads a literal number from 0 to largest, 0 where it is missing.
func (c *compiler) number(s source, key string, largest float64) float64 {
	v := s.value.Get(key)
	if v.IsNothing() {
		return 0
	}
	n, err := value.ToNumber(v)
	if err != nil || n.Float() < 0 {
		c.problem(s, key, fmt.Sprintf("expected a number of 0 or more, got %s", v.JSON()), "expressions are not possible here")
		return 0
	}
	if n.Float() > largest {
		c.problem(s, key, fmt.Sprintf("%s is more than %s", value.Render(n), value.Render(value.Number(largest))), "")
	}
	return math.Min(n.Float(), largest)
}

func redirects(v value.Value) RedirectRule {
	for _, key := range []string{"followAllRedirect", "followAllRedirects"} {
		if v.Get(key).Truth() {
			return RedirectAll
		}
	}
	for _, key := range []string{"followRedirect", "followRedirects"} {
		if value.Equal(v.Get(key), value.False) {
			return RedirectNone
		}
	}
	return RedirectSafe
}

func (c *compiler) sanitize(log source) []string {
	if !c.object(log) {
		return nil
	}
	c.keys(log, logKeyNames)
	var paths []string
	for _, v := range log.value.Get("sanitize").Items() {
		if v.Str() == "" || !strings.HasPrefix(v.Str(), "request") && !strings.HasPrefix(v.Str(), "response") {
			c.problem(log, "sanitize", fmt.Sprintf("%s is not a path", v.JSON()), "write for instance request.headers.authorization or response.body.token")
			continue
		}
		paths = append(paths, v.Str())
	}
	return paths
}

func (c *compiler) repeat(s source) *Repeat {
	if !c.object(s) {
		return nil
	}
	c.keys(s, repeatKeyNames)
	limit := c.number(s, "limit", MaxRepeats)
	if s.value.Get("limit").IsNothing() {
		limit = MaxRepeats
	}
	return &Repeat{Condition: c.tree(s, "condition"), Delay: c.milliseconds(s, "delay", MaxRepeatDelay), Limit: int(limit)}
}

// pagination compiles the request for the next page of s.
func (c *compiler) pagination(s source) *Pagination {
	p := s.at("pagination")
	if !c.object(p) {
		return nil
	}
	c.keys(p, paginationKeyNames)
	if !p.value.Get("endpoint").IsEmpty() {
		c.cannot(p, "endpoint", "the directive endpoint", "")
	}
	b := value.NewBuilder(p.value.Len())
	for _, key := range []string{"url", "method", "headers", "qs", "body"} {
		if v := p.value.Get(key); !v.IsNothing() {
			b.Set(key, v)
		}
	}
	own, next := p, p
	own.value = b.Build()
	next.value = own.value
	if v := p.value.Get("mergeWithParent"); v.IsUndefined() || v.Truth() {
		parent := value.NewBuilder(len(requestKeyNames))
		for _, key := range []string{"url", "method", "headers", "qs", "body"} {
			if v := s.value.Get(key); !v.IsNothing() {
				parent.Set(key, v)
			}
		}
		body := own.value.Get("body")
		next.value = merge(parent.Build(), own.value, false)
		if !body.IsUndefined() {
			next.value = next.value.With("body", body) // replaced, not merged
		}
	}
	c.pageRequest(own)
	loud := c.quiet
	c.quiet = true
	out := &Pagination{Condition: nil, Next: c.pageRequest(next)}
	c.quiet = loud
	out.Condition = c.tree(p, "condition")
	out.Direct = !reads(out.Next, "body", "headers", "statusCode", "temp", "item", "output", "iterate") && reads(out.Next, "pagination")
	return out
}

func (c *compiler) pageRequest(s source) *Request {
	return &Request{
		URL: c.tree(s, "url"), Method: c.method(s), Headers: c.flat(s, "headers"), Query: c.flat(s, "qs"), Body: c.tree(s, "body"),
		TrustedHost: trustedHost(s.value.Get("url").Str()),
	}
}

// trustedHost reports whether the scheme and host of a URL template depend on nothing but the connection and the app itself.
func trustedHost(text string) bool {
	host, ok := hostPart(text)
	if !ok {
		return false
	}
	t, err := expression.Parse(host, expression.App)
	if err != nil {
		return false
	}
	for _, r := range t.References() {
		if r.Name != "connection" && r.Name != "common" {
			return false
		}
	}
	return true
}

// hostPart returns the template up to the slash that ends the host. It returns false where what follows could go on with the host.
func hostPart(text string) (string, bool) {
	depth, slashes := 0, 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "}}"):
			depth--
			i++
		case depth > 0:
		case strings.HasPrefix(text[i:], "://"):
			i += len("://") - 1
			slashes++
		case text[i] == '/' && (slashes > 0 || i > 0):
			// "https:/" and a mapped "/host" would be an address too, so without :// the slash must follow an expression.
			return text[:i], slashes > 0 || strings.HasSuffix(text[:i], "}}")
		case text[i] == '\\' || text[i] == '?' || text[i] == '#' || text[i] == '@':
			return "", false
		}
	}
	return text, text != "" && depth == 0
}
