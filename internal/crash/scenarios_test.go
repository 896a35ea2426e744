//go:build linux || darwin

package crash_test

import (
	"cmp"
	"fmt"
	"strings"
)

// scenario is one way to call the upstream. The path of each call is /name/event/number of the call.
type scenario struct {
	name  string
	calls []call   // in the order in which an execution makes them
	nodes []string // behind the webhook, with UP for the address of the upstream

	answer   string // that it computes for who sends an event, with EVENT; "" for scenarios that do not answer
	settings string // of the blueprint
	ordered  bool   // no event begins before the one that came before it has ended
	keeps    bool   // each event that ends well adds one record to the data store, and no other does
	fails    bool   // each execution is rolled back
	retried  bool   // the last call for an event fails the first time, and its bundle is retried
	rerun    bool   // the same, and the whole execution is run again

	rate int           // how many calls of its webhook are taken in a minute; 0 for any number
	gate chan struct{} // the first call for each event is answered when it is closed; nil for at once
}

// webhook returns the settings of its webhook.
func (s *scenario) webhook() string {
	const anyNumber = 1_000_000
	return fmt.Sprintf(`{"rate":{"limit":%d,"seconds":60}}`, cmp.Or(s.rate, anyNumber))
}

// inRow returns a scenario that makes two calls one after the other; between stands between them, if anything does.
func inRow(name string, between ...string) scenario {
	nodes := append([]string{send(2, "put", "UP/"+name+"/{{1.id}}/0", "first {{1.id}}")}, between...)
	return scenario{
		name: name, calls: []call{{"PUT", "first EVENT", 200}, {"PUT", "second EVENT", 200}},
		nodes: append(nodes, send(9, "put", "UP/"+name+"/{{1.id}}/1", "second {{1.id}}")),
	}
}

// call is what the upstream must see of one operation.
type call struct {
	method string
	body   string // with EVENT for the identity of the event
	status int    // that the upstream answers
}

// unsafe reports whether the call must never be repeated unasked.
func (c call) unsafe() bool { return c.method == "POST" }

// handsBack reports whether an event can end without all calls: an unsafe call of unknown outcome waits for a person.
func (s *scenario) handsBack() bool {
	for _, c := range s.calls {
		if c.unsafe() {
			return true
		}
	}
	return s.passes()
}

// passes reports whether the last call for an event fails once.
func (s *scenario) passes() bool { return s.retried || s.rerun }

// token is the secret part of the address of the webhook.
func (s *scenario) token() string { return "crash-" + s.name + "-0123456789abcdefghijklmnop" }

// blueprint returns the scenario as a file, behind its webhook.
func (s *scenario) blueprint(upstream string) string {
	behind := *s
	behind.nodes = append([]string{`{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1},"mapper":{}}`}, s.nodes...)
	return behind.flow(upstream)
}

// flow returns the scenario as a file, with its nodes alone.
func (s *scenario) flow(upstream string) string {
	nodes := strings.ReplaceAll(strings.Join(s.nodes, ","), "UP", upstream)
	return fmt.Sprintf(`{"name":%q,"flow":[%s],"metadata":{"version":1,"scenario":{%s}}}`, s.name, nodes, s.settings)
}

