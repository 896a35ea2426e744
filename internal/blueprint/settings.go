package blueprint

import (
	"fmt"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/value"
)

// MaxBundlesAtOnce is the largest number of bundles that may travel side by side.
const MaxBundlesAtOnce = 64

// MaxCycles is the largest number of cycles of one execution.
const MaxCycles = 10_000

// Settings are the choices that hold for a whole scenario. The first ones stand in metadata.scenario, where other
// systems keep them too; BundlesAtOnce, OrderKey and Timezone stand in metadata.ropeway, which others ignore.
type Settings struct {
	Roundtrips            int  // most cycles of one execution
	MaxErrors             int  // failed executions in a row before the scenario is switched off; 0 = never
	AutoCommit            bool // commit each module right after its operation
	AutoCommitTriggerLast bool // commit the first module when everything else succeeded
	Sequential            bool // one execution after another
	Confidential          bool // no bundles in the history
	StoreIncomplete       bool // keep failed executions to finish them later ("dlq")
	DataLoss              bool // go on when incomplete executions cannot be stored
	FreshVariables        bool // read custom variables anew for each execution

	BundlesAtOnce int                  // 1 to MaxBundlesAtOnce
	OrderKey      *expression.Template // bundles with the same key stay in order; nil for no key
	Timezone      string               // "Europe/Rome"; "" for that of the server
}

// DefaultSettings returns the settings of a scenario that says nothing.
func DefaultSettings() Settings {
	return Settings{Roundtrips: 1, MaxErrors: 3, AutoCommit: true, AutoCommitTriggerLast: true, BundlesAtOnce: 1}
}

func (r *reader) settings(metadata value.Value) Settings {
	s := DefaultSettings()
	scenario, own := metadata.Get("scenario"), metadata.Get("ropeway")
	const at, ours = "metadata.scenario.", "metadata.ropeway."
	r.setting(&s.Roundtrips, scenario.Get("roundtrips"), at+"roundtrips", 1, MaxCycles)
	r.setting(&s.MaxErrors, scenario.Get("maxErrors"), at+"maxErrors", 0, maxInteger)
	r.setting(&s.BundlesAtOnce, own.Get("bundlesAtOnce"), ours+"bundlesAtOnce", 1, MaxBundlesAtOnce)
	for _, flag := range []struct {
		key string
		to  *bool
	}{
		{"autoCommit", &s.AutoCommit},
		{"autoCommitTriggerLast", &s.AutoCommitTriggerLast},
		{"sequential", &s.Sequential},
		{"confidential", &s.Confidential},
		{"dlq", &s.StoreIncomplete},
		{"dataloss", &s.DataLoss},
		{"freshVariables", &s.FreshVariables},
	} {
		r.flag(flag.to, scenario.Get(flag.key), at+flag.key)
	}
	s.OrderKey = r.template(own.Get("orderKey"), ours+"orderKey")
	s.Timezone = own.Get("timezone").Str()
	return s
}

// setting reads a number between low and high; what is wrong leaves the default and is a problem.
func (r *reader) setting(to *int, v value.Value, path string, low, high int) {
	if v.IsNothing() {
		return
	}
	n, ok := integer(v)
	if !ok || n < low || n > high {
		r.problem(path, fmt.Sprintf("expected a whole number from %d to %d, got %s", low, high, short(v)), fmt.Sprintf("remove it to use %d", *to))
		return
	}
	*to = n
}

func (r *reader) flag(to *bool, v value.Value, path string) {
	switch v.Kind() {
	case value.KindUndefined, value.KindNull:
	case value.KindBoolean:
		*to = v.Truth()
	default:
		r.problem(path, "expected true or false, got "+short(v), fmt.Sprintf("remove it to use %t", *to))
	}
}
