package server

// share has this node keep to its part of what the nodes may do together: operations at once on one connection, and to one host.
func (s *Service) share(workers int) {
	if workers = max(1, workers); int(s.workers.Swap(int64(workers))) == workers {
		return
	}
	s.system.Runner.SetPerConnection(max(1, connectionAtOnce/workers))
}
