package intake

// Outcome is what became of a call, for counters.
type Outcome string

// The outcomes. All after Challenge are refusals.
const (
	Accepted  Outcome = "accepted"  // queued
	Duplicate Outcome = "duplicate" // answered as the first one was, not queued again
	Filtered  Outcome = "filtered"  // dropped by the webhook's filter, answered 200
	Challenge Outcome = "challenge" // the sender checked the address

	NotReady       Outcome = "not_ready"       // 503, starting or shutting down
	Busy           Outcome = "busy"            // 503, too many calls or bytes at once
	UnknownAddress Outcome = "unknown_address" // 404
	Gone           Outcome = "gone"            // 410
	WrongMethod    Outcome = "wrong_method"    // 405
	TooOften       Outcome = "too_often"       // 429
	Denied         Outcome = "denied"          // 403, by network address
	Unauthorized   Outcome = "unauthorized"    // 401
	TooLarge       Outcome = "too_large"       // 413, 414 or 431
	TooSlow        Outcome = "too_slow"        // 408
	Unreadable     Outcome = "unreadable"      // 400 or 415, the body is not what it claims to be
	Invalid        Outcome = "invalid"         // 400, does not fit the data structure
	QueueFull      Outcome = "queue_full"      // 503
	StorageFull    Outcome = "storage_full"    // 507
	Failed         Outcome = "failed"          // 503, could not be stored
)

// Outcomes lists every Outcome, in the order of their declaration.
func Outcomes() []Outcome {
	return []Outcome{
		Accepted, Duplicate, Filtered, Challenge, NotReady, Busy, UnknownAddress, Gone, WrongMethod, TooOften, Denied,
		Unauthorized, TooLarge, TooSlow, Unreadable, Invalid, QueueFull, StorageFull, Failed,
	}
}

// Meter counts.
type Meter interface {
	// Count takes the outcome of one call; hook is 0 where the webhook was not found, or not yet looked for.
	Count(hook HookID, outcome Outcome)
}

// uncounted is the Meter of those who need none.
type uncounted struct{}

// Count does nothing.
func (uncounted) Count(HookID, Outcome) {}
