package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// planted is a secret that must not come out anywhere.
const planted = "planted-secret-4711"

// recorder is a running service that notes what it is told.
type recorder struct{ told []string }

func (r *recorder) note(what string, id int64) error {
	r.told = append(r.told, fmt.Sprint(what, " ", id))
	return nil
}

func (r *recorder) ReloadScenario(_ context.Context, id int64) error { return r.note("scenario", id) }

func (r *recorder) ReloadWebhook(_ context.Context, id int64) error { return r.note("webhook", id) }
func (r *recorder) Submit(_ context.Context, id int64) error        { return r.note("submit", id) }
func (r *recorder) Cancel(_ context.Context, id int64) error        { return r.note("cancel", id) }
func (r *recorder) Cleared(_ context.Context, id int64) error       { return r.note("cleared", id) }
func (r *recorder) LookForRetries()                                 { _ = r.note("retries", 0) }

var _ server.Live = (*recorder)(nil)

// desk is an installation with its API.
type desk struct {
	t       *testing.T
	dir     string
	store   *store.Store
	control *server.Control
	handler http.Handler
	log     bytes.Buffer
	answers strings.Builder // everything that was answered
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	var err error
	if d.store, err = store.Open(t.Context(), d.dir, store.Options{Clock: c}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	})
	keys := server.NewKeys(d.dir, "", "", nil)
	system, err := server.Assemble(server.Options{Clock: c, Durable: true, Keys: keys, Allow: []string{"loopback"}})
	if err != nil {
		t.Fatal(err)
	}
	system.Runner.Connections = server.StoredConnections(system, d.store, nil)
	d.control = &server.Control{Store: d.store, System: system, Clock: c, Keys: keys}
	d.handler = d.control.Trusted(slog.New(slog.NewTextHandler(&d.log, nil)))
	return d
}

// call makes one request; the If-Match header is written behind the path after a space.
func (d *desk) call(method, path, body string) (int, string) {
	d.t.Helper()
	path, match, _ := strings.Cut(path, " ")
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	d.answers.WriteString(w.Body.String())
	return w.Code, w.Body.String()
}

// must makes a request that succeeds.
func (d *desk) must(method, path, body string) string {
	d.t.Helper()
	status, answer := d.call(method, path, body)
	if status >= 300 {
		d.t.Fatalf("%s %s: got %d %s", method, path, status, answer)
	}
	return answer
}

const (
	hookedText  = `{"name":"Hooked","flow":[` + hookNode + `,` + putNode + `],"metadata":{"version":1}}`
	pollingText = `{"name":"Polling","flow":[{"id":7,"module":"customerly:watchUsers","version":1,"parameters":{},"mapper":{}}],"metadata":{"version":1}}`
	calledText  = `{"name":"Calls","flow":[{"id":1,"module":"customerly:listTags","version":1,"parameters":{"__IMTCONN__":"Main"},"mapper":{}}],"metadata":{"version":1}}`
)

// fill makes what the table below looks at: scenario 1 with webhook 1, scenario 2 that calls, a payload, a data store.
func (d *desk) fill() {
	d.t.Helper()
	d.must("POST", "/scenarios", `{"blueprint":`+hookedText+`,"token":"`+strings.Repeat("t", 32)+`","webhook":{"checks":[{"type":"github","secrets":["`+planted+`"]}],"rate":{"limit":3,"seconds":10}}}`)
	d.must("POST", "/scenarios", `{"blueprint":`+calledText+`}`)
	d.must("POST", "/connections", `{"name":"Main","app":"customerly","fields":{"apiToken":"`+planted+`"}}`)
	d.must("POST", "/webhooks/1/test", `{"bundle":{"name":"Ada"}}`)
	d.must("POST", "/datastores", `{"name":"People","structure":[{"name":"email","type":"text"}],"bytes_max":5000}`)
	d.must("PUT", "/datastores/1/record", `{"key":"a/../b","data":{"email":"ada@example.com"}}`)
}

