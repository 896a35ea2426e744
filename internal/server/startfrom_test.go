package server_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/store"
)

// polls makes scenario 1, which watches the leads of a sandbox.
func polls(t *testing.T, leads int) (*station, int64) {
	t.Helper()
	st := newStation(t, &upstream{})
	box, err := customerly.New(customerly.Options{Leads: leads, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		service.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	st.system.Runner.Connections = sandboxConnections{address: service.URL + "/v1"}
	return st, st.scenario(demandSchedule, "", `{"id":1,"module":"customerly:watchLeads","version":1,"parameters":{"__IMTCONN__":"c","limit":100},"mapper":{}}`)
}

func TestTriggerStartsWithAChosenRecord(t *testing.T) {
	t.Parallel()
	st, id := polls(t, 8)
	starts := st.control.Services().Starts
	items, err := starts.Items(t.Context(), id)
	if err != nil || len(items) != 8 {
		t.Fatalf("got %d records (%v), want 8", len(items), err)
	}
	for i := range items[1:] {
		if items[i+1].Date.After(items[i].Date) {
			t.Errorf("record %d is newer than the one before", i+1)
		}
	}
	chosen := items[2]
	want := 0 // those of the same date come with it
	for _, item := range items {
		if !item.Date.Before(chosen.Date) {
			want++
		}
	}
	for name, from := range map[string]api.StartFrom{
		"by its ID":   {From: "item", ID: chosen.ID},
		"by its date": {From: "item", ID: chosen.ID, Date: chosen.Date},
	} {
		if err := starts.StartFrom(t.Context(), id, from); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, err := starts.Choices(t.Context(), id)
		if err != nil || c.Chosen == nil || c.Chosen.From != "item" || c.Chosen.ID != chosen.ID || c.ReachedID != "" {
			t.Errorf("%s: shown as %+v (%v)", name, c, err)
		}
		e := st.run(id)
		if got := of(st.operations(e.ID), 1); e.Status != store.Success || len(got) != 1 || got[0].BundleCount != want {
			t.Errorf("%s: got %s: %s with %+v, want %d records", name, e.Status, e.Summary.ErrorMessage, got, want)
		}
		c, err = starts.Choices(t.Context(), id)
		if err != nil || c.Chosen != nil || c.ReachedID != items[0].ID || !c.ReachedDate.Equal(items[0].Date) {
			t.Errorf("%s: then shown as %+v (%v), want to have reached %+v", name, c, err, items[0])
		}
	}
}

func TestChoicesOfStarts(t *testing.T) {
	t.Parallel()
	st, id := polls(t, 2)
	hooked := st.scenario("", "", hookNode)
	handler := st.control.Trusted(nil)
	call := func(method, path, body string) (int, string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	path := fmt.Sprintf("/scenarios/%d/start-from", id)
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"choices", "GET", path, "", 200, `"starts":["now","since","all","item"]|"by_date":true|"listed":true|"name":"customerly:watchLeads"`},
		{"records", "GET", path + "/items", "", 200, `"label":|"date":`},
		{"of a webhook", "GET", fmt.Sprintf("/scenarios/%d/start-from", hooked), "", 422, "does not start with a trigger that polls"},
		{"records of a webhook", "GET", fmt.Sprintf("/scenarios/%d/start-from/items", hooked), "", 422, "does not start with a trigger that polls"},
		{"a record without an ID", "PUT", path, `{"from":"item"}`, 422, "ID of the record"},
		{"a record that is not listed", "PUT", path, `{"from":"item","id":"424242"}`, 422, "not among the newest ones"},
		{"a date", "PUT", path, `{"from":"since","date":"2026-01-02T00:00:00Z"}`, 204, ""},
		{"what was chosen", "GET", path, "", 200, `"chosen":{"from":"since","date":"2026-01-02T00:00:00Z"}`},
	}
	for _, tc := range tests {
		status, answer := call(tc.method, tc.path, tc.body)
		if status != tc.status {
			t.Errorf("%s: got %d %s, want %d", tc.name, status, answer, tc.status)
			continue
		}
		contains(t, tc.name, answer, strings.Split(tc.want, "|")...)
		if status == 200 && !json.Valid([]byte(answer)) {
			t.Errorf("%s: got %s", tc.name, answer)
		}
	}
}
