package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/docs"
	"github.com/ropeway/ropeway/internal/access"
)

//go:generate go run ./genapi ../../docs/openapi.json ../../docs/api.md

// Texts tells what the comments of the source say of a type. The document of the interface is made of the routes, of the types that
// they take and give, and of these.
type Texts func(reflect.Type) TypeText

// TypeText is what the comments of a type say.
type TypeText struct {
	Doc    string            // of the type, "" for none
	Fields map[string]string // of its fields, by their names in Go
}

// document is an OpenAPI document, as far as this interface needs one.
type document struct {
	OpenAPI    string                           `json:"openapi"`
	Info       documentInfo                     `json:"info"`
	Servers    []documentServer                 `json:"servers"`
	Security   []requirement                    `json:"security"`
	Tags       []documentTag                    `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components components                       `json:"components"`

	routes []Route
}

type documentInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type documentServer struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
}

type documentTag struct {
	Name string `json:"name"`
}

// requirement is a way to be known, by the name of a security scheme.
type requirement map[string][]string

// operation is what one route is in the document.
type operation struct {
	OperationID string                   `json:"operationId"`
	Tags        []string                 `json:"tags"`
	Summary     string                   `json:"summary"`
	Description string                   `json:"description"`
	Security    *[]requirement           `json:"security,omitempty"` // nil = as the document says
	Right       access.Right             `json:"x-right"`
	Of          Kind                     `json:"x-of,omitempty"` // whose thing the path names, for the right
	Parameters  []parameterObject        `json:"parameters,omitempty"`
	Body        *bodyObject              `json:"requestBody,omitempty"`
	Responses   map[string]*answerObject `json:"responses"`
}

type parameterObject struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Style       string  `json:"style,omitempty"`
	Explode     *bool   `json:"explode,omitempty"`
	Schema      *schema `json:"schema"`
}

type bodyObject struct {
	Description string                 `json:"description"`
	Required    bool                   `json:"required"`
	MaxBytes    int64                  `json:"x-max-bytes"`
	Content     map[string]mediaObject `json:"content"`
}

type mediaObject struct {
	Schema *schema `json:"schema"`
}

type answerObject struct {
	Ref         string                  `json:"$ref,omitempty"`
	Description string                  `json:"description,omitempty"`
	Headers     map[string]headerObject `json:"headers,omitempty"`
	Content     map[string]mediaObject  `json:"content,omitempty"`
}

type headerObject struct {
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type components struct {
	Schemas         map[string]*schema        `json:"schemas"`
	Responses       map[string]*answerObject  `json:"responses"`
	SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Scheme      string `json:"scheme,omitempty"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
}

// The names of the security schemes.
const (
	sessionScheme = "session"
	tokenScheme   = "token"
)

// WriteOpenAPI writes the OpenAPI document of all routes as JSON. Errors are those of w.
func WriteOpenAPI(w io.Writer, texts Texts) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(describe(Routes(Services{}), texts)); err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return nil
}

// describe makes the document of routes.
func describe(routes []Route, texts Texts) *document {
	s := newSchemas(texts, routes)
	s.ofProblem() // so that no other type takes its name
	d := &document{
		OpenAPI: "3.1.0",
		Info:    documentInfo{Title: "Ropeway", Version: strings.TrimPrefix(Prefix, "/api/"), Description: aboutInterface},
		Servers: []documentServer{{URL: Prefix, Description: "this installation"}},
		Security: []requirement{
			{sessionScheme: {}},
			{tokenScheme: {}},
		},
		Paths:  map[string]map[string]*operation{},
		routes: routes,
	}
	for i := range routes {
		r := &routes[i]
		if tag := r.group(); !slices.Contains(d.Tags, documentTag{tag}) {
			d.Tags = append(d.Tags, documentTag{tag})
		}
		path := r.path()
		if d.Paths[path] == nil {
			d.Paths[path] = map[string]*operation{}
		}
		d.Paths[path][strings.ToLower(r.Method)] = describeRoute(r, s)
	}
	d.Components = components{Responses: refusals(s), SecuritySchemes: securitySchemes()}
	d.Components.Schemas = s.named
	return d
}

const aboutInterface = "Everything that people and programs do with one installation of Ropeway. Answers that are no success are problem details " +
	"(RFC 9457). An ETag that is sent back as If-Match makes a change of something that was changed in between fail with 412. A request " +
	"with an Idempotency-Key is carried out once, however often it is sent. Bodies are decoded strictly: a field that is not known is refused."

func securitySchemes() map[string]securityScheme {
	return map[string]securityScheme{
		sessionScheme: {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "The session of somebody who signed in. Over HTTPS the name of the cookie begins with " + hostPrefix + "."},
		tokenScheme:   {Type: "http", Scheme: "bearer", Description: "An API token. It reaches nothing beyond its scopes, which are rights as x-right names them."},
	}
}

