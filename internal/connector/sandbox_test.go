package connector_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/apps"
	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	sandbox "github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/value"
)

// world is the Customerly app against a sandbox of its own, through the real client.
type world struct {
	t     *testing.T
	c     *connector.Connector
	conn  *module.Connection
	box   *sandbox.Server
	clock *clock.Fake
}

func newWorld(t *testing.T, opts sandbox.Options) *world {
	t.Helper()
	box, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	folder, err := fs.Sub(apps.Files, "customerly")
	if err != nil {
		t.Fatal(err)
	}
	app, problems := appdef.Load(folder)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := &world{t: t, box: box, clock: clock.NewFake(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))}
	client := outbound.New(outbound.Options{Allow: []string{"loopback"}, Clock: w.clock})
	t.Cleanup(client.Close)
	w.c, err = connector.New(app, connector.Deps{HTTP: client, Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.conn = &module.Connection{Key: "1", App: "customerly", Type: "customerly", Fields: value.Collection(
		value.F("apiToken", value.Text(sandbox.DefaultToken)), value.F("apiAddress", value.Text(server.URL+"/v1")))}
	return w
}

// collected is a module.Output that keeps everything.
type collected struct {
	bundles, exchanges []value.Value
	cursor             value.Value
}

func (c *collected) Bundle(v value.Value) error {
	c.bundles = append(c.bundles, v)
	return nil
}
func (c *collected) Exchange(v value.Value)        { c.exchanges = append(c.exchanges, v) }
func (c *collected) Respond(module.Response) error { return nil }
func (c *collected) Cursor(v value.Value)          { c.cursor = v }

// run runs a module with parameters given as JSON, coerced as the engine does.
func (w *world) run(name, parameters string) (*collected, error) {
	w.t.Helper()
	return w.runWith(nil, name, parameters)
}

// runWith runs a module that sends an idempotency key.
func (w *world) runWith(key *module.IdempotencyKey, name, parameters string) (*collected, error) {
	w.t.Helper()
	i := slices.IndexFunc(w.c.Modules(), func(m *module.Module) bool { return m.Name == name })
	if i < 0 {
		w.t.Fatalf("there is no module %s", name)
	}
	m := w.c.Modules()[i]
	given, err := value.ParseJSON([]byte(parameters))
	if err != nil {
		w.t.Fatal(err)
	}
	input, err := module.Coerce(given, m.Expect, time.UTC)
	if err != nil {
		return nil, err
	}
	out := &collected{}
	op := &module.Operation{Module: &m.Description, Input: input, Started: w.clock.Now(), Zone: time.UTC, Seed: 7, Idempotency: key}
	err = m.Run(context.Background(), op, w.conn, out)
	return out, err
}

// must runs a module and returns its bundles; a failure ends the test.
func (w *world) must(name, parameters string) []value.Value {
	w.t.Helper()
	out, err := w.run(name, parameters)
	if err != nil {
		w.t.Fatalf("%s %s: %v", name, parameters, err)
	}
	return out.bundles
}

func TestCustomerlyAgainstSandbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	check := func(name, parameters, want string) {
		t.Helper()
		if got := value.Array(w.must(name, parameters)...).JSON(); got != want {
			t.Errorf("%s %s\n got %s\nwant %s", name, parameters, got, want)
		}
	}
	check("createUpdateUser", `{"email":"ada+1@example.com","user_id":"u/1","name":"Ada","tags":["vip"],"attributes":[{"key":"plan","value":"pro"}]}`,
		`[{"email":"ada+1@example.com","user_id":"u/1","inserted":1}]`)
	check("createUpdateUser", `{"email":"ada+1@example.com","name":"","attributes":[{"key":"seats","value":3}]}`, `[{"email":"ada+1@example.com","inserted":1}]`)
	got, _ := w.box.Contact("ada+1@example.com")
	if got.Name != "Ada" || got.Attributes["plan"] != "pro" || got.Attributes["seats"] != 3.0 || !slices.Equal(got.Tags, []string{"vip"}) {
		t.Errorf("after an update with empty fields: got %+v, want them unchanged and seats added", got)
	}
	for _, by := range []string{`{"email":"ada+1@example.com"}`, `{"by":"user_id","user_id":"u/1"}`} {
		if user := w.must("getUser", by)[0]; user.Get("name").Str() != "Ada" || user.Get("user_tags").JSON() != `["vip"]` {
			t.Errorf("getUser %s: got %s", by, user.JSON())
		}
	}
	check("createUpdateLead", `{"email":"bob@example.com","name":"Bob"}`, `[{"email":"bob@example.com","inserted":1}]`)
	if lead := w.must("getLead", `{"email":"bob@example.com"}`)[0]; lead.Get("is_user").Float() != 0 {
		t.Errorf("getLead: got %s, want a lead", lead.JSON())
	}
	check("addRemoveTag", `{"tag":"new","contact":"lead","email":"bob@example.com"}`, `[{"tag":"new","email":"bob@example.com","untagged":false}]`)
	check("addRemoveTag", `{"tag":"vip","contact":"user","by":"user_id","user_id":"u/1","untag":true}`, `[{"tag":"vip","user_id":"u/1","untagged":true}]`)
	check("listTags", `{}`, `[{"name":"new"},{"name":"vip"}]`)
	check("deleteTag", `{"tag":"vip"}`, `[{"tag":"vip","deleted":true}]`)
	check("unsubscribeUser", `{"user_id":"u/1"}`, `[{"user_id":"u/1","unsubscribed":true}]`)
	check("addUserAttributes", `{"user_id":"u/1","attributes":[{"key":"plan","value":"free"}]}`, `[{"user_id":"u/1","attributes":{"plan":"free"}}]`)
	check("addUserToCompany", `{"email":"ada+1@example.com","company_id":"acme","company_name":"Acme","attributes":[{"key":"size","value":5}]}`, `[{"company_id":"acme","added":true}]`)
	check("addCompanyAttributes", `{"company_id":"acme","attributes":[{"key":"size","value":6}]}`, `[{"company_id":"acme","attributes":{"size":6}}]`)
	if got, _ := w.box.Contact("ada+1@example.com"); !got.Unsubscribed || got.Attributes["plan"] != "free" || !slices.Equal(got.Companies, []string{"acme"}) {
		t.Errorf("got %+v, want unsubscribed, plan free, company acme", got)
	}
	member := w.must("listTeamMembers", `{"limit":1}`)[0].Get("account_id").JSON()
	if sent := w.must("sendMessage", `{"from":`+member+`,"email":"ada+1@example.com","content":"Hello"}`)[0]; sent.Get("timestamp").Float() == 0 {
		t.Errorf("sendMessage: got %s, want a timestamp", sent.JSON())
	}
	check("makeApiCall", `{"url":"/tags","qs":[{"key":"x","value":"1"}]}`, w.raw("makeApiCall", `{"url":"/tags"}`))
	check("deleteUser", `{"by":"user_id","user_id":"u/1"}`, `[{"user_id":"u/1","deleted":true}]`)
	check("deleteLead", `{"email":"bob@example.com"}`, `[{"email":"bob@example.com","deleted":true}]`)
	check("deleteUser", `{"by":"user_id","user_id":"u/1"}`, `[{"user_id":"u/1","deleted":false}]`)
	check("deleteTag", `{"tag":"vip"}`, `[{"tag":"vip","deleted":false}]`)
	if s := w.box.Stats(); s.Users != 0 || s.Leads != 0 || s.Messages != 1 {
		t.Errorf("at the end: got %+v, want no contacts and one message", s)
	}
}

