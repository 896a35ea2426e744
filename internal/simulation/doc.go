// Package simulation plays a cluster of nodes at a size that nobody has at hand.
//
// Its tests run the policy by which nodes share partitions (package cluster) and the dispatcher that has scenarios take turns
// (package runner) as they are, on a clock that jumps, against a database in memory whose answers take time. What stands between
// them in the server - the loops that look, renew and start what is due - is written here once more, shorter. It shows how late
// scenarios start, what a dead node costs and what coordination costs, for a thousand nodes and a million scenarios. It says
// nothing about the processor: work costs no time here but what is waited for.
package simulation