func TestAPI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		status                   int
		want, not                string // parts of the answer, separated by |
	}{
		{"scenarios", "GET", "/scenarios", "", 200, `"name":"Hooked"|"name":"Calls"|"runs":"On demand"`, "blueprint|next"},
		{"a page of scenarios", "GET", "/scenarios?limit=1", "", 200, `"name":"Hooked"|"next":"1"`, "Calls"},
		{"the page behind it", "GET", "/scenarios?limit=1&after=1", "", 200, `"name":"Calls"`, "Hooked|next"},
		{"too long a page", "GET", "/scenarios?limit=501", "", 400, "at most 500", ""},
		{"the longest page", "GET", "/scenarios?limit=500", "", 200, "Hooked", ""},
		{"an unknown parameter", "GET", "/scenarios?colour=red", "", 400, `no parameter \"colour\"`, ""},
		{"a scenario", "GET", "/scenarios/1", "", 200, `"version":1|"active":false`, ""},
		{"no scenario", "GET", "/scenarios/99", "", 404, "urn:ropeway:error:DataError|does not exist", ""},
		{"no number", "GET", "/scenarios/x", "", 400, `\"x\" is not a number`, ""},
		{"no address", "GET", "/nothing", "", 404, "nothing at this address", ""},
		{"a method that there is not", "PUT", "/scenarios", "", 405, "GET, POST", ""},
		{"no body", "POST", "/scenarios", "", 400, "body is missing", ""},
		{"an unknown field", "POST", "/scenarios", `{"blueprint":{},"colour":1}`, 400, `unknown field \"colour\"`, ""},
		{"a body of another kind", "POST", "/scenarios", `{"start":"yes"}`, 400, "start must not be a string", ""},
		{"more behind the body", "POST", "/datastores", `{"name":"x"} {}`, 400, "more behind its end", ""},
		{"a body that is too large", "POST", "/datastores", `{"name":"` + strings.Repeat("x", api.MaxBodyBytes) + `"}`, 413, "larger than", ""},
		{"a blueprint with mistakes", "POST", "/scenarios", `{"blueprint":{"name":"x","flow":[{"id":1,"module":"nobody:knows"}]}}`, 422, `"problems":[{"path":"flow[0]|nobody`, ""},
		{"a schedule with mistakes", "POST", "/scenarios", `{"blueprint":` + calledText + `,"schedule":{"type":"sometimes"}}`, 422, "sometimes", ""},
		{"settings with mistakes", "POST", "/scenarios", `{"blueprint":` + calledText + `,"settings":{"catchUp":"never"}}`, 422, "never", ""},
		{"a change of another revision", "PATCH", `/scenarios/1 "9"`, `{"settings":{"historyDays":3}}`, 412, "changed by someone else", ""},
		{"a change of this revision", "PATCH", `/scenarios/1 "1"`, `{"settings":{"historyDays":3}}`, 200, `"historyDays":3|"revision":2`, ""},
		{"no revision", "PATCH", `/scenarios/1 abc`, `{}`, 400, "If-Match", ""},
		{"versions", "GET", "/scenarios/1/versions", "", 200, `"version":1`, "flow"},
		{"a version", "GET", "/scenarios/1/versions/0", "", 200, `"flow":[`, ""},
		{"a new version", "POST", "/scenarios/1/versions", `{"blueprint":` + strings.Replace(hookedText, "Hooked", "Renamed", 1) + `,"note":"name"}`, 201, `"version":2|Renamed`, ""},
		{"an old version", "POST", "/scenarios/1/versions/1/restore", "", 200, `"version":2`, ""},
		{"no old version", "POST", "/scenarios/1/versions/7/restore", "", 404, "version", ""},
		{"start", "POST", "/scenarios/1/start", "", 200, `"active":true`, ""},
		{"stop", "POST", "/scenarios/1/stop", "", 200, `"active":false`, ""},
		{"start from now", "PUT", "/scenarios/1/start-from", `{"from":"now"}`, 422, "does not start with a trigger that polls", ""},
		{"start from somewhere", "PUT", "/scenarios/1/start-from", `{"from":"there"}`, 422, `cannot start from \"there\"`, ""},
		{"start from no date", "PUT", "/scenarios/1/start-from", `{"from":"since"}`, 422, "date", ""},
		{"run with an input", "POST", "/scenarios/1/run", `{"input":[{"name":"Ada"}]}`, 202, `"execution":2|"live":false`, ""},
		{"run with what waits for the webhook", "POST", "/scenarios/1/run", `{}`, 202, `"execution":2|"live":false`, ""},
		{"run from the trigger", "POST", "/scenarios/2/run", "", 202, `"execution":2`, ""},
		{"run with no bundle", "POST", "/scenarios/2/run", `{"input":[]}`, 422, "no bundle", ""},
		{"run with a number", "POST", "/scenarios/2/run", `{"input":[5]}`, 422, "Bundle 1 is a number", ""},
		{"delete", "DELETE", "/scenarios/2", "", 204, "", ""},
		{"executions", "GET", "/executions", "", 200, `"items":[]`, ""},
		{"executions by an unknown status", "GET", "/executions?status=lost", "", 422, "queued, running", ""},
		{"executions from nowhere", "GET", "/executions?after=x", "", 422, "place", ""},
		{"executions at no time", "GET", "/executions?from=x", "", 400, "2026", ""},
		{"no execution", "GET", "/executions/99", "", 404, "", ""},
		{"incomplete", "GET", "/incomplete", "", 200, `"items":[]`, ""},
		{"retry of nothing", "POST", "/incomplete/retry", `{}`, 422, "either some numbers or a scenario", ""},
		{"retry of a scenario", "POST", "/incomplete/retry", `{"scenario":1}`, 200, `"done":[]`, ""},
		{"retry of one that is not", "POST", "/incomplete/retry", `{"ids":[5]}`, 200, `"5":{"detail":`, ""},
		{"webhooks", "GET", "/webhooks", "", 200, `"queued":1|"secrets":true`, "github"},
		{"a webhook", "GET", "/webhooks/1", "", 200, `{"type":"github"}|"limit":3`, planted},
		{"new settings keep the secret", "PATCH", "/webhooks/1", `{"settings":{"checks":[{"type":"github"}]}}`, 200, `"secrets":true`, ""},
		{"a check without its secret", "PATCH", "/webhooks/1", `{"settings":{"checks":[{"type":"basic","user":"x"}]}}`, 422, "checks[0].password", ""},
		{"an unknown setting", "PATCH", "/webhooks/1", `{"settings":{"ratte":{}}}`, 422, "did you mean rate", ""},
		{"pause", "PATCH", "/webhooks/1", `{"paused":true}`, 200, `"paused":true`, ""},
		{"rotate", "POST", "/webhooks/1/rotate", "", 200, `"path":"/hook/`, "tttt"},
		{"a short token", "POST", "/webhooks/1/rotate", `{"token":"short"}`, 422, "at least 26", ""},
		{"another webhook", "POST", "/webhooks", `{"scenario":1}`, 201, `"id":2|"name":"Hooked"|"path":"/hook/`, ""},
		{"delete a webhook", "DELETE", "/webhooks/1", "", 200, `"gone":true|"secrets":false`, ""},
		{"queue", "GET", "/webhooks/1/queue", "", 200, `"id":1|"begun":false`, "Ada"},
		{"peek", "GET", "/webhooks/1/queue/1", "", 200, `"name":"Ada"`, ""},
		{"peek at none", "GET", "/webhooks/1/queue/2", "", 404, "no such payload", ""},
		{"delete payloads", "POST", "/webhooks/1/queue/delete", `{"ids":[1,7]}`, 200, `"removed":1`, ""},
		{"clear", "DELETE", "/webhooks/1/queue", "", 200, `"removed":1`, ""},
		{"test with a text", "POST", "/webhooks/1/test", `{"bundle":"x"}`, 422, "JSON object", ""},
		{"learn", "POST", "/webhooks/1/learning", "", 200, `"active":true|"samples":0`, ""},
		{"learned", "GET", "/webhooks/1/learning", "", 200, `"active":false`, ""},
		{"apps", "GET", "/apps", "", 200, `"name":"customerly"|"name":"http"|"module":"customerly:listTags"`, "apiToken"},
		{"an app", "GET", "/apps/customerly", "", 200, `"name":"apiToken"|"delivery":"read"|"help":"In Customerly, open|"icon":"message-circle","color":"#1d4ed8"|"group":"Knowledge base"|"built_in":false`, ""},
		{"an app that is built in", "GET", "/apps/util", "", 200, `"label":"Tools"|"icon":"wrench"|"icon":"timer","group":"Other tools"|"built_in":true`, ""},
		{"no app", "GET", "/apps/nobody", "", 404, "no app", ""},
		{"a module", "GET", "/apps/customerly/modules/listTags", "", 200, `"module":"customerly:listTags"|"interface":[{`, ""},
		{"a module of an old version", "GET", "/apps/http/modules/ActionSendData?version=1", "", 200, `"version":`, ""},
		{"no module", "GET", "/apps/customerly/modules/listGhosts", "", 404, "no module", ""},
		{"no procedure", "POST", "/apps/customerly/procedures/listGhosts", `{"parameters":{}}`, 422, "no procedure", ""},
		{"a procedure with a wrong form", "POST", "/apps/customerly/procedures/listTags", `{"parameters":[1]}`, 422, "JSON object", ""},
		{"a procedure with no connection", "POST", "/apps/customerly/procedures/listTags", `{"connection":9,"parameters":{}}`, 404, "connection", ""},
		{"functions", "GET", "/functions", "", 200, `"name":"formatDate"|"signature":|"examples":[{`, ""},
		{"a preview", "POST", "/expressions/preview", `{"template":"Hi {{upper(1.name)}}","bundles":{"1":{"name":"Ada"}}}`, 200, `"value":"Hi ADA"|"type":"text"`, "error"},
		{"a preview in a zone", "POST", "/expressions/preview", `{"template":"{{formatDate(parseDate(\"2026-01-31T23:30:00Z\"; \"YYYY-MM-DDTHH:mm:ssZ\"); \"DD HH\")}}","bundles":{},"zone":"Europe/Rome"}`, 200, `"value":"01 00"`, ""},
		{"a preview with a mistake", "POST", "/expressions/preview", `{"template":"{{upper(}}","bundles":{}}`, 200, `"error":{"message":|"column":`, ""},
		{"a preview that fails", "POST", "/expressions/preview", `{"template":"{{parseDate(\"x\"; \"YYYY\")}}","bundles":{}}`, 200, `"error":{"message":`, "column"},
		{"a preview in no zone", "POST", "/expressions/preview", `{"template":"x","bundles":{},"zone":"Mars"}`, 422, "Mars", ""},
		{"a blueprint that is right", "POST", "/blueprints/check", `{"blueprint":` + hookedText + `}`, 200, `"valid":true`, ""},
		{"a blueprint that is not", "POST", "/blueprints/check", `{"blueprint":{"name":"x","flow":[{"id":1,"module":"nobody:knows"}]}}`, 200, `"valid":false|"path":"flow[0]`, ""},
		{
			"what a valid blueprint lacks", "POST", "/blueprints/check",
			`{"blueprint":{"name":"x","flow":[{"id":1,"module":"http:MakeRequest","version":4,"parameters":{"authenticationType":"apiKey"},"mapper":{"url":"http://e.com"}}]}}`,
			200, `"valid":true|"path":"flow[0].parameters.apiKeyKeychain"|"warning":true`, "",
		},
		{
			"an app that is not here", "POST", "/blueprints/check", `{"blueprint":{"name":"x","flow":[{"id":1,"module":"slack:createMessage","version":1}]}}`,
			200, `"valid":false|"path":"flow[0].module"|the app slack is not installed`, "there is no module",
		},
		{"a blueprint that is none", "POST", "/blueprints/check", `{"blueprint":5}`, 200, `"valid":false|"problem":`, ""},
		{"no module to run", "POST", "/scenarios/1/modules/77/run", `{"bundles":{}}`, 404, "no module 77", ""},
		{"a trigger to run", "POST", "/scenarios/1/modules/1/run", `{"bundles":{}}`, 422, "cannot run by itself", ""},
		{"a module with what is edited", "POST", "/scenarios/1/modules/4/run", `{"bundles":{"3":{"name":"Ada"}},"blueprint":{"name":"x","flow":[{"id":3,"module":"util:SetVariables","version":1,"mapper":{}},{"id":4,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"Hi {{3.name}}"}}]}}`, 200, `"status":"success"|"bundles":[{"value":"Hi Ada"}]`, ""},
		{"organizations", "GET", "/organizations", "", 200, `"name":"My organization"`, ""},
		{"a new organization", "POST", "/organizations", `{"name":"Other"}`, 201, `"id":2|"revision":1`, ""},
		{"an organization without a name", "POST", "/organizations", `{"name":""}`, 422, "name", ""},
		{"rename an organization", "PATCH", `/organizations/1 "1"`, `{"name":"Ours"}`, 200, `"name":"Ours"|"revision":2`, ""},
		{"delete an organization with teams", "DELETE", "/organizations/1", "", 409, "still has teams", ""},
		{"teams", "GET", "/teams", "", 200, `"name":"My team"`, ""},
		{"teams of an organization", "GET", "/organizations/1/teams", "", 200, `"organization":1`, ""},
		{"a new team", "POST", "/organizations/1/teams", `{"name":"Support"}`, 201, `"id":2`, ""},
		{"a team of the same name", "POST", "/organizations/1/teams", `{"name":"My team"}`, 409, "My team", ""},
		{"rename a team", "PATCH", `/teams/1 "7"`, `{"name":"Us"}`, 412, "changed by someone else", ""},
		{"delete a team with things", "DELETE", "/teams/1", "", 409, "still owns", ""},
		{"audit log", "GET", "/audit", "", 200, `"action":"scenario.create"|"actor":"machine owner"|"subject":"scenario 1"`, planted},
		{"audit log of one thing", "GET", "/audit?subject=connection+1", "", 200, `"action":"connection.create"`, "scenario.create"},
		{"audit log of an organization", "GET", "/organizations/1/audit?limit=1", "", 200, `"action":"record.put"|"next":"`, "scenario.create"},
		{"check of the audit log", "GET", "/audit/check", "", 200, `"entries":6|"hash":"`, ""},
		{"storage", "GET", "/storage", "", 200, `"database_bytes":|"queued":{"number":1|"disk_free":`, `"next"`},
		{"a backup", "POST", "/backup", "", 200, "SQLite format 3", planted},
		{"things by name", "GET", "/scenarios?name=OOK", "", 200, `"name":"Hooked"`, "Calls"},
		{"things of a team", "GET", "/scenarios?team=1", "", 200, `"name":"Hooked"`, ""},
		{"things of another team", "GET", "/scenarios?team=2", "", 200, `"items":[]`, ""},
		{"connections", "GET", "/connections", "", 200, `"name":"Main"|"fields":["apiToken"]`, planted},
		{"connections of another app", "GET", "/connections?app=http", "", 200, `"items":[]`, ""},
		{"no app", "POST", "/connections", `{"name":"x","app":"nobody","fields":{}}`, 422, "has no connections", ""},
		{"a name that is taken", "POST", "/connections", `{"name":"Main","app":"customerly","fields":{"apiToken":"x"}}`, 409, "of this name already", ""},
		{"a number as name", "POST", "/connections", `{"name":"12","app":"customerly","fields":{"apiToken":"x"}}`, 422, "number alone", ""},
		{"no token", "POST", "/connections", `{"name":"x","app":"customerly","fields":{}}`, 422, "apiToken", ""},
		{"an unknown field", "POST", "/connections", `{"name":"x","app":"customerly","fields":{"apiToken":"x","apitoken":"` + planted + `"}}`, 422, `no field \"apitoken\"`, planted},
		{"no type", "POST", "/connections", `{"name":"x","app":"http","type":"magic","fields":{}}`, 422, "it has ", ""},
		{"rename", "PATCH", "/connections/1", `{"name":"Other"}`, 200, `"name":"Other"|"apiToken"`, planted},
		{"uses", "GET", "/connections/1/uses", "", 200, `"scenario":2|"modules":[1]|"named":true`, ""},
		{"delete one in use", "DELETE", "/connections/1", "", 409, "names the connection", ""},
		{"force it", "DELETE", "/connections/1?force=true", "", 204, "", ""},
		{"audit log of a kind of change", "GET", "/audit?action=scenario", "", 200, `"action":"scenario.create"`, "record.put"},
		{"audit log of several kinds", "GET", "/audit?action=scenario,connection.create", "", 200, `"action":"scenario.create"|"action":"connection.create"`, "record.put"},
		{"audit log of too many kinds", "GET", "/audit?action=x" + strings.Repeat(",x", api.MaxActions), "", 400, "at most 100", ""},
		{"audit log of as many kinds as may be", "GET", "/audit?action=x" + strings.Repeat(",x", api.MaxActions-1), "", 200, `"items":[]`, ""},
		{"audit log of somebody", "GET", "/audit?actor=MACHINE", "", 200, `"action":"record.put"`, ""},
		{"audit log of nobody", "GET", "/audit?actor=nobody+there", "", 200, `"items":[]`, ""},
		{"audit log of later", "GET", "/audit?from=2036-03-01T12:00:00Z", "", 200, `"items":[]`, ""},
		{"audit log of some time", "GET", "/audit?until=yesterday", "", 400, "not a time", ""},
		{"dry runs", "GET", "/executions?dry=true", "", 200, `"items":[]`, ""},
		{"dry runs or not", "GET", "/executions?dry=maybe", "", 400, "neither true nor false", ""},
		{"rotate the key", "POST", "/keys/rotate", "", 200, `"new":true,"secrets":3`, ""},
		{"data stores", "GET", "/datastores", "", 200, `"records":1|"bytes_max":5000`, ""},
		{"a structure with mistakes", "POST", "/datastores", `{"name":"x","structure":{"a":1}}`, 422, "list of fields", ""},
		{"a data store that is there", "POST", "/datastores", `{"name":"People"}`, 409, "exists already", ""},
		{"change a data store", "PATCH", `/datastores/1 "1"`, `{"name":"Folk"}`, 200, `"Folk"|5000`, ""},
		{"records", "GET", "/datastores/1/records", "", 200, `"key":"a/../b"`, ""},
		{"a record", "GET", "/datastores/1/record?key=a%2F..%2Fb", "", 200, "ada@example.com", ""},
		{"a record that is new", "POST", "/datastores/1/record", `{"key":"c","data":{"email":"c@example.com"}}`, 201, `"revision":`, ""},
		{"a record that is not", "POST", "/datastores/1/record", `{"key":"a/../b","data":{}}`, 409, "exists already", ""},
		{"a record of another revision", "PUT", `/datastores/1/record "7"`, `{"key":"a/../b","data":{"email":"b@example.com"}}`, 412, "changed by someone else", ""},
		{"a change of a record that is gone", "PUT", `/datastores/1/record "7"`, `{"key":"gone","data":{}}`, 412, "changed by someone else", ""},
		{"remove a record of another revision", "DELETE", `/datastores/1/record?key=a%2F..%2Fb "7"`, "", 412, "changed by someone else", ""},
		{"no record", "GET", "/datastores/1/record?key=c", "", 404, "no record", ""},
		{"a record that is a text", "PUT", "/datastores/1/record", `{"key":"x","data":"text"}`, 422, "JSON object", ""},
		{"a record that is too large", "PUT", "/datastores/1/record", `{"key":"x","data":{"x":"` + randomText(6000) + `"}}`, 507, "full", ""},
		{"remove a record", "DELETE", "/datastores/1/record?key=a%2F..%2Fb", "", 204, "", ""},
		{"export", "GET", "/datastores/1/file?format=csv", "", 200, "key,email\na/../b,ada@example.com\n", ""},
		{"export as something", "GET", "/datastores/1/file?format=xls", "", 400, "neither json nor csv", ""},
		{"import", "POST", "/datastores/1/file?format=csv", "key,email\nx,y\n", 200, `"records":1`, ""},
		{"import of rubbish", "POST", "/datastores/1/file", "{}", 422, "Record 1", ""},
		{"delete a data store", "DELETE", "/datastores/1", "", 204, "", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fill()
			status, answer := d.call(tc.method, tc.path, tc.body)
			if status != tc.status {
				t.Fatalf("got %d %s, want %d; log: %s", status, answer, tc.status, d.log.String())
			}
			for _, part := range strings.Split(tc.want, "|") {
				if !strings.Contains(answer, part) {
					t.Errorf("the answer lacks %s: %s", part, answer)
				}
			}
			for _, part := range strings.Split(tc.not, "|") {
				if part != "" && strings.Contains(answer, part) {
					t.Errorf("the answer holds %s: %s", part, answer)
				}
			}
		})
	}
}

