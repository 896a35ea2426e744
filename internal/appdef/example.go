package appdef

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Example is a run of a module written down: what goes in, which requests are made and answered, what comes out.
// Examples are documentation that tests execute.
type Example struct {
	Name, File string
	Connection value.Value // form values and saved data
	Parameters value.Value // static and mapped fields
	Exchanges  []Exchange
	Webhook    *WebhookCall // for instant triggers, in place of Exchanges
	// Cursor says how far a polling trigger had come, CursorAfter how far it has come then; undefined: never ran, not compared.
	Cursor, CursorAfter value.Value
	Output              []value.Value
	Error               *ExampleError // nil where the run succeeds
}

// Exchange is one expected request and the answer to it.
type Exchange struct {
	Method, URL string // URL without query; a path is joined to the base address
	// Query and Body must be equal to what is sent (undefined: nothing is sent); Headers must be among what is sent.
	Query, Headers, Body value.Value

	Status          int
	ResponseHeaders value.Value
	ResponseBody    value.Value // a text is sent as it is, everything else as JSON
}

// WebhookCall is a call that a webhook receives.
type WebhookCall struct {
	Method               string
	Query, Headers, Body value.Value // a text Body is sent as it is, everything else as JSON
}

// ExampleError is the failure that an example expects. An empty Message matches every message.
type ExampleError struct {
	Kind    fault.Kind
	Message string
}

// examples reads the folder examples beside the files of a module.
func (l *loader) examples(c component) []Example {
	dir := ""
	for _, section := range []string{"communication", "interface", "samples", "expect", "parameters"} {
		if file, ok := c.files[section]; ok {
			dir = path.Join(path.Dir(file), "examples")
			break
		}
	}
	if dir == "" {
		return nil
	}
	var list []Example
	for _, entry := range l.list(dir) {
		if !strings.HasSuffix(entry.Name(), ".json") || entry.IsDir() {
			continue
		}
		if s, ok := l.json(path.Join(dir, entry.Name())); ok {
			list = append(list, l.example(s))
		}
	}
	return list
}

func (l *loader) example(s source) Example {
	l.keys(s, exampleKeyNames)
	file := path.Base(s.file)
	e := Example{
		Name: orText(s.value.Get("name").Str(), strings.TrimSuffix(file, ".json")), File: s.file,
		Connection: s.value.Get("connection"), Parameters: s.value.Get("parameters"), Output: s.value.Get("output").Items(),
		Cursor: s.value.Get("cursor"), CursorAfter: s.value.Get("cursorAfter"),
	}
	for i := range s.value.Get("exchanges").Items() {
		e.Exchanges = append(e.Exchanges, l.exchange(s.at("exchanges").item(i)))
	}
	if w := s.at("webhook"); w.value.Kind() == value.KindCollection {
		l.keys(w, exampleWebhookKeyNames)
		e.Webhook = &WebhookCall{
			Method: orText(w.value.Get("method").Str(), "POST"), Query: w.value.Get("qs"), Headers: w.value.Get("headers"), Body: w.value.Get("body"),
		}
	}
	if f := s.at("error"); f.value.Kind() == value.KindCollection {
		l.keys(f, exampleErrorKeyNames)
		e.Error = &ExampleError{Kind: fault.Kind(f.value.Get("type").Str()), Message: f.value.Get("message").Str()}
		if !slices.Contains(fault.Kinds(), e.Error.Kind) {
			l.problem(f, "type", fmt.Sprintf("unknown type of error %s", f.value.Get("type").JSON()), "")
		}
	} else if s.value.Get("output").Kind() != value.KindArray {
		l.problem(s, "", "the example says neither what comes out nor how it fails", `write "output": [bundle, …] or "error": {"type": "DataError"}`)
	}
	return e
}

func (l *loader) exchange(s source) Exchange {
	l.keys(s, exampleExchangeKeyNames)
	request, response := s.at("request"), s.at("response")
	l.keys(request, exampleRequestKeyNames)
	l.keys(response, exampleResponseKeyNames)
	e := Exchange{
		Method: orText(request.value.Get("method").Str(), "GET"), URL: request.value.Get("url").Str(),
		Query: request.value.Get("qs"), Headers: request.value.Get("headers"), Body: request.value.Get("body"),
		Status: 200, ResponseHeaders: response.value.Get("headers"), ResponseBody: response.value.Get("body"),
	}
	if e.URL == "" {
		l.problem(request, "url", "the request has no url", "")
	}
	if status := response.value.Get("status"); !status.IsNothing() {
		if e.Status = int(status.Float()); e.Status < 100 || e.Status > 599 {
			l.problem(response, "status", fmt.Sprintf("%s is no HTTP status", status.JSON()), "")
		}
	}
	return e
}
