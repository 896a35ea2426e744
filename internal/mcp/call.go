package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
)

// schema describes the arguments of a tool.
func (t *tool) schema() map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, a := range t.arguments {
		p := map[string]any{"description": a.help}
		if a.kind != "" {
			p["type"] = a.kind
		}
		properties[a.name] = p
		if a.required {
			required = append(required, a.name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// described is the tool as clients see it.
func (t *tool) described() *sdk.Tool {
	destroys, outside := t.destroys, t.changes
	return &sdk.Tool{
		Name: t.name, Title: t.title, Description: t.help, InputSchema: t.schema(),
		Annotations: &sdk.ToolAnnotations{Title: t.title, ReadOnlyHint: !t.changes, DestructiveHint: &destroys, OpenWorldHint: &outside},
	}
}

// request makes the call of the API that the arguments ask for.
func (t *tool) request(arguments json.RawMessage) (request, error) {
	given, err := readArguments(arguments)
	if err != nil {
		return request{}, err
	}
	r := request{method: t.method, path: t.path, query: url.Values{}, header: http.Header{}}
	if t.lists {
		r.query.Set("limit", strconv.Itoa(DefaultList))
	}
	body := map[string]json.RawMessage{}
	for _, a := range t.arguments {
		text, there := given[a.name]
		delete(given, a.name)
		if !there {
			if a.required {
				return r, fault.Newf(fault.BundleValidation, "The argument %s is missing.", a.name).WithField(a.name).WithHint(a.help)
			}
			continue
		}
		if a.place == inBody {
			body[a.name] = text
			continue
		}
		plain, err := a.plain(text)
		if err != nil {
			return r, err
		}
		a.put(&r, plain)
	}
	for name := range given {
		return r, fault.Newf(fault.BundleValidation, "There is no argument %.60q.", name).WithField(name).WithHint(t.argumentNames(name))
	}
	if t.dry {
		body["dry"] = json.RawMessage("true")
	}
	if len(body) > 0 {
		r.header.Set("Content-Type", "application/json")
		r.body = body
	}
	return r, t.checkLimit(r.query)
}

func (t *tool) argumentNames(near string) string {
	names := make([]string, len(t.arguments))
	for i, a := range t.arguments {
		names[i] = a.name
	}
	if n := fault.Nearest(near, names); n != "" {
		return "did you mean " + n + "?"
	}
	if len(names) == 0 {
		return "the tool takes none"
	}
	return "there are " + strings.Join(names, ", ")
}

func (t *tool) checkLimit(q url.Values) error {
	if !t.lists {
		return nil
	}
	if n, err := strconv.Atoi(q.Get("limit")); err != nil || n < 1 || n > MaxList {
		return fault.Newf(fault.BundleValidation, "limit must be 1 to %d.", MaxList).WithField("limit")
	}
	return nil
}

// readArguments reads the arguments of a call by name; null counts as left away.
func readArguments(arguments json.RawMessage) (map[string]json.RawMessage, error) {
	given := map[string]json.RawMessage{}
	if len(arguments) == 0 {
		return given, nil
	}
	if err := json.Unmarshal(arguments, &given); err != nil {
		return nil, fault.Wrap(fault.BundleValidation, err, "The arguments are not an object.")
	}
	for name, text := range given {
		if string(bytes.TrimSpace(text)) == "null" {
			delete(given, name)
		}
	}
	return given, nil
}

// plain reads an argument that goes into the address or a header: a number, a text or a truth value.
func (a *argument) plain(text json.RawMessage) (string, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&v) // it was decoded before
	plain := ""
	switch v := v.(type) {
	case string:
		plain = v
	case json.Number:
		plain = v.String()
	case bool:
		plain = strconv.FormatBool(v)
	default:
		return "", fault.Newf(fault.BundleValidation, "The argument %s must be of type %s.", a.name, a.kind).WithField(a.name)
	}
	if _, err := strconv.ParseUint(plain, 10, 63); a.kind == "integer" && err != nil {
		return "", fault.Newf(fault.BundleValidation, "The argument %s must be a whole number of 0 or more, not %.60q.", a.name, plain).WithField(a.name)
	}
	if plain == "" && a.required {
		return "", fault.Newf(fault.BundleValidation, "The argument %s is empty.", a.name).WithField(a.name)
	}
	return plain, nil
}

func (a *argument) put(r *request, plain string) {
	switch a.place {
	case inPath:
		r.path = strings.ReplaceAll(r.path, "{"+a.name+"}", url.PathEscape(plain))
	case asRevision:
		if n, err := strconv.ParseInt(plain, 10, 64); err == nil && n > 0 {
			r.header.Set("If-Match", api.ETag(n))
		}
	default:
		r.query.Set(a.name, plain)
	}
}

// about returns the thing that a call of the tool is about, as far as its arguments can be read; no kind where it is about none.
func (t *tool) about(arguments json.RawMessage) (api.Kind, int64) {
	var given struct {
		ID json.RawMessage `json:"id"`
	}
	root, rest, _ := strings.Cut(strings.TrimPrefix(t.path, "/"), "/")
	if !strings.HasPrefix(rest, "{id}") || json.Unmarshal(arguments, &given) != nil {
		return "", 0
	}
	id, err := strconv.ParseInt(strings.Trim(string(given.ID), `"`), 10, 64)
	if err != nil || id < 1 {
		return "", 0
	}
	switch root {
	case "scenarios":
		return api.OfScenario, id
	case "executions":
		return api.OfExecution, id
	case "incomplete":
		return api.OfIncomplete, id
	case "webhooks":
		return api.OfWebhook, id
	case "connections":
		return api.OfConnection, id
	case "datastores":
		return api.OfDataStore, id
	}
	return "", 0
}

// call carries the tool out.
func (t *tool) call(ctx context.Context, c *client, arguments json.RawMessage) (*sdk.CallToolResult, error) {
	r, err := t.request(arguments)
	if err != nil {
		return nil, err
	}
	answer, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return resultOf(answer)
}

// resultOf makes a result of an answer of the API. One that is too large is refused: a part of it could be taken for the whole.
func resultOf(answer json.RawMessage) (*sdk.CallToolResult, error) {
	answer = bytes.TrimSpace(answer)
	if len(answer) == 0 {
		answer = json.RawMessage(`{"done":true}`)
	}
	if len(answer) > MaxResultBytes {
		return nil, fault.Newf(fault.DataSizeLimit, "The result has %d bytes; %d are allowed.", len(answer), MaxResultBytes).
			WithHint("list fewer things at once with limit, or look at this in the web application or with the command line")
	}
	structured := answer
	if structured[0] != '{' { // structured results are objects
		structured = slices.Concat([]byte(`{"items":`), structured, []byte(`}`))
	}
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: string(structured)}}, StructuredContent: structured}, nil
}

// failed tells a failure to the program that has called, so that it can do better.
func failed(err error) *sdk.CallToolResult {
	text := "Something went wrong that should not."
	var f *fault.Error
	var problems fault.Problems
	switch {
	case errors.As(err, &problems):
		text = problems.Error()
	case errors.As(err, &f):
		text = f.Error()
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
	}
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}}}
}
