package store

import (
	"math"
	"testing"
	"time"
)

// played lets commits happen for a while: rate says how many requests a second are written with how many commits at once. It returns the
// number of them at the end, and in what share of the time it was each.
func played(p *pace, length time.Duration, rate func(width int) float64, behind float64) (int, [mostStrands + 1]float64) {
	var at [mostStrands + 1]float64
	const took = 10 * time.Millisecond
	now, end := time.Unix(1, 0), time.Unix(1, 0).Add(length)
	owed := 0.0
	for i := 0; now.Before(end); i++ {
		now = now.Add(took / time.Duration(p.width))
		owed += rate(p.width) * (took / time.Duration(p.width)).Seconds()
		requests := int(owed)
		owed -= float64(requests)
		at[p.width] += float64(took/time.Duration(p.width)) / float64(length)
		p.committed(requests, int(math.Round(behind*float64(requests))), true, now)
	}
	return p.width, at
}

func TestPace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		width  int
		rates  [mostStrands]float64 // requests a second with one to four commits at once
		behind float64
		want   int
	}{
		{"all of them pay", 1, [...]float64{6000, 9000, 12000, 15000}, 0.6, 4},
		{"the second pays", 1, [...]float64{6000, 9000, 9100, 9000}, 0.6, 2},
		{"hardly any gain", 1, [...]float64{6000, 6300, 6500, 6600}, 0.6, 1},
		{"a processor that is busy", 1, [...]float64{9000, 7000, 6000, 5000}, 0.6, 1},
		{"a disk that has become fast", 4, [...]float64{9000, 8000, 7000, 6000}, 0.6, 1},
		{"one less is nearly as good", 3, [...]float64{4000, 8000, 8100, 8100}, 0.6, 2},
		{"nobody waits", 1, [...]float64{6000, 9000, 12000, 15000}, 0.05, 1},
		{"nobody waits any more", 3, [...]float64{6000, 6000, 6000, 6000}, 0.05, 1},
		{"too little in each commit for another one", 1, [...]float64{1500, 3000, 4500, 6000}, 0.6, 1},
		{"nearly nothing in each commit", 4, [...]float64{600, 600, 600, 600}, 0.6, 1},
	} {
		p := newPace()
		p.width = tc.width
		if p.width > 1 {
			p.next = -1
		}
		_, at := played(&p, 10*time.Minute, func(width int) float64 { return tc.rates[width-1] }, tc.behind)
		if at[tc.want] < 0.9 {
			t.Errorf("%s: got %.2f of ten minutes with %d commits at once, want nearly all of them: %.2f", tc.name, at[tc.want], tc.want, at[1:])
		}
	}
}

// TestPaceForgets has what pays change: the number follows.
func TestPaceForgets(t *testing.T) {
	t.Parallel()
	p := newPace()
	busy := func(width int) float64 { return 9000 - 1000*float64(width) }
	far := func(width int) float64 { return 4000 * float64(width) }
	for i, tc := range []struct {
		rate func(int) float64
		want int
	}{{busy, 1}, {far, mostStrands}, {busy, 1}} {
		if got, _ := played(&p, 20*time.Minute, tc.rate, 0.6); got != tc.want {
			t.Errorf("part %d: got %d commits at once, want %d", i+1, got, tc.want)
		}
	}
}

// TestPaceOfPauses has commits come in bursts: what is written between pauses is compared, and not how long they are.
func TestPaceOfPauses(t *testing.T) {
	t.Parallel()
	p := newPace()
	now := time.Unix(1, 0)
	const commits = 100_000
	most := 0 // of them, with as many at once as there may be
	for i := range commits {
		step := 10 * time.Millisecond / time.Duration(p.width)
		if i%300 == 299 {
			step = time.Duration(1+i%7) * time.Second
		}
		now = now.Add(step)
		p.committed(64, 40, true, now)
		if p.width == mostStrands {
			most++
		}
	}
	if most < commits*8/10 {
		t.Errorf("got %d of %d commits with %d at once, want nearly all of them", most, commits, mostStrands)
	}
}
