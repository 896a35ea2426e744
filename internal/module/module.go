// Package module says what a module is, in one place for every part.
//
// Blueprint checks, the engine, the command line and the UI all read the same
// description, so that labels, fields and delivery classes cannot drift apart.
// The package runs nothing itself.
package module

import (
	"context"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Kind is what a module does in a scenario.
type Kind string

// The kinds of modules (integrator reference, section 1).
const (
	Trigger        Kind = "trigger"         // polls for new data; first module only
	InstantTrigger Kind = "instant trigger" // receives webhooks; first module only
	Action         Kind = "action"          // one bundle in, one out
	Search         Kind = "search"          // one bundle in, any number out
	Universal      Kind = "universal"       // any call of an app's API
	Transformer    Kind = "transformer"     // changes data, calls nothing
	Iterator       Kind = "iterator"        // an array in, one bundle for each element out
	Aggregator     Kind = "aggregator"      // many bundles in, one out
	Router         Kind = "router"          // each bundle to every route
	IfElse         Kind = "if-else"         // each bundle to the first branch that matches
	Merge          Kind = "merge"           // joins the branches of an if-else
	Directive      Kind = "directive"       // ends an error route
	Responder      Kind = "responder"       // answers the webhook call that started the execution
)

// Source reports whether an operation of the kind may put out any number of bundles, so that each of them travels on its own.
func (k Kind) Source() bool {
	switch k {
	case Trigger, InstantTrigger, Search, Iterator, Transformer:
		return true
	default:
		return false
	}
}

// Waits reports whether the kind starts a scenario with data that comes once: it must not be asked for again.
func (k Kind) Waits() bool { return k == Trigger || k == InstantTrigger }

// Flow reports whether the engine itself acts on the kind, without running an operation of it.
func (k Kind) Flow() bool {
	switch k {
	case Router, IfElse, Merge, Directive:
		return true
	default:
		return false
	}
}

// Delivery says what a repeated operation does (design, section 3).
type Delivery string

// The delivery classes, from harmless to harmful.
const (
	Pure       Delivery = "pure"       // no effect: recomputed, never journaled
	Read       Delivery = "read"       // safe to repeat: it only reads
	Idempotent Delivery = "idempotent" // repeating it has the same effect as doing it once
	Unsafe     Delivery = "unsafe"     // repeating it does the thing twice
)

// MethodDelivery returns the class of an HTTP method, written in any case: GET, HEAD and OPTIONS read, PUT and DELETE are
// idempotent, everything else is unsafe. No method stands for GET.
func MethodDelivery(method string) Delivery {
	switch strings.ToUpper(method) {
	case "", "GET", "HEAD", "OPTIONS":
		return Read
	case "PUT", "DELETE":
		return Idempotent
	}
	return Unsafe
}

// Description is what people and other parts may know of a module.
type Description struct {
	App        string // "customerly"
	Name       string // "listLeads"
	Version    int    // of the app or module, >= 1
	Label      string // "List Leads"
	Summary    string // one sentence
	Icon       string // name of an icon of Lucide, "" for none
	Group      string // heading under which it stands in its app, "" for none
	Kind       Kind
	Delivery   Delivery
	Connection string  // name of the connection type that it needs, "" for none
	Webhook    string  // name of the webhook type that it listens to, "" for none
	Parameters []Field // static fields, chosen when the scenario is built
	Expect     []Field // mapped fields, evaluated for each bundle
	Interface  []Field // fields of an output bundle
	Samples    value.Value
	// Dynamic modules take or give fields beyond those listed.
	DynamicInput, DynamicOutput bool
	// Ordered modules read or change state that the order of bundles decides; they keep an execution serial.
	Ordered bool
	// Transactional modules take part in commit and rollback of a cycle.
	Transactional bool
	// TakesKey modules can send an idempotency key, in a header that the scenario names. What they do is idempotent then.
	TakesKey bool
	// KeyHeader is the header in which the module sends an idempotency key by itself, "" where it does not.
	KeyHeader string
	// Unsupported says what the module needs that there is not ("a connection with OAuth"); nil for modules that can run. One with
	// reasons is known, so that scenarios with it can be read, shown and exported, but it is not offered and no scenario runs with it.
	Unsupported []string
	// Starts are the places where a polling trigger can begin, the default first; nil for other modules.
	Starts []Start
}

// FullName returns "app:Name", as blueprints write it.
func (d *Description) FullName() string { return d.App + ":" + d.Name }

// Module is a description with the code behind it. Exactly one of Pure, State, Aggregate and Run is set,
// and none for the kinds that the engine acts on itself.
type Module struct {
	Description
	// Pure computes the output bundles from the operation alone. It is called in the engine and may be called again.
	Pure func(op *Operation, emit func(value.Value) error) error
	// State does the same with the variables of the execution.
	State func(op *Operation, state State, emit func(value.Value) error) error
	// Aggregate starts the collection of one group of bundles.
	Aggregate func(op *Operation) (Accumulator, error)
	// Run does something outside: the network, a store, waiting. conn is nil for modules without a connection.
	Run func(ctx context.Context, op *Operation, conn *Connection, out Output) error
	// Simulates says that Run knows dry runs. What does not, and may have an effect, is not run in them.
	Simulates bool
	// DeliveryOf tells the delivery class of one operation where it depends on the fields, as with the method of an HTTP
	// call; nil where the description's class always holds.
	DeliveryOf func(op *Operation) Delivery
	// Commit and Rollback end a cycle for transactional modules; cycle is the execution's key and the cycle's number.
	Commit, Rollback func(ctx context.Context, cycle CycleID) error
}

// Class returns the delivery class of an operation of the module.
func (m *Module) Class(op *Operation) Delivery {
	if m.DeliveryOf != nil {
		return m.DeliveryOf(op)
	}
	return m.Delivery
}

// Operation is one run of one module on one bundle.
type Operation struct {
	Module     *Description
	ModuleID   int         // number of the module in the blueprint
	Address    string      // where in the execution, independent of timing
	Parameters value.Value // static fields; a collection
	Input      value.Value // mapped fields, evaluated and coerced; a collection
	Connection string      // which connection, as the blueprint names it; "" for none
	Started    time.Time
	Zone       *time.Location // of the scenario; never nil
	Seed       uint64         // of this operation, for random numbers
	Cycle      CycleID
	Scenario   string // name of the scenario
	// Dry tells that the operation belongs to a dry run: it may read, and must do nothing. A module that Simulates ends with an Unsent
	// error where it would do something.
	Dry bool
	// Idempotency is the key to send with the call, so that the service does it once; nil for none.
	Idempotency *IdempotencyKey
	// Cursor says how far a polling trigger had come; undefined where it never ran. What is in it is the module's
	// business, but for the start that a person has chosen: see StartAt.
	Cursor value.Value
}

// CycleID names one cycle of one execution.
type CycleID struct {
	Execution string
	Number    int // from 1
}

// Connection is a connection with its secrets opened, for the time of one operation.
type Connection struct {
	Key    string      // identity, for rate budgets
	App    string      // app that it belongs to
	Type   string      // connection type of that app
	Fields value.Value // form values and saved data; a collection
}

// Output receives what an operation produces, in order.
type Output interface {
	// Bundle takes the next output bundle. Its error (a limit, an interruption) must be returned from Run.
	Bundle(v value.Value) error
	// Exchange takes the record of one call to the outside, secrets already redacted.
	Exchange(record value.Value)
	// Respond answers the webhook call that started the execution; the first answer counts.
	Respond(r Response) error
	// Cursor says how far a polling trigger has come with the bundles that it put out. It counts when the cycle commits.
	Cursor(v value.Value)
}

// Start is where a polling trigger begins (integrator reference, section 3).
type Start string

// The choices.
const (
	FromNow   Start = "now"   // with what is new or changed from the chosen moment on
	FromDate  Start = "since" // with what is new or changed since a date
	FromStart Start = "all"   // with everything there is
	FromItem  Start = "item"  // with one item that a person picked
)

// Fields of the cursor that stands for a Start until the trigger has run.
const (
	StartField = "start" // the Start
	AtField    = "at"    // for FromNow the moment of the choice, for FromDate the date; a date
	ItemField  = "item"  // for FromItem the cursor that stands for the item
)

// StartAt returns the cursor of a trigger that begins as chosen. at is the moment of the choice, or the date of FromDate; item
// only counts for FromItem.
func StartAt(s Start, at time.Time, item value.Value) value.Value {
	b := value.NewBuilder(3)
	b.Set(StartField, value.Text(string(s)))
	if s == FromNow || s == FromDate {
		b.Set(AtField, value.Date(at))
	}
	if s == FromItem {
		b.Set(ItemField, item)
	}
	return b.Build()
}

// Response is the answer to a webhook call.
type Response struct {
	Status  int
	Headers []Header
	Body    []byte
}

// Header is one header line of a Response.
type Header struct{ Name, Value string }

// Lifetime says how long a variable lives.
type Lifetime string

// The lifetimes.
const (
	OneCycle  Lifetime = "roundtrip"
	Execution Lifetime = "execution"
	Scenario  Lifetime = "scenario"
)

// Returned is the variable that holds what an execution returns to whoever started it, a collection of outputs. It has the
// lifetime Execution.
const Returned = "__RETURNED__"

// State holds the variables of an execution.
type State interface {
	// Get returns the variable, Undefined where it was never set.
	Get(name string) value.Value
	// Set gives the variable a value for the lifetime.
	Set(name string, v value.Value, lifetime Lifetime) error
}

// Accumulator collects the bundles of one group.
type Accumulator interface {
	// Add takes the evaluated mapper for the next bundle.
	Add(item value.Value) error
	// Result returns the output bundle. It is called once, also when nothing was added.
	Result() (value.Value, error)
}