func (w *world) raw(name, parameters string) string {
	w.t.Helper()
	return value.Array(w.must(name, parameters)...).JSON()
}

func TestKnowledgeBaseAgainstSandbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	collection := w.must("createCollection", `{"title":"Billing"}`)[0].Get("knowledge_base_collection_id").JSON()
	if got := w.must("editCollection", `{"collection_id":`+collection+`,"description":"Money"}`)[0]; got.Get("title").Str() != "Billing" || got.Get("description").Str() != "Money" {
		t.Errorf("editCollection: got %s", got.JSON())
	}
	article := w.must("createArticle", `{"collection_id":`+collection+`,"title":"Pay","body":"<p>x</p>"}`)[0].Get("knowledge_base_article_id").JSON()
	w.must("editArticle", `{"article_id":`+article+`,"title":"Pay now"}`)
	if got := w.must("getArticle", `{"article_id":`+article+`}`)[0]; got.Get("title").Str() != "Pay now" || got.Get("body").Str() != "<p>x</p>" {
		t.Errorf("getArticle: got %s", got.JSON())
	}
	if got := w.must("listArticles", `{"collection_id":`+collection+`}`); len(got) != 1 {
		t.Errorf("listArticles: got %d, want 1", len(got))
	}
	if got := w.must("listWriters", `{}`); len(got) == 0 {
		t.Error("listWriters: got none")
	}
	w.must("deleteArticle", `{"article_id":`+article+`}`)
	w.must("getCollection", `{"collection_id":`+collection+`}`)
	w.must("deleteCollection", `{"collection_id":`+collection+`}`)
	for _, c := range w.must("listCollections", `{"limit":100}`) {
		if c.Get("knowledge_base_collection_id").JSON() == collection {
			t.Errorf("listCollections: collection %s is still there", collection)
		}
	}
}

