// Package crash proves with real processes that nothing is lost and nothing is done twice.
//
// A promise about crashes is worth what it was tested with: its test kills the
// real server with SIGKILL at random instants, under load, and compares what was
// acknowledged, what another system saw, and what history says. It does not kill
// the operating system: what a power cut does to files is for the tests of the store.
package crash
