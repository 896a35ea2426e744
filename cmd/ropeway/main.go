// Command ropeway is the self-hosted integrator: one binary, one data directory.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/ropeway/ropeway/internal/cli"
)

// version is set by the linker.
var version = "unknown"

// heapGrowth is how far the heap may grow over what is in use before garbage is collected, in percent, unless GOGC says
// otherwise. What is in use is small, and collecting a third as often saves some eight percent of the time for fifteen megabytes.
const heapGrowth = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	os.Exit(cli.Main(context.Background(), version))
}