// scenarios returns what the test runs: each shape that recovery has to get right.
func scenarios() []scenario {
	put := func(body string) call { return call{"PUT", body, 200} }
	return []scenario{
		{
			name: "read", calls: []call{{"GET", "", 200}, put(`{"id":"EVENT","read":"secret of EVENT"}`)},
			nodes: []string{
				send(2, "get", "UP/read/{{1.id}}/0", ""),
				`{"id":3,"module":"json:TransformToJSON","version":1,"parameters":{"space":""},"mapper":{"object":{"id":"{{1.id}}","read":"{{2.data.value}}"}}}`,
				send(4, "put", "UP/read/{{1.id}}/1", "{{3.json}}"),
			},
		},
		{
			name: "unsafe", calls: []call{{"POST", "EVENT", 200}, put("after EVENT")},
			nodes: []string{send(2, "post", "UP/unsafe/{{1.id}}/0", "{{1.id}}"), send(3, "put", "UP/unsafe/{{1.id}}/1", "after {{1.id}}")},
		},
		{
			name: "each", calls: []call{put("1"), put("2"), put("3"), put("4"), put("5"), put("1,2,3,4,5 of EVENT")},
			nodes: []string{
				`{"id":2,"module":"builtin:BasicFeeder","version":1,"parameters":{},"mapper":{"array":"{{1.items}}"}}`,
				send(3, "put", "UP/each/{{1.id}}/{{2.value - 1}}", "{{2.value}}"),
				`{"id":4,"module":"builtin:BasicAggregator","version":1,"parameters":{"feeder":2},"mapper":{"value":"{{2.value}}"}}`,
				send(5, "put", "UP/each/{{1.id}}/5", `{{join(map(4.array; "value"); ",")}} of {{1.id}}`),
			},
		},
		{
			name: "row", calls: []call{put("first EVENT"), put("second EVENT")},
			nodes: []string{send(2, "put", "UP/row/{{1.id}}/0", "first {{1.id}}"), send(3, "put", "UP/row/{{1.id}}/1", "second {{1.id}}")},
		},
		{
			name: "route", calls: []call{{"PUT", "EVENT", 500}, put("handled EVENT")},
			nodes: []string{
				strings.TrimSuffix(send(2, "put", "UP/route/{{1.id}}/0", "{{1.id}}"), "}") + `,"onerror":[` +
					send(3, "put", "UP/route/{{1.id}}/1", "handled {{1.id}}") +
					`,{"id":4,"module":"builtin:Ignore","version":1,"parameters":{},"mapper":{}}]}`,
			},
		},
		{
			name: "resume", calls: []call{{"PUT", "EVENT", 500}, put("instead of EVENT")},
			nodes: []string{
				strings.TrimSuffix(send(2, "put", "UP/resume/{{1.id}}/0", "{{1.id}}"), "}") +
					`,"onerror":[{"id":4,"module":"builtin:Resume","version":1,"parameters":{},"mapper":{"data":"instead"}}]}`,
				send(3, "put", "UP/resume/{{1.id}}/1", "{{2.data}} of {{1.id}}"),
			},
		},
		{
			name: "line", ordered: true, settings: `"sequential":true`, calls: []call{put("first EVENT"), put("second EVENT")},
			nodes: []string{send(2, "put", "UP/line/{{1.id}}/0", "first {{1.id}}"), send(3, "put", "UP/line/{{1.id}}/1", "second {{1.id}}")},
		},
		{
			name: "cycle", keeps: true, settings: `"autoCommit":false`, calls: []call{put("EVENT")},
			nodes: []string{addRecord(2, "cycle"), send(3, "put", "UP/cycle/{{1.id}}/0", "{{1.id}}")},
		},
		{
			name: "auto", keeps: true, settings: `"autoCommit":true`, calls: []call{put("first EVENT"), put("second EVENT")},
			nodes: []string{
				send(2, "put", "UP/auto/{{1.id}}/0", "first {{1.id}}"), addRecord(3, "auto"),
				send(4, "put", "UP/auto/{{1.id}}/1", "second {{1.id}}"),
			},
		},
		{
			name: "undo", fails: true, settings: `"autoCommit":false,"maxErrors":0`, calls: []call{{"PUT", "EVENT", 500}},
			nodes: []string{
				addRecord(2, "undo"), strings.TrimSuffix(send(3, "put", "UP/undo/{{1.id}}/0", "{{1.id}}"), "}") +
					`,"onerror":[{"id":4,"module":"builtin:Rollback","version":1,"parameters":{},"mapper":{}}]}`,
			},
		},
		{
			name: "later", retried: true, calls: []call{put("EVENT")},
			nodes: []string{
				strings.TrimSuffix(send(2, "put", "UP/later/{{1.id}}/0", "{{1.id}}"), "}") +
					`,"onerror":[{"id":4,"module":"builtin:Break","version":1,"parameters":{},"mapper":{"retry":true,"count":"9","interval":"1"}}]}`,
			},
		},
		{
			name: "answer", answer: "computed EVENT", nodes: []string{
				`{"id":2,"module":"util:ComposeTransformer","version":1,"parameters":{},"mapper":{"value":"computed {{1.id}}"}}`,
				`{"id":3,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"200","body":"{{2.value}}"}}`,
			},
		},
		{
			name: "again", rerun: true, calls: []call{put("first EVENT"), put("second EVENT")},
			nodes: []string{send(2, "put", "UP/again/{{1.id}}/0", "first {{1.id}}"), send(3, "put", "UP/again/{{1.id}}/1", "second {{1.id}}")},
		},
	}
}

// recordsName is the data store that the scenarios add to.
const recordsName = "events"

// addRecord returns the node that adds the record of an event; a second one would be refused.
func addRecord(id int, name string) string {
	return fmt.Sprintf(`{"id":%d,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":%q},"mapper":{"key":"%s/{{1.id}}","data":{"id":"{{1.id}}"}}}`,
		id, recordsName, name)
}

// send returns the node of a call.
func send(id int, method, address, body string) string {
	return fmt.Sprintf(`{"id":%d,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{`+
		`"url":%q,"method":%q,"bodyType":"raw","contentType":"text/plain","data":%q,"parseResponse":true}}`, id, address, method, body)
}
