package api

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// WriteReference writes docs/api.md: the same as the OpenAPI document, for people who read. Errors are those of w.
func WriteReference(w io.Writer, texts Texts) error {
	routes := Routes(Services{})
	r := reference{w: w, document: describe(routes, texts)}
	r.line(referenceHead)
	r.statuses()
	for _, tag := range r.document.Tags {
		r.line("\n## " + strings.ToUpper(tag.Name[:1]) + tag.Name[1:])
		for i := range routes {
			if routes[i].group() == tag.Name {
				r.route(&routes[i])
			}
		}
	}
	r.line("\n## Types\n\nA field with a ° may be left away, or is left away where there is nothing to say.")
	for _, name := range slices.Sorted(maps.Keys(r.document.Components.Schemas)) {
		r.schema(name, r.document.Components.Schemas[name])
	}
	return r.err
}

const referenceHead = `<!-- Written by "go generate ./internal/api"; edit the routes and the comments of their types. -->

# API

Everything that people and programs do with one installation goes through these routes, as [openapi.json](openapi.json) says it for
programs; a server gives it out at ` + "`GET " + Prefix + "/openapi.json`" + `. All paths stand behind ` + "`" + Prefix + "`" + `.

- **Bodies** are JSON in UTF-8. A field that is not known is refused, and so is a parameter of the query.
- **Rights.** Each route needs one right; API tokens have rights as their scopes. What the caller may not know of answers as if it were not there.
- **Listings** come in pages: ` + "`next`" + ` is the ` + "`after`" + ` of the following one, and the last page has none.
- **Revisions.** An answer with a revision has it as its ` + "`ETag`" + `. Sent back as ` + "`If-Match`" + `, a change of something that was changed in between
  fails with 412.
- **Sending again.** Every route that changes something takes an ` + "`Idempotency-Key`" + `: a request that is sent again with the same key is answered as
  before, and not carried out again. ` + "`Idempotent-Replayed: true`" + ` tells so.
- **Refusals** are problem details (RFC 9457) of the type ` + "`application/problem+json`" + `: see [Problem](#problem).
`

// reference writes lines and keeps the first failure.
type reference struct {
	w        io.Writer
	document *document
	err      error
}

func (r *reference) line(format string, args ...any) {
	if r.err != nil {
		return
	}
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	_, r.err = fmt.Fprintln(r.w, format)
}

func (r *reference) statuses() {
	r.line("| status | means |")
	r.line("|---|---|")
	for _, status := range allRefusals() {
		r.line("| %d %s | %s |", status, http.StatusText(status), refusalText(status))
	}
	r.line("| others | %s |", r.document.Components.Responses[otherRefusal].Description)
}

func (r *reference) route(route *Route) {
	o := r.document.Paths[route.path()][strings.ToLower(route.Method)]
	r.line("\n### %s %s", route.Method, route.path())
	r.line("\n%s. %s `%s`", strings.TrimSuffix(o.Summary, "."), o.Description, o.OperationID)
	parameters := slices.DeleteFunc(slices.Clone(o.Parameters), func(p parameterObject) bool { return p.Name == keyHeader })
	if len(parameters) > 0 {
		r.line("\n| parameter | in | type | |")
		r.line("|---|---|---|---|")
		for _, p := range parameters {
			r.line("| `%s` | %s | %s | %s |", p.Name, p.In, r.typeText(p.Schema), cell(p.Description))
		}
	}
	r.line("")
	if o.Body != nil {
		r.line("Takes %s. %s", r.contents(o.Body.Content), o.Body.Description)
	}
	status := strconv.Itoa(route.successStatus())
	answer := o.Responses[status]
	if len(answer.Content) > 0 {
		status += " with " + r.contents(answer.Content)
	}
	if _, ok := answer.Headers["ETag"]; ok {
		status += " and its ETag"
	}
	var refused []string
	for _, code := range route.refusals() {
		refused = append(refused, strconv.Itoa(code))
	}
	r.line("Answers %s; refuses with %s.", status, strings.Join(refused, ", "))
}

func (r *reference) contents(all map[string]mediaObject) string {
	var forms []string
	for _, media := range slices.Sorted(maps.Keys(all)) {
		switch media {
		case "application/json":
			forms = append(forms, r.typeText(all[media].Schema))
		case "text/event-stream":
			forms = append(forms, "a stream of events with "+r.typeText(all[media].Schema))
		default:
			forms = append(forms, "`"+media+"`")
		}
	}
	return strings.Join(forms, " or ")
}

func (r *reference) schema(name string, s *schema) {
	r.line("\n### %s", name)
	if s.Description != "" {
		r.line("\n%s", s.Description)
	}
	if len(s.order) == 0 {
		return
	}
	r.line("\n| field | type | |")
	r.line("|---|---|---|")
	for _, field := range s.order {
		mark := "°"
		if slices.Contains(s.Required, field) {
			mark = ""
		}
		p := s.Properties[field]
		r.line("| `%s`%s | %s | %s |", field, mark, r.typeText(p), cell(p.Description))
	}
}

// typeText says what a schema allows, on one line of a table.
func (r *reference) typeText(s *schema) string {
	if name, ok := strings.CutPrefix(s.Ref, schemaPrefix); ok {
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	}
	if len(s.Enum) > 0 {
		quoted := make([]string, len(s.Enum))
		for i, choice := range s.Enum {
			quoted[i] = "`" + choice + "`"
			if choice == "" {
				quoted[i] = "nothing"
			}
		}
		return strings.Join(quoted, ", ")
	}
	switch {
	case s.Type == "array":
		return "list of " + r.typeText(s.Items)
	case s.Type == "":
		return "any JSON"
	case s.Format == "date-time":
		return "time"
	}
	if more, ok := s.Additional.(*schema); ok {
		return "object of " + r.typeText(more)
	}
	return s.Type
}

// cell keeps a text inside one cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace(text)
}

// sizeText says a number of bytes in the largest unit that goes into it.
func sizeText(bytes int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes >= unit.size && bytes%unit.size == 0 {
			return strconv.FormatInt(bytes/unit.size, 10) + " " + unit.name
		}
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}
