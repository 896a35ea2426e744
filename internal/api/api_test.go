package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func TestRoutesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Routes(Services{}) {
		name := r.Method + " " + r.Pattern
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if r.Name == "" || r.Needs == "" || r.Summary == "" || !strings.HasPrefix(r.Pattern, "/") || r.handle == nil {
			t.Errorf("%s lacks a name, a right, a summary, a path or a handler", name)
		}
		if r.Method == http.MethodGet && (r.Takes != nil || r.Gives == nil) {
			t.Errorf("%s reads, so it takes no body and gives something", name)
		}
		for _, p := range r.Query {
			if p.Name == "" || p.Help == "" {
				t.Errorf("%s has a parameter without name or help", name)
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("got %d routes, want all", len(seen))
	}
}

func TestServicesAreSmall(t *testing.T) {
	t.Parallel()
	for f := range reflect.TypeFor[Services]().Fields() {
		if n := f.Type.NumMethod(); n > 5 {
			t.Errorf("%s has %d methods; five are allowed", f.Name, n)
		}
	}
}

func TestStatusOfErrors(t *testing.T) {
	t.Parallel()
	wrapped := func(err error) error { return fmt.Errorf("while testing: %w", err) }
	tests := []struct {
		name    string
		err     error
		matched bool
		want    int
		detail  string
	}{
		{"what is not there", fault.Wrap(fault.Data, store.ErrNotFound, "Gone."), false, 404, "while testing: Gone."},
		{"a conflict", fault.Wrap(fault.Data, store.ErrConflict, "Changed."), false, 409, "Changed."},
		{"a conflict with a named revision", fault.Wrap(fault.Data, store.ErrConflict, "Changed."), true, 412, "Changed."},
		{"problems", fault.Problems{{Path: "x", Problem: "is wrong"}}, false, 422, "x: is wrong"},
		{"a store that is closed", fault.Wrap(fault.Connection, store.ErrClosed, "Ends."), false, 503, "Ends."},
		{"a caller that is gone", context.Canceled, false, 503, "Something went wrong"},
		{"bad input", fault.New(fault.BundleValidation, "Bad."), false, 422, "Bad."},
		{"too much", fault.New(fault.DataSizeLimit, "Much."), false, 413, "Much."},
		{"a full disk", fault.New(fault.OutOfSpace, "Full."), false, 507, "Full."},
		{"too often", fault.New(fault.RateLimit, "Often."), false, 429, "Often."},
		{"a service that is away", fault.New(fault.Connection, "Away."), false, 502, "Away."},
		{"a service that is slow", fault.New(fault.ModuleTimeout, "Slow."), false, 504, "Slow."},
		{"what was not written for people", errors.New("open /etc/secret"), false, 500, "Something went wrong"},
	}
	for _, tc := range tests {
		p := problemOf(wrapped(tc.err), tc.matched)
		if p.Status != tc.want || !strings.Contains(p.Detail, tc.detail) || strings.Contains(p.Detail, "secret") {
			t.Errorf("%s: got %d %q, want %d %q", tc.name, p.Status, p.Detail, tc.want, tc.detail)
		}
	}
	for _, kind := range fault.Kinds() {
		if status := statusOfKind(kind); status < 400 || status > 599 {
			t.Errorf("%s: got status %d, want one of an error", kind, status)
		}
	}
}

func TestProblemsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	writeProblem(w, fault.New(fault.OutOfSpace, "It is full.").WithHint("make room"), false)
	err := ReadProblem(w.Code, w.Body.Bytes())
	if f := fault.From(err); f.Kind != fault.OutOfSpace || f.Message != "It is full." || f.Hint != "make room" {
		t.Errorf("got %+v", f)
	}
	want := fault.Problems{{Path: "flow[0]", Problem: "is unknown", Hint: "remove it"}}
	w = httptest.NewRecorder()
	writeProblem(w, want, false)
	var got fault.Problems
	if err := ReadProblem(w.Code, w.Body.Bytes()); !errors.As(err, &got) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if err := ReadProblem(502, []byte("<html>")); !strings.Contains(err.Error(), "502 Bad Gateway") {
		t.Errorf("got %v, want the status", err)
	}
}

// ownerless says that everything is of the first team.
type ownerless struct{}

func (ownerless) TeamOf(context.Context, Kind, int64) (int64, error) { return store.FirstTeam, nil }
func (ownerless) OrganizationOf(context.Context, int64) (int64, error) {
	return store.FirstOrganization, nil
}

// cutStore is a data store whose export fails on its way.
type cutStore struct {
	DataStores
	RecordTransfers
	first string
}

func (c cutStore) Get(context.Context, int64) (DataStore, error) { return DataStore{}, nil }

func (c cutStore) Export(_ context.Context, _ int64, _ string, w io.Writer) error {
	_, _ = io.WriteString(w, c.first)
	return fault.New(fault.Unexpected, "It broke.")
}

func TestStreamThatBreaksIsCutOff(t *testing.T) {
	t.Parallel()
	get := func(first string) (int, string, error) {
		c := cutStore{first: first}
		h := httptest.NewUnstartedServer(New(Services{Owners: ownerless{}, DataStores: c, Transfers: c}, Options{Auth: Trusted{}, Log: slog.New(slog.DiscardHandler)}))
		h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		h.Start()
		defer h.Close()
		resp, err := http.Get(h.URL + Prefix + "/datastores/1/file")
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	if status, body, err := get(""); status != 500 || !strings.Contains(body, "It broke.") || err != nil {
		t.Errorf("before the first byte: got %d %s (%v), want a problem", status, body, err)
	}
	if status, body, err := get(strings.Repeat("x", 1<<20)); err == nil {
		t.Errorf("behind the first bytes: got %d with %d bytes and no error, want that it was cut off", status, len(body))
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"ids":[1]}`, `{"ids":"x"}`, `[`, `{"a":1}`, `{} {}`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text))
		c := &call{Request: r, route: &Route{}}
		var s Selection
		c.body(&s)
		if c.err != nil && statusOf(c.err, false) != http.StatusBadRequest {
			t.Errorf("%q: got %v, want that the request is bad", text, c.err)
		}
	})
}
