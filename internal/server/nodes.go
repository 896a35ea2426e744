package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/cluster"
	"github.com/ropeway/ropeway/internal/store"
)

// How nodes that share a database live together.
const (
	// sharedLeaseTime is how long a node owns its partitions without renewing them, where others wait to take them over. It is
	// renewed four times in this time. A node that is not seen for as long counts as dead.
	sharedLeaseTime = 6 * time.Second
	// lookInterval is how often a node looks whether there are partitions to take or to give away.
	lookInterval = 500 * time.Millisecond
	// looksPerRenewal and looksPerSearch are after how many of these looks it renews its leases, and looks for work that nobody
	// told it of.
	looksPerRenewal, looksPerSearch = 3, 30
	// looksPerUpgrade is after how many of them it looks whether a change of the tables need not wait any more.
	looksPerUpgrade = 10
	// releaseTime is how long giving partitions up may take.
	releaseTime = 10 * time.Second
)

// NodeOptions say what a node is and does. The zero value does everything.
type NodeOptions struct {
	Address string // where people reach it
	Version string
	// OnlyWeb answers people and webhooks, and runs nothing; OnlyWorker runs executions, and takes nothing in.
	OnlyWeb, OnlyWorker bool
}

// WithNode says what the node is and does.
func WithNode(o NodeOptions) Option { return func(s *Service) { s.role = o } }

// begin takes partitions, and goes on with what is not over from before in them.
func (s *Service) begin(ctx context.Context) error {
	if !s.store.Shared() {
		if err := s.lease.acquireAll(ctx, s.store); err != nil {
			return err
		}
		if err := s.load(ctx); err != nil {
			return err
		}
		return s.takeUpIn(ctx, s.lease.unloaded())
	}
	if err := s.beat(ctx, true); err != nil { // it is told of changes from now on
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.beat(ctx, false); err != nil {
		return err
	}
	if err := s.balance(ctx); err != nil {
		return err
	}
	return s.takeUpIn(ctx, s.lease.unloaded())
}

// beat says that this node lives; leaving that it takes no partitions.
func (s *Service) beat(ctx context.Context, leaving bool) error {
	before := s.clock.Now()
	now, err := s.lease.agreed(ctx)
	if err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	running, waiting := s.dispatcher.Total()
	err = s.store.Beat(ctx, store.Node{
		ID: s.store.Node(), Address: s.role.Address, Version: s.role.Version, Form: s.store.KnownForm(), Web: !s.role.OnlyWorker, Worker: !s.role.OnlyWeb, Leaving: leaving,
		Started: s.began, Seen: now, Running: running, Waiting: waiting,
	}, s.lease.term)
	if errors.Is(err, store.ErrFenced) { // the other one takes what this one has, which must not take it back
		s.leaving.Store(true)
		return errTwins(err)
	}
	if errors.Is(err, store.ErrOutdated) { // nodes of a newer version go on
		s.leaving.Store(true)
		s.give(ctx, s.lease.kept())
	}
	if err != nil {
		return fmt.Errorf("say that this node lives: %w", err)
	}
	s.beaten.Store(&before)
	return nil
}

// alive reports whether the database has heard from this node lately, and no other process has its name.
func (s *Service) alive() bool {
	last := s.beaten.Load()
	return !s.store.Shared() || last != nil && s.clock.Now().Sub(*last) < s.lease.term && !s.leaving.Load()
}

// tend keeps a node that shares its database alive, balances partitions with the others and looks for work that it was not told of,
// until ctx ends.
func (s *Service) tend(ctx context.Context) {
	for n := 1; s.clock.Sleep(ctx, lookInterval) == nil; n++ {
		if n%looksPerRenewal == 0 {
			s.renewOnce(ctx)
			s.report(ctx, "the database does not hear that this node lives", s.beat(ctx, s.leaving.Load()))
		}
		s.release(ctx, s.lease.idle())
		s.report(ctx, "partitions could not be shared with other nodes", s.balance(ctx))
		s.goTakeUp(s.lease.unloaded())
		if _, waits := s.store.UpgradeWaiting(); waits && n%looksPerUpgrade == 0 {
			s.goLoop(func() {
				s.report(s.loopContext, "the tables could not be brought to the form of this version", s.store.GoOnUpgrading(s.loopContext))
			})
		}
		if n%looksPerSearch == 0 {
			s.goLoop(func() { s.search(s.loopContext) })
		}
	}
}

// report logs what went wrong, unless that is the stop of the service.
func (s *Service) report(ctx context.Context, message string, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, message, "error", err) //nolint:sloglint // the callers write it out
	}
}