// group is the part of the name of a route by which routes are put together.
func (r *Route) group() string {
	group, _, _ := strings.Cut(r.Name, ".")
	return group
}

var wildcardTable = regexp.MustCompile(`\{([A-Za-z0-9_]+)(\.\.\.)?\}`)

// path is the pattern of the route as OpenAPI writes it.
func (r *Route) path() string {
	return strings.TrimSuffix(wildcardTable.ReplaceAllString(r.Pattern, "{$1}"), "{$}")
}

// pathNames lists the parameters of the path.
func (r *Route) pathNames() []string {
	var names []string
	for _, match := range wildcardTable.FindAllStringSubmatch(r.Pattern, -1) {
		names = append(names, match[1])
	}
	return names
}

// matches reports whether the route takes the revision that it changes.
func (r *Route) matches() bool { return r.Matches || r.Method == http.MethodPatch && r.Gives != nil }

// keyed reports whether the route takes a key for requests that are sent again.
func (r *Route) keyed() bool { return r.changes() && r.Needs != access.Public }

func (r *Route) maxBytes() int64 { return cmp.Or(r.MaxBytes, MaxBodyBytes) }

func describeRoute(r *Route, s *schemas) *operation {
	o := &operation{
		OperationID: r.Name, Tags: []string{r.group()}, Summary: r.Summary, Description: r.rightText(), Right: r.Needs, Of: r.Of,
		Parameters: describeParameters(r), Responses: map[string]*answerObject{},
	}
	if r.Needs == access.Public {
		o.Security = &[]requirement{}
	}
	if r.Takes != nil {
		of := s.of(reflect.TypeOf(r.Takes))
		o.Body = &bodyObject{
			Description: "At most " + sizeText(r.maxBytes()) + ".", Required: s.needed(reflect.TypeOf(r.Takes)), MaxBytes: r.maxBytes(),
			Content: r.contents(of, ""),
		}
	}
	o.Responses[strconv.Itoa(r.successStatus())] = describeSuccess(r, s)
	for _, status := range r.refusals() {
		o.Responses[strconv.Itoa(status)] = &answerObject{Ref: "#/components/responses/" + refusalName(status)}
	}
	o.Responses["default"] = &answerObject{Ref: "#/components/responses/" + otherRefusal}
	return o
}

// rightText says in words who may call the route.
func (r *Route) rightText() string {
	if r.Needs == access.Public {
		return "Whoever reaches the address may call this."
	}
	text := fmt.Sprintf("Needs the right `%s`", r.Needs)
	switch r.Of {
	case Global:
		return text + "."
	case Teams:
		return text + " in a team; works with the teams in which the caller has it."
	case OfTeam, OfOrganization:
		return text + fmt.Sprintf(" in the %s.", r.Of)
	default:
		return text + fmt.Sprintf(" in the team that owns the %s.", r.Of)
	}
}

// contents are the forms of a body or an answer: files also come as CSV.
func (r *Route) contents(of *schema, media string) map[string]mediaObject {
	all := map[string]mediaObject{cmp.Or(media, "application/json"): {of}}
	if slices.ContainsFunc(r.Query, func(p Parameter) bool { return p.Name == formatParameter }) {
		all["text/csv"] = mediaObject{&schema{Type: "string", Description: "The first line names the fields."}}
	}
	return all
}

// successStatus is the status of the answer that the document promises.
func (r *Route) successStatus() int { return r.success(r.Gives) }

func describeSuccess(r *Route, s *schemas) *answerObject {
	a := &answerObject{Description: "Done.", Headers: map[string]headerObject{}}
	if r.Gives != nil {
		a.Description = "The answer."
		switch of := reflect.TypeOf(r.Gives); {
		case r.Streams:
			a.Description = "Server-sent events, for as long as something follows. The data of the first kind of them is described."
			a.Content = r.contents(s.of(of), "text/event-stream")
		case r.Media != "":
			a.Description = "A file."
			a.Content = map[string]mediaObject{r.Media: {&schema{Type: "string", Format: "binary"}}}
		default:
			a.Content = r.contents(s.of(of), "")
		}
		if _, ok := r.Gives.(revised); ok {
			a.Headers["ETag"] = headerObject{"The revision, for If-Match.", &schema{Type: "string"}}
		}
	}
	if r.keyed() {
		a.Headers["Idempotent-Replayed"] = headerObject{
			"`true` where a request with the same Idempotency-Key was carried out before, and this is the answer to that one.", &schema{Type: "string"},
		}
	}
	return a
}

// documentRoutes give the document out.
func documentRoutes() []Route {
	return []Route{{
		Method: http.MethodGet, Pattern: "/openapi.json", Name: "document.get", Needs: access.UseReference,
		Summary: "Show the OpenAPI document of this interface", Gives: json.RawMessage{},
		handle: func(*call) (any, error) {
			return stream{"application/json", func(w io.Writer) error {
				_, err := w.Write(docs.OpenAPI())
				return err
			}}, nil
		},
	}}
}
