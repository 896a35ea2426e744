// Package intake accepts webhooks: it turns calls into bundles and hands them to a durable queue.
//
// It exists so that whoever calls gets "200 Accepted" only for what is stored, and a reason otherwise: everything
// that can be wrong with a call is decided here, before the one durable append. It does not store anything, run
// scenarios or call anybody.
//
// What a call becomes:
//
//   - The fields of the query string and of the body stand side by side in one bundle; of equal names that of the body wins.
//   - Fields of forms that are sent several times become an array; "a[b]" becomes a collection, "a[]" and "a[0]" an array.
//     A name whose brackets do not pair, or contradict an earlier field, stays as it is.
//   - A file of a multipart form becomes {name, mime, data}.
//   - A JSON object gives its fields. Any other JSON is the field value.
//   - Any other body is a buffer in the field value, byte for byte, with the name of its character set.
//
// What is refused temporarily (too many calls, a full queue) is answered 429 or 503 with Retry-After, since most senders
// give up at other statuses of the 400s. A webhook of a paused or inactive scenario accepts as always: its queue waits.
package intake

import (
	"context"
	"errors"
	"time"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// HookID is the number of a webhook.
type HookID int64

// Hook is a webhook as the queue knows it. It must not be changed once it was handed out.
type Hook struct {
	ID HookID
	// Address is the hash of the address token, compared once more with that of the call.
	Address TokenHash
	// Gone marks a webhook that was deleted: calls are answered 410, so that senders stop.
	Gone bool
	// Learning marks a webhook whose data structure is being learned: calls are not validated, and shown to Queue.Learn.
	Learning bool
	// Responds marks a webhook whose scenario holds a webhook response module, so that the caller waits for it.
	Responds bool
	// Settings say what the webhook accepts. Nil stands for the defaults.
	Settings *Settings
}

// Item is one accepted call.
type Item struct {
	Bundle   value.Value // a collection
	Received time.Time
	// Key tells deliveries of the same thing: an item whose key was accepted within Window before Received is not queued
	// again. The zero Key is equal to none.
	Key    Key
	Window time.Duration
	// Responds tells that the caller waits for the answer of the scenario.
	Responds bool
}

// Receipt says what became of an accepted item.
type Receipt struct {
	ID        int64 // of the queued item; for a duplicate that of the first
	Duplicate bool
	Early     bool // it is not durable before a Responder has returned for it without ErrNotKept
}

// ErrNotKept is in the chain of an error of a Responder when the item was not queued after all: its execution had begun before. The rest of
// the chain says why.
var ErrNotKept = errors.New("intake: the call was not kept")

// Errors of a Queue that are answered in a way of their own. Any other error is answered 503, so that the sender tries again.
var (
	// ErrNoWebhook says that no webhook has the address.
	ErrNoWebhook = errors.New("intake: no such webhook")
	// ErrGone says that the webhook was deleted.
	ErrGone = errors.New("intake: the webhook was deleted")
	// ErrQueueFull says that the webhook's queue holds as much as it may.
	ErrQueueFull = errors.New("intake: the queue is full")
	// ErrStorageFull says that the disk is nearly full.
	ErrStorageFull = errors.New("intake: the storage is full")
)

// Queue knows the webhooks and keeps what they accept.
type Queue interface {
	// Webhook returns the webhook with the address, ErrNoWebhook where there is none. It is asked for each call, also those
	// to addresses that were never given out.
	Webhook(ctx context.Context, address TokenHash) (*Hook, error)
	// Accept stores the item. Unless the receipt says otherwise, it is durable, and whether it is a duplicate decided, when Accept returns without an error.
	Accept(ctx context.Context, hook HookID, item Item) (Receipt, error)
	// Learn replaces the webhook's state of learning by what add makes of it, one call after the other.
	Learn(ctx context.Context, hook HookID, add func(Learning) Learning) error
}

// Responder waits for the answers of scenarios.
type Responder interface {
	// Await returns the answer of the execution that the receipt's item started. It returns false as soon as no answer
	// can come any more, and after limit at the latest. The error is that of a failed execution; its text is for people. Or it is
	// ErrNotKept: then nobody may be told that the item was queued. That holds before Await has returned, too.
	Await(ctx context.Context, receipt Receipt, limit time.Duration) (module.Response, bool, error)
}
