package server

import (
	"fmt"
	"testing"
)

func TestCookieJarsAreOnePerExecutionAndBounded(t *testing.T) {
	t.Parallel()
	var jars cookieJars
	first := jars.of("x0")
	if jars.of("x0") != first {
		t.Error("the same execution got another jar")
	}
	for i := 1; i < maxCookieJars; i++ {
		jars.of(fmt.Sprint("x", i))
	}
	if jars.of("x0") != first {
		t.Errorf("the jar was dropped with %d executions", maxCookieJars)
	}
	jars.of("one more")
	if len(jars.jars) != maxCookieJars || jars.of("x0") == first {
		t.Errorf("got %d jars, want %d with the oldest dropped", len(jars.jars), maxCookieJars)
	}
}
