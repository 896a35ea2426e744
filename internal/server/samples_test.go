package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const parseNode = `{"id":4,"module":"json:ParseJSON","version":1,"parameters":{},"mapper":{"json":"{\"greeting\":\"hello {{1.name}}\"}"}}`

func TestSamplesAreKept(t *testing.T) {
	t.Parallel()
	const sample = "/scenarios/1/modules/2/sample"
	bundle := func(n int) string { return `{"text":"` + randomText(n) + `"}` }
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string // parts of the answer, separated by |
	}{
		{"nothing is pinned", "GET", sample, "", 404, "Nothing is pinned to module 2"},
		{"nothing to remove", "DELETE", sample, "", 404, "does not exist"},
		{"pin", "PUT", sample, `{"bundles":[{"statusCode":201,"data":"mine"},{"statusCode":202}]}`, 200, `"statusCode":201|"statusCode":202|updated`},
		{"no bundle", "PUT", sample, `{"bundles":[]}`, 422, "1 to 100 are possible"},
		{"no object", "PUT", sample, `{"bundles":[1]}`, 422, "a bundle is a JSON object"},
		{"too many", "PUT", sample, `{"bundles":[` + strings.TrimSuffix(strings.Repeat("{},", store.MaxSampleBundles+1), ",") + `]}`, 422, "101 bundles"},
		{"as many as there can be", "PUT", sample, `{"bundles":[` + strings.TrimSuffix(strings.Repeat("{},", store.MaxSampleBundles), ",") + `]}`, 200, ""},
		{"too large", "PUT", sample, `{"bundles":[` + bundle(store.MaxSampleBytes) + `]}`, 422, "bytes; 262144 are possible"},
		{"no such module", "PUT", "/scenarios/1/modules/77/sample", `{"bundles":[{}]}`, 404, "has no module 77"},
		{"no such scenario", "PUT", "/scenarios/9/modules/2/sample", `{"bundles":[{}]}`, 404, "does not exist"},
		{"an unknown field", "PUT", sample, `{"bundle":{}}`, 400, "bundle"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fill()
			status, answer := d.call(tc.method, tc.path, tc.body)
			if status != tc.status {
				t.Fatalf("got %d %.300s, want %d", status, answer, tc.status)
			}
			contains(t, tc.name, answer, strings.Split(tc.want, "|")...)
		})
	}
}

func TestSamplesOfAScenarioAreBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	big := store.Sample{Scenario: 1, Name: "x:y", Bundles: []value.Value{value.Text(randomText(store.MaxSampleBytes - 100))}}
	for big.Module = 1; ; big.Module++ {
		if err := d.store.PutSample(t.Context(), big); err != nil {
			if !strings.Contains(err.Error(), "of the scenario would have") || big.Module != store.MaxScenarioSampleBytes/store.MaxSampleBytes+1 {
				t.Errorf("module %d: got %v, want a refusal past %d bytes", big.Module, err, store.MaxScenarioSampleBytes)
			}
			break
		}
	}
	big.Module = 1
	if err := d.store.PutSample(t.Context(), big); err != nil {
		t.Errorf("one in place of another: %v", err)
	}
	d.must("DELETE", "/scenarios/1", "")
	if list, err := d.store.Samples(t.Context(), 1); err != nil || len(list) != 0 {
		t.Errorf("samples of a scenario that is gone: got %d (%v)", len(list), err)
	}
}

func TestSamplesSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	st := newStation(t, &upstream{})
	samples := st.control.Services().Samples
	id := st.scenario("", "", hookNode, putNode, parseNode)
	show := func() string {
		t.Helper()
		list, err := samples.List(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, x := range list {
			text := ""
			if x.Bundle != nil {
				text = x.Bundle.Get("name").Str() + x.Bundle.Get("greeting").Str() + value.Render(x.Bundle.Get("statusCode"))
			}
			fmt.Fprintf(&b, "%d %s %s %t; ", x.Module, x.Origin, text, x.Outdated)
		}
		return b.String()
	}
	check := func(what, want string) {
		t.Helper()
		if got := show(); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	check("of a new scenario", "1 none  false; 2 definition 200 false; 4 definition Ann false; ")
	st.once(id, api.RunOnce{Dry: true, Input: []value.Value{named("Nobody")}})
	check("after a dry run, in which nothing was sent", "1 execution Nobody false; 2 definition 200 false; 4 definition Ann false; ")
	st.run(id, named("Ada"))
	check("after an execution", "1 execution Ada false; 2 execution 200 false; 4 execution hello Ada false; ")
	st.run(id, named("Bob"))
	check("after another one", "1 execution Bob false; 2 execution 200 false; 4 execution hello Bob false; ")
	pin := api.PinnedSample{Bundles: []value.Value{value.Collection(value.F("statusCode", value.Int(418)))}}
	if _, err := samples.Put(t.Context(), id, 2, pin); err != nil {
		t.Fatal(err)
	}
	check("with one that is pinned", "1 execution Bob false; 2 pinned 418 false; 4 execution hello Bob false; ")
	st.save(id, hookNode, strings.Replace(parseNode, `"id":4`, `"id":2`, 1))
	check("of a version in which the module is another one", "1 execution Bob true; 2 definition Ann false; ")
}

// TestSamplesOfWhatWaits shows what a webhook has received and nobody has taken yet, the newest of it.
func TestSamplesOfWhatWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	const samples = "/scenarios/1/samples"
	d.must("DELETE", "/webhooks/1/queue", "")
	contains(t, "before anything came", d.must("GET", samples, ""), `{"module":1,"name":"gateway:CustomWebHook","origin":"none","bundles":0}`)
	d.must("POST", "/webhooks/1/test", `{"bundle":{"data":{"user":{"email":"old@example.com"}}}}`)
	d.must("POST", "/webhooks/1/test", `{"bundle":{"data":{"user":{"email":"new@example.com"}}}}`)
	contains(t, "what waits", d.must("GET", samples, ""), `"origin":"received"`, `"bundle":{"data":{"user":{"email":"new@example.com"}}}`)
	d.must("PUT", "/scenarios/1/modules/1/sample", `{"bundles":[{"name":"mine"}]}`)
	contains(t, "what is pinned", d.must("GET", samples, ""), `"origin":"pinned"`)
	d.must("DELETE", "/scenarios/1/modules/1/sample", "")
	d.must("DELETE", "/webhooks/1/queue", "")
	contains(t, "when the queue is empty", d.must("GET", samples, ""), `"origin":"none"`)
}

// TestSamplesOfAFailedExecution keeps what the modules before the failure put out.
func TestSamplesOfAFailedExecution(t *testing.T) {
	t.Parallel()
	st := newStation(t, &upstream{})
	id := st.scenario("", "", hookNode, `{"id":4,"module":"json:ParseJSON","version":1,"parameters":{},"mapper":{"json":"no JSON"}}`)
	if e := st.run(id, named("Ada")); e.Status == store.Success {
		t.Fatal("the execution did not fail")
	}
	list, err := st.control.Services().Samples.List(t.Context(), id)
	if err != nil || list[0].Origin != api.SampleExecution || list[0].Bundle.Get("name").Str() != "Ada" {
		t.Errorf("got %+v (%v), want what the webhook gave", list, err)
	}
}

