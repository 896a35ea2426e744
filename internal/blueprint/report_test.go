package blueprint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/module"
)

func TestModuleHints(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"builtin:Sleep": `use "util:FunctionSleep"`, "builtin:BasicFilter": "a filter is no module", "builtin:BasicScheduler": "a schedule is no module",
		"shop:createOrders": `use "shop:createOrder"`, "shop:nothingLikeIt": "choose a module from the list of the app",
		"gmail:sendEmail": `in exports its name is "google-email:ActionSendEmail"`, "other:thing": "install the app, or replace the module",
	} {
		problems := mustParse(t, scenario(`{"id":1,"module":"`+name+`","version":1}`)).Validate(testCatalog())
		if len(problems) != 1 || !strings.Contains(problems[0].Hint, want) {
			t.Errorf("%s: got %v, want the hint %q", name, problems, want)
		}
	}
}

// appsOnly is a Catalog that knows apps, but does not tell names.
type appsOnly struct{ c catalog }

func (a appsOnly) Describe(name string, version int) (*module.Description, bool) {
	return a.c.Describe(name, version)
}
func (a appsOnly) HasApp(app string) bool { return app == "shop" }

func TestCatalogWithoutNames(t *testing.T) {
	t.Parallel()
	b := mustParse(t, scenario(`{"id":1,"module":"shop:createOrders","version":1}`, `{"id":2,"module":"util:Nothing","version":1}`))
	got := lines(b.Validate(appsOnly{testCatalog()}))
	want := "flow[0].module: the app shop has no module createOrders (choose a module from the list of the app)\n" +
		"warning: flow[1].module: the app util is not installed; the scenario can be edited and exported, but not run (install the app, or replace the module)\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestValidateLimitsItsReport(t *testing.T) {
	t.Parallel()
	missing := func(n int) string {
		return scenario(compose(1, strings.Repeat("{{9.x}} ", n)))
	}
	broken := func(n int) string {
		return scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"mapper":{"x":["` + strings.Join(slices.Repeat([]string{"{{"}, n), `","`) + `"]}}`)
	}
	unknown := func(n int) string {
		return scenario(compose(1, strings.Repeat("{{nothing}} ", n)))
	}
	for _, c := range []struct {
		name    string
		src     func(n int) string
		invalid bool
	}{{"problems", missing, true}, {"problems of parsing", broken, true}, {"warnings", unknown, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := mustParse(t, c.src(MaxProblems)).Validate(nil); len(got) != MaxProblems || got.Invalid() != c.invalid {
				t.Errorf("at the limit: got %d, invalid %t", len(got), got.Invalid())
			}
			got := mustParse(t, c.src(MaxProblems+50)).Validate(nil)
			last := got[len(got)-1]
			if len(got) != MaxProblems+1 || !strings.Contains(last.Problem, "more than 1000") || got.Invalid() != c.invalid {
				t.Errorf("over the limit: got %d, invalid %t, last %s", len(got), got.Invalid(), last)
			}
		})
	}
}

// TestReports compares whole reports; to accept new ones, run it with UPDATE_REPORTS=1 and read the difference.
func TestReports(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("testdata: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			got := lines(mustParse(t, string(read(t, filepath.Base(name)))).Validate(testCatalog()))
			golden := strings.TrimSuffix(name, ".json") + ".report"
			if os.Getenv("UPDATE_REPORTS") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, filepath.Base(golden))), got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongModulesAreLowerCase(t *testing.T) {
	t.Parallel()
	for wrong, right := range wrongModuleTable {
		if wrong != strings.ToLower(wrong) || strings.Count(right, ":") != 1 || strings.EqualFold(wrong, right) {
			t.Errorf("%s: %s; the key must be lower case and another name than %s", wrong, right, right)
		}
	}
}

func BenchmarkParseAndValidate(b *testing.B) {
	src := read(b, "full.json")
	b.ReportAllocs()
	for b.Loop() {
		bp, err := Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		if problems := bp.Validate(nil); len(problems) != 0 {
			b.Fatal(problems)
		}
	}
}
