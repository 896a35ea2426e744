// Package engine is the deterministic interpreter of scenarios.
//
// Given a blueprint, the results of the operations so far and a seed, it says
// which operations may run next, so that an execution can be stepped, tested in
// microseconds, and continued after a crash by replaying what was recorded. It
// reads no clock, opens no connection, starts no goroutine and writes nothing:
// its driver does that.
package engine
