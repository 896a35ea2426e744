package server_test

import (
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
)

func TestStatisticsAreWithoutGaps(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.setAside()
	d.must("POST", "/organizations/1/teams", `{"name":"Other"}`)
	s := get[api.Statistics](d, "GET", "/statistics?from=2026-03-01T10:07:00Z&until=2026-03-01T12:10:00Z&step=3600", "")
	if len(s.Buckets) != 3 || s.From.Minute() != 0 || s.Until.Sub(s.From).Hours() != 3 || s.StepSeconds != 3600 {
		t.Fatalf("got %+v", s)
	}
	for i, want := range []int64{0, 0, 1} {
		if b := s.Buckets[i]; b.Warning != want || !b.At.Equal(s.From.Add(time.Duration(i)*time.Hour)) {
			t.Errorf("step %d: got %+v, want %d warnings", i, b, want)
		}
	}
	if m := s.Buckets[2].MedianMS; m < 900 || m > 1100 || s.Total.Warning != 1 || s.Total.P95MS == 0 {
		t.Errorf("got a median of %f ms and in all %+v; want a second", m, s.Total)
	}
	if other := get[api.Statistics](d.over(memberOf(2, "member")), "GET", "/statistics", ""); other.Total.Warning != 0 || len(other.Buckets) != 96 {
		t.Errorf("another team: got %d steps, %+v", len(other.Buckets), other.Total)
	}
	if day := get[api.Statistics](d, "GET", "/statistics?scenario=1&from=2026-02-01T00:00:00Z", ""); len(day.Buckets) > 100 || day.Total.Warning != 1 {
		t.Errorf("a month until the end of this step: got %d steps, %+v", len(day.Buckets), day.Total)
	}
	for query, want := range map[string]int{
		"?step=60": 400, "?step=901": 400, "?from=2026-03-02T00:00:00Z": 400, "?from=1800-01-01T00:00:00Z": 400, "?from=x": 400, "?scenario=99": 404,
		"?from=2026-02-20T00:00:00Z&until=2026-03-02T10:00:00Z&step=900": 200, "?from=2026-02-20T00:00:00Z&until=2026-03-02T10:00:01Z&step=900": 400,
		"?step=9000000000000000000": 400,
	} {
		if status, answer := d.call("GET", "/statistics"+query, ""); status != want {
			t.Errorf("%s: got %d %s, want %d", query, status, answer, want)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.must("POST", "/scenarios/1/start", "")
	d.setAside()
	d.must("POST", "/scenarios/2/run", "")
	s := get[api.Summary](d, "GET", "/summary", "")
	if s.Scenarios != 2 || s.Active != 1 || s.Waiting != 1 || s.Payloads != 1 || s.Incomplete != (api.IncompleteCount{Total: 1, Unresolved: 1}) {
		t.Errorf("got %+v", s)
	}
}

// TestExecutionsByEverythingAtOnce: a scenario, several statuses, words and times narrow the same list.
func TestExecutionsByEverythingAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	execution, _ := d.setAside()
	for query, want := range map[string]int{
		"scenario=1&status=warning,error&text=broken&from=2026-03-01T12:00:00Z&until=2026-03-01T12:00:01Z": 1,
		"scenario=2&status=warning,error&text=broken&from=2026-03-01T12:00:00Z&until=2026-03-01T12:00:01Z": 0,
		"scenario=1&status=success,error&text=broken&from=2026-03-01T12:00:00Z&until=2026-03-01T12:00:01Z": 0,
		"scenario=1&status=warning,error&text=whole&from=2026-03-01T12:00:00Z&until=2026-03-01T12:00:01Z":  0,
		"scenario=1&status=warning,error&text=broken&from=2026-03-01T12:00:01Z":                            0,
		"scenario=1&status=warning,error&text=broken&until=2026-03-01T12:00:00Z":                           0,
	} {
		list := get[api.Page[api.Execution]](d, "GET", "/executions?"+query, "").Items
		if len(list) != want || want == 1 && list[0].ID != execution {
			t.Errorf("%s: got %+v, want %d", query, list, want)
		}
	}
}