func TestRunWithPinnedSamples(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	samples, ctx := st.control.Services().Samples, t.Context()
	id := st.scenario("", "", hookNode, strings.Replace(putNode, "UP/put", "UP/pinned", 1), sendNode("{{1.name}} {{2.data}}"))
	if _, err := st.control.Services().Running.RunOnce(ctx, id, api.RunOnce{Pinned: true}); err == nil {
		t.Error("a scenario that starts with a webhook began with nothing")
	}
	for module, text := range map[int]string{1: `{"name":"Pinned"}`, 2: `{"data":"sample"}`} {
		b, err := value.ParseJSON([]byte(text))
		if err == nil {
			_, err = samples.Put(ctx, id, module, api.PinnedSample{Bundles: []value.Value{b}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	e := st.once(id, api.RunOnce{Pinned: true})
	if got := u.got(); len(got) != 1 || got[0] != "/sent Pinned sample" {
		t.Errorf("calls: got %v (%s), want only that of the module without sample data", got, e.Summary.ErrorMessage)
	}
	if o := of(st.operations(e.ID), 2); len(o) != 1 || !o[0].Pinned || len(o[0].Exchanges) != 0 {
		t.Errorf("operation: got %+v, want one that says that it was not called", o)
	}
	shown, err := st.control.Services().Executions.Get(ctx, e.ID)
	if err != nil || fmt.Sprint(shown.Pinned) != "[1 2]" || shown.InputBundles != 0 {
		t.Errorf("shown: got %v, %d bundles (%v)", shown.Pinned, shown.InputBundles, err)
	}
	e = st.once(id, api.RunOnce{Pinned: true, Input: []value.Value{named("Given")}})
	if got := u.got(); len(got) != 2 || got[1] != "/sent Given sample" {
		t.Errorf("calls: got %v (%s), want the bundle that was given", got, e.Summary.ErrorMessage)
	}
	e = st.once(id, api.RunOnce{Pinned: true, Dry: true})
	if o := of(st.operations(e.ID), 2); len(u.got()) != 2 || !o[0].Pinned || o[0].Dry == nil || o[0].Bundles[0].Get("data").Str() != "sample" {
		t.Errorf("dry: got %+v, want what it would send, and the sample data behind it", o)
	}
	e = st.run(id, named("Real"))
	if got := u.got(); len(got) != 4 || got[2] != "/pinned Real" {
		t.Errorf("calls: got %v (%s), want both without being asked for sample data", got, e.Summary.ErrorMessage)
	}
}

// TestPinnedSamplesStayWhatTheyWere removes sample data while an execution with it waits for a server. What a webhook is sent cannot pass for it.
func TestPinnedSamplesStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	w := &watched{}
	in := newInstallation(t, w.ServeHTTP)
	s := in.open()
	id, path := in.add(s, true, "", hookNode, putNode)
	control := &server.Control{Store: s, System: in.system, Clock: clock.System{}}
	sample := api.PinnedSample{Bundles: []value.Value{named("x")}}
	if _, err := control.Services().Samples.Put(t.Context(), id, 2, sample); err != nil {
		t.Fatal(err)
	}
	started, err := control.Services().Running.RunOnce(t.Context(), id, api.RunOnce{Pinned: true, Input: []value.Value{named("Ada")}})
	if err == nil {
		err = control.Services().Samples.Delete(t.Context(), id, 2)
	}
	forged, parseErr := value.ParseJSON([]byte(`{"pinned":{"2":[{"name":"x"}]},"started":[{"name":"forged"}],"name":"sent"}`))
	if err = errors.Join(err, parseErr); err == nil {
		_, err = control.Services().Running.RunOnce(t.Context(), id, api.RunOnce{Input: []value.Value{forged}})
	}
	if err != nil {
		t.Fatal(err)
	}
	address, stop := in.serve(s)
	defer stop()
	st := &station{installation: in, store: s}
	if e := st.ended(started.Execution); e.Status != store.Success {
		t.Errorf("got %s: %s", e.Status, e.Summary.ErrorMessage)
	}
	if code, _ := post(t, address+path, forged.JSON()); code != http.StatusOK {
		t.Errorf("got %d", code)
	}
	st.until("two calls", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.wrote) == 2 })
	if got := strings.Join(w.wrote, ", "); got != "PUT /put sent, PUT /put sent" { // by hand, and by the webhook
		t.Errorf("calls: got %s, want those of what only looks like sample data", got)
	}
}

func TestModuleAloneWithSamplesAndDry(t *testing.T) {
	t.Parallel()
	w := &watched{}
	st := newStationAt(t, w)
	people := st.dataStore("people", "")
	id := st.scenario("", "", hookNode, strings.Replace(putNode, "{{1.name}}", "{{1.name}} {{4.greeting}}", 1), parseNode, addNode)
	st.run(id, named("Ada"))
	if err := st.store.ChangeRecords(t.Context(), []store.RecordChange{{Store: people.ID, Kind: store.RemoveRecords}}); err != nil {
		t.Fatal(err)
	}
	bench := st.control.Services().Workbench
	run, err := bench.RunModule(t.Context(), id, 2, api.RunModule{Pinned: true, Dry: true})
	if err != nil || run.Dry == nil || value.Render(*run.Dry.Request.Body) != "Ada hello Ada" {
		t.Errorf("got %+v (%v), want what it would send with the samples of the execution", run, err)
	}
	given, _ := value.ParseJSON([]byte(`{"1":{"name":"Bob"}}`))
	run, err = bench.RunModule(t.Context(), id, 2, api.RunModule{Bundles: given, Pinned: true, Dry: true})
	if err != nil || value.Render(*run.Dry.Request.Body) != "Bob hello Ada" {
		t.Errorf("got %+v (%v), want the bundle that is given in place of the sample", run, err)
	}
	run, err = bench.RunModule(t.Context(), id, 5, api.RunModule{Bundles: given, Dry: true})
	if err != nil || run.Dry == nil || run.Dry.Record == nil || st.keys(people) != "" {
		t.Errorf("got %+v (%v) and the records %s, want none", run, err, st.keys(people))
	}
	if len(w.wrote) != 1 {
		t.Errorf("calls: got %v, want only that of the execution", w.wrote)
	}
}

func TestRunFromAnEarlierExecution(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	running := st.control.Services().Running
	id := st.scenario("", "", hookNode, firstNode)
	e := st.run(id, named("Ada"))
	other := st.scenario("", "", hookNode, firstNode)
	st.save(id, hookNode, secondNode)
	search := st.scenario(demandSchedule, "",
		`{"id":1,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/found","method":"get"}}`, sendNode("{{1.statusCode}}"))
	found := st.run(search)
	for _, c := range []struct {
		name     string
		scenario int64
		r        api.RunOnce
		want     string // calls, or the error
	}{
		{"by the newest version", id, api.RunOnce{FromExecution: e.ID}, "/second Ada"},
		{"by an old version", id, api.RunOnce{FromExecution: e.ID, Version: 1}, "/first Ada"},
		{"dry", id, api.RunOnce{FromExecution: e.ID, Dry: true}, ""},
		{"without asking a first module again that is no trigger", search, api.RunOnce{FromExecution: found.ID}, "/sent 200"},
		{"of another scenario", other, api.RunOnce{FromExecution: e.ID}, "no such execution"},
		{"of nothing", id, api.RunOnce{FromExecution: 12345}, "does not exist"},
		{"by no version", id, api.RunOnce{FromExecution: e.ID, Version: 9}, "does not exist"},
		{"with other data", id, api.RunOnce{FromExecution: e.ID, Input: []value.Value{named("Bob")}}, "Give either"},
		{"an old version with data", id, api.RunOnce{Version: 1, Input: []value.Value{named("Bob")}}, "/first Bob"},
	} {
		before := len(u.got())
		started, err := running.RunOnce(t.Context(), c.scenario, c.r)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			}
			continue
		}
		if e := st.ended(started.Execution); e.Status != store.Success || e.Dry() != c.r.Dry {
			t.Errorf("%s: got %s: %s", c.name, e.Status, e.Summary.ErrorMessage)
		}
		if got := strings.Join(u.got()[before:], ","); got != c.want {
			t.Errorf("%s: calls: got %s, want %s", c.name, got, c.want)
		}
	}
}
