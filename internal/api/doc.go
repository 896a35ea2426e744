// Package api is the HTTP interface to one installation: everything that a person or a program can look at or change.
//
// It exists so that there is one way in: the command line, and later browsers and other programs, all come through the
// same routes, which decode strictly, bound what they take and say what is wrong in one form (RFC 9457). It holds no
// rules of scenarios: those stand behind the interfaces that it declares. Each route says which right it needs and whose thing
// it is about; who calls is told by an Authenticator, and what is not allowed is denied. What somebody may not know of answers
// as if it were not there. What changes something is written down in one commit with the change.
package api

// Prefix is what every path begins with.
const Prefix = "/api/v1"

// Limits of requests.
const (
	// MaxBodyBytes is the size of the body of a request that says nothing else.
	MaxBodyBytes = 1 << 20
	// MaxBlueprintBytes is the size of a body with a blueprint.
	MaxBlueprintBytes = 64 << 20
	// MaxInputBytes is the size of a body with bundles.
	MaxInputBytes = 64 << 20
	// MaxImportBytes is the size of a file with records of a data store.
	MaxImportBytes = 4 << 30
	// MaxPage is the most things that a listing returns at once, DefaultPage how many when none is asked for.
	MaxPage     = 500
	DefaultPage = 50
	// MaxSelected is the most things that one request names.
	MaxSelected = 1000
	// MaxActions is the most actions that the audit log is searched for at once.
	MaxActions = 100
)
