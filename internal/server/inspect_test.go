package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	composeNode = `{"id":5,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"Hi {{1.name}}"}}`
	ignoredNode = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/put","method":"put","bodyType":"raw","contentType":"text/plain","headers":[{"name":"Authorization","value":"` + planted + `"}],"data":"{{5.value}}"},"onerror":[{"id":9,"module":"builtin:Ignore","version":1}]}`
)

// observed is a served installation with its API.
func observed(t *testing.T, answer http.HandlerFunc) (*station, *desk) {
	t.Helper()
	in := newInstallation(t, answer)
	st := &station{installation: in, store: in.open()}
	var err error
	if st.service, err = server.StartService(context.Background(), in.system, st.store, clock.System{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		st.service.Close()
		if err := st.store.Close(); err != nil {
			t.Error(err)
		}
	})
	control := &server.Control{Store: st.store, System: in.system, Clock: clock.System{}, Live: st.service}
	return st, &desk{t: t, store: st.store, control: control, handler: control.Trusted(slog.New(slog.DiscardHandler))}
}

// begin submits an execution of a scenario with bundles.
func (st *station) begin(t *testing.T, scenario int64, input ...value.Value) int64 {
	t.Helper()
	accepted, err := st.store.Accept(t.Context(), []store.Intake{{Scenario: scenario, Version: 1, Received: clock.System{}.Now(), Input: input, Run: true, Origin: store.ByHand}})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.service.Submit(t.Context(), accepted[0].ID); err != nil {
		t.Fatal(err)
	}
	return accepted[0].ID
}

// TestOperationsAreInspected: every operation is shown with its input, also those that the journal does not hold.
func TestOperationsAreInspected(t *testing.T) {
	t.Parallel()
	st, d := observed(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "Bob") {
			http.Error(w, "no", http.StatusBadRequest)
		}
	})
	id := st.begin(t, st.scenario("", "", hookNode, composeNode, ignoredNode), named("Ada"), named("Bob"), named("Cleo"))
	st.ended(id)
	at := fmt.Sprint("/executions/", id)

	greeted := get[api.Page[api.OperationDetail]](d, "GET", at+"/modules/5", "").Items
	if len(greeted) != 3 {
		t.Fatalf("got %d operations of the transformer, want 3", len(greeted))
	}
	for i, name := range []string{"Ada", "Bob", "Cleo"} {
		o := greeted[i]
		if o.Number != i+1 || o.Sequence != 0 || !o.Exact || o.Input.Get("value").Str() != "Hi "+name || len(o.Bundles) != 1 || o.Bundles[0].Get("value").Str() != "Hi "+name {
			t.Errorf("operation %d of the transformer: got %+v", i+1, o)
		}
	}
	sent := get[api.Page[api.OperationDetail]](d, "GET", at+"/modules/2?limit=1&after=1", "")
	if len(sent.Items) != 1 || sent.Next != "2" || sent.Items[0].Error == nil || sent.Items[0].Sequence == 0 || len(sent.Items[0].Exchanges) != 1 {
		t.Fatalf("the second call: got %+v", sent)
	}
	if first := get[api.Page[api.OperationDetail]](d, "GET", at+"/modules/1", "").Items; len(first) != 1 || first[0].BundleCount != 3 {
		t.Errorf("the webhook: got %+v, want its three bundles", first)
	}

	failed := get[api.Page[api.Operation]](d, "GET", at+"/operations?module=2&failed=true", "").Items
	if len(failed) != 1 || failed[0].Error == nil || failed[0].Sequence != sent.Items[0].Sequence {
		t.Fatalf("failed operations: got %+v", failed)
	}
	if all := get[api.Page[api.Operation]](d, "GET", at+"/operations?module=2", "").Items; len(all) != 3 {
		t.Errorf("got %d operations of module 2, want 3", len(all))
	}
	if none := get[api.Page[api.Operation]](d, "GET", at+"/operations?module=5", "").Items; len(none) != 0 {
		t.Errorf("got %+v of a module without an effect", none)
	}
	one := get[api.OperationDetail](d, "GET", fmt.Sprint(at, "/operations/", failed[0].Sequence), "")
	if one.Name != "http:ActionSendData" || one.Number != 2 || !one.Exact || one.Input.Get("data").Str() != "Hi Bob" || one.Error == nil || one.Note != "" {
		t.Errorf("one operation: got %+v", one)
	}
	if strings.Contains(d.answers.String(), planted) {
		t.Error("a credential was shown")
	}
	detail := get[api.ExecutionDetail](d, "GET", at, "")
	if len(detail.Modules) == 0 || detail.Version != 1 {
		t.Errorf("got %+v, want the counts of the modules and the version", detail)
	}
	for path, status := range map[string]int{"/operations/99": 404, "/operations/x": 400, "/operations/4294967296": 400, "/operations?failed=yes": 400} {
		if got, answer := d.call("GET", at+path, ""); got != status {
			t.Errorf("%s: got %d %s, want %d", path, got, answer, status)
		}
	}
	if got, _ := d.call("GET", "/executions/99/modules/1", ""); got != 404 {
		t.Errorf("no execution: got %d", got)
	}
}

