package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

func TestServerSaysWhatRuns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if s := get[api.Server](d, "GET", "/server", ""); s.Running || !s.Started.IsZero() || s.UptimeSeconds != 0 {
		t.Errorf("without a server: got %+v", s)
	}
	d.control.Live = &recorder{}
	d.control.About = server.About{
		Version: "1.2.3", Started: d.control.Clock.Now().Add(-time.Minute), PublicURL: "https://ropeway.example.com", Mail: true, Notifies: []string{"log", "email"},
	}
	d.control.Budget = store.Budget{Bytes: 5, Age: 48 * time.Hour}
	s := get[api.Server](d, "GET", "/server", "")
	got := fmt.Sprint(s.Version, s.Running, s.UptimeSeconds, s.PublicURL, s.Allowed, s.Mail, s.Notifies, s.Metrics, s.Storage.Budget)
	want := fmt.Sprint("1.2.3", true, 60, "https://ropeway.example.com", []string{"loopback"}, true, []string{"log", "email"}, false, api.Budget{Bytes: 5, Days: 2})
	if got != want || s.Directory != d.dir || s.Apps < 10 || s.Modules < 50 || s.Storage.DatabaseBytes == 0 {
		t.Errorf("got %s and %+v, want %s", got, s, want)
	}
	if status, answer := d.over(memberOf(1, "admin")).call("GET", "/server", ""); status != 403 {
		t.Errorf("an administrator of a team: got %d %s", status, answer)
	}
}

// kinds shows what notices are about.
func (d *desk) kinds(query string) string {
	d.t.Helper()
	var kinds []string
	for _, n := range get[api.Page[api.Notice]](d, "GET", "/notices"+query, "").Items {
		if n.Subject == "" || n.Message == "" || n.At.IsZero() {
			d.t.Errorf("got a notice without a subject, a message or a time: %+v", n)
		}
		kinds = append(kinds, n.Kind)
	}
	return strings.Join(kinds, " ")
}

func TestNoticesAreWhatIsWrongNow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if got := d.kinds(""); got != "" {
		t.Errorf("got %s of an empty installation", got)
	}
	d.fill() // a payload waits for a scenario that is not active
	if got, want := d.kinds(""), "queue_stands"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	execution, incomplete := d.setAside()
	if got, want := d.kinds(""), "incomplete_waiting queue_stands"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.endFailed(5 * time.Second)
	if got, want := d.kinds(""), "scenario_stopped execution_failed incomplete_waiting queue_stands"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := d.kinds("?limit=2"), "scenario_stopped execution_failed"; got != want {
		t.Errorf("two of them: got %s, want %s", got, want)
	}
	first := get[api.Page[api.Notice]](d, "GET", "/notices", "").Items
	if n := first[0]; n.Scenario != 2 || n.Execution == 0 || n.Subject != "Calls" || !strings.Contains(n.Message, "It went wrong.") {
		t.Errorf("got %+v", n)
	}
	if n := first[2]; n.Incomplete != incomplete || n.Execution != execution || n.Scenario != 1 {
		t.Errorf("got %+v", n)
	}
	if n := first[3]; n.Webhook != 1 || !strings.Contains(n.Message, "not active") {
		t.Errorf("got %+v", n)
	}
	d.must("PATCH", "/webhooks/1", `{"paused":true}`)
	contains(t, "a paused webhook", d.must("GET", "/notices", ""), "which is paused")
	d.must("POST", fmt.Sprint("/incomplete/", incomplete, "/decide"), `{"action":"skip"}`)
	d.must("DELETE", "/webhooks/1/queue", "")
	d.must("POST", "/scenarios/2/start", "")
	if got, want := d.kinds(""), "execution_failed"; got != want {
		t.Errorf("after all was looked at: got %s, want %s", got, want)
	}
	d.must("POST", "/organizations/1/teams", `{"name":"Other"}`)
	if got := d.over(memberOf(2, "member")).kinds(""); got != "" {
		t.Errorf("another team is told %s", got)
	}
}

// endFailed starts scenario 2, whose one execution fails after a while and switches it off.
func (d *desk) endFailed(after time.Duration) {
	d.t.Helper()
	ctx, now := d.t.Context(), d.control.Clock.Now()
	d.must("POST", "/scenarios/2/start", "")
	leases, err := d.store.AcquirePartitions(ctx, "local", now, time.Hour)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, l := range leases {
		if l.Partition != store.PartitionOf(2) {
			continue
		}
		run, err := d.store.StartExecution(ctx, l.Fence, store.NewExecution{Scenario: 2, Version: 1, Origin: store.BySchedule})
		if err != nil {
			d.t.Fatal(err)
		}
		if _, err := d.store.Append(ctx, run, store.Step{End: &store.End{
			At: now.Add(after), Status: store.Failed, Errors: store.CountError, ErrorsMax: 1, Summary: store.Summary{ErrorMessage: "It went wrong."},
		}}); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestListsOfWhatBelongsTogether(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	execution, incomplete := d.setAside()
	contains(t, "of an execution", d.must("GET", fmt.Sprint("/incomplete?execution=", execution), ""), fmt.Sprintf(`"id":%d`, incomplete))
	if got := get[api.Page[api.Incomplete]](d, "GET", "/incomplete?execution=99", "").Items; len(got) != 0 {
		t.Errorf("of another execution: got %+v", got)
	}
	d.must("POST", "/scenarios/1/start", "")
	started := get[api.Started](d, "POST", "/webhooks/1/test", `{"bundle":{"name":"Bob"}}`)
	list := get[api.Page[api.Execution]](d, "GET", "/executions?webhook=1", "").Items
	if len(list) != 1 || list[0].ID != started.Execution || list[0].Webhook != 1 {
		t.Errorf("of a webhook: got %+v, want execution %d", list, started.Execution)
	}
	if status, answer := d.call("GET", "/executions?webhook=9", ""); status != 404 {
		t.Errorf("of no webhook: got %d %s", status, answer)
	}
}
