package expression

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReferenceIsUpToDate(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	if err := WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", "docs", "expressions.md"))
	if err != nil {
		t.Fatalf("%v: run go generate ./internal/expression", err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("docs/expressions.md is stale, run go generate ./internal/expression (-want +got):\n%s", diff)
	}
}

func TestOperatorExamplesHold(t *testing.T) {
	t.Parallel()
	for _, o := range Operators() {
		d := Scenario
		if o.AppOnly {
			d = App
		}
		if o.Summary == "" || len(o.Examples) == 0 || o.Precedence < 1 {
			t.Errorf("operator %s: %+v is not described", o.Sign, o)
		}
		runExamples(t, o.Examples, d)
	}
}

func TestKeywordsAreDescribed(t *testing.T) {
	t.Parallel()
	for _, k := range Keywords() {
		if k.Name == "" || k.Summary == "" {
			t.Errorf("keyword %+v is not described", k)
		}
		if _, err := ParseExpression(k.Name, App); err != nil {
			t.Errorf("keyword %s: %v", k.Name, err)
		}
	}
}
