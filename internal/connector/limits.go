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
	// MaxCursorKeys is the number of records that the cursor of a polling trigger remembers one by one. Where more were put out
	// within the overlap, the oldest are forgotten and the overlap is shortened to what is remembered: then none is put out
	// twice, and only a record that appears later than that many others, and is older than all of them, would be missed.
	MaxCursorKeys = 1_000
	// MaxOddRecords is the number of records without a place in the order that a polling trigger puts out and remembers.
	MaxOddRecords = 100
	// MaxReadings is how often a polling trigger reads the same pages while records slip between them.
	MaxReadings = 10
	// MaxEqualPages is the number of pages after which a polling trigger takes it that the service ignores page numbers, if each
	// of them is equal to the one before.
	MaxEqualPages = 10
	// MaxItems is the number of items that a person can pick as the start of a polling trigger.
	MaxItems = 500
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
