package store

import "time"

// Meter is told of the work of the writer. It is called by the writer itself, so it must be quick.
type Meter interface {
	// Committed is called after each commit, also one that failed: how many requests it carried, how many pages it has
	// added to the log, and how long it took from its first statement on.
	Committed(requests, pages int, took time.Duration)
}
