package store

// TakeTextsForOld has the store look for the executions below since as for those whose words do not name their team.
func (s *Store) TakeTextsForOld(since int64) { s.textTeam = since }
