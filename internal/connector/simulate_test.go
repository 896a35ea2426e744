package connector

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// door lets only reads through in a dry run, as outbound does.
type door struct {
	*service
	effects []outbound.Effect
}

func (d *door) Do(ctx context.Context, r outbound.Request) (*outbound.Response, error) {
	d.effects = append(d.effects, r.Effect)
	reads := r.Effect == outbound.EffectNone || r.Effect == outbound.EffectByMethod && r.Method == http.MethodGet
	if outbound.IsDryRun(ctx) && !reads {
		return &outbound.Response{Record: outbound.Exchange{Method: r.Method, URL: r.URL}}, fault.Wrap(fault.ExecutionInterrupted, outbound.ErrUnsent, "Not sent.")
	}
	return d.service.Do(ctx, r)
}

func TestDryOperations(t *testing.T) {
	t.Parallel()
	const (
		write = `{"url":"/u","method":"POST","body":{"name":"{{parameters.a}}"},"response":{"output":{"id":"{{body.id}}","name":"{{parameters.a}}"}}}`
		read  = `{"url":"/u/1","response":{"valid":"{{body.id}}","output":"{{body}}","error":{"type":"DataError"}}}`
		find  = `"before":{"url":"/u/1","response":{"valid":"{{body.id}}","output":"{{body}}","error":{"type":"DataError"}}}`
	)
	tests := []struct {
		name, meta, communication, preview string
		answers                            []answer
		want                               string // the effect
		output                             string
	}{
		{"a write", ``, write, ``, nil, `{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true}`, `[{"id":7,"name":"x"}]`},
		{"a write behind a read", ``, `[` + read + `,` + write + `]`, ``, []answer{{body: `{"id":1}`}}, `{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true}`, `[{"id":7,"name":"x"}]`},
		{"a read behind a write", ``, `[` + write + `,` + read + `]`, ``, nil, `{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true,"further_requests":1}`, `[{"id":7,"name":"Sample"}]`},
		{"a GET that changes something", `,"annotations":{"idempotentHint":true}`, read, ``, nil, `{"kind":"request","request":{"method":"GET","url":"https://api.example.com/v1/u/1"},"made_up":true}`, `[{"id":7,"name":"Sample"}]`},
		{
			"compared", ``, write, find + `,"after":{"name":"{{parameters.a}}","n":"{{before.n + 1}}","gone":null}`,
			[]answer{{body: `{"id":1,"name":"old","n":1,"gone":2}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"comparison":{"change":"changed","fields":[{"field":"name","change":"changed","before":"old","after":"x"},{"field":"n","change":"changed","before":1,"after":2},{"field":"gone","change":"removed","before":2,"after":null}]},"made_up":true}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"not there", ``, write, find + `,"after":{"name":"x"}`,
			[]answer{{body: `{}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"comparison":{"change":"created","fields":[{"field":"name","change":"added","before":null,"after":"x"}]},"made_up":true}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"not there, and needed", ``, write, find + `,"after":{"name":"x"},"missing":"fails"`,
			[]answer{{body: `{}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true,"note":"There is no such record: the call would fail."}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"not found, perhaps there", ``, write, find + `,"after":{"name":"x"},"missing":"unknown"`,
			[]answer{{body: `{}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true,"note":"The record was not found, so nothing is compared."}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"not readable", ``, write, `"before":{"url":"/u/1","response":{"output":"{{body}}"}},"after":{"name":"x"}`,
			[]answer{{status: 401, body: `{"k":"k-secret"}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"made_up":true,"note":"The record could not be read, so nothing is compared: Demo answered with HTTP status 401 Unauthorized: {\"k\":\"***\"}"}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"deleted", ``, write, find + `,"after":null`,
			[]answer{{body: `{"id":1}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"comparison":{"change":"deleted","fields":[{"field":"id","change":"removed","before":1,"after":null}]},"made_up":true}`, `[{"id":7,"name":"x"}]`,
		},
		{
			"with an output of its own", ``, write, find + `,"after":{"name":"x"},"output":{"id":"{{before.id}}"}`,
			[]answer{{body: `{"id":1}`}},
			`{"kind":"request","request":{"method":"POST","url":"https://api.example.com/v1/u"},"comparison":{"change":"changed","fields":[{"field":"name","change":"added","before":null,"after":"x"}]},"made_up":true}`, `[{"id":1,"name":"Sample"}]`,
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u, err := runDry(t, tc.meta, tc.communication, tc.preview, tc.answers)
			if u == nil {
				t.Fatalf("got %v, want an operation that is not done", err)
			}
			u.Effect.What = u.Effect.What.With("headers", value.Undefined)
			if got := strings.ReplaceAll(u.Effect.Value().JSON(), `"headers":null,`, ""); got != tc.want {
				t.Errorf("effect:\ngot  %s\nwant %s", got, tc.want)
			}
			if got := value.Array(u.Output...).JSON(); got != tc.output {
				t.Errorf("output: got %s, want %s", got, tc.output)
			}
		})
	}
}

// runDry runs a module in a dry run.
func runDry(t *testing.T, meta, communication, preview string, answers []answer) (*module.Unsent, error) {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range map[string]string{
		"metadata.json": `{"name":"demo","label":"Demo"}`, "base.imljson": plainBase,
		"connections/key/metadata.json": `{"label":"Key","type":"basic"}`, "connections/key/parameters.imljson": `[{"name":"key","type":"password","label":"Key"}]`,
		"modules/m/metadata.json": `{"label":"M","connection":"key","type":"action"` + meta + `}`, "modules/m/api.imljson": communication,
		"modules/m/expect.imljson": `[{"name":"a","type":"any","label":"A"}]`, "modules/m/samples.imljson": `{"id":7,"name":"Sample"}`,
		"modules/m/interface.imljson": `[{"name":"id","type":"number","label":"ID"},{"name":"name","type":"text","label":"Name"}]`,
		"modules/m/preview.imljson":   `{` + preview + `}`,
	} {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	app, problems := appdef.Load(folder)
	if problems.Invalid() {
		t.Fatal(problems)
	}
	if len(answers) == 0 {
		answers = []answer{{status: http.StatusTeapot}}
	}
	d := &door{service: &service{answers: answers}}
	c, err := New(app, Deps{HTTP: d, Clock: clock.NewFake(time.Unix(0, 0))})
	if err != nil {
		t.Fatal(err)
	}
	op := &module.Operation{
		Module: &c.Modules()[0].Description, Input: parsed(t, `{"a":"x"}`), Started: time.Unix(0, 0), Zone: time.UTC, Dry: true,
	}
	err = c.Modules()[0].Run(t.Context(), op, connection("k-secret"), &kept{})
	var u *module.Unsent
	errors.As(err, &u)
	return u, err
}

func TestSearchByPostIsMadeInADryRun(t *testing.T) {
	t.Parallel()
	u, err := runDry(t, `,"annotations":{"readOnlyHint":true}`, `{"url":"/search","method":"POST"}`, ``, []answer{{body: `{"id":1}`}})
	if u != nil || err != nil {
		t.Errorf("got %v, %v; want a call that was made", u, err)
	}
}

func TestItemCursor(t *testing.T) {
	t.Parallel()
	byID := `{"url":"/u","response":{"iterate":"{{body}}","trigger":{"type":"id","id":"{{item.id}}"}}}`
	byDate := `{"url":"/u","response":{"iterate":"{{body}}","trigger":{"type":"date","id":"{{item.id}}","date":"{{item.at}}"}}}`
	at := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, communication, id string
		date                    time.Time
		want                    string // the cursor, or a part of the error
	}{
		{"by ID", byID, "42", time.Time{}, `{"version":1,"edge":{"id":"41"}}`},
		{"by date", byDate, "x", at, `{"version":1,"edge":{"date":"2026-01-02T00:00:00.000Z"}}`},
		{"no number", byID, "x", time.Time{}, "IDs are whole numbers"},
		{"no date", byDate, "42", time.Time{}, "date of the record is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "trigger", plainBase, tc.communication, nil)
			cursor, err := b.c.ItemCursor("m", tc.id, tc.date)
			got := cursor.JSON()
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
