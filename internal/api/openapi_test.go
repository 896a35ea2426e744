package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/docs"
	"github.com/ropeway/ropeway/internal/value"
)

// published reads the document that is given out.
func published(tb testing.TB) *document {
	tb.Helper()
	var d document
	if err := json.Unmarshal(docs.OpenAPI(), &d); err != nil {
		tb.Fatal(err)
	}
	return &d
}

func TestEveryRouteIsInTheDocument(t *testing.T) {
	t.Parallel()
	d := published(t)
	left := map[string]bool{}
	for path, methods := range d.Paths {
		for method := range methods {
			left[strings.ToUpper(method)+" "+path] = true
		}
	}
	ids := map[string]bool{}
	for _, r := range Routes(Services{}) {
		name := r.Method + " " + r.path()
		if !left[name] {
			t.Errorf("%s is not in the document: run go generate ./internal/api", name)
			continue
		}
		delete(left, name)
		o := d.Paths[r.path()][strings.ToLower(r.Method)]
		if o.OperationID != r.Name || o.Right != r.Needs || ids[o.OperationID] {
			t.Errorf("%s: got operation %q with the right %q, want %q with %q, once", name, o.OperationID, o.Right, r.Name, r.Needs)
		}
		ids[o.OperationID] = true
	}
	for name := range left {
		t.Errorf("the document has %s, which is no route", name)
	}
}

func TestReferencesOfTheDocumentResolve(t *testing.T) {
	t.Parallel()
	d := published(t)
	var doc map[string]any
	if err := json.Unmarshal(docs.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(doc)
	for name, s := range d.Components.Schemas {
		if !used[schemaPrefix+name] {
			t.Errorf("the schema %s is used nowhere", name)
		}
		if s.Description == "" {
			t.Errorf("the type %s has no comment", name)
		}
		delete(used, schemaPrefix+name)
	}
	for name := range d.Components.Responses {
		delete(used, "#/components/responses/"+name)
	}
	for ref := range used {
		t.Errorf("%s leads nowhere", ref)
	}
}

func TestDocumentIsGivenOut(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	New(Services{}, Options{Auth: Trusted{}}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, Prefix+"/openapi.json", nil))
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), docs.OpenAPI()) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d with %d bytes of %s", w.Code, w.Body.Len(), w.Header().Get("Content-Type"))
	}
}

// Sample types, in which everything occurs that types of routes may have.
type (
	drawn struct {
		Part
		Number   int64           `json:"number"`
		Word     string          `json:"word,omitempty" enum:"a,b"`
		At       time.Time       `json:"at,omitzero"`
		Any      value.Value     `json:"any"`
		Raw      json.RawMessage `json:"raw,omitempty"`
		Bytes    []byte          `json:"bytes,omitempty"`
		List     []*Part         `json:"list"`
		By       map[int64]Part  `json:"by,omitempty"`
		Self     *drawn          `json:"self,omitempty"`
		Choices  loose           `json:"choices"`
		Hidden   string          `json:"-"`
		internal string
	}
	// Part is embedded.
	Part struct {
		Small uint32 `json:"small"`
	}
	loose struct {
		Maybe bool `json:"maybe,omitempty"`
	}
)

func TestSchemasOfTypes(t *testing.T) {
	t.Parallel()
	_ = drawn{internal: ""}
	s := newSchemas(func(reflect.Type) TypeText { return TypeText{} }, []Route{{Takes: drawn{}}})
	page := s.of(reflect.TypeFor[Page[drawn]]())
	data, err := json.Marshal(map[string]any{"ref": page, "named": s.named})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"named":{` +
		`"Drawn":{"type":"object","properties":{"any":{},"at":{"type":"string","format":"date-time"},` +
		`"by":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Part"}},"bytes":{"type":"string","format":"byte"},` +
		`"choices":{"$ref":"#/components/schemas/Loose"},"list":{"type":"array","items":{"$ref":"#/components/schemas/Part"}},` +
		`"number":{"type":"integer","format":"int64"},"raw":{},"self":{"$ref":"#/components/schemas/Drawn"},` +
		`"small":{"type":"integer","format":"int64","minimum":0},"word":{"type":"string","enum":["a","b"]}},` +
		`"required":["small","number","any","list"],"additionalProperties":false},` +
		`"Loose":{"type":"object","properties":{"maybe":{"type":"boolean"}},"additionalProperties":false},` +
		`"PageOfDrawn":{"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/Drawn"}},"next":{"type":"string"}},"required":["items"]},` +
		`"Part":{"type":"object","properties":{"small":{"type":"integer","format":"int64","minimum":0}},"required":["small"],"additionalProperties":false}},` +
		`"ref":{"$ref":"#/components/schemas/PageOfDrawn"}}`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
}

func TestRoutesThatTakeARevision(t *testing.T) {
	t.Parallel()
	for _, r := range Routes(Services{}) {
		has := slices.ContainsFunc(describeParameters(&r), func(p parameterObject) bool { return p.Name == "If-Match" })
		if has != r.matches() || has != slices.Contains(r.refusals(), http.StatusPreconditionFailed) {
			t.Errorf("%s: If-Match and 412 belong together", r.Name)
		}
		if r.Matches && !r.changes() {
			t.Errorf("%s changes nothing, and takes a revision", r.Name)
		}
	}
}
