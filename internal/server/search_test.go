package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// TestExecutionsByTheirData: a text that stands in the data finds executions, over as many pages as it takes, within what else is asked.
func TestExecutionsByTheirData(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	at := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	lease, err := d.store.AcquirePartitions(t.Context(), "here", at, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var zoes []int64
	for i := range 250 {
		name, scenario := "Ann", int64(1+i%2)
		if i%50 == 0 {
			name = "Zoe"
		}
		run, err := d.store.StartExecution(t.Context(), lease[store.PartitionOf(scenario)].Fence, store.NewExecution{Scenario: scenario, Version: 1, Origin: store.ByHand})
		if err != nil {
			t.Fatal(err)
		}
		bundle := value.Collection(value.F("email", value.Text(fmt.Sprintf("%s.%d@example.com", name, i))), value.F("id", value.Int(9000+i)))
		step := store.Step{Operations: []store.Operation{{Address: "1", Started: at, Finished: at, Bundles: store.List{bundle}}}, End: &store.End{Status: store.Success, At: at}}
		if i == 249 { // goes on
			step.End = nil
		}
		if _, err := d.store.Append(t.Context(), run, step); err != nil {
			t.Fatal(err)
		}
		if name == "Zoe" {
			zoes = append([]int64{run.ID}, zoes...)
		}
	}
	for query, want := range map[string]int{
		"data=zoe.":                           5,
		"data=%20ZOE.%20&limit=100":           5,
		"data=zoe.50@":                        1,
		"data=9200":                           1,
		"data=9200&scenario=2":                0,
		"data=ann.249":                        1,
		"data=ann.249&status=success,warning": 0,
		"data=zoe.&text=whole":                0,
		"data=zoe.&from=2026-03-02T00:00:00Z": 0,
		"data=nobody":                         0,
	} {
		if list := get[api.Page[api.Execution]](d, "GET", "/executions?"+query, ""); len(list.Items) != want || list.Next != "" {
			t.Errorf("%s: got %d executions and next %q, want %d", query, len(list.Items), list.Next, want)
		}
	}
	var found []int64
	after := ""
	for {
		page := get[api.Page[api.Execution]](d, "GET", "/executions?data=zoe&limit=2&after="+after, "")
		if len(page.Items) > 2 {
			t.Fatalf("got %d executions on a page of 2", len(page.Items))
		}
		for _, e := range page.Items {
			found = append(found, e.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if fmt.Sprint(found) != fmt.Sprint(zoes) {
		t.Errorf("page by page: got %v, want %v", found, zoes)
	}
	if status, answer := d.call("GET", "/executions?data=zo", ""); status != 400 && status != 422 {
		t.Errorf("two letters: got %d %s", status, answer)
	}
}
