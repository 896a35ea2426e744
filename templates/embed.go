// Package templates holds scenarios to begin with, as data: a blueprint, and what a person must choose before it runs.
//
// They are embedded so that the pages which offer them and the tests which run
// them read the very same files. They contain no code.
package templates

import "embed"

// Files are the templates, one JSON file each; the name of the file is that of the template.
//
// In texts they are said in other languages.
//
//go:embed *.json texts
var Files embed.FS
