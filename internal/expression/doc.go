// Package expression is the {{…}} language that people write in the fields of scenarios and app definitions.
//
// It exists so that mapping data needs no programming language: a template is parsed once, checked with the column of
// each mistake, and evaluated as often as wanted, always within bounds of steps, bytes and depth. It does not read a
// clock, dial, keep state between evaluations, or know what a module or a blueprint is: all that it sees is its Env.
package expression

//go:generate go run ./gendoc ../../docs/expressions.md
