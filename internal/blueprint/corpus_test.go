package blueprint

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/ropeway/ropeway/internal/value"
)

// corpusFolder holds blueprints of other people, which are not part of the project.
const corpusFolder = "../../../shared/corpus/blueprints"

// corpus returns the files of a class, and skips the test where the corpus is not there.
func corpus(t *testing.T, class string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(corpusFolder, "INDEX.tsv"))
	if err != nil {
		t.Skipf("the corpus of blueprints is not here: %v", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, row := range rows[1:] {
		if row[1] == class {
			files = append(files, row[0])
		}
	}
	return files
}

func TestExportsAreValidAndPrintBack(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"export", "official-example"} {
		for _, name := range corpus(t, class) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b, src := readCorpus(t, name)
				for _, p := range b.Validate(nil) {
					if !p.Warning {
						t.Errorf("a problem in a genuine export: %s", p)
					}
				}
				want, err := value.ParseJSON(src)
				if err != nil {
					t.Fatal(err)
				}
				got, err := value.ParseJSON(b.Print())
				if err != nil || got.JSON() != want.JSON() {
					t.Errorf("printed differently, %v", err)
				}
			})
		}
	}
}

func TestHandwrittenBlueprintsAreOpened(t *testing.T) {
	t.Parallel()
	invalid := 0
	files := corpus(t, "handwritten")
	for _, name := range files {
		b, _ := readCorpus(t, name)
		if b.Validate(nil).Invalid() {
			invalid++
		}
	}
	if invalid == 0 {
		t.Errorf("none of %d blueprints written by hand is invalid, want most of them to be", len(files))
	}
}

func readCorpus(t *testing.T, name string) (*Blueprint, []byte) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(corpusFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b, src
}
