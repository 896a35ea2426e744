package connector

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// version is one version of a record of a ledger; at is in seconds.
type version struct {
	id int
	at int64
}

// ledger is a service that lists records in pages and whose records change between the requests.
type ledger struct {
	order    appdef.Order
	size     int
	records  map[int]int64 // date by ID
	requests int
	// before is called before each request is answered, with its number since the poll began, from 0.
	before func(n int)
}

func (l *ledger) list() []version {
	var all []version
	for id, at := range l.records {
		all = append(all, version{id, at})
	}
	slices.SortFunc(all, func(a, b version) int {
		switch l.order {
		case appdef.OldestFirst:
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
		case appdef.NewestFirst:
			return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.id, a.id))
		default:
			return cmp.Compare(a.id*7919%1009, b.id*7919%1009)
		}
	})
	return all
}

// Do answers with one page.
func (l *ledger) Do(_ context.Context, r outbound.Request) (*outbound.Response, error) {
	if l.before != nil {
		l.before(l.requests)
	}
	l.requests++
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	page, err := strconv.Atoi(u.Query().Get("page"))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	all := l.list()
	from := min((page-1)*l.size, len(all))
	var rows []string
	for _, v := range all[from:min(from+l.size, len(all))] {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"at":%q}`, v.id, time.Unix(v.at, 0).UTC().Format(time.DateTime)))
	}
	h := http.Header{"Content-Type": {"application/json"}}
	return &outbound.Response{Status: http.StatusOK, Header: h, Body: []byte("[" + strings.Join(rows, ",") + "]"), Sent: true}, nil
}

// poller is a trigger on a ledger, with the cursor between its operations.
type poller struct {
	tb     testing.TB
	b      *bench
	l      *ledger
	limit  int
	cursor value.Value
}

const watchLedger = `{"url": "/x", "qs": {"page": 1}, "pagination": {"qs": {"page": "{{pagination.page}}"}}, "response": {
	"iterate": "{{body}}", "limit": "{{parameters.limit}}", "trigger": %s}}`

// newPoller makes a trigger by date whose overlap is in seconds; with a negative overlap it is one by ID.
func newPoller(tb testing.TB, l *ledger, limit, overlap int) *poller {
	tb.Helper()
	trigger := fmt.Sprintf(`{"type": "date", "order": %q, "id": "{{item.id}}", "date": "{{item.at}}", "overlap": %d}`, l.order, overlap)
	if overlap < 0 {
		trigger = fmt.Sprintf(`{"type": "id", "order": %q, "id": "{{item.id}}"}`, l.order)
	}
	b := newBench(tb, "trigger", plainBase, fmt.Sprintf(watchLedger, trigger), nil)
	b.c.deps.HTTP = l
	return &poller{tb: tb, b: b, l: l, limit: limit, cursor: module.StartAt(module.FromStart, time.Time{}, value.Undefined)}
}

// poll runs one operation at the given second and returns what it put out. The cursor goes through JSON, as it may in a store.
func (p *poller) poll(at int64) ([]version, error) {
	p.tb.Helper()
	p.l.requests = 0
	out := &kept{}
	op := &module.Operation{Input: value.Collection(value.F("limit", value.Int(p.limit))), Started: time.Unix(at, 0), Zone: time.UTC, Cursor: p.cursor}
	err := p.b.c.Modules()[0].Run(context.Background(), op, connection("k"), out)
	if err != nil {
		return nil, fmt.Errorf("poll: %w", err)
	}
	if !out.cursor.IsUndefined() {
		p.cursor = roundTrip(out.cursor)
	}
	var put []version
	for _, b := range out.bundles {
		date, err := value.ParseDate(b.Get("at").Str(), time.UTC)
		if err != nil {
			p.tb.Fatal(err)
		}
		put = append(put, version{int(b.Get("id").Float()), date.Unix()})
	}
	return put, nil
}

// must polls and fails the test where that fails.
func (p *poller) must(at int64) []version {
	p.tb.Helper()
	put, err := p.poll(at)
	if err != nil {
		p.tb.Fatal(err)
	}
	return put
}

// rest polls until nothing comes any more.
func (p *poller) rest(at int64) []version {
	p.tb.Helper()
	var all []version
	for {
		put := p.must(at)
		if len(put) == 0 {
			return all
		}
		all = append(all, put...)
	}
}
