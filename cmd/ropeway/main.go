// Command ropeway is the self-hosted integrator: one binary, one data directory.
package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/ropeway/ropeway/internal/cli"
)

// version is set by the linker.
var version = "unknown"

// Garbage is collected when the heap has grown by heapGrowth percent over what is in use, and that is reckoned to be ballast bytes more than
// it is. A server has little in use and makes much garbage: with the ballast it collects half as often as with a heap of its own
// size, while the heap of one that has much in use grows less than it would by more percents. Nothing is ever written to
// the ballast, so it takes no memory. GOGC in the environment has the runtime work as it says, without either.
const (
	heapGrowth = 150
	ballast    = 40 << 20
)

func main() {
	var weight []byte
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
		weight = make([]byte, ballast)
	}
	code := cli.Main(context.Background(), version)
	runtime.KeepAlive(weight)
	os.Exit(code)
}
