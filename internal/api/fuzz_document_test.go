package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/docs"
)

// document is the OpenAPI document as a stranger reads it.
type document struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas   map[string]*schema `json:"schemas"`
		Responses map[string]answer  `json:"responses"`
	} `json:"components"`

	operations []operation
}

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name   string  `json:"name"`
		In     string  `json:"in"`
		Schema *schema `json:"schema"`
	} `json:"parameters"`
	Body *struct {
		MaxBytes int64              `json:"x-max-bytes"`
		Content  map[string]content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]answer `json:"responses"`

	method, path string
}

type content struct {
	Schema *schema `json:"schema"`
}

type answer struct {
	Ref     string                     `json:"$ref"`
	Headers map[string]json.RawMessage `json:"headers"`
	Content map[string]content         `json:"content"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Enum       []string           `json:"enum"`
	Minimum    *int64             `json:"minimum"`
	Maximum    *int64             `json:"maximum"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

func readDocument(tb testing.TB) *document {
	tb.Helper()
	var d document
	if err := json.Unmarshal(docs.OpenAPI(), &d); err != nil {
		tb.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := *d.Paths[path][method]
			o.path, o.method = path, strings.ToUpper(method)
			if _, endless := o.Responses["200"].Content["text/event-stream"]; endless {
				continue
			}
			d.operations = append(d.operations, o)
		}
	}
	if len(d.operations) == 0 {
		tb.Fatal("the document has no operations")
	}
	return &d
}

func (d *document) resolve(s *schema) *schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.Components.Schemas[name]
	}
	return s
}

// checkSuccess checks an answer of an operation that went well.
func (d *document) checkSuccess(o *operation, w *httptest.ResponseRecorder) error {
	promised, ok := o.Responses[strconv.Itoa(w.Code)]
	if !ok {
		return errors.New("the document does not have this status")
	}
	if _, ok := promised.Headers["ETag"]; ok != (w.Header().Get("ETag") != "") {
		return fmt.Errorf("ETag: promised %t", ok)
	}
	if len(promised.Content) == 0 {
		if w.Body.Len() > 0 {
			return errors.New("no answer was promised")
		}
		return nil
	}
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	form, ok := promised.Content[media]
	if !ok {
		return fmt.Errorf("the document does not have the media type %q", media)
	}
	if media != "application/json" {
		return nil
	}
	return d.checkJSON(form.Schema, w.Body.Bytes())
}

// checkProblem checks an answer that is no success.
func (d *document) checkProblem(w *httptest.ResponseRecorder) error {
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("the media type is %q, want problem details", got)
	}
	var p struct{ Type, Title, Detail string }
	var status struct{ Status int }
	if err := errors.Join(json.Unmarshal(w.Body.Bytes(), &p), json.Unmarshal(w.Body.Bytes(), &status)); err != nil {
		return fmt.Errorf("problem details: %w", err)
	}
	if status.Status != w.Code || !strings.HasPrefix(p.Type, "urn:ropeway:error:") || p.Title == "" || p.Detail == "" {
		return errors.New("the problem details lack something")
	}
	return d.checkJSON(d.Components.Schemas["Problem"], w.Body.Bytes())
}

func (d *document) checkJSON(s *schema, data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the answer is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is more behind the answer")
	}
	return d.check(s, v, "answer")
}

// check holds a value against a schema; what the schema does not name must not be there.
func (d *document) check(s *schema, v any, at string) error {
	s = d.resolve(s)
	wrong := fmt.Errorf("%s: %T is no %s", at, v, s.Type)
	switch s.Type {
	case "":
		return nil
	case "object":
		fields, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		return d.checkFields(s, fields, at)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		for i, x := range list {
			if err := d.check(s.Items, x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case "string":
		text, ok := v.(string)
		if !ok {
			return wrong
		}
		return checkText(s, text, at)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong
		}
	case "integer", "number":
		return checkNumber(s, v, at)
	}
	return nil
}

func (d *document) checkFields(s *schema, fields map[string]any, at string) error {
	for _, name := range s.Required {
		if _, ok := fields[name]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	var additional schema
	open := len(s.Additional) > 0 && string(s.Additional) != "false"
	if open {
		if err := json.Unmarshal(s.Additional, &additional); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	for name, x := range fields {
		of, ok := s.Properties[name]
		if !ok && !open {
			return fmt.Errorf("%s: %s is not in the document", at, name)
		}
		if !ok {
			of = &additional
		}
		if err := d.check(of, x, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func checkText(s *schema, text, at string) error {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return fmt.Errorf("%s: %q is none of %q", at, text, s.Enum)
	}
	if s.Format == "date-time" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

func checkNumber(s *schema, v any, at string) error {
	number, ok := v.(json.Number)
	if !ok {
		return fmt.Errorf("%s: %T is no %s", at, v, s.Type)
	}
	if s.Type == "number" {
		return nil
	}
	n, err := number.Int64()
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if s.Minimum != nil {
		least = *s.Minimum
	}
	if s.Maximum != nil {
		most = *s.Maximum
	}
	if n < least || n > most {
		return fmt.Errorf("%s: %d is not between %d and %d", at, n, least, most)
	}
	return nil
}