// randomText is a text that does not compress well.
func randomText(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; x = x*1664525 + 1013904223 {
		fmt.Fprintf(&b, "%08x", x)
	}
	return b.String()
}

func TestLiveServiceIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	r := &recorder{}
	d.control.Live = r
	tests := []struct {
		method, path, body string
		want               string
	}{
		{"POST", "/scenarios/1/start", "", "scenario 1"},
		{"PATCH", "/scenarios/1", `{"schedule":{"type":"immediately"}}`, "scenario 1"},
		{"POST", "/scenarios/1/versions", `{"blueprint":` + hookedText + `}`, "scenario 1"},
		{"POST", "/scenarios/1/versions/1/restore", "", "scenario 1"},
		{"POST", "/scenarios/1/run", `{"input":[{}]}`, "submit 2"},
		{"POST", "/webhooks/1/test", `{"bundle":{}}`, "submit 3"},
		{"POST", "/executions/2/cancel", "", "cancel 2"},
		{"PATCH", "/webhooks/1", `{"paused":true}`, "webhook 1"},
		{"POST", "/webhooks/1/rotate", "", "webhook 1"},
		{"POST", "/webhooks/1/learning", "", "webhook 1"},
		{"DELETE", "/webhooks/1", "", "webhook 1"},
		{"POST", "/scenarios/1/stop", "", "scenario 1"},
		{"POST", "/scenarios", `{"blueprint":` + hookedText + `}`, "webhook 2"},
		{"DELETE", "/scenarios/3", "", "scenario 3, webhook 2"},
		{"GET", "/scenarios", "", ""},
	}
	for _, tc := range tests {
		r.told = nil
		d.must(tc.method, tc.path, tc.body)
		if got := strings.Join(r.told, ", "); got != tc.want {
			t.Errorf("%s %s told the service %q, want %q", tc.method, tc.path, got, tc.want)
		}
	}
}

