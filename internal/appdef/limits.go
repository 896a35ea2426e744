package appdef

import "time"

// The limits of an app folder. The largest public app has a few hundred components.
const (
	// MaxFileBytes is the size of one file.
	MaxFileBytes = 1 << 20
	// MaxFiles is the number of files that are read.
	MaxFiles = 10_000
	// MaxComponents is the number of connections, modules, procedures, webhooks and functions together.
	MaxComponents = 2_000
	// MaxRequests is the number of requests of one communication.
	MaxRequests = 50
	// MaxProblems is the number of findings that Load lists.
	MaxProblems = 500
	// MaxTimeout is the longest time that a request may take.
	MaxTimeout = 300 * time.Second
	// MaxRepeats is the number of repetitions of one request.
	MaxRepeats = 1_000
	// MaxRepeatDelay is the longest wait between repetitions.
	MaxRepeatDelay = 5 * time.Minute
	// MaxOverlap is the longest time for which a polling trigger looks back.
	MaxOverlap = 24 * time.Hour
)