// balance takes partitions and gives some away, as the nodes that live share them.
func (s *Service) balance(ctx context.Context) error {
	s.balancing.Lock()
	defer s.balancing.Unlock()
	if s.role.OnlyWeb || s.leaving.Load() {
		return nil
	}
	now, err := s.lease.agreed(ctx)
	if err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	glance, err := s.store.Glance(ctx, s.store.Node(), now, s.lease.term)
	if err != nil {
		return fmt.Errorf("look at the partitions: %w", err)
	}
	s.share(glance.Workers)
	kept := s.lease.kept()
	least, most := cluster.Target(store.Partitions, max(1, glance.Workers))
	if glance.Free == 0 && len(kept) >= least && len(kept) <= most && glance.Owned >= len(kept) {
		return nil
	}
	view, mine, err := s.view(ctx, now, kept)
	if err != nil {
		return err
	}
	move := cluster.Decide(s.store.Node(), view)
	s.give(ctx, move.Give)
	if wanted := slices.Concat(mine, move.Take); len(wanted) > 0 {
		return s.takeOver(ctx, wanted)
	}
	return nil
}

// givenAway is the owner of a partition that this node has and is about to give up. It is the name of no node.
const givenAway = "-"

// view is what this node sees. mine are partitions whose leases it has from before its start.
func (s *Service) view(ctx context.Context, now time.Time, kept []int) (v cluster.View, mine []int, err error) {
	nodes, err := s.store.Nodes(ctx)
	if err != nil {
		return v, nil, fmt.Errorf("list the nodes: %w", err)
	}
	leases, err := s.store.Leases(ctx)
	if err != nil {
		return v, nil, fmt.Errorf("list the leases: %w", err)
	}
	me := s.store.Node()
	v = cluster.View{Nodes: []string{me}, Owners: make([]string, store.Partitions)}
	for i := range nodes {
		if n := &nodes[i]; n.ID != me && n.Worker && !n.Leaving && now.Sub(n.Seen) < s.lease.term {
			v.Nodes = append(v.Nodes, n.ID)
		}
	}
	for _, l := range leases {
		switch {
		case !l.Until.After(now):
		case l.Node != me:
			v.Owners[l.Partition] = l.Node
		case s.lease.has(l.Fence):
			v.Owners[l.Partition] = givenAway
		default:
			mine = append(mine, l.Partition)
		}
	}
	for _, p := range slices.Concat(kept, mine) {
		v.Owners[p] = me
	}
	return v, mine, nil
}

// takeOver takes partitions, of those wanted the ones that are to be had. What is not over in them is taken up later.
func (s *Service) takeOver(ctx context.Context, wanted []int) error {
	taken, since, err := s.lease.take(ctx, s.store, wanted)
	if err != nil || len(taken) == 0 {
		return err
	}
	within := map[int]bool{}
	for _, l := range taken {
		within[l.Partition] = true
	}
	s.lines.taken(s.activeIn(within))
	s.lease.keep(taken, since)
	s.takenOver.Add(int64(len(taken)))
	s.log.InfoContext(ctx, "partitions taken over", "partitions", len(taken))
	return nil
}

// activeIn lists the active scenarios of partitions.
func (s *Service) activeIn(within map[int]bool) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []int64
	for id := range s.active {
		if within[store.PartitionOf(id)] {
			list = append(list, id)
		}
	}
	return list
}

// goTakeUp takes up what is not over in partitions, beside what runs.
func (s *Service) goTakeUp(partitions []int) {
	if len(partitions) == 0 {
		return
	}
	s.goLoop(func() {
		if err := s.takeUpIn(s.loopContext, partitions); err != nil {
			s.complain(s.loopContext, "what is not over in partitions could not be taken up; it is tried again", "error", err)
			s.lease.unload(partitions)
		}
	})
}

