package intake

import "time"

// The limits that no setting changes.
const (
	// MaxBodyBytes is the size of a call's body.
	MaxBodyBytes = 5 << 20
	// MaxHeaderBytes is the size of a call's headers, names and values together. Give it to the http.Server too.
	MaxHeaderBytes = 64 << 10
	// MaxQueryBytes is the length of a call's query string.
	MaxQueryBytes = 64 << 10
	// MaxFields is the number of fields of a query string or form.
	MaxFields = 1000
	// MaxFiles is the number of files of a multipart form.
	MaxFiles = 100
	// MaxNameDepth is the number of brackets in the name of a form field.
	MaxNameDepth = 16
	// MaxNameBytes is the length of the name of a form field.
	MaxNameBytes = 1024
	// MaxElements is the number of commas and opening brackets of a JSON body, since a value takes far more memory than
	// its text. The depth of JSON is bounded by value.MaxJSONDepth.
	MaxElements = 250_000
	// MaxChallengeBytes is the length of a challenge that is echoed.
	MaxChallengeBytes = 1024
	// MaxSignatures is the number of signatures of one call that are looked at.
	MaxSignatures = 16
	// MaxSecrets is the number of keys, secrets or addresses of one check.
	MaxSecrets = 100
	// MaxChecks is the number of authentication checks of a webhook.
	MaxChecks = 10
	// MaxProblems is the number of wrong fields that an answer names.
	MaxProblems = 100
	// MaxWindow is the time for which duplicates are suppressed.
	MaxWindow = 30 * 24 * time.Hour
	// MaxResponseWait is the time that a caller can be made to wait for the answer of a scenario.
	MaxResponseWait = 5 * time.Minute
)

// The limits of learning.
const (
	// MaxLearnedFields is the number of fields, nested ones included, of a structure.
	MaxLearnedFields = 2000
	// MaxLearnedDepth is the number of levels of a structure.
	MaxLearnedDepth = 16
	// MaxSamples is the number of samples after which learning ends by itself.
	MaxSamples = 100
	// LearningTime is the time after which learning ends by itself.
	LearningTime = 30 * time.Minute
)

// The defaults of settings and options.
const (
	// DefaultRateLimit calls within DefaultRatePer are accepted by one webhook.
	DefaultRateLimit = 300
	DefaultRatePer   = 10 * time.Second
	// DefaultTolerance is how far the time of a signature may be from ours.
	DefaultTolerance = 5 * time.Minute
	// DefaultWindow is the time for which duplicates are suppressed.
	DefaultWindow = 24 * time.Hour
	// DefaultResponseWait is the time that a caller waits for the answer of the scenario.
	DefaultResponseWait = 180 * time.Second
	// DefaultBodyTime is the time within which a body must have arrived.
	DefaultBodyTime = 30 * time.Second
	// DefaultMaxInFlight is the number of calls that are worked on at once.
	DefaultMaxInFlight = 1024
	// DefaultMaxInFlightBytes is the size of the bodies that are in memory at once.
	DefaultMaxInFlightBytes = 128 << 20
	// DefaultMaxWaiting is the number of callers that wait for the answer of a scenario at once; those beyond get "Accepted".
	DefaultMaxWaiting = 4096
)

// What Retry-After says.
const (
	retrySoon      = time.Second      // a burst, a restart
	retryQueueFull = time.Minute      // a scenario that works too slowly
	retryDiskFull  = 10 * time.Minute // somebody must free space
)
