package expression

import (
	"errors"
	"testing"
)

// outcome evaluates a bare expression and writes its result as JSON, "" for nothing, or its error.
func outcome(tb testing.TB, src string, d Dialect) (result, failure string) {
	tb.Helper()
	tpl, err := ParseExpression(src, d)
	if err != nil {
		return "", err.Error()
	}
	v, err := tpl.Eval(testEnv(tb))
	switch {
	case err != nil:
		return "", err.Error()
	case v.IsNothing():
		return "", ""
	}
	return v.JSON(), ""
}

func TestEveryFunctionIsDocumentedAndItsExamplesHold(t *testing.T) {
	t.Parallel()
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.Group == "" || f.Summary == "" || len(f.Parameters) == 0 || len(f.Examples) == 0 {
				t.Errorf("group %q, summary %q, %d parameters, %d examples: one is missing", f.Group, f.Summary, len(f.Parameters), len(f.Examples))
			}
			for _, p := range f.Parameters {
				if p.Name == "" || p.Type == "" || p.Summary == "" {
					t.Errorf("parameter %+v is not described", p)
				}
			}
			d := Scenario
			if f.AppOnly {
				d = App
			}
			runExamples(t, f.Examples, d)
		})
	}
}

func runExamples(t *testing.T, examples []Example, d Dialect) {
	t.Helper()
	for _, e := range examples {
		result, failure := outcome(t, e.Expression, d)
		if result != e.Result || failure != e.Error {
			t.Errorf("%s: got %s (error %q), want %s (error %q)", e.Expression, result, failure, e.Result, e.Error)
		}
	}
}

func TestAppOnlyFunctionsAreUnknownInScenarios(t *testing.T) {
	t.Parallel()
	var syntax *SyntaxError
	if _, err := ParseExpression(`parseJSON("1")`, Scenario); !errors.As(err, &syntax) {
		t.Errorf("parseJSON in a scenario: got %v, want a syntax error", err)
	}
}