func TestListsReadAsManyPagesAsTheLimitAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{Users: 130, Leads: 60, MaxPerPage: 20}) // the server caps pages below what is asked for
	cases := []struct {
		name, parameters string
		want, requests   int
	}{
		{"listUsers", `{}`, 10, 1},
		{"listUsers", `{"limit":45}`, 45, 3},
		{"listUsers", `{"limit":1000,"sort":"name","sort_direction":"asc"}`, 130, 8},
		{"listLeads", `{"limit":60}`, 60, 3},
	}
	for _, c := range cases {
		t.Run(c.name+c.parameters, func(t *testing.T) {
			t.Parallel()
			out, err := w.run(c.name, c.parameters)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, b := range out.bundles {
				seen[b.Get("email").Str()] = true
			}
			if len(out.bundles) != c.want || len(seen) != c.want || len(out.exchanges) != c.requests {
				t.Errorf("got %d bundles, %d different, %d requests; want %d, %d, %d", len(out.bundles), len(seen), len(out.exchanges), c.want, c.want, c.requests)
			}
		})
	}
}

// TestCallWithAnIdempotencyKeyIsRepeated makes a raw call that the service fails once: with a key it may be made again, with the same one.
func TestCallWithAnIdempotencyKeyIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	if err := w.box.PlanFault(sandbox.PlannedFault{Fault: "503", Times: 1}); err != nil {
		t.Fatal(err)
	}
	key := &module.IdempotencyKey{Header: "Idempotency-Key", Key: "k"}
	out, err := w.runWith(key, "makeApiCall", `{"url":"/users","method":"POST","body":"{\"users\":[{\"email\":\"x@example.com\"}]}"}`)
	if err != nil || len(out.exchanges) != 2 {
		t.Fatalf("got %d requests, %v; want two", len(out.exchanges), err)
	}
	for _, e := range out.exchanges {
		if got := value.Render(e.Get("request").Get("headers").Get("idempotency-key")); got != "k" {
			t.Errorf("a request had the key %s", got)
		}
	}
	out, err = w.runWith(key, "makeApiCall", `{"url":"/tags"}`)
	if err != nil || !out.exchanges[0].Get("request").Get("headers").Get("idempotency-key").IsNothing() {
		t.Errorf("a GET had a key: %s, %v", out.exchanges[0].JSON(), err)
	}
}

