// Package store is the durable heart: journal, queues, scenarios and everything else that survives a crash.
//
// It exists so that an acknowledgement and a next effect can wait for one
// commit that many executions share: all writes go through one goroutine that
// gathers what is waiting, writes it in one transaction of SQLite or PostgreSQL
// and only then answers. Each write of an execution names the epoch of the lease that its node
// holds, so that a node that lost the lease cannot write any more. It does not
// decide what runs, knows no blueprint and sees no secret in clear.
package store

import "time"

// Limits of the store.
const (
	// Partitions is the number of groups that scenarios are hashed to; a node owns whole groups.
	Partitions = 256
	// MaxSequence is the highest sequence of a journal row in one execution.
	MaxSequence = 1<<sequenceBits - 1
	// MaxPage is the most rows that a listing returns at once.
	MaxPage = 1000
	// DefaultPage is how many rows a listing returns when none is asked for.
	DefaultPage = 50
	// MaxIntakes is the most deliveries of one Accept.
	MaxIntakes = 10_000
	// MaxSearchTextBytes is how much text of an execution can be searched.
	MaxSearchTextBytes = 4 << 10
	// MaxNameBytes is the length of a name of anything.
	MaxNameBytes = 240
	// MaxRecordKeyBytes is the length of the key of a record in a data store.
	MaxRecordKeyBytes = 1 << 10
	// MaxRecordBytes is the size of one record of a data store.
	MaxRecordBytes = 15 << 20
	// DefaultDataStoreBytes is how much a data store holds unless it says otherwise.
	DefaultDataStoreBytes = 1 << 30
	// MaxAuditDetailBytes is the length of the details of an audit entry.
	MaxAuditDetailBytes = 16 << 10
	// DefaultMinFreeBytes is how much of the disk stays free: below it, deliveries are refused.
	DefaultMinFreeBytes = 256 << 20
)

// MaxLogBytes is how long the write-ahead log may become while somebody reads one state of the whole database, as a
// backup does. Past it the reader is stopped.
const MaxLogBytes = 1 << 30

// Limits of the writer.
const (
	// laneDepth is how many requests wait in one lane before senders wait themselves.
	laneDepth = 8192
	// intakeShare, executionShare and upkeepShare are how many requests of a lane one commit takes while others wait.
	intakeShare    = 256
	executionShare = 1024
	upkeepShare    = 1
	// gatherPauses is how often in a row others get the processor, and nothing new comes, before a commit begins.
	gatherPauses = 4
	// gatherWait is how long a commit that would carry less than three quarters of what the last one did waits for the rest, where that
	// was waitedBatch at least: whoever was just answered is about to write again, and few large commits cost less than many small ones.
	gatherWait  = 500 * time.Microsecond
	waitedBatch = 8
	// batchBytes ends the gathering of one commit.
	batchBytes = 8 << 20
	// reservedIdentities is how many identities are taken from the counter at once.
	reservedIdentities = 1024
	// blockLife is how long a node takes identities from one block where others take them too: they tell in which order things
	// came, within this time.
	blockLife = 500 * time.Millisecond
	// recentTotal is how long a total counts that others change, where it need not be exact.
	recentTotal = time.Second
	// smallestBlock is how many identities such a block has at least.
	smallestBlock = 16
	// copyPages is how many pages of 4 KiB are written to the log before it is copied to the database.
	copyPages = 8192
	// readers is the number of connections that read.
	readers = 4
	// writerCacheBytes and readerCacheBytes are how much of the database a connection keeps in memory, once it has read as much. The
	// newest executions of a page of scenarios lie on a thousand pages of the database: a reader that cannot keep them reads each anew.
	writerCacheBytes = 16 << 20
	readerCacheBytes = 8 << 20
	// lockWait is how long a connection waits for another one of this process.
	lockWait = 10 * time.Second
)

// Limits of payloads.
const (
	// compressFrom is the size in bytes from which compression is tried.
	compressFrom = 512
	// smallBytes is the size below which a payload is compressed in a way that costs a tenth of the time and saves a little less.
	smallBytes = 4 << 10
	// compressSaves is the share that compression must save, in percent.
	compressSaves = 20
	// chunkBytes is about how many bytes of bundles stand in one row.
	chunkBytes = 256 << 10
	// blobFrom is the size in bytes from which a payload is kept once for all rows that hold it.
	blobFrom = 256 << 10
)

// sequenceBits is the room for the sequence in the key of a journal row.
const sequenceBits = 23
