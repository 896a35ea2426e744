// Command ropeway is the self-hosted integrator: one binary, one data directory.
package main

import (
	"context"
	"os"

	"github.com/ropeway/ropeway/internal/cli"
)

// version is set by the linker.
var version = "unknown"

func main() { os.Exit(cli.Main(context.Background(), version)) }
