package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
)

// changeBodies are bodies that are right, by operation; others are changed by an empty one.
func changeBodies() map[string]string {
	return map[string]string{
		"version.save":        `{"blueprint":` + blueprints()[1] + `}`,
		"incomplete.decide":   `{"action":"skip"}`,
		"organization.change": `{"name":"New"}`,
		"team.change":         `{"name":"New"}`,
		"connection.change":   `{"name":"New"}`,
		"datastore.change":    `{"name":"New"}`,
		"record.put":          `{"key":"new","data":{}}`,
	}
}

// TestWhatWasChangedIsNotWrittenOver calls every operation that takes If-Match with a revision that there is not.
func TestWhatWasChangedIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	doc := readDocument(t)
	i := newInstallation(t)
	checked := 0
	for k := range doc.operations {
		o := &doc.operations[k]
		takes := func(name string) bool {
			for _, p := range o.Parameters {
				if p.Name == name {
					return true
				}
			}
			return false
		}
		if !takes("If-Match") {
			continue
		}
		body := changeBodies()[o.ID]
		if body == "" {
			body = "{}"
		}
		path := strings.NewReplacer("{id}", "1", "{version}", "1", "{user}", "1").Replace(o.path)
		r := httptest.NewRequest(o.method, api.Prefix+path, strings.NewReader(body))
		r.Header.Set("If-Match", `"999999"`)
		w := httptest.NewRecorder()
		if i.handler.ServeHTTP(w, r); w.Code == 403 || w.Code == 404 {
			continue // it is about an account, of which this installation has none
		}
		if checked++; w.Code != 412 {
			t.Errorf("%s with %s: got %d %s, want 412", o.ID, body, w.Code, w.Body)
		}
	}
	if checked < 10 {
		t.Errorf("got %d operations that take a revision", checked)
	}
}