// TestADeletionWhoseAnswerIsLostSucceeds has the connection break behind a deletion, which is made again and finds nothing.
func TestADeletionWhoseAnswerIsLostSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.must("createUpdateLead", `{"email":"bob@example.com"}`)
	if err := w.box.PlanFault(sandbox.PlannedFault{Fault: "drop;after", Times: 1}); err != nil {
		t.Fatal(err)
	}
	out, err := w.run("deleteLead", `{"email":"bob@example.com"}`)
	if err != nil || len(out.exchanges) != 2 || out.bundles[0].JSON() != `{"email":"bob@example.com","deleted":false}` {
		t.Errorf("got %v after %d requests, %v; want it gone", out.bundles, len(out.exchanges), err)
	}
}

func TestFailuresOfCustomerly(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, module, parameters string
		fault                    string // planned for the first requests
		times                    int
		badToken                 bool
		kind                     fault.Kind // "" for success
		message                  string     // part of it
		requests                 int
	}{
		{name: "bad token", module: "listTags", parameters: `{}`, badToken: true, kind: fault.InvalidAccessToken, message: "Access token not found. Copy the API token again", requests: 1},
		{name: "no such user", module: "getUser", parameters: `{"email":"no@example.com"}`, kind: fault.Data, message: "User doesn't exist. Check", requests: 1},
		{name: "delete nobody", module: "deleteLead", parameters: `{"email":"no@example.com"}`, requests: 1},
		{name: "delete with a bad token", module: "deleteLead", parameters: `{"email":"no@example.com"}`, badToken: true, kind: fault.InvalidAccessToken, requests: 1},
		{name: "refused contact", module: "createUpdateUser", parameters: `{"email":"x@example.com","attributes":[{"key":"a b","value":"1"}]}`, kind: fault.Data, message: "did not accept", requests: 1},
		{name: "503 once", module: "createUpdateUser", parameters: `{"email":"x@example.com"}`, fault: "503", times: 1, requests: 2},
		{name: "500 for good", module: "listTags", parameters: `{}`, fault: "500", times: 9, kind: fault.Connection, message: "Internal Server Error", requests: 4},
		{name: "429 with Retry-After", module: "listTags", parameters: `{}`, fault: "429;retry-after=7", times: 1, requests: 2},
		{name: "429 for longer than we wait", module: "listTags", parameters: `{}`, fault: "429;retry-after=600", times: 9, kind: fault.RateLimit, requests: 1},
		{name: "dropped read", module: "listTags", parameters: `{}`, fault: "drop", times: 1, requests: 2},
		{name: "dropped upsert", module: "createUpdateUser", parameters: `{"email":"x@example.com"}`, fault: "drop;after", times: 1, requests: 2},
		{name: "dropped message", module: "sendMessage", parameters: `{"from":41657,"email":"x@example.com","content":"Hi"}`, fault: "drop;after", times: 1, kind: fault.Connection, requests: 1},
		{name: "message and 429", module: "sendMessage", parameters: `{"from":41657,"email":"x@example.com","content":"Hi"}`, fault: "429", times: 1, kind: fault.Data, message: "doesn't exist", requests: 2},
		{name: "half an answer", module: "listUsers", parameters: `{}`, fault: "malformed", times: 1, kind: fault.Data, message: "not valid JSON", requests: 1},
		{name: "empty answer", module: "createUpdateUser", parameters: `{"email":"x@example.com"}`, fault: "empty", times: 1, requests: 2},
		{name: "raw GET is repeated", module: "makeApiCall", parameters: `{"url":"/tags"}`, fault: "503", times: 1, requests: 2},
		{name: "raw POST is not repeated", module: "makeApiCall", parameters: `{"url":"/users","method":"POST","body":"{}"}`, fault: "503", times: 1, kind: fault.Connection, requests: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			if c.badToken {
				w.conn.Fields = w.conn.Fields.With("apiToken", value.Text("not-the-token"))
			}
			if c.fault != "" {
				if err := w.box.PlanFault(sandbox.PlannedFault{Fault: c.fault, Times: c.times}); err != nil {
					t.Fatal(err)
				}
			}
			out, err := w.run(c.module, c.parameters)
			if got := fault.KindOf(err); got != c.kind || err != nil && !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %s: %v\nwant %s: …%s…", got, err, c.kind, c.message)
			}
			if len(out.exchanges) != c.requests {
				t.Errorf("got %d requests, want %d", len(out.exchanges), c.requests)
			}
		})
	}
}

func TestRetryAfterDecidesTheWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	if err := w.box.PlanFault(sandbox.PlannedFault{Fault: "429;retry-after=7", Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.must("listTags", `{}`)
	if slept := w.clock.Slept(); !slices.Equal(slept, []time.Duration{7 * time.Second}) {
		t.Errorf("got waits %v, want 7s", slept)
	}
	if err := w.box.PlanFault(sandbox.PlannedFault{Fault: "429;retry-after=600", Times: 1}); err != nil {
		t.Fatal(err)
	}
	_, err := w.run("listTags", `{}`)
	if told := fault.From(err); told == nil || told.Delay != 10*time.Minute {
		t.Errorf("got %+v, want a delay of 10 minutes", told)
	}
}

func TestRecordsHideTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	out, err := w.run("makeApiCall", `{"url":"/tags","headers":[{"key":"X-Copy","value":"`+sandbox.DefaultToken+`"}],"qs":[{"key":"t","value":"`+sandbox.DefaultToken+`"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	record := out.exchanges[0].JSON()
	if strings.Contains(record, sandbox.DefaultToken) {
		t.Errorf("got the token in the record: %s", record)
	}
	if !strings.Contains(record, `"status":200`) || !strings.Contains(record, "/v1/tags") {
		t.Errorf("got %s, want status and address", record)
	}
}

// Whatever is mapped and wherever a redirect leads, the token stays with the host of the connection.
func TestTokenNeverReachesAnotherHost(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 10)
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		_, _ = w.Write([]byte(`{"data":[]}`))
	}))
	t.Cleanup(stranger.Close)
	host := strings.TrimPrefix(stranger.URL, "http://")
	w := newWorld(t, sandbox.Options{})
	for _, address := range []string{stranger.URL + "/x", "HTTP://" + host, " " + stranger.URL, "http://127.0.0.1:1/", "https://api.customerly.io/v1/users"} {
		out, err := w.run("makeApiCall", `{"url":"`+address+`"}`)
		if kind := fault.KindOf(err); kind != fault.InvalidConfiguration {
			t.Errorf("%q: got %v, want an %s", address, err, fault.InvalidConfiguration)
		}
		if len(out.exchanges) != 0 {
			t.Errorf("%q: got %d requests, want none", address, len(out.exchanges))
		}
	}
	for _, address := range []string{"//" + host + "/x", "@" + host + "/", `\\\\` + host, ".." + host} {
		if _, err := w.run("makeApiCall", `{"url":"`+address+`"}`); err == nil {
			t.Errorf("%q: got success, want it to end at the API itself", address)
		}
	}
	if len(seen) != 0 {
		t.Fatalf("the stranger got %d requests, want none", len(seen))
	}
	redirecting := httptest.NewServer(http.RedirectHandler(stranger.URL+"/moved", http.StatusFound))
	t.Cleanup(redirecting.Close)
	w.conn.Fields = w.conn.Fields.With("apiAddress", value.Text(redirecting.URL))
	if _, err := w.run("listTags", `{}`); err != nil {
		t.Fatal(err)
	}
	if h := <-seen; h.Get("Authorization") != "" {
		t.Errorf("after a redirect: got the Authorization header %q at another host", h.Get("Authorization"))
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	meta, err := w.c.Verify(t.Context(), w.conn)
	if err != nil {
		t.Fatal(err)
	}
	if got := meta.Fields.Get("apiToken").Str(); got != sandbox.DefaultToken {
		t.Errorf("fields: got token %q", got)
	}
	cases := []struct {
		name  string
		token string
		kind  fault.Kind
	}{{"wrong", "not-the-token", fault.InvalidAccessToken}, {"missing", "", fault.BundleValidation}}
	for _, c := range cases {
		conn := *w.conn
		conn.Fields = conn.Fields.With("apiToken", value.Text(c.token))
		_, err := w.c.Verify(t.Context(), &conn)
		if got := fault.KindOf(err); got != c.kind {
			t.Errorf("%s: got %v, want %s", c.name, err, c.kind)
		}
		if c.token != "" && strings.Contains(err.Error(), c.token) {
			t.Errorf("%s: the message shows the token: %v", c.name, err)
		}
	}
	if got := w.c.SecretFields("customerly"); !slices.Equal(got, []string{"apiToken"}) {
		t.Errorf("secret fields: got %v, want apiToken", got)
	}
}

func TestRPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.must("createUpdateUser", `{"email":"a@example.com","tags":["b","a"]}`)
	got, err := w.c.RPC(t.Context(), "rpc://listTags?x=1", value.Collection(), w.conn)
	if want := `[{"label":"a","value":"a"},{"label":"b","value":"b"}]`; err != nil || got.JSON() != want {
		t.Errorf("listTags: got %s, %v, want %s", got.JSON(), err, want)
	}
	w.must("createUpdateUser", `{"email":"b@example.com","attributes":[{"key":"plan","value":"pro"},{"key":"city","value":"Rome"}]}`)
	w.must("createUpdateUser", `{"email":"c@example.com","attributes":[{"key":"plan","value":"free"}]}`)
	w.must("createUpdateLead", `{"email":"d@example.com"}`)
	for name, want := range map[string]string{"listUserAttributes": `["city","plan"]`, "listLeadAttributes": `[]`} {
		if got, err := w.c.RPC(t.Context(), name, value.Collection(), w.conn); err != nil || got.JSON() != want {
			t.Errorf("%s: got %s, %v, want %s", name, got.JSON(), err, want)
		}
	}
	if got, err := w.c.RPC(t.Context(), "listTeamMembers", value.Collection(), w.conn); err != nil || got.Len() == 0 || got.At(0).Get("label").Str() == "" {
		t.Errorf("listTeamMembers: got %s, %v, want options with labels", got.JSON(), err)
	}
	if _, err := w.c.RPC(t.Context(), "nope", value.Collection(), w.conn); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("unknown procedure: got %v, want an %s", err, fault.InvalidConfiguration)
	}
	if _, err := w.c.RPC(t.Context(), "listTags", value.Collection(), nil); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("no connection: got %v, want an %s", err, fault.InvalidConfiguration)
	}
}

// The notifications that the sandbox sends become bundles of the Universal Trigger.
func TestUniversalTriggerAgainstSandbox(t *testing.T) {
	t.Parallel()
	calls := make(chan connector.Call, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := r.Body.Read(body); err != nil && err.Error() != "EOF" {
			t.Errorf("read notification: %v", err)
		}
		calls <- connector.Call{Method: r.Method, Header: r.Header, Query: r.URL.Query(), Body: body}
	}))
	t.Cleanup(hook.Close)
	w := newWorld(t, sandbox.Options{Webhooks: []string{hook.URL}})
	w.must("createUpdateUser", `{"email":"ada@example.com","tags":["vip"]}`)
	if err := w.box.WaitForDeliveries(t.Context()); err != nil {
		t.Fatal(err)
	}
	received, err := w.c.Receive("universal", <-calls)
	if err != nil || len(received.Bundles) != 1 {
		t.Fatalf("got %v, %v, want one bundle", received.Bundles, err)
	}
	if got := received.Bundles[0].Get("contact").Get("email").Str(); got != "ada@example.com" {
		t.Errorf("contact: got %q, want ada@example.com, in %s", got, received.Bundles[0].JSON())
	}
}
