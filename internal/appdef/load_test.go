package appdef

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/module"
)

// files makes a folder of the given files.
func files(m map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range m {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// small is the least app without a problem; the cases change one file of it.
func small() map[string]string {
	return map[string]string{
		"metadata.json": `{"name": "demo", "label": "Demo"}`,
		"makecomapp.json": `{
  "fileVersion": 1,
  "generalCodeFiles": {"base": "base.iml.json"},
  "components": {
    "connection": {"key": {"label": "Key", "connectionType": "basic", "codeFiles": {"params": "key.params.json"}}},
    "rpc": {"listThings": {"label": "Things", "connection": "key", "codeFiles": {"communication": "rpc.json"}}},
    "module": {
      "getThing": {
        "label": "Get a Thing", "moduleType": "action", "connection": "key",
        "codeFiles": {"communication": "get/api.json", "mappableParams": "get/expect.json", "interface": "get/interface.json", "samples": "get/samples.json"}
      }
    }
  }
}`,
		"base.iml.json":      `{"baseUrl": "https://api.example.com", "headers": {"X-Key": "{{connection.key}}"}}`,
		"key.params.json":    `[{"name": "key", "type": "password", "label": "Key"}]`,
		"rpc.json":           `{"url": "/things", "response": {"iterate": "{{body}}", "output": {"label": "{{item.name}}", "value": "{{item.id}}"}}}`,
		"get/api.json":       "{\n  \"url\": \"/things/{{parameters.id}}\",\n  \"response\": {\"output\": \"{{body}}\"}\n}",
		"get/expect.json":    "[\n  {\"name\": \"id\", \"type\": \"select\", \"label\": \"ID\", \"options\": \"rpc://listThings\"}\n]",
		"get/interface.json": `[{"name": "id", "type": "number", "label": "ID"}]`,
		"get/samples.json":   "{\n  \"id\": 1\n}",
	}
}

func TestSmallAppHasNoProblem(t *testing.T) {
	t.Parallel()
	app, problems := Load(files(small()))
	if len(problems) > 0 {
		t.Fatalf("got problems, want none:\n%v", problems)
	}
	d := app.Describe()[0]
	if d.FullName() != "demo:getThing" || d.Label != "Get a Thing" || d.Kind != module.Action || d.Delivery != module.Read || d.Connection != "key" {
		t.Errorf("got %+v", d)
	}
	if want := []string{"https://api.example.com"}; !slices.Equal(app.Origins, want) {
		t.Errorf("origins: got %v, want %v", app.Origins, want)
	}
}

// Each case changes files of the small app; the finding must name file, line, problem and hint.
func TestProblems(t *testing.T) {
	t.Parallel()
	manifest := func(old, new string) map[string]string {
		return map[string]string{"makecomapp.json": strings.Replace(small()["makecomapp.json"], old, new, 1)}
	}
	api := func(text string) map[string]string { return map[string]string{"get/api.json": text} }
	cases := []struct {
		name    string
		change  map[string]string // "" removes the file
		want    string
		warning bool
	}{
		{"broken JSON", api("{\n  \"url\": \"/x\"\n  \"method\": \"GET\"\n}"), `get/api.json:3: column 3: expected ',' or '}', found '"' (the file must be JSON; comments with // or /* */ are allowed)`, false},
		{"unknown key", api("{\n  \"url\": \"/x\",\n  \"metod\": \"GET\"\n}"), `get/api.json:3: metod: unknown key "metod" (did you mean "method"?)`, false},
		{"unknown key below", api("{\n  \"url\": \"/x\",\n  \"response\": {\n    \"ouput\": 1\n  }\n}"), `get/api.json:4: response.ouput: unknown key "ouput" (did you mean "output"?)`, false},
		{"expression", api("{\n  \"url\": \"/x\",\n  \"qs\": {\n    \"a\": \"{{uper(parameters.id)}}\"\n  }\n}"), `get/api.json:4: qs.a: column 3: unknown function 'uper' (did you mean 'upper'?)`, false},
		{"open expression", api("{\n  \"url\": \"/x{{parameters.id\"\n}"), `get/api.json:2: url: column 3: this expression has no closing }} (close the expression with }})`, false},
		{"chain", api("[\n  {\"url\": \"/a\"},\n  {\"url\": \"/b\",\n   \"methud\": \"GET\"}\n]"), `get/api.json:4: [1].methud: unknown key "methud" (did you mean "method"?)`, false},
		{"method", api(`{"url": "/x", "method": "FETCH"}`), `get/api.json:1: method: unknown method "FETCH" (use one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)`, false},
		{"type of body", api(`{"url": "/x", "type": "yaml"}`), `get/api.json:1: type: unknown type of body "yaml" (use json, urlencoded, multipart/form-data, text or binary)`, false},
		{"type of response", api(`{"url": "/x", "response": {"type": {"4xx": "json"}}}`), `get/api.json:1: response.type.4xx: "4xx": "json" is not a status with a type (write for instance "*": "json", "400-499": "text")`, false},
		{"type of error", api(`{"url": "/x", "response": {"error": {"type": "DataEror"}}}`), `get/api.json:1: response.error.type: unknown type of error "DataEror" (did you mean "DataError"?)`, false},
		{"headers", api(`{"url": "/x", "headers": ["a"]}`), `get/api.json:1: headers: expected an object, got a array`, false},
		{"timeout", api(`{"url": "/x", "timeout": 300001}`), `get/api.json:1: timeout: 300001 is more than 300000`, false},
		{"sanitize", api(`{"url": "/x", "log": {"sanitize": ["headers.a"]}}`), `get/api.json:1: log.sanitize: "headers.a" is not a path (write for instance request.headers.authorization or response.body.token)`, false},
		{"iterate", api(`{"url": "/x", "response": {"iterate": {"condition": true}}}`), `get/api.json:1: response.iterate: there is no container to iterate over (write "container": "{{body.items}}")`, false},
		{"endless pagination", api(`{"url": "/x", "pagination": {"qs": {"p": 1}}}`), `get/api.json:1: pagination: nothing ends this pagination (give it a "condition", or the response an "iterate")`, false},
		{"body of GET", api("{\"url\": \"/x\",\n\"body\": {\"a\": 1}}"), `get/api.json:2: body: a GET request has no body; this one is not sent (put the values into "qs", or use another method)`, true},
		{"name that is not there", api(`{"url": "/x/{{paramters.id}}"}`), `get/api.json:1: url: column 6: there is no "paramters" here (did you mean "parameters"?)`, true},
		{"field that is not there", api(`{"url": "/x/{{parameters.idd}}"}`), `get/api.json:1: url: column 6: there is no field "idd" (did you mean "id"?)`, true},
		{"module number", api(`{"url": "/x/{{1.id}}"}`), `get/api.json:1: url: column 6: 1 is the number of a module (apps know nothing of the scenario's modules)`, true},
		{"signing", api(`{"url": "/x", "aws": {"key": "k"}}`), `get/api.json:1: aws: the directive aws is not supported`, true},
		{"field type", map[string]string{"get/expect.json": "[\n  {\"name\": \"id\",\n   \"type\": \"txt\"}\n]"}, `get/expect.json:3: [0].type: unknown type of field "txt" (did you mean "text"?)`, false},
		{"field without name", map[string]string{"get/expect.json": `[{"type": "text"}]`}, `get/expect.json:1: [0]: this field has no name (give it a "name")`, false},
		{"fields are no list", map[string]string{"get/expect.json": `{"id": 1}`}, `get/expect.json:1: expected a list of fields, got a collection (write [{"name": "email", "type": "email", "label": "Email"}])`, false},
		{"procedure", map[string]string{"get/expect.json": `[{"name": "id", "type": "select", "options": "rpc://listThing"}]`}, `get/expect.json:1: [0].options: there is no procedure "listThing" (did you mean "listThings"?)`, false},
		{"sample", map[string]string{"get/samples.json": "{\n  \"id\": \"one\"\n}"}, `get/samples.json:2: id: the interface says number, the sample has a text`, true},
		{"sample beyond the interface", map[string]string{"get/samples.json": "{\n  \"id\": 1,\n  \"no\": 1\n}"}, `get/samples.json:3: no: the interface has no such field (add it there, or take it out of the sample)`, true},
		{"connection", manifest(`"moduleType": "action", "connection": "key"`, `"moduleType": "action", "connection": "kye"`), `makecomapp.json:9: components.module.getThing.connection: there is no connection "kye" (did you mean "key"?)`, false},
		{"kind of module", manifest(`"moduleType": "action"`, `"moduleType": "acton"`), `makecomapp.json:9: components.module.getThing.moduleType: unknown type of module "acton" (the types are trigger, action, search, instant_trigger, responder and universal)`, false},
		{"webhook", manifest(`"moduleType": "action"`, `"moduleType": "instant_trigger", "webhook": "w"`), `makecomapp.json:9: components.module.getThing.webhook: there is no webhook "w"`, false},
		{"no label", manifest(`"label": "Get a Thing", `, ``), `makecomapp.json:8: components.module.getThing: the module getThing has no label (give it one, such as "List Users")`, true},
		{"missing file", map[string]string{"get/interface.json": ""}, `get/interface.json: there is no such file (check the path and the rights of the file)`, false},
		{"way out of the folder", manifest(`"get/api.json"`, `"../../etc/passwd"`), `makecomapp.json:10: components.module.getThing.codeFiles.communication: the path must be a text and lead to a file inside the folder of the app (write it relative to makecomapp.json)`, false},
		{"absolute path", manifest(`"get/api.json"`, `"/etc/passwd"`), `makecomapp.json:10: components.module.getThing.codeFiles.communication: the path must be a text and lead to a file inside the folder of the app (write it relative to makecomapp.json)`, false},
		{"unknown section", manifest(`"samples"`, `"sample"`), `makecomapp.json:10: components.module.getThing.codeFiles.sample: unknown kind of file "sample" (known are communication, params, staticParams, mappableParams, interface, samples and so on)`, false},
		{"base address from a mapped field", map[string]string{"base.iml.json": `{"baseUrl": "https://{{parameters.host}}"}`}, `base.iml.json:1: baseUrl: the base address depends on "parameters" (it may depend on connection and common only: the credentials go there)`, false},
		{"base key", map[string]string{"base.iml.json": `{"baseURL": "https://a.example"}`}, `base.iml.json:1: baseURL: unknown key "baseURL" (did you mean "baseUrl"?)`, false},
		{"no file of common data", manifest(`"base": "base.iml.json"`, `"base": "base.iml.json", "common": "common.json"`), `common.json: there is no such file, so common is empty (write the file with the app's own secrets, or set it to null)`, true},
		{"name of the app", map[string]string{"metadata.json": `{"name": "my app"}`}, `metadata.json:1: name: the name must begin with a letter and hold only letters, digits, - and _ (64 at most)`, false},
		{"no name", map[string]string{"metadata.json": ""}, `metadata.json: the app has no name (write metadata.json with {"name": "my-app", "label": "My App"})`, false},
		{"reserved", map[string]string{"key.params.json": `[{"name": "accountName", "type": "text"}]`}, `key.params.json:1: [0].name: the name "accountName" is reserved (choose another name)`, true},
		{"example without outcome", map[string]string{"get/examples/a.json": `{"parameters": {}}`}, `get/examples/a.json:1: the example says neither what comes out nor how it fails (write "output": [bundle, …] or "error": {"type": "DataError"})`, false},
		{"example key", map[string]string{"get/examples/a.json": "{\"output\": [],\n\"paramters\": {}}"}, `get/examples/a.json:2: paramters: unknown key "paramters" (did you mean "parameters"?)`, false},
		{"example error", map[string]string{"get/examples/a.json": `{"error": {"type": "Oops"}}`}, `get/examples/a.json:1: error.type: unknown type of error "Oops"`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := small()
			for name, text := range c.change {
				m[name] = text
				if text == "" {
					delete(m, name)
				}
			}
			_, problems := Load(files(m))
			for _, p := range problems {
				if p.String() == c.want && p.Warning == c.warning {
					return
				}
			}
			t.Errorf("got\n%v\nwant among them (warning: %v)\n%s", problems, c.warning, c.want)
		})
	}
}

func TestWholeFolders(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		dir  map[string]string
		want string
	}{
		{"empty", map[string]string{}, "this is not the folder of an app"},
		{"something else", map[string]string{"package.json": "{}"}, "this is not the folder of an app"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			app, problems := Load(files(c.dir))
			if app != nil || !strings.Contains(problems.Error(), c.want) {
				t.Errorf("got %v and %v, want no app and %q", app, problems, c.want)
			}
		})
	}
}