// takeUpIn takes up what is not over in partitions.
func (s *Service) takeUpIn(ctx context.Context, partitions []int) error {
	if len(partitions) == 0 {
		return nil
	}
	within := map[int]bool{}
	for _, p := range partitions {
		within[p] = true
	}
	if err := errors.Join(s.mendRetries(ctx, within), s.recoverIn(ctx, within)); err != nil {
		return err
	}
	return s.fillIn(ctx, within)
}

// fillIn fills the lines of the scenarios in partitions. One look says for which of them anything waits at all.
func (s *Service) fillIn(ctx context.Context, within map[int]bool) error {
	s.lines.seen(within)
	var begun []int64 // what arrives for them from now on waits behind what the look finds
	for _, id := range s.activeIn(within) {
		sc := s.scenario(id)
		if sc != nil && sc.immediately && s.lines.begin(id, sc.plan.Settings.Sequential) > 0 {
			begun = append(begun, id)
		}
	}
	hooks, err := s.store.WaitingHooks(ctx)
	waiting := map[int64]bool{}
	for _, h := range hooks {
		waiting[s.fedBy(h)] = true
	}
	for _, id := range begun {
		if more := waiting[id] || err != nil; s.lines.end(id, more, 0) || more {
			s.goFill(id)
		}
	}
	if err != nil {
		return fmt.Errorf("look for what waits: %w", err)
	}
	return nil
}

// give has partitions given up: nothing of them begins any more, what runs leaves after its running operations, and then others take
// them. Those of which nothing runs are given up at once.
func (s *Service) give(ctx context.Context, partitions []int) {
	if len(partitions) == 0 {
		return
	}
	s.lease.give(partitions)
	s.dropLost()
	s.log.InfoContext(ctx, "partitions are given away", "partitions", len(partitions))
	s.release(ctx, s.lease.idle())
}

// dropLost takes out of memory what waits to begin and is not this node's any more.
func (s *Service) dropLost() {
	dropped := s.dispatcher.DropWhere(func(line int64) bool { return !s.owns(max(line, -line)) })
	for line, ids := range dropped {
		s.lines.leave(line, line > 0, ids...)
	}
}

// release gives partitions up, and tells the other nodes.
func (s *Service) release(ctx context.Context, leases []store.Lease) {
	if len(leases) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	err := s.store.ReleasePartitions(ctx, leases)
	if err == nil {
		for _, l := range leases {
			s.lease.drop(l.Fence)
		}
		err = s.store.TellNodes(ctx, store.FreeSignal, 0)
	}
	s.report(ctx, "partitions could not be given up", err)
}

// leaveAll gives everything up at the stop of the service, and returns when nothing runs any more.
func (s *Service) leaveAll() {
	ctx := context.WithoutCancel(s.loopContext)
	s.balancing.Lock() // what it was about to take it has by now
	s.leaving.Store(true)
	s.balancing.Unlock()
	if s.store.Shared() {
		s.report(ctx, "other nodes do not hear that this one stops", s.beat(ctx, true))
	}
	all := make([]int, store.Partitions)
	for p := range all {
		all[p] = p
	}
	s.lease.give(all)
	if s.store.Shared() {
		s.release(ctx, s.lease.idle())
	}
	s.dispatcher.Close()
}

// depart says that this node is gone, when everything of it has ended.
func (s *Service) depart() {
	if !s.store.Shared() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.loopContext), releaseTime)
	defer cancel()
	s.release(ctx, s.lease.leases(func(*holding) bool { return true }))
	s.report(ctx, "the database does not know that this node is gone", s.store.RemoveNode(ctx, s.store.Node(), s.began))
}

// search looks for work that this node was not told of: what was recorded by another node that ended before it could tell.
func (s *Service) search(ctx context.Context) {
	if err := s.recover(ctx); err != nil {
		s.complain(ctx, "open executions could not be looked for", "error", err)
	}
	waiting, err := s.store.WaitingHooks(ctx)
	if err != nil {
		s.complain(ctx, "waiting payloads could not be looked for", "error", err)
	}
	for _, id := range waiting {
		if scenario := s.fedBy(id); scenario != 0 && s.owns(scenario) {
			s.goFill(scenario)
		}
	}
}
