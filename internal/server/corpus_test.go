package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

// corpus is a folder of real exported scenarios that lies beside the project where it is developed.
const corpus = "../../../shared/corpus/blueprints"

// statusFile holds the table that this test keeps true.
const statusFile = "../../docs/STATUS.md"

// exports lists the files of the corpus that are genuine exports.
func exports(t *testing.T) []string {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(corpus, "INDEX.tsv"))
	if err != nil {
		t.Skipf("the corpus of real scenarios is not here: %v", err)
	}
	var files []string
	for _, line := range strings.Split(string(index), "\n") {
		if cells := strings.Split(line, "\t"); len(cells) > 1 && cells[1] == "export" {
			files = append(files, cells[0])
		}
	}
	return files
}

func TestCorpusTableOfTheStatus(t *testing.T) {
	t.Parallel()
	system, err := server.Assemble(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files := exports(t)
	runnable, lacking := 0, map[string]int{}
	for _, name := range files {
		src, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		bp, err := blueprint.Parse(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := value.ParseJSON(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := value.ParseJSON(bp.Print())
		if err != nil || got.JSON() != want.JSON() {
			t.Errorf("%s does not print back to equal JSON (%v)", name, err)
		}
		missing := missingModules(system, bp)
		for m := range missing {
			lacking[m]++
		}
		if _, problems := engine.Compile(bp, system.Modules); len(missing) == 0 && !problems.Invalid() {
			runnable++
		}
	}
	checkStatus(t, fmt.Sprintf("| exports that parse, check and print back unchanged | %d of %d |", len(files), len(files)))
	checkStatus(t, fmt.Sprintf("| exports all of whose modules exist | %d of %d |", runnable, len(files)))
	checkStatus(t, "| apps whose modules the others lack most | "+mostLacking(lacking)+" |")
}

// missingModules returns the apps of the modules that are not there, with the disabled ones left out.
func missingModules(system *server.System, bp *blueprint.Blueprint) map[string]bool {
	missing := map[string]bool{}
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) {
		if _, ok := system.Modules.Find(n.Module, n.Version); !ok && !n.Disabled {
			missing[n.App()] = true
		}
	})
	return missing
}

// mostLacking names the apps that the most files lack.
func mostLacking(count map[string]int) string {
	apps := make([]string, 0, len(count))
	for app := range count {
		apps = append(apps, app)
	}
	sort.Slice(apps, func(i, j int) bool {
		if count[apps[i]] != count[apps[j]] {
			return count[apps[i]] > count[apps[j]]
		}
		return apps[i] < apps[j]
	})
	var parts []string
	for _, app := range apps[:min(10, len(apps))] {
		parts = append(parts, fmt.Sprintf("%s %d", app, count[app]))
	}
	return strings.Join(parts, ", ")
}

func checkStatus(t *testing.T, row string) {
	t.Helper()
	status, err := os.ReadFile(statusFile)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), row) {
		t.Errorf("docs/STATUS.md does not say\n%s", row)
	}
}
