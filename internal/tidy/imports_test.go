package tidy

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// edges says for a package which of our packages it may import, and why.
type edges map[string]string

// anything, as the only edge, allows all of them.
const anything = "*"

// importTable says who may know whom. A package that is not in it fails the
// test: whoever adds one decides what it may know.
func importTable() map[string]edges {
	const (
		values     = "works on the data of bundles"
		told       = "its failures are told to people"
		mapped     = "evaluates mapped fields"
		filtered   = "decides by filter conditions"
		described  = "describes or reads module descriptions"
		timed      = "reads the time through a clock"
		calls      = "its modules call services, which only outbound may do"
		leaf       = ""
		everything = "puts the parts together"
	)
	return map[string]edges{
		"internal/value":      {"fault": "says of a value what it is and was expected to be"},
		"internal/fault":      {leaf: leaf},
		"internal/clock":      {leaf: leaf},
		"internal/expression": {"value": values, "fault": told, "clock": "now() is a function of the language"},
		"internal/filter":     {"value": values, "fault": told, "expression": "both sides of a condition are mapped"},
		"internal/module":     {"value": values, "fault": told},
		"internal/blueprint": {
			"value": values, "fault": "each problem names its place and a hint", "expression": "checks mapped fields when it validates",
			"filter": "checks conditions when it validates", "module": "compares fields with module descriptions",
		},
		"internal/appdef": {"value": values, "fault": told, "expression": "checks the expressions of app files", "module": "turns app files into module descriptions"},
		"internal/engine": {
			"value": values, "fault": "directives react to kinds of failure", "clock": timed, "expression": mapped,
			"filter": filtered, "blueprint": "it is what the engine runs", "module": described,
		},
		"internal/outbound": {"value": values, "fault": told, "clock": timed},
		"internal/builtin": {
			"value": values, "fault": told, "clock": timed, "expression": mapped,
			"filter": filtered, "module": described, "outbound": calls,
		},
		"internal/connector": {
			"value": values, "fault": told, "clock": timed, "expression": mapped,
			"module": described, "appdef": "it is what the connector runs", "outbound": calls,
		},
		"internal/runner": {
			"value": values, "fault": told, "clock": timed, "blueprint": "loads what it runs",
			"module": "finds the module of an operation", "engine": "asks it for the next operation",
		},
		"internal/intake": {
			"value": values, "fault": told, "clock": timed, "expression": "keys of duplicates are mapped",
			"filter": filtered, "module": "data structures are lists of fields",
		},
		"internal/cluster":            {leaf: leaf}, // it decides, and whoever asks it carries it out
		"internal/schedule":           {"value": "reads scheduling objects and writes them", "fault": told},
		"internal/vault":              {"fault": told},
		"internal/store":              {"value": values, "fault": told, "clock": timed},
		"internal/store/storetest":    {"store": "it is the contract of the store", "value": values, "fault": told, "clock": timed},
		"internal/store/postgrestest": {leaf: leaf}, // it starts the database, and knows nothing of what is in it
		"internal/notify":             {"fault": told, "clock": timed, "outbound": "it posts events, which only outbound may do"},
		"internal/metrics": {
			"store": "counts its commits and sweeps and shows its totals", "intake": "counts the outcomes of calls",
			"notify": "counts what was told",
		},
		"internal/api": {
			"access": "decides whether a caller may", "clock": "ends requests that arrive too slowly",
			"value": "bundles and records stand in its answers", "fault": "it tells failures to whoever calls",
			"store": "the errors of the store decide with which status a failure is answered",
			"docs":  "it gives its own document out",
		},
		"internal/api/genapi": {"api": "writes the documents of its routes"},
		"internal/account": {
			"fault": told, "clock": timed, "access": "makes principals and gives roles", "vault": "hides secrets until they are sent",
			"store": "users, sessions and vouchers are its rows, and its errors say what was taken or changed",
		},
		"internal/access": {"fault": told},
		"internal/mcp": {
			"api": "it calls the API, and reads its types", "access": "the rights of the caller decide what is offered",
			"blueprint": "the inputs that a scenario declares are the arguments of its tool", "module": "describes them", "value": values,
			"fault": told, "clock": timed,
		},
		"internal/socket":             {"fault": told},
		"internal/remote":             {"fault": told},
		"internal/web":                {leaf: leaf},
		"internal/sandbox/customerly": {leaf: leaf},
		"internal/server":             {anything: everything},
		"internal/server/gendoc":      {"server": "writes the reference of the modules that it assembles"},
		"internal/expression/gendoc":  {"expression": "writes the reference of its tables"},
		"internal/cli":                {anything: everything},
		"internal/crash":              {leaf: leaf}, // its tests start real processes
		"internal/simulation":         {leaf: leaf}, // its tests play what the policy decides
		"internal/tidy":               {leaf: leaf},
		"apps":                        {leaf: leaf},
		"docs":                        {leaf: leaf},
		"examples":                    {leaf: leaf},
		"templates":                   {leaf: leaf},
		"cmd/ropeway":                 {"cli": "main only hands over to it"},
	}
}

func TestImportDirections(t *testing.T) {
	t.Parallel()
	table := importTable()
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, modulePath+"/")
		if strings.HasPrefix(name, "tools/") {
			continue
		}
		seen[name] = true
		allowed, ok := table[name]
		if !ok {
			t.Errorf("package %s has no row in the import table: say what it may import, and why", name)
			continue
		}
		if _, all := allowed[anything]; all {
			continue
		}
		for _, imported := range p.Imports {
			ours, ok := strings.CutPrefix(imported, modulePath+"/")
			if _, may := allowed[strings.TrimPrefix(ours, "internal/")]; ok && !may {
				t.Errorf("%s imports %s, which its row does not allow; its row has %v", name, ours, slices.Sorted(maps.Keys(allowed)))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if !seen[name] {
			t.Errorf("the import table has a row for %s, which does not exist", name)
		}
	}
}

// TestLeavesUseTheStandardLibraryOnly keeps the packages that all others stand on free of other people's code.
func TestLeavesUseTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	leaves := []string{"value", "fault", "clock", "engine", "filter", "module"}
	checked := 0
	for _, p := range listPackages(t) {
		if !slices.Contains(leaves, path.Base(p.ImportPath)) {
			continue
		}
		checked++
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(imported, modulePath) {
				t.Errorf("%s imports %s; it may use the standard library only", p.ImportPath, imported)
			}
		}
	}
	if checked == 0 {
		t.Errorf("found none of the packages %v", leaves)
	}
}
