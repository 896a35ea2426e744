package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// follow opens a stream of events and returns what reads the next one; "" when the stream is over. The connection is there
// when follow returns.
func follow(t *testing.T, url string) func() (name, data string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("got %d %s", resp.StatusCode, kind)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return func() (name, data string) {
		for lines.Scan() {
			field, text, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				name = text
			case "data":
				return name, text
			}
		}
		return "", ""
	}
}

func TestExecutionsAreFollowed(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun); <-release })
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) { once() })
	st := &station{installation: in, store: in.open()}
	log := slog.New(slog.DiscardHandler)
	var err error
	if st.service, err = server.StartService(context.Background(), in.system, st.store, clock.System{}, log); err != nil {
		t.Fatal(err)
	}
	control := &server.Control{Store: st.store, System: in.system, Clock: clock.System{}, Live: st.service}
	serve := func(p *access.Principal) string {
		h := httptest.NewServer(api.New(control.Services(), api.Options{Auth: as{p}, Log: log}))
		t.Cleanup(h.Close)
		return h.URL + api.Prefix
	}
	mine, theirs := serve(memberOf(1, access.TeamMonitoring)), serve(memberOf(2, access.TeamMonitoring))
	defer func() {
		if err := st.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	id := st.scenario("", "", hookNode, putNode, secondNode)
	ctx := context.Background()
	accepted, err := st.store.Accept(ctx, []store.Intake{{Scenario: id, Version: 1, Received: clock.System{}.Now(), Input: []value.Value{named("Ada")}, Run: true, Origin: store.ByHand}})
	if err != nil {
		t.Fatal(err)
	}
	team, others := follow(t, mine+"/events"), follow(t, theirs+"/events")
	if err := st.service.Submit(ctx, accepted[0].ID); err != nil {
		t.Fatal(err)
	}
	<-begun
	one := follow(t, mine+"/executions/1/events")
	close(release)

	var seen []string
	var last api.Execution
	for name, data := one(); name != ""; name, data = one() {
		if name == api.EventExecution {
			if err := json.Unmarshal([]byte(data), &last); err != nil {
				t.Fatal(err)
			}
			name += " " + last.Status
		}
		if n := len(seen); n == 0 || seen[n-1] != name {
			seen = append(seen, name)
		}
	}
	got := strings.Join(seen, ", ")
	if last.Status != "success" || !strings.Contains(got, "progress") || !strings.Contains(got, "operation, execution success") {
		t.Errorf("of the execution: got %s", got)
	}
	st.ended(accepted[0].ID)
	for _, want := range []string{`"status":"running"`, `"status":"success"`} {
		if name, data := team(); name != api.EventExecution || !strings.Contains(data, want) {
			t.Errorf("of the team: got %s %s, want %s", name, data, want)
		}
	}
	st.service.Close()
	if name, data := team(); name != "" {
		t.Errorf("after the server has stopped: got %s %s", name, data)
	}
	if name, data := others(); name != "" {
		t.Errorf("another team is told %s %s", name, data)
	}
}
