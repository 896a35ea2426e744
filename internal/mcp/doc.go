// Package mcp lets programs that speak the Model Context Protocol use one installation: assistants, above all.
//
// Every active scenario that runs on demand and declares its inputs is a tool with typed arguments; further tools look at what there is
// and, where the caller's rights allow it, change it. Everything goes through the API, with the credentials of whoever calls: so
// authorization, teams, limits and the audit log are those of the API, and this package has no way around them. It keeps nothing, and does
// not know where the API is: it is given a way to reach it.
package mcp

import "time"

// Limits of what is offered and answered.
const (
	// MaxScenarioTools is how many scenarios are offered as tools.
	MaxScenarioTools = 200
	// MaxScenariosRead is how many scenarios are looked at to find those that can be offered.
	MaxScenariosRead = 2000
	// MaxResultBytes is the size of the result of one call.
	MaxResultBytes = 256 << 10
	// MaxAnswerBytes is the size of an answer of the API that is read, such as a blueprint that declares inputs.
	MaxAnswerBytes = 16 << 20
	// DefaultList is how many things a tool lists at once, unless the caller says.
	DefaultList = 20
	// MaxList is how many things a tool lists at most.
	MaxList = 100
	// MaxRunWait is how long a tool waits for the end of the execution that it has started.
	MaxRunWait = 40 * time.Second
	// WatchInterval is the time between two looks at which scenarios are tools, for clients that stay connected.
	WatchInterval = 5 * time.Second
	// maxInterfaces is how many declared interfaces are remembered.
	maxInterfaces = 2000
	// The pause between two looks at an execution grows from the first of these to the second.
	shortestPause, longestPause = 20 * time.Millisecond, time.Second
)
