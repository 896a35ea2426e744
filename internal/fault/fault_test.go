package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"upper", "lower", "formatDate", "email", "text:startwith", "a"}
	for name, want := range map[string]string{
		"uper": "upper", "UPPER": "upper", "emial": "email", "formatdate": "formatDate", "text:startswith": "text:startwith",
		"lowr": "lower", "completely": "", "": "", "x": "", "formatDatumZeit": "",
	} {
		if got := fault.Nearest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestErrorKeepsItsChain(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	e := fault.Wrap(fault.OutOfSpace, cause, "It could not be saved.").WithField("mapper.email").WithHint("free space").WithDelay(time.Minute)
	wrapped := fmt.Errorf("module 3: %w", e)
	if got, want := wrapped.Error(), "module 3: mapper.email: It could not be saved."; got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
	if got := fault.From(wrapped); got.Hint != "free space" || got.Delay != time.Minute || !errors.Is(wrapped, cause) {
		t.Errorf("got %+v, want hint, delay and cause kept", got)
	}
	if fault.KindOf(nil) != "" || fault.KindOf(cause) != fault.Unknown || fault.KindOf(wrapped) != fault.OutOfSpace || fault.From(nil) != nil {
		t.Error("kinds of nil, of a foreign error and of a wrapped one are not told apart")
	}
}

func TestProblemNamesItsPlace(t *testing.T) {
	t.Parallel()
	p := fault.Problem{File: "a.json", Line: 3, Path: "url", Problem: "is missing", Hint: "write one"}
	if got, want := p.String(), "a.json:3: url: is missing (write one)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	warning := fault.Problem{Problem: "odd", Warning: true}
	if (fault.Problems{warning}).Invalid() || !(fault.Problems{warning, p}).Invalid() {
		t.Error("warnings alone are valid, with a problem they are not")
	}
	if got, want := (fault.Problems{warning, p}).Error(), "odd\n"+p.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