// The layout that exports have: components are told by their place, sections by the names of the API.
func TestExportLayout(t *testing.T) {
	t.Parallel()
	app, problems := Load(files(map[string]string{
		"metadata.json":                          `{"name": "demo", "version": 2}`,
		"base.imljson":                           `{"baseUrl": "https://api.example.com"}`,
		"common.json":                            `{"clientSecret": "s"}`,
		"modules/groups.json":                    `[{"label": "B first", "modules": ["b"]}]`,
		"modules/a/metadata.json":                `{"typeId": 9, "label": "A", "connection": "key"}`,
		"modules/a/api.imljson":                  `{"url": "/a", "response": {"iterate": "{{body}}"}}`,
		"modules/a/expect.imljson":               `[{"name": "q", "type": "text", "label": "Q"}]`,
		"modules/b/metadata.json":                `{"label": "B"}`,
		"modules/b/b.communication.iml.json":     `// nothing but a comment above` + "\n" + `{"url": "/b", "method": "DELETE"}`,
		"modules/b/b.mappable-params.iml.json":   `[]`,
		"connections/key/metadata.json":          `{"label": "Key", "type": "basic"}`,
		"connections/key/api.imljson":            `{"url": "https://api.example.com/me"}`,
		"connections/key/parameters.imljson":     `[{"name": "key", "type": "password"}]`,
		"rpcs/list/api.imljson":                  `{"url": "/list", "response": {"iterate": "{{body}}"}}`,
		"webhooks/hook/communication.imljson":    `{"output": "{{body}}"}`,
		"functions/shout/code.js":                `function shout(x) { return x }`,
		"modules/a/notes.txt":                    `not a part of the app`,
		"modules/b/b.static-params.iml.json":     `// all of it is a comment`,
		"connections/key/installSpec.iml.json":   `[]`,
		"connections/key/default-scope.iml.json": `["read"]`,
	}))
	if len(problems) > 0 {
		t.Fatalf("got problems, want none:\n%v", problems)
	}
	if app.Version != 2 || app.Common.Get("clientSecret").Str() != "s" || len(app.RPCs) != 1 || len(app.Webhooks) != 1 || !slices.Equal(app.Functions, []string{"shout"}) {
		t.Errorf("got %+v", app)
	}
	var got []string
	for _, d := range app.Describe() {
		got = append(got, strings.Join([]string{d.Name, d.Label, string(d.Kind), string(d.Delivery), d.Connection}, "|"))
	}
	want := []string{"b|B|action|idempotent|", "a|A|search|read|key"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
	if app.Connections["key"].Communication == nil || len(app.Modules[1].Expect) != 1 {
		t.Error("the connection's call or the fields of module a were not read")
	}
}

func TestAppsSayHowTheyLook(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ look, icon, problem string }{
		{`"icon": "message-circle", "color": "#1D4ed8", "tags": ["crm", "mail"]`, "message-circle", ""},
		{`"icon": "<svg>"`, "", "Lucide"},
		{`"color": "red"`, "", "#rrggbb"},
		{`"version": 1`, "", ""},
	} {
		app, problems := Load(files(map[string]string{
			"metadata.json": `{"name": "demo", ` + tc.look + `}`, "base.imljson": `{"baseUrl": "https://api.example.com"}`,
			"modules/a/metadata.json": `{"label": "A"}`, "modules/a/api.imljson": `{"url": "/a"}`, "modules/groups.json": `[{"label": "First", "modules": ["a"]}]`,
		}))
		if tc.problem != "" {
			if !strings.Contains(problems.Error(), tc.problem) {
				t.Errorf("%s: got %v, want %s", tc.look, problems, tc.problem)
			}
			continue
		}
		if len(problems) > 0 || app.Icon != tc.icon || tc.icon != "" && (app.Color != "#1D4ed8" || len(app.Tags) != 2) {
			t.Errorf("%s: got %+v, problems %v", tc.look, app, problems)
			continue
		}
		if d := app.Describe()[0]; d.Icon != tc.icon || d.Group != "First" {
			t.Errorf("%s: got a module with %q in %q", tc.look, d.Icon, d.Group)
		}
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	cases := []struct {
		communication, annotations string
		want                       module.Delivery
	}{
		{`{"url": "/x"}`, "", module.Read},
		{`{"url": "/x", "method": "head"}`, "", module.Read},
		{`{"url": "/x", "method": "PUT"}`, "", module.Idempotent},
		{`{"url": "/x", "method": "POST"}`, "", module.Unsafe},
		{`{"url": "/x", "method": "PATCH"}`, "", module.Unsafe},
		{`{"url": "/x", "method": "{{parameters.id}}"}`, "", module.Unsafe},
		{`[{"url": "/x"}, {"url": "/y", "method": "DELETE"}, {"url": "/z"}]`, "", module.Idempotent},
		{`[{"url": "/x", "method": "POST"}, {"url": "/z"}]`, "", module.Unsafe},
		{`{"url": "/x", "method": "POST"}`, `"annotations": {"idempotentHint": true},`, module.Idempotent},
		{`{"url": "/x", "method": "POST", "idempotencyHeader": "Idempotency-Key"}`, "", module.Idempotent},
		{`{"url": "/x", "method": "{{parameters.id}}", "idempotencyHeader": "Idempotency-Key"}`, "", module.Idempotent},
		{`{"url": "/x", "idempotencyHeader": "Idempotency-Key"}`, "", module.Read},
		{`[{"url": "/x", "method": "POST", "idempotencyHeader": "Idempotency-Key"}, {"url": "/z", "method": "POST"}]`, "", module.Unsafe},
		{`{"url": "/x", "method": "POST"}`, `"annotations": {"readOnlyHint": true},`, module.Read},
		{`{"url": "/x", "method": "PUT"}`, `"annotations": {"idempotentHint": false},`, module.Unsafe},
	}
	for _, c := range cases {
		m := small()
		m["get/api.json"] = c.communication
		m["makecomapp.json"] = strings.Replace(m["makecomapp.json"], `"label": "Get a Thing",`, `"label": "Get a Thing",`+c.annotations, 1)
		app, problems := Load(files(m))
		if problems.Invalid() {
			t.Fatal(problems)
		}
		if got := app.Modules[0].Delivery; got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.communication, c.annotations, got, c.want)
		}
	}
}

