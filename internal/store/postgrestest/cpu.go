package postgrestest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit in which Linux tells the time of processes.
const ticksPerSecond = 100

// CPUTime is the processor's time that the server has used, as far as its processes still run; 0 where the system does not tell.
func (s *Server) CPUTime() time.Duration {
	own := strconv.Itoa(s.process.Process.Pid)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	sum := int64(0)
	for _, path := range stats {
		data, err := os.ReadFile(path) //nolint:gosec // of the system
		if err != nil {                // it has ended
			continue
		}
		// The name of the program stands in parentheses; behind it come the state, the parent, and from the 12th on the times.
		_, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 13 || fields[1] != own {
			continue
		}
		for _, field := range fields[11:13] {
			n, _ := strconv.ParseInt(field, 10, 64)
			sum += n
		}
	}
	return time.Duration(sum) * time.Second / ticksPerSecond
}
