package expression

import (
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Scope answers the references of an expression.
type Scope interface {
	// Module returns the output bundle of the module with the given number, Undefined where it has none.
	Module(id int) value.Value
	// Meta returns an item that the engine keeps beside a bundle (__IMTINDEX__, __IMTLENGTH__), Undefined where there is none.
	Meta(id int, item string) value.Value
	// Name returns a named root: "var", "executionId"; in app files "parameters", "body", "item" and so on.
	Name(name string) value.Value
}

// Random draws reproducible random numbers.
type Random interface {
	// Uint64 returns the next 64 random bits.
	Uint64() uint64
}

// Env is everything that an evaluation may know. Nothing in it is global, so that the same Env gives the same result.
type Env struct {
	Scope  Scope
	Now    time.Time      // what now and timestamp mean
	Zone   *time.Location // zone of texts without one; nil = UTC
	Random Random         // source of random and uuid; nil makes them an error
	Limits Limits         // the zero Limits are the defaults
}
