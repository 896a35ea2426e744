package connector

import "time"

// The limits of one operation.
const (
	// MaxPages is the number of pages that a module reads. Hosted services allow 50 to protect themselves; a list with a
	// limit of a million needs 20,000 pages of 50, and the person who asks for it owns the machine.
	MaxPages = 100_000
	// MaxRPCPages is the number of pages that a remote procedure reads: a person waits for it in front of a form.
	MaxRPCPages = 20
	// MaxRPCResults is the number of options or fields that a remote procedure returns.
	MaxRPCResults = 10_000
	// MaxHeldBundles is the number of bundles that are held back where a definition wants to see all of them at once.
	MaxHeldBundles = 100_000
	// MaxAttempts is how often one request is made at most, the first time included.
	MaxAttempts = 4
	// MaxRetryTime is the time from the first attempt of a request in which another one may begin.
	MaxRetryTime = 30 * time.Second
	// FirstRetryDelay is the wait before the second attempt; it doubles each time, up to MaxRetryDelay.
	FirstRetryDelay = 500 * time.Millisecond
	// MaxRetryDelay is the longest wait that is chosen here; a service may ask for a longer one.
	MaxRetryDelay = 10 * time.Second
	// MaxXMLDepth is the number of nested XML elements that are read.
	MaxXMLDepth = 200
	// MaxMessageBytes is the length of an error message of a service that is passed on.
	MaxMessageBytes = 2_000
)
