// Package examples holds scenarios to start from, as blueprints.
//
// They are embedded so that the demo and the tests run the very files that
// readers see. They contain no code.
package examples

import "embed"

// Files are the blueprints.
//
//go:embed *.json
var Files embed.FS