// Scripts are listed and never run: a module that needs one loads, says so and does not run.
func TestJavaScriptFunctions(t *testing.T) {
	t.Parallel()
	m := small()
	m["makecomapp.json"] = strings.Replace(m["makecomapp.json"], `"module": {`, `"function": {"shout": {"codeFiles": {"code": "shout.js"}}}, "module": {`, 1)
	m["get/api.json"] = `{"url": "/x", "qs": {"a": "{{shout(parameters.id)}}"}}`
	app, problems := Load(files(m))
	if problems.Invalid() || len(problems) != 1 || !strings.Contains(problems[0].Problem, "the JavaScript function shout() is not supported") {
		t.Errorf("got %v, want one warning about shout()", problems)
	}
	if want := []string{"the JavaScript function shout()"}; !slices.Equal(app.Modules[0].Unsupported, want) {
		t.Errorf("unsupported: got %v, want %v", app.Modules[0].Unsupported, want)
	}
}

func TestTrustedHost(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		"https://api.example.com/{{parameters.id}}":                 true,
		"https://{{connection.shop}}.example.com/a/{{body.next}}":   true,
		"{{connection.url}}/v1/{{parameters.id}}":                   true,
		"https://api.example.com":                                   true,
		"{{parameters.url}}":                                        false,
		"{{body.next}}":                                             false,
		"https://{{parameters.host}}/x":                             false,
		"https://api.example.com{{parameters.rest}}":                false,
		"https://api.example.com:{{parameters.port}}/x":             false,
		"https://{{connection.a}}@{{parameters.b}}/":                false,
		"https://user@{{parameters.b}}/":                            false,
		"https://a.example?x={{parameters.b}}":                      false,
		"https:/{{parameters.x}}":                                   false,
		"{{if(true, parameters.x, connection.y)}}/z":                false,
		"https://{{connection.a}}.example.com\\{{parameters.b}}/c":  false,
		"{{connection.scheme}}://{{parameters.host}}/{{body.next}}": false,
	}
	for text, want := range cases {
		if got := trustedHost(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestNewAppWorks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "app")
	if err := New(dir, "my-app"); err != nil {
		t.Fatal(err)
	}
	app, problems := LoadDir(dir)
	if len(problems) > 0 {
		t.Fatalf("got problems, want none:\n%v", problems)
	}
	if app.Name != "my-app" || app.Label != "My App" || len(app.Modules) != 3 {
		t.Errorf("got %s, %s, %d modules; want my-app, My App, 3", app.Name, app.Label, len(app.Modules))
	}
	if err := New(dir, "my-app"); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("into a folder with files: got %v, want an error", err)
	}
	if err := New(filepath.Join(t.TempDir(), "x"), "my app"); err == nil {
		t.Error("with a wrong name: got success, want an error")
	}
}

