package expression

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/value"
)

// corpusTemplates returns the texts with {{ in the genuine exports of the corpus, by file; nil where there is no corpus.
func corpusTemplates(tb testing.TB) map[string][]string {
	tb.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", "blueprints")
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		tb.Skip("there is no corpus of blueprints beside the repository")
	}
	found := map[string][]string{}
	for line := range strings.SplitSeq(string(index), "\n") {
		columns := strings.Split(line, "\t")
		if len(columns) < 2 || columns[1] != "export" {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, columns[0]))
		if err != nil {
			continue
		}
		v, err := value.ParseJSON(src)
		if err != nil {
			tb.Fatalf("%s: %v", columns[0], err)
		}
		found[columns[0]] = templatesIn(nil, v)
	}
	return found
}

func templatesIn(list []string, v value.Value) []string {
	if v.Kind() == value.KindText && strings.Contains(v.Str(), opening) {
		return append(list, v.Str())
	}
	if v.Kind() == value.KindArray || v.Kind() == value.KindCollection {
		for i := range v.Len() {
			list = templatesIn(list, v.At(i))
		}
	}
	return list
}

func TestEveryTemplateOfGenuineExportsParses(t *testing.T) {
	t.Parallel()
	count := 0
	for file, templates := range corpusTemplates(t) {
		for _, src := range templates {
			count++
			if _, err := Parse(src, Scenario); err != nil {
				t.Errorf("%s: %q: %v", file, src, err)
			}
		}
	}
	if count < 100 {
		t.Errorf("got %d templates, want hundreds", count)
	}
}
