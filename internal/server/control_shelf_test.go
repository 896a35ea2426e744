package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/store"
)

// get reads the answer of a request that succeeds.
func get[T any](d *desk, method, path, body string) T {
	d.t.Helper()
	var v T
	answer := d.must(method, path, body)
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		d.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
	return v
}

// names lists the names of the scenarios that a query finds.
func (d *desk) names(query string) string {
	d.t.Helper()
	var names []string
	for _, s := range get[api.Page[api.Scenario]](d, "GET", "/scenarios"+query, "").Items {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

func TestFoldersHoldScenarios(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.must("PATCH", `/scenarios/1 "1"`, `{"folder":" Leads "}`)
	d.must("POST", "/scenarios/1/start", "")
	d.must("POST", "/scenarios", `{"folder":"Leads","blueprint":`+pollingText+`}`)
	for query, want := range map[string]string{
		"?folder=Leads": "Hooked, Polling", "?folder=": "Calls", "": "Hooked, Calls, Polling", "?folder=Nowhere": "",
		"?active=true": "Hooked", "?active=false": "Calls, Polling", "?folder=Leads&active=false&name=POLL": "Polling",
	} {
		if got := d.names(query); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
	folders := get[api.Page[api.Folder]](d, "GET", "/folders", "").Items
	if got, want := fmt.Sprint(folders), "[{ 1 0} {Leads 2 1}]"; got != want {
		t.Errorf("got folders %s, want %s", got, want)
	}
	d.must("POST", "/scenarios/1/versions", `{"blueprint":`+hookedText+`}`)
	if s := get[api.Scenario](d, "PATCH", "/scenarios/1", `{"settings":{"historyDays":1}}`); s.Folder != "Leads" {
		t.Errorf("got folder %q after other changes, want Leads", s.Folder)
	}
	if s := get[api.Scenario](d, "PATCH", "/scenarios/1", `{"folder":""}`); s.Folder != "" {
		t.Errorf("got folder %q, want none", s.Folder)
	}
	if status, answer := d.call("PATCH", "/scenarios/1", `{"folder":"`+strings.Repeat("x", store.MaxNameBytes+1)+`"}`); status != 422 {
		t.Errorf("a name that is too long: got %d %s", status, answer)
	}
	if status, answer := d.call("GET", "/scenarios?active=yes", ""); status != 400 {
		t.Errorf("a filter that is neither true nor false: got %d %s", status, answer)
	}
	d.must("POST", "/organizations/1/teams", `{"name":"Other"}`)
	if got := d.over(memberOf(2, "member")).must("GET", "/folders", ""); strings.Contains(got, "Leads") {
		t.Errorf("another team sees %s", got)
	}
}

func TestScenariosSayWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var flow []string
	for i := range 15 {
		flow = append(flow, fmt.Sprintf(`{"id":%d,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"x"},"onerror":[{"id":%d,"module":"builtin:Ignore","version":1}]}`, i+1, i+101))
	}
	long := `{"name":"Long","flow":[` + strings.Join(flow, ",") + `]}`
	made := get[api.CreatedScenario](d, "POST", "/scenarios", `{"blueprint":`+long+`}`).Scenario
	if made.ModuleCount != 15 || len(made.Modules) != 12 || made.Modules[11] != "util:ComposeTransformer" {
		t.Errorf("got %d modules, %v", made.ModuleCount, made.Modules)
	}
	d.must("POST", "/scenarios/1/versions", `{"blueprint":`+pollingText+`}`)
	want := "[customerly:watchUsers]"
	for range 2 { // the second time it was kept
		if s := get[api.Scenario](d, "GET", "/scenarios/1", ""); fmt.Sprint(s.Modules) != want || s.ModuleCount != 1 {
			t.Errorf("got %v of %d, want %s", s.Modules, s.ModuleCount, want)
		}
		if err := d.store.NoteModules(t.Context(), 1, 2, ""); err != nil {
			t.Fatal(err)
		}
	}
	if s := get[api.Scenario](d, "POST", "/scenarios/1/versions/1/restore", ""); s.ModuleCount != 15 {
		t.Errorf("got %d modules of the old version, want 15", s.ModuleCount)
	}
}

func TestScenariosTellOfTheirLastExecution(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	if s := get[api.Scenario](d, "GET", "/scenarios/1", ""); s.Last != nil {
		t.Errorf("got %+v before any execution", s.Last)
	}
	execution, _ := d.setAside()
	list := get[api.Page[api.Scenario]](d, "GET", "/scenarios", "").Items
	last := list[0].Last
	if last == nil || last.Execution != execution || last.Status == "" || last.Finished.IsZero() || list[1].Last != nil {
		t.Errorf("got %+v and %+v, want execution %d of the first", last, list[1].Last, execution)
	}
}

func TestScenariosAreRenamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must("POST", "/scenarios", `{"blueprint":{"blueprint":`+pollingText+`,"other":1}}`)
	s := get[api.Scenario](d, "PATCH", `/scenarios/1 "1"`, `{"name":"Watch \"them\"","schedule":{"type":"indefinitely","interval":900}}`)
	if s.Name != `Watch "them"` || s.Version != 2 || s.Revision != 2 || s.Schedule.Get("interval").Float() != 900 || len(s.Modules) != 1 {
		t.Errorf("got %+v", s)
	}
	v := d.must("GET", "/scenarios/1/versions/0", "")
	for _, part := range []string{`Watch \"them\"`, `"other":1`, `"note":"Renamed from \"Polling\""`, `"module":"customerly:watchUsers"`} {
		if !strings.Contains(strings.ReplaceAll(v, " ", ""), strings.ReplaceAll(part, " ", "")) {
			t.Errorf("the new version lacks %s: %s", part, v)
		}
	}
	if s := get[api.Scenario](d, "PATCH", "/scenarios/1", `{"name":"Watch \"them\""}`); s.Version != 2 {
		t.Errorf("the same name made version %d", s.Version)
	}
	for _, name := range []string{"", strings.Repeat("x", blueprint.MaxNameCharacters+1)} {
		if status, answer := d.call("PATCH", "/scenarios/1", `{"name":"`+name+`"}`); status != 422 {
			t.Errorf("a name of %d bytes: got %d %s", len(name), status, answer)
		}
	}
	if status, _ := d.call("PATCH", `/scenarios/1 "1"`, `{"name":"Late"}`); status != 412 {
		t.Errorf("a name for another revision: got %d", status)
	}
}

func TestScenariosAreDuplicated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.must("PATCH", "/scenarios/1", `{"folder":"Leads","settings":{"historyDays":3}}`)
	d.must("POST", "/scenarios/1/start", "")
	made := get[api.CreatedScenario](d, "POST", "/scenarios/1/duplicate", "")
	s := made.Scenario
	if s.ID != 3 || s.Name != "Hooked (copy)" || s.Active || s.Folder != "Leads" || s.Settings.HistoryDays != 3 || s.Version != 1 {
		t.Errorf("got %+v", s)
	}
	if made.Webhook == nil || !made.Webhook.Webhook.Secrets || strings.Contains(made.Webhook.Path, "tttt") || !strings.HasPrefix(made.Webhook.Path, "/hook/") {
		t.Fatalf("got webhook %+v, want one with secrets of its own and a new address", made.Webhook)
	}
	if got := d.must("GET", "/webhooks/2", ""); !strings.Contains(got, `"limit":3`) || strings.Contains(got, planted) {
		t.Errorf("got webhook %s", got)
	}
	other := get[api.CreatedScenario](d, "POST", "/scenarios/2/duplicate", `{"name":"Calls again","folder":"New"}`)
	if other.Scenario.Name != "Calls again" || other.Scenario.Folder != "New" || other.Webhook != nil {
		t.Errorf("got %+v", other)
	}
	if status, answer := d.call("POST", "/scenarios/9/duplicate", ""); status != 404 {
		t.Errorf("no scenario: got %d %s", status, answer)
	}
	long := strings.Repeat("é", blueprint.MaxNameCharacters)
	d.must("PATCH", "/scenarios/2", `{"name":"`+long+`"}`)
	if s := get[api.CreatedScenario](d, "POST", "/scenarios/2/duplicate", "").Scenario; !strings.HasSuffix(s.Name, "é (copy)") {
		t.Errorf("got name %q", s.Name)
	}
}
