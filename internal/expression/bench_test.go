package expression

import (
	"testing"
)

func benchmarkEval(b *testing.B, sources ...string) {
	b.Helper()
	templates := make([]*Template, len(sources))
	for i, src := range sources {
		var err error
		if templates[i], err = Parse(src, Scenario); err != nil {
			b.Fatalf("%s: %v", src, err)
		}
	}
	env := testEnv(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := templates[i%len(templates)].Eval(env); err != nil {
			b.Fatalf("%s: %v", templates[i%len(templates)].Source(), err)
		}
	}
}

func BenchmarkPath(b *testing.B) { benchmarkEval(b, `{{1.customer.address.city}}`) }

func BenchmarkCall(b *testing.B) { benchmarkEval(b, `{{upper(1.name)}}`) }

func BenchmarkText(b *testing.B) { benchmarkEval(b, `Hello {{1.name}}, you have {{1.count}} messages`) }

func BenchmarkFormatDate(b *testing.B) {
	benchmarkEval(b, `{{formatDate(now; "YYYY-MM-DD HH:mm:ss"; "Europe/Prague")}}`)
}

// BenchmarkCorpus evaluates the templates of genuine exports in turn, on bundles that have none of their fields.
func BenchmarkCorpus(b *testing.B) {
	var templates []*Template
	for _, sources := range corpusTemplates(b) {
		for _, src := range sources {
			if t, err := Parse(src, Scenario); err == nil {
				templates = append(templates, t)
			}
		}
	}
	env := testEnv(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		// An error is a result too: parts of the templates need data that is not there.
		_, _ = templates[i%len(templates)].Eval(env)
	}
}

func BenchmarkParse(b *testing.B) {
	const src = `{{if(contains(1.name; "a"); formatDate(now; "YYYY"); ifempty(1.other.path[2].x; "none") + 1.count * 2)}}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, Scenario); err != nil {
			b.Fatal(err)
		}
	}
}
