package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
)

// orders is a service that takes an order once for each idempotency key, as such services do.
type orders struct {
	mu    sync.Mutex
	keys  []string // of all calls
	taken map[string]string
}

// ServeHTTP takes an order, or answers as it did before.
func (o *orders) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	key := r.Header.Get("Idempotency-Key")
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys = append(o.keys, key)
	if _, known := o.taken[key]; !known {
		o.taken[key] = string(body)
	}
}

// TestACrashBehindACallWithAKeyRepeatsIt ends an execution after the service has taken an order and before its result is recorded. The
// call is repeated without asking anybody, and the service does not take it twice.
func TestACrashBehindACallWithAKeyRepeatsIt(t *testing.T) {
	t.Parallel()
	o := &orders{taken: map[string]string{}}
	service := httptest.NewServer(o)
	defer service.Close()
	system, err := Assemble(Options{Allow: []string{"loopback"}, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	bp, err := blueprint.Parse([]byte(strings.ReplaceAll(`{"name":"orders","flow":[
		{"id":1,"module":"http:ActionSendData","version":3,"parameters":{},"mapper":{"url":"UP","method":"post","bodyType":"raw","contentType":"text/plain","data":"first"},
		 "metadata":{"ropeway":{"idempotencyHeader":"Idempotency-Key"}}},
		{"id":2,"module":"http:MakeRequest","version":4,"parameters":{},"mapper":{"url":"UP","method":"post","contentType":"custom","customBodyContent":"second"},
		 "metadata":{"ropeway":{"idempotencyHeader":"Idempotency-Key"}}}],"metadata":{"version":1}}`, "UP", service.URL)))
	if err != nil {
		t.Fatal(err)
	}
	l := newLongExecution(t, 0, "")
	plan, problems := engine.Compile(bp, system.Modules)
	if problems.Invalid() {
		t.Fatal(problems)
	}
	l.plan = plan
	// The result of the first call is written before the second one; that of the second with the end.
	for _, writes := range []int{0, 1} {
		if _, _, err := l.live(t, writes, nil); !errors.Is(err, errCrash) {
			t.Fatalf("with %d writes the execution ended with %v", writes, err)
		}
	}
	report, _, err := l.live(t, -1, nil)
	if err != nil || report.Error != nil || len(report.Incomplete) > 0 {
		t.Fatalf("got %+v, %v; want success", report, err)
	}
	if len(o.keys) != 4 || o.keys[0] != o.keys[1] || o.keys[2] != o.keys[3] || o.keys[0] == o.keys[2] || slices.Contains(o.keys, "") {
		t.Errorf("the calls had the keys %q, want two keys, each twice", o.keys)
	}
	if len(o.taken) != 2 || o.taken[o.keys[0]] != "first" || o.taken[o.keys[2]] != "second" {
		t.Errorf("the service took %v, want each order once", o.taken)
	}
}
