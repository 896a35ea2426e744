package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/ropeway/ropeway/internal/fault"
)

// Errors that callers decide by. They stand in the chain of a fault that is told to people.
var (
	// ErrFenced says that another node owns the partition now: the execution ends on this node at once.
	ErrFenced = errors.New("store: the lease of the partition was lost")
	// ErrOutdated says that a newer version has brought the tables to a form that this one cannot work with.
	ErrOutdated = errors.New("store: the tables are too new")
	// ErrQueueFull says that the webhook's queue holds as much as it may.
	ErrQueueFull = errors.New("store: the queue is full")
	// ErrDiskFull says that deliveries are refused because the disk is nearly full.
	ErrDiskFull = errors.New("store: the disk is nearly full")
	// ErrConflict says that the thing was changed since it was read, or that its name is taken.
	ErrConflict = errors.New("store: changed in the meantime")
	// ErrNotFound says that there is no such thing.
	ErrNotFound = errors.New("store: not found")
	// ErrClosed says that the store is closed or about to be; nothing was written.
	ErrClosed = errors.New("store: closed")
	// ErrNotSaved says that nothing of the request was written.
	ErrNotSaved = errors.New("store: not saved")
	// ErrUnknown says that the commit failed in a way that leaves open whether the request would be there after a crash
	// of this moment. It must not be acknowledged, and counts as not done in this process.
	ErrUnknown = errors.New("store: the outcome is unknown")
	// ErrUnavailable says that the database cannot be reached, or takes no changes. It may be there again in a moment.
	ErrUnavailable = errors.New("store: the database is not available")
	// ErrInUse says that another process has the directory open.
	ErrInUse = errors.New("store: the directory is in use")
	// ErrLogTooLong says that reading the whole database was stopped, because the log could not begin anew meanwhile.
	ErrLogTooLong = errors.New("store: the log is too long")
	// ErrDamaged says that the check found the database damaged.
	ErrDamaged = errors.New("store: the database is damaged")
)

// rejection marks the refusal of one request, which the others of its commit do not share.
type rejection struct{ err error }

// Error returns the text of the refusal.
func (r rejection) Error() string { return r.err.Error() }

// Unwrap returns the refusal.
func (r rejection) Unwrap() error { return r.err }

func reject(err error) error { return rejection{err} }

func fenced() error {
	return reject(fault.Wrap(fault.Unexpected, ErrFenced, "[taken-over] Another node has taken this execution over.").
		WithHint("[hint-goes-on-there] nothing is to be done: it goes on there"))
}

func notFound(what string) error { return reject(absent(what)) }

func absent(what string) error {
	return fault.Wrapf(fault.Data, ErrNotFound, "[absent] %v does not exist (any more).", fault.Say(what))
}

func conflict(what string) error {
	return reject(fault.Wrapf(fault.Data, ErrConflict, "[changed-meanwhile] %v was changed by someone else in the meantime.", fault.Say(what)).
		WithHint("[hint-load-again] load it again, then repeat your change"))
}

func nameTaken(what, name string) error {
	return reject(fault.Wrapf(fault.DuplicateData, ErrConflict, "[exists-already] %v with the name or key %q exists already.", fault.Say(what), name).
		WithHint("[hint-choose-other] choose another one"))
}

func closedFault() error {
	return fault.Wrap(fault.Connection, ErrClosed, "[shutting-down] Ropeway is shutting down.").WithHint("[hint-moment] try again in a moment")
}

// unreachableFault tells that the database cannot be reached, or takes no changes.
func unreachableFault(chain error) error {
	return fault.Wrap(fault.Connection, errors.Join(ErrUnavailable, chain), "[database-away] The database cannot be reached.").
		WithHint("[hint-database] try again in a moment; if it stays so, see whether the database runs and takes changes")
}

// failed makes the fault that every request of a failed commit is answered with.
func failed(outcome, cause error) error {
	chain := errors.Join(outcome, cause)
	if full(cause) {
		hint := "[hint-free-data-disk] free space on the disk of the data directory"
		if postgresCode(cause) != "" {
			hint = "[hint-free-database-disk] free space on the disk of the database"
		}
		return fault.Wrap(fault.OutOfSpace, errors.Join(ErrDiskFull, chain), "[disk-full] The data could not be saved: the disk is full.").WithHint(hint)
	}
	if unreachable(cause) {
		return unreachableFault(chain)
	}
	return fault.Wrap(fault.Unexpected, chain, "[not-saved] The data could not be saved.").
		WithHint("[hint-log-disk] see the log of the server and the disk of the data directory")
}

// full reports whether the database refused to write for want of space.
func full(err error) bool {
	return resultCode(err)&0xff == sqlite3.SQLITE_FULL || postgresCode(err) == "53100"
}

// diskFailed reports whether a disk has failed to read, write or keep.
func diskFailed(err error) bool {
	return resultCode(err)&0xff == sqlite3.SQLITE_IOERR
}

func busy(err error) bool {
	return resultCode(err)&0xff == sqlite3.SQLITE_BUSY
}

func constraint(err error) bool {
	return resultCode(err)&0xff == sqlite3.SQLITE_CONSTRAINT || strings.HasPrefix(postgresCode(err), "23")
}

// conflicted reports whether a transaction failed because of what others did at the same time.
func conflicted(err error) bool {
	code := postgresCode(err)
	return code == "40001" || code == "40P01"
}

// unreachable reports whether it is not the statement that failed but the way to the database, or the database as a whole.
func unreachable(err error) bool {
	if err == nil || errors.Is(err, errNoConnection) {
		return err != nil
	}
	switch code := postgresCode(err); {
	case code == "":
		var broken net.Error
		var connecting *pgconn.ConnectError
		return errors.As(err, &broken) || errors.As(err, &connecting) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || pgconn.Timeout(err)
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"), code == "25006", code == "25P03", code == "53300":
		return true
	}
	return false
}

// postgresCode returns the code with which PostgreSQL has refused something, "" when it has not.
func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func resultCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return sqlite3.SQLITE_OK
}

// readFault makes the fault of a failed read.
func readFault(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if unreachable(err) {
		return unreachableFault(err)
	}
	return fault.Wrap(fault.Unexpected, err, "[data-unread] The data could not be read.").WithHint("[hint-doctor] run ropeway doctor")
}
