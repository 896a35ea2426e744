package expression

import (
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// testScope answers the references of tests.
type testScope struct {
	modules map[int]value.Value
	meta    map[string]value.Value
	names   map[string]value.Value
}

func (s testScope) Module(id int) value.Value           { return s.modules[id] }
func (s testScope) Meta(_ int, item string) value.Value { return s.meta[item] }
func (s testScope) Name(name string) value.Value        { return s.names[name] }

// counter is a source of random numbers that repeats itself.
type counter struct{ n uint64 }

func (c *counter) Uint64() uint64 {
	c.n = c.n*6364136223846793005 + 1442695040888963407
	return c.n
}

func parseValue(tb testing.TB, src string) value.Value {
	tb.Helper()
	v, err := value.ParseJSON([]byte(src))
	if err != nil {
		tb.Fatalf("%s: %v", src, err)
	}
	return v
}

// testNow is what now means in tests and in the examples of the reference.
var testNow = time.Date(2026, time.November, 23, 14, 5, 6, 789_000_000, time.UTC)

// testBundle is what tests read besides exampleBundle.
const testBundle = `{
	"empty": "", "nothing": null, "zero": 0, "big": 9007199254740993, "0": "column A", "list": [1, 2, 3], "texts": ["a", "b"],
	"nested": [[1, 2], [3, [4]]], "sru:record": [{"gzd:data": [{"x": 1}]}]
}`

func testEnv(tb testing.TB) *Env {
	tb.Helper()
	bundle := value.NewBuilder(0).Merge(parseValue(tb, exampleBundle)).Merge(parseValue(tb, testBundle)).Set("date", value.Date(testNow)).
		Set("file", value.Buffer([]byte{0xff, 0x00}, "")).Build()
	return &Env{
		Scope: testScope{
			modules: map[int]value.Value{1: bundle, 2: parseValue(tb, `{"__IMTKEY__":"k","data":[{"id":7}]}`)},
			meta:    map[string]value.Value{"__IMTINDEX__": value.Int(4)},
			names: map[string]value.Value{
				"var": parseValue(tb, `{"a":{"b":1}}`), "executionId": value.Text("exec-1"), "parameters": parseValue(tb, `{"f":"x-y","n":2,"email":"a@b.c","limit":null}`),
				"headers": parseValue(tb, `{"x-y":"h","content-type":"json"}`), "item": parseValue(tb, `{"first":"A","last":"B","x-y":"v"}`), "body": parseValue(tb, `{"data":[{"id":1},{"id":2}],"items":[]}`),
			},
		},
		Now: testNow, Random: &counter{n: 1},
	}
}
