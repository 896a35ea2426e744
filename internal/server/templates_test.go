package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// trial is an installation with a sandbox, in which a template is filled in and run.
type trial struct {
	*desk
	station  *station
	sandbox  *httptest.Server
	received chan string // bodies that were sent to an address of one's own
	now      time.Time
}

func newTrial(t *testing.T) *trial {
	t.Helper()
	d := newDesk(t)
	d.control.Clock = clock.System{} // a service must not run on a clock whose sleep returns at once
	box, err := customerly.New(customerly.Options{Users: 40, Leads: 25, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{desk: d, sandbox: httptest.NewServer(box.Handler()), received: make(chan string, 1), now: d.control.Clock.Now()}
	t.Cleanup(func() {
		tr.sandbox.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	service, err := server.StartService(t.Context(), d.control.System, d.store, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	d.control.Live = service
	tr.station = &station{installation: &installation{t: t}, store: d.store, service: service}
	d.must("POST", "/connections", fmt.Sprintf(`{"name":"Account","app":"customerly","test":true,"fields":{"apiToken":%q,"apiAddress":"%s/v1"}}`, customerly.DefaultToken, tr.sandbox.URL))
	return tr
}

// fillIn chooses everything that a template asks for, and makes the scenario.
func (tr *trial) fillIn(name string) api.CreatedScenario {
	tr.t.Helper()
	template := get[api.Template](tr.desk, "GET", "/templates/"+name, "")
	var bp map[string]any
	if err := json.Unmarshal(template.Blueprint, &bp); err != nil {
		tr.t.Fatal(err)
	}
	for _, c := range template.Choose {
		chosen := tr.choose(c)
		if len(c.Places) == 0 {
			tr.t.Errorf("%s has no place for %s", name, c.Label)
		}
		for _, p := range c.Places {
			part, field, _ := strings.Cut(p.Field, ".")
			tr.fields(bp, p.Module, part)[field] = chosen
		}
	}
	text, err := json.Marshal(bp)
	if err != nil {
		tr.t.Fatal(err)
	}
	return get[api.CreatedScenario](tr.desk, "POST", "/scenarios", fmt.Sprintf(`{"schedule":%s,"blueprint":%s}`, template.Schedule, text))
}

// fields are those of a module under "parameters" or "mapper", which must hold the field already.
func (tr *trial) fields(bp map[string]any, module int, part string) map[string]any {
	tr.t.Helper()
	for _, m := range bp["flow"].([]any) {
		if node := m.(map[string]any); node["id"] == float64(module) {
			return node[part].(map[string]any)
		}
	}
	tr.t.Fatalf("there is no module %d", module)
	return nil
}

func (tr *trial) choose(c api.Choice) any {
	tr.t.Helper()
	switch c.Kind {
	case "connection":
		if c.App != "customerly" {
			tr.t.Errorf("a connection of %q is asked for", c.App)
		}
		return 1
	case "datastore":
		return get[api.DataStore](tr.desk, "POST", "/datastores", fmt.Sprintf(`{"name":%q,"structure":%s}`, c.Name, c.Structure)).ID
	case "field":
		h := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			tr.received <- r.Method + " " + string(body)
		}))
		tr.t.Cleanup(h.Close)
		return h.URL
	}
	tr.t.Fatalf("nothing is known of the kind %q", c.Kind)
	return nil
}

// run runs the scenario to its end, which must be a success.
func (tr *trial) run(scenario int64) {
	tr.t.Helper()
	id := get[api.Started](tr.desk, "POST", fmt.Sprint("/scenarios/", scenario, "/run"), "").Execution
	if e := tr.station.ended(id); e.Status != store.Success {
		tr.t.Fatalf("the execution ended as %s: %s", e.Status, e.Summary.ErrorMessage)
	}
}

// contact is one as the sandbox tells it.
type contact struct {
	Email        string   `json:"email"`
	Name         string   `json:"name"`
	LastActivity int64    `json:"last_activity"`
	Unsubscribe  int      `json:"unsubscribe"`
	Tags         []string `json:"user_tags"`
	Attributes   struct {
		Plan string `json:"plan"`
	} `json:"attributes"`
}

// ask calls the sandbox as a client of its own would.
func (tr *trial) ask(method, path, body string, into any) {
	tr.t.Helper()
	r, err := http.NewRequestWithContext(tr.t.Context(), method, tr.sandbox.URL+"/v1"+path, strings.NewReader(body))
	if err != nil {
		tr.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+customerly.DefaultToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		tr.t.Fatalf("%s %s: got %d, error %v", method, path, resp.StatusCode, err)
	}
}

func (tr *trial) contacts(kind string) []contact {
	tr.t.Helper()
	var found struct{ Data map[string][]contact }
	tr.ask("GET", "/"+kind+"/list?per_page=100", "", &found)
	return found.Data[kind]
}

func (tr *trial) user(email string) contact {
	tr.t.Helper()
	var found struct{ Data contact }
	tr.ask("GET", "/users?email="+email, "", &found)
	return found.Data
}

// records are those of the only data store, by key.
func (tr *trial) records() map[string]string {
	tr.t.Helper()
	all := map[string]string{}
	for _, r := range get[api.Page[api.Record]](tr.desk, "GET", "/datastores/1/records?limit=500", "").Items {
		all[r.Key] = r.Data.JSON()
	}
	return all
}

// TestTemplates runs every template against the sandbox and looks at what it did.
func TestTemplates(t *testing.T) {
	t.Parallel()
	trials := map[string]func(tr *trial){
		"leads-to-data-store": keepsLeads, "tag-users-by-plan": tagsUsers, "win-back-list": listsQuietUsers,
		"webhook-to-http": sendsNotificationsOn, "nightly-report": reportsNewUsers,
	}
	list := get[api.Page[api.Template]](newDesk(t), "GET", "/templates", "").Items
	for _, template := range list {
		if template.Title == "" || template.Description == "" || len(template.Apps) == 0 || len(template.Modules) == 0 || template.Blueprint != nil {
			t.Errorf("got %+v", template)
		}
		try := trials[template.Name]
		if try == nil {
			t.Errorf("nobody tries the template %s", template.Name)
			continue
		}
		t.Run(template.Name, func(t *testing.T) {
			t.Parallel()
			try(newTrial(t))
		})
	}
	if len(list) != len(trials) {
		t.Errorf("got %d templates, want %d", len(list), len(trials))
	}
	if status, answer := newDesk(t).call("GET", "/templates/nothing", ""); status != 404 {
		t.Errorf("no template: got %d %s", status, answer)
	}
}

func keepsLeads(tr *trial) {
	made := tr.fillIn("leads-to-data-store")
	tr.must("PUT", fmt.Sprint("/scenarios/", made.Scenario.ID, "/start-from"), `{"from":"all"}`)
	tr.run(made.Scenario.ID)
	kept := tr.records()
	leads := tr.contacts("leads")
	if len(leads) != 25 || len(kept) != len(leads) {
		tr.t.Fatalf("got %d records of %d leads", len(kept), len(leads))
	}
	for _, l := range leads {
		if !strings.Contains(kept[l.Email], strconv.Quote(l.Name)) || !strings.Contains(kept[l.Email], strconv.Quote(l.Attributes.Plan)) && l.Attributes.Plan != "" {
			tr.t.Errorf("%+v: got record %s", l, kept[l.Email])
		}
	}
	tr.ask("POST", "/leads", `{"leads":[{"email":"new@example.com","name":"New Lead"}]}`, &struct{}{})
	tr.run(made.Scenario.ID)
	if kept := tr.records(); len(kept) != 26 || !strings.Contains(kept["new@example.com"], "New Lead") {
		tr.t.Errorf("a new lead: got %d records, %s", len(kept), kept["new@example.com"])
	}
}

func tagsUsers(tr *trial) {
	made := tr.fillIn("tag-users-by-plan")
	tr.must("PUT", fmt.Sprint("/scenarios/", made.Scenario.ID, "/start-from"), `{"from":"all"}`)
	tr.run(made.Scenario.ID)
	tagged := 0
	for _, u := range tr.contacts("users") {
		tags := slices.DeleteFunc(tr.user(u.Email).Tags, func(tag string) bool { return !strings.HasPrefix(tag, "plan-") })
		want := []string(nil)
		if u.Attributes.Plan != "" {
			want = []string{"plan-" + strings.ToLower(u.Attributes.Plan)}
			tagged++
		}
		if !slices.Equal(tags, want) && len(tags)+len(want) > 0 {
			tr.t.Errorf("%s on %q: got tags %v", u.Email, u.Attributes.Plan, tags)
		}
	}
	if tagged == 0 {
		tr.t.Error("no user is on a plan")
	}
}

func listsQuietUsers(tr *trial) {
	before := tr.contacts("users")
	made := tr.fillIn("win-back-list")
	tr.run(made.Scenario.ID)
	kept, quiet := tr.records(), 0
	for _, u := range before {
		isQuiet := u.LastActivity < tr.now.AddDate(0, 0, -60).Unix() && u.Unsubscribe == 0
		if isQuiet {
			quiet++
		}
		seen := time.Unix(u.LastActivity, 0).UTC().Format(time.DateOnly)
		if got := kept[u.Email]; (got != "") != isQuiet || isQuiet && !strings.Contains(got, seen) {
			tr.t.Errorf("%s, quiet %t since %s: got record %s", u.Email, isQuiet, seen, got)
		}
		if got := slices.Contains(tr.user(u.Email).Tags, "win-back"); got != isQuiet {
			tr.t.Errorf("%s, quiet %t: got the tag %t", u.Email, isQuiet, got)
		}
	}
	if quiet == 0 || quiet == len(before) {
		tr.t.Errorf("%d of %d users are quiet, which shows nothing", quiet, len(before))
	}
}

func sendsNotificationsOn(tr *trial) {
	made := tr.fillIn("webhook-to-http")
	if made.Webhook == nil {
		tr.t.Fatal("it made no webhook")
	}
	tr.must("POST", fmt.Sprint("/scenarios/", made.Scenario.ID, "/start"), "")
	started := get[api.Started](tr.desk, "POST", fmt.Sprint("/webhooks/", made.Webhook.Webhook.ID, "/test"),
		`{"bundle":{"event":"user.tagged","data":{"tag":"vip","user":{"data":{"email":"ada@example.com","name":"Ada \"the first\""}}}}}`)
	if e := tr.station.ended(started.Execution); e.Status != store.Success {
		tr.t.Fatalf("the execution ended as %s: %s", e.Status, e.Summary.ErrorMessage)
	}
	if got, want := <-tr.received, `POST {"email":"ada@example.com","event":"user.tagged","name":"Ada \"the first\"","tag":"vip"}`; got != want {
		tr.t.Errorf("got %s, want %s", got, want)
	}
}

func reportsNewUsers(tr *trial) {
	tr.ask("POST", "/users", `{"users":[{"email":"one@example.com","user_id":"n1"},{"email":"two@example.com","user_id":"n2"}]}`, &struct{}{})
	made := tr.fillIn("nightly-report")
	tr.run(made.Scenario.ID)
	kept := tr.records()
	report := ""
	for day, text := range kept {
		if at, err := time.Parse(time.DateOnly, day); err != nil || tr.now.Sub(at) > 24*time.Hour {
			tr.t.Errorf("got the report of %s", day)
		}
		report = text
	}
	if len(kept) != 1 || !strings.Contains(report, `"users":2`) || !strings.Contains(report, "one@example.com") || !strings.Contains(report, "two@example.com") {
		tr.t.Errorf("got %v", kept)
	}
}
