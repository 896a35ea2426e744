package connector

import (
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/module"
)

func FuzzResponse(f *testing.F) {
	f.Add("application/json", `{"items": [1, {"a": null}], "next": "https://evil.example"}`, 200)
	f.Add("text/xml; charset=latin1", "<a b='c'>\xe9<d/></a>", 200)
	f.Add("application/x-www-form-urlencoded", "a=%zz&b", 500)
	f.Add("", "\x00\xff", 404)
	f.Fuzz(func(t *testing.T, contentType, body string, status int) {
		b := newBench(t, "search", plainBase, `{"url": "/x", "pagination": {"url": "{{body.next}}", "condition": "{{pagination.page < 4}}"},
			"response": {"temp": {"x": "{{body.error.message}}"}, "valid": "{{!temp.x}}", "iterate": "{{body.items}}", "limit": 50, "output": {"i": "{{item}}", "n": "{{item.a.b}}"}, "error": "{{temp.x}} {{body}}"}}`,
			nil, answer{status: 100 + (status%500+500)%500, head: "Content-Type: " + strings.NewReplacer("\n", "", "\r", "").Replace(contentType), body: body})
		_ = b.run(t, `{}`)
		for _, r := range b.svc.requests {
			if !strings.HasPrefix(r.URL, "https://api.example.com/v1/") {
				t.Fatalf("sent to %s", r.URL)
			}
		}
	})
}

func BenchmarkOperation(b *testing.B) {
	cases := map[string]struct{ kind, communication, body string }{
		"action": {"action", `{"url": "/users/{{parameters.a}}", "method": "PUT", "qs": {"x": "{{parameters.b}}"}, "body": {"name": "{{parameters.a}}", "n": 1}, "response": {"output": {"id": "{{body.id}}"}}}`, `{"id": 1}`},
		"search": {"search", `{"url": "/users", "response": {"iterate": "{{body.items}}"}}`, `{"items": [` + strings.TrimSuffix(strings.Repeat(`{"id": 1, "email": "a@example.com"},`, 50), ",") + `]}`},
	}
	for name, c := range cases {
		b.Run(name, func(b *testing.B) {
			bench := newBench(b, c.kind, plainBase, c.communication, nil, answer{body: c.body})
			op := &module.Operation{Input: parsed(b, `{"a": "ada", "b": 2}`), Started: bench.clk.Now(), Zone: time.UTC, Seed: 3}
			conn, m := connection("k-secret"), bench.c.Modules()[0]
			b.ReportAllocs()
			for b.Loop() {
				bench.out.bundles, bench.out.records, bench.svc.requests = bench.out.bundles[:0], bench.out.records[:0], bench.svc.requests[:0]
				if err := m.Run(b.Context(), op, conn, &bench.out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
