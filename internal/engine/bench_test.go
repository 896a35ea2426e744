package engine_test

import (
	"fmt"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/value"
)

// BenchmarkPureScenario measures the engine alone: ten modules that map two fields each, one bundle a round.
func BenchmarkPureScenario(b *testing.B) {
	nodes := []string{node("1", "test:Watch", "", "")}
	for id := 2; id <= 11; id++ {
		nodes = append(nodes, node(fmt.Sprint(id), "test:Echo", fmt.Sprintf(`{"a":"{{%d.n}}","b":"{{upper(1.name)}} %d"}`, 1, id), ""))
	}
	p := plan(b, &world{}, flow(nodes...), "", "")
	bundle := value.Collection(value.F("n", value.Int(1)), value.F("name", value.Text("Ada Lovelace")))
	input := make([]value.Value, b.N)
	for i := range input {
		input[i] = bundle
	}
	b.ReportAllocs()
	b.ResetTimer()
	x := p.Start(engine.Config{ID: "x", Seed: 1, Started: start, HasInput: true, Input: input})
	for !x.Done() {
		x.Advance(start, 1<<20)
	}
	b.StopTimer()
	if got := x.Outcome().Operations; got != 10*b.N+1 {
		b.Fatalf("%d operations, want %d", got, 10*b.N+1)
	}
}
