package server_test

import (
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/value"
)

func runWith(inputs value.Value) api.RunOnce { return api.RunOnce{Inputs: &inputs} }

func incompleteOf(scenario int64) api.IncompleteFilter {
	return api.IncompleteFilter{Scenario: scenario, Limit: 10}
}

func decideRetry() api.Decision { return api.Decision{Action: api.DecideRetry} }

func TestInputsOfARun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	declared := `{"name":"Declared","interface":{` + greeting + `},"flow":[` + startNode + `,` + greetNode + `],"metadata":{"version":1}}`
	d.must("POST", "/scenarios", `{"blueprint":`+declared+`,"start":true}`)
	plain := `{"name":"Plain","flow":[{"id":1,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"x"}}],"metadata":{"version":1}}`
	d.must("POST", "/scenarios", `{"blueprint":`+plain+`}`)
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"given", "POST", "/scenarios/1/run", `{"inputs":{"name":"Ada","count":"3"}}`, 202, `"execution":1`},
		{"shown", "GET", "/executions/1", "", 200, `"inputs":{"name":"Ada","count":3}|"input":[]`},
		{"with a default", "POST", "/scenarios/1/run", `{"inputs":{"name":"Ada"}}`, 202, `"execution":2`},
		{"shown with the default", "GET", "/executions/2", "", 200, `"inputs":{"name":"Ada","count":2}`},
		{"nothing", "POST", "/scenarios/1/run", "", 422, `"field":"name"|Missing value`},
		{"not known", "POST", "/scenarios/1/run", `{"inputs":{"name":"Ada","naem":"Bob"}}`, 422, `"field":"naem"|did you mean name`},
		{"does not fit", "POST", "/scenarios/1/run", `{"inputs":{"name":"Ada","count":"many"}}`, 422, `"field":"count"`},
		{"both", "POST", "/scenarios/1/run", `{"inputs":{"name":"Ada"},"input":[{"name":"Ada"}]}`, 422, `"field":"inputs"`},
		{"not an object", "POST", "/scenarios/1/run", `{"inputs":[1]}`, 422, `"field":"inputs"`},
		{"none declared", "POST", "/scenarios/2/run", `{"inputs":{"name":"Ada"}}`, 422, `declares no inputs`},
		{"a schedule", "PATCH", "/scenarios/1", `{"schedule":{"type":"daily","time":"09:00"}}`, 422, `"field":"schedule"|requires the input name`},
		{"made with a schedule", "POST", "/scenarios", `{"blueprint":` + declared + `,"schedule":{"type":"daily","time":"09:00"}}`, 422, `requires the input name`},
		{"replayed", "POST", "/executions/1/cancel", "", 200, `"stopped"`},
		{"with the same inputs", "POST", "/executions/1/replay", "{}", 202, `"execution":3`},
		{"as it is shown", "GET", "/executions/3", "", 200, `"inputs":{"name":"Ada","count":3}`},
	}
	for _, tc := range tests {
		status, answer := d.call(tc.method, tc.path, tc.body)
		if status != tc.status {
			t.Errorf("%s: got %d %s, want %d", tc.name, status, answer, tc.status)
		}
		for part := range strings.SplitSeq(tc.want, "|") {
			contains(t, tc.name, answer, part)
		}
	}
	d.must("PATCH", "/scenarios/2", `{"schedule":{"type":"daily","time":"09:00"}}`)
	d.must("POST", "/scenarios/2/start", "")
	if status, answer := d.call("POST", "/scenarios/2/versions", `{"blueprint":`+declared+`}`); status != 422 {
		t.Errorf("a version with required inputs for a scheduled scenario: got %d %s", status, answer)
	}
}