// A link inside the folder must not lead to files outside of it.
func TestLinksDoNotLeadOut(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(outside, []byte(`{"url": "/stolen"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "app")
	if err := New(dir, "demo"); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "modules", "createItem", "createItem.communication.iml.json")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, link); err != nil {
		t.Skip("links cannot be made here:", err)
	}
	app, problems := LoadDir(dir)
	if !problems.Invalid() || app.Module("createItem").Communication != nil {
		t.Errorf("got %v, want a problem and no communication", problems)
	}
	if _, problems := LoadDir(filepath.Join(dir, "nowhere")); !problems.Invalid() {
		t.Error("a folder that is not there: got no problem")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	requests := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`{"url":"/x"},`, n), ",") + "]" }
	cases := []struct {
		name, file, text string
		ok               bool
	}{
		{"requests at the limit", "get/api.json", requests(MaxRequests), true},
		{"a request too many", "get/api.json", requests(MaxRequests + 1), false},
		{"file at the limit", "rpc.json", `{"url": "/x"}` + strings.Repeat(" ", MaxFileBytes-len(`{"url": "/x"}`)), true},
		{"file one byte larger", "rpc.json", `{"url": "/x"}` + strings.Repeat(" ", MaxFileBytes-len(`{"url": "/x"}`)+1), false},
		{"timeout at the limit", "get/api.json", `{"url": "/x", "timeout": 300000}`, true},
		{"repeats at the limit", "get/api.json", `{"url": "/x", "repeat": {"condition": false, "limit": 1000}}`, true},
		{"a repetition too many", "get/api.json", `{"url": "/x", "repeat": {"condition": false, "limit": 1001}}`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := small()
			m[c.file] = c.text
			if _, problems := Load(files(m)); problems.Invalid() == c.ok {
				t.Errorf("got %v, want valid: %v", problems, c.ok)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	m := small()
	f.Add(m["makecomapp.json"], m["base.iml.json"], m["get/api.json"], m["get/expect.json"])
	f.Add(`{}`, `{"headers": {"{{...}}": "{{a}}"}}`, `[{"url": "{{"}]`, `["rpc://x"]`)
	f.Add(`{"components": {"module": {"getThing": {"codeFiles": {"api": "get/api.json"}}}}}`, `[]`, `{"response": {"valid": {}, "error": {"404": {}}}}`, `[{"options": {"store": []}}]`)
	f.Fuzz(func(t *testing.T, manifest, base, api, expect string) {
		m := small()
		m["makecomapp.json"], m["base.iml.json"], m["get/api.json"], m["get/expect.json"] = manifest, base, api, expect
		app, problems := Load(files(m))
		if len(problems) > MaxProblems {
			t.Fatalf("got %d problems, want %d at most", len(problems), MaxProblems)
		}
		if app != nil {
			app.Describe()
		}
	})
}
