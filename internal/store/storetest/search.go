package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// mentions looks for texts in what is recorded: wherever they may stand, and nowhere else.
func mentions(t *testing.T, b *bench) {
	lead := value.Collection(value.F("lead", value.Collection(value.F("Email", value.Text("Zoe.Adler@Example.com")), value.F("id", value.Int(10805)))))
	a := b.accept(t, store.Intake{Scenario: 7, Version: 2, Run: true, Input: []value.Value{
		value.Array(value.Text("größer"), lead), value.Text(strings.Repeat("far ", 200_000) + "behind"), // the second makes it a payload of its own
	}})
	run := a.Run(7, b.fence(7))
	listed := b.operation("1", value.Collection(value.F("name", value.Text("Lars Vogel"))), value.Collection(value.F("since", value.Date(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)))))
	failed := b.operation("1.1/2")
	failed.Err = fault.New(fault.Data, "No such user as Marta.")
	failed.Exchanges = []value.Value{value.Collection(value.F("request", value.Text("POST /users/anton")))}
	failed.Changes = []store.RecordChange{{Store: 4, Kind: store.PutRecord, Key: "changed", Data: bundle("v", 1)}}
	many := make([]value.Value, 3000)
	for i := range many {
		many[i] = value.Collection(value.F("text", value.Text(strings.Repeat("x", 200))), value.F("n", value.Int(70_000+i)))
	}
	b.step(t, run, store.Step{
		Operations: []store.Operation{listed, failed, b.operation("3", many...)},
		Intents:    []store.Intent{{Address: "1.2/2", Started: b.clock.Now(), Request: value.Collection(value.F("url", value.Text("/announced")))}},
		End:        &store.End{Status: store.Warning, At: b.clock.Now()},
	})
	other := b.finished(t, 7, store.End{})

	for _, text := range []string{"zoe.adler", "EXAMPLE.COM", "GRößER", "10805", "080", "lars vogel", "2026-03-04", "such user as marta", "/users/ANTON", "announced", "far behind", "72999"} {
		found, read, err := b.Mentions(b.ctx, a.ID, text)
		must(t, err)
		equal(t, "found "+text, found, true)
		if read == 0 {
			t.Errorf("%s: nothing was read", text)
		}
	}
	for _, text := range []string{"zoe.adlers", "grösser", "lead", "73000", "2026-03-05", "Vogel Lars"} {
		found, _, err := b.Mentions(b.ctx, a.ID, text)
		must(t, err)
		equal(t, "found "+text, found, false)
	}
	found, _, err := b.Mentions(b.ctx, other, "zoe")
	must(t, err)
	equal(t, "found in another execution", found, false)
	found, _, err = b.Mentions(b.ctx, 1<<30, "zoe")
	must(t, err)
	equal(t, "found in an execution that is not there", found, false)
}
