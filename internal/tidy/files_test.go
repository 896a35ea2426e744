package tidy

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxFileBytes is the size of the largest file that belongs into version control.
const maxFileBytes = 200 << 10

// largeFiles may be larger, for the reason given.
func largeFiles() map[string]string {
	return map[string]string{"docs/openapi.json": "it says everything about every route; programs read it"}
}

func TestFilesAreSmall(t *testing.T) {
	t.Parallel()
	r := load(t)
	excused := largeFiles()
	for _, name := range r.files {
		info, err := os.Stat(filepath.Join(r.root, filepath.FromSlash(name)))
		if err != nil { // deleted, and not yet committed so
			continue
		}
		if _, ok := excused[name]; info.Size() > maxFileBytes && !ok {
			t.Errorf("%s has %d bytes; %d are allowed: keep it elsewhere, or make it when it is needed", name, info.Size(), maxFileBytes)
		}
	}
}

// TestNothingIsLeftBehind looks for notes to oneself and for the places of one's own machine.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	r := load(t)
	// Put together, so that this file does not hold what it looks for.
	findings := map[string]*regexp.Regexp{
		"a note to oneself; do it, or write an issue": regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`),
		"a path of one machine; use a relative one":   regexp.MustCompile(`(^|[\s"'(=])(/(work|home|Users)/|/ro` + `ot/|[A-Z]:\\Us` + `ers\\)[A-Za-z0-9_.]`),
		"an unresolved conflict":                      regexp.MustCompile(`(?m)^(<{7}|>{7}) `),
	}
	for _, name := range r.files {
		if !isText(name) || strings.Contains(name, "/testdata/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			for what, pattern := range findings {
				if pattern.Match(line) {
					t.Errorf("%s line %d: %s: %s", name, i+1, what, bytes.TrimSpace(line))
				}
			}
		}
	}
}

// isText tells the files that people write.
func isText(name string) bool {
	switch path.Ext(name) {
	case ".go", ".md", ".yml", ".yaml", ".json", ".txt", ".txtar", ".sh", ".mod", ".css", ".html", ".ts", ".tsx", "":
		return path.Base(name) != "LICENSE" && path.Base(name) != ".gitignore"
	}
	return false
}

func TestLinksInDocsResolve(t *testing.T) {
	t.Parallel()
	r := load(t)
	link := regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	for _, name := range r.files {
		if path.Ext(name) != ".md" || strings.Contains(name, "/testdata/") {
			continue
		}
		for _, match := range link.FindAllStringSubmatch(prose(string(r.read(t, name))), -1) {
			target, _, _ := strings.Cut(match[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(r.root, filepath.FromSlash(path.Join(path.Dir(name), target)))); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, match[1])
			}
		}
	}
}

func TestDocsNameNoLineNumbers(t *testing.T) {
	t.Parallel()
	r := load(t)
	reference := regexp.MustCompile(`[A-Za-z0-9_-]+\.(go|ts|tsx|json|md):[0-9]+`)
	for _, name := range r.files {
		if path.Ext(name) != ".md" || strings.Contains(name, "/testdata/") {
			continue
		}
		for _, found := range reference.FindAllString(prose(string(r.read(t, name))), -1) {
			t.Errorf("%s refers to %s; lines move, so name the function instead", name, found)
		}
	}
}

// prose returns a Markdown text without its fenced code, in which output with places may stand.
func prose(text string) string {
	var kept []string
	fence := ""
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence = trimmed[:3]
		case fence != "" && strings.HasPrefix(trimmed, fence):
			fence = ""
		case fence == "":
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// TestDependenciesAreDecided keeps go.mod and the record of why each module is in it together.
func TestDependenciesAreDecided(t *testing.T) {
	t.Parallel()
	const record = "docs/decisions/0002-dependencies.md"
	r := load(t)
	decided := string(r.read(t, record))
	found := 0
	for _, line := range strings.Split(string(r.read(t, "go.mod")), "\n") {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || !strings.Contains(fields[0], ".") {
			continue
		}
		// The mark says that nothing of ours imports the module; where it is out of date, the imports count.
		if strings.Contains(line, "// indirect") && !r.imports(fields[0]) {
			continue
		}
		found++
		if !strings.Contains(decided, "`"+fields[0]+"`") {
			t.Errorf("go.mod requires %s, which %s does not name: write who needs it, why, and what was rejected", fields[0], record)
		}
	}
	if found == 0 {
		t.Error("found no requirement in go.mod")
	}
}

// TestPackagesAreDecided does the same for the packages of the web application.
func TestPackagesAreDecided(t *testing.T) {
	t.Parallel()
	const record = "docs/decisions/0002-dependencies.md"
	r := load(t)
	decided := string(r.read(t, record))
	var asked struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(r.read(t, "web/package.json"), &asked); err != nil || len(asked.Dependencies) == 0 {
		t.Fatalf("web/package.json asks for nothing: %v", err)
	}
	for _, list := range []map[string]string{asked.Dependencies, asked.DevDependencies} {
		for name := range list {
			if !strings.Contains(decided, "`"+name+"`") {
				t.Errorf("web/package.json asks for %s, which %s does not name: write what it is for, and what was rejected", name, record)
			}
		}
	}
}

// imports reports whether any of our files imports a package of module.
func (r *repo) imports(module string) bool {
	for _, file := range r.code {
		for _, importPath := range importNames(file.syntax) {
			if importPath == module || strings.HasPrefix(importPath, module+"/") {
				return true
			}
		}
	}
	return false
}

// TestDecisionsAreIndexed keeps the list of decisions complete.
func TestDecisionsAreIndexed(t *testing.T) {
	t.Parallel()
	r := load(t)
	index := string(r.read(t, "docs/decisions/README.md"))
	named := regexp.MustCompile(`^[0-9]{4}-[a-z0-9-]+\.md$`)
	for _, name := range r.files {
		file := path.Base(name)
		if path.Dir(name) != "docs/decisions" || file == "README.md" {
			continue
		}
		if !named.MatchString(file) {
			t.Errorf("%s is not named NNNN-verb-noun.md", name)
		}
		if !strings.Contains(index, "("+file+")") {
			t.Errorf("docs/decisions/README.md does not list %s", file)
		}
	}
}
