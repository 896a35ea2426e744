package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How long the writer bears with a database elsewhere.
const (
	// connectWait is how long a connection may take to be made.
	connectWait = 5 * time.Second
	// answerWait is how long an answer may take before the connection counts as lost.
	answerWait = 30 * time.Second
	// lostPatience is how long a commit waits for a database that was just lost: about as long as a standby takes to step in.
	lostPatience = 10 * time.Second
	// lostPause is waited between two tries to reach it.
	lostPause = 100 * time.Millisecond
	// conflictTries is how often a commit is tried that others get in the way of.
	conflictTries = 20
	// carefulTries is how often a commit is tried that relied on what is not so any more.
	carefulTries = 5
)

// markEvery is how many commits leave their marks before those are removed.
const markEvery = 64

// errStale says that the commit relied on what this process knew, and something of it is not so any more.
var errStale = errors.New("what was known of an execution or a lease is not so any more")

// commit leaves a mark with the transaction, by which it can be found whether it went through.
func (p *postgresSession) commit() (outcome, cause error) {
	p.number++
	began := p.clock.Now()
	p.queue("INSERT INTO commit_mark (writer, number, at, kept) VALUES (?, ?, ?, 1)", p.writer, p.number, began.UnixNano())
	if p.number%markEvery == 0 { // the marks of those that are not to go through stay: they may be on their way still
		p.queue("DELETE FROM commit_mark WHERE writer = ? AND number < ? AND kept = 1", p.writer, p.number)
	}
	var tag pgconn.CommandTag
	p.warned = nil
	err := p.send("COMMIT", nil, func(r pgx.BatchResults) (err error) {
		tag, err = r.Exec()
		return err //nolint:wrapcheck // send wraps
	})
	switch {
	case err == nil && tag.String() == "COMMIT" && p.warned == nil:
		p.lost, p.tired = time.Time{}, false
		return nil, nil
	case err == nil && tag.String() != "COMMIT": // it had failed before
		return ErrNotSaved, fmt.Errorf("commit: the database answered %s", tag)
	case err == nil:
		return p.settle(began, p.warned)
	case refusedCommit(err):
		return ErrNotSaved, err
	}
	return p.settle(began, err)
}

// refusedCommit reports whether the database says for certain that nothing of a commit is there.
func refusedCommit(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.SeverityUnlocalized != "ERROR" {
		return false
	}
	return refused.Code != "40003" && !strings.HasPrefix(refused.Code, "08") // distributed databases say so that they do not know
}

// notice keeps a warning. A commit that is answered with one is on this server and nowhere else: somebody has cancelled its wait for
// the standby.
func (p *postgresSession) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		p.warned = fmt.Errorf("the database warns: %s (%s)", n.Message, n.Code)
	}
}

// settle finds out what became of a commit that began at a time and whose connection was lost, or which was answered with a warning. It
// puts a mark there that says the commit is not kept: if that is possible, it has not gone through and never will, since its own mark
// would be the second. If its own mark is there, it has. While the database still works on it, this waits. Either way the statement
// writes, and so its answer also says that the standby has got what stands before it: a commit that was found on this server alone does
// not count yet. An answer that is lost is asked for again, by the same statement.
func (p *postgresSession) settle(began time.Time, lost error) (outcome, cause error) {
	p.drop()
	p.reset()
	until := p.clock.Now().Add(p.patience)
	for {
		kept, err := p.putMark()
		switch {
		case err == nil && p.clock.Now().Sub(began) >= marksKept/2: // others may have removed its mark
			return ErrUnknown, lost
		case err == nil && kept:
			p.lost, p.tired = time.Time{}, false
			return nil, nil
		case err == nil:
			return ErrNotSaved, lost
		}
		lost = errors.Join(lost, err)
		p.drop()
		if !p.clock.Now().Before(until) || p.clock.Sleep(context.Background(), lostPause) != nil {
			p.tired = true
			return ErrUnknown, lost
		}
	}
}

// putMark has the commit not go through, unless it has: then it returns true.
func (p *postgresSession) putMark() (kept bool, err error) {
	if err := p.connect(); err != nil {
		return false, err
	}
	p.warned = nil
	n, err := numberOf(p, "INSERT INTO commit_mark (writer, number, at, kept) VALUES (?, ?, ?, 0) ON CONFLICT (writer, number) DO UPDATE SET at = excluded.at RETURNING kept",
		p.writer, p.number, p.clock.Now().UnixNano())
	if err == nil {
		err = p.warned
	}
	return n == 1, err
}

// again tries a commit again where others got in its way, where it relied on too much, and for a while where the database was
// lost. Once it has waited in vain, the next ones do not wait.
func (p *postgresSession) again(t *tx, n int, cause error) bool {
	switch {
	case errors.Is(cause, errStale), constraint(cause) && !t.careful:
		// A row that is there already may be that of a node which has taken the partition over.
		t.careful = true
		return n < carefulTries
	case conflicted(cause):
		return n < conflictTries
	case !unreachable(cause):
		return false
	}
	p.drop()
	if p.tired {
		return false
	}
	now := p.clock.Now()
	if p.lost.IsZero() {
		p.lost = now
	}
	if now.Sub(p.lost) >= p.patience || p.clock.Sleep(context.Background(), lostPause) != nil {
		p.tired = true
		return false
	}
	return true
}
