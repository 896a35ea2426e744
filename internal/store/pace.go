package store

import "time"

// How it is found how many commits should be under way at once.
const (
	// judgedCommits and judgedTime are what a look at how it goes takes at least. Pauses of more than idleTime without a commit do not count.
	judgedCommits = 32
	judgedTime    = time.Second
	idleTime      = 250 * time.Millisecond
	// settling is how many commits are left out of it after their number has changed.
	settling = 16
	// growBatch is how many requests a commit must carry still when there is one commit more, and shrinkBatch below how many there is
	// one too many: each commit has a price of its own.
	growBatch, shrinkBatch = 16, 8
	// growBehind is how much must wait when a commit ends before another one is tried beside it, and shrinkBehind below how much there is
	// one too many, in shares of what the commit carries. Where nothing waits, whoever writes comes when the commit ends.
	growBehind, shrinkBehind = 0.4, 0.1
	// growGain is how many times as much must be written with one commit more for it to stay: it costs the processor of the database.
	// shrinkLoss is how much must still be written with one less for that to stay.
	growGain, shrinkLoss = 1.1, 0.97
	// firstRest is how many looks go by before the next try, after each that has failed twice as many, up to longestRest.
	firstRest, longestRest = 4, 64
)

// pace finds how many commits should be under way at once by trying: with one more, or one less, it looks how much is written in the same
// time. What a commit takes does not tell: whether it waits for a disk, for another machine, or for a processor that the next commit would
// want as well.
type pace struct {
	width int
	seen  look
	last  time.Time // of the commits
	skip  int       // commits that are left out
	tried int       // what the last change was, while it is a try: 1 or -1; 0 = none is going on
	rate  float64   // before the try
	next  int       // what is tried next
	wait  int       // looks that go by between tries
	rest  int       // of them that are left
}

func newPace() pace { return pace{width: 1, next: 1, wait: firstRest} }

// look is what was written in some time.
type look struct {
	took    time.Duration
	written int // requests of all commits
	// commits are those whose number is judged, with what they carried and what waited behind them.
	commits, requests, behind int
}

// committed takes note of a commit with a number of requests, behind which others waited when it ended. judged says that it is one of those
// whose number is to be found: when there are several, the first writer has other things to write.
func (p *pace) committed(requests, behind int, judged bool, now time.Time) {
	since := now.Sub(p.last)
	p.last = now
	if p.skip > 0 || since > idleTime || since < 0 {
		p.skip = max(0, p.skip-1)
		return
	}
	p.seen.took += since
	p.seen.written += requests
	if judged {
		p.seen.commits++
		p.seen.requests += requests
		p.seen.behind += behind
	}
	if p.seen.commits >= judgedCommits && p.seen.took >= judgedTime {
		p.judge(&p.seen)
		p.seen = look{}
	}
}

// judge decides after a look.
func (p *pace) judge(l *look) {
	rate := float64(l.written) / l.took.Seconds()
	each := float64(l.requests) / float64(l.commits)
	behind := float64(l.behind) / float64(l.requests)
	switch {
	case p.width > 1 && (each < shrinkBatch || behind < shrinkBehind):
		p.leave(-1)
	case p.tried != 0:
		p.end(rate)
	case p.rest > 0:
		p.rest--
	case p.may(each, behind):
		p.tried, p.rate = p.next, rate
		p.change(p.next)
	default:
		p.next = -p.next
	}
}

// may reports whether the next try is worth making.
func (p *pace) may(each, behind float64) bool {
	if p.next < 0 {
		return p.width > 1
	}
	after := each // what a commit carries when there is one more
	if p.width > 1 {
		after = each * float64(p.width-1) / float64(p.width)
	}
	return p.width < mostStrands && after >= growBatch && behind >= growBehind
}

// end ends a try. Where it has paid the next one goes on the same way at once, else it was the wrong way.
func (p *pace) end(rate float64) {
	gain := growGain
	if p.tried < 0 {
		gain = shrinkLoss
	}
	if rate >= p.rate*gain {
		p.tried, p.rest, p.wait = 0, 0, firstRest
		return
	}
	p.change(-p.tried)
	p.tried, p.next = 0, -p.tried
	p.rest = p.wait
	p.wait = min(2*p.wait, longestRest)
}

// leave changes the number for good.
func (p *pace) leave(by int) {
	p.change(by)
	p.tried, p.rest = 0, 0
}

func (p *pace) change(by int) {
	p.width += by
	p.skip = settling
}
