package customerly

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// testClock is a time source that tests move by hand.
type testClock struct{ seconds atomic.Int64 }

func newTestClock() *testClock {
	c := &testClock{}
	c.seconds.Store(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Unix())
	return c
}

func (c *testClock) now() time.Time { return time.Unix(c.seconds.Load(), 0).UTC() }

func (c *testClock) advance(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }

func waitNever(context.Context, time.Duration) error { return nil }

// newSandbox makes a sandbox that is closed with the test. Without a clock of its own it stands still.
func newSandbox(tb testing.TB, opts Options) *Server {
	tb.Helper()
	if opts.Now == nil {
		opts.Now = newTestClock().now
	}
	if opts.Wait == nil {
		opts.Wait = waitNever
	}
	s, err := New(opts)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

// send makes one request with the right token and "METHOD URL" as its target.
func send(tb testing.TB, s *Server, target, body string, header ...string) *httptest.ResponseRecorder {
	tb.Helper()
	method, address, _ := strings.Cut(target, " ")
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+DefaultToken)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// must sends a request that has to answer 200, and returns the body.
func must(tb testing.TB, s *Server, target, body string) string {
	tb.Helper()
	w := send(tb, s, target, body)
	if w.Code != http.StatusOK {
		tb.Fatalf("%s %s: got %d %s, want 200", target, body, w.Code, w.Body)
	}
	return w.Body.String()
}

// apiCase is one request to a sandbox and what its answer has to hold.
type apiCase struct {
	name   string
	opts   Options
	given  []string // requests before, as "METHOD URL BODY"
	target string   // "METHOD URL"
	body   string
	header []string
	status int
	want   []string
	not    []string
}

func (c apiCase) run(t *testing.T) {
	t.Helper()
	s := newSandbox(t, c.opts)
	for _, step := range c.given {
		method, rest, _ := strings.Cut(step, " ")
		address, body, _ := strings.Cut(rest, " ")
		must(t, s, method+" "+address, body)
	}
	w := send(t, s, c.target, c.body, c.header...)
	if w.Code != c.status {
		t.Errorf("%s: got status %d, want %d; body %s", c.target, w.Code, c.status, w.Body)
	}
	for _, want := range c.want {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %s, want %s in it", c.target, w.Body, want)
		}
	}
	for _, not := range c.not {
		if strings.Contains(w.Body.String(), not) {
			t.Errorf("%s: got %s, want no %s in it", c.target, w.Body, not)
		}
	}
}

