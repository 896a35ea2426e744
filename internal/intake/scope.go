package intake

import (
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/value"
)

// scope lets the expressions of a webhook read the bundle that its call became: {{1.event}} as in the scenario, whose
// first module it is, or {{event}}.
type scope struct{ bundle value.Value }

var _ expression.Scope = scope{}

// Module returns the bundle for module 1.
func (s scope) Module(id int) value.Value {
	if id != 1 {
		return value.Undefined
	}
	return s.bundle
}

// Meta returns nothing: a bundle that is not yet queued has no number.
func (s scope) Meta(int, string) value.Value { return value.Undefined }

// Name returns a field of the bundle.
func (s scope) Name(name string) value.Value { return s.bundle.Get(name) }

func env(bundle value.Value, now time.Time) *expression.Env {
	return &expression.Env{Scope: scope{bundle}, Now: now}
}
