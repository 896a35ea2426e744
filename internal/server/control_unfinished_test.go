package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUnfinishedScenarios follows scenarios that cannot run yet: their work is kept, and they start when they can.
func TestUnfinishedScenarios(t *testing.T) {
	t.Parallel()
	const (
		unfinished = `{"name":"Slack","flow":[{"id":1,"module":"slack:createMessage","version":1,"mapper":{}}],"metadata":{"version":1}}`
		mailhook   = `{"name":"Mail","flow":[{"id":1,"module":"gateway:CustomMailHook","version":1,"mapper":{}}],"metadata":{"version":1}}`
		empty      = `{"name":"Empty","flow":[],"metadata":{"version":1}}`
	)
	d := newDesk(t)
	d.fill() // scenarios 1 and 2
	steps := []struct {
		name, method, path, body string
		status                   int
		want                     string // parts of the answer, separated by |
	}{
		{"is refused unless it is said", "POST", "/scenarios", `{"blueprint":` + unfinished + `}`, 422, "slack:createMessage"},
		{"is refused when it is to start", "POST", "/scenarios", `{"blueprint":` + unfinished + `,"unfinished":true,"start":true}`, 422, "slack:createMessage"},
		{"is saved", "POST", "/scenarios", `{"blueprint":` + unfinished + `,"unfinished":true}`, 201, `"id":3|"active":false|"invalid":"`},
		{"has no modules", "POST", "/scenarios", `{"blueprint":` + empty + `,"unfinished":true}`, 201, `"id":4|"invalid":"`},
		{"needs what there is not", "POST", "/scenarios", `{"blueprint":` + mailhook + `}`, 422, "Custom mailhook needs an email address"},
		{"is checked", "POST", "/blueprints/check", `{"blueprint":` + mailhook + `}`, 200, `"valid":false|"code":"unsupported"|"modules":[1]|"args":["an email address of its own"]`},
		{"is no blueprint", "POST", "/scenarios", `{"blueprint":{"flow":7},"unfinished":true}`, 422, "flow"},
		{"does not start", "POST", "/scenarios/3/start", "", 422, "slack:createMessage"},
		{"does not run", "POST", "/scenarios/3/run", "", 422, "slack:createMessage"},
		{"has another name", "PATCH", "/scenarios/3", `{"name":"Later"}`, 200, `"name":"Later"|"invalid":"`},
		{"is copied", "POST", "/scenarios/3/duplicate", "", 201, `"Later (copy)"|"invalid":"`},
		{"is finished", "POST", "/scenarios/3/versions", `{"blueprint":` + calledText + `,"unfinished":true}`, 201, `"version":3`},
		{"starts", "POST", "/scenarios/3/start", "", 200, `"active":true`},
		{"is not broken while active", "POST", "/scenarios/3/versions", `{"blueprint":` + unfinished + `,"unfinished":true}`, 422, "slack:createMessage"},
		{"does not go back while active", "POST", "/scenarios/3/versions/1/restore", "", 422, "slack:createMessage"},
		{"stops", "POST", "/scenarios/3/stop", "", 200, `"active":false`},
		{"goes back", "POST", "/scenarios/3/versions/1/restore", "", 200, `"version":4|"invalid":"`},
	}
	for _, s := range steps {
		status, answer := d.call(s.method, s.path, s.body)
		if status != s.status {
			t.Errorf("%s: got %d %s, want %d", s.name, status, answer, s.status)
		}
		for part := range strings.SplitSeq(s.want, "|") {
			if !strings.Contains(answer, part) {
				t.Errorf("%s: got %s, want %s in it", s.name, answer, part)
			}
		}
	}
	if _, answer := d.call(http.MethodGet, "/scenarios/3/versions", ""); !strings.Contains(answer, "Restored from version 1") {
		t.Errorf("got %s, want a note about the version that was restored", answer)
	}
}
