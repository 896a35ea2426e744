// Package tidy holds the rules of this repository as tests.
//
// A rule that nothing checks is an opinion: it holds for as long as its author
// looks. So who may import whom, how long a function may be, what may read the
// clock and which dependencies there are stand here as data, each with its
// reason. The package has no code of its own and does not look at behaviour.
package tidy
