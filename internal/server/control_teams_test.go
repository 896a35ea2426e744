package server_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// as answers every request for one caller.
type as struct{ p *access.Principal }

func (a as) Authenticate(*http.Request) (*access.Principal, error) { return a.p, nil }

// memberOf is a user of one team.
func memberOf(team int64, role access.TeamRole) *access.Principal {
	return &access.Principal{User: team, Email: "ann@example.com", Teams: map[int64]access.Membership{team: {Organization: 1, Role: role}}}
}

// over returns the desk as another caller sees it.
func (d *desk) over(p *access.Principal) *desk {
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	return &desk{
		t: d.t, dir: d.dir, store: d.store, control: d.control,
		handler: api.New(d.control.Services(), api.Options{Auth: as{p}, Ledger: server.Ledger{Store: d.store}, Log: log}),
	}
}

func TestTeamsDoNotReachEachOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.must("POST", "/organizations/1/teams", `{"name":"Other"}`)
	other := d.over(memberOf(2, access.TeamMember))
	other.must("POST", "/datastores", `{"name":"People"}`)
	tests := []struct {
		name, method, path, body string
		status                   int
		want, not                string
	}{
		{"lists hold what is theirs", "GET", "/scenarios", "", 200, `"items":[]`, "Hooked"},
		{"data stores may have the same name", "GET", "/datastores", "", 200, `"id":2|"team":2`, `"id":1,`},
		{"connections", "GET", "/connections", "", 200, `"items":[]`, "Main"},
		{"executions", "GET", "/executions", "", 200, `"items":[]`, ""},
		{"executions of a scenario of others", "GET", "/executions?scenario=1", "", 404, "scenario", ""},
		{"incomplete executions of others", "GET", "/incomplete?scenario=1", "", 404, "scenario", ""},
		{"retry of a scenario of others", "POST", "/incomplete/retry", `{"scenario":1}`, 404, "scenario", ""},
		{"a webhook for a scenario of others", "POST", "/webhooks", `{"scenario":1}`, 404, "scenario", ""},
		{"a scenario for others", "POST", "/scenarios", `{"team":1,"blueprint":` + calledText + `}`, 404, "team", ""},
		{"a connection for others", "POST", "/connections", `{"team":1,"name":"x","app":"customerly","fields":{"apiToken":"x"}}`, 404, "team", ""},
		{"a procedure with a connection of others", "POST", "/apps/customerly/procedures/listTags", `{"connection":1,"parameters":{}}`, 404, "connection", ""},
		{"one of their own", "POST", "/scenarios", `{"blueprint":` + calledText + `}`, 201, `"team":2|"id":3`, ""},
		{"its author is the caller", "GET", "/scenarios/3/versions/0", "", 200, `"author":"ann@example.com"`, ""},
		{"the webhook of others for it", "PATCH", "/webhooks/1", `{"scenario":3}`, 404, "webhook", ""},
		{"a module that names the connection of others", "POST", "/scenarios/3/modules/1/run", `{"bundles":{}}`, 422, "no connection for the app customerly", planted},
		{"the audit log of the installation", "GET", "/audit", "", 403, "installation.view", "scenario.create"},
	}
	for _, tc := range tests {
		status, answer := other.call(tc.method, tc.path, tc.body)
		if status != tc.status {
			t.Errorf("%s: got %d %s, want %d", tc.name, status, answer, tc.status)
		}
		for part := range strings.SplitSeq(tc.want, "|") {
			contains(t, tc.name, answer, part)
		}
		if tc.not != "" && strings.Contains(answer, tc.not) {
			t.Errorf("%s: got %s, which holds %s", tc.name, answer, tc.not)
		}
	}
	if status, answer := d.call("PATCH", "/webhooks/1", `{"scenario":3}`); status != 404 {
		t.Errorf("a webhook went to a scenario of another team: %d %s", status, answer)
	}
}

// audited is the newest entry of the audit log.
func (d *desk) audited() api.AuditEntry {
	d.t.Helper()
	var p api.Page[api.AuditEntry]
	if err := json.Unmarshal([]byte(d.must("GET", "/audit?limit=1", "")), &p); err != nil || len(p.Items) != 1 {
		d.t.Fatalf("got %d entries, error %v", len(p.Items), err)
	}
	return p.Items[0]
}

func TestAuditLogSaysWhatHasChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	ann := d.over(memberOf(1, access.TeamMember))
	tests := []struct{ method, path, body, action, subject, details, not string }{
		{"PATCH", "/scenarios/1", `{"settings":{"historyDays":3}}`, "scenario.change", "scenario 1", `"before":{|"settings":{}|"after":{|"historyDays":3`, `"name"`},
		{"POST", "/scenarios/2/versions", `{"blueprint":` + calledText + `,"note":"again"}`, "version.save", "scenario 2", `"version":2|"version":1|"note":"again"`, "flow"},
		{"POST", "/connections", `{"name":"New","app":"customerly","fields":{"apiToken":"` + planted + `"}}`, "connection.create", "connection 2", `"after":{|"name":"New"|(not kept)`, planted},
		{"PATCH", "/webhooks/1", `{"paused":true}`, "webhook.change", "webhook 1", `"paused":false|"paused":true`, "github"},
		{"PUT", "/datastores/1/record", `{"key":"k","data":{"email":"secret@example.com"}}`, "record.put", "data store 1", `"key":"k"`, "secret@example.com"},
		{"DELETE", "/datastores/1", "", "datastore.delete", "data store 1", `"before":{|"name":"People"`, `"after"`},
	}
	for _, tc := range tests {
		ann.must(tc.method, tc.path, tc.body)
		e := d.audited()
		if e.Action != tc.action || e.Subject != tc.subject || e.Actor != "ann@example.com" || e.Team != 1 || e.Organization != 1 {
			t.Errorf("%s %s: got %+v", tc.method, tc.path, e)
		}
		for part := range strings.SplitSeq(tc.details, "|") {
			contains(t, tc.action, string(e.Details), part)
		}
		if tc.not != "" && strings.Contains(string(e.Details), tc.not) {
			t.Errorf("%s: the details hold %s: %s", tc.action, tc.not, e.Details)
		}
	}
	before := d.audited()
	ann.call("PATCH", "/scenarios/1", `{"settings":{"catchUp":"never"}}`)
	ann.call("POST", "/expressions/preview", `{"template":"x","bundles":{}}`)
	ann.must("GET", "/scenarios/1", "")
	if e := d.audited(); e.ID != before.ID {
		t.Errorf("what changed nothing is in the log: %+v", e)
	}
}

func TestRequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	send := func(over *desk, key, path, body string) (int, string, bool) {
		r := httptest.NewRequest(http.MethodPost, api.Prefix+path, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", key)
		w := httptest.NewRecorder()
		over.handler.ServeHTTP(w, r)
		return w.Code, w.Body.String(), w.Header().Get("Idempotent-Replayed") == "true"
	}
	_, made, _ := send(d, "a", "/datastores", `{"name":"Once"}`)
	status, again, replayed := send(d, "a", "/datastores", `{"name":"Once"}`)
	if status != 201 || strings.TrimSpace(again) != strings.TrimSpace(made) || !replayed {
		t.Errorf("sent again: got %d %s, want %s", status, again, made)
	}
	if status, answer, _ := send(d, "a", "/datastores", `{"name":"Else"}`); status != 422 || !strings.Contains(answer, "Another request") {
		t.Errorf("another request with the key: got %d %s", status, answer)
	}
	if status, _, replayed := send(d.over(memberOf(1, access.TeamMember)), "a", "/datastores", `{"name":"Ann's"}`); status != 201 || replayed {
		t.Errorf("the key of another caller: got %d", status)
	}
	if status, _, _ := send(d, "b", "/datastores", `{"name":"Once"}`); status != 409 {
		t.Errorf("a request that is refused: got %d", status)
	}
	d.must("DELETE", "/datastores/2", "")
	if status, _, replayed := send(d, "b", "/datastores", `{"name":"Once"}`); status != 201 || replayed {
		t.Errorf("a request that was refused and can be carried out now: got %d, replayed %t", status, replayed)
	}
	send(d, "run", "/scenarios/1/run", `{"input":[{"name":"Ada"}]}`)
	if _, answer, replayed := send(d, "run", "/scenarios/1/run", `{"input":[{"name":"Ada"}]}`); !replayed {
		t.Errorf("a scenario ran twice: %s", answer)
	}
	list, err := d.store.OpenHistory(t.Context(), store.HistoryFilter{Scenario: 1, Statuses: []store.Status{store.Queued}})
	if err != nil || len(list) != 1 {
		t.Errorf("got %d executions, error %v; want one", len(list), err)
	}
	if status, answer, _ := send(d, strings.Repeat("x", api.MaxRequestKeyBytes+1), "/datastores", `{}`); status != 400 {
		t.Errorf("a key that is too long: got %d %s", status, answer)
	}
}

func TestSecondSaveIsToldWhatTheFirstChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	blueprint := func(first, more string) string {
		return `{"blueprint":{"name":"Two editors","flow":[{"id":1,"module":"util:SetVariables","version":1,"mapper":{"name":"` + first + `"}}` + more + `],"metadata":{"version":1}}`
	}
	d.must("POST", "/scenarios", blueprint("a", "")+`}`)
	ann, bob := d.over(memberOf(1, access.TeamMember)), d.over(&access.Principal{User: 9, Email: "bob@example.com", Teams: map[int64]access.Membership{1: {Role: access.TeamMember}}})
	ann.must("POST", `/scenarios/1/versions "1"`, blueprint("b", `,{"id":2,"module":"util:SetVariables","version":1,"mapper":{}}`)+`,"note":"greet them"}`)
	status, answer := bob.call("POST", `/scenarios/1/versions "1"`, blueprint("c", "")+`}`)
	if status != http.StatusPreconditionFailed {
		t.Errorf("got %d, want that the save is refused", status)
	}
	for _, part := range []string{"newest version is 2", "by ann@example.com", "greet them", "module 1, module 2 (new)", "nothing of yours is lost"} {
		contains(t, "the refusal", answer, part)
	}
	contains(t, "what is saved", d.must("GET", "/scenarios/1/versions/0", ""), `"name":"b"`)
	bob.must("POST", `/scenarios/1/versions "2"`, blueprint("c", "")+`}`)
	contains(t, "the version of the other", d.must("GET", "/scenarios/1/versions/2", ""), `"name":"b"`)
}