// setAside records an execution of scenario 1 that has ended with a bundle set aside, and returns both numbers.
func (d *desk) setAside() (execution, incomplete int64) {
	d.t.Helper()
	ctx := d.t.Context()
	now := d.control.Clock.Now()
	leases, err := d.store.AcquirePartitions(ctx, "local", now, time.Hour)
	if err != nil {
		d.t.Fatal(err)
	}
	at := slices.IndexFunc(leases, func(l store.Lease) bool { return l.Partition == store.PartitionOf(1) })
	input := []value.Value{value.Collection(value.F("name", value.Text("Ada")))}
	run, err := d.store.StartExecution(ctx, leases[at].Fence, store.NewExecution{Scenario: 1, Version: 1, Origin: store.ByHand, Input: input})
	if err != nil {
		d.t.Fatal(err)
	}
	done, err := d.store.Append(ctx, run, store.Step{
		Operations: []store.Operation{{Address: "1/1.1/2", Started: now, Finished: now.Add(time.Second), Bundles: store.List(input), Exchanges: input}},
		Intents:    []store.Intent{{Address: "1/1.2/2", Started: now, Request: input[0]}},
		End: &store.End{
			At: now.Add(time.Second), Status: store.Warning, Text: "broken", Summary: store.Summary{ErrorKind: fault.Connection, ErrorMessage: "It broke.", FailedModule: 2},
			Incomplete: []store.NewIncomplete{{Module: 2, Address: "1/1.1/2", Reason: fault.New(fault.Connection, "It broke."), Data: value.Collection(value.F("1", input[0]))}},
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return run.ID, done.Incomplete[0]
}

func TestExecutionsAreShownAndRunAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	execution, _ := d.setAside()
	path := fmt.Sprint("/executions/", execution)
	contains(t, "detail", d.must("GET", path, ""), `"origin":"hand"`, `"status":"warning"`, `"input":[{"name":"Ada"}]`, `"It broke."`)
	contains(t, "journal", d.must("GET", path+"/operations", ""), `"module":2`, `"duration_ms":1000`, `"bundle_count":1`, `"announced":true`, `"exchanges":[`)
	contains(t, "first row", d.must("GET", path+"/operations?limit=1", ""), `"next":"1"`)
	contains(t, "second row", d.must("GET", path+"/operations?limit=1&after=1", ""), `"announced":true`)
	contains(t, "by text", d.must("GET", "/executions?text=brok&scenario=1&status=warning,error", ""), fmt.Sprintf(`"id":%d`, execution))
	contains(t, "replay", d.must("POST", path+"/replay", ""), fmt.Sprintf(`"execution":%d`, execution+1))
	contains(t, "open ones", d.must("GET", "/executions?status=queued", ""), `"origin":"replay"`, fmt.Sprintf(`"source":%d`, execution))
	status, answer := d.call("POST", path+"/cancel", "")
	contains(t, fmt.Sprint("cancel what is over ", status), answer, "is over", "409")
	contains(t, "a page of open ones", d.must("GET", "/executions?limit=1", ""), fmt.Sprintf(`"id":%d`, execution+1), `"next":"9223372036854775807-9223372036854775807"`)
	contains(t, "the page behind it", d.must("GET", "/executions?limit=1&after=9223372036854775807-9223372036854775807", ""), fmt.Sprintf(`"id":%d`, execution))
	next := fmt.Sprintf("/executions/%d", execution+1)
	contains(t, "cancel what waits", d.must("POST", next+"/cancel", ""), `"status":"stopped"`, "ExecutionInterruptedError")
	contains(t, "replay from a module", d.must("POST", path+"/replay", `{"from":2}`), fmt.Sprintf(`"execution":%d`, execution+2))
	contains(t, "it goes on with what is recorded", d.must("GET", fmt.Sprintf("/executions/%d", execution+2), ""), `"origin":"rerun"`)
	status, answer = d.call("POST", path+"/replay", `{"from":77}`)
	contains(t, fmt.Sprint("replay from a module that is not there ", status), answer, "422", "no module 77")
}

func contains(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("%s: %s is not in %s", what, part, got)
		}
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		status     int
		want       []string
	}{
		{"retry", `{"action":"retry"}`, 200, []string{`"state":"pending"`, `"due":"2026-03-01T12:00:00Z"`, `"version":1`}},
		{"retry by the newest version", `{"action":"retry","newest":true}`, 200, []string{`"version":2`}},
		{"retry with other bundles", `{"action":"retry","bundles":{"1":{"name":"Eve"}}}`, 200, []string{`{"1":{"name":"Eve"}}`}},
		{"happened", `{"action":"happened","output":{"data":1}}`, 200, []string{`"state":"pending"`, `"happened":{"data":1}`}},
		{"happened without an output", `{"action":"happened"}`, 200, []string{`"happened":{}`}},
		{"skip", `{"action":"skip","reason":"known"}`, 200, []string{`"state":"resolved"`, "skipped by a person: known"}},
		{"stop", `{"action":"stop"}`, 200, []string{`"state":"resolved"`, "it failed"}},
		{"edit", `{"action":"edit","bundles":{}}`, 200, []string{`"state":"unresolved"`, `"bundles":{}`}},
		{"nothing to edit", `{"action":"edit"}`, 422, []string{"nothing to edit"}},
		{"bundles that are none", `{"action":"edit","bundles":[]}`, 422, []string{"JSON object"}},
		{"an output that is none", `{"action":"happened","output":5}`, 422, []string{"one bundle"}},
		{"an output that is of no use", `{"action":"skip","output":{}}`, 422, []string{"happened"}},
		{"bundles of no use", `{"action":"skip","bundles":{}}`, 422, []string{"for a retry"}},
		{"no decision", `{"action":"think"}`, 422, []string{"retry, happened"}},
		{"a long reason", `{"action":"skip","reason":"` + strings.Repeat("x", 1001) + `"}`, 422, []string{"1000 are allowed"}},
		{"the longest reason", `{"action":"skip","reason":"` + strings.Repeat("x", 1000) + `"}`, 200, []string{"resolved"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fill()
			_, id := d.setAside()
			d.must("POST", "/scenarios/1/versions", `{"blueprint":`+hookedText+`}`)
			status, answer := d.call("POST", fmt.Sprintf("/incomplete/%d/decide", id), tc.body)
			if status != tc.status {
				t.Fatalf("got %d %s, want %d", status, answer, tc.status)
			}
			contains(t, tc.name, answer, tc.want...)
		})
	}
}

func TestDecidingTwiceIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	_, id := d.setAside()
	r := &recorder{}
	d.control.Live = r
	contains(t, "all of a scenario", d.must("POST", "/incomplete/retry", `{"scenario":1}`), fmt.Sprintf(`"done":[%d]`, id), `"live":true`)
	if got := strings.Join(r.told, ","); got != "retries 0" {
		t.Errorf("the service was told %q, want to look for retries", got)
	}
	path := fmt.Sprintf("/incomplete/%d/decide", id)
	status, answer := d.call("POST", path+` "1"`, `{"action":"skip"}`)
	contains(t, fmt.Sprint("a decision about an old state ", status), answer, "412")
	d.must("POST", path, `{"action":"skip"}`)
	status, answer = d.call("POST", path, `{"action":"retry"}`)
	contains(t, fmt.Sprint("a decision about what is resolved ", status), answer, "409", "it is resolved")
	contains(t, "resolved ones", d.must("GET", "/incomplete?state=resolved", ""), "skipped by a person")
}

func TestTriggerStartsWhereItIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must("POST", "/scenarios", `{"blueprint":`+pollingText+`}`)
	for from, want := range map[string]string{
		`{"from":"now"}`: `{"start":"now","at":"2026-03-01T12:00:00.000Z"}`,
		`{"from":"all"}`: `{"start":"all"}`,
		`{"from":"since","date":"2026-01-02T00:00:00Z"}`: `{"start":"since","at":"2026-01-02T00:00:00.000Z"}`,
	} {
		d.must("PUT", "/scenarios/1/start-from", from)
		data, err := d.store.TriggerCursor(t.Context(), 1, 7)
		if err != nil {
			t.Fatal(err)
		}
		cursor, _, err := value.DecodeBinary(data)
		if err != nil || cursor.JSON() != want {
			t.Errorf("%s: got the cursor %s (%v), want %s", from, cursor.JSON(), err, want)
		}
	}
}