func runCases(t *testing.T, cases []apiCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

const (
	adaUser = `POST /v1/users {"users":[{"email":"ada@x.example","user_id":"7","name":"Ada L","attributes":{"plan":"pro","seats":3},"tags":["vip"]}]}`
	bobLead = `POST /v1/leads {"leads":[{"email":"bob@x.example","name":"Bob","attributes":{"source":"form"},"tags":["cold"]}]}`
	aBook   = `POST /v1/knowledge/collections {"title":"Start here"}`
	anEntry = `POST /v1/knowledge/articles {"title":"First steps","knowledge_base_collection_id":1,"body":"hello"}`
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	ok := func(name string, header ...string) apiCase {
		return apiCase{name: name, target: "GET /v1/tags", header: append([]string{"Authorization", ""}, header...), status: 200, want: []string{`{"data":[]}`}}
	}
	const badBody, noBody = `{"error":{"message":"Access token not found.","code":0}}`, `{"error":{"message":"You must provide a valid header Authorization: Bearer <TOKEN>","code":0}}`
	refused := func(name string, strict bool, status int, body string, header ...string) apiCase {
		return apiCase{
			name: name, opts: Options{StrictAuth: strict}, target: "GET /v1/tags", header: append([]string{"Authorization", ""}, header...),
			status: status, want: []string{body}, not: []string{`"data"`, DefaultToken},
		}
	}
	runCases(t, []apiCase{
		ok("bearer", "Authorization", "Bearer sandbox-token"),
		ok("bearer in small letters", "authorization", "bearer   sandbox-token "),
		ok("raw authorization", "AUTHORIZATION", "sandbox-token"),
		ok("authentication with access token", "Authentication", "AccessToken: sandbox-token"),
		ok("authentication with access token, no space", "Authentication", "accesstoken:sandbox-token"),
		ok("raw authentication", "Authentication", "sandbox-token"),
		ok("authentication bearer", "Authentication", "Bearer sandbox-token"),
		ok("access token header", "AccessToken", "sandbox-token", "Client", "src"),
		ok("one right of two", "Authorization", "Bearer wrong", "Authentication", "AccessToken: sandbox-token"),
		refused("bad token", false, 500, badBody, "Authorization", "Bearer wrong"),
		refused("bad legacy token", false, 500, badBody, "Authentication", "AccessToken: wrong"),
		refused("no header", false, 500, noBody),
		refused("no token after bearer", false, 500, noBody, "Authorization", "Bearer "),
		refused("strict bad token", true, 401, badBody, "Authorization", "Bearer wrong"),
		refused("strict no header", true, 401, noBody),
		{name: "own token", opts: Options{Token: "mine"}, target: "GET /v1/tags", header: []string{"Authorization", "Bearer mine"}, status: 200},
		{name: "token before route", target: "GET /v1/nowhere", header: []string{"Authorization", "Bearer wrong"}, status: 500},
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	const notFound = `{"error":{"message":"User doesn't exist","code":0}}`
	runCases(t, []apiCase{
		{name: "list empty", target: "GET /v1/users/list", status: 200, want: []string{`{"data":{"users":[]}}`}},
		{
			name: "list", given: []string{adaUser, bobLead}, target: "GET /v1/users/list?page=0&per_page=50&unknown=1&perPage=0", status: 200,
			want: []string{
				`"crmhero_user_id":1001,`, `"user_id":"7"`, `"email":"ada@x.example"`, `"is_user":1,"was_lead":0`, `"first_seen_at":1772600767`,
				`"last_update":"2026-03-04 05:06:07"`, `"attributes":{"plan":"pro","seats":3}`, `"picture_initials":"AL"`,
			},
			not: []string{"bob@", "user_tags", "user_events", "companies"},
		},
		{name: "page past the end", given: []string{adaUser}, target: "GET /v1/users/list?page=1", status: 200, want: []string{`"users":[]`}},
		{name: "page beyond all numbers", given: []string{adaUser}, target: "GET /v1/users/list?page=9223372036854775807", status: 200, want: []string{`"users":[]`}},
		{name: "nonsense paging", given: []string{adaUser}, target: "GET /v1/users/list?page=-1&per_page=x&sort=bogus&sort_direction=no", status: 200, want: []string{"ada@"}},
		{name: "trailing slash", given: []string{adaUser}, target: "GET /v1/users/list/", status: 200, want: []string{"ada@"}},
		{
			name: "get by address", given: []string{adaUser}, target: "GET /v1/users?email=ada%40x.example", status: 200,
			want: []string{`{"data":{"crmhero_user_id":1001,`, `"user_tags":["vip"]`, `"user_segments":[]`, `"user_notes":[]`, `"companies":[]`, `"user_events":[]`},
		},
		{name: "get by raw address", given: []string{adaUser}, target: "GET /v1/users?email=ada@x.example", status: 200, want: []string{"ada@x"}},
		{name: "get in other letters", given: []string{adaUser}, target: "GET /v1/users?email=ADA@X.example", status: 200, want: []string{"ada@x"}},
		{name: "get by id", given: []string{adaUser}, target: "GET /v1/users?user_id=7", status: 200, want: []string{"ada@x"}},
		{name: "get by unknown id", given: []string{adaUser}, target: "GET /v1/users?user_id=8", status: 404, want: []string{notFound}},
		{name: "get with old key", given: []string{adaUser}, target: "GET /v1/users?userId=7", status: 404, want: []string{notFound}},
		{name: "get with no query", given: []string{adaUser}, target: "GET /v1/users", status: 404, want: []string{notFound}},
		{name: "not found as 200", opts: Options{NotFoundStatus: 200}, target: "GET /v1/users", status: 200, want: []string{notFound}},
		{name: "get a lead as user", given: []string{bobLead}, target: "GET /v1/users?email=bob@x.example", status: 404, want: []string{notFound}},
		{
			name: "plus as space", given: []string{`POST /v1/users {"users":[{"email":"a+b@x.example"}]}`},
			target: "GET /v1/users?email=a+b@x.example", status: 200, want: []string{`"email":"a+b@x.example"`},
		},
		{
			name: "plus encoded", given: []string{`POST /v1/users {"users":[{"email":"a+b@x.example"}]}`},
			target: "GET /v1/users?email=a%2Bb%40x.example", status: 200, want: []string{`"email":"a+b@x.example"`},
		},
		{name: "no attributes are a list", given: []string{`POST /v1/users {"users":[{"email":"e@x.example"}]}`}, target: "GET /v1/users?email=e@x.example", status: 200, want: []string{`"attributes":[]`, `"user_id":null`, `"name":null`}},
		{name: "delete by address", given: []string{adaUser}, target: "DELETE /v1/users?email=ada@x.example", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete by id", given: []string{adaUser}, target: "DELETE /v1/users?user_id=7", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete again", given: []string{adaUser, `DELETE /v1/users?user_id=7`}, target: "DELETE /v1/users?user_id=7", status: 404, want: []string{notFound}},
		{name: "gone after delete", given: []string{adaUser, `DELETE /v1/users?user_id=7`}, target: "GET /v1/users?email=ada@x.example", status: 404},
		{name: "delete nobody", target: "DELETE /v1/users", status: 404, want: []string{notFound}},
		{name: "unsubscribe by own id", given: []string{adaUser}, target: "POST /v1/users/unsubscribe/7", status: 200, want: []string{`{"data":[]}`}},
		{name: "unsubscribe by internal id", given: []string{adaUser}, target: "POST /v1/users/unsubscribe/1001", status: 200, want: []string{`{"data":[]}`}},
		{name: "unsubscribed", given: []string{adaUser, `POST /v1/users/unsubscribe/7`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"unsubscribe":1`}},
		{name: "unsubscribe nobody", target: "POST /v1/users/unsubscribe/7", status: 404, want: []string{notFound}},
		{name: "add attributes", given: []string{adaUser, `POST /v1/users/add-attributes/7 {"attributes":{"seats":4,"old":true}}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`{"old":true,"plan":"pro","seats":4}`}},
		{name: "add nested attributes", given: []string{adaUser}, target: "POST /v1/users/add-attributes/7", body: `{"attributes":{"a":{}}}`, status: 422, want: []string{"nested"}},
		{name: "add attributes to nobody", target: "POST /v1/users/add-attributes/7", body: `{"attributes":{}}`, status: 404, want: []string{notFound}},
		{
			name: "company", given: []string{adaUser, `POST /v1/users/add-to-company {"user_id":7,"company_id":12,"company_name":"Acme","company_attributes":{"size":5}}`},
			target: "GET /v1/users?user_id=7", status: 200, want: []string{`"companies":[{"company_id":"12","name":"Acme","attributes":{"size":5}}]`},
		},
		{
			name: "company by internal id and list of attributes", given: []string{adaUser, `POST /v1/users/add-to-company {"internal_user_id":1001,"company_id":"c","company_attributes":[{"size":5},{"size":6,"a":1}]}`},
			target: "GET /v1/users?user_id=7", status: 200, want: []string{`"attributes":{"a":1,"size":6}`},
		},
		{name: "company without id", given: []string{adaUser}, target: "POST /v1/users/add-to-company", body: `{"email":"ada@x.example"}`, status: 422, want: []string{"company_id is required"}},
		{name: "company of nobody", target: "POST /v1/users/add-to-company", body: `{"email":"ada@x.example","company_id":1}`, status: 404, want: []string{notFound}},
		{
			name: "company attributes", given: []string{adaUser, `POST /v1/users/add-to-company {"user_id":"7","company_id":1}`, `POST /v1/company/add-attributes/1 {"company_name":"New","attributes":{"x":"y"}}`},
			target: "GET /v1/users?user_id=7", status: 200, want: []string{`{"company_id":"1","name":"New","attributes":{"x":"y"}}`},
		},
		{name: "attributes of no company", target: "POST /v1/company/add-attributes/1", body: `{"attributes":{}}`, status: 404, want: []string{"Company doesn't exist"}},
		{name: "HTTP/1.0 and head", given: []string{adaUser}, target: "HEAD /v1/users/list", status: 200},
	})
}

func TestUpsert(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxTextChars+1)
	fits := strings.Repeat("é", maxTextChars)
	post := func(name, body string, status int, want ...string) apiCase {
		return apiCase{name: name, target: "POST /v1/users", body: body, status: status, want: want}
	}
	runCases(t, []apiCase{
		post("new", `{"users":[{"email":"a@x.example"}]}`, 200, `{"data":{"inserted":1,"errors":[],"not_added":[]}}`),
		{name: "known counts too", given: []string{adaUser}, target: "POST /v1/users", body: `{"users":[{"email":"Ada@x.example"}]}`, status: 200, want: []string{`"inserted":1`}},
		{name: "any content type", target: "POST /v1/users", body: `{"users":[{"email":"a@x.example"}]}`, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 200, want: []string{`"inserted":1`}},
		{name: "text content type", target: "POST /v1/users", body: `{"users":[{"email":"a@x.example"}]}`, header: []string{"Content-Type", "text/json;charset=UTF-8"}, status: 200, want: []string{`"inserted":1`}},
		post("empty list", `{"users":[]}`, 200, `"inserted":0`),
		post("no body", ``, 400, "no JSON body"),
		post("not JSON", `{"users":`, 400, "not valid JSON"),
		post("wrong key", `{"leads":[]}`, 422, "users must be a list"),
		post("not an object", `[1]`, 422, "does not fit"),
		post("too many", `{"users":[`+strings.Repeat("{},", maxBatchContacts)+`{}]}`, 422, "more than 1000"),
		post("most", `{"users":[`+strings.Repeat("{},", maxBatchContacts-1)+`{}]}`, 200, `"inserted":0`),
		post("no address", `{"users":[{"name":"x"},{"email":"a@x.example"}]}`, 200, `"inserted":1`, `"errors":[{"index":0,"email":"","message":"email is required"}]`, `"not_added":[""]`),
		post("bad address", `{"users":[{"email":"nobody"}]}`, 200, `"inserted":0`, "email is not valid"),
		post("odd element", `{"users":[7,null,"x",{"email":{}}]}`, 200, `"inserted":0`, `"index":3`),
		post("nested attribute", `{"users":[{"email":"a@x.example","attributes":{"a":{"b":1}}}]}`, 200, `"inserted":0`, "nested values are not allowed", `"not_added":["a@x.example"]`),
		post("listed attribute", `{"users":[{"email":"a@x.example","attributes":{"a":[1]}}]}`, 200, "nested values"),
		post("attribute name", `{"users":[{"email":"a@x.example","attributes":{"a b":1}}]}`, 200, "only letters, digits"),
		post("empty list of attributes", `{"users":[{"email":"a@x.example","attributes":[]}]}`, 200, `"inserted":1`),
		post("list of attributes", `{"users":[{"email":"a@x.example","attributes":[1]}]}`, 200, "must be an object"),
		post("long text", `{"users":[{"email":"a@x.example","attributes":{"a":"`+long+`"}}]}`, 200, "longer than 128"),
		post("longest text", `{"users":[{"email":"a@x.example","attributes":{"a":"`+fits+`"}}]}`, 200, `"inserted":1`),
		{name: "cut text", opts: Options{TruncateText: true}, given: []string{`POST /v1/users {"users":[{"email":"a@x.example","attributes":{"a":"` + long + `"}}]}`}, target: "GET /v1/users?email=a@x.example", status: 200, want: []string{`"` + fits + `"`}},
		{name: "user_id of another", given: []string{adaUser}, target: "POST /v1/users", body: `{"users":[{"email":"b@x.example","user_id":7}]}`, status: 200, want: []string{`"inserted":0`, "belongs to another contact"}},
		{name: "attributes merge", given: []string{adaUser, `POST /v1/users {"users":[{"email":"ada@x.example","attributes":{"seats":9,"n":1.5,"plan":null,"e":""}}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"attributes":{"e":"","n":1.5,"seats":9}`, `"name":"Ada L"`}},
		{name: "tags are added", given: []string{adaUser, `POST /v1/users {"users":[{"email":"ada@x.example","tags":["new","vip"]}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"user_tags":["vip","new"]`}},
		{name: "tags are replaced", opts: Options{ReplaceTags: true}, given: []string{adaUser, `POST /v1/users {"users":[{"email":"ada@x.example","tags":["new"]}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"user_tags":["new"]`}},
		{name: "number as user_id", given: []string{`POST /v1/users {"users":[{"email":"a@x.example","user_id":42}]}`}, target: "GET /v1/users?user_id=42", status: 200, want: []string{`"user_id":"42"`}},
		{name: "text is escaped", given: []string{`POST /v1/users {"users":[{"email":"a@x.example","name":"\"\\\u0001\ud800<é"}]}`}, target: "GET /v1/users?email=a@x.example", status: 200, want: []string{`"name":"\"\\\u0001`}},
		{name: "lead becomes user", given: []string{bobLead, `POST /v1/users {"users":[{"email":"bob@x.example","user_id":"9"}]}`}, target: "GET /v1/users?user_id=9", status: 200, want: []string{`"is_user":1,"was_lead":1`, `"name":"Bob"`, `{"source":"form"}`, `"user_tags":["cold"]`, `"crmhero_user_id":1001`}},
		{name: "converted lead leaves the leads", given: []string{bobLead, `POST /v1/users {"users":[{"email":"bob@x.example"}]}`}, target: "GET /v1/leads/list", status: 200, want: []string{`"leads":[]`}},
		{name: "converted lead joins the users", given: []string{bobLead, `POST /v1/users {"users":[{"email":"bob@x.example"}]}`}, target: "GET /v1/users/list?sort=name", status: 200, want: []string{`bob@x.example`}},
		{name: "body at the limit plus one", target: "POST /v1/users", body: strings.Repeat(" ", maxBodyBytes+1), status: 413, want: []string{"longer than"}},
		{name: "body at the limit", target: "POST /v1/users", body: strings.Repeat(" ", maxBodyBytes-len(`{"users":[]}`)) + `{"users":[]}`, status: 200},
	})
}

func TestLeads(t *testing.T) {
	t.Parallel()
	runCases(t, []apiCase{
		{name: "list", given: []string{adaUser, bobLead}, target: "GET /v1/leads/list", status: 200, want: []string{`{"data":{"leads":[{"crmhero_user_id":1002,`, `"is_user":0`}, not: []string{`"user_id"`, "nps_vote", "ada@"}},
		{name: "get", given: []string{bobLead}, target: "GET /v1/leads?email=bob@x.example", status: 200, want: []string{`"user_tags":["cold"]`}},
		{name: "get missing", target: "GET /v1/leads?email=bob@x.example", status: 404, want: []string{"Lead doesn't exist"}},
		{name: "get has no id", given: []string{bobLead}, target: "GET /v1/leads?user_id=1001", status: 404},
		{name: "get a user as lead", given: []string{adaUser}, target: "GET /v1/leads?email=ada@x.example", status: 404},
		{name: "upsert", target: "POST /v1/leads", body: `{"leads":[{"email":"l@x.example"}]}`, status: 200, want: []string{`"inserted":1,"errors":[],"not_added":[]`}},
		{name: "upsert a user", given: []string{adaUser, `POST /v1/leads {"leads":[{"email":"ada@x.example","attributes":{"n":1}}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"is_user":1,"was_lead":0`, `"n":1`}},
		{name: "user_id is ignored", given: []string{`POST /v1/leads {"leads":[{"email":"l@x.example","user_id":3}]}`}, target: "GET /v1/leads?email=l@x.example", status: 200, want: []string{`"is_user":0`}},
		{name: "user_id promotes", opts: Options{PromoteLeads: true}, given: []string{`POST /v1/leads {"leads":[{"email":"l@x.example","user_id":3}]}`}, target: "GET /v1/users?user_id=3", status: 200, want: []string{`"is_user":1,"was_lead":0`}},
		{name: "delete", given: []string{bobLead}, target: "DELETE /v1/leads?email=bob@x.example", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete a user as lead", given: []string{adaUser}, target: "DELETE /v1/leads?email=ada@x.example", status: 404, want: []string{"Lead doesn't exist"}},
	})
}

func TestTagsAPI(t *testing.T) {
	t.Parallel()
	runCases(t, []apiCase{
		{name: "list", given: []string{adaUser, bobLead}, target: "GET /v1/tags", status: 200, want: []string{`{"data":["cold","vip"]}`}},
		{name: "create", given: []string{`POST /v1/tags {"tag":"x"}`}, target: "GET /v1/tags", status: 200, want: []string{`["x"]`}},
		{name: "reply", target: "POST /v1/tags", body: `{"tag":"x","untag":false,"users":[],"leads":[]}`, status: 200, want: []string{`{"data":[]}`}},
		{name: "tag by id", given: []string{adaUser, `POST /v1/tags {"tag":"x","users":[{"user_id":7}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`["vip","x"]`}},
		{name: "tag by address", given: []string{adaUser, `POST /v1/tags {"tag":"x","users":[{"email":"ada@x.example"}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`["vip","x"]`}},
		{name: "tag a lead", given: []string{bobLead, `POST /v1/tags {"tag":"x","leads":[{"email":"bob@x.example"}]}`}, target: "GET /v1/leads?email=bob@x.example", status: 200, want: []string{`["cold","x"]`}},
		{name: "untag", given: []string{adaUser, `POST /v1/tags {"tag":"vip","untag":"1","users":[{"user_id":"7"}]}`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"user_tags":[]`}},
		{name: "untag keeps the definition", given: []string{adaUser, `POST /v1/tags {"tag":"vip","untag":true,"users":[{"user_id":"7"}]}`}, target: "GET /v1/tags", status: 200, want: []string{`["vip"]`}},
		{name: "unknown user", given: []string{adaUser}, target: "POST /v1/tags", body: `{"tag":"x","users":[{"user_id":7},{"user_id":8}]}`, status: 404, want: []string{"User doesn't exist"}},
		{name: "unknown user changes nothing", opts: Options{NotFoundStatus: 200}, given: []string{adaUser, `POST /v1/tags {"tag":"x","users":[{"user_id":7},{"user_id":8}]}`}, target: "GET /v1/tags", status: 200, want: []string{`["vip"]`}},
		{name: "unknown lead", target: "POST /v1/tags", body: `{"tag":"x","leads":[{"email":"n@x.example"}]}`, status: 404, want: []string{"Lead doesn't exist"}},
		{name: "no tag", target: "POST /v1/tags", body: `{}`, status: 422, want: []string{"tag is required"}},
		{name: "longest tag", target: "POST /v1/tags", body: `{"tag":"` + strings.Repeat("t", maxTagChars) + `"}`, status: 200},
		{name: "too long a tag", target: "POST /v1/tags", body: `{"tag":"` + strings.Repeat("t", maxTagChars+1) + `"}`, status: 422},
		{name: "delete with body", given: []string{adaUser}, target: "DELETE /v1/tags", body: `{"tag":"vip"}`, status: 200, want: []string{`{}`}, not: []string{"data"}},
		{name: "delete with query", given: []string{adaUser}, target: "DELETE /v1/tags?tag=vip", status: 200, want: []string{`{}`}},
		{name: "delete takes it off", given: []string{adaUser, `DELETE /v1/tags?tag=vip`}, target: "GET /v1/users?user_id=7", status: 200, want: []string{`"user_tags":[]`}},
		{name: "delete unknown", target: "DELETE /v1/tags?tag=x", status: 404, want: []string{"Tag doesn't exist"}},
		{name: "delete nothing", target: "DELETE /v1/tags", status: 400},
	})
}

func TestOtherOperations(t *testing.T) {
	t.Parallel()
	message := func(name, body string, status int, want string) apiCase {
		return apiCase{name: name, given: []string{adaUser, bobLead}, target: "POST /v1/messages", body: body, status: status, want: []string{want}}
	}
	runCases(t, []apiCase{
		{name: "accounts", target: "GET /v1/accounts/", status: 200, want: []string{`{"data":[{"account_id":41657,"email":"ada@acme.example"}`}},
		{name: "writers", target: "GET /v1/knowledge/writers", status: 200, want: []string{`"account_id":41657`, `"name":"Ada Rossi"`}},
		message("message by address", `{"from":{"type":"admin","id":"41657"},"to":{"type":"user","email":"ada@x.example"},"content":"hi"}`, 200, `{"data":{"timestamp":1772600767}}`),
		message("message by id", `{"from":{"type":"admin","id":41657},"to":{"type":"user","id":7},"content":"hi","attachments":[]}`, 200, "timestamp"),
		message("message to an admin", `{"from":{"type":"user","id":1001},"to":{"type":"admin","id":41657},"content":"hi"}`, 200, "timestamp"),
		message("message to a lead", `{"from":{"type":"admin","id":41657},"to":{"type":"lead","email":"bob@x.example"},"content":"hi"}`, 200, "timestamp"),
		message("message to nobody", `{"from":{"type":"admin","id":41657},"to":{"type":"user","id":99},"content":"hi"}`, 404, "User doesn't exist"),
		message("message without content", `{"from":{"type":"admin","id":1},"to":{"type":"user","id":7}}`, 422, "content is required"),
		message("message without receiver", `{"from":{"type":"admin","id":1},"to":{},"content":"x"}`, 422, "to needs a type"),
		{name: "collections", given: []string{aBook}, target: "GET /v1/knowledge/collections", status: 200, want: []string{`{"data":[{"knowledge_base_collection_id":1,"app_id":"5a1db0c5","title":"Start here"`, `"slug":"start-here"`}},
		{name: "no collections", target: "GET /v1/knowledge/collections/", status: 200, want: []string{`{"data":[]}`}},
		{name: "collection", given: []string{aBook}, target: "GET /v1/knowledge/collections/1", status: 200, want: []string{`"title":"Start here"`}},
		{name: "missing collection", target: "GET /v1/knowledge/collections/x", status: 404, want: []string{"Collection doesn't exist"}},
		{name: "edit collection", given: []string{aBook}, target: "POST /v1/knowledge/collections/1", body: `{"description":"D","sort":"4"}`, status: 200, want: []string{`"title":"Start here","description":"D"`, `"sort":4`}},
		{name: "edit missing collection", target: "POST /v1/knowledge/collections/1", body: `{"title":"D"}`, status: 404},
		{name: "collection without title", target: "POST /v1/knowledge/collections", body: `{}`, status: 422, want: []string{"title is required"}},
		{name: "delete collection", given: []string{aBook}, target: "DELETE /v1/knowledge/collections/1", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete collection with articles", given: []string{aBook, anEntry, "DELETE /v1/knowledge/collections/1"}, target: "GET /v1/knowledge/articles", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete missing collection", target: "DELETE /v1/knowledge/collections/1", status: 404},
		{name: "articles", given: []string{aBook, anEntry}, target: "GET /v1/knowledge/articles/?knowledge_base_collection_id=1&page=0&per_page=5", status: 200, want: []string{`{"data":[{"knowledge_base_article_id":1,"knowledge_base_collection_id":1,`, `"created_at":1772600767`}},
		{name: "articles of another", given: []string{aBook, anEntry}, target: "GET /v1/knowledge/articles?knowledge_base_collection_id=2", status: 200, want: []string{`{"data":[]}`}},
		{name: "articles page", given: []string{aBook, anEntry}, target: "GET /v1/knowledge/articles?page=1", status: 200, want: []string{`{"data":[]}`}},
		{name: "article", given: []string{aBook, anEntry}, target: "GET /v1/knowledge/articles/1", status: 200, want: []string{`"body":"hello"`}},
		{name: "edit article", given: []string{aBook, anEntry}, target: "POST /v1/knowledge/articles/1", body: `{"status":"published"}`, status: 200, want: []string{`"status":"published"`, `"body":"hello"`}},
		{name: "article in no collection", target: "POST /v1/knowledge/articles", body: `{"title":"x"}`, status: 422, want: []string{"must name a collection"}},
		{name: "article with odd number", given: []string{aBook}, target: "POST /v1/knowledge/articles", body: `{"title":"x","sort":"y"}`, status: 422, want: []string{"whole number"}},
		{name: "missing article", target: "GET /v1/knowledge/articles/1", status: 404, want: []string{"Article doesn't exist"}},
		{name: "edit missing article", target: "POST /v1/knowledge/articles/1", body: `{}`, status: 404},
		{name: "delete article", given: []string{aBook, anEntry}, target: "DELETE /v1/knowledge/articles/1", status: 200, want: []string{`{"data":[]}`}},
		{name: "delete missing article", target: "DELETE /v1/knowledge/articles/1", status: 404},
		{name: "unknown route", target: "GET /v1/conversations", status: 404, want: []string{`{"error":{"message":"Not found","code":0}}`}},
		{name: "root", target: "GET /v1", status: 404, want: []string{"Not found"}},
		{name: "wrong method", target: "PUT /v1/users", status: 405, want: []string{"Method not allowed"}},
		{name: "escaped slash in id", given: []string{`POST /v1/users {"users":[{"email":"s@x.example","user_id":"a/b"}]}`}, target: "POST /v1/users/unsubscribe/a%2Fb", status: 200},
	})
}
