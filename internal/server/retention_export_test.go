package server

import "time"

// SetClockForward makes the clock of r go forward by d at once, at its next reading only. Fake clocks have no running time of
// the machine that would show it.
func SetClockForward(r *Retention, d time.Duration) {
	once := d
	r.elapsed = func(from, to time.Time) time.Duration {
		ran := to.Sub(from) - once
		once = 0
		return ran
	}
}
