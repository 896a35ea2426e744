// Package apps holds the application definitions that come with Ropeway.
//
// They are data, so that every user can read and change a copy of them; see docs/apps.md.
// The package does not load or run them.
package apps

import "embed"

// Names lists the applications, each a folder of Files.
func Names() []string { return []string{"customerly"} }

// Files holds the folders of the applications.
//
//go:embed all:customerly
var Files embed.FS
