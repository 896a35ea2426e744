package server

// share has this node keep to its part of what the nodes may do together: operations at once on one connection, and to one host.
func (s *Service) share(workers int) {
	if workers = max(1, workers); int(s.workers.Swap(int64(workers))) == workers {
		return
	}
	s.system.Runner.SetPerConnection(max(1, connectionAtOnce/workers))
	s.system.Outbound.Share(workers)
}

// Standing is what a node has of the work that the nodes share.
type Standing struct {
	Partitions int
	// TakenOver, LateRenewals and Signals count since the start: partitions that were taken, renewals of leases that came after their
	// deadline, and what other nodes have told.
	TakenOver, LateRenewals, Signals int64
}

// Standing returns what this node has.
func (s *Service) Standing() Standing {
	return Standing{
		Partitions: len(s.lease.kept()), TakenOver: s.takenOver.Load(), LateRenewals: s.lateRenewals.Load(), Signals: s.heard.Load(),
	}
}

// Upkeep reports whether it is for this node to do what one node does for all: the one that owns the first partition.
func (s *Service) Upkeep() bool { return s.lease.owns(0) }