func TestRunningOperationsAreInspected(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	st, d := observed(t, func(http.ResponseWriter, *http.Request) { close(begun); <-release })
	id := st.begin(t, st.scenario("", "", hookNode, composeNode, ignoredNode), named("Ada"))
	<-begun
	at := fmt.Sprint("/executions/", id)
	running := get[api.Page[api.OperationDetail]](d, "GET", at+"/modules/2", "").Items
	close(release)
	st.ended(id)
	if len(running) > 1 || len(running) == 1 && (running[0].Input.Get("data").Str() != "Hi Ada" || running[0].Sequence != 0 || running[0].Note == "") {
		t.Errorf("got %+v of what runs", running)
	}
	over := get[api.Page[api.OperationDetail]](d, "GET", at+"/modules/2", "").Items
	if len(over) != 1 || over[0].Sequence == 0 || over[0].Note != "" {
		t.Errorf("got %+v of what is over", over)
	}
}

// TestRepeatedOperationsSayWhereTheyHappened: a replay from a module on takes over what is recorded of the modules before it.
func TestRepeatedOperationsSayWhereTheyHappened(t *testing.T) {
	t.Parallel()
	st, d := observed(t, func(http.ResponseWriter, *http.Request) {})
	second := strings.Replace(strings.Replace(putNode, `"id":2`, `"id":7`, 1), "UP/put", "UP/again", 1)
	id := st.begin(t, st.scenario("", "", hookNode, putNode, second), named("Ada"))
	st.ended(id)
	again := get[api.Started](d, "POST", fmt.Sprint("/executions/", id, "/replay"), `{"from":7}`).Execution
	st.ended(again)
	before := get[api.Page[api.OperationDetail]](d, "GET", fmt.Sprint("/executions/", again, "/modules/2"), "").Items
	if len(before) != 1 || before[0].Sequence != 0 || !strings.Contains(before[0].Note, fmt.Sprint("execution ", id)) || len(before[0].Exchanges) != 1 {
		t.Errorf("what was taken over: got %+v", before)
	}
	if after := get[api.Page[api.OperationDetail]](d, "GET", fmt.Sprint("/executions/", again, "/modules/7"), "").Items; len(after) != 1 || after[0].Sequence == 0 || !after[0].Exact {
		t.Errorf("what was done again: got %+v", after)
	}
}

// TestConfidentialOperationsAreNotShown: what went through the execution is gone.
func TestConfidentialOperationsAreNotShown(t *testing.T) {
	t.Parallel()
	st, d := observed(t, func(http.ResponseWriter, *http.Request) {})
	s := get[api.CreatedScenario](d, "POST", "/scenarios", `{"blueprint":{"name":"Secret","flow":[`+hookNode+`,`+composeNode+`],"metadata":{"version":1,"scenario":{"confidential":true}}}}`).Scenario
	id := st.begin(t, s.ID, named("Ada"))
	st.ended(id)
	if got := get[api.Page[api.OperationDetail]](d, "GET", fmt.Sprint("/executions/", id, "/modules/5"), "").Items; len(got) != 0 {
		t.Errorf("got %+v of confidential data", got)
	}
}
